/* conductor.h: the object `run` that an algorithm gets: run:updates(), run:collect(), run:minibatches(), run:log(),
   run:evaluate(). The algorithm says what an update is; the conductor counts, logs, evaluates between updates, ends the run early
   where it is told to, and tells whoever watches. conductor.c counts, conductor_log.c is about rows, conductor_evaluate.c about the
   policy's worth. Internal to run/. */
#ifndef LURE_RUN_CONDUCTOR_H
#define LURE_RUN_CONDUCTOR_H

#include "run/collect.h"
#include "run/evaluation.h"
#include "run/goal.h"
#include "run/minibatches.h"
#include "run/run.h"
#include "store/metrics.h"

enum { LURE_MOST_COLUMNS = 64, LURE_HOST_COLUMNS = 4 }; /* update, episode, step, learning_rate */
enum { LURE_EVALUATION_COLUMNS = 2 };                   /* eval_return, eval_length, the last ones */

typedef struct lure_conductor {
    lure_sandbox *borrow_sandbox;
    lure_collector *borrow_collector;
    lure_policy *borrow_policy;
    lure_metrics *borrow_metrics;
    uint64_t update, updates;       /* the current one, 1-based; how many there will be */
    uint64_t log_every;             /* every which one is logged */
    double kl, rate, gradient_norm; /* of the update before; NaN: none yet */
    lure_minibatches minibatches;   /* made by lure_conductor_push */
    lure_goal goal;
    lure_evaluation
        *borrow_evaluation; /* its copies lie in the registry under its address; null: there is none */
    uint64_t seed;          /* of the run */
    /* The best policy so far is the one of this update. Null: nobody keeps it. */
    lure_status (*keep_best)(void *data, lure_error *err);
    void *keep_best_data;
    struct lure_capture *borrow_capture; /* capture.h; null: nothing is written down between updates */
    bool is_between;                     /* the current update is done, and the next has not begun */
    bool finished;                       /* the iterator has ended */
    bool stop_after_draws;               /* the world's forced draws are all there is */
    bool (*cancelled)(void);             /* has a signal asked to stop? null: never */
    const char *track;                   /* the column the experiment wants shown; "" or null: none named */
    /* called between two updates, before the one that `update` counts then; null: nobody wants to know. May raise. */
    void (*boundary)(lua_State *L, void *data);
    void *boundary_data;
    bool has_new_reward; /* it came while the run went on: its terms may have no column, and none is made */
    uint64_t most_rows;  /* no further update once so many are logged; 0: no such limit */
    const char *columns[LURE_MOST_COLUMNS]; /* the host's, then the script's by name; anchored by run */
    size_t n_columns, tracked;              /* tracked: which of columns to show first */
    double row[LURE_MOST_COLUMNS];
    bool is_held;       /* the row waits for this update's evaluation */
    char late_term[64]; /* a term of the reward that the first row did not have; "": none */
    void (*progress)(void *data, const lure_progress *progress);
    void *progress_data;
    double started;
    lure_error store_error; /* a row that could not be written; status LURE_OK: none */
} lure_conductor;

/* Pushes the object `run`; its collect function lies on top of the stack and is taken. The seed is the run's. [-1, +1, e] */
void lure_conductor_push(lua_State *L, lure_conductor *conductor, uint64_t seed);

/* Writes the row that waits, if one does: for a run that ended within an update. */
lure_status lure_conductor_write_held(lure_conductor *conductor, lure_error *err);

/* Of the files that are the conductor: the functions run:log, run:evaluate and the iterator of run:updates(). */
int lure__conductor_log(lua_State *L);
int lure__conductor_evaluate(lua_State *L);
int lure__conductor_next(lua_State *L);
enum {
    LURE_UP_CONDUCTOR = 1,
    LURE_UP_NAMES,
    LURE_UP_LAST_BATCH
}; /* run:log: names' anchor; the batch or nil */
/* Writes the row that waits, with the evaluation's numbers if there was one; one of its own if none waits. [-0, +0, e] */
void lure__conductor_close_row(lua_State *L, lure_conductor *conductor, bool evaluated);
/* What is due after an update: evaluates, writes the row that waits, decides whether it was the last. [-0, +0, e] */
void lure__conductor_end_update(lua_State *L, lure_conductor *conductor);

#endif
