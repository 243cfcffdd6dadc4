/* test_operation_shape.c: operations that give the same numbers another shape, and the product of matrices, against
   plain loops over any shapes and layouts. */
#define _GNU_SOURCE
#include "math/operation.h"
#include "random_tensor.h"
#include "unit.h"
#include <math.h>
#include <string.h>

enum { TRIES = 1500 };

static lure_rng rng;

static void seed(uint64_t number)
{
    lure_rng_init(&rng, number, LURE_PURPOSE_INIT, 3);
}

/* ---- products ---- */

/* one step of a sum in the type */
static double step(lure_dtype type, double a, double b, double sum)
{
    return type == LURE_F32 ? (double)fmaf((float)a, (float)b, (float)sum) : fma(a, b, sum);
}

/* the index of an operand: its own batch sides may be 1 or missing */
static double element(const lure_tensor *t, lure_dtype type, int n_batch, const size_t *batch, size_t row,
                      size_t column, bool left)
{
    size_t index[LURE_MAX_DIMS];
    if (t->n_dims == 1) {
        index[0] = left ? column : row;
    } else {
        int own = t->n_dims - 2;
        for (int d = 0; d < own; d++)
            index[d] = t->shape[d] == 1 ? 0 : batch[n_batch - own + d];
        index[own] = row;
        index[own + 1] = column;
    }
    return rounded(type, at_index(t, index));
}

static lure_dtype product_type(lure_dtype a, lure_dtype b)
{
    bool all_single = (a == LURE_F32 || b == LURE_F32) && a != LURE_F64 && b != LURE_F64;
    return all_single ? LURE_F32 : LURE_F64;
}

static void check_product(const lure_tensor *a, const lure_tensor *b)
{
    const lure_tensor *const inputs[] = {a, b};
    lure_tensor y = computed_everywhere(LURE_OP_MATMUL, 2, inputs, NULL);
    lure_dtype type = product_type(a->dtype, b->dtype);
    bool row = a->n_dims > 1, column = b->n_dims > 1; /* axes that the result has */
    int n_batch = y.n_dims - row - column;
    CHECK_INT(y.dtype, type);
    if (row)
        CHECK(y.shape[n_batch] == a->shape[a->n_dims - 2]);
    if (column)
        CHECK(y.shape[n_batch + row] == b->shape[b->n_dims - 1]);
    for (size_t i = 0; i < lure_tensor_size(&y); i++) {
        size_t index[LURE_MAX_DIMS];
        index_of(&y, i, index);
        double sum = 0;
        for (size_t k = 0; k < a->shape[a->n_dims - 1]; k++) {
            double x = element(a, type, n_batch, index, row ? index[n_batch] : 0, k, true);
            sum = step(type, x, element(b, type, n_batch, index, k, column ? index[n_batch + row] : 0, false),
                       sum);
        }
        CHECK_REAL(at_index(&y, index), sum);
    }
}

TEST(products_of_all_forms_are_sums_in_order)
{
    seed(1);
    for (int try = 0; try < 2 * TRIES; try++) {
        size_t depth = lure_rng_below(&rng, 8), a_shape[LURE_MAX_DIMS], b_shape[LURE_MAX_DIMS], batch[2];
        int a_batch = (int)lure_rng_below(&rng, 3), b_batch = (int)lure_rng_below(&rng, 3);
        for (int i = 0; i < 2; i++)
            batch[i] = lure_rng_below(&rng, 4);
        for (int i = 0; i < a_batch; i++)
            a_shape[i] = lure_rng_below(&rng, 3) ? batch[i + 2 - a_batch] : 1;
        for (int i = 0; i < b_batch; i++)
            b_shape[i] = lure_rng_below(&rng, 3) ? batch[i + 2 - b_batch] : 1;
        a_shape[a_batch] = lure_rng_below(&rng, 6);
        a_shape[a_batch + 1] = depth;
        b_shape[b_batch] = depth;
        b_shape[b_batch + 1] = lure_rng_below(&rng, 6);
        int a_dims = a_batch + 2, b_dims = b_batch + 2;
        if (lure_rng_below(&rng, 5) == 0) {
            a_dims = 1;
            a_shape[0] = depth;
        }
        if (lure_rng_below(&rng, 5) == 0) {
            b_dims = 1;
            b_shape[0] = depth;
        }
        lure_tensor a = random_tensor(&rng, random_dtype(&rng), a_dims, a_shape);
        lure_tensor b = random_tensor(&rng, random_dtype(&rng), b_dims, b_shape);
        check_product(&a, &b);
        random_tensors_free();
    }
}

TEST(larger_products_too)
{
    seed(2);
    static const size_t sizes[][3] = {{64, 64, 64}, {1, 65, 33}, {33, 70, 1}, {17, 1, 19}, {100, 4, 2}};
    for (size_t s = 0; s < 5; s++)
        for (int try = 0; try < 4; try++) {
            lure_tensor a =
                random_tensor(&rng, random_dtype(&rng), 2, (const size_t[]){sizes[s][0], sizes[s][1]});
            lure_tensor b =
                random_tensor(&rng, random_dtype(&rng), 2, (const size_t[]){sizes[s][1], sizes[s][2]});
            check_product(&a, &b);
            random_tensors_free();
        }
}

