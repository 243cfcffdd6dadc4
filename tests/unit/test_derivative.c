/* test_derivative.c: every operation's derivative against differences of its values, on random shapes: broadcast, of
   one number, empty, strided by views, used twice. And what differences cannot show: kinks, types, errors. */
#include "differences.h"
#include "learn/tape_keep.h"
#include "random_graph.h"
#include "unit.h"
#include <math.h>
#include <stdio.h>

TEST(every_derivative_is_the_finite_difference)
{
    static random_graph g;
    lure_tape *tape;
    lure_error err;
    CHECK_OK(lure_tape_create(NULL, &tape, &err), &err);
    for (lure_op op = 0; op < LURE_N_OPERATIONS; op++) {
        tally t = {0};
        if (!lure_op_info_of(op)->has_derivative)
            continue;
        size_t n_used = 0;
        for (uint64_t seed = 0; seed < 60; seed++) {
            lure_rng rng;
            lure_rng_init(&rng, seed, LURE_PURPOSE_USER, (uint32_t)op);
            random_graph_draw(&g, &rng, 3, op);
            for (int v = 0; v < g.n; v++)
                n_used += !g.values[v].is_leaf && !g.values[v].is_constant && g.values[v].op == op;
            compare_with_differences(&g, tape, &t);
            CHECK_SAY(t.n_off == 0, "%s, seed %d: off by %g of the largest", lure_op_info_of(op)->name,
                      (int)seed, t.worst);
        }
        CHECK_SAY(n_used >= 60 && t.n_compared > 200 && t.n_rough * 20 < t.n_compared,
                  "%s: used %zu times, %zu derivatives compared, %zu too rough to", lure_op_info_of(op)->name,
                  n_used, t.n_compared, t.n_rough);
    }
    lure_tape_destroy(tape);
}

/* ---- kinks and singularities: PyTorch 1.13's conventions ---- */

enum { MOST = 64 };

typedef struct pass { /* one operation of up to three inputs (n) of float64, its sum, and what comes back */
    double y[MOST], dx[3][MOST];
} pass;

static void differentiate(lure_op op, const lure_op_options *options, int n_inputs, size_t n,
                          double *const *x, pass *out)
{
    lure_tape *tape;
    lure_error err;
    lure_value inputs[3], y = {0}, loss = {0};
    CHECK_OK(lure_tape_create(NULL, &tape, &err), &err);
    lure_tape_begin(tape);
    for (int i = 0; i < n_inputs; i++) {
        lure_tensor t = lure_tensor_view(x[i], LURE_F64, 1, &n);
        CHECK_OK(lure_tape_leaf(tape, &t, out->dx[i], &inputs[i], &err), &err);
    }
    CHECK_OK(lure_tape_apply(tape, op, (size_t)n_inputs, inputs, options, &y, &err), &err);
    CHECK_OK(lure_tape_apply(tape, LURE_OP_SUM, 1, &y, NULL, &loss, &err), &err);
    CHECK_OK(lure_tape_backward(tape, &loss, &err), &err);
    for (size_t i = 0; i < lure_tensor_size(&y.tensor); i++)
        out->y[i] = lure_tensor_get(&y.tensor, i);
    lure_tape_destroy(tape);
}

TEST(powers_at_their_singularities)
{
    double x[] = {0, 0, 0, 0, -2, -2, -2, 2, 2, 2, 3, 4}, e[] = {0, 1, 2, -0.5, 2, 3, 0.5, 0, 1, -1, 2, 0.5};
    const double by_base[] = {0, 1, 0, -INFINITY, -4, 12, NAN, 0, 1, -0.25, 6, 0.25};
    const double by_exponent[] = {0,
                                  0,
                                  0,
                                  -INFINITY,
                                  NAN,
                                  NAN,
                                  NAN,
                                  0.6931471805599453,
                                  1.3862943611198906,
                                  0.34657359027997264,
                                  9.887510598012987,
                                  2.772588722239781};
    enum { N = sizeof x / sizeof *x };
    pass p;
    differentiate(LURE_OP_POWER, NULL, 2, N, (double *const[]){x, e}, &p);
    for (int i = 0; i < N; i++) {
        if (!isfinite(by_base[i]))
            CHECK_REAL(p.dx[0][i], by_base[i]);
        else
            CHECK_NEAR(p.dx[0][i], by_base[i], 1e-14);
        if (!isfinite(by_exponent[i]))
            CHECK_REAL(p.dx[1][i], by_exponent[i]);
        else
            CHECK_NEAR(p.dx[1][i], by_exponent[i], 1e-14);
    }
}

