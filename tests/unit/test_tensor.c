/* test_tensor.c: shapes, element access in the three types, and what rounding does at the ends. */
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
