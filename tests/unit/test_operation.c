/* test_operation.c: elementwise operations against plain loops, for any shapes, layouts and types; types that meet;
   what is refused and how. */
#define _GNU_SOURCE
#include "math/operation.h"
#include "math/function.h"
#include "random_tensor.h"
#include "unit.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TRIES = 300 };

static lure_rng rng;

static void seed(uint64_t number)
{
    lure_rng_init(&rng, number, LURE_PURPOSE_INIT, 0);
}

static double combined(lure_op op, double a, double b)
{
    switch ((int)op) {
    case LURE_OP_ADD: return a + b;
    case LURE_OP_SUBTRACT: return a - b;
    case LURE_OP_MULTIPLY: return a * b;
    case LURE_OP_DIVIDE: return a / b;
    case LURE_OP_POWER: return lure_pow(a, b);
    case LURE_OP_MINIMUM: return isnan(a) || isnan(b) ? NAN : a < b ? a : b;
    case LURE_OP_MAXIMUM: return isnan(a) || isnan(b) ? NAN : a > b ? a : b;
    case LURE_OP_EQUAL: return a == b;
    case LURE_OP_NOT_EQUAL: return a != b;
    case LURE_OP_LESS: return a < b;
    case LURE_OP_LESS_EQUAL: return a <= b;
    case LURE_OP_GREATER: return a > b;
    default: return a >= b;
    }
}

static lure_dtype common(lure_dtype a, lure_dtype b)
{
    if (a == LURE_F64 || b == LURE_F64)
        return LURE_F64;
    return a == LURE_F32 || b == LURE_F32 ? LURE_F32 : LURE_I32;
}

/* within a few units of the last place of the type */
static void check_close(const char *what, lure_dtype dtype, double actual, double expected)
{
    double tolerance = (dtype == LURE_F32 ? 0x1p-21 : 0x1p-50) * fabs(expected);
    bool same = isnan(expected) ? isnan(actual) : actual == expected || fabs(actual - expected) <= tolerance;
    CHECK_SAY(same, "%s %s is %.17g, expected %.17g", what, lure_dtype_name(dtype), actual, expected);
}

TEST(two_tensors_combine_as_their_numbers_do)
{
    seed(1);
    for (int try = 0; try < TRIES; try++)
        for (lure_op op = LURE_OP_ADD; op <= LURE_OP_GREATER_EQUAL; op++) {
            size_t shape[LURE_MAX_DIMS], part[LURE_MAX_DIMS], index[LURE_MAX_DIMS];
            int n_dims = random_shape(&rng, false, shape), n_part = random_part(&rng, n_dims, shape, part);
            lure_dtype type_a = random_dtype(&rng), type_b = random_dtype(&rng);
            lure_tensor a = random_tensor(&rng, type_a, n_dims, shape);
            lure_tensor b = random_tensor(&rng, type_b, n_part, part);
            if (lure_rng_below(&rng, 2)) {
                lure_tensor swap = a;
                a = b;
                b = swap;
            }
            lure_tensor y = computed_everywhere(op, 2, (const lure_tensor *const[]){&a, &b}, NULL);
            lure_dtype type = common(type_a, type_b);
            if (type == LURE_I32 && op < LURE_OP_MINIMUM)
                type = LURE_F64;
            CHECK_INT(y.dtype, type);
            CHECK_INT(y.n_dims, n_dims);
            CHECK(memcmp(y.shape, shape, (size_t)n_dims * sizeof *shape) == 0);
            for (size_t i = 0; i < lure_tensor_size(&y); i++) {
                index_of(&y, i, index);
                double expected = combined(op, rounded(type, at_broadcast(&a, n_dims, index)),
                                           rounded(type, at_broadcast(&b, n_dims, index)));
                check_close(lure_op_info_of(op)->name, type, at_index(&y, index), rounded(type, expected));
            }
            random_tensors_free();
        }
}

static double mapped(lure_op op, double x)
{
    switch ((int)op) {
    case LURE_OP_NEGATE: return -x;
    case LURE_OP_EXP: return exp(x);
    case LURE_OP_EXPM1: return expm1(x);
    case LURE_OP_LOG: return log(x);
    case LURE_OP_LOG1P: return log1p(x);
    case LURE_OP_SQRT: return sqrt(x);
    case LURE_OP_SQUARE: return x * x;
    case LURE_OP_ABS: return fabs(x);
    case LURE_OP_SIGN: return (x > 0) - (x < 0);
    case LURE_OP_TANH: return tanh(x);
    case LURE_OP_SIGMOID: return 1 / (1 + exp(-x));
    case LURE_OP_RELU: return x > 0 ? x : 0;
    case LURE_OP_ELU: return x > 0 ? x : expm1(x);
    case LURE_OP_GELU: return (double)(x * 0.5L * erfcl(-x * 0.707106781186547524400844362104849039L));
    case LURE_OP_SOFTPLUS: return log1p(exp(x));
    case LURE_OP_SIN: return sin(x);
    case LURE_OP_COS: return cos(x);
    default: return floor(x);
    }
}

