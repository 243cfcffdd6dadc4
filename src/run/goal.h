/* goal.h: what a run aims at besides its updates: the evaluation every few of them and the best policy so far, when to stop before the
   last, the return that counts as solved. Options and what became of them are plain numbers: all of a run that is not the
   algorithm's own. Internal to run/. */
#ifndef LURE_RUN_GOAL_H
#define LURE_RUN_GOAL_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed memory is none of it. */
typedef struct lure_goal_options {
    uint64_t every, episodes; /* evaluate; every 0: never */
    bool deterministic;
    bool has_stop; /* stop_early.episodic_return */
    double stop_return;
    uint64_t stop_window; /* episodes whose mean counts; 0: the evaluation's mean does */
    uint64_t patience;    /* evaluations in a row without a better one; 0: any number */
    bool has_threshold;   /* in place of the environment's */
    double threshold;
} lure_goal_options;

typedef struct lure_goal {
    lure_goal_options options;
    uint64_t n_evaluations, n_worse; /* n_worse: since the best one */
    double eval_return, eval_length; /* of the last evaluation */
    double best_return;              /* the highest; of equal ones the first */
    uint64_t best_update;            /* after which update; 0: none yet */
    char stopped[128];               /* why the run ended before its last update; "": it did not */
} lure_goal;

/* The keys evaluate, stop_early and threshold of the experiment's table, written out in full there. [-0, +0, e] */
void lure__experiment_read_goal(lua_State *L, int table, lure_goal_options *goal);

/* Is the policy to be evaluated after this update? `last`: of the run. */
bool lure_goal_evaluates(const lure_goal *goal, uint64_t update, uint64_t last);
/* Counts an evaluation. True: it is the best so far. */
bool lure_goal_evaluated(lure_goal *goal, uint64_t update, double eval_return, double eval_length);
/* Should the run end after this update? Then ->stopped says why. `evaluated`: this update was; recent: the mean return of the last
   stop_window training episodes, NaN before there are so many. */
bool lure_goal_stops(lure_goal *goal, bool evaluated, double recent);

#endif
