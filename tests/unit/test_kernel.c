/* test_kernel.c: products and sums against plain loops on each path, and a layer's derivatives against finite
   differences; test_kernel_map.c has the functions of each element. Operands are blocks of exactly their size on the heap, so that an address checker sees one number too
   many; outputs are followed by a guard, so that any build sees it. */
#define _GNU_SOURCE
#include "math/kernel.h"
#include "base/rng.h"
#include "paths.h"
#include "unit.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { GUARD = 32 };

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

static double *zeros(size_t n)
{
    double *block = calloc(n > 0 ? n : 1, sizeof *block);
    CHECK(block != NULL);
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

    k->linear_parameters_back(s.n, s.n_in, s.n_out, x, dy, true, dw, db);
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
    k->linear_parameters_back(s.n, s.n_in, s.n_out, x, dy, true, again, NULL);
    k->linear_parameters_back(s.n, s.n_in, s.n_out, x, dy, true, NULL, again_b);
    CHECK(memcmp(again, dw, n_w * lure_dtype_size(dtype)) == 0);
    CHECK(memcmp(again_b, db, s.n_out * lure_dtype_size(dtype)) == 0);

    /* written rather than added to, whatever lay there: as if 0 had */
    memset(dw, 0, n_w * lure_dtype_size(dtype));
    memset(db, 0, s.n_out * lure_dtype_size(dtype));
    memset(again, 0xff, n_w * lure_dtype_size(dtype));
    memset(again_b, 0xff, s.n_out * lure_dtype_size(dtype));
    k->linear_parameters_back(s.n, s.n_in, s.n_out, x, dy, true, dw, db);
    k->linear_parameters_back(s.n, s.n_in, s.n_out, x, dy, false, again, again_b);
    CHECK(memcmp(again, dw, n_w * lure_dtype_size(dtype)) == 0);
    CHECK(memcmp(again_b, db, s.n_out * lure_dtype_size(dtype)) == 0);
    check_guard(dtype, again, n_w);
    check_guard(dtype, again_b, s.n_out);

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
    /* one row, several vectors of columns at a time, as it lies and turned; one column of many rows; few columns by few
       steps, and twelve rows of them; few steps of many columns; what is copied: large, turned, far apart */
    static const shape special[] = {{1, 250, 170}, {2, 50, 35},  {50, 30, 1},    {14, 7, 3},
                                    {25, 8, 4},    {26, 13, 8},  {9, 1, 70},     {9, 3, 260},
                                    {5, 2, 33},    {7, 20, 100}, {30, 170, 260}, {26, 9, 600}};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        check_shape_everywhere(shapes[i]);
    for (size_t i = 0; i < sizeof special / sizeof special[0]; i++)
        check_shape_everywhere(special[i]);
}

TEST(products_equal_plain_loops_on_random_shapes)
{
    lure_rng_init(&rng, 2, LURE_PURPOSE_USER, 0);
    for (int i = 0; i < 150; i++) {
        shape s = {lure_rng_below(&rng, 20), lure_rng_below(&rng, 40), lure_rng_below(&rng, 40)};
        check_shape_everywhere(s);
    }
}

/* c (+)= a b for any distances, against plain loops: a, b and c as they lie, transposed, or with gaps */
static void check_strided(const lure_kernels *k, int path, lure_dtype dtype, shape s)
{
    const size_t rows = s.n, depth = s.n_in, columns = s.n_out, c_row = columns + lure_rng_below(&rng, 3);
    const bool add = lure_rng_below(&rng, 2), a_turned = lure_rng_below(&rng, 2),
               b_turned = lure_rng_below(&rng, 2);
    const size_t gap = lure_rng_below(&rng, 3);
    const size_t a_row = a_turned ? 1 + gap : depth + gap, a_step = a_turned ? rows * (1 + gap) : 1;
    const size_t b_row = b_turned ? 1 + gap : columns + gap, b_step = b_turned ? depth * (1 + gap) : 1;
    void *a = numbers(dtype, (rows + 1) * (depth + 1) * 3),
         *b = numbers(dtype, (depth + 1) * (columns + 1) * 3);
    void *before = numbers(dtype, rows * c_row), *c = guarded_copy(dtype, before, rows * c_row);
    k->product(rows, columns, depth, a, a_row, a_step, b, b_row, b_step, add, c, c_row);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < c_row; j++) {
            double sum = get(dtype, before, i * c_row + j); /* what lies between rows stays as it is */
            if (j < columns) {
                sum = add ? sum : 0;
                for (size_t q = 0; q < depth; q++)
                    sum = step(dtype, get(dtype, a, i * a_row + q * a_step),
                               get(dtype, b, q * b_row + j * b_step), sum);
            }
            check_same("product", s, path, dtype, c, i * c_row + j, sum);
        }
    check_guard(dtype, c, rows * c_row);
    free(a);
    free(b);
    free(before);
    free(c);
}