TEST(a_product_of_mixed_types_asks_for_scratch)
{
    static const lure_dtype types[] = {LURE_F64, LURE_F32, LURE_I32};
    const size_t left[2] = {2, 3}, right[2] = {3, 4}, result[2] = {2, 4};
    for (int i = 0; i < 9; i++) {
        lure_dtype a = types[i / 3], b = types[i % 3];
        lure_dtype type = a == b && a != LURE_I32 ? a : a == LURE_F32 && b == LURE_I32 ? a : LURE_F64;
        type = a == LURE_I32 && b == LURE_F32 ? b : type;
        lure_tensor ta = lure_tensor_view(NULL, a, 2, left), tb = lure_tensor_view(NULL, b, 2, right);
        lure_tensor out = lure_tensor_view(NULL, type, 2, result);
        size_t numbers = (a == type ? 0 : 6) + (b == type ? 0 : 12);
        CHECK(lure_op_scratch_bytes(LURE_OP_MATMUL, (const lure_tensor *const[]){&ta, &tb}, NULL, &out) ==
              numbers * lure_dtype_size(type));
    }
}

/* ---- views ---- */

static lure_tensor random_input(bool filled)
{
    size_t shape[LURE_MAX_DIMS];
    int n_dims = random_shape(&rng, filled, shape);
    if (n_dims == 0) {
        n_dims = 1;
        shape[0] = 3;
    }
    return random_tensor(&rng, random_dtype(&rng), n_dims, shape);
}

TEST(views_share_the_numbers)
{
    seed(3);
    for (int try = 0; try < TRIES; try++) {
        size_t index[LURE_MAX_DIMS];
        lure_tensor t = random_input(true);
        int axis = (int)lure_rng_below(&rng, (uint64_t)t.n_dims),
            other = (int)lure_rng_below(&rng, (uint64_t)t.n_dims);
        size_t side = t.shape[axis];
        lure_op_options o = {.axis = axis, .other_axis = other, .first = lure_rng_below(&rng, side)};
        o.step = 1 + lure_rng_below(&rng, 3);
        o.n = lure_rng_below(&rng, (side - 1 - o.first) / o.step + 2);

        lure_tensor y = computed1(LURE_OP_SELECT, &t, &o);
        CHECK_INT(y.n_dims, t.n_dims - 1);
        for (size_t i = 0; i < lure_tensor_size(&y); i++) {
            index_of(&y, i, index);
            double number = at_index(&y, index);
            memmove(index + axis + 1, index + axis, (size_t)(y.n_dims - axis) * sizeof *index);
            index[axis] = o.first;
            CHECK_REAL(number, at_index(&t, index));
        }
        y = computed1(LURE_OP_SLICE, &t, &o);
        CHECK_INT(y.n_dims, t.n_dims);
        CHECK_INT((int64_t)y.shape[axis], (int64_t)o.n);
        for (size_t i = 0; i < lure_tensor_size(&y); i++) {
            index_of(&y, i, index);
            double number = at_index(&y, index);
            index[axis] = o.first + index[axis] * o.step;
            CHECK_REAL(number, at_index(&t, index));
        }
        y = computed1(LURE_OP_TRANSPOSE, &t, &o);
        CHECK(y.data == t.data && y.shape[axis] == t.shape[other] && y.shape[other] == t.shape[axis]);
        for (size_t i = 0; i < lure_tensor_size(&y); i++) {
            index_of(&y, i, index);
            double number = at_index(&y, index);
            size_t swap = index[axis];
            index[axis] = index[other];
            index[other] = swap;
            CHECK_REAL(number, at_index(&t, index));
        }
        random_tensors_free();
    }
}

TEST(a_reshape_keeps_the_order_and_copies_only_if_it_must)
{
    seed(4);
    for (int try = 0; try < TRIES; try++) {
        lure_tensor t = random_input(false);
        size_t n = lure_tensor_size(&t);
        lure_op_options o = {.shape = {n}, .n_dims = 1};
        for (size_t d = 2; d < 6; d++)
            if (n % d == 0 && o.n_dims < LURE_MAX_DIMS && lure_rng_below(&rng, 2)) {
                o.shape[o.n_dims - 1] = d;
                o.shape[o.n_dims++] = n / d;
                n /= d;
            }
        lure_tensor y = computed1(LURE_OP_RESHAPE, &t, &o);
        CHECK_INT(y.dtype, t.dtype);
        CHECK(lure_tensor_is_contiguous(&t) ? y.data == t.data : lure_tensor_is_contiguous(&y));
        CHECK_INT(y.n_dims, o.n_dims);
        CHECK_INT((int64_t)lure_tensor_size(&y), (int64_t)lure_tensor_size(&t));
        for (size_t i = 0; i < lure_tensor_size(&y); i++)
            CHECK_REAL(lure_tensor_get(&y, i), lure_tensor_get(&t, i));
        random_tensors_free();
    }
}

