/* test_gradient.c: the policy's gradient, and the chain rule factor by factor, of networks of random shape against
   finite differences and against each other. Known numbers are in test_estimator.c. */
#include "learn/optimizer.h"
#include "math/function.h"
#include "random_policy.h"
#include "unit.h"
#include <math.h>
#include <string.h>

static double loss_of(lure_policy *policy, const random_batch *b)
{
    double gradient[MAX_PARAMETERS], loss;
    lure_error err;
    CHECK_OK(lure_policy_gradient(policy, b->n, b->observations, b->actions, b->weights, b->mask, gradient,
                                  &loss, NULL, &err),
             &err);
    return loss;
}

/* The derivative of a function by *x, from five points: off by about h^4. */
static double slope(double (*f)(lure_policy *, const random_batch *), lure_policy *policy,
                    const random_batch *b, double *x)
{
    const double h = 1e-3, at = *x;
    const double offsets[] = {h, -h, 2 * h, -2 * h}, weights[] = {8, -8, -1, 1};
    double sum = 0;
    for (size_t i = 0; i < 4; i++) {
        *x = at + offsets[i];
        sum += weights[i] * f(policy, b);
    }
    *x = at;
    return sum / (12 * h);
}

static double largest(const double *x, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fabs(x[i]) > most ? fabs(x[i]) : most;
    return most;
}

static void compare_with_differences(uint64_t seed, bool smooth, bool masked, size_t *n_compared,
                                     size_t *n_off)
{
    random_plan p;
    random_batch b;
    lure_rng rng;
    lure_error err;
    double gradient[MAX_PARAMETERS];
    lure_rng_init(&rng, seed, LURE_PURPOSE_USER, 0);
    random_plan_draw(&p, &rng, smooth, false);
    lure_policy *policy = random_plan_create(&p, seed, LURE_F64);
    double *parameters = lure_policy_parameters(policy);
    size_t n = lure_policy_n_parameters(policy);
    random_batch_draw(&b, policy, &rng);
    if (masked)
        random_batch_mask(&b, policy, &rng);
    CHECK_OK(lure_policy_gradient(policy, b.n, b.observations, b.actions, b.weights, b.mask, gradient, NULL,
                                  NULL, &err),
             &err);
    double scale = largest(gradient, n);
    for (size_t i = 0; i < n; i++) {
        if (!random_is_trainable(policy, i)) {
            CHECK_REAL(gradient[i], 0.0);
            continue;
        }
        double expected = slope(loss_of, policy, &b, &parameters[i]);
        ++*n_compared;
        *n_off += !(fabs(gradient[i] - expected) <= 1e-7 * scale + 1e-12);
    }
    lure_policy_destroy(policy);
}

/* ---- the gradient ---- */

TEST(gradient_is_the_finite_difference)
{
    size_t n_compared = 0, n_off = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        compare_with_differences(seed, true, false, &n_compared, &n_off);
        CHECK_SAY(n_off == 0, "seed %d: %zu of %zu derivatives are off", (int)seed, n_off, n_compared);
    }
    CHECK_SAY(n_compared > 2000, "only %zu derivatives compared", n_compared);
}

TEST(a_masked_gradient_is_the_finite_difference)
{
    size_t n_compared = 0, n_off = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        compare_with_differences(seed, true, true, &n_compared, &n_off);
        CHECK_SAY(n_off == 0, "seed %d: %zu of %zu derivatives are off", (int)seed, n_off, n_compared);
    }
    CHECK_SAY(n_compared > 2000, "only %zu derivatives compared", n_compared);
}