TEST(a_tensor_is_mapped_number_by_number)
{
    seed(2);
    for (int try = 0; try < TRIES; try++)
        for (lure_op op = LURE_OP_NEGATE; op <= LURE_OP_FLOOR; op++) {
            size_t shape[LURE_MAX_DIMS];
            int n_dims = random_shape(&rng, false, shape);
            lure_dtype dtype = random_dtype(&rng), type = dtype == LURE_I32 ? LURE_F64 : dtype;
            lure_tensor x = random_tensor(&rng, dtype, n_dims, shape);
            const lure_tensor *input = &x;
            lure_tensor y = computed_everywhere(op, 1, &input, NULL);
            CHECK_INT(y.dtype, type);
            CHECK(lure_tensor_same_shape(&x, &y) && lure_tensor_is_contiguous(&y));
            for (size_t i = 0; i < lure_tensor_size(&y); i++)
                check_close(lure_op_info_of(op)->name, type, lure_tensor_get(&y, i),
                            rounded(type, mapped(op, lure_tensor_get(&x, i))));
            random_tensors_free();
        }
}

/* Long enough for several buffers, with odd ends, where a run does not fit one. */
TEST(long_runs_pass_through_the_buffer_in_pieces)
{
    seed(3);
    const size_t sides[] = {255, 256, 257, 1000};
    for (size_t s = 0; s < 4; s++)
        for (int try = 0; try < 12; try++) {
            size_t n = sides[s];
            lure_tensor a = random_tensor(&rng, random_dtype(&rng), 1, &n);
            lure_tensor b = random_tensor(&rng, random_dtype(&rng), 1, &n);
            lure_tensor c = random_tensor(&rng, random_dtype(&rng), 1, &n);
            const lure_tensor *const inputs[] = {&a, &b, &c};
            lure_tensor sum = computed_everywhere(LURE_OP_ADD, 2, inputs, NULL);
            lure_tensor less = computed_everywhere(LURE_OP_LESS, 2, inputs, NULL);
            lure_tensor square = computed_everywhere(LURE_OP_SQUARE, 1, inputs, NULL);
            lure_tensor chosen = computed_everywhere(LURE_OP_WHERE, 3, inputs, NULL);
            for (size_t i = 0; i < n; i++) {
                double x = lure_tensor_get(&a, i), y = lure_tensor_get(&b, i), z = lure_tensor_get(&c, i);
                CHECK_REAL(lure_tensor_get(&sum, i), rounded(sum.dtype, x + y));
                CHECK_REAL(lure_tensor_get(&less, i), x < y);
                CHECK_REAL(lure_tensor_get(&square, i), rounded(square.dtype, x * x));
                CHECK_REAL(lure_tensor_get(&chosen, i), x != 0 ? y : z);
            }
            random_tensors_free();
        }
}

TEST(where_takes_from_one_or_the_other)
{
    seed(4);
    for (int try = 0; try < 4 * TRIES; try++) {
        size_t shape[LURE_MAX_DIMS], parts[3][LURE_MAX_DIMS], index[LURE_MAX_DIMS];
        int n_dims = random_shape(&rng, false, shape);
        lure_tensor inputs[3];
        const lure_tensor *pointers[3];
        int whole = (int)lure_rng_below(&rng, 3); /* one that has the result's shape */
        for (int i = 0; i < 3; i++) {
            int n = random_part(&rng, n_dims, shape, parts[i]);
            inputs[i] = random_tensor(&rng, random_dtype(&rng), i == whole ? n_dims : n,
                                      i == whole ? shape : parts[i]);
            pointers[i] = &inputs[i];
        }
        lure_tensor y = computed_everywhere(LURE_OP_WHERE, 3, pointers, NULL);
        CHECK_INT(y.dtype, common(inputs[1].dtype, inputs[2].dtype));
        for (size_t i = 0; i < lure_tensor_size(&y); i++) {
            index_of(&y, i, index);
            const lure_tensor *from = at_broadcast(&inputs[0], n_dims, index) != 0 ? &inputs[1] : &inputs[2];
            CHECK_REAL(at_index(&y, index), at_broadcast(from, n_dims, index));
        }
        random_tensors_free();
    }
}

