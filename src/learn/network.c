/* network.c: see network.h. Creation goes in four acts: plan (shapes and offsets), allocate, name, fill. Scratch is
   laid out by columns, (column, row) rather than (row, column), so that each layer's outputs of n rows are one
   contiguous matrix, whatever n is. */
#include "learn/network.h"
#include "learn/numbers.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static bool is_linear(const lure_layer *layer)
{
    return layer->activation == LURE_MAP_IDENTITY;
}

static void *at(const lure_network *net, void *numbers, size_t i)
{
    return (char *)numbers + i * net->element;
}

/* An activation takes no options: what is given all the same was meant for something else. */
static bool is_bare(const lure_layer_options *o)
{
    return o->n_units == 0 && !o->weight && !o->bias && !o->name && !o->train_weight && !o->train_bias;
}

static lure_status plan_linear(lure_network *net, const lure_layer_options *o, size_t index, bool last,
                               lure_layer *layer, lure_error *err)
{
    size_t n_weight, offset = net->n_parameters;
    if (last && o->n_units != 0 && o->n_units != net->n_outputs)
        return lure_fail(err, LURE_ERROR_SCRIPT,
                         "policy: layer %zu (linear) has %zu units; the head needs %zu", index + 1,
                         o->n_units, net->n_outputs);
    if (!last && o->n_units == 0)
        return lure_fail(
            err, LURE_ERROR_SCRIPT,
            "policy: layer %zu (linear) needs its number of units; only the last may leave it out",
            index + 1);
    layer->n_out = last ? net->n_outputs : o->n_units;
    layer->weight = offset;
    if (__builtin_mul_overflow(layer->n_in, layer->n_out, &n_weight) ||
        __builtin_add_overflow(offset, n_weight, &layer->bias) ||
        __builtin_add_overflow(layer->bias, layer->n_out, &net->n_parameters) ||
        net->n_parameters > SIZE_MAX / 64)
        return lure_fail(err, LURE_ERROR_SCRIPT, "policy: layer %zu (linear) is too large: %zu x %zu",
                         index + 1, layer->n_in, layer->n_out);
    layer->train_weight = o->train_weight && n_weight > 0;
    layer->train_bias = o->train_bias;
    if ((layer->train_weight || layer->train_bias) && net->lowest_trained == net->n_layers)
        net->lowest_trained = index;
    return LURE_OK;
}

static lure_status plan(lure_network *net, const lure_layer_options *options, lure_error *err)
{
    size_t width = net->n_inputs, last = net->n_layers;
    for (size_t i = 0; i < net->n_layers; i++)
        if (options[i].activation == LURE_MAP_IDENTITY)
            last = i;
    if (last == net->n_layers)
        return lure_fail(err, LURE_ERROR_SCRIPT, "policy: no linear layer; it needs at least one");
    net->lowest_trained = net->n_layers;
    for (size_t i = 0; i < net->n_layers; i++) {
        lure_layer *layer = &net->layers[i];
        layer->activation = options[i].activation;
        layer->n_in = layer->n_out = width;
        if (is_linear(layer)) {
            lure_status status = plan_linear(net, &options[i], i, i == last, layer, err);
            if (status != LURE_OK)
                return status;
            net->n_named += 2;
        } else if (!is_bare(&options[i]))
            return lure_fail(err, LURE_ERROR_SCRIPT,
                             "policy: layer %zu is an activation and takes no options", i + 1);
        width = layer->n_out;
        /* an activation writes over the linear layer's outputs, which nobody reads again */
        if (!is_linear(layer) && i > 0 && is_linear(layer - 1))
            layer->column = layer[-1].column;
        else {
            layer->column = net->n_columns;
            net->n_columns += width;
        }
        net->width = width > net->width ? width : net->width;
    }
    return LURE_OK;
}

static lure_status add_name(lure_network *net, size_t i, const char *layer_name, const char *what,
                            lure_error *err)
{
    char *name = net->named[i].name;
    int length = snprintf(name, LURE_PARAMETER_NAME, "%s%s%s", layer_name, *layer_name ? "." : "", what);
    if (length < 0 || length >= LURE_PARAMETER_NAME)
        return lure_fail(err, LURE_ERROR_SCRIPT, "policy: the layer name \"%.60s\" is too long", layer_name);
    for (size_t j = 0; j < i; j++)
        if (strcmp(net->named[j].name, name) == 0)
            return lure_fail(err, LURE_ERROR_SCRIPT, "policy: two parameters are called \"%s\"", name);
    return LURE_OK;
}

