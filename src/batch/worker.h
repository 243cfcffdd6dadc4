/* worker.h: one worker process: it plans configurations and does runs of one plan, one after the other, each in a
   fresh Lua state, and tells how they went. What a script does to it costs that one run: the parent sees the end of
   the socket, asks why the process died, and starts another. The process is behind the walls of base/walls.h, and
   dies with its parent. No Lua in this header. */
#ifndef LURE_BATCH_WORKER_H
#define LURE_BATCH_WORKER_H

#include "batch/plan.h"
#include "batch/pulse.h"

#include <sys/types.h>

typedef enum { LURE_JOB_PLAN = 1, LURE_JOB_RUN } lure_job;

typedef struct lure_worker {
    pid_t pid;  /* 0: not started */
    int socket; /* ours */
    bool busy;
    size_t index; /* of the configuration or run it is busy with */
    double since; /* clock */
    lure_pulse *pulse;
    lure_pulse_watch watch;
    lure_verdict verdict; /* not FINE: it was killed for that */
} lure_worker;

/* What a worker says of a run that came to its good end, as its summary.json does. */
typedef struct lure_run_told {
    bool is_stored; /* summary.json is there */
    double episodic_return, tail_mean;
    char track[64]; /* the column that tail_mean is of; "": there is none */
} lure_run_told;

typedef struct lure_answer {
    lure_error error;   /* status LURE_OK: it went well */
    lure_run_told run;  /* of LURE_JOB_RUN that went well */
    int signal;         /* that killed the worker; 0: none */
    lure_run_plan plan; /* of LURE_JOB_PLAN that went well; seeds are the caller's to free */
} lure_answer;

/* All that a worker knows; it sees them as they are when it is started. Of the parent's open files it has the lock alone. */
typedef struct lure_worker_orders {
    const lure_plan *plan;
    const char *out; /* where runs go */
    bool only_looks; /* planning writes nothing, neither there nor elsewhere */
    int lock;        /* the open file by which the folder is held, in the worker too; -1: it is not */
    double capture_seconds;
} lure_worker_orders;

lure_status lure_worker_start(lure_worker *worker, const lure_worker_orders *orders, lure_error *err);
/* False: the process is gone; reap it and start another. */
bool lure_worker_give(lure_worker *worker, lure_job job, size_t index);
/* Waits for the answer. A worker that died is reaped, and the answer says of what. */
void lure_worker_take(lure_worker *worker, lure_answer *answer);
/* Call it several times a second: kills a busy one that stands still or works longer than its run may (pulse.h). */
void lure_worker_look(lure_worker *worker);
void lure_worker_cancel(lure_worker *worker); /* ends its run soon; may come too early, so repeat it */
void lure_worker_stop(lure_worker *worker);   /* an idle one, or one that is not started */
void lure_worker_kill(lure_worker *worker);   /* at once, whatever it does */

#endif
