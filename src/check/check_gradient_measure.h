/* check_gradient_measure.h: one problem met with one policy: the expectation and variance of the gradient of an update,
   and how near it comes to that of the return. What of it is a finding says check_gradient.c. Internal to check/. */
#ifndef LURE_CHECK_CHECK_GRADIENT_MEASURE_H
#define LURE_CHECK_CHECK_GRADIENT_MEASURE_H

#include "check/check_gradient_trial.h"

static const double LURE_GRADIENT_NOTHING = 1e-9;    /* of a gradient: rounding */
static const double LURE_GRADIENT_TAPE_ERROR = 1e-6; /* finite differences are right to about 1e-9 */

typedef struct lure_stretch_of_block { /* of the block of parameters */
    char name[48];
    size_t offset, size;
} lure_stretch_of_block;

typedef struct lure_gradient_measuring {
    /* to be set */
    lure_examiner *borrow_examiner;
    const lure_gradient_script *script;
    const lure_paths *paths;
    const lure_gradient_problem *problem;
    const lure_gradient_policy *policy;
    size_t times; /* how much larger than the problem's the batch is */
    /* what came of it */
    lure_gradient_trial trial;
    lure_fit fit;
    char place[256]; /* of the step: "file:line: " */
    size_t reduced_from;
    bool
        is_refused; /* it was lived through, but there is no gradient to judge: a finding, said in the case */
    bool is_hopeless; /* it ran into a time limit, and would again */
    lure_odometer odometer;
    lure_rng rng;
    lure_moments moments;
    lure_gradient_tape tape;
    double mean[LURE_GRADIENT_NUMBERS];
    double parameters[LURE_GRADIENT_NUMBERS]; /* at the step */
    double truths[LURE_TRUTHS][LURE_GRADIENT_NUMBERS], myopic[2][LURE_GRADIENT_NUMBERS];
    bool counted[LURE_GRADIENT_NUMBERS];
    lure_stretch_of_block parts[LURE_GRADIENT_NAMED], states[LURE_GRADIENT_STATES];
    size_t n_parts;
    size_t n_states; /* of a policy that is a table, whose weights are what it does at each observation */
    size_t n_stepped;
    bool moved, is_too_long; /* parameters differed from walk to walk; a walk had too many choices */
} lure_gradient_measuring;

/* All ways that an episode of the problem can go. */
lure_status lure_gradient_find_paths(lure_examiner *x, const lure_gradient_problem *problem,
                                     const lure_gradient_policy *policy, lure_paths *paths, lure_error *err);
/* In zeroed memory with the fields above set. False: there is nothing to judge, and c->failed says why. */
bool lure_gradient_measure(lure_gradient_measuring *m, lure_gradient_case *c);

#endif
