/* batch_inside.h: what the files of a batch share: the pool of workers, the task that is handed out to them, the lock of
   the folder, what is on disk. Internal to batch/. */
#ifndef LURE_BATCH_BATCH_INSIDE_H
#define LURE_BATCH_BATCH_INSIDE_H

#include "batch/batch.h"
#include "batch/worker.h"

enum { LURE_MOST_JOBS = 1024 };

struct lure_batch_pool {
    const lure_batch_options *borrow_options;
    size_t n_workers;
    int lock; /* -1: not taken */
    lure_worker workers[LURE_MOST_JOBS];
};

/* Something to do n times, in any order but begun in order, by the workers. */
typedef struct lure_batch_task {
    lure_batch *batch;
    lure_job job;
    size_t n, next;
    bool stopping;    /* nothing more is handed out */
    lure_error error; /* why; also what the task ends with */
    bool (*wanted)(const lure_batch *batch, size_t index);
    void (*take)(struct lure_batch_task *task, size_t index, lure_answer *answer);
} lure_batch_task;

/* batch_work.c */
lure_status lure__batch_work(lure_batch_task *task, lure_error *err);
void lure__batch_stop(lure_batch_task *task, const lure_error *error);

/* batch_lock.c: takes the folder, or tells who has it. */
lure_status lure__batch_lock(lure_batch *batch, lure_error *err);

/* batch_state.c: takes what the table needs from the run's folder; false: the run is not done. */
bool lure__batch_take_summary(lure_batch *batch, size_t run);
void lure__batch_fail_run(lure_batch *batch, size_t run, const lure_error *error, int signal_number);

/* batch.c */
lure_status lure__batch_no_memory(lure_error *err);

#endif
