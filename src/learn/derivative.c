/* derivative.c: operations of the table on a tape, and what their derivatives share; see derivative.h. */
#include "learn/derivative.h"
#include "learn/tape_keep.h"
#include "math/kernel.h"
#include "math/walk.h"
#include <string.h>

static lure_status back(lure_tape *tape, const lure_record *record, lure_error *err);

#define RULE(name, word, rule, derivative) [LURE_OP_##name] = {word, back},
static const lure_rule rules[LURE_N_OPERATIONS] = {LURE_OPERATIONS(RULE)};
#undef RULE

/* null: there is no derivative, or it is 0 everywhere */
static bool (*const derivatives[LURE_N_OPERATIONS])(const lure_back *) = {
    [LURE_OP_ADD] = lure__combine_back,
    [LURE_OP_SUBTRACT] = lure__combine_back,
    [LURE_OP_MULTIPLY] = lure__combine_back,
    [LURE_OP_DIVIDE] = lure__combine_back,
    [LURE_OP_POWER] = lure__combine_back,
    [LURE_OP_MINIMUM] = lure__combine_back,
    [LURE_OP_MAXIMUM] = lure__combine_back,
    [LURE_OP_NEGATE] = lure__map_back,
    [LURE_OP_EXP] = lure__map_back,
    [LURE_OP_EXPM1] = lure__map_back,
    [LURE_OP_LOG] = lure__map_back,
    [LURE_OP_LOG1P] = lure__map_back,
    [LURE_OP_SQRT] = lure__map_back,
    [LURE_OP_SQUARE] = lure__map_back,
    [LURE_OP_ABS] = lure__map_back,
    [LURE_OP_TANH] = lure__map_back,
    [LURE_OP_SIGMOID] = lure__map_back,
    [LURE_OP_RELU] = lure__map_back,
    [LURE_OP_ELU] = lure__map_back,
    [LURE_OP_GELU] = lure__map_back,
    [LURE_OP_SOFTPLUS] = lure__map_back,
    [LURE_OP_SIN] = lure__map_back,
    [LURE_OP_COS] = lure__map_back,
    [LURE_OP_CLAMP] = lure__clamp_back,
    [LURE_OP_CAST] = lure__cast_back,
    [LURE_OP_WHERE] = lure__where_back,
    [LURE_OP_SUM] = lure__sum_back,
    [LURE_OP_MEAN] = lure__sum_back,
    [LURE_OP_VARIANCE] = lure__variance_back,
    [LURE_OP_MIN] = lure__extreme_back,
    [LURE_OP_MAX] = lure__extreme_back,
    [LURE_OP_LOGSUMEXP] = lure__logsumexp_back,
    [LURE_OP_SOFTMAX] = lure__softmax_back,
    [LURE_OP_LOG_SOFTMAX] = lure__softmax_back,
    [LURE_OP_CUMULATIVE_SUM] = lure__cumulative_sum_back,
    [LURE_OP_SORT] = lure__sort_back,
    [LURE_OP_MATMUL] = lure__matmul_back,
    [LURE_OP_CONCAT] = lure__join_back,
    [LURE_OP_STACK] = lure__join_back,
    [LURE_OP_GATHER] = lure__gather_back,
    [LURE_OP_TAKE] = lure__take_back,
    [LURE_OP_SELECT] = lure__view_back,
    [LURE_OP_SLICE] = lure__view_back,
    [LURE_OP_TRANSPOSE] = lure__view_back,
    [LURE_OP_RESHAPE] = lure__view_back,
    [LURE_OP_EXPAND] = lure__view_back,
};

static lure_status back(lure_tape *tape, const lure_record *record, lure_error *err)
{
    lure_op op = (lure_op)(record->rule - rules);
    const lure_tensor *y = &record->value;
    if (!derivatives[op] || lure_tensor_size(y) == 0)
        return LURE_OK;
    lure_back b = {.tape = tape, .record = record, .options = record->saved, .op = op};
    b.dy = lure_tensor_view(record->gradient, y->dtype, y->n_dims, y->shape);
    size_t mark = lure_tape_mark(tape);
    bool done = derivatives[op](&b);
    lure_tape_release(tape, mark);
    return done ? LURE_OK : lure_tape_refused(err);
}

/* ---- forward ---- */

enum { FEW = 8 };

static lure_status compute(lure_tape *tape, lure_op op, size_t n, const lure_tensor *const *inputs,
                           const lure_op_options *options, lure_tensor *out, lure_error *err)
{
    lure_status status;
    if (!out->data && out->n_dims == 0) {
        if ((status = lure_op_plan(op, n, inputs, options, out, err)) != LURE_OK)
            return status;
        size_t bytes;
        if (!out->data && (!lure_tensor_bytes(out, &bytes) || !(out->data = lure_tape_keep(tape, bytes))))
            return lure_tape_refused(err);
    }
    size_t bytes = lure_op_scratch_bytes(op, inputs, options, out), mark = lure_tape_mark(tape);
    void *scratch = bytes > 0 ? lure_tape_take(tape, bytes) : NULL;
    if (bytes > 0 && !scratch)
        return lure_tape_refused(err);
    status = lure_op_compute(op, n, inputs, options, out, scratch, err);
    lure_tape_release(tape, mark);
    return status;
}

