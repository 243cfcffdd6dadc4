/* test_tensor.c: shapes, element access in the three types, what rounding does at the ends, views, broadcasting, and
   copies. */
#include "math/tensor.h"
#include "unit.h"
#include <math.h>
#include <string.h>

TEST(dtypes_know_size_and_name)
{
    CHECK_INT((int64_t)lure_dtype_size(LURE_F32), 4);
    CHECK_INT((int64_t)lure_dtype_size(LURE_F64), 8);
    CHECK_INT((int64_t)lure_dtype_size(LURE_I32), 4);
    CHECK_TEXT(lure_dtype_name(LURE_F32), "float32");
    CHECK_TEXT(lure_dtype_name(LURE_F64), "float64");
    CHECK_TEXT(lure_dtype_name(LURE_I32), "int32");
}

TEST(a_view_borrows_and_reads_back)
{
    double numbers[6] = {1, 2, 3, 4, 5, 6};
    const size_t shape[2] = {2, 3};
    lure_tensor t = lure_tensor_view(numbers, LURE_F64, 2, shape);
    CHECK(t.data == numbers);
    CHECK_INT((int64_t)lure_tensor_size(&t), 6);
    CHECK_REAL(lure_tensor_get(&t, 4), 5);
    lure_tensor_set(&t, 4, -0.5);
    CHECK_REAL(numbers[4], -0.5);
}

TEST(a_scalar_has_one_element_and_an_empty_side_none)
{
    float number = 3;
    lure_tensor scalar = lure_tensor_view(&number, LURE_F32, 0, NULL);
    CHECK_INT((int64_t)lure_tensor_size(&scalar), 1);
    const size_t shape[3] = {4, 0, 5};
    lure_tensor empty = lure_tensor_view(NULL, LURE_F32, 3, shape);
    CHECK_INT((int64_t)lure_tensor_size(&empty), 0);
}

TEST(bytes_that_no_size_holds_are_told)
{
    const size_t huge[2] = {(size_t)1 << 61, 8}, fine[2] = {3, 5};
    size_t bytes;
    lure_tensor t = lure_tensor_view(NULL, LURE_F64, 2, huge);
    CHECK(!lure_tensor_bytes(&t, &bytes));
    t = lure_tensor_view(NULL, LURE_F64, 1, huge);
    CHECK(!lure_tensor_bytes(&t, &bytes));
    t = lure_tensor_view(NULL, LURE_F32, 2, fine);
    CHECK(lure_tensor_bytes(&t, &bytes));
    CHECK_INT((int64_t)bytes, 60);
}

TEST(same_shape_compares_dimensions_not_sizes)
{
    const size_t a[2] = {2, 3}, b[2] = {3, 2}, c[1] = {6}, d[3] = {2, 3, 1};
    lure_tensor ta = lure_tensor_view(NULL, LURE_F64, 2, a), tb = lure_tensor_view(NULL, LURE_F64, 2, b);
    lure_tensor tc = lure_tensor_view(NULL, LURE_F64, 1, c), td = lure_tensor_view(NULL, LURE_F64, 3, d);
    lure_tensor same = lure_tensor_view(NULL, LURE_I32, 2, a);
    CHECK(lure_tensor_same_shape(&ta, &same)); /* the type is no part of the shape */
    CHECK(!lure_tensor_same_shape(&ta, &tb));
    CHECK(!lure_tensor_same_shape(&ta, &tc));
    CHECK(!lure_tensor_same_shape(&ta, &td));
}

TEST(set_rounds_to_the_dtype)
{
    const size_t shape[1] = {1};
    float f;
    lure_tensor tf = lure_tensor_view(&f, LURE_F32, 1, shape);
    lure_tensor_set(&tf, 0, 0.1);
    CHECK_REAL(lure_tensor_get(&tf, 0), (double)0.1F);
    lure_tensor_set(&tf, 0, NAN);
    CHECK(isnan(lure_tensor_get(&tf, 0)));

    int32_t i;
    lure_tensor ti = lure_tensor_view(&i, LURE_I32, 1, shape);
    static const double rows[][2] = {{2.4, 2},
                                     {2.6, 3},
                                     {2.5, 2},
                                     {-3.7, -4},
                                     {1e300, 0x7FFFFFFF},
                                     {-INFINITY, -2147483648.0},
                                     {NAN, 0},
                                     {2147483646.7, 0x7FFFFFFF}};
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        lure_tensor_set(&ti, 0, rows[r][0]);
        CHECK_REAL(lure_tensor_get(&ti, 0), rows[r][1]);
    }
}

