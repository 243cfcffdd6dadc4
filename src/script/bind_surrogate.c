/* bind_surrogate.c: lure.clipped_surrogate(log_prob, old_log_prob, advantages, clip [, report]): PPO's clipped surrogate as
   one recorded node (learn/surrogate.h), beside the same formula in operations, which costs a dozen. */
#include "script/bind.h"

#include "base/text.h"
#include "learn/surrogate.h"
#include "script/call.h"
#include "script/tensor_box.h"

#include <lauxlib.h>

static lure_value check_value(lua_State *L, int arg, const char *name)
{
    if (!lure_box_test(L, arg, LURE_BOX_TENSOR))
        luaL_error(L, "clipped_surrogate: %s: expected a tensor, got %s", name, lure_type_name(L, arg));
    return lure_check_value(L, arg, LURE_F64, NULL);
}

/* A constant at `arg`: it may not be tracked, as nothing would be differentiated by it. */
static lure_tensor check_constant(lua_State *L, int arg, const char *name)
{
    lure_value value = check_value(L, arg, name);
    if (value.node != 0)
        luaL_error(L,
                   "clipped_surrogate: %s is tracked, but is a constant of the loss; give it stop_gradient",
                   name);
    return value.tensor;
}

/* lure.clipped_surrogate(log_prob, old_log_prob, advantages, clip [, report]) -> surrogate   [-0, +1, e]
   All (row), floats; the result has log_prob's type, and is to be made large: a loss is -mean(surrogate). Into the table
   `report` go clip_fraction, kl (the k3 estimate of KL(old || new), never negative) and kl_k1 (-mean log ratio). */
static int clipped_surrogate(lua_State *L)
{
    lua_settop(L, 5);
    lure_value log_prob = check_value(L, 1, "log_prob");
    lure_tensor old = check_constant(L, 2, "old_log_prob"), advantages = check_constant(L, 3, "advantages");
    double clip = luaL_checknumber(L, 4);
    bool wants_report = !lua_isnil(L, 5);
    if (wants_report)
        luaL_checktype(L, 5, LUA_TTABLE);
    lure_tensor planned =
        lure_tensor_view(NULL, log_prob.tensor.dtype, log_prob.tensor.n_dims, log_prob.tensor.shape);
    lure_value out = {.tensor = *lure_push_result(L, &planned)};
    lure_surrogate_report report;
    lure_error err;
    for (bool collected = false;
         lure_surrogate_clipped(lure_tape_of(L), &log_prob, &old, &advantages, clip, &out,
                                wants_report ? &report : NULL, &err) != LURE_OK;)
        if (!lure_collect_garbage(L, &err, &collected))
            return lure__raise_computing(L, NULL, &err);
    if (out.node != 0) {
        for (int arg = 1; arg <= 3; arg++)
            lure_anchor(L, arg);
        lure_set_node(L, 6, out.node);
    }
    if (wants_report) {
        lua_pushnumber(L, lure_number_plain(report.clip_fraction));
        lua_setfield(L, 5, "clip_fraction");
        lua_pushnumber(L, lure_number_plain(report.kl_k3));
        lua_setfield(L, 5, "kl");
        lua_pushnumber(L, lure_number_plain(report.kl_k1));
        lua_setfield(L, 5, "kl_k1");
    }
    return 1;
}

void lure_bind_surrogate(lua_State *L)
{
    lua_pushcfunction(L, clipped_surrogate);
    lua_setfield(L, -2, "clipped_surrogate");
}
