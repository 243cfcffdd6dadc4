/* test_kernel_map.c: the functions of each element: how exact they are, what they give at the ends, their derivatives,
   and the same bits on every path wherever an element lies. The reference of exactness is libm's long double (64 bits of
   mantissa here, more elsewhere). */
#define _GNU_SOURCE
#include "base/rng.h"
#include "math/function.h"
#include "paths.h"
#include "unit.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 512 };

static lure_rng rng;

static const char *const names[LURE_N_MAPS] = {
    "identity", "negate",  "exp",  "expm1", "log",  "log1p",    "sqrt", "square", "abs",        "sign",
    "tanh",     "sigmoid", "relu", "elu",   "gelu", "softplus", "sin",  "cos",    "reciprocal", "floor"};

static long double reference(int f, long double x)
{
    switch ((lure_map)f) {
    case LURE_MAP_IDENTITY: return x;
    case LURE_MAP_NEGATE: return -x;
    case LURE_MAP_EXP: return expl(x);
    case LURE_MAP_EXPM1: return expm1l(x);
    case LURE_MAP_LOG: return logl(x);
    case LURE_MAP_LOG1P: return log1pl(x);
    case LURE_MAP_SQRT: return sqrtl(x);
    case LURE_MAP_SQUARE: return x * x;
    case LURE_MAP_ABS: return fabsl(x);
    case LURE_MAP_SIGN: return isnan(x) || x == 0 ? x : copysignl(1, x);
    case LURE_MAP_TANH: return tanhl(x);
    case LURE_MAP_SIGMOID: return x < 0 ? expl(x) / (1 + expl(x)) : 1 / (1 + expl(-x));
    case LURE_MAP_RELU: return isnan(x) || x > 0 ? x : 0;
    case LURE_MAP_ELU: return x > 0 ? x : expm1l(x);
    case LURE_MAP_GELU: return isinf(x) ? (x > 0 ? x : 0) : x * 0.5L * erfcl(-x / sqrtl(2));
    case LURE_MAP_SOFTPLUS: return x > 0 ? x + log1pl(expl(-x)) : log1pl(expl(x));
    case LURE_MAP_SIN: return sinl(x);
    case LURE_MAP_COS: return cosl(x);
    case LURE_MAP_RECIPROCAL: return 1 / x;
    case LURE_MAP_FLOOR: return floorl(x);
    }
    return x;
}

/* What y misses of the truth, in units of the last place of a type with so many bits and such a least exponent. */
static double off(double y, long double truth, int bits, int least)
{
    int exponent;
    const long double most = bits == FLT_MANT_DIG ? (long double)FLT_MAX : (long double)DBL_MAX;
    if (isnan(truth) || isnan(y))
        return isnan(truth) && isnan(y) ? 0 : INFINITY;
    if (isinf(y)) /* right where the truth would be rounded up to the next power of 2 */
        return fabsl(truth) >= most * (1 + 0.25L * (long double)exp2(-bits)) && (y > 0) == (truth > 0)
                   ? 0
                   : INFINITY;
    if (isinf(truth))
        return INFINITY;
    frexpl(truth, &exponent);
    exponent -= bits;
    return (double)(fabsl((long double)y - truth) / exp2l(exponent < least ? least : exponent));
}

static double bound(int f, lure_dtype dtype)
{
    switch ((lure_map)f) {
    case LURE_MAP_EXP:
    case LURE_MAP_LOG: return 1.5;
    case LURE_MAP_EXPM1:
    case LURE_MAP_ELU:
    case LURE_MAP_LOG1P:
    case LURE_MAP_TANH:
    case LURE_MAP_SIGMOID:
    case LURE_MAP_SOFTPLUS: return dtype == LURE_F32 ? 2.5 : 2;
    case LURE_MAP_SIN:
    case LURE_MAP_COS: return 1.5;
    case LURE_MAP_GELU: return dtype == LURE_F32 ? 1.5 : 4;
    default: return 0.5;
    }
}

static void check_exact_f32(int f, const float *x, size_t n)
{
    float y[MOST];
    lure_kernels_for(LURE_F32)->map((lure_map)f, n, x, y);
    for (size_t i = 0; i < n; i++) {
        double miss =
            off((double)y[i], reference(f, (long double)x[i]), FLT_MANT_DIG, FLT_MIN_EXP - FLT_MANT_DIG);
        CHECK_SAY(miss <= bound(f, LURE_F32), "%s(%a) is %a, %.3f ulp off", names[f], (double)x[i],
                  (double)y[i], miss);
    }
}