TEST(a_condition_is_true_unless_it_is_zero)
{
    lure_tensor condition = vector_of(LURE_F64, 5, (const double[]){0, -0.0, 1e-310, NAN, -3});
    lure_tensor yes = vector_of(LURE_F32, 1, (const double[]){1}),
                no = vector_of(LURE_F32, 1, (const double[]){2});
    lure_tensor y = computed(LURE_OP_WHERE, 3, (const lure_tensor *const[]){&condition, &yes, &no}, NULL);
    static const double expected[] = {2, 2, 1, 1, 1};
    for (size_t i = 0; i < 5; i++)
        CHECK_REAL(lure_tensor_get(&y, i), expected[i]);
    random_tensors_free();
}

TEST(clamp_keeps_between_bounds_and_leaves_nan)
{
    seed(5);
    for (int try = 0; try < 4 * TRIES; try++) {
        size_t shape[LURE_MAX_DIMS];
        int n_dims = random_shape(&rng, false, shape);
        lure_dtype dtype = random_dtype(&rng);
        lure_tensor x = random_tensor(&rng, dtype, n_dims, shape);
        lure_op_options o = {.low = -1.5 + lure_rng_uniform(&rng), .high = lure_rng_uniform(&rng)};
        if (lure_rng_below(&rng, 2)) {
            o.low = lure_rng_below(&rng, 2) ? -INFINITY : -1;
            o.high = lure_rng_below(&rng, 2) ? INFINITY : 2;
        }
        const lure_tensor *input = &x;
        lure_tensor y = computed_everywhere(LURE_OP_CLAMP, 1, &input, &o);
        bool whole = o.low == rint(o.low) && o.high == rint(o.high);
        lure_dtype type = dtype == LURE_I32 && !whole ? LURE_F64 : dtype;
        CHECK_INT(y.dtype, type);
        for (size_t i = 0; i < lure_tensor_size(&x); i++) {
            double number = lure_tensor_get(&x, i), low = rounded(type, o.low), high = rounded(type, o.high);
            CHECK_REAL(lure_tensor_get(&y, i), number < low ? low : number > high ? high : number);
        }
        random_tensors_free();
    }
}

TEST(clamp_of_special_numbers)
{
    lure_tensor x = vector_of(LURE_F32, 4, (const double[]){NAN, INFINITY, -INFINITY, -0.0});
    lure_tensor y = computed1(LURE_OP_CLAMP, &x, &(lure_op_options){.low = -1, .high = 1});
    static const double expected[] = {NAN, 1, -1, -0.0};
    for (size_t i = 0; i < 4; i++)
        CHECK_REAL(lure_tensor_get(&y, i), expected[i]);
    lure_tensor n = vector_of(LURE_I32, 3, (const double[]){-7, 0, 7});
    y = computed1(LURE_OP_CLAMP, &n, &(lure_op_options){.low = -1e30, .high = 1e30});
    CHECK_INT(y.dtype, LURE_I32);
    CHECK_REAL(lure_tensor_get(&y, 0), -7);
    y = computed1(LURE_OP_CLAMP, &n, &(lure_op_options){.low = 3e9, .high = 1e30});
    CHECK_REAL(lure_tensor_get(&y, 0), INT32_MAX);
    y = computed1(LURE_OP_CLAMP, &n, &(lure_op_options){.low = 0.5, .high = 1});
    CHECK_INT(y.dtype, LURE_F64);
    CHECK_REAL(lure_tensor_get(&y, 0), 0.5);
    random_tensors_free();
}

TEST(cast_copies_into_any_type)
{
    seed(6);
    for (int try = 0; try < 4 * TRIES; try++) {
        size_t shape[LURE_MAX_DIMS];
        int n_dims = random_shape(&rng, false, shape);
        lure_tensor x = random_tensor(&rng, random_dtype(&rng), n_dims, shape);
        lure_dtype type = random_dtype(&rng);
        lure_tensor y = computed1(LURE_OP_CAST, &x, &(lure_op_options){.dtype = type});
        CHECK_INT(y.dtype, type);
        CHECK(lure_tensor_same_shape(&x, &y) && y.data != x.data);
        for (size_t i = 0; i < lure_tensor_size(&x); i++) {
            double number = lure_tensor_get(&x, i);
            CHECK_REAL(lure_tensor_get(&y, i), type == LURE_I32 ? rint(number) + 0.0 : rounded(type, number));
        }
        random_tensors_free();
    }
}

