/* test_evaluate.c: policies on a tape: trunk and value, copies, parameters as values of their own, the chain rule through
   a trunk, memory, and the same bits on every path. Derivatives are in test_layer.c and test_distribution.c. */
#include "policy_subject.h"
#include "random_policy.h"
#include "unit.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const lure_layer_options trunk[] = {{.n_units = 5, .train = {true, true}},
                                           {.kind = LURE_LAYER_TANH},
                                           {.kind = LURE_LAYER_LAYER_NORM, .train = {true, true}}};
static const lure_layer_options body[] = {
    {.n_units = 4, .train = {true, false}}, {.kind = LURE_LAYER_RELU}, {.train = {true, true}}};
static const lure_layer_options value[] = {{.train = {true, true}}};
static const lure_policy_options options = {.layers = body,
                                            .n_layers = 3,
                                            .trunk = trunk,
                                            .n_trunk = 3,
                                            .value = value,
                                            .n_value = 1,
                                            .head = LURE_HEAD_CATEGORICAL,
                                            .n_inputs = 3,
                                            .n_actions = 3,
                                            .dtype = LURE_F64};

static lure_policy *create(const lure_policy_options *o, lure_memory *memory)
{
    lure_policy *policy;
    lure_rng init;
    lure_error err;
    lure_rng_init(&init, 2, LURE_PURPOSE_INIT, 0);
    CHECK_OK(lure_policy_create(o, &init, memory, &policy, &err), &err);
    return policy;
}

TEST(parts_are_named_and_laid_out_in_order)
{
    const char *names[] = {"trunk.linear1.weight",   "trunk.linear1.bias", "trunk.layer_norm1.gain",
                           "trunk.layer_norm1.bias", "linear1.weight",     "linear1.bias",
                           "linear2.weight",         "linear2.bias",       "log_std",
                           "value.weight",           "value.bias"};
    lure_policy_options o = options;
    o.head = LURE_HEAD_GAUSSIAN;
    o.log_std = (lure_first){LURE_INIT_CONSTANT, .scale = -0.5};
    lure_policy *policy = create(&o, NULL);
    size_t offset = 0;
    CHECK_INT((int64_t)lure_policy_n_named(policy), 11);
    for (size_t i = 0; i < 11; i++) {
        const lure_parameter *p = lure_policy_named(policy, i);
        CHECK_TEXT(p->name, names[i]);
        CHECK_INT((int64_t)p->offset, (int64_t)offset);
        offset += p->size;
    }
    CHECK_INT((int64_t)lure_policy_n_parameters(policy), (int64_t)offset);
    const double *numbers = lure_policy_parameters(policy);
    CHECK_REAL(numbers[lure_policy_find(policy, "log_std")->offset + 2], -0.5);
    CHECK(!lure_policy_find(policy, "log_std")->trainable &&
          !lure_policy_find(policy, "linear1.bias")->trainable);
    CHECK(lure_policy_has_value(policy) && lure_policy_n_outputs(policy) == 3);
    lure_policy_destroy(policy);
}

TEST(the_chain_rule_goes_through_the_trunk)
{
    lure_policy *policy = create(&options, NULL);
    const double observation[3] = {0.3, -0.7, 1.1};
    const int32_t action = 1;
    double gradient[200];
    lure_error err;
    CHECK(lure_policy_n_parameters(policy) <= 200);
    CHECK_OK(lure_policy_gradient(policy, 1, observation, &action, NULL, NULL, gradient, NULL, NULL, &err),
             &err);
    for (size_t i = 0; i < lure_policy_n_parameters(policy); i++) {
        lure_chain c;
        CHECK_OK(lure_policy_chain(policy, observation, action, i, &c, &err), &err);
        if (random_is_trainable(policy, i))
            CHECK_NEAR(c.derivative, gradient[i], 1e-15);
        CHECK_NEAR(c.dce_dp * c.dp_dz * c.dz_dparameter, c.derivative, 1e-14);
    }
    lure_policy_destroy(policy);
}