static void check_exact_f64(int f, const double *x, size_t n)
{
    double y[MOST];
    lure_kernels_for(LURE_F64)->map((lure_map)f, n, x, y);
    for (size_t i = 0; i < n; i++) {
        double miss = off(y[i], reference(f, (long double)x[i]), DBL_MANT_DIG, DBL_MIN_EXP - DBL_MANT_DIG);
        if (f == LURE_MAP_GELU && x[i] < -37) /* subnormal, a factor of such: not claimed */
            continue;
        CHECK_SAY(miss <= bound(f, LURE_F64), "%s(%a) is %a, %.3f ulp off", names[f], x[i], y[i], miss);
    }
}

/* every 100,003rd float there is, so all exponents, subnormal numbers, infinities and NaN */
TEST(single_precision_keeps_its_bounds_everywhere)
{
    for (int f = 0; f < LURE_N_MAPS; f++) {
        float x[MOST];
        size_t n = 0;
        for (uint64_t bits = 0; bits <= UINT32_MAX; bits += 100003) {
            const uint32_t word = (uint32_t)bits;
            memcpy(&x[n++], &word, sizeof word);
            if (n == MOST || bits + 100003 > UINT32_MAX) {
                check_exact_f32(f, x, n);
                n = 0;
            }
        }
    }
}

/* random exponents, then those around 1, then even over where the functions live */
TEST(double_precision_keeps_its_bounds_everywhere)
{
    lure_rng_init(&rng, 1, LURE_PURPOSE_USER, 0);
    for (int f = 0; f < LURE_N_MAPS; f++)
        for (int round = 0; round < 60; round++) {
            double x[MOST];
            for (int i = 0; i < MOST; i++) {
                uint64_t bits = lure_rng_below(&rng, UINT64_MAX);
                if (round % 3 == 1)
                    bits = (bits & 0x800FFFFFFFFFFFFF) | ((1011 + (bits >> 52) % 24) << 52);
                memcpy(&x[i], &bits, sizeof bits);
                if (round % 3 == 2)
                    x[i] = (2 * lure_rng_uniform(&rng) - 1) * (round % 2 ? 750 : 3);
            }
            check_exact_f64(f, x, MOST);
        }
}

