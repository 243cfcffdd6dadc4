/* distribution.h: what a policy's outputs mean: a distribution over actions for each row, and what is asked of it. A
   file distribution_<family>.c has a table of functions each; all compute in double, whatever the policy's type.
     bernoulli           two actions, one output x: p(second) = sigmoid(x)
     categorical         a softmax over n_actions
     multi_categorical   several of these beside each other, independent: sums of log-probabilities and entropies
     gaussian            a normal number for each of n_actions, with a log standard deviation of its own
     squashed_gaussian   centre + half * tanh of these, for bounded actions (Haarnoja et al. 2018, appendix C)
     action_values       no distribution: the outputs are what the n_actions are worth. The largest is taken, the first of
                         equals, or with probability epsilon an even one
   Actions are int32, 0-based (row, n_columns), or of the gaussians numbers of the policy's type (row, n_columns).
   Illegal actions can be masked, of all but the gaussians: their probability is exactly 0. */
#ifndef LURE_LEARN_DISTRIBUTION_H
#define LURE_LEARN_DISTRIBUTION_H

#include "base/memory.h"
#include "base/rng.h"
#include "math/kernel.h"

typedef enum {
    LURE_HEAD_BERNOULLI,
    LURE_HEAD_CATEGORICAL,
    LURE_HEAD_MULTI_CATEGORICAL,
    LURE_HEAD_GAUSSIAN,
    LURE_HEAD_SQUASHED_GAUSSIAN,
    LURE_HEAD_ACTION_VALUES,
    LURE_N_HEADS
} lure_head;

typedef struct lure_distribution {
    lure_head head;
    const struct lure_distribution_rule *rule;
    size_t n_actions;      /* choices, of all parts together; or numbers that an action consists of */
    size_t n_parts;        /* choices to make at a time; gaussian: 1 */
    size_t *sizes;         /* of the parts; discrete alone */
    size_t n_columns;      /* numbers that an action consists of */
    size_t n_outputs;      /* of the network */
    size_t n_log_std;      /* parameters of its own, after those of the network; 0 but for a gaussian */
    size_t n_work;         /* numbers a row of lure_outcomes takes */
    double *centre, *half; /* (n_columns) of the squashed */
} lure_distribution;

/* A batch of distributions, one a row, made by `prepare` from what a network gave, with all exponentials taken. */
typedef struct lure_outcomes {
    const lure_distribution *of;
    size_t n;
    double *work;    /* (n_work, n) the family's own; then */
    double *results; /* (3, n) for the caller: log-probabilities, entropies, factors */
    /* set before `prepare` */
    bool without_logs; /* only probabilities, samples and modes will be asked for */
    double epsilon;    /* of action values, 0 to 1: how often an even action is drawn */
} lure_outcomes;

typedef struct lure_distribution_rule {
    const char *name; /* as scripts write it */
    bool discrete;
    bool samples_entropy; /* it has no closed form: -log p(action) stands for it */
    /* log_std (n_log_std), mask (n, n_actions; not 0: legal; contiguous) may be null. Refuses a row without a legal
       action, numbered from 1. */
    lure_status (*prepare)(const lure_outcomes *o, lure_dtype dtype, const void *outputs, const void *log_std,
                           const lure_tensor *mask, lure_error *err);
    /* Refuses, before log_prob, actions that are none of its own, or masked. From here to kl: null where nothing has a
       probability that a gradient could go through (lure_distribution_is_smooth). */
    lure_status (*check)(const lure_outcomes *o, lure_dtype dtype, const void *actions, lure_error *err);
    void (*log_prob)(const lure_outcomes *o, lure_dtype dtype, const void *actions, double *log_prob);
    /* Adds factor[row] * d log_prob / d outputs to d_outputs (n, n_outputs) and to d_log_std (n_log_std); either may
       be null. After log_prob, with the same actions. */
    void (*log_prob_back)(const lure_outcomes *o, lure_dtype dtype, const void *actions, const double *factor,
                          void *d_outputs, double *d_log_std);
    void (*entropy)(const lure_outcomes *o, double *entropy); /* null when samples_entropy */
    void (*entropy_back)(const lure_outcomes *o, lure_dtype dtype, const double *factor, void *d_outputs,
                         double *d_log_std);
    /* KL(p || q) of each row, never below 0 but for rounding */
    void (*kl)(const lure_outcomes *p, const lure_outcomes *q, double *kl);
    /* Row i from the stream rng[i * stride]: 0, one after the other from the same one; 1, each from its own. */
    void (*sample)(const lure_outcomes *o, lure_dtype dtype, lure_rng *rng, size_t stride, void *actions);
    void (*mode)(const lure_outcomes *o, lure_dtype dtype, void *actions); /* the first of equals */
} lure_distribution_rule;

extern const lure_distribution_rule lure__bernoulli, lure__categorical, lure__multi_categorical,
    lure__gaussian, lure__squashed_gaussian, lure__action_values;
const lure_distribution_rule *lure_distribution_rule_of(lure_head head);
/* Has it log-probabilities, and all that is made of them? Action values have none. */
static inline bool lure_distribution_is_smooth(const lure_distribution *d)
{
    return d->rule->log_prob != NULL;
}

typedef struct lure_distribution_options {
    lure_head head;
    size_t n_actions;    /* bernoulli: 2; multi_categorical: the sum of sizes */
    const size_t *sizes; /* multi_categorical: choices of each part */
    size_t n_sizes;
    bool state_dependent; /* gaussian: the network gives the log standard deviations too, after the means */
    const double *low, *high; /* squashed_gaussian (n_actions); null: -1 and 1 */
} lure_distribution_options;

/* In zeroed memory. After a failure lure_distribution_free is still to be called. */
lure_status lure_distribution_init(lure_distribution *d, const lure_distribution_options *options,
                                   lure_memory *memory, lure_error *err);
void lure_distribution_free(lure_distribution *d, lure_memory *memory);

/* Bytes of a batch's outcomes; lays them out in that memory, aligned to 8. */
static inline size_t lure_outcomes_bytes(const lure_distribution *d, size_t n)
{
    return n * (d->n_work + 3) * sizeof(double);
}
static inline lure_outcomes lure_outcomes_in(const lure_distribution *d, size_t n, void *memory)
{
    double *work = memory;
    return (lure_outcomes){.of = d, .n = n, .work = work, .results = work + n * d->n_work};
}

/* The action on whose stretch of the line [0, 1) the number u falls, the line laid out first action first. Never one
   of probability 0. `total`: what the weights sum to. */
size_t lure_distribution_pick(size_t n, const double *weights, double total, double u);
/* Of one row of a discrete distribution of one part: probabilities (n_actions), which sum to 1 to rounding. */
void lure_distribution_probabilities(const lure_outcomes *o, size_t row, double *probabilities);

/* One row's factors of the chain rule, for lure_policy_chain: of the softmax's numbers, `spoken` being the action whose
   probability p is spoken of. d (n_actions) may be any of the three kinds by a number of the softmax. */
typedef struct lure_softmax_chain {
    double p, cross_entropy, dce_dp;
} lure_softmax_chain;
lure_softmax_chain lure_distribution_chain(const lure_outcomes *o, size_t taken, size_t spoken);
/* d p(spoken) / d outputs (n_outputs), overwritten */
void lure_distribution_probability_back(const lure_outcomes *o, lure_dtype dtype, size_t spoken,
                                        void *d_outputs);

#endif
