/* test_sensitivity.c: main effects by hand, against numpy's least squares, and where nothing can be said. */
#include "report/sensitivity.h"
#include "unit.h"

#include "../reference/statistics.h"

#include <math.h>

/* One configuration for each mean, of two runs around it. */
static void make(lure_compared *all, double values[][2], const double *means, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        values[i][0] = means[i] - 1;
        values[i][1] = means[i] + 1;
        all[i] = (lure_compared){.values = values[i]};
        all[i].interval = lure_statistics_interval(values[i], 2);
    }
}

TEST(shares_by_hand)
{
    /* a full grid of 2 x 2: y = 10 a + 2 b, so a explains 100 of 104 and b 4 of 104 */
    static const double means[] = {0, 2, 10, 12}, numbers[] = {1, 1, 5, 5};
    static const size_t first[] = {0, 0, 1, 1}, second[] = {0, 1, 0, 1};
    double values[4][2];
    lure_compared all[4];
    lure_level levels[2];
    lure_sensitivity s = {.levels = levels, .n_levels = 2};
    lure_error err;
    make(all, values, means, 4);
    CHECK_OK(lure_sensitivity_compute(all, 4, first, numbers, &s, &err), &err);
    CHECK_NEAR(s.share, 100.0 / 104, 1e-15);
    CHECK_NEAR(s.chance, 1.0 / 3, 1e-15);
    CHECK_REAL(s.spread, 10);
    CHECK_REAL(levels[0].mean, 1);
    CHECK_REAL(levels[1].mean, 11);
    CHECK_REAL(levels[1].iqm, 11); /* 9 11 11 13 without the ends */
    CHECK_INT((int64_t)levels[0].n, 2);
    CHECK_NEAR(s.correlation, 2 / sqrt(5), 1e-15); /* ranks 1.5 1.5 3.5 3.5 and 1 2 3 4 */
    CHECK_OK(lure_sensitivity_compute(all, 4, second, NULL, &s, &err), &err);
    CHECK_NEAR(s.share, 4.0 / 104, 1e-15);
    CHECK(isnan(s.correlation));
}

TEST(shares_match_least_squares)
{
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        double values[6][2];
        lure_compared all[6];
        lure_level levels[3];
        lure_sensitivity s = {.levels = levels, .n_levels = 3};
        lure_error err;
        make(all, values, shares[i].means, shares[i].n);
        CHECK_OK(lure_sensitivity_compute(all, shares[i].n, shares[i].first, NULL, &s, &err), &err);
        CHECK_NEAR(s.share, shares[i].share_first, 1e-12);
        CHECK_OK(lure_sensitivity_compute(all, shares[i].n, shares[i].second, NULL, &s, &err), &err);
        CHECK_NEAR(s.share, shares[i].share_second, 1e-12);
    }
}

TEST(a_configuration_without_values_counts_nowhere)
{
    static const double means[] = {0, 4, 99};
    static const size_t level[] = {0, 1, 2};
    double values[3][2];
    lure_compared all[3];
    lure_level levels[3];
    lure_sensitivity s = {.levels = levels, .n_levels = 3};
    lure_error err;
    make(all, values, means, 3);
    all[2].interval = lure_statistics_interval(NULL, 0);
    CHECK_OK(lure_sensitivity_compute(all, 3, level, means, &s, &err), &err);
    CHECK_INT((int64_t)s.n, 2);
    CHECK_INT((int64_t)levels[2].n, 0);
    CHECK(isnan(levels[2].mean) && isnan(levels[2].iqm));
    CHECK_REAL(s.spread, 4);
    CHECK_REAL(s.chance, 1);
}

TEST(where_nothing_varies_nothing_is_explained)
{
    static const double means[] = {3, 3};
    static const size_t level[] = {0, 1};
    double values[2][2];
    lure_compared all[2];
    lure_level levels[2];
    lure_sensitivity s = {.levels = levels, .n_levels = 2};
    lure_error err;
    make(all, values, means, 2);
    CHECK_OK(lure_sensitivity_compute(all, 2, level, means, &s, &err), &err);
    CHECK(isnan(s.share));
    CHECK_REAL(s.spread, 0);
    CHECK(isnan(s.correlation));
}