static void compare_with_log_probabilities(bool masked)
{
    static subject s;
    static double on_tape[SUBJECT_MOST], straight[SUBJECT_MOST], weights[SUBJECT_MOST];
    int32_t legal[9 * 3];
    const size_t sides[2] = {9, 3};
    const lure_tensor mask = lure_tensor_view(legal, LURE_I32, 2, sides);
    lure_policy *policy = create(&options, NULL);
    lure_tape *tape;
    lure_rng rng;
    lure_error err;
    lure_rng_init(&rng, 1, LURE_PURPOSE_USER, 0);
    subject_draw(&s, policy, 9, &rng);
    for (size_t i = 0; i < 9 * 3; i++) {
        s.coefficients[i] = 0;                                           /* outputs */
        legal[i] = i % 3 == (size_t)s.choices[i / 3] || (i / 3 + i) % 2; /* some rows lose one, some two */
    }
    for (size_t i = 0; i < 27; i++) {
        double *c = &s.coefficients[27 + i];
        *c = i < 9 ? *c : 0;
        if (i < 9)
            weights[i] = -9 * *c;
    }
    s.context.mask = masked ? &mask : NULL;
    CHECK_OK(lure_tape_create(NULL, &tape, &err), &err);
    double loss, on = subject_gradient(&s, tape, on_tape, NULL);
    CHECK_OK(lure_policy_gradient(policy, 9, s.observations, s.choices, weights, s.context.mask, straight,
                                  &loss, NULL, &err),
             &err);
    CHECK_NEAR(on, loss, 1e-14);
    for (size_t i = 0; i < lure_policy_n_parameters(policy); i++)
        CHECK_NEAR(on_tape[i], straight[i], 1e-14);
    s.context.mask = NULL;
    lure_tape_destroy(tape);
    lure_policy_destroy(policy);
}

TEST(a_policys_gradient_is_that_of_its_log_probabilities)
{
    compare_with_log_probabilities(false);
    compare_with_log_probabilities(true);
}

/* Whatever lay in the gradient before, and whatever is frozen. */
TEST(all_of_a_gradient_is_written)
{
    for (unsigned frozen = 0; frozen < 4; frozen++) {
        static subject s;
        static double first[SUBJECT_MOST], again[SUBJECT_MOST];
        lure_layer_options trunk_layers[3], body_layers[3];
        lure_policy_options o = options;
        lure_rng rng;
        lure_error err;
        memcpy(trunk_layers, trunk, sizeof trunk);
        memcpy(body_layers, body, sizeof body);
        for (size_t i = 0; i < 3; i++)
            for (size_t j = 0; j < LURE_LAYER_PARAMETERS; j++) {
                trunk_layers[i].train[j] &= (frozen & 1) == 0;
                body_layers[i].train[j] &= (frozen & 2) == 0;
            }
        o.trunk = trunk_layers;
        o.layers = body_layers;
        lure_policy *policy = create(&o, NULL);
        size_t n = lure_policy_n_parameters(policy), n_zeros = 0, n_frozen = 0;
        lure_rng_init(&rng, 1, LURE_PURPOSE_USER, 0);
        subject_draw(&s, policy, 9, &rng);
        memset(first, 0xff, sizeof first);
        for (size_t i = 0; i < n; i++)
            again[i] = 1e300;
        CHECK_OK(
            lure_policy_gradient(policy, 9, s.observations, s.choices, NULL, NULL, first, NULL, NULL, &err),
            &err);
        CHECK_OK(
            lure_policy_gradient(policy, 9, s.observations, s.choices, NULL, NULL, again, NULL, NULL, &err),
            &err);
        for (size_t i = 0; i < n; i++) {
            CHECK_REAL(first[i], again[i]);
            CHECK(random_is_trainable(policy, i) || first[i] == 0);
            n_zeros += first[i] == 0;
            n_frozen += !random_is_trainable(policy, i);
        }
        CHECK(isnan(first[n]) && n_zeros < n_frozen + n / 2);
        lure_policy_destroy(policy);
    }
}

TEST(a_parameter_is_a_value_of_its_own)
{
    lure_policy *policy = create(&options, NULL);
    lure_tape *tape;
    lure_error err;
    double gradient[200];
    size_t n = lure_policy_n_parameters(policy);
    const double *numbers = lure_policy_parameters(policy);
    lure_tensor block = lure_tensor_view(lure_policy_parameters(policy), LURE_F64, 1, &n);
    lure_value leaf, weight, bias, square = {.node = 0}, sum = {.node = 0};
    const lure_op_options all = {.axis = LURE_ALL_AXES};
    const lure_parameter *p = lure_policy_find(policy, "linear1.weight");
    CHECK_OK(lure_tape_create(NULL, &tape, &err), &err);
    lure_tape_begin(tape);
    CHECK_OK(lure_tape_leaf(tape, &block, gradient, &leaf, &err), &err);
    CHECK_OK(lure_policy_parameter(policy, tape, &leaf, p, &weight, &err), &err);
    CHECK_OK(
        lure_policy_parameter(policy, tape, &leaf, lure_policy_find(policy, "linear1.bias"), &bias, &err),
        &err);
    CHECK(weight.node != 0 && bias.node == 0); /* that one is fixed */
    CHECK_OK(lure_tape_apply(tape, LURE_OP_SQUARE, 1, &weight, NULL, &square, &err), &err);
    CHECK_OK(lure_tape_apply(tape, LURE_OP_SUM, 1, &square, &all, &sum, &err), &err);
    CHECK_OK(lure_tape_backward(tape, &sum, &err), &err);
    for (size_t i = 0; i < n; i++)
        CHECK_REAL(gradient[i], i >= p->offset && i < p->offset + p->size ? 2 * numbers[i] : 0.0);
    lure_tape_destroy(tape);
    lure_policy_destroy(policy);
}

