/* world.h: an environment with its reward and schedule, stepped by C: per step observe, forward, draw, step, reward,
   store. The scripts' functions and the state table live on the Lua side as upvalues of run:collect; everything that
   is a number lives here. One copy of the world a run. The time limit (max_steps) is the host's: an episode that
   reaches it is truncated, not terminated (Gymnasium's TimeLimit). */
#ifndef LURE_RUN_WORLD_H
#define LURE_RUN_WORLD_H

#include "learn/policy.h"
#include "learn/rollout.h"
#include "run/batch_view.h"
#include "script/sandbox.h"

enum { LURE_RECENT_EPISODES = 100, LURE_MOST_ACTIONS = 65536, LURE_MOST_OBSERVED = 1000000 };

typedef struct lure_world {
    lure_sandbox *borrow_sandbox;
    /* what the environment declares */
    int words; /* in the registry: a list of the actions, then the inputs ("" without a name); anchors both below */
    size_t n_actions, n_inputs;
    const char **action_names;    /* (n_actions) */
    const char **input_names;     /* (n_inputs); null where observe() gives unnamed numbers */
    double *low, *high;           /* (n_inputs) declared bounds; NaN: none */
    double *seen_low, *seen_high; /* (n_inputs) what came */
    uint64_t max_steps;
    bool has_observe, has_schedule, reward_sees_before;
    const char *environment_name, *reward_name, *schedule_name; /* for messages; null: written out in place */
    /* streams; the two that scripts see live in userdata anchored by run:collect */
    lure_rng *environment_rng, *schedule_rng;
    lure_rng policy_rng;
    /* what explain forces; null: nothing */
    const double *forced_draws;
    size_t n_forced_draws, n_forced_used;
    bool has_forced_input;
    /* the run's policy and what it has lived through */
    lure_policy *borrow_policy;
    lure_rollout rollout;
    double *probabilities; /* (n_actions) scratch */
    bool in_episode;
    bool is_collecting;                   /* or the last collect ended with an error */
    uint64_t episode, step;               /* of the current episode, 1-based; step counts inside it */
    uint64_t total_steps, total_episodes; /* finished episodes */
    double episode_return;
    double progress; /* (0, 1], what the schedule sees */
    double recent_returns[LURE_RECENT_EPISODES], recent_lengths[LURE_RECENT_EPISODES]; /* rings */
    lure_batch_view batch;
    double last_batch_return; /* mean return of the episodes that ended in the last collection; NaN: none */
    bool wants_kl;            /* a script has read p.kl: from now on the policy remembers... */
    bool has_collected;       /* ...the first batch of each update, which this update has had */
} lure_world;

/* Stack indices of what a world is made of; 0 where there is none. */
typedef struct lure_world_parts {
    int environment, reward, schedule; /* table, function, function */
    int forced_input;                  /* table */
} lure_world_parts;

/* Reads and checks the environment's table. Raises, naming what is wrong. The world is zeroed memory; what it takes
   comes from the sandbox's account and is freed by lure_world_free. */
void lure_world_read(lua_State *L, lure_world *world, const lure_world_parts *parts);
void lure_world_free(lure_world *world);
/* Starts the streams and pushes the function run:collect { episodes = n } or { steps = n } (collect.c). [-0, +1, e] */
void lure_world_push_collect(lua_State *L, lure_world *world, const lure_world_parts *parts,
                             lure_policy *policy, uint64_t seed);

/* From now on the policy remembers the first batch of each update, for lure_policy_kl; that of this update too, if
   it has been collected and no optimizer has stepped since. [-0, +0, e] */
void lure_world_want_kl(lua_State *L, lure_world *world);

/* The table s of the run:collect at stack index `collect`: pushes it [-0, +1, -]; takes another one [-1, +0, -]. For
   the checker, which puts states back. */
void lure_world_push_state(lua_State *L, int collect);
void lure_world_set_state(lua_State *L, int collect);

double lure_world_recent_return(const lure_world *world,
                                size_t *n); /* mean of the last episodes, at most 100; NaN: none */
double lure_world_recent_length(const lure_world *world);

#endif
