/* bind_policy_rows.c: what a policy says of rows: policy:evaluate, forward, values, act, kl. Observations are
   (row, input), or (step, environment, input), which matters to a policy with a state (a gru layer); results then are
   (step, environment). The last argument of each is a table of options:
     mask     (row, action): 0 where an action is illegal; discrete heads alone
     starts   (row): not 0 where an episode begins, so that the state before is 0; policies with a state alone
     state    (environment, number): the state before the first step, as an earlier call gave it last; left out: 0
   Each may be false: none, as batch.legal is in a world without legal(s).
   policy:act has `deterministic` and, of action values, `epsilon` besides.
   A policy with a state gives its state after the last step as a further result, a constant. What differentiate
   tracks (this policy, or the observations) makes tracked results. */
#include "script/policy_box.h"

#include "base/text.h"
#include "script/tensor_box.h"

#include "script/call.h"
#include "script/profile.h"
#include "script/spec_words.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

typedef struct rows {
    lure_policy_box *box;
    lure_policy *policy;
    const char *what; /* "policy:evaluate", for messages */
    lure_value observations;
    int n_lead; /* dimensions before the input: 1, or 2: (step, environment) */
    size_t lead[2], n;
    lure_policy_context context;
    int at_starts, at_state; /* stack indices; 0: none */
} rows;

lure_value lure__check_cast(lua_State *L, int arg, lure_dtype dtype, const char *what)
{
    if (!lure_box_test(L, arg, LURE_BOX_TENSOR))
        luaL_error(L, "%s: expected a tensor, got %s", what, lure_type_name(L, arg));
    lure_value value = lure_check_value(L, arg, dtype, NULL);
    if (value.tensor.dtype == dtype && lure_tensor_is_contiguous(&value.tensor))
        return value;
    lure_tensor like = value.tensor;
    like.dtype = dtype;
    lure_value out = {.tensor = *lure_push_result(L, &like)};
    const lure_op_options cast = {.dtype = dtype};
    lure_error err;
    for (bool collected = false; value.node && lure_tape_apply(lure_tape_of(L), LURE_OP_CAST, 1, &value,
                                                               &cast, &out, &err) != LURE_OK;)
        if (!lure_collect_garbage(L, &err, &collected))
            lure__raise_computing(L, what, &err);
    if (value.node == 0)
        lure_tensor_copy(&value.tensor, &out.tensor);
    lure_set_node(L, -1, out.node);
    lua_replace(L, arg);
    return out;
}

/* Observations at argument 2. */
static void read_rows(lua_State *L, const char *what, rows *r)
{
    lure_policy_box *box = lure__check_policy_box(L, 1);
    r->box = box; /* one by one: at one row, clearing what nobody reads would show */
    r->policy = box->policy;
    r->what = what;
    r->context = (lure_policy_context){0};
    r->at_starts = r->at_state = 0;
    if (!lure_box_test(L, 2, LURE_BOX_TENSOR))
        luaL_error(L, "%s: observations: expected a tensor, got %s", what, lure_type_name(L, 2));
    r->observations = lure__check_cast(L, 2, lure_policy_dtype(r->policy), what);
    lure_tensor *t = &r->observations.tensor;
    size_t n_inputs = lure_policy_n_inputs(r->policy);
    r->n_lead = t->n_dims - 1;
    if (t->n_dims < 2 || t->n_dims > 3 || t->shape[t->n_dims - 1] != n_inputs) {
        char shape[LURE_SHAPE_TEXT];
        lure_tensor_shape_text(t, shape);
        luaL_error(L, "%s: observations are of shape %s; expected (rows, %I) or (steps, environments, %I)",
                   what, shape, (lua_Integer)n_inputs, (lua_Integer)n_inputs);
    }
    r->lead[0] = t->shape[0];
    r->lead[1] = r->n_lead == 2 ? t->shape[1] : 1;
    r->n = r->lead[0] * r->lead[1];
    r->context.n_envs = r->n_lead == 2 ? r->lead[1] : 0;
    const size_t flat[2] = {r->n, n_inputs};
    *t = lure_tensor_view(t->data, t->dtype, 2, flat);
}

static inline bool is_nan(const lure_tensor *t, size_t i) /* of contiguous floats */
{
    return t->dtype == LURE_F32 ? isnan(((const float *)t->data)[i]) : isnan(((const double *)t->data)[i]);
}

