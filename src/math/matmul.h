/* matmul.h: the product of two tensors as of stacks of matrices, by the kernels. Each number of the result is one sum over
   k from 0 on, a fused multiply-add a step, in the result's type. A tensor of one axis is a row on the left, a column on
   the right, and that axis is not in the result; the axes before the last two are batches that broadcast. */
#ifndef LURE_MATH_MATMUL_H
#define LURE_MATH_MATMUL_H

#include "math/operation.h"

/* Inputs of another type than the result are converted in scratch of the caller's, so many bytes; SIZE_MAX: more than
   there can be. */
size_t lure_matmul_scratch_bytes(const lure_tensor *a, const lure_tensor *b, const lure_tensor *out);
void lure_matmul(const lure_tensor *a, const lure_tensor *b, lure_tensor *out, void *scratch);

#endif
