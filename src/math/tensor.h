/* tensor.h: a shape over somebody's memory. A tensor never owns its numbers: they live in a policy's block, a
   rollout, or inside a script's userdata, and whoever made the tensor keeps them alive. Up to four dimensions;
   float32 or float64 for numbers, int32 for actions and indices. A new tensor is contiguous, row-major; slices and
   transposed views of it are the same numbers with other strides, as in NumPy. */
#ifndef LURE_MATH_TENSOR_H
#define LURE_MATH_TENSOR_H

#include "base/status.h"
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum { LURE_F32, LURE_F64, LURE_I32 } lure_dtype;

enum { LURE_MAX_DIMS = 4 };

typedef struct lure_tensor {
    void *data;
    size_t shape[LURE_MAX_DIMS];  /* shape[0] varies slowest */
    size_t stride[LURE_MAX_DIMS]; /* elements from one index to the next; 0: the same again (broadcast) */
    int n_dims;                   /* 0: one number */
    lure_dtype dtype;
} lure_tensor;

size_t lure_dtype_size(lure_dtype dtype);      /* bytes of one element */
const char *lure_dtype_name(lure_dtype dtype); /* "float32", "float64", "int32" */

/* contiguous */
static inline lure_tensor lure_tensor_view(void *data, lure_dtype dtype, int n_dims, const size_t *shape)
{
    assert(n_dims >= 0 && n_dims <= LURE_MAX_DIMS);
    lure_tensor t = {.data = data, .n_dims = n_dims, .dtype = dtype};
    size_t stride = 1;
    for (int i = n_dims; i-- > 0;) {
        t.shape[i] = shape[i];
        t.stride[i] = stride;
        stride *= shape[i]; /* may wrap where lure_tensor_bytes will say that no memory holds it */
    }
    return t;
}
static inline size_t lure_tensor_size(const lure_tensor *t) /* elements */
{
    size_t size = 1;
    for (int i = 0; i < t->n_dims; i++)
        size *= t->shape[i];
    return size;
}
bool lure_tensor_bytes(const lure_tensor *t, size_t *bytes); /* false: more than a size_t holds */
static inline bool lure_tensor_same_shape(const lure_tensor *a, const lure_tensor *b)
{
    bool same = a->n_dims == b->n_dims;
    for (int i = 0; same && i < a->n_dims; i++)
        same = a->shape[i] == b->shape[i];
    return same;
}
/* row-major without gaps; strides of sides <= 1 are free */
static inline bool lure_tensor_is_contiguous(const lure_tensor *t)
{
    size_t stride = 1;
    for (int i = t->n_dims; i-- > 0;) {
        if (t->shape[i] > 1 && t->stride[i] != stride)
            return lure_tensor_size(t) == 0;
        stride *= t->shape[i];
    }
    return true;
}
/* One element by its index in row-major order, whatever the strides; 0-based, not checked. Divides: not for loops
   that count. set rounds to the dtype. */
double lure_tensor_get(const lure_tensor *t, size_t i);
void lure_tensor_set(lure_tensor *t, size_t i, double value);
/* to = from, element by element in row-major order, cast to to's type (int32: nearest, held at the ends, NaN 0).
   The shapes are the same; the memory may not overlap. */
void lure_tensor_copy(const lure_tensor *from, lure_tensor *to);

/* The same for n > 0 numbers at equal steps. */
void lure_numbers_convert(size_t n, lure_dtype from_type, const void *from, size_t from_step,
                          lure_dtype to_type, void *to, size_t to_step);

/* Views of the same numbers. Axes are 0-based; arguments in range are the caller's duty. */
lure_tensor lure_tensor_select(const lure_tensor *t, int axis, size_t i); /* without that axis */
lure_tensor lure_tensor_slice(const lure_tensor *t, int axis, size_t first, size_t n, size_t step);
lure_tensor lure_tensor_transpose(const lure_tensor *t, int axis_a, int axis_b);
/* Another shape of as many elements. False when the sizes differ, or when the strides do not allow it (then copy). */
bool lure_tensor_reshape(const lure_tensor *t, int n_dims, const size_t *shape, lure_tensor *out);
/* The shape that two tensors meet in (NumPy's rule: aligned at the last axis, sides equal or 1). False: they do not. */
bool lure_tensor_broadcast(const lure_tensor *a, const lure_tensor *b, int *n_dims,
                           size_t shape[LURE_MAX_DIMS]);
/* t repeated over that shape, with strides of 0; t must broadcast to it. */
lure_tensor lure_tensor_expand(const lure_tensor *t, int n_dims, const size_t *shape);

enum { LURE_SHAPE_TEXT = 64 };
void lure_tensor_shape_text(const lure_tensor *t, char out[LURE_SHAPE_TEXT]); /* "(4, 2)", "()" */

#endif
