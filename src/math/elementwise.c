/* elementwise.c: one number from each input; see elementwise.h. Contiguous inputs of one type go to the kernels whole.
   The rest is walked run by run (walk.h), and what does not lie at steps of 0 or 1, or is of another type, is first
   copied into a buffer of CHUNK numbers. int32 is computed as float64, which holds it exactly. */
#include "math/elementwise.h"
#include "math/kernel.h"
#include "math/walk.h"
#include <assert.h>
#include <math.h>
#include <string.h>

enum {
    CHUNK = 256,
    SHORT = 32 /* numbers of a run that are too few for a call of their own */
};

/* n numbers of an operand, as a kernel reads them */
typedef struct numbers {
    const void *data;
    size_t step; /* 0 or 1 */
} numbers;

static lure_dtype computed_in(lure_dtype out)
{
    return out == LURE_I32 ? LURE_F64 : out;
}

/* `buffer` holds CHUNK numbers of the type */
static numbers read_run(const lure_tensor *t, size_t at, size_t step, size_t n, lure_dtype type, void *buffer)
{
    const void *data = lure_walk_place(t->data, t->dtype, at);
    if (t->dtype == type && step <= 1)
        return (numbers){data, step};
    lure_numbers_convert(step == 0 ? 1 : n, t->dtype, data, step, type, buffer, 1);
    return (numbers){buffer, step == 0 ? 0 : 1};
}

/* whether t is read from the first number to the last, or is one number for all */
static bool plain(const lure_tensor *t, const lure_tensor *out, lure_dtype type, size_t *step)
{
    if (t->dtype != type)
        return false;
    *step = lure_tensor_size(t) == 1 ? 0 : 1;
    return *step == 0 || (lure_tensor_same_shape(t, out) && lure_tensor_is_contiguous(t));
}

/* a chunk of the result: computed in place, or in a buffer if it is int32 */
static size_t chunk_of(size_t left, bool whole)
{
    return whole || left < CHUNK ? left : CHUNK;
}

/* Runs of few numbers, one after the other as one. */
typedef struct gang {
    size_t at, n; /* what the buffer holds, if it is a run repeated */
    union {
        float singles[CHUNK];
        double doubles[CHUNK];
    } buffer;
} gang;

/* each run one number */
#define REPEAT(real)                                                                                         \
    static void repeat_##real(size_t n_runs, size_t n, size_t stride, const real *from, real to[])           \
    {                                                                                                        \
        for (size_t run = 0; run < n_runs; run++)                                                            \
            for (size_t i = 0; i < n; i++)                                                                   \
                *to++ = from[run * stride];                                                                  \
    }
REPEAT(float)
REPEAT(double)

static numbers read_gang(const lure_tensor *t, const lure_walk *walk, int operand, size_t n_runs,
                         lure_dtype type, gang *g)
{
    size_t at = walk->at[operand], step = walk->step[operand], stride = walk->stride[0][operand], n = walk->n;
    if (step == 0 && stride == 0)
        return read_run(t, at, 0, 1, type, &g->buffer);
    if (t->dtype == type && step == 1 && stride == n)
        return (numbers){lure_walk_place(t->data, type, at), 1};
    if (stride == 0 && g->at == at && g->n >= n_runs)
        return (numbers){&g->buffer, 1};
    if (step == 0 && t->dtype == type && type == LURE_F32)
        repeat_float(n_runs, n, stride, (const float *)t->data + at, g->buffer.singles);
    else if (step == 0 && t->dtype == type)
        repeat_double(n_runs, n, stride, (const double *)t->data + at, g->buffer.doubles);
    else
        for (size_t run = 0; run < n_runs; run++)
            lure_numbers_convert(n, t->dtype, lure_walk_place(t->data, t->dtype, at + run * stride), step,
                                 type, lure_walk_place(&g->buffer, type, run * n), 1);
    g->at = at;
    g->n = stride == 0 ? n_runs : 0;
    return (numbers){&g->buffer, 1};
}

