/* bind_policy.c: policy:gradient(observations, actions, weights), policy:probabilities(observation),
   policy.parameters.<name>; lure.policy { layers..., head, inputs =, actions =, precision =, seed = } makes one.
   Each policy has a metatable of its own whose __index is a plain table, so that policy.parameters and methods
   cost one table look-up and no call: the lesson does both at every update. */
#include "script/bind.h"

#include "script/call.h"
#include "script/differentiate.h"
#include "script/sandbox.h"
#include "script/spec.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct policy_box {
    lure_box box;
    lure_policy *policy;         /* null until made */
    const lure_tensor *gradient; /* the last one given out, anchored as user value 1 */
    bool gradient_spent;         /* an optimizer has taken it: its numbers may be written over */
    uint64_t pass;               /* of `differentiate`, in which it is tracked: */
    lure_value leaf;             /* its flat block */
} policy_box;

lure_policy *lure_check_policy(lua_State *L, int arg)
{
    return ((policy_box *)lure_box_check(L, arg, LURE_BOX_POLICY, "policy"))->policy;
}

static int policy_collect(lua_State *L)
{
    policy_box *box = lua_touserdata(L, 1);
    lure_policy_destroy(box->policy);
    box->policy = NULL;
    return 0;
}

/* The steady state (gradient, step, gradient, step) allocates nothing: a gradient that an optimizer has stepped with
   is used again. One that a script still holds for itself is not. */
static const lure_tensor *push_gradient(lua_State *L, int arg, policy_box *box)
{
    if (box->gradient_spent) {
        lua_getiuservalue(L, arg, 1);
    } else {
        size_t n = lure_policy_n_parameters(box->policy);
        box->gradient = lure_push_tensor(L, lure_policy_dtype(box->policy), 1, &n);
        lua_pushvalue(L, -1);
        lua_setiuservalue(L, arg, 1);
    }
    box->gradient_spent = false;
    return box->gradient;
}

void lure_policy_spend_gradient(lua_State *L, int arg, const lure_tensor *gradient)
{
    policy_box *box = lua_touserdata(L, arg);
    box->gradient_spent = box->gradient == gradient;
}

void lure_policy_track(lua_State *L, int arg)
{
    policy_box *box = lure_box_check(L, arg, LURE_BOX_POLICY, "policy");
    const lure_tensor *gradient = push_gradient(L, arg, box);
    size_t n = lure_policy_n_parameters(box->policy);
    lure_tensor block =
        lure_tensor_view(lure_policy_parameters(box->policy), lure_policy_dtype(box->policy), 1, &n);
    lure_error err;
    for (bool collected = false;
         lure_tape_leaf(lure_tape_of(L), &block, gradient->data, &box->leaf, &err) != LURE_OK;)
        if (!lure_collect_garbage(L, &err, &collected))
            lure_raise(L, &err);
    box->pass = lure_pass_of(L);
    lure_anchor(L, arg);
}

/* policy:gradient(observations, actions [, weights]) -> gradient, loss, entropy   [-0, +3, e]
   observations (row, input), actions (row), weights (row): of mean(weight * -ln p(action taken)).
   Once an optimizer has stepped with the gradient, the next call may write over it. */
static int policy_gradient(lua_State *L)
{
    policy_box *box = lure_box_check(L, 1, LURE_BOX_POLICY, "policy");
    lure_policy *policy = box->policy;
    const lure_tensor *observations = lure_check_tensor(L, 2);
    lure_dtype dtype = lure_policy_dtype(policy);
    if (observations->dtype != dtype || observations->n_dims != 2 ||
        observations->shape[1] != lure_policy_n_inputs(policy)) {
        char shape[LURE_SHAPE_TEXT];
        lure_tensor_shape_text(observations, shape);
        return luaL_error(L,
                          "policy:gradient: observations are %s of shape %s; expected %s of shape (rows, %I)",
                          lure_dtype_name(observations->dtype), shape, lure_dtype_name(dtype),
                          (lua_Integer)lure_policy_n_inputs(policy));
    }
    size_t n = observations->shape[0];
    const int32_t *actions = lure_check_vector(L, 3, LURE_I32, n, "policy:gradient: actions")->data;
    const lure_tensor *weights = NULL;
    if (!lua_isnoneornil(L, 4)) {
        if (dtype == LURE_F32 &&
            (weights = lure_check_tensor(L, 4))->dtype == LURE_F64) { /* arithmetic on mixed kinds gives it */
            lure_tensor *narrowed = lure_push_tensor(L, dtype, weights->n_dims, weights->shape);
            for (size_t i = 0, size = lure_tensor_size(weights); i < size; i++)
                lure_tensor_set(narrowed, i, lure_tensor_get(weights, i));
            lua_replace(L, 4);
        }
        weights = lure_check_vector(L, 4, dtype, n, "policy:gradient: weights");
    }
    const lure_tensor *gradient = push_gradient(L, 1, box);

    double loss, entropy;
    lure_error err;
    const void *weight_data = weights ? weights->data : NULL;
    for (bool collected = false; lure_policy_gradient(policy, n, observations->data, actions, weight_data,
                                                      gradient->data, &loss, &entropy, &err) != LURE_OK;)
        if (!lure_collect_garbage(L, &err, &collected))
            return lure_raise(L, &err);
    const lure_listener *listener = &lure_sandbox_of(L)->listener;
    if (listener->gradient)
        listener->gradient(listener->data, policy, n, observations->data, actions, weight_data,
                           gradient->data);

    lua_pushnumber(L, loss);
    lua_pushnumber(L, entropy);
    return 3;
}

