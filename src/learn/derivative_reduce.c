/* derivative_reduce.c: derivatives of what looks at the numbers along an axis: reductions, softmax, cumulative sums,
   sorting; see derivative.h. A result's numbers belong to lines of the input: `n` numbers, `step` apart. Sums along a
   line add in double, in the order of the line. */
#include "learn/derivative.h"
#include "learn/numbers.h"
#include "math/kernel.h"

typedef struct lines {
    size_t outer, n, step; /* line l of `outer * step` begins at l / step * n * step + l % step */
    const void *x;         /* the input, contiguous, in the result's type */
    void *dx;              /* its gradient */
    const void *y, *dy;    /* (line) of a reduction, else like x */
    lure_dtype dtype;
} lines;

/* The lines of input 0; false: the account refused. */
static bool lines_of(const lure_back *b, bool reads_x, lines *out)
{
    const lure_tensor *x = &b->record->inputs[0].tensor;
    int axis = b->options ? b->options->axis : LURE_ALL_AXES;
    size_t step;
    *out = (lines){.outer = 1, .n = 1, .step = 1, .dtype = b->record->value.dtype};
    for (int i = 0; i < x->n_dims; i++)
        if (axis == LURE_ALL_AXES || i == axis)
            out->n *= x->shape[i];
        else if (i < axis)
            out->outer *= x->shape[i];
        else
            out->step *= x->shape[i];
    out->x = reads_x ? lure__run(b, x, out->dtype, x->n_dims, x->shape, &step) : "";
    out->dx = lure__gradient_of(b, 0).data;
    out->y = b->record->value.data;
    out->dy = b->dy.data;
    return out->x && out->dx;
}

static inline double get(const lines *l, const void *numbers, size_t i)
{
    return lure__get(l->dtype, numbers, i);
}

static inline void add(const lines *l, size_t i, double more)
{
    lure__add(l->dtype, l->dx, i, more);
}

/* the i-th of numbers of the lines' type */
static inline void *at(const lines *l, const void *numbers, size_t i)
{
    return (char *)(uintptr_t)numbers + i * lure_dtype_size(l->dtype);
}

static void add_to_all_f32(size_t n, float more, float *to)
{
    for (size_t i = 0; i < n; i++)
        to[i] += more;
}

static void add_to_all_f64(size_t n, double more, double *to)
{
    for (size_t i = 0; i < n; i++)
        to[i] += more;
}

static inline size_t n_lines(const lines *l)
{
    return l->outer * l->step;
}

static inline size_t beginning(const lines *l, size_t line)
{
    return line / l->step * l->n * l->step + line % l->step;
}

/* Each number of a line gets the line's derivative; what lies side by side in memory is added side by side. */
bool lure__sum_back(const lure_back *b)
{
    lines l;
    if (!lines_of(b, false, &l))
        return false;
    const lure_kernels *kernels = lure_kernels_for(l.dtype);
    double scale = b->op == LURE_OP_MEAN ? 1 / (double)l.n : 1;
    if (l.step > 1) {
        for (size_t row = 0; row < l.outer * l.n; row++)
            kernels->axpy(l.step, scale, at(&l, l.dy, row / l.n * l.step), at(&l, l.dx, row * l.step));
        return true;
    }
    for (size_t line = 0; line < l.outer; line++) {
        double dy = scale * get(&l, l.dy, line);
        if (l.dtype == LURE_F64)
            add_to_all_f64(l.n, dy, at(&l, l.dx, line * l.n));
        else
            add_to_all_f32(l.n, (float)dy, at(&l, l.dx, line * l.n));
    }
    return true;
}

bool lure__variance_back(const lure_back *b)
{
    lines l;
    if (!lines_of(b, true, &l))
        return false;
    for (size_t line = 0; l.n >= 2 && line < n_lines(&l); line++) {
        size_t from = beginning(&l, line);
        double mean = 0, scale = 2 * get(&l, l.dy, line) / (double)(l.n - 1);
        for (size_t i = 0; i < l.n; i++)
            mean += get(&l, l.x, from + i * l.step);
        mean /= (double)l.n;
        for (size_t i = 0; i < l.n; i++)
            add(&l, from + i * l.step, scale * (get(&l, l.x, from + i * l.step) - mean));
    }
    return true;
}

