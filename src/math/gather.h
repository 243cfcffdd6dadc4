/* gather.h: numbers and slices by their indices (int32, 0-based), and tensors joined to one. Results are contiguous, as
   planned by lure_op_plan; nothing is allocated. */
#ifndef LURE_MATH_GATHER_H
#define LURE_MATH_GATHER_H

#include "math/operation.h"

/* LURE_ERROR_SCRIPT: an index out of range, told with its place, both counted from 1; the result is then unfinished. */
lure_status lure_gather(const lure_tensor *values, const lure_tensor *indices, int axis, lure_tensor *out,
                        lure_error *err);
lure_status lure_gather_take(const lure_tensor *values, const lure_tensor *indices, int axis,
                             lure_tensor *out, lure_error *err);
/* one input after the other along the axis of the result, cast to its type */
void lure_gather_concat(size_t n, const lure_tensor *const *inputs, int axis, lure_tensor *out);
/* one input for each index of the axis of the result */
void lure_gather_stack(size_t n, const lure_tensor *const *inputs, int axis, lure_tensor *out);

#endif
