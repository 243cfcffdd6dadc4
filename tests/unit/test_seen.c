/* test_seen.c: what a policy sees, each option against numbers worked out by hand, and the normalisers against the numbers
   that Stable-Baselines3's own test of VecNormalize expects: two environments that count 0, 1, 3, 4, one of them a step
   ahead (tests/test_vec_normalize.py of its repository). */
#include "learn/seen.h"
#include "unit.h"

#include <math.h>
#include <string.h>

static const lure_part numbers[] = {{.name = "x", .low = -INFINITY, .high = INFINITY},
                                    {.name = "y", .low = -INFINITY, .high = INFINITY}};
static const lure_space two = {2, numbers}, one = {1, numbers};
static const lure_part mixed_parts[] = {{.name = "x", .low = -INFINITY, .high = INFINITY},
                                        {.name = "cell", .n = 3},
                                        {.name = "y", .low = -INFINITY, .high = INFINITY}};
static const lure_space mixed = {3, mixed_parts};
static const size_t copies[] = {0, 1};

static void open(lure_seen *s, const lure_seen_options *o, const lure_space *space, size_t n,
                 lure_memory *memory)
{
    lure_error err;
    CHECK_OK(lure_seen_init(s, o, space, n, 10, LURE_F64, memory, &err), &err);
}

static void check_row(const double *row, const double *expected, size_t n)
{
    for (size_t i = 0; i < n; i++)
        CHECK_NEAR(row[i], expected[i], 1e-12);
}

static void look(lure_seen *s, size_t i, const double *raw, bool first, uint64_t step, double *row)
{
    lure_error err;
    CHECK_OK(lure_seen_look(s, i, raw, first, step, row, &err), &err);
}

TEST(without_options_it_is_the_observation)
{
    lure_memory memory = {0};
    lure_seen s;
    const lure_seen_options o = lure_seen_defaults();
    const double raw[] = {1.5, -2};
    double row[2], reward = 1e9;
    lure_error err;
    open(&s, &o, &two, 2, &memory);
    CHECK(s.is_plain && s.is_reward_plain);
    CHECK_INT((int64_t)s.n_inputs, 2);
    look(&s, 1, raw, true, 0, row);
    check_row(row, raw, 2);
    CHECK_OK(lure_seen_rewards(&s, 1, copies, (int32_t[]){0}, &reward, &err), &err);
    CHECK_REAL(reward, 1e9);
    CHECK_INT((int64_t)lure_seen_n_named(&s), 0);
    lure_seen_free(&s);
    CHECK_INT((int64_t)memory.used, 0);
}

TEST(choices_one_hot_then_time)
{
    lure_seen s;
    lure_seen_options o = lure_seen_defaults();
    const double raw[] = {7, 2, 8};
    double row[6];
    o.one_hot = o.time_aware = true;
    open(&s, &o, &mixed, 1, NULL);
    CHECK_INT((int64_t)s.n_inputs, 6);
    look(&s, 0, raw, true, 0, row);
    check_row(row, (double[]){7, 0, 0, 1, 8, 0}, 6);
    look(&s, 0, raw, false, 4, row);
    check_row(row, (double[]){7, 0, 0, 1, 8, 0.4}, 6);
    lure_seen_free(&s);
}

TEST(a_choice_that_is_none_is_refused)
{
    lure_seen s;
    lure_seen_options o = lure_seen_defaults();
    lure_error err;
    double row[5];
    o.one_hot = true;
    open(&s, &o, &mixed, 1, NULL);
    CHECK_STATUS(lure_seen_look(&s, 0, (double[]){0, 3, 0}, true, 0, row, &err), LURE_ERROR_SCRIPT, &err);
    CHECK_CONTAINS(err.text, "observation 'cell' (number 2) is 3; expected a whole number from 0 to 2");
    CHECK_STATUS(lure_seen_look(&s, 0, (double[]){0, 0.5, 0}, true, 0, row, &err), LURE_ERROR_SCRIPT, &err);
    CHECK_STATUS(lure_seen_look(&s, 0, (double[]){0, -1, 0}, true, 0, row, &err), LURE_ERROR_SCRIPT, &err);
    lure_seen_free(&s);
}

