/* normaliser.h: a running mean and variance of each feature, and numbers brought to mean 0 and variance 1 by them.
   Batches are joined by Chan, Golub & LeVeque's parallel update, in double and in row order whatever the tensors' type.
   It starts as Stable-Baselines3's does, mean 0, variance 1 from 1e-4 samples, so that published settings mean the same.
   Frozen, for evaluation, it looks and learns nothing. Where numbers come from and go to is the caller's. */
#ifndef LURE_LEARN_NORMALISER_H
#define LURE_LEARN_NORMALISER_H

#include "math/tensor.h"

typedef struct lure_normaliser {
    size_t n_features;
    double count;            /* samples so far, 1e-4 at the start */
    double *mean, *variance; /* (feature), variance of the population; in the caller's memory */
    double *scratch;         /* (2, feature) */
    double clip;             /* results to +- this; infinity: never */
    double epsilon;          /* added to the variance */
    bool frozen;             /* update does nothing */
} lure_normaliser;

enum { LURE_NORMALISER_NUMBERS = 4 }; /* doubles a feature that init is given */

/* In your memory, nothing to free. clip > 0, epsilon > 0. `numbers`: (LURE_NORMALISER_NUMBERS, n_features). */
void lure_normaliser_init(lure_normaliser *normaliser, size_t n_features, double clip, double epsilon,
                          double *numbers);

/* Takes in the rows (row, feature), float32 or float64. A number that is not finite, or so large that the variance would
   not be, is LURE_ERROR_SCRIPT naming row and feature (counted from 1), and then nothing is changed. No rows, or frozen:
   nothing to do. */
lure_status lure_normaliser_update(lure_normaliser *normaliser, lure_dtype dtype, size_t n_rows,
                                   const void *rows, lure_error *err);

/* out (row, feature) = (rows - mean) / sqrt(variance + epsilon), within +- clip; out may be rows. Without `centred` the
   mean stays in. NaN stays NaN. */
void lure_normaliser_apply(const lure_normaliser *normaliser, bool centred, lure_dtype dtype, size_t n_rows,
                           const void *rows, void *out);

/* Rewards divided by the standard deviation of the running discounted return, their mean left in: what is good stays good.
   Each environment has a return of its own, which begins anew after every end, terminated or truncated. */
typedef struct lure_reward_scaler {
    lure_normaliser spread; /* of the running returns, one feature */
    size_t n_environments;
    double *returns; /* (environment), in the caller's memory */
    double *before;  /* (environment), as they were before a call */
    double discount;
} lure_reward_scaler;

/* `numbers`: LURE_NORMALISER_NUMBERS and twice n_environments more. discount in [0, 1]. */
void lure_reward_scaler_init(lure_reward_scaler *scaler, size_t n_environments, double discount, double clip,
                             double epsilon, double *numbers);

/* Step by step: returns = discount * returns + rewards, which the spread takes in (one update a step); out = rewards /
   sqrt(variance + epsilon) within +- clip; returns = 0 where ends is nonzero. (step, environment) each; out may be
   rewards. Frozen (spread.frozen): divides only, and no running return moves. A reward that is not finite is
   LURE_ERROR_SCRIPT naming its step; the scaler is then as it was, `out` is not to be used. */
lure_status lure_reward_scaler_apply(lure_reward_scaler *scaler, lure_dtype dtype, size_t n_steps,
                                     const void *rewards, const int32_t *ends, void *out, lure_error *err);

#endif
