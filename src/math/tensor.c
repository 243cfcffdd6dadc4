/* tensor.c: shapes over somebody's memory; see tensor.h. */
#include "math/walk.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

size_t lure_dtype_size(lure_dtype dtype)
{
    switch (dtype) {
    case LURE_F32: return sizeof(float);
    case LURE_F64: return sizeof(double);
    case LURE_I32: return sizeof(int32_t);
    }
    return 0;
}

const char *lure_dtype_name(lure_dtype dtype)
{
    switch (dtype) {
    case LURE_F32: return "float32";
    case LURE_F64: return "float64";
    case LURE_I32: return "int32";
    }
    return "unknown";
}

bool lure_tensor_bytes(const lure_tensor *t, size_t *bytes)
{
    *bytes = lure_dtype_size(t->dtype);
    for (int i = 0; i < t->n_dims; i++)
        if (__builtin_mul_overflow(*bytes, t->shape[i], bytes))
            return false;
    return true;
}

/* Where in memory, in elements, the i-th number in row-major order lies. */
static size_t place_of(const lure_tensor *t, size_t i)
{
    size_t place = 0;
    for (int axis = t->n_dims; axis-- > 0; i /= t->shape[axis])
        place += i % t->shape[axis] * t->stride[axis];
    return place;
}

double lure_tensor_get(const lure_tensor *t, size_t i)
{
    size_t place = place_of(t, i);
    switch (t->dtype) {
    case LURE_F32: return (double)((const float *)t->data)[place];
    case LURE_F64: return ((const double *)t->data)[place];
    case LURE_I32: return (double)((const int32_t *)t->data)[place];
    }
    return NAN;
}

/* C leaves the conversion undefined outside of the range, and a script can ask for it: the ends are held, NaN
   becomes 0. */
static int32_t nearest_int(double value)
{
    if (isnan(value))
        return 0;
    if (value <= INT32_MIN)
        return INT32_MIN;
    if (value >= INT32_MAX)
        return INT32_MAX;
    return (int32_t)rint(value);
}

void lure_tensor_set(lure_tensor *t, size_t i, double value)
{
    size_t place = place_of(t, i);
    switch (t->dtype) {
    case LURE_F32: ((float *)t->data)[place] = (float)value; break;
    case LURE_F64: ((double *)t->data)[place] = value; break;
    case LURE_I32: ((int32_t *)t->data)[place] = nearest_int(value); break;
    }
}

/* Eights, so that compilers see a loop they can turn into vectors. */
#define CONVERT(from_type, to_type, convert)                                                                 \
    static void from_##from_type##_to_##to_type(size_t n, const from_type *restrict from, size_t from_step,  \
                                                to_type to[restrict], size_t to_step)                        \
    {                                                                                                        \
        size_t i = 0;                                                                                        \
        if (from_step == 1 && to_step == 1)                                                                  \
            for (; i + 8 <= n; i += 8)                                                                       \
                for (size_t j = 0; j < 8; j++)                                                               \
                    to[i + j] = convert(from[i + j]);                                                        \
        for (; i < n; i++)                                                                                   \
            to[i * to_step] = convert(from[i * from_step]);                                                  \
    }
#define NEAREST(x) nearest_int((double)(x))
CONVERT(float, float, )
CONVERT(float, double, (double))
CONVERT(float, int32_t, NEAREST)
CONVERT(double, float, (float))
CONVERT(double, double, )
CONVERT(double, int32_t, NEAREST)
CONVERT(int32_t, float, (float))
CONVERT(int32_t, double, (double))
CONVERT(int32_t, int32_t, )

void lure_numbers_convert(size_t n, lure_dtype from_type, const void *from, size_t from_step,
                          lure_dtype to_type, void *to, size_t to_step)
{
    if (from_type == to_type && from_step == 1 && to_step == 1) {
        memcpy(to, from, n * lure_dtype_size(to_type));
        return;
    }
    switch (to_type) {
    case LURE_F32:
        switch (from_type) {
        case LURE_F32: from_float_to_float(n, from, from_step, to, to_step); return;
        case LURE_F64: from_double_to_float(n, from, from_step, to, to_step); return;
        case LURE_I32: from_int32_t_to_float(n, from, from_step, to, to_step); return;
        }
        return;
    case LURE_F64:
        switch (from_type) {
        case LURE_F32: from_float_to_double(n, from, from_step, to, to_step); return;
        case LURE_F64: from_double_to_double(n, from, from_step, to, to_step); return;
        case LURE_I32: from_int32_t_to_double(n, from, from_step, to, to_step); return;
        }
        return;
    case LURE_I32:
        switch (from_type) {
        case LURE_F32: from_float_to_int32_t(n, from, from_step, to, to_step); return;
        case LURE_F64: from_double_to_int32_t(n, from, from_step, to, to_step); return;
        case LURE_I32: from_int32_t_to_int32_t(n, from, from_step, to, to_step); return;
        }
        return;
    }
}

