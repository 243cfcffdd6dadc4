/* policy.h: networks with a distribution over actions on top: observation (n_inputs) -> [trunk ->] layers -> outputs ->
   distribution (distribution.h), and beside it, from the trunk or the observation, layers -> value. All parameters lie
   in one flat block, all gradients in a caller's block of the same layout. Weights are stored (input, output). float32
   or float64 by `dtype`; every value the API takes or gives as void* has that type.
   Not here: how actions are named (run/), what a loss is (tape.h), how the gradient becomes a step (optimizer.h). */
#ifndef LURE_LEARN_POLICY_H
#define LURE_LEARN_POLICY_H

#include "learn/distribution.h"
#include "learn/network.h"
#include "learn/tape.h"

typedef struct lure_policy_options {
    const lure_layer_options *layers; /* to the head */
    size_t n_layers;
    const lure_layer_options *trunk; /* what head and value share; none: each sees the observation itself */
    size_t n_trunk;
    const lure_layer_options *value; /* to one number; none: the policy has no value */
    size_t n_value;
    lure_head head;
    size_t n_inputs;  /* may be 0: a bandit's policy is its biases */
    size_t n_actions; /* bernoulli: 2; multi_categorical: the sum of sizes; gaussian: numbers of an action */
    lure_dtype dtype; /* LURE_F32 or LURE_F64 */
    const size_t *sizes; /* multi_categorical: choices of each part */
    size_t n_sizes;
    bool state_dependent; /* gaussian: the network gives the log standard deviations too */
    lure_first log_std;   /* else they are parameters, "log_std", 0 at first */
    bool train_log_std;
    const double *low, *high; /* squashed_gaussian (n_actions); null: -1 and 1 */
} lure_policy_options;

typedef struct lure_policy lure_policy;

/* Random first values come from `init` in the order of the parameters: trunk ("trunk.linear1.weight"), layers
   ("linear1.weight"), "log_std", value ("value.linear1.weight"). Caller destroys. A layer whose given weight or bias
   has the wrong count, a head that does not fit n_actions, or a policy without a linear layer is LURE_ERROR_SCRIPT with a
   text that says which layer. */
lure_status lure_policy_create(const lure_policy_options *options, lure_rng *init, lure_memory *memory,
                               lure_policy **out, lure_error *err);
/* Another of the same shape with the same numbers, as a target network is. Caller destroys. */
lure_status lure_policy_copy(const lure_policy *policy, lure_memory *memory, lure_policy **out,
                             lure_error *err);
void lure_policy_destroy(lure_policy *policy); /* null is fine */

size_t lure_policy_n_inputs(const lure_policy *policy);
size_t lure_policy_n_actions(const lure_policy *policy);
size_t lure_policy_n_outputs(const lure_policy *policy); /* of the network under the head: 1 for Bernoulli */
size_t lure_policy_n_state(const lure_policy *policy); /* numbers an environment's state has; 0: no memory */
bool lure_policy_has_value(const lure_policy *policy);
lure_head lure_policy_head(const lure_policy *policy);
const lure_distribution *lure_policy_distribution(const lure_policy *policy);
lure_dtype lure_policy_dtype(const lure_policy *policy);
size_t lure_policy_n_parameters(const lure_policy *policy); /* elements of the flat block */
void *lure_policy_parameters(lure_policy *policy);          /* the flat block itself */
size_t lure_policy_n_named(const lure_policy *policy);      /* named parameters, in block order */
const lure_parameter *lure_policy_named(const lure_policy *policy, size_t i);
const lure_parameter *lure_policy_find(const lure_policy *policy,
                                       const char *name); /* null if there is none */
/* The same names and shapes, and the same type? */
bool lure_policy_is_like(const lure_policy *a, const lure_policy *b);
/* Each parameter goes by `rate` of the way to the other policy's, which is like it; 1: all the way, exactly. */
void lure_policy_load(lure_policy *policy, const lure_policy *from, double rate);

/* ---- rows, without a gradient ---- */

/* How the rows of a batch belong together, and what is illegal in them. All zero: rows are independent. */
typedef struct lure_policy_context {
    const lure_tensor *mask; /* (n, n_actions) contiguous, any type; 0: illegal. Discrete heads alone. */
    /* of a policy with a state: rows are (step, environment) */
    size_t n_envs; /* 0: n, one step */
    const lure_tensor
        *starts;             /* (n) contiguous, any type; not 0: an episode begins here, after a state of 0 */
    const void *first_state; /* (n_envs, n_state); null: 0 */
    void *last_state;        /* (n_envs, n_state), after the last step; null: not wanted */
    bool has_streams;        /* lure_policy_act: `rng` is n streams, and each row draws from its own */
    double epsilon; /* of action values, 0 to 1: how often a drawn action is an even one; other heads: 0 */
} lure_policy_context;

/* probabilities (n_actions), in double, of one observation; first action first. They sum to 1 to rounding.
   Cannot fail; NaN inputs give NaN. This is the per-step path: no allocation. Bernoulli and categorical alone; a policy
   with a state starts from 0. */
void lure_policy_probabilities(lure_policy *policy, const void *observation, double *probabilities);

/* The action on whose stretch of the line [0, 1) the number u falls, the line laid out first action first:
   Bernoulli: 0 if u < p(first), else 1. Never an action of probability 0. */
size_t lure_policy_pick(size_t n_actions, const double *probabilities, double u);

/* The same choice for n rows of one choice each, by the draws (n). probabilities (n_actions): room; afterwards those of the
   last row. log_prob (n) as lure_policy_act gives them; null: not wanted. The last step's state too, where the context asks
   for it. */
