/* test_operation_reduce.c: reductions and what goes along an axis, against plain loops over any shapes, layouts and
   types; numbers that are none; and how a gradient comes back from a broadcast. */
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
    lure_rng_init(&rng, number, LURE_PURPOSE_INIT, 1);
}

/* The numbers of t that go into a number of the result, by its index among the axes that stay; the count. */
static size_t line_of(const lure_tensor *t, int axis, size_t i, double x[LINE])
{
    size_t n = 0, index[LURE_MAX_DIMS];
    for (size_t j = 0; j < lure_tensor_size(t); j++) {
        index_of(t, j, index);
        size_t at = 0;
        for (int d = 0; d < t->n_dims; d++)
            if (axis != LURE_ALL_AXES && d != axis)
                at = at * t->shape[d] + index[d];
        if (at == i)
            x[n++] = at_index(t, index);
    }
    return n;
}

/* as reduce.h defines it */
static double sum_of(size_t n, const double *x)
{
    double p[8] = {0};
    for (size_t i = 0; i < n; i++)
        p[i % 8] += x[i];
    return ((p[0] + p[4]) + (p[2] + p[6])) + ((p[1] + p[5]) + (p[3] + p[7]));
}

static double reduced(lure_op op, size_t n, const double *x)
{
    double off[LINE], best = 0, at = 0, mean = sum_of(n, x) / (double)n;
    for (size_t i = 0; i < n; i++) {
        off[i] = (x[i] - mean) * (x[i] - mean);
        bool less = op == LURE_OP_MIN || op == LURE_OP_ARGMIN;
        if (i == 0 || (less ? x[i] < best : x[i] > best)) {
            best = x[i];
            at = (double)i;
        }
    }
    switch ((int)op) {
    case LURE_OP_SUM: return sum_of(n, x);
    case LURE_OP_MEAN: return mean;
    case LURE_OP_VARIANCE: return n < 2 ? 0 : sum_of(n, off) / ((double)n - 1);
    case LURE_OP_MIN:
    case LURE_OP_MAX: return best;
    default: return at;
    }
}

static void check_reduction(lure_op op, const lure_tensor *t, int axis, bool keep)
{
    lure_op_options o = {.axis = axis, .keep = keep};
    lure_tensor y = computed_everywhere(op, 1, &t, &o);
    bool index = lure_op_info_of(op)->rule == LURE_SHAPE_INDEX;
    bool stays = op == LURE_OP_MIN || op == LURE_OP_MAX;
    CHECK_INT(y.dtype, index ? LURE_I32 : t->dtype == LURE_I32 && !stays ? LURE_F64 : t->dtype);
    size_t sides[LURE_MAX_DIMS] = {0};
    int n_dims = 0;
    for (int d = 0; d < t->n_dims; d++)
        if ((axis != LURE_ALL_AXES && d != axis) || keep)
            sides[n_dims++] = axis == LURE_ALL_AXES || d == axis ? 1 : t->shape[d];
    CHECK_INT(y.n_dims, n_dims);
    CHECK(memcmp(y.shape, sides, (size_t)n_dims * sizeof *sides) == 0);
    static double x[LINE];
    for (size_t i = 0; i < lure_tensor_size(&y); i++) {
        size_t n = line_of(t, axis, i, x);
        CHECK_REAL(lure_tensor_get(&y, i), rounded(y.dtype, reduced(op, n, x)));
    }
}

static const lure_op reductions[] = {LURE_OP_SUM, LURE_OP_MEAN,   LURE_OP_VARIANCE, LURE_OP_MIN,
                                     LURE_OP_MAX, LURE_OP_ARGMIN, LURE_OP_ARGMAX};

TEST(reductions_are_as_defined_to_the_last_bit)
{
    seed(1);
    for (int try = 0; try < TRIES; try++)
        for (size_t r = 0; r < sizeof reductions / sizeof *reductions; r++) {
            size_t shape[LURE_MAX_DIMS];
            lure_op op = reductions[r];
            bool chooses = op != LURE_OP_SUM && op != LURE_OP_MEAN && op != LURE_OP_VARIANCE;
            int n_dims = random_shape(&rng, chooses, shape);
            lure_tensor t = random_tensor(&rng, random_dtype(&rng), n_dims, shape);
            int axis = (int)lure_rng_below(&rng, (uint64_t)n_dims + 1) - 1;
            check_reduction(op, &t, axis, lure_rng_below(&rng, 2));
            random_tensors_free();
        }
}