static lure_status name_parameters(lure_network *net, const lure_layer_options *options, lure_error *err)
{
    lure_status status = LURE_OK;
    size_t n = 0; /* named so far */
    for (size_t i = 0; i < net->n_layers && status == LURE_OK; i++) {
        const lure_layer *layer = &net->layers[i];
        char numbered[LURE_PARAMETER_NAME];
        if (!is_linear(layer))
            continue;
        snprintf(numbered, sizeof numbered, "linear%zu", n / 2 + 1);
        const char *name = options[i].name ? options[i].name : net->n_named == 2 ? "" : numbered;
        net->named[n] = (lure_parameter){.offset = layer->weight,
                                         .size = layer->n_in * layer->n_out,
                                         .shape = {layer->n_in, layer->n_out},
                                         .n_dims = 2,
                                         .trainable = layer->train_weight,
                                         .layer = n / 2};
        net->named[n + 1] = (lure_parameter){.offset = layer->bias,
                                             .size = layer->n_out,
                                             .shape = {layer->n_out},
                                             .n_dims = 1,
                                             .trainable = layer->train_bias,
                                             .layer = n / 2};
        status = add_name(net, n, name, "weight", err);
        if (status == LURE_OK)
            status = add_name(net, n + 1, name, "bias", err);
        n += 2;
    }
    return status;
}

static lure_status fill(lure_network *net, const lure_parameter *p, const double *given, size_t n_given,
                        size_t n_in, lure_rng *init, size_t layer, lure_error *err)
{
    double bound = n_in > 0 ? 1.0 / sqrt((double)n_in) : 0.0;
    if (given && n_given != 1 && n_given != p->size)
        return lure_fail(err, LURE_ERROR_SCRIPT,
                         "policy: layer %zu (linear): \"%s\" has %zu numbers; expected 1 or %zu", layer + 1,
                         p->name, n_given, p->size);
    for (size_t i = 0; i < p->size; i++) {
        double value = 0.0;
        if (given)
            value = given[n_given == 1 ? 0 : i];
        else if (bound > 0.0)
            value = bound * (2.0 * lure_rng_uniform(init) - 1.0);
        lure__set(net->dtype, net->parameters, p->offset + i, value);
        if (!isfinite(lure__get(net->dtype, net->parameters, p->offset + i)))
            return lure_fail(err, LURE_ERROR_SCRIPT,
                             "policy: layer %zu (linear): \"%s\" has %s, which is no finite %s", layer + 1,
                             p->name, lure__text(value).is, lure_dtype_name(net->dtype));
    }
    return LURE_OK;
}

static lure_status fill_parameters(lure_network *net, const lure_layer_options *options, lure_rng *init,
                                   lure_error *err)
{
    lure_status status = LURE_OK;
    const lure_parameter *p = net->named;
    for (size_t i = 0; i < net->n_layers && status == LURE_OK; i++) {
        const lure_layer_options *o = &options[i];
        if (!is_linear(&net->layers[i]))
            continue;
        status = fill(net, p++, o->weight, o->n_weight, net->layers[i].n_in, init, i, err);
        if (status == LURE_OK)
            status = fill(net, p++, o->bias, o->n_bias, net->layers[i].n_in, init, i, err);
    }
    return status;
}

lure_status lure_network_init(lure_network *net, const lure_layer_options *options, size_t n_layers,
                              size_t n_inputs, size_t n_outputs, lure_dtype dtype, lure_rng *init,
                              lure_memory *memory, lure_error *err)
{
    assert(dtype == LURE_F32 || dtype == LURE_F64);
    *net = (lure_network){.dtype = dtype,
                          .element = lure_dtype_size(dtype),
                          .borrow_kernels = lure_kernels_for(dtype),
                          .borrow_memory = memory,
                          .n_inputs = n_inputs,
                          .n_outputs = n_outputs};
    if (n_layers == 0)
        return lure_fail(err, LURE_ERROR_SCRIPT, "policy: no linear layer; it needs at least one");
    net->layers = lure_memory_take(memory, n_layers * sizeof *net->layers);
    if (!net->layers)
        return lure_fail(err, LURE_ERROR_MEMORY, "policy: no memory for %zu layers", n_layers);
    net->n_layers = n_layers;
    lure_status status = plan(net, options, err);
    if (status != LURE_OK)
        return status;
    net->parameters = lure_memory_take(memory, net->n_parameters * net->element);
    net->named = lure_memory_take(memory, net->n_named * sizeof *net->named);
    if (!net->parameters || !net->named)
        return lure_fail(err, LURE_ERROR_MEMORY, "policy: no memory for %zu parameters", net->n_parameters);
    status = name_parameters(net, options, err);
    if (status == LURE_OK)
        status = fill_parameters(net, options, init, err);
    if (status == LURE_OK)
        status = lure_network_reserve(net, 1, err);
    return status;
}

