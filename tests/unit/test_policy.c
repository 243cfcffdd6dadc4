/* test_policy.c: the head at its edges: certainty, picking, KL, refused rows; and the memory of all of learn/.
   Gradients are in test_gradient.c, networks in test_network.c. */
#include "learn/optimizer.h"
#include "learn/rollout.h"
#include "math/function.h"
#include "math/random.h"
#include "random_policy.h"
#include "unit.h"
#include <math.h>

/* ---- certainty ---- */

/* No inputs: the biases are the logits. */
static lure_policy *create_logits(lure_head head, size_t n_logits, const double *logits, lure_dtype dtype)
{
    const lure_layer_options linear = {.first = {[1] = LURE_GIVEN(logits, n_logits)}, .train = {false, true}};
    const lure_policy_options o = {.layers = &linear,
                                   .n_layers = 1,
                                   .head = head,
                                   .n_actions = head == LURE_HEAD_BERNOULLI ? 2 : n_logits,
                                   .dtype = dtype};
    lure_policy *policy;
    lure_error err;
    CHECK_OK(lure_policy_create(&o, NULL, NULL, &policy, &err), &err);
    return policy;
}

TEST(bernoulli_is_exact_at_probabilities_0_and_1)
{
    for (int sign = -1; sign <= 1; sign += 2)
        for (int32_t action = 0; action < 2; action++) {
            const double logit = 1000 * sign;
            const bool likely = (action == 1) == (sign > 0);
            lure_policy *policy = create_logits(LURE_HEAD_BERNOULLI, 1, &logit, LURE_F64);
            double p[2], gradient, loss, entropy;
            lure_chain c;
            lure_error err;
            lure_policy_probabilities(policy, NULL, p);
            CHECK_REAL(p[1], sign > 0 ? 1.0 : 0.0);
            CHECK_REAL(p[0], sign > 0 ? 0.0 : 1.0);
            for (double u = 0; u < 1; u += 0.125)
                CHECK_INT((int64_t)lure_policy_pick(2, p, u), sign > 0);
            CHECK_OK(
                lure_policy_gradient(policy, 1, NULL, &action, NULL, NULL, &gradient, &loss, &entropy, &err),
                &err);
            CHECK_REAL(loss, likely ? 0.0 : 1000.0);
            CHECK_REAL(fabs(gradient), likely ? 0.0 : 1.0);
            CHECK_REAL(entropy, 0.0);
            CHECK_OK(lure_policy_chain(policy, NULL, action, 0, &c, &err), &err);
            CHECK_REAL(fabs(c.derivative), fabs(gradient));
            CHECK_REAL(c.dce_dp, likely ? (action ? -1.0 : 1.0) : (action ? -INFINITY : INFINITY));
            lure_policy_destroy(policy);
        }
}

TEST(categorical_is_exact_at_probabilities_0_and_1)
{
    const double logits[3] = {-1000, 1000, 0};
    const double losses[3] = {2000, 0, 1000};
    const lure_dtype dtypes[2] = {LURE_F64, LURE_F32};
    for (size_t t = 0; t < 2; t++) {
        lure_policy *policy = create_logits(LURE_HEAD_CATEGORICAL, 3, logits, dtypes[t]);
        double p[3], gradient[3], loss, entropy;
        lure_error err;
        lure_policy_probabilities(policy, NULL, p);
        for (int32_t a = 0; a < 3; a++) {
            CHECK_REAL(p[a], a == 1 ? 1.0 : 0.0);
            CHECK_OK(lure_policy_gradient(policy, 1, NULL, &a, NULL, NULL, gradient, &loss, &entropy, &err),
                     &err);
            CHECK_REAL(loss, losses[a]);
            CHECK_REAL(entropy, 0.0);
            for (size_t i = 0; i < 3; i++) {
                double seen = dtypes[t] == LURE_F64 ? gradient[i] : (double)((float *)(void *)gradient)[i];
                CHECK_REAL(fabs(seen), a == 1 ? 0.0 : (int32_t)i == a || i == 1 ? 1.0 : 0.0);
            }
        }
        lure_policy_destroy(policy);
    }
}

