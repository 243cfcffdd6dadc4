/* statistics.h: the summary of repeated runs. The unit is the run (its seed), never the episode. The interquartile mean, the
   probability of improvement and their intervals by stratified bootstrap are those of Agarwal et al. 2021, "Deep
   reinforcement learning at the edge of the statistical precipice" (rliable). Values are finite. */
#ifndef LURE_REPORT_STATISTICS_H
#define LURE_REPORT_STATISTICS_H

#include "base/rng.h"
#include "base/status.h"

#include <stddef.h>

typedef struct lure_interval {
    size_t n;
    double mean;
    double deviation; /* sample, n - 1; NaN for n < 2 */
    double low, high; /* 95 % of the mean, Student's t; NaN for n < 2 */
} lure_interval;

lure_interval lure_statistics_interval(const double *values, size_t n); /* n == 0: all NaN */
/* To a relative 1e-9, for p in (0.5, 1) and any degrees of freedom from 1 to 1e9; NaN outside p and below 1. */
double lure_statistics_t_quantile(double probability, double degrees_of_freedom);

void lure_statistics_sort(double *values, size_t n); /* rising */
/* Of rising values, between two of them linear; q in [0, 1]. n == 0: NaN. */
double lure_statistics_quantile(const double *sorted, size_t n, double q);
/* The mean of the middle half: without the lowest and the highest quarter, each rounded down. Sorts. n == 0: NaN. */
double lure_statistics_iqm(double *values, size_t n);
/* How probable a value of x is above one of y, half of it where they are equal: Mann and Whitney's U / (n_x n_y). Sorts
   both. Either empty: NaN. */
double lure_statistics_improvement(double *x, size_t n_x, double *y, size_t n_y);

/* A statistic of values that lie stratum after stratum; may reorder each. */
typedef double (*lure_statistic)(double *values, const size_t *sizes, size_t n_strata);
double lure_statistic_iqm(double *values, const size_t *sizes, size_t n_strata); /* of all together */
double lure_statistic_improvement(double *values, const size_t *sizes,
                                  size_t n_strata); /* first over second */

typedef struct lure_bounds {
    double low, high; /* 95 %, percentiles of the resamples; NaN where a stratum is empty */
} lure_bounds;
enum { LURE_BOOTSTRAP_RESAMPLES = 50000, LURE_BOOTSTRAP_SEED = 1 };
/* Resamples within each stratum (sizes), as often as said above, from a stream of its own of LURE_BOOTSTRAP_SEED that begins
   anew in each call. LURE_ERROR_MEMORY alone. */
lure_status lure_statistics_bootstrap(const double *values, const size_t *sizes, size_t n_strata,
                                      lure_statistic statistic, lure_bounds *out, lure_error *err);

#endif