lure_status lure_policy_pick_rows(lure_policy *policy, size_t n, const void *observations,
                                  const lure_policy_context *context, const double *draws,
                                  double *probabilities, int32_t *actions, void *log_prob, lure_error *err);

/* Actions (n, n_columns) for n observations, drawn from `rng` in row order, or with rng null the likeliest; their
   log-probabilities (n), as lure_policy_evaluate gives them for the same rows; and values (n). Those two may be null, and
   the log-probabilities of action values have to be: there are none.
   Actions are int32, or of the policy's type (distribution.h). Refuses rows that are not finite, by number. */
lure_status lure_policy_act(lure_policy *policy, size_t n, const void *observations,
                            const lure_policy_context *context, lure_rng *rng, void *actions, void *log_prob,
                            void *values, lure_error *err);

/* ---- rows, on a tape (policy_evaluate.c) ---- */

/* What a policy says of n observations (n, n_inputs), contiguous, of its type. `parameters`: its block as a leaf of
   the tape; null: constant. tape null, or nothing tracked: no gradient. Each output may be null; where tensor.data is
   set the numbers go there, else they lie in the tape, or without one in the policy until its next call.
   Gradients flow to parameters and observations, not to actions, masks or states. */
/* outputs (n, n_outputs) of the head's network; value (n), which must be null if the policy has none. */
lure_status lure_policy_forward(lure_policy *policy, lure_tape *tape, const lure_value *parameters,
                                const lure_value *observations, const lure_policy_context *context,
                                lure_value *outputs, lure_value *value, lure_error *err);
/* log_prob (n) of the actions, (n, n_columns) contiguous, int32 or of the policy's type; entropy (n), where a squashed
   gaussian, which has none in closed form, gives -log_prob. Either refused of action values. */
lure_status lure_policy_evaluate(lure_policy *policy, lure_tape *tape, const lure_value *parameters,
                                 const lure_value *observations, const lure_tensor *actions,
                                 const lure_policy_context *context, lure_value *log_prob,
                                 lure_value *entropy, lure_value *value, lure_error *err);
/* A named parameter, (its shape; one number: ()), as a value of its own on the tape: a view of the block that is a leaf.
   out->tensor is that view; a parameter that is not trainable is a constant. */
lure_status lure_policy_parameter(lure_policy *policy, lure_tape *tape, const lure_value *parameters,
                                  const lure_parameter *p, lure_value *out, lure_error *err);

/* ---- the cross-entropy ---- */

/* Cross-entropy of the actions taken, each row weighted:
       loss = (1/n) sum_i weights[i] * -ln p(actions[i] | observations[i])
   gradient (n_parameters): d loss / d parameters, overwritten; 0 for what is not trainable.
   loss and entropy (the mean of the rows' -sum p ln p) may be null. weights may be null: all 1.
   p of what the mask (n, n_actions; contiguous, any type; 0: illegal) leaves, as lure_policy_context has it; null: of all.
   Exact from the outputs: right and finite at probabilities 0 and 1. Discrete heads with probabilities and without a state
   alone.
   Fails when the scratch for a larger n than ever before cannot be had; afterwards n or fewer rows allocate nothing. */
lure_status lure_policy_gradient(lure_policy *policy, size_t n, const void *observations,
                                 const int32_t *actions, const void *weights, const lure_tensor *mask,
                                 void *gradient, double *loss, double *entropy, lure_error *err);

/* ---- how far it moved (policy_kl.c); none of it of action values, which are refused ---- */

/* The mean over the rows of KL(before || now), `before` being outputs (n, n_outputs) of an earlier forward and log_std
   (n_log_std; null: the present ones), `now` what the present parameters give. */
lure_status lure_policy_divergence(lure_policy *policy, size_t n, const void *observations,
                                   const lure_policy_context *context, const void *before,
                                   const void *log_std, double *kl, lure_error *err);

/* Keeps a copy of n observations, of their mask (as above; null: none) and of what the policy gives for them now, in the
   place of those it kept before; a policy with a state starts each row from 0. After a failure nothing is kept. Allocates
   only for more numbers than ever. */
lure_status lure_policy_remember(lure_policy *policy, size_t n, const void *observations,
                                 const lure_tensor *mask, lure_error *err);
/* The same mean over the rows kept, from what the policy gave for them when it was last looked at, by
   lure_policy_remember or by this, to what it gives now. NaN: nothing is kept, or what it gives is not finite. */
double lure_policy_kl(lure_policy *policy);
/* What is kept, as it lies in memory, for whoever writes it down; and put back into a policy of the same shape: one that
   does not fit is LURE_ERROR_STORE. */
typedef struct lure_policy_memory {
    size_t n_rows, n_bytes;
    bool is_masked;
    const void *block;
} lure_policy_memory;
lure_policy_memory lure_policy_remembered(const lure_policy *policy);
lure_status lure_policy_remember_again(lure_policy *policy, const lure_policy_memory *memory,
                                       lure_error *err);

/* ---- the chain rule ---- */

/* The chain rule for one row and one element of the block, factor by factor, each computed by forward and
   backward passes: z is the number the element feeds into (its unit before any activation), p the probability
   the head speaks of: Bernoulli p(second action), categorical p(action taken).
       derivative = dce_dp * dp_dz * dz_dparameter = d(-ln p(action)) / d parameter   (exact even where a factor is not finite)
   An element of the value's layers has no part in it: zero factors. Refuses other heads, and elements of a gru. */
typedef struct lure_chain {
    double p;             /* the probability the chain starts from */
    double cross_entropy; /* -ln p(action taken) */
    double dce_dp, dp_dz, dz_dparameter;
    double derivative;
} lure_chain;
lure_status lure_policy_chain(lure_policy *policy, const void *observation, int32_t action, size_t element,
                              lure_chain *out, lure_error *err);

#endif
