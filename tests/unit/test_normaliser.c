/* test_normaliser.c: the running mean and variance against two passes over all that was seen, and against the numbers of
   Gymnasium's and Stable-Baselines3's wrappers (their tests' and their documented start). */
#include "learn/normaliser.h"
#include "base/rng.h"
#include "unit.h"
#include <math.h>
#include <string.h>

static const double SOFT = 1e-8; /* the wrappers' epsilon */

TEST(one_sample)
{
    double numbers[LURE_NORMALISER_NUMBERS], x = 1, out;
    lure_normaliser z;
    lure_error err;
    lure_normaliser_init(&z, 1, 10, SOFT, numbers);
    CHECK_REAL(z.mean[0], 0.0);
    CHECK_REAL(z.variance[0], 1.0);
    CHECK_REAL(z.count, 1e-4);
    CHECK_OK(lure_normaliser_update(&z, LURE_F64, 1, &x, &err), &err);
    CHECK_NEAR(z.mean[0], 0.99990001, 1e-8);
    CHECK_NEAR(z.variance[0], 1.99970e-4, 1e-9);
    lure_normaliser_apply(&z, true, LURE_F64, 1, &x, &out);
    CHECK_NEAR(out, 0.0070707, 1e-7);
}

TEST(batches_of_any_size_are_as_one)
{
    enum { ROWS = 200, FEATURES = 3 };
    double rows[ROWS * FEATURES], numbers[2][LURE_NORMALISER_NUMBERS * FEATURES];
    lure_normaliser one, many;
    lure_rng rng;
    lure_error err;
    lure_rng_init(&rng, 8, LURE_PURPOSE_USER, 0);
    for (size_t i = 0; i < ROWS * FEATURES; i++)
        rows[i] = (double)(i % FEATURES) * 100 + lure_rng_uniform(&rng);
    lure_normaliser_init(&one, FEATURES, 10, SOFT, numbers[0]);
    lure_normaliser_init(&many, FEATURES, 10, SOFT, numbers[1]);
    CHECK_OK(lure_normaliser_update(&one, LURE_F64, ROWS, rows, &err), &err);
    for (size_t at = 0, size; at < ROWS; at += size) {
        size = 1 + (size_t)(lure_rng_uniform(&rng) * 20);
        size = size < ROWS - at ? size : ROWS - at;
        CHECK_OK(lure_normaliser_update(&many, LURE_F64, size, rows + at * FEATURES, &err), &err);
    }
    CHECK_NEAR(many.count, one.count, 1e-9);
    for (size_t j = 0; j < FEATURES; j++) {
        /* the start counts as 1e-4 samples of mean 0 and variance 1 */
        double sum = 0, squares = 1e-4, total = ROWS + 1e-4;
        for (size_t i = 0; i < ROWS; i++)
            sum += rows[i * FEATURES + j];
        double mean = sum / total;
        squares += 1e-4 * mean * mean;
        for (size_t i = 0; i < ROWS; i++)
            squares += (rows[i * FEATURES + j] - mean) * (rows[i * FEATURES + j] - mean);
        CHECK_NEAR(one.mean[j], mean, 1e-12 * (1 + mean));
        CHECK_NEAR(one.variance[j], squares / total, 1e-12);
        CHECK_NEAR(many.mean[j], mean, 1e-12 * (1 + mean));
        CHECK_NEAR(many.variance[j], squares / total, 1e-11);
    }
}

TEST(applying_clips_and_keeps_the_type)
{
    double numbers[LURE_NORMALISER_NUMBERS * 2];
    float rows[] = {1, -5, 3, 5, 1e6f, NAN};
    lure_normaliser z;
    lure_normaliser_init(&z, 2, 2, SOFT, numbers);
    z.mean[0] = 1, z.variance[0] = 4;
    z.mean[1] = 0, z.variance[1] = 1;
    lure_normaliser_apply(&z, true, LURE_F32, 3, rows, rows);
    CHECK_REAL((double)rows[0], 0.0);
    CHECK_REAL((double)rows[1], -2.0);
    CHECK_NEAR((double)rows[2], 1.0, 1e-7);
    CHECK_REAL((double)rows[3], 2.0);
    CHECK_REAL((double)rows[4], 2.0);
    CHECK(isnan(rows[5]));
    float one = 3;
    z.n_features = 1;
    lure_normaliser_apply(&z, false, LURE_F32, 1, &one, &one);
    CHECK_NEAR((double)one, 1.5, 1e-7);
}

