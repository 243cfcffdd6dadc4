/* optimizer_loops.h: what optimizer.c asks of its loops, which are compiled once a CPU path (optimizer_loops.c).
   Private to learn/. */
#ifndef LURE_LEARN_OPTIMIZER_LOOPS_H
#define LURE_LEARN_OPTIMIZER_LOOPS_H

#include "math/tensor.h"

enum { LURE__MOST_MOMENTS = 3 };

/* One stretch and the numbers of its rule. Arrays are (n) of the table's type; a moment that a rule can do without is
   null where it does. The step and the next moments lie apart from all that is read. */
typedef struct lure__advance {
    size_t n;
    const void *parameters, *gradient;
    const void *moments[LURE__MOST_MOMENTS];
    void *next[LURE__MOST_MOMENTS], *step;
    double gradient_scale, clip_value; /* infinity: never clip */
    double weight_decay;               /* the gradient's part of the parameter */
    double shrink;                     /* adam: the step's part of the parameter */
    double rate, epsilon;
    double decay[2],
        rest[2]; /* a moment is decay * itself + rest * what is new: of the gradient, of its square */
    double momentum;
    bool nesterov;
} lure__advance;

/* Each rule turns the gradient into the step to be subtracted and the next moments, and says whether all that would
   result is finite. Nothing is changed that could not be taken back. */
typedef bool lure__rule(const lure__advance *a);

typedef struct lure__optimizer_loops {
    lure__rule *sgd;     /* moments: velocity or null */
    lure__rule *rmsprop; /* moments: square, gradient (centered) or null, velocity or null */
    lure__rule *adagrad; /* moments: sum of squares */
    lure__rule *adam;    /* moments: first, second, largest second or null */
    void (*subtract)(size_t n, const void *step, void *parameters); /* parameters -= step */
} lure__optimizer_loops;

extern const lure__optimizer_loops lure__optimizer_loops_portable[2]; /* [LURE_F32] and [LURE_F64] */
#if defined(__x86_64__)
extern const lure__optimizer_loops lure__optimizer_loops_avx2[2];
extern const lure__optimizer_loops lure__optimizer_loops_avx512[2];
#endif

#endif
