/* check_gradient_trial.h: one update of an algorithm, lived through in a fresh sandbox with its chance and its actions
   as an odometer gives them, up to the first optimizer:step on the policy it was given. What that step was handed is
   kept; then the script is stopped. Internal to check/. */
#ifndef LURE_CHECK_CHECK_GRADIENT_TRIAL_H
#define LURE_CHECK_CHECK_GRADIENT_TRIAL_H

#include "check/check_gradient_math.h"
#include "check/check_gradient_problem.h"
#include "check/check_script.h"
#include "run/conductor.h"

/* Options that decide how much an update lives through. Where a script has one and nobody set it, the check does. */
enum { LURE_SIZE_EPISODES, LURE_SIZE_STEPS, LURE_SIZE_PARTS, LURE_SIZE_PART, LURE_SIZE_BATCH, LURE_SIZES };
extern const char *const lure_gradient_sizes[LURE_SIZES];

typedef struct lure_gradient_script {
    bool has[LURE_SIZES], is_set[LURE_SIZES]; /* the script has the option; the command line sets it */
    double own[LURE_SIZES];                   /* what it is without us */
    bool is_sized;   /* the command line says how much to collect, so that is what is collected */
    double discount; /* the option discount, or gamma; NaN: none */
} lure_gradient_script;

/* What is known of the tape after a trial; added to by each. */
typedef struct lure_gradient_tape {
    size_t n_taped, n_kinked;
    double error;       /* the largest difference, relative to the largest number of its gradient */
    char what[160];     /* where it was: "policy:gradient, linear1.weight" */
    char place[256];    /* "file:line: " of the call */
    double got, should; /* the two numbers */
    char skipped[160];  /* why a gradient could not be checked; "": all could */
} lure_gradient_tape;

typedef struct lure_gradient_trial {
    /* to be set */
    lure_examiner *borrow_examiner;
    const lure_gradient_script *script;
    const lure_gradient_problem *problem;
    const lure_gradient_policy *policy;
    size_t times; /* the sizes are so many times the problem's */
    lure_odometer *odometer;
    lure_paths *paths;        /* not null: no script is run, but one episode, which is added here */
    lure_gradient_tape *tape; /* not null: gradients are held against finite differences */
    int stops;                /* check_gradient_tape.c: what stop_gradient gave, a list in the registry */
    size_t n_stops, next_stop;
    bool replays_stops;
    /* the sandbox and what is in it, until lure_gradient_trial_close */
    lure_sandbox *sandbox;
    lure_copies *borrow_copies; /* one */
    lure_collector collector;
    lure_conductor conductor;
    lure_metrics *metrics;
    lure_policy *borrow_policy;
    double draw, chance;
    /* what came of it */
    bool stepped, is_too_long;
    size_t update; /* in which the step came */
    size_t n_parameters;
    double gradient[LURE_GRADIENT_NUMBERS], parameters[LURE_GRADIENT_NUMBERS]; /* before the step */
    double rate;
    size_t reduced_from;  /* run:collect was asked for more than the problem has room for; 0: it was not */
    char step_place[256]; /* "file:line: " */
} lure_gradient_trial;

/* Loads the script once and reads its options. */
lure_status lure_gradient_script_read(lure_examiner *x, lure_gradient_script *script, lure_error *err);
/* In memory with the fields above set and the rest zeroed. LURE_OK: it stepped, or came to its end without. To be closed. */
lure_status lure_gradient_trial_run(lure_gradient_trial *t, lure_error *err);
void lure_gradient_trial_close(lure_gradient_trial *t);

/* check_gradient_tape.c. Before the script is loaded: listens to policy:gradient and differentiate. Nothing when there is
   no t->tape. [-0, +0, e] */
void lure_gradient_tape_listen(lua_State *L, lure_gradient_trial *t);

#endif
