/* kernel.h: the loops that must be fast and have the same bits everywhere. Order is fixed per output element:
   vector lanes run over outputs, the sum over k is sequential from k = 0, each step one fused multiply-add.
   One source (kernel_*.inc) is compiled for float and double and for each CPU path (portable, AVX2, AVX-512);
   the path is chosen once at start, or by LURE_CPU=portable|avx2|avx512, and gives the same bits whichever it is.
   Shapes are (row, column), row-major. No kernel allocates or fails. Empty sizes are fine. */
#ifndef LURE_MATH_KERNEL_H
#define LURE_MATH_KERNEL_H

#include "math/tensor.h"

/* y = f(x). At a kink, and at 0 of a function with signed zeros, as PyTorch has it; NaN gives NaN.
   Errors in units of the last place, over all numbers (tests/unit/test_kernel_map.c measures them): exp and log at most
   1.5; expm1, elu, log1p, tanh, sigmoid and softplus 2.5 in float32, 2 in float64. Theirs are vector code of our own
   (vector_function.inc), in full also where the result is subnormal. sin, cos and gelu go through function.h one by one,
   in double: at most 1.5, but gelu in float64 4, and below -37, where a factor is subnormal, nothing is promised. The
   rest is exact but for the last rounding. */
typedef enum lure_map {
    LURE_MAP_IDENTITY,
    LURE_MAP_NEGATE,
    LURE_MAP_EXP,
    LURE_MAP_EXPM1,
    LURE_MAP_LOG, /* -inf at 0, NaN below */
    LURE_MAP_LOG1P,
    LURE_MAP_SQRT,
    LURE_MAP_SQUARE,
    LURE_MAP_ABS,
    LURE_MAP_SIGN, /* -1, 0, 1 */
    LURE_MAP_TANH,
    LURE_MAP_SIGMOID,
    LURE_MAP_RELU,
    LURE_MAP_ELU,  /* x, or expm1(x) below 0 */
    LURE_MAP_GELU, /* x Phi(x) with the normal distribution's Phi itself, not the approximation by tanh */
    LURE_MAP_SOFTPLUS,
    LURE_MAP_SIN,
    LURE_MAP_COS,
    LURE_MAP_RECIPROCAL,
    LURE_MAP_FLOOR
} lure_map;
enum { LURE_N_MAPS = LURE_MAP_FLOOR + 1 };

typedef enum lure_combine {
    LURE_COMBINE_ADD,
    LURE_COMBINE_SUBTRACT,
    LURE_COMBINE_MULTIPLY,
    LURE_COMBINE_DIVIDE,
    LURE_COMBINE_POWER, /* lure_pow; where b is one number, 2, 1, 1/2 and -1 are a * a, a, sqrt(a) and 1 / a */
    LURE_COMBINE_MINIMUM, /* NaN if either is; of two zeros the second */
    LURE_COMBINE_MAXIMUM,
    LURE_COMBINE_EQUAL, /* from here on 1 or 0 */
    LURE_COMBINE_NOT_EQUAL,
    LURE_COMBINE_LESS,
    LURE_COMBINE_LESS_EQUAL,
    LURE_COMBINE_GREATER,
    LURE_COMBINE_GREATER_EQUAL
} lure_combine;
enum { LURE_N_COMBINES = LURE_COMBINE_GREATER_EQUAL + 1 };

/* One table a number type. `real` below is float in lure_kernels_f32 and double in lure_kernels_f64, passed as
   void so that callers can choose the type by data. Outputs do not overlap inputs unless it says so. A step is 1, or 0:
   the same one number for all. */
typedef struct lure_kernels {
    /* y (n, n_out) = x (n, n_in) * w (n_in, n_out) + b (n_out); each sum starts from b, or from 0 if b is null. */
    void (*linear)(size_t n, size_t n_in, size_t n_out, const void *x, const void *w, const void *b, void *y);
    /* dw (n_in, n_out) = x^T dy; db (n_out) = column sums of dy; += if `add`; either may be null. */
    void (*linear_parameters_back)(size_t n, size_t n_in, size_t n_out, const void *x, const void *dy,
                                   bool add, void *dw, void *db);
    /* dx (n, n_in) = dy (n, n_out) * w^T. */
    void (*linear_input_back)(size_t n, size_t n_in, size_t n_out, const void *dy, const void *w, void *dx);
    /* c (rows, columns) = a (rows, depth) * b (depth, columns), or += if `add`. Any distances, in numbers: a_row from one
       row of a to the next, a_step along a row; b likewise; c's rows are c_row apart and its columns adjacent. */
    void (*product)(size_t rows, size_t columns, size_t depth, const void *a, size_t a_row, size_t a_step,
                    const void *b, size_t b_row, size_t b_step, bool add, void *c, size_t c_row);

    /* y = f(x), n elements; x == y allowed. */
    void (*map)(lure_map f, size_t n, const void *x, void *y);
    /* dx += dy * f'(x), given y = f(x). Reads x for log, log1p, square, abs, gelu, softplus, sin, cos; y for exp, expm1,
       sqrt, tanh, sigmoid, relu, elu, reciprocal; the other may be null, both for the rest. dx == dy is not allowed. */
    void (*map_back)(lure_map f, size_t n, const void *x, const void *y, const void *dy, void *dx);
    /* The same in place and not added: delta = delta * f'(x). */
    void (*map_back_over)(lure_map f, size_t n, const void *x, const void *y, void *delta);
    /* y = f(a, b), n elements; y may be a or b. */
    void (*combine)(lure_combine f, size_t n, const void *a, size_t a_step, const void *b, size_t b_step,
                    void *y);
    /* y += a * x, one rounding */
    void (*axpy)(size_t n, double a, const void *x, void *y);
    /* y += a * b, one rounding; y may be neither */
    void (*multiply_add)(size_t n, const void *a, size_t a_step, const void *b, size_t b_step, void *y);

    /* Sums in double: element i goes to partial sum i mod 8, and the eight are added as
       ((0 + 4) + (2 + 6)) + ((1 + 5) + (3 + 7)). Products are rounded to double first, which is exact for float. */
    double (*sum)(size_t n, const void *x);
    double (*dot)(size_t n, const void *a, const void *b);
    /* sixteen of them: i and i + 8 are added first, then as above */
    double (*sum_of_squares)(size_t n, const void *x);
    /* y (columns) += every row of x (rows, columns), in row order; rows are x_row numbers apart */
    void (*add_rows)(size_t rows, size_t columns, const void *x, size_t x_row, void *y);
} lure_kernels;

typedef enum { LURE_CPU_PORTABLE, LURE_CPU_AVX2, LURE_CPU_AVX512 } lure_cpu_path;

const lure_kernels *lure_kernels_for(lure_dtype dtype); /* float32 or float64, this process's path */
/* a stated path; null if the CPU lacks it */
const lure_kernels *lure_kernels_on(lure_cpu_path path, lure_dtype dtype);
lure_cpu_path lure_cpu_path_chosen(void);
const char *lure_cpu_path_name(lure_cpu_path path); /* "portable", "avx2", "avx512" */
/* Reads LURE_CPU; an unknown word, or a path this CPU lacks, is LURE_ERROR_USAGE. Call once at start. */
lure_status lure_cpu_path_init(lure_error *err);

#endif
