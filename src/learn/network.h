/* network.h: layers one after the other: x (row, n_inputs) -> y (row, n_outputs), forward and backward (reverse mode,
   Rumelhart, Hinton & Williams 1986). Parameters lie in the policy's flat block, gradients in a block of the same
   layout; what a pass computes lies in the caller's memory: a policy's own when nobody asks for a gradient, a
   tape's otherwise. Knows nothing of actions or probabilities: that is policy.h. */
#ifndef LURE_LEARN_NETWORK_H
#define LURE_LEARN_NETWORK_H

#include "learn/layer.h"

enum { LURE_PARAMETER_NAME = 48 };
typedef struct lure_parameter {
    char name[LURE_PARAMETER_NAME]; /* "weight", "linear2.weight", "<its name>.bias", "value.linear1.bias" */
    size_t offset, size;            /* elements, into the flat block */
    size_t shape[2];                /* weight (input, output); bias (output) with n_dims 1 */
    int n_dims;
    bool trainable;
    size_t layer; /* which of the policy's layers with parameters, 0-based */
} lure_parameter;

typedef struct lure_network {
    lure_layer *layers;
    size_t n_layers, n_inputs, n_outputs;
    size_t n_columns;      /* numbers a row of a forward pass takes */
    size_t width;          /* numbers a row of a derivative takes at most */
    size_t n_work;         /* numbers a row of a backward pass takes */
    size_t n_named;        /* parameters with a name */
    size_t n_with;         /* layers that have any */
    size_t n_state;        /* numbers of its states, from states' column first_state of its layers on */
    size_t lowest_trained; /* the backward pass of a gradient ends here; n_layers when all is frozen */
    lure_memory *borrow_memory;
} lure_network;

/* In zeroed memory: shapes and places, from the block's element *n_parameters and a state's column *n_state on, both of
   which it moves on. n_outputs 0: what comes out comes out; else the last linear layer gives so many. Messages begin
   with `what`. After a failure lure_network_free is still to be called. */
lure_status lure_network_init(lure_network *network, const lure_layer_options *layers, size_t n_layers,
                              size_t n_inputs, size_t n_outputs, const char *what, size_t *n_parameters,
                              size_t *n_state, lure_memory *memory, lure_error *err);
void lure_network_free(lure_network *network);
/* Names from named[*n] on, all beginning with `prefix` ("" or "value."), and moves *n. */
lure_status lure_network_name(const lure_network *network, const lure_layer_options *layers,
                              const char *prefix, lure_parameter *named, size_t *n, lure_error *err);
/* First values, into the block, in the order of the parameters; named: this network's first. */
lure_status lure_network_fill(const lure_network *network, const lure_layer_options *layers,
                              const lure_parameter *named, lure_dtype dtype, void *parameters, lure_rng *init,
                              const char *what, lure_error *err);

/* y (n, n_outputs), which lies in `columns` (n_columns numbers a row), or x if there are no layers. */
const void *lure_network_forward(const lure_network *network, const lure_layer_pass *pass, const void *x,
                                 void *columns);
/* Takes dy (n, n_outputs), which it leaves alone, down to the outputs of `layer`, or with `inputs` through it to what it
   has seen; returns it there, in `work` (n_work numbers a row) or dy itself. `gradient` (null: none) is added to for
   what is trained in `layer` and above; with pass->overwrite it may hold anything, and all of the network's part is
   written, 0 where nothing is trained. */
const void *lure_network_backward(const lure_network *network, const lure_layer_pass *pass, const void *x,
                                  const void *columns, const void *dy, size_t layer, bool inputs,
                                  void *gradient, void *work);
/* What `layer` saw in that forward pass, (n, n_in), and what it kept. */
const void *lure_network_input_of(const lure_network *network, const lure_layer_pass *pass, size_t layer,
                                  const void *x, const void *columns);
const void *lure_network_kept_of(const lure_network *network, const lure_layer_pass *pass, size_t layer,
                                 const void *columns);
/* The layer and its parameter that hold this element of the block; false: none of this network's does. */
bool lure_network_find(const lure_network *network, size_t element, size_t *layer, size_t *parameter);

#endif
