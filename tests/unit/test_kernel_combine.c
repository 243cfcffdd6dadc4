/* test_kernel_combine.c: the functions of two elements: what they give at the ends, over an operand, with one number for
   all. */
#include "math/function.h"
#include "math/kernel.h"
#include "unit.h"
#include <math.h>
#include <string.h>

static double combined(int f, double a, double b)
{
    switch ((lure_combine)f) {
    case LURE_COMBINE_ADD: return a + b;
    case LURE_COMBINE_SUBTRACT: return a - b;
    case LURE_COMBINE_MULTIPLY: return a * b;
    case LURE_COMBINE_DIVIDE: return a / b;
    case LURE_COMBINE_POWER: return lure_pow(a, b);
    case LURE_COMBINE_MINIMUM: return isnan(a) || isnan(b) ? NAN : a < b ? a : b;
    case LURE_COMBINE_MAXIMUM: return isnan(a) || isnan(b) ? NAN : a > b ? a : b;
    case LURE_COMBINE_EQUAL: return a == b;
    case LURE_COMBINE_NOT_EQUAL: return a != b;
    case LURE_COMBINE_LESS: return a < b;
    case LURE_COMBINE_LESS_EQUAL: return a <= b;
    case LURE_COMBINE_GREATER: return a > b;
    case LURE_COMBINE_GREATER_EQUAL: return a >= b;
    }
    return 0;
}

TEST(two_operands_are_combined_as_they_say)
{
    static const double values[] = {0, -0.0, 1, -1, 2, 0.3, -2.5, INFINITY, -INFINITY, NAN};
    enum { N = sizeof values / sizeof *values };
    double a[N * N], b[N * N], y[N * N];
    float af[N * N], bf[N * N], yf[N * N];
    for (int i = 0; i < N * N; i++) {
        af[i] = (float)(a[i] = values[i / N]);
        bf[i] = (float)(b[i] = values[i % N]);
    }
    for (int f = 0; f < LURE_N_COMBINES; f++) {
        lure_kernels_for(LURE_F64)->combine((lure_combine)f, N * N, a, 1, b, 1, y);
        lure_kernels_for(LURE_F32)->combine((lure_combine)f, N * N, af, 1, bf, 1, yf);
        for (int i = 0; i < N * N; i++) {
            CHECK_REAL(y[i], combined(f, a[i], b[i]));
            CHECK_REAL((double)yf[i], (double)(float)combined(f, (double)af[i], (double)bf[i]));
        }
        for (int i = 0; i < N; i++) { /* one number for all, and the output over an operand */
            memcpy(y, values, sizeof values);
            lure_kernels_for(LURE_F64)->combine((lure_combine)f, N, y, 1, &values[i], 0, y);
            for (int j = 0; j < N && f != LURE_COMBINE_POWER; j++)
                CHECK_REAL(y[j], combined(f, values[j], values[i]));
            memcpy(y, values, sizeof values);
            lure_kernels_for(LURE_F64)->combine((lure_combine)f, N, &values[i], 0, y, 1, y);
            for (int j = 0; j < N; j++)
                CHECK_REAL(y[j], combined(f, values[i], values[j]));
        }
    }
}

TEST(plain_powers_are_exact)
{
    const double exponents[] = {2, 1, 0.5, -1, 3};
    for (int i = 0; i < 5; i++)
        for (double a = 0.1; a < 5; a += 0.37) {
            double y;
            lure_kernels_for(LURE_F64)->combine(LURE_COMBINE_POWER, 1, &a, 1, &exponents[i], 0, &y);
            CHECK_REAL(y, i == 0 ? a * a : i == 1 ? a : i == 2 ? sqrt(a) : i == 3 ? 1 / a : lure_pow(a, 3));
        }
}

TEST(a_step_of_0_repeats_one_number)
{
    const double a[] = {1, 2, 3, 4, 5, 6, 7}, b = 10;
    double y[7] = {100, 100, 100, 100, 100, 100, 100};
    lure_kernels_for(LURE_F64)->multiply_add(7, a, 1, &b, 0, y);
    lure_kernels_for(LURE_F64)->multiply_add(7, &b, 0, a, 1, y);
    lure_kernels_for(LURE_F64)->axpy(7, -0.5, a, y);
    for (int i = 0; i < 7; i++)
        CHECK_REAL(y[i], 100 + 19.5 * a[i]);
}
