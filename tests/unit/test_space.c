/* test_space.c: what is in a space, what is drawn from it, and its flat form. The statistical bounds are five standard
   deviations for fixed seeds: they pass always or never. */
#include "learn/space.h"
#include "unit.h"

#include <math.h>

#define SPACE(...)                                                                                           \
    {                                                                                                        \
        sizeof(const lure_part[]){__VA_ARGS__} / sizeof(lure_part), (const lure_part[])                      \
        {                                                                                                    \
            __VA_ARGS__                                                                                      \
        }                                                                                                    \
    }
#define CHOICE(count)                                                                                        \
    {                                                                                                        \
        .n = (count)                                                                                         \
    }
#define NUMBER(from, to)                                                                                     \
    {                                                                                                        \
        .low = (from), .high = (to)                                                                          \
    }

static lure_rng stream(uint64_t seed)
{
    lure_rng rng;
    lure_rng_init(&rng, seed, LURE_PURPOSE_USER, 0);
    return rng;
}

TEST(a_space_has_a_kind_and_sizes)
{
    const lure_space nothing = {0}, discrete = SPACE(CHOICE(4)), several = SPACE(CHOICE(2), CHOICE(3));
    const lure_space box = SPACE(NUMBER(0, 1), NUMBER(-1, 1)), mixed = SPACE(NUMBER(0, 1), CHOICE(3));
    const struct {
        const lure_space *space;
        const char *kind;
        size_t n_choices, n_flat;
    } rows[] = {{&nothing, "box", 0, 0},
                {&discrete, "discrete", 4, 4},
                {&several, "multi-discrete", 5, 5},
                {&box, "box", 0, 2},
                {&mixed, "mixed", 3, 4}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CHECK_TEXT(lure_space_kind_name(lure_space_kind_of(rows[i].space)), rows[i].kind);
        CHECK_INT((int64_t)lure_space_n_choices(rows[i].space), (int64_t)rows[i].n_choices);
        CHECK_INT((int64_t)lure_space_n_flat(rows[i].space), (int64_t)rows[i].n_flat);
    }
}

