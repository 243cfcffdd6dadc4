/* test_network.c: how a policy's parameters are named, laid out and first filled, and what is refused. */
#include "learn/policy.h"
#include "unit.h"
#include <math.h>

TEST(parameters_are_named_and_laid_out_in_order)
{
    const lure_layer_options layers[] = {{.n_units = 4, .train = {true, true}},
                                         {.kind = LURE_LAYER_TANH},
                                         {.n_units = 3, .name = "middle", .train = {true}},
                                         {.train = {false, true}}};
    const char *names[] = {"linear1.weight", "linear1.bias",   "middle.weight",
                           "middle.bias",    "linear3.weight", "linear3.bias"};
    const size_t sizes[] = {8, 4, 12, 3, 15, 5};
    const lure_policy_options o = {.layers = layers,
                                   .n_layers = 4,
                                   .head = LURE_HEAD_CATEGORICAL,
                                   .n_inputs = 2,
                                   .n_actions = 5,
                                   .dtype = LURE_F32};
    lure_policy *policy;
    lure_rng init;
    lure_error err;
    size_t offset = 0;
    lure_rng_init(&init, 1, LURE_PURPOSE_INIT, 0);
    CHECK_OK(lure_policy_create(&o, &init, NULL, &policy, &err), &err);
    CHECK_INT((int64_t)lure_policy_n_named(policy), 6);
    for (size_t i = 0; i < 6; i++) {
        const lure_parameter *p = lure_policy_named(policy, i);
        CHECK_TEXT(p->name, names[i]);
        CHECK_INT((int64_t)p->offset, (int64_t)offset);
        CHECK_INT((int64_t)p->size, (int64_t)sizes[i]);
        CHECK_INT((int64_t)p->layer, (int64_t)i / 2);
        CHECK_INT(p->n_dims, i % 2 ? 1 : 2);
        CHECK(p->shape[0] * (p->n_dims == 2 ? p->shape[1] : 1) == p->size);
        CHECK(lure_policy_find(policy, names[i]) == p);
        offset += p->size;
    }
    CHECK_INT((int64_t)lure_policy_n_parameters(policy), (int64_t)offset);
    CHECK(lure_policy_named(policy, 2)->trainable && !lure_policy_named(policy, 3)->trainable);
    CHECK(lure_policy_named(policy, 4)->shape[0] == 3 && lure_policy_named(policy, 4)->shape[1] == 5);
    CHECK(lure_policy_find(policy, "weight") == NULL);
    CHECK_INT((int64_t)lure_policy_n_outputs(policy), 5);
    lure_policy_destroy(policy);
    lure_policy_destroy(NULL);
}

TEST(first_values_are_given_or_uniform)
{
    const double weight[6] = {1, 2, 3, 4, 5, 6}, bias = -0.5;
    const lure_layer_options layers[] = {
        {.n_units = 3, .first = {LURE_GIVEN(weight, 6), LURE_GIVEN(&bias, 1)}},
        {.n_units = 100},
        {.n_units = 0}};
    const lure_policy_options o = {.layers = layers,
                                   .n_layers = 3,
                                   .head = LURE_HEAD_CATEGORICAL,
                                   .n_inputs = 2,
                                   .n_actions = 2,
                                   .dtype = LURE_F64};
    lure_policy *policy;
    lure_rng init;
    lure_error err;
    double most = 0, sum = 0;
    lure_rng_init(&init, 7, LURE_PURPOSE_INIT, 0);
    CHECK_OK(lure_policy_create(&o, &init, NULL, &policy, &err), &err);
    const double *parameters = lure_policy_parameters(policy);
    for (size_t i = 0; i < 9; i++)
        CHECK_REAL(parameters[i], i < 6 ? weight[i] : bias);
    /* what is given draws nothing: the second layer gets the stream's first numbers */
    lure_rng_init(&init, 7, LURE_PURPOSE_INIT, 0);
    for (size_t i = 9; i < 409; i++) {
        CHECK_NEAR(parameters[i], (2 * lure_rng_uniform(&init) - 1) / sqrt(3.0), 1e-15);
        most = fmax(most, fabs(parameters[i]));
        sum += parameters[i];
    }
    CHECK(most <= 1 / sqrt(3.0) && most > 0.99 / sqrt(3.0));
    CHECK_NEAR(sum / 400, 0.0, 0.1);
    lure_policy_destroy(policy);
}