/* Three logits: an illegal one is as if it were not there, whatever its number. */
TEST(a_masked_gradient_is_that_of_the_actions_that_are_left)
{
    const lure_layer_options linear = {.train = {true, true}};
    lure_policy_options o = {
        .layers = &linear, .n_layers = 1, .head = LURE_HEAD_CATEGORICAL, .n_actions = 3, .dtype = LURE_F64};
    const int32_t action[1] = {1}, illegal_taken[1] = {2};
    const double legal[3] = {1, 1, 0};
    const size_t sides[2] = {1, 3}, too_few[2] = {1, 2};
    const lure_tensor mask = lure_tensor_view((void *)legal, LURE_F64, 2, sides),
                      narrow = lure_tensor_view((void *)legal, LURE_F64, 2, too_few);
    lure_policy *three, *two;
    lure_rng rng;
    lure_error err;
    lure_rng_init(&rng, 1, LURE_PURPOSE_USER, 0);
    CHECK_OK(lure_policy_create(&o, &rng, NULL, &three, &err), &err);
    o.n_actions = 2;
    CHECK_OK(lure_policy_create(&o, &rng, NULL, &two, &err), &err);
    double *logits = lure_policy_parameters(three), *less = lure_policy_parameters(two);
    for (size_t i = 0; i < 2; i++)
        logits[i] = less[i] = 0.5 - 2 * (double)i;
    const double others[] = {-800, 0, 800};
    for (size_t i = 0; i < 3; i++) {
        double d[3], expected[2], loss, entropy, expected_loss, expected_entropy;
        logits[2] = others[i];
        CHECK_OK(lure_policy_gradient(three, 1, NULL, action, NULL, &mask, d, &loss, &entropy, &err), &err);
        CHECK_OK(lure_policy_gradient(two, 1, NULL, action, NULL, NULL, expected, &expected_loss,
                                      &expected_entropy, &err),
                 &err);
        CHECK_NEAR(d[0], expected[0], 1e-15);
        CHECK_NEAR(d[1], expected[1], 1e-15);
        CHECK(d[2] == 0);
        CHECK_NEAR(loss, expected_loss, 1e-15);
        CHECK_NEAR(entropy, expected_entropy, 1e-15);
    }
    double d[3];
    CHECK_STATUS(lure_policy_gradient(three, 1, NULL, illegal_taken, NULL, &mask, d, NULL, NULL, &err),
                 LURE_ERROR_SCRIPT, &err);
    CHECK_TEXT(err.text, "row 1 of 1: action 3 is masked");
    CHECK_STATUS(lure_policy_gradient(three, 1, NULL, action, NULL, &narrow, d, NULL, NULL, &err),
                 LURE_ERROR_SCRIPT, &err);
    CHECK_CONTAINS(err.text, "a mask of 2 numbers for 1 rows of 3 actions");
    lure_policy_destroy(three);
    lure_policy_destroy(two);
}

/* A difference that reaches across a relu's corner is itself wrong; that happens to few. */
TEST(gradient_with_relu_is_the_finite_difference)
{
    size_t n_compared = 0, n_off = 0;
    for (uint64_t seed = 1000; seed < 1200; seed++)
        compare_with_differences(seed, false, false, &n_compared, &n_off);
    CHECK_SAY(n_compared > 2000 && n_off <= n_compared / 100, "%zu of %zu derivatives are off", n_off,
              n_compared);
}

/* Rows are independent: the batch's gradient is the mean of the rows'. So is its loss. */
TEST(a_batch_is_the_mean_of_its_rows)
{
    for (uint64_t seed = 0; seed < 50; seed++) {
        random_plan p;
        random_batch b;
        lure_rng rng;
        lure_error err;
        double whole[MAX_PARAMETERS], row[MAX_PARAMETERS], sum[MAX_PARAMETERS] = {0};
        double loss, entropy, row_loss, row_entropy, sum_loss = 0, sum_entropy = 0;
        lure_rng_init(&rng, seed, LURE_PURPOSE_USER, 0);
        random_plan_draw(&p, &rng, false, true);
        lure_policy *policy = random_plan_create(&p, seed, LURE_F64);
        random_batch_draw(&b, policy, &rng);
        CHECK_OK(lure_policy_gradient(policy, b.n, b.observations, b.actions, b.weights, NULL, whole, &loss,
                                      &entropy, &err),
                 &err);
        for (size_t r = 0; r < b.n; r++) {
            CHECK_OK(lure_policy_gradient(policy, 1, b.observations + r * lure_policy_n_inputs(policy),
                                          &b.actions[r], &b.weights[r], NULL, row, &row_loss, &row_entropy,
                                          &err),
                     &err);
            sum_loss += row_loss, sum_entropy += row_entropy;
            for (size_t i = 0; i < lure_policy_n_parameters(policy); i++)
                sum[i] += row[i];
        }
        CHECK_NEAR(loss, sum_loss / (double)b.n, 1e-14);
        CHECK_NEAR(entropy, sum_entropy / (double)b.n, 1e-14);
        for (size_t i = 0; i < lure_policy_n_parameters(policy); i++)
            CHECK_NEAR(whole[i], sum[i] / (double)b.n, 1e-13);
        lure_policy_destroy(policy);
    }
}

TEST(no_weights_are_weights_of_1)
{
    random_plan p;
    random_batch b;
    lure_rng rng;
    lure_error err;
    double with[MAX_PARAMETERS], without[MAX_PARAMETERS], loss, plain;
    lure_rng_init(&rng, 5, LURE_PURPOSE_USER, 0);
    random_plan_draw(&p, &rng, true, true);
    lure_policy *policy = random_plan_create(&p, 5, LURE_F64);
    random_batch_draw(&b, policy, &rng);
    for (size_t i = 0; i < b.n; i++)
        b.weights[i] = 1;
    CHECK_OK(lure_policy_gradient(policy, b.n, b.observations, b.actions, b.weights, NULL, with, &loss, NULL,
                                  &err),
             &err);
    CHECK_OK(
        lure_policy_gradient(policy, b.n, b.observations, b.actions, NULL, NULL, without, &plain, NULL, &err),
        &err);
    CHECK_REAL(plain, loss);
    for (size_t i = 0; i < lure_policy_n_parameters(policy); i++)
        CHECK_REAL(without[i], with[i]);
    lure_policy_destroy(policy);
}

