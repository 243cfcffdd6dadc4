/* options.c: see options.h. */
#include "script/key_order.h"
#include "script/options.h"

#include "base/text.h"
#include "script/bind.h"
#include "script/loader.h"
#include "script/value.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

enum { MOST_KNOWN = 256 };

/* Pushes "; did you mean 'x'?" or ".", then the known names with their default values. Returns how many there are. */
static size_t push_known(lua_State *L, const char *what, const char *key, int known)
{
    const char *names[MOST_KNOWN];
    size_t n = 0;
    luaL_Buffer list;
    lure_key_order_push(L, known, what);
    int keys = lua_gettop(L);
    luaL_buffinit(L, &list);
    for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, keys); i++) {
        lua_rawgeti(L, keys, i);
        const char *name =
            lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "?"; /* anchored by `known` */
        if (n < MOST_KNOWN)
            names[n++] = name;
        lua_rawget(L, known);
        luaL_addstring(&list, i > 1 ? ", " : "");
        luaL_addstring(&list, name);
        if (lua_type(L, -1) == LUA_TNUMBER || lua_type(L, -1) == LUA_TSTRING ||
            lua_type(L, -1) == LUA_TBOOLEAN) {
            char value[256] = "";
            lure_text text;
            lure_text_init(&text);
            lure_value_write(L, -1, &text); /* scalars cannot raise */
            strncpy(value, text.data ? text.data : "", sizeof value - 1);
            lure_text_free(&text);
            luaL_addstring(&list, " = ");
            luaL_addstring(&list, value);
        }
        lua_pop(L, 1);
    }
    luaL_pushresult(&list);
    const char *nearest = lure_text_nearest(key, names, n);
    if (nearest)
        lua_pushfstring(L, "; did you mean '%s'?", nearest);
    else
        lua_pushliteral(L, ".");
    lua_insert(L, -2);
    return n;
}

int lure_refuse_key(lua_State *L, const char *what, const char *key, int known)
{
    if (push_known(L, what, key, lua_absindex(L, known)) == 0)
        return luaL_error(L, "%s: unknown option '%s'; it has none", what, key);
    return luaL_error(L, "%s: unknown option '%s'%s Known: %s", what, key, lua_tostring(L, -2),
                      lua_tostring(L, -1));
}

/* __index of a strict table; upvalue 1: what it is called. */
static int refuse_field(lua_State *L)
{
    const char *key = lure_push_text(L, 2);
    lua_newtable(L); /* names alone: a batch's values would say nothing */
    int names = lua_gettop(L);
    for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1)) {
        lua_pushvalue(L, -2);
        lua_newtable(L);
        lua_rawset(L, names);
    }
    push_known(L, "fields", key, names);
    return luaL_error(L, "%s has no '%s'%s It has: %s", lua_tostring(L, lua_upvalueindex(1)), key,
                      lua_tostring(L, -2), lua_tostring(L, -1));
}

void lure_make_strict(lua_State *L, const char *what)
{
    lua_createtable(L, 0, 2);
    lua_pushstring(L, what);
    lua_pushcclosure(L, refuse_field, 1);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
}

/* options(..., defaults): the chunk's options come first, defaults last; called without options, only defaults. */
int lure_options(lua_State *L)
{
    int n = lua_gettop(L);
    if (n < 1 || !lua_istable(L, n))
        return luaL_error(L, "options: call it as options(..., { name = default })");
    lua_pushvalue(L, n);
    int defaults = lua_gettop(L);
    bool given = n >= 2 && !lua_isnil(L, 1);
    if (given && !lua_istable(L, 1))
        return luaL_error(L, "options: expected a table of options, got %s", lure_type_name(L, 1));
    lure_value_copy(L, defaults);
    int merged = lua_gettop(L);
    if (given) {
        lure_key_order_push(L, 1, "options");
        int keys = lua_gettop(L);
        for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, keys); i++) {
            lua_rawgeti(L, keys, i);
            if (lua_type(L, -1) != LUA_TSTRING)
                return luaL_error(L, "options: an option without a name (%s); write name = value",
                                  lure_push_text(L, -1));
            const char *name = lua_tostring(L, -1);
            lua_pushvalue(L, -1);
            int expected = lua_rawget(L, defaults);
            lua_pop(L, 1);
            if (expected == LUA_TNIL)
                return lure_refuse_key(L, "options", name, defaults);
            lua_pushvalue(L, -1);
            int got = lua_rawget(L, 1);
            if (got != expected)
                return luaL_error(L, "options: '%s' is a %s; expected a %s", name, lua_typename(L, got),
                                  lua_typename(L, expected));
            if (got == LUA_TNUMBER && isnan(lua_tonumber(L, -1)))
                return luaL_error(L, "options: '%s' is nan; expected a number", name);
            lure_value_copy(L, -1);
            lua_setfield(L, merged, name);
            lua_settop(L, keys);
        }
    }
    lua_settop(L, merged);
    lure_loader_note_options(L, merged);
    lure_make_strict(L, "the options table");
    return 1;
}
