/* check_gradient_math.h: the arithmetic of the gradient check, which knows neither scripts nor worlds: walking all
   sequences of choices, expectation and variance over them, how far one gradient is a multiple of another, derivatives
   by finite differences. No Lua, no memory of its own: arrays are the caller's. Internal to check/. */
#ifndef LURE_CHECK_CHECK_GRADIENT_MATH_H
#define LURE_CHECK_CHECK_GRADIENT_MATH_H

#include "base/rng.h"

#include <stdbool.h>
#include <stddef.h>

/* ---- all sequences of choices ---- */

enum { LURE_MOST_CHOICES = 64, LURE_MOST_DRAWN = 4096, LURE_MOST_WAYS = 8 };

typedef struct lure_choice {
    size_t n, taken;          /* of how many ways which one, 0-based */
    double p[LURE_MOST_WAYS]; /* their probabilities */
} lure_choice;

/* Walks a tree whose shape shows only while it is walked: how many choices there are, and their probabilities, may
   depend on the choices before. A walk makes its choices in order; `advance` then plans the next walk: the last choice
   that has another way of probability > 0 left takes it, and those after it begin anew.
   With `rng`, choices are drawn from it instead, every walk is one sample, and what was chosen is not kept, so there is
   room for many more. Zeroed memory is ready. */
typedef struct lure_odometer {
    lure_choice choices[LURE_MOST_CHOICES];
    size_t n_planned, n_made;
    bool overflowed; /* a walk had more choices than there is room for; the rest took their first way */
    lure_rng *rng;   /* null: every sequence once */
} lure_odometer;

void lure_odometer_begin(lure_odometer *o); /* another walk */
/* A number in [0, 1) that falls on the way to be taken next, the ways laid out on [0, 1) one after the other. For who
   chooses by such a number and knows the probabilities only afterwards: he then notes what he took. */
double lure_odometer_draw(const lure_odometer *o);
void lure_odometer_note(lure_odometer *o, size_t n, const double *p, size_t taken);
size_t lure_odometer_choose(lure_odometer *o, size_t n, const double *p); /* both in one */
double lure_odometer_probability(const lure_odometer *o);                 /* of the walk just made */
bool lure_odometer_advance(lure_odometer *o);                             /* false: that was the last one */
/* The product of the n: a guess at how many walks there are. */
double lure_odometer_ways(const lure_odometer *o);

/* ---- expectation ---- */

typedef struct lure_moments {
    size_t n; /* numbers in a gradient */
    size_t n_added;
    double weight; /* the sum of the weights; 1 when they are the probabilities of everything */
    double *mean;  /* (n) sum of weight * gradient; the caller's, zeroed */
    double square; /* sum of weight * |gradient|^2 */
} lure_moments;

void lure_moments_add(lure_moments *m, double weight, const double *gradient);
/* Weights of 1 become weights of 1 / how many. */
void lure_moments_average(lure_moments *m);
double lure_moments_variance(const lure_moments *m); /* trace of the covariance of one gradient; >= 0 */

/* ---- two gradients ---- */

typedef struct lure_fit {
    double cosine; /* NaN when either is 0 */
    double scale;  /* the s for which s * truth is nearest to the update */
    double bias;   /* |update - s * truth| / |s * truth|; infinite when s is 0 */
    double update; /* |update| */
    double truth;  /* |truth| */
} lure_fit;

/* Over the numbers that `counted` (null: all) says yes to. */
lure_fit lure_fit_gradients(size_t n, const double *update, const double *truth, const bool *counted);

/* ---- finite differences ---- */

/* f may move other things, but must give the same number for the same x. */
typedef double (*lure_scalar_function)(void *data);
typedef struct lure_difference {
    double derivative; /* central, five points: the error is about h^4 */
    bool
        is_kinked; /* the slopes on both sides differ by more than a smooth function's would: there is none */
} lure_difference;
/* The derivative of f with respect to *x, which is as before afterwards. */
lure_difference lure_differentiate_numerically(lure_scalar_function f, void *data, double *x, double h);

#endif
