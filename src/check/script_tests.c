/* script_tests.c: see script_tests.h. */
#include "check/script_tests.h"

#include "base/file.h"
#include "check/testbed.h"
#include "run/run.h"
#include "script/call.h"
#include "script/loader.h"
#include "script/sandbox.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MEMORY_MB = 1024 }; /* for one file */

const char *lure_test_end_name(lure_test_end end)
{
    static const char *const names[LURE_N_TEST_ENDS] = {"passed", "failed", "error", "skipped"};
    return names[end];
}

/* ---- LuaUnit ---- */

/* Where Debian's lua-unit and LuaRocks put it. What LUA_PATH_5_4 says is tried by `require` itself, before these. */
static const char *const luaunit_places[] = {"/usr/share/lua/5.4/luaunit.lua",
                                             "/usr/local/share/lua/5.4/luaunit.lua",
                                             "/usr/share/lua/5.3/luaunit.lua"};

const char *lure_test_luaunit(void)
{
    for (size_t i = 0; i < sizeof luaunit_places / sizeof *luaunit_places; i++)
        if (lure_file_exists(luaunit_places[i]))
            return luaunit_places[i];
    return "";
}

/* ---- one file of tests ---- */

static lure_sandbox *volatile running;
static volatile bool cancelled;

void lure_test_cancel(void)
{
    cancelled = true;
    lure_run_cancel(); /* a test may be inside a run */
    if (running)
        lure_sandbox_cancel(running);
}

typedef struct request {
    const char *path, *only;
    lure_test_result *result;
    lure_error *err; /* what keeps all tests from running */
    lure_status status;
} request;

static char *text_field(lua_State *L, const char *key)
{
    lua_getfield(L, -1, key);
    const char *text = lua_tostring(L, -1);
    char *copy = strdup(text ? text : "");
    lua_pop(L, 1);
    return copy;
}

/* The outcome on top of the stack, into one that the result frees already. */
static void take_outcome(lua_State *L, lure_test_outcome *out)
{
    lua_getfield(L, -1, "seconds");
    out->seconds = lua_tonumber(L, -1);
    lua_pop(L, 1);
    lua_getfield(L, -1, "status");
    const char *word = lua_tostring(L, -1);
    out->end = LURE_TEST_ERROR;
    for (int end = 0; end < LURE_N_TEST_ENDS; end++)
        if (word && strcmp(word, lure_test_end_name((lure_test_end)end)) == 0)
            out->end = (lure_test_end)end;
    lua_pop(L, 1);
    out->name = text_field(L, "name");
    out->place = text_field(L, "place");
    out->message = text_field(L, "message");
    out->trace = text_field(L, "trace");
    if (!out->name || !out->place || !out->message || !out->trace)
        luaL_error(L, "no memory for the results");
}

static void take_outcomes(lua_State *L, lure_test_result *result)
{
    size_t n = lua_rawlen(L, -1);
    result->outcomes = calloc(n ? n : 1, sizeof *result->outcomes);
    if (!result->outcomes) {
        luaL_error(L, "no memory for the results");
        return;
    }
    while (result->n < n) {
        lure_test_outcome *out = &result->outcomes[result->n++];
        lua_rawgeti(L, -1, (lua_Integer)result->n);
        take_outcome(L, out);
        result->n_of[out->end]++;
        lua_pop(L, 1);
    }
}

static int fail(request *r, lure_status status, const char *text)
{
    r->status = lure_fail(r->err, status, "%s", text);
    return 0;
}

/* package.path: beside the test, the current folder, what was there (LUA_PATH_5_4), ours, LuaUnit's. */
static void extend_path(lua_State *L, const char *path, const char *share)
{
    const char *slash = strrchr(path, '/'), *luaunit = lure_test_luaunit();
    lua_getglobal(L, "package");
    if (slash)
        lua_pushlstring(L, path, (size_t)(slash - path));
    else
        lua_pushliteral(L, ".");
    lua_pushliteral(L, "/?.lua;./?.lua;");
    lua_getfield(L, -3, "path");
    lua_pushfstring(L, ";%s/scripts/testing/?.lua%s", share, *luaunit ? ";" : "");
    lua_pushlstring(L, luaunit, *luaunit ? strlen(luaunit) - strlen("luaunit.lua") : 0);
    lua_pushstring(L, *luaunit ? "?.lua" : "");
    lua_concat(L, 6);
    lua_setfield(L, -2, "path");
    lua_pop(L, 1);
}

