/* operation.h: what can be done with tensors, as one table: a name, a number of inputs, the shape that comes out,
   and the numbers. Knows nothing of gradients (learn/derivative.c) or Lua (script/bind_operation.c); both walk the
   same table. Inputs may have any strides and types; they meet in NumPy's broadcasting (0 with 1 is 0).
   Types: two of a kind stay; float32 with float64 is float64; int32 with a float is that float; int32 alone becomes
   float64 in arithmetic and stays int32 in comparisons, minimum, maximum, clamp between whole numbers, where, min, max,
   sort, joining, gathering and views. Reductions add in double, as math/reduce.h says. NaN wins minimum, maximum, min, max,
   argmin and argmax, and is sorted as the largest. Every result has a fixed order of operations per element, whatever the
   strides: a view gives the bits that a copy of it gives. */
#ifndef LURE_MATH_OPERATION_H
#define LURE_MATH_OPERATION_H

#include "base/memory.h"
#include "math/tensor.h"

/* What an operation does to shapes, and so which options it reads. */
typedef enum {
    LURE_SHAPE_COMBINE, /* two inputs, element by element */
    LURE_SHAPE_MAP,     /* one input, element by element */
    LURE_SHAPE_WHERE,   /* condition, then, otherwise: element by element */
    LURE_SHAPE_REDUCE,  /* options.axis, keep: one number along it, or of all elements (no options: all) */
    LURE_SHAPE_ALONG,   /* options.axis: the shape stays, numbers along it belong together */
    LURE_SHAPE_INDEX,   /* like a reduction; gives int32, 0-based */
    LURE_SHAPE_MATMUL, /* (m, k) (k, n); (k) (k, n); (m, k) (k); (k) (k); up to two leading batch axes, equal or 1 */
    LURE_SHAPE_JOIN,   /* any number of inputs along options.axis */
    LURE_SHAPE_GATHER, /* values, int32 indices (0-based) along options.axis */
    LURE_SHAPE_VIEW,   /* the input's own numbers under another shape: nothing is computed */
} lure_shape_rule;

/*  X(name, "word", rule, has a derivative) */
#define LURE_OPERATIONS(X)                                                                                   \
    X(ADD, "add", COMBINE, true)                                                                             \
    X(SUBTRACT, "subtract", COMBINE, true)                                                                   \
    X(MULTIPLY, "multiply", COMBINE, true)                                                                   \
    X(DIVIDE, "divide", COMBINE, true)                                                                       \
    X(POWER, "power", COMBINE, true)                                                                         \
    X(MINIMUM, "minimum", COMBINE, true)                                                                     \
    X(MAXIMUM, "maximum", COMBINE, true)                                                                     \
    X(EQUAL, "equal", COMBINE, false)                                                                        \
    X(NOT_EQUAL, "not_equal", COMBINE, false)                                                                \
    X(LESS, "less", COMBINE, false)                                                                          \
    X(LESS_EQUAL, "less_equal", COMBINE, false)                                                              \
    X(GREATER, "greater", COMBINE, false)                                                                    \
    X(GREATER_EQUAL, "greater_equal", COMBINE, false)                                                        \
    X(NEGATE, "negate", MAP, true)                                                                           \
    X(EXP, "exp", MAP, true)                                                                                 \
    X(EXPM1, "expm1", MAP, true)                                                                             \
    X(LOG, "log", MAP, true)                                                                                 \
    X(LOG1P, "log1p", MAP, true)                                                                             \
    X(SQRT, "sqrt", MAP, true)                                                                               \
    X(SQUARE, "square", MAP, true)                                                                           \
    X(ABS, "abs", MAP, true)                                                                                 \
    X(SIGN, "sign", MAP, true)                                                                               \
    X(TANH, "tanh", MAP, true)                                                                               \
    X(SIGMOID, "sigmoid", MAP, true)                                                                         \
    X(RELU, "relu", MAP, true)                                                                               \
    X(ELU, "elu", MAP, true)                                                                                 \
    X(GELU, "gelu", MAP, true)                                                                               \
    X(SOFTPLUS, "softplus", MAP, true)                                                                       \
    X(SIN, "sin", MAP, true)                                                                                 \
    X(COS, "cos", MAP, true)                                                                                 \
    X(FLOOR, "floor", MAP, false)                                                                            \
    X(CLAMP, "clamp", MAP, true)          /* options.low, high; the derivative is 1 at and between them */   \
    X(CAST, "cast", MAP, true)            /* options.dtype; also what makes a copy */                        \
    X(WHERE, "where", WHERE, true)        /* the condition is 0 or not */                                    \
    X(SUM, "sum", REDUCE, true)           /* of nothing: 0 */                                                \
    X(MEAN, "mean", REDUCE, true)         /* of nothing: NaN */                                              \
    X(VARIANCE, "variance", REDUCE, true) /* of a sample, n - 1; fewer than two: 0 */                        \
    X(MIN, "min", REDUCE, true)           /* of nothing: refused; the derivative goes to the first one */    \
    X(MAX, "max", REDUCE, true)                                                                              \
    X(LOGSUMEXP, "logsumexp", REDUCE, true)                                                                  \
    X(SOFTMAX, "softmax", ALONG, true)                                                                       \
    X(LOG_SOFTMAX, "log_softmax", ALONG, true)                                                               \
    X(CUMULATIVE_SUM, "cumulative_sum", ALONG, true)                                                         \
    X(SORT, "sort", ALONG, true) /* ascending, NaN last; options.descending: NaN first; stable */            \
    X(SORT_INDICES, "sort_indices", ALONG, false) /* int32, 0-based: where each sorted number was */         \
    X(ARGMIN, "argmin", INDEX, false)             /* the first of equals; over all: in row-major order */    \
    X(ARGMAX, "argmax", INDEX, false)                                                                        \
    X(MATMUL, "matmul", MATMUL, true)                                                                        \
    X(CONCAT, "concat", JOIN, true)                                                                          \
    X(STACK, "stack", JOIN, true) /* along a new axis */                                                     \
    /* out[i][j] = values[i][indices[i][j]]; indices with one axis fewer: values[i][indices[i]] */           \
    X(GATHER, "gather", GATHER, true)                                                                        \
    X(TAKE, "take", GATHER, true)         /* whole slices: out[k] = values[indices[k]]; indices (k) */       \
    X(SELECT, "select", VIEW, true)       /* options.axis, first: without that axis */                       \
    X(SLICE, "slice", VIEW, true)         /* options.axis, first, n, step */                                 \
    X(TRANSPOSE, "transpose", VIEW, true) /* options.axis and other_axis change places */                    \
    X(RESHAPE, "reshape", VIEW, true)     /* options.shape; a strided input is copied (see lure_op_plan) */  \
    X(EXPAND, "expand", VIEW, true)       /* options.shape: broadcast to it */