TEST(frames_begin_with_the_first)
{
    lure_seen s;
    lure_seen_options o = lure_seen_defaults();
    double row[6], other[6];
    o.n_frames = 3;
    open(&s, &o, &two, 2, NULL);
    look(&s, 0, (double[]){1, 2}, true, 0, row);
    check_row(row, (double[]){1, 2, 1, 2, 1, 2}, 6);
    look(&s, 1, (double[]){9, 9}, true, 0, other); /* copies have frames of their own */
    look(&s, 0, (double[]){3, 4}, false, 1, row);
    check_row(row, (double[]){1, 2, 1, 2, 3, 4}, 6);
    look(&s, 0, (double[]){5, 6}, false, 2, row);
    look(&s, 0, (double[]){7, 8}, false, 3, row);
    check_row(row, (double[]){3, 4, 5, 6, 7, 8}, 6);
    look(&s, 0, (double[]){0, 0}, true, 0, row);
    check_row(row, (double[]){0, 0, 0, 0, 0, 0}, 6);

    /* what was kept makes another copy go on alike */
    CHECK_INT((int64_t)lure_seen_n_kept(&s), 6);
    look(&s, 0, (double[]){1, 1}, false, 1, row);
    memcpy(lure_seen_kept(&s, 1), lure_seen_kept(&s, 0), 6 * sizeof(double));
    look(&s, 0, (double[]){2, 2}, false, 2, row);
    look(&s, 1, (double[]){2, 2}, false, 2, other);
    check_row(other, row, 6);
    lure_seen_free(&s);
}

TEST(numbers_are_normalised_then_clipped_and_choices_are_not)
{
    lure_seen s;
    lure_seen_options o = lure_seen_defaults();
    lure_error err;
    double row[3];
    o.normalizes = true;
    o.clip = 2;
    open(&s, &o, &mixed, 1, NULL);
    CHECK_OK(lure_seen_learn(&s, 1, copies, (double[]){1, 2, 5}, &err), &err);
    look(&s, 0, (double[]){1, 2, 5}, true, 0, row);
    CHECK_NEAR(row[0], 0.0070707, 1e-7); /* one sample of 1, as reference numbers have it */
    CHECK_REAL(row[1], 2.0);
    look(&s, 0, (double[]){100, 1, -100}, false, 1, row);
    check_row(row, (double[]){2, 1, -2}, 3); /* 10 by the normaliser's clip, then 2 */
    lure_seen_free(&s);
}

/* What the two environments give at each step, each episode having four. */
static double counted(size_t environment, uint64_t step)
{
    static const double values[] = {0, 1, 3, 4};
    return values[(step + environment) % 4];
}

TEST(the_counting_environments_of_stable_baselines)
{
    lure_seen s;
    lure_seen_options o = lure_seen_defaults();
    lure_error err;
    o.normalizes = o.scales_reward = true;
    open(&s, &o, &one, 2, NULL);
    double raw[2] = {counted(0, 0), counted(1, 0)};
    CHECK_OK(lure_seen_learn(&s, 2, copies, raw, &err), &err);
    CHECK_NEAR(s.numbers.mean[0], 0.5, 1e-4);
    for (uint64_t step = 1; step <= 3000; step++) {
        raw[0] = counted(0, step);
        raw[1] = counted(1, step);
        double rewards[2] = {raw[0], raw[1]};
        int32_t end = step % 4 == 0;
        CHECK_OK(lure_seen_rewards(&s, 2, copies, (int32_t[]){end, end}, rewards, &err), &err);
        if (end) /* what the next episode begins with stands in its place */
            raw[0] = counted(0, 0), raw[1] = counted(1, 0);
        CHECK_OK(lure_seen_learn(&s, 2, copies, raw, &err), &err);
        if (step == 1) {
            CHECK_NEAR(s.numbers.mean[0], 1.25, 1e-4);
            CHECK_NEAR(s.spread.mean[0], 2.0, 1e-3);
        }
    }
    CHECK_NEAR(s.numbers.mean[0], 2.0, 1e-3);
    CHECK_NEAR(s.spread.mean[0], 5.688, 2e-3);
    CHECK_NEAR(s.spread.mean[0], 45.5123 / 8,
               1e-5); /* of 1, 3.99, 7.9501, 7.8706 and 3, 6.97, 6.9003, 7.8313 */
    lure_seen_free(&s);
}

TEST(rewards_are_scaled_then_clipped)
{
    lure_seen s;
    lure_seen_options o = lure_seen_defaults();
    lure_error err;
    double rewards[2] = {3, -0.5};
    o.reward_clip = 1;
    open(&s, &o, &one, 2, NULL);
    CHECK_OK(lure_seen_rewards(&s, 2, copies, (int32_t[]){0, 0}, rewards, &err), &err);
    check_row(rewards, (double[]){1, -0.5}, 2);
    lure_seen_free(&s);

    o = lure_seen_defaults();
    o.scales_reward = true;
    o.discount = 0.5;
    open(&s, &o, &one, 2, NULL);
    rewards[0] = 2, rewards[1] = 4;
    CHECK_OK(lure_seen_rewards(&s, 2, copies, (int32_t[]){0, 1}, rewards, &err), &err);
    CHECK_REAL(s.returns[0], 2.0);
    CHECK_REAL(s.returns[1], 0.0); /* begins anew after an end */
    double deviation = sqrt(s.spread.variance[0] + 1e-8);
    check_row(rewards, (double[]){2 / deviation, 4 / deviation}, 2);
    CHECK_NEAR(s.spread.variance[0], 1.0, 1e-2); /* of 2 and 4, their mean taken off */
    rewards[0] = 1;
    CHECK_OK(lure_seen_rewards(&s, 1, copies, (int32_t[]){0}, rewards, &err), &err);
    CHECK_REAL(s.returns[0], 2.0); /* 0.5 * 2 + 1; the other did not step */
    lure_seen_free(&s);
}

