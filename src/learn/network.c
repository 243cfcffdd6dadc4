/* network.c: see network.h. What a pass computes is laid out by columns, (column, row) rather than (row, column), so
   that each layer's outputs of n rows are one contiguous matrix, whatever n is. A map writes over the outputs of the
   layer before where nobody reads those again, so that product, bias and map are one. */
#include "learn/network.h"
#include "learn/numbers.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { MOST_UNITS = 1 << 28 };

static bool is_map(const lure_layer *layer)
{
    return !layer->rule->plan;
}

/* ---- plan ---- */

/* A map takes no options: what is given all the same was meant for something else. */
static bool is_bare(const lure_layer_options *o)
{
    bool bare = o->n_units == 0 && !o->name;
    for (size_t i = 0; i < LURE_LAYER_PARAMETERS; i++)
        bare = bare && !o->train[i] && o->first[i].how == LURE_INIT_DEFAULT;
    return bare;
}

static lure_status refuse(const char *what, size_t index, const lure_layer *layer, const char *why,
                          lure_error *err)
{
    return lure_fail(err, LURE_ERROR_SCRIPT, "%s: layer %zu (%s) %s", what, index + 1, layer->rule->name,
                     why);
}

static lure_status refuse_size(const char *what, size_t index, const lure_layer *layer, lure_error *err)
{
    return lure_fail(err, LURE_ERROR_SCRIPT, "%s: layer %zu (%s) is too large: %zu x %zu", what, index + 1,
                     layer->rule->name, layer->n_in, layer->n_out);
}

/* Offsets of a layer's parameters, of which the shapes are known. */
static lure_status place_parameters(lure_network *net, const lure_layer_options *o, size_t index,
                                    const char *what, size_t *n_parameters, lure_error *err)
{
    lure_layer *layer = &net->layers[index];
    for (size_t i = 0; layer->rule->parameters[i]; i++) {
        size_t size, *shape = layer->shape[i];
        layer->offset[i] = *n_parameters;
        if (__builtin_mul_overflow(shape[0], shape[1] ? shape[1] : 1, &size) ||
            __builtin_add_overflow(*n_parameters, size, n_parameters) || *n_parameters > SIZE_MAX / 128)
            return refuse_size(what, index, layer, err);
        layer->train[i] = o->train[i] && size > 0;
        if (layer->train[i] && net->lowest_trained == net->n_layers)
            net->lowest_trained = index;
        layer->n_parameters++;
    }
    net->n_named += layer->n_parameters;
    net->n_with += layer->n_parameters > 0;
    return LURE_OK;
}

/* Columns of a layer's outputs and of what it keeps, room for derivatives, places of states. */
static lure_status place_columns(lure_network *net, size_t index, const char *what, size_t *n_state,
                                 lure_error *err)
{
    lure_layer *layer = &net->layers[index];
    bool in_place = is_map(layer) && index > 0 && !layer->rule->reads_input && !layer[-1].rule->reads_output;
    if (in_place)
        layer->column = layer[-1].column;
    else {
        layer->column = net->n_columns;
        net->n_columns += layer->n_out;
    }
    layer->kept = net->n_columns;
    net->n_columns += layer->n_kept;
    layer->state = *n_state;
    *n_state += layer->n_state;
    net->n_state += layer->n_state;
    net->width = layer->n_out > net->width ? layer->n_out : net->width;
    net->n_work =
        layer->n_work > net->n_work ? layer->n_work : net->n_work; /* two derivatives come to it later */
    return net->n_columns > SIZE_MAX / 4096 ? refuse_size(what, index, layer, err) : LURE_OK;
}

static lure_status plan_layer(lure_network *net, const lure_layer_options *o, size_t index, bool last_linear,
                              const char *what, lure_error *err)
{
    lure_layer *layer = &net->layers[index];
    lure_layer_options full = *o;
    if (is_map(layer)) {
        layer->n_out = layer->n_in;
        return is_bare(o) ? LURE_OK
                          : lure_fail(err, LURE_ERROR_SCRIPT,
                                      "%s: layer %zu is an activation and takes no options", what, index + 1);
    }
    if (last_linear && net->n_outputs > 0) {
        if (o->n_units != 0 && o->n_units != net->n_outputs)
            return lure_fail(err, LURE_ERROR_SCRIPT,
                             "%s: layer %zu (linear) has %zu units; the head needs %zu", what, index + 1,
                             o->n_units, net->n_outputs);
        full.n_units = net->n_outputs;
    } else if (o->kind == LURE_LAYER_LINEAR && o->n_units == 0)
        return refuse(what, index, layer,
                      net->n_outputs > 0 ? "needs its number of units; only the last may leave it out"
                                         : "needs its number of units",
                      err);
    if (full.n_units > MOST_UNITS || layer->n_in > MOST_UNITS) {
        layer->n_out = full.n_units;
        return refuse_size(what, index, layer, err);
    }
    lure_error why;
    if (layer->rule->plan(layer, &full, &why) != LURE_OK)
        return refuse(what, index, layer, why.text, err);
    return LURE_OK;
}

