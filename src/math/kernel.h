/* kernel.h: the loops that must be fast and have the same bits everywhere. Order is fixed per output element:
   vector lanes run over outputs, the sum over k is sequential from k = 0, each step one fused multiply-add.
   One source (kernel.inc) is compiled for float and double and for each CPU path (portable, AVX2, AVX-512);
   the path is chosen once at start, or by LURE_CPU=portable|avx2|avx512, and gives the same bits whichever it is.
   Shapes are (row, column), row-major. No kernel allocates or fails. Empty sizes are fine. */
#ifndef LURE_MATH_KERNEL_H
#define LURE_MATH_KERNEL_H

#include "math/tensor.h"

typedef enum {
    LURE_ACTIVATION_NONE,
    LURE_ACTIVATION_TANH,
    LURE_ACTIVATION_RELU,
    LURE_ACTIVATION_SIGMOID
} lure_activation;

/* One table a number type. `real` below is float in lure_kernels_f32 and double in lure_kernels_f64, passed as
   void so that callers can choose the type by data. */
typedef struct lure_kernels {
    /* y (n, n_out) = x (n, n_in) * w (n_in, n_out) + b (n_out); each sum starts from b, or from 0 if b is null. */
    void (*linear)(size_t n, size_t n_in, size_t n_out, const void *x, const void *w, const void *b, void *y);
    /* dw (n_in, n_out) += x^T dy; db (n_out) += column sums of dy; either may be null. */
    void (*linear_parameters_back)(size_t n, size_t n_in, size_t n_out, const void *x, const void *dy,
                                   void *dw, void *db);
    /* dx (n, n_in) = dy (n, n_out) * w^T. */
    void (*linear_input_back)(size_t n, size_t n_in, size_t n_out, const void *dy, const void *w, void *dx);
    /* y = f(x), n elements; x == y allowed. */
    void (*activate)(lure_activation f, size_t n, const void *x, void *y);
    /* dx = dy * f'(x) given y = f(x); dx == dy allowed. */
    void (*activate_back)(lure_activation f, size_t n, const void *y, const void *dy, void *dx);
    /* y += a * x */
    void (*axpy)(size_t n, double a, const void *x, void *y);
    /* sum of x[i]^2 in index order, accumulated in double */
    double (*sum_of_squares)(size_t n, const void *x);
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
