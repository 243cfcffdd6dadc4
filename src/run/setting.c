/* setting.c: see setting.h. */
#include "run/setting.h"

#include "script/value.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

/* Pushes the part of the path up to the next dot as a key, a number when it is digits; returns what follows. */
static const char *push_key(lua_State *L, const char *path, const char *whole)
{
    size_t n = strcspn(path, ".");
    if (n == 0)
        luaL_error(L, "--set %s: an empty name in the path; write key=value or key.option=value", whole);
    if (strspn(path, "0123456789") == n)
        lua_pushinteger(L, strtoll(path, NULL, 10));
    else
        lua_pushlstring(L, path, n);
    return path[n] == '.' ? path + n + 1 : NULL;
}

void lure_setting_apply(lua_State *L, int table, const lure_setting *setting)
{
    int top = lua_gettop(L);
    lua_pushvalue(L, table);
    const char *rest = push_key(L, setting->key, setting->key);
    while (rest) { /* stack: table, key */
        lua_pushvalue(L, -1);
        int type = lua_gettable(L, -3);
        if (type != LUA_TTABLE) {
            if (type != LUA_TSTRING && type != LUA_TNIL) {
                const char *key = luaL_tolstring(L, -2, NULL), *value = luaL_tolstring(L, -2, NULL);
                luaL_error(L, "--set %s=%s: '%s' is %s and has no options; set '%s' itself", setting->key,
                           setting->value, key, value, key);
            }
            lua_newtable(L); /* a bare name gets room for options */
            if (type == LUA_TSTRING) {
                lua_pushvalue(L, -2);
                lua_rawseti(L, -2, 1);
            }
            lua_remove(L, -2);
            lua_pushvalue(L, -2);
            lua_pushvalue(L, -2);
            lua_settable(L, -5);
        }
        lua_remove(L, -2);
        lua_remove(L, -2);
        rest = push_key(L, rest, setting->key);
    }
    if (*setting->value == '\0')
        luaL_error(L, "--set %s=: the value is missing", setting->key);
    if (strchr("{\"'", setting->value[0]) && !lure_value_is_literal(L, setting->value))
        luaL_error(L, "--set %s=%s: the value begins like a Lua table or string and does not end like one",
                   setting->key, setting->value);
    lure_value_parse(L, setting->value);
    lua_settable(L, -3);
    lua_settop(L, top);
}
