/* test_surrogate.c: PPO's clipped surrogate: the four corners of its definition, the same formula in operations, and what a
   script logs of it. */
#include "learn/surrogate.h"
#include "base/rng.h"
#include "unit.h"
#include <math.h>

enum { MOST = 300 };

static lure_tensor row_of(const void *data, lure_dtype dtype, size_t n)
{
    return lure_tensor_view((void *)(uintptr_t)data, dtype, 1, &n);
}

/* The loss, minus the mean, and its gradient by log_prob. */
static double loss_of(lure_dtype dtype, size_t n, const void *log_prob, const void *old,
                      const void *advantages, double clip, void *gradient, lure_surrogate_report *report)
{
    lure_tape *tape;
    lure_error err;
    lure_value x, y = {0}, loss = {0};
    const lure_tensor t = row_of(log_prob, dtype, n), o = row_of(old, dtype, n),
                      a = row_of(advantages, dtype, n);
    CHECK_OK(lure_tape_create(NULL, &tape, &err), &err);
    lure_tape_begin(tape);
    CHECK_OK(lure_tape_leaf(tape, &t, gradient, &x, &err), &err);
    CHECK_OK(lure_surrogate_clipped(tape, &x, &o, &a, clip, &y, report, &err), &err);
    CHECK_OK(lure_tape_apply(tape, LURE_OP_MEAN, 1, &y, NULL, &loss, &err), &err);
    lure_value minus = {0};
    CHECK_OK(lure_tape_apply(tape, LURE_OP_NEGATE, 1, &loss, NULL, &minus, &err), &err);
    CHECK_OK(lure_tape_backward(tape, &minus, &err), &err);
    double value = lure_tensor_get(&minus.tensor, 0);
    lure_tape_destroy(tape);
    return value;
}

TEST(the_four_corners_have_their_signs)
{
    const struct {
        double advantage, ratio, loss;
        bool flows;
    } rows[] = {{1, 1.5, -1.2, false}, {-1, 1.5, 1.5, true}, {-1, 0.5, 0.8, false}, {1, 0.5, -0.5, true}};
    for (int i = 0; i < 4; i++) {
        double log_prob = log(rows[i].ratio), old = 0, gradient;
        double loss = loss_of(LURE_F64, 1, &log_prob, &old, &rows[i].advantage, 0.2, &gradient, NULL);
        CHECK_NEAR(loss, rows[i].loss, 1e-15);
        CHECK_NEAR(gradient, rows[i].flows ? -rows[i].advantage * rows[i].ratio : 0, 1e-15);
    }
}

TEST(the_first_minibatch_clips_nothing)
{
    double log_prob[] = {-0.7, -1.3, -2.25}, advantages[] = {1, -2, 0.5}, gradient[3];
    lure_surrogate_report report;
    double loss = loss_of(LURE_F64, 3, log_prob, log_prob, advantages, 0.2, gradient, &report);
    CHECK_NEAR(loss, 0.5 / 3, 1e-16);
    for (int i = 0; i < 3; i++)
        CHECK_NEAR(gradient[i], -advantages[i] / 3, 1e-16); /* the policy gradient's */
    CHECK_REAL(report.clip_fraction, 0);
    CHECK_REAL(fabs(report.kl_k1), 0);
    CHECK_REAL(report.kl_k3, 0);
}

TEST(the_report_has_both_estimates)
{
    double log_prob[] = {0.1, -0.1}, old[] = {0, 0}, advantages[] = {1, 1}, gradient[2];
    lure_surrogate_report report;
    loss_of(LURE_F64, 1, log_prob, old, advantages, 0.2, gradient, &report);
    CHECK_NEAR(report.kl_k1, -0.1, 1e-16);
    CHECK_NEAR(report.kl_k3, 0.0051709, 1e-7);
    loss_of(LURE_F64, 1, log_prob + 1, old, advantages, 0.2, gradient, &report);
    CHECK_NEAR(report.kl_k3, 0.0048374, 1e-7);
    loss_of(LURE_F64, 2, log_prob, old, advantages, 0.1, gradient, &report);
    CHECK_REAL(report.clip_fraction, 0.5); /* 1.105 is outside of 0.9 to 1.1, 0.905 is not */
    CHECK_NEAR(report.kl_k1, 0, 1e-16);
    CHECK_NEAR(report.kl_k3, (0.0051709 + 0.0048374) / 2, 1e-7);
    /* where the ratio itself rounds to 1 in single precision the estimate still has its digits */
    float near[] = {1e-4F}, zero[] = {0}, one[] = {1}, slope[1];
    loss_of(LURE_F32, 1, near, zero, one, 0.2, slope, &report);
    CHECK_NEAR(report.kl_k3, 0.5e-8, 1e-11);
}