static lure_status plan(lure_network *net, const lure_layer_options *options, const char *what,
                        size_t *n_parameters, size_t *n_state, lure_error *err)
{
    size_t width = net->n_inputs, last = net->n_layers;
    for (size_t i = 0; i < net->n_layers; i++)
        if (options[i].kind == LURE_LAYER_LINEAR)
            last = i;
    if (last == net->n_layers && net->n_outputs > 0)
        return lure_fail(err, LURE_ERROR_SCRIPT, "%s: no linear layer; it needs at least one", what);
    net->lowest_trained = net->n_layers;
    net->width = net->n_inputs;
    for (size_t i = 0; i < net->n_layers; i++) {
        lure_layer *layer = &net->layers[i];
        layer->kind = options[i].kind;
        layer->rule = lure_layer_rule_of(layer->kind);
        layer->n_in = width;
        lure_status status = plan_layer(net, &options[i], i, i == last, what, err);
        if (status == LURE_OK)
            status = place_parameters(net, &options[i], i, what, n_parameters, err);
        if (status == LURE_OK)
            status = place_columns(net, i, what, n_state, err);
        if (status != LURE_OK)
            return status;
        width = layer->n_out;
        if (i >= last && net->n_outputs > 0 && width != net->n_outputs)
            return lure_fail(err, LURE_ERROR_SCRIPT,
                             "%s: layer %zu (%s) gives %zu numbers; the head needs %zu", what, i + 1,
                             layer->rule->name, width, net->n_outputs);
    }
    net->n_outputs = width;
    net->n_work += 2 * net->width;
    return LURE_OK;
}

lure_status lure_network_init(lure_network *net, const lure_layer_options *options, size_t n_layers,
                              size_t n_inputs, size_t n_outputs, const char *what, size_t *n_parameters,
                              size_t *n_state, lure_memory *memory, lure_error *err)
{
    *net = (lure_network){.borrow_memory = memory, .n_inputs = n_inputs, .n_outputs = n_outputs};
    if (n_layers > 0) {
        net->layers = lure_memory_take(memory, n_layers * sizeof *net->layers);
        if (!net->layers)
            return lure_fail(err, LURE_ERROR_MEMORY, "policy: no memory for %zu layers", n_layers);
    }
    net->n_layers = n_layers;
    return plan(net, options, what, n_parameters, n_state, err);
}

void lure_network_free(lure_network *net)
{
    if (net->layers)
        lure_memory_give(net->borrow_memory, net->layers, net->n_layers * sizeof *net->layers);
    *net = (lure_network){0};
}

/* ---- names and first values ---- */

static lure_status add_name(lure_parameter *named, size_t n, const char *prefix, const char *layer_name,
                            const char *what, lure_error *err)
{
    int length = snprintf(named[n].name, LURE_PARAMETER_NAME, "%s%s%s%s", prefix, layer_name,
                          *layer_name ? "." : "", what);
    if (length < 0 || length >= LURE_PARAMETER_NAME)
        return lure_fail(err, LURE_ERROR_SCRIPT, "policy: the layer name \"%.60s\" is too long", layer_name);
    for (size_t i = 0; i < n; i++)
        if (strcmp(named[i].name, named[n].name) == 0)
            return lure_fail(err, LURE_ERROR_SCRIPT, "policy: two parameters are called \"%s\"",
                             named[n].name);
    return LURE_OK;
}

static size_t size_of(const lure_layer *layer, size_t parameter)
{
    const size_t *shape = layer->shape[parameter];
    return shape[0] * (shape[1] ? shape[1] : 1);
}

lure_status lure_network_name(const lure_network *net, const lure_layer_options *options, const char *prefix,
                              lure_parameter *named, size_t *n, lure_error *err)
{
    size_t counts[LURE_N_LAYER_KINDS] = {0};
    size_t with = *n > 0 ? named[*n - 1].layer + 1 : 0;
    for (size_t i = 0; i < net->n_layers; i++) {
        const lure_layer *layer = &net->layers[i];
        if (layer->n_parameters == 0)
            continue;
        char numbered[LURE_PARAMETER_NAME];
        snprintf(numbered, sizeof numbered, "%s%zu", layer->rule->name, ++counts[layer->kind]);
        const char *name = options[i].name ? options[i].name : net->n_with == 1 ? "" : numbered;
        for (size_t j = 0; j < layer->n_parameters; j++) {
            bool is_matrix = layer->shape[j][1] > 0;
            named[*n] = (lure_parameter){.offset = layer->offset[j],
                                         .size = size_of(layer, j),
                                         .shape = {layer->shape[j][0], layer->shape[j][1]},
                                         .n_dims = is_matrix ? 2 : 1,
                                         .trainable = layer->train[j],
                                         .layer = with};
            lure_status status = add_name(named, *n, prefix, name, layer->rule->parameters[j], err);
            if (status != LURE_OK)
                return status;
            ++*n;
        }
        with++;
    }
    return LURE_OK;
}

