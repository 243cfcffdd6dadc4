/* check_gradient.h: is what an algorithm steps against the gradient of the expected return? For small problems every
   sequence of actions that an update can meet is lived through, each as often as it is probable, so the expectation of
   the gradient handed to optimizer:step is exact; it is held against the derivative of the expected return by finite
   differences. This header has what was measured; check_gradient.c says what is a finding. No Lua in this header. */
#ifndef LURE_CHECK_CHECK_GRADIENT_H
#define LURE_CHECK_CHECK_GRADIENT_H

#include <stdbool.h>
#include <stddef.h>

enum {
    LURE_GRADIENT_CASES = 16,   /* problems x policies */
    LURE_GRADIENT_NUMBERS = 96, /* parameters of a policy, at most */
    LURE_GRADIENT_NAMED = 16,   /* its named parameters, at most */
    LURE_GRADIENT_STATES = 8,   /* observations of a problem, at most */
};

/* What the update is held against. An algorithm without a discount knows only the first. */
typedef enum {
    LURE_TRUTH_RETURN,     /* d E[sum of rewards] */
    LURE_TRUTH_DISCOUNTED, /* d E[sum of discount^t x reward] */
    /* E[sum over t of d ln p(action) x discounted return from t on]: what is nearly always used, the gradient of no
       function when discount < 1 (Nota & Thomas 2020) */
    LURE_TRUTH_USUAL,
    LURE_TRUTHS
} lure_truth;

typedef struct lure_gradient_part { /* of one named parameter, or of the weights of one observation */
    char name[48];
    bool counted; /* false: no number of it moves any probability, so it is the value function's alone */
    double cosine, scale;
    double bias;  /* its share of what remains, relative to the whole gradient's size */
    double share; /* its size in the truth, relative to the whole */
} lure_gradient_part;

typedef struct lure_gradient_case {
    char problem[16], policy[16], about[96];
    char failed[400];              /* "": measured; else the error that ended it, and nothing below holds */
    size_t episodes, most_steps;   /* of an update as it was checked; of an episode at most */
    size_t n_sequences, n_updates; /* how many were lived through; in which update the first step came */
    bool is_exact;                 /* else a sample of sequences */
    double standard_error;         /* of the bias, about; 0 when exact */
    size_t n_parameters, n_counted;
    double expected[LURE_GRADIENT_NUMBERS]; /* of the gradient handed to optimizer:step */
    /* d / d parameters of what it is held against; `expected` points the other way */
    double truth[LURE_GRADIENT_NUMBERS];
    lure_truth held_against;           /* the nearest of the three */
    double discount;                   /* of the algorithm; NaN: it has none */
    double cosine, scale, bias;        /* against that */
    double return_cosine, return_bias; /* against the return itself */
    double noise;                      /* standard deviation of one gradient / size of the expectation */
    /* Only where the small batch leads elsewhere: the same with one so many times as large, drawn; 0 sequences: not
       asked. A baseline or a normalisation that has the action's own return in it fades with the batch. */
    size_t larger_times, larger_sequences;
    double larger_cosine, larger_scale, larger_bias, larger_error;
    bool is_acquitted; /* it does not lead elsewhere */
    size_t n_parts, n_states;
    lure_gradient_part parts[LURE_GRADIENT_NAMED], states[LURE_GRADIENT_STATES];
    size_t n_taped;     /* gradients held against finite differences */
    size_t n_kinked;    /* numbers left out as there is a kink */
    double tape_error;  /* the largest difference, relative to the gradient's largest number */
    bool tape_is_wrong; /* that is more than rounding */
    bool is_bad;        /* there is a finding about it */
} lure_gradient_case;

typedef struct lure_gradient_report {
    size_t n_cases;
    lure_gradient_case cases[LURE_GRADIENT_CASES];
} lure_gradient_report;

const char *lure_truth_name(lure_truth truth); /* "the gradient of the return", ... */
bool lure_gradient_has_problem(const char *name);

#endif
