/* minibatches.h: run:minibatches: the rows of a batch in an order of their own, a part at a time, for algorithms that go
   over what they have collected more than once. The n-th call of a run draws its order from the stream of shuffles at
   place n, so that what an algorithm draws elsewhere shifts nothing, and the count is all that has to be kept to go on.
   Internal to run/. */
#ifndef LURE_RUN_MINIBATCHES_H
#define LURE_RUN_MINIBATCHES_H

#include "run/collect.h"

typedef struct lure_minibatches {
    const lure_collector *borrow_collector; /* which two sides its last batch has, if they are (step, copy) */
    uint64_t seed;                          /* the run's */
    uint64_t n_orders;                      /* drawn so far */
} lure_minibatches;

/* Pushes the function run:minibatches. [-0, +1, m] */
void lure_minibatches_push(lua_State *L, lure_minibatches *minibatches);

#endif