static void combine_gangs(lure_combine f, const lure_tensor *a, const lure_tensor *b, lure_tensor *out,
                          lure_walk *walk, lure_dtype type)
{
    const lure_kernels *kernels = lure_kernels_for(type);
    gang a_gang, b_gang;
    double result[CHUNK];
    size_t n_runs, most = CHUNK / walk->n;
    a_gang.at = b_gang.at = 0;
    a_gang.n = b_gang.n = 0;
    do {
        n_runs = walk->side[0] - walk->index[0] < most ? walk->side[0] - walk->index[0] : most;
        size_t count = n_runs * walk->n;
        numbers x = read_gang(a, walk, 0, n_runs, type, &a_gang);
        numbers y = read_gang(b, walk, 1, n_runs, type, &b_gang);
        void *place = lure_walk_place(out->data, out->dtype, walk->at[2]);
        kernels->combine(f, count, x.data, x.step, y.data, y.step, out->dtype == type ? place : result);
        if (out->dtype != type)
            lure_numbers_convert(count, type, result, 1, out->dtype, place, 1);
    } while (lure_walk_skip(walk, n_runs));
}

void lure_elementwise_combine(lure_op op, const lure_tensor *a, const lure_tensor *b, lure_tensor *out)
{
    assert(op <= LURE_OP_GREATER_EQUAL);
    _Static_assert((int)LURE_OP_ADD == (int)LURE_COMBINE_ADD &&
                       (int)LURE_OP_GREATER_EQUAL == (int)LURE_COMBINE_GREATER_EQUAL,
                   "both list them in one order");
    lure_combine f = (lure_combine)op;
    lure_dtype type = computed_in(out->dtype);
    const lure_kernels *kernels = lure_kernels_for(type);
    size_t n = lure_tensor_size(out), a_step, b_step;
    if (n == 0)
        return;
    if (out->dtype == type && plain(a, out, type, &a_step) && plain(b, out, type, &b_step)) {
        kernels->combine(f, n, a->data, a_step, b->data, b_step, out->data);
        return;
    }

    size_t a_strides[LURE_MAX_DIMS], b_strides[LURE_MAX_DIMS];
    double a_buffer[CHUNK], b_buffer[CHUNK], result[CHUNK];
    lure_walk walk;
    lure_walk_strides(a, out->n_dims, out->shape, a_strides);
    lure_walk_strides(b, out->n_dims, out->shape, b_strides);
    lure_walk_begin(&walk, out->n_dims, out->shape, 3,
                    (const size_t *const[]){a_strides, b_strides, out->stride});
    /* the kernel computes powers otherwise where the exponent is one number: not to depend on how exponents lie,
       that holds only for a tensor of one number */
    bool spread = f == LURE_COMBINE_POWER && walk.step[1] == 0 && lure_tensor_size(b) != 1;
    if (walk.n <= SHORT && walk.n_outer > 0 && !spread) {
        combine_gangs(f, a, b, out, &walk, type);
        return;
    }
    bool whole = out->dtype == type && a->dtype == type && b->dtype == type && walk.step[0] <= 1 &&
                 walk.step[1] <= 1 && !spread;
    do {
        for (size_t done = 0, count; done < walk.n; done += count) {
            count = chunk_of(walk.n - done, whole);
            numbers x = read_run(a, walk.at[0] + done * walk.step[0], walk.step[0], count, type, a_buffer);
            numbers y = read_run(b, walk.at[1] + done * walk.step[1], walk.step[1], count, type, b_buffer);
            if (spread) {
                lure_numbers_convert(count, type, y.data, 0, type, result, 1);
                y = (numbers){result, 1};
            }
            void *place = lure_walk_place(out->data, out->dtype, walk.at[2] + done);
            kernels->combine(f, count, x.data, x.step, y.data, y.step, out->dtype == type ? place : result);
            if (out->dtype != type)
                lure_numbers_convert(count, type, result, 1, out->dtype, place, 1);
        }
    } while (lure_walk_next(&walk));
}

