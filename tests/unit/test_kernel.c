/* test_kernel.c: the kernels against plain loops, each path against each, and the derivatives against finite
   differences. Operands are blocks of exactly their size on the heap, so that an address checker sees one number too
   many; outputs are followed by a guard, so that any build sees it. */
#define _GNU_SOURCE
#include "math/kernel.h"
#include "base/rng.h"
#include "math/function.h"
#include "unit.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIDE = LURE_CPU_AVX512 + 1, N_PATHS, GUARD = 32 };

/* Besides the paths of this CPU: AVX-512's source on AVX2's instructions, which more machines have. */
#if defined(__x86_64__)
extern const lure_kernels *const lure__kernels_wide[2];
#endif

static const lure_kernels *kernels_on(int path, lure_dtype dtype)
{
#if defined(__x86_64__)
    if (path == WIDE)
        return lure_kernels_on(LURE_CPU_AVX2, dtype) ? lure__kernels_wide[dtype] : NULL;
#endif
    return path == WIDE ? NULL : lure_kernels_on((lure_cpu_path)path, dtype);
}

static const char *path_name(int path)
{
    return path == WIDE ? "wide" : lure_cpu_path_name((lure_cpu_path)path);
}

static lure_rng rng;

static double draw(void)
{
    return 2 * lure_rng_uniform(&rng) - 1;
}

/* n numbers in (-1, 1) of the type, exactly representable as float so that both types can be compared with a
   double loop; some are zeros of both signs */
static void *numbers(lure_dtype dtype, size_t n)
{
    void *block = malloc(n * lure_dtype_size(dtype) + (n == 0));
    CHECK(block != NULL);
    lure_tensor t = lure_tensor_view(block, dtype, 1, &n);
    for (size_t i = 0; i < n; i++) {
        double x = (double)(float)draw();
        lure_tensor_set(&t, i, x > 0.95 ? 0.0 : x < -0.95 ? -0.0 : x);
    }
    return block;
}

static void *guarded_copy(lure_dtype dtype, const void *from, size_t n)
{
    size_t bytes = n * lure_dtype_size(dtype);
    char *block = malloc(bytes + GUARD);
    CHECK(block != NULL);
    memcpy(block, from, bytes);
    memset(block + bytes, 0x5A, GUARD);
    return block;
}

static void check_guard(lure_dtype dtype, const void *block, size_t n)
{
    const unsigned char *guard = (const unsigned char *)block + n * lure_dtype_size(dtype);
    for (int i = 0; i < GUARD; i++)
        CHECK_SAY(guard[i] == 0x5A, "wrote %d bytes beyond the end", i + 1);
}

static double get(lure_dtype dtype, const void *block, size_t i)
{
    return dtype == LURE_F32 ? (double)((const float *)block)[i] : ((const double *)block)[i];
}

/* one step of a sum in the given type */
static double step(lure_dtype dtype, double a, double b, double sum)
{
    return dtype == LURE_F32 ? (double)fmaf((float)a, (float)b, (float)sum) : fma(a, b, sum);
}

typedef struct shape {
    size_t n, n_in, n_out;
} shape;

static void check_same(const char *what, shape s, int path, lure_dtype dtype, const void *block, size_t i,
                       double expected)
{
    double actual = get(dtype, block, i);
    CHECK_SAY(memcmp(&actual, &expected, sizeof actual) == 0,
              "%s (%zu, %zu, %zu) %s %s: element %zu is %a, expected %a", what, s.n, s.n_in, s.n_out,
              path_name(path), lure_dtype_name(dtype), i, actual, expected);
}