/* Several buffers of a line, several blocks of lines, and ends that fill neither. */
TEST(large_reductions_too)
{
    seed(2);
    static const size_t shapes[][2] = {{1000, 1}, {1, 1000}, {257, 7}, {7, 257}, {9, 150}, {130, 12}};
    for (size_t s = 0; s < 6; s++)
        for (int try = 0; try < 6; try++)
            for (size_t r = 0; r < sizeof reductions / sizeof *reductions; r++) {
                lure_tensor t = random_tensor(&rng, random_dtype(&rng), 2, shapes[s]);
                for (int axis = -1; axis < 2; axis++)
                    check_reduction(reductions[r], &t, axis, false);
                random_tensors_free();
            }
}

TEST(reductions_of_nothing)
{
    const size_t shape[2] = {0, 3};
    lure_tensor t = lure_tensor_view(NULL, LURE_F32, 2, shape);
    lure_op_options along = {.axis = 0};
    static const double all[] = {0, NAN, 0, -INFINITY};
    static const lure_op ops[] = {LURE_OP_SUM, LURE_OP_MEAN, LURE_OP_VARIANCE, LURE_OP_LOGSUMEXP};
    for (int i = 0; i < 4; i++) {
        lure_tensor y = computed1(ops[i], &t, NULL);
        CHECK_INT(y.n_dims, 0);
        CHECK_REAL(lure_tensor_get(&y, 0), all[i]);
        y = computed1(ops[i], &t, &along);
        CHECK_INT((int64_t)lure_tensor_size(&y), 3);
        for (size_t j = 0; j < 3; j++)
            CHECK_REAL(lure_tensor_get(&y, j), all[i]);
    }
    lure_op_options across = {.axis = 1}; /* no lines, each of three numbers */
    lure_tensor y = computed1(LURE_OP_MAX, &t, &across);
    CHECK_INT((int64_t)lure_tensor_size(&y), 0);
    y = computed1(LURE_OP_SOFTMAX, &t, &across);
    CHECK_INT((int64_t)lure_tensor_size(&y), 0);
    random_tensors_free();
}

/* The first NaN is both the smallest and the largest, and both by lines and by blocks of lines. */
TEST(nan_wins_min_and_max)
{
    const size_t shape[2] = {4, 3};
    lure_tensor t = tensor_of(LURE_F64, 2, shape,
                              (const double[]){1, 2, NAN, 0, NAN, 5, NAN, 7, -8, NAN, 9, 9}); /* (4, 3) */
    lure_op_options rows = {.axis = 1}, columns = {.axis = 0};
    static const double by_row[] = {2, 1, 0, 0}, by_column[] = {2, 1, 0};
    for (lure_op op = LURE_OP_ARGMIN; op <= LURE_OP_ARGMAX; op++) {
        lure_tensor y = computed1(op, &t, &rows);
        for (size_t i = 0; i < 4; i++)
            CHECK_REAL(lure_tensor_get(&y, i), by_row[i]);
        y = computed1(op, &t, &columns);
        for (size_t i = 0; i < 3; i++)
            CHECK_REAL(lure_tensor_get(&y, i), by_column[i]);
        y = computed1(op, &t, NULL);
        CHECK_REAL(lure_tensor_get(&y, 0), 2);
    }
    for (lure_op op = LURE_OP_MIN; op <= LURE_OP_MAX; op++)
        for (int axis = -1; axis < 2; axis++) {
            lure_tensor y = computed1(op, &t, &(lure_op_options){.axis = axis});
            for (size_t i = 0; i < lure_tensor_size(&y); i++)
                CHECK_REAL(lure_tensor_get(&y, i), NAN);
        }
    random_tensors_free();
}

TEST(a_sum_of_float32_is_kept_in_double)
{
    enum { N = 1 << 16 };
    static float numbers[N];
    for (size_t i = 0; i < N; i++)
        numbers[i] = i % 2 ? 0x1p-20F : 1;
    lure_tensor t = lure_tensor_view(numbers, LURE_F32, 1, (const size_t[]){N});
    lure_tensor y = computed1(LURE_OP_SUM, &t, NULL);
    CHECK_REAL(lure_tensor_get(&y, 0), (double)(float)(0.5 * N * (1 + 0x1p-20)));
    random_tensors_free();
}

