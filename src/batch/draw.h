/* draw.h: one value of a random search. A draw is a pure function of (seed, key, point): other keys, other ranges and how
   many points there are change nothing, and it has the same bits on every machine. Its stream is that of base/rng.h with
   LURE_PURPOSE_SAMPLE, the first 64 bits of the key's SHA-256 as environment and step, and the point as episode. */
#ifndef LURE_BATCH_DRAW_H
#define LURE_BATCH_DRAW_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

typedef enum {
    LURE_DRAW_NONE,
    LURE_DRAW_UNIFORM,     /* low <= x <= high */
    LURE_DRAW_LOG_UNIFORM, /* the same, its logarithm is uniform */
    LURE_DRAW_INTEGER,     /* low, low + 1, ..., high, all equally likely */
    LURE_DRAW_CHOICE,      /* one of n, all equally likely */
    LURE_N_DRAWS
} lure_draw_kind;

typedef struct lure_draw {
    lure_draw_kind kind;
    double low, high; /* all but choice */
    size_t n;         /* choice */
} lure_draw;

/* "uniform", "log_uniform", "integer", "choice" */
const char *lure_draw_name(lure_draw_kind kind);
/* LURE_DRAW_NONE: there is none of that name, and *nearest is one that is close, or null. */
lure_draw_kind lure_draw_find(const char *name, const char **nearest);
/* LURE_ERROR_USAGE with what came and what was expected: low < high, finite; log_uniform: above 0; integer: whole, at
   most 2^53 in size; choice: n >= 1. */
lure_status lure_draw_check(const lure_draw *draw, lure_error *err);

/* A number of all kinds but choice. point < 2^32. */
double lure_draw_number(const lure_draw *draw, uint64_t seed, const char *key, size_t point);
/* 0 .. n-1, of choice. */
size_t lure_draw_choice(const lure_draw *draw, uint64_t seed, const char *key, size_t point);

#endif
