/* replay_memory.h: a memory of steps, from which learning off the policy draws: a ring of rows, the oldest written over, drawn from
   evenly and with replacement (Lin 1992; Mnih et al. 2015). It keeps whether a step terminated, not that it was truncated: an
   episode that the time limit cut would have gone on, from the true final observation, which is its next one. All memory is
   had at once. Numbers have the policy's type. */
#ifndef LURE_LEARN_REPLAY_MEMORY_H
#define LURE_LEARN_REPLAY_MEMORY_H

#include "base/memory.h"
#include "base/rng.h"
#include "math/tensor.h"

#include <stdbool.h>

typedef enum {
    LURE_REPLAY_OBSERVATIONS,      /* (row, n_inputs) */
    LURE_REPLAY_NEXT_OBSERVATIONS, /* (row, n_inputs) */
    LURE_REPLAY_REWARDS,           /* (row) */
    LURE_REPLAY_TERMINATED,        /* (row) 1 or 0, of the dtype */
    LURE_REPLAY_ACTIONS,           /* (row, n_columns) int32, 0-based, or, if real, of the dtype */
    LURE_REPLAY_LEGAL,             /* (row, n_choices) int32, 1 or 0 */
    LURE_REPLAY_NEXT_LEGAL,        /* (row, n_choices) */
    LURE_REPLAY_COLUMNS
} lure_replay_memory_column;

typedef struct lure_replay_memory_shape {
    size_t n_inputs;  /* numbers of an observation */
    size_t n_columns; /* of an action */
    bool is_real;
    size_t n_choices; /* of a mask of legal actions; 0: there is none */
    lure_dtype dtype;
} lure_replay_memory_shape;

typedef struct lure_replay_memory {
    lure_replay_memory_shape shape;
    size_t capacity, n_rows; /* rows at most, and now */
    size_t next;             /* where the next row goes */
    char *columns[LURE_REPLAY_COLUMNS];
    size_t widths[LURE_REPLAY_COLUMNS]; /* bytes of a row */
    size_t n_bytes;                     /* of all columns, which are one block */
    lure_memory *borrow_memory;
} lure_replay_memory;

/* In any memory; `capacity` >= 1. After a failure there is nothing to free, and freeing does no harm. */
lure_status lure_replay_memory_init(lure_replay_memory *replay, const lure_replay_memory_shape *shape,
                                    size_t capacity, lure_memory *memory, lure_error *err);
void lure_replay_memory_free(lure_replay_memory *replay); /* an all-zero one is fine */

/* Takes n rows in; of more than the capacity the last ones stay. Of `rows` TERMINATED is not looked at: `ends` says 1 where
   a step terminated (0: it goes on, 2: truncated). Columns of width 0 may be null. */
void lure_replay_memory_add(lure_replay_memory *replay, size_t n, const void *const rows[LURE_REPLAY_COLUMNS],
                            const int32_t *ends);
/* Copies n rows, each drawn evenly from all there are, of which there is at least one: one draw of the stream each.
   Columns that are null are left out. */
void lure_replay_memory_sample(const lure_replay_memory *replay, lure_rng *rng, size_t n,
                               void *const rows[LURE_REPLAY_COLUMNS]);

#endif
