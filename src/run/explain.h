/* explain.h: a few updates told number by number: what the policy saw, its probabilities, where the draw fell, the
   cross-entropy, each factor of the chain rule, derivative, reward, step and new parameter. Every number comes
   from the engine that trains: a listener in policy:gradient and optimizer:step records it. Works for any
   experiment whose policy is small enough to print. No Lua in this header. */
#ifndef LURE_RUN_EXPLAIN_H
#define LURE_RUN_EXPLAIN_H

#include "learn/policy.h"
#include "run/run.h"

enum {
    LURE_EXPLAIN_ELEMENTS = 64,
    LURE_EXPLAIN_ROWS = 1000,
    LURE_EXPLAIN_INPUTS = 256
}; /* more than these are refused */

typedef struct lure_explained_row {
    double *observation;           /* (n_inputs) */
    double *probabilities, *after; /* (n_actions) before and after the step */
    double draw, reward;           /* NaN: the row is none of the last collection */
    double weight;      /* what the algorithm multiplied the derivative with: the lesson's reward */
    int32_t action;     /* 0-based */
    lure_chain *chains; /* (n_elements) */
} lure_explained_row;

typedef struct lure_explained_element {
    size_t index; /* into the policy's flat block */
    double before, after;
    double derivative;         /* mean over the rows, before weighting */
    double updated_derivative; /* mean over the rows of derivative * weight: what the optimizer got */
    double step_size;          /* what was subtracted */
} lure_explained_element;

typedef struct lure_explained_update {
    size_t n_rows;
    lure_explained_row *rows;
    lure_explained_element *elements; /* (n_elements) */
    double learning_rate;
} lure_explained_update;

typedef struct lure_explanation {
    lure_error error;
    char experiment[64];
    uint64_t seed;
    size_t n_inputs, n_actions, n_elements;
    char (*input_names)[64], (*action_names)[64],
        (*element_names)[112]; /* trainable elements: "bias", "weight[1,2]" */
    lure_head head;
    bool plain_sgd; /* step = learning rate * updated derivative, exactly */
    size_t n_updates;
    lure_explained_update *updates;
} lure_explanation;

typedef struct lure_explain_options {
    const lure_run_options *run; /* experiment, settings, seed */
    const double *draws;         /* force the policy's draws, in order; afterwards its stream goes on */
    size_t n_draws;
    const lure_setting *input; /* what reset gets instead of the schedule's output; values are Lua literals */
    size_t n_input;
    uint64_t updates;      /* at most */
    bool stop_after_draws; /* and no more than use up the draws */
} lure_explain_options;

/* Fills *out, to be freed in every case. Returns out->error.status. */
lure_status lure_explain(const lure_explain_options *options, lure_explanation *out);
void lure_explanation_free(lure_explanation *explanation);

#endif
