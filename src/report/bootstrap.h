/* bootstrap.h: how sure a number is: the percentile bootstrap, stratified. Each stratum (a configuration, a task) is resampled
   by itself, as often as it has values; the 95 % interval is between the 2.5th and the 97.5th percentile of what the statistic
   says of the resamples (Efron 1979; Agarwal et al. 2021 for runs of reinforcement learning). All comes from one stated stream,
   so the same values give the same interval on every machine. For normal values the interval of an interquartile
   mean covers it about 90 times in 100 with 5 values, 94 with 10, 95 with 30. */
#ifndef LURE_REPORT_BOOTSTRAP_H
#define LURE_REPORT_BOOTSTRAP_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    LURE_BOOTSTRAP_SEED = 1,
    LURE_BOOTSTRAP_LEAST = 1000,
    LURE_BOOTSTRAP_RESAMPLES = 50000,
    LURE_BOOTSTRAP_DRAWS = 5000000, /* resamples times values, for each statistic: some 50 ms */
    LURE_BOOTSTRAP_VALUES = 10000   /* more than these are too many for a report: it takes the best */
};

typedef struct lure_bounds {
    double low, high; /* 95 %; NaN where a stratum is empty */
} lure_bounds;

/* A statistic of values that lie stratum after stratum, each rising; may reorder them. */
typedef double (*lure_statistic)(double *values, const size_t *sizes, size_t n_strata);
double lure_statistic_iqm(double *values, const size_t *sizes, size_t n_strata); /* of all together */
double lure_statistic_improvement(double *values, const size_t *sizes,
                                  size_t n_strata); /* first over second */
double lure_statistic_iqm_difference(double *values, const size_t *sizes,
                                     size_t n_strata); /* first - second */
/* Pairs of strata, the tasks: the mean over them of the first's improvement over the second. */
double lure_statistic_mean_improvement(double *values, const size_t *sizes, size_t n_strata);

/* So many that all of a report's values take bounded time: LURE_BOOTSTRAP_RESAMPLES, fewer above 100 values, never below
   LURE_BOOTSTRAP_LEAST. */
size_t lure_bootstrap_resamples(size_t n_values);

typedef struct lure_bootstrap {
    size_t n_resamples;
    bool paired; /* value i of every stratum is of the same seed: they are drawn together. Equal sizes. */
} lure_bootstrap;

/* From a stream of LURE_BOOTSTRAP_SEED that begins anew in each call. LURE_ERROR_MEMORY alone. */
lure_status lure_bootstrap_bounds(const lure_bootstrap *bootstrap, const double *values, const size_t *sizes,
                                  size_t n_strata, lure_statistic statistic, lure_bounds *out,
                                  lure_error *err);

#endif
