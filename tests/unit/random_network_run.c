/* random_network_run.c: the policy of a plan, and what it says of its rows: log-probabilities, losses, gradients; see
   random_network.h. */
#include "random_network.h"
#include "learn/surrogate.h"

static const lure_layer_options *layers_of(const network_plan *p, network_part part)
{
    size_t first = 0;
    for (int i = 0; i < (int)part; i++)
        first += p->n_layers[i];
    return p->layers + first;
}

lure_status random_network_create(const random_network *net, lure_dtype dtype, lure_policy **policy,
                                  lure_error *err)
{
    const network_plan *p = &net->plan;
    const double *bounds = net->numbers[NETWORK_BOUNDS];
    bool bounded = net->n[NETWORK_BOUNDS] > 0;
    lure_rng init;
    lure_rng_init(&init, 1, LURE_PURPOSE_INIT, 0);
    const lure_policy_options options = {.trunk = layers_of(p, NETWORK_TRUNK),
                                         .n_trunk = p->n_layers[NETWORK_TRUNK],
                                         .layers = layers_of(p, NETWORK_BODY),
                                         .n_layers = p->n_layers[NETWORK_BODY],
                                         .value = layers_of(p, NETWORK_VALUE),
                                         .n_value = p->n_layers[NETWORK_VALUE],
                                         .head = p->head,
                                         .n_inputs = p->n_inputs,
                                         .n_actions = p->n_actions,
                                         .dtype = dtype,
                                         .sizes = p->sizes,
                                         .n_sizes = p->n_sizes,
                                         .state_dependent = p->state_dependent,
                                         .train_log_std = p->train_log_std,
                                         .low = bounded ? bounds : NULL,
                                         .high = bounded ? bounds + p->n_actions : NULL};
    lure_status status = lure_policy_create(&options, &init, NULL, policy, err);
    if (status != LURE_OK)
        return status;
    lure_tensor block =
        lure_tensor_view(lure_policy_parameters(*policy), dtype, 1, &net->n[NETWORK_PARAMETERS]);
    for (size_t i = 0; i < net->n[NETWORK_PARAMETERS]; i++)
        lure_tensor_set(&block, i, net->numbers[NETWORK_PARAMETERS][i]);
    return LURE_OK;
}

/* All of one run on the tape; the first failure stays. */
typedef struct run {
    const random_network *net;
    lure_dtype dtype;
    lure_tape *tape;
    lure_status status;
    lure_error *err;
} run;

static lure_tensor tensor_of(run *r, network_kind kind, lure_dtype dtype, int n_dims, size_t columns)
{
    size_t n = r->net->n[kind];
    const size_t shape[2] = {n_dims == 2 ? n / columns : n, columns};
    lure_tensor t = lure_tensor_view(lure_tape_take(r->tape, n * sizeof(double) + 1), dtype, n_dims, shape);
    if (!t.data && r->status == LURE_OK)
        r->status = lure_tape_refused(r->err);
    for (size_t i = 0; i < n && t.data; i++)
        lure_tensor_set(&t, i, r->net->numbers[kind][i]);
    return t;
}

static lure_value rows_of(run *r, network_kind kind)
{
    return (lure_value){.tensor = tensor_of(r, kind, r->dtype, 1, 1)};
}

static lure_value number(run *r, double x)
{
    lure_value v = {.tensor = lure_tensor_view(lure_tape_take(r->tape, sizeof(double)), r->dtype, 0, NULL)};
    if (v.tensor.data)
        lure_tensor_set(&v.tensor, 0, x);
    else if (r->status == LURE_OK)
        r->status = lure_tape_refused(r->err);
    return v;
}

static lure_value apply(run *r, lure_op op, size_t n, const lure_value *inputs,
                        const lure_op_options *options)
{
    lure_value out = {.node = 0};
    if (r->status == LURE_OK)
        r->status = lure_tape_apply(r->tape, op, n, inputs, options, &out, r->err);
    return out;
}

static lure_value two(run *r, lure_op op, lure_value a, lure_value b)
{
    const lure_value inputs[] = {a, b};
    return apply(r, op, 2, inputs, NULL);
}

static lure_value one(run *r, lure_op op, lure_value a)
{
    const lure_op_options all = {.axis = LURE_ALL_AXES};
    return apply(r, op, 1, &a, &all);
}

static lure_value clamp(run *r, lure_value a, double low, double high)
{
    const lure_op_options bounds = {.low = low, .high = high};
    return apply(r, LURE_OP_CLAMP, 1, &a, &bounds);
}

static lure_value along_outputs(run *r, lure_op op, lure_value a)
{
    const lure_op_options last = {.axis = 1};
    return apply(r, op, 1, &a, &last);
}

