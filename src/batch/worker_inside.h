/* worker_inside.h: between the two ends of a worker's socket: worker.c in the parent, worker_process.c in the process. Internal to
   batch/. */
#ifndef LURE_BATCH_WORKER_INSIDE_H
#define LURE_BATCH_WORKER_INSIDE_H

#include "batch/pulse.h"
#include "batch/worker.h"

enum { LURE_STUCK_EXIT_CODE = 97 };

typedef struct lure_worker_order {
    lure_job job;
    size_t index;
} lure_worker_order;

/* What goes up; n_seeds seeds follow. */
typedef struct lure_worker_reply {
    lure_error error;
    lure_run_plan plan;
    lure_run_told run;
} lure_worker_reply;

/* worker.c: all of it, or false at the end of the stream. */
bool lure__worker_read(int file, void *bytes, size_t n);
bool lure__worker_write(int file, const void *bytes, size_t n);

/* worker_process.c: what the new process does until its socket ends; does not return. */
typedef struct lure_worker_task {
    const lure_worker_orders *orders;
    int socket;
    pid_t parent;
    lure_pulse *pulse;
} lure_worker_task;
_Noreturn void lure__worker_process(const lure_worker_task *task);

#endif
