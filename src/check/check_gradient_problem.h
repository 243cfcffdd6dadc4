/* check_gradient_problem.h: the small worlds of the gradient check with all their chance laid open, the policies they
   are met with, and the derivative of what a policy can expect in them. Internal to check/. */
#ifndef LURE_CHECK_CHECK_GRADIENT_PROBLEM_H
#define LURE_CHECK_CHECK_GRADIENT_PROBLEM_H

#include "check/check_gradient.h"
#include "learn/policy.h"

enum {
    LURE_MOST_PATHS = 32,
    LURE_MOST_PATH_STEPS = 4,
    LURE_GRADIENT_PROBLEMS = 3,
    LURE_GRADIENT_POLICIES = 5
};

typedef struct lure_gradient_problem {
    const char *name, *about;
    const char *world; /* Lua: ... is chance(p1, p2, ...) -> 1, 2, ... and acted(), called first in step */
    size_t episodes, steps; /* of an update, where the algorithm counts in these and lets us choose */
    size_t most_steps;      /* of an episode */
} lure_gradient_problem;
extern const lure_gradient_problem lure_gradient_problems[LURE_GRADIENT_PROBLEMS];

typedef struct lure_gradient_policy {
    const char *name;
    const char *source; /* Lua: ... is the numbers of inputs and actions; returns a policy */
    bool is_tabular;    /* a weight for each observation and action, the observations being 0 but for one 1 */
    bool is_optional;   /* asks for what only some algorithms use; an error there is not the algorithm's */
} lure_gradient_policy;
extern const lure_gradient_policy lure_gradient_policies[LURE_GRADIENT_POLICIES];

/* One way that an episode can go. */
typedef struct lure_path {
    double chance; /* what the world's own chance had to do with it */
    size_t n_steps;
    struct {
        size_t state; /* which observation */
        int32_t action;
        double reward;
    } steps[LURE_MOST_PATH_STEPS];
} lure_path;

typedef struct lure_paths {
    size_t n, n_states, n_inputs;
    lure_path paths[LURE_MOST_PATHS];
    double states[LURE_GRADIENT_STATES]
                 [LURE_GRADIENT_STATES]; /* (n_states, n_inputs) the observations, float64 */
} lure_paths;

/* The number of that observation, a new one if need be. */
size_t lure_paths_state(lure_paths *paths, const double *observation);

/* derivative (n_parameters) at the policy's present parameters (float64), which stay as they are. With `is_mean` the usual
   gradient is a mean over the steps of an episode, not a sum. */
void lure_paths_derivative(const lure_paths *paths, lure_policy *policy, lure_truth truth, double discount,
                           bool is_mean, double *derivative);
/* Does any probability of any observation change, in any bit, when this parameter does? */
bool lure_paths_feel(const lure_paths *paths, lure_policy *policy, size_t parameter);

#endif
