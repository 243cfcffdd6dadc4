/* random_network.c: draws plans and the numbers that go with them; see random_network.h. */
#include "random_network.h"
#include "math/random.h"
#include <stdlib.h>
#include <string.h>

#define NETWORK_WORD(name, word) word,
const char *const network_part_names[] = {"trunk", "body", "value"};
const char *const network_term_names[] = {NETWORK_TERMS(NETWORK_WORD)};
const char *const network_kind_names[] = {NETWORK_NUMBERS(NETWORK_WORD)};
#undef NETWORK_WORD

static size_t below(lure_rng *rng, size_t n)
{
    return (size_t)lure_rng_below(rng, n);
}

static bool chance(lure_rng *rng, double p)
{
    return lure_rng_uniform(rng) < p;
}

/* ---- plans ---- */

static void add_layer(network_plan *p, lure_rng *rng, network_part part, lure_layer_options layer)
{
    size_t at = 0;
    for (int i = 0; i <= (int)part; i++)
        at += p->n_layers[i];
    if (at == NETWORK_LAYERS)
        abort();
    const char *const *names = lure_layer_rule_of(layer.kind)->parameters;
    for (size_t i = 0; i < LURE_LAYER_PARAMETERS && names[i]; i++)
        layer.train[i] = !chance(rng, 0.08);
    p->layers[at] = layer;
    p->n_layers[part]++;
}

/* Hidden layers, each perhaps with an activation. An embedding can only come first, where observations are. */
static void draw_hidden(network_plan *p, lure_rng *rng, network_part part, bool sees_observations)
{
    if (sees_observations && chance(rng, 0.2))
        add_layer(p, rng, part,
                  (lure_layer_options){.kind = LURE_LAYER_EMBEDDING,
                                       .n_units = 1 + below(rng, 3),
                                       .n_indices = 2 + below(rng, 4),
                                       .column = below(rng, p->n_inputs)});
    for (size_t i = below(rng, 3); i > 0; i--) {
        lure_layer_options layer = {.kind = chance(rng, 0.2) ? LURE_LAYER_GRU : LURE_LAYER_LINEAR,
                                    .n_units = 1 + below(rng, 6)};
        add_layer(p, rng, part, layer);
        if (layer.n_units > 2 && chance(rng, 0.3)) /* of two numbers it gives their order alone */
            add_layer(p, rng, part, (lure_layer_options){.kind = LURE_LAYER_LAYER_NORM});
        if (chance(rng, 0.8))
            add_layer(p, rng, part,
                      (lure_layer_options){
                          .kind = LURE_LAYER_TANH +
                                  (lure_layer_kind)below(rng, LURE_N_LAYER_KINDS - LURE_LAYER_TANH)});
    }
}

static void draw_head(network_plan *p, lure_rng *rng)
{
    p->head = (lure_head)below(rng, LURE_HEAD_ACTION_VALUES); /* those with probabilities */
    p->n_actions = 1 + below(rng, 4);
    p->train_log_std = !chance(rng, 0.2);
    if (p->head == LURE_HEAD_BERNOULLI)
        p->n_actions = 2;
    if (p->head == LURE_HEAD_MULTI_CATEGORICAL) {
        p->n_actions = 0;
        p->n_sizes = 1 + below(rng, NETWORK_SIZES);
        for (size_t i = 0; i < p->n_sizes; i++)
            p->n_actions += p->sizes[i] = 1 + below(rng, 4);
    }
    if (p->head == LURE_HEAD_GAUSSIAN || p->head == LURE_HEAD_SQUASHED_GAUSSIAN)
        p->state_dependent = chance(rng, 0.4);
}

static void draw_terms(network_plan *p, lure_rng *rng)
{
    double *terms = p->terms;
    bool has_value = p->n_layers[NETWORK_VALUE] > 0;
    p->clip = 0.1 + 0.2 * lure_rng_uniform(rng);
    switch (below(rng, 4)) {
    case 0: terms[NETWORK_CROSS_ENTROPY] = 1; break;
    case 1: terms[chance(rng, 0.5) ? NETWORK_SURROGATE : NETWORK_SURROGATE_OPS] = 1; break;
    case 2:
        terms[NETWORK_CROSS_ENTROPY] = 1;
        terms[p->head == LURE_HEAD_CATEGORICAL ? NETWORK_KL_OUTPUTS : NETWORK_KL] = 0.5;
        break;
    default: terms[NETWORK_OUTPUTS_MSE] = 1; break;
    }
    if (has_value)
        terms[chance(rng, 0.6) ? NETWORK_VALUE_CLIP : NETWORK_VALUE_MSE] = 0.5;
    if (terms[NETWORK_OUTPUTS_MSE] == 0 && chance(rng, 0.6))
        terms[NETWORK_ENTROPY] = 0.125;
}