TEST(ends_are_held)
{
    const double inf = INFINITY, least = 0x1p-1074, most = DBL_MAX;
    const struct {
        lure_map f;
        double x, y;
    } rows[] = {{LURE_MAP_EXP, inf, inf},
                {LURE_MAP_EXP, -inf, 0},
                {LURE_MAP_EXP, 0, 1},
                {LURE_MAP_EXP, -0.0, 1},
                {LURE_MAP_EXP, 709.79, inf},
                {LURE_MAP_EXP, -745.13, least},
                {LURE_MAP_EXP, -746, 0},
                {LURE_MAP_EXP, most, inf},
                {LURE_MAP_EXPM1, -0.0, -0.0},
                {LURE_MAP_EXPM1, least, least},
                {LURE_MAP_EXPM1, -inf, -1},
                {LURE_MAP_EXPM1, -50, -1},
                {LURE_MAP_EXPM1, inf, inf},
                {LURE_MAP_EXPM1, 709.79, inf},
                {LURE_MAP_LOG, 0, -inf},
                {LURE_MAP_LOG, -0.0, -inf},
                {LURE_MAP_LOG, -1, NAN},
                {LURE_MAP_LOG, -inf, NAN},
                {LURE_MAP_LOG, inf, inf},
                {LURE_MAP_LOG, 1, 0},
                {LURE_MAP_LOG1P, -1, -inf},
                {LURE_MAP_LOG1P, -1.5, NAN},
                {LURE_MAP_LOG1P, -inf, NAN},
                {LURE_MAP_LOG1P, -0.0, -0.0},
                {LURE_MAP_LOG1P, -least, -least},
                {LURE_MAP_LOG1P, inf, inf},
                {LURE_MAP_SQRT, -0.0, -0.0},
                {LURE_MAP_SQRT, -1, NAN},
                {LURE_MAP_SIGN, -least, -1},
                {LURE_MAP_SIGN, 0, 0},
                {LURE_MAP_SIGN, inf, 1},
                {LURE_MAP_TANH, -0.0, -0.0},
                {LURE_MAP_TANH, -least, -least},
                {LURE_MAP_TANH, inf, 1},
                {LURE_MAP_TANH, -inf, -1},
                {LURE_MAP_TANH, 30, 1},
                {LURE_MAP_SIGMOID, 0, 0.5},
                {LURE_MAP_SIGMOID, inf, 1},
                {LURE_MAP_SIGMOID, -inf, 0},
                {LURE_MAP_SIGMOID, -745.13, least},
                {LURE_MAP_RELU, -inf, 0},
                {LURE_MAP_RELU, inf, inf},
                {LURE_MAP_ELU, -inf, -1},
                {LURE_MAP_ELU, inf, inf},
                {LURE_MAP_GELU, -inf, 0},
                {LURE_MAP_GELU, inf, inf},
                {LURE_MAP_GELU, -most, -0.0},
                {LURE_MAP_SOFTPLUS, -inf, 0},
                {LURE_MAP_SOFTPLUS, inf, inf},
                {LURE_MAP_SOFTPLUS, 800, 800},
                {LURE_MAP_RECIPROCAL, -0.0, -inf},
                {LURE_MAP_FLOOR, -0.5, -1},
                {LURE_MAP_SIN, inf, NAN}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double y;
        lure_kernels_for(LURE_F64)->map(rows[i].f, 1, &rows[i].x, &y);
        CHECK_SAY((isnan(rows[i].y) && isnan(y)) || memcmp(&y, &rows[i].y, sizeof y) == 0,
                  "%s(%a) is %a, not %a", names[rows[i].f], rows[i].x, y, rows[i].y);
    }
    const float edges[] = {88.72283F, 88.72284F, -103.27892F, -103.97208F,
                           -104,      0x1p-149F, -0x1p-126F,  FLT_MAX};
    for (int f = 0; f < LURE_N_MAPS; f++) {
        const float nan = NAN;
        float y;
        check_exact_f32(f, edges, sizeof edges / sizeof *edges);
        lure_kernels_for(LURE_F32)->map((lure_map)f, 1, &nan, &y);
        CHECK_SAY(isnan(y), "%s(NaN) is %a", names[f], (double)y);
    }
}

/* ---- the same bits ---- */

/* any bits there can be, and every other one of a size that functions care for */
static void draw(lure_dtype dtype, size_t n, void *x)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t bits = lure_rng_below(&rng, UINT64_MAX);
        double small = 8 * lure_rng_uniform(&rng) - 4;
        if (dtype == LURE_F64)
            memcpy((double *)x + i, bits & 1 ? (void *)&bits : (void *)&small, 8);
        else if (bits & 1)
            memcpy((float *)x + i, (char *)&bits + 4, 4);
        else
            ((float *)x)[i] = (float)small;
    }
}

static double get(lure_dtype dtype, const void *block, size_t i)
{
    return dtype == LURE_F32 ? (double)((const float *)block)[i] : ((const double *)block)[i];
}

static void check_equal(const char *what, int which, int path, lure_dtype dtype, size_t n, const void *a,
                        const void *b)
{
    for (size_t i = 0; i < n; i++) {
        double x = get(dtype, a, i), y = get(dtype, b, i);
        CHECK_SAY((isnan(x) && isnan(y)) || memcmp(&x, &y, sizeof x) == 0,
                  "%s %d, %s, %s: %zu of %zu is %a, not %a", what, which, path_name(path),
                  lure_dtype_name(dtype), i, n, y, x);
    }
}

typedef union block {
    float f32[MOST];
    double f64[MOST];
} block;