TEST(products_of_any_distances_equal_plain_loops)
{
    lure_rng_init(&rng, 5, LURE_PURPOSE_USER, 0);
    for (int i = 0; i < 300; i++) {
        const size_t most = i < 200 ? 20 : i < 290 ? 80 : 300;
        shape s = {lure_rng_below(&rng, i < 200 ? 20 : 40), lure_rng_below(&rng, most),
                   lure_rng_below(&rng, most)};
        lure_rng start = rng;
        for (int path = 0; path < N_PATHS; path++)
            for (int dtype = LURE_F32; dtype <= LURE_F64; dtype++) {
                const lure_kernels *k = kernels_on(path, (lure_dtype)dtype);
                rng = start;
                if (k)
                    check_strided(k, path, (lure_dtype)dtype, s);
            }
    }
}

TEST(sums_are_eight_or_sixteen_partial_sums)
{
    lure_rng_init(&rng, 3, LURE_PURPOSE_USER, 0);
    for (int dtype = LURE_F32; dtype <= LURE_F64; dtype++)
        for (size_t n = 0; n < 70; n += n < 20 ? 1 : 7) {
            lure_dtype type = (lure_dtype)dtype;
            void *x = numbers(type, n), *y = numbers(type, n);
            double sums[8] = {0}, products[8] = {0}, squares[16] = {0};
            for (size_t i = 0; i < n; i++) {
                sums[i % 8] += get(type, x, i);
                products[i % 8] += get(type, x, i) * get(type, y, i);
                squares[i % 16] += get(type, x, i) * get(type, x, i);
            }
            for (int i = 0; i < 8; i++)
                squares[i] += squares[i + 8];
            for (int path = 0; path < N_PATHS; path++) {
                const lure_kernels *k = kernels_on(path, type);
                if (!k)
                    continue;
#define TOTAL(s) ((((s)[0] + (s)[4]) + ((s)[2] + (s)[6])) + (((s)[1] + (s)[5]) + ((s)[3] + (s)[7])))
                CHECK_REAL(k->sum(n, x), TOTAL(sums));
                CHECK_REAL(k->dot(n, x, y), TOTAL(products));
                CHECK_REAL(k->sum_of_squares(n, x), TOTAL(squares));
#undef TOTAL
            }
            free(x);
            free(y);
        }
    const float large = 1e30F; /* its square is no float any more */
    CHECK_NEAR(lure_kernels_for(LURE_F32)->sum_of_squares(1, &large), 1e60, 1e54);
}

TEST(a_sum_of_squares_is_exact_where_it_can_be)
{
    double x[40], sum = 0;
    float y[40];
    for (size_t i = 0; i < 40; i++) {
        x[i] = (double)i - 7;
        y[i] = (float)x[i];
        sum += x[i] * x[i];
        CHECK_REAL(lure_kernels_for(LURE_F64)->sum_of_squares(i + 1, x), sum); /* whole numbers: exact */
        CHECK_REAL(lure_kernels_for(LURE_F32)->sum_of_squares(i + 1, y), sum);
    }
    y[0] = 3e38f; /* its square is no float */
    CHECK_NEAR(lure_kernels_for(LURE_F32)->sum_of_squares(1, y) / 9e76, 1.0, 1e-6);
}

TEST(rows_are_added_in_order)
{
    lure_rng_init(&rng, 6, LURE_PURPOSE_USER, 0);
    for (int i = 0; i < 60; i++) {
        const size_t rows = lure_rng_below(&rng, 9), columns = lure_rng_below(&rng, i < 40 ? 20 : 90),
                     x_row = columns + lure_rng_below(&rng, 2);
        for (int dtype = LURE_F32; dtype <= LURE_F64; dtype++) {
            lure_dtype type = (lure_dtype)dtype;
            void *x = numbers(type, rows * x_row), *before = numbers(type, columns);
            for (int path = 0; path < N_PATHS; path++) {
                const lure_kernels *k = kernels_on(path, type);
                if (!k)
                    continue;
                void *y = guarded_copy(type, before, columns);
                k->add_rows(rows, columns, x, x_row, y);
                for (size_t j = 0; j < columns; j++) {
                    double sum = get(type, before, j);
                    for (size_t row = 0; row < rows; row++)
                        sum = step(type, 1, get(type, x, row * x_row + j), sum);
                    check_same("add_rows", (shape){rows, 0, columns}, path, type, y, j, sum);
                }
                check_guard(type, y, columns);
                free(y);
            }
            free(x);
            free(before);
        }
    }
}

/* sum of c[i, j] * tanh(x w + b)[i, j] */
static double loss(const lure_kernels *k, shape s, const double *x, const double *w, const double *b,
                   const double *c, double *y)
{
    k->linear(s.n, s.n_in, s.n_out, x, w, b, y);
    k->map(LURE_MAP_TANH, s.n * s.n_out, y, y);
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
        double *dw = zeros(n_w), *db = zeros(s.n_out), *dx = zeros(n_x);
        loss(k, s, x, w, b, c, y);
        memset(dy, 0, n_y * sizeof *dy);
        k->map_back(LURE_MAP_TANH, n_y, NULL, y, c, dy);
        k->linear_parameters_back(s.n, s.n_in, s.n_out, x, dy, true, dw, db);
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
