/* test_optimizer.c: each rule against PyTorch's traces (reference/optimizer.h) and against single numbers that tell
   apart the variants people confuse; that a refused step changes nothing; that what is frozen never moves. */
#include "learn/optimizer.h"
#include "../reference/optimizer.h"
#include "unit.h"
#include <math.h>
#include <string.h>

static lure_optimizer *create(lure_optimizer_options options, lure_dtype dtype, size_t n)
{
    lure_optimizer *opt;
    lure_error err;
    lure_stretch all = lure_optimizer_stretch(&options, "all", 0, n);
    CHECK_OK(lure_optimizer_create(&options, dtype, n, &all, 1, NULL, &opt, &err), &err);
    return opt;
}

/* One step of one float64 parameter that starts at 0: what was subtracted. */
static double first_step(lure_optimizer_options options, double gradient, double rate)
{
    lure_optimizer *opt = create(options, LURE_F64, 1);
    double parameter = 0.0, step;
    lure_error err;
    CHECK_OK(lure_optimizer_step(opt, &parameter, &gradient, rate, &step, NULL, &err), &err);
    CHECK_REAL(parameter, 0.0 - step);
    lure_optimizer_destroy(opt);
    return step;
}

/* The three parameters of the reference over and over, so that every lane and the tail of a vector is held to it. */
enum { MANY = REFERENCE_SIZE * 19 };

static void follow(lure_optimizer *opt, size_t n, double rate, const double trace[][REFERENCE_SIZE],
                   const char *name)
{
    double parameters[MANY], gradient[MANY];
    lure_error err;
    for (size_t i = 0; i < n; i++)
        parameters[i] = reference_start[i % REFERENCE_SIZE];
    for (size_t t = 0; t < REFERENCE_STEPS; t++) {
        for (size_t i = 0; i < n; i++)
            gradient[i] = reference_gradients[t][i % REFERENCE_SIZE];
        CHECK_OK(lure_optimizer_step(opt, parameters, gradient, rate, NULL, NULL, &err), &err);
        for (size_t i = 0; i < n; i++)
            CHECK_SAY(fabs(parameters[i] - trace[t][i % REFERENCE_SIZE]) <= 1e-14,
                      "%s: parameter %zu of %zu after step %zu is %.17g, expected %.17g", name, i, n, t + 1,
                      parameters[i], trace[t][i % REFERENCE_SIZE]);
    }
    CHECK_INT((int64_t)lure_optimizer_steps(opt), REFERENCE_STEPS);
    lure_optimizer_destroy(opt);
}

static void follow_f32(lure_optimizer *opt, size_t n, double rate, const double trace[][REFERENCE_SIZE],
                       const char *name)
{
    float parameters[MANY], gradient[MANY];
    lure_error err;
    for (size_t i = 0; i < n; i++)
        parameters[i] = (float)reference_start[i % REFERENCE_SIZE];
    for (size_t t = 0; t < REFERENCE_STEPS; t++) {
        for (size_t i = 0; i < n; i++)
            gradient[i] = (float)reference_gradients[t][i % REFERENCE_SIZE];
        CHECK_OK(lure_optimizer_step(opt, parameters, gradient, rate, NULL, NULL, &err), &err);
        for (size_t i = 0; i < n; i++)
            CHECK_SAY(fabs((double)parameters[i] - trace[t][i % REFERENCE_SIZE]) <= 1e-6,
                      "%s: parameter %zu of %zu after step %zu is %.9g, expected %.9g", name, i, n, t + 1,
                      (double)parameters[i], trace[t][i % REFERENCE_SIZE]);
    }
    lure_optimizer_destroy(opt);
}

