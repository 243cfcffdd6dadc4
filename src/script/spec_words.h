/* spec_words.h: how the readers of specifications (spec.c, spec_optimizer.c) refuse words and keys that nothing would
   look at. Internal to script/. */
#ifndef LURE_SCRIPT_SPEC_WORDS_H
#define LURE_SCRIPT_SPEC_WORDS_H

#include <lua.h>
#include <stddef.h>

/* Raises: "`what`: unknown 'word'; did you mean 'x'? Known: ...". */
int lure__refuse_word(lua_State *L, const char *what, const char *word, const char *const *known, size_t n);
/* Refuses names in the table but those known, and values without a name but the first n_values. [-0, +0, e] */
void lure__check_keys(lua_State *L, int table, size_t n_values, const char *const *known, size_t n,
                      const char *what);

#endif
