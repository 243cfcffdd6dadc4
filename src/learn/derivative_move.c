/* derivative_move.c: derivatives of what only moves numbers: joins, gathers, views; see derivative.h. Each gradient goes
   back to where its number came from; what was used more than once adds up in row-major order of the results. */
#include "learn/derivative.h"
#include "learn/numbers.h"

bool lure__join_back(const lure_back *b)
{
    int axis = b->options ? b->options->axis : 0;
    size_t first = 0;
    for (size_t i = 0; i < b->record->n_inputs; i++) {
        const lure_tensor *x = &b->record->inputs[i].tensor;
        size_t n = b->op == LURE_OP_STACK ? 1 : x->shape[axis];
        if (lure__wants(b, i)) {
            lure_tensor gradient = lure__gradient_of(b, i);
            lure_tensor part = b->op == LURE_OP_STACK ? lure_tensor_select(&b->dy, axis, first)
                                                      : lure_tensor_slice(&b->dy, axis, first, n, 1);
            if (!gradient.data)
                return false;
            lure_op_accumulate(&part, &gradient);
        }
        first += n;
    }
    return true;
}

/* values (outer, n, inner), out (outer, k, inner); `each`: every number of out has an index of its own, else every one of
   the k lines has. */
static bool add_at_indices(const lure_back *b, int axis, size_t k, bool each)
{
    const lure_tensor *values = &b->record->inputs[0].tensor, *indices = &b->record->inputs[1].tensor;
    size_t outer = 1, inner = 1, step;
    const int32_t *index = lure__run(b, indices, LURE_I32, indices->n_dims, indices->shape, &step);
    void *gradient = lure__gradient_of(b, 0).data;
    if (!index || !gradient)
        return false;
    for (int i = 0; i < values->n_dims; i++)
        if (i != axis)
            *(i < axis ? &outer : &inner) *= values->shape[i];
    size_t n = values->shape[axis], from = 0;
    for (size_t o = 0; o < outer; o++)
        for (size_t i = 0; i < k; i++)
            for (size_t j = 0; j < inner; j++, from++)
                lure__add(b->dy.dtype, gradient,
                          (o * n + (size_t)index[(each ? from : i) * step]) * inner + j,
                          lure__get(b->dy.dtype, b->dy.data, from));
    return true;
}

/* one index for each number of the result; picking, which leaves the axis out, is k = 1 */
bool lure__gather_back(const lure_back *b)
{
    const lure_tensor *values = &b->record->inputs[0].tensor, *indices = &b->record->inputs[1].tensor;
    bool picks = indices->n_dims < values->n_dims;
    int axis = picks || !b->options ? values->n_dims - 1 : b->options->axis;
    return add_at_indices(b, axis, picks ? 1 : indices->shape[axis], true);
}

bool lure__take_back(const lure_back *b)
{
    return add_at_indices(b, b->options ? b->options->axis : 0,
                          lure_tensor_size(&b->record->inputs[1].tensor), false);
}

bool lure__view_back(const lure_back *b)
{
    const lure_op_options *o = b->options;
    lure_tensor gradient = lure__gradient_of(b, 0), part;
    if (!gradient.data)
        return false;
    switch (b->op) {
    case LURE_OP_SELECT:
        part = lure_tensor_select(&gradient, o->axis, o->first);
        lure__add_to_view(&b->dy, &part);
        break;
    case LURE_OP_SLICE:
        part = lure_tensor_slice(&gradient, o->axis, o->first, o->n, o->step);
        lure__add_to_view(&b->dy, &part);
        break;
    case LURE_OP_TRANSPOSE:
        part = lure_tensor_transpose(&b->dy, o->axis, o->other_axis);
        lure_op_accumulate(&part, &gradient);
        break;
    case LURE_OP_RESHAPE:
        part = lure_tensor_view(b->dy.data, b->dy.dtype, gradient.n_dims, gradient.shape);
        lure_op_accumulate(&part, &gradient);
        break;
    default: /* expand */ lure_op_accumulate(&b->dy, &gradient); break;
    }
    return true;
}
