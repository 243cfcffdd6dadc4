/* bind_policy.c: policy:gradient(observations, actions, weights, options), policy:probabilities(observation), policy:copy,
   policy:load; lure.policy { layers..., head, trunk =, value =, inputs =, actions =, precision =, seed = } makes one. The
   rest is in bind_policy_rows.c and bind_policy_parameters.c.
   Each policy has a metatable of its own whose __index is a plain table, so that policy.parameters and methods
   cost one table look-up and no call: the lesson does both at every update. */
#include "script/policy_box.h"

#include "base/text.h"
#include "script/call.h"
#include "script/image.h"
#include "script/options.h"
#include "script/profile.h"
#include "script/spec.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

lure_policy *lure_check_policy(lua_State *L, int arg)
{
    return lure__check_policy_box(L, arg)->policy;
}

static int policy_collect(lua_State *L)
{
    lure_policy_box *box = lua_touserdata(L, 1);
    lure_policy_destroy(box->policy);
    box->policy = NULL;
    return 0;
}

/* The steady state (gradient, step, gradient, step) allocates nothing: a gradient that an optimizer has stepped with
   is used again. One that a script still holds for itself is not. */
static const lure_tensor *push_gradient(lua_State *L, int arg, lure_policy_box *box)
{
    if (box->gradient_spent) {
        lua_getiuservalue(L, arg, LURE_POLICY_GRADIENT);
    } else {
        size_t n = lure_policy_n_parameters(box->policy);
        lure_tensor planned = lure_tensor_view(NULL, lure_policy_dtype(box->policy), 1, &n);
        box->gradient = lure_push_result(L, &planned); /* whoever fills it clears it first */
        lua_pushvalue(L, -1);
        lua_setiuservalue(L, arg, LURE_POLICY_GRADIENT);
    }
    box->gradient_spent = false;
    return box->gradient;
}

void lure_policy_spend_gradient(lua_State *L, int arg, const lure_tensor *gradient)
{
    lure_policy_box *box = lua_touserdata(L, arg);
    box->gradient_spent = box->gradient == gradient;
}

