/* batch_statistics.h: what a batch says at its end, as numbers. A task is one experiment of the batch: its configurations are
   compared with each other, never with those of another, whose scores have no common scale. Over all tasks only what needs
   no scale is said: the probability of improvement, averaged over the tasks. The words are batch_tables.h's and
   batch_verdict.h's. Internal to cli/. */
#ifndef LURE_CLI_BATCH_STATISTICS_H
#define LURE_CLI_BATCH_STATISTICS_H

#include "batch/batch.h"
#include "report/compared.h"
#include "report/sensitivity.h"

/* What was asked for. */
typedef struct lure_batch_judging {
    const char *metric; /* null: episodic_return_100 */
    bool lower_is_better;
    double target; /* NaN: of episodic_return_100 the experiment's threshold, else none */
    bool all_rows; /* tables leave none out */
} lure_batch_judging;

/* A varied option of a task, in the order of the plan's. */
typedef struct lure_batch_factor {
    size_t option;   /* index into plan->options */
    size_t *level;   /* (n) of each configuration of the task */
    size_t *example; /* (n_levels) a configuration of the task that has it */
    bool as_thirds;  /* many different numbers: the levels are thirds of them, by size */
    double *numbers; /* (n) null: not all are numbers */
    lure_sensitivity effect;
} lure_batch_factor;

typedef struct lure_batch_metric {
    const char *name; /* null: the configurations track different columns */
    lure_compared *all;
    lure_comparing comparing; /* without a reference: described, not judged */
} lure_batch_metric;

enum { LURE_BATCH_JUDGED, LURE_BATCH_TRACKED, LURE_BATCH_RETURN, LURE_N_BATCH_METRICS };

typedef struct lure_batch_task {
    const char *name; /* of the experiment */
    size_t first, n;  /* configurations of the plan */
    size_t n_runs, n_done, n_failed;
    double target; /* NaN: none known */
    bool target_is_threshold;
    lure_batch_metric metrics[LURE_N_BATCH_METRICS]; /* LURE_BATCH_RETURN only where another is judged */
    lure_batch_factor *factors;
    size_t n_factors;
} lure_batch_task;

/* A configuration over all tasks, by its place in each. */
typedef struct lure_batch_overall {
    double mean_rank;   /* NaN: it has no values in a task */
    double improvement; /* over the reference, averaged over the tasks */
    lure_bounds bounds; /* NaN where a task has fewer than LURE_FEW_SEEDS of either */
} lure_batch_overall;

typedef struct lure_batch_statistics {
    const lure_batch *borrow_batch;
    lure_batch_judging judging;
    lure_batch_task *tasks;
    size_t n_tasks;
    size_t n_resamples;
    size_t n_all, n_few, n_not_finite; /* configurations; those with 1 to 4 values; runs without a value */
    lure_batch_overall *overall;       /* (tasks[0].n) null: one task, or one configuration */
    size_t reference;                  /* of overall: the lowest mean rank */
    lure_text numbers;                 /* where no run has the metric: what there is */
} lure_batch_statistics;

/* Caller frees, in every case. LURE_ERROR_MEMORY alone. */
lure_status lure_batch_statistics_make(const lure_batch *batch, const lure_batch_judging *judging,
                                       lure_batch_statistics *out, lure_error *err);
void lure_batch_statistics_free(lure_batch_statistics *statistics);

bool lure_batch_run_failed(const lure_batch_run *run);

#endif
