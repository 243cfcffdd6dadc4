/* batch_inside.h: what the files of a batch share: the pool of workers, the task that is handed out to them, the lock of
   the folder, what is on disk, what the disk has. Internal to batch/. */
#ifndef LURE_BATCH_BATCH_INSIDE_H
#define LURE_BATCH_BATCH_INSIDE_H

#include "batch/batch.h"
#include "batch/worker.h"

enum { LURE_MOST_JOBS = 1024 };

/* Runs that ended, in that order, and how far the disk has them. */
typedef struct lure_batch_sync {
    size_t *ended; /* (plan->n_runs) */
    size_t n_ended, n_asked, n_durable;
    int folder; /* -1: not open */
    pid_t pid;  /* of the process that syncs; 0: none */
    int socket;
    bool is_asked, has_told;
    int failed;      /* why the disk did not take what it was given; 0: it did */
    double answered; /* clock */
} lure_batch_sync;

struct lure_batch_pool {
    const lure_batch_options *borrow_options;
    size_t n_workers;
    int lock;            /* -1: not taken */
    bool has_told_walls; /* which ones a worker of this machine goes without */
    double looked_at;    /* clock: when workers were last looked after */
    lure_worker_orders orders;
    lure_batch_sync sync;
    lure_worker workers[LURE_MOST_JOBS];
};

/* Something to do n times, in any order but begun in order, by the workers. */
typedef struct lure_batch_task {
    lure_batch *batch;
    lure_job job;
    size_t n, next;
    bool is_last;     /* what kills its worker is not handed out once more */
    bool stopping;    /* nothing more is handed out */
    lure_error error; /* why; also what the task ends with */
    bool (*wanted)(const lure_batch *batch, size_t index);
    void (*take)(struct lure_batch_task *task, size_t index, lure_answer *answer);
} lure_batch_task;

/* batch.c */
lure_status lure__batch_no_memory(lure_error *err);
void lure__batch_tell(const lure_batch *batch, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* batch_work.c */
lure_status lure__batch_work(lure_batch_task *task, lure_error *err);
void lure__batch_stop(lure_batch_task *task, const lure_error *error);

/* batch_lock.c: takes the folder, or tells who has it. */
lure_status lure__batch_lock(lure_batch *batch, lure_error *err);

/* batch_state.c */
/* What is in the folder of the batch, once for all runs: done, failed, or to do. */
lure_status lure__batch_look_at_runs(lure_batch *batch, lure_error *err);
/* A run came to its good end just now: takes what the table needs from what its worker told; false: its summary.json is not
   there. */
bool lure__batch_take_told(lure_batch *batch, size_t run, const lure_run_told *told);
/* As told, by what is in its folder: of a run whose worker died. */
bool lure__batch_take_stored(lure_batch *batch, size_t run);
void lure__batch_fail_run(lure_batch *batch, size_t run, const lure_error *error, int signal_number);
/* Is the failure written down in the run's folder, as its own worker does? */
bool lure__batch_has_failure(const lure_batch *batch, size_t run, lure_status status);
void lure__batch_take_twin(lure_batch *batch, size_t run); /* the outcome of the run that it is the same as */
/* summary.json of a run, whatever its outcome; null: there is none of this run. Caller decrefs. */
json_t *lure__batch_read_summary(const lure_batch *batch, size_t run);
/* OUT/scripts: each file is what its name says? What is not is told. */
void lure__batch_check_scripts(const lure_batch *batch);

/* batch_request.c: batch.json */
lure_status lure__batch_write_request(const lure_batch *batch, lure_error *err);

/* batch_sync.c: runs that ended get to the disk, about once a second for all of them. */
lure_status lure__batch_sync_open(lure_batch *batch, lure_error *err);
void lure__batch_sync_note(lure_batch *batch, size_t run); /* it ended, and its files are written */
lure_status lure__batch_sync_look(lure_batch *batch, lure_error *err);   /* at every tick; never waits */
lure_status lure__batch_sync_finish(lure_batch *batch, lure_error *err); /* waits until the disk has all */
void lure__batch_sync_close(lure_batch *batch);

/* batch_index.c: the rows of these runs, which the disk has. */
lure_status lure__batch_index_put(const lure_batch *batch, const size_t *runs, size_t n, lure_text *told,
                                  lure_error *err);

/* And of those that were done or failed before, where the row is missing, damaged or of another attempt: who was to put it
   in was killed. Rows of runs that are not done any more, since their files are damaged, are taken out. A damaged index is
   told of and made anew from the folders. */
void lure__batch_index_complete(const lure_batch *batch);

/* batch_run.c, in the worker */
void lure__batch_do_plan(const lure_worker_orders *orders, size_t configuration, int stuck_exit_code,
                         lure_run_plan *plan, lure_error *error);
void lure__batch_do_run(const lure_worker_orders *orders, size_t run, int stuck_exit_code,
                        lure_run_told *told, lure_error *error);

#endif