typedef enum {
#define LURE_OP_NAME(name, word, rule, derivative) LURE_OP_##name,
    LURE_OPERATIONS(LURE_OP_NAME)
#undef LURE_OP_NAME
        LURE_N_OPERATIONS
} lure_op;

typedef struct lure_op_info {
    const char *name; /* "add" */
    lure_shape_rule rule;
    bool has_derivative;
} lure_op_info;
const lure_op_info *lure_op_info_of(lure_op op);

enum { LURE_ALL_AXES = -1 };

typedef struct lure_op_options {
    int axis;       /* 0-based, or LURE_ALL_AXES for a reduction */
    int other_axis; /* transpose */
    bool keep;      /* a reduction leaves a side of 1 where the axis was */
    bool descending;
    double low, high; /* clamp; infinite: no bound. low <= high */
    lure_dtype dtype; /* cast */
    size_t first, n, step;
    size_t shape[LURE_MAX_DIMS];
    int n_dims;
} lure_op_options;

/* The result's shape and type into *out, and out->data: null where numbers are to be computed (the caller then gives
   it lure_tensor_bytes of memory, aligned to 8), the input's own memory for a view. Refuses, as LURE_ERROR_SCRIPT naming the
   operation, the argument and the shapes, whatever does not fit: shapes, an axis out of range (told 1-based, as scripts
   count), types, too many dimensions. `options` may be null for operations that read none. */
lure_status lure_op_plan(lure_op op, size_t n, const lure_tensor *const *inputs,
                         const lure_op_options *options, lure_tensor *out, lure_error *err);
/* Bytes that lure_op_compute needs besides, while it computes what has been planned: 0 but where long lines are sorted or
   a product's inputs are cast. SIZE_MAX: more than there can be. */
size_t lure_op_scratch_bytes(lure_op op, const lure_tensor *const *inputs, const lure_op_options *options,
                             const lure_tensor *planned);
/* The numbers, into out as planned; nothing to do for a view (and for a reshape whose plan was one). Fails only where
   numbers are wrong: an index out of range (told 1-based), with its place. Allocates nothing: `scratch` is of
   lure_op_scratch_bytes, aligned to 8. `out` overlaps no input, but that an elementwise operation may write over a
   contiguous input of the result's shape and type. */
lure_status lure_op_compute(lure_op op, size_t n, const lure_tensor *const *inputs,
                            const lure_op_options *options, lure_tensor *out, void *scratch, lure_error *err);

/* to += from, summed over the axes along which `to` was broadcast to from's shape: how a gradient comes back from a
   result to an input. `to` is contiguous; from may be strided, and has at least as many axes. Sums are those of the sum
   operation, in double, and rounded once when added; where nothing is summed, from is cast to to's type and added. */
void lure_op_accumulate(const lure_tensor *from, lure_tensor *to);

#endif