/* Where 1 - p has lost every digit, the tail still has all of its own. */
TEST(the_tail_of_a_certain_policy_is_exact)
{
    const double tail = 4.2483542552915889953e-18; /* e^-40 */
    const double logits[2] = {40, 0}, logit = 40;
    lure_policy *policies[2] = {create_logits(LURE_HEAD_CATEGORICAL, 2, logits, LURE_F64),
                                create_logits(LURE_HEAD_BERNOULLI, 1, &logit, LURE_F64)};
    for (int32_t i = 0; i < 2; i++) {
        double p[2], gradient[2], loss, entropy;
        lure_error err;
        lure_policy_probabilities(policies[i], NULL, p);
        CHECK_NEAR(p[1 - i] / tail, 1.0, 1e-15);
        CHECK_OK(lure_policy_gradient(policies[i], 1, NULL, &i, NULL, NULL, gradient, &loss, &entropy, &err),
                 &err);
        CHECK_NEAR(loss / tail, 1.0, 1e-15);
        CHECK_NEAR(-gradient[0] / tail, 1.0, 1e-15);
        CHECK_NEAR(entropy / tail, 41.0, 1e-13); /* -p ln p - (1 - p) ln(1 - p), p = e^-40 */
        lure_policy_destroy(policies[i]);
    }
}

/* Logits so far apart that their difference is infinite. */
TEST(logits_at_the_ends_of_the_range)
{
    const double logits[3] = {1.7e308, -1.7e308, 0};
    const int32_t action = 0;
    for (size_t n = 2; n <= 3; n++) {
        lure_policy *policy = create_logits(LURE_HEAD_CATEGORICAL, n, logits, LURE_F64);
        double gradient[3], loss, entropy;
        lure_error err;
        CHECK_OK(lure_policy_gradient(policy, 1, NULL, &action, NULL, NULL, gradient, &loss, &entropy, &err),
                 &err);
        CHECK_REAL(loss, 0.0);
        CHECK_REAL(entropy, 0.0);
        CHECK_OK(lure_policy_remember(policy, 1, NULL, NULL, &err), &err);
        CHECK_REAL(lure_policy_kl(policy), 0.0);
        for (size_t i = 0; i < n; i++)
            CHECK_REAL(fabs(gradient[i]), 0.0);
        lure_policy_destroy(policy);
    }
}

static void check_nan(lure_head head, size_t n_actions, double observation)
{
    const lure_layer_options linear = {
        .first = {LURE_GIVEN(&(double){1e300}, 1), LURE_GIVEN(&(double){0}, 1)}};
    const lure_policy_options o = {.layers = &linear,
                                   .n_layers = 1,
                                   .head = head,
                                   .n_inputs = 1,
                                   .n_actions = n_actions,
                                   .dtype = LURE_F64};
    lure_policy *policy;
    lure_error err;
    double p[3] = {0};
    CHECK_OK(lure_policy_create(&o, NULL, NULL, &policy, &err), &err);
    lure_policy_probabilities(policy, &observation, p);
    for (size_t a = 0; a < n_actions; a++)
        CHECK_REAL(p[a], (double)NAN);
    CHECK(lure_policy_pick(n_actions, p, 0.5) < n_actions);
    lure_policy_destroy(policy);
}

TEST(logits_that_are_not_finite_give_nan_probabilities)
{
    const double observations[] = {NAN, INFINITY, 1e10, -1e10}; /* the last two overflow */
    for (size_t i = 0; i < sizeof observations / sizeof *observations; i++) {
        check_nan(LURE_HEAD_BERNOULLI, 2, observations[i]);
        for (size_t n_actions = 1; n_actions <= 3; n_actions++)
            check_nan(LURE_HEAD_CATEGORICAL, n_actions, observations[i]);
    }
}

/* ---- picking ---- */

