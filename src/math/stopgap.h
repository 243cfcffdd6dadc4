/* stopgap.h: plain loops with the signatures of the kernels to come; kernel.h replaces them. */
#ifndef LURE_MATH_STOPGAP_H
#define LURE_MATH_STOPGAP_H

#include "math/kernel.h"
#include "math/function.h"
#include <math.h>

typedef enum lure_map {
    LURE_MAP_IDENTITY, LURE_MAP_NEGATE, LURE_MAP_EXP, LURE_MAP_EXPM1, LURE_MAP_LOG, LURE_MAP_LOG1P, LURE_MAP_SQRT,
    LURE_MAP_SQUARE, LURE_MAP_ABS, LURE_MAP_SIGN, LURE_MAP_TANH, LURE_MAP_SIGMOID, LURE_MAP_RELU, LURE_MAP_ELU,
    LURE_MAP_GELU, LURE_MAP_SOFTPLUS, LURE_MAP_SIN, LURE_MAP_COS, LURE_MAP_RECIPROCAL, LURE_MAP_FLOOR
} lure_map;
typedef enum lure_combine {
    LURE_COMBINE_ADD, LURE_COMBINE_SUBTRACT, LURE_COMBINE_MULTIPLY, LURE_COMBINE_DIVIDE, LURE_COMBINE_POWER,
    LURE_COMBINE_MINIMUM, LURE_COMBINE_MAXIMUM, LURE_COMBINE_EQUAL, LURE_COMBINE_NOT_EQUAL, LURE_COMBINE_LESS,
    LURE_COMBINE_LESS_EQUAL, LURE_COMBINE_GREATER, LURE_COMBINE_GREATER_EQUAL
} lure_combine;

static double stopgap_map_one(lure_map f, double x)
{
    switch (f) {
    case LURE_MAP_IDENTITY: return x;
    case LURE_MAP_NEGATE: return -x;
    case LURE_MAP_EXP: return lure_exp(x);
    case LURE_MAP_EXPM1: return lure_expm1(x);
    case LURE_MAP_LOG: return lure_log(x);
    case LURE_MAP_LOG1P: return lure_log1p(x);
    case LURE_MAP_SQRT: return sqrt(x);
    case LURE_MAP_SQUARE: return x * x;
    case LURE_MAP_ABS: return fabs(x);
    case LURE_MAP_SIGN: return x > 0 ? 1 : x < 0 ? -1 : x == 0 ? 0 : x;
    case LURE_MAP_TANH: return lure_tanh(x);
    case LURE_MAP_SIGMOID: return lure_sigmoid(x);
    case LURE_MAP_RELU: return x < 0 ? 0 : x;
    case LURE_MAP_ELU: return x > 0 ? x : lure_expm1(x);
    case LURE_MAP_GELU: return 0.5 * x * (1 + erf(x * 0.70710678118654752440));
    case LURE_MAP_SOFTPLUS: return lure_softplus(x);
    case LURE_MAP_SIN: return lure_sin(x);
    case LURE_MAP_COS: return lure_cos(x);
    case LURE_MAP_RECIPROCAL: return 1 / x;
    case LURE_MAP_FLOOR: return floor(x);
    }
    return x;
}
static double stopgap_combine_one(lure_combine f, double a, double b)
{
    switch (f) {
    case LURE_COMBINE_ADD: return a + b;
    case LURE_COMBINE_SUBTRACT: return a - b;
    case LURE_COMBINE_MULTIPLY: return a * b;
    case LURE_COMBINE_DIVIDE: return a / b;
    case LURE_COMBINE_POWER: return lure_pow(a, b);
    case LURE_COMBINE_MINIMUM: return a != a ? a : b != b ? b : a < b ? a : b;
    case LURE_COMBINE_MAXIMUM: return a != a ? a : b != b ? b : a > b ? a : b;
    case LURE_COMBINE_EQUAL: return a == b;
    case LURE_COMBINE_NOT_EQUAL: return a != b;
    case LURE_COMBINE_LESS: return a < b;
    case LURE_COMBINE_LESS_EQUAL: return a <= b;
    case LURE_COMBINE_GREATER: return a > b;
    case LURE_COMBINE_GREATER_EQUAL: return a >= b;
    }
    return 0;
}
#define STOPGAP(T, S, FMA)                                                                                   \
    static void stopgap_map_##S(lure_map f, size_t n, const void *x, void *y)                                \
    {                                                                                                        \
        for (size_t i = 0; i < n; i++)                                                                       \
            ((T *)y)[i] = (T)stopgap_map_one(f, (double)((const T *)x)[i]);                                  \
    }                                                                                                        \
    static void stopgap_combine_##S(lure_combine f, size_t n, const void *a, size_t a_step, const void *b,   \
                                    size_t b_step, void *y)                                                  \
    {                                                                                                        \
        for (size_t i = 0; i < n; i++)                                                                       \
            ((T *)y)[i] = (T)stopgap_combine_one(f, (double)((const T *)a)[i * a_step],                      \
                                                 (double)((const T *)b)[i * b_step]);                        \
    }                                                                                                        \
    static void stopgap_product_##S(size_t rows, size_t columns, size_t depth, const void *a, size_t a_row,  \
                                    size_t a_step, const void *b, size_t b_row, size_t b_step, bool add,     \
                                    void *c, size_t c_row)                                                   \
    {                                                                                                        \
        for (size_t i = 0; i < rows; i++)                                                                    \
            for (size_t j = 0; j < columns; j++) {                                                           \
                T sum = add ? ((T *)c)[i * c_row + j] : 0;                                                   \
                for (size_t k = 0; k < depth; k++)                                                           \
                    sum = FMA(((const T *)a)[i * a_row + k * a_step],                                        \
                              ((const T *)b)[k * b_row + j * b_step], sum);                                  \
                ((T *)c)[i * c_row + j] = sum;                                                               \
            }                                                                                                \
    }                                                                                                        \
    static double stopgap_sum_##S(size_t n, const void *x)                                                   \
    {                                                                                                        \
        double p[8] = {0};                                                                                   \
        for (size_t i = 0; i < n; i++)                                                                       \
            p[i % 8] += (double)((const T *)x)[i];                                                           \
        return ((p[0] + p[4]) + (p[2] + p[6])) + ((p[1] + p[5]) + (p[3] + p[7]));                            \
    }
STOPGAP(float, f32, fmaf)
STOPGAP(double, f64, fma)

typedef struct stopgap_kernels {
    void (*map)(lure_map f, size_t n, const void *x, void *y);
    void (*combine)(lure_combine f, size_t n, const void *a, size_t a_step, const void *b, size_t b_step, void *y);
    void (*product)(size_t rows, size_t columns, size_t depth, const void *a, size_t a_row, size_t a_step, const void *b,
                    size_t b_row, size_t b_step, bool add, void *c, size_t c_row);
    double (*sum)(size_t n, const void *x);
} stopgap_kernels;
static inline const stopgap_kernels *stopgap_kernels_for(lure_dtype dtype)
{
    static const stopgap_kernels kernels[2] = {
        {stopgap_map_f32, stopgap_combine_f32, stopgap_product_f32, stopgap_sum_f32},
        {stopgap_map_f64, stopgap_combine_f64, stopgap_product_f64, stopgap_sum_f64}};
    return &kernels[dtype];
}

#endif