TEST(a_policy_without_inputs_is_its_biases)
{
    const lure_layer_options linear = {.train = {true, true}};
    const lure_policy_options o = {
        .layers = &linear, .n_layers = 1, .head = LURE_HEAD_CATEGORICAL, .n_actions = 4, .dtype = LURE_F64};
    lure_policy *policy;
    lure_error err;
    double p[4];
    CHECK_OK(lure_policy_create(&o, NULL, NULL, &policy, &err), &err);
    CHECK_INT((int64_t)lure_policy_n_parameters(policy), 4);
    lure_policy_probabilities(policy, NULL, p);
    for (size_t a = 0; a < 4; a++)
        CHECK_REAL(p[a], 0.25);
    lure_policy_destroy(policy);
}

TEST(bad_options_say_which_layer)
{
    const double numbers[3] = {1, 2, 3}, nan = NAN, huge = 1e300;
    const lure_layer_options linear = {.train = {false, true}}, four = {.n_units = 4};
    const lure_layer_options activation = {.kind = LURE_LAYER_TANH};
    const lure_layer_options wide = {.kind = LURE_LAYER_RELU, .n_units = 3};
    const lure_layer_options three_weights = {.first = {LURE_GIVEN(numbers, 3)}};
    const lure_layer_options no_weights = {.first = {LURE_GIVEN(numbers, 0)}},
                             nan_weight = {.first = {LURE_GIVEN(&nan, 1)}};
    const lure_layer_options three_biases = {.first = {[1] = LURE_GIVEN(numbers, 3)}},
                             huge_bias = {.first = {[1] = LURE_GIVEN(&huge, 1)}};
    const lure_layer_options endless = {.n_units = SIZE_MAX / 2}, a = {.name = "a"},
                             two_a = {.n_units = 2, .name = "a"};
    const lure_layer_options long_name = {.name = "a name that is much longer than any parameter's"};
    const struct {
        lure_head head;
        size_t n_actions, n_layers;
        lure_layer_options layers[3];
        const char *says;
    } cases[] = {
        {LURE_HEAD_BERNOULLI, 2, 0, {linear}, "no linear layer"},
        {LURE_HEAD_BERNOULLI, 2, 1, {activation}, "no linear layer"},
        {LURE_HEAD_BERNOULLI, 3, 1, {linear}, "bernoulli"},
        {LURE_HEAD_CATEGORICAL, 0, 1, {linear}, "categorical"},
        {LURE_HEAD_BERNOULLI, 2, 2, {linear, linear}, "layer 1 (linear) needs its number of units"},
        {LURE_HEAD_BERNOULLI,
         2,
         3,
         {four, activation, four},
         "layer 3 (linear) has 4 units; the head needs 1"},
        {LURE_HEAD_BERNOULLI,
         2,
         2,
         {four, three_weights},
         "layer 2 (linear): \"linear2.weight\" has 3 numbers"},
        {LURE_HEAD_CATEGORICAL,
         2,
         1,
         {three_biases},
         "layer 1 (linear): \"bias\" has 3 numbers; expected 1 or 2"},
        {LURE_HEAD_BERNOULLI, 2, 1, {no_weights}, "\"weight\" has 0 numbers"},
        {LURE_HEAD_BERNOULLI, 2, 1, {nan_weight}, "\"weight\" has nan"},
        {LURE_HEAD_BERNOULLI, 2, 1, {huge_bias}, "\"bias\" has 1e+300, which is no finite float32"},
        {LURE_HEAD_BERNOULLI, 2, 2, {endless, linear}, "layer 1 (linear) is too large"},
        {LURE_HEAD_BERNOULLI, 2, 2, {two_a, a}, "\"a.weight\""},
        {LURE_HEAD_BERNOULLI, 2, 1, {long_name}, "too long"},
        {LURE_HEAD_BERNOULLI, 2, 2, {linear, wide}, "layer 2 is an activation"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lure_memory memory = {0};
        lure_policy_options o = {.layers = cases[i].layers,
                                 .n_layers = cases[i].n_layers,
                                 .head = cases[i].head,
                                 .n_inputs = 3,
                                 .n_actions = cases[i].n_actions,
                                 .dtype = LURE_F32};
        lure_policy *policy;
        lure_rng init;
        lure_error err;
        lure_rng_init(&init, 1, LURE_PURPOSE_INIT, 0);
        CHECK_STATUS(lure_policy_create(&o, &init, &memory, &policy, &err), LURE_ERROR_SCRIPT, &err);
        CHECK_CONTAINS(err.text, cases[i].says);
        CHECK(policy == NULL);
        CHECK_INT((int64_t)memory.used, 0);
    }
}
