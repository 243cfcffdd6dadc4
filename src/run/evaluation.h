/* evaluation.h: how good is a policy? It lives through whole episodes in copies of the world that are the evaluation's own, on
   streams of their own (LURE_PURPOSE_EVALUATION), and nothing is learnt: normalisers are as the training has them now and stay
   so; what training draws afterwards is what it would have drawn without. Rewards are raw. Each copy has a fixed share of the
   episodes, so that short ones are not met more often than long ones. Memory does not grow with the steps. Which episodes
   are lived depends on (seed, number, episode) alone, not on the training's copies or on earlier evaluations.
   For a run while it trains, and for `lure eval` afterwards. */
#ifndef LURE_RUN_EVALUATION_H
#define LURE_RUN_EVALUATION_H

#include "learn/policy.h"
#include "run/collect.h"
#include "run/evaluated.h"

enum { LURE_EVALUATION_COPIES = 8 };

typedef struct lure_evaluate_options {
    uint64_t episodes;  /* >= 1 */
    bool deterministic; /* the likeliest action; else they are drawn */
    uint64_t seed;
    uint64_t number; /* of several evaluations of one run: which; each has episodes of its own */
    /* Shown each step of the first episode; may not raise. Null: nobody looks. */
    void (*watch)(void *data, const lure_evaluation_frame *frame);
    void *watch_data;
} lure_evaluate_options;

typedef struct lure_evaluation {
    lure_sandbox *borrow_sandbox;
    lure_copies *borrow_copies; /* the userdata that push pushed */
    lure_collector *borrow_collector;
    lure_policy *borrow_policy;
    lure_seen seen;
    size_t row_bytes, action_bytes, state_bytes;
    /* working space, each for all copies, rows packed: those that step side by side */
    void *block;
    size_t n_block;
    double *action;         /* (part) */
    uint64_t *quotas;       /* (copy) episodes still to be lived */
    size_t *lanes;          /* (copy) those that step */
    char *current;          /* (copy, n_inputs) */
    char *rows;             /* (row, n_inputs) */
    char *actions;          /* (row, part) */
    char *states[3];        /* (copy, n_state), and of the rows before and after a step */
    lure_rng *streams;      /* (copy) */
    lure_rng *row_streams;  /* (row) */
    int32_t *starts;        /* (copy) an episode begins */
    int32_t *row_starts;    /* (row) */
    int32_t *legal;         /* (row, n_choices) */
    unsigned char *mask;    /* (n_choices) */
    lure_episode *episodes; /* (n_room) */
    size_t n_room, n_terms;
    lure_term terms[LURE_MOST_TERMS];
} lure_evaluation;

/* Pushes the evaluation's copies, a userdata to be anchored as long as the evaluation is used. It sees the world as the collector
   does (options, precision, max_steps, action_repeat), and at each evaluation with its statistics. `evaluation` is zeroed memory
   that does not move, freed by lure_evaluation_free before the sandbox is destroyed. copies: 0 for LURE_EVALUATION_COPIES.
   [-0, +1, e] */
void lure_evaluation_push(lua_State *L, lure_evaluation *evaluation, const lure_world_parts *parts,
                          lure_collector *collector, lure_policy *policy, size_t copies);
void lure_evaluation_free(lure_evaluation *evaluation); /* zeroed memory is fine */

/* Lives the episodes. `copies`: the stack index of what was pushed. Schedules see progress 1. Raises what a script does wrong,
   under lure_call, leaving nothing half done. [-0, +0, e] */
void lure_evaluate(lua_State *L, lure_evaluation *evaluation, int copies,
                   const lure_evaluate_options *options, lure_evaluated *out);

#endif