static void draw_plan(network_plan *p, lure_rng *rng)
{
    *p = (network_plan){.n_inputs = 1 + below(rng, 4)};
    bool has_trunk = chance(rng, 0.4);
    draw_head(p, rng);
    if (has_trunk)
        draw_hidden(p, rng, NETWORK_TRUNK, true);
    has_trunk = p->n_layers[NETWORK_TRUNK] > 0;
    draw_hidden(p, rng, NETWORK_BODY, !has_trunk);
    add_layer(p, rng, NETWORK_BODY, (lure_layer_options){.kind = LURE_LAYER_LINEAR});
    if (chance(rng, 0.1))
        add_layer(p, rng, NETWORK_BODY, (lure_layer_options){.kind = LURE_LAYER_TANH});
    if (chance(rng, 0.7)) {
        draw_hidden(p, rng, NETWORK_VALUE, !has_trunk);
        add_layer(p, rng, NETWORK_VALUE, (lure_layer_options){.kind = LURE_LAYER_LINEAR});
    }
    p->n_envs = 1 + below(rng, 3);
    p->n = p->n_envs * (1 + below(rng, 4));
    draw_terms(p, rng);
}

/* ---- numbers ---- */

static double *take(random_network *net, network_kind kind, size_t n)
{
    if (n > NETWORK_MOST)
        abort();
    net->n[kind] = n;
    return net->numbers[kind];
}

static void normals(random_network *net, network_kind kind, size_t n, double scale, lure_rng *rng)
{
    double *to = take(net, kind, n);
    for (size_t i = 0; i < n; i++)
        to[i] = (float)lure_random_normal(rng, 0.0, scale);
}

/* The given numbers, moved by at most `far`. */
static void near(random_network *net, network_kind kind, const lure_tensor *t, double far, lure_rng *rng)
{
    size_t n = lure_tensor_size(t);
    double *to = take(net, kind, n);
    for (size_t i = 0; i < n; i++)
        to[i] = (float)(lure_tensor_get(t, i) + far * (2 * lure_rng_uniform(rng) - 1));
}

static void draw_observations(random_network *net, lure_rng *rng)
{
    const network_plan *p = &net->plan;
    normals(net, NETWORK_OBSERVATIONS, p->n * p->n_inputs, 1.0, rng);
    size_t n_layers = p->n_layers[NETWORK_TRUNK] + p->n_layers[NETWORK_BODY] + p->n_layers[NETWORK_VALUE];
    for (size_t column = 0; column < p->n_inputs; column++) {
        size_t fewest = 0; /* of the embeddings that look at it */
        for (size_t i = 0; i < n_layers; i++)
            if (p->layers[i].n_indices > 0 && p->layers[i].column == column &&
                (fewest == 0 || p->layers[i].n_indices < fewest))
                fewest = p->layers[i].n_indices;
        for (size_t row = 0; row < p->n && fewest > 0; row++)
            net->numbers[NETWORK_OBSERVATIONS][row * p->n_inputs + column] = (double)below(rng, fewest);
    }
}

static void draw_bounds(random_network *net, lure_rng *rng)
{
    const network_plan *p = &net->plan;
    if (p->head != LURE_HEAD_SQUASHED_GAUSSIAN || chance(rng, 0.5))
        return;
    double *low = take(net, NETWORK_BOUNDS, 2 * p->n_actions);
    for (size_t i = 0; i < p->n_actions; i++) {
        low[i] = -(double)below(rng, 4);
        low[p->n_actions + i] = low[i] + 0.5 * (double)(1 + below(rng, 6));
    }
}

