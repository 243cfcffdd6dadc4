/* batch_view.h: the batch that run:collect gives an algorithm: a table of views of the rows just collected (observations,
   actions, rewards, ends, next_observations, last_observations and, where there are such, legal, next_legal, starts,
   first_states), counts
   and means of the episodes that ended, and the means of the reward's named terms. One table for the whole run: a field that
   the algorithm overwrites would stay as it is in all batches to come, so that is refused. It holds no rows: those are
   the rollout's. Internal to run/. */
#ifndef LURE_RUN_BATCH_VIEW_H
#define LURE_RUN_BATCH_VIEW_H

#include "learn/rollout.h"

#include <lua.h>
#include <stdbool.h>

enum { LURE_BATCH_VIEWS = 11 };

typedef struct lure_batch_view {
    lure_tensor *views[LURE_BATCH_VIEWS]; /* anchored by the caller, behind the table; null: there is none */
    size_t n_copies, n_state;
    bool has_parts;      /* an action is (part), not one number */
    bool is_stepped;     /* views are (step, copy, ...) now, not (row, ...) */
    const void *pointed; /* the rollout's memory at the last look, and how many rows it had */
    size_t n_pointed;
    double steps, episodes, episodic_return, episodic_length; /* what the fields hold */
    uint64_t n_filled;                                        /* batches so far */
    bool has_sums;                                            /* of named terms, since the last batch */
    bool shows_terms;                                         /* reward_terms is not empty */
} lure_batch_view;

/* What one collect lived through. */
typedef struct lure_tally {
    uint64_t episodes, steps; /* episodes that ended; rows */
    double returns, lengths;  /* sums over them */
} lure_tally;

/* Pushes the table, the table of the terms' sums, and the views: what the caller keeps next to each other; `table` below
   is the first one's index. n_state: of the policy; has_parts: see above. [-0, +LURE_BATCH_SLOTS, e] */
enum { LURE_BATCH_SLOTS = 2 + LURE_BATCH_VIEWS };
void lure_batch_view_push(lua_State *L, lure_batch_view *batch, const lure_rollout_shape *shape,
                          size_t n_copies, size_t n_state, bool has_parts);
/* Is the table as it was left? Raises if not, naming a field. A look at all fields costs more than a step: they are
   looked at in each of the first batches and, when `is_last`, in the last; between, one every few batches. [-0, +0, e] */
void lure_batch_view_check(lua_State *L, lure_batch_view *batch, int table, bool is_last);
/* Points the views at the rollout's rows: as (step, copy, ...), or flat. */
void lure_batch_view_point(lure_batch_view *batch, const lure_rollout *rollout, bool is_stepped);
/* Those that are no rows: what followed the last of each copy (n_copies, n_inputs), states before the first. */
void lure_batch_view_point_copies(lure_batch_view *batch, void *last_observations, void *first_states);
/* Sets the fields that have changed. [-0, +0, e] */
void lure_batch_view_fill(lua_State *L, lure_batch_view *batch, int table, const lure_tally *tally);
/* Adds the named terms on top of the stack, all finite numbers, to their sums. [-0, +0, m] */
void lure_batch_view_add_terms(lua_State *L, lure_batch_view *batch, int table);
/* Forgets the sums of a collect that did not end. [-0, +0, -] */
void lure_batch_view_drop_terms(lua_State *L, lure_batch_view *batch, int table);

#endif