TEST(what_is_outside_is_found)
{
    const lure_space space =
        SPACE(CHOICE(3), NUMBER(-1, 2), NUMBER(0, INFINITY), NUMBER(-INFINITY, INFINITY));
    const struct {
        double value[4];
        int64_t outside;
    } rows[] = {
        {{0, -1, 0, -1e300}, 4},   {{2, 2, 1e300, 0}, 4},    {{-0.0, 0, -0.0, 0}, 4},
        {{3, 0, 0, 0}, 0},         {{-1, 0, 0, 0}, 0},       {{0.5, 0, 0, 0}, 0},
        {{NAN, 0, 0, 0}, 0},       {{INFINITY, 0, 0, 0}, 0}, {{0, -1.0000001, 0, 0}, 1},
        {{0, 2.0000001, 0, 0}, 1}, {{0, NAN, 0, 0}, 1},      {{0, 0, -1e-300, 0}, 2},
        {{0, 0, INFINITY, 0}, 2},  {{0, 0, 0, NAN}, 3},      {{0, 0, 0, INFINITY}, 3},
        {{0, 0, 0, -INFINITY}, 3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK_INT((int64_t)lure_space_find_outside(&space, rows[i].value), rows[i].outside);
    const lure_space nothing = {0};
    CHECK_INT((int64_t)lure_space_find_outside(&nothing, NULL), 0);
}

TEST(samples_are_in_the_space_and_replay)
{
    const lure_space space =
        SPACE(CHOICE(7), NUMBER(-1, 2), NUMBER(3, INFINITY), NUMBER(-INFINITY, -3),
              NUMBER(-INFINITY, INFINITY), NUMBER(-1e308, 1e308), NUMBER(5, 5), CHOICE(1));
    lure_rng a = stream(1), b = stream(1);
    for (int i = 0; i < 10000; i++) {
        double value[8], again[8];
        lure_space_sample(&space, NULL, &a, value);
        lure_space_sample(&space, NULL, &b, again);
        CHECK_INT((int64_t)lure_space_find_outside(&space, value), 8);
        for (int j = 0; j < 8; j++)
            CHECK_REAL(again[j], value[j]);
    }
}

TEST(choices_are_drawn_evenly_among_the_legal)
{
    enum { DRAWS = 20000 };
    const lure_space space = SPACE(CHOICE(3), NUMBER(0, 1), CHOICE(4));
    const unsigned char mask[] = {1, 0, 1, 0, 1, 1, 1};
    const double expected[] = {0.5, 0, 0.5, 0, 1 / 3.0, 1 / 3.0, 1 / 3.0};
    int counts[7] = {0};
    lure_rng rng = stream(2);
    for (int i = 0; i < DRAWS; i++) {
        double value[3];
        lure_space_sample(&space, mask, &rng, value);
        counts[(int)value[0]]++;
        counts[3 + (int)value[2]]++;
    }
    for (int i = 0; i < 7; i++) {
        const double deviation = sqrt(DRAWS * expected[i] * (1 - expected[i]));
        CHECK_NEAR(counts[i], DRAWS * expected[i], 5 * deviation);
    }
}

TEST(a_mask_without_a_legal_choice_gives_the_first)
{
    const lure_space space = SPACE(CHOICE(2), CHOICE(3));
    const unsigned char mask[] = {0, 0, 0, 0, 1};
    lure_rng rng = stream(3);
    double value[2];
    lure_space_sample(&space, mask, &rng, value);
    CHECK_REAL(value[0], 0);
    CHECK_REAL(value[1], 2);
}

/* Moments of the uniform, the exponential and the normal distribution. */
TEST(numbers_are_drawn_as_their_bounds_say)
{
    enum { DRAWS = 40000 };
    const lure_space space =
        SPACE(NUMBER(-1, 3), NUMBER(3, INFINITY), NUMBER(-INFINITY, -3), NUMBER(-INFINITY, INFINITY));
    const double mean[] = {1, 4, -4, 0}, variance[] = {16 / 12.0, 1, 1, 1}, kurtosis[] = {1.8, 9, 9, 3};
    double sum[4] = {0}, squares[4] = {0};
    lure_rng rng = stream(4);
    for (int i = 0; i < DRAWS; i++) {
        double value[4];
        lure_space_sample(&space, NULL, &rng, value);
        for (int j = 0; j < 4; j++) {
            sum[j] += value[j];
            squares[j] += (value[j] - mean[j]) * (value[j] - mean[j]);
        }
    }
    for (int j = 0; j < 4; j++) {
        CHECK_NEAR(sum[j] / DRAWS, mean[j], 5 * sqrt(variance[j] / DRAWS));
        CHECK_NEAR(squares[j] / DRAWS, variance[j], 5 * variance[j] * sqrt((kurtosis[j] - 1) / DRAWS));
    }
}

TEST(a_choice_is_one_hot_in_the_flat_form)
{
    const lure_space space = SPACE(NUMBER(0, 9), CHOICE(3), CHOICE(1), NUMBER(-9, 0));
    const double value[] = {2.5, 1, 0, -4}, expected[] = {2.5, 0, 1, 0, 1, -4};
    double flat[6], back[4];
    lure_space_flatten(&space, value, flat);
    for (int i = 0; i < 6; i++)
        CHECK_REAL(flat[i], expected[i]);
    lure_space_unflatten(&space, flat, back);
    for (int i = 0; i < 4; i++)
        CHECK_REAL(back[i], value[i]);
}

TEST(flat_forms_of_samples_give_them_back)
{
    const lure_space space = SPACE(CHOICE(5), NUMBER(-1, 1), CHOICE(2), NUMBER(0, INFINITY));
    lure_rng rng = stream(5);
    for (int i = 0; i < 1000; i++) {
        double value[4], flat[9], back[4], ones = 0;
        lure_space_sample(&space, NULL, &rng, value);
        lure_space_flatten(&space, value, flat);
        lure_space_unflatten(&space, flat, back);
        for (int j = 0; j < 5; j++)
            ones += flat[j];
        CHECK_REAL(ones, 1);
        for (int j = 0; j < 4; j++)
            CHECK_REAL(back[j], value[j]);
    }
}

TEST(the_first_of_the_largest_is_the_choice)
{
    const lure_space space = SPACE(CHOICE(4), CHOICE(3));
    const double flat[] = {-3, 0.25, 0.25, 0.1, 0, 0, 0};
    double value[2];
    lure_space_unflatten(&space, flat, value);
    CHECK_REAL(value[0], 1);
    CHECK_REAL(value[1], 0);
}