/* min(ratio a, clamp(ratio) a) operation by operation. */
static void composed(lure_tape *tape, const lure_value *x, const lure_tensor *old,
                     const lure_tensor *advantages, double clip, lure_value *out)
{
    lure_error err;
    const lure_value o = {.tensor = *old}, a = {.tensor = *advantages};
    lure_value d = {0}, ratio = {0}, held = {0}, first = {0}, second = {0};
    const lure_op_options bounds = {.low = 1 - clip, .high = 1 + clip};
    CHECK_OK(lure_tape_apply(tape, LURE_OP_SUBTRACT, 2, (lure_value[]){*x, o}, NULL, &d, &err), &err);
    CHECK_OK(lure_tape_apply(tape, LURE_OP_EXP, 1, &d, NULL, &ratio, &err), &err);
    CHECK_OK(lure_tape_apply(tape, LURE_OP_CLAMP, 1, &ratio, &bounds, &held, &err), &err);
    CHECK_OK(lure_tape_apply(tape, LURE_OP_MULTIPLY, 2, (lure_value[]){ratio, a}, NULL, &first, &err), &err);
    CHECK_OK(lure_tape_apply(tape, LURE_OP_MULTIPLY, 2, (lure_value[]){held, a}, NULL, &second, &err), &err);
    CHECK_OK(lure_tape_apply(tape, LURE_OP_MINIMUM, 2, (lure_value[]){first, second}, NULL, out, &err), &err);
}

/* Random rows, a third of them clipped, some with a ratio of exactly 1 or an advantage of 0; odd sizes cross pieces. */
static void compare_with_operations(lure_dtype dtype, size_t n, uint64_t seed, double tolerance)
{
    double block[3][MOST];
    lure_rng rng;
    lure_error err;
    lure_tape *tape;
    lure_tensor t[3];
    lure_rng_init(&rng, seed, LURE_PURPOSE_USER, 0);
    for (int k = 0; k < 3; k++) {
        t[k] = row_of(block[k], dtype, n);
        for (size_t i = 0; i < n; i++)
            lure_tensor_set(&t[k], i, 0.8 * lure_rng_uniform(&rng) - 0.4 - (k < 2 ? 1 : 0));
    }
    for (size_t i = 0; i < n; i += 10)
        lure_tensor_set(&t[1], i, lure_tensor_get(&t[0], i));
    for (size_t i = 0; i < n; i += 7)
        lure_tensor_set(&t[2], i, 0);
    CHECK_OK(lure_tape_create(NULL, &tape, &err), &err);
    lure_tape_begin(tape);
    lure_value x[2], y[2] = {0}, weighed, loss[2] = {0};
    for (int k = 0; k < 2; k++) {
        CHECK_OK(lure_tape_leaf(tape, &t[0], NULL, &x[k], &err), &err);
        if (k == 0)
            CHECK_OK(lure_surrogate_clipped(tape, &x[k], &t[1], &t[2], 0.2, &y[k], NULL, &err), &err);
        else
            composed(tape, &x[k], &t[1], &t[2], 0.2, &y[k]);
        weighed = (lure_value){0};
        CHECK_OK(lure_tape_apply(tape, LURE_OP_MULTIPLY, 2, (lure_value[]){y[k], {.tensor = t[1]}}, NULL,
                                 &weighed, &err),
                 &err);
        CHECK_OK(lure_tape_apply(tape, LURE_OP_SUM, 1, &weighed, NULL, &loss[k], &err), &err);
    }
    lure_value both = {0};
    CHECK_OK(lure_tape_apply(tape, LURE_OP_ADD, 2, loss, NULL, &both, &err), &err);
    CHECK_OK(lure_tape_backward(tape, &both, &err), &err);
    lure_tensor fused = t[0], plain = t[0];
    fused.data = lure_tape_gradient(tape, x[0].node);
    plain.data = lure_tape_gradient(tape, x[1].node);
    for (size_t i = 0; i < n; i++) {
        CHECK_REAL(lure_tensor_get(&y[0].tensor, i), lure_tensor_get(&y[1].tensor, i));
        CHECK_NEAR(lure_tensor_get(&fused, i), lure_tensor_get(&plain, i), tolerance);
    }
    lure_tape_destroy(tape);
}