/* The loss and the entropy as their definitions say, from the probabilities. */
TEST(loss_and_entropy_follow_from_the_probabilities)
{
    for (uint64_t seed = 0; seed < 50; seed++) {
        random_plan p;
        random_batch b;
        lure_rng rng;
        lure_error err;
        double gradient[MAX_PARAMETERS], probabilities[MAX_UNITS], loss, entropy, sum = 0, sum_entropy = 0;
        lure_rng_init(&rng, seed, LURE_PURPOSE_USER, 0);
        random_plan_draw(&p, &rng, false, true);
        lure_policy *policy = random_plan_create(&p, seed, LURE_F64);
        random_batch_draw(&b, policy, &rng);
        for (size_t r = 0; r < b.n; r++) {
            double total = 0;
            lure_policy_probabilities(policy, b.observations + r * lure_policy_n_inputs(policy),
                                      probabilities);
            for (size_t a = 0; a < lure_policy_n_actions(policy); a++) {
                total += probabilities[a];
                sum_entropy -= probabilities[a] * log(probabilities[a]);
            }
            CHECK_NEAR(total, 1.0, 1e-15 * (double)lure_policy_n_actions(policy));
            sum -= b.weights[r] * log(probabilities[b.actions[r]]);
        }
        CHECK_OK(lure_policy_gradient(policy, b.n, b.observations, b.actions, b.weights, NULL, gradient,
                                      &loss, &entropy, &err),
                 &err);
        CHECK_NEAR(loss, sum / (double)b.n, 1e-13);
        CHECK_NEAR(entropy, sum_entropy / (double)b.n, 1e-13);
        lure_policy_destroy(policy);
    }
}

TEST(float32_is_close_to_float64)
{
    for (uint64_t seed = 0; seed < 100; seed++) {
        random_plan p;
        random_batch b;
        lure_rng rng;
        lure_error err;
        double gradient[MAX_PARAMETERS], loss, loss_f32, entropy, entropy_f32, q[MAX_UNITS], q_f32[MAX_UNITS];
        float gradient_f32[MAX_PARAMETERS], observations[MAX_ROWS * MAX_UNITS], weights[MAX_ROWS];
        lure_rng_init(&rng, seed, LURE_PURPOSE_USER, 0);
        random_plan_draw(&p, &rng, true, false);
        lure_policy *exact = random_plan_create(&p, seed, LURE_F64),
                    *policy = random_plan_create(&p, seed, LURE_F32);
        size_t n = lure_policy_n_parameters(exact);
        random_batch_draw(&b, exact, &rng);
        for (size_t i = 0; i < b.n * lure_policy_n_inputs(exact); i++)
            observations[i] = (float)b.observations[i];
        for (size_t i = 0; i < b.n; i++)
            weights[i] = (float)b.weights[i];
        CHECK_OK(lure_policy_gradient(exact, b.n, b.observations, b.actions, b.weights, NULL, gradient, &loss,
                                      &entropy, &err),
                 &err);
        CHECK_OK(lure_policy_gradient(policy, b.n, observations, b.actions, weights, NULL, gradient_f32,
                                      &loss_f32, &entropy_f32, &err),
                 &err);
        CHECK_NEAR(loss_f32, loss, 2e-6);
        CHECK_NEAR(entropy_f32, entropy, 2e-6);
        for (size_t i = 0; i < n; i++)
            CHECK_NEAR((double)gradient_f32[i], gradient[i], 2e-6);
        lure_policy_probabilities(exact, b.observations, q);
        lure_policy_probabilities(policy, observations, q_f32);
        for (size_t a = 0; a < lure_policy_n_actions(exact); a++)
            CHECK_NEAR(q_f32[a], q[a], 1e-6);
        lure_policy_destroy(exact);
        lure_policy_destroy(policy);
    }
}

