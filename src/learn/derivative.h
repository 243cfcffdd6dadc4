/* derivative.h: how the gradient of an operation's result comes back to its inputs, for every operation of the table
   (math/operation.h) that has a derivative. What a recorded operation's numbers were is read again from its inputs
   and its result; nothing else is saved. At kinks and singularities the conventions are PyTorch's: relu'(0) = 0,
   abs'(0) = 0, half to each of two equals in minimum and maximum, 0 for a power of 0 by its exponent. Sums have a
   fixed order. Internal to learn/. */
#ifndef LURE_LEARN_DERIVATIVE_H
#define LURE_LEARN_DERIVATIVE_H

#include "learn/tape.h"

/* One operation on the way back. */
typedef struct lure_back {
    lure_tape *tape;
    const lure_record *record;
    const lure_op_options *options;
    lure_op op;
    lure_tensor dy; /* the result's gradient: contiguous, of its shape and type */
} lure_back;

/* Each adds to the gradients of the inputs that want one; false: the account refused. */
bool lure__combine_back(const lure_back *b);
bool lure__map_back(const lure_back *b);
bool lure__clamp_back(const lure_back *b);
bool lure__cast_back(const lure_back *b);
bool lure__where_back(const lure_back *b);
bool lure__sum_back(const lure_back *b); /* and mean */
bool lure__variance_back(const lure_back *b);
bool lure__extreme_back(const lure_back *b); /* min and max */
bool lure__logsumexp_back(const lure_back *b);
bool lure__softmax_back(const lure_back *b); /* and log_softmax */
bool lure__cumulative_sum_back(const lure_back *b);
bool lure__sort_back(const lure_back *b);
bool lure__matmul_back(const lure_back *b);
bool lure__join_back(const lure_back *b); /* concat and stack */
bool lure__gather_back(const lure_back *b);
bool lure__take_back(const lure_back *b);
bool lure__view_back(const lure_back *b);

static inline bool lure__wants(const lure_back *b, size_t i)
{
    return b->record->inputs[i].node != 0;
}

/* Input i's gradient, contiguous; data is null when the account refused. */
lure_tensor lure__gradient_of(const lure_back *b, size_t i);
/* Not zeroed; data is null when the account refused. Lives until the rule returns. */
lure_tensor lure__scratch(const lure_back *b, lure_dtype dtype, int n_dims, const size_t *shape);
/* The numbers of t over a shape it broadcasts to, as one run of that type: t's own where they lie so, one number with
   a step of 0, or a copy in scratch. Null when the account refused. */
const void *lure__run(const lure_back *b, const lure_tensor *t, lure_dtype dtype, int n_dims,
                      const size_t *shape, size_t *step);
/* to += from, to with any strides; the shapes and types are the same. */
void lure__add_to_view(const lure_tensor *from, lure_tensor *to);

/* A derivative is computed over the result's shape in the result's type, and added to `dx`: input i's gradient
   itself where shape and type are the same, else zeroed scratch, which lure__end_adding sums over the broadcast axes. */
bool lure__begin_adding(const lure_back *b, size_t i, lure_tensor *dx);
bool lure__end_adding(const lure_back *b, size_t i, const lure_tensor *dx);

#endif
