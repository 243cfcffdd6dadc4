/* softmax.c: see softmax.h. As many short lines as a buffer holds are computed together, so that the kernels have long
   rows to work on; a line that no buffer holds is passed over three times. */
#include "math/softmax.h"
#include "math/lines.h"
#include "math/kernel.h"
#include <math.h>

enum { CHUNK = 256 };

static double maximum_of(size_t n, const double *x, double maximum)
{
    for (size_t i = 0; i < n; i++)
        if (x[i] > maximum || isnan(x[i]))
            maximum = x[i];
    return maximum;
}

/* What is taken off before exp: the maximum, which NaN wins. logsumexp leaves infinite numbers as they are, since
   their distance would be NaN. */
static double shift_of(lure_op op, double maximum)
{
    return op == LURE_OP_LOGSUMEXP && isinf(maximum) ? 0 : maximum;
}

static void take_off(size_t n, double *x, double shift)
{
    for (size_t i = 0; i < n; i++)
        x[i] -= shift;
}

static double log_of(double x)
{
    double y;
    lure_kernels_for(LURE_F64)->map(LURE_MAP_LOG, 1, &x, &y);
    return y;
}

static void write_numbers(lure_tensor *out, size_t at, size_t stride, size_t n, const double *x)
{
    lure_numbers_convert(n, LURE_F64, x, 1, out->dtype, lure_walk_place(out->data, out->dtype, at), stride);
}

/* ---- lines that fit the buffer ---- */

/* Results of `count` lines of n numbers, all in x, over x; of logsumexp there are `count`. */
static void short_lines(lure_op op, size_t count, size_t n, double x[CHUNK])
{
    const lure_kernels *kernels = lure_kernels_for(LURE_F64);
    double e[CHUNK], shift[CHUNK], sum[CHUNK];
    for (size_t line = 0; line < count; line++) {
        shift[line] = shift_of(op, maximum_of(n, x + line * n, -INFINITY));
        take_off(n, x + line * n, shift[line]);
    }
    kernels->map(LURE_MAP_EXP, count * n, x, e);
    for (size_t line = 0; line < count; line++)
        sum[line] = n <= LURE_PARTS / 2 ? lure_parts_of_few(n, e + line * n) : kernels->sum(n, e + line * n);
    if (op == LURE_OP_SOFTMAX) {
        for (size_t line = 0; line < count; line++)
            for (size_t i = line * n; i < (line + 1) * n; i++)
                x[i] = e[i] / sum[line];
        return;
    }
    kernels->map(LURE_MAP_LOG, count, sum, sum);
    for (size_t line = 0; line < count; line++)
        if (op == LURE_OP_LOGSUMEXP)
            x[line] = shift[line] + sum[line];
        else
            take_off(n, x + line * n, sum[line]);
}

/* ---- a line of any length ---- */

static void long_line(lure_op op, const lure_lines *from, size_t at, lure_tensor *out, size_t out_at,
                      size_t out_stride)
{
    const lure_kernels *kernels = lure_kernels_for(LURE_F64);
    double x[CHUNK], parts[LURE_PARTS] = {0}, maximum = -INFINITY;
    size_t n;
    for (size_t done = 0; done < from->n; done += n) {
        n = lure_lines_chunk(from, done, CHUNK);
        lure_lines_read(from, at, done, n, x);
        maximum = maximum_of(n, x, maximum);
    }
    double shift = shift_of(op, maximum);
    for (size_t done = 0; done < from->n; done += n) {
        n = lure_lines_chunk(from, done, CHUNK);
        lure_lines_read(from, at, done, n, x);
        take_off(n, x, shift);
        kernels->map(LURE_MAP_EXP, n, x, x);
        lure_parts_add(parts, n, x);
    }
    double sum = lure_parts_total(parts), log_sum = op == LURE_OP_SOFTMAX ? 0 : log_of(sum);
    if (op == LURE_OP_LOGSUMEXP) {
        double result = shift + log_sum;
        write_numbers(out, out_at, 1, 1, &result);
        return;
    }
    for (size_t done = 0; done < from->n; done += n) {
        n = lure_lines_chunk(from, done, CHUNK);
        lure_lines_read(from, at, done, n, x);
        take_off(n, x, shift);
        if (op == LURE_OP_SOFTMAX) {
            kernels->map(LURE_MAP_EXP, n, x, x);
            for (size_t i = 0; i < n; i++)
                x[i] /= sum;
        } else {
            take_off(n, x, log_sum);
        }
        write_numbers(out, out_at + done * out_stride, out_stride, n, x);
    }
}

/* ---- all lines ---- */

/* where a run of lines begins in the input and the result, and how far the next line is */
typedef struct place {
    size_t at, step;
} place;

/* `count` lines that together fit the buffer */
static void some_lines(lure_op op, const lure_lines *from, place in, size_t count, lure_tensor *out, place to,
                       size_t to_stride)
{
    double x[CHUNK];
    size_t n = from->n, n_out = op == LURE_OP_LOGSUMEXP ? 1 : n;
    const lure_tensor *t = from->tensor;
    if (from->n_dims == 1 && in.step == n && (from->stride[0] == 1 || n == 1)) /* one after the other */
        lure_numbers_convert(count * n, t->dtype, lure_walk_place(t->data, t->dtype, in.at), 1, LURE_F64, x,
                             1);
    else
        for (size_t line = 0; line < count; line++)
            lure_lines_read(from, in.at + line * in.step, 0, n, x + line * n);
    short_lines(op, count, n, x);
    if (to.step == n_out && (to_stride == 1 || n_out == 1))
        write_numbers(out, to.at, 1, count * n_out, x);
    else
        for (size_t line = 0; line < count; line++)
            write_numbers(out, to.at + line * to.step, to_stride, n_out, x + line * n_out);
}

void lure_softmax(lure_op op, const lure_tensor *in, unsigned axes, lure_tensor *out)
{
    lure_lines from;
    lure_lines_init(&from, in, axes);
    if (from.n_lines == 0)
        return;
    if (from.n == 0) { /* e summed over nothing */
        const double nothing = -INFINITY;
        for (size_t i = 0; op == LURE_OP_LOGSUMEXP && i < from.n_lines; i++)
            write_numbers(out, i, 1, 1, &nothing);
        return;
    }
    lure_lines to;
    lure_tensor results = *out;
    if (op == LURE_OP_LOGSUMEXP) /* a number a line */
        results = lure_tensor_view(out->data, out->dtype, from.n_kept, from.kept_side);
    lure_lines_init(&to, &results, op == LURE_OP_LOGSUMEXP ? 0 : axes);
    lure_walk walk;
    lure_walk_begin(&walk, from.n_kept, from.kept_side, 2,
                    (const size_t *const[]){from.kept_stride, to.kept_stride});
    size_t at_once = from.n <= CHUNK ? CHUNK / from.n : 1;
    do {
        for (size_t done = 0, count; done < walk.n; done += count) {
            count = walk.n - done < at_once ? walk.n - done : at_once;
            place i = {walk.at[0] + done * walk.step[0], walk.step[0]};
            place o = {walk.at[1] + done * walk.step[1], walk.step[1]};
            if (from.n <= CHUNK)
                some_lines(op, &from, i, count, out, o, to.stride[0]);
            else
                long_line(op, &from, i.at, out, o.at, to.stride[0]);
        }
    } while (lure_walk_next(&walk));
}