/* every product of one shape on one path, against the definition in kernel.h as plain as it can be written */
static void check_shape(const lure_kernels *k, int path, lure_dtype dtype, shape s)
{
    size_t n_x = s.n * s.n_in, n_w = s.n_in * s.n_out, n_y = s.n * s.n_out;
    void *x = numbers(dtype, n_x), *w = numbers(dtype, n_w), *b = numbers(dtype, s.n_out),
         *dy = numbers(dtype, n_y);
    void *y = guarded_copy(dtype, dy, n_y), *plain = guarded_copy(dtype, dy, n_y);
    void *dw = guarded_copy(dtype, w, n_w), *db = guarded_copy(dtype, b, s.n_out),
         *dx = guarded_copy(dtype, x, n_x);

    k->linear(s.n, s.n_in, s.n_out, x, w, b, y);
    k->linear(s.n, s.n_in, s.n_out, x, w, NULL, plain);
    for (size_t i = 0; i < s.n; i++)
        for (size_t j = 0; j < s.n_out; j++) {
            double sum = get(dtype, b, j), without = 0;
            for (size_t q = 0; q < s.n_in; q++) {
                sum = step(dtype, get(dtype, x, i * s.n_in + q), get(dtype, w, q * s.n_out + j), sum);
                without = step(dtype, get(dtype, x, i * s.n_in + q), get(dtype, w, q * s.n_out + j), without);
            }
            check_same("linear", s, path, dtype, y, i * s.n_out + j, sum);
            check_same("linear without bias", s, path, dtype, plain, i * s.n_out + j, without);
        }

    k->linear_parameters_back(s.n, s.n_in, s.n_out, x, dy, dw, db);
    for (size_t j = 0; j < s.n_out; j++) {
        double column = get(dtype, b, j);
        for (size_t i = 0; i < s.n; i++)
            column = step(dtype, 1, get(dtype, dy, i * s.n_out + j), column);
        check_same("db", s, path, dtype, db, j, column);
        for (size_t q = 0; q < s.n_in; q++) {
            double sum = get(dtype, w, q * s.n_out + j);
            for (size_t i = 0; i < s.n; i++)
                sum = step(dtype, get(dtype, x, i * s.n_in + q), get(dtype, dy, i * s.n_out + j), sum);
            check_same("dw", s, path, dtype, dw, q * s.n_out + j, sum);
        }
    }

    k->linear_input_back(s.n, s.n_in, s.n_out, dy, w, dx);
    for (size_t i = 0; i < s.n; i++)
        for (size_t q = 0; q < s.n_in; q++) {
            double sum = 0;
            for (size_t j = 0; j < s.n_out; j++)
                sum = step(dtype, get(dtype, dy, i * s.n_out + j), get(dtype, w, q * s.n_out + j), sum);
            check_same("dx", s, path, dtype, dx, i * s.n_in + q, sum);
        }

    check_guard(dtype, y, n_y);
    check_guard(dtype, plain, n_y);
    check_guard(dtype, dw, n_w);
    check_guard(dtype, db, s.n_out);
    check_guard(dtype, dx, n_x);

    /* either derivative may be left out, and the other does not mind */
    void *again = guarded_copy(dtype, w, n_w), *again_b = guarded_copy(dtype, b, s.n_out);
    k->linear_parameters_back(s.n, s.n_in, s.n_out, x, dy, again, NULL);
    k->linear_parameters_back(s.n, s.n_in, s.n_out, x, dy, NULL, again_b);
    CHECK(memcmp(again, dw, n_w * lure_dtype_size(dtype)) == 0);
    CHECK(memcmp(again_b, db, s.n_out * lure_dtype_size(dtype)) == 0);

    void *blocks[] = {x, w, b, dy, y, plain, dw, db, dx, again, again_b};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
        free(blocks[i]);
}

static void check_shape_everywhere(shape s)
{
    lure_rng start = rng;
    int n_paths = 0;
    for (int path = 0; path < N_PATHS; path++)
        for (int dtype = LURE_F32; dtype <= LURE_F64; dtype++) {
            const lure_kernels *k = kernels_on(path, (lure_dtype)dtype);
            if (!k)
                continue;
            rng = start;
            check_shape(k, path, (lure_dtype)dtype, s);
            n_paths++;
        }
    CHECK(n_paths >= 2);
}