TEST(copies_are_alike_and_apart)
{
    static subject s;
    lure_memory memory = {0};
    lure_policy *policy = create(&options, &memory), *copy;
    lure_rng rng;
    lure_error err;
    double kl;
    lure_rng_init(&rng, 1, LURE_PURPOSE_USER, 0);
    subject_draw(&s, policy, 4, &rng);
    CHECK_OK(lure_policy_copy(policy, &memory, &copy, &err), &err);
    CHECK(lure_policy_is_like(policy, copy));
    double before = subject_loss(&s);
    s.policy = copy;
    CHECK_REAL(subject_loss(&s), before);
    double *numbers = lure_policy_parameters(copy), *own = lure_policy_parameters(policy);
    for (size_t i = 0; i < lure_policy_n_parameters(copy); i++)
        numbers[i] += 1;
    s.policy = policy;
    CHECK_REAL(subject_loss(&s), before);
    double first = own[0];
    lure_policy_load(policy, copy, 0.25);
    CHECK_NEAR(own[0], first + 0.25, 1e-15);
    /* the distance between two is that of their outputs */
    lure_value rows = {.node = 0}, outputs = {.node = 0};
    const size_t shape[2] = {4, 3};
    rows.tensor = lure_tensor_view(s.observations, LURE_F64, 2, shape);
    CHECK_OK(lure_policy_forward(copy, NULL, NULL, &rows, NULL, &outputs, NULL, &err), &err);
    CHECK_OK(lure_policy_divergence(policy, 4, s.observations, NULL, outputs.tensor.data, NULL, &kl, &err),
             &err);
    CHECK(kl > 1e-6);
    lure_policy_load(policy, copy, 1);
    CHECK_REAL(own[0], numbers[0]);
    CHECK_OK(lure_policy_divergence(policy, 4, s.observations, NULL, outputs.tensor.data, NULL, &kl, &err),
             &err);
    CHECK_REAL(kl, 0.0);
    lure_policy_destroy(policy);
    lure_policy_destroy(copy);
    CHECK_INT((int64_t)memory.used, 0);
}

TEST(what_does_not_fit_is_refused)
{
    const lure_layer_options gru[] = {{.kind = LURE_LAYER_GRU, .n_units = 2}, {.n_units = 0}};
    lure_policy_options o = {.layers = gru,
                             .n_layers = 2,
                             .head = LURE_HEAD_CATEGORICAL,
                             .n_inputs = 1,
                             .n_actions = 2,
                             .dtype = LURE_F64};
    lure_policy *recurrent = create(&o, NULL);
    o.layers = value, o.n_layers = 1, o.head = LURE_HEAD_GAUSSIAN;
    lure_policy *gaussian = create(&o, NULL);
    const double x[4] = {1, 2, 3, 4}, inf[4] = {0, 0, INFINITY, 0};
    const int32_t actions[4] = {0};
    double gradient[100];
    lure_error err;
    CHECK_STATUS(lure_policy_gradient(recurrent, 4, x, actions, NULL, NULL, gradient, NULL, NULL, &err),
                 LURE_ERROR_SCRIPT, &err);
    CHECK_CONTAINS(err.text, "with a state");
    CHECK_STATUS(lure_policy_gradient(gaussian, 4, x, actions, NULL, NULL, gradient, NULL, NULL, &err),
                 LURE_ERROR_SCRIPT, &err);
    CHECK_CONTAINS(err.text, "gaussian");
    const lure_policy_context three = {.n_envs = 3};
    double acted[8];
    CHECK_STATUS(lure_policy_act(recurrent, 4, x, &three, NULL, acted, NULL, NULL, &err), LURE_ERROR_SCRIPT,
                 &err);
    CHECK_CONTAINS(err.text, "4 rows are no whole number of steps of 3");
    CHECK_STATUS(lure_policy_act(gaussian, 4, inf, NULL, NULL, acted, NULL, NULL, &err), LURE_ERROR_SCRIPT,
                 &err);
    CHECK_CONTAINS(err.text, "row 3 of 4: observation 1 of 1 is inf");
    const size_t shape[2] = {4, 2};
    lure_tensor mask = lure_tensor_view(acted, LURE_F64, 2, shape);
    lure_policy_context masked = {.mask = &mask};
    CHECK_STATUS(lure_policy_act(gaussian, 4, x, &masked, NULL, acted, NULL, NULL, &err), LURE_ERROR_SCRIPT,
                 &err);
    CHECK_CONTAINS(err.text, "no actions to mask");
    mask.shape[0] = 3;
    CHECK_STATUS(lure_policy_act(gaussian, 4, x, &masked, NULL, acted, NULL, NULL, &err), LURE_ERROR_SCRIPT,
                 &err);
    CHECK_CONTAINS(err.text, "a mask of 6 numbers for 4 rows of 2 actions");
    lure_policy_destroy(recurrent);
    lure_policy_destroy(gaussian);
}