TEST(pick_lays_the_first_action_first)
{
    const double p[3] = {0.25, 0.5, 0.25};
    CHECK_INT((int64_t)lure_policy_pick(3, p, 0.0), 0);
    CHECK_INT((int64_t)lure_policy_pick(3, p, nextafter(0.25, 0)), 0);
    CHECK_INT((int64_t)lure_policy_pick(3, p, 0.25), 1);
    CHECK_INT((int64_t)lure_policy_pick(3, p, 0.74), 1);
    CHECK_INT((int64_t)lure_policy_pick(3, p, 0.75), 2);
}

TEST(pick_never_takes_an_action_of_probability_0)
{
    const double first[3] = {0, 0.5, 0.5}, last[3] = {0.5, 0.5, 0},
                 short_line[3] = {0.3, 0.6999999999999997, 0};
    const double none[2] = {0, 0}, nans[2] = {NAN, NAN}, middle[3] = {0.5, 0, 0.5};
    const double almost_1 = nextafter(1, 0);
    CHECK_INT((int64_t)lure_policy_pick(3, first, 0.0), 1);
    CHECK_INT((int64_t)lure_policy_pick(3, last, almost_1), 1);
    CHECK(short_line[0] + short_line[1] < almost_1);
    CHECK_INT((int64_t)lure_policy_pick(3, short_line, almost_1), 1);
    CHECK_INT((int64_t)lure_policy_pick(3, middle, 0.5), 2);
    CHECK(lure_policy_pick(2, none, 0.5) < 2);
    CHECK(lure_policy_pick(2, nans, 0.5) < 2);
    CHECK_INT((int64_t)lure_policy_pick(3, last, NAN), 1);
}

TEST(pick_follows_the_probabilities)
{
    const double p[4] = {0.1, 0.2, 0, 0.7};
    int counts[4] = {0};
    for (int i = 0; i < 10000; i++)
        counts[lure_policy_pick(4, p, (i + 0.5) / 10000)]++;
    CHECK_INT(counts[0], 1000);
    CHECK_INT(counts[1], 2000);
    CHECK_INT(counts[2], 0);
    CHECK_INT(counts[3], 7000);
}

/* ---- KL ---- */

/* The probabilities of a row's legal actions, which sum to 1. */
static void masked_probabilities(lure_policy *policy, const random_batch *b, size_t row, double *p)
{
    size_t n = lure_policy_n_actions(policy);
    double sum = 0;
    lure_policy_probabilities(policy, b->observations + row * lure_policy_n_inputs(policy), p);
    for (size_t a = 0; a < n; a++) {
        if (b->mask && !b->legal[row * n + a])
            p[a] = 0;
        sum += p[a];
    }
    for (size_t a = 0; a < n; a++)
        p[a] /= sum;
}

TEST(kl_compares_with_what_is_remembered)
{
    for (uint64_t seed = 0; seed < 100; seed++) { /* half of them with a mask */
        random_plan p;
        random_batch b;
        lure_rng rng;
        lure_error err;
        double before[MAX_ROWS][MAX_UNITS], now[MAX_UNITS], expected = 0;
        lure_rng_init(&rng, seed, LURE_PURPOSE_USER, 0);
        random_plan_draw(&p, &rng, true, true);
        lure_policy *policy = random_plan_create(&p, seed, LURE_F64);
        double *parameters = lure_policy_parameters(policy);
        size_t n_inputs = lure_policy_n_inputs(policy);
        random_batch_draw(&b, policy, &rng);
        CHECK_REAL(lure_policy_kl(policy), (double)NAN); /* nothing is remembered */
        if (seed % 2) {
            CHECK_OK(lure_policy_remember(policy, b.n, b.observations, NULL, &err), &err);
            random_batch_mask(&b, policy, &rng);
        }
        CHECK_OK(lure_policy_remember(policy, b.n, b.observations, b.mask, &err), &err);
        CHECK_REAL(lure_policy_kl(policy), 0.0); /* nothing has changed */
        for (size_t r = 0; r < b.n; r++)
            masked_probabilities(policy, &b, r, before[r]);
        for (size_t i = 0; i < lure_policy_n_parameters(policy); i++)
            parameters[i] += lure_random_normal(&rng, 0.0, 0.5);
        for (size_t r = 0; r < b.n; r++) {
            masked_probabilities(policy, &b, r, now);
            for (size_t a = 0; a < lure_policy_n_actions(policy); a++)
                expected += before[r][a] == 0 ? 0 : before[r][a] * log(before[r][a] / now[a]) / (double)b.n;
        }
        CHECK_NEAR(lure_policy_kl(policy), expected, 1e-13);
        CHECK_REAL(lure_policy_kl(policy), 0.0); /* it is measured from where it was last looked at */
        if (n_inputs > 0) {
            b.observations[0] = (double)NAN;
            CHECK_STATUS(lure_policy_remember(policy, b.n, b.observations, NULL, &err), LURE_ERROR_SCRIPT,
                         &err);
            CHECK_REAL(lure_policy_kl(policy), (double)NAN); /* what is refused is none to compare with */
        }
        lure_policy_destroy(policy);
    }
}