#define TRACES(name) #name, reference_##name, reference_##name##_f32
static const struct {
    lure_optimizer_options options;
    double rate;
    const char *name;
    const double (*trace)[REFERENCE_SIZE], (*trace_f32)[REFERENCE_SIZE];
} followed[] = {
    {{.kind = LURE_SGD}, 0.1, TRACES(sgd)},
    {{.kind = LURE_SGD, .weight_decay = 0.05}, 0.1, TRACES(sgd_decay)},
    {{.kind = LURE_SGD, .momentum = 0.9}, 0.1, TRACES(momentum)},
    {{.kind = LURE_SGD, .momentum = 0.9, .weight_decay = 0.05}, 0.1, TRACES(momentum_decay)},
    {{.kind = LURE_SGD, .momentum = 0.9, .nesterov = true}, 0.1, TRACES(nesterov)},
    {{.kind = LURE_SGD, .momentum = 0.9, .nesterov = true, .weight_decay = 0.05},
     0.1,
     TRACES(nesterov_decay)},
    {{.kind = LURE_SGD, .momentum = 0.9, .weight_decay = 0.05, .clip_value = REFERENCE_CLIP_VALUE},
     0.1,
     TRACES(momentum_clipped_by_value)},
    {{.kind = LURE_RMSPROP, .alpha = 0.99, .epsilon = 1e-8}, 0.01, TRACES(rmsprop)},
    {{.kind = LURE_RMSPROP, .alpha = 0.9, .epsilon = 1e-5, .weight_decay = 0.05},
     0.01,
     TRACES(rmsprop_decay)},
    {{.kind = LURE_RMSPROP, .alpha = 0.9, .epsilon = 1e-3, .centered = true}, 0.01, TRACES(rmsprop_centered)},
    {{.kind = LURE_RMSPROP, .alpha = 0.9, .epsilon = 1e-8, .momentum = 0.8}, 0.01, TRACES(rmsprop_momentum)},
    {{.kind = LURE_RMSPROP,
      .alpha = 0.9,
      .epsilon = 1e-3,
      .momentum = 0.8,
      .centered = true,
      .weight_decay = 0.05},
     0.01,
     TRACES(rmsprop_all)},
    {{.kind = LURE_ADAGRAD, .epsilon = 1e-10}, 0.1, TRACES(adagrad)},
    {{.kind = LURE_ADAGRAD, .epsilon = 1e-6, .initial_accumulator = 0.25, .weight_decay = 0.05},
     0.1,
     TRACES(adagrad_all)},
    {{.kind = LURE_ADAM, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8}, 0.01, TRACES(adam)},
    {{.kind = LURE_ADAM, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .weight_decay = 0.05},
     0.01,
     TRACES(adam_decay)},
    {{.kind = LURE_ADAM, .beta1 = 0.8, .beta2 = 0.9, .epsilon = 1e-8, .amsgrad = true},
     0.01,
     TRACES(adam_amsgrad)},
    {{.kind = LURE_ADAM, .beta1 = 0.8, .beta2 = 0.9, .epsilon = 1e-5, .amsgrad = true, .weight_decay = 0.05},
     0.01,
     TRACES(adam_all)},
    {{.kind = LURE_ADAMW, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .weight_decay = 0.01},
     0.01,
     TRACES(adamw)},
    {{.kind = LURE_ADAMW, .beta1 = 0.8, .beta2 = 0.9, .epsilon = 1e-8, .weight_decay = 0.3},
     0.01,
     TRACES(adamw_decay)},
    {{.kind = LURE_ADAMW, .beta1 = 0.8, .beta2 = 0.9, .epsilon = 1e-8, .weight_decay = 0.3, .amsgrad = true},
     0.01,
     TRACES(adamw_amsgrad)},
};
enum { N_FOLLOWED = sizeof followed / sizeof *followed };

TEST(every_rule_follows_pytorch)
{
    const size_t sizes[] = {REFERENCE_SIZE, MANY};
    for (size_t r = 0; r < N_FOLLOWED; r++)
        for (size_t s = 0; s < 2; s++)
            follow(create(followed[r].options, LURE_F64, sizes[s]), sizes[s], followed[r].rate,
                   followed[r].trace, followed[r].name);
}

TEST(every_rule_follows_pytorch_in_float32)
{
    const size_t sizes[] = {REFERENCE_SIZE, MANY};
    for (size_t r = 0; r < N_FOLLOWED; r++)
        for (size_t s = 0; s < 2; s++)
            follow_f32(create(followed[r].options, LURE_F32, sizes[s]), sizes[s], followed[r].rate,
                       followed[r].trace_f32, followed[r].name);
}

/* The norm is that of three numbers, so only three are followed. */
TEST(clipped_adam_follows_pytorch)
{
    lure_optimizer_options o = {
        .kind = LURE_ADAM, .beta1 = 0.8, .beta2 = 0.99, .epsilon = 1e-5, .clip_norm = REFERENCE_CLIP_NORM};
    follow(create(o, LURE_F64, REFERENCE_SIZE), REFERENCE_SIZE, 0.01, reference_adam_clipped, "clipped");
    follow_f32(create(o, LURE_F32, REFERENCE_SIZE), REFERENCE_SIZE, 0.01, reference_adam_clipped_f32,
               "clipped");
}

