/* host.c: runs tests written in Lua: lua_host SCRIPT [words...]. They live in the state that a user's tests of scripts
   have (check/testbed.h), with `lure_test`: its native functions, and more that only the engine's own tests need. What may
   hit a limit runs in a second sandbox (sandboxes.c). Exit code: what SCRIPT returns, 0 or 1; 2 when it cannot be run. */
#include "host.h"
#include "base/file.h"
#include "check/testbed.h"
#include "run/setting.h"
#include "script/bind.h"
#include "script/call.h"
#include "script/library.h"
#include "script/loader.h"
#include "script/sandbox.h"
#include "script/value.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <string.h>

const lure_limits host_limits = {.step_seconds = 5.0, .memory_mb = 4096.0};

/* ---- tensors ---- */

/* tensor(kind, rows, columns or nil, list) of "float64", "float32" or "int32", which scripts get only from a batch */
static int test_tensor(lua_State *L)
{
    static const lure_dtype dtypes[] = {LURE_F64, LURE_F32, LURE_I32};
    const char *kind = luaL_checkstring(L, 1);
    size_t shape[2] = {(size_t)luaL_checkinteger(L, 2), (size_t)luaL_optinteger(L, 3, 0)};
    luaL_checktype(L, 4, LUA_TTABLE);
    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++) {
        if (strcmp(lure_dtype_name(dtypes[i]), kind) != 0)
            continue;
        lure_tensor *t = lure_push_tensor(L, dtypes[i], lua_isnoneornil(L, 3) ? 1 : 2, shape);
        for (size_t j = 0; j < lure_tensor_size(t); j++) {
            lua_rawgeti(L, 4, (lua_Integer)j + 1);
            lure_tensor_set(t, j, luaL_checknumber(L, -1));
            lua_pop(L, 1);
        }
        return 1;
    }
    return luaL_error(L, "there is no kind of tensor called '%s'", kind);
}

/* ---- values and settings ---- */

static int test_parse(lua_State *L) /* parse(text) -> value, whether the text was a literal */
{
    const char *text = luaL_checkstring(L, 1);
    lure_value_parse(L, text);
    lua_pushboolean(L, lure_value_is_literal(L, text));
    return 2;
}

static int write_text(lua_State *L)
{
    lure_value_write(L, 1, lua_touserdata(L, 2));
    return 0;
}

static int write_json(lua_State *L)
{
    lure_json json;
    lure_json_init(&json, lua_touserdata(L, 2));
    lure_value_json(L, 1, &json, NULL);
    return 0;
}

/* The text that `write` makes of the value; frees it whatever happens. */
static int written(lua_State *L, lua_CFunction write)
{
    lure_text text;
    luaL_checkany(L, 1);
    lua_settop(L, 1);
    lure_text_init(&text);
    lua_pushcfunction(L, write);
    lua_insert(L, 1);
    lua_pushlightuserdata(L, &text);
    bool good = lua_pcall(L, 2, 0, 0) == LUA_OK;
    if (good)
        lua_pushlstring(L, text.data, text.length);
    lure_text_free(&text);
    return good ? 1 : lua_error(L);
}

static int test_write(lua_State *L) /* write(value) -> Lua source */
{
    return written(L, write_text);
}

static int test_json(lua_State *L) /* json(value) -> JSON */
{
    return written(L, write_json);
}

static int test_copy(lua_State *L) /* copy(value) */
{
    luaL_checkany(L, 1);
    lure_value_copy(L, 1);
    return 1;
}

static int test_set(lua_State *L) /* set(table, key, value): what --set key=value does to an experiment */
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lure_setting setting = {luaL_checkstring(L, 2), luaL_checkstring(L, 3)};
    lure_setting_apply(L, 1, &setting);
    lua_settop(L, 1);
    return 1;
}

/* ---- files ---- */

static int test_files(lua_State *L) /* files(folder, ending) -> sorted list of names */
{
    char **names;
    size_t n;
    lure_error err;
    if (lure_folder_list(luaL_checkstring(L, 1), luaL_checkstring(L, 2), &names, &n, &err) != LURE_OK)
        return luaL_error(L, "%s", err.text);
    lua_newtable(L);
    for (size_t i = 0; i < n; i++) {
        lua_pushstring(L, names[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lure_names_free(names, n);
    return 1;
}

/* ---- the state ---- */

static const luaL_Reg functions[] = {{"tensor", test_tensor}, {"parse", test_parse},   {"write", test_write},
                                     {"json", test_json},     {"copy", test_copy},     {"set", test_set},
                                     {"files", test_files},   {"copies", test_copies}, {NULL, NULL}};

static int open_host(lua_State *L)
{
    lure_testbed_open(L);
    luaL_setfuncs(L, functions, 0);
    add_sandbox_functions(L);
    lure_library_environment(L);
    static const char *const seen_by_scripts[] = {"lure", "options", "string", "differentiate"};
    for (size_t i = 0; i < sizeof seen_by_scripts / sizeof *seen_by_scripts; i++) {
        lua_getfield(L, -1, seen_by_scripts[i]);
        lua_setfield(L, -3, seen_by_scripts[i]);
    }
    lua_pop(L, 1);
    lua_setglobal(L, "lure_test");
    return 0;
}

static int add_traceback(lua_State *L)
{
    luaL_traceback(L, L, luaL_tolstring(L, 1, NULL), 1);
    return 1;
}

static int run(lua_State *L, int n, char **words)
{
    lua_pushcfunction(L, add_traceback);
    if (luaL_loadfilex(L, words[1], "t") != LUA_OK || !lua_checkstack(L, n)) {
        fprintf(stderr, "lua_host: %s\n", lua_tostring(L, -1));
        return 2;
    }
    for (int i = 2; i < n; i++)
        lua_pushstring(L, words[i]);
    if (lua_pcall(L, n - 2, 1, 1) != LUA_OK) {
        fprintf(stderr, "lua_host: %s\n", lua_tostring(L, -1));
        return 2;
    }
    return lua_isinteger(L, -1) && lua_tointeger(L, -1) == 0 ? 0 : 1;
}

int main(int n, char **words)
{
    lure_sandbox *sandbox;
    lure_error err;
    if (n < 2) {
        fputs("usage: lua_host SCRIPT [words...]\n", stderr);
        return 2;
    }
    if (lure_sandbox_create(&host_limits, &sandbox, &err) != LURE_OK) {
        fprintf(stderr, "lua_host: %s\n", err.text);
        return 2;
    }
    int code = 2;
    if (lure_call_c(sandbox->L, open_host, NULL, &err) == LURE_OK)
        code = run(sandbox->L, n, words);
    else
        fprintf(stderr, "lua_host: %s\n", err.text);
    lure_sandbox_destroy(sandbox);
    return code;
}
