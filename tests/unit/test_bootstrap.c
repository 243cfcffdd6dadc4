/* test_bootstrap.c: intervals by resampling against those of another generator, pairs, how often an interval covers. */
#include "base/rng.h"
#include "report/bootstrap.h"
#include "report/statistics.h"
#include "unit.h"

#include "../reference/statistics.h"

#include <math.h>

static const lure_bootstrap many = {LURE_BOOTSTRAP_RESAMPLES, false};

/* The same resampling by numpy (default_rng(0), 50,000 resamples): the percentiles of two such samples of resamples lie
   that near to each other. */
TEST(bootstrap_intervals_match_those_of_another_generator)
{
    static const double values[] = {480, 500, 455, 500, 390, 498, 470, 500, 310, 489, 420,
                                    505, 380, 450, 300, 470, 440, 495, 290, 460, 400, 399};
    static const size_t sizes[] = {10, 12};
    lure_bounds bounds, again;
    lure_error err;
    CHECK_OK(lure_bootstrap_bounds(&many, values, sizes, 1, lure_statistic_iqm, &bounds, &err), &err);
    CHECK_NEAR(bounds.low, 426.667, 2);
    CHECK_NEAR(bounds.high, 497.5, 2);
    CHECK_OK(lure_bootstrap_bounds(&many, values, sizes, 2, lure_statistic_iqm, &bounds, &err), &err);
    CHECK_NEAR(bounds.low, 417.417, 2);
    CHECK_NEAR(bounds.high, 477, 2);
    CHECK_OK(lure_bootstrap_bounds(&many, values, sizes, 2, lure_statistic_improvement, &bounds, &err), &err);
    CHECK_NEAR(bounds.low, 0.479167, 0.01);
    CHECK_NEAR(bounds.high, 0.929167, 0.01);
    CHECK_OK(lure_bootstrap_bounds(&many, values, sizes, 2, lure_statistic_improvement, &again, &err), &err);
    CHECK(bounds.low == again.low && bounds.high == again.high);
}

TEST(bootstrap_of_nothing_and_of_one_value)
{
    const double one = 7;
    const size_t sizes[] = {1, 0};
    lure_bounds bounds;
    lure_error err;
    CHECK_OK(lure_bootstrap_bounds(&many, &one, sizes, 1, lure_statistic_iqm, &bounds, &err), &err);
    CHECK(bounds.low == 7 && bounds.high == 7);
    CHECK_OK(lure_bootstrap_bounds(&many, &one, sizes, 2, lure_statistic_improvement, &bounds, &err), &err);
    CHECK(isnan(bounds.low) && isnan(bounds.high));
}

TEST(paired_resamples_take_the_seed_out_of_the_difference)
{
    const size_t sizes[] = {12, 12};
    double values[24];
    lure_bounds bounds;
    lure_error err;
    for (int i = 0; i < 12; i++) {
        values[i] = differences.x[i];
        values[12 + i] = differences.y[i];
    }
    const lure_bootstrap paired = {LURE_BOOTSTRAP_RESAMPLES, true};
    CHECK_OK(lure_bootstrap_bounds(&paired, values, sizes, 2, lure_statistic_iqm_difference, &bounds, &err),
             &err);
    CHECK_NEAR(bounds.low, differences.paired_low, 0.05);
    CHECK_NEAR(bounds.high, differences.paired_high, 0.05);
    CHECK_OK(lure_bootstrap_bounds(&many, values, sizes, 2, lure_statistic_iqm_difference, &bounds, &err),
             &err);
    CHECK_NEAR(bounds.low, differences.apart_low, 0.3);
    CHECK_NEAR(bounds.high, differences.apart_high, 0.3);
}

TEST(a_resample_holds_what_it_should)
{
    /* of two values an interquartile mean is one of 0, 1/2 and 1: each end is in more than 2.5 of 100 resamples */
    const double values[] = {1, 0};
    const size_t n = 2;
    lure_bounds bounds;
    lure_error err;
    CHECK_OK(lure_bootstrap_bounds(&many, values, &n, 1, lure_statistic_iqm, &bounds, &err), &err);
    CHECK_REAL(bounds.low, 0);
    CHECK_REAL(bounds.high, 1);
}

TEST(improvement_averaged_over_tasks)
{
    double values[] = {1, 2, /* over */ 0, 3, /* and */ 5, 6, /* over */ 1};
    const size_t sizes[] = {2, 2, 2, 1};
    CHECK_REAL(lure_statistic_mean_improvement(values, sizes, 4), 0.75); /* (1/2 + 1) / 2 */
}

TEST(fewer_resamples_of_many_values)
{
    CHECK_INT((int64_t)lure_bootstrap_resamples(0), 50000);
    CHECK_INT((int64_t)lure_bootstrap_resamples(100), 50000);
    CHECK_INT((int64_t)lure_bootstrap_resamples(200), 25000);
    CHECK_INT((int64_t)lure_bootstrap_resamples(10000), 1000);
    CHECK_INT((int64_t)lure_bootstrap_resamples(1000000), 1000);
}

/* Sums of twelve uniform numbers are normal enough. */
static double normal(lure_rng *rng)
{
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += lure_rng_uniform(rng);
    return sum;
}

TEST(intervals_cover_as_often_as_is_said)
{
    static const struct {
        size_t n;
        double expected; /* of 100, bootstrap.h */
    } cases[] = {{5, 90}, {10, 94}, {30, 95}};
    enum { SAMPLES = 1000 };
    const lure_bootstrap few = {2000, false};
    lure_rng rng;
    lure_rng_init(&rng, 7, LURE_PURPOSE_USER, 0);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        int n_covered = 0;
        for (int i = 0; i < SAMPLES; i++) {
            double values[30];
            lure_bounds bounds;
            lure_error err;
            for (size_t v = 0; v < cases[k].n; v++)
                values[v] = normal(&rng);
            CHECK_OK(lure_bootstrap_bounds(&few, values, &cases[k].n, 1, lure_statistic_iqm, &bounds, &err),
                     &err);
            n_covered += bounds.low <= 0 && bounds.high >= 0;
        }
        const double covered = 100.0 * n_covered / SAMPLES; /* standard error below 1 */
        CHECK_SAY(fabs(covered - cases[k].expected) < 2.5, "%zu values: covered %.1f times in 100, said %.0f",
                  cases[k].n, covered, cases[k].expected);
    }
}
