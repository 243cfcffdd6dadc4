/* pulse.h: the page of memory that a worker shares with its parent, and what the parent concludes from it. The worker's sandbox
   writes there at each tick of its own watch (script/sandbox.h), so that it costs a step nothing. That watch ends what does not end,
   with a place and a message; this one is for a process whose watch itself has stopped. It judges by what the process has
   computed, so that a busy or suspended machine kills nobody, and by the clock only where nothing is computed at all. No Lua. */
#ifndef LURE_BATCH_PULSE_H
#define LURE_BATCH_PULSE_H

#include "base/vitals.h"
#include "base/walls.h"

typedef struct lure_pulse {
    lure_vitals vitals;
    lure_walls walls; /* as the worker could raise them */
} lure_pulse;

lure_pulse *lure_pulse_open(void); /* zeroed; null: no memory */
/* After the worker was forked: no other one will have its page. */
void lure_pulse_keep(lure_pulse *pulse);
void lure_pulse_close(lure_pulse *pulse); /* null is fine */

typedef enum {
    LURE_PULSE_FINE,
    LURE_PULSE_STUCK, /* computes, and its sandbox's watch finds no beat, or does not look */
    LURE_PULSE_OVER,  /* longer than limits.run_seconds, and then some */
    LURE_PULSE_STILL  /* neither beats nor computes: stopped by somebody, or waiting for what does not come */
} lure_verdict;

/* One look at a busy worker. */
typedef struct lure_pulse_sight {
    double now;      /* clock */
    double computed; /* seconds, by the process so far */
    lure_vitals vitals;
    bool is_in_kernel; /* waits for a disk: nobody's fault, and a signal would wait as well */
} lure_pulse_sight;

typedef struct lure_pulse_watch {
    uint64_t beats;
    double looked_at;     /* clock */
    double awake;         /* seconds since the job began in which we were there to look */
    double still;         /* of these, since it last beat or computed */
    double computed_then; /* when it last beat */
    double computed_last; /* when it last was seen to compute */
} lure_pulse_watch;

/* The job begins. */
void lure_pulse_begin(lure_pulse_watch *watch, const lure_pulse *pulse, pid_t pid);
lure_verdict lure_pulse_look(lure_pulse_watch *watch, const lure_pulse *pulse, pid_t pid);
/* The rule of the two alone. */
lure_verdict lure_pulse_judge(lure_pulse_watch *watch, const lure_pulse_sight *sight);
/* The seconds after which a run with limits.run_seconds is not waited for any longer. */
double lure_pulse_latest(double run_seconds, double step_seconds);

#endif
