/* initialise.h: first values of a block of parameters. A matrix is (n_in, n_out); what is no matrix has n_in 1.
   Orthogonal after Saxe, McClelland & Ganguli 2014, xavier after Glorot & Bengio 2010 (uniform), he after He et al.
   2015 (normal). All in double with a fixed order of operations, then rounded: the same bits everywhere. */
#ifndef LURE_LEARN_INITIALISE_H
#define LURE_LEARN_INITIALISE_H

#include "base/memory.h"
#include "base/rng.h"
#include "math/tensor.h"

typedef enum {
    LURE_INIT_DEFAULT,    /* what the kind of layer says */
    LURE_INIT_GIVEN,      /* numbers: one for all, or one each */
    LURE_INIT_UNIFORM,    /* +-scale */
    LURE_INIT_NORMAL,     /* mean 0, standard deviation scale */
    LURE_INIT_CONSTANT,   /* scale */
    LURE_INIT_ORTHOGONAL, /* W^T W (or W W^T, whichever is smaller) = scale^2 I */
    LURE_INIT_XAVIER,     /* uniform, +-scale * sqrt(6 / (n_in + n_out)) */
    LURE_INIT_HE,         /* normal, standard deviation scale * sqrt(2 / n_in) */
} lure_init;

typedef struct lure_first {
    lure_init how;
    double scale;
    const double *given; /* GIVEN alone */
    size_t n_given;
} lure_first;
#define LURE_GIVEN(numbers, n)                                                                               \
    {                                                                                                        \
        LURE_INIT_GIVEN, .given = (numbers), .n_given = (n)                                                  \
    }

/* Numbers from `init` in row-major order of the result, but for orthogonal. `numbers` (n_in, n_out) of dtype. Memory is
   lent while an orthogonal matrix is made. Refuses given numbers of the wrong count, and what is not finite in this
   type: the text begins with `what`. */
lure_status lure_initialise(const lure_first *first, lure_dtype dtype, size_t n_in, size_t n_out,
                            void *numbers, lure_rng *init, lure_memory *memory, const char *what,
                            lure_error *err);

#endif
