/* bind_optimizer.c: optimizer:step(policy, gradient, rate). The rate is an argument and is kept nowhere but in
   the run's log. lure.optimizer(name or { name, options... }, policy) makes one. */
#include "script/bind.h"

#include "script/call.h"
#include "script/differentiate.h"
#include "script/sandbox.h"
#include "script/spec.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

typedef struct optimizer_box {
    lure_box box;
    lure_optimizer *optimizer; /* null until made */
    size_t n_parameters; /* of the policy it was made for: its moments and stretches fit no other size */
    lure_dtype dtype;
} optimizer_box;

static const char METATABLE = 0;

lure_optimizer *lure_check_optimizer(lua_State *L, int arg)
{
    return ((optimizer_box *)lure_box_check(L, arg, LURE_BOX_OPTIMIZER, "optimizer"))->optimizer;
}

static int optimizer_collect(lua_State *L)
{
    optimizer_box *box = lua_touserdata(L, 1);
    lure_optimizer_destroy(box->optimizer);
    box->optimizer = NULL;
    return 0;
}

lure_optimizer *lure_push_optimizer(lua_State *L, const lure_optimizer_options *options,
                                    const lure_policy *policy)
{
    optimizer_box *box = lua_newuserdatauv(L, sizeof *box, 0);
    *box = (optimizer_box){.box.kind = LURE_BOX_OPTIMIZER};
    lua_rawgetp(L, LUA_REGISTRYINDEX, &METATABLE);
    lua_setmetatable(L, -2);

    size_t n_named = lure_policy_n_named(policy), n = 0;
    lure_stretch *trainable =
        lua_newuserdatauv(L, (n_named + 1) * sizeof *trainable, 0); /* scratch, collected */
    for (size_t i = 0; i < n_named; i++) {
        const lure_parameter *p = lure_policy_named(policy, i);
        if (p->trainable)
            trainable[n++] = (lure_stretch){p->offset, p->size};
    }
    lure_error err;
    for (bool collected = false;
         lure_optimizer_create(options, lure_policy_dtype(policy), lure_policy_n_parameters(policy),
                               trainable, n, &lure_sandbox_of(L)->pool.account, &box->optimizer,
                               &err) != LURE_OK;)
        if (!lure_collect_garbage(L, &err, &collected))
            lure_raise(L, &err);
    box->n_parameters = lure_policy_n_parameters(policy);
    box->dtype = lure_policy_dtype(policy);
    lua_pop(L, 1);
    return box->optimizer;
}

/* Tells the listener (explain) the parameters before the step and what was subtracted. Off the fast path. */
static lure_status step_with_listener(lua_State *L, lure_optimizer *optimizer, lure_policy *policy,
                                      const void *gradient, double rate, lure_error *err)
{
    lure_sandbox *sandbox = lure_sandbox_of(L);
    size_t n = lure_policy_n_parameters(policy);
    double *before = lua_newuserdatauv(L, (2 * n + 1) * sizeof *before, 0), *steps = before + n;
    lure_tensor block = lure_tensor_view(lure_policy_parameters(policy), lure_policy_dtype(policy), 1, &n);
    for (size_t i = 0; i < n; i++)
        before[i] = lure_tensor_get(&block, i);
    memset(steps, 0, n * sizeof *steps);
    lure_status status =
        lure_optimizer_step(optimizer, block.data, gradient, rate, steps, &sandbox->last_gradient_norm, err);
    if (status == LURE_OK)
        sandbox->listener.step(sandbox->listener.data, policy, rate, before, steps);
    return status;
}

static int optimizer_step(lua_State *L) /* [-0, +0, e] optimizer:step(policy, gradient, rate) */
{
    const optimizer_box *box = lure_box_check(L, 1, LURE_BOX_OPTIMIZER, "optimizer");
    lure_optimizer *optimizer = box->optimizer;
    lure_policy *policy = lure_check_policy(L, 2);
    lure_check_writable(L, 2, "optimizer:step");
    if (box->n_parameters != lure_policy_n_parameters(policy) || box->dtype != lure_policy_dtype(policy))
        return luaL_error(
            L, "optimizer:step: this optimizer was made for a policy of %I %s parameters, got one of %I %s",
            (lua_Integer)box->n_parameters, lure_dtype_name(box->dtype),
            (lua_Integer)lure_policy_n_parameters(policy), lure_dtype_name(lure_policy_dtype(policy)));
    const lure_tensor *gradient = lure_check_vector(
        L, 3, lure_policy_dtype(policy), lure_policy_n_parameters(policy), "optimizer:step: gradient");
    int is_number;
    double rate = lua_tonumberx(L, 4, &is_number);
    lure_sandbox *sandbox = lure_sandbox_of(L);
    const char *source = sandbox->rate_source ? sandbox->rate_source : "the learning rate";
    if (!is_number)
        return luaL_error(L, "%s gave %s; expected a finite number >= 0", source, lure_type_name(L, 4));
    if (!(rate >= 0) || isinf(rate))
        return luaL_error(L, "%s gave %f; expected a finite number >= 0", source, rate);

    lure_error err;
    lure_status status = sandbox->listener.step
                             ? step_with_listener(L, optimizer, policy, gradient->data, rate, &err)
                             : lure_optimizer_step(optimizer, lure_policy_parameters(policy), gradient->data,
                                                   rate, NULL, &sandbox->last_gradient_norm, &err);
    if (status != LURE_OK)
        return lure_raise(L, &err);
    lure_policy_spend_gradient(L, 2, gradient);
    sandbox->last_rate = rate;
    if (sandbox->context.episode == 0) /* an algorithm gets on by stepping; a world or reward does not */
        sandbox->heartbeat++;
    return 0;
}

static int optimizer_tostring(lua_State *L)
{
    const lure_optimizer *optimizer = lure_check_optimizer(L, 1);
    lua_pushfstring(L, "%s (%I steps taken)", lure_optimizer_kind_of(optimizer) == LURE_SGD ? "sgd" : "adam",
                    (lua_Integer)lure_optimizer_steps(optimizer));
    return 1;
}

static int make_optimizer(lua_State *L) /* [-0, +1, e] lure.optimizer(name or { name, options... }, policy) */
{
    lure_policy *policy = lure_check_policy(L, 2);
    lure_optimizer_options options;
    lure_read_optimizer(L, 1, &options);
    lure_push_optimizer(L, &options, policy);
    return 1;
}

void lure_bind_optimizer(lua_State *L)
{
    static const luaL_Reg methods[] = {{"step", optimizer_step}, {NULL, NULL}};
    lure_box_metatable(L, &METATABLE, "optimizer", methods);
    lua_pushcfunction(L, optimizer_collect);
    lua_setfield(L, -2, "__gc");
    lua_pushcfunction(L, optimizer_tostring);
    lua_setfield(L, -2, "__tostring");
    lua_pop(L, 1);
    lua_pushcfunction(L, make_optimizer);
    lua_setfield(L, -2, "optimizer");
}
