/* layer.h: the kinds of layers a network is made of, as one table of functions a kind; a file layer_<kind>.c each. A
   layer takes x (row, n_in) to y (row, n_out), and back. It owns nothing: parameters lie in the policy's flat block,
   outputs and what a kind keeps for the way back in the caller's memory. Knows nothing of tapes (policy_evaluate.c). */
#ifndef LURE_LEARN_LAYER_H
#define LURE_LEARN_LAYER_H

#include "learn/initialise.h"
#include "math/kernel.h"

typedef enum {
    LURE_LAYER_LINEAR,     /* y = x weight + bias */
    LURE_LAYER_LAYER_NORM, /* (x - mean) / sqrt(variance + epsilon) of the row, * gain + bias (Ba et al. 2016) */
    LURE_LAYER_EMBEDDING, /* an input that holds an index becomes that row of a table */
    LURE_LAYER_GRU,  /* a gated recurrent cell (Cho et al. 2014), with PyTorch's definition of the gates */
    LURE_LAYER_TANH, /* from here on: maps, number by number */
    LURE_LAYER_RELU,
    LURE_LAYER_ELU,
    LURE_LAYER_GELU,
    LURE_LAYER_SIGMOID,
    LURE_LAYER_SOFTPLUS,
    LURE_N_LAYER_KINDS
} lure_layer_kind;

enum { LURE_LAYER_PARAMETERS = 4 }; /* the most that a kind has */

typedef struct lure_layer_options {
    lure_layer_kind kind;
    size_t n_units;   /* linear, gru, embedding: what it gives; 0 on the last linear layer: what is needed */
    size_t n_indices; /* embedding: rows of its table */
    size_t column;    /* embedding: which of its inputs is the index, 0-based */
    double epsilon;   /* layer_norm; 0: 1e-5 */
    lure_first first[LURE_LAYER_PARAMETERS]; /* in the order of the kind's parameters: linear weight, bias */
    bool train[LURE_LAYER_PARAMETERS];
    const char *name; /* null: "" for an only layer with parameters, else "linear1", "linear2", "gru1", ... */
} lure_layer_options;

typedef struct lure_layer {
    lure_layer_kind kind;
    const struct lure_layer_rule *rule;
    size_t n_in, n_out;
    size_t n_parameters;                    /* below: of each */
    size_t offset[LURE_LAYER_PARAMETERS];   /* elements, into the flat block */
    size_t shape[LURE_LAYER_PARAMETERS][2]; /* of one dimension: {size, 1} */
    bool train[LURE_LAYER_PARAMETERS];
    size_t n_kept;       /* numbers a row that the way back needs besides x and y */
    size_t n_work;       /* numbers a row of the way back's own working space */
    size_t n_state;      /* numbers an environment that pass from step to step */
    size_t state;        /* where they begin in a row of states */
    size_t column, kept; /* where outputs, and what is kept, begin in a row of a pass (network.h) */
    size_t n_indices, index_column;
    double epsilon;
} lure_layer;

/* One batch on its way. Rows are independent of each other, but for layers with a state: for these the rows are
   (step, environment), n = n_steps * n_envs, and the last step's state is the next pass's first. */
typedef struct lure_layer_pass {
    const lure_kernels *kernels;
    lure_dtype dtype;
    size_t element; /* bytes of one number */
    size_t n, n_envs;
    const void *parameters; /* the whole flat block */
    const lure_tensor
        *starts; /* (n) not 0: an episode begins with this row, the state before it is 0; null: none */
    const void *first_state; /* (n_envs, n_state) before the first row; null: 0 */
    void *last_state;        /* likewise after the last; null: not wanted */
    size_t n_state;          /* numbers a row of states: of all the policy's layers */
    bool overwrite;          /* the gradient's block holds nothing yet: written, not added to (network.h) */
} lure_layer_pass;

typedef struct lure_layer_rule {
    const char *name;                                  /* as scripts write it */
    const char *parameters[LURE_LAYER_PARAMETERS + 1]; /* names, null-terminated; none: a map */
    bool reads_output;                                 /* backward reads y, so nothing may write over it */
    bool reads_input; /* a map that may not work in place, as backward reads x */
    lure_map map;
    /* n_in is set; sets n_out, shape, n_kept, n_work, n_state. Null: y has x's shape, no parameters. Refuses options
       without the layer's name, which the caller puts before. */
    lure_status (*plan)(lure_layer *layer, const lure_layer_options *options, lure_error *err);
    lure_first (*first)(const lure_layer *layer, size_t parameter); /* default first values */
    void (*forward)(const lure_layer *layer, const lure_layer_pass *pass, const void *x, void *y, void *kept);
    /* dx (n, n_in), overwritten, null: not wanted; may be dy for a map. Adds to `gradient`, a block like the
       parameters, for what is trained; null: none. */
    void (*backward)(const lure_layer *layer, const lure_layer_pass *pass, const void *x, const void *y,
                     const void *kept, const void *dy, void *dx, void *gradient, void *work);
    bool
        overwrites; /* with pass->overwrite, backward writes its part of the gradient; else network.c clears it before */
    /* Of the first row: the output that this element (of that parameter) feeds into by a product, and the other
       factor. Null: there is no such thing. */
    double (*factor)(const lure_layer *layer, const lure_layer_pass *pass, const void *x, const void *kept,
                     size_t parameter, size_t element, size_t *unit);
} lure_layer_rule;

extern const lure_layer_rule lure__layer_linear, lure__layer_norm, lure__layer_embedding, lure__layer_gru;
const lure_layer_rule *lure_layer_rule_of(lure_layer_kind kind);
/* Of an embedding: is a row of x without a proper index, and which is the first? */
bool lure_layer_index_wrong(const lure_layer *layer, const lure_layer_pass *pass, const void *x, size_t *row);

static inline void *lure__at(const lure_layer_pass *pass, const void *numbers, size_t i)
{
    return (char *)(uintptr_t)numbers + i * pass->element;
}
static inline const void *lure__parameter(const lure_layer *layer, const lure_layer_pass *pass, size_t i)
{
    return lure__at(pass, pass->parameters, layer->offset[i]);
}
/* null where it is not trained, or no gradient is wanted */
static inline void *lure__gradient(const lure_layer *layer, const lure_layer_pass *pass, void *gradient,
                                   size_t i)
{
    return gradient && layer->train[i] ? lure__at(pass, gradient, layer->offset[i]) : NULL;
}

#endif