bool lure__extreme_back(const lure_back *b)
{
    lines l;
    if (!lines_of(b, true, &l))
        return false;
    for (size_t line = 0; line < n_lines(&l); line++) {
        size_t from = beginning(&l, line), i = 0;
        double y = get(&l, l.y, line);
        for (; i < l.n; i++) {
            double x = get(&l, l.x, from + i * l.step);
            if (x == y || (isnan(x) && isnan(y)))
                break;
        }
        if (i < l.n)
            add(&l, from + i * l.step, get(&l, l.dy, line));
    }
    return true;
}

/* Scratch as large as the lines; null: the account refused. */
static void *scratch_of(const lure_back *b, const lines *l)
{
    size_t size = l->outer * l->n * l->step;
    return lure__scratch(b, l->dtype, 1, &size).data;
}

/* dx = dy exp(x - y) */
bool lure__logsumexp_back(const lure_back *b)
{
    lines l;
    void *e;
    if (!lines_of(b, true, &l) || !(e = scratch_of(b, &l)))
        return false;
    for (size_t line = 0; line < n_lines(&l); line++)
        for (size_t i = 0, k = beginning(&l, line); i < l.n; i++, k += l.step)
            lure__set(l.dtype, e, k, get(&l, l.x, k) - get(&l, l.y, line));
    lure_kernels_for(l.dtype)->map(LURE_MAP_EXP, l.outer * l.n * l.step, e, e);
    for (size_t line = 0; line < n_lines(&l); line++)
        for (size_t i = 0, k = beginning(&l, line); i < l.n; i++, k += l.step)
            add(&l, k, get(&l, l.dy, line) * get(&l, e, k));
    return true;
}

/* y = softmax(x): dx = y (dy - sum of y dy). y = log softmax(x): dx = dy - exp(y) times the sum of dy. */
bool lure__softmax_back(const lure_back *b)
{
    lines l;
    bool of_log = b->op == LURE_OP_LOG_SOFTMAX;
    if (!lines_of(b, false, &l))
        return false;
    const void *p = l.y; /* the probabilities */
    if (of_log) {
        void *e = scratch_of(b, &l);
        if (!e)
            return false;
        lure_kernels_for(l.dtype)->map(LURE_MAP_EXP, l.outer * l.n * l.step, l.y, e);
        p = e;
    }
    for (size_t line = 0; line < n_lines(&l); line++) {
        size_t from = beginning(&l, line), to = from + l.n * l.step;
        double sum = 0;
        for (size_t k = from; k < to; k += l.step)
            sum += of_log ? get(&l, l.dy, k) : get(&l, l.dy, k) * get(&l, p, k);
        for (size_t k = from; k < to; k += l.step)
            add(&l, k,
                of_log ? get(&l, l.dy, k) - get(&l, p, k) * sum : get(&l, p, k) * (get(&l, l.dy, k) - sum));
    }
    return true;
}

bool lure__cumulative_sum_back(const lure_back *b)
{
    lines l;
    if (!lines_of(b, false, &l))
        return false;
    for (size_t line = 0; line < n_lines(&l); line++) {
        size_t from = beginning(&l, line);
        double sum = 0;
        for (size_t i = l.n; i-- > 0;) {
            sum += get(&l, l.dy, from + i * l.step);
            add(&l, from + i * l.step, sum);
        }
    }
    return true;
}

/* Where each number had been is found by sorting once more: cheaper than keeping it for passes that never ask. */
bool lure__sort_back(const lure_back *b)
{
    const lure_tensor *x = &b->record->inputs[0].tensor, *y = &b->record->value;
    lines l;
    lure_tensor places = lure__scratch(b, LURE_I32, y->n_dims, y->shape);
    size_t bytes = lure_op_scratch_bytes(LURE_OP_SORT_INDICES, &x, b->options, &places);
    void *scratch = lure_tape_take(b->tape, bytes);
    if (!places.data || !scratch || !lines_of(b, false, &l))
        return false;
    lure_op_compute(LURE_OP_SORT_INDICES, 1, &x, b->options, &places, scratch, NULL);
    const int32_t *place = places.data;
    for (size_t line = 0; line < n_lines(&l); line++) {
        size_t from = beginning(&l, line);
        for (size_t i = 0; i < l.n; i++) {
            size_t at = from + i * l.step;
            add(&l, from + (size_t)place[at] * l.step, get(&l, l.dy, at));
        }
    }
    return true;
}
