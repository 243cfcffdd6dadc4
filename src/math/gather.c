/* gather.c: see gather.h. */
#include "math/gather.h"
#include "math/walk.h"
#include <stdio.h>
#include <string.h>

/* numbers moved without being looked at */
typedef uint32_t __attribute__((may_alias)) word;
typedef uint64_t __attribute__((may_alias)) long_word;

/* The index at the i-th place of the indices is none of `n`. */
static lure_status out_of_range(const char *name, const lure_tensor *indices, size_t i, size_t n, int axis,
                                lure_error *err)
{
    char where[LURE_SHAPE_TEXT];
    lure_tensor place = *indices; /* its shape is what gets printed */
    double index = lure_tensor_get(indices, i);
    for (int d = indices->n_dims; d-- > 0; i /= indices->shape[d])
        place.shape[d] = i % indices->shape[d] + 1;
    lure_tensor_shape_text(&place, where);
    return lure_fail(err, LURE_ERROR_SCRIPT,
                     "%s: index %.0f at %s is out of range: axis %d has %zu, counted from 1", name, index + 1,
                     where, axis + 1, n);
}

lure_status lure_gather(const lure_tensor *values, const lure_tensor *indices, int axis, lure_tensor *out,
                        lure_error *err)
{
    if (lure_tensor_size(out) == 0)
        return LURE_OK;
    size_t side = values->shape[axis], stride = values->stride[axis], strides[LURE_MAX_DIMS] = {0};
    for (int i = 0; i < indices->n_dims; i++) /* where each of them finds its line of values */
        strides[i] = i == axis ? 0 : values->stride[i];
    lure_walk walk;
    lure_walk_begin(&walk, out->n_dims, out->shape, 3,
                    (const size_t *const[]){strides, indices->stride, out->stride});
    do {
        const int32_t *index = (const int32_t *)indices->data + walk.at[1];
        for (size_t i = 0; i < walk.n; i++) {
            size_t k = (size_t)index[i * walk.step[1]]; /* negative ones become huge */
            if (k >= side)
                return out_of_range("gather", indices, walk.at[2] + i, side, axis, err);
            size_t from = walk.at[0] + i * walk.step[0] + k * stride, to = walk.at[2] + i;
            if (values->dtype == LURE_F64)
                ((long_word *)out->data)[to] = ((const long_word *)values->data)[from];
            else
                ((word *)out->data)[to] = ((const word *)values->data)[from];
        }
    } while (lure_walk_next(&walk));
    return LURE_OK;
}

/* Slices of adjacent words. Those of minibatches are a number, or a few: a call for each would take longer than the copy. */
static void take_words(const int32_t *index, size_t index_stride, size_t n, const word *from, size_t stride,
                       size_t size, word *to)
{
    if (size == 1)
        for (size_t i = 0; i < n; i++)
            to[i] = from[(size_t)index[i * index_stride] * stride];
    else if (size == 4)
        for (size_t i = 0; i < n; i++)
            memcpy(to + 4 * i, from + (size_t)index[i * index_stride] * stride, 4 * sizeof *to);
    else
        for (size_t i = 0; i < n; i++)
            memcpy(to + size * i, from + (size_t)index[i * index_stride] * stride, size * sizeof *to);
}

lure_status lure_gather_take(const lure_tensor *values, const lure_tensor *indices, int axis,
                             lure_tensor *out, lure_error *err)
{
    size_t n = lure_tensor_size(indices), side = values->shape[axis];
    const int32_t *index = indices->data;
    for (size_t i = 0; i < n; i++)
        if ((size_t)index[i * indices->stride[0]] >= side)
            return out_of_range("take", indices, i, side, axis, err);
    size_t size = lure_tensor_size(out);
    if (size == 0 || n == 0)
        return LURE_OK;

    size_t rest = size / n, stride = values->stride[axis]; /* numbers of a slice */
    lure_tensor slice = lure_tensor_select(values, axis, 0);
    bool whole = axis == 0 && lure_tensor_is_contiguous(&slice);
    size_t bytes = rest * lure_dtype_size(values->dtype);
    if (whole && values->dtype != LURE_F64) {
        take_words(index, indices->stride[0], n, values->data, stride, rest, out->data);
        return LURE_OK;
    }
    for (size_t i = 0; i < n; i++) {
        size_t k = (size_t)index[i * indices->stride[0]];
        if (whole) {
            memcpy((char *)out->data + i * bytes, lure_walk_place(values->data, values->dtype, k * stride),
                   bytes);
        } else {
            lure_tensor from = lure_tensor_select(values, axis, k), to = lure_tensor_select(out, axis, i);
            lure_tensor_copy(&from, &to);
        }
    }
    return LURE_OK;
}

void lure_gather_concat(size_t n, const lure_tensor *const *inputs, int axis, lure_tensor *out)
{
    size_t first = 0;
    for (size_t i = 0; i < n; i++) {
        lure_tensor part = lure_tensor_slice(out, axis, first, inputs[i]->shape[axis], 1);
        lure_tensor_copy(inputs[i], &part);
        first += inputs[i]->shape[axis];
    }
}

void lure_gather_stack(size_t n, const lure_tensor *const *inputs, int axis, lure_tensor *out)
{
    for (size_t i = 0; i < n; i++) {
        lure_tensor part = lure_tensor_select(out, axis, i);
        lure_tensor_copy(inputs[i], &part);
    }
}
