/* bind_anneal.c: lure.anneal: a number that goes from one value to another while something goes from 0 to 1, as exploration
   does in the value-learning algorithms (CleanRL's linear_schedule). Rates have rules of their own (scripts/learning_rates). */
#include "script/bind.h"

#include <lauxlib.h>

/* lure.anneal(first, last, part) -> first at part <= 0, last at part >= 1, on the straight line between them. [-0, +1, e] */
static int anneal(lua_State *L)
{
    double first = luaL_checknumber(L, 1), last = luaL_checknumber(L, 2), part = luaL_checknumber(L, 3);
    if (part != part)
        return luaL_argerror(L, 3, "expected a number from 0 to 1, got NaN");
    lua_pushnumber(L, part <= 0.0 ? first : part >= 1.0 ? last : first + (last - first) * part);
    return 1;
}

void lure_bind_anneal(lua_State *L)
{
    lua_pushcfunction(L, anneal);
    lua_setfield(L, -2, "anneal");
}