static lure_optimizer *create_groups(lure_dtype dtype)
{
    const lure_optimizer_group groups[] = {{"a", 0.1, 0.0, NAN},
                                           {"b", 7.0, 7.0, NAN},
                                           {"b.weight", 2.0, 0.01, NAN},
                                           {"b.bias", NAN, 0.3, 0.0},
                                           {"b.bi", 5.0, 5.0, 5.0}};
    lure_optimizer_options o = lure_optimizer_defaults(LURE_ADAMW);
    lure_optimizer_group all[5];
    for (size_t i = 0; i < 5; i++)
        all[i] = groups[4 - i]; /* their order is of no account */
    o.groups = all;
    o.n_groups = 5;
    const lure_stretch trainable[] = {lure_optimizer_stretch(&o, "a.weight", 0, 1),
                                      lure_optimizer_stretch(&o, "b.weight", 1, 1),
                                      lure_optimizer_stretch(&o, "c", 2, 1)};
    lure_optimizer *opt;
    lure_error err;
    CHECK_REAL(lure_optimizer_stretch(&o, "b.bias", 2, 1).weight_decay, 0.3);
    CHECK_REAL(lure_optimizer_stretch(&o, "b.bias", 2, 1).rate_scale, 7.0);
    lure_stretch third = trainable[2];
    CHECK_REAL(third.weight_decay, 0.01);
    third.weight_decay = 0.3;
    const lure_stretch used[] = {trainable[0], trainable[1], third};
    CHECK_OK(lure_optimizer_create(&o, dtype, 3, used, 3, NULL, &opt, &err), &err);
    return opt;
}

TEST(groups_follow_pytorch)
{
    follow(create_groups(LURE_F64), REFERENCE_SIZE, 0.01, reference_adamw_groups, "groups");
    follow_f32(create_groups(LURE_F32), REFERENCE_SIZE, 0.01, reference_adamw_groups_f32, "groups");
}

TEST(a_group_covers_a_name_or_the_names_below_it)
{
    CHECK(lure_optimizer_group_covers("value", "value"));
    CHECK(lure_optimizer_group_covers("value", "value.linear1.weight"));
    CHECK(lure_optimizer_group_covers("value.linear1", "value.linear1.weight"));
    CHECK(!lure_optimizer_group_covers("value", "values.linear1.weight"));
    CHECK(!lure_optimizer_group_covers("value.linear1.weight", "value.linear1"));
    CHECK(!lure_optimizer_group_covers("linear1", "value.linear1.weight"));
}

TEST(settings_of_a_group_that_are_none_are_named)
{
    lure_optimizer_options o = lure_optimizer_defaults(LURE_SGD);
    const double bad[] = {-1.0, INFINITY, NAN};
    for (size_t i = 0; i < 3; i++) {
        lure_stretch s = lure_optimizer_stretch(&o, "value.weight", 0, 1);
        lure_optimizer *opt;
        lure_error err;
        *(i == 0 ? &s.rate_scale : i == 1 ? &s.weight_decay : &s.clip_value) = bad[i];
        CHECK_STATUS(lure_optimizer_create(&o, LURE_F64, 1, &s, 1, NULL, &opt, &err), LURE_ERROR_SCRIPT,
                     &err);
        CHECK_CONTAINS(err.text, i == 0   ? "rate of 'value.weight' is -1"
                                 : i == 1 ? "weight_decay of 'value.weight' is inf"
                                          : "clip_value of 'value.weight' is nan");
    }
}

TEST(adam_epsilon_stands_outside_the_corrected_root)
{
    lure_optimizer_options o = lure_optimizer_defaults(LURE_ADAM);
    CHECK_NEAR(first_step(o, 0.1, 1e-3), 9.99999900e-4, 1e-12);
    CHECK_NEAR(first_step(o, 1e-5, 1e-3), 9.990e-4, 1e-7);
    o.epsilon = 1e-5;
    CHECK_NEAR(first_step(o, 0.1, 1e-3), 9.99900e-4, 1e-9);
    CHECK_NEAR(first_step(o, 1e-5, 1e-3), 5.0e-4,
               1e-9); /* inside the root, or uncorrected, it would differ */
}

