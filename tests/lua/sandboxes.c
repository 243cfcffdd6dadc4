/* sandboxes.c: of lure_test, what runs a text in a sandbox of its own, so that it may hit a limit there or run out of
   memory (eval, faults), and what counts requests for memory. */
#include "host.h"
#include "check/check_state.h"
#include "script/bind.h"
#include "script/call.h"
#include "script/library.h"

#include <lauxlib.h>
#include <unistd.h>

typedef struct box {
    lure_sandbox *sandbox;
} box;

static int close_box(lua_State *L)
{
    box *b = lua_touserdata(L, 1);
    lure_sandbox_destroy(b->sandbox);
    b->sandbox = NULL;
    return 0;
}

static box *push_box(lua_State *L)
{
    box *b = lua_newuserdatauv(L, sizeof *b, 0);
    b->sandbox = NULL;
    if (luaL_newmetatable(L, "lure_test.box")) {
        lua_pushcfunction(L, close_box);
        lua_setfield(L, -2, "__gc");
    }
    lua_setmetatable(L, -2);
    return b;
}

typedef struct source {
    const char *text;
    size_t n;
} source;

static int run_text(lua_State *L)
{
    const source *s = lua_touserdata(L, 1);
    if (luaL_loadbufferx(L, s->text, s->n, "=text", "t") != LUA_OK)
        return lua_error(L);
    lure_library_environment_of(L, s->text, s->n);
    lua_setupvalue(L, -2, 1);
    lua_call(L, 0, LUA_MULTRET);
    return lua_gettop(L) - 1;
}

static void give_up(void *data)
{
    (void)data;
    static const char message[] = "\nlua_host: a text given to eval does not come back\n";
    ssize_t ignored = write(STDERR_FILENO, message, sizeof message - 1);
    (void)ignored;
    _exit(2);
}

static double number_option(lua_State *L, const char *key, double otherwise)
{
    double x = otherwise;
    if (lua_istable(L, 2) && lua_getfield(L, 2, key) != LUA_TNIL)
        x = luaL_checknumber(L, -1);
    lua_settop(L, 2);
    return x;
}

/* eval(text [, { step_seconds =, memory_mb =, fail_at =, update =, episode =, step = }]) -> true, values...
   or false, error text, status. Plain data only comes back, anything else as nil. fail_at = n: the n-th allocation and all later ones fail. */
static int test_eval(lua_State *L)
{
    source s = {0};
    s.text = luaL_checklstring(L, 1, &s.n);
    lua_settop(L, 2);
    lure_limits limits = {.step_seconds = number_option(L, "step_seconds", 5.0),
                          .memory_mb = number_option(L, "memory_mb", 64.0)};
    lure_context context = {.role = "algorithm",
                            .name = "text",
                            .update = (uint64_t)number_option(L, "update", 0),
                            .episode = (uint64_t)number_option(L, "episode", 0),
                            .step = (uint64_t)number_option(L, "step", 0)};
    uint64_t fail_at = (uint64_t)number_option(L, "fail_at", 0);
    box *b = push_box(L);
    lure_error err;
    lure_status status = lure_sandbox_create(&limits, &b->sandbox, &err);
    if (status == LURE_OK)
        status = lure_sandbox_watch(b->sandbox, give_up, NULL, &err);
    if (status == LURE_OK) {
        lure_sandbox *inner = b->sandbox;
        inner->context = context;
        inner->pool.account.fail_at = fail_at ? inner->pool.account.n_requests + fail_at : 0;
        lua_pushcfunction(inner->L, run_text);
        lua_pushlightuserdata(inner->L, &s);
        status = lure_call(inner->L, 1, LUA_MULTRET, &err);
        lure_sandbox_unwatch(inner);
    }
    lua_pushboolean(L, status == LURE_OK);
    int first = lua_gettop(L);
    if (status == LURE_OK) {
        int n = lua_gettop(b->sandbox->L);
        b->sandbox->pool.account.fail_at = 0;
        for (int i = 1; i <= n; i++)
            lure_state_copy_across(b->sandbox->L, i, L);
    } else {
        lua_pushstring(L, err.text);
        lua_pushstring(L, lure_status_name(err.status));
    }
    lure_sandbox_destroy(b->sandbox);
    b->sandbox = NULL;
    return lua_gettop(L) - first + 1;
}

