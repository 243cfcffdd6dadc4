/* policy_inside.h: what a policy is made of, for the files that are one: policy.c (making, naming), policy_act.c (rows
   without a gradient, the cross-entropy), policy_evaluate.c (rows on a tape), policy_kl.c (how far it moved),
   policy_chain.c (the chain rule, told). Internal to learn/. */
#ifndef LURE_LEARN_POLICY_INSIDE_H
#define LURE_LEARN_POLICY_INSIDE_H

#include "learn/policy.h"

struct lure_policy {
    lure_network trunk, body, value; /* a trunk of no layers gives what it gets */
    lure_distribution distribution;
    lure_dtype dtype;
    size_t element; /* bytes of one number */
    const lure_kernels *borrow_kernels;
    lure_memory *borrow_memory;
    size_t n_inputs, n_state;
    bool has_value, train_log_std;
    size_t log_std;        /* where it begins in the block */
    lure_parameter *named; /* in block order */
    size_t n_named;
    void *parameters;
    size_t n_parameters;
    /* Working space for n_rows rows, grown by reserve, never shrunk: outcomes, twice, then the networks' columns. */
    void *scratch;
    size_t n_rows;
    /* For n_back rows: what backward passes need. */
    void *back;
    size_t n_back;
    /* Rows that lure_policy_remember was given, and what the policy gave for them (policy_kl.c). */
    void *before;
    size_t n_before, before_bytes;
    bool before_is_masked;
};

/* The working space, as it is laid out. */
typedef struct lure__room {
    void *outcomes[2], *trunk, *body, *value;
} lure__room;
lure__room lure__policy_room(const lure_policy *policy);
lure_status lure__policy_reserve(lure_policy *policy, size_t n, lure_error *err);

lure_layer_pass lure__policy_pass(const lure_policy *policy, size_t n, const lure_policy_context *context,
                                  const void *parameters);
/* Of the policy's own parameters. */
static inline const void *lure__log_std(const lure_policy *policy, const void *parameters)
{
    return (const char *)parameters + policy->log_std * policy->element;
}
/* Outputs of the head's network in the working space, which has room for the pass. */
const void *lure__policy_outputs(const lure_policy *policy, const lure_layer_pass *pass, const void *x);

/* Outputs and, in the `which`-th place of the working space, outcomes of a pass over rows x that have been checked. */
lure_status lure__policy_look(lure_policy *policy, const lure_layer_pass *pass, const void *x,
                              const lure_policy_context *context, size_t which, lure_outcomes *outcomes,
                              const void **outputs, lure_error *err);
/* Refuses action values, where `what` ("policy:kl") needs probabilities. */
lure_status lure__policy_check_smooth(const lure_policy *policy, const char *what, lure_error *err);

/* Refuse what is not finite, naming row and number, and what the context does not fit. */
lure_status lure__policy_check_rows(const lure_policy *policy, const char *what, const void *numbers,
                                    size_t n, size_t width, lure_error *err);
lure_status lure__policy_check_context(const lure_policy *policy, size_t n,
                                       const lure_policy_context *context, lure_error *err);
/* What a network (the head's or the value's) gave in a pass, given the columns of the trunk and its own; where an
   embedding got no index, that is said. `what`: "the policy's output". */
lure_status lure__policy_check_network(const lure_policy *policy, const lure_network *net, const char *what,
                                       const lure_layer_pass *pass, const void *x, const void *trunk,
                                       const void *columns, const void *y, lure_error *err);
/* p->back: derivatives by the outputs, working space of the networks (n_work numbers a row), by the trunk's outputs. */
static inline size_t lure__policy_n_work(const lure_policy *p)
{
    return p->trunk.n_work > p->body.n_work ? p->trunk.n_work : p->body.n_work;
}
lure_status lure__policy_reserve_gradient(lure_policy *policy, size_t n, lure_error *err);
void lure__policy_free_gradient(lure_policy *policy); /* p->back */
void lure__policy_forget(lure_policy *policy);        /* p->before */

#endif
