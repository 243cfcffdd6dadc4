/* statistics.h: the summary of repeated runs. The unit is the run (its seed), never the episode. */
#ifndef LURE_REPORT_STATISTICS_H
#define LURE_REPORT_STATISTICS_H

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

#endif