static int run_file(lua_State *L)
{
    request *r = lua_touserdata(L, 1);
    const char *share = lure_share_folder();
    lure_testbed_open(L);
    int native = lua_gettop(L);
    extend_path(L, r->path, share);
    lua_getglobal(L, "require");
    lua_pushliteral(L, "luaunit");
    if (lua_pcall(L, 1, 1, 0) != LUA_OK)
        return fail(r, LURE_ERROR_STORE,
                    "tests of scripts run on LuaUnit, which is not installed: apt-get install lua-unit (as "
                    "root), or luarocks install luaunit");
    int luaunit = lua_gettop(L);
    lua_pushfstring(L, "%s/scripts/testing/run.lua", share);
    if (luaL_loadfilex(L, lua_tostring(L, -1), "t") != LUA_OK)
        return fail(r, LURE_ERROR_STORE, lua_tostring(L, -1));
    lua_pushvalue(L, native);
    lua_pushvalue(L, luaunit);
    lua_pushstring(L, r->path);
    lua_pushstring(L, r->only);
    lua_call(L, 4, 1);
    luaL_checktype(L, -1, LUA_TTABLE);
    take_outcomes(L, r->result);
    return 0;
}

/* What ended all of a file, and not one of its tests, is that file's error: others still run. */
static lure_status fail_file(lure_test_result *out, const lure_error *problem, lure_error *err)
{
    lure_test_result_free(out);
    out->outcomes = calloc(1, sizeof *out->outcomes);
    if (!out->outcomes)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory for the results");
    lure_test_outcome *o = &out->outcomes[0];
    out->n = out->n_of[LURE_TEST_ERROR] = 1;
    *o = (lure_test_outcome){.end = LURE_TEST_ERROR,
                             .name = strdup(""),
                             .place = strdup(""),
                             .message = strdup(problem->text),
                             .trace = strdup("")};
    return o->name && o->place && o->message && o->trace
               ? LURE_OK
               : lure_fail(err, LURE_ERROR_MEMORY, "no memory for the results");
}

lure_status lure_test_run(const char *path, const char *only, double seconds, lure_test_result *out,
                          lure_error *err)
{
    request r = {.path = path, .only = only, .result = out, .err = err};
    lure_limits limits = {.step_seconds = seconds, .memory_mb = MEMORY_MB};
    lure_sandbox *sandbox;
    *out = (lure_test_result){0};
    if (!*lure_share_folder())
        return lure_fail(err, LURE_ERROR_STORE,
                         "what runs tests was not found beside the program; see lure doctor");
    lure_status status = lure_sandbox_create(&limits, &sandbox, err);
    if (status != LURE_OK)
        return status;
    running = sandbox;
    status = lure_testbed_watch(sandbox, err);
    if (status == LURE_OK && !cancelled)
        status = lure_call_c(sandbox->L, run_file, &r, err);
    running = NULL;
    if (cancelled)
        status = lure_fail(err, LURE_ERROR_CANCELLED, "stopped by a signal");
    lure_sandbox_destroy(sandbox);
    if (status == LURE_ERROR_SCRIPT || status == LURE_ERROR_TIME || status == LURE_ERROR_MEMORY) {
        const lure_error problem = *err;
        status = fail_file(out, &problem, err);
    }
    return status != LURE_OK ? status : r.status;
}

void lure_test_result_free(lure_test_result *result)
{
    for (size_t i = 0; result->outcomes && i < result->n; i++) {
        lure_test_outcome *out = &result->outcomes[i];
        free(out->name);
        free(out->place);
        free(out->message);
        free(out->trace);
    }
    free(result->outcomes);
    *result = (lure_test_result){0};
}
