/* random_tensor.c: tensors for tests; see random_tensor.h. */
#define _GNU_SOURCE
#include "random_tensor.h"
#include "math/kernel.h"
#include "unit.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_BLOCKS = 4096, GUARD = 32 };

static struct {
    unsigned char *data;
    size_t size;
    bool guarded;
} blocks[MAX_BLOCKS];
static size_t n_blocks;

static void *block_of(size_t size, bool guarded)
{
    CHECK(n_blocks < MAX_BLOCKS);
    unsigned char *data = malloc(size + (guarded ? GUARD : 0) + (size == 0 && !guarded));
    CHECK(data != NULL);
    memset(data, 0xA5, size); /* what nobody writes shows */
    if (guarded)
        memset(data + size, 0x5A, GUARD);
    blocks[n_blocks].data = data;
    blocks[n_blocks].size = size;
    blocks[n_blocks++].guarded = guarded;
    return data;
}

void random_tensors_free(void)
{
    bool fine = true;
    for (size_t i = 0; i < n_blocks; i++) {
        for (size_t j = 0; blocks[i].guarded && j < GUARD; j++)
            fine = fine && blocks[i].data[blocks[i].size + j] == 0x5A;
        free(blocks[i].data);
    }
    n_blocks = 0;
    CHECK_SAY(fine, "an operation wrote beyond the end of its result");
}

int random_shape(lure_rng *rng, bool filled, size_t shape[LURE_MAX_DIMS])
{
    int n_dims = (int)lure_rng_below(rng, LURE_MAX_DIMS + 1);
    for (int i = 0; i < n_dims; i++) {
        shape[i] = 1 + lure_rng_below(rng, 5);
        if (lure_rng_below(rng, 5) == 0)
            shape[i] = 1;
        if (!filled && lure_rng_below(rng, 16) == 0)
            shape[i] = 0;
    }
    return n_dims;
}

lure_dtype random_real(lure_rng *rng)
{
    return lure_rng_below(rng, 2) ? LURE_F32 : LURE_F64;
}

lure_dtype random_dtype(lure_rng *rng)
{
    return (lure_dtype)lure_rng_below(rng, 3);
}

static double random_number(lure_rng *rng, lure_dtype dtype)
{
    if (dtype == LURE_I32)
        return (double)lure_rng_below(rng, 9) - 4;
    double x = 4 * lure_rng_uniform(rng) - 2;
    switch (lure_rng_below(rng, 12)) {
    case 0: return 0.0;
    case 1: return -0.0;
    case 2: return rint(x);
    default: return (double)(float)x;
    }
}

static lure_tensor random_layout(lure_rng *rng, lure_dtype dtype, int n_dims, const size_t *shape)
{
    lure_tensor t = {.n_dims = n_dims, .dtype = dtype};
    int order[LURE_MAX_DIMS] = {0}; /* outermost first */
    bool shuffled = lure_rng_below(rng, 2), gaps = lure_rng_below(rng, 2),
         repeats = lure_rng_below(rng, 6) == 0;
    for (int i = 0; i < n_dims; i++) {
        t.shape[i] = shape[i];
        int at = shuffled ? (int)lure_rng_below(rng, (uint64_t)i + 1) : i;
        order[i] = order[at];
        order[at] = i;
    }
    size_t stride = 1, last = 0;
    bool empty = false;
    for (int i = n_dims; i-- > 0;) {
        int axis = order[i];
        if (gaps)
            stride *= 1 + lure_rng_below(rng, 3);
        t.stride[axis] = stride;
        if (repeats && lure_rng_below(rng, 2))
            t.stride[axis] = 0;
        else
            stride *= shape[axis] ? shape[axis] : 1;
        empty = empty || shape[axis] == 0;
        if (shape[axis])
            last += (shape[axis] - 1) * t.stride[axis];
    }
    t.data = block_of(empty ? 0 : (last + 1) * lure_dtype_size(dtype), false);
    return t;
}

lure_tensor random_tensor(lure_rng *rng, lure_dtype dtype, int n_dims, const size_t *shape)
{
    lure_tensor t = random_layout(rng, dtype, n_dims, shape);
    for (size_t i = 0; i < lure_tensor_size(&t); i++)
        lure_tensor_set(&t, i, random_number(rng, dtype));
    return t;
}

lure_tensor random_indices(lure_rng *rng, size_t n, int n_dims, const size_t *shape)
{
    lure_tensor t = random_layout(rng, LURE_I32, n_dims, shape);
    for (size_t i = 0; i < lure_tensor_size(&t); i++)
        lure_tensor_set(&t, i, (double)lure_rng_below(rng, n));
    return t;
}

int random_part(lure_rng *rng, int n_dims, const size_t *shape, size_t part[LURE_MAX_DIMS])
{
    int gone = lure_rng_below(rng, 3) == 0 ? (int)lure_rng_below(rng, (uint64_t)n_dims + 1) : 0;
    for (int i = gone; i < n_dims; i++)
        part[i - gone] = lure_rng_below(rng, 3) == 0 ? 1 : shape[i];
    return n_dims - gone;
}

static lure_tensor result_block(lure_tensor t)
{
    size_t bytes;
    CHECK(lure_tensor_bytes(&t, &bytes));
    t.data = block_of(bytes, true);
    return t;
}

lure_tensor packed(const lure_tensor *t, lure_dtype dtype)
{
    lure_tensor copy = result_block(lure_tensor_view(NULL, dtype, t->n_dims, t->shape));
    for (size_t i = 0; i < lure_tensor_size(t); i++)
        lure_tensor_set(&copy, i, lure_tensor_get(t, i));
    return copy;
}