/* Field `key` of the options at `table`, a contiguous tensor of that shape without NaN, left on the stack. Null: none,
   and so is false, as a batch has it where the world has no such thing. */
static const lure_tensor *read_tensor(lua_State *L, const char *what, int table, const char *key, int n_dims,
                                      const size_t *sides)
{
    const lure_tensor expected = lure_tensor_view(NULL, LURE_F64, n_dims, sides);
    lua_getfield(L, table, key);
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        return NULL;
    }
    if (!lure_box_test(L, -1, LURE_BOX_TENSOR))
        luaL_error(L, "%s: %s: expected a tensor, got %s", what, key, lure_type_name(L, -1));
    if (lure__node_of(L, lua_touserdata(L, -1)))
        luaL_error(L, "%s: %s: no gradient goes there; give it stop_gradient(...)", what, key);
    const lure_tensor *t = lure_check_tensor(L, lua_gettop(L));
    if (!lure_tensor_same_shape(t, &expected)) {
        char shape[LURE_SHAPE_TEXT], wanted[LURE_SHAPE_TEXT];
        lure_tensor_shape_text(t, shape);
        lure_tensor_shape_text(&expected, wanted);
        luaL_error(L, "%s: %s is of shape %s; expected %s", what, key, shape, wanted);
    }
    for (size_t i = 0, n = t->dtype == LURE_I32 ? 0 : lure_tensor_size(t); i < n; i++)
        if (is_nan(t, i))
            luaL_error(L, "%s: %s: number %I is nan", what, key, (lua_Integer)i + 1);
    return t;
}

const lure_tensor *lure__check_mask(lua_State *L, int arg, size_t n, const lure_policy *policy,
                                    const char *what)
{
    static const char *const known[] = {"mask"};
    const size_t sides[2] = {n, lure_policy_n_actions(policy)};
    if (lua_isnoneornil(L, arg))
        return NULL;
    if (!lua_istable(L, arg))
        luaL_error(L, "%s: argument %d: expected a table of options, got %s", what, arg - 1,
                   lure_type_name(L, arg));
    lure__check_keys(L, arg, 0, known, 1, what);
    return read_tensor(L, what, arg, "mask", 2, sides);
}

/* Options at `arg`, or none; those of acting, too? Leaves tensors on the stack, above all arguments. */
static void read_context(lua_State *L, rows *r, int arg, bool acts)
{
    static const char *const known[] = {"mask", "starts", "state", "deterministic", "epsilon"};
    if (lua_isnoneornil(L, arg))
        return;
    if (!lua_istable(L, arg))
        luaL_error(L, "%s: argument %d: expected a table of options, got %s", r->what, arg - 1,
                   lure_type_name(L, arg));
    lure__check_keys(L, arg, 0, known, acts ? 5 : 3, r->what);
    luaL_checkstack(L, 8, NULL);
    size_t n_state = lure_policy_n_state(r->policy), n_envs = r->context.n_envs ? r->context.n_envs : r->n;
    size_t sides[3] = {r->lead[0], r->lead[1]}, of_state[2] = {n_envs, n_state};
    sides[r->n_lead] = lure_policy_n_actions(r->policy);
    r->context.mask = read_tensor(L, r->what, arg, "mask", r->n_lead + 1, sides);
    for (int i = 0; i < 2 && n_state == 0; i++) {
        lua_getfield(L, arg, known[1 + i]);
        if (lua_toboolean(L, -1))
            luaL_error(L, "%s: %s is for policies with a state (a gru layer); this one has none", r->what,
                       known[1 + i]);
        lua_pop(L, 1);
    }
    if (n_state == 0)
        return;
    r->context.starts = read_tensor(L, r->what, arg, "starts", r->n_lead, r->lead);
    if (r->context.starts)
        r->at_starts = lua_gettop(L);
    if (read_tensor(L, r->what, arg, "state", 2, of_state)) {
        r->at_state = lua_gettop(L);
        r->context.first_state =
            lure__check_cast(L, r->at_state, lure_policy_dtype(r->policy), "state").tensor.data;
    }
}

