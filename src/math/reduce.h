/* reduce.h: many numbers to one, and sums on the way. Inputs of any strides and types; results contiguous, as planned by
   lure_op_plan; nothing is allocated.
   A sum of numbers x[0], x[1], ... (in row-major order of the axes summed over) is eight sums in double of the numbers
   with equal index mod 8, p[0] to p[7], each in order, put together as
   ((p[0] + p[4]) + (p[2] + p[6])) + ((p[1] + p[5]) + (p[3] + p[7])). It depends neither on the layout nor on the axis. */
#ifndef LURE_MATH_REDUCE_H
#define LURE_MATH_REDUCE_H

#include "math/operation.h"

/* sum, mean, variance (two passes, n - 1), min, max over the axes whose bits are set. NaN wins min and max. */
void lure_reduce_numbers(lure_op op, const lure_tensor *in, unsigned axes, lure_tensor *out);
/* argmin, argmax: the first of equals; the first NaN if there is one. */
void lure_reduce_index(lure_op op, const lure_tensor *in, unsigned axes, lure_tensor *out);
/* out[i] = x[0] + ... + x[i] along an axis: one sum in double, in order. */
void lure_reduce_running(const lure_tensor *in, int axis, lure_tensor *out);

#endif