static lure_map map_of(lure_op op)
{
    switch ((int)op) {
    case LURE_OP_NEGATE: return LURE_MAP_NEGATE;
    case LURE_OP_EXP: return LURE_MAP_EXP;
    case LURE_OP_EXPM1: return LURE_MAP_EXPM1;
    case LURE_OP_LOG: return LURE_MAP_LOG;
    case LURE_OP_LOG1P: return LURE_MAP_LOG1P;
    case LURE_OP_SQRT: return LURE_MAP_SQRT;
    case LURE_OP_SQUARE: return LURE_MAP_SQUARE;
    case LURE_OP_ABS: return LURE_MAP_ABS;
    case LURE_OP_SIGN: return LURE_MAP_SIGN;
    case LURE_OP_TANH: return LURE_MAP_TANH;
    case LURE_OP_SIGMOID: return LURE_MAP_SIGMOID;
    case LURE_OP_RELU: return LURE_MAP_RELU;
    case LURE_OP_ELU: return LURE_MAP_ELU;
    case LURE_OP_GELU: return LURE_MAP_GELU;
    case LURE_OP_SOFTPLUS: return LURE_MAP_SOFTPLUS;
    case LURE_OP_SIN: return LURE_MAP_SIN;
    case LURE_OP_COS: return LURE_MAP_COS;
    case LURE_OP_FLOOR: return LURE_MAP_FLOOR;
    default: assert(false); return LURE_MAP_IDENTITY;
    }
}

void lure_elementwise_map(lure_op op, const lure_tensor *in, lure_tensor *out)
{
    lure_map f = map_of(op);
    const lure_kernels *kernels = lure_kernels_for(out->dtype);
    size_t n = lure_tensor_size(out);
    if (n == 0)
        return;
    if (in->dtype == out->dtype && lure_tensor_is_contiguous(in)) {
        kernels->map(f, n, in->data, out->data);
        return;
    }
    double buffer[CHUNK];
    lure_walk walk;
    lure_walk_begin(&walk, out->n_dims, out->shape, 2, (const size_t *const[]){in->stride, out->stride});
    bool whole = in->dtype == out->dtype && walk.step[0] == 1;
    do {
        for (size_t done = 0, count; done < walk.n; done += count) {
            count = chunk_of(walk.n - done, whole);
            numbers x =
                read_run(in, walk.at[0] + done * walk.step[0], walk.step[0], count, out->dtype, buffer);
            char *place = lure_walk_place(out->data, out->dtype, walk.at[1] + done);
            kernels->map(f, x.step == 0 ? 1 : count, x.data, place);
            if (x.step == 0 && count > 1)
                lure_numbers_convert(count - 1, out->dtype, place, 0, out->dtype,
                                     lure_walk_place(place, out->dtype, 1), 1);
        }
    } while (lure_walk_next(&walk));
}

static double held(double bound)
{
    return fmin(fmax(bound, INT32_MIN), INT32_MAX);
}

/* NaN compares with nothing and stays. Eights, so that compilers make vectors of them. */
#define CLAMP(real)                                                                                          \
    static void clamp_##real(size_t n, real y[], real least, real most)                                      \
    {                                                                                                        \
        size_t i = 0;                                                                                        \
        for (; i + 8 <= n; i += 8)                                                                           \
            for (size_t j = 0; j < 8; j++) {                                                                 \
                real x = y[i + j] < least ? least : y[i + j];                                                \
                y[i + j] = x > most ? most : x;                                                              \
            }                                                                                                \
        for (; i < n; i++)                                                                                   \
            y[i] = y[i] < least ? least : y[i] > most ? most : y[i];                                         \
    }
CLAMP(float)
CLAMP(double)
CLAMP(int32_t)

void lure_elementwise_clamp(const lure_tensor *in, double low, double high, lure_tensor *out)
{
    size_t n = lure_tensor_size(out);
    if (in->data != out->data)
        lure_tensor_copy(in, out);
    switch (out->dtype) {
    case LURE_F32: clamp_float(n, out->data, (float)low, (float)high); return;
    case LURE_F64: clamp_double(n, out->data, low, high); return;
    case LURE_I32: clamp_int32_t(n, out->data, (int32_t)held(low), (int32_t)held(high)); return;
    }
}

