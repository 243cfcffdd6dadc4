/* random_tensor.h: tensors of random shape, layout and numbers for tests that must hold for any, and operations on them.
   Blocks are exactly as large as what they hold, so that an address checker sees one number too many; results are
   followed by a guard, so that any build sees it. All blocks live until random_tensors_free, which looks at the guards. */
#ifndef LURE_UNIT_RANDOM_TENSOR_H
#define LURE_UNIT_RANDOM_TENSOR_H

#include "base/rng.h"
#include "math/operation.h"

enum { RANDOM_MOST = 16 }; /* inputs of an operation */

/* Up to four axes, sides 0 to 5: each of 1 and 0 now and then, or, `filled`, never 0. */
int random_shape(lure_rng *rng, bool filled, size_t shape[LURE_MAX_DIMS]);
/* float32 or float64; or also int32 */
lure_dtype random_real(lure_rng *rng);
lure_dtype random_dtype(lure_rng *rng);
/* Numbers in (-2, 2), zeros of both signs and equal ones among them; int32: -4 to 4. The axes lie in memory in any order, with
   gaps; sometimes one repeats itself (a stride of 0). */
lure_tensor random_tensor(lure_rng *rng, lure_dtype dtype, int n_dims, const size_t *shape);
/* int32 numbers 0 to n - 1 */
lure_tensor random_indices(lure_rng *rng, size_t n, int n_dims, const size_t *shape);
/* A shape that broadcasts to the given one: leading axes gone, sides turned to 1. */
int random_part(lure_rng *rng, int n_dims, const size_t *shape, size_t part[LURE_MAX_DIMS]);

/* contiguous, cast to a type */
lure_tensor packed(const lure_tensor *t, lure_dtype dtype);
/* contiguous, with those numbers */
lure_tensor tensor_of(lure_dtype dtype, int n_dims, const size_t *shape, const double *numbers);
lure_tensor vector_of(lure_dtype dtype, size_t n, const double *numbers);
/* plan and compute; both must succeed */
lure_tensor computed(lure_op op, size_t n, const lure_tensor *const *inputs, const lure_op_options *options);
lure_tensor computed1(lure_op op, const lure_tensor *t, const lure_op_options *options);
lure_tensor computed2(lure_op op, const lure_tensor *a, const lure_tensor *b, const lure_op_options *options);
/* The same on every path of this CPU and from contiguous copies: equal to the last bit. */
lure_tensor computed_everywhere(lure_op op, size_t n, const lure_tensor *const *inputs,
                                const lure_op_options *options);
/* plan or compute must fail with this text */
void check_refused(const char *text, lure_op op, size_t n, const lure_tensor *const *inputs,
                   const lure_op_options *options);

/* bits, NaN equal to NaN; types and shapes too */
void check_same_tensor(const char *what, const lure_tensor *a, const lure_tensor *b);
void random_tensors_free(void);

/* The element at an index of every axis; the i-th in row-major order as such an index. */
double at_index(const lure_tensor *t, const size_t *index);
void index_of(const lure_tensor *t, size_t i, size_t index[LURE_MAX_DIMS]);
/* at an index of a shape that t broadcasts to */
double at_broadcast(const lure_tensor *t, int n_dims, const size_t *index);
/* rounded as the type would */
double rounded(lure_dtype dtype, double x);

#endif
