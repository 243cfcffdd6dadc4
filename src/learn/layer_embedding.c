/* layer_embedding.c: input `index_column` holds an index, 0 to n_indices - 1, and gives way to that row of the table
   (n_indices, n_units); the inputs before and after it stay where they are. What is no index gives NaN, which
   whoever checks the outputs then explains (lure_layer_index_wrong). No derivative by the index. */
#include "learn/layer.h"
#include "learn/numbers.h"
#include <string.h>

enum { TABLE };

static size_t n_units(const lure_layer *layer)
{
    return layer->shape[TABLE][1];
}

static lure_status plan(lure_layer *layer, const lure_layer_options *o, lure_error *err)
{
    if (o->n_indices == 0 || o->n_indices > 16777216) /* all of which a float32 can tell apart */
        return lure_fail(err, LURE_ERROR_SCRIPT,
                         "needs size = how many different indices there are, from 1 to 16777216");
    if (o->n_units == 0)
        return lure_fail(err, LURE_ERROR_SCRIPT, "needs its number of units");
    if (o->column >= layer->n_in)
        return lure_fail(err, LURE_ERROR_SCRIPT, "column %zu is none of its %zu inputs", o->column + 1,
                         layer->n_in);
    layer->index_column = o->column;
    layer->n_indices = layer->shape[TABLE][0] = o->n_indices;
    layer->shape[TABLE][1] = o->n_units;
    layer->n_out = layer->n_in - 1 + o->n_units;
    return LURE_OK;
}

static lure_first first(const lure_layer *layer, size_t parameter)
{
    (void)layer, (void)parameter;
    return (lure_first){LURE_INIT_NORMAL, .scale = 1.0};
}

/* n_indices where it is none */
static size_t index_of(const lure_layer *layer, const lure_layer_pass *pass, const void *x, size_t row)
{
    double value = lure__get(pass->dtype, x, row * layer->n_in + layer->index_column);
    if (!(value >= 0.0 && value < (double)layer->n_indices))
        return layer->n_indices;
    size_t index = (size_t)value;
    return (double)index == value ? index : layer->n_indices;
}

static void forward(const lure_layer *layer, const lure_layer_pass *pass, const void *x, void *y, void *kept)
{
    (void)kept;
    size_t before = layer->index_column, after = layer->n_in - before - 1, units = n_units(layer);
    for (size_t row = 0; row < pass->n; row++) {
        const void *in = lure__at(pass, x, row * layer->n_in);
        void *out = lure__at(pass, y, row * layer->n_out);
        size_t index = index_of(layer, pass, x, row);
        memcpy(out, in, before * pass->element);
        if (index < layer->n_indices)
            memcpy(lure__at(pass, out, before),
                   lure__at(pass, lure__parameter(layer, pass, TABLE), index * units), units * pass->element);
        else
            for (size_t i = 0; i < units; i++)
                lure__set(pass->dtype, out, before + i, (double)NAN);
        memcpy(lure__at(pass, out, before + units), lure__at(pass, in, before + 1), after * pass->element);
    }
}

static void backward(const lure_layer *layer, const lure_layer_pass *pass, const void *x, const void *y,
                     const void *kept, const void *dy, void *dx, void *gradient, void *work)
{
    (void)y, (void)kept, (void)work;
    size_t before = layer->index_column, after = layer->n_in - before - 1, units = n_units(layer);
    void *table = lure__gradient(layer, pass, gradient, TABLE);
    for (size_t row = 0; row < pass->n; row++) {
        const void *d = lure__at(pass, dy, row * layer->n_out);
        size_t index = index_of(layer, pass, x, row);
        if (table && index < layer->n_indices)
            pass->kernels->axpy(units, 1.0, lure__at(pass, d, before), lure__at(pass, table, index * units));
        if (!dx)
            continue;
        void *out = lure__at(pass, dx, row * layer->n_in);
        memcpy(out, d, before * pass->element);
        lure__set(pass->dtype, out, before, 0.0);
        memcpy(lure__at(pass, out, before + 1), lure__at(pass, d, before + units), after * pass->element);
    }
}

static double factor(const lure_layer *layer, const lure_layer_pass *pass, const void *x, const void *kept,
                     size_t parameter, size_t element, size_t *unit)
{
    (void)kept, (void)parameter;
    *unit = layer->index_column + element % n_units(layer);
    return element / n_units(layer) == index_of(layer, pass, x, 0) ? 1.0 : 0.0;
}

const lure_layer_rule lure__layer_embedding = {.name = "embedding",
                                               .parameters = {"weight"},
                                               .plan = plan,
                                               .first = first,
                                               .forward = forward,
                                               .backward = backward,
                                               .factor = factor};

bool lure_layer_index_wrong(const lure_layer *layer, const lure_layer_pass *pass, const void *x, size_t *row)
{
    if (layer->kind == LURE_LAYER_EMBEDDING)
        for (*row = 0; *row < pass->n; ++*row)
            if (index_of(layer, pass, x, *row) == layer->n_indices)
                return true;
    return false;
}