/* Fewer rows than before lie closer together; a parameter of the head counts like the network's. */
TEST(kl_counts_the_deviation_of_a_gaussian)
{
    const lure_layer_options linear = {.train = {true, true}};
    const lure_policy_options o = {.layers = &linear,
                                   .n_layers = 1,
                                   .head = LURE_HEAD_GAUSSIAN,
                                   .n_inputs = 1,
                                   .n_actions = 2,
                                   .dtype = LURE_F64,
                                   .train_log_std = true};
    const double observations[3] = {0.5, -1, 2};
    lure_memory memory = {0};
    lure_policy *policy;
    lure_rng rng;
    lure_error err;
    lure_rng_init(&rng, 1, LURE_PURPOSE_USER, 0);
    CHECK_OK(lure_policy_create(&o, &rng, &memory, &policy, &err), &err);
    double *log_std = (double *)lure_policy_parameters(policy) + lure_policy_find(policy, "log_std")->offset;
    CHECK_OK(lure_policy_remember(policy, 3, observations, NULL, &err), &err);
    CHECK_OK(lure_policy_remember(policy, 2, observations, NULL, &err), &err);
    log_std[0] = 0.5; /* KL of a narrower normal from a wider one: 0.5 + e^-1 / 2 - 1/2 */
    CHECK_NEAR(lure_policy_kl(policy), 0.18393972058572117, 1e-15);
    CHECK_REAL(lure_policy_kl(policy), 0.0);
    lure_policy_destroy(policy);
    CHECK_INT((int64_t)memory.used, 0);
}

TEST(what_is_remembered_goes_on_in_another_policy)
{
    for (uint64_t seed = 0; seed < 40; seed++) {
        random_plan p;
        random_batch b;
        lure_rng rng;
        lure_error err;
        lure_policy *other;
        lure_memory memory = {0};
        lure_rng_init(&rng, seed, LURE_PURPOSE_USER, 0);
        random_plan_draw(&p, &rng, true, true);
        lure_policy *policy = random_plan_create(&p, seed, LURE_F64);
        random_batch_draw(&b, policy, &rng);
        CHECK_OK(lure_policy_copy(policy, &memory, &other, &err), &err);
        lure_policy_memory kept = lure_policy_remembered(policy);
        CHECK_INT((int64_t)kept.n_rows, 0);
        CHECK_OK(lure_policy_remember_again(other, &kept, &err), &err);
        CHECK_REAL(lure_policy_kl(other), (double)NAN);
        CHECK_OK(lure_policy_remember(policy, b.n, b.observations, b.mask, &err), &err);
        kept = lure_policy_remembered(policy);
        kept.n_rows++;
        CHECK_STATUS(lure_policy_remember_again(other, &kept, &err), LURE_ERROR_STORE, &err);
        kept.n_rows--;
        CHECK_OK(lure_policy_remember_again(other, &kept, &err), &err);
        for (size_t i = 0; i < lure_policy_n_parameters(policy); i++)
            ((double *)lure_policy_parameters(policy))[i] += lure_random_normal(&rng, 0.0, 0.5);
        lure_policy_load(other, policy, 1.0);
        CHECK_REAL(lure_policy_kl(other), lure_policy_kl(policy));
        lure_policy_destroy(other);
        lure_policy_destroy(policy);
        CHECK_INT((int64_t)memory.used, 0);
    }
}