TEST(a_gradient_whose_norm_overflows_is_refused)
{
    lure_optimizer *opt = create((lure_optimizer_options){.kind = LURE_SGD, .clip_norm = 1.0}, LURE_F64, 2);
    double parameters[2] = {1, 2}, gradient[2] = {1e200, 1e200};
    lure_error err;
    CHECK_INT(lure_optimizer_step(opt, parameters, gradient, 1e-200, NULL, NULL, &err), LURE_ERROR_SCRIPT);
    CHECK(strstr(err.text, "its norm overflows"));
    CHECK_REAL(parameters[0], 1.0);
    lure_optimizer_destroy(opt);
}

TEST(clipping_scales_the_whole_gradient)
{
    lure_optimizer_options o = {.kind = LURE_SGD, .clip_norm = 0.5};
    lure_optimizer *opt = create(o, LURE_F64, 2);
    double parameters[2] = {0, 0}, gradient[2] = {3, 4}, steps[2], norm;
    lure_error err;
    CHECK_OK(lure_optimizer_step(opt, parameters, gradient, 1.0, steps, &norm, &err), &err);
    CHECK_NEAR(steps[0], 0.3, 1e-16);
    CHECK_NEAR(steps[1], 0.4, 1e-16);
    CHECK_REAL(norm, 5.0);
    gradient[0] = 0.1, gradient[1] = 0.2; /* shorter than the limit: left alone */
    CHECK_OK(lure_optimizer_step(opt, parameters, gradient, 1.0, steps, &norm, &err), &err);
    CHECK_REAL(steps[0], 0.1);
    lure_optimizer_destroy(opt);
}

static const lure_optimizer_options rules[] = {
    {.kind = LURE_SGD},
    {.kind = LURE_SGD, .momentum = 0.9},
    {.kind = LURE_SGD, .momentum = 0.9, .nesterov = true, .clip_norm = 1.0},
    {.kind = LURE_ADAM, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8},
    {.kind = LURE_ADAM, .beta1 = 0.0, .beta2 = 0.0, .epsilon = 1e-8, .clip_norm = 1.0},
    {.kind = LURE_ADAM, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .amsgrad = true},
    {.kind = LURE_ADAMW, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8, .weight_decay = 0.01},
    {.kind = LURE_RMSPROP, .alpha = 0.9, .epsilon = 1e-8},
    {.kind = LURE_RMSPROP, .alpha = 0.9, .epsilon = 1e-8, .centered = true, .momentum = 0.5},
    {.kind = LURE_ADAGRAD, .epsilon = 1e-10, .initial_accumulator = 0.1},
    {.kind = LURE_SGD, .clip_value = 0.5},
    {.kind = LURE_SGD, .weight_decay = 0.1, .clip_value = 0.5, .momentum = 0.1},
};
enum { N_RULES = sizeof rules / sizeof *rules };

TEST(what_is_frozen_is_neither_read_nor_written)
{
    for (size_t r = 0; r < N_RULES; r++) {
        const lure_stretch trainable[] = {lure_optimizer_stretch(&rules[r], "a", 1, 2),
                                          lure_optimizer_stretch(&rules[r], "b", 5, 1)};
        lure_optimizer *opt;
        lure_error err;
        double parameters[7] = {10, 11, 12, NAN, 14, 15, 16}, steps[7];
        const double gradient[7] = {NAN, 1, -1, INFINITY, 5, 2, NAN};
        CHECK_OK(lure_optimizer_create(&rules[r], LURE_F64, 7, trainable, 2, NULL, &opt, &err), &err);
        for (int t = 0; t < 20; t++) {
            double norm;
            memset(steps, 0xff, sizeof steps);
            CHECK_OK(lure_optimizer_step(opt, parameters, gradient, 0.01, steps, &norm, &err), &err);
            CHECK_NEAR(norm, sqrt(6.0), 1e-15);
            CHECK_REAL(steps[0], 0.0);
            CHECK_REAL(steps[3], 0.0);
            CHECK(steps[5] > 0.0);
        }
        CHECK_REAL(parameters[0], 10.0);
        CHECK_REAL(parameters[3], (double)NAN);
        CHECK_REAL(parameters[4], 14.0);
        CHECK_REAL(parameters[6], 16.0);
        CHECK(parameters[1] != 11.0 && parameters[2] != 12.0 && parameters[5] < 15.0);
        lure_optimizer_destroy(opt);
    }
}

