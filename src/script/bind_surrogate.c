/* bind_surrogate.c: lure.clipped_surrogate, PPO's objective as one node of the tape (learn/surrogate.h): what a script can
   write operation by operation, in one pass over the rows and with what is usually logged beside it. */
#include "script/tensor_box.h"

#include "learn/surrogate.h"
#include "script/call.h"

#include <lauxlib.h>

static void set_number(lua_State *L, const char *key, double x)
{
    lua_pushnumber(L, x);
    lua_setfield(L, -2, key);
}

/* lure.clipped_surrogate(log_prob, old_log_prob, advantages, clip) -> surrogate, report   [-0, +2, e]
   (row) each: min(ratio A, clamp(ratio, 1 - clip, 1 + clip) A), to be made large. Only log_prob is differentiated by.
   report: { clip_fraction =, kl_k1 =, kl_k3 = }, means over the rows. */
static int clipped_surrogate(lua_State *L)
{
    lure_value log_prob = lure_check_value(L, 1, LURE_F64, NULL), out = {.node = 0};
    const lure_tensor *old = lure_check_tensor(L, 2), *advantages = lure_check_tensor(L, 3);
    double clip = luaL_checknumber(L, 4);
    lure_surrogate_report report;
    lua_settop(L, 4);
    out.tensor = *lure_push_result(L, &log_prob.tensor);
    lure_tape *tape = log_prob.node != 0 ? lure_tape_of(L) : NULL;
    lure_error err;
    for (bool collected = false;
         lure_surrogate_clipped(tape, &log_prob, old, advantages, clip, &out, &report, &err) != LURE_OK;)
        if (!lure_collect_garbage(L, &err, &collected))
            return lure__raise_computing(L, &err);
    lure_set_node(L, -1, out.node);
    lua_createtable(L, 0, 3);
    set_number(L, "clip_fraction", report.clip_fraction);
    set_number(L, "kl_k1", report.kl_k1);
    set_number(L, "kl_k3", report.kl_k3);
    return 2;
}

void lure_bind_surrogate(lua_State *L)
{
    lua_pushcfunction(L, clipped_surrogate);
    lua_setfield(L, -2, "clipped_surrogate");
}
