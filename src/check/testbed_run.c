/* testbed_run.c: a whole run for a test, in a sandbox of its own. Its folder lies below TMPDIR and is gone when the
   function is over. See testbed.h. */
#include "check/testbed.h"

#include "base/file.h"
#include "run/run.h"
#include "script/call.h"
#include "script/sandbox.h"
#include "script/value.h"

#include <errno.h>
#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_SETTINGS = 256, MOST_METRICS_BYTES = 256 << 20, STUCK_EXIT_CODE = 3 };

typedef struct run_request {
    lure_setting settings[MOST_SETTINGS];
    lure_run_options options;
    lure_run_result result;
    lure_text metrics;
    char folder[256]; /* "": none was made */
} run_request;

static void path_of(const run_request *r, const char *name, char out[512])
{
    snprintf(out, 512, "%s/run%s%s", r->folder, *name ? "/" : "", name);
}

static void remove_folder(run_request *r)
{
    char path[512];
    for (size_t i = 0; i < LURE_RUN_FILES; i++) {
        path_of(r, lure_run_files[i], path);
        unlink(path);
    }
    for (size_t i = 0; i < LURE_RUN_EXTRA_FILES; i++) {
        path_of(r, lure_run_extra_files[i], path);
        unlink(path);
    }
    path_of(r, "", path);
    rmdir(path);
    rmdir(r->folder);
    *r->folder = '\0';
}

static int free_request(lua_State *L)
{
    run_request *r = lua_touserdata(L, 1);
    lure_run_result_free(&r->result);
    lure_text_free(&r->metrics);
    if (*r->folder)
        remove_folder(r);
    return 0;
}

/* Frees itself when a later call raises. [-0, +1, e] */
static run_request *push_request(lua_State *L)
{
    run_request *r = lua_newuserdatauv(L, sizeof *r, 0);
    memset(r, 0, sizeof *r);
    lure_text_init(&r->metrics);
    lure_text_init(&r->result.document);
    if (luaL_newmetatable(L, "lure.testbed_run")) {
        lua_pushcfunction(L, free_request);
        lua_setfield(L, -2, "__gc");
    }
    lua_setmetatable(L, -2);
    return r;
}

static int write_value(lua_State *L)
{
    lure_value_write(L, 2, lua_touserdata(L, 1));
    return 0;
}

/* Pushes the value on top as the text of a Lua literal. [-1, +1, e] */
static const char *push_literal(lua_State *L)
{
    lure_text text;
    lure_text_init(&text);
    lua_pushcfunction(L, write_value);
    lua_insert(L, -2);
    lua_pushlightuserdata(L, &text);
    lua_insert(L, -2);
    int code = lua_pcall(L, 2, 0, 0);
    if (code == LUA_OK)
        lua_pushstring(L, text.data);
    lure_text_free(&text);
    if (code != LUA_OK)
        lure_raise_again(L, code);
    return lua_tostring(L, -1);
}

/* The settings of the table at `from`, keys in order of their names; a list of what they borrow stays on the stack. */
static void read_settings(lua_State *L, int from, run_request *r)
{
    lua_newtable(L);
    int kept = lua_gettop(L);
    size_t n = lua_rawlen(L, from);
    if (n > MOST_SETTINGS)
        luaL_error(L, "more than %d settings", (int)MOST_SETTINGS);
    for (size_t i = 0; i < n; i++) { /* { key, value } */
        lua_rawgeti(L, from, (lua_Integer)i + 1);
        lua_rawgeti(L, -1, 1);
        r->settings[i].key = luaL_checkstring(L, -1);
        lua_rawseti(L, kept, (lua_Integer)(2 * i) + 1);
        lua_rawgeti(L, -1, 2);
        r->settings[i].value = push_literal(L);
        lua_rawseti(L, kept, (lua_Integer)(2 * i) + 2);
        lua_pop(L, 1);
    }
    r->options.settings = r->settings;
    r->options.n_settings = n;
}

static void make_folder(lua_State *L, run_request *r)
{
    const char *base = getenv("TMPDIR");
    char folder[sizeof r->folder];
    int n = snprintf(folder, sizeof folder, "%s/lure-test-XXXXXX", base && *base ? base : "/tmp");
    if (n < 0 || (size_t)n >= sizeof folder || !mkdtemp(folder))
        luaL_error(L, "cannot make a folder for the run: %s: %s", folder, strerror(errno));
    memcpy(r->folder, folder, sizeof folder);
}

static void push_result(lua_State *L, const run_request *r)
{
    const struct {
        const char *name;
        uint64_t value;
    } counts[] = {{"seed", r->result.seed},
                  {"updates", r->result.updates},
                  {"episodes", r->result.episodes},
                  {"steps", r->result.steps}};
    lua_createtable(L, 0, 7);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        lua_pushinteger(L, (lua_Integer)counts[i].value);
        lua_setfield(L, -2, counts[i].name);
    }
    lua_pushstring(L, r->result.run_id);
    lua_setfield(L, -2, "run_id");
    lua_pushlstring(L, r->metrics.data, r->metrics.length);
    lua_setfield(L, -2, "metrics");
    lua_newtable(L);
    for (size_t i = 0; i < r->result.n_parameters; i++) {
        lua_pushnumber(L, r->result.parameters[i].value);
        lua_setfield(L, -2, r->result.parameters[i].name);
    }
    lua_setfield(L, -2, "parameters");
}

/* run(experiment, { { key, value }, ... } [, seed]) -> { seed, updates, episodes, steps, run_id, metrics = the text of
   metrics.csv, parameters = those that are one number }; an error of the run is raised */
int lure_testbed_run(lua_State *L)
{
    char directory[512], path[512];
    lure_error err;
    const char *experiment = luaL_checkstring(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 3);
    run_request *r = push_request(L);
    r->options = (lure_run_options){.experiment = experiment,
                                    .has_seed = !lua_isnil(L, 3),
                                    .seed = (uint64_t)luaL_optinteger(L, 3, 0),
                                    .command = "lure test",
                                    .stuck_exit_code = STUCK_EXIT_CODE};
    read_settings(L, 2, r);
    make_folder(L, r);
    path_of(r, "", directory);
    r->options.directory = directory;
    lure_status status = lure_run(&r->options, &r->result);
    if (status == LURE_OK) {
        path_of(r, "metrics.csv", path);
        status = lure_file_read(path, MOST_METRICS_BYTES, &r->metrics, &err);
    } else {
        err = r->result.error;
    }
    remove_folder(r);
    lure_error ignored; /* without a timer the test goes on, unwatched */
    if (lure_sandbox_of(L)->depth > 0)
        lure_testbed_watch(lure_sandbox_of(L), &ignored); /* the run had the process's one timer */
    lure_sandbox_of(L)->heartbeat++;
    if (status != LURE_OK) {
        lua_pushstring(L, err.text);
        return lua_error(L);
    }
    push_result(L, r);
    return 1;
}