/* Numbers so far from 0 that the square of their mean holds none of their spread. */
TEST(variance_does_not_cancel)
{
    lure_tensor t = vector_of(LURE_F64, 4, (const double[]){1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16});
    lure_tensor y = computed1(LURE_OP_VARIANCE, &t, NULL);
    CHECK_REAL(lure_tensor_get(&y, 0), 30);
    random_tensors_free();
}

/* ---- softmax and its kin ---- */

static double log_sum_exp(size_t n, const double *x)
{
    double largest = x[0];
    for (size_t i = 1; i < n; i++)
        largest = fmax(largest, x[i]);
    double sum = exp(x[0] - largest);
    for (size_t i = 1; i < n; i++)
        sum += exp(x[i] - largest);
    return largest + log(sum);
}

static void check_softmax(const lure_tensor *t, int axis)
{
    lure_op_options o = {.axis = axis};
    lure_tensor total = computed_everywhere(LURE_OP_LOGSUMEXP, 1, &t, &o);
    double near = total.dtype == LURE_F32 ? 1e-6 : 1e-14;
    static double x[LINE];
    for (size_t i = 0; i < lure_tensor_size(&total); i++) {
        size_t n = line_of(t, axis, i, x);
        CHECK_NEAR(lure_tensor_get(&total, i), log_sum_exp(n, x), 8 * near);
    }
    if (axis == LURE_ALL_AXES)
        return;
    lure_tensor p = computed_everywhere(LURE_OP_SOFTMAX, 1, &t, &o);
    lure_tensor log_p = computed_everywhere(LURE_OP_LOG_SOFTMAX, 1, &t, &o);
    CHECK(lure_tensor_same_shape(t, &p) && lure_tensor_same_shape(t, &log_p));
    CHECK_INT(p.dtype, t->dtype == LURE_I32 ? LURE_F64 : t->dtype);
    static double q[LINE], log_q[LINE];
    for (size_t i = 0; i < lure_tensor_size(&total); i++) {
        size_t n = line_of(t, axis, i, x);
        line_of(&p, axis, i, q);
        line_of(&log_p, axis, i, log_q);
        double log_sum = log_sum_exp(n, x);
        for (size_t j = 0; j < n; j++) {
            CHECK_NEAR(log_q[j], x[j] - log_sum, 8 * near);
            CHECK_NEAR(q[j], exp(x[j] - log_sum), near);
        }
    }
}

TEST(softmax_and_its_kin_agree_with_plain_loops)
{
    seed(3);
    for (int try = 0; try < TRIES; try++) {
        size_t shape[LURE_MAX_DIMS];
        int n_dims = random_shape(&rng, true, shape);
        lure_tensor t = random_tensor(&rng, random_dtype(&rng), n_dims, shape);
        check_softmax(&t, (int)lure_rng_below(&rng, (uint64_t)n_dims + 1) - 1);
        random_tensors_free();
    }
    static const size_t shapes[][2] = {{3, 256}, {3, 257}, {1000, 2}, {2, 1000}, {128, 3}};
    for (size_t s = 0; s < 5; s++)
        for (int axis = -1; axis < 2; axis++) {
            lure_tensor t = random_tensor(&rng, random_real(&rng), 2, shapes[s]);
            check_softmax(&t, axis);
            random_tensors_free();
        }
}

/* A line of the result does not depend on how many lines there are, nor on their length's place in a buffer. */
TEST(a_line_of_softmax_is_the_same_alone)
{
    seed(4);
    static const size_t shape[2] = {200, 5};
    lure_tensor t = random_tensor(&rng, LURE_F64, 2, shape);
    lure_tensor all = computed1(LURE_OP_LOG_SOFTMAX, &t, &(lure_op_options){.axis = 1});
    for (size_t i = 0; i < shape[0]; i++) {
        lure_tensor line = lure_tensor_select(&t, 0, i), same = lure_tensor_select(&all, 0, i);
        lure_tensor alone = computed1(LURE_OP_LOG_SOFTMAX, &line, &(lure_op_options){.axis = 0});
        check_same_tensor("a line", &alone, &same);
    }
    random_tensors_free();
}

