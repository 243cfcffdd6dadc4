/* collect.h: run:collect: the policy acts in all copies of a world at once, and what comes of it is kept as rows for the
   algorithm. Here is everything of a run that counts in steps: the copies, what the policy sees of them, the rows, episodes so
   far. An action is drawn from its copy's own stream at (episode, step): what other copies do shifts nothing. Internal to
   run/. */
#ifndef LURE_RUN_COLLECT_H
#define LURE_RUN_COLLECT_H

#include "learn/policy.h"
#include "learn/rollout.h"
#include "learn/seen.h"
#include "run/batch_view.h"
#include "run/copies.h"

enum { LURE_RECENT_EPISODES = 100 };

typedef struct lure_collector {
    lure_sandbox *borrow_sandbox;
    lure_copies *borrow_copies; /* anchored by run:collect */
    lure_policy *borrow_policy;
    lure_seen seen;
    lure_rollout rollout;
    /* what explain and the checker force, of one copy's choices; null: nothing */
    const double *forced_draws;
    size_t n_forced_draws, n_forced_used;
    size_t row_bytes, action_bytes; /* of the policy's observation; of an action's part */
    /* working space, each for all copies */
    void *block; /* of all that follows */
    size_t n_block;
    double *probabilities;      /* (n_actions) of the last row that was chosen for */
    double *rewards;            /* (copy) of this step */
    double *action;             /* (part) */
    char *current;              /* (copy, n_inputs) of the policy's type: what it saw last */
    char *states[3];            /* (copy, n_state): of the copies, of the rows before and after a step */
    char *first_states;         /* those before the first row of this batch */
    lure_rng *streams;          /* (copy) */
    lure_rng *row_streams;      /* (copy) of those that step, side by side */
    uint64_t *quotas;           /* (copy) episodes still to be lived */
    size_t *lanes, *fresh;      /* (copy) those that step; those that have just begun */
    int32_t *starts;            /* (copy) */
    unsigned char *mask;        /* (n_choices) */
    double *given;              /* (copy, part) the actions that the script gives */
    int32_t *known_legal;       /* (copy, n_choices) what followed the last step, where... */
    unsigned char *knows_legal; /* (copy) ...it has been asked and the episode goes on */
    /* counts */
    bool is_collecting;                   /* or the last collect ended with an error */
    bool is_random, is_given;             /* this one draws evenly; does what ->given says */
    double epsilon;                       /* of this one */
    lure_context caller;                  /* the algorithm's, for what is wrong with actions that it gives */
    uint64_t total_steps, total_episodes; /* rows; finished episodes */
    double recent_returns[LURE_RECENT_EPISODES], recent_lengths[LURE_RECENT_EPISODES]; /* rings */
    /* the return that counts as solved, as the mean of the last 100 episodes: when it was first reached */
    bool has_threshold;
    double threshold;
    uint64_t threshold_steps; /* 0: not yet */
    double threshold_clock;   /* lure_clock_seconds then */
    double progress;          /* (0, 1], what the schedule sees */
    lure_batch_view batch;
    double last_batch_return; /* mean return of the episodes that ended in the last collection; NaN: none */
    bool wants_kl;            /* a script has read p.kl: from now on the policy remembers... */
    bool has_collected;       /* ...the first batch of each update, which this update has had */
} lure_collector;

/* Makes what the policy sees (n_inputs is in ->seen then), without a policy yet. The collector is zeroed memory, freed by
   lure_collector_free before the sandbox is destroyed. [-0, +0, e] */
void lure_collector_open(lua_State *L, lure_collector *collector, lure_copies *copies,
                         const lure_seen_options *options, lure_dtype dtype);
void lure_collector_free(lure_collector *collector);
/* Raises if the policy's head does not fit the actions, saying which do. [-0, +0, e] */
void lure_collector_check_head(lua_State *L, const lure_collector *collector,
                               const lure_policy_options *policy);
/* Starts the streams and pushes the function run:collect, which keeps the copies' userdata at `copies`. [-0, +1, e] */
void lure_collector_push(lua_State *L, lure_collector *collector, int copies, lure_policy *policy,
                         uint64_t seed);

/* From now on the policy remembers the first batch of each update, for lure_policy_kl; that of this update too, if
   it has been collected and no optimizer has stepped since. [-0, +0, e] */
void lure_collector_want_kl(lua_State *L, lure_collector *collector);

/* collect_choose.c: what is chosen in the policy's place, and what may be chosen. `at`: lure_copies_enter's. */
/* The actions at stack index `index` into ->given: a tensor (copy) or (copy, part), or a list of actions as scripts write
   them, one a copy. [-0, +0, e] */
void lure__collect_read_given(lua_State *L, lure_collector *collector, int index);
/* Those of the m rows from n_rows on, which have to be legal. [-0, +0, e] */
void lure__collect_do_given(lua_State *L, lure_collector *collector, size_t m);
/* Evenly, in a world of any actions. */
void lure__collect_draw_evenly(lure_collector *collector, size_t m);
/* What is legal in the m rows before their step, and after it. [-0, +0, e] */
void lure__collect_note_legal(lua_State *L, lure_collector *collector, int at, size_t m);
void lure__collect_note_next_legal(lua_State *L, lure_collector *collector, int at, size_t m);
/* The copy's own stream, where its next choice is drawn (collect.c). */
lure_rng *lure__collect_stream(lure_collector *collector, size_t i);
static inline void *lure__collect_action(const lure_collector *k, size_t row)
{
    return (char *)k->rollout.actions + row * k->rollout.shape.n_columns * k->action_bytes;
}

/* The function, and where its upvalues are (collect.c). */
enum { LURE_UP_COLLECTOR = 1, LURE_UP_COPIES, LURE_UP_BATCH };
int lure__run_collect(lua_State *L);

double lure_collector_recent_return(const lure_collector *collector,
                                    size_t *n); /* mean of the last episodes, at most 100; NaN: none */
double lure_collector_recent_length(const lure_collector *collector);
/* Mean return of the last `window` episodes, 1 to 100; NaN: there have not been so many. */
double lure_collector_window_return(const lure_collector *collector, uint64_t window);

#endif
