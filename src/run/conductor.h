/* conductor.h: the object `run` that an algorithm gets: run:updates(), run:collect(), run:log(). The algorithm says
   what an update is; the conductor counts, logs, and tells whoever watches. Internal to run/. */
#ifndef LURE_RUN_CONDUCTOR_H
#define LURE_RUN_CONDUCTOR_H

#include "run/run.h"
#include "run/world.h"
#include "store/metrics.h"

enum { LURE_MOST_COLUMNS = 64, LURE_HOST_COLUMNS = 4 }; /* update, episode, step, learning_rate */

typedef struct lure_conductor {
    lure_sandbox *borrow_sandbox;
    lure_world *borrow_world;
    lure_policy *borrow_policy;
    lure_metrics *borrow_metrics;
    uint64_t update, updates,
        log_every; /* the current update, 1-based; how many there will be; every which is logged */
    double kl, rate, gradient_norm; /* of the update before; NaN: none yet */
    bool wants_kl;                  /* a script has read p.kl: it is computed from now on */
    bool finished;                  /* the iterator has ended */
    const char
        *columns[LURE_MOST_COLUMNS]; /* host columns, then the script's in order of name; anchored by run */
    size_t n_columns;
    double row[LURE_MOST_COLUMNS];
    void (*progress)(void *data, const lure_progress *progress);
    void *progress_data;
    double started;
    lure_error store_error; /* a row that could not be written; status LURE_OK: none */
} lure_conductor;

/* Pushes the object `run`; its collect function lies on top of the stack and is taken. [-1, +1, e] */
void lure_conductor_push(lua_State *L, lure_conductor *conductor);

#endif
