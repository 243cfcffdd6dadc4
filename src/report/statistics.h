/* statistics.h: the summary of repeated runs. The unit is the run (its seed), never the episode. The interquartile mean, the
   probability of improvement and the optimality gap are those of Agarwal et al. 2021, "Deep reinforcement learning at the
   edge of the statistical precipice" (rliable); their intervals are bootstrap.h's. Values are finite. */
#ifndef LURE_REPORT_STATISTICS_H
#define LURE_REPORT_STATISTICS_H

#include "base/status.h"

#include <stdbool.h>
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

/* The same two of values that rise already, which stay as they are. */
double lure_statistics_rising_iqm(const double *sorted, size_t n);
double lure_statistics_rising_improvement(const double *x, size_t n_x, const double *y, size_t n_y);
/* How far from a target the values are on average, none counted as better than it: target - mean(min(value, target)).
   n == 0: NaN. */
double lure_statistics_optimality_gap(const double *values, size_t n, double target, bool lower_is_better);
/* Spearman's: Pearson's correlation of the ranks, equal values sharing their mean rank. NaN for n < 2 and where one of the
   two does not vary. LURE_ERROR_MEMORY alone. */
lure_status lure_statistics_rank_correlation(const double *x, const double *y, size_t n, double *out,
                                             lure_error *err);

#endif
