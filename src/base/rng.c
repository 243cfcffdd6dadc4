/* rng.c: Philox4x32-10 streams; see rng.h. The counter names the next block: {block, step, episode, environment}.
   A step that draws more than 2^32 blocks carries into the step word, so a stream that is never sought
   again has the whole 2^128 of the counter before it. */
#include "base/rng.h"

/* one round's two products, Salmon et al. 2011, table 2 */
static const uint32_t MULTIPLIER[2] = {0xD2511F53, 0xCD9E8D57};
static const uint32_t WEYL[2] = {0x9E3779B9,
                                 0xBB67AE85}; /* golden ratio and sqrt(3) - 1, as 32-bit fractions */

void lure_philox4x32(const uint32_t key[2], const uint32_t counter[4], uint32_t out[4])
{
    uint32_t k0 = key[0], k1 = key[1];
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
#pragma GCC unroll 10 /* a step of a world takes two blocks: worth the code */
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)MULTIPLIER[0] * c0, p1 = (uint64_t)MULTIPLIER[1] * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)p0;
        k0 += WEYL[0];
        k1 += WEYL[1];
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

/* A bijection of 64 bits in which every output bit depends on every input bit: SplitMix64's finaliser with
   Stafford's constants (Steele, Lea & Flood 2014). */
static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
}

void lure_rng_init(lure_rng *rng, uint64_t seed, lure_purpose purpose, uint32_t environment)
{
    /* mixed twice, so that neighbouring seeds and purposes share nothing: with one mix of seed + purpose * c,
       seed s with one purpose would be seed s + c with the one before */
    uint64_t key = mix(mix(seed + 0x9E3779B97F4A7C15) + (uint64_t)purpose * 0x9E3779B97F4A7C15);
    rng->key[0] = (uint32_t)key;
    rng->key[1] = (uint32_t)(key >> 32);
    rng->counter[3] = environment;
    rng->block[0] = rng->block[1] = rng->block[2] = rng->block[3] = 0;
    lure_rng_seek(rng, 0, 0);
}

void lure_rng_seek(lure_rng *rng, uint32_t episode, uint32_t step)
{
    rng->counter[0] = 0;
    rng->counter[1] = step;
    rng->counter[2] = episode;
    rng->n_used = 4; /* the block is computed by the first draw: seeking must be free */
}

static void next_block(lure_rng *rng)
{
    lure_philox4x32(rng->key, rng->counter, rng->block);
    rng->n_used = 0;
    for (int i = 0; i < 4 && ++rng->counter[i] == 0; i++) {
    }
}

static inline uint32_t word(lure_rng *rng)
{
    if (rng->n_used >= 4)
        next_block(rng);
    return rng->block[rng->n_used++];
}

uint32_t lure_rng_word(lure_rng *rng)
{
    return word(rng);
}

double lure_rng_uniform(lure_rng *rng)
{
    uint64_t high = word(rng) >> 5; /* 27 bits */
    uint64_t low = word(rng) >> 6;  /* 26 bits */
    return (double)(high << 26 | low) * 0x1p-53;
}

/* Lemire 2019, "Fast random integer generation in an interval": the high half of word * n is the answer, the
   low half says whether it falls into the few words that would make some answers likelier. */
uint64_t lure_rng_below(lure_rng *rng, uint64_t n)
{
    if (n <= UINT32_MAX) {
        uint32_t range = (uint32_t)n;
        uint64_t product = (uint64_t)word(rng) * range;
        if ((uint32_t)product < range) {
            uint32_t surplus = (uint32_t)-range % range;
            while ((uint32_t)product < surplus)
                product = (uint64_t)word(rng) * range;
        }
        return product >> 32;
    }
    uint64_t surplus = -n % n;
    for (;;) {
        uint64_t high = word(rng);
        unsigned __int128 product = (unsigned __int128)(high << 32 | word(rng)) * n;
        if ((uint64_t)product >= surplus)
            return (uint64_t)(product >> 64);
    }
}
