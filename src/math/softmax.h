/* softmax.h: softmax, log_softmax and logsumexp along an axis, the last also over several. Computed in double for every
   type, from the distances to the line's maximum, so that nothing overflows; sums as in reduce.h. Of -infinity alone, logsumexp
   is -infinity and the others NaN; with +infinity, it is +infinity and the others NaN, as in PyTorch. NaN gives NaN. */
#ifndef LURE_MATH_SOFTMAX_H
#define LURE_MATH_SOFTMAX_H

#include "math/operation.h"

void lure_softmax(lure_op op, const lure_tensor *in, unsigned axes, lure_tensor *out);

#endif