lure_tensor tensor_of(lure_dtype dtype, int n_dims, const size_t *shape, const double *numbers)
{
    lure_tensor t = result_block(lure_tensor_view(NULL, dtype, n_dims, shape));
    for (size_t i = 0; i < lure_tensor_size(&t); i++)
        lure_tensor_set(&t, i, numbers[i]);
    return t;
}

lure_tensor vector_of(lure_dtype dtype, size_t n, const double *numbers)
{
    return tensor_of(dtype, 1, &n, numbers);
}

lure_tensor computed(lure_op op, size_t n, const lure_tensor *const *inputs, const lure_op_options *options)
{
    lure_error err;
    lure_tensor out;
    CHECK_OK(lure_op_plan(op, n, inputs, options, &out, &err), &err);
    if (!out.data)
        out = result_block(out);
    size_t bytes = lure_op_scratch_bytes(op, inputs, options, &out);
    void *scratch = bytes > 0 ? malloc(bytes) : NULL; /* not a byte more, which AddressSanitizer sees */
    CHECK_OK(lure_op_compute(op, n, inputs, options, &out, scratch, &err), &err);
    free(scratch);
    return out;
}

lure_tensor computed1(lure_op op, const lure_tensor *t, const lure_op_options *options)
{
    return computed(op, 1, &t, options);
}

lure_tensor computed2(lure_op op, const lure_tensor *a, const lure_tensor *b, const lure_op_options *options)
{
    return computed(op, 2, (const lure_tensor *const[]){a, b}, options);
}

lure_tensor computed_everywhere(lure_op op, size_t n, const lure_tensor *const *inputs,
                                const lure_op_options *options)
{
    lure_tensor out = computed(op, n, inputs, options), copies[RANDOM_MOST];
    const lure_tensor *pointers[RANDOM_MOST];
    char what[64];
    CHECK(n <= RANDOM_MOST);
    for (size_t i = 0; i < n; i++) {
        copies[i] = packed(inputs[i], inputs[i]->dtype);
        pointers[i] = &copies[i];
    }
    lure_tensor other = computed(op, n, pointers, options);
    snprintf(what, sizeof what, "%s of contiguous copies", lure_op_info_of(op)->name);
    check_same_tensor(what, &other, &out);

    const char *chosen = getenv("LURE_CPU");
    char *before = chosen ? strdup(chosen) : NULL;
    lure_error err;
    for (int path = 0; path <= (int)LURE_CPU_AVX512; path++) {
        if (!lure_kernels_on((lure_cpu_path)path, LURE_F64))
            continue;
        setenv("LURE_CPU", lure_cpu_path_name((lure_cpu_path)path), 1);
        CHECK_OK(lure_cpu_path_init(&err), &err);
        other = computed(op, n, inputs, options);
        snprintf(what, sizeof what, "%s on %s", lure_op_info_of(op)->name,
                 lure_cpu_path_name((lure_cpu_path)path));
        check_same_tensor(what, &other, &out);
    }
    if (before)
        setenv("LURE_CPU", before, 1);
    else
        unsetenv("LURE_CPU");
    free(before);
    CHECK_OK(lure_cpu_path_init(&err), &err);
    return out;
}

void check_refused(const char *text, lure_op op, size_t n, const lure_tensor *const *inputs,
                   const lure_op_options *options)
{
    lure_error err;
    lure_tensor out;
    lure_status status = lure_op_plan(op, n, inputs, options, &out, &err);
    if (status == LURE_OK) {
        out = result_block(out);
        status = lure_op_compute(op, n, inputs, options, &out, NULL, &err);
    }
    CHECK_STATUS(status, LURE_ERROR_SCRIPT, &err);
    CHECK_TEXT(err.text, text);
}

void check_same_tensor(const char *what, const lure_tensor *a, const lure_tensor *b)
{
    char shapes[2][LURE_SHAPE_TEXT];
    lure_tensor_shape_text(a, shapes[0]);
    lure_tensor_shape_text(b, shapes[1]);
    CHECK_SAY(lure_tensor_same_shape(a, b) && a->dtype == b->dtype, "%s: %s %s is not %s %s", what,
              lure_dtype_name(a->dtype), shapes[0], lure_dtype_name(b->dtype), shapes[1]);
    for (size_t i = 0; i < lure_tensor_size(a); i++) {
        double x = lure_tensor_get(a, i), y = lure_tensor_get(b, i);
        CHECK_SAY(isnan(x) ? isnan(y) : memcmp(&x, &y, sizeof x) == 0,
                  "%s, shape %s: number %zu is %a, not %a", what, shapes[0], i, x, y);
    }
}

void index_of(const lure_tensor *t, size_t i, size_t index[LURE_MAX_DIMS])
{
    for (int axis = t->n_dims; axis-- > 0; i /= t->shape[axis])
        index[axis] = i % t->shape[axis];
}

double at_index(const lure_tensor *t, const size_t *index)
{
    return at_broadcast(t, t->n_dims, index);
}

double at_broadcast(const lure_tensor *t, int n_dims, const size_t *index)
{
    size_t place = 0;
    for (int axis = 0; axis < t->n_dims; axis++) {
        size_t i = index[axis + n_dims - t->n_dims];
        place += (t->shape[axis] == 1 ? 0 : i) * t->stride[axis];
    }
    switch (t->dtype) {
    case LURE_F32: return (double)((const float *)t->data)[place];
    case LURE_F64: return ((const double *)t->data)[place];
    case LURE_I32: return (double)((const int32_t *)t->data)[place];
    }
    return NAN;
}

double rounded(lure_dtype dtype, double x)
{
    return dtype == LURE_F32 ? (double)(float)x : x;
}
