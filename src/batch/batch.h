/* batch.h: many runs, a worker process a slot, results in the order of the plan. A run that is finished on disk (the
   run's id is in its summary.json, outcome ok) is not done again, so the same batch on the same folder does what is
   missing; whatever fails costs its own run. Use: open, look (reads what is there) or run (takes the folder, works),
   close. Keeps per run only what a table needs; the rest is read again from the run's folder. No Lua here. */
#ifndef LURE_BATCH_BATCH_H
#define LURE_BATCH_BATCH_H

#include "batch/plan.h"

#include <jansson.h>

typedef struct lure_batch_progress {
    size_t planned, done, failed, skipped, running; /* done: finished well, the skipped ones among them */
    double part;                                    /* of the running ones that is done, in runs */
    double seconds, seconds_left;                   /* left: NaN while nothing tells */
    const struct lure_batch *borrow_batch;
    size_t n_slots; /* for lure_batch_slot_read */
} lure_batch_progress;

/* What a worker is at. */
typedef struct lure_batch_slot {
    size_t run;               /* of the plan */
    uint64_t update, updates; /* 0: not known yet */
    double seconds;
} lure_batch_slot;

typedef struct lure_batch_options {
    const lure_plan_request *request;
    const char *out; /* null: runs/<name of the batch> */
    size_t jobs;     /* 0: as many as this process has processors */
    void (*progress)(void *data,
                     const lure_batch_progress *progress); /* null is fine; some 10 times a second */
    void *progress_data;
    void (*tell)(void *data, const char *text); /* what a person should know; null is fine */
    void *tell_data;
} lure_batch_options;

/* What became of a run. */
typedef struct lure_batch_run {
    bool done;                         /* finished well, now or before */
    bool skipped;                      /* before */
    lure_status status;                /* LURE_OK and not done: it was not reached */
    int signal;                        /* that killed its worker; 0: none */
    char *error;                       /* null: none */
    double episodic_return, tail_mean; /* of summary.json: NaN where it has none */
} lure_batch_run;

typedef struct lure_batch {
    lure_plan *plan;
    lure_batch_run *runs; /* (plan->n_runs) */
    char (*tracks)[64];   /* (plan->n_configurations) the column that tail_mean is of; "": none */
    char out[LURE_PATH_SIZE];
    size_t n_done, n_failed, n_skipped;
    size_t n_given; /* runs that were worked on */
    double seconds;
    struct lure_batch_pool *pool; /* batch.c's */
} lure_batch;

/* Reads the batch; nothing is planned or written yet. Caller closes. */
lure_status lure_batch_open(const lure_batch_options *options, lure_batch **out, lure_error *err);
/* Plans the runs, in worker processes, and looks which are done. */
lure_status lure_batch_look(lure_batch *batch, lure_error *err);
/* As lure_batch_look, in the folder that is locked, then does the runs. LURE_OK when every run has its outcome, however
   many failed. LURE_ERROR_CANCELLED after lure_batch_cancel; LURE_ERROR_STORE when the folder cannot be used (another
   batch is at work in it, the disk is full): what is finished stays. */
lure_status lure_batch_run_all(lure_batch *batch, lure_error *err);
void lure_batch_cancel(void);             /* signal-safe */
void lure_batch_close(lure_batch *batch); /* null is fine */

/* False: the slot is idle. While runs are done, for the progress. */
bool lure_batch_slot_read(const lure_batch *batch, size_t slot, lure_batch_slot *out);

/* summary.json of a run that is done, or null. Caller decrefs. */
json_t *lure_batch_summary(const lure_batch *batch, size_t run);
/* "ok", "script_error", ..., "crashed(SIGSEGV)"; "not_run" */
void lure_batch_outcome(const lure_batch *batch, size_t run, char out[48]);

#endif