lure_status lure_tape_apply(lure_tape *tape, lure_op op, size_t n, const lure_value *inputs,
                            const lure_op_options *options, lure_value *out, lure_error *err)
{
    const lure_tensor *few[FEW], **tensors = few;
    bool tracked = false;
    size_t mark = lure_tape_mark(tape);
    if (n > FEW && !(tensors = lure_tape_take(tape, n * sizeof *tensors)))
        return lure_tape_refused(err);
    for (size_t i = 0; i < n; i++) {
        tensors[i] = &inputs[i].tensor;
        tracked |= inputs[i].node != 0;
    }
    lure_tensor value = out->tensor;
    lure_status status = compute(tape, op, n, tensors, options, &value, err);
    lure_tape_release(tape, mark);
    if (status != LURE_OK)
        return status;
    lure_op_options *kept = NULL;
    tracked = tracked && lure_op_info_of(op)->has_derivative && value.dtype != LURE_I32;
    if (!tracked) {
        out->tensor = value;
        out->node = 0;
        return lure_tape_look(tape, lure_op_info_of(op)->name, &value, err);
    }
    if (options) {
        if (!(kept = lure_tape_keep(tape, sizeof *kept)))
            return lure_tape_refused(err);
        *kept = *options;
    }
    return lure_tape_record(tape, &rules[op], n, inputs, &value, kept, out, err);
}

/* ---- what derivatives share ---- */

lure_tensor lure__gradient_of(const lure_back *b, size_t i)
{
    const lure_tensor *x = &b->record->inputs[i].tensor;
    return lure_tensor_view(lure_tape_gradient(b->tape, b->record->inputs[i].node), x->dtype, x->n_dims,
                            x->shape);
}

lure_tensor lure__scratch(const lure_back *b, lure_dtype dtype, int n_dims, const size_t *shape)
{
    lure_tensor t = lure_tensor_view(NULL, dtype, n_dims, shape);
    size_t bytes;
    if (lure_tensor_bytes(&t, &bytes))
        t.data = lure_tape_take(b->tape, bytes);
    return t;
}

const void *lure__run(const lure_back *b, const lure_tensor *t, lure_dtype dtype, int n_dims,
                      const size_t *shape, size_t *step)
{
    bool one = lure_tensor_size(t) == 1;
    *step = !one;
    lure_tensor all = one ? *t : lure_tensor_expand(t, n_dims, shape);
    if (t->dtype == dtype && lure_tensor_is_contiguous(&all))
        return t->data ? t->data : ""; /* an empty tensor may lie nowhere */
    lure_tensor copy = lure__scratch(b, dtype, all.n_dims, all.shape);
    if (copy.data)
        lure_tensor_copy(&all, &copy);
    return copy.data;
}

bool lure__begin_adding(const lure_back *b, size_t i, lure_tensor *dx)
{
    const lure_tensor *x = &b->record->inputs[i].tensor, *y = &b->record->value;
    if (x->dtype == y->dtype && lure_tensor_same_shape(x, y)) {
        *dx = lure__gradient_of(b, i);
        return dx->data != NULL;
    }
    *dx = lure__scratch(b, y->dtype, y->n_dims, y->shape);
    if (!dx->data)
        return false;
    memset(dx->data, 0, lure_tensor_size(dx) * lure_dtype_size(dx->dtype));
    return true;
}

bool lure__end_adding(const lure_back *b, size_t i, const lure_tensor *dx)
{
    lure_tensor gradient = lure__gradient_of(b, i);
    if (gradient.data && gradient.data != dx->data)
        lure_op_accumulate(dx, &gradient);
    return gradient.data != NULL;
}

void lure__add_to_view(const lure_tensor *from, lure_tensor *to)
{
    if (lure_tensor_size(to) == 0)
        return;
    const lure_kernels *kernels = lure_kernels_for(to->dtype);
    lure_walk walk;
    lure_walk_begin(&walk, to->n_dims, to->shape, 2, (const size_t *const[]){from->stride, to->stride});
    do {
        const void *source = lure_walk_place(from->data, from->dtype, walk.at[0]);
        void *target = lure_walk_place(to->data, to->dtype, walk.at[1]);
        if (walk.step[0] == 1 && walk.step[1] == 1) {
            kernels->axpy(walk.n, 1, source, target);
            continue;
        }
        for (size_t i = 0; i < walk.n; i++)
            if (to->dtype == LURE_F64)
                ((double *)target)[i * walk.step[1]] += ((const double *)source)[i * walk.step[0]];
            else
                ((float *)target)[i * walk.step[1]] += ((const float *)source)[i * walk.step[0]];
    } while (lure_walk_next(&walk));
}
