/* sensitivity.h: how much an option matters among configurations that were tried. Main effects as in functional ANOVA (Hutter,
   Hoos & Leyton-Brown 2014, "An efficient approach for assessing hyperparameter importance"), taken from the configurations
   themselves instead of a model of them: y_c is the mean of configuration c over its seeds, m the mean of all y_c, m_v of the n_v
   that have value v; share = sum_v n_v (m_v - m)^2 / sum_c (y_c - m)^2. On a full grid the shares of all options and their interactions
   add up to 1. Among N configurations that differ by chance alone, k values have a share of (k - 1) / (N - 1) on average. */
#ifndef LURE_REPORT_SENSITIVITY_H
#define LURE_REPORT_SENSITIVITY_H

#include "report/compared.h"

typedef struct lure_level {
    size_t n;    /* configurations that have this value and a mean */
    double mean; /* of their means; NaN: none */
    double iqm;  /* of all their runs together */
} lure_level;

typedef struct lure_sensitivity {
    lure_level *levels;   /* (n_levels) the caller's */
    size_t n_levels;      /* the caller's */
    size_t n;             /* configurations that have a mean */
    double share, chance; /* NaN: nothing varies */
    double spread;        /* between the highest and the lowest mean of a level */
    double correlation;   /* Spearman's, of the numbers with the means; NaN: none */
    double
        correlation_by_chance; /* 95 of 100 are nearer to 0 without any relation: about 1.96 / sqrt(n - 1) */
} lure_sensitivity;

/* `level` (n): which value a configuration has. `numbers` (n): the value as a number; null: it is none. LURE_ERROR_MEMORY
   alone. */
lure_status lure_sensitivity_compute(const lure_compared *all, size_t n, const size_t *level,
                                     const double *numbers, lure_sensitivity *sensitivity, lure_error *err);

#endif
