/* spec_words.c: see spec_words.h. */
#include "script/spec_words.h"

#include "base/text.h"
#include "script/bind.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

int lure__refuse_word(lua_State *L, const char *what, const char *word, const char *const *known, size_t n)
{
    luaL_Buffer list;
    luaL_buffinit(L, &list);
    for (size_t i = 0; i < n; i++) {
        luaL_addstring(&list, i ? ", " : "");
        luaL_addstring(&list, known[i]);
    }
    luaL_pushresult(&list);
    if (n == 0)
        return luaL_error(L, "%s: unknown option '%s'; it has none", what, word);
    const char *nearest = lure_text_nearest(word, known, n);
    if (nearest)
        return luaL_error(L, "%s: unknown '%s'; did you mean '%s'? Known: %s", what, word, nearest,
                          lua_tostring(L, -1));
    return luaL_error(L, "%s: unknown '%s'. Known: %s", what, word, lua_tostring(L, -1));
}

void lure__check_keys(lua_State *L, int table, size_t n_values, const char *const *known, size_t n,
                      const char *what)
{
    const char *unknown = NULL; /* the first in the order of the alphabet: Lua's own is another one each time */
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING) {
            lua_Integer at = lua_isinteger(L, -2) ? lua_tointeger(L, -2) : 0;
            if (at >= 1 && (lua_Unsigned)at <= n_values)
                continue;
            const char *value = lure_push_text(L, -1), *key = lure_push_text(L, -3);
            if (n == 0)
                luaL_error(L, "%s: a value without a name, [%s] = %s; it has no options", what, key, value);
            luaL_error(L, "%s: a value without a name, [%s] = %s; write %s = value, or another option", what,
                       key, value, known[0]);
        }
        bool found = false;
        for (size_t i = 0; i < n && !found; i++)
            found = strcmp(known[i], lua_tostring(L, -2)) == 0;
        if (!found && (!unknown || strcmp(lua_tostring(L, -2), unknown) < 0))
            unknown = lua_tostring(L, -2); /* anchored by the table */
    }
    if (unknown)
        lure__refuse_word(L, what, unknown, known, n);
}

double lure__read_number(lua_State *L, int table, const char *key, double otherwise, const char *what)
{
    int type = lua_getfield(L, table, key);
    double x = type == LUA_TNUMBER ? lua_tonumber(L, -1) : otherwise;
    if ((type != LUA_TNUMBER && type != LUA_TNIL) || (type == LUA_TNIL && isnan(otherwise)))
        luaL_error(L, "%s: %s: expected a number, got %s", what, key, lure_type_name(L, -1));
    lua_pop(L, 1);
    return x;
}
