/* options.h: options(..., { name = default, ... }), the first line of most scripts: default values, documentation
   and typo check in one. What it resolved is kept for the manifest (loader.h). */
#ifndef LURE_SCRIPT_OPTIONS_H
#define LURE_SCRIPT_OPTIONS_H

#include <lua.h>
#include <stddef.h>

int lure_options(lua_State *L); /* the Lua function */

/* "'rat' is unknown; did you mean 'rate'? The options are: rate = 1". Raises; `what` names whose options. The known
   ones are the keys of the table at `known`; a value that is a table or false is left out after the name. */
int lure_refuse_key(lua_State *L, const char *what, const char *key, int known);

/* Makes reading a missing field of the table on top an error that names those there are: a misspelt field would be
   nil and go on as one. [-0, +0, m] */
void lure_make_strict(lua_State *L, const char *what);

#endif
