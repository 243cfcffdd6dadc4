/* space.h: what an action or an observation can be: a list of parts, each a choice of n or a number between bounds.
   Gymnasium's Discrete is one choice, MultiDiscrete are several, Box are numbers, Dict and Tuple are parts with names, in
   the order in which they were declared. A value is one double a part: a choice counts from 0. Flat is what a
   network sees: a choice of n as n numbers, 1 at its place and else 0 (one-hot), a number as itself. */
#ifndef LURE_LEARN_SPACE_H
#define LURE_LEARN_SPACE_H

#include "base/rng.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct lure_part {
    const char *name;         /* "x", "arm.angle", "cells[3]"; null: none */
    size_t n;                 /* a choice of n; 0: a number */
    const char *const *words; /* (n) what the choices are called; null: by their numbers */
    double low, high;         /* of a number; -infinity, infinity: no bound */
} lure_part;

typedef struct lure_space {
    size_t n_parts;
    const lure_part *parts; /* (n_parts) in the maker's memory */
} lure_space;

typedef enum {
    LURE_SPACE_DISCRETE,
    LURE_SPACE_MULTI_DISCRETE,
    LURE_SPACE_BOX,
    LURE_SPACE_MIXED
} lure_space_kind;
/* No parts: a box of nothing. */
lure_space_kind lure_space_kind_of(const lure_space *space);
const char *lure_space_kind_name(lure_space_kind kind); /* "discrete", "multi-discrete", "box", "mixed" */

size_t lure_space_n_choices(const lure_space *space); /* of all parts together: the length of a mask */
size_t lure_space_n_flat(const lure_space *space);

/* The first part whose number is none of its own (not finite, out of bounds, no whole number from 0 to n - 1);
   n_parts: the value is in the space. */
size_t lure_space_find_outside(const lure_space *space, const double *value);

/* Draws a value: a choice evenly, among those that `mask` (n_choices; null: all) allows; a number evenly between two
   bounds, by an exponential beyond one, by a standard normal without any, as Gymnasium's Box does. Part after part from the
   stream. A mask without a legal choice in a part: that part's first. */
void lure_space_sample(const lure_space *space, const unsigned char *mask, lure_rng *rng, double *value);

void lure_space_flatten(const lure_space *space, const double *value,
                        double *flat); /* (n_parts) -> (n_flat) */
void lure_space_unflatten(const lure_space *space, const double *flat,
                          double *value); /* a choice: the first of the largest */

#endif