/* Minus, not a number, and what is beyond the largest. */
TEST(nan_wins_minimum_and_maximum_and_never_compares)
{
    lure_tensor a = vector_of(LURE_F64, 3, (const double[]){NAN, 1, NAN});
    lure_tensor b = vector_of(LURE_F64, 3, (const double[]){1, NAN, NAN});
    for (lure_op op = LURE_OP_MINIMUM; op <= LURE_OP_GREATER_EQUAL; op++) {
        lure_tensor y = computed2(op, &a, &b, NULL);
        for (size_t i = 0; i < 3; i++)
            CHECK_REAL(lure_tensor_get(&y, i), op < LURE_OP_EQUAL ? NAN : op == LURE_OP_NOT_EQUAL);
    }
    random_tensors_free();
}

/* Squares and roots are exact where the exponent is one number, whatever the layout of the base. */
TEST(one_exponent_for_all_takes_the_exact_way)
{
    seed(7);
    static const double exponents[] = {2, 1, 0.5, -1};
    for (int try = 0; try < TRIES; try++)
        for (int e = 0; e < 4; e++) {
            size_t shape[LURE_MAX_DIMS];
            int n_dims = random_shape(&rng, false, shape);
            lure_tensor x = random_tensor(&rng, random_real(&rng), n_dims, shape);
            for (size_t i = 0; i < lure_tensor_size(&x); i++)
                lure_tensor_set(&x, i, 0.01 + fabs(lure_tensor_get(&x, i)));
            lure_tensor power = vector_of(LURE_I32 - (e == 2 ? 1 : 0), 1, &exponents[e]);
            power.n_dims = 0;
            if (e == 2)
                power = tensor_of(x.dtype, 0, NULL, &exponents[e]);
            lure_tensor y =
                computed_everywhere(LURE_OP_POWER, 2, (const lure_tensor *const[]){&x, &power}, NULL);
            CHECK_INT(y.dtype, x.dtype);
            for (size_t i = 0; i < lure_tensor_size(&x); i++) {
                double number = lure_tensor_get(&x, i);
                double expected = e == 0   ? number * number
                                  : e == 1 ? number
                                  : e == 2 ? sqrt(number)
                                           : 1 / number;
                CHECK_REAL(lure_tensor_get(&y, i), rounded(x.dtype, expected));
            }
            random_tensors_free();
        }
}

TEST(an_elementwise_result_may_take_the_place_of_an_input)
{
    seed(8);
    for (lure_op op = LURE_OP_ADD; op <= LURE_OP_WHERE; op++) {
        const size_t n = 37;
        lure_tensor a = random_tensor(&rng, LURE_F32, 1, &n), b = random_tensor(&rng, LURE_F32, 1, &n);
        lure_tensor x = packed(&a, LURE_F32), y = packed(&b, LURE_F32);
        lure_op_options o = {.low = -1, .high = 1, .dtype = LURE_F32};
        const lure_tensor *const inputs[] = {&x, &y, &x};
        size_t n_inputs = op == LURE_OP_WHERE ? 3 : op <= LURE_OP_GREATER_EQUAL ? 2 : 1;
        if (op == LURE_OP_CAST) /* a copy onto itself is nobody's wish */
            continue;
        lure_tensor apart = computed(op, n_inputs, inputs, &o), in_place = x;
        CHECK_OK(lure_op_compute(op, n_inputs, inputs, &o, &in_place, NULL, NULL), NULL);
        check_same_tensor(lure_op_info_of(op)->name, &in_place, &apart);
        random_tensors_free();
    }
}

/* ---- types and refusals ---- */

TEST(the_table_knows_its_rows)
{
    CHECK_TEXT(lure_op_info_of(LURE_OP_ADD)->name, "add");
    CHECK_TEXT(lure_op_info_of(LURE_OP_EXPAND)->name, "expand");
    CHECK_INT(lure_op_info_of(LURE_OP_LOGSUMEXP)->rule, LURE_SHAPE_REDUCE);
    CHECK(lure_op_info_of(LURE_OP_GATHER)->has_derivative);
    CHECK(!lure_op_info_of(LURE_OP_ARGMAX)->has_derivative);
    for (lure_op a = 0; a < LURE_N_OPERATIONS; a++)
        for (lure_op b = 0; b < a; b++)
            CHECK(strcmp(lure_op_info_of(a)->name, lure_op_info_of(b)->name) != 0);
}

