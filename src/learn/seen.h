/* seen.h: what a policy sees of the raw observations of N copies of a world, and the rewards it learns from. In this order:
   choices one-hot, numbers normalised, numbers clipped, the part of the time limit that has elapsed, the last frames, oldest first.
   Rewards are scaled, then clipped. Without any option the raw numbers in the policy's type. Normalisers learn from every
   observation that the policy is to act on, not from an episode's last, and from every reward, as Stable-Baselines3's
   VecNormalize does; they start as normaliser.h says. */
#ifndef LURE_LEARN_SEEN_H
#define LURE_LEARN_SEEN_H

#include "base/memory.h"
#include "learn/normaliser.h"
#include "learn/space.h"

typedef struct lure_seen_options {
    bool one_hot; /* a choice of n as n numbers */
    bool normalizes,
        is_frozen;          /* numbers by their running mean and deviation; frozen: they stay as they are */
    double normalized_clip; /* to +- this afterwards */
    double clip;            /* numbers to +- this; infinity: not */
    bool time_aware;        /* one more number: steps so far / max_steps */
    size_t n_frames;        /* 1 or more; an episode begins with its first frame so often */
    bool scales_reward, is_reward_frozen;
    double discount, scaled_clip; /* of the running return whose deviation divides */
    double reward_clip;           /* to +- this; infinity: not */
} lure_seen_options;
lure_seen_options lure_seen_defaults(void); /* nothing of it */

typedef struct lure_seen {
    lure_seen_options options;
    const lure_space *borrow_space;
    lure_memory *borrow_memory;
    lure_dtype dtype;
    size_t n_copies, n_raw, n_numbers; /* parts of the space; those that are numbers */
    size_t n_frame, n_inputs;          /* numbers a frame, and a row of all frames */
    uint64_t max_steps;
    bool is_plain, is_reward_plain;  /* as they come */
    lure_normaliser numbers, spread; /* of the numbers; of the running returns */
    double *block, *frames, *scratch, *returns;
    size_t n_block;
} lure_seen;

/* In your memory; free it. max_steps > 0 where time_aware. The space must outlive it. */
lure_status lure_seen_init(lure_seen *seen, const lure_seen_options *options, const lure_space *space,
                           size_t n_copies, uint64_t max_steps, lure_dtype dtype, lure_memory *memory,
                           lure_error *err);
void lure_seen_free(lure_seen *seen); /* zeroed memory is fine */
/* From now on with the statistics that `from`, of the same options and world, has now, frozen. Copies' frames stay their own. */
void lure_seen_freeze(lure_seen *seen, const lure_seen *from);

/* The raw observations (copy, part) of the m copies listed go into the statistics, in this order. */
lure_status lure_seen_learn(lure_seen *seen, size_t m, const size_t *copies, const double *observations,
                            lure_error *err);
/* What the policy sees of copy i, into row (n_inputs) of the type: the copy's next frame, of the raw observation (part). `first`:
   of an episode; step: how many it has had. Refuses a choice that is none, and what is beyond the type. */
lure_status lure_seen_look(lure_seen *seen, size_t i, const double *observation, bool first, uint64_t step,
                           void *row, lure_error *err);
/* Rewards (m) of one step of the m copies listed, in place. ends not 0: the copy's running return begins anew. */
lure_status lure_seen_rewards(lure_seen *seen, size_t m, const size_t *copies, const int32_t *ends,
                              double *rewards, lure_error *err);

/* The frames of copy i (lure_seen_n_kept), which with the statistics decide what it sees next. */
static inline size_t lure_seen_n_kept(const lure_seen *seen)
{
    return seen->options.n_frames > 1 ? seen->n_inputs : 0;
}
static inline double *lure_seen_kept(const lure_seen *seen, size_t i)
{
    return seen->frames + i * lure_seen_n_kept(seen);
}

/* The statistics by name, as a checkpoint has them: tensors of float64 that may be read and written. */
size_t lure_seen_n_named(const lure_seen *seen);
const char *lure_seen_named(lure_seen *seen, size_t i, lure_tensor *out);

#endif
