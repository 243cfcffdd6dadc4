/* testbed.h: the Lua state that tests of scripts run in: that of a real sandbox, so that what a script returns
   (functions, policies, tensors) can be used by a test directly, but outside the walls: in the state's own globals, which
   no script sees, with Lua's full libraries. What tests ask of the engine are native functions, in one table; the
   comment above each in testbed*.c says what it takes and gives. Internal to check/ and the project's own tests. */
#ifndef LURE_CHECK_TESTBED_H
#define LURE_CHECK_TESTBED_H

#include "base/status.h"

#include <lua.h>

struct lure_sandbox;

/* Opens Lua's libraries in the globals and pushes the table of native functions. Once a state. [-0, +1, e] */
void lure_testbed_open(lua_State *L);

/* The time limit holds from now on for what is called by guard(). One sandbox a process. */
lure_status lure_testbed_watch(struct lure_sandbox *sandbox, lure_error *err);

int lure_testbed_run(lua_State *L); /* testbed_run.c: the native function run */

#endif
