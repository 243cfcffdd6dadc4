/* bind_returns.c: lure.discounted_returns(rewards, ends, discount), lure.center(t), lure.normalize(t), lure.version. */
#include "script/bind.h"

#include "base/version.h"
#include "learn/returns.h"

#include <lauxlib.h>

static int discounted_returns(lua_State *L) /* [-0, +1, e] (row) from each step to the end of its episode */
{
    const lure_tensor *rewards = lure_check_tensor(L, 1);
    luaL_argcheck(L, rewards->n_dims == 1 && rewards->dtype != LURE_I32, 1,
                  "expected a float tensor of one dimension");
    const int32_t *ends =
        lure_check_vector(L, 2, LURE_I32, rewards->shape[0], "discounted_returns: ends")->data;
    double discount = luaL_checknumber(L, 3);
    luaL_argcheck(L, discount >= 0 && discount <= 1, 3, "expected a discount from 0 to 1");
    lure_tensor *out = lure_push_tensor(L, rewards->dtype, 1, rewards->shape);
    lure_returns_discounted(rewards, ends, discount, out);
    return 1;
}

static int centered(lua_State *L, bool scale)
{
    const lure_tensor *t = lure_check_tensor(L, 1);
    luaL_argcheck(L, t->dtype != LURE_I32, 1, "expected a float tensor");
    lure_tensor *out = lure_push_tensor(L, t->dtype, t->n_dims, t->shape);
    lure_returns_center(t, scale, out);
    return 1;
}

static int center(lua_State *L)
{
    return centered(L, false);
} /* [-0, +1, e] t - mean */
static int normalize(lua_State *L)
{
    return centered(L, true);
} /* [-0, +1, e] (t - mean) / (deviation + 1e-8) */

void lure_bind_returns(lua_State *L)
{
    static const luaL_Reg functions[] = {{"discounted_returns", discounted_returns},
                                         {"center", center},
                                         {"normalize", normalize},
                                         {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
    lua_pushliteral(L, LURE_VERSION);
    lua_setfield(L, -2, "version");
}