TEST(kl_is_finite_between_opposite_certainties)
{
    const double logits[2] = {500, -500};
    lure_policy *policy = create_logits(LURE_HEAD_CATEGORICAL, 2, logits, LURE_F64);
    double *parameters = lure_policy_parameters(policy);
    lure_error err;
    CHECK_OK(lure_policy_remember(policy, 1, NULL, NULL, &err), &err);
    parameters[0] = -500, parameters[1] = 500;
    CHECK_REAL(lure_policy_kl(policy), 1000.0);
    lure_policy_destroy(policy);
}

/* ---- bad rows ---- */

TEST(bad_rows_are_named)
{
    const double logits[3] = {1, 2, 3};
    const lure_layer_options linear = {.first = {LURE_GIVEN(&(double){1e300}, 1), LURE_GIVEN(logits, 3)},
                                       .train = {false, true}};
    const lure_policy_options o = {.layers = &linear,
                                   .n_layers = 1,
                                   .head = LURE_HEAD_CATEGORICAL,
                                   .n_inputs = 2,
                                   .n_actions = 3,
                                   .dtype = LURE_F64};
    const struct {
        size_t n;
        double observations[6], weights[3];
        int32_t actions[3];
        const char *says[2];
    } cases[] = {
        {0, {0}, {1}, {0}, {"empty batch", "empty batch"}},
        {3, {0}, {1, 1, 1}, {0, 1, 3}, {"row 3 of 3", "action 4"}},
        {3, {0}, {1, 1, 1}, {0, -1, 2}, {"row 2 of 3", "action 0"}},
        {3, {0}, {1, NAN, 1}, {0}, {"row 2 of 3", "weight 1 of 1 is nan"}},
        {3, {0}, {1, 1, -INFINITY}, {0}, {"row 3 of 3", "weight 1 of 1 is -inf"}},
        {3, {0, 0, 0, NAN}, {1, 1, 1}, {0}, {"row 2 of 3", "observation 2 of 2 is nan"}},
        {1, {INFINITY, 0}, {1}, {0}, {"row 1 of 1", "observation 1 of 2 is inf"}},
        {2, {0, 0, 0, 1e10}, {1, 1}, {0}, {"row 2 of 2", "the policy's output 1 of 3 is inf"}},
    };
    lure_policy *policy;
    lure_error err;
    double gradient[9];
    CHECK_OK(lure_policy_create(&o, NULL, NULL, &policy, &err), &err);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_STATUS(lure_policy_gradient(policy, cases[i].n, cases[i].observations, cases[i].actions,
                                          cases[i].weights, NULL, gradient, NULL, NULL, &err),
                     LURE_ERROR_SCRIPT, &err);
        CHECK_CONTAINS(err.text, cases[i].says[0]);
        CHECK_CONTAINS(err.text, cases[i].says[1]);
    }
    lure_policy_destroy(policy);
}

/* ---- memory ---- */

