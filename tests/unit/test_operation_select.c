/* test_operation_select.c: sorting, picking by index and joining, against plain loops over any shapes, layouts and
   types. */
#define _GNU_SOURCE
#include "math/operation.h"
#include "random_tensor.h"
#include "unit.h"
#include <math.h>
#include <string.h>

enum { TRIES = 1500, LINE = 2000 };

static lure_rng rng;

static void seed(uint64_t number)
{
    lure_rng_init(&rng, number, LURE_PURPOSE_INIT, 2);
}

/* whether y may follow x */
static bool in_order(double x, double y, bool descending)
{
    if (descending) {
        double swap = x;
        x = y;
        y = swap;
    }
    return isnan(y) || x <= y;
}

static bool equal(double x, double y)
{
    return x == y || (isnan(x) && isnan(y));
}

static void check_sorted(const lure_tensor *t, int axis, bool descending)
{
    lure_op_options o = {.axis = axis, .descending = descending};
    lure_tensor y = computed_everywhere(LURE_OP_SORT, 1, &t, &o);
    lure_tensor at = computed_everywhere(LURE_OP_SORT_INDICES, 1, &t, &o);
    CHECK(lure_tensor_same_shape(t, &y) && lure_tensor_same_shape(t, &at));
    CHECK(y.dtype == t->dtype && at.dtype == LURE_I32);
    size_t index[LURE_MAX_DIMS];
    static bool seen[LINE];
    for (size_t i = 0; i < lure_tensor_size(&y); i++) {
        index_of(&y, i, index);
        if (index[axis] != 0)
            continue;
        memset(seen, 0, sizeof seen);
        double before = 0;
        size_t place_before = 0;
        for (size_t j = 0; j < t->shape[axis]; j++) {
            index[axis] = j;
            double number = at_index(&y, index);
            size_t place = (size_t)at_index(&at, index);
            CHECK(place < t->shape[axis] && !seen[place]);
            seen[place] = true;
            index[axis] = place;
            CHECK_REAL(number, at_index(t, index)); /* the number itself, its zero's sign too */
            if (j > 0) {
                CHECK(in_order(before, number, descending));
                CHECK(!equal(before, number) || place_before < place); /* stable */
            }
            before = number;
            place_before = place;
        }
    }
}

TEST(sorting_is_stable_and_complete)
{
    seed(1);
    for (int try = 0; try < TRIES; try++) {
        size_t shape[LURE_MAX_DIMS];
        int n_dims = random_shape(&rng, false, shape);
        if (n_dims == 0)
            continue;
        lure_dtype dtype = random_dtype(&rng);
        lure_tensor t = random_tensor(&rng, dtype, n_dims, shape);
        for (size_t i = 0; dtype != LURE_I32 && i < lure_tensor_size(&t); i++)
            if (lure_rng_below(&rng, 6) == 0)
                lure_tensor_set(&t, i,
                                lure_rng_below(&rng, 2)   ? NAN
                                : lure_rng_below(&rng, 2) ? INFINITY
                                                          : -INFINITY);
        check_sorted(&t, (int)lure_rng_below(&rng, (uint64_t)n_dims), lure_rng_below(&rng, 2));
        random_tensors_free();
    }
    static const size_t sides[] = {15, 16, 17, 33, 255, 256, 257, 1000, 1999};
    for (size_t s = 0; s < sizeof sides / sizeof *sides; s++)
        for (int try = 0; try < 12; try++) {
            lure_tensor t = random_tensor(&rng, random_dtype(&rng), 1, &sides[s]);
            for (size_t i = 0; t.dtype != LURE_I32 && try % 2 && i < sides[s]; i++) /* few equals */
                lure_tensor_set(&t, i, lure_rng_uniform(&rng) - 0.5);
            check_sorted(&t, 0, try % 4 < 2);
            random_tensors_free();
        }
}

TEST(nan_is_sorted_above_everything)
{
    lure_tensor t = vector_of(LURE_F32, 6, (const double[]){NAN, 3, -INFINITY, INFINITY, NAN, -0.0});
    static const double up[] = {2, 5, 1, 3, 0, 4}, down[] = {0, 4, 3, 1, 5, 2};
    lure_tensor y = computed1(LURE_OP_SORT_INDICES, &t, &(lure_op_options){0});
    lure_tensor z = computed1(LURE_OP_SORT_INDICES, &t, &(lure_op_options){.descending = true});
    for (size_t i = 0; i < 6; i++) {
        CHECK_REAL(lure_tensor_get(&y, i), up[i]);
        CHECK_REAL(lure_tensor_get(&z, i), down[i]);
    }
    random_tensors_free();
}