/* Refuses this step, and goes on as if it had never been asked for. */
static void check_refusal(const lure_optimizer_options *rule, const double bad[3], double rate,
                          const char *says)
{
    lure_optimizer *asked = create(*rule, LURE_F64, 3), *spared = create(*rule, LURE_F64, 3);
    double p[3] = {1.79e308, 2, 3}, q[3] = {1.79e308, 2, 3};
    const double good[3] = {0.5, -0.25, 1};
    lure_error err;
    CHECK_OK(lure_optimizer_step(asked, p, good, 0.1, NULL, NULL, &err), &err);
    CHECK_OK(lure_optimizer_step(spared, q, good, 0.1, NULL, NULL, &err), &err);
    CHECK_STATUS(lure_optimizer_step(asked, p, bad, rate, NULL, NULL, &err), LURE_ERROR_SCRIPT, &err);
    CHECK_CONTAINS(err.text, says);
    CHECK_INT((int64_t)lure_optimizer_steps(asked), 1);
    CHECK_OK(lure_optimizer_step(asked, p, good, 0.1, NULL, NULL, &err), &err);
    CHECK_OK(lure_optimizer_step(spared, q, good, 0.1, NULL, NULL, &err), &err);
    for (size_t i = 0; i < 3; i++)
        CHECK_REAL(p[i], q[i]);
    lure_optimizer_destroy(asked);
    lure_optimizer_destroy(spared);
}

TEST(a_refused_step_changes_nothing)
{
    const double with_nan[3] = {0.5, 1, NAN}, with_infinity[3] = {0.5, -INFINITY, 1}, good[3] = {-1, 1, 1};
    const double huge[3] = {-1e200, 0, 0}; /* its square is infinite */
    for (size_t r = 0; r < N_RULES; r++) {
        check_refusal(&rules[r], with_nan, 0.1, "gradient of all is nan at number 3 of 3");
        check_refusal(&rules[r], with_nan, 0.0, "gradient of all is nan at number 3 of 3");
        check_refusal(&rules[r], with_infinity, 0.1, "gradient of all is -inf at number 2 of 3");
        check_refusal(&rules[r], good, 1.7e308, "learning rate 1.7e+308");
        check_refusal(&rules[r], good, -0.1, "learning rate is -0.1");
        check_refusal(&rules[r], good, NAN, "learning rate is");
        check_refusal(&rules[r], good, INFINITY, "learning rate is inf");
        if (rules[r].kind == LURE_ADAM)
            check_refusal(&rules[r], huge, 0.1, "too large");
    }
}

TEST(a_float32_step_beyond_its_range_is_refused)
{
    lure_optimizer *opt = create(lure_optimizer_defaults(LURE_SGD), LURE_F32, 1);
    float parameter = -3e38f, gradient = 1e38f;
    lure_error err;
    CHECK_STATUS(lure_optimizer_step(opt, &parameter, &gradient, 1.0, NULL, NULL, &err), LURE_ERROR_SCRIPT,
                 &err);
    CHECK_CONTAINS(err.text, "float32");
    CHECK_REAL((double)parameter, (double)-3e38f);
    lure_optimizer_destroy(opt);
}

TEST(rate_0_moves_nothing)
{
    for (size_t r = 0; r < N_RULES; r++)
        CHECK_REAL(first_step(rules[r], 0.7, 0.0), 0.0);
}

TEST(state_put_back_gives_the_same_bits)
{
    for (size_t r = 0; r < N_RULES; r++) {
        lure_optimizer *whole = create(rules[r], LURE_F64, REFERENCE_SIZE), *second = NULL;
        double p[REFERENCE_SIZE] = {1, -2, 0.5}, q[REFERENCE_SIZE];
        lure_error err;
        for (size_t t = 0; t < REFERENCE_STEPS; t++) {
            if (t == 5) { /* a new optimizer takes over from what a checkpoint would hold */
                second = create(rules[r], LURE_F64, REFERENCE_SIZE);
                memcpy(q, p, sizeof q);
                for (size_t i = 0; i < lure_optimizer_n_blocks(whole); i++) {
                    CHECK_TEXT(lure_optimizer_block_name(second, i), lure_optimizer_block_name(whole, i));
                    memcpy(lure_optimizer_block(second, i), lure_optimizer_block(whole, i), sizeof q);
                }
                lure_optimizer_set_steps(second, lure_optimizer_steps(whole));
            }
            CHECK_OK(lure_optimizer_step(whole, p, reference_gradients[t], 0.1, NULL, NULL, &err), &err);
            if (second)
                CHECK_OK(lure_optimizer_step(second, q, reference_gradients[t], 0.1, NULL, NULL, &err), &err);
        }
        CHECK(second && lure_optimizer_steps(second) == REFERENCE_STEPS);
        for (size_t i = 0; i < REFERENCE_SIZE; i++)
            CHECK_REAL(q[i], p[i]);
        lure_optimizer_destroy(whole);
        lure_optimizer_destroy(second);
    }
}