/* Eights, which compilers make vectors of; all are read before any is written, since `to` may be an input. */
#define CHOOSE(condition_type, real)                                                                         \
    static void choose_##condition_type##_##real(size_t n, const condition_type *c, size_t c_step,           \
                                                 const real *x, size_t x_step, const real *y, size_t y_step, \
                                                 real to[])                                                  \
    {                                                                                                        \
        size_t i = 0;                                                                                        \
        if (c_step == 1 && x_step == 1 && y_step == 1)                                                       \
            for (; i + 8 <= n; i += 8) {                                                                     \
                real chosen[8];                                                                              \
                for (size_t j = 0; j < 8; j++) {                                                             \
                    real yes = x[i + j], no = y[i + j];                                                      \
                    chosen[j] = c[i + j] != 0 ? yes : no;                                                    \
                }                                                                                            \
                memcpy(to + i, chosen, sizeof chosen);                                                       \
            }                                                                                                \
        for (; i < n; i++)                                                                                   \
            to[i] = c[i * c_step] != 0 ? x[i * x_step] : y[i * y_step];                                      \
    }
CHOOSE(float, float)
CHOOSE(float, double)
CHOOSE(float, int32_t)
CHOOSE(double, float)
CHOOSE(double, double)
CHOOSE(double, int32_t)
CHOOSE(int32_t, float)
CHOOSE(int32_t, double)
CHOOSE(int32_t, int32_t)

/* by the result's type */
#define CHOOSE_BY(condition_type)                                                                            \
    do {                                                                                                     \
        size_t step = walk.step[0];                                                                          \
        switch (out->dtype) {                                                                                \
        case LURE_F32:                                                                                       \
            choose_##condition_type##_float(count, if_set, step, yes.data, yes.step, no.data, no.step,       \
                                            place);                                                          \
            break;                                                                                           \
        case LURE_F64:                                                                                       \
            choose_##condition_type##_double(count, if_set, step, yes.data, yes.step, no.data, no.step,      \
                                             place);                                                         \
            break;                                                                                           \
        case LURE_I32:                                                                                       \
            choose_##condition_type##_int32_t(count, if_set, step, yes.data, yes.step, no.data, no.step,     \
                                              place);                                                        \
            break;                                                                                           \
        }                                                                                                    \
    } while (0)

void lure_elementwise_where(const lure_tensor *condition, const lure_tensor *then,
                            const lure_tensor *otherwise, lure_tensor *out)
{
    if (lure_tensor_size(out) == 0)
        return;
    size_t strides[3][LURE_MAX_DIMS];
    double then_buffer[CHUNK], otherwise_buffer[CHUNK];
    lure_walk walk;
    lure_walk_strides(condition, out->n_dims, out->shape, strides[0]);
    lure_walk_strides(then, out->n_dims, out->shape, strides[1]);
    lure_walk_strides(otherwise, out->n_dims, out->shape, strides[2]);
    lure_walk_begin(&walk, out->n_dims, out->shape, 4,
                    (const size_t *const[]){strides[0], strides[1], strides[2], out->stride});
    bool whole =
        then->dtype == out->dtype && otherwise->dtype == out->dtype && walk.step[1] <= 1 && walk.step[2] <= 1;
    do {
        for (size_t done = 0, count; done < walk.n; done += count) {
            count = chunk_of(walk.n - done, whole);
            numbers yes = read_run(then, walk.at[1] + done * walk.step[1], walk.step[1], count, out->dtype,
                                   then_buffer);
            numbers no = read_run(otherwise, walk.at[2] + done * walk.step[2], walk.step[2], count,
                                  out->dtype, otherwise_buffer);
            void *place = lure_walk_place(out->data, out->dtype, walk.at[3] + done);
            const void *if_set =
                lure_walk_place(condition->data, condition->dtype, walk.at[0] + done * walk.step[0]);
            switch (condition->dtype) {
            case LURE_F32: CHOOSE_BY(float); break;
            case LURE_F64: CHOOSE_BY(double); break;
            case LURE_I32: CHOOSE_BY(int32_t); break;
            }
        }
    } while (lure_walk_next(&walk));
}
