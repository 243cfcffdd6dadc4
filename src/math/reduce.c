/* reduce.c: many numbers to one; see reduce.h. Two ways, with the same operations for each result: line after line where
   a line's numbers lie closest together, else a block of lines (COLUMNS of them) at once, row after row. */
#include "math/reduce.h"
#include "math/elementwise.h"
#include "math/lines.h"
#include "math/kernel.h"
#include <assert.h>
#include <math.h>
#include <string.h>

enum {
    CHUNK = 256,  /* numbers of a line at a time; a multiple of LURE_PARTS */
    COLUMNS = 64, /* lines at a time */
    SHORT = 16,   /* numbers of a line that are too few for a call of their own */
};

/* out[i] = value, or += value */
static void put(lure_tensor *out, size_t i, double value, bool add)
{
    switch (out->dtype) {
    case LURE_F32: {
        float *to = (float *)out->data + i;
        *to = (float)(add ? (double)*to + value : value);
        return;
    }
    case LURE_F64: {
        double *to = (double *)out->data + i;
        *to = add ? *to + value : value;
        return;
    }
    case LURE_I32: {
        int32_t *to = (int32_t *)out->data + i;
        value = add ? (double)*to + value : value;
        lure_numbers_convert(1, LURE_F64, &value, 1, LURE_I32, to, 1);
        return;
    }
    }
}

/* NaN wins, and the first of equals */
static bool below(double x, double best)
{
    return x < best || (isnan(x) && !isnan(best));
}
static bool above(double x, double best)
{
    return x > best || (isnan(x) && !isnan(best));
}

/* ---- line after line ---- */

static double line_sum(const lure_lines *lines, size_t at)
{
    const lure_tensor *t = lines->tensor;
    if (lines->n_dims == 1 && lines->stride[0] == 1 && t->dtype != LURE_I32)
        return lure_kernels_for(t->dtype)->sum(lines->n, lure_walk_place(t->data, t->dtype, at));
    double x[CHUNK], parts[LURE_PARTS] = {0};
    for (size_t done = 0, n; done < lines->n; done += n) {
        n = lure_lines_chunk(lines, done, CHUNK);
        lure_lines_read(lines, at, done, n, x);
        lure_parts_add(parts, n, x);
    }
    return lure_parts_total(parts);
}

static double line_squares(const lure_lines *lines, size_t at, double mean)
{
    double x[CHUNK], parts[LURE_PARTS] = {0};
    for (size_t done = 0, n; done < lines->n; done += n) {
        n = lure_lines_chunk(lines, done, CHUNK);
        lure_lines_read(lines, at, done, n, x);
        for (size_t i = 0; i < n; i++)
            x[i] = (x[i] - mean) * (x[i] - mean);
        lure_parts_add(parts, n, x);
    }
    return lure_parts_total(parts);
}

typedef int64_t pair_bits __attribute__((vector_size(16)));

static inline lure_pair better(lure_pair a, lure_pair b, bool largest)
{
    pair_bits first = largest ? a > b : a < b;
    return (lure_pair)((first & (pair_bits)a) | (~first & (pair_bits)b));
}

/* The largest or the smallest number; NaN if there is one. Of two zeros, either. */
__attribute__((always_inline)) static inline double extreme(size_t n, const double *x, bool largest)
{
    double start = largest ? -INFINITY : INFINITY, best;
    lure_pair a = {start, start}, b = a, c = a, d = a;
    pair_bits none = {0};
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        lure_pair p = lure_pair_at(x + i), q = lure_pair_at(x + i + 2), r = lure_pair_at(x + i + 4),
                  s = lure_pair_at(x + i + 6);
        a = better(p, a, largest);
        b = better(q, b, largest);
        c = better(r, c, largest);
        d = better(s, d, largest);
        none |= ((p != p) | (q != q)) | ((r != r) | (s != s));
    }
    if (none[0] || none[1])
        return NAN;
    a = better(better(a, b, largest), better(c, d, largest), largest);
    best = a[0];
    if (largest ? a[1] > best : a[1] < best)
        best = a[1];
    for (; i < n; i++)
        if (largest ? above(x[i], best) : below(x[i], best))
            best = x[i];
    return best;
}