/* ---- memory ---- */

/* A small life with everything in it; whatever is refused is reported, and everything is given back. */
static lure_status live(lure_memory *memory, bool warm, lure_error *err)
{
    static subject s;
    static double gradient[SUBJECT_MOST];
    lure_policy *policy = NULL, *copy = NULL;
    lure_tape *tape = NULL;
    lure_rng rng;
    lure_value rows = {.node = 0}, leaf;
    const size_t n = 6, shape[2] = {6, 3};
    lure_rng_init(&rng, 2, LURE_PURPOSE_INIT, 0);
    lure_status status = lure_policy_create(&options, &rng, memory, &policy, err);
    if (status == LURE_OK)
        status = lure_policy_copy(policy, memory, &copy, err);
    if (status == LURE_OK)
        status = lure_tape_create(memory, &tape, err);
    rows.tensor = lure_tensor_view(s.observations, LURE_F64, 2, shape);
    uint64_t requests = 0;
    for (int turn = 0; turn < 4 && status == LURE_OK; turn++) {
        if (turn == 2)
            requests = memory->n_requests;
        lure_value log_prob = {.node = 0}, entropy = {.node = 0}, values = {.node = 0}, sum = {.node = 0};
        const lure_op_options all = {.axis = LURE_ALL_AXES};
        size_t n_parameters = lure_policy_n_parameters(policy);
        lure_tensor block = lure_tensor_view(lure_policy_parameters(policy), LURE_F64, 1, &n_parameters);
        lure_tensor actions = lure_tensor_view(s.choices, LURE_I32, 1, &n);
        status = lure_policy_act(policy, n, s.observations, NULL, &rng, s.choices, gradient, gradient, err);
        lure_tape_begin(tape);
        if (status == LURE_OK)
            status = lure_tape_leaf(tape, &block, gradient, &leaf, err);
        if (status == LURE_OK)
            status = lure_policy_evaluate(policy, tape, &leaf, &rows, &actions, NULL, &log_prob, &entropy,
                                          &values, err);
        if (status == LURE_OK) {
            lure_value pair[2] = {log_prob, values}, product = {.node = 0};
            status = lure_tape_apply(tape, LURE_OP_MULTIPLY, 2, pair, NULL, &product, err);
            pair[0] = product, pair[1] = entropy;
            product = (lure_value){.node = 0};
            if (status == LURE_OK)
                status = lure_tape_apply(tape, LURE_OP_ADD, 2, pair, NULL, &product, err);
            if (status == LURE_OK)
                status = lure_tape_apply(tape, LURE_OP_SUM, 1, &product, &all, &sum, err);
        }
        if (status == LURE_OK)
            status = lure_tape_backward(tape, &sum, err);
        if (status == LURE_OK)
            status = lure_policy_gradient(policy, n, s.observations, s.choices, NULL, NULL, gradient, NULL,
                                          NULL, err);
    }
    if (warm)
        CHECK_INT((int64_t)memory->n_requests, (int64_t)requests);
    lure_tape_destroy(tape);
    lure_policy_destroy(copy);
    lure_policy_destroy(policy);
    return status;
}

