/* call.h: the one door from C into Lua. Everything a script can do wrong comes back as a status and one line
   of text: "file:line: what happened (role 'name', update 3, episode 3, step 1)", then, indented, the script
   lines that led there when there is more than one. The stack is as it was, less function and arguments. */
#ifndef LURE_SCRIPT_CALL_H
#define LURE_SCRIPT_CALL_H

#include "base/status.h"

#include <lua.h>
#include <stdbool.h>

/* Like lua_pcall: function and n_args on the stack; on LURE_OK n_results in their place. */
lure_status lure_call(lua_State *L, int n_args, int n_results, lure_error *err);

/* Raises *err as a Lua error with the caller's file:line in front. Does not return. */
int lure_raise(lua_State *L, const lure_error *err);

/* Raises again what a lua_pcall of the host's own caught, on top of the stack: a memory error stays one. */
int lure_raise_again(lua_State *L, int code);

/* The engine's blocks are no part of what makes Lua collect, so many that are garbage may fill the limit. When *err is
   of memory: collects, and returns true for another attempt, at most once (*collected says whether). */
bool lure_collect_garbage(lua_State *L, const lure_error *err, bool *collected);

/* Runs a C function that may raise (argument on the stack as one light userdata) under lure_call. */
lure_status lure_call_c(lua_State *L, lua_CFunction function, void *data, lure_error *err);

/* "file:line" where the function at `index` is defined, for errors about what it returned. */
void lure_function_place(lua_State *L, int index, char *out, size_t size);

#endif