TEST(expanding_repeats_without_copying)
{
    seed(5);
    for (int try = 0; try < TRIES; try++) {
        size_t part[LURE_MAX_DIMS], index[LURE_MAX_DIMS];
        lure_op_options o = {.n_dims = random_shape(&rng, false, o.shape)};
        int n_part = random_part(&rng, o.n_dims, o.shape, part);
        lure_tensor t = random_tensor(&rng, random_dtype(&rng), n_part, part);
        lure_tensor y = computed1(LURE_OP_EXPAND, &t, &o);
        CHECK(y.data == t.data && y.n_dims == o.n_dims);
        for (size_t i = 0; i < lure_tensor_size(&y); i++) {
            index_of(&y, i, index);
            CHECK_REAL(at_index(&y, index), at_broadcast(&t, o.n_dims, index));
        }
        random_tensors_free();
    }
}

static void refused(const char *text, lure_op op, const lure_tensor *t, lure_op_options options)
{
    check_refused(text, op, 1, &t, &options);
}

TEST(views_that_do_not_fit_are_refused_in_words)
{
    const size_t shape[2] = {3, 4};
    lure_tensor t = lure_tensor_view(NULL, LURE_F64, 2, shape);
    refused("select: there is no index 4 on axis 1 of shape (3, 4)", LURE_OP_SELECT, &t,
            (lure_op_options){.first = 3});
    refused("select: there is no axis 3 in shape (3, 4), which has 2", LURE_OP_SELECT, &t,
            (lure_op_options){.axis = 2});
    refused("slice: the step must be at least 1", LURE_OP_SLICE, &t, (lure_op_options){.n = 1});
    refused("slice: 3 numbers from index 1 on in steps of 2 leave axis 2 of shape (3, 4)", LURE_OP_SLICE, &t,
            (lure_op_options){.axis = 1, .n = 3, .step = 2});
    refused("slice: 1 numbers from index 5 on in steps of 1 leave axis 2 of shape (3, 4)", LURE_OP_SLICE, &t,
            (lure_op_options){.axis = 1, .first = 4, .n = 1, .step = 1});
    refused("slice: 2 numbers from index 1 on in steps of 18446744073709551615 leave axis 2 of shape (3, 4)",
            LURE_OP_SLICE, &t, (lure_op_options){.axis = 1, .n = 2, .step = SIZE_MAX});
    refused("transpose: there is no axis 3 in shape (3, 4), which has 2", LURE_OP_TRANSPOSE, &t,
            (lure_op_options){.other_axis = 2});
    refused("reshape: shape (3, 4) has 12 numbers, shape (5) has 5", LURE_OP_RESHAPE, &t,
            (lure_op_options){.shape = {5}, .n_dims = 1});
    refused("reshape: shape (4294967296, 4294967296) has more numbers than a tensor can have",
            LURE_OP_RESHAPE, &t, (lure_op_options){.shape = {(size_t)1 << 32, (size_t)1 << 32}, .n_dims = 2});
    refused("reshape: a tensor has at most 4 axes, not 5", LURE_OP_RESHAPE, &t,
            (lure_op_options){.n_dims = 5});
    refused(
        "expand: shape (3, 4) cannot be repeated to (2, 4): sides must be equal or 1, counted from the last",
        LURE_OP_EXPAND, &t, (lure_op_options){.shape = {2, 4}, .n_dims = 2});
    refused("expand: shape (3, 4) cannot be repeated to (4): sides must be equal or 1, counted from the last",
            LURE_OP_EXPAND, &t, (lure_op_options){.shape = {4}, .n_dims = 1});
    refused(
        "expand: shape (3, 4) cannot be repeated to (1, 4): sides must be equal or 1, counted from the last",
        LURE_OP_EXPAND, &t, (lure_op_options){.shape = {1, 4}, .n_dims = 2});
}

/* Repeated views can have more numbers than memory has bytes; what computes on them must say so. */
TEST(results_that_no_memory_holds_are_refused)
{
    static double number;
    const size_t tall[2] = {(size_t)1 << 40, 1}, wide[2] = {1, (size_t)1 << 40};
    lure_tensor t = lure_tensor_view(&number, LURE_F64, 0, NULL);
    lure_tensor column = lure_tensor_expand(&t, 2, tall), row = lure_tensor_expand(&t, 2, wide);
    check_refused("add: shape (1099511627776, 1099511627776) has more numbers than a tensor can have",
                  LURE_OP_ADD, 2, (const lure_tensor *const[]){&column, &row}, NULL);
    check_refused("matmul: shape (1099511627776, 1099511627776) has more numbers than a tensor can have",
                  LURE_OP_MATMUL, 2, (const lure_tensor *const[]){&column, &row}, NULL);
}
