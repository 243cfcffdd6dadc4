/* random_graph.h: random expressions over the table of operations, for what must hold for any: a tape's gradients
   against differences and against another program's. A graph is a list of values, each a leaf, a constant or an operation on
   earlier ones; the last is the loss, one number. It is drawn with its numbers, which stay away from kinks and
   singularities: an operation whose inputs lie near one is drawn again. Needs no harness: a driver uses it too. */
#ifndef LURE_RANDOM_GRAPH_H
#define LURE_RANDOM_GRAPH_H

#include "base/rng.h"
#include "learn/tape.h"

enum { GRAPH_VALUES = 300, GRAPH_POOL = 1 << 17, GRAPH_INPUTS = 3 };

typedef struct graph_value {
    bool is_leaf, is_constant; /* a leaf that is none has a gradient */
    lure_op op;                /* of neither */
    lure_op_options options;   /* a cast's dtype stands for the run's */
    int n_inputs, inputs[GRAPH_INPUTS];
    lure_tensor tensor; /* float64, or int32 for indices; in the graph's pool */
} graph_value;

typedef struct random_graph {
    int n;
    graph_value values[GRAPH_VALUES];
    bool used[GRAPH_VALUES];
    size_t n_pool;
    _Alignas(64) char pool[GRAPH_POOL];
} random_graph;

/* `only`: that operation between views and nothing else; LURE_N_OPERATIONS: all that have a derivative. */
void random_graph_draw(random_graph *g, lure_rng *rng, int n_steps, lure_op only);
/* Computes it again on a tape, in `dtype`; values (g->n). Leaves are leaves of the tape if `tracked`, else constants. */
lure_status random_graph_run(const random_graph *g, lure_tape *tape, lure_dtype dtype, bool tracked,
                             lure_value *values, lure_error *err);

#endif
