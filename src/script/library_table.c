/* library_table.c: table.* with bounds. Lengths can be absurd (a __len metamethod, a loop from 1 to
   math.maxinteger) and no hook reaches these loops, so what would take minutes inside C is refused. table.sort is our
   own (library_sort.c). */
#include "script/library.h"

#include <lauxlib.h>
#include <lualib.h>

/* Elements one call may walk over: about a second's work. */
enum { MOST_ELEMENTS = 100000000 };

static void check_length(lua_State *L, const char *function, lua_Integer first, lua_Integer last)
{
    if (last >= first && (lua_Unsigned)last - (lua_Unsigned)first >= MOST_ELEMENTS)
        luaL_error(L, "table.%s: %I elements are too many (at most %d)", function, last, (int)MOST_ELEMENTS);
}

/* Calls Lua's own function (upvalue 1) with the arguments as they came. */
static int pass_on(lua_State *L)
{
    int n = lua_gettop(L);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, n, LUA_MULTRET);
    return lua_gettop(L);
}

static int table_by_length(lua_State *L) /* insert, remove: the length decides */
{
    if (lua_istable(L, 1))
        check_length(L, lua_tostring(L, lua_upvalueindex(2)), 1, luaL_len(L, 1));
    return pass_on(L);
}

static int table_by_range(lua_State *L) /* move(t, first, last), concat and unpack(t, .., first, last) */
{
    int at = (int)lua_tointeger(L, lua_upvalueindex(3));
    lua_Integer first = luaL_optinteger(L, at, 1);
    lua_Integer last =
        lua_isnoneornil(L, at + 1) ? (lua_istable(L, 1) ? luaL_len(L, 1) : 0) : luaL_checkinteger(L, at + 1);
    check_length(L, lua_tostring(L, lua_upvalueindex(2)), first, last);
    return pass_on(L);
}

void lure_library_table(lua_State *L)
{
    static const struct {
        const char *name;
        lua_CFunction function;
        int range_at;
    } bounded[] = {{"insert", table_by_length, 0},
                   {"remove", table_by_length, 0},
                   {"move", table_by_range, 2},
                   {"concat", table_by_range, 3},
                   {"unpack", table_by_range, 2}};
    luaL_requiref(L, "table", luaopen_table, 0);
    for (size_t i = 0; i < sizeof bounded / sizeof *bounded; i++) {
        lua_getfield(L, -1, bounded[i].name);
        lua_pushstring(L, bounded[i].name);
        lua_pushinteger(L, bounded[i].range_at);
        lua_pushcclosure(L, bounded[i].function, 3);
        lua_setfield(L, -2, bounded[i].name);
    }
    lua_pushcfunction(L, lure_table_sort);
    lua_setfield(L, -2, "sort");
}
