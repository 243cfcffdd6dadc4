/* policy.h: a network with a distribution over discrete actions on top: observation (n_inputs) -> layers ->
   logits -> probabilities. All parameters lie in one flat block, all gradients in a caller's block of the same
   layout. Weights are stored (input, output). float32 or float64 by `dtype`; every value the API takes or gives
   as void* has that type.
   Heads: Bernoulli (two actions, one logit x; p(second action) = sigmoid(x)) and categorical (softmax).
   Not here: how actions are named (run/), how the gradient becomes a step (optimizer.h). */
#ifndef LURE_LEARN_POLICY_H
#define LURE_LEARN_POLICY_H

#include "learn/network.h"

typedef enum { LURE_HEAD_BERNOULLI, LURE_HEAD_CATEGORICAL } lure_head;

typedef struct lure_policy_options {
    const lure_layer_options *layers;
    size_t n_layers;
    lure_head head;
    size_t n_inputs;  /* may be 0: a bandit's policy is its biases */
    size_t n_actions; /* 2 for Bernoulli */
    lure_dtype dtype; /* LURE_F32 or LURE_F64 */
} lure_policy_options;

typedef struct lure_policy lure_policy;

/* Random first values come from `init` in the order of the parameters. Caller destroys. A layer whose given
   weight or bias has the wrong count, a head that does not fit n_actions, or a policy without a linear layer
   is LURE_ERROR_SCRIPT with a text that says which layer. */
lure_status lure_policy_create(const lure_policy_options *options, lure_rng *init, lure_memory *memory,
                               lure_policy **out, lure_error *err);
void lure_policy_destroy(lure_policy *policy); /* null is fine */

size_t lure_policy_n_inputs(const lure_policy *policy);
size_t lure_policy_n_actions(const lure_policy *policy);
size_t lure_policy_n_logits(const lure_policy *policy); /* 1 for Bernoulli, else n_actions */
lure_head lure_policy_head(const lure_policy *policy);
lure_dtype lure_policy_dtype(const lure_policy *policy);
size_t lure_policy_n_parameters(const lure_policy *policy); /* elements of the flat block */
void *lure_policy_parameters(lure_policy *policy);          /* the flat block itself */
size_t lure_policy_n_named(const lure_policy *policy);      /* named parameters, in block order */
const lure_parameter *lure_policy_named(const lure_policy *policy, size_t i);
const lure_parameter *lure_policy_find(const lure_policy *policy,
                                       const char *name); /* null if there is none */

/* probabilities (n_actions), in double, of one observation; first action first. They sum to 1 to rounding.
   Cannot fail; NaN inputs give NaN. This is the per-step path: no allocation. */
void lure_policy_probabilities(lure_policy *policy, const void *observation, double *probabilities);

/* The action on whose stretch of the line [0, 1) the number u falls, the line laid out first action first:
   Bernoulli: 0 if u < p(first), else 1. Never an action of probability 0. */
size_t lure_policy_pick(size_t n_actions, const double *probabilities, double u);

/* Cross-entropy of the actions taken, each row weighted:
       loss = (1/n) sum_i weights[i] * -ln p(actions[i] | observations[i])
   gradient (n_parameters): d loss / d parameters, overwritten; 0 for what is not trainable.
   loss and entropy (the mean of the rows' -sum p ln p) may be null. weights may be null: all 1.
   Exact from the logits: right and finite at probabilities 0 and 1.
   Fails when the scratch for a larger n than ever before cannot be had; afterwards n or fewer rows allocate nothing. */
lure_status lure_policy_gradient(lure_policy *policy, size_t n, const void *observations,
                                 const int32_t *actions, const void *weights, void *gradient, double *loss,
                                 double *entropy, lure_error *err);

/* Mean KL(before || now) over the rows of the last lure_policy_gradient call, `before` being the logits of that
   call and `now` those of the present parameters for the same observations, of which the policy has kept a copy.
   0 when there was no such call. */
double lure_policy_kl(lure_policy *policy);

/* The chain rule for one row and one element of the block, factor by factor, each computed by forward and
   backward passes: z is the number the element feeds into (its unit before any activation), p the probability
   the head speaks of: Bernoulli p(second action), categorical p(action taken).
       derivative = dce_dp * dp_dz * dz_dparameter = d(-ln p(action)) / d parameter   (exact even where a factor is not finite) */
typedef struct lure_chain {
    double p;             /* the probability the chain starts from */
    double cross_entropy; /* -ln p(action taken) */
    double dce_dp, dp_dz, dz_dparameter;
    double derivative;
} lure_chain;
lure_status lure_policy_chain(lure_policy *policy, const void *observation, int32_t action, size_t element,
                              lure_chain *out, lure_error *err);

#endif
