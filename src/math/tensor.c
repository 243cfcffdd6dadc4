/* tensor.c: shapes over somebody's memory; see tensor.h. */
#include "math/tensor.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>

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

lure_tensor lure_tensor_view(void *data, lure_dtype dtype, int n_dims, const size_t *shape)
{
    assert(n_dims >= 0 && n_dims <= LURE_MAX_DIMS);
    lure_tensor t = {.data = data, .n_dims = n_dims, .dtype = dtype};
    for (int i = 0; i < n_dims; i++)
        t.shape[i] = shape[i];
    return t;
}

size_t lure_tensor_size(const lure_tensor *t)
{
    size_t size = 1;
    for (int i = 0; i < t->n_dims; i++)
        size *= t->shape[i];
    return size;
}

bool lure_tensor_bytes(const lure_tensor *t, size_t *bytes)
{
    *bytes = lure_dtype_size(t->dtype);
    for (int i = 0; i < t->n_dims; i++)
        if (__builtin_mul_overflow(*bytes, t->shape[i], bytes))
            return false;
    return true;
}

bool lure_tensor_same_shape(const lure_tensor *a, const lure_tensor *b)
{
    if (a->n_dims != b->n_dims)
        return false;
    for (int i = 0; i < a->n_dims; i++)
        if (a->shape[i] != b->shape[i])
            return false;
    return true;
}

double lure_tensor_get(const lure_tensor *t, size_t i)
{
    switch (t->dtype) {
    case LURE_F32: return (double)((const float *)t->data)[i];
    case LURE_F64: return ((const double *)t->data)[i];
    case LURE_I32: return (double)((const int32_t *)t->data)[i];
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
    switch (t->dtype) {
    case LURE_F32: ((float *)t->data)[i] = (float)value; break;
    case LURE_F64: ((double *)t->data)[i] = value; break;
    case LURE_I32: ((int32_t *)t->data)[i] = nearest_int(value); break;
    }
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