/* the first of a line's smallest or largest numbers, and where it is */
static double line_end(const lure_lines *lines, size_t at, bool largest, size_t *where)
{
    double x[CHUNK], best = NAN;
    size_t chunk = 0; /* the first that holds it */
    assert(lines->n > 0);
    for (size_t done = 0, n; done < lines->n; done += n) {
        n = lure_lines_chunk(lines, done, CHUNK);
        lure_lines_read(lines, at, done, n, x);
        double end = largest ? extreme(n, x, true) : extreme(n, x, false);
        if (done > 0 && !(largest ? above(end, best) : below(end, best)))
            continue;
        best = end;
        chunk = done;
    }
    size_t n = lure_lines_chunk(lines, chunk, CHUNK), i = 0;
    if (chunk > 0 || n < lines->n) /* x may hold another one */
        lure_lines_read(lines, at, chunk, n, x);
    while (!(x[i] == best || isnan(x[i])))
        i++;
    *where = chunk + i;
    return x[i];
}

static double line_result(lure_op op, const lure_lines *lines, size_t at)
{
    double n = (double)lines->n;
    size_t where;
    switch ((int)op) {
    case LURE_OP_SUM: return line_sum(lines, at);
    case LURE_OP_MEAN: return line_sum(lines, at) / n;
    case LURE_OP_VARIANCE:
        return lines->n < 2 ? 0 : line_squares(lines, at, line_sum(lines, at) / n) / (n - 1);
    case LURE_OP_MIN: return line_end(lines, at, false, &where);
    case LURE_OP_MAX: return line_end(lines, at, true, &where);
    case LURE_OP_ARGMIN: line_end(lines, at, false, &where); return (double)where;
    case LURE_OP_ARGMAX: line_end(lines, at, true, &where); return (double)where;
    default: assert(false); return NAN;
    }
}

/* ---- a block of lines, row after row ---- */

typedef struct block {
    const lure_lines *lines;
    size_t at, step, n; /* the first of its n lines begins at `at`, the next ones a step further each */
    lure_walk rows;
    size_t row; /* of the walk's run */
} block;

static void block_begin(block *b)
{
    lure_walk_begin(&b->rows, b->lines->n_dims, b->lines->side, 1, (const size_t *const[]){b->lines->stride});
    b->row = 0;
}

/* where the next number of each line lies */
static const void *block_next(block *b)
{
    const lure_tensor *t = b->lines->tensor;
    if (b->row == b->rows.n) {
        lure_walk_next(&b->rows);
        b->row = 0;
    }
    return lure_walk_place(t->data, t->dtype, b->at + b->rows.at[0] + b->row++ * b->rows.step[0]);
}

/* those numbers; `buffer` is used where they do not lie as doubles side by side */
static const double *block_row(block *b, double buffer[COLUMNS])
{
    const void *data = block_next(b);
    lure_dtype type = b->lines->tensor->dtype;
    if (type == LURE_F64 && b->step == 1)
        return data;
    lure_numbers_convert(b->n, type, data, b->step, LURE_F64, buffer, 1);
    return buffer;
}

/* eights, which compilers make vectors of */
#define ADD_ROW(type)                                                                                        \
    do {                                                                                                     \
        const type *restrict from = data;                                                                    \
        size_t j = 0;                                                                                        \
        for (; j + 8 <= n; j += 8)                                                                           \
            for (size_t i = 0; i < 8; i++)                                                                   \
                to[j + i] += (double)from[j + i];                                                            \
        for (; j < n; j++)                                                                                   \
            to[j] += (double)from[j];                                                                        \
    } while (0)

