/* random_network.h: random policies with batches and losses, for what must hold for any: losses and gradients against
   another program's. A plan says all but the numbers; the numbers that go with it are those of float32, so that both types
   compute with the same ones. Needs no harness: a driver uses it too. */
#ifndef LURE_RANDOM_NETWORK_H
#define LURE_RANDOM_NETWORK_H

#include "learn/policy.h"

enum { NETWORK_LAYERS = 24, NETWORK_SIZES = 3, NETWORK_MOST = 2048 };

typedef enum { NETWORK_TRUNK, NETWORK_BODY, NETWORK_VALUE, NETWORK_N_PARTS } network_part;

/* Terms of a loss: a coefficient times the mean over the rows of
     cross_entropy   -advantage ln p
     surrogate       -min(r advantage, clamp(r) advantage), r = p / p_old: lure_surrogate_clipped
     surrogate_ops   the same, in operations
     value_clip      max((v - return)^2, (v_old + clamp(v - v_old) - return)^2) / 2
     value_mse       (v - return)^2
     entropy         -entropy
     kl              r - 1 - ln r
     kl_outputs      sum p_old (ln p_old - ln p) along the outputs, softmax of each
     outputs_mse     (output - old output)^2, the mean over all of them */
#define NETWORK_TERMS(X)                                                                                     \
    X(CROSS_ENTROPY, "cross_entropy")                                                                        \
    X(SURROGATE, "surrogate")                                                                                \
    X(SURROGATE_OPS, "surrogate_ops")                                                                        \
    X(VALUE_CLIP, "value_clip")                                                                              \
    X(VALUE_MSE, "value_mse")                                                                                \
    X(ENTROPY, "entropy")                                                                                    \
    X(KL, "kl")                                                                                              \
    X(KL_OUTPUTS, "kl_outputs")                                                                              \
    X(OUTPUTS_MSE, "outputs_mse")

/* Numbers: actions (n, n_columns), mask (n, n_actions), starts (n), first_state (n_envs, n_state), bounds (2,
   n_actions); old and wished-for ones, (n) or (n, n_outputs). What a plan does not have is empty. */
#define NETWORK_NUMBERS(X)                                                                                   \
    X(PARAMETERS, "parameters")                                                                              \
    X(OBSERVATIONS, "observations")                                                                          \
    X(ACTIONS, "actions")                                                                                    \
    X(MASK, "mask")                                                                                          \
    X(STARTS, "starts")                                                                                      \
    X(FIRST_STATE, "first_state")                                                                            \
    X(BOUNDS, "bounds")                                                                                      \
    X(OLD_LOG_PROB, "old_log_prob")                                                                          \
    X(ADVANTAGES, "advantages")                                                                              \
    X(OLD_VALUES, "old_values")                                                                              \
    X(RETURNS, "returns")                                                                                    \
    X(OLD_OUTPUTS, "old_outputs")

#define NETWORK_NAME(name, word) NETWORK_##name,
typedef enum { NETWORK_TERMS(NETWORK_NAME) NETWORK_N_TERMS } network_term;
typedef enum { NETWORK_NUMBERS(NETWORK_NAME) NETWORK_N_NUMBERS } network_kind;
#undef NETWORK_NAME

extern const char *const network_part_names[NETWORK_N_PARTS];
extern const char *const network_term_names[NETWORK_N_TERMS];
extern const char *const network_kind_names[NETWORK_N_NUMBERS];

typedef struct network_plan {
    lure_layer_options
        layers[NETWORK_LAYERS]; /* trunk, body and value, one after the other; first values by kind */
    size_t n_layers[NETWORK_N_PARTS];
    lure_head head;
    size_t n_inputs, n_actions, sizes[NETWORK_SIZES], n_sizes;
    bool state_dependent, train_log_std;
    size_t n, n_envs;
    double clip, terms[NETWORK_N_TERMS]; /* 0: not in the loss */
} network_plan;

typedef struct random_network {
    network_plan plan;
    size_t n[NETWORK_N_NUMBERS];
    double numbers[NETWORK_N_NUMBERS][NETWORK_MOST];
} random_network;

typedef struct network_result {
    double loss;
    double by_parameters[NETWORK_MOST], by_observations[NETWORK_MOST];
    double last_state[NETWORK_MOST]; /* as many as first_state */
} network_result;

/* All of it follows from the stream. */
lure_status random_network_draw(random_network *net, lure_rng *rng, lure_error *err);
/* With a policy of its own in that type, on the tape. */
lure_status random_network_run(const random_network *net, lure_dtype dtype, lure_tape *tape,
                               network_result *out, lure_error *err);

/* The two steps that drawing shares with a run: the policy with the plan's parameters, which the caller destroys; and what
   a float64 one says of the rows, which lies in the policy until its next call (value: of a plan that has one). */
lure_status random_network_create(const random_network *net, lure_dtype dtype, lure_policy **policy,
                                  lure_error *err);
lure_status random_network_say(const random_network *net, lure_policy *policy, lure_tape *tape,
                               lure_tensor *log_prob, lure_tensor *value, lure_error *err);

#endif