TEST(shape_text_reads_like_python)
{
    char text[LURE_SHAPE_TEXT];
    const size_t shape[4] = {4, 2, 0, 1000};
    static const char *const expected[] = {"()", "(4)", "(4, 2)", "(4, 2, 0)", "(4, 2, 0, 1000)"};
    for (int n = 0; n <= 4; n++) {
        lure_tensor t = lure_tensor_view(NULL, LURE_F32, n, shape);
        lure_tensor_shape_text(&t, text);
        CHECK_TEXT(text, expected[n]);
    }
    const size_t absurd[4] = {SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX};
    lure_tensor t = lure_tensor_view(NULL, LURE_F32, 4, absurd);
    lure_tensor_shape_text(&t, text);
    CHECK(strlen(text) < LURE_SHAPE_TEXT);
    CHECK_CONTAINS(text, "..)");
}

/* ---- strides ---- */

TEST(contiguous_means_row_major_without_gaps)
{
    double numbers[24];
    const size_t shape[3] = {2, 3, 4};
    lure_tensor t = lure_tensor_view(numbers, LURE_F64, 3, shape);
    CHECK_INT((int64_t)t.stride[0], 12);
    CHECK_INT((int64_t)t.stride[1], 4);
    CHECK_INT((int64_t)t.stride[2], 1);
    CHECK(lure_tensor_is_contiguous(&t));
    lure_tensor turned = lure_tensor_transpose(&t, 0, 2), rows = lure_tensor_slice(&t, 0, 1, 1, 1);
    lure_tensor part = lure_tensor_slice(&t, 1, 0, 2, 1), every = lure_tensor_slice(&t, 2, 0, 2, 2);
    CHECK(!lure_tensor_is_contiguous(&turned));
    CHECK(lure_tensor_is_contiguous(&rows));
    CHECK(!lure_tensor_is_contiguous(&part)); /* the first axis steps over what was left out */
    CHECK(!lure_tensor_is_contiguous(&every));
    lure_tensor one = lure_tensor_slice(&part, 0, 0, 1, 1); /* now it has nowhere to step */
    CHECK(lure_tensor_is_contiguous(&one));
    lure_tensor none = lure_tensor_slice(&turned, 1, 0, 0, 1);
    CHECK(lure_tensor_is_contiguous(&none));
}

TEST(views_are_the_same_numbers_elsewhere)
{
    float numbers[24];
    for (int i = 0; i < 24; i++)
        numbers[i] = (float)i;
    const size_t shape[3] = {2, 3, 4};
    lure_tensor t = lure_tensor_view(numbers, LURE_F32, 3, shape);

    lure_tensor middle = lure_tensor_select(&t, 1, 2); /* (2, 4) */
    CHECK_INT(middle.n_dims, 2);
    CHECK_REAL(lure_tensor_get(&middle, 0), 8);
    CHECK_REAL(lure_tensor_get(&middle, 5), 21);
    lure_tensor odd = lure_tensor_slice(&t, 2, 1, 2, 2); /* columns 1 and 3: (2, 3, 2) */
    CHECK_REAL(lure_tensor_get(&odd, 0), 1);
    CHECK_REAL(lure_tensor_get(&odd, 11), 23);
    lure_tensor turned = lure_tensor_transpose(&middle, 0, 1); /* (4, 2) */
    CHECK_INT((int64_t)turned.shape[0], 4);
    CHECK_REAL(lure_tensor_get(&turned, 1), 20);
    lure_tensor_set(&turned, 1, -1);
    CHECK_REAL((double)numbers[20], -1);
    lure_tensor row = lure_tensor_select(&turned, 0, 3), number = lure_tensor_select(&row, 0, 1);
    CHECK_INT(number.n_dims, 0);
    CHECK_REAL(lure_tensor_get(&number, 0), 23);
}

