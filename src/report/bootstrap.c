/* bootstrap.c: see bootstrap.h. A resample is counted, not sorted: each value is drawn by its place among the rising ones
   of its stratum, and the counts, walked from the lowest, are the sorted resample: time linear in the values. */
#include "report/bootstrap.h"

#include "base/rng.h"
#include "report/statistics.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

size_t lure_bootstrap_resamples(size_t n_values)
{
    const size_t n = LURE_BOOTSTRAP_DRAWS / (n_values ? n_values : 1);
    return n > LURE_BOOTSTRAP_RESAMPLES ? LURE_BOOTSTRAP_RESAMPLES
           : n < LURE_BOOTSTRAP_LEAST   ? LURE_BOOTSTRAP_LEAST
                                        : n;
}

/* ---- statistics ---- */

double lure_statistic_iqm(double *values, const size_t *sizes, size_t n_strata)
{
    size_t n = 0;
    for (size_t s = 0; s < n_strata; s++)
        n += sizes[s];
    return n_strata == 1 ? lure_statistics_rising_iqm(values, n) : lure_statistics_iqm(values, n);
}

double lure_statistic_improvement(double *values, const size_t *sizes, size_t n_strata)
{
    return n_strata < 2 ? NAN
                        : lure_statistics_rising_improvement(values, sizes[0], values + sizes[0], sizes[1]);
}

double lure_statistic_iqm_difference(double *values, const size_t *sizes, size_t n_strata)
{
    return n_strata < 2 ? NAN
                        : lure_statistics_rising_iqm(values, sizes[0]) -
                              lure_statistics_rising_iqm(values + sizes[0], sizes[1]);
}

double lure_statistic_mean_improvement(double *values, const size_t *sizes, size_t n_strata)
{
    const size_t n_tasks = n_strata / 2;
    double sum = 0;
    for (size_t s = 0; s + 1 < n_strata; s += 2) {
        sum += lure_statistic_improvement(values, sizes + s, 2);
        values += sizes[s] + sizes[s + 1];
    }
    return sum / (double)n_tasks;
}

/* ---- resampling ---- */

typedef struct placed {
    double value;
    size_t index;
} placed;

static int compare_placed(const void *a, const void *b)
{
    const placed *x = a, *y = b;
    return x->value != y->value ? (x->value > y->value) - (x->value < y->value)
                                : (x->index > y->index) - (x->index < y->index);
}

typedef struct strata {
    const size_t *sizes;
    size_t n_strata, n;
    placed *order;
    double *rising;   /* (n) */
    double *sample;   /* (n + 3) */
    uint32_t *places; /* (n) of each value among the rising ones of its stratum */
    uint32_t *counts; /* (largest size) */
    uint32_t *draws;  /* the same */
    double *found;    /* (n_resamples) */
} strata;

static void sort_strata(strata *s, const double *values)
{
    for (size_t k = 0, at = 0; k < s->n_strata; at += s->sizes[k++]) {
        for (size_t i = 0; i < s->sizes[k]; i++)
            s->order[i] = (placed){values[at + i], i};
        qsort(s->order, s->sizes[k], sizeof *s->order, compare_placed);
        for (size_t i = 0; i < s->sizes[k]; i++) {
            s->rising[at + i] = s->order[i].value;
            s->places[at + s->order[i].index] = (uint32_t)i;
        }
    }
}

static void resample(strata *s, bool paired, lure_rng *rng)
{
    for (size_t k = 0, at = 0; k < s->n_strata; at += s->sizes[k++]) {
        const size_t n = s->sizes[k];
        memset(s->counts, 0, n * sizeof *s->counts);
        if (k == 0 || !paired)
            for (size_t i = 0; i < n; i++)
                s->draws[i] = (uint32_t)lure_rng_below(rng, n);
        for (size_t i = 0; i < n; i++)
            s->counts[s->places[at + s->draws[i]]]++;
        double *out = s->sample + at;
        for (size_t i = 0; i < n; i++) { /* counts are mostly 0 to 3: no branch to guess wrong */
            const double value = s->rising[at + i];
            const uint32_t count = s->counts[i];
            out[0] = out[1] = out[2] = value;
            for (uint32_t m = 3; m < count; m++)
                out[m] = value;
            out += count;
        }
    }
}

static void free_strata(strata *s)
{
    free(s->order);
    free(s->rising);
    free(s->sample);
    free(s->places);
    free(s->counts);
    free(s->draws);
    free(s->found);
}

lure_status lure_bootstrap_bounds(const lure_bootstrap *bootstrap, const double *values, const size_t *sizes,
                                  size_t n_strata, lure_statistic statistic, lure_bounds *out,
                                  lure_error *err)
{
    strata s = {.sizes = sizes, .n_strata = n_strata};
    size_t largest = 0;
    bool has_empty = n_strata == 0;
    *out = (lure_bounds){NAN, NAN};
    for (size_t k = 0; k < n_strata; k++) {
        s.n += sizes[k];
        largest = sizes[k] > largest ? sizes[k] : largest;
        has_empty |= sizes[k] == 0;
    }
    if (has_empty || bootstrap->n_resamples == 0)
        return LURE_OK;
    s.order = malloc(largest * sizeof *s.order);
    s.rising = calloc(s.n, sizeof *s.rising);
    s.sample = malloc((s.n + 3) * sizeof *s.sample);
    s.places = malloc(s.n * sizeof *s.places);
    s.counts = malloc(largest * sizeof *s.counts);
    s.draws = malloc(largest * sizeof *s.draws);
    s.found = malloc(bootstrap->n_resamples * sizeof *s.found);
    if (!s.order || !s.rising || !s.sample || !s.places || !s.counts || !s.draws || !s.found) {
        free_strata(&s);
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory for a bootstrap of %zu values", s.n);
    }
    sort_strata(&s, values);
    lure_rng rng;
    lure_rng_init(&rng, LURE_BOOTSTRAP_SEED, LURE_PURPOSE_SHUFFLE, 0);
    for (size_t r = 0; r < bootstrap->n_resamples; r++) {
        lure_rng_seek(&rng, (uint32_t)r, 0);
        resample(&s, bootstrap->paired, &rng);
        s.found[r] = statistic(s.sample, sizes, n_strata);
    }
    lure_statistics_sort(s.found, bootstrap->n_resamples);
    out->low = lure_statistics_quantile(s.found, bootstrap->n_resamples, 0.025);
    out->high = lure_statistics_quantile(s.found, bootstrap->n_resamples, 0.975);
    free_strata(&s);
    return LURE_OK;
}
