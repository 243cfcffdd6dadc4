/* library_string.c: string.* with bounds. Lua's pattern matcher backtracks inside C, where no hook reaches it;
   its worst case is about length ^ (repetitions + 1) steps, so a call whose worst case would take minutes is
   refused before it starts; likewise a plain find and a rep of nothing. dump is absent: text chunks only. The
   metatable of strings is locked, else one script could change it for all. */
#include "script/library.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdbool.h>
#include <string.h>

/* Character comparisons that one call may need in the worst case: some seconds. */
static const double MOST_STEPS = 4e9;

enum { MOST_REPETITIONS = 100000000 };

/* What multiplies backtracking: each repeated item, and %b, which walks to the end. */
static int count_repetitions(const char *pattern, size_t n)
{
    int count = 0;
    for (size_t i = 0; i < n; i++) {
        if (pattern[i] == '%' && i + 1 < n) {
            i++;
            count += pattern[i] == 'b';
        } else {
            count += strchr("*+-?", pattern[i]) != NULL;
        }
    }
    return count;
}

/* find, match, gmatch, gsub. Upvalues: Lua's own function, its name. */
static int bounded_search(lua_State *L)
{
    size_t n_subject, n_pattern;
    luaL_checklstring(L, 1, &n_subject);
    const char *pattern = luaL_checklstring(L, 2, &n_pattern);
    const char *name = lua_tostring(L, lua_upvalueindex(2));
    bool plain = strcmp(name, "find") == 0 && lua_toboolean(L, 4);
    double length = (double)n_subject + 1, steps = length;
    if (plain)
        steps *= (double)n_pattern + 1;
    for (int i = plain ? 0 : count_repetitions(pattern, n_pattern); i > 0 && steps <= MOST_STEPS; i--)
        steps *= length;
    if (steps > MOST_STEPS)
        return luaL_error(
            L,
            "string.%s: this pattern could take minutes on a text of %I characters; shorten the text or "
            "repeat fewer things in the pattern",
            name, (lua_Integer)n_subject);
    int n = lua_gettop(L);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, n, LUA_MULTRET);
    return lua_gettop(L);
}

/* rep. Upvalue: Lua's own function. Large results meet the memory limit; only copying nothing is endless. */
static int bounded_rep(lua_State *L)
{
    size_t n, n_separator = 0;
    luaL_checklstring(L, 1, &n);
    lua_Integer count = luaL_checkinteger(L, 2);
    luaL_optlstring(L, 3, "", &n_separator);
    if (n + n_separator == 0 && count > MOST_REPETITIONS)
        return luaL_error(L, "string.rep: %I repetitions are too many (at most %d)", count,
                          (int)MOST_REPETITIONS);
    lua_settop(L, 3);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, 3, 1);
    return 1;
}

void lure_library_string(lua_State *L)
{
    static const char *const searches[] = {"find", "match", "gmatch", "gsub"};
    luaL_requiref(L, "string", luaopen_string, 0);
    for (size_t i = 0; i < sizeof searches / sizeof *searches; i++) {
        lua_getfield(L, -1, searches[i]);
        lua_pushstring(L, searches[i]);
        lua_pushcclosure(L, bounded_search, 2);
        lua_setfield(L, -2, searches[i]);
    }
    lua_getfield(L, -1, "rep");
    lua_pushcclosure(L, bounded_rep, 1);
    lua_setfield(L, -2, "rep");
    lua_pushnil(L);
    lua_setfield(L, -2, "dump");

    /* methods of strings (("x"):rep(3)) use a copy of this table that no script can reach */
    lua_pushliteral(L, "");
    lua_getmetatable(L, -1);
    lua_newtable(L);
    for (lua_pushnil(L); lua_next(L, -5);) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, -4);
    }
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 2);
}
