/* matmul.c: see matmul.h. */
#include "math/matmul.h"
#include "math/kernel.h"
#include "math/walk.h"

enum { ROWS = LURE_MAX_DIMS - 2, COLUMNS }; /* the last two axes */

/* t with LURE_MAX_DIMS axes: sides of 1 in front, and where one axis stands for a matrix, behind or before it */
static lure_tensor as_matrices(const lure_tensor *t, bool column)
{
    lure_tensor m = {.data = t->data, .n_dims = LURE_MAX_DIMS, .dtype = t->dtype, .shape = {1, 1, 1, 1}};
    int last = t->n_dims == 1 && column ? ROWS : COLUMNS;
    for (int i = 0; i < t->n_dims; i++) {
        m.shape[last - i] = t->shape[t->n_dims - 1 - i];
        m.stride[last - i] = t->stride[t->n_dims - 1 - i];
    }
    return m;
}

/* Bytes for the numbers in that type; 0 when they have it. */
static size_t bytes_in_type(const lure_tensor *t, lure_dtype type)
{
    lure_tensor converted = lure_tensor_view(NULL, type, t->n_dims, t->shape);
    size_t bytes;
    if (t->dtype == type)
        return 0;
    return lure_tensor_bytes(&converted, &bytes) ? bytes : SIZE_MAX;
}

size_t lure_matmul_scratch_bytes(const lure_tensor *a, const lure_tensor *b, const lure_tensor *out)
{
    size_t left = bytes_in_type(a, out->dtype), right = bytes_in_type(b, out->dtype), bytes;
    if (lure_tensor_size(out) == 0)
        return 0;
    return __builtin_add_overflow(left, right, &bytes) ? SIZE_MAX : bytes;
}

static void convert(lure_tensor *t, lure_dtype type, void *scratch)
{
    lure_tensor converted = lure_tensor_view(scratch, type, t->n_dims, t->shape);
    if (t->dtype == type)
        return;
    lure_tensor_copy(t, &converted);
    *t = converted;
}

/* all batches; sides of 1 of a batch axis are read with a stride of 0 */
static void multiply(lure_tensor a, lure_tensor b, const lure_tensor *out)
{
    size_t batch[ROWS], rows = a.shape[ROWS], columns = b.shape[COLUMNS], depth = a.shape[COLUMNS];
    for (int i = 0; i < ROWS; i++) {
        batch[i] = a.shape[i] == 1 ? b.shape[i] : a.shape[i];
        if (a.shape[i] == 1)
            a.stride[i] = 0;
        if (b.shape[i] == 1)
            b.stride[i] = 0;
    }
    /* one matrix on the right and rows that go on from batch to batch: a single product */
    for (int i = ROWS - 1; i >= 0 && b.stride[i] == 0; i--) {
        bool goes_on = batch[i] == 1 || rows == 1 || a.stride[i] == rows * a.stride[ROWS];
        if (!goes_on)
            break;
        if (rows == 1)
            a.stride[ROWS] = a.stride[i];
        rows *= batch[i];
        batch[i] = 1;
    }
    const lure_kernels *kernels = lure_kernels_for(out->dtype);
    size_t c = 0;
    for (size_t i = 0; i < batch[0]; i++)
        for (size_t j = 0; j < batch[1]; j++, c += rows * columns)
            kernels->product(
                rows, columns, depth, lure_walk_place(a.data, a.dtype, i * a.stride[0] + j * a.stride[1]),
                a.stride[ROWS], a.stride[COLUMNS],
                lure_walk_place(b.data, b.dtype, i * b.stride[0] + j * b.stride[1]), b.stride[ROWS],
                b.stride[COLUMNS], false, lure_walk_place(out->data, out->dtype, c), columns);
}

void lure_matmul(const lure_tensor *a, const lure_tensor *b, lure_tensor *out, void *scratch)
{
    if (lure_tensor_size(out) == 0)
        return;
    lure_tensor left = as_matrices(a, false), right = as_matrices(b, true);
    size_t left_bytes = bytes_in_type(&left, out->dtype);
    convert(&left, out->dtype, scratch);
    convert(&right, out->dtype, left_bytes ? (char *)scratch + left_bytes : scratch);
    multiply(left, right, out);
}
