/* derivative_elementwise.c: derivatives of what is done number by number; see derivative.h. Every loop runs over the
   result's shape in the result's type (derivative_elementwise.inc); broadcasting and mixed types are undone afterwards. */
#include "learn/derivative.h"
#include "math/function.h"
#include "math/kernel.h"

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
    const lure_kernels *kernels = lure_kernels_for(y->dtype);
    if (b->op == LURE_OP_SUBTRACT)
        kernels->map_back(LURE_MAP_NEGATE, n, NULL, NULL, b->dy.data, dx.data);
    else if (b->op == LURE_OP_MULTIPLY)
        kernels->multiply_add(n, b->dy.data, 1, i == 0 ? second : first, step[1 - i], dx.data);
    else if (y->dtype == LURE_F64)
        combine_f64(b->op, i, n, first, step[0], second, step[1], y->data, b->dy.data, dx.data);
    else
        combine_f32(b->op, i, n, first, step[0], second, step[1], y->data, b->dy.data, dx.data);
    return lure__end_adding(b, i, &dx);
}

bool lure__combine_back(const lure_back *b)
{
    return (!lure__wants(b, 0) || combine_by(b, 0)) && (!lure__wants(b, 1) || combine_by(b, 1));
}

static lure_map map_of(lure_op op, bool *reads_x)
{
    *reads_x = true;
    switch (op) {
    case LURE_OP_LOG: return LURE_MAP_LOG;
    case LURE_OP_LOG1P: return LURE_MAP_LOG1P;
    case LURE_OP_SQUARE: return LURE_MAP_SQUARE;
    case LURE_OP_ABS: return LURE_MAP_ABS;
    case LURE_OP_GELU: return LURE_MAP_GELU;
    case LURE_OP_SOFTPLUS: return LURE_MAP_SOFTPLUS;
    case LURE_OP_SIN: return LURE_MAP_SIN;
    case LURE_OP_COS: return LURE_MAP_COS;
    default: break;
    }
    *reads_x = false;
    switch (op) {
    case LURE_OP_EXP: return LURE_MAP_EXP;
    case LURE_OP_EXPM1: return LURE_MAP_EXPM1;
    case LURE_OP_SQRT: return LURE_MAP_SQRT;
    case LURE_OP_TANH: return LURE_MAP_TANH;
    case LURE_OP_SIGMOID: return LURE_MAP_SIGMOID;
    case LURE_OP_RELU: return LURE_MAP_RELU;
    case LURE_OP_ELU: return LURE_MAP_ELU;
    default: return LURE_MAP_NEGATE;
    }
}

bool lure__map_back(const lure_back *b)
{
    const lure_tensor *y = &b->record->value;
    bool reads_x;
    size_t step;
    lure_map f = map_of(b->op, &reads_x);
    const void *x = NULL;
    if (reads_x && !(x = lure__run(b, &b->record->inputs[0].tensor, y->dtype, y->n_dims, y->shape, &step)))
        return false;
    lure_tensor dx = lure__gradient_of(b, 0);
    if (dx.data)
        lure_kernels_for(y->dtype)->map_back(f, lure_tensor_size(y), x, y->data, b->dy.data, dx.data);
    return dx.data != NULL;
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