/* Argument 3 of policy:evaluate: (row), or (row, number). */
static lure_tensor read_actions(lua_State *L, const rows *r)
{
    static const char place[] = "policy:evaluate: actions";
    const lure_distribution *d = lure_policy_distribution(r->policy);
    lure_tensor t;
    if (d->rule->discrete) {
        t = *lure_check_indices(L, 3, place);
    } else {
        if (lure_box_test(L, 3, LURE_BOX_TENSOR))
            lure_check_tensor(L, 3); /* refuses what is tracked: no gradient goes to actions */
        t = lure__check_cast(L, 3, lure_policy_dtype(r->policy), place).tensor;
    }
    if (lure_tensor_size(&t) != r->n * d->n_columns || t.n_dims == 0 || t.shape[0] != r->lead[0]) {
        char shape[LURE_SHAPE_TEXT];
        lure_tensor_shape_text(&t, shape);
        luaL_error(L, "%s: actions are of shape %s; expected %s%I%s", r->what, shape,
                   r->n_lead == 2 ? "(steps, environments), with " : "(rows), with ",
                   (lua_Integer)d->n_columns, d->n_columns == 1 ? " number each" : " numbers each");
    }
    return t;
}

/* A result with one number a row, yet to be computed. */
static lure_value push_row_numbers(lua_State *L, const rows *r)
{
    lure_tensor planned = lure_tensor_view(NULL, lure_policy_dtype(r->policy), r->n_lead, r->lead);
    return (lure_value){.tensor = *lure_push_result(L, &planned)};
}

/* The state after the last step, if there is one: pushed for the end of the results. Returns how many. */
static int push_state(lua_State *L, rows *r)
{
    size_t shape[2] = {r->context.n_envs ? r->context.n_envs : r->n, lure_policy_n_state(r->policy)};
    if (shape[1] == 0)
        return 0;
    r->context.last_state = lure_push_tensor(L, lure_policy_dtype(r->policy), 2, shape)->data;
    return 1;
}

static lure_tape *tape_for(lua_State *L, const rows *r)
{
    return lure__policy_leaf(L, r->box) || r->observations.node ? lure_tape_of(L) : NULL;
}

/* What recorded nodes read stays. */
static void anchor(lua_State *L, const rows *r, bool actions)
{
    lure_anchor(L, 1);
    lure_anchor(L, 2);
    if (actions)
        lure_anchor(L, 3);
    if (r->at_starts)
        lure_anchor(L, r->at_starts);
}

/* Where time goes: in a pass of differentiate a forward pass is part of the gradient. */
static lure_work begin_forward(lua_State *L, const lure_tape *tape)
{
    return lure_work_turn(L, lure_sandbox_of(L), tape ? LURE_WORK_GRADIENT : LURE_WORK_FORWARD);
}

/* policy:evaluate(observations, actions [, options]) -> log_prob, entropy, value [, state]   [-0, +3, e]
   (row) each; value is nil if the policy has none. Actions as policy:act or run:collect give them. */
static int policy_evaluate(lua_State *L)
{
    rows r;
    read_rows(L, "policy:evaluate", &r);
    lua_settop(L, 4);
    read_context(L, &r, 4, false);
    lure_tensor actions = read_actions(L, &r);
    int first = lua_gettop(L) + 1;
    bool has_value = lure_policy_has_value(r.policy);
    lure_value results[3] = {push_row_numbers(L, &r), push_row_numbers(L, &r), {.node = 0}};
    if (has_value)
        results[2] = push_row_numbers(L, &r);
    else
        lua_pushnil(L);
    int n_states = push_state(L, &r);
    lure_tape *tape = tape_for(L, &r);
    lure_error err;
    lure_work before = begin_forward(L, tape);
    for (bool collected = false;
         lure_policy_evaluate(r.policy, tape, lure__policy_leaf(L, r.box), &r.observations, &actions,
                              &r.context, &results[0], &results[1], has_value ? &results[2] : NULL,
                              &err) != LURE_OK;)
        if (!lure_collect_garbage(L, &err, &collected))
            return lure__raise_computing(L, r.what, &err);
    lure_work_turn(L, lure_sandbox_of(L), before);
    if (tape) {
        anchor(L, &r, true);
        for (int i = 0; i < 3; i++)
            lure_set_node(L, first + i, results[i].node);
    }
    return 3 + n_states;
}

