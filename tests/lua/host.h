/* host.h: what the files of lua_host share; host.c tells what it is. */
#ifndef LURE_LUA_HOST_H
#define LURE_LUA_HOST_H

#include "script/sandbox.h"

extern const lure_limits host_limits; /* of the tests' own sandbox */

/* eval, faults, system_requests and requests into the table on top of the stack. [-0, +0, e] */
void add_sandbox_functions(lua_State *L);
/* copies.c [-1, +1, e] */
int test_copies(lua_State *L);

#endif
