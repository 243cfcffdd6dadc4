/* comparison.h: groups of runs as numbers: mean, interquartile mean, intervals, each beside the first group
   (report/compared.h). Internal to cli/. */
#ifndef LURE_CLI_COMPARISON_H
#define LURE_CLI_COMPARISON_H

#include "report/compared.h"
#include "run/run_groups.h"

enum { LURE_MOST_METRICS = 8 };

typedef struct lure_metric {
    const char *name;
    lure_compared *groups; /* (n_groups) */
} lure_metric;

typedef struct lure_comparison {
    const lure_run_groups *borrow_groups;
    bool lower_is_better;
    size_t n_resamples;                     /* of each interval */
    lure_metric metrics[LURE_MOST_METRICS]; /* the names are the caller's */
    size_t n_metrics;
} lure_comparison;

/* A name that no run has a number of is LURE_ERROR_USAGE with those there are. Free it in every case. */
lure_status lure_comparison_compute(lure_comparison *comparison, lure_error *err);
void lure_comparison_free(lure_comparison *comparison);

#endif