TEST(a_sort_of_long_lines_asks_for_scratch)
{
    static const size_t sides[] = {0, 256, 257, SIZE_MAX / 16}, bytes[] = {0, 0, 257 * 32, SIZE_MAX};
    lure_op_options o = {.axis = 0};
    for (size_t i = 0; i < 4; i++) {
        lure_tensor t = lure_tensor_view(NULL, LURE_F64, 1, &sides[i]);
        const lure_tensor *input = &t;
        CHECK(lure_op_scratch_bytes(LURE_OP_SORT, &input, &o, &t) == bytes[i]);
        CHECK(lure_op_scratch_bytes(LURE_OP_SORT_INDICES, &input, &o, &t) == bytes[i]);
        CHECK(lure_op_scratch_bytes(LURE_OP_SOFTMAX, &input, &o, &t) == 0);
    }
}

/* ---- by index ---- */

TEST(gather_picks_along_any_axis)
{
    seed(2);
    for (int try = 0; try < 3 * TRIES; try++) {
        size_t shape[LURE_MAX_DIMS], wanted[LURE_MAX_DIMS], index[LURE_MAX_DIMS];
        int n_dims = random_shape(&rng, true, shape);
        if (n_dims == 0)
            continue;
        int axis = (int)lure_rng_below(&rng, (uint64_t)n_dims);
        memcpy(wanted, shape, sizeof wanted);
        wanted[axis] = lure_rng_below(&rng, 7);
        lure_tensor values = random_tensor(&rng, random_dtype(&rng), n_dims, shape);
        lure_tensor indices = random_indices(&rng, shape[axis], n_dims, wanted);
        const lure_tensor *const inputs[] = {&values, &indices};
        lure_tensor y = computed_everywhere(LURE_OP_GATHER, 2, inputs, &(lure_op_options){.axis = axis});
        CHECK(y.dtype == values.dtype && lure_tensor_same_shape(&y, &indices));
        for (size_t i = 0; i < lure_tensor_size(&y); i++) {
            index_of(&y, i, index);
            double number = at_index(&y, index);
            index[axis] = (size_t)at_index(&indices, index);
            CHECK_REAL(number, at_index(&values, index));
        }
        random_tensors_free();
    }
}

TEST(gather_picks_one_of_each_row)
{
    seed(3);
    for (int try = 0; try < TRIES; try++) {
        size_t shape[LURE_MAX_DIMS], index[LURE_MAX_DIMS];
        int n_dims = random_shape(&rng, true, shape);
        if (n_dims == 0)
            continue;
        int last = n_dims - 1;
        lure_tensor values = random_tensor(&rng, random_dtype(&rng), n_dims, shape);
        lure_tensor indices = random_indices(&rng, shape[last], last, shape);
        const lure_tensor *const inputs[] = {&values, &indices};
        lure_op_options o = {.axis = last};
        lure_tensor y = computed_everywhere(LURE_OP_GATHER, 2, inputs, try % 2 ? &o : NULL);
        CHECK(y.dtype == values.dtype && lure_tensor_same_shape(&y, &indices));
        for (size_t i = 0; i < lure_tensor_size(&y); i++) {
            index_of(&y, i, index);
            double number = at_index(&y, index);
            index[last] = (size_t)at_index(&indices, index);
            CHECK_REAL(number, at_index(&values, index));
        }
        random_tensors_free();
    }
}

TEST(take_copies_whole_slices)
{
    seed(4);
    for (int try = 0; try < 3 * TRIES; try++) {
        size_t shape[LURE_MAX_DIMS], index[LURE_MAX_DIMS], n = lure_rng_below(&rng, 8);
        int n_dims = random_shape(&rng, false, shape);
        if (n_dims == 0)
            continue;
        int axis = (int)lure_rng_below(&rng, (uint64_t)n_dims);
        shape[axis] += shape[axis] == 0;
        lure_tensor values = random_tensor(&rng, random_dtype(&rng), n_dims, shape);
        lure_tensor indices = random_indices(&rng, shape[axis], 1, &n);
        const lure_tensor *const inputs[] = {&values, &indices};
        lure_op_options o = {.axis = axis};
        lure_tensor y = computed_everywhere(LURE_OP_TAKE, 2, inputs, axis > 0 || try % 2 ? &o : NULL);
        shape[axis] = n;
        CHECK_INT(y.dtype, values.dtype);
        CHECK_INT(y.n_dims, n_dims);
        CHECK(memcmp(y.shape, shape, (size_t)n_dims * sizeof *shape) == 0);
        for (size_t i = 0; i < lure_tensor_size(&y); i++) {
            index_of(&y, i, index);
            double number = at_index(&y, index);
            index[axis] = (size_t)lure_tensor_get(&indices, index[axis]);
            CHECK_REAL(number, at_index(&values, index));
        }
        random_tensors_free();
    }
}

