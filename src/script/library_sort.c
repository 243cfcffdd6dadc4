/* library_sort.c: table.sort as a stable merge sort. Lua's own takes the pivot of a large list from the clock, so that
   equal elements come out in another order at every run. Bottom-up: runs of 1, 2, 4, ... elements are merged from one
   scratch list into another. Every step is the same whatever the comparison says, so a comparison that is no order
   gives some permutation and nothing worse; the time limit is looked at between runs. */
#include "script/library.h"

#include "script/sandbox.h"

#include <lauxlib.h>

enum { MOST_ELEMENTS = 100000000, LOOK_EVERY = 1024 };

enum { LIST = 1, COMPARISON, FROM, TO }; /* stack */

/* Is the value on top less than the one below it? Leaves both. */
static bool top_is_less(lua_State *L, bool compared)
{
    if (!compared)
        return lua_compare(L, -1, -2, LUA_OPLT);
    lua_pushvalue(L, COMPARISON);
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -4);
    lua_call(L, 2, 1);
    bool less = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return less;
}

static void copy(lua_State *L, lua_Integer at, lua_Integer first, lua_Integer last)
{
    for (lua_Integer i = first; i <= last; i++) {
        lua_rawgeti(L, FROM, i);
        lua_rawseti(L, TO, at++);
    }
}

/* [first, middle] and [middle + 1, last], each sorted, become [first, last] of the other list. Of equals the left one
   goes first. */
static void merge(lua_State *L, lua_Integer first, lua_Integer middle, lua_Integer last, bool compared)
{
    lua_Integer left = first, right = middle + 1, at = first;
    while (left <= middle && right <= last) {
        lua_rawgeti(L, FROM, left);
        lua_rawgeti(L, FROM, right);
        if (top_is_less(L, compared)) {
            lua_rawseti(L, TO, at++);
            lua_pop(L, 1);
            right++;
        } else {
            lua_pop(L, 1);
            lua_rawseti(L, TO, at++);
            left++;
        }
        if (at % LOOK_EVERY == 0)
            lure_sandbox_look(L);
    }
    copy(L, at, left, middle);
    copy(L, at + (middle - left + 1), right, last);
}

/* A table, or what has a length and elements that can be read and written, such as a tensor. */
static void check_list(lua_State *L)
{
    lua_settop(L, COMPARISON);
    static const char *const events[] = {"__index", "__newindex", "__len"};
    for (size_t i = 0; !lua_istable(L, LIST) && i < sizeof events / sizeof *events; i++)
        if (luaL_getmetafield(L, LIST, events[i]) == LUA_TNIL)
            luaL_checktype(L, LIST, LUA_TTABLE);
    lua_settop(L, COMPARISON);
}

int lure_table_sort(lua_State *L) /* [-0, +0, e] table.sort(list [, comparison]) */
{
    check_list(L);
    lua_Integer n = luaL_len(L, LIST);
    if (n > MOST_ELEMENTS)
        return luaL_error(L, "table.sort: %I elements are too many (at most %d)", n, (int)MOST_ELEMENTS);
    bool compared = !lua_isnoneornil(L, COMPARISON);
    if (n < 2)
        return 0;
    if (compared)
        luaL_checktype(L, COMPARISON, LUA_TFUNCTION);
    lua_createtable(L, (int)n, 0);
    lua_createtable(L, (int)n, 0);
    for (lua_Integer i = 1; i <= n; i++) {
        lua_geti(L, LIST, i);
        lua_rawseti(L, FROM, i);
    }
    for (lua_Integer width = 1; width < n; width *= 2) {
        for (lua_Integer first = 1; first <= n; first += 2 * width) {
            lua_Integer last = first + 2 * width - 1 < n ? first + 2 * width - 1 : n;
            lua_Integer middle = first + width - 1 < n ? first + width - 1 : n;
            merge(L, first, middle, last, compared);
        }
        lua_pushvalue(L, FROM);
        lua_copy(L, TO, FROM);
        lua_replace(L, TO);
    }
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, FROM, i);
        lua_seti(L, LIST, i);
    }
    return 0;
}
