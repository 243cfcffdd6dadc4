/* library_string.c: string.* as scripts see it. What takes a pattern is our own (library_pattern.c), because it must
   obey the time limit; a rep of nothing, which no limit would see, is bounded; format
   gives no addresses; dump is absent: text chunks only. The
   metatable of strings is locked, else one script could change it for all. */
#include "script/library.h"

#include "script/bind.h"

#include <lauxlib.h>
#include <lualib.h>
#include <math.h>
#include <string.h>

enum { MOST_REPETITIONS = 100000000 };

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

/* format. Upvalue: Lua's own function. What has no text of its own is given to it as tostring has it: Lua would write
   an address, which differs from run to run. NaN has no sign, which differs from CPU to CPU. */
static int format_without_addresses(lua_State *L)
{
    size_t n;
    const char *format = luaL_checklstring(L, 1, &n), *end = format + n;
    int n_args = lua_gettop(L), arg = 1;
    for (const char *at = format; at < end; at++) {
        if (*at != '%')
            continue;
        at += 1 + strspn(at + 1, "-+ #0123456789.");
        if (*at == '%' && at[-1] == '%') /* "%%" takes no argument */
            continue;
        if (*at == 'p')
            return luaL_error(L, "string.format: %%p is refused: an address differs from run to run");
        if (++arg > n_args)
            continue;
        bool is_nan = lua_type(L, arg) == LUA_TNUMBER && isnan(lua_tonumber(L, arg));
        if (*at == 's' && (is_nan || !lua_isstring(L, arg))) {
            lure_push_text(L, arg);
            lua_replace(L, arg);
        } else if (is_nan) { /* without a sign */
            lua_pushnumber(L, (double)NAN);
            lua_replace(L, arg);
        }
    }
    /* in this frame, so that its messages name format and the script's line; it has no upvalues of its own */
    return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

void lure_library_string(lua_State *L)
{
    luaL_requiref(L, "string", luaopen_string, 0);
    lure_library_pattern(L);
    lua_getfield(L, -1, "rep");
    lua_pushcclosure(L, bounded_rep, 1);
    lua_setfield(L, -2, "rep");
    lua_getfield(L, -1, "format");
    lua_pushcclosure(L, format_without_addresses, 1);
    lua_setfield(L, -2, "format");
    lua_pushnil(L);
    lua_setfield(L, -2, "dump");

    /* methods of strings (("x"):rep(3)) use a copy of this table that no script can reach */
    lua_pushliteral(L, "");
    lua_getmetatable(L, -1);
    lua_createtable(L, 0, 20);
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