TEST(blocks_are_named_for_checkpoints)
{
    lure_optimizer *sgd = create(rules[0], LURE_F32, 1), *momentum = create(rules[1], LURE_F32, 1);
    lure_optimizer *adam = create(rules[3], LURE_F32, 1);
    CHECK_INT((int64_t)lure_optimizer_n_blocks(sgd), 0);
    CHECK_INT((int64_t)lure_optimizer_n_blocks(momentum), 1);
    CHECK_TEXT(lure_optimizer_block_name(momentum, 0), "momentum");
    CHECK_INT((int64_t)lure_optimizer_n_blocks(adam), 2);
    CHECK_TEXT(lure_optimizer_block_name(adam, 0), "first_moment");
    CHECK_TEXT(lure_optimizer_block_name(adam, 1), "second_moment");
    CHECK_INT(lure_optimizer_kind_of(adam), LURE_ADAM);
    CHECK_REAL(lure_optimizer_options_of(momentum)->momentum, 0.9);
    lure_optimizer_destroy(sgd);
    lure_optimizer_destroy(momentum);
    lure_optimizer_destroy(adam);
    lure_optimizer_destroy(NULL);
}

TEST(bad_options_are_named)
{
    const struct {
        lure_optimizer_options options;
        const char *says;
    } cases[] = {
        {{.kind = LURE_SGD, .momentum = 1.0}, "momentum is 1"},
        {{.kind = LURE_SGD, .momentum = -0.1}, "momentum is -0.1"},
        {{.kind = LURE_SGD, .momentum = NAN}, "momentum is"},
        {{.kind = LURE_SGD, .nesterov = true}, "nesterov"},
        {{.kind = LURE_SGD, .clip_norm = -1}, "clip_norm is -1"},
        {{.kind = LURE_SGD, .clip_norm = INFINITY}, "clip_norm is inf"},
        {{.kind = LURE_ADAM, .beta1 = 1, .beta2 = 0.9, .epsilon = 1e-8}, "beta1 is 1"},
        {{.kind = LURE_ADAM, .beta1 = 0.9, .beta2 = 2, .epsilon = 1e-8}, "beta2 is 2"},
        {{.kind = LURE_ADAM, .beta1 = 0.9, .beta2 = 0.9, .epsilon = 0}, "epsilon is 0"},
        {{.kind = LURE_ADAM, .beta1 = 0.9, .beta2 = 0.9, .epsilon = NAN}, "epsilon is"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lure_memory memory = {0};
        lure_optimizer *opt;
        lure_error err;
        lure_stretch all = lure_optimizer_stretch(&cases[i].options, "all", 0, 1);
        CHECK_STATUS(lure_optimizer_create(&cases[i].options, LURE_F64, 1, &all, 1, &memory, &opt, &err),
                     LURE_ERROR_SCRIPT, &err);
        CHECK_CONTAINS(err.text, cases[i].says);
        CHECK(opt == NULL);
        CHECK_INT((int64_t)memory.n_requests, 0);
    }
}

TEST(every_refused_allocation_is_reported_and_nothing_leaks)
{
    for (uint64_t n = 1;; n++) {
        lure_memory memory = {.fail_at = n};
        lure_optimizer *opt;
        lure_error err;
        lure_stretch all = lure_optimizer_stretch(&rules[3], "all", 0, 9);
        lure_status status = lure_optimizer_create(&rules[3], LURE_F32, 9, &all, 1, &memory, &opt, &err);
        if (status != LURE_OK)
            CHECK_STATUS(status, LURE_ERROR_MEMORY, &err);
        CHECK((opt != NULL) == (status == LURE_OK));
        lure_optimizer_destroy(opt);
        CHECK_INT((int64_t)memory.used, 0);
        if (status == LURE_OK) {
            CHECK(n > 1);
            break;
        }
    }
}
