/* layer.c: the table of kinds, and the maps among them. */
#include "learn/layer.h"
#include <string.h>

static void map_forward(const lure_layer *layer, const lure_layer_pass *pass, const void *x, void *y,
                        void *kept)
{
    (void)kept;
    pass->kernels->map(layer->rule->map, pass->n * layer->n_out, x, y);
}

static void map_backward(const lure_layer *layer, const lure_layer_pass *pass, const void *x, const void *y,
                         const void *kept, const void *dy, void *dx, void *gradient, void *work)
{
    (void)kept, (void)gradient, (void)work;
    if (dx && dx != dy)
        memcpy(dx, dy, pass->n * layer->n_out * pass->element);
    if (dx)
        pass->kernels->map_back_over(layer->rule->map, pass->n * layer->n_out, x, y, dx);
}

#define MAP(word, which, needs_input)                                                                        \
    {                                                                                                        \
        .name = (word), .reads_output = true, .reads_input = (needs_input), .map = (which),                  \
        .forward = map_forward, .backward = map_backward                                                     \
    }
static const lure_layer_rule maps[] = {
    MAP("tanh", LURE_MAP_TANH, false),       MAP("relu", LURE_MAP_RELU, false),
    MAP("elu", LURE_MAP_ELU, false),         MAP("gelu", LURE_MAP_GELU, true),
    MAP("sigmoid", LURE_MAP_SIGMOID, false), MAP("softplus", LURE_MAP_SOFTPLUS, true),
};

const lure_layer_rule *lure_layer_rule_of(lure_layer_kind kind)
{
    static const lure_layer_rule *const rules[] = {&lure__layer_linear, &lure__layer_norm,
                                                   &lure__layer_embedding, &lure__layer_gru};
    return kind < LURE_LAYER_TANH ? rules[kind] : &maps[kind - LURE_LAYER_TANH];
}