static void add_row(block *b, double *restrict to)
{
    double buffer[COLUMNS];
    const void *data = block_next(b);
    lure_dtype type = b->lines->tensor->dtype;
    size_t n = b->n;
    if (b->step == 1 && type == LURE_F32) {
        ADD_ROW(float);
        return;
    }
    if (b->step != 1 || type == LURE_I32) {
        lure_numbers_convert(n, type, data, b->step, LURE_F64, buffer, 1);
        data = buffer;
    }
    ADD_ROW(double);
}

static void add_squares(block *b, const double *restrict means, double *restrict to)
{
    double buffer[COLUMNS];
    const double *restrict x = block_row(b, buffer);
    size_t j = 0;
    for (; j + 8 <= b->n; j += 8)
        for (size_t i = 0; i < 8; i++) {
            double off = x[j + i] - means[j + i];
            to[j + i] += off * off;
        }
    for (; j < b->n; j++)
        to[j] += (x[j] - means[j]) * (x[j] - means[j]);
}

/* Sums of all lines; with means: of the squared distances from them. Lines of four numbers leave half of the parts 0. */
static void block_sums(block *b, const double *means, double sums[COLUMNS])
{
    double p[LURE_PARTS][COLUMNS];
    size_t n = b->n, n_parts = b->lines->n <= LURE_PARTS / 2 ? LURE_PARTS / 2 : LURE_PARTS;
    for (size_t part = 0; part < n_parts; part++)
        memset(p[part], 0, n * sizeof(double));
    block_begin(b);
    for (size_t row = 0; row < b->lines->n; row++)
        if (means)
            add_squares(b, means, p[row % LURE_PARTS]);
        else
            add_row(b, p[row % LURE_PARTS]);
    if (n_parts < LURE_PARTS) {
        for (size_t j = 0; j < n; j++)
            sums[j] = (p[0][j] + p[2][j]) + (p[1][j] + p[3][j]);
        return;
    }
    for (size_t j = 0; j < n; j++)
        sums[j] = ((p[0][j] + p[4][j]) + (p[2][j] + p[6][j])) + ((p[1][j] + p[5][j]) + (p[3][j] + p[7][j]));
}

static void block_ends(block *b, bool largest, double best[COLUMNS], double where[COLUMNS])
{
    double buffer[COLUMNS];
    block_begin(b);
    for (size_t row = 0; row < b->lines->n; row++) {
        const double *x = block_row(b, buffer);
        for (size_t j = 0; j < b->n; j++)
            if (row == 0 || (largest ? above(x[j], best[j]) : below(x[j], best[j]))) {
                best[j] = x[j];
                where[j] = (double)row;
            }
    }
}

static void block_results(lure_op op, block *b, double results[COLUMNS])
{
    double n = (double)b->lines->n, other[COLUMNS];
    switch ((int)op) {
    case LURE_OP_SUM: block_sums(b, NULL, results); return;
    case LURE_OP_MEAN:
    case LURE_OP_VARIANCE:
        block_sums(b, NULL, results);
        for (size_t j = 0; j < b->n; j++)
            results[j] /= n;
        if (op == LURE_OP_MEAN)
            return;
        memcpy(other, results, b->n * sizeof(double));
        block_sums(b, other, results);
        for (size_t j = 0; j < b->n; j++)
            results[j] = b->lines->n < 2 ? 0 : results[j] / (n - 1);
        return;
    case LURE_OP_MIN: block_ends(b, false, results, other); return;
    case LURE_OP_MAX: block_ends(b, true, results, other); return;
    case LURE_OP_ARGMIN: block_ends(b, false, other, results); return;
    case LURE_OP_ARGMAX: block_ends(b, true, other, results); return;
    default: assert(false);
    }
}

/* ---- all lines ---- */