TEST(frozen_it_learns_nothing)
{
    double numbers[LURE_NORMALISER_NUMBERS], x = 5;
    lure_normaliser z;
    lure_error err;
    lure_normaliser_init(&z, 1, 10, SOFT, numbers);
    z.frozen = true;
    CHECK_OK(lure_normaliser_update(&z, LURE_F64, 1, &x, &err), &err);
    CHECK_REAL(z.mean[0], 0.0);
    CHECK_REAL(z.count, 1e-4);
}

TEST(a_refused_update_changes_nothing)
{
    double numbers[LURE_NORMALISER_NUMBERS * 2], rows[] = {1, 2, 3, 4};
    const double bad[] = {NAN, INFINITY, -INFINITY, 1e200};
    lure_normaliser z;
    lure_error err;
    lure_normaliser_init(&z, 2, 10, SOFT, numbers);
    CHECK_OK(lure_normaliser_update(&z, LURE_F64, 2, rows, &err), &err);
    const double mean = z.mean[0], variance = z.variance[1];
    for (size_t i = 0; i < 4; i++) {
        rows[3] = bad[i];
        CHECK_STATUS(lure_normaliser_update(&z, LURE_F64, 2, rows, &err), LURE_ERROR_SCRIPT, &err);
        CHECK_CONTAINS(err.text, i == 3 ? "feature 2 is so large" : "feature 2 of row 2 is");
        CHECK_REAL(z.mean[0], mean);
        CHECK_REAL(z.variance[1], variance);
        CHECK_NEAR(z.count, 2.0001, 1e-12);
    }
}

/* The world of Stable-Baselines3's test: observation and reward run through 0, 1, 3, 4 for ever, an episode is four steps
   long and ends truncated; the second environment is one ahead. */
typedef struct cycle {
    size_t t, ahead;
} cycle;

static double cycle_step(cycle *c, int32_t *end)
{
    static const double shown[] = {0, 1, 3, 4};
    c->t++;
    *end = c->t == 4 ? 2 : 0;
    return shown[(c->t + c->ahead) % 4];
}

TEST(the_numbers_of_stable_baselines)
{
    double for_observations[LURE_NORMALISER_NUMBERS], for_rewards[LURE_NORMALISER_NUMBERS + 4];
    cycle worlds[2] = {{0, 0}, {0, 1}};
    double observations[2] = {0, 1}, rewards[2], scaled[2];
    int32_t ends[2];
    lure_normaliser z;
    lure_reward_scaler scaler;
    lure_error err;
    lure_normaliser_init(&z, 1, 10, SOFT, for_observations);
    lure_reward_scaler_init(&scaler, 2, 0.99, 10, SOFT, for_rewards);
    CHECK_OK(lure_normaliser_update(&z, LURE_F64, 2, observations, &err), &err);
    CHECK_NEAR(z.mean[0], 0.5, 1e-4);
    for (int step = 1; step <= 3001; step++) {
        for (size_t e = 0; e < 2; e++) {
            rewards[e] = cycle_step(&worlds[e], &ends[e]);
            observations[e] = rewards[e];
            if (ends[e]) { /* reset: what is seen is already the next episode's */
                worlds[e].t = 0;
                observations[e] = (double)worlds[e].ahead;
            }
        }
        CHECK_OK(lure_normaliser_update(&z, LURE_F64, 2, observations, &err), &err);
        CHECK_OK(lure_reward_scaler_apply(&scaler, LURE_F64, 1, rewards, ends, scaled, &err), &err);
        if (step == 1) {
            CHECK_NEAR(z.mean[0], 1.25, 1e-4);
            CHECK_NEAR(scaler.spread.mean[0], 2.0, 2e-4);
            CHECK_NEAR(scaled[1], 3 / sqrt(scaler.spread.variance[0] + SOFT), 1e-12);
        }
    }
    CHECK_NEAR(z.mean[0], 2.0, 1e-3);
    CHECK_NEAR(scaler.spread.mean[0], 5.688, 1e-3);
}