void lure_policy_track(lua_State *L, int arg)
{
    lure_policy_box *box = lure__check_policy_box(L, arg);
    if (lure__policy_leaf(L, box))
        luaL_error(L, "differentiate: the same policy is given twice; once is enough");
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

/* At argument 3: (row) from 1, or (row, part). */
static const int32_t *read_actions(lua_State *L, const lure_policy *policy, size_t n)
{
    static const char what[] = "policy:gradient: actions";
    const lure_distribution *distribution = lure_policy_distribution(policy);
    size_t n_columns = distribution->n_columns;
    if (!distribution->rule
             ->discrete) /* numbers are no indices: that would be said first, and lead nowhere */
        luaL_error(
            L,
            "policy:gradient is for discrete actions, and the policy's head is %s; write the loss with "
            "differentiate and policy:evaluate: -mean(weights * log_prob)",
            distribution->rule->name);
    if (!lure_distribution_is_smooth(distribution))
        luaL_error(L,
                   "policy:gradient is for probabilities, and the policy's head is %s; write the loss with "
                   "differentiate and policy:forward: mean((gather(policy:forward(observations), actions) - "
                   "targets) ^ 2)",
                   distribution->rule->name);
    const lure_tensor *t = lure_check_indices(L, 3, what);
    if (n_columns == 1)
        return lure_check_vector(L, 3, LURE_I32, n, what)->data;
    if (t->n_dims != 2 || t->shape[0] != n || t->shape[1] != n_columns) {
        char shape[LURE_SHAPE_TEXT];
        lure_tensor_shape_text(t, shape);
        luaL_error(L, "%s: expected an int32 tensor of shape (%I, %I), got %s", what, (lua_Integer)n,
                   (lua_Integer)n_columns, shape);
    }
    return t->data;
}

/* The tensor at `arg` in the policy's type, as policy:evaluate takes its own; arithmetic on mixed kinds gives doubles. */
static const lure_tensor *check_floats(lua_State *L, int arg, lure_dtype dtype, const char *what)
{
    if (!lure_box_test(L, arg, LURE_BOX_TENSOR))
        luaL_error(L, "%s: expected a tensor, got %s", what, lure_type_name(L, arg));
    if (lure_check_tensor(L, arg)->dtype != dtype)
        lure__check_cast(L, arg, dtype, what);
    return lure_check_tensor(L, arg);
}

/* policy:gradient(observations, actions [, weights [, { mask = }]]) -> gradient, loss, entropy   [-0, +3, e]
   observations (row, input), actions (row) from 1, weights (row): of mean(weight * -ln p(action taken)). Numbers of
   another type become the policy's. mask (row, action), or false: none: 0 where an action is illegal.
   Once an optimizer has stepped with the gradient, the next call may write over it. */
static int policy_gradient(lua_State *L)
{
    lure_policy_box *box = lure__check_policy_box(L, 1);
    lure_policy *policy = box->policy;
    lua_settop(L, 5);
    lure_dtype dtype = lure_policy_dtype(policy);
    const lure_tensor *observations = check_floats(L, 2, dtype, "policy:gradient: observations");
    if (observations->n_dims != 2 || observations->shape[1] != lure_policy_n_inputs(policy)) {
        char shape[LURE_SHAPE_TEXT];
        lure_tensor_shape_text(observations, shape);
        return luaL_error(L, "policy:gradient: observations are of shape %s; expected (rows, %I)", shape,
                          (lua_Integer)lure_policy_n_inputs(policy));
    }
    size_t n = observations->shape[0];
    const int32_t *actions = read_actions(L, policy, n);
    const lure_tensor *weights = NULL;
    if (!lua_isnoneornil(L, 4)) {
        weights = check_floats(L, 4, dtype, "policy:gradient: weights");
        if (weights->n_dims != 1 || weights->shape[0] != n) {
            char shape[LURE_SHAPE_TEXT];
            lure_tensor_shape_text(weights, shape);
            return luaL_error(L, "policy:gradient: weights are of shape %s; expected (%I), one a row", shape,
                              (lua_Integer)n);
        }
    }
    const lure_tensor *mask = lure__check_mask(L, 5, n, policy, "policy:gradient");
    const lure_tensor *gradient = push_gradient(L, 1, box);

    double loss, entropy;
    lure_error err;
    const void *weight_data = weights ? weights->data : NULL;
    lure_sandbox *sandbox = lure_sandbox_of(L);
    lure_work before = lure_work_turn(L, sandbox, LURE_WORK_GRADIENT);
    for (bool collected = false;
         lure_policy_gradient(policy, n, observations->data, actions, weight_data, mask, gradient->data,
                              &loss, &entropy, &err) != LURE_OK;)
        if (!lure_collect_garbage(L, &err, &collected)) {
            lure_error named;
            lure_fail(&named, err.status, "policy:gradient: %s", err.text);
            return lure_raise(L, &named);
        }
    lure_work_turn(L, sandbox, before);
    const lure_listener *listener = &sandbox->listener;
    if (listener->gradient)
        listener->gradient(listener->data, policy, n, observations->data, actions, weight_data, mask,
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
    const lure_distribution *d = lure_policy_distribution(policy);
    if (!d->rule->discrete || d->n_parts != 1)
        return luaL_error(L, "policy:probabilities: a %s head has no such list; see policy:forward",
                          d->rule->name);
    if (lua_rawlen(L, 2) != n_inputs)
        return luaL_error(L, "policy:probabilities: expected a list of %I numbers, got %I",
                          (lua_Integer)n_inputs, (lua_Integer)lua_rawlen(L, 2));
    lure_tensor *observation = lure_push_tensor(L, lure_policy_dtype(policy), 1, &n_inputs);
    for (size_t i = 0; i < n_inputs; i++) {
        double x = lua_rawgeti(L, 2, (lua_Integer)i + 1) == LUA_TNUMBER ? lua_tonumber(L, -1) : (double)NAN;
        if (!isfinite(x))
            return luaL_error(L, "policy:probabilities: number %I is %s; expected a finite number",
                              (lua_Integer)i + 1, lure_push_text(L, -1));
        lure_tensor_set(observation, i, x);
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

static void set_count(lua_State *L, const char *key, size_t n)
{
    lua_pushinteger(L, (lua_Integer)n);
    lua_setfield(L, -2, key);
}

static int policy_copy(lua_State *L);
static int policy_load(lua_State *L);

static int policy_tostring(lua_State *L)
{
    const lure_policy *policy = lure_check_policy(L, 1);
    luaL_Buffer text;
    char line[160];
    luaL_buffinit(L, &text);
    snprintf(line, sizeof line, "policy: %zu inputs, %zu actions (%s), %zu parameters (%s)",
             lure_policy_n_inputs(policy), lure_policy_n_actions(policy),
             lure_policy_distribution(policy)->rule->name, lure_policy_n_parameters(policy),
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

static int policy_newindex(lua_State *L)
{
    return luaL_error(L, "policy.%s cannot be set; a parameter can: policy.parameters.weight = 0.5",
                      lure_push_text(L, 2));
}

/* An empty box with its metatable. */
static lure_policy_box *push_box(lua_State *L)
{
    static const luaL_Reg methods[] = {{"gradient", policy_gradient},
                                       {"probabilities", policy_probabilities},
                                       {"copy", policy_copy},
                                       {"load", policy_load},
                                       {NULL, NULL}};
    static const luaL_Reg events[] = {{"__gc", policy_collect},
                                      {"__tostring", policy_tostring},
                                      {"__newindex", policy_newindex},
                                      {NULL, NULL}};
    lure_policy_box *box = lua_newuserdatauv(L, sizeof *box, LURE_POLICY_USER_VALUES);
    *box = (lure_policy_box){.box.kind = LURE_BOX_POLICY};
    int at = lua_gettop(L);

    lua_newtable(L); /* the metatable */
    luaL_setfuncs(L, events, 0);
    lua_pushliteral(L, "policy");
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_newtable(L); /* __index */
    luaL_setfuncs(L, methods, 0);
    lure__add_policy_rows(L);
    lure__add_next_values(L);
    lure__add_policy_flat(L);
    lure__push_policy_parameters(L, at);
    lua_setfield(L, -2, "parameters");
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, at);
    return box;
}

/* The box on top has got its policy: what scripts may know of it at once. */
static void set_counts(lua_State *L, const lure_policy *policy)
{
    lua_getmetatable(L, -1);
    lua_getfield(L, -1, "__index");
    set_count(L, "n_parameters", lure_policy_n_parameters(policy));
    set_count(L, "n_inputs", lure_policy_n_inputs(policy));
    set_count(L, "n_actions", lure_policy_n_actions(policy));
    set_count(L, "n_state", lure_policy_n_state(policy));
    lure_make_strict(L, "the policy");
    lua_pop(L, 2);
}

lure_policy *lure_push_policy(lua_State *L, const lure_policy_options *options, lure_rng *init)
{
    lure_policy_box *box = push_box(L);
    lure_error err;
    const lure_rng untouched = *init;
    for (bool collected = false;
         lure_policy_create(options, init, &lure_sandbox_of(L)->pool.account, &box->policy, &err) != LURE_OK;
         *init = untouched)
        if (!lure_collect_garbage(L, &err, &collected))
            lure_raise(L, &err);
    set_counts(L, box->policy);
    return box->policy;
}

/* policy:copy() -> another with the same numbers, of its own: a target network   [-0, +1, e] */
static int policy_copy(lua_State *L)
{
    const lure_policy *policy = lure_check_policy(L, 1);
    lure_policy_box *box = push_box(L);
    lure_error err;
    for (bool collected = false;
         lure_policy_copy(policy, &lure_sandbox_of(L)->pool.account, &box->policy, &err) != LURE_OK;)
        if (!lure_collect_garbage(L, &err, &collected))
            return lure_raise(L, &err);
    set_counts(L, box->policy);
    if (lua_getiuservalue(L, 1, LURE_POLICY_ORIGINAL) == LUA_TNIL) {
        lua_pop(L, 1);
        lua_pushvalue(L, 1);
    }
    lua_setiuservalue(L, -2, LURE_POLICY_ORIGINAL);
    return 1;
}

/* policy:load(other [, rate]): takes the numbers of another policy of the same shape, or goes `rate` (0 to 1) of the way
   to them; other may be a flat tensor of n_parameters numbers, which is taken as it is   [-0, +0, e] */
static int policy_load(lua_State *L)
{
    lure_policy *policy = lure_check_policy(L, 1);
    lure_check_writable(L, 1, "policy:load");
    lure_policy_box *other = lure_box_test(L, 2, LURE_BOX_POLICY);
    double rate = lua_isnoneornil(L, 3) ? 1.0 : lua_type(L, 3) == LUA_TNUMBER ? lua_tonumber(L, 3) : -1.0;
    if (!(rate >= 0.0 && rate <= 1.0))
        return luaL_error(L, "policy:load: rate: expected a number from 0 to 1, got %s",
                          lure_push_text(L, 3));
    if (other) {
        if (!lure_policy_is_like(policy, other->policy))
            return luaL_error(L, "policy:load: the other policy is not of the same shape and precision");
        lure_policy_load(policy, other->policy, rate);
        return 0;
    }
    size_t n = lure_policy_n_parameters(policy);
    lure_tensor block = lure_tensor_view(lure_policy_parameters(policy), lure_policy_dtype(policy), 1, &n);
    if (!lure_box_test(L, 2, LURE_BOX_TENSOR))
        return luaL_error(L, "policy:load: expected a policy or a tensor of %I numbers, got %s",
                          (lua_Integer)n, lure_type_name(L, 2));
    const lure_tensor *from = lure_check_tensor(L, 2);
    if (from->n_dims != 1 || from->shape[0] != n) {
        char shape[LURE_SHAPE_TEXT];
        lure_tensor_shape_text(from, shape);
        return luaL_error(L, "policy:load: expected a tensor of shape (%I), got %s", (lua_Integer)n, shape);
    }
    lure_check_parameters(L, block.dtype, from, "policy:load");
    lure_tensor_copy(from, &block);
    return 0;
}

/* ---- making ---- */

static bool read_whole(lua_State *L, int index, lua_Integer *out) /* a string is none */
{
    int is_whole;
    *out = lua_tointegerx(L, index, &is_whole);
    return is_whole && lua_type(L, index) == LUA_TNUMBER;
}

static size_t read_side(lua_State *L, int index, const char *what)
{
    int is_whole;
    lua_Integer n = lua_tointegerx(L, index, &is_whole);
    if (!is_whole || n < 1 || n > INT32_MAX)
        luaL_error(L, "lure.policy: actions: %s: expected a whole number from 1 on, got %s", what,
                   lure_push_text(L, index));
    return (size_t)n;
}

/* The box { low =, high = } on top, popped. */
static void pop_bounds(lua_State *L, double *low, double *high)
{
    double *const out[2] = {low, high};
    static const char *const keys[2] = {"low", "high"};
    for (int i = 0; i < 2; i++) {
        if (!lua_istable(L, -1) || lua_getfield(L, -1, keys[i]) != LUA_TNUMBER)
            luaL_error(L,
                       "lure.policy: actions: expected { low = number, high = number } for each number of an "
                       "action");
        *out[i] = lua_tonumber(L, -1);
        lua_pop(L, 1);
    }
    if (!(*low < *high) || !isfinite(*low) || !isfinite(*high))
        luaL_error(L, "lure.policy: actions: low = %f, high = %f; low must be below high, both finite",
                   lure_number_plain(*low), lure_number_plain(*high));
    lua_pop(L, 1);
}

/* A number of actions; a list of these, for choices made beside each other; { low =, high = }, or a list of such, for
   actions that are numbers. Leaves what it allocates on the stack. [-0, +n, e] */
static void read_actions_option(lua_State *L, int index, lure_policy_options *out)
{
    lua_Integer whole;
    if (read_whole(L, index, &whole) && whole >= 1) {
        out->n_actions = read_side(L, index, "number");
        return;
    }
    if (!lua_istable(L, index))
        luaL_error(
            L,
            "lure.policy: actions: expected a whole number >= 1, a list of such, or { low = number, high = "
            "number }, got %s",
            lure_push_text(L, index));
    bool one = lua_getfield(L, index, "low") != LUA_TNIL;
    lua_pop(L, 1);
    size_t n = one ? 1 : lure_check_list(L, index, 1000, "lure.policy: actions");
    bool boxes = one || lua_rawgeti(L, index, 1) == LUA_TTABLE;
    lua_settop(L, one ? -1 : -2);
    if (n == 0)
        luaL_error(L, "lure.policy: actions: the list is empty");
    double *low = lua_newuserdatauv(L, 2 * n * sizeof *low, 0);
    size_t *sizes = lua_newuserdatauv(L, n * sizeof *sizes, 0);
    for (size_t i = 0; i < n; i++) {
        if (one)
            lua_pushvalue(L, index);
        else
            lua_rawgeti(L, index, (lua_Integer)i + 1);
        if (boxes) {
            pop_bounds(L, &low[i], &low[n + i]);
        } else {
            sizes[i] = read_side(L, -1, "a part's number");
            lua_pop(L, 1);
            out->n_actions += sizes[i];
        }
    }
    if (boxes) {
        out->n_actions = n;
        out->low = low;
        out->high = low + n;
    } else {
        out->sizes = sizes;
        out->n_sizes = n;
    }
}

/* What `actions` says must be what the head is about. */
static void check_actions_option(lua_State *L, const lure_policy_options *o)
{
    const lure_distribution_rule *rule = lure_distribution_rule_of(o->head);
    if (o->low && rule->discrete)
        luaL_error(
            L, "lure.policy: actions with low and high are for a gaussian or squashed_gaussian head, not %s",
            rule->name);
    if (o->sizes && o->head != LURE_HEAD_MULTI_CATEGORICAL)
        luaL_error(L, "lure.policy: a list of actions is for a multi_categorical head, not %s", rule->name);
}

/* lure.policy { layers..., head, trunk = { layers... }, value = { layers... }, inputs = n, actions = n,
                 precision = "single", seed = 0 }   [-0, +1, e] */
static int make_policy(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    static const char *const own[] = {"inputs", "actions", "precision", "seed", NULL};
    lure_policy_options options = {.dtype = LURE_F32};
    lua_getfield(L, 1, "inputs");
    lua_getfield(L, 1, "actions");
    lua_Integer n_inputs;
    if (!read_whole(L, 2, &n_inputs) || n_inputs < 0)
        return luaL_error(L, "lure.policy: inputs: expected a whole number >= 0, got %s",
                          lure_push_text(L, 2));
    options.n_inputs = (size_t)n_inputs;
    lua_getfield(L, 1, "precision");
    if (!lua_isnil(L, -1))
        options.dtype = lure_read_precision(L, -1);
    lua_getfield(L, 1, "seed");
    lua_Integer seed = 0;
    if (!lua_isnil(L, -1) && !read_whole(L, -1, &seed))
        return luaL_error(L, "lure.policy: seed: expected a whole number, got %s", lure_push_text(L, -1));
    lure_rng init;
    lure_rng_init(&init, (uint64_t)seed, LURE_PURPOSE_INIT, 0);
    read_actions_option(L, 3, &options);
    lure_read_policy(L, 1, own, &options); /* leaves scratch that holds the layers on the stack */
    check_actions_option(L, &options);
    lure_push_policy(L, &options, &init);
    return 1;
}

void lure_bind_policy(lua_State *L)
{
    lure_image_register(&lure__image_of_policies);
    lua_pushcfunction(L, make_policy);
    lua_setfield(L, -2, "policy");
}
