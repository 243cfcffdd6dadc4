/* check_state.h: values of scripts compared: is it plain data, where do two differ, what do functions keep in the
   locals of their file. Internal to check/. */
#ifndef LURE_CHECK_CHECK_STATE_H
#define LURE_CHECK_CHECK_STATE_H

#include "base/text.h"

#include <lua.h>
#include <stdbool.h>

/* Numbers, strings, booleans, and tables of them without metatables, at most 32 deep? Else `out` says which part is
   not and what it is: "s.place is a function". `root` names the value. [-0, +0, e] */
bool lure_state_is_plain(lua_State *L, int index, const char *root, lure_text *out);

/* The first place, in order of keys, where two plain values differ: "s.place was 2, then 3"; an empty root is left
   out. False: they are alike.
   Both are texts of lure_value_write. [-0, +0, e] */
bool lure_state_difference(lua_State *L, const char *before, const char *after, const char *root,
                           lure_text *out);

/* Pushes onto `to` a copy of the plain value at `index` of `from`, another state; integers stay integers, what is not
   plain becomes nil. [-0, +1, e] */
void lure_state_copy_across(lua_State *from, int index, lua_State *to);

/* Pushes a table: the name of every local and field that the function at `index` can reach = its value as text. Two
   of them tell what changed in between. [-0, +1, e] */
void lure_state_push_locals(lua_State *L, int index);
/* Adds what is in the table at `from` but not in that at the index `into`. [-0, +0, e] */
void lure_state_add_locals(lua_State *L, int into, int from);
/* "the local 'count'", or "the locals 'count', 'world.seen'"; false: nothing changed. [-0, +0, e] */
bool lure_state_changed_locals(lua_State *L, int before, int after, lure_text *out);

#endif
