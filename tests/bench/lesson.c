/* lesson.c: the lesson as a plain loop in C, a yardstick of the benchmark: what a person would write who wants this
   one thing and no engine. Double precision, a splitmix64 generator (Steele, Lea & Flood 2014), libm's exp.
   Nothing is stored. Usage: lesson UPDATES SEED. Prints the loop's seconds and the last bias. */
#define _POSIX_C_SOURCE 199309L
#include "measure.h"

#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static inline double uniform(uint64_t *state) /* [0, 1) */
{
    uint64_t z = *state += 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: lesson UPDATES SEED\n");
        return 2;
    }
    const uint64_t updates = strtoull(argv[1], NULL, 10);
    uint64_t random = strtoull(argv[2], NULL, 10);
    const double weight = 20.0, rate = 1.0;
    double bias = 0.0;
    const double started = seconds();
    for (uint64_t i = 0; i < updates; i++) {
        double hunger = uniform(&random);
        double p = 1.0 / (1.0 + exp(-(weight * hunger + bias))); /* of visiting Norm */
        int norm = uniform(&random) >= 1.0 - p;
        double derivative = norm ? -(1.0 - p) : p; /* of the cross-entropy by the bias */
        double reward = norm == (hunger > 0.5) ? 1.0 : -1.0;
        bias -= rate * (derivative * reward);
    }
    printf("%.9f %.17g\n", seconds() - started, bias);
    return 0;
}
