/* evaluated.h: what an evaluation tells (evaluation.h): episodes, what they come to, what a person watches. No Lua here. */
#ifndef LURE_RUN_EVALUATED_H
#define LURE_RUN_EVALUATED_H

#include "learn/space.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LURE_MOST_TERMS = 60 };

typedef struct lure_episode {
    double episode_return; /* sum of the raw rewards */
    uint64_t length;       /* steps of the world's own */
    bool terminated;       /* else the time limit ended it */
} lure_episode;

typedef struct lure_term {
    char name[64];
    double mean; /* over the episodes, of an episode's sum */
} lure_term;

typedef struct lure_evaluated {
    size_t n;
    const lure_episode *episodes; /* (n) until the next evaluation; number e was copy e % copies' */
    double mean, deviation;       /* of the returns; the deviation is the sample's (n - 1), NaN of one */
    double mean_length;
    uint64_t n_terminated, steps;
    size_t n_terms; /* of the reward, by name */
    const lure_term *terms;
} lure_evaluated;

/* What a person watches: the state before the first step, then after each. Pointers are good until the call ends. */
typedef struct lure_evaluation_frame {
    const char *drawing;       /* what the world's render gave; null: it draws nothing */
    const double *observation; /* (n_parts) as the world gives it */
    const lure_space *space;   /* of it */
    const double *action;      /* (n_parts of the actions); null: before the first */
    const lure_space *actions;
    uint64_t step;
    double reward, episode_return;
    bool terminated, truncated;
} lure_evaluation_frame;

#endif