TEST(softmax_at_the_ends)
{
    static const double lines[][3] = {{-INFINITY, -INFINITY, -INFINITY},
                                      {INFINITY, 0, 1},
                                      {0, NAN, INFINITY},
                                      {1e300, 1e300, -1e300},
                                      {-1e4, -1e4, -INFINITY}};
    static const double sums[] = {-INFINITY, INFINITY, NAN, 1e300, -1e4 + 0.6931471805599453};
    static const double p[][3] = {
        {NAN, NAN, NAN}, {NAN, NAN, NAN}, {NAN, NAN, NAN}, {.5, .5, 0}, {.5, .5, 0}};
    for (int i = 0; i < 5; i++) {
        lure_tensor t = vector_of(LURE_F64, 3, lines[i]);
        lure_op_options o = {.axis = 0};
        lure_tensor y = computed1(LURE_OP_LOGSUMEXP, &t, &o);
        CHECK_REAL(lure_tensor_get(&y, 0), sums[i]);
        y = computed1(LURE_OP_SOFTMAX, &t, &o);
        lure_tensor log_y = computed1(LURE_OP_LOG_SOFTMAX, &t, &o);
        for (size_t j = 0; j < 3; j++) {
            CHECK_REAL(lure_tensor_get(&y, j), p[i][j]);
            if (isnan(p[i][j]))
                CHECK_REAL(lure_tensor_get(&log_y, j), NAN);
            else
                CHECK_NEAR(exp(lure_tensor_get(&log_y, j)), p[i][j], 1e-12);
        }
    }
    random_tensors_free();
}

TEST(a_cumulative_sum_adds_in_order_in_double)
{
    seed(5);
    static double x[LINE], y[LINE];
    for (int try = 0; try < TRIES; try++) {
        size_t shape[LURE_MAX_DIMS];
        int n_dims = random_shape(&rng, false, shape);
        if (n_dims == 0 || lure_rng_below(&rng, 50) == 0) {
            n_dims = 1;
            shape[0] = 700;
        }
        lure_tensor t = random_tensor(&rng, random_dtype(&rng), n_dims, shape);
        const lure_tensor *input = &t;
        int axis = (int)lure_rng_below(&rng, (uint64_t)n_dims);
        lure_tensor sums =
            computed_everywhere(LURE_OP_CUMULATIVE_SUM, 1, &input, &(lure_op_options){.axis = axis});
        CHECK(lure_tensor_same_shape(&t, &sums));
        size_t n_lines = shape[axis] == 0 ? 0 : lure_tensor_size(&t) / shape[axis];
        for (size_t i = 0; i < n_lines; i++) {
            size_t n = line_of(&t, axis, i, x);
            line_of(&sums, axis, i, y);
            double sum = 0;
            for (size_t j = 0; j < n; j++) {
                sum += x[j];
                CHECK_REAL(y[j], rounded(sums.dtype, sum));
            }
        }
        random_tensors_free();
    }
}

/* ---- back from a broadcast ---- */

TEST(accumulating_sums_over_what_was_broadcast)
{
    seed(6);
    static double x[LINE];
    for (int try = 0; try < 2 * TRIES; try++) {
        size_t shape[LURE_MAX_DIMS], part[LURE_MAX_DIMS], index[LURE_MAX_DIMS];
        int n_dims = random_shape(&rng, false, shape), n_part = random_part(&rng, n_dims, shape, part);
        lure_tensor from = random_tensor(&rng, random_dtype(&rng), n_dims, shape);
        lure_dtype type = random_real(&rng);
        lure_tensor start = random_tensor(&rng, type, n_part, part), to = packed(&start, type);
        lure_tensor before = packed(&to, type);
        lure_op_accumulate(&from, &to);
        for (size_t i = 0; i < lure_tensor_size(&to); i++) {
            size_t n = 0; /* numbers of `from` whose place in `to` is the i-th */
            for (size_t j = 0; j < lure_tensor_size(&from); j++) {
                index_of(&from, j, index);
                size_t at = 0;
                for (int d = 0; d < n_part; d++)
                    at = at * part[d] + (part[d] == 1 ? 0 : index[d + n_dims - n_part]);
                if (at == i)
                    x[n++] = at_index(&from, index);
            }
            double more = n == 1 ? rounded(type, x[0]) : sum_of(n, x);
            CHECK_REAL(lure_tensor_get(&to, i), rounded(type, lure_tensor_get(&before, i) + more));
        }
        random_tensors_free();
    }
}
