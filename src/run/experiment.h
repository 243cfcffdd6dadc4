/* experiment.h: from an experiment's table to everything a run needs, checked. All of it raises, with the option's
   name, what came and what was expected; run.c calls it under lure_call_c. Internal to run/. */
#ifndef LURE_RUN_EXPERIMENT_H
#define LURE_RUN_EXPERIMENT_H

#include "learn/optimizer.h"
#include "run/collect.h"
#include "run/goal.h"
#include "run/run.h"
#include "script/loader.h"

#include <limits.h>

typedef struct lure_experiment {
    char name[64], path[PATH_MAX];
    char environment_name[64], reward_name[64], schedule_name[64]; /* what the world's names point at */
    uint64_t updates, log_every;
    uint64_t *seeds; /* heap */
    size_t n_seeds;
    lure_dtype dtype;
    char track[64];        /* "" : chosen by what is logged */
    char rate_source[512]; /* "learning_rate 'constant' (file:line)" */
    char config_hash[65];  /* of everything but the seed that decides the result */
    lure_copies_options copies;
    lure_seen_options seen;
    lure_goal_options goal;
    lure_copies *borrow_copies;
    lure_collector collector;
    lure_policy *borrow_policy;
    lure_optimizer *borrow_optimizer;
} lure_experiment;

/* Stack indices of what lure_experiment_read leaves. */
typedef struct lure_experiment_parts {
    int table;              /* the experiment's table, settings applied */
    lure_world_parts world; /* forced_input may be set before */
    int copies;             /* userdata */
    int learning_rate;      /* function, or 0 */
    int algorithm;          /* function */
} lure_experiment_parts;

/* Loads the experiment, applies the settings, loads and checks every role. [-0, +n, e] */
void lure_experiment_read(lua_State *L, const lure_run_options *options, lure_experiment *experiment,
                          lure_experiment_parts *parts);
/* Creates policy and optimizer from the seed: pushes both. [-0, +2, e] */
void lure_experiment_push_learner(lua_State *L, lure_experiment *experiment,
                                  const lure_experiment_parts *parts, uint64_t seed);
void lure_experiment_free(lure_experiment *experiment); /* before the sandbox is destroyed */

/* Loads a rule's value at `index` (number, function, name, or { name, options... }): pushes what it gives, or nil for
   nil. Also used by the checker. [-0, +1, e] */
void lure_experiment_push_role(lua_State *L, int index, lure_role role, const char *beside);
/* Notes for messages where the rate comes from: the rule at stack index `function`, 0: none. [-0, +0, e] */
void lure__experiment_note_rate(lua_State *L, lure_experiment *experiment, int table, int function);
/* What of the table says how the world is lived in, for experiment.c (experiment_copies.c). [-0, +0, e] */
void lure__experiment_read_copies(lua_State *L, int table, lure_copies_options *copies,
                                  lure_seen_options *seen);
/* The role that a field of the table names, as above, and its name for messages ("" where it is written out in place, a number
   as its text). Pushes what it gives and returns its stack index; 0: there is no such field, and what is pushed is nil.
   [-0, +n, e] */
enum { LURE_ROLE_NAME_SIZE = 64 };
int lure_experiment_push_field(lua_State *L, int table, lure_role role, char name[LURE_ROLE_NAME_SIZE]);
/* Hashes what decides the result into config_hash: for experiment.c. [-0, +0, e] */
void lure__experiment_read_identity(lua_State *L, lure_experiment *experiment, int table);

/* experiment_seeds.c. A seed that is there twice, into *seed: it would count one run as two. False: there is none. Takes
   memory from the state. [-0, +0, m] */
bool lure_experiment_find_twin_seed(lua_State *L, const uint64_t *seeds, size_t n, uint64_t *seed);
/* Refuses keys of the table at `table` that are not among the n known. `what` is it? "experiment". [-0, +0, e] */
void lure_experiment_check_keys(lua_State *L, int table, const char *what, const char *const *known,
                                size_t n);
/* Field `seeds` of the table, a list or { from =, to = }; nil: { 1 }. *seeds is heap memory of the caller's, who
   frees it also when this raises. [-0, +0, e] */
void lure_experiment_read_seeds(lua_State *L, int table, uint64_t **seeds, size_t *n);

#endif