TEST(frozen_parameters_never_move)
{
    const lure_optimizer_options rules[] = {
        {.kind = LURE_SGD, .momentum = 0.9, .nesterov = true},
        {.kind = LURE_ADAM, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8}};
    for (uint64_t seed = 0; seed < 40; seed++) {
        random_plan p;
        random_batch b;
        lure_rng rng;
        lure_error err;
        lure_optimizer *opt;
        lure_stretch stretches[2 * MAX_LAYERS];
        size_t n_stretches = 0;
        double first[MAX_PARAMETERS], gradient[MAX_PARAMETERS];
        lure_rng_init(&rng, seed, LURE_PURPOSE_USER, 0);
        random_plan_draw(&p, &rng, true, false);
        lure_policy *policy = random_plan_create(&p, seed, LURE_F64);
        double *parameters = lure_policy_parameters(policy);
        size_t n = lure_policy_n_parameters(policy);
        for (size_t i = 0; i < lure_policy_n_named(policy); i++) {
            const lure_parameter *named = lure_policy_named(policy, i);
            if (named->trainable)
                stretches[n_stretches++] =
                    lure_optimizer_stretch(&rules[seed % 2], named->name, named->offset, named->size);
        }
        CHECK_OK(
            lure_optimizer_create(&rules[seed % 2], LURE_F64, n, stretches, n_stretches, NULL, &opt, &err),
            &err);
        memcpy(first, parameters, n * sizeof *first);
        for (int t = 0; t < 30; t++) {
            random_batch_draw(&b, policy, &rng);
            CHECK_OK(lure_policy_gradient(policy, b.n, b.observations, b.actions, b.weights, NULL, gradient,
                                          NULL, NULL, &err),
                     &err);
            CHECK_OK(lure_optimizer_step(opt, parameters, gradient, 0.05, NULL, NULL, &err), &err);
        }
        for (size_t i = 0; i < n; i++)
            if (!random_is_trainable(policy, i))
                CHECK_REAL(parameters[i], first[i]);
        lure_optimizer_destroy(opt);
        lure_policy_destroy(policy);
    }
}

/* ---- the chain rule, factor by factor ---- */

static double spoken_probability(lure_policy *policy, const random_batch *b)
{
    double p[MAX_UNITS];
    lure_policy_probabilities(policy, b->observations, p);
    return p[lure_policy_head(policy) == LURE_HEAD_BERNOULLI ? 1 : b->actions[0]];
}

TEST(chain_multiplies_to_the_gradient)
{
    for (uint64_t seed = 0; seed < 100; seed++) {
        random_plan p;
        random_batch b;
        lure_rng rng;
        lure_error err;
        double gradient[MAX_PARAMETERS], loss;
        lure_rng_init(&rng, seed, LURE_PURPOSE_USER, 0);
        random_plan_draw(&p, &rng, true, true);
        lure_policy *policy = random_plan_create(&p, seed, LURE_F64);
        double *parameters = lure_policy_parameters(policy);
        random_batch_draw(&b, policy, &rng);
        CHECK_OK(lure_policy_gradient(policy, 1, b.observations, b.actions, NULL, NULL, gradient, &loss, NULL,
                                      &err),
                 &err);
        for (size_t i = 0; i < lure_policy_n_parameters(policy); i++) {
            lure_chain c;
            CHECK_OK(lure_policy_chain(policy, b.observations, b.actions[0], i, &c, &err), &err);
            CHECK_NEAR(c.derivative, gradient[i], 1e-15);
            CHECK_NEAR(c.dce_dp * c.dp_dz * c.dz_dparameter, c.derivative, 1e-14);
            CHECK_NEAR(c.cross_entropy, loss, 1e-14);
            CHECK_NEAR(c.p, spoken_probability(policy, &b), 1e-15);
            CHECK_NEAR(c.dp_dz * c.dz_dparameter, slope(spoken_probability, policy, &b, &parameters[i]),
                       1e-9);
        }
        lure_policy_destroy(policy);
    }
}

TEST(chain_speaks_of_frozen_parameters_too)
{
    const double weight = 20, bias = -7, hunger = 0.25;
    const lure_layer_options linear = {.first = {LURE_GIVEN(&weight, 1), LURE_GIVEN(&bias, 1)}};
    const random_plan p = {.layers = {linear}};
    lure_policy_options o = {
        .layers = p.layers, .n_layers = 1, .n_inputs = 1, .n_actions = 2, .dtype = LURE_F64};
    lure_policy *policy;
    lure_chain c;
    lure_error err;
    CHECK_OK(lure_policy_create(&o, NULL, NULL, &policy, &err), &err);
    CHECK_OK(lure_policy_chain(policy, &hunger, 0, 0, &c, &err), &err);
    CHECK_REAL(c.dz_dparameter, 0.25);
    CHECK_NEAR(c.derivative, 0.25 / (1 + lure_exp(2.0)), 1e-16);
    CHECK_STATUS(lure_policy_chain(policy, &hunger, 0, 2, &c, &err), LURE_ERROR_SCRIPT, &err);
    CHECK_STATUS(lure_policy_chain(policy, &hunger, 2, 0, &c, &err), LURE_ERROR_SCRIPT, &err);
    CHECK_STATUS(lure_policy_chain(policy, &(double){INFINITY}, 0, 0, &c, &err), LURE_ERROR_SCRIPT, &err);
    lure_policy_destroy(policy);
}
