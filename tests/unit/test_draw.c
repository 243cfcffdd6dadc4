/* test_draw.c: draws of a random search against numbers made by other means (reference/draws.py), and what they are
   spread like. The statistical bounds are far out for fixed seeds: they pass always or never. */
#include "batch/draw.h"
#include "unit.h"

#include "../reference/draws.h"

#include <math.h>
#include <stdio.h>

enum { N = 20000, BINS = 10 };

TEST(draws_are_those_of_the_published_algorithms)
{
    for (size_t i = 0; i < sizeof reference_draws / sizeof *reference_draws; i++) {
        const lure_draw *draw = &reference_draws[i].draw;
        const uint64_t seed = reference_draws[i].seed;
        const char *key = reference_draws[i].key;
        const double expected = reference_draws[i].value;
        lure_error err;
        CHECK_OK(lure_draw_check(draw, &err), &err);
        if (draw->kind == LURE_DRAW_CHOICE)
            CHECK_REAL((double)lure_draw_choice(draw, seed, key, reference_draws[i].point), expected);
        else if (draw->kind == LURE_DRAW_LOG_UNIFORM)
            CHECK_NEAR(lure_draw_number(draw, seed, key, reference_draws[i].point) / expected, 1, 1e-14);
        else
            CHECK_REAL(lure_draw_number(draw, seed, key, reference_draws[i].point), expected);
    }
}

/* Chi-square over bins that should be equally full; its 10^-6 quantile with nine degrees of freedom is 45. */
static double unevenness(const size_t counts[BINS], size_t n_bins)
{
    double sum = 0;
    const double expected = (double)N / (double)n_bins;
    for (size_t i = 0; i < n_bins; i++)
        sum += ((double)counts[i] - expected) * ((double)counts[i] - expected) / expected;
    return sum;
}

TEST(a_range_is_filled_evenly)
{
    static const lure_draw draws[] = {{LURE_DRAW_UNIFORM, -2, 3, 0},
                                      {LURE_DRAW_LOG_UNIFORM, 1e-6, 10, 0},
                                      {LURE_DRAW_INTEGER, -4, 5, 0},
                                      {LURE_DRAW_CHOICE, 0, 0, BINS}};
    for (size_t k = 0; k < sizeof draws / sizeof *draws; k++) {
        const lure_draw *d = &draws[k];
        size_t counts[BINS] = {0}, n_outside = 0;
        for (size_t point = 0; point < N; point++) {
            const double x = d->kind == LURE_DRAW_CHOICE ? (double)lure_draw_choice(d, 7, "rate", point)
                                                         : lure_draw_number(d, 7, "rate", point);
            const double place = d->kind == LURE_DRAW_UNIFORM       ? (x + 2) / 5
                                 : d->kind == LURE_DRAW_LOG_UNIFORM ? (log10(x) + 6) / 7
                                 : d->kind == LURE_DRAW_INTEGER     ? (x + 4.5) / BINS
                                                                    : (x + 0.5) / BINS;
            if (place >= 0 && place < 1)
                counts[(size_t)(place * BINS)]++;
            else
                n_outside++;
        }
        CHECK_INT((long long)n_outside, 0);
        CHECK_SAY(unevenness(counts, BINS) < 45, "%s: chi-square %g", lure_draw_name(d->kind),
                  unevenness(counts, BINS));
    }
}

TEST(three_choices_are_equally_likely)
{
    const lure_draw draw = {LURE_DRAW_CHOICE, 0, 0, 3};
    size_t counts[BINS] = {0};
    for (size_t point = 0; point < N; point++)
        counts[lure_draw_choice(&draw, 3, "reward", point)]++;
    CHECK_SAY(unevenness(counts, 3) < 28, "chi-square %g", unevenness(counts, 3)); /* two degrees: 10^-6 */
}

/* Correlation of two rows of uniform numbers; its deviation is 1 / sqrt(N) when they share nothing. */
static double correlation(uint64_t seed_a, const char *key_a, size_t from_a, uint64_t seed_b,
                          const char *key_b, size_t from_b)
{
    const lure_draw draw = {LURE_DRAW_UNIFORM, -sqrt(3), sqrt(3), 0}; /* variance 1 */
    double sum = 0;
    for (size_t i = 0; i < N; i++)
        sum += lure_draw_number(&draw, seed_a, key_a, from_a + i) *
               lure_draw_number(&draw, seed_b, key_b, from_b + i);
    return sum / N;
}

TEST(keys_seeds_and_points_share_nothing)
{
    const double five = 5 / sqrt(N);
    CHECK_NEAR(correlation(1, "a", 0, 1, "b", 0), 0, five);
    CHECK_NEAR(correlation(1, "learning_rate.rate", 0, 1, "learning_rate", 0), 0, five);
    CHECK_NEAR(correlation(1, "a", 0, 2, "a", 0), 0, five);
    CHECK_NEAR(correlation(1, "a", 0, 1, "a", 1), 0, five);
    CHECK_NEAR(correlation(1, "a", 0, 1, "a", 0), 1, five);
}

TEST(one_more_seed_is_another_search_and_the_same_one_is_the_same)
{
    const lure_draw wide = {LURE_DRAW_UNIFORM, 0, 10, 0}, narrow = {LURE_DRAW_UNIFORM, 0, 1, 0};
    for (size_t point = 0; point < 100; point++) {
        const double x = lure_draw_number(&wide, 1, "a", point);
        CHECK_REAL(lure_draw_number(&wide, 1, "a", point), x);
        CHECK_NEAR(lure_draw_number(&narrow, 1, "a", point), x / 10, 1e-15); /* the same place in the range */
        CHECK(lure_draw_number(&wide, 2, "a", point) != x);
    }
}

TEST(ranges_that_cannot_be_are_told)
{
    static const struct {
        lure_draw draw;
        const char *says;
    } rows[] = {
        {{LURE_DRAW_UNIFORM, 1, 1, 0}, "uniform: low is 1 and high is 1; expected low < high"},
        {{LURE_DRAW_UNIFORM, 2, 1, 0}, "expected low < high"},
        {{LURE_DRAW_UNIFORM, 0, INFINITY, 0}, "uniform: high is inf; expected a finite number"},
        {{LURE_DRAW_UNIFORM, NAN, 1, 0}, "uniform: low is nan; expected a finite number"},
        {{LURE_DRAW_LOG_UNIFORM, 0, 1, 0}, "log_uniform: low is 0; expected a number above 0"},
        {{LURE_DRAW_LOG_UNIFORM, -1, 1, 0}, "log_uniform: low is -1; expected a number above 0"},
        {{LURE_DRAW_INTEGER, 0.5, 2, 0}, "integer: low is 0.5; expected a whole number"},
        {{LURE_DRAW_INTEGER, 0, 1e17, 0}, "integer: high is 1e+17; expected a whole number"},
        {{LURE_DRAW_CHOICE, 0, 0, 0}, "choice has nothing to choose from"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        lure_error err = {0};
        CHECK_STATUS(lure_draw_check(&rows[i].draw, &err), LURE_ERROR_USAGE, &err);
        CHECK_CONTAINS(err.text, rows[i].says);
    }
}

TEST(names_are_found_or_guessed)
{
    const char *nearest;
    CHECK_INT(lure_draw_find("log_uniform", &nearest), LURE_DRAW_LOG_UNIFORM);
    CHECK_INT(lure_draw_find("loguniform", &nearest), LURE_DRAW_NONE);
    CHECK_TEXT(nearest, "log_uniform");
    CHECK_INT(lure_draw_find("none", &nearest), LURE_DRAW_NONE);
    CHECK(nearest == NULL);
}
