/* library.c: gathers the libraries and gives each chunk its own environment. See library.h. */
#include "script/library.h"

#include "script/bind.h"
#include "script/options.h"

#include <lauxlib.h>
#include <lualib.h>

static const char MASTER = 0; /* its address is the registry key of the table of globals */

/* Reading a global that is not there: nearly always a misspelt name. */
static int undefined_global(lua_State *L)
{
    return luaL_error(L, "undefined variable '%s'; declare it with 'local', or is the name misspelt?",
                      lure_push_text(L, 2));
}

static int refuse_global(lua_State *L)
{
    return luaL_error(
        L, "a script may not write the global '%s'; write 'local %s' (state that must last belongs in s)",
        lure_push_text(L, 2), lure_push_text(L, 2));
}

void lure_library_open(lua_State *L)
{
    lure_library_base(L);
    const struct {
        const char *name;
        void (*push)(lua_State *L);
    } libraries[] = {{"string", lure_library_string},
                     {"table", lure_library_table},
                     {"math", lure_library_math},
                     {"coroutine", lure_library_coroutine}};
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
        libraries[i].push(L);
        lua_setfield(L, -2, libraries[i].name);
    }
    luaL_requiref(L, "utf8", luaopen_utf8, 0);
    lua_setfield(L, -2, "utf8");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &MASTER);
}

void lure_library_export(lua_State *L, const char *name)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &MASTER);
    lua_insert(L, -2);
    lua_setfield(L, -2, name);
    lua_pop(L, 1);
}

/* Copies the table on top, tables inside it too (libraries are one level deep; `lure` holds only functions). */
static void push_copy(lua_State *L, int from, int depth)
{
    luaL_checkstack(L, 6, NULL);
    lua_newtable(L);
    int to = lua_gettop(L);
    for (lua_pushnil(L); lua_next(L, from);) {
        if (depth > 0 && lua_istable(L, -1)) {
            push_copy(L, lua_gettop(L), depth - 1);
            lua_remove(L, -2);
        }
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, to);
    }
}

void lure_library_environment(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &MASTER);
    push_copy(L, lua_gettop(L), 1);
    lua_remove(L, -2);
    if (lua_getfield(L, -1, "lure") == LUA_TTABLE)
        lure_make_strict(L, "lure");
    lua_pop(L, 1);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "_G");
    lua_createtable(L, 0, 3);
    lua_pushcfunction(L, undefined_global);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, refuse_global);
    lua_setfield(L, -2, "__newindex");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
}
