/* random_policy.c: see random_policy.h. */
#include "random_policy.h"
#include "math/random.h"
#include "unit.h"

static size_t below(lure_rng *rng, size_t n)
{
    return (size_t)lure_rng_below(rng, n);
}

void random_plan_draw(random_plan *p, lure_rng *rng, bool smooth, bool all_trained)
{
    const lure_layer_kind maps[] = {LURE_LAYER_TANH, LURE_LAYER_SIGMOID, LURE_LAYER_RELU};
    size_t n_linear = 1 + below(rng, 3), n_kinds = smooth ? 3 : 4;
    *p = (random_plan){0};
    for (size_t i = 0; i < n_linear; i++) {
        bool last = i + 1 == n_linear;
        bool weight = all_trained || below(rng, 3) > 0, bias = all_trained || below(rng, 3) > 0;
        p->layers[p->options.n_layers++] =
            (lure_layer_options){.n_units = last ? 0 : 1 + below(rng, MAX_UNITS), .train = {weight, bias}};
        size_t f = below(rng, n_kinds); /* 0: none */
        if (f > 0 && (!last || (maps[f - 1] != LURE_LAYER_RELU && below(rng, 4) == 0)))
            p->layers[p->options.n_layers++] = (lure_layer_options){.kind = maps[f - 1]};
    }
    p->options.layers = p->layers;
    p->options.head = below(rng, 2) ? LURE_HEAD_BERNOULLI : LURE_HEAD_CATEGORICAL;
    p->options.n_actions = p->options.head == LURE_HEAD_BERNOULLI ? 2 : 1 + below(rng, MAX_UNITS);
    p->options.n_inputs = below(rng, 5);
    p->options.dtype = LURE_F64;
}

lure_policy *random_plan_create(const random_plan *p, uint64_t seed, lure_dtype dtype)
{
    lure_policy_options options = p->options;
    lure_policy *policy;
    lure_rng init;
    lure_error err;
    options.dtype = dtype;
    lure_rng_init(&init, seed, LURE_PURPOSE_INIT, 0);
    CHECK_OK(lure_policy_create(&options, &init, NULL, &policy, &err), &err);
    CHECK(lure_policy_n_parameters(policy) <= MAX_PARAMETERS);
    return policy;
}

void random_batch_draw(random_batch *b, const lure_policy *policy, lure_rng *rng)
{
    b->n = 1 + below(rng, MAX_ROWS);
    for (size_t i = 0; i < b->n * lure_policy_n_inputs(policy); i++)
        b->observations[i] = lure_random_normal(rng, 0.0, 1.0);
    for (size_t i = 0; i < b->n; i++) {
        b->weights[i] = 4 * lure_rng_uniform(rng) - 2;
        b->actions[i] = (int32_t)below(rng, lure_policy_n_actions(policy));
    }
    b->mask = NULL;
}

void random_batch_mask(random_batch *b, const lure_policy *policy, lure_rng *rng)
{
    const size_t n_actions = lure_policy_n_actions(policy), sides[2] = {b->n, n_actions};
    for (size_t i = 0; i < b->n * n_actions; i++)
        b->legal[i] = below(rng, 2) > 0 || i % n_actions == (size_t)b->actions[i / n_actions];
    b->legal_view = lure_tensor_view(b->legal, LURE_I32, 2, sides);
    b->mask = &b->legal_view;
}

bool random_is_trainable(const lure_policy *policy, size_t element)
{
    for (size_t i = 0; i < lure_policy_n_named(policy); i++) {
        const lure_parameter *p = lure_policy_named(policy, i);
        if (element >= p->offset && element < p->offset + p->size)
            return p->trainable;
    }
    CHECK_SAY(false, "element %zu has no name", element);
    return false;
}