static lure_value squares_from(run *r, lure_value a, lure_value b)
{
    return one(r, LURE_OP_SQUARE, two(r, LURE_OP_SUBTRACT, a, b));
}

/* What the policy says of the rows. */
typedef struct saying {
    lure_value log_prob, entropy, value, outputs;
} saying;

static lure_value surrogate(run *r, lure_value log_ratio)
{
    double clip = r->net->plan.clip;
    lure_value advantages = rows_of(r, NETWORK_ADVANTAGES), ratio = one(r, LURE_OP_EXP, log_ratio);
    return two(r, LURE_OP_MINIMUM, two(r, LURE_OP_MULTIPLY, ratio, advantages),
               two(r, LURE_OP_MULTIPLY, clamp(r, ratio, 1 - clip, 1 + clip), advantages));
}

static lure_value surrogate_node(run *r, const saying *s)
{
    lure_tensor old = tensor_of(r, NETWORK_OLD_LOG_PROB, r->dtype, 1, 1);
    lure_tensor advantages = tensor_of(r, NETWORK_ADVANTAGES, r->dtype, 1, 1);
    lure_value out = {.node = 0};
    if (r->status == LURE_OK)
        r->status = lure_surrogate_clipped(r->tape, &s->log_prob, &old, &advantages, r->net->plan.clip, &out,
                                           NULL, r->err);
    return out;
}

static lure_value value_clip(run *r, const saying *s)
{
    double clip = r->net->plan.clip;
    lure_value old = rows_of(r, NETWORK_OLD_VALUES), returns = rows_of(r, NETWORK_RETURNS);
    lure_value moved = clamp(r, two(r, LURE_OP_SUBTRACT, s->value, old), -clip, clip);
    return two(r, LURE_OP_MULTIPLY, number(r, 0.5),
               two(r, LURE_OP_MAXIMUM, squares_from(r, s->value, returns),
                   squares_from(r, two(r, LURE_OP_ADD, old, moved), returns)));
}

static lure_value kl_outputs(run *r, const saying *s)
{
    size_t columns = s->outputs.tensor.shape[1];
    lure_value old = {.tensor = tensor_of(r, NETWORK_OLD_OUTPUTS, r->dtype, 2, columns)};
    lure_value difference = two(r, LURE_OP_SUBTRACT, along_outputs(r, LURE_OP_LOG_SOFTMAX, old),
                                along_outputs(r, LURE_OP_LOG_SOFTMAX, s->outputs));
    return along_outputs(r, LURE_OP_SUM,
                         two(r, LURE_OP_MULTIPLY, along_outputs(r, LURE_OP_SOFTMAX, old), difference));
}

static lure_value term(run *r, network_term which, const saying *s)
{
    lure_value log_ratio = {.node = 0};
    if (which == NETWORK_SURROGATE_OPS || which == NETWORK_KL)
        log_ratio = two(r, LURE_OP_SUBTRACT, s->log_prob, rows_of(r, NETWORK_OLD_LOG_PROB));
    switch (which) {
    case NETWORK_CROSS_ENTROPY:
        return one(r, LURE_OP_NEGATE, two(r, LURE_OP_MULTIPLY, rows_of(r, NETWORK_ADVANTAGES), s->log_prob));
    case NETWORK_SURROGATE: return one(r, LURE_OP_NEGATE, surrogate_node(r, s));
    case NETWORK_SURROGATE_OPS: return one(r, LURE_OP_NEGATE, surrogate(r, log_ratio));
    case NETWORK_VALUE_CLIP: return value_clip(r, s);
    case NETWORK_VALUE_MSE: return squares_from(r, s->value, rows_of(r, NETWORK_RETURNS));
    case NETWORK_ENTROPY: return one(r, LURE_OP_NEGATE, s->entropy);
    case NETWORK_KL: return two(r, LURE_OP_SUBTRACT, one(r, LURE_OP_EXPM1, log_ratio), log_ratio);
    case NETWORK_KL_OUTPUTS: return kl_outputs(r, s);
    default: {
        size_t columns = s->outputs.tensor.shape[1];
        lure_value old = {.tensor = tensor_of(r, NETWORK_OLD_OUTPUTS, r->dtype, 2, columns)};
        return squares_from(r, s->outputs, old);
    }
    }
}

