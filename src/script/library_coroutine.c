/* library_coroutine.c: coroutine.* of our own, because the host must know which coroutine runs (the time limit's
   hook goes there), because a limit error must pass through resume, because new stacks need a reserve (see
   sandbox.c), and because deeply nested close overflows the C stack of Lua 5.4. */
#include "script/library.h"

#include "script/differentiate.h"

#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

enum { STACK_RESERVE = 2000, MOST_NESTED_CLOSE = 100 };

static lua_State *check_coroutine(lua_State *L)
{
    lua_State *co = lua_tothread(L, 1);
    luaL_argexpected(L, co, 1, "coroutine");
    return co;
}

static int co_create(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_State *co = lua_newthread(L);
    if (!lua_checkstack(co, STACK_RESERVE)) {
        lure_sandbox_of(L)->limit_hit = LURE_ERROR_MEMORY;
        return lure_sandbox_raise_limit(L);
    }
    lua_pushvalue(L, 1);
    lua_xmove(L, co, 1);
    return 1;
}

/* Resumes `co` with n_args from the top of L. Results, or the error value, are on top of L; returns their number,
   or -1 on an error. A limit is raised again here. */
static int resume(lua_State *L, lua_State *co, int n_args)
{
    lure_sandbox *sandbox = lure_sandbox_of(L);
    int n_results = 0;
    if (!lua_checkstack(co, n_args)) {
        lua_pushliteral(L, "too many arguments to resume");
        return -1;
    }
    lua_xmove(L, co, n_args);
    const lure_resumed waits = {L, sandbox->resumed};
    sandbox->running = co;
    sandbox->resumed = &waits;
    int code = lua_resume(co, L, n_args, &n_results);
    sandbox->running = L;
    sandbox->resumed = waits.outer;
    if (code == LUA_OK || code == LUA_YIELD) {
        if (!lua_checkstack(L, n_results + 1)) {
            lua_pop(co, n_results);
            lua_pushliteral(L, "too many results to resume");
            return -1;
        }
        lua_xmove(co, L, n_results);
        return n_results;
    }
    lure_pass_abandon(L, co); /* what it has left to close may never be closed */
    if (code == LUA_ERRMEM)
        sandbox->limit_hit = LURE_ERROR_MEMORY;
    if (sandbox->limit_hit != LURE_OK)
        lure_sandbox_raise_limit(L);
    lua_xmove(co, L, 1);
    return -1;
}

static int co_resume(lua_State *L)
{
    lua_State *co = check_coroutine(L);
    int n = resume(L, co, lua_gettop(L) - 1);
    lua_pushboolean(L, n >= 0);
    lua_insert(L, n >= 0 ? -(n + 1) : -2);
    return n >= 0 ? n + 1 : 2;
}

/* Runs what the coroutine has left to close. It is the one that runs meanwhile, so that the time limit reaches it.
   Returns the code of lua_resetthread; on an error the value is on top of co. A limit is raised again here. */
static int reset(lua_State *L, lua_State *co, const char *what)
{
    lure_sandbox *sandbox = lure_sandbox_of(L);
    if (sandbox->close_depth >= MOST_NESTED_CLOSE)
        return luaL_error(L, "%s: nested more than %d deep", what, (int)MOST_NESTED_CLOSE);
    const lure_resumed waits = {L, sandbox->resumed};
    sandbox->close_depth++;
    sandbox->running = co;
    sandbox->resumed = &waits;
    int code = lua_resetthread(co);
    sandbox->running = L;
    sandbox->resumed = waits.outer;
    sandbox->close_depth--;
    if (code == LUA_ERRMEM)
        sandbox->limit_hit = LURE_ERROR_MEMORY;
    if (sandbox->limit_hit != LURE_OK)
        lure_sandbox_raise_limit(L);
    return code;
}

static int call_wrapped(lua_State *L)
{
    lua_State *co = lua_tothread(L, lua_upvalueindex(1));
    int n = resume(L, co, lua_gettop(L));
    if (n >= 0)
        return n;
    int code = lua_status(co);
    if (code != LUA_OK && code != LUA_YIELD) { /* died of an error: run its to-be-closed variables */
        reset(L, co, "coroutine.wrap: closing");
        lua_xmove(co, L, 1); /* theirs, when they raised one of their own */
    }
    if (lua_type(L, -1) == LUA_TSTRING) {
        /* say where it was called from too, but not the same place again and again */
        luaL_where(L, 1);
        size_t n_place;
        const char *place = lua_tolstring(L, -1, &n_place);
        if (strncmp(lua_tostring(L, -2), place, n_place) == 0) {
            lua_pop(L, 1);
        } else {
            lua_insert(L, -2);
            lua_concat(L, 2);
        }
    }
    return lua_error(L);
}

static int co_wrap(lua_State *L)
{
    co_create(L);
    lua_pushcclosure(L, call_wrapped, 1);
    return 1;
}

static int co_close(lua_State *L)
{
    lua_State *co = check_coroutine(L);
    lure_sandbox *sandbox = lure_sandbox_of(L);
    if (co == L || (lua_status(co) == LUA_OK && lua_gettop(co) == 0 && sandbox->running == co))
        return luaL_error(L, "coroutine.close: cannot close a running coroutine");
    lua_Debug frame;
    if (lua_status(co) == LUA_OK && lua_getstack(co, 0, &frame))
        return luaL_error(L, "coroutine.close: cannot close a coroutine that has resumed this one");
    int code = reset(L, co, "coroutine.close");
    lua_pushboolean(L, code == LUA_OK);
    if (code == LUA_OK)
        return 1;
    lua_xmove(co, L, 1);
    return 2;
}

void lure_library_coroutine(lua_State *L)
{
    static const luaL_Reg replaced[] = {
        {"create", co_create}, {"resume", co_resume}, {"wrap", co_wrap}, {"close", co_close}, {NULL, NULL}};
    luaL_requiref(L, "coroutine", luaopen_coroutine, 0); /* status, yield, running, isyieldable are Lua's */
    luaL_setfuncs(L, replaced, 0);
}