static size_t scratch_bytes(const lure_network *net, size_t n_rows)
{
    return n_rows * (net->n_columns + 2 * net->width) * net->element;
}

void lure_network_free(lure_network *net)
{
    lure_memory *memory = net->borrow_memory;
    lure_memory_give(memory, net->scratch, scratch_bytes(net, net->n_rows));
    if (net->named)
        lure_memory_give(memory, net->named, net->n_named * sizeof *net->named);
    if (net->parameters)
        lure_memory_give(memory, net->parameters, net->n_parameters * net->element);
    lure_memory_give(memory, net->layers, net->n_layers * sizeof *net->layers);
    *net = (lure_network){0};
}

lure_status lure_network_reserve(lure_network *net, size_t n, lure_error *err)
{
    if (n <= net->n_rows)
        return LURE_OK;
    size_t per_row = scratch_bytes(net, 1), bytes;
    void *grown = NULL;
    if (!__builtin_mul_overflow(n, per_row, &bytes))
        grown = lure_memory_grow(net->borrow_memory, net->scratch, net->n_rows * per_row, bytes);
    if (!grown)
        return lure_fail(err, LURE_ERROR_MEMORY, "policy: no memory for a batch of %zu rows", n);
    net->scratch = grown;
    net->n_rows = n;
    for (size_t i = 0; i < net->n_layers; i++)
        net->layers[i].outputs = at(net, grown, net->layers[i].column * n);
    net->delta = at(net, grown, net->n_columns * n);
    net->spare = at(net, net->delta, net->width * n);
    return LURE_OK;
}

const void *lure_network_forward(lure_network *net, size_t n, const void *x)
{
    assert(n <= net->n_rows);
    for (size_t i = 0; i < net->n_layers; i++) {
        const lure_layer *layer = &net->layers[i];
        if (is_linear(layer))
            net->borrow_kernels->linear(n, layer->n_in, layer->n_out, x,
                                        at(net, net->parameters, layer->weight),
                                        at(net, net->parameters, layer->bias), layer->outputs);
        else
            net->borrow_kernels->map(layer->activation, n * layer->n_out, x, layer->outputs);
        x = layer->outputs;
    }
    return x;
}

const void *lure_network_input_of(const lure_network *net, size_t layer, const void *x)
{
    return layer == 0 ? x : net->layers[layer - 1].outputs;
}

static void gradient_of(lure_network *net, const lure_layer *layer, size_t n, const void *x, void *gradient)
{
    void *dw = layer->train_weight ? at(net, gradient, layer->weight) : NULL;
    void *db = layer->train_bias ? at(net, gradient, layer->bias) : NULL;
    net->borrow_kernels->linear_parameters_back(n, layer->n_in, layer->n_out, x, net->delta, dw, db);
}

const void *lure_network_backward(lure_network *net, size_t n, const void *x, size_t layer_index,
                                  void *gradient)
{
    assert(n <= net->n_rows && layer_index < net->n_layers);
    for (size_t i = net->n_layers; i-- > layer_index;) {
        const lure_layer *layer = &net->layers[i];
        /* here delta is the derivative by this layer's outputs */
        if (gradient && is_linear(layer))
            gradient_of(net, layer, n, lure_network_input_of(net, i, x), gradient);
        if (i == layer_index)
            break;
        if (is_linear(layer)) {
            net->borrow_kernels->linear_input_back(n, layer->n_in, layer->n_out, net->delta,
                                                   at(net, net->parameters, layer->weight), net->spare);
            void *below = net->spare;
            net->spare = net->delta;
            net->delta = below;
        } else
            net->borrow_kernels->map_back_over(layer->activation, n * layer->n_out, NULL, layer->outputs,
                                               net->delta);
    }
    return net->delta;
}

size_t lure_network_layer_of(const lure_network *net, size_t element)
{
    assert(element < net->n_parameters);
    size_t i = 0;
    while (!is_linear(&net->layers[i]) || element >= net->layers[i].bias + net->layers[i].n_out)
        i++;
    return i;
}
