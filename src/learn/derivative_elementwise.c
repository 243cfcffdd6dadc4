/* derivative_elementwise.c: derivatives of what is done number by number; see derivative.h. Every loop runs over the
   result's shape in the result's type (derivative_elementwise.inc); broadcasting and mixed types are undone afterwards. */
#include "learn/derivative.h"
#include "math/function.h"
#include <math.h>

#define REAL    float
#define NAME(x) x##_f32
#include "learn/derivative_elementwise.inc"
#undef REAL
#undef NAME
#define REAL    double
#define NAME(x) x##_f64
#include "learn/derivative_elementwise.inc"

/* y = a + b, and y = a - b by a: what came is what goes on, so no numbers are read */
static bool pass_on(const lure_back *b, size_t i)
{
    lure_tensor gradient = lure__gradient_of(b, i);
    if (gradient.data)
        lure_op_accumulate(&b->dy, &gradient);
    return gradient.data != NULL;
}

static bool combine_by(const lure_back *b, size_t i)
{
    const lure_tensor *y = &b->record->value;
    const lure_value *inputs = b->record->inputs;
    size_t step[2], n = lure_tensor_size(y);
    lure_tensor dx;
    if (b->op == LURE_OP_ADD || (b->op == LURE_OP_SUBTRACT && i == 0))
        return pass_on(b, i);
    const void *first = lure__run(b, &inputs[0].tensor, y->dtype, y->n_dims, y->shape, &step[0]);
    const void *second = lure__run(b, &inputs[1].tensor, y->dtype, y->n_dims, y->shape, &step[1]);
    if (!first || !second || !lure__begin_adding(b, i, &dx))
        return false;
    if (y->dtype == LURE_F64)
        combine_f64(b->op, i, n, first, step[0], second, step[1], y->data, b->dy.data, dx.data);
    else
        combine_f32(b->op, i, n, first, step[0], second, step[1], y->data, b->dy.data, dx.data);
    return lure__end_adding(b, i, &dx);
}

bool lure__combine_back(const lure_back *b)
{
    return (!lure__wants(b, 0) || combine_by(b, 0)) && (!lure__wants(b, 1) || combine_by(b, 1));
}

bool lure__map_back(const lure_back *b)
{
    const lure_tensor *y = &b->record->value;
    size_t step;
    const void *x = lure__run(b, &b->record->inputs[0].tensor, y->dtype, y->n_dims, y->shape, &step);
    lure_tensor dx = lure__gradient_of(b, 0);
    if (!x || !dx.data)
        return false;
    if (y->dtype == LURE_F64)
        map_f64(b->op, lure_tensor_size(y), x, y->data, b->dy.data, dx.data);
    else
        map_f32(b->op, lure_tensor_size(y), x, y->data, b->dy.data, dx.data);
    return true;
}

bool lure__clamp_back(const lure_back *b)
{
    const lure_tensor *y = &b->record->value;
    size_t step;
    const void *x = lure__run(b, &b->record->inputs[0].tensor, y->dtype, y->n_dims, y->shape, &step);
    lure_tensor dx = lure__gradient_of(b, 0);
    if (!x || !dx.data)
        return false;
    if (y->dtype == LURE_F64)
        clamp_f64(lure_tensor_size(y), x, b->options->low, b->options->high, b->dy.data, dx.data);
    else
        clamp_f32(lure_tensor_size(y), x, b->options->low, b->options->high, b->dy.data, dx.data);
    return true;
}

bool lure__cast_back(const lure_back *b)
{
    return pass_on(b, 0);
}

bool lure__where_back(const lure_back *b)
{
    const lure_tensor *y = &b->record->value;
    size_t step;
    const double *condition =
        lure__run(b, &b->record->inputs[0].tensor, LURE_F64, y->n_dims, y->shape, &step);
    if (!condition)
        return false;
    for (size_t i = 1; i <= 2; i++) {
        lure_tensor dx;
        if (!lure__wants(b, i))
            continue;
        if (!lure__begin_adding(b, i, &dx))
            return false;
        if (y->dtype == LURE_F64)
            where_f64(lure_tensor_size(y), condition, step, i == 1, b->dy.data, dx.data);
        else
            where_f32(lure_tensor_size(y), condition, step, i == 1, b->dy.data, dx.data);
        if (!lure__end_adding(b, i, &dx))
            return false;
    }
    return true;
}
