/* testbed.c: see testbed.h. */
#include "check/testbed.h"

#include "base/text.h"
#include "run/bind_world.h"
#include "script/bind.h"
#include "script/call.h"
#include "script/library.h"
#include "script/loader.h"
#include "script/sandbox.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { STUCK_EXIT_CODE = 3, MOST_MESSAGE = 2000 };

static const char TRACE = 0; /* registry key: the lines that led to the last error under guard() */

/* ---- scripts ---- */

static lure_role check_role(lua_State *L, int arg)
{
    const char *names[LURE_N_ROLES], *name = luaL_checkstring(L, arg);
    for (int role = 0; role < LURE_N_ROLES; role++) {
        names[role] = lure_role_name((lure_role)role);
        if (strcmp(names[role], name) == 0)
            return (lure_role)role;
    }
    const char *nearest = lure_text_nearest(name, names, LURE_N_ROLES);
    luaL_error(L, "there is no role '%s'%s%s%s", name, nearest ? "; did you mean '" : "",
               nearest ? nearest : "", nearest ? "'?" : "");
    return LURE_N_ROLES;
}

static int testbed_load(lua_State *L) /* load(role, name [, options]) -> what the script returns */
{
    lure_role role = check_role(L, 1);
    const char *name = luaL_checkstring(L, 2);
    lua_settop(L, 3);
    if (!lua_isnil(L, 3))
        luaL_checktype(L, 3, LUA_TTABLE);
    lure_sandbox_of(L)->context = (lure_context){0}; /* an error may have left one behind */
    lure_loader_load(L, role, name, NULL, lua_istable(L, 3) ? 3 : 0, NULL);
    return 1;
}

/* load_error(role, name [, options]) -> the text that the host would print, status; nil: no error */
static int testbed_load_error(lua_State *L)
{
    lure_error err;
    lua_pushcfunction(L, testbed_load);
    lua_insert(L, 1);
    if (lure_call(L, lua_gettop(L) - 1, 0, &err) == LURE_OK)
        return 0;
    lua_pushstring(L, err.text);
    lua_pushstring(L, lure_status_name(err.status));
    return 2;
}

/* records() -> { { role =, name =, path =, sha256 =, options = }, ... } of what was loaded */
static int testbed_records(lua_State *L)
{
    lure_loader_push_records(L);
    return 1;
}

static int testbed_script_name(lua_State *L) /* script_name(path) -> the script's name */
{
    char name[256];
    lure_script_name(luaL_checkstring(L, 1), name, sizeof name);
    lua_pushstring(L, name);
    return 1;
}

static int testbed_environment(lua_State *L) /* environment() -> a table of the globals that scripts see */
{
    lure_library_environment(L);
    return 1;
}

static int testbed_world(lua_State *L) /* world { environment =, ... } -> world: lure_world_open */
{
    lure_sandbox_of(L)->context = (lure_context){0};
    return lure_world_open(L);
}

/* ---- streams ---- */

static int testbed_rng(lua_State *L) /* rng(seed) -> the stream that lure.rng(seed) gives */
{
    lure_rng_init(lure_push_rng(L), (uint64_t)luaL_checkinteger(L, 1), LURE_PURPOSE_USER, 0);
    return 1;
}

/* stream(seed, purpose) -> that stream of a run with this seed; "script": math.random becomes it, and nothing is given */
static int testbed_stream(lua_State *L)
{
    static const char *const words[] = {"schedule", "environment", "policy", "script", NULL};
    static const lure_purpose purposes[] = {LURE_PURPOSE_SCHEDULE, LURE_PURPOSE_ENVIRONMENT,
                                            LURE_PURPOSE_POLICY, LURE_PURPOSE_SCRIPT};
    uint64_t seed = (uint64_t)luaL_checkinteger(L, 1);
    lure_purpose purpose = purposes[luaL_checkoption(L, 2, NULL, words)];
    bool is_script = purpose == LURE_PURPOSE_SCRIPT;
    lure_rng_init(is_script ? &lure_sandbox_of(L)->random : lure_push_rng(L), seed, purpose, 0);
    return !is_script;
}

static int testbed_seek(lua_State *L) /* seek(stream, episode, step); nil in place of a stream: math.random */
{
    lure_rng *rng = lua_isnil(L, 1) ? &lure_sandbox_of(L)->random : lure_check_rng(L, 1);
    lure_rng_seek(rng, (uint32_t)luaL_checkinteger(L, 2), (uint32_t)luaL_checkinteger(L, 3));
    return 0;
}

/* ---- one test ---- */

static int remember_trace(lua_State *L) /* the message handler of guard: the error itself stays as it is */
{
    luaL_traceback(L, L, NULL, 1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &TRACE);
    lua_settop(L, 1);
    return 1;
}

static int to_text(lua_State *L)
{
    luaL_tolstring(L, 1, NULL);
    return 1;
}

/* The error on top as LuaUnit can take it, which looks at it outside the time limit: an object of the test's own by its
   text, and of a text not more than a person reads. */
