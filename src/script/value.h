/* value.h: Lua values as text and back: the literals of --set and --input, the canonical text that run ids are
   hashed from, and JSON for manifests. Plain data only; a function is named by the place of its definition. */
#ifndef LURE_SCRIPT_VALUE_H
#define LURE_SCRIPT_VALUE_H

#include "base/json.h"
#include "base/text.h"

#include <lua.h>
#include <stdbool.h>

/* Pushes the value of a Lua literal (number, string, true, false, nil, table of literals); anything else is taken
   as a string, as it stands. [-0, +1, m] */
void lure_value_parse(lua_State *L, const char *text);
/* Is the whole text one literal? (the string fallback is then not taken) */
bool lure_value_is_literal(lua_State *L, const char *text);

/* Appends the value at `index` as Lua source, keys in fixed order: reads back to the same value. [-0, +0, e] */
void lure_value_write(lua_State *L, int index, lure_text *text);
void lure_value_json(lua_State *L, int index, lure_json *json, const char *key);

/* Pushes a copy of the value at `index`, tables to any depth (at most 32). [-0, +1, e] */
void lure_value_copy(lua_State *L, int index);

#endif
