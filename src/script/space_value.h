/* space_value.h: values of a space as scripts write them. An action is a word or a number, or a list of such; an
   observation is a table by name (s itself, say), or a list of its numbers in the order of the declaration. In C a value is
   one double a part, as in learn/space.h. What does not fit comes back as a message without a beginning: "'x'
   (number 1) is nil; expected a finite number". Only a memory error or a metamethod of a script's table can raise. */
#ifndef LURE_SCRIPT_SPACE_VALUE_H
#define LURE_SCRIPT_SPACE_VALUE_H

#include "script/spec_space.h"

/* Each reads what lies at stack index `value` for the space at `space`. False: the message is pushed. Bounds are not
   looked at (see lure_push_outside); numbers are finite, and choices are among those there are. `out` is (n_parts), and in part
   written to where the value does not fit. An observed boolean counts as 0 or 1. [-0, +(0|1), e] */
bool lure_read_space_value(lua_State *L, int space, int value, double *out);
bool lure_read_fields(lua_State *L, int space, int value, double *out); /* of a table by name only */
/* The legal words, { "left" }; of an action that is a list a list of such lists, one a part. `mask` is (n_choices), 1 for
   those. A part without any does not fit, nor does a word that is none. */
bool lure_read_legal(lua_State *L, int space, int value, unsigned char *mask);

/* The value as it would be written: a new table where it is one. [-0, +1, m] */
void lure_push_space_value(lua_State *L, int space, const double *value);
/* "'x' (number 1) is 3; expected at most 2", of the first part that lure_space_find_outside finds. [-0, +1, m] */
const char *lure_push_outside(lua_State *L, int space, const double *value);

/* What came, for messages: nan, "1" (a string), nil, table. [-0, +1, e] */
const char *lure_push_described(lua_State *L, int index);

#endif
