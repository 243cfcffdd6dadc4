/* host.c: runs tests written in Lua: lua_host SCRIPT [words...]. The tests live in the state of a real sandbox, so
   that what a script returns (functions, policies, tensors) can be used by a test directly, but outside its walls:
   in the state's own globals, which no script sees, with Lua's full libraries and with `lure_test`, which loads
   scripts and runs text as a sandbox would. What may hit a limit runs in a second sandbox (sandboxes.c). Exit code: what
   SCRIPT returns, 0 or 1; 2 when it cannot be run. */
#include "host.h"
#include "base/file.h"
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

/* ---- scripts ---- */

static lure_role check_role(lua_State *L, int arg)
{
    const char *name = luaL_checkstring(L, arg);
    for (int role = 0; role < LURE_N_ROLES; role++)
        if (strcmp(lure_role_name((lure_role)role), name) == 0)
            return (lure_role)role;
    luaL_error(L, "there is no role '%s'", name);
    return LURE_N_ROLES;
}

static int test_load(lua_State *L) /* load(role, name [, options]) -> what the script returns */
{
    lure_role role = check_role(L, 1);
    const char *name = luaL_checkstring(L, 2);
    lua_settop(L, 3);
    lure_sandbox_of(L)->context = (lure_context){0}; /* an error may have left one behind */
    lure_loader_load(L, role, name, NULL, lua_istable(L, 3) ? 3 : 0, NULL);
    return 1;
}

/* Calls the C function with the arguments on the stack as the host would: nil, or the error's text and status. */
static int error_of(lua_State *L, lua_CFunction function)
{
    lure_error err;
    lua_pushcfunction(L, function);
    lua_insert(L, 1);
    if (lure_call(L, lua_gettop(L) - 1, 0, &err) == LURE_OK)
        return 0;
    lua_pushstring(L, err.text);
    lua_pushstring(L, lure_status_name(err.status));
    return 2;
}

static int
test_load_error(lua_State *L) /* load_error(role, name [, options]) -> text, status; nil: no error */
{
    return error_of(L, test_load);
}

static int
test_records(lua_State *L) /* records() -> { { role =, name =, path =, sha256 =, options = }, ... } */
{
    lure_loader_push_records(L);
    return 1;
}

static int test_script_name(lua_State *L) /* script_name(path) -> the script's name */
{
    char name[256];
    lure_script_name(luaL_checkstring(L, 1), name, sizeof name);
    lua_pushstring(L, name);
    return 1;
}

static int test_rng(lua_State *L) /* rng(seed) -> stream */
{
    lure_rng_init(lure_push_rng(L), (uint64_t)luaL_checkinteger(L, 1), LURE_PURPOSE_USER, 0);
    return 1;
}

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

static const luaL_Reg functions[] = {{"load", test_load},       {"load_error", test_load_error},
                                     {"records", test_records}, {"script_name", test_script_name},
                                     {"rng", test_rng},         {"tensor", test_tensor},
                                     {"parse", test_parse},     {"write", test_write},
                                     {"json", test_json},       {"copy", test_copy},
                                     {"set", test_set},         {"files", test_files},
                                     {"copies", test_copies},   {NULL, NULL}};

/* Lua's own libraries into the globals. Those that the sandbox opened and changed are made anew, and the metatable of
   strings, which all of a state share, stays the sandbox's. */
static void open_libraries(lua_State *L)
{
    static const luaL_Reg libraries[] = {{"package", luaopen_package}, {"coroutine", luaopen_coroutine},
                                         {"table", luaopen_table},     {"io", luaopen_io},
                                         {"os", luaopen_os},           {"string", luaopen_string},
                                         {"math", luaopen_math},       {"utf8", luaopen_utf8},
                                         {"debug", luaopen_debug},     {NULL, NULL}};
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
    lua_pop(L, 1);
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
}

static int open_host(lua_State *L)
{
    open_libraries(L);
    luaL_newlib(L, functions);
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