TEST(equals_share_the_derivative_of_an_extreme)
{
    double a[] = {1, 2, 3, NAN}, b[] = {1, 3, 2, 1};
    pass p;
    differentiate(LURE_OP_MINIMUM, NULL, 2, 3, (double *const[]){a, b}, &p);
    const double least[2][3] = {{0.5, 1, 0}, {0.5, 0, 1}};
    for (int k = 0; k < 6; k++)
        CHECK_REAL(p.dx[k / 3][k % 3], least[k / 3][k % 3]);
    differentiate(LURE_OP_MAXIMUM, NULL, 2, 3, (double *const[]){a, b}, &p);
    for (int k = 0; k < 6; k++)
        CHECK_REAL(p.dx[k / 3][k % 3], least[1 - k / 3][k % 3]);
    double x[] = {3, 1, 3, 1, 2}; /* of a tensor: the first of equals */
    differentiate(LURE_OP_MAX, &(lure_op_options){.axis = LURE_ALL_AXES}, 1, 5, (double *const[]){x}, &p);
    for (int i = 0; i < 5; i++)
        CHECK_REAL(p.dx[0][i], i == 0);
    differentiate(LURE_OP_MIN, &(lure_op_options){.axis = 0}, 1, 5, (double *const[]){x}, &p);
    for (int i = 0; i < 5; i++)
        CHECK_REAL(p.dx[0][i], i == 1);
    double with_nan[] = {3, NAN, 5};
    differentiate(LURE_OP_MAX, &(lure_op_options){.axis = 0}, 1, 3, (double *const[]){with_nan}, &p);
    CHECK_REAL(p.y[0], NAN);
    for (int i = 0; i < 3; i++)
        CHECK_REAL(p.dx[0][i], i == 1);
}