lure_status lure_network_fill(const lure_network *net, const lure_layer_options *options,
                              const lure_parameter *named, lure_dtype dtype, void *parameters, lure_rng *init,
                              const char *what, lure_error *err)
{
    for (size_t i = 0; i < net->n_layers; i++)
        for (size_t j = 0; j < net->layers[i].n_parameters; j++, named++) {
            const lure_layer *layer = &net->layers[i];
            lure_first first = options[i].first[j];
            if (first.how == LURE_INIT_DEFAULT)
                first = layer->rule->first(layer, j);
            char text[160];
            snprintf(text, sizeof text, "%s: layer %zu (%s): \"%s\"", what, i + 1, layer->rule->name,
                     named->name);
            bool is_matrix = named->n_dims == 2;
            void *numbers = (char *)parameters + named->offset * lure_dtype_size(dtype);
            lure_status status = lure_initialise(&first, dtype, is_matrix ? named->shape[0] : 1,
                                                 is_matrix ? named->shape[1] : named->size, numbers, init,
                                                 net->borrow_memory, text, err);
            if (status != LURE_OK)
                return status;
        }
    return LURE_OK;
}

/* ---- forward and backward ---- */

static void *column(const lure_layer_pass *pass, const void *columns, size_t i)
{
    return lure__at(pass, columns, i * pass->n);
}

const void *lure_network_forward(const lure_network *net, const lure_layer_pass *pass, const void *x,
                                 void *columns)
{
    for (size_t i = 0; i < net->n_layers; i++) {
        const lure_layer *layer = &net->layers[i];
        void *y = column(pass, columns, layer->column);
        layer->rule->forward(layer, pass, x, y, column(pass, columns, layer->kept));
        x = y;
    }
    return x;
}

const void *lure_network_input_of(const lure_network *net, const lure_layer_pass *pass, size_t layer,
                                  const void *x, const void *columns)
{
    return layer == 0 ? x : column(pass, columns, net->layers[layer - 1].column);
}

const void *lure_network_kept_of(const lure_network *net, const lure_layer_pass *pass, size_t layer,
                                 const void *columns)
{
    return column(pass, columns, net->layers[layer].kept);
}

/* What no layer will write of a gradient that is to be overwritten. */
static void clear(const lure_network *net, const lure_layer_pass *pass, size_t last, void *gradient)
{
    for (size_t i = 0; i < net->n_layers; i++) {
        const lure_layer *layer = &net->layers[i];
        for (size_t j = 0; j < layer->n_parameters; j++)
            if (i < last || !layer->train[j] || !layer->rule->overwrites)
                memset(lure__at(pass, gradient, layer->offset[j]), 0, size_of(layer, j) * pass->element);
    }
}

const void *lure_network_backward(const lure_network *net, const lure_layer_pass *pass, const void *x,
                                  const void *columns, const void *dy, size_t last, bool inputs,
                                  void *gradient, void *work)
{
    void *one = work, *other = lure__at(pass, work, net->width * pass->n),
         *own = lure__at(pass, work, 2 * net->width * pass->n);
    const void *delta = dy; /* the derivative by the outputs of the layer to come */
    if (gradient && pass->overwrite)
        clear(net, pass, last, gradient);
    for (size_t i = net->n_layers; i-- > last;) {
        const lure_layer *layer = &net->layers[i];
        bool wanted = i > last || inputs;
        void *below = delta == one && !is_map(layer) ? other : delta == other && is_map(layer) ? other : one;
        if (wanted || gradient)
            layer->rule->backward(layer, pass, lure_network_input_of(net, pass, i, x, columns),
                                  column(pass, columns, layer->column), column(pass, columns, layer->kept),
                                  delta, wanted ? below : NULL, gradient, own);
        if (wanted)
            delta = below;
    }
    return delta;
}

bool lure_network_find(const lure_network *net, size_t element, size_t *layer, size_t *parameter)
{
    for (*layer = 0; *layer < net->n_layers; ++*layer)
        for (*parameter = 0; *parameter < net->layers[*layer].n_parameters; ++*parameter) {
            const lure_layer *l = &net->layers[*layer];
            if (element >= l->offset[*parameter] && element - l->offset[*parameter] < size_of(l, *parameter))
                return true;
        }
    return false;
}
