/* network.h: linear layers and activations one after the other: x (row, n_inputs) -> y (row, n_outputs), forward
   and backward (reverse mode, Rumelhart, Hinton & Williams 1986). All parameters lie in one flat block, gradients
   in a caller's block of the same layout; weights are stored (input, output).
   Knows nothing of actions or probabilities: that is policy.h. */
#ifndef LURE_LEARN_NETWORK_H
#define LURE_LEARN_NETWORK_H

#include "base/memory.h"
#include "base/rng.h"
#include "math/kernel.h"

/* A linear layer, or (activation != NONE) an activation on its own. */
typedef struct lure_layer_options {
    lure_map activation;  /* NONE: this is a linear layer */
    size_t n_units;       /* linear: outputs; 0 on the last linear layer = what the head needs */
    const double *weight; /* (input, output), or one number for all, or null: uniform +-1/sqrt(n_in) */
    size_t n_weight;
    const double *bias; /* likewise (output); null: uniform +-1/sqrt(n_in), 0 when n_in is 0 */
    size_t n_bias;
    bool train_weight, train_bias;
    const char *name; /* null: "" for an only linear layer, else "linear1", "linear2", ... */
} lure_layer_options;

enum { LURE_PARAMETER_NAME = 48 };
typedef struct lure_parameter {
    char name[LURE_PARAMETER_NAME]; /* "weight", "bias", or "linear2.weight", or "<layer name>.bias" */
    size_t offset, size;            /* elements, into the flat block */
    size_t shape[2];                /* weight (input, output); bias (output) with n_dims 1 */
    int n_dims;
    bool trainable;
    size_t layer; /* which linear layer, 0-based */
} lure_parameter;

typedef struct lure_layer {
    lure_map activation;
    size_t n_in, n_out;
    size_t weight, bias; /* linear: offsets into the block */
    bool train_weight, train_bias;
    size_t
        column; /* its outputs in a row of scratch; an activation overwrites those of the linear layer below */
    void *outputs; /* (row, n_out), into scratch */
} lure_layer;

typedef struct lure_network {
    lure_dtype dtype;
    size_t element; /* bytes of one number */
    const lure_kernels *borrow_kernels;
    lure_memory *borrow_memory;
    lure_layer *layers;
    size_t n_layers, n_inputs, n_outputs;
    size_t lowest_trained; /* the backward pass of a gradient ends here; n_layers when all is frozen */
    lure_parameter *named; /* two a linear layer, in block order */
    size_t n_named;
    void *parameters;
    size_t n_parameters;
    void *scratch;           /* grown by reserve, never shrunk */
    size_t n_rows;           /* it holds so many */
    size_t n_columns, width; /* numbers a row takes: outputs, and each of two deltas */
    void *delta, *spare;     /* (row, n_outputs): d loss / d y, to be filled before lure_network_backward */
} lure_network;

/* In zeroed memory; room for one row is reserved. After a failure lure_network_free is still to be called. */
lure_status lure_network_init(lure_network *network, const lure_layer_options *layers, size_t n_layers,
                              size_t n_inputs, size_t n_outputs, lure_dtype dtype, lure_rng *init,
                              lure_memory *memory, lure_error *err);
void lure_network_free(lure_network *network);

/* Room for n rows. What the scratch held is lost when it grows; after a failure it is as it was. */
lure_status lure_network_reserve(lure_network *network, size_t n, lure_error *err);
/* y (n, n_outputs), good until the next call. n must be reserved. */
const void *lure_network_forward(lure_network *network, size_t n, const void *x);
/* Takes network->delta down to the outputs of `layer`, of the rows that went forward last, and returns it there,
   (n, n_out of that layer). `gradient` (null: none) is added to for what is trained in `layer` and above. */
const void *lure_network_backward(lure_network *network, size_t n, const void *x, size_t layer,
                                  void *gradient);
/* What `layer` saw in the last forward pass, (n, n_in). */
const void *lure_network_input_of(const lure_network *network, size_t layer, const void *x);
/* The layer that holds this element of the block, which must be one. */
size_t lure_network_layer_of(const lure_network *network, size_t element);

#endif