static lure_tensor shaped(lure_dtype dtype, int n_dims, size_t a, size_t b, size_t c)
{
    return lure_tensor_view(NULL, dtype, n_dims, (const size_t[]){a, b, c});
}

static void refused(const char *text, lure_op op, lure_tensor a, lure_tensor b,
                    const lure_op_options *options)
{
    size_t n =
        lure_op_info_of(op)->rule == LURE_SHAPE_COMBINE || lure_op_info_of(op)->rule == LURE_SHAPE_MATMUL ||
                lure_op_info_of(op)->rule == LURE_SHAPE_GATHER || lure_op_info_of(op)->rule == LURE_SHAPE_JOIN
            ? 2
            : 1;
    check_refused(text, op, n, (const lure_tensor *const[]){&a, &b}, options);
}

TEST(what_does_not_fit_is_refused_in_words)
{
    lure_tensor m = shaped(LURE_F64, 2, 3, 4, 0), v = shaped(LURE_F64, 1, 5, 0, 0),
                number = shaped(LURE_F64, 0, 0, 0, 0);
    lure_tensor cube = shaped(LURE_F64, 3, 2, 3, 4), ints = shaped(LURE_I32, 1, 3, 0, 0),
                none = shaped(LURE_F64, 2, 3, 0, 0);
    refused("add: shapes (3, 4) and (5) do not meet: sides must be equal or 1, counted from the last",
            LURE_OP_ADD, m, v, NULL);
    check_refused(
        "where: shapes (3, 4), (5) and () do not meet: sides must be equal or 1, counted from the last",
        LURE_OP_WHERE, 3, (const lure_tensor *const[]){&m, &v, &number}, NULL);
    check_refused("where: takes 3 tensors, not 1", LURE_OP_WHERE, 1, (const lure_tensor *const[]){&m}, NULL);
    check_refused("concat: takes 1 tensors, not 0", LURE_OP_CONCAT, 0, NULL, NULL);
    refused("clamp: the lower bound 2 is not at most the upper bound 1", LURE_OP_CLAMP, m, m,
            &(lure_op_options){.low = 2, .high = 1});
    refused("clamp: the lower bound nan is not at most the upper bound 1", LURE_OP_CLAMP, m, m,
            &(lure_op_options){.low = NAN, .high = 1});
    refused("sum: there is no axis 3 in shape (3, 4), which has 2", LURE_OP_SUM, m, m,
            &(lure_op_options){.axis = 2});
    refused("mean: there is no axis 1 in shape (), which has 0", LURE_OP_MEAN, number, m,
            &(lure_op_options){.axis = 0});
    refused("softmax: there is no axis 0 in shape (3, 4), which has 2", LURE_OP_SOFTMAX, m, m, NULL);
    refused("max: shape (3, 0) has no numbers to choose from", LURE_OP_MAX, none, m, NULL);
    refused("argmin: shape (3, 0) has no numbers to choose from", LURE_OP_ARGMIN, none, m,
            &(lure_op_options){.axis = 1});
    refused("matmul: shapes (3, 4) and (5) do not fit: the first has 4 columns, the second 5 rows",
            LURE_OP_MATMUL, m, v, NULL);
    refused("matmul: shapes (3, 4) and (): a single number is no matrix", LURE_OP_MATMUL, m, number, NULL);
    refused("matmul: shapes (2, 3, 4) and (3, 4, 3): the sides before the last two must be equal or 1",
            LURE_OP_MATMUL, cube, shaped(LURE_F64, 3, 3, 4, 3), NULL);
    refused("concat: shape (5) of tensor 2 does not fit (3, 4): only axis 1 may differ", LURE_OP_CONCAT, m, v,
            NULL);
    refused("concat: there is no axis 1 in shape (), which has 0", LURE_OP_CONCAT, number, v, NULL);
    refused("stack: shape (5) of tensor 2 is not (3, 4), that of the first", LURE_OP_STACK, m, v, NULL);
    refused("stack: axis 4 must be from 1 to 3 for tensors of shape (3, 4)", LURE_OP_STACK, m, m,
            &(lure_op_options){.axis = 3});
    refused("gather: argument 2, the indices, must be int32, not float64", LURE_OP_GATHER, m, v, NULL);
    refused("gather: indices of shape (3) pick from (3, 4) along its last axis, not along axis 1",
            LURE_OP_GATHER, m, ints, &(lure_op_options){.axis = 0});
    refused("gather: indices of shape (3) do not fit values of shape (2, 3, 4) along axis 1: all other sides "
            "must "
            "be equal",
            LURE_OP_GATHER, cube, ints, &(lure_op_options){.axis = 0});
}