TEST(every_path_gives_the_same_bits)
{
    static block a, b, start, one, other;
    lure_rng_init(&rng, 2, LURE_PURPOSE_USER, 0);
    for (int dtype = LURE_F32; dtype <= LURE_F64; dtype++) {
        const lure_dtype t = (lure_dtype)dtype;
        const size_t size = lure_dtype_size(t);
        const lure_kernels *portable = lure_kernels_on(LURE_CPU_PORTABLE, t);
        for (int path = LURE_CPU_PORTABLE + 1; path < N_PATHS; path++) {
            const lure_kernels *k = kernels_on(path, t);
            for (size_t n = 0; k && n <= MOST; n += n < 40 ? 1 : 59) {
                draw(t, n, &a);
                draw(t, n, &b);
                draw(t, n, &start);
                for (int f = 0; f < LURE_N_MAPS; f++) {
                    portable->map((lure_map)f, n, &a, &one);
                    k->map((lure_map)f, n, &a, &other);
                    check_equal("map", f, path, t, n, &one, &other);
                    one = other = start;
                    portable->map_back((lure_map)f, n, &a, &b, &a, &one);
                    k->map_back((lure_map)f, n, &a, &b, &a, &other);
                    check_equal("map_back", f, path, t, n, &one, &other);
                    portable->map_back_over((lure_map)f, n, &a, &b, &one);
                    k->map_back_over((lure_map)f, n, &a, &b, &other);
                    check_equal("map_back_over", f, path, t, n, &one, &other);
                    CHECK(memcmp((char *)&other + n * size, (char *)&start + n * size,
                                 sizeof start - n * size) == 0);
                }
                for (int f = 0; f < LURE_N_COMBINES; f++)
                    for (int steps = 0; steps < 4; steps++) {
                        portable->combine((lure_combine)f, n, &a, steps & 1, &b, steps >> 1, &one);
                        k->combine((lure_combine)f, n, &a, steps & 1, &b, steps >> 1, &other);
                        check_equal("combine", f, path, t, n, &one, &other);
                    }
                for (int steps = 0; steps < 4; steps++) {
                    one = other = start;
                    portable->multiply_add(n, &a, steps & 1, &b, steps >> 1, &one);
                    k->multiply_add(n, &a, steps & 1, &b, steps >> 1, &other);
                    check_equal("multiply_add", steps, path, t, n, &one, &other);
                    portable->axpy(n, 0.3, &a, &one);
                    k->axpy(n, 0.3, &a, &other);
                    check_equal("axpy", 0, path, t, n, &one, &other);
                }
                CHECK(memcmp((char *)&other + n * size, (char *)&start + n * size, sizeof start - n * size) ==
                      0);
            }
        }
    }
}

TEST(where_an_element_lies_does_not_show)
{
    static block x, whole, alone;
    lure_rng_init(&rng, 3, LURE_PURPOSE_USER, 0);
    for (int path = 0; path < N_PATHS; path++)
        for (int dtype = LURE_F32; dtype <= LURE_F64; dtype++) {
            const lure_dtype t = (lure_dtype)dtype;
            const lure_kernels *k = kernels_on(path, t);
            for (int f = 0; k && f < LURE_N_MAPS; f++) {
                enum { N = 37 };
                draw(t, N, &x);
                k->map((lure_map)f, N, &x, &whole);
                for (size_t i = 0; i < N; i++)
                    k->map((lure_map)f, 1, (char *)&x + i * lure_dtype_size(t),
                           (char *)&alone + i * lure_dtype_size(t));
                check_equal("map", f, path, t, N, &whole, &alone);
                k->map((lure_map)f, N, &x, &x); /* in place */
                check_equal("map", f, path, t, N, &whole, &x);
            }
        }
}

/* Where there is no instruction, a fused multiply-add is made of others: sums that fall between two floats, that vanish,
   that are subnormal, from numbers with few bits set and near exponents. */
TEST(a_multiply_add_rounds_once)
{
    lure_rng_init(&rng, 4, LURE_PURPOSE_USER, 0);
    for (int round = 0; round < 3000; round++) {
        float x[3][MOST], expected[MOST];
        for (int i = 0; i < MOST; i++) {
            uint32_t words[3];
            for (int j = 0; j < 3; j++) {
                words[j] =
                    (uint32_t)lure_rng_below(&rng, UINT32_MAX) & ~((1U << lure_rng_below(&rng, 24)) - 1);
                memcpy(&x[j][i], &words[j], 4);
            }
            if (round % 2) { /* the third about as large as the product, so that bits meet */
                const float product = x[0][i] * x[1][i];
                uint32_t bits;
                memcpy(&bits, &product, 4);
                bits += (uint32_t)(lure_rng_below(&rng, 60)) * 0x800000 - 30 * 0x800000;
                words[2] = (words[2] & 0x807FFFFF) | (bits & 0x7F800000);
                memcpy(&x[2][i], &words[2], 4);
            }
            expected[i] = fmaf(x[0][i], x[1][i], x[2][i]);
        }
        for (int path = 0; path < N_PATHS; path++) {
            const lure_kernels *k = kernels_on(path, LURE_F32);
            float y[MOST];
            if (!k || (path != LURE_CPU_PORTABLE && round > 100))
                continue;
            memcpy(y, x[2], sizeof y);
            k->multiply_add(MOST, x[0], 1, x[1], 1, y);
            check_equal("multiply_add", round, path, LURE_F32, MOST, expected, y);
        }
    }
}

