/* derivative_matmul.c: y = a b: da += dy b^T, db += a^T dy; see derivative.h. A vector is a matrix of one row (a) or one
   column (b). A factor that served several of the batch gathers from them in the batch's order. */
#include "learn/derivative.h"
#include "math/kernel.h"
#include <string.h>

/* One factor, or the result, as matrices in memory; strides in numbers. */
typedef struct matrices {
    const char *data;
    size_t rows, columns, row, step; /* step: between columns */
    size_t batch[2];                 /* strides of the leading axes, 0 where this one is repeated */
} matrices;

static matrices matrices_of(const lure_tensor *t, const void *data, const lure_tensor *y, int n_batch,
                            bool vector, bool upright)
{
    matrices m = {.data = data, .rows = 1, .columns = 1};
    int n = t->n_dims, n_own = vector ? 1 : 2;
    if (!vector) {
        m.rows = t->shape[n - 2], m.row = t->stride[n - 2];
        m.columns = t->shape[n - 1], m.step = t->stride[n - 1];
    } else if (upright)
        m.rows = t->shape[n - 1], m.row = t->stride[n - 1];
    else
        m.columns = t->shape[n - 1], m.step = t->stride[n - 1];
    for (int i = 0; i < n_batch; i++) {
        int axis = n - n_own - n_batch + i;
        m.batch[2 - n_batch + i] = axis >= 0 && t->shape[axis] == y->shape[i] ? t->stride[axis] : 0;
    }
    return m;
}

static const void *in_batch(const matrices *m, size_t i, size_t j, size_t size)
{
    return m->data + (i * m->batch[0] + j * m->batch[1]) * size;
}

/* Factor i of the two in the result's type. False: the account refused. */
static bool factor(const lure_back *b, size_t i, lure_tensor *out)
{
    size_t step;
    *out = b->record->inputs[i].tensor;
    if (out->dtype == b->dy.dtype)
        return true;
    const void *data = lure__run(b, out, b->dy.dtype, out->n_dims, out->shape, &step);
    *out = lure_tensor_view((void *)(uintptr_t)data, b->dy.dtype, out->n_dims, out->shape);
    return data != NULL;
}

/* Where factor i's derivative adds up: its gradient, or zeroed scratch of the result's type. */
static bool sums_of(const lure_back *b, size_t i, lure_tensor *out)
{
    *out = lure__gradient_of(b, i);
    if (!out->data || out->dtype == b->dy.dtype)
        return out->data != NULL;
    *out = lure__scratch(b, b->dy.dtype, out->n_dims, out->shape);
    if (out->data)
        memset(out->data, 0, lure_tensor_size(out) * lure_dtype_size(out->dtype));
    return out->data != NULL;
}

bool lure__matmul_back(const lure_back *b)
{
    const lure_kernels *kernels = lure_kernels_for(b->dy.dtype);
    size_t size = lure_dtype_size(b->dy.dtype);
    lure_tensor a, z, sums;
    if (!factor(b, 0, &a) || !factor(b, 1, &z))
        return false;
    bool row = a.n_dims == 1, column = z.n_dims == 1;
    int n_batch = b->dy.n_dims - !row - !column;
    matrices left = matrices_of(&a, a.data, &b->dy, n_batch, row, false);
    matrices right = matrices_of(&z, z.data, &b->dy, n_batch, column, true);
    size_t m = left.rows, k = left.columns, n = right.columns;
    size_t side[2] = {n_batch > 1 ? b->dy.shape[0] : 1, n_batch > 0 ? b->dy.shape[n_batch - 1] : 1};
    for (size_t by = 0; by < 2; by++) {
        if (!lure__wants(b, by))
            continue;
        if (!sums_of(b, by, &sums))
            return false;
        matrices to = matrices_of(&sums, sums.data, &b->dy, n_batch, by == 0 ? row : column, by == 1);
        for (size_t i = 0; i < side[0]; i++)
            for (size_t j = 0; j < side[1]; j++) {
                const char *dy = (const char *)b->dy.data + (i * side[1] + j) * m * n * size;
                void *c = (char *)sums.data + (i * to.batch[0] + j * to.batch[1]) * size;
                if (by == 0)
                    kernels->product(m, k, n, dy, n, 1, in_batch(&right, i, j, size), right.step, right.row,
                                     true, c, k);
                else
                    kernels->product(k, n, m, in_batch(&left, i, j, size), left.step, left.row, dy, n, 1,
                                     true, c, n);
            }
        if (!lure__end_adding(b, by, &sums))
            return false;
    }
    return true;
}