TEST(products_equal_plain_loops_on_every_path)
{
    lure_rng_init(&rng, 1, LURE_PURPOSE_USER, 0);
    /* nothing, one, the edges of vectors (4, 8, 16), of tiles (6 rows) and of blocks (64) */
    static const shape shapes[] = {{0, 0, 0},   {0, 3, 2},    {3, 0, 2},   {3, 2, 0},   {1, 1, 1},
                                   {1, 2, 1},   {2, 1, 1},    {1, 1, 2},   {7, 1, 1},   {1, 64, 64},
                                   {6, 4, 64},  {5, 64, 2},   {13, 16, 1}, {1, 65, 3},  {3, 3, 65},
                                   {7, 63, 17}, {12, 129, 5}, {2, 5, 130}, {64, 1, 33}, {9, 70, 70}};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        check_shape_everywhere(shapes[i]);
}

TEST(products_equal_plain_loops_on_random_shapes)
{
    lure_rng_init(&rng, 2, LURE_PURPOSE_USER, 0);
    for (int i = 0; i < 150; i++) {
        shape s = {lure_rng_below(&rng, 20), lure_rng_below(&rng, 40), lure_rng_below(&rng, 40)};
        check_shape_everywhere(s);
    }
}

/* Every path's activations and vector loops against the portable ones, which the next tests hold against the
   definition. */
TEST(vector_loops_have_the_same_bits_on_every_path)
{
    lure_rng_init(&rng, 3, LURE_PURPOSE_USER, 0);
    for (int dtype = LURE_F32; dtype <= LURE_F64; dtype++) {
        lure_dtype type = (lure_dtype)dtype;
        const lure_kernels *portable = lure_kernels_on(LURE_CPU_PORTABLE, type);
        for (size_t n = 0; n < 70; n += n < 20 ? 1 : 7) {
            size_t bytes = n * lure_dtype_size(type);
            void *x = numbers(type, n), *y = numbers(type, n);
            for (int path = 0; path < N_PATHS; path++) {
                const lure_kernels *k = kernels_on(path, type);
                if (!k)
                    continue;
                void *a = guarded_copy(type, y, n), *b = guarded_copy(type, y, n);
                portable->axpy(n, 0.3, x, a);
                k->axpy(n, 0.3, x, b);
                CHECK(memcmp(a, b, bytes) == 0);
                check_guard(type, b, n);
                CHECK_REAL(k->sum_of_squares(n, x), portable->sum_of_squares(n, x));
                for (int f = LURE_ACTIVATION_NONE; f <= LURE_ACTIVATION_SIGMOID; f++) {
                    portable->activate((lure_activation)f, n, x, a);
                    k->activate((lure_activation)f, n, x, b);
                    CHECK(memcmp(a, b, bytes) == 0);
                    portable->activate_back((lure_activation)f, n, x, y, a);
                    k->activate_back((lure_activation)f, n, x, y, b);
                    CHECK(memcmp(a, b, bytes) == 0);
                    check_guard(type, b, n);
                }
                free(a);
                free(b);
            }
            free(x);
            free(y);
        }
    }
}

TEST(axpy_and_sum_of_squares_are_what_they_say)
{
    for (int path = 0; path < N_PATHS; path++) {
        const lure_kernels *k = kernels_on(path, LURE_F64);
        const lure_kernels *kf = kernels_on(path, LURE_F32);
        if (!k)
            continue;
        double x[19], y[19];
        float xf[19], yf[19];
        for (int i = 0; i < 19; i++) {
            x[i] = i + 1;
            y[i] = 100;
            xf[i] = (float)i + 1;
            yf[i] = 100;
        }
        k->axpy(19, -0.5, x, y);
        kf->axpy(19, -0.5, xf, yf);
        for (int i = 0; i < 19; i++) {
            CHECK_REAL(y[i], 100 - 0.5 * (i + 1));
            CHECK_REAL((double)yf[i], 100 - 0.5 * (i + 1));
        }
        CHECK_REAL(k->sum_of_squares(19, x), 2470);
        CHECK_REAL(kf->sum_of_squares(19, xf), 2470);
        xf[0] = 1e30F; /* its square is no float any more */
        CHECK_NEAR(kf->sum_of_squares(1, xf), 1e60, 1e54);
    }
}

