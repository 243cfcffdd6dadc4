/* surrogate.c: see surrogate.h. Rows are computed in pieces that fit the stack, so that strides and types of the inputs
   cost a copy and no memory. What the way back needs is one number a row, computed on the way there. */
#include "learn/surrogate.h"
#include "learn/numbers.h"
#include "math/kernel.h"

enum { PIECE = 128 };

#define REAL    float
#define NAME(x) x##_f32
#include "learn/surrogate.inc"
#undef REAL
#undef NAME
#define REAL    double
#define NAME(x) x##_f64
#include "learn/surrogate.inc"

static lure_status back(lure_tape *tape, const lure_record *record, lure_error *err)
{
    const lure_tensor *value = &record->value;
    void *gradient = lure_tape_gradient(tape, record->inputs[0].node);
    if (!gradient)
        return lure_tape_refused(err);
    lure_kernels_for(value->dtype)
        ->multiply_add(lure_tensor_size(value), record->gradient, 1, record->saved, 1, gradient);
    return LURE_OK;
}

static const lure_rule rule = {"clipped surrogate", back};

static lure_status check(const lure_tensor *log_prob, const lure_tensor *old, const lure_tensor *advantages,
                         double clip, lure_error *err)
{
    const lure_tensor *inputs[] = {log_prob, old, advantages};
    if (!(clip >= 0 && clip < INFINITY))
        return lure_fail(err, LURE_ERROR_SCRIPT, "clipped surrogate: clip must be 0 or more, it is %s",
                         lure__text(clip).is);
    for (int i = 0; i < 3; i++) {
        char shape[LURE_SHAPE_TEXT], first[LURE_SHAPE_TEXT];
        const char *const names[] = {"log_prob", "old_log_prob", "advantages"};
        lure_tensor_shape_text(inputs[i], shape);
        lure_tensor_shape_text(log_prob, first);
        if (inputs[i]->dtype == LURE_I32)
            return lure_fail(err, LURE_ERROR_SCRIPT,
                             "clipped surrogate: %s must be float32 or float64, it is int32", names[i]);
        if (inputs[i]->n_dims < 1)
            return lure_fail(err, LURE_ERROR_SCRIPT,
                             "clipped surrogate: %s must be one number a row, (n); its shape is %s", names[i],
                             shape);
        if (!lure_tensor_same_shape(inputs[i], log_prob))
            return lure_fail(err, LURE_ERROR_SCRIPT,
                             "clipped surrogate: %s is %s, but log_prob is %s: as many rows are needed",
                             names[i], shape, first);
        if (inputs[i]->n_dims > 1 && !lure_tensor_is_contiguous(inputs[i]))
            return lure_fail(err, LURE_ERROR_SCRIPT,
                             "clipped surrogate: %s, of shape %s, must be contiguous: give it copy()",
                             names[i], shape);
    }
    return LURE_OK;
}

/* The same numbers as (n). */
static lure_tensor flat(const lure_tensor *t)
{
    size_t n = lure_tensor_size(t);
    return t->n_dims == 1 ? *t : lure_tensor_view(t->data, t->dtype, 1, &n);
}

/* Rows `from` to from + n of t in that type: t's own, or copied to `copy`. */
static const void *rows(const lure_tensor *t, lure_dtype dtype, size_t from, size_t n, void *copy)
{
    lure_tensor part = lure_tensor_slice(t, 0, from, n, 1);
    if (part.dtype == dtype && lure_tensor_is_contiguous(&part))
        return part.data;
    lure_tensor to = lure_tensor_view(copy, dtype, 1, &n);
    lure_tensor_copy(&part, &to);
    return copy;
}

static void compute(const lure_tensor *log_prob, const lure_tensor *old, const lure_tensor *advantages,
                    double clip, char *value, char *slope, lure_surrogate_report *sums)
{
    const lure_kernels *kernels = lure_kernels_for(log_prob->dtype);
    size_t size = lure_dtype_size(log_prob->dtype), n = log_prob->shape[0];
    double copies[3][PIECE];
    for (size_t from = 0; from < n; from += PIECE) {
        size_t part = n - from < PIECE ? n - from : PIECE;
        const void *x = rows(log_prob, log_prob->dtype, from, part, copies[0]);
        const void *y = rows(old, log_prob->dtype, from, part, copies[1]);
        const void *a = rows(advantages, log_prob->dtype, from, part, copies[2]);
        void *to = value + from * size, *by = slope ? slope + from * size : NULL;
        if (log_prob->dtype == LURE_F64)
            piece_f64(kernels, part, x, y, a, 1 - clip, 1 + clip, to, by, sums);
        else
            piece_f32(kernels, part, x, y, a, (float)(1 - clip), (float)(1 + clip), to, by, sums);
    }
}

lure_status lure_surrogate_clipped(lure_tape *tape, const lure_value *log_prob,
                                   const lure_tensor *old_log_prob, const lure_tensor *advantages,
                                   double clip, lure_value *out, lure_surrogate_report *report,
                                   lure_error *err)
{
    const lure_tensor *x = &log_prob->tensor;
    lure_status status = check(x, old_log_prob, advantages, clip, err);
    if (status != LURE_OK)
        return status;
    size_t n = lure_tensor_size(x), bytes = n * lure_dtype_size(x->dtype);
    lure_tensor value = lure_tensor_view(out->tensor.data, x->dtype, x->n_dims, x->shape);
    void *slope = tape && log_prob->node != 0 ? lure_tape_take(tape, bytes) : NULL;
    if (tape && !value.data)
        value.data = lure_tape_take(tape, bytes);
    if (!value.data || (tape && log_prob->node != 0 && !slope))
        return lure_tape_refused(err);
    lure_surrogate_report sums = {0};
    const lure_tensor now = flat(x), before = flat(old_log_prob), gains = flat(advantages);
    compute(&now, &before, &gains, clip, value.data, slope, report ? &sums : NULL);
    if (report)
        *report = (lure_surrogate_report){.clip_fraction = n > 0 ? sums.clip_fraction / (double)n : 0,
                                          .kl_k1 = n > 0 ? sums.kl_k1 / (double)n : 0,
                                          .kl_k3 = n > 0 ? sums.kl_k3 / (double)n : 0};
    if (tape)
        return lure_tape_record(tape, &rule, 1, log_prob, &value, slope, out, err);
    out->tensor = value;
    out->node = 0;
    return LURE_OK;
}
