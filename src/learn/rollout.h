/* rollout.h: what a run has just lived through: rows of (observation, action, reward, end), filled by the
   per-step loop, read by the gradient. Memory grows to the largest collection ever asked for and is then reused,
   so the steady state allocates nothing. Numbers have the policy's dtype. */
#ifndef LURE_LEARN_ROLLOUT_H
#define LURE_LEARN_ROLLOUT_H

#include "base/memory.h"
#include "math/tensor.h"

typedef struct lure_rollout {
    void *observations; /* (row, n_inputs) what the policy saw */
    int32_t *actions;   /* (row) 0-based */
    void *rewards;      /* (row) */
    int32_t *ends;      /* (row) 0: goes on, 1: terminated, 2: truncated */
    double *draws;      /* (row) the number that picked the action */
    size_t n_rows, capacity, n_inputs;
    lure_dtype dtype;
    lure_memory *borrow_memory;
} lure_rollout;

void lure_rollout_init(lure_rollout *rollout, size_t n_inputs, lure_dtype dtype, lure_memory *memory);
void lure_rollout_free(lure_rollout *rollout);
/* Room for one more row; doubles when full. The row at n_rows is then the caller's to fill; pointers may move. */
lure_status lure_rollout_reserve(lure_rollout *rollout, lure_error *err);

#endif