/* policy:probabilities(list of numbers) -> list, first action first   [-0, +1, e] */
static int policy_probabilities(lua_State *L)
{
    lure_policy *policy = lure_check_policy(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    size_t n_inputs = lure_policy_n_inputs(policy), n_actions = lure_policy_n_actions(policy);
    if (lua_rawlen(L, 2) != n_inputs)
        return luaL_error(L, "policy:probabilities: expected a list of %I numbers, got %I",
                          (lua_Integer)n_inputs, (lua_Integer)lua_rawlen(L, 2));
    lure_tensor *observation = lure_push_tensor(L, lure_policy_dtype(policy), 1, &n_inputs);
    for (size_t i = 0; i < n_inputs; i++) {
        lua_rawgeti(L, 2, (lua_Integer)i + 1);
        lure_tensor_set(observation, i, luaL_checknumber(L, -1));
        lua_pop(L, 1);
    }
    const lure_tensor *p = lure_push_tensor(L, LURE_F64, 1, &n_actions);
    lure_policy_probabilities(policy, observation->data, p->data);
    lua_createtable(L, (int)n_actions, 0);
    for (size_t i = 0; i < n_actions; i++) {
        lua_pushnumber(L, lure_tensor_get(p, i));
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

/* ---- parameters ---- */

/* Upvalue 1: the policy. Refuses a name that is not there, listing those that are. */
static const lure_parameter *check_parameter(lua_State *L, lure_policy **policy)
{
    *policy = ((policy_box *)lua_touserdata(L, lua_upvalueindex(1)))->policy;
    const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : lure_push_text(L, 2);
    const lure_parameter *found = lure_policy_find(*policy, name);
    if (!found) {
        luaL_Buffer known;
        luaL_buffinit(L, &known);
        for (size_t i = 0; i < lure_policy_n_named(*policy); i++) {
            luaL_addstring(&known, i ? ", " : "");
            luaL_addstring(&known, lure_policy_named(*policy, i)->name);
        }
        luaL_pushresult(&known);
        luaL_error(L, "the policy has no parameter '%s'; it has %s", name, lua_tostring(L, -1));
    }
    return found;
}

static int parameters_index(lua_State *L) /* [-0, +1, e] a number when there is one, else a view */
{
    lure_policy *policy;
    const lure_parameter *p = check_parameter(L, &policy);
    lure_dtype dtype = lure_policy_dtype(policy);
    void *data = (char *)lure_policy_parameters(policy) + p->offset * lure_dtype_size(dtype);
    if (p->size == 1) {
        lua_pushnumber(L, dtype == LURE_F64 ? *(const double *)data : (double)*(const float *)data);
        return 1;
    }
    lure_tensor view = lure_tensor_view(data, dtype, p->n_dims, p->shape);
    lure_push_tensor_view(L, &view, lua_upvalueindex(1));
    return 1;
}

static int parameters_newindex(lua_State *L) /* [-0, +0, e] policy.parameters.bias = number (all elements) */
{
    lure_policy *policy;
    const lure_parameter *p = check_parameter(L, &policy);
    lure_check_writable(L, lua_upvalueindex(1), "policy.parameters");
    double value = luaL_checknumber(L, 3);
    luaL_argcheck(L, isfinite(value), 3, "expected a finite number");
    size_t n = lure_policy_n_parameters(policy);
    lure_tensor block = lure_tensor_view(lure_policy_parameters(policy), lure_policy_dtype(policy), 1, &n);
    for (size_t i = 0; i < p->size; i++)
        lure_tensor_set(&block, p->offset + i, value);
    return 0;
}

static int policy_tostring(lua_State *L)
{
    const lure_policy *policy = lure_check_policy(L, 1);
    luaL_Buffer text;
    char line[160];
    luaL_buffinit(L, &text);
    snprintf(line, sizeof line, "policy: %zu inputs, %zu actions, %zu parameters (%s)",
             lure_policy_n_inputs(policy), lure_policy_n_actions(policy), lure_policy_n_parameters(policy),
             lure_dtype_name(lure_policy_dtype(policy)));
    luaL_addstring(&text, line);
    for (size_t i = 0; i < lure_policy_n_named(policy); i++) {
        const lure_parameter *p = lure_policy_named(policy, i);
        lure_tensor shape = lure_tensor_view(NULL, LURE_F64, p->n_dims, p->shape);
        char shape_text[LURE_SHAPE_TEXT];
        lure_tensor_shape_text(&shape, shape_text);
        snprintf(line, sizeof line, "\n  %s %s%s", p->name, shape_text, p->trainable ? "" : ", fixed");
        luaL_addstring(&text, line);
    }
    luaL_pushresult(&text);
    return 1;
}

/* The proxy behind policy.parameters. It holds the policy and the policy holds it: a cycle the collector sees. */
static void push_parameters(lua_State *L, int policy)
{
    static const luaL_Reg events[] = {
        {"__index", parameters_index}, {"__newindex", parameters_newindex}, {NULL, NULL}};
    policy = lua_absindex(L, policy);
    lua_newtable(L);
    lua_createtable(L, 0, 4);
    lua_pushvalue(L, policy);
    luaL_setfuncs(L, events, 1);
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
}

lure_policy *lure_push_policy(lua_State *L, const lure_policy_options *options, lure_rng *init)
{
    static const luaL_Reg methods[] = {
        {"gradient", policy_gradient}, {"probabilities", policy_probabilities}, {NULL, NULL}};
    static const luaL_Reg events[] = {
        {"__gc", policy_collect}, {"__tostring", policy_tostring}, {NULL, NULL}};
    policy_box *box = lua_newuserdatauv(L, sizeof *box, 1);
    *box = (policy_box){.box.kind = LURE_BOX_POLICY};
    int at = lua_gettop(L);

    lua_newtable(L); /* the metatable */
    luaL_setfuncs(L, events, 0);
    lua_pushliteral(L, "policy");
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_newtable(L); /* __index */
    luaL_setfuncs(L, methods, 0);
    push_parameters(L, at);
    lua_setfield(L, -2, "parameters");
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, at);

    lure_error err;
    const lure_rng untouched = *init;
    for (bool collected = false;
         lure_policy_create(options, init, &lure_sandbox_of(L)->pool.account, &box->policy, &err) != LURE_OK;
         *init = untouched)
        if (!lure_collect_garbage(L, &err, &collected))
            lure_raise(L, &err);
    return box->policy;
}

/* lure.policy { layers..., head, inputs = n, actions = n, precision = "single", seed = 0 }   [-0, +1, e] */
static int make_policy(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    static const char *const own[] = {"inputs", "actions", "precision", "seed", NULL};
    lure_policy_options options = {.dtype = LURE_F32};
    lua_getfield(L, 1, "inputs");
    lua_getfield(L, 1, "actions");
    if (!lua_isinteger(L, 2) || lua_tointeger(L, 2) < 0 || !lua_isinteger(L, 3) || lua_tointeger(L, 3) < 1)
        return luaL_error(L, "lure.policy: needs inputs = whole number >= 0 and actions = whole number >= 1");
    options.n_inputs = (size_t)lua_tointeger(L, 2);
    options.n_actions = (size_t)lua_tointeger(L, 3);
    lua_getfield(L, 1, "precision");
    if (!lua_isnil(L, -1))
        options.dtype = lure_read_precision(L, -1);
    lua_getfield(L, 1, "seed");
    lure_rng init;
    lure_rng_init(&init, (uint64_t)luaL_optinteger(L, -1, 0), LURE_PURPOSE_INIT, 0);
    lure_read_policy(L, 1, own, &options); /* leaves scratch that holds the layers on the stack */
    lure_push_policy(L, &options, &init);
    return 1;
}

void lure_bind_policy(lua_State *L)
{
    lua_pushcfunction(L, make_policy);
    lua_setfield(L, -2, "policy");
}