static void tame_error(lua_State *L)
{
    size_t n;
    int top = lua_gettop(L);
    if (lua_type(L, top) != LUA_TSTRING && lua_getmetatable(L, top)) {
        lua_pushcfunction(L, to_text);
        lua_pushvalue(L, top);
        if (lua_pcall(L, 1, 1, 0) != LUA_OK)
            lua_pushfstring(L, "an error whose text is an error, too (%s)", lure_type_name(L, top));
        lua_replace(L, top);
        lua_settop(L, top);
    }
    const char *text = lua_type(L, top) == LUA_TSTRING ? lua_tolstring(L, top, &n) : NULL;
    if (!text || n <= MOST_MESSAGE)
        return;
    lua_pushlstring(L, text, MOST_MESSAGE);
    lua_pushfstring(L, "... (%I bytes)", (lua_Integer)n);
    lua_concat(L, 2);
    lua_replace(L, top);
}

/* guard(function, ...) calls it under the time limit, and raises what it raises. An endless test is that test's error:
   the hook that stopped it is taken out again. Only a signal goes on to stop everything. */
static int testbed_guard(lua_State *L)
{
    lure_sandbox *sandbox = lure_sandbox_of(L);
    int n_arguments = lua_gettop(L) - 1;
    luaL_checktype(L, 1, LUA_TFUNCTION);
    sandbox->context = (lure_context){0};
    sandbox->heartbeat++;
    lua_pushcfunction(L, remember_trace);
    lua_insert(L, 1);
    int code = lua_pcall(L, n_arguments, 0, 1);
    if (code == LUA_ERRRUN)
        tame_error(L);
    if (sandbox->limit_hit == LURE_ERROR_TIME) {
        lua_sethook(L, NULL, 0, 0);
        sandbox->limit_hit = LURE_OK;
        lua_pushliteral(L, "time limit: the test did not end; look for an endless loop, or raise it: "
                           "lure test --seconds N");
        code = LUA_ERRRUN;
    } else if (code == LUA_ERRMEM || sandbox->limit_hit == LURE_ERROR_MEMORY) {
        sandbox->limit_hit = LURE_OK;
        lua_pushfstring(L, "%s: memory limit: the test needs more than %d MB", sandbox->memory_place,
                        (int)sandbox->limits.memory_mb);
        code = LUA_ERRRUN;
    }
    sandbox->heartbeat++;
    return code == LUA_OK ? 0 : lua_error(L);
}

static int
testbed_last_trace(lua_State *L) /* last_trace() -> the traceback of the last error under guard, once */
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &TRACE);
    lua_pushnil(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &TRACE);
    return 1;
}

/* In signal context. */
static void on_stuck(void *data)
{
    char place[256], message[384];
    lure_sandbox_place(data, place, sizeof place);
    int n =
        snprintf(message, sizeof message,
                 "\nlure: %s%sa test is inside one library call that does not end; the tests are stopped\n",
                 place, *place ? ": " : "");
    ssize_t ignored = write(STDERR_FILENO, message, (size_t)n);
    (void)ignored;
    _exit(STUCK_EXIT_CODE);
}

lure_status lure_testbed_watch(lure_sandbox *sandbox, lure_error *err)
{
    return lure_sandbox_watch(sandbox, on_stuck, sandbox, err);
}

/* ---- the state ---- */

/* Lua's own libraries into the globals. Those that the sandbox opened and changed are made anew, but for coroutine, whose
   functions tell the time limit which coroutine runs; and the metatable of strings, which all of a state share, stays
   the sandbox's. */
static void open_libraries(lua_State *L)
{
    static const luaL_Reg libraries[] = {
        {"package", luaopen_package}, {"table", luaopen_table},   {"io", luaopen_io},
        {"os", luaopen_os},           {"string", luaopen_string}, {"math", luaopen_math},
        {"utf8", luaopen_utf8},       {"debug", luaopen_debug},   {NULL, NULL}};
    lua_pushliteral(L, "");
    lua_getmetatable(L, -1);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    for (const luaL_Reg *library = libraries; library->name; library++) {
        lua_pushcfunction(L, library->func);
        lua_pushstring(L, library->name);
        lua_call(L, 1, 1);
        lua_pushvalue(L, -1);
        lua_setfield(L, -3, library->name);
        lua_setglobal(L, library->name);
    }
    lure_library_environment(L);
    lua_getfield(L, -1, "coroutine");
    lua_pushvalue(L, -1);
    lua_setfield(L, -4, "coroutine");
    lua_setglobal(L, "coroutine");
    lua_pop(L, 2);
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
}

void lure_testbed_open(lua_State *L)
{
    static const luaL_Reg functions[] = {{"load", testbed_load},
                                         {"load_error", testbed_load_error},
                                         {"records", testbed_records},
                                         {"script_name", testbed_script_name},
                                         {"environment", testbed_environment},
                                         {"world", testbed_world},
                                         {"rng", testbed_rng},
                                         {"stream", testbed_stream},
                                         {"seek", testbed_seek},
                                         {"guard", testbed_guard},
                                         {"last_trace", testbed_last_trace},
                                         {"run", lure_testbed_run},
                                         {NULL, NULL}};
    open_libraries(L);
    luaL_newlib(L, functions);
}
