/* surrogate.h: the clipped surrogate of PPO (Schulman et al. 2017, eq. 7) as one node: for each row
   min(ratio A, clamp(ratio, 1 - clip, 1 + clip) A) with ratio = exp(log_prob - old_log_prob). It is to be made large:
   a loss is its mean with a minus. Equal, in value and in gradient, to the same formula in operations. */
#ifndef LURE_LEARN_SURROGATE_H
#define LURE_LEARN_SURROGATE_H

#include "learn/tape.h"

/* What a script logs of it; means over the rows, 0 of no rows. Both estimate KL(old || new) from the old policy's own
   actions (Schulman 2020, "Approximating KL divergence"). */
typedef struct lure_surrogate_report {
    double clip_fraction; /* of the rows: |ratio - 1| > clip */
    double kl_k1;         /* -log ratio: without bias, of either sign */
    double kl_k3;         /* ratio - 1 - log ratio: without bias too, never negative */
} lure_surrogate_report;

/* log_prob, old_log_prob, advantages: (n) each, float32 or float64, any strides; or of one other shape, contiguous, as a
   policy with a state has them, (step, copy). All is computed in log_prob's type, and out is of its shape. Only log_prob
   is differentiated: the others are constants. `tape` may be null: then out->tensor.data is the caller's (n) of that
   type. With a tape it may be null too, and is the tape's. `report` may be null.
   LURE_ERROR_SCRIPT: shapes differ or have no side, a type is int32, clip is not in [0, infinity). */
lure_status lure_surrogate_clipped(lure_tape *tape, const lure_value *log_prob,
                                   const lure_tensor *old_log_prob, const lure_tensor *advantages,
                                   double clip, lure_value *out, lure_surrogate_report *report,
                                   lure_error *err);

#endif