/* No numbers, so nowhere to be: not even an address is computed. */
TEST(views_of_nothing)
{
    const size_t shape[2] = {0, 4};
    lure_tensor t = lure_tensor_view(NULL, LURE_F64, 2, shape);
    lure_tensor column = lure_tensor_select(&t, 1, 3), some = lure_tensor_slice(&t, 1, 1, 2, 1);
    CHECK(column.data == NULL && some.data == NULL);
    CHECK_INT((int64_t)lure_tensor_size(&column), 0);
    double numbers[3] = {0};
    lure_tensor line = lure_tensor_view(numbers, LURE_F64, 1, (const size_t[]){3});
    lure_tensor none = lure_tensor_slice(&line, 0, 3, 0, 1); /* from the end on */
    CHECK_INT((int64_t)lure_tensor_size(&none), 0);
}

TEST(reshape_needs_as_many_numbers_in_a_row)
{
    double numbers[12];
    const size_t shape[2] = {3, 4}, other[3] = {2, 3, 2}, five[1] = {5}, none[2] = {0, 7}, nothing[1] = {0};
    lure_tensor t = lure_tensor_view(numbers, LURE_F64, 2, shape), out;
    CHECK(lure_tensor_reshape(&t, 3, other, &out));
    CHECK(out.data == numbers && out.n_dims == 3 && lure_tensor_is_contiguous(&out));
    CHECK(!lure_tensor_reshape(&t, 1, five, &out));
    CHECK(!lure_tensor_reshape(&t, 0, NULL, &out));
    lure_tensor turned = lure_tensor_transpose(&t, 0, 1);
    CHECK(!lure_tensor_reshape(&turned, 3, other, &out));
    lure_tensor empty = lure_tensor_view(NULL, LURE_F64, 2, none);
    CHECK(lure_tensor_reshape(&empty, 1, nothing, &out));
}

TEST(broadcasting_aligns_the_last_axes)
{
    static const struct {
        int n_a, n_b, n; /* n < 0: they do not meet */
        size_t a[4], b[4], shape[4];
    } rows[] = {
        {2, 1, 2, {3, 4}, {4}, {3, 4}},
        {2, 2, 2, {3, 1}, {1, 4}, {3, 4}},
        {0, 2, 2, {0}, {3, 4}, {3, 4}},
        {0, 0, 0, {0}, {0}, {0}},
        {4, 1, 4, {2, 1, 3, 1}, {5}, {2, 1, 3, 5}},
        {1, 1, 1, {0}, {1}, {0}}, /* none wins over one */
        {2, 2, 2, {1, 3}, {0, 1}, {0, 3}},
        {1, 1, -1, {0}, {2}, {0}},
        {2, 1, -1, {3, 4}, {3}, {0}},
        {2, 2, -1, {3, 4}, {4, 3}, {0}},
    };
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++)
        for (int swap = 0; swap < 2; swap++) {
            lure_tensor a = lure_tensor_view(NULL, LURE_F64, rows[r].n_a, rows[r].a);
            lure_tensor b = lure_tensor_view(NULL, LURE_F64, rows[r].n_b, rows[r].b);
            size_t shape[LURE_MAX_DIMS];
            int n;
            bool meet =
                swap ? lure_tensor_broadcast(&b, &a, &n, shape) : lure_tensor_broadcast(&a, &b, &n, shape);
            CHECK_SAY(meet == (rows[r].n >= 0), "row %zu", r);
            if (!meet)
                continue;
            CHECK_INT(n, rows[r].n);
            for (int i = 0; i < n; i++)
                CHECK_INT((int64_t)shape[i], (int64_t)rows[r].shape[i]);
            lure_tensor wide =
                lure_tensor_expand(&a, n, shape); /* what they meet in, both can be repeated to */
            CHECK(wide.n_dims == n && memcmp(wide.shape, shape, (size_t)n * sizeof *shape) == 0);
        }
}

