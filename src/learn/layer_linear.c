/* layer_linear.c: y = x weight + bias, weight (n_in, n_out). */
#include "learn/layer.h"
#include "learn/numbers.h"

enum { WEIGHT, BIAS };

static lure_status plan(lure_layer *layer, const lure_layer_options *o, lure_error *err)
{
    (void)err;
    layer->n_out = o->n_units;
    layer->shape[WEIGHT][0] = layer->n_in;
    layer->shape[WEIGHT][1] = layer->n_out;
    layer->shape[BIAS][0] = layer->n_out;
    return LURE_OK;
}

static lure_first first(const lure_layer *layer, size_t parameter)
{
    (void)parameter;
    return (lure_first){LURE_INIT_UNIFORM, .scale = layer->n_in > 0 ? 1.0 / sqrt((double)layer->n_in) : 0.0};
}

static void forward(const lure_layer *layer, const lure_layer_pass *pass, const void *x, void *y, void *kept)
{
    (void)kept;
    pass->kernels->linear(pass->n, layer->n_in, layer->n_out, x, lure__parameter(layer, pass, WEIGHT),
                          lure__parameter(layer, pass, BIAS), y);
}

static void backward(const lure_layer *layer, const lure_layer_pass *pass, const void *x, const void *y,
                     const void *kept, const void *dy, void *dx, void *gradient, void *work)
{
    (void)y, (void)kept, (void)work;
    void *dw = lure__gradient(layer, pass, gradient, WEIGHT),
         *db = lure__gradient(layer, pass, gradient, BIAS);
    if (dw || db)
        pass->kernels->linear_parameters_back(pass->n, layer->n_in, layer->n_out, x, dy, !pass->overwrite, dw,
                                              db);
    if (dx)
        pass->kernels->linear_input_back(pass->n, layer->n_in, layer->n_out, dy,
                                         lure__parameter(layer, pass, WEIGHT), dx);
}

static double factor(const lure_layer *layer, const lure_layer_pass *pass, const void *x, const void *kept,
                     size_t parameter, size_t element, size_t *unit)
{
    (void)kept;
    *unit = element % layer->n_out;
    return parameter == BIAS ? 1.0 : lure__get(pass->dtype, x, element / layer->n_out);
}

const lure_layer_rule lure__layer_linear = {.name = "linear",
                                            .parameters = {"weight", "bias"},
                                            .plan = plan,
                                            .first = first,
                                            .forward = forward,
                                            .backward = backward,
                                            .factor = factor,
                                            .overwrites = true};