TEST(every_refused_allocation_of_a_pass_is_reported_and_nothing_leaks)
{
    lure_status status = LURE_ERROR_MEMORY;
    uint64_t n = 0;
    while (status != LURE_OK) {
        lure_memory memory = {.fail_at = ++n};
        lure_error err;
        status = live(&memory, false, &err);
        if (status != LURE_OK)
            CHECK_STATUS(status, LURE_ERROR_MEMORY, &err);
        CHECK_INT((int64_t)memory.used, 0);
    }
    CHECK_SAY(n > 20, "only %d allocations were refused", (int)n - 1);
}

TEST(a_warm_pass_allocates_nothing)
{
    lure_memory memory = {0};
    lure_error err;
    CHECK_OK(live(&memory, true, &err), &err);
    CHECK_INT((int64_t)memory.used, 0);
}

TEST(a_usual_policy_is_small)
{
    static float x[4 * 128], gradient[4610];
    static int32_t actions[128];
    const lure_layer_options layers[] = {{.n_units = 64, .train = {true, true}},
                                         {.kind = LURE_LAYER_TANH},
                                         {.n_units = 64, .train = {true, true}},
                                         {.kind = LURE_LAYER_TANH},
                                         {.train = {true, true}}};
    const lure_policy_options o = {.layers = layers,
                                   .n_layers = 5,
                                   .head = LURE_HEAD_CATEGORICAL,
                                   .n_inputs = 4,
                                   .n_actions = 2,
                                   .dtype = LURE_F32};
    lure_memory memory = {0};
    lure_error err;
    lure_policy *policy = create(&o, &memory);
    CHECK_INT((int64_t)lure_policy_n_parameters(policy), 4610);
    CHECK_OK(lure_policy_gradient(policy, 64, x, actions, NULL, NULL, gradient, NULL, NULL, &err), &err);
    CHECK_SAY(memory.used < 120000, "%zu bytes", memory.used);
    lure_policy_destroy(policy);
}

/* ---- the same bits on every path ---- */

static uint64_t hash_of(lure_dtype dtype)
{
    static unsigned char x[64 * 3 * 8], gradient[4096], actions[64 * 8 * 4], log_prob[512], values[512];
    lure_policy_options o = options;
    lure_rng rng;
    lure_error err;
    uint64_t hash = 14695981039346656037u;
    o.dtype = dtype;
    memset(gradient, 0, sizeof gradient);
    lure_policy *policy = create(&o, NULL);
    lure_rng_init(&rng, 9, LURE_PURPOSE_USER, 0);
    for (size_t i = 0; i < 13 * 3; i++) {
        double number = 2 * lure_rng_uniform(&rng) - 1;
        if (dtype == LURE_F32)
            ((float *)(void *)x)[i] = (float)number;
        else
            ((double *)(void *)x)[i] = number;
    }
    CHECK_OK(lure_policy_act(policy, 13, x, NULL, &rng, actions, log_prob, values, &err), &err);
    CHECK_OK(lure_policy_gradient(policy, 13, x, (int32_t *)(void *)actions, NULL, NULL, gradient, NULL, NULL,
                                  &err),
             &err);
    const unsigned char *const all[] = {gradient, log_prob, values};
    const size_t sizes[] = {lure_policy_n_parameters(policy), 13, 13};
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < sizes[k] * lure_dtype_size(dtype); i++)
            hash = (hash ^ all[k][i]) * 1099511628211u;
    lure_policy_destroy(policy);
    return hash;
}

TEST(policies_have_the_same_bits_on_every_path)
{
    const char *paths[] = {"portable", "avx2", "avx512"}, *before = getenv("LURE_CPU");
    char kept[32] = "";
    lure_error err;
    snprintf(kept, sizeof kept, "%s", before ? before : "");
    uint64_t expected[2] = {hash_of(LURE_F32), hash_of(LURE_F64)}, seen[3][2] = {{0}};
    for (size_t i = 0; i < 3; i++) {
        setenv("LURE_CPU", paths[i], 1);
        bool can = lure_cpu_path_init(&err) == LURE_OK;
        seen[i][0] = can ? hash_of(LURE_F32) : expected[0];
        seen[i][1] = can ? hash_of(LURE_F64) : expected[1];
    }
    if (before)
        setenv("LURE_CPU", kept, 1);
    else
        unsetenv("LURE_CPU");
    CHECK_OK(lure_cpu_path_init(&err), &err);
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 2; k++)
            CHECK_WORD(seen[i][k], expected[k]);
}