TEST(activations_are_what_they_say_and_may_work_in_place)
{
    const lure_kernels *k = lure_kernels_for(LURE_F64), *kf = lure_kernels_for(LURE_F32);
    const double x[7] = {-INFINITY, -2, -0.0, 0.5, 3, INFINITY, NAN};
    for (int f = LURE_ACTIVATION_NONE; f <= LURE_ACTIVATION_SIGMOID; f++) {
        double y[7];
        float yf[7];
        for (int i = 0; i < 7; i++)
            yf[i] = (float)x[i];
        memcpy(y, x, sizeof y);
        k->activate((lure_activation)f, 7, y, y);
        kf->activate((lure_activation)f, 7, yf, yf);
        for (int i = 0; i < 7; i++) {
            double expected = f == LURE_ACTIVATION_TANH      ? lure_tanh(x[i])
                              : f == LURE_ACTIVATION_SIGMOID ? lure_sigmoid(x[i])
                              : f == LURE_ACTIVATION_RELU    ? (isnan(x[i]) || x[i] > 0 ? x[i] : 0)
                                                             : x[i];
            CHECK_REAL(y[i], expected);
            if (isnan(expected))
                CHECK(isnan(yf[i]));
            else if (isinf(expected))
                CHECK_REAL((double)yf[i], expected);
            else
                CHECK_NEAR((double)yf[i], expected, 1e-6);
        }
    }
}

TEST(activations_back_equal_finite_differences)
{
    const lure_kernels *k = lure_kernels_for(LURE_F64), *kf = lure_kernels_for(LURE_F32);
    const double h = 1e-6;
    for (int f = LURE_ACTIVATION_NONE; f <= LURE_ACTIVATION_SIGMOID; f++)
        for (int i = -30; i <= 30; i++) {
            double x = 0.1 * i + 0.03, y, above, below, dx, up = x + h, down = x - h;
            k->activate((lure_activation)f, 1, &x, &y);
            k->activate((lure_activation)f, 1, &up, &above);
            k->activate((lure_activation)f, 1, &down, &below);
            dx = -1.5; /* comes in, goes out: in place */
            k->activate_back((lure_activation)f, 1, &y, &dx, &dx);
            CHECK_NEAR(dx, -1.5 * (above - below) / (2 * h), 1e-8);
            float yf = (float)y, dyf = -1.5F, dxf;
            kf->activate_back((lure_activation)f, 1, &yf, &dyf, &dxf);
            CHECK_NEAR((double)dxf, dx, 1e-6);
        }
    double y = NAN, dy = 1, dx = 0;
    k->activate_back(LURE_ACTIVATION_RELU, 1, &y, &dy, &dx);
    CHECK_REAL(dx, 1); /* a NaN output does not silence the gradient */
}

/* sum of c[i, j] * tanh(x w + b)[i, j] */
static double loss(const lure_kernels *k, shape s, const double *x, const double *w, const double *b,
                   const double *c, double *y)
{
    k->linear(s.n, s.n_in, s.n_out, x, w, b, y);
    k->activate(LURE_ACTIVATION_TANH, s.n * s.n_out, y, y);
    double sum = 0;
    for (size_t i = 0; i < s.n * s.n_out; i++)
        sum += c[i] * y[i];
    return sum;
}

