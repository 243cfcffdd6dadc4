/* random_policy.h: policies of random shape and batches to go with them, for tests that must hold for any. All of it
   follows from the seeds. At most MAX_PARAMETERS parameters, MAX_ROWS rows, MAX_UNITS inputs, actions or units. */
#ifndef LURE_UNIT_RANDOM_POLICY_H
#define LURE_UNIT_RANDOM_POLICY_H

#include "learn/policy.h"

enum { MAX_LAYERS = 6, MAX_UNITS = 6, MAX_ROWS = 7, MAX_PARAMETERS = 3 * MAX_UNITS * (MAX_UNITS + 1) };

typedef struct random_plan {
    lure_layer_options layers[MAX_LAYERS];
    lure_policy_options options;
} random_plan;

/* One to three linear layers with activations (or none) between and sometimes after them, of either head. `smooth`
   leaves relu out; without `all_trained` a third of the weights and biases is frozen. */
void random_plan_draw(random_plan *p, lure_rng *rng, bool smooth, bool all_trained);
lure_policy *random_plan_create(const random_plan *p, uint64_t seed, lure_dtype dtype); /* caller destroys */

typedef struct random_batch {
    size_t n;
    double observations[MAX_ROWS * MAX_UNITS], weights[MAX_ROWS];
    int32_t actions[MAX_ROWS], legal[MAX_ROWS * MAX_UNITS];
    lure_tensor legal_view;
    const lure_tensor *mask; /* null: none */
} random_batch;

void random_batch_draw(random_batch *b, const lure_policy *policy, lure_rng *rng);
/* Half of the actions that were not taken become illegal. b->mask points into the batch: it is not to be moved. */
void random_batch_mask(random_batch *b, const lure_policy *policy, lure_rng *rng);

/* Asked of the named parameters; an element that has no name fails the test. */
bool random_is_trainable(const lure_policy *policy, size_t element);

#endif
