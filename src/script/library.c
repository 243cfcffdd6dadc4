/* library.c: gathers the libraries and gives each chunk its own environment, name by name as it asks for them: most scripts
   use a dozen of some three hundred functions. See library.h. */
#define _GNU_SOURCE
#include "script/library.h"

#include "script/bind.h"
#include "script/options.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdbool.h>
#include <string.h>

static const char MASTER = 0; /* its address is the registry key of the table of globals */

/* An environment's metatable remembers, by name, what the chunk was given: given once, it is the chunk's, and does not come
   back when the chunk sets it to nil. */

/* Copies a library, one level deep: libraries hold functions and numbers. What is strict stays so. [-0, +1, m] */
static void push_copy(lua_State *L, int from)
{
    int n = 0;
    luaL_checkstack(L, 6, NULL);
    for (lua_pushnil(L); lua_next(L, from); lua_pop(L, 1))
        n++;
    lua_createtable(L, 0, n);
    int to = lua_gettop(L);
    for (lua_pushnil(L); lua_next(L, from);) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, to);
    }
    if (lua_getmetatable(L, from))
        lua_setmetatable(L, to);
}

/* Is the name at stack index `key` one of the library's that the environment at `index` was not given yet? Then its value
   and the environment's metatable are left on the stack. [-0, +2 or +0, -] */
static bool push_untaken(lua_State *L, int index, int key)
{
    int top = lua_gettop(L);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &MASTER);
    lua_pushvalue(L, key);
    if (lua_rawget(L, -2) != LUA_TNIL && lua_getmetatable(L, index)) {
        lua_pushvalue(L, key);
        bool taken = lua_rawget(L, -2) != LUA_TNIL;
        lua_pop(L, 1);
        lua_remove(L, top + 1);
        if (!taken)
            return true;
    }
    lua_settop(L, top);
    return false;
}

/* Sets the name at `key` to the value on top: as soon as it is there, it is taken. [-2, +0, m] */
static void take(lua_State *L, int index, int key)
{
    lua_pushvalue(L, key);
    lua_insert(L, -2);
    lua_rawset(L, index);
    lua_pushvalue(L, key);
    lua_pushboolean(L, 1);
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

/* What the library has under that name, as the environment's own. [-0, +1 or +0, m] */
static bool push_own(lua_State *L, int index, int key)
{
    if (!push_untaken(L, index, key))
        return false;
    int value = lua_gettop(L) - 1;
    if (lua_istable(L, value)) {
        push_copy(L, value);
        lua_replace(L, value);
    }
    lua_pushvalue(L, value);
    take(L, index, key);
    return true;
}

/* Reading a global that is not there (yet): else it is nearly always a misspelt name. */
static int read_global(lua_State *L)
{
    if (push_own(L, 1, 2))
        return 1;
    return luaL_error(L, "undefined variable '%s'; declare it with 'local', or is the name misspelt?",
                      lure_push_text(L, 2));
}

static int write_global(lua_State *L)
{
    if (push_untaken(L, 1, 2)) {
        lua_pushvalue(L, 3);
        take(L, 1, 2);
        return 0;
    }
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
    if (lua_istable(L, -1))
        lure_make_strict(L, name);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &MASTER);
    lua_insert(L, -2);
    lua_setfield(L, -2, name);
    lua_pop(L, 1);
}

/* [-0, +1, m] */
static void push_empty(lua_State *L, int n_names)
{
    lua_createtable(L, 0, n_names);
    lua_createtable(L, 0, 8);
    lua_pushcfunction(L, read_global);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, write_global);
    lua_setfield(L, -2, "__newindex");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
}

void lure_library_environment(lua_State *L)
{
    enum { N_NAMES = 96 };
    push_empty(L, N_NAMES);
    int environment = lua_gettop(L);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &MASTER);
    for (lua_pushnil(L); lua_next(L, environment + 1); lua_settop(L, environment + 2))
        push_own(L, environment, environment + 2);
    lua_pop(L, 1);
    lua_pushliteral(L, "_G");
    lua_pushvalue(L, environment);
    lua_rawset(L, environment);
}

/* Lua's names have no escapes: whoever reaches the environment but by the names in it writes one of these. */
void lure_library_environment_of(lua_State *L, const char *source, size_t n)
{
    if (memmem(source, n, "_ENV", 4) || memmem(source, n, "_G", 2))
        lure_library_environment(L);
    else
        push_empty(L, 8);
}
