/* tensor.h: a shape over somebody's memory. A tensor never owns its numbers: they live in a policy's block, a
   rollout, or inside a script's userdata, and whoever made the tensor keeps them alive. Row-major, contiguous,
   up to four dimensions; float32 or float64 for numbers, int32 for actions and indices. */
#ifndef LURE_MATH_TENSOR_H
#define LURE_MATH_TENSOR_H

#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum { LURE_F32, LURE_F64, LURE_I32 } lure_dtype;

enum { LURE_MAX_DIMS = 4 };

typedef struct lure_tensor {
    void *data;
    size_t shape[LURE_MAX_DIMS]; /* shape[0] varies slowest */
    int n_dims;                  /* 0: one number */
    lure_dtype dtype;
} lure_tensor;

size_t lure_dtype_size(lure_dtype dtype);      /* bytes of one element */
const char *lure_dtype_name(lure_dtype dtype); /* "float32", "float64", "int32" */

lure_tensor lure_tensor_view(void *data, lure_dtype dtype, int n_dims, const size_t *shape);
size_t lure_tensor_size(const lure_tensor *t);               /* elements */
bool lure_tensor_bytes(const lure_tensor *t, size_t *bytes); /* false: more than a size_t holds */
bool lure_tensor_same_shape(const lure_tensor *a, const lure_tensor *b);
double lure_tensor_get(const lure_tensor *t, size_t i);       /* flat 0-based index, not checked */
void lure_tensor_set(lure_tensor *t, size_t i, double value); /* rounded to the dtype */

enum { LURE_SHAPE_TEXT = 64 };
void lure_tensor_shape_text(const lure_tensor *t, char out[LURE_SHAPE_TEXT]); /* "(4, 2)", "()" */

#endif