static void reduce(lure_op op, const lure_tensor *in, unsigned axes, lure_tensor *out, bool add)
{
    lure_lines lines;
    lure_lines_init(&lines, in, axes);
    if (lines.n_lines == 0)
        return;
    if (lines.n == 0) {
        for (size_t i = 0; i < lines.n_lines; i++)
            put(out, i, op == LURE_OP_MEAN ? NAN : 0, add);
        return;
    }
    lure_walk walk;
    lure_walk_begin(&walk, lines.n_kept, lines.kept_side, 1, (const size_t *const[]){lines.kept_stride});
    bool by_line = walk.n == 1 || (lines.stride[lines.n_dims - 1] < walk.step[0] && lines.n > SHORT);
    size_t place = 0;
    do {
        for (size_t done = 0, n; done < walk.n; done += n) {
            size_t at = walk.at[0] + done * walk.step[0];
            n = 1;
            if (by_line) {
                put(out, place++, line_result(op, &lines, at), add);
                continue;
            }
            n = walk.n - done < COLUMNS ? walk.n - done : COLUMNS;
            block b = {.lines = &lines, .at = at, .step = walk.step[0], .n = n};
            double results[COLUMNS];
            block_results(op, &b, results);
            for (size_t j = 0; j < n; j++)
                put(out, place++, results[j], add);
        }
    } while (lure_walk_next(&walk));
}

void lure_reduce_numbers(lure_op op, const lure_tensor *in, unsigned axes, lure_tensor *out)
{
    reduce(op, in, axes, out, false);
}

void lure_reduce_index(lure_op op, const lure_tensor *in, unsigned axes, lure_tensor *out)
{
    reduce(op, in, axes, out, false);
}

void lure_reduce_running(const lure_tensor *in, int axis, lure_tensor *out)
{
    lure_lines from, to;
    lure_lines_init(&from, in, 1U << axis);
    lure_lines_init(&to, out, 1U << axis);
    if (from.n_lines == 0 || from.n == 0)
        return;
    lure_walk walk;
    lure_walk_begin(&walk, from.n_kept, from.kept_side, 2,
                    (const size_t *const[]){from.kept_stride, to.kept_stride});
    do {
        for (size_t line = 0; line < walk.n; line++) {
            double x[CHUNK], sum = 0;
            size_t out_at = walk.at[1] + line * walk.step[1];
            for (size_t done = 0, n; done < from.n; done += n) {
                n = lure_lines_chunk(&from, done, CHUNK);
                lure_lines_read(&from, walk.at[0] + line * walk.step[0], done, n, x);
                for (size_t i = 0; i < n; i++)
                    x[i] = sum += x[i];
                lure_numbers_convert(n, LURE_F64, x, 1, out->dtype,
                                     lure_walk_place(out->data, out->dtype, out_at + done * to.stride[0]),
                                     to.stride[0]);
            }
        }
    } while (lure_walk_next(&walk));
}

/* ---- back from a broadcast ---- */

void lure_op_accumulate(const lure_tensor *from, lure_tensor *to)
{
    assert(lure_tensor_is_contiguous(to) && to->n_dims <= from->n_dims);
    unsigned axes = 0; /* those that `to` lacks or has a side of 1 in */
    int before = from->n_dims - to->n_dims;
    size_t n = 1; /* numbers that come to one */
    for (int axis = 0; axis < from->n_dims; axis++)
        if (axis < before || to->shape[axis - before] != from->shape[axis]) {
            axes |= 1U << axis;
            n *= from->shape[axis];
        }
    if (n == 1) {
        lure_tensor same = *to; /* from, without the sides of 1 in front */
        same.data = from->data;
        same.dtype = from->dtype;
        for (int axis = 0; axis < to->n_dims; axis++)
            same.stride[axis] = from->stride[axis + before];
        lure_elementwise_combine(LURE_OP_ADD, to, &same, to);
        return;
    }
    reduce(LURE_OP_SUM, from, axes, to, true);
}