/* Calls the function on top of the box's stack, with the requests [at, at + n) for memory failing (n = 0: all from `at` on;
   at = 0: none); the function stays. Pushes onto L: true and its first result, or false, error text and status. */
static int call_failing(lua_State *L, lure_sandbox *inner, uint64_t at, uint64_t n)
{
    lure_memory *account = &inner->pool.account;
    lure_error err;
    lua_pushvalue(inner->L, -1);
    account->fail_at = at ? account->n_requests + at : 0;
    account->fail_until = at && n ? account->fail_at + n : 0;
    lure_status status = lure_call(inner->L, 0, 1, &err);
    account->fail_at = account->fail_until = 0;
    lua_pushboolean(L, status == LURE_OK);
    if (status == LURE_OK) {
        lure_state_copy_across(inner->L, lua_gettop(inner->L), L);
        lua_pop(inner->L, 1);
        return 2;
    }
    lua_pushstring(L, err.text);
    lua_pushstring(L, lure_status_name(status));
    return 3;
}

/* A sandbox in which the text at argument 1 has been run; the function that it returned is on top of the stack there. */
static lure_sandbox *open_update(lua_State *L)
{
    source s = {0};
    s.text = luaL_checklstring(L, 1, &s.n);
    box *b = push_box(L);
    lure_error err;
    if (lure_sandbox_create(&host_limits, &b->sandbox, &err) != LURE_OK)
        luaL_error(L, "%s", err.text);
    lua_pushcfunction(b->sandbox->L, run_text);
    lua_pushlightuserdata(b->sandbox->L, &s);
    if (lure_call(b->sandbox->L, 1, 1, &err) != LURE_OK)
        luaL_error(L, "%s", err.text);
    return b->sandbox;
}

/* faults(text, at, n) -> { what the first call gave }, { the second }, { the third }, requests of the first: `text`
   returns a function, which is called three times, the first time with failing memory (call_failing tells how). */
static int test_faults(lua_State *L)
{
    uint64_t at = (uint64_t)luaL_checkinteger(L, 2), n = (uint64_t)luaL_checkinteger(L, 3), requests = 0;
    lure_sandbox *inner = open_update(L);
    for (int call = 0; call < 3; call++) {
        uint64_t before = inner->pool.account.n_requests;
        lua_newtable(L);
        int results = lua_gettop(L);
        for (int i = call_failing(L, inner, call == 0 ? at : 0, n); i > 0; i--)
            lua_rawseti(L, results, i);
        if (call == 0)
            requests = inner->pool.account.n_requests - before;
    }
    lua_pushinteger(L, (lua_Integer)requests);
    return 4;
}

/* system_requests(text, warm_up, n) -> of the last n calls of the function that `text` returns; nil as requests() */
static int test_system_requests(lua_State *L)
{
    lua_Integer warm_up = luaL_checkinteger(L, 2), n = luaL_checkinteger(L, 3);
    if (!lure_pool_keeps())
        return 0;
    lure_sandbox *inner = open_update(L);
    uint64_t before = 0;
    for (lua_Integer i = 0; i < warm_up + n; i++) {
        if (i == warm_up)
            before = inner->pool.account.n_system;
        int top = lua_gettop(L);
        call_failing(L, inner, 0, 0);
        if (!lua_toboolean(L, top + 1))
            return luaL_error(L, "%s", lua_tostring(L, top + 2));
        lua_settop(L, top);
    }
    lua_pushinteger(L, (lua_Integer)(inner->pool.account.n_system - before));
    return 1;
}

/* requests() -> how many requests for memory there were, and how many of them went on to the system; nil when the pool
   keeps no blocks (under AddressSanitizer) */
static int test_requests(lua_State *L)
{
    const lure_memory *account = &lure_sandbox_of(L)->pool.account;
    if (!lure_pool_keeps())
        return 0;
    lua_pushinteger(L, (lua_Integer)account->n_requests);
    lua_pushinteger(L, (lua_Integer)account->n_system);
    return 2;
}

void add_sandbox_functions(lua_State *L)
{
    static const luaL_Reg functions[] = {{"eval", test_eval},
                                         {"faults", test_faults},
                                         {"system_requests", test_system_requests},
                                         {"requests", test_requests},
                                         {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