TEST(it_equals_the_same_formula_in_operations)
{
    const size_t sizes[] = {0, 1, 2, 17, 128, 129, 300};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (uint64_t seed = 0; seed < 10; seed++) {
            compare_with_operations(LURE_F64, sizes[i], seed, 1e-15);
            compare_with_operations(LURE_F32, sizes[i], seed, 1e-6);
        }
}

TEST(exactly_at_the_bound_the_gradient_flows)
{
    double log_prob = log(1.25), old = 0, advantage = 2, gradient;
    if (exp(log_prob) == 1.25) {
        CHECK_NEAR(loss_of(LURE_F64, 1, &log_prob, &old, &advantage, 0.25, &gradient, NULL), -2.5, 1e-15);
        CHECK_NEAR(gradient, -2.5, 1e-15);
    }
    log_prob = 0; /* and with no room at all */
    loss_of(LURE_F64, 1, &log_prob, &old, &advantage, 0, &gradient, NULL);
    CHECK_REAL(gradient, -2);
}

TEST(strides_and_types_of_the_constants_are_free)
{
    double log_prob[] = {-0.5, -1.5, -0.25}, old[] = {-0.75, 0, -1.25, 0, -0.5, 0}, out[3], plain[3];
    float advantages[] = {1, -1, 2};
    double same[] = {1, -1, 2}, dense[] = {-0.75, -1.25, -0.5};
    lure_error err;
    lure_value x = {.tensor = row_of(log_prob, LURE_F64, 3)}, y = {.tensor.data = out},
               z = {.tensor.data = plain};
    lure_tensor every_second = {.data = old, .dtype = LURE_F64, .n_dims = 1, .shape = {3}, .stride = {2}};
    lure_tensor single = row_of(advantages, LURE_F32, 3), twice = row_of(same, LURE_F64, 3),
                o = row_of(dense, LURE_F64, 3);
    CHECK_OK(lure_surrogate_clipped(NULL, &x, &every_second, &single, 0.2, &y, NULL, &err), &err);
    CHECK_OK(lure_surrogate_clipped(NULL, &x, &o, &twice, 0.2, &z, NULL, &err), &err);
    CHECK_INT(y.node, 0);
    CHECK(y.tensor.data == out);
    for (int i = 0; i < 3; i++)
        CHECK_REAL(out[i], plain[i]);
}

TEST(of_any_shape_it_is_that_of_the_rows)
{
    double log_prob[] = {-0.5, -1.5, -0.25, -2, -1, -0.125}, old[] = {-0.75, -1.25, -0.5, -1, -1, -0.5};
    double advantages[] = {1, -1, 2, 0.5, -2, 3}, plain[6], out[6], gradient[2][6];
    const size_t sides[] = {3, 2};
    lure_error err;
    for (int is_matrix = 0; is_matrix < 2; is_matrix++) {
        lure_tape *tape;
        lure_tensor t[3];
        double *const data[3] = {log_prob, old, advantages};
        for (int k = 0; k < 3; k++)
            t[k] = is_matrix ? lure_tensor_view(data[k], LURE_F64, 2, sides) : row_of(data[k], LURE_F64, 6);
        lure_value x, y = {.tensor.data = is_matrix ? out : plain}, sum = {0};
        CHECK_OK(lure_tape_create(NULL, &tape, &err), &err);
        lure_tape_begin(tape);
        CHECK_OK(lure_tape_leaf(tape, &t[0], gradient[is_matrix], &x, &err), &err);
        CHECK_OK(lure_surrogate_clipped(tape, &x, &t[1], &t[2], 0.2, &y, NULL, &err), &err);
        CHECK_INT(y.tensor.n_dims, is_matrix ? 2 : 1);
        CHECK_OK(lure_tape_apply(tape, LURE_OP_SUM, 1, &y, NULL, &sum, &err), &err);
        CHECK_OK(lure_tape_backward(tape, &sum, &err), &err);
        lure_tape_destroy(tape);
    }
    for (int i = 0; i < 6; i++) {
        CHECK_REAL(out[i], plain[i]);
        CHECK_REAL(gradient[1][i], gradient[0][i]);
    }
    lure_tensor turned = {.data = old, .dtype = LURE_F64, .n_dims = 2, .shape = {3, 2}, .stride = {1, 3}};
    lure_value x = {.tensor = lure_tensor_view(log_prob, LURE_F64, 2, sides)}, y = {.tensor.data = out};
    const lure_tensor gains = lure_tensor_view(advantages, LURE_F64, 2, sides);
    CHECK_STATUS(lure_surrogate_clipped(NULL, &x, &turned, &gains, 0.2, &y, NULL, &err), LURE_ERROR_SCRIPT,
                 &err);
    CHECK_CONTAINS(err.text, "contiguous");
}

