/* key_order.c: see key_order.h. */
#include "script/key_order.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

typedef struct key {
    int type;
    double number;
    lua_Integer whole; /* tells integers beyond 2^53 apart, whose doubles are equal */
    int is_float;
    const char *string;
    size_t length;
    int slot; /* where it is on the stack */
} key;

static int compare_keys(const void *left, const void *right)
{
    const key *a = left, *b = right;
    if (a->type != b->type)
        return a->type < b->type ? -1 : 1;
    if (a->type == LUA_TSTRING) {
        size_t n = a->length < b->length ? a->length : b->length;
        int order = memcmp(a->string, b->string, n);
        return order ? order : (a->length > b->length) - (a->length < b->length);
    }
    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    if (a->is_float != b->is_float) /* 2^63 is beyond the integers; the largest of them has its double */
        return a->is_float - b->is_float;
    return (a->whole > b->whole) - (a->whole < b->whole);
}

void lure_key_order_push(lua_State *L, int index, const char *function)
{
    index = lua_absindex(L, index);
    luaL_checkstack(L, 8, NULL);
    size_t n = 0;
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1))
        n++;
    key *keys = lua_newuserdatauv(L, (n ? n : 1) * sizeof *keys, 0);
    lua_createtable(L, (int)n, 0); /* anchors the keys in walking order, then holds the sorted ones */
    int walked = lua_gettop(L);
    size_t i = 0;
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        keys[i] = (key){.type = lua_type(L, -2), .slot = (int)i + 1};
        switch (keys[i].type) {
        case LUA_TNUMBER:
            keys[i].number = lua_tonumber(L, -2);
            keys[i].whole = lua_tointeger(L, -2);
            keys[i].is_float = !lua_isinteger(L, -2);
            break;
        case LUA_TSTRING: keys[i].string = lua_tolstring(L, -2, &keys[i].length); break;
        case LUA_TBOOLEAN: keys[i].number = lua_toboolean(L, -2); break;
        default:
            luaL_error(L,
                       "%s: a key of type %s has no order that is the same in every run; use numbers or "
                       "strings as keys",
                       function, luaL_typename(L, -2));
        }
        /* numbers before strings before booleans */
        keys[i].type = keys[i].type == LUA_TNUMBER   ? 0
                       : keys[i].type == LUA_TSTRING ? LUA_TSTRING
                                                     : LUA_TSTRING + 1;
        lua_pushvalue(L, -2);
        lua_rawseti(L, walked, ++i);
    }
    n = i; /* a collection in between may have emptied a weak table */
    qsort(keys, n, sizeof *keys, compare_keys);
    lua_createtable(L, (int)n, 0);
    for (i = 0; i < n; i++) {
        lua_rawgeti(L, walked, keys[i].slot);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_replace(L, -3); /* over the userdata */
    lua_pop(L, 1);
}