TEST(what_is_frozen_learns_nothing)
{
    lure_seen s;
    lure_seen_options o = lure_seen_defaults();
    lure_error err;
    double row[1], reward = 5;
    o.normalizes = o.is_frozen = o.scales_reward = o.is_reward_frozen = true;
    open(&s, &o, &one, 1, NULL);
    CHECK_OK(lure_seen_learn(&s, 1, copies, (double[]){7}, &err), &err);
    CHECK_REAL(s.numbers.count, 1e-4);
    look(&s, 0, (double[]){7}, true, 0, row);
    CHECK_NEAR(row[0], 7 / sqrt(1 + 1e-8), 1e-12);
    CHECK_OK(lure_seen_rewards(&s, 1, copies, (int32_t[]){0}, &reward, &err), &err);
    CHECK_NEAR(reward, 5 / sqrt(1 + 1e-8), 1e-12);
    CHECK_REAL(s.returns[0], 0.0);
    lure_seen_free(&s);
}

TEST(statistics_have_names_and_can_be_put_back)
{
    lure_seen from, to;
    lure_seen_options o = lure_seen_defaults();
    lure_error err;
    double a[2], b[2], reward[2] = {1, 1};
    o.normalizes = o.scales_reward = true;
    open(&from, &o, &two, 1, NULL);
    open(&to, &o, &two, 1, NULL);
    CHECK_OK(lure_seen_learn(&from, 1, copies, (double[]){3, -4}, &err), &err);
    CHECK_OK(lure_seen_rewards(&from, 1, copies, (int32_t[]){0}, reward, &err), &err);
    CHECK_INT((int64_t)lure_seen_n_named(&from), 7);
    for (size_t i = 0; i < 7; i++) {
        lure_tensor source, target;
        CHECK_TEXT(lure_seen_named(&from, i, &source), lure_seen_named(&to, i, &target));
        memcpy(target.data, source.data, lure_tensor_size(&source) * sizeof(double));
    }
    look(&from, 0, (double[]){1, 2}, true, 0, a);
    look(&to, 0, (double[]){1, 2}, true, 0, b);
    check_row(b, a, 2);
    reward[0] = reward[1] = 0.25;
    CHECK_OK(lure_seen_rewards(&from, 1, copies, (int32_t[]){0}, &reward[0], &err), &err);
    CHECK_OK(lure_seen_rewards(&to, 1, copies, (int32_t[]){0}, &reward[1], &err), &err);
    CHECK_REAL(reward[0], reward[1]);
    lure_seen_free(&from);
    lure_seen_free(&to);

    o.normalizes = false;
    lure_tensor t;
    open(&from, &o, &two, 1, NULL);
    CHECK_INT((int64_t)lure_seen_n_named(&from), 4);
    CHECK_TEXT(lure_seen_named(&from, 0, &t), "normalize_reward.mean");
    lure_seen_free(&from);
}

TEST(what_single_precision_cannot_hold_is_refused)
{
    lure_seen s;
    const lure_seen_options o = lure_seen_defaults();
    lure_error err;
    float row[2];
    CHECK_OK(lure_seen_init(&s, &o, &two, 1, 0, LURE_F32, NULL, &err), &err);
    CHECK_OK(lure_seen_look(&s, 0, (double[]){0.1, 1e30}, true, 0, row, &err), &err);
    CHECK_REAL((double)row[0], (double)0.1f);
    CHECK_STATUS(lure_seen_look(&s, 0, (double[]){0, -1e300}, true, 0, row, &err), LURE_ERROR_SCRIPT, &err);
    CHECK_CONTAINS(err.text, "number 2 of what the policy sees is -1e+300, which is beyond single precision");
    lure_seen_free(&s);
}

TEST(refused_memory_is_an_error)
{
    lure_memory memory = {.fail_at = 1};
    lure_seen s;
    const lure_seen_options o = lure_seen_defaults();
    lure_error err;
    CHECK_STATUS(lure_seen_init(&s, &o, &two, 1, 0, LURE_F32, &memory, &err), LURE_ERROR_MEMORY, &err);
    lure_seen_free(&s);
    CHECK_STATUS(lure_seen_init(&s, &o, &two, SIZE_MAX / 4, 0, LURE_F32, &memory, &err), LURE_ERROR_MEMORY,
                 &err);
    lure_seen_free(&s);
}