TEST(nan_is_passed_on)
{
    double log_prob[] = {NAN, 0}, old[] = {0, 0}, advantages[] = {1, NAN}, out[2];
    lure_error err;
    lure_value x = {.tensor = row_of(log_prob, LURE_F64, 2)}, y = {.tensor.data = out};
    lure_tensor o = row_of(old, LURE_F64, 2), a = row_of(advantages, LURE_F64, 2);
    CHECK_OK(lure_surrogate_clipped(NULL, &x, &o, &a, 0.2, &y, NULL, &err), &err);
    CHECK_REAL(out[0], NAN);
    CHECK_REAL(out[1], NAN);
}

TEST(what_does_not_fit_is_refused)
{
    double numbers[4] = {0}, out[4];
    int32_t whole[2] = {0};
    lure_error err;
    lure_value x = {.tensor = row_of(numbers, LURE_F64, 2)}, y = {.tensor.data = out};
    lure_tensor two = row_of(numbers, LURE_F64, 2), three = row_of(numbers, LURE_F64, 3),
                square = lure_tensor_view(numbers, LURE_F64, 2, (const size_t[]){2, 2}),
                ints = row_of(whole, LURE_I32, 2);
    CHECK_STATUS(lure_surrogate_clipped(NULL, &x, &three, &two, 0.2, &y, NULL, &err), LURE_ERROR_SCRIPT,
                 &err);
    CHECK_TEXT(err.text,
               "clipped surrogate: old_log_prob is (3), but log_prob is (2): as many rows are needed");
    CHECK_STATUS(lure_surrogate_clipped(NULL, &x, &two, &square, 0.2, &y, NULL, &err), LURE_ERROR_SCRIPT,
                 &err);
    CHECK_CONTAINS(err.text, "advantages");
    CHECK_STATUS(lure_surrogate_clipped(NULL, &x, &two, &ints, 0.2, &y, NULL, &err), LURE_ERROR_SCRIPT, &err);
    CHECK_CONTAINS(err.text, "int32");
    CHECK_STATUS(lure_surrogate_clipped(NULL, &x, &two, &two, -0.1, &y, NULL, &err), LURE_ERROR_SCRIPT, &err);
    CHECK_STATUS(lure_surrogate_clipped(NULL, &x, &two, &two, NAN, &y, NULL, &err), LURE_ERROR_SCRIPT, &err);
    CHECK_CONTAINS(err.text, "clip must be 0 or more");
}

TEST(a_refused_request_is_an_error)
{
    for (uint64_t fail_at = 2; fail_at < 5; fail_at++) { /* 1 is the tape's own */
        lure_memory account = {.fail_at = fail_at};
        lure_tape *tape;
        lure_error err;
        double numbers[MOST] = {0};
        lure_value x, y = {0};
        const lure_tensor t = row_of(numbers, LURE_F64, MOST);
        CHECK_OK(lure_tape_create(&account, &tape, &err), &err);
        lure_tape_begin(tape);
        lure_status status = lure_tape_leaf(tape, &t, numbers, &x, &err);
        if (status == LURE_OK)
            status = lure_surrogate_clipped(tape, &x, &t, &t, 0.2, &y, NULL, &err);
        CHECK_STATUS(status, LURE_ERROR_MEMORY, &err);
        lure_tape_destroy(tape);
        CHECK_INT((int64_t)account.used, 0);
    }
}