TEST(expanding_repeats_by_strides_of_zero)
{
    double numbers[3] = {1, 2, 3};
    const size_t column[2] = {3, 1}, shape[3] = {2, 3, 4};
    lure_tensor t = lure_tensor_view(numbers, LURE_F64, 2, column), wide = lure_tensor_expand(&t, 3, shape);
    CHECK(wide.data == numbers);
    for (size_t i = 0; i < 24; i++)
        CHECK_REAL(lure_tensor_get(&wide, i), numbers[i / 4 % 3]);
}

/* ---- copying ---- */

/* Numbers that every type can hold, so that what differs is in the walk. */
TEST(copies_between_any_layouts_and_types)
{
    static double from_block[8 * 9 * 10], to_block[8 * 9 * 10];
    const size_t shape[3] = {8, 9, 10};
    for (int from_type = LURE_F32; from_type <= LURE_I32; from_type++)
        for (int to_type = LURE_F32; to_type <= LURE_I32; to_type++)
            for (int form = 0; form < 16; form++) {
                lure_tensor from = lure_tensor_view(from_block, (lure_dtype)from_type, 3, shape);
                lure_tensor to = lure_tensor_view(to_block, (lure_dtype)to_type, 3, shape);
                for (size_t i = 0; i < 720; i++) {
                    lure_tensor_set(&from, i, (double)i - 300);
                    lure_tensor_set(&to, i, 9999);
                }
                lure_tensor source = from, target = to;
                if (form & 1)
                    source = lure_tensor_transpose(&source, 0, 2);
                if (form & 2)
                    target = lure_tensor_transpose(&target, 1, 2);
                size_t n[3];
                for (int d = 0; d < 3; d++)
                    n[d] = source.shape[d] < target.shape[d] ? source.shape[d] : target.shape[d];
                for (int d = 0; d < 3; d++) {
                    size_t step = (form & 4) && d > 0 ? 2 : 1;
                    source = lure_tensor_slice(&source, d, 0, (n[d] - 1) / step + 1, step);
                    target = lure_tensor_slice(&target, d, form & 8 ? n[d] - 1 - (n[d] - 1) / step : 0,
                                               (n[d] - 1) / step + 1, 1);
                }
                lure_tensor_copy(&source, &target);
                size_t changed = 0;
                for (size_t i = 0; i < lure_tensor_size(&source); i++)
                    CHECK_REAL(lure_tensor_get(&target, i), lure_tensor_get(&source, i));
                for (size_t i = 0; i < 720; i++)
                    changed += lure_tensor_get(&to, i) < 9999;
                CHECK_INT((int64_t)changed, (int64_t)lure_tensor_size(&source));
            }
}

TEST(conversions_round_and_hold_the_ends)
{
    enum { N = 11 };
    static const double numbers[N] = {0.1,    -0.0, 2.5,      3.5,    -2.5,    1e300,
                                      -1e300, NAN,  INFINITY, 1e-320, 16777217};
    static const double as_int[N] = {0, 0, 2, 4, -2, INT32_MAX, INT32_MIN, 0, INT32_MAX, 0, 16777217};
    float f[N];
    int32_t i32[N];
    double back[N];
    lure_numbers_convert(N, LURE_F64, numbers, 1, LURE_F32, f, 1);
    lure_numbers_convert(N, LURE_F64, numbers, 1, LURE_I32, i32, 1);
    lure_numbers_convert(N, LURE_F32, f, 1, LURE_F64, back, 1);
    for (int i = 0; i < N; i++) {
        CHECK_REAL((double)f[i], (double)(float)numbers[i]);
        CHECK_REAL(back[i], (double)f[i]);
        CHECK_REAL((double)i32[i], as_int[i]);
    }
    lure_numbers_convert(N, LURE_I32, &i32[N - 1], 0, LURE_F32, f, 1); /* one number over and over */
    for (int i = 0; i < N; i++)
        CHECK_REAL((double)f[i], 16777216);
}
