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

static lure_status in_type(lure_tensor *t, lure_dtype type, lure_memory *memory, void **block, size_t *bytes,
                           lure_error *err)
{
    *block = NULL;
    *bytes = 0;
    if (t->dtype == type)
        return LURE_OK;
    lure_tensor converted = lure_tensor_view(NULL, type, t->n_dims, t->shape);
    if (!lure_tensor_bytes(&converted, bytes) || !(*block = lure_memory_take(memory, *bytes)))
        return lure_fail(err, LURE_ERROR_MEMORY, "matmul: no memory to make %s of an input of %s",
                         lure_dtype_name(type), lure_dtype_name(t->dtype));
    converted.data = *block;
    lure_tensor_copy(t, &converted);
    *t = converted;
    return LURE_OK;
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

lure_status lure_matmul(const lure_tensor *a, const lure_tensor *b, lure_tensor *out, lure_memory *memory,
                        lure_error *err)
{
    if (lure_tensor_size(out) == 0)
        return LURE_OK;
    lure_tensor left = as_matrices(a, false), right = as_matrices(b, true);
    void *left_block, *right_block = NULL;
    size_t left_bytes, right_bytes = 0;
    lure_status status = in_type(&left, out->dtype, memory, &left_block, &left_bytes, err);
    if (status == LURE_OK)
        status = in_type(&right, out->dtype, memory, &right_block, &right_bytes, err);
    if (status == LURE_OK)
        multiply(left, right, out);
    lure_memory_give(memory, right_block, right_bytes);
    lure_memory_give(memory, left_block, left_bytes);
    return status;
}