/* ---- derivatives ---- */

TEST(derivatives_equal_finite_differences)
{
    const lure_kernels *k = lure_kernels_for(LURE_F64), *kf = lure_kernels_for(LURE_F32);
    const double h = 1e-6;
    for (int f = 0; f < LURE_N_MAPS; f++)
        for (int i = -30; i <= 30; i++) {
            const bool positive = f == LURE_MAP_LOG || f == LURE_MAP_LOG1P || f == LURE_MAP_SQRT;
            double x = 0.1 * i + (positive ? 3.3 : 0.03), y, above, below, up = x + h, down = x - h,
                   dy = -1.5;
            double dx = 100, over = dy;
            k->map((lure_map)f, 1, &x, &y);
            k->map((lure_map)f, 1, &up, &above);
            k->map((lure_map)f, 1, &down, &below);
            k->map_back((lure_map)f, 1, &x, &y, &dy, &dx);
            k->map_back_over((lure_map)f, 1, &x, &y, &over);
            const double expected = f == LURE_MAP_FLOOR ? 0 : -1.5 * (above - below) / (2 * h);
            CHECK_NEAR(over, expected, 1e-8 * (1 + fabs(expected)) * (f == LURE_MAP_RECIPROCAL ? 1e3 : 1));
            CHECK_NEAR(dx, 100 + over, 1e-12);
            float xf = (float)x, yf = (float)y, overf = -1.5F;
            kf->map_back_over((lure_map)f, 1, &xf, &yf, &overf);
            CHECK_NEAR((double)overf, over, 1e-5 * (1 + fabs(over)));
        }
}

/* null where kernel.h says that it is not read; at kinks, and for NaN and infinity, as PyTorch has it */
TEST(derivatives_read_what_they_say_and_hold_at_kinks)
{
    static const lure_map by_x[] = {LURE_MAP_LOG,  LURE_MAP_LOG1P,    LURE_MAP_SQUARE, LURE_MAP_ABS,
                                    LURE_MAP_GELU, LURE_MAP_SOFTPLUS, LURE_MAP_SIN,    LURE_MAP_COS};
    static const lure_map by_y[] = {LURE_MAP_EXP,     LURE_MAP_EXPM1, LURE_MAP_SQRT, LURE_MAP_TANH,
                                    LURE_MAP_SIGMOID, LURE_MAP_RELU,  LURE_MAP_ELU,  LURE_MAP_RECIPROCAL};
    static const lure_map by_none[] = {LURE_MAP_IDENTITY, LURE_MAP_NEGATE, LURE_MAP_SIGN, LURE_MAP_FLOOR};
    const lure_kernels *k = lure_kernels_for(LURE_F64);
    const double v = 0.5, dy = 2;
    double a = 1, b = 1;
    for (size_t i = 0; i < sizeof by_x / sizeof *by_x; i++)
        k->map_back(by_x[i], 1, &v, NULL, &dy, &a);
    for (size_t i = 0; i < sizeof by_y / sizeof *by_y; i++)
        k->map_back(by_y[i], 1, NULL, &v, &dy, &a);
    for (size_t i = 0; i < sizeof by_none / sizeof *by_none; i++)
        k->map_back(by_none[i], 1, NULL, NULL, &dy, &b);
    CHECK(isfinite(a));
    CHECK_REAL(b, 1);

    const struct {
        lure_map f;
        double given, dy, dx; /* given: x or y */
    } rows[] = {{LURE_MAP_RELU, 0, 3, 0},   {LURE_MAP_RELU, 0, INFINITY, 0}, {LURE_MAP_RELU, NAN, 3, 3},
                {LURE_MAP_ABS, 0, 3, 0},    {LURE_MAP_ABS, -2, 3, -3},       {LURE_MAP_SIGN, 0, INFINITY, 0},
                {LURE_MAP_ELU, 0, 3, 3},    {LURE_MAP_SQRT, 0, 1, INFINITY}, {LURE_MAP_GELU, 100, 3, 3},
                {LURE_MAP_GELU, -100, 3, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double d = rows[i].dy;
        k->map_back_over(rows[i].f, 1, &rows[i].given, &rows[i].given, &d);
        CHECK_REAL(d, rows[i].dx);
    }
}