static void check_derivatives(const lure_kernels *k, shape s, double *x, double *w, double *b,
                              const double *c, double *y, double *varied, const double *derivative, size_t n)
{
    const double h = 1e-5;
    for (size_t i = 0; i < n; i++) {
        double kept = varied[i];
        varied[i] = kept + h;
        double above = loss(k, s, x, w, b, c, y);
        varied[i] = kept - h;
        double below = loss(k, s, x, w, b, c, y);
        varied[i] = kept;
        CHECK_NEAR(derivative[i], (above - below) / (2 * h), 1e-8);
    }
}

TEST(a_layer_back_equals_finite_differences)
{
    const lure_kernels *k = lure_kernels_for(LURE_F64);
    lure_rng_init(&rng, 4, LURE_PURPOSE_USER, 0);
    for (int round = 0; round < 10; round++) {
        shape s = {1 + lure_rng_below(&rng, 9), 1 + lure_rng_below(&rng, 9), 1 + lure_rng_below(&rng, 20)};
        size_t n_x = s.n * s.n_in, n_w = s.n_in * s.n_out, n_y = s.n * s.n_out;
        double *x = numbers(LURE_F64, n_x), *w = numbers(LURE_F64, n_w), *b = numbers(LURE_F64, s.n_out);
        double *c = numbers(LURE_F64, n_y), *y = numbers(LURE_F64, n_y), *dy = numbers(LURE_F64, n_y);
        double *dw = calloc(n_w, sizeof *dw), *db = calloc(s.n_out, sizeof *db),
               *dx = calloc(n_x, sizeof *dx);
        CHECK(dw && db && dx);
        loss(k, s, x, w, b, c, y);
        k->activate_back(LURE_ACTIVATION_TANH, n_y, y, c, dy);
        k->linear_parameters_back(s.n, s.n_in, s.n_out, x, dy, dw, db);
        k->linear_input_back(s.n, s.n_in, s.n_out, dy, w, dx);
        check_derivatives(k, s, x, w, b, c, y, w, dw, n_w);
        check_derivatives(k, s, x, w, b, c, y, b, db, s.n_out);
        check_derivatives(k, s, x, w, b, c, y, x, dx, n_x);
        double *blocks[] = {x, w, b, c, y, dy, dw, db, dx};
        for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
            free(blocks[i]);
    }
}

TEST(the_path_follows_lure_cpu)
{
    const char *before = getenv("LURE_CPU");
    char kept[64] = "";
    if (before)
        strncpy(kept, before, sizeof kept - 1);
    lure_error err;
    unsetenv("LURE_CPU");
    CHECK_OK(lure_cpu_path_init(&err), &err);
    lure_cpu_path widest = lure_cpu_path_chosen();
    for (int path = 0; path < WIDE; path++) {
        const char *name = lure_cpu_path_name((lure_cpu_path)path);
        CHECK_INT(setenv("LURE_CPU", name, 1), 0);
        if (lure_kernels_on((lure_cpu_path)path, LURE_F64)) {
            CHECK_OK(lure_cpu_path_init(&err), &err);
            CHECK_INT(lure_cpu_path_chosen(), path);
            CHECK(lure_kernels_for(LURE_F32) == lure_kernels_on((lure_cpu_path)path, LURE_F32));
            CHECK(lure_kernels_for(LURE_F64) == lure_kernels_on((lure_cpu_path)path, LURE_F64));
            CHECK(path <= (int)widest);
        } else {
            CHECK_STATUS(lure_cpu_path_init(&err), LURE_ERROR_USAGE, &err);
            CHECK_CONTAINS(err.text, name);
        }
    }
    setenv("LURE_CPU", "avx", 1); /* no abbreviations */
    CHECK_STATUS(lure_cpu_path_init(&err), LURE_ERROR_USAGE, &err);
    CHECK_CONTAINS(err.text, "portable, avx2 or avx512");
    CHECK(lure_kernels_for(LURE_I32) == NULL);
    if (before)
        setenv("LURE_CPU", kept, 1);
    else
        unsetenv("LURE_CPU");
    CHECK_OK(lure_cpu_path_init(&err), &err);
}