TEST(rewards_in_one_call_or_step_by_step)
{
    const double rewards[] = {1, -2, 0.5, 3, 0, 1};
    const int32_t ends[] = {0, 1, 2, 0, 0, 0};
    double numbers[2][LURE_NORMALISER_NUMBERS + 4], whole[6], single[6];
    lure_reward_scaler a, b;
    lure_error err;
    lure_reward_scaler_init(&a, 2, 0.9, 10, SOFT, numbers[0]);
    lure_reward_scaler_init(&b, 2, 0.9, 10, SOFT, numbers[1]);
    CHECK_OK(lure_reward_scaler_apply(&a, LURE_F64, 3, rewards, ends, whole, &err), &err);
    for (size_t s = 0; s < 3; s++)
        CHECK_OK(
            lure_reward_scaler_apply(&b, LURE_F64, 1, rewards + 2 * s, ends + 2 * s, single + 2 * s, &err),
            &err);
    for (size_t i = 0; i < 6; i++)
        CHECK_REAL(single[i], whole[i]);
    CHECK_NEAR(a.returns[0], 0.0 * 0.9 + 0.0, 1e-15); /* step 2 ended it, then a reward of 0 */
    CHECK_NEAR(a.returns[1], 3.0 * 0.9 + 1.0, 1e-15); /* step 1 ended it */
    CHECK_NEAR(whole[4], 0.0, 0.0);
    CHECK(whole[5] > 0.0); /* the mean is left in */
    a.spread.frozen = true;
    const double mean = a.spread.mean[0], before = a.returns[1];
    CHECK_OK(lure_reward_scaler_apply(&a, LURE_F64, 3, rewards, ends, whole, &err), &err);
    CHECK_REAL(a.spread.mean[0], mean);
    CHECK_REAL(a.returns[1], before);
    CHECK_NEAR(whole[3] / whole[0], 3.0, 1e-12);
}

TEST(a_refused_reward_changes_nothing)
{
    double rewards[] = {1, 2, 3, 4}, numbers[LURE_NORMALISER_NUMBERS + 4],
           kept[sizeof numbers / sizeof *numbers], out[4];
    const int32_t ends[] = {0, 0, 0, 0};
    lure_reward_scaler s;
    lure_error err;
    lure_reward_scaler_init(&s, 2, 0.9, 10, SOFT, numbers);
    CHECK_OK(lure_reward_scaler_apply(&s, LURE_F64, 2, rewards, ends, out, &err), &err);
    memcpy(kept, numbers, sizeof kept);
    const double count = s.spread.count;
    rewards[2] = NAN;
    CHECK_STATUS(lure_reward_scaler_apply(&s, LURE_F64, 2, rewards, ends, out, &err), LURE_ERROR_SCRIPT,
                 &err);
    CHECK_CONTAINS(err.text, "reward of environment 1 in step 2 is nan");
    rewards[2] = 1e200;
    CHECK_STATUS(lure_reward_scaler_apply(&s, LURE_F64, 2, rewards, ends, out, &err), LURE_ERROR_SCRIPT,
                 &err);
    CHECK_CONTAINS(err.text, "overflows in step 2");
    for (size_t i = 0; i < 2; i++)
        CHECK_REAL(numbers[i], kept[i]); /* mean and variance */
    for (size_t i = LURE_NORMALISER_NUMBERS; i < LURE_NORMALISER_NUMBERS + 2; i++)
        CHECK_REAL(numbers[i], kept[i]); /* the running returns */
    CHECK_REAL(s.spread.count, count);
}
