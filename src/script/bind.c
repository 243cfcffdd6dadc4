/* bind.c: what all bindings share: the box check and the table `lure`. See bind.h. */
#include "script/bind.h"

#include "script/library.h"
#include "script/options.h"

const char *lure_type_name(lua_State *L, int arg)
{
    if (luaL_getmetafield(L, arg, "__name") == LUA_TSTRING) {
        const char *name = lua_tostring(L, -1); /* anchored by the metatable */
        lua_pop(L, 1);
        return name;
    }
    return luaL_typename(L, arg);
}

int lure_box_refuse(lua_State *L, int arg, const char *name)
{
    return luaL_error(L, "argument %d: expected a %s, got %s (is it called with ':'?)", arg, name,
                      lure_type_name(L, arg));
}

void lure_box_metatable(lua_State *L, const void *key, const char *name, const luaL_Reg *methods)
{
    lua_newtable(L);
    lua_pushstring(L, name);
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_newtable(L);
    luaL_setfuncs(L, methods, 0);
    lua_setfield(L, -2, "__index");
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, key);
}

void lure_bind_all(lua_State *L)
{
    lua_newtable(L);
    lure_bind_rng(L);
    lure_bind_tensor(L);
    lure_bind_policy(L);
    lure_bind_optimizer(L);
    lure_bind_returns(L);
    lure_library_export(L, "lure");
    lua_pushcfunction(L, lure_options);
    lure_library_export(L, "options");
}
