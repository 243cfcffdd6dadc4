/* rollout.h: what a run has just lived through: rows of (observation, action, reward, end, next observation, ...), filled by
   the per-step loop, read by the gradient. Memory grows to the largest collection ever asked for and is then reused,
   so the steady state allocates nothing. Numbers have the policy's dtype. A row belongs to one copy of the world. */
#ifndef LURE_LEARN_ROLLOUT_H
#define LURE_LEARN_ROLLOUT_H

#include "base/memory.h"
#include "math/tensor.h"

#include <stdbool.h>

typedef struct lure_rollout_shape {
    size_t n_inputs;  /* numbers of an observation */
    size_t n_columns; /* of an action: int32, 0-based, or, if real, of the dtype */
    bool is_real;
    size_t n_choices; /* of a mask of legal actions; 0: there is none */
    bool has_starts;
    bool has_log_prob;
    lure_dtype dtype;
} lure_rollout_shape;

enum { LURE_ROLLOUT_COLUMNS = 11 };

typedef struct lure_rollout {
    double *draws;           /* (row) the number that picked the action; of one choice alone */
    void *observations;      /* (row, n_inputs) what the policy saw */
    void *next_observations; /* (row, n_inputs) what followed; at an end the last one of the episode */
    void *rewards;           /* (row) */
    void *log_prob;          /* (row) of the action, as it was drawn */
    void *actions;           /* (row, n_columns) */
    int32_t *legal;          /* (row, n_choices) 1 or 0 */
    int32_t *next_legal;     /* (row, n_choices) of what followed; 1 where it terminated */
    int32_t *starts;         /* (row) 1: the first of an episode */
    int32_t *ends;           /* (row) 0: goes on, 1: terminated, 2: truncated */
    uint32_t *copies;        /* (row) whose it is, from 0 */
    size_t n_rows, capacity;
    lure_rollout_shape shape;
    lure_memory *borrow_memory;
} lure_rollout;

void lure_rollout_init(lure_rollout *rollout, const lure_rollout_shape *shape, lure_memory *memory);
void lure_rollout_free(lure_rollout *rollout);
/* Where the columns lie, in the order of the struct, and how many bytes a row takes in each: for whoever writes rows down. */
void lure_rollout_columns(const lure_rollout *rollout, void *columns[LURE_ROLLOUT_COLUMNS],
                          size_t widths[LURE_ROLLOUT_COLUMNS]);
/* Room for n more rows; doubles when full. The rows from n_rows on are then the caller's to fill; pointers may move. */
lure_status lure_rollout_reserve(lure_rollout *rollout, size_t n, lure_error *err);
/* Copy after copy, the rows of each in the order in which they are now. A failure changes nothing. */
lure_status lure_rollout_sort(lure_rollout *rollout, size_t n_copies, lure_error *err);

#endif