void lure_tensor_copy(const lure_tensor *from, lure_tensor *to)
{
    assert(lure_tensor_same_shape(from, to));
    size_t n = lure_tensor_size(to);
    if (n == 0)
        return;
    if (lure_tensor_is_contiguous(from) && lure_tensor_is_contiguous(to)) {
        lure_numbers_convert(n, from->dtype, from->data, 1, to->dtype, to->data, 1);
        return;
    }
    lure_walk walk;
    lure_walk_begin(&walk, to->n_dims, to->shape, 2, (const size_t *const[]){from->stride, to->stride});
    do {
        lure_numbers_convert(walk.n, from->dtype, lure_walk_place(from->data, from->dtype, walk.at[0]),
                             walk.step[0], to->dtype, lure_walk_place(to->data, to->dtype, walk.at[1]),
                             walk.step[1]);
    } while (lure_walk_next(&walk));
}

/* ---- views ---- */

static void *moved(const lure_tensor *t, size_t elements)
{
    return t->data ? (char *)t->data + elements * lure_dtype_size(t->dtype) : NULL;
}

lure_tensor lure_tensor_select(const lure_tensor *t, int axis, size_t i)
{
    assert(axis >= 0 && axis < t->n_dims);
    lure_tensor view = {.data = moved(t, i * t->stride[axis]), .n_dims = t->n_dims - 1, .dtype = t->dtype};
    for (int from = 0, to = 0; from < t->n_dims; from++) {
        if (from == axis)
            continue;
        view.shape[to] = t->shape[from];
        view.stride[to++] = t->stride[from];
    }
    return view;
}

lure_tensor lure_tensor_slice(const lure_tensor *t, int axis, size_t first, size_t n, size_t step)
{
    assert(axis >= 0 && axis < t->n_dims);
    lure_tensor view = *t;
    view.data = n > 0 ? moved(t, first * t->stride[axis]) : t->data;
    view.shape[axis] = n;
    view.stride[axis] = t->stride[axis] * step;
    return view;
}

lure_tensor lure_tensor_transpose(const lure_tensor *t, int a, int b)
{
    assert(a >= 0 && a < t->n_dims && b >= 0 && b < t->n_dims);
    lure_tensor view = *t;
    view.shape[a] = t->shape[b];
    view.stride[a] = t->stride[b];
    view.shape[b] = t->shape[a];
    view.stride[b] = t->stride[a];
    return view;
}

bool lure_tensor_reshape(const lure_tensor *t, int n_dims, const size_t *shape, lure_tensor *out)
{
    lure_tensor view = lure_tensor_view(t->data, t->dtype, n_dims, shape);
    if (lure_tensor_size(&view) != lure_tensor_size(t) || !lure_tensor_is_contiguous(t))
        return false;
    *out = view;
    return true;
}

bool lure_tensor_broadcast(const lure_tensor *a, const lure_tensor *b, int *n_dims,
                           size_t shape[LURE_MAX_DIMS])
{
    int n = a->n_dims > b->n_dims ? a->n_dims : b->n_dims;
    for (int i = 0; i < n; i++) {
        int ia = i - (n - a->n_dims), ib = i - (n - b->n_dims);
        size_t side_a = ia >= 0 ? a->shape[ia] : 1, side_b = ib >= 0 ? b->shape[ib] : 1;
        if (side_a != side_b && side_a != 1 && side_b != 1)
            return false;
        shape[i] = side_a == 1 ? side_b : side_a;
    }
    *n_dims = n;
    return true;
}

lure_tensor lure_tensor_expand(const lure_tensor *t, int n_dims, const size_t *shape)
{
    assert(n_dims >= t->n_dims && n_dims <= LURE_MAX_DIMS);
    lure_tensor view = {.data = t->data, .n_dims = n_dims, .dtype = t->dtype};
    for (int i = 0; i < n_dims; i++) {
        int from = i - (n_dims - t->n_dims);
        view.shape[i] = shape[i];
        view.stride[i] = from >= 0 && t->shape[from] == shape[i] ? t->stride[from] : 0;
    }
    return view;
}

void lure_tensor_shape_text(const lure_tensor *t, char out[LURE_SHAPE_TEXT])
{
    size_t n = 0;
    out[n++] = '(';
    for (int i = 0; i < t->n_dims; i++) {
        int written = snprintf(out + n, LURE_SHAPE_TEXT - n, "%s%zu", i > 0 ? ", " : "", t->shape[i]);
        if (written < 0 || (size_t)written > LURE_SHAPE_TEXT - n - 2) {
            n = LURE_SHAPE_TEXT - 5; /* four sizes of twenty digits: nobody's, but it must not overrun */
            out[n++] = '.';
            out[n++] = '.';
            break;
        }
        n += (size_t)written;
    }
    out[n++] = ')';
    out[n] = '\0';
}
