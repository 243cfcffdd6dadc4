/* conductor.h: the object `run` that an algorithm gets: run:updates(), run:collect(), run:minibatches(),
   run:log(). The algorithm says what an update is; the conductor counts, logs, and tells whoever watches. Internal to run/. */
#ifndef LURE_RUN_CONDUCTOR_H
#define LURE_RUN_CONDUCTOR_H

#include "run/collect.h"
#include "run/minibatches.h"
#include "run/run.h"
#include "store/metrics.h"

enum { LURE_MOST_COLUMNS = 64, LURE_HOST_COLUMNS = 4 }; /* update, episode, step, learning_rate */

typedef struct lure_conductor {
    lure_sandbox *borrow_sandbox;
    lure_collector *borrow_collector;
    lure_policy *borrow_policy;
    lure_metrics *borrow_metrics;
    uint64_t update, updates;       /* the current one, 1-based; how many there will be */
    uint64_t log_every;             /* every which one is logged */
    double kl, rate, gradient_norm; /* of the update before; NaN: none yet */
    lure_minibatches minibatches;   /* made by lure_conductor_push */
    bool finished;                  /* the iterator has ended */
    bool stop_after_draws;          /* the world's forced draws are all there is */
    /* called between two updates, before the one that `update` counts then; null: nobody wants to know. May raise. */
    void (*boundary)(lua_State *L, void *data);
    void *boundary_data;
    bool has_new_reward; /* it came while the run went on: its terms may have no column, and none is made */
    uint64_t most_rows;  /* no further update once so many are logged; 0: no such limit */
    bool (*cancelled)(void);        /* has a signal asked to stop? null: never */
    const char *track;              /* the column the experiment wants shown; "" or null: none named */
    const char *columns[LURE_MOST_COLUMNS]; /* the host's, then the script's by name; anchored by run */
    size_t n_columns, tracked;              /* tracked: which of columns to show first */
    double row[LURE_MOST_COLUMNS];
    void (*progress)(void *data, const lure_progress *progress);
    void *progress_data;
    double started;
    lure_error store_error; /* a row that could not be written; status LURE_OK: none */
} lure_conductor;

/* Pushes the object `run`; its collect function lies on top of the stack and is taken. The seed is the run's. [-1, +1, e] */
void lure_conductor_push(lua_State *L, lure_conductor *conductor, uint64_t seed);

#endif