static int forward(lua_State *L, const char *what, bool outputs)
{
    rows r;
    read_rows(L, what, &r);
    lua_settop(L, 3);
    read_context(L, &r, 3, false);
    int first = lua_gettop(L) + 1, n = 0;
    bool has_value = lure_policy_has_value(r.policy);
    lure_value results[2] = {0};
    if (!outputs && !has_value)
        return luaL_error(L, "%s: the policy has no value; value = { layers... } gives it one", what);
    if (outputs) {
        size_t shape[3] = {r.lead[0], r.lead[1]};
        shape[r.n_lead] = lure_policy_n_outputs(r.policy);
        lure_tensor planned = lure_tensor_view(NULL, lure_policy_dtype(r.policy), r.n_lead + 1, shape);
        results[n++].tensor = *lure_push_result(L, &planned);
    }
    if (has_value)
        results[n++] = push_row_numbers(L, &r);
    else
        lua_pushnil(L);
    int n_results = has_value ? n : n + 1, n_states = push_state(L, &r);
    lure_tape *tape = tape_for(L, &r);
    lure_error err;
    lure_work before = begin_forward(L, tape);
    for (bool collected = false;
         lure_policy_forward(r.policy, tape, lure__policy_leaf(L, r.box), &r.observations, &r.context,
                             outputs ? &results[0] : NULL, has_value ? &results[n - 1] : NULL,
                             &err) != LURE_OK;)
        if (!lure_collect_garbage(L, &err, &collected))
            return lure__raise_computing(L, r.what, &err);
    lure_work_turn(L, lure_sandbox_of(L), before);
    if (tape) {
        anchor(L, &r, false);
        for (int i = 0; i < n; i++)
            lure_set_node(L, first + i, results[i].node);
    }
    return n_results + n_states;
}

/* policy:forward(observations [, options]) -> outputs, value [, state]   [-0, +2, e]
   outputs (row, number): of the network under the head: logits, or means (and log standard deviations, if the network
   gives them). value (row), or nil. */
static int policy_forward(lua_State *L)
{
    return forward(L, "policy:forward", true);
}

/* policy:values(observations [, options]) -> value [, state]   [-0, +1, e]   (row) */
static int policy_values(lua_State *L)
{
    return forward(L, "policy:values", false);
}

double lure_check_epsilon(lua_State *L, int index, const lure_policy *policy, const char *what)
{
    double x = lua_tonumber(L, index);
    if (lure_policy_head(policy) != LURE_HEAD_ACTION_VALUES)
        luaL_error(L, "%s: epsilon is for a policy with the head \"action_values\"; this one's is \"%s\"",
                   what, lure_policy_distribution(policy)->rule->name);
    if (lua_type(L, index) != LUA_TNUMBER || !(x >= 0.0 && x <= 1.0))
        luaL_error(L, "%s: epsilon is %s; expected a number from 0 to 1", what, lure_push_text(L, index));
    return x;
}

/* Into the context: epsilon. */
static bool read_deterministic(lua_State *L, rows *r, int arg)
{
    if (!lua_istable(L, arg))
        return false;
    if (lua_getfield(L, arg, "epsilon") != LUA_TNIL)
        r->context.epsilon = lure_check_epsilon(L, -1, r->policy, r->what);
    lua_pop(L, 1);
    int type = lua_getfield(L, arg, "deterministic");
    if (type != LUA_TBOOLEAN && type != LUA_TNIL)
        luaL_error(L, "%s: deterministic: expected true or false, got %s", r->what, lua_typename(L, type));
    bool is = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return is;
}

/* policy:act(observations, rng [, options]) -> actions, log_prob, value [, state]   [-0, +3, e]
   Draws an action for each row, in their order; with deterministic = true the likeliest, of action values the largest.
   actions (row), counted from 1, or (row, number); log_prob (row), as policy:evaluate gives it, of action values nil;
   value (row) or nil. All constants. */