static void draw_choices(random_network *net, lure_rng *rng)
{
    const network_plan *p = &net->plan;
    size_t n_parts = p->n_sizes ? p->n_sizes : 1;
    const size_t *sizes = p->n_sizes ? p->sizes : &p->n_actions;
    double *actions = take(net, NETWORK_ACTIONS, p->n * n_parts);
    double *mask = chance(rng, 0.4) ? take(net, NETWORK_MASK, p->n * p->n_actions) : NULL;
    for (size_t row = 0; row < p->n; row++)
        for (size_t i = 0; i < n_parts; i++) {
            size_t choice = below(rng, sizes[i]);
            *actions++ = (double)choice;
            for (size_t j = 0; j < sizes[i] && mask; j++)
                *mask++ = j == choice || chance(rng, 0.6);
        }
}

/* Squashed ones stay off their bounds, where float32 cannot say how far they are from them. */
static void draw_actions(random_network *net, lure_rng *rng)
{
    const network_plan *p = &net->plan;
    if (p->head != LURE_HEAD_GAUSSIAN && p->head != LURE_HEAD_SQUASHED_GAUSSIAN) {
        draw_choices(net, rng);
        return;
    }
    normals(net, NETWORK_ACTIONS, p->n * p->n_actions, 1.0, rng);
    for (size_t i = 0; i < net->n[NETWORK_ACTIONS] && p->head == LURE_HEAD_SQUASHED_GAUSSIAN; i++) {
        bool bounded = net->n[NETWORK_BOUNDS] > 0;
        const double *at = net->numbers[NETWORK_BOUNDS] + i % p->n_actions;
        double low = bounded ? at[0] : -1, high = bounded ? at[p->n_actions] : 1;
        net->numbers[NETWORK_ACTIONS][i] = (float)(low + (high - low) * (0.15 + 0.7 * lure_rng_uniform(rng)));
    }
}

static void draw_parameters(random_network *net, lure_policy *policy, lure_rng *rng)
{
    size_t n = lure_policy_n_parameters(policy);
    lure_tensor block = lure_tensor_view(lure_policy_parameters(policy), LURE_F64, 1, &n);
    near(net, NETWORK_PARAMETERS, &block, 0.4, rng);
    for (size_t i = 0; i < n; i++)
        lure_tensor_set(&block, i, net->numbers[NETWORK_PARAMETERS][i]);
}

static void draw_states(random_network *net, size_t n_state, lure_rng *rng)
{
    const network_plan *p = &net->plan;
    if (n_state == 0)
        return;
    normals(net, NETWORK_FIRST_STATE, p->n_envs * n_state, 0.5, rng);
    double *starts = take(net, NETWORK_STARTS, p->n);
    for (size_t i = 0; i < p->n; i++)
        starts[i] = chance(rng, 0.25);
}

/* ---- all of it ---- */

/* Old numbers lie about the present ones, so that some rows are clipped and some are not. */
static lure_status draw_old(random_network *net, lure_policy *policy, lure_rng *rng, lure_error *err)
{
    lure_tape *tape;
    lure_tensor log_prob, value;
    lure_status status = lure_tape_create(NULL, &tape, err);
    if (status != LURE_OK)
        return status;
    status = random_network_say(net, policy, tape, &log_prob, &value, err);
    if (status == LURE_OK) {
        near(net, NETWORK_OLD_LOG_PROB, &log_prob, 0.5, rng);
        normals(net, NETWORK_ADVANTAGES, net->plan.n, 1.0, rng);
    }
    if (status == LURE_OK && net->plan.n_layers[NETWORK_VALUE] > 0) {
        near(net, NETWORK_OLD_VALUES, &value, 0.5, rng);
        normals(net, NETWORK_RETURNS, net->plan.n, 1.0, rng);
    }
    if (net->plan.terms[NETWORK_KL_OUTPUTS] != 0 || net->plan.terms[NETWORK_OUTPUTS_MSE] != 0)
        normals(net, NETWORK_OLD_OUTPUTS, net->plan.n * lure_policy_n_outputs(policy), 1.0, rng);
    lure_tape_destroy(tape);
    return status;
}

lure_status random_network_draw(random_network *net, lure_rng *rng, lure_error *err)
{
    lure_policy *policy;
    memset(net->n, 0, sizeof net->n);
    draw_plan(&net->plan, rng);
    draw_bounds(net, rng);
    lure_status status = random_network_create(net, LURE_F64, &policy, err);
    if (status != LURE_OK)
        return status;
    draw_parameters(net, policy, rng);
    draw_observations(net, rng);
    draw_actions(net, rng);
    draw_states(net, lure_policy_n_state(policy), rng);
    status = draw_old(net, policy, rng, err);
    lure_policy_destroy(policy);
    return status;
}
