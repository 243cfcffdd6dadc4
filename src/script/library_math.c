/* library_math.c: math.* with the same bits on every CPU: the transcendental functions are math/function.h's,
   random is the run's own counter-based stream. The exact functions (floor, sqrt, fmod, ...) stay Lua's. */
#include "script/library.h"

#include "base/rng.h"
#include "base/text.h"
#include "math/function.h"
#include "script/sandbox.h"

#include <lauxlib.h>
#include <lualib.h>

#define ONE_ARGUMENT(name)                                                                                   \
    static int math_##name(lua_State *L)                                                                     \
    {                                                                                                        \
        lua_pushnumber(L, lure_number_plain(lure_##name(luaL_checknumber(L, 1))));                           \
        return 1;                                                                                            \
    }

ONE_ARGUMENT(exp)
ONE_ARGUMENT(sin)
ONE_ARGUMENT(cos)
ONE_ARGUMENT(tan)
ONE_ARGUMENT(asin)
ONE_ARGUMENT(acos)

static int math_atan(lua_State *L)
{
    lua_pushnumber(L, lure_number_plain(lure_atan2(luaL_checknumber(L, 1), luaL_optnumber(L, 2, 1.0))));
    return 1;
}

static int math_log(lua_State *L)
{
    double x = luaL_checknumber(L, 1);
    if (lua_isnoneornil(L, 2)) {
        lua_pushnumber(L, lure_number_plain(lure_log(x)));
        return 1;
    }
    double base = luaL_checknumber(L, 2);
    double y = base == 2.0 ? lure_log2(x) : base == 10.0 ? lure_log10(x) : lure_log(x) / lure_log(base);
    lua_pushnumber(L, lure_number_plain(y));
    return 1;
}

/* math.random([m [, n]]) as Lua 5.4 has it, from the run's stream. */
static int math_random(lua_State *L)
{
    lure_rng *rng = &lure_sandbox_of(L)->random;
    lua_Integer low = 1, high;
    switch (lua_gettop(L)) {
    case 0: lua_pushnumber(L, lure_rng_uniform(rng)); return 1;
    case 1:
        high = luaL_checkinteger(L, 1);
        if (high == 0) { /* all bits random */
            uint64_t bits = (uint64_t)lure_rng_word(rng) << 32;
            lua_pushinteger(L, (lua_Integer)(bits | lure_rng_word(rng)));
            return 1;
        }
        break;
    case 2:
        low = luaL_checkinteger(L, 1);
        high = luaL_checkinteger(L, 2);
        break;
    default: return luaL_error(L, "math.random takes at most two arguments, got %d", lua_gettop(L));
    }
    luaL_argcheck(L, low <= high, lua_gettop(L), "the interval is empty");
    uint64_t span = (uint64_t)high - (uint64_t)low;
    uint64_t drawn;
    if (span == UINT64_MAX) {
        drawn = (uint64_t)lure_rng_word(rng) << 32;
        drawn |= lure_rng_word(rng);
    } else {
        drawn = lure_rng_below(rng, span + 1);
    }
    lua_pushinteger(L, (lua_Integer)((uint64_t)low + drawn));
    return 1;
}

static int math_randomseed(lua_State *L)
{
    return luaL_error(L, "math.randomseed: a script may not seed; the run's seed decides (--seed N)");
}

void lure_library_math(lua_State *L)
{
    static const luaL_Reg replaced[] = {{"exp", math_exp},
                                        {"sin", math_sin},
                                        {"cos", math_cos},
                                        {"tan", math_tan},
                                        {"asin", math_asin},
                                        {"acos", math_acos},
                                        {"atan", math_atan},
                                        {"log", math_log},
                                        {"random", math_random},
                                        {"randomseed", math_randomseed},
                                        {NULL, NULL}};
    luaL_requiref(L, "math", luaopen_math, 0);
    luaL_setfuncs(L, replaced, 0);
}
