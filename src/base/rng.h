/* rng.h: counter-based random numbers, Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy
   as 1, 2, 3"). A stream is a pure function of (seed, purpose, environment, episode, step, draw): nothing that
   one stream does can shift another, and episode k can be replayed alone. Floating-point results use only
   exact operations and the deterministic functions of math/function.h, so they are the same on every CPU. */
#ifndef LURE_BASE_RNG_H
#define LURE_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

typedef enum {
    LURE_PURPOSE_INIT = 1,    /* first values of parameters */
    LURE_PURPOSE_SCHEDULE,    /* the schedule's input for an episode */
    LURE_PURPOSE_ENVIRONMENT, /* chance inside the world */
    LURE_PURPOSE_POLICY,      /* the draw of an action */
    LURE_PURPOSE_SHUFFLE,     /* order of minibatches */
    LURE_PURPOSE_EVALUATION,  /* everything an evaluation draws */
    LURE_PURPOSE_SCRIPT,      /* math.random in scripts */
    LURE_PURPOSE_USER,        /* streams a script makes for itself */
    LURE_PURPOSE_SAMPLE,      /* the points of a random search */
} lure_purpose;

typedef struct lure_rng {
    uint32_t key[2];     /* mixed from seed and purpose */
    uint32_t counter[4]; /* block of draws, step, episode, environment */
    uint32_t block[4];   /* the current block of random words */
    unsigned n_used;     /* words of it that are spent, 0..4 */
} lure_rng;

/* The bare bijection, for the published test vectors. */
void lure_philox4x32(const uint32_t key[2], const uint32_t counter[4], uint32_t out[4]);

void lure_rng_init(lure_rng *rng, uint64_t seed, lure_purpose purpose, uint32_t environment);
void lure_rng_seek(lure_rng *rng, uint32_t episode, uint32_t step); /* to the first draw of that step */

uint32_t lure_rng_word(lure_rng *rng);
double lure_rng_uniform(lure_rng *rng);             /* [0, 1), 53 random bits: two words */
uint64_t lure_rng_below(lure_rng *rng, uint64_t n); /* 0 .. n-1 without bias; n >= 1 */

#endif
