/* policy_subject.h: a policy with a batch and a loss of everything it says: the sum of coefficients times outputs,
   log-probabilities, entropies and values. For tests of layers and heads on a tape. */
#ifndef LURE_UNIT_POLICY_SUBJECT_H
#define LURE_UNIT_POLICY_SUBJECT_H

#include "learn/policy.h"

enum { SUBJECT_MOST = 4096 };

typedef struct subject {
    lure_policy *policy;
    size_t n;
    double observations[SUBJECT_MOST];
    double actions[SUBJECT_MOST]; /* of a continuous head */
    int32_t choices[SUBJECT_MOST];
    double coefficients[SUBJECT_MOST]; /* outputs (n, n_outputs), then three of (n) */
    bool outputs_alone;
    lure_policy_context context;
} subject;

/* Observations and coefficients are drawn, actions sampled from the policy. n rows, float64. */
void subject_draw(subject *s, lure_policy *policy, size_t n, lure_rng *rng);
/* Without a tape. */
double subject_loss(subject *s);
/* On a tape; gradients (n_parameters), (n, n_inputs); either null: not tracked. */
double subject_gradient(subject *s, lure_tape *tape, double *gradient, double *input_gradient);
/* Every derivative against the slope from five points: relative to the largest, at 1e-7. The parameters that are not trained
   have none. Returns how many were compared. */
size_t subject_compare(subject *s, bool inputs);

#endif