static int policy_act(lua_State *L)
{
    rows r;
    read_rows(L, "policy:act", &r);
    const lure_distribution *d = lure_policy_distribution(r.policy);
    lua_settop(L, 4);
    read_context(L, &r, 4, true);
    bool deterministic = read_deterministic(L, &r, 4);
    if (!deterministic && !lure_box_test(L, 3, LURE_BOX_RNG))
        return luaL_error(
            L,
            "policy:act: rng: expected a random stream, lure.rng(seed), or deterministic = true in the "
            "options; got %s",
            lure_type_name(L, 3));
    lure_rng *rng = deterministic ? NULL : lure_check_rng(L, 3);
    size_t shape[3] = {r.lead[0], r.lead[1]};
    shape[r.n_lead] = d->n_columns;
    bool single = d->rule->discrete && d->n_parts == 1;
    const lure_tensor *actions =
        lure_push_tensor(L, d->rule->discrete ? LURE_I32 : lure_policy_dtype(r.policy),
                         single ? r.n_lead : r.n_lead + 1, shape);
    if (d->rule->discrete)
        lure_mark_indices(L, -1);
    void *log_prob = NULL, *values = NULL;
    if (lure_distribution_is_smooth(d))
        log_prob = push_row_numbers(L, &r).tensor.data;
    else
        lua_pushnil(L);
    if (lure_policy_has_value(r.policy))
        values = push_row_numbers(L, &r).tensor.data;
    else
        lua_pushnil(L);
    int n_states = push_state(L, &r);
    lure_error err;
    for (bool collected = false; lure_policy_act(r.policy, r.n, r.observations.tensor.data, &r.context, rng,
                                                 actions->data, log_prob, values, &err) != LURE_OK;)
        if (!lure_collect_garbage(L, &err, &collected))
            return lure__raise_computing(L, r.what, &err);
    return 3 + n_states;
}

/* policy:kl(observations, before [, options]) -> number   [-0, +1, e]
   The mean over the rows of KL(before || this policy now), `before` being outputs of an earlier policy:forward or another
   policy of the same shape (policy:copy()). Of a gaussian whose log_std is a parameter, outputs are compared with the
   present log_std; a policy brings its own. */
static int policy_kl(lua_State *L)
{
    rows r;
    read_rows(L, "policy:kl", &r);
    lua_settop(L, 4);
    read_context(L, &r, 4, false);
    const lure_distribution *d = lure_policy_distribution(r.policy);
    lure_policy_box *other = lure_box_test(L, 3, LURE_BOX_POLICY);
    const void *log_std = NULL;
    if (r.n == 0)
        return luaL_error(L, "policy:kl: there are no rows, and of none there is no mean");
    lure_value before = {0};
    lure_error err;
    double kl;
    if (other) {
        if (!lure_policy_is_like(r.policy, other->policy))
            return luaL_error(L, "policy:kl: the other policy is not of the same shape");
        for (bool collected = false; lure_policy_forward(other->policy, NULL, NULL, &r.observations,
                                                         &r.context, &before, NULL, &err) != LURE_OK;)
            if (!lure_collect_garbage(L, &err, &collected))
                return lure__raise_computing(L, r.what, &err);
        const lure_parameter *p = lure_policy_find(other->policy, "log_std");
        if (d->n_log_std)
            log_std = (const char *)lure_policy_parameters(other->policy) +
                      p->offset * lure_dtype_size(lure_policy_dtype(r.policy));
        /* a policy may be compared with itself: its working space is about to be used again */
        lure_tensor *kept = lure_push_result(L, &before.tensor);
        lure_tensor_copy(&before.tensor, kept);
        before.tensor = *kept;
    } else {
        before = lure__check_cast(L, 3, lure_policy_dtype(r.policy), "policy:kl: what was before");
        if (lure_tensor_size(&before.tensor) != r.n * d->n_outputs) {
            char shape[LURE_SHAPE_TEXT];
            lure_tensor_shape_text(&before.tensor, shape);
            return luaL_error(L,
                              "policy:kl: outputs are of shape %s; expected %I numbers for each of %I rows",
                              shape, (lua_Integer)d->n_outputs, (lua_Integer)r.n);
        }
    }
    for (bool collected = false; lure_policy_divergence(r.policy, r.n, r.observations.tensor.data, &r.context,
                                                        before.tensor.data, log_std, &kl, &err) != LURE_OK;)
        if (!lure_collect_garbage(L, &err, &collected))
            return lure__raise_computing(L, r.what, &err);
    lua_pushnumber(L, lure_number_plain(kl));
    return 1;
}

void lure__add_policy_rows(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"evaluate", policy_evaluate}, {"forward", policy_forward}, {"values", policy_values},
        {"act", policy_act},           {"kl", policy_kl},           {NULL, NULL}};
    luaL_setfuncs(L, methods, 0);
}
