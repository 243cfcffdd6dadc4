/* sort.h: the numbers along an axis in order, or where in it they were (int32, 0-based). Stable both ways: equals, 0 and
   -0 among them, stay in the order they had. NaN counts as larger than every number: last ascending, first descending, as
   in PyTorch; all NaN are equal. Lines that the stack cannot hold are sorted in scratch of the caller's. */
#ifndef LURE_MATH_SORT_H
#define LURE_MATH_SORT_H

#include "math/operation.h"

size_t lure_sort_scratch_bytes(const lure_tensor *in, int axis); /* SIZE_MAX: more than there can be */
void lure_sort(lure_op op, const lure_tensor *in, int axis, bool descending, lure_tensor *out, void *scratch);

#endif
