/* batch.h: many runs, a worker process a slot, results in the order of the plan. A run whose summary.json has the run's id,
   a seal that holds (store/seal.h) and an outcome that is the script's own doing is not done again, so the same batch on
   the same folder does what is missing; whatever fails costs its own run. Use: open, look (reads what is there) or run
   (takes the folder, works), close. Workers do not wait for the disk: that is done about once a second for all runs that
   ended, and at the end. Keeps per run only what a table needs; the rest is read again from the run's folder. No Lua here. */
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
    const char *out;        /* null: runs/<name of the batch> */
    size_t jobs;            /* 0: as many as this process has processors */
    double capture_seconds; /* how often a run that goes on is written down; 0: after every update */
    bool retries_failed;    /* runs that failed before are done again; else they stay as they are */
    bool fails_fast;        /* after the first failure nothing more is begun */
    void (*tell)(void *data, const char *text); /* what a person should know meanwhile; null is fine */
    void *tell_data;
    void (*progress)(void *data,
                     const lure_batch_progress *progress); /* null is fine; some 10 times a second */
    void *progress_data;
} lure_batch_options;

/* What became of a run. */
typedef struct lure_batch_run {
    bool done;                         /* finished well, now or before */
    bool skipped;                      /* before */
    bool kept_failed;                  /* it failed before, and is left so */
    lure_status status;                /* LURE_OK and not done: it was not reached */
    int signal;                        /* that killed its worker; 0: none */
    char *error;                       /* null: none */
    double episodic_return, tail_mean; /* of summary.json: NaN where it has none */
    char digest[17];                   /* of what ended before: of its summary's, the first digits */
} lure_batch_run;

typedef struct lure_batch {
    lure_plan *plan;
    lure_batch_run *runs; /* (plan->n_runs) */
    char (*tracks)[64];   /* (plan->n_configurations) the column that tail_mean is of; "": none */
    char out[LURE_PATH_SIZE];
    size_t n_done, n_failed, n_skipped;
    size_t n_kept_failed; /* of n_failed: before */
    size_t n_damaged;     /* runs whose files are not as they were left; they are done again */
    size_t n_unsealed;    /* runs of a lure that left no checksums; they are done again, too */
    size_t
        n_others; /* folders of runs that are not of this plan: of scripts as they were, of another batch */
    size_t n_durable; /* runs of those that ended now which the disk has */
    size_t n_given;   /* runs that were worked on */
    double seconds;
    struct lure_batch_pool *pool; /* batch_inside.h */
} lure_batch;

/* Reads the batch; nothing is planned or written yet. Caller closes. */
lure_status lure_batch_open(const lure_batch_options *options, lure_batch **out, lure_error *err);
/* Plans the runs, in worker processes, and looks which are done. */
lure_status lure_batch_look(lure_batch *batch, lure_error *err);
/* As lure_batch_look, in the folder that is locked, then does the runs. LURE_OK when every run has its outcome, however
   many failed, and the disk has them all, or after the first failure if that was asked for. LURE_ERROR_CANCELLED after
   lure_batch_cancel; LURE_ERROR_STORE when the folder cannot be used (another batch is at work in it, the disk is full):
   what is finished stays. */
lure_status lure_batch_run_all(lure_batch *batch, lure_error *err);
void lure_batch_cancel(void);             /* signal-safe */
void lure_batch_close(lure_batch *batch); /* null is fine */

/* False: the slot is idle. While runs are done, for the progress. */
bool lure_batch_slot_read(const lure_batch *batch, size_t slot, lure_batch_slot *out);

enum { LURE_BATCH_MOST_WORDS = 1024 };
/* What batch.json in the folder of a batch says was asked for. The strings lie in `root`. */
typedef struct lure_batch_asked {
    json_t *root;
    lure_plan_request request;
    const char *lists[4][LURE_BATCH_MOST_WORDS];
    char out[LURE_PATH_SIZE]; /* the folder, as seen from where the process is then */
} lure_batch_asked;
bool lure_batch_is_folder(const char *directory); /* does it hold a batch.json? */
/* And takes the process to the folder in which it was asked for, where that is another one. Free in every case. */
lure_status lure_batch_asked_read(const char *directory, lure_batch_asked *asked, lure_error *err);
void lure_batch_asked_free(lure_batch_asked *asked);

/* summary.json of a run that is done, or null. Caller decrefs. */
json_t *lure_batch_summary(const lure_batch *batch, size_t run);
/* "ok", "script_error", ..., "crashed(SIGSEGV)"; "not_run" */
void lure_batch_outcome(const lure_batch *batch, size_t run, char out[48]);

#endif
