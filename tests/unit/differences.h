/* differences.h: a graph's gradients on the tape against finite differences of its loss. */
#ifndef LURE_UNIT_DIFFERENCES_H
#define LURE_UNIT_DIFFERENCES_H

#include "random_graph.h"

typedef struct tally {
    size_t n_compared, n_off, n_rough;
    double worst; /* of those compared, relative to the largest derivative of its graph */
} tally;

/* Adds to the tally; off: by more than 1e-7. The graph is float64's. */
void compare_with_differences(random_graph *g, lure_tape *tape, tally *t);

#endif