/* Without places for gradients all is constant, and lies in the policy until its next call: then no outputs. */
static saying say(run *r, lure_policy *policy, void *by_parameters, void *by_observations, void *last_state)
{
    const network_plan *p = &r->net->plan;
    const size_t *n = r->net->n;
    size_t n_parameters = lure_policy_n_parameters(policy);
    const lure_distribution *d = lure_policy_distribution(policy);
    lure_tensor block = lure_tensor_view(lure_policy_parameters(policy), r->dtype, 1, &n_parameters);
    lure_tensor mask = tensor_of(r, NETWORK_MASK, LURE_I32, 2, p->n_actions);
    lure_tensor starts = tensor_of(r, NETWORK_STARTS, LURE_I32, 1, 1);
    lure_tensor state = tensor_of(r, NETWORK_FIRST_STATE, r->dtype, 1, 1);
    lure_tensor actions =
        tensor_of(r, NETWORK_ACTIONS, d->rule->discrete ? LURE_I32 : r->dtype, 2, d->n_columns);
    lure_value rows = {.tensor = tensor_of(r, NETWORK_OBSERVATIONS, r->dtype, 2, p->n_inputs)};
    lure_value parameters = {.tensor = block};
    const lure_policy_context context = {.mask = n[NETWORK_MASK] ? &mask : NULL,
                                         .n_envs = p->n_envs,
                                         .starts = n[NETWORK_STARTS] ? &starts : NULL,
                                         .first_state = n[NETWORK_FIRST_STATE] ? state.data : NULL,
                                         .last_state = n[NETWORK_FIRST_STATE] ? last_state : NULL};
    saying s = {.log_prob = {.node = 0}};
    if (by_parameters && r->status == LURE_OK)
        r->status = lure_tape_leaf(r->tape, &block, by_parameters, &parameters, r->err);
    if (by_observations && r->status == LURE_OK)
        r->status = lure_tape_leaf(r->tape, &rows.tensor, by_observations, &rows, r->err);
    if (r->status == LURE_OK)
        r->status = lure_policy_evaluate(policy, r->tape, &parameters, &rows, &actions, &context, &s.log_prob,
                                         &s.entropy, p->n_layers[NETWORK_VALUE] ? &s.value : NULL, r->err);
    bool outputs = p->terms[NETWORK_KL_OUTPUTS] != 0 || p->terms[NETWORK_OUTPUTS_MSE] != 0;
    lure_policy_context without = context; /* the last state is that of all networks, so it has been told */
    without.last_state = NULL;
    if (outputs && by_parameters && r->status == LURE_OK)
        r->status =
            lure_policy_forward(policy, r->tape, &parameters, &rows, &without, &s.outputs, NULL, r->err);
    return s;
}

static lure_value loss_of(run *r, const saying *s)
{
    lure_value loss = {.node = 0};
    bool first = true;
    for (int i = 0; i < NETWORK_N_TERMS; i++) {
        double coefficient = r->net->plan.terms[i];
        if (coefficient == 0)
            continue;
        lure_value mean = one(r, LURE_OP_MEAN, term(r, (network_term)i, s));
        lure_value part = two(r, LURE_OP_MULTIPLY, number(r, coefficient), mean);
        loss = first ? part : two(r, LURE_OP_ADD, loss, part);
        first = false;
    }
    return loss;
}

static void widen(const void *numbers, lure_dtype dtype, size_t n, double *out)
{
    lure_tensor t = lure_tensor_view((void *)(uintptr_t)numbers, dtype, 1, &n);
    for (size_t i = 0; i < n; i++)
        out[i] = lure_tensor_get(&t, i);
}

lure_status random_network_say(const random_network *net, lure_policy *policy, lure_tape *tape,
                               lure_tensor *log_prob, lure_tensor *value, lure_error *err)
{
    static double last_state[NETWORK_MOST];
    run r = {.net = net, .dtype = LURE_F64, .tape = tape, .err = err};
    lure_tape_begin(tape);
    saying s = say(&r, policy, NULL, NULL, last_state);
    *log_prob = s.log_prob.tensor;
    *value = s.value.tensor;
    return r.status;
}

lure_status random_network_run(const random_network *net, lure_dtype dtype, lure_tape *tape,
                               network_result *out, lure_error *err)
{
    static double by_parameters[NETWORK_MOST], by_observations[NETWORK_MOST], last_state[NETWORK_MOST];
    lure_policy *policy;
    lure_status status = random_network_create(net, dtype, &policy, err);
    if (status != LURE_OK)
        return status;
    run r = {.net = net, .dtype = dtype, .tape = tape, .err = err};
    lure_tape_begin(tape);
    saying s = say(&r, policy, by_parameters, by_observations, last_state);
    lure_value loss = loss_of(&r, &s);
    if (r.status == LURE_OK)
        r.status = lure_tape_backward(tape, &loss, err);
    if (r.status == LURE_OK) {
        out->loss = lure_tensor_get(&loss.tensor, 0);
        widen(by_parameters, dtype, net->n[NETWORK_PARAMETERS], out->by_parameters);
        widen(by_observations, dtype, net->n[NETWORK_OBSERVATIONS], out->by_observations);
        widen(last_state, dtype, net->n[NETWORK_FIRST_STATE], out->last_state);
    }
    lure_policy_destroy(policy);
    return r.status;
}
