/* next_values.h: what the observation after each step of a collection is worth to the policy that lived it: the value of
   the next step's observation where the episode goes on, of the episode's true final observation where it was
   truncated, of what followed the last step, 0 where it terminated. A policy with a state (gru) sees each of them after
   all of its episode that came before. Only what is not known from `values` goes through the network. */
#ifndef LURE_LEARN_NEXT_VALUES_H
#define LURE_LEARN_NEXT_VALUES_H

#include "learn/policy.h"

/* Arrays are (step, environment, ...), row-major, in time order, of the policy's type. */
typedef struct lure_followed {
    size_t n_steps, n_environments;
    const void *observations; /* before each step; read of a policy with a state */
    const void *
        next_observations; /* after each step: at an end the last of the episode, never the first of the next */
    const int32_t *ends;   /* as in returns.h */
    const void *values;    /* of `observations` */
    const lure_tensor
        *starts; /* (step, environment) of a policy with a state, as lure_policy_context has them */
    const void *first_states; /* (environment, number) of a policy with a state; null: 0 */
} lure_followed;

/* out (step, environment). room: n_environments * lure_policy_n_state(policy) numbers of the policy's type; null for a
   policy without a state. The policy has a value. Fails as lure_policy_forward does. */
lure_status lure_policy_next_values(lure_policy *policy, const lure_followed *followed, void *room, void *out,
                                    lure_error *err);

#endif
