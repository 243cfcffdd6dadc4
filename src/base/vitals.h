/* vitals.h: what a process that runs a sandbox shows of it to whoever looks after it from outside, in memory that both have. Written
   at the ticks of the sandbox's watch, some twenty times a second, by one process; read by another, which may see it between two
   writes: each number is right, and they need not belong together. */
#ifndef LURE_BASE_VITALS_H
#define LURE_BASE_VITALS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct lure_vitals {
    uint64_t
        beats; /* moves as long as the watch ticks and finds that something moves, or that no script runs */
    uint64_t update, updates;         /* of the run; 0: not that far */
    double step_seconds, run_seconds; /* the limits of what it runs; run_seconds 0: none */
    bool is_watched;                  /* else it is at work outside of scripts, where nothing ticks */
} lure_vitals;

#endif
