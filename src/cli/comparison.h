/* comparison.h: groups of runs as numbers: mean, interquartile mean, intervals, probability of improvement over the first
   group. Internal to cli/. */
#ifndef LURE_CLI_COMPARISON_H
#define LURE_CLI_COMPARISON_H

#include "report/statistics.h"
#include "run/run_groups.h"

enum { LURE_MOST_METRICS = 8, LURE_FEW_SEEDS = 5 };

typedef struct lure_compared {
    lure_interval interval; /* of the mean, Student's t */
    double iqm;
    lure_bounds iqm_bounds;
    double improvement;             /* over the first group; NaN for that itself */
    lure_bounds improvement_bounds; /* NaN where one of the two has a single run */
    double *values;                 /* (interval.n) by seed */
} lure_compared;

typedef struct lure_metric {
    const char *name;
    lure_compared *groups; /* (n_groups) */
} lure_metric;

typedef struct lure_comparison {
    const lure_run_groups *borrow_groups;
    bool lower_is_better;
    lure_metric metrics[LURE_MOST_METRICS]; /* the names are the caller's */
    size_t n_metrics;
} lure_comparison;

/* A name that no run has a number of is LURE_ERROR_USAGE with those there are. Free it in every case. */
lure_status lure_comparison_compute(lure_comparison *comparison, lure_error *err);
void lure_comparison_free(lure_comparison *comparison);

#endif
