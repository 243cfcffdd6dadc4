/* returns.h: from rewards to what a step was worth. All arrays (step), in time order, episodes one after the
   other; ends[i] is nonzero where step i was the last of its episode. Tensors of the policy's dtype. */
#ifndef LURE_LEARN_RETURNS_H
#define LURE_LEARN_RETURNS_H

#include "math/tensor.h"

/* returns[i] = rewards[i] + discount * returns[i+1], starting anew after each end. A last episode that is not
   ended counts as ended. */
void lure_returns_discounted(const lure_tensor *rewards, const int32_t *ends, double discount,
                             lure_tensor *out);

double lure_returns_mean(const lure_tensor *t);               /* NaN when empty */
double lure_returns_standard_deviation(const lure_tensor *t); /* of a sample (n - 1); 0 for fewer than two */
/* out = (t - mean) / (sd + 1e-8), or only t - mean when `scale` is false; out may be t. One or no element: 0. */
void lure_returns_center(const lure_tensor *t, bool scale, lure_tensor *out);

#endif
