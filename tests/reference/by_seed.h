/* by_seed.h: what drivers share that draw something at random, tell all of it as text, and then the losses and gradients
   that we give it in either type, for a program that shares nothing with us: DRIVER FIRST N, by their seeds. A line a
   fact, words separated by blanks, numbers as printf's %a: exact. Each begins with "NOUN SEED" and finishes with "end". */
#ifndef LURE_REFERENCE_BY_SEED_H
#define LURE_REFERENCE_BY_SEED_H

#include "base/rng.h"
#include "learn/tape.h"

typedef struct by_seed {
    const char *noun;
    lure_status (*draw)(lure_rng *rng, lure_error *err);
    void (*describe)(void);
    lure_status (*evaluate)(lure_tape *tape, lure_dtype dtype, lure_error *err); /* prints from "result" on */
} by_seed;

/* The driver's main; its exit code. */
int by_seed_main(const by_seed *d, int argc, char **argv);

#endif
