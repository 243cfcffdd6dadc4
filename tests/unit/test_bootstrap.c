/* test_bootstrap.c: intervals by resampling against those of another generator, pairs, how often an interval covers. */
#include "base/rng.h"
#include "report/bootstrap.h"
#include "report/statistics.h"
#include "unit.h"

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
