/* spec_words.h: how tables of options are read: words and keys that nothing would look at are refused, and so are values
   of another type. For specifications (spec.c, spec_policy.c, spec_optimizer.c) and for functions that take options.
   Internal to script/. */
#ifndef LURE_SCRIPT_SPEC_WORDS_H
#define LURE_SCRIPT_SPEC_WORDS_H

#include <lua.h>
#include <stddef.h>

/* Raises: "`what`: unknown 'word'; did you mean 'x'? Known: ...". */
int lure__refuse_word(lua_State *L, const char *what, const char *word, const char *const *known, size_t n);
/* Refuses names in the table but those known, and values without a name but the first n_values. [-0, +0, e] */
void lure__check_keys(lua_State *L, int table, size_t n_values, const char *const *known, size_t n,
                      const char *what);
/* The number under `key`; `otherwise` where there is none, or if that is NaN an error. [-0, +0, e] */
double lure__read_number(lua_State *L, int table, const char *key, double otherwise, const char *what);

#endif
