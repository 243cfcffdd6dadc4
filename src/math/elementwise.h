/* elementwise.h: operations that make one number of the result from one number of each input: the numbers of
   operation.h's COMBINE, MAP and WHERE. Inputs of any strides and types broadcast to the result, which is contiguous,
   of the shape and type that lure_op_plan gives. Nothing is allocated; runs that a kernel cannot read as they lie
   pass through buffers on the stack. The result may be the memory of an input of its shape and type that is
   contiguous; other overlaps are not allowed. */
#ifndef LURE_MATH_ELEMENTWISE_H
#define LURE_MATH_ELEMENTWISE_H

#include "math/operation.h"

void lure_elementwise_combine(lure_op op, const lure_tensor *a, const lure_tensor *b, lure_tensor *out);
void lure_elementwise_map(lure_op op, const lure_tensor *in, lure_tensor *out);
void lure_elementwise_clamp(const lure_tensor *in, double low, double high, lure_tensor *out);
void lure_elementwise_where(const lure_tensor *condition, const lure_tensor *then,
                            const lure_tensor *otherwise, lure_tensor *out);

#endif