TEST(derivatives_at_corners)
{
    const struct {
        lure_op op;
        double low, high, at, expected;
    } rows[] = {
        {LURE_OP_RELU, 0, 0, 0, 0},
        {LURE_OP_ABS, 0, 0, 0, 0},
        {LURE_OP_SIGN, 0, 0, 0, 0},
        {LURE_OP_SIGN, 0, 0, 3, 0},
        {LURE_OP_ELU, 0, 0, 0, 1},
        {LURE_OP_GELU, 0, 0, 0, 0.5},
        {LURE_OP_SQRT, 0, 0, 0, INFINITY},
        {LURE_OP_LOG, 0, 0, 0, INFINITY},
        {LURE_OP_CLAMP, 0, 1, 0, 1},
        {LURE_OP_CLAMP, -1, 0, 0, 1},
        {LURE_OP_CLAMP, 0, 1, -1e-9, 0},
        {LURE_OP_CLAMP, 0, 1, 1.5, 0},
        {LURE_OP_CLAMP, -INFINITY, INFINITY, 1e300, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        pass p;
        double x = rows[i].at;
        const lure_op_options options = {.low = rows[i].low, .high = rows[i].high};
        differentiate(rows[i].op, &options, 1, 1, (double *const[]){&x}, &p);
        CHECK_SAY(p.dx[0][0] == rows[i].expected, "%s' at %g is %g, expected %g",
                  lure_op_info_of(rows[i].op)->name, x, p.dx[0][0], rows[i].expected);
    }
}

TEST(where_passes_nothing_to_what_was_not_taken)
{
    double condition[] = {1, 0, -2}, a[] = {1, 2, 3}, b[] = {4, NAN, 6};
    pass p;
    differentiate(LURE_OP_WHERE, NULL, 3, 3, (double *const[]){condition, a, b}, &p);
    const double expected[3][3] = {{0, 0, 0}, {1, 0, 1}, {0, 1, 0}};
    for (int k = 0; k < 9; k++)
        CHECK_REAL(p.dx[k / 3][k % 3], expected[k / 3][k % 3]);
}

TEST(fewer_than_two_numbers_have_no_variance_to_differentiate)
{
    double x = 5;
    pass p;
    differentiate(LURE_OP_VARIANCE, &(lure_op_options){.axis = 0}, 1, 1, (double *const[]){&x}, &p);
    CHECK_REAL(p.y[0], 0);
    CHECK_REAL(p.dx[0][0], 0);
}

TEST(saturated_softmax_has_finite_derivatives)
{
    double x[] = {-1000, 0, 1000, -INFINITY};
    pass p;
    const lure_op ops[] = {LURE_OP_SOFTMAX, LURE_OP_LOGSUMEXP};
    for (int k = 0; k < 2; k++) {
        differentiate(ops[k], &(lure_op_options){.axis = 0}, 1, 4, (double *const[]){x}, &p);
        for (int i = 0; i < 4; i++)
            CHECK_REAL(p.dx[0][i], k == 1 && i == 2 ? 1 : 0);
    }
    differentiate(LURE_OP_LOG_SOFTMAX, &(lure_op_options){.axis = 0}, 1, 3, (double *const[]){x}, &p);
    const double expected[] = {1, 1, -2};
    for (int i = 0; i < 3; i++)
        CHECK_REAL(p.dx[0][i], expected[i]);
}

/* ---- types ---- */

static lure_value leaf_of(lure_tape *tape, lure_dtype dtype, void *data, size_t n)
{
    lure_value leaf;
    lure_error err;
    lure_tensor t = lure_tensor_view(data, dtype, 1, &n);
    CHECK_OK(lure_tape_leaf(tape, &t, NULL, &leaf, &err), &err);
    return leaf;
}

static lure_value applied(lure_tape *tape, lure_op op, lure_value a, lure_value b,
                          const lure_op_options *options)
{
    lure_value y = {0};
    lure_error err;
    CHECK_OK(lure_tape_apply(tape, op, b.tensor.data ? 2 : 1, (lure_value[]){a, b}, options, &y, &err), &err);
    return y;
}

static const lure_value nothing;

TEST(types_mix_and_each_gradient_has_its_values_own)
{
    const lure_op ops[] = {LURE_OP_ADD,   LURE_OP_SUBTRACT, LURE_OP_MULTIPLY, LURE_OP_DIVIDE,
                           LURE_OP_POWER, LURE_OP_MAXIMUM,  LURE_OP_MATMUL,   LURE_OP_CONCAT};
    lure_tape *tape;
    lure_error err;
    float x[] = {1.5F, 2.25F, 0.75F};
    double wide[] = {1.5, 2.25, 0.75}, z[] = {0.1, 2.7, 3.3};
    CHECK_OK(lure_tape_create(NULL, &tape, &err), &err);
    for (size_t k = 0; k < sizeof ops / sizeof *ops; k++) {
        lure_tape_begin(tape);
        lure_value a = leaf_of(tape, LURE_F32, x, 3), b = leaf_of(tape, LURE_F64, z, 3),
                   c = leaf_of(tape, LURE_F64, wide, 3);
        lure_value mixed = applied(tape, ops[k], a, b, NULL), same = applied(tape, ops[k], c, b, NULL);
        lure_value loss = applied(tape, LURE_OP_ADD, applied(tape, LURE_OP_SUM, mixed, nothing, NULL),
                                  applied(tape, LURE_OP_SUM, same, nothing, NULL), NULL);
        CHECK_INT(mixed.tensor.dtype, LURE_F64);
        CHECK_OK(lure_tape_backward(tape, &loss, &err), &err);
        const float *dx = lure_tape_gradient(tape, a.node);
        const double *exact = lure_tape_gradient(tape, c.node);
        for (int i = 0; i < 3; i++)
            CHECK_REAL((double)dx[i], (double)(float)exact[i]);
    }
    lure_tape_destroy(tape);
}

TEST(whole_numbers_are_constants)
{
    lure_tape *tape;
    lure_error err;
    float x[] = {1.25F, -2.5F};
    int32_t n[] = {3, 4};
    const size_t two = 2;
    CHECK_OK(lure_tape_create(NULL, &tape, &err), &err);
    lure_tape_begin(tape);
    lure_value a = leaf_of(tape, LURE_F32, x, 2), b = {.tensor = lure_tensor_view(n, LURE_I32, 1, &two)};
    lure_value y = applied(tape, LURE_OP_MULTIPLY, b, a, NULL);
    CHECK_INT(y.tensor.dtype, LURE_F32);
    CHECK_INT(applied(tape, LURE_OP_CAST, y, nothing, &(lure_op_options){.dtype = LURE_I32}).node, 0);
    CHECK_INT(applied(tape, LURE_OP_LESS, y, a, NULL).node, 0);
    CHECK_INT(applied(tape, LURE_OP_FLOOR, y, nothing, NULL).node, 0);
    CHECK_INT(applied(tape, LURE_OP_ARGMAX, y, nothing, &(lure_op_options){.axis = 0}).node, 0);
    lure_value loss = applied(tape, LURE_OP_SUM, y, nothing, NULL);
    CHECK_OK(lure_tape_backward(tape, &loss, &err), &err);
    const float *dx = lure_tape_gradient(tape, a.node);
    CHECK_REAL((double)dx[0], 3);
    CHECK_REAL((double)dx[1], 4);
    lure_tape_destroy(tape);
}

/* ---- results in memory of the caller's; many inputs; what a plan refuses ---- */

TEST(a_result_may_lie_in_the_callers_memory)
{
    lure_tape *tape;
    lure_error err;
    double x[] = {1, 2}, mine[2] = {0};
    CHECK_OK(lure_tape_create(NULL, &tape, &err), &err);
    lure_tape_begin(tape);
    lure_value a = leaf_of(tape, LURE_F64, x, 2), y = {0};
    CHECK_OK(lure_op_plan(LURE_OP_EXP, 1, (const lure_tensor *const[]){&a.tensor}, NULL, &y.tensor, &err),
             &err);
    y.tensor.data = mine;
    CHECK_OK(lure_tape_apply(tape, LURE_OP_EXP, 1, &a, NULL, &y, &err), &err);
    CHECK(y.tensor.data == mine);
    CHECK_NEAR(mine[1], 7.38905609893065, 1e-14);
    lure_value loss = applied(tape, LURE_OP_SUM, y, nothing, NULL);
    CHECK_OK(lure_tape_backward(tape, &loss, &err), &err);
    CHECK_REAL(((double *)lure_tape_gradient(tape, a.node))[1], mine[1]);
    lure_tape_destroy(tape);
}

TEST(a_join_takes_any_number_of_inputs)
{
    enum { N = 40 };
    lure_tape *tape;
    lure_error err;
    double x[N];
    lure_value parts[N], whole = {0};
    CHECK_OK(lure_tape_create(NULL, &tape, &err), &err);
    lure_tape_begin(tape);
    for (int i = 0; i < N; i++) {
        x[i] = i;
        parts[i] = leaf_of(tape, LURE_F64, &x[i], 1);
    }
    CHECK_OK(lure_tape_apply(tape, LURE_OP_CONCAT, N, parts, NULL, &whole, &err), &err);
    lure_value square = applied(tape, LURE_OP_SQUARE, whole, nothing, NULL),
               loss = applied(tape, LURE_OP_SUM, square, nothing, NULL);
    CHECK_OK(lure_tape_backward(tape, &loss, &err), &err);
    for (int i = 0; i < N; i++)
        CHECK_REAL(*(double *)lure_tape_gradient(tape, parts[i].node), 2.0 * i);
    lure_tape_destroy(tape);
}

TEST(what_a_plan_refuses_is_not_recorded)
{
    lure_tape *tape;
    lure_error err;
    double x[] = {1, 2, 3};
    CHECK_OK(lure_tape_create(NULL, &tape, &err), &err);
    lure_tape_begin(tape);
    lure_value a = leaf_of(tape, LURE_F64, x, 3), b = leaf_of(tape, LURE_F64, x, 2), y = {0};
    CHECK_STATUS(lure_tape_apply(tape, LURE_OP_ADD, 2, (lure_value[]){a, b}, NULL, &y, &err),
                 LURE_ERROR_SCRIPT, &err);
    CHECK_CONTAINS(err.text, "add");
    CHECK_INT((int64_t)lure_tape_n_nodes(tape), 2);
    lure_tape_destroy(tape);
}

/* ---- debugging ---- */

static void at_line(void *data, char *text, size_t size)
{
    snprintf(text, size, "loss.lua:%d", ++*(int *)data);
}

TEST(debugging_names_the_operation)
{
    lure_tape *tape;
    lure_error err;
    double x[] = {4, 0, 1};
    int line = 0;
    CHECK_OK(lure_tape_create(NULL, &tape, &err), &err);
    lure_tape_debug(tape, at_line, &line);
    lure_tape_begin(tape);
    lure_value a = leaf_of(tape, LURE_F64, x, 3);
    lure_value y = applied(tape, LURE_OP_NEGATE, a, nothing, NULL); /* line 1 */
    lure_value z = {0};
    CHECK_STATUS(lure_tape_apply(tape, LURE_OP_LOG, 1, &a, NULL, &z, &err), LURE_ERROR_SCRIPT, &err);
    CHECK_TEXT(err.text, "loss.lua:2: log: the result is -inf at (2) of (3)");
    /* constants too: they are what went wrong first */
    lure_value c = {.tensor = a.tensor};
    CHECK_STATUS(lure_tape_apply(tape, LURE_OP_LOG, 1, &c, NULL, &z, &err), LURE_ERROR_SCRIPT, &err);
    CHECK_TEXT(err.text, "loss.lua:3: log: the result is -inf at (2) of (3)");
    lure_value root = applied(tape, LURE_OP_SQRT, a, nothing, NULL);  /* 4; its derivative at 0 is infinite */
    lure_value sum = applied(tape, LURE_OP_ADD, y, root, NULL);       /* 5 */
    lure_value loss = applied(tape, LURE_OP_SUM, sum, nothing, NULL); /* 6 */
    CHECK_STATUS(lure_tape_backward(tape, &loss, &err), LURE_ERROR_SCRIPT, &err);
    CHECK_TEXT(err.text, "loss.lua:4: sqrt: the derivative by input 1 is inf at (2) of (3)");
    lure_tape_destroy(tape);
}
