/* random.c: distributions drawn from a stream; see random.h. */
#include "math/random.h"
#include "math/function.h"
#include <math.h>

double lure_random_normal(lure_rng *rng, double mean, double standard_deviation)
{
    const double two_pi = 6.283185307179586;
    double u = 1.0 - lure_rng_uniform(rng); /* (0, 1]: the logarithm of 0 must not come */
    double v = lure_rng_uniform(rng);
    double radius = sqrt(-2.0 * lure_log(u));
    return mean + standard_deviation * (radius * lure_cos(two_pi * v));
}

void lure_random_shuffle(lure_rng *rng, int32_t *items, size_t n)
{
    for (size_t last = n; last > 1; last--) {
        size_t pick = (size_t)lure_rng_below(rng, last);
        int32_t item = items[pick];
        items[pick] = items[last - 1];
        items[last - 1] = item;
    }
}