TEST(an_index_out_of_range_is_told_as_scripts_count)
{
    const size_t shape[2] = {3, 4}, wanted[2] = {3, 2};
    static const double numbers[12], indices[] = {0, 3, 2, 1, 0, 4}, negative[] = {0, -1, 2};
    lure_tensor values = tensor_of(LURE_F64, 2, shape, numbers), at = tensor_of(LURE_I32, 2, wanted, indices);
    lure_tensor rows = vector_of(LURE_I32, 3, negative);
    check_refused("gather: index 5 at (3, 2) is out of range: axis 2 has 4, counted from 1", LURE_OP_GATHER,
                  2, (const lure_tensor *const[]){&values, &at}, &(lure_op_options){.axis = 1});
    check_refused("gather: index 0 at (2) is out of range: axis 2 has 4, counted from 1", LURE_OP_GATHER, 2,
                  (const lure_tensor *const[]){&values, &rows}, NULL);
    check_refused("take: index 0 at (2) is out of range: axis 1 has 3, counted from 1", LURE_OP_TAKE, 2,
                  (const lure_tensor *const[]){&values, &rows}, NULL);
    check_refused("take: the indices must have one axis, not shape (3, 2)", LURE_OP_TAKE, 2,
                  (const lure_tensor *const[]){&values, &at}, NULL);
    const size_t none[2] = {0, 4};
    lure_tensor empty = lure_tensor_view(NULL, LURE_F64, 2, none);
    check_refused("take: index 1 at (1) is out of range: axis 1 has 0, counted from 1", LURE_OP_TAKE, 2,
                  (const lure_tensor *const[]){&empty, &rows}, NULL);
    random_tensors_free();
}

/* ---- joining ---- */

static lure_dtype common(lure_dtype a, lure_dtype b)
{
    if (a == LURE_F64 || b == LURE_F64)
        return LURE_F64;
    return a == LURE_F32 || b == LURE_F32 ? LURE_F32 : LURE_I32;
}

TEST(concat_and_stack_put_one_after_the_other)
{
    seed(5);
    for (int try = 0; try < 2 * TRIES; try++) {
        bool stacks = try % 2;
        size_t shape[LURE_MAX_DIMS], index[LURE_MAX_DIMS] = {0}, n = 1 + lure_rng_below(&rng, 5);
        int n_dims = random_shape(&rng, false, shape);
        if (stacks ? n_dims == LURE_MAX_DIMS : n_dims == 0)
            continue;
        int axis = (int)lure_rng_below(&rng, (uint64_t)n_dims + (stacks ? 1 : 0));
        lure_tensor inputs[5] = {{0}};
        const lure_tensor *pointers[5];
        lure_dtype type = LURE_I32;
        for (size_t i = 0; i < n; i++) {
            if (!stacks)
                shape[axis] = lure_rng_below(&rng, 4);
            inputs[i] = random_tensor(&rng, random_dtype(&rng), n_dims, shape);
            pointers[i] = &inputs[i];
            type = common(type, inputs[i].dtype);
        }
        lure_op op = stacks ? LURE_OP_STACK : LURE_OP_CONCAT;
        lure_op_options o = {.axis = axis};
        lure_tensor y = computed_everywhere(op, n, pointers, axis > 0 || try % 4 < 2 ? &o : NULL);
        CHECK_INT(y.dtype, type);
        CHECK_INT(y.n_dims, n_dims + (stacks ? 1 : 0));
        size_t sides = 0;
        for (size_t i = 0; i < n; i++)
            sides += stacks ? 1 : inputs[i].shape[axis];
        CHECK_INT((int64_t)y.shape[axis], (int64_t)sides);
        for (size_t i = 0; i < lure_tensor_size(&y); i++) {
            index_of(&y, i, index);
            double number = at_index(&y, index);
            size_t from = 0;
            if (stacks) {
                from = index[axis];
                memmove(index + axis, index + axis + 1, (size_t)(n_dims - axis) * sizeof *index);
            } else {
                for (; index[axis] >= inputs[from].shape[axis]; from++)
                    index[axis] -= inputs[from].shape[axis];
            }
            CHECK_REAL(number, rounded(type, at_index(&inputs[from], index)));
        }
        random_tensors_free();
    }
}