/* A whole small run; whatever is refused is reported, and everything is given back. */
static lure_status live(lure_memory *memory, lure_error *err)
{
    const lure_layer_options layers[] = {
        {.n_units = 5, .train = {true, true}}, {.kind = LURE_LAYER_TANH}, {.train = {true, true}}};
    const lure_policy_options o = {.layers = layers,
                                   .n_layers = 3,
                                   .head = LURE_HEAD_CATEGORICAL,
                                   .n_inputs = 3,
                                   .n_actions = 4,
                                   .dtype = LURE_F32};
    const lure_optimizer_options adam = lure_optimizer_defaults(LURE_ADAM);
    lure_policy *policy = NULL;
    lure_optimizer *opt = NULL;
    lure_rollout rollout;
    lure_rng rng;
    float gradient[5 * 4 + 4 * 6];
    const lure_stretch all = lure_optimizer_stretch(&adam, "all", 0, sizeof gradient / sizeof *gradient);
    lure_rng_init(&rng, 3, LURE_PURPOSE_INIT, 0);
    const lure_rollout_shape shape = {.n_inputs = 3, .n_columns = 1, .dtype = LURE_F32};
    lure_rollout_init(&rollout, &shape, memory);
    lure_status status = lure_policy_create(&o, &rng, memory, &policy, err);
    if (status == LURE_OK)
        status = lure_optimizer_create(&adam, LURE_F32, all.size, &all, 1, memory, &opt, err);
    for (size_t i = 0; i < 40 && status == LURE_OK; i++) {
        status = lure_rollout_reserve(&rollout, 1, err);
        if (status != LURE_OK)
            break;
        for (size_t j = 0; j < 3; j++)
            ((float *)rollout.observations)[3 * i + j] = (float)lure_rng_uniform(&rng);
        ((float *)rollout.rewards)[i] = 1;
        ((int32_t *)rollout.actions)[i] = (int32_t)i % 4;
        rollout.n_rows++;
        if (i % 13 == 0)
            status = lure_policy_remember(policy, rollout.n_rows, rollout.observations, NULL, err);
        if (i % 13 == 0 && status == LURE_OK)
            status = lure_policy_gradient(policy, rollout.n_rows, rollout.observations, rollout.actions,
                                          rollout.rewards, NULL, gradient, NULL, NULL, err);
        if (i % 13 == 0 && status == LURE_OK)
            status =
                lure_optimizer_step(opt, lure_policy_parameters(policy), gradient, 0.01, NULL, NULL, err);
    }
    if (policy && rollout.n_rows > 0) { /* what was refused has hurt nothing that was there */
        double p[4], sum = 0;
        lure_policy_probabilities(policy, rollout.observations, p);
        for (size_t a = 0; a < 4; a++)
            sum += p[a];
        CHECK_NEAR(sum, 1.0, 1e-15);
        lure_policy_kl(policy);
    }
    lure_rollout_free(&rollout);
    lure_optimizer_destroy(opt);
    lure_policy_destroy(policy);
    return status;
}

TEST(every_refused_allocation_is_reported_and_nothing_leaks)
{
    lure_status status = LURE_ERROR_MEMORY;
    uint64_t n = 0;
    while (status != LURE_OK) {
        lure_memory memory = {.fail_at = ++n};
        lure_error err;
        status = live(&memory, &err);
        if (status != LURE_OK)
            CHECK_STATUS(status, LURE_ERROR_MEMORY, &err);
        CHECK_INT((int64_t)memory.used, 0);
    }
    CHECK_SAY(n > 15, "only %d allocations were refused", (int)n - 1);
}

TEST(the_steady_state_allocates_nothing)
{
    const double logits[3] = {1, 2, 3};
    const lure_layer_options linear = {.first = {[1] = LURE_GIVEN(logits, 3)}, .train = {false, true}};
    const lure_policy_options o = {
        .layers = &linear, .n_layers = 1, .head = LURE_HEAD_CATEGORICAL, .n_actions = 3, .dtype = LURE_F64};
    const int32_t actions[64] = {0};
    lure_memory memory = {0};
    lure_policy *policy;
    lure_error err;
    double gradient[3], p[3];
    CHECK_OK(lure_policy_create(&o, NULL, &memory, &policy, &err), &err);
    CHECK_OK(lure_policy_gradient(policy, 64, NULL, actions, NULL, NULL, gradient, NULL, NULL, &err), &err);
    CHECK_OK(lure_policy_remember(policy, 64, NULL, NULL, &err), &err);
    uint64_t n_requests = memory.n_requests;
    for (size_t n = 1; n <= 64; n++) {
        lure_policy_probabilities(policy, NULL, p);
        CHECK_OK(lure_policy_gradient(policy, n, NULL, actions, NULL, NULL, gradient, NULL, NULL, &err),
                 &err);
        CHECK_OK(lure_policy_remember(policy, n, NULL, NULL, &err), &err);
        lure_policy_kl(policy);
    }
    CHECK_INT((int64_t)memory.n_requests, (int64_t)n_requests);
    lure_policy_destroy(policy);
    CHECK_INT((int64_t)memory.used, 0);
}
