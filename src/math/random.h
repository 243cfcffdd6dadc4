/* random.h: distributions drawn from a stream, with the same bits on every CPU. */
#ifndef LURE_MATH_RANDOM_H
#define LURE_MATH_RANDOM_H

#include "base/rng.h"

/* Normal by Box & Muller 1958: exactly two uniforms (four words) for each number, the second half unused, so
   that the number of draws never depends on values. */
double lure_random_normal(lure_rng *rng, double mean, double standard_deviation);
void lure_random_shuffle(lure_rng *rng, int32_t *items, size_t n); /* Fisher & Yates, last to first */

#endif
