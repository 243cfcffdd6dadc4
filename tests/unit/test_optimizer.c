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
    lure_stretch all = {0, n};
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

static void follow(lure_optimizer_options options, double rate, const double trace[][REFERENCE_SIZE])
{
    lure_optimizer *opt = create(options, LURE_F64, REFERENCE_SIZE);
    double parameters[REFERENCE_SIZE];
    lure_error err;
    memcpy(parameters, reference_start, sizeof parameters);
    for (size_t t = 0; t < REFERENCE_STEPS; t++) {
        CHECK_OK(lure_optimizer_step(opt, parameters, reference_gradients[t], rate, NULL, NULL, &err), &err);
        for (size_t i = 0; i < REFERENCE_SIZE; i++)
            CHECK_NEAR(parameters[i], trace[t][i], 4e-15);
    }
    CHECK_INT((int64_t)lure_optimizer_steps(opt), REFERENCE_STEPS);
    lure_optimizer_destroy(opt);
}

static void follow_f32(lure_optimizer_options options, double rate, const double trace[][REFERENCE_SIZE])
{
    lure_optimizer *opt = create(options, LURE_F32, REFERENCE_SIZE);
    float parameters[REFERENCE_SIZE], gradient[REFERENCE_SIZE];
    lure_error err;
    for (size_t i = 0; i < REFERENCE_SIZE; i++)
        parameters[i] = (float)reference_start[i];
    for (size_t t = 0; t < REFERENCE_STEPS; t++) {
        for (size_t i = 0; i < REFERENCE_SIZE; i++)
            gradient[i] = (float)reference_gradients[t][i];
        CHECK_OK(lure_optimizer_step(opt, parameters, gradient, rate, NULL, NULL, &err), &err);
        for (size_t i = 0; i < REFERENCE_SIZE; i++)
            CHECK_NEAR((double)parameters[i], trace[t][i], 6e-7);
    }
    lure_optimizer_destroy(opt);
}

TEST(sgd_follows_pytorch)
{
    follow(lure_optimizer_defaults(LURE_SGD), 0.1, reference_sgd);
    follow_f32(lure_optimizer_defaults(LURE_SGD), 0.1, reference_sgd_f32);
}

TEST(momentum_follows_pytorch)
{
    lure_optimizer_options o = {.kind = LURE_SGD, .momentum = 0.9};
    follow(o, 0.1, reference_momentum);
    follow_f32(o, 0.1, reference_momentum_f32);
}

TEST(nesterov_follows_pytorch)
{
    lure_optimizer_options o = {.kind = LURE_SGD, .momentum = 0.9, .nesterov = true};
    follow(o, 0.1, reference_nesterov);
    follow_f32(o, 0.1, reference_nesterov_f32);
}

TEST(adam_follows_pytorch)
{
    follow(lure_optimizer_defaults(LURE_ADAM), 0.01, reference_adam);
    follow_f32(lure_optimizer_defaults(LURE_ADAM), 0.01, reference_adam_f32);
}

TEST(clipped_adam_follows_pytorch)
{
    lure_optimizer_options o = {
        .kind = LURE_ADAM, .beta1 = 0.8, .beta2 = 0.99, .epsilon = 1e-5, .clip_norm = REFERENCE_CLIP_NORM};
    follow(o, 0.01, reference_adam_clipped);
    follow_f32(o, 0.01, reference_adam_clipped_f32);
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
};
enum { N_RULES = sizeof rules / sizeof *rules };

TEST(what_is_frozen_is_neither_read_nor_written)
{
    const lure_stretch trainable[] = {{1, 2}, {5, 1}};
    for (size_t r = 0; r < N_RULES; r++) {
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
        CHECK(parameters[1] < 11.0 && parameters[2] > 12.0 && parameters[5] < 15.0);
        lure_optimizer_destroy(opt);
    }
}

/* Refuses this step, and goes on as if it had never been asked for. */
static void check_refusal(const lure_optimizer_options *rule, const double bad[3], double rate,
                          const char *says)
{
    lure_optimizer *asked = create(*rule, LURE_F64, 3), *spared = create(*rule, LURE_F64, 3);
    double p[3] = {1e308, 2, 3}, q[3] = {1e308, 2, 3};
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
        check_refusal(&rules[r], with_nan, 0.1, "parameter 3 of 3 is nan");
        check_refusal(&rules[r], with_nan, 0.0, "parameter 3 of 3 is nan");
        check_refusal(&rules[r], with_infinity, 0.1, "parameter 2 of 3 is -inf");
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
        lure_stretch all = {0, 1};
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
        lure_stretch all = {0, 9};
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
