/* sensitivity.c: see sensitivity.h. */
#include "report/sensitivity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void mean_of_levels(const lure_compared *all, size_t n, const size_t *level, lure_sensitivity *s)
{
    double sum = 0, between = 0, around = 0, low = INFINITY, high = -INFINITY;
    s->n = 0;
    memset(s->levels, 0, s->n_levels * sizeof *s->levels);
    for (size_t i = 0; i < n; i++) {
        if (all[i].interval.n == 0)
            continue;
        s->levels[level[i]].n++;
        s->levels[level[i]].mean += all[i].interval.mean;
        sum += all[i].interval.mean;
        s->n++;
    }
    const double mean = sum / (double)s->n;
    for (size_t i = 0; i < n; i++)
        if (all[i].interval.n > 0)
            around += (all[i].interval.mean - mean) * (all[i].interval.mean - mean);
    size_t n_used = 0;
    for (size_t v = 0; v < s->n_levels; v++) {
        lure_level *l = &s->levels[v];
        l->mean = l->n ? l->mean / (double)l->n : NAN;
        if (l->n == 0)
            continue;
        between += (double)l->n * (l->mean - mean) * (l->mean - mean);
        low = fmin(low, l->mean);
        high = fmax(high, l->mean);
        n_used++;
    }
    s->spread = n_used ? high - low : NAN;
    s->share = around > 0 ? fmin(between / around, 1) : NAN;
    s->chance = s->n > 1 ? (double)(n_used - 1) / (double)(s->n - 1) : NAN;
}

static void iqm_of_levels(const lure_compared *all, size_t n, const size_t *level, double *room,
                          const size_t *rising, lure_sensitivity *s)
{
    size_t at = 0;
    for (size_t v = 0; v < s->n_levels; v++) {
        size_t m = 0;
        for (; at < n && level[rising[at]] == v; at++) {
            memcpy(room + m, all[rising[at]].values, all[rising[at]].interval.n * sizeof *room);
            m += all[rising[at]].interval.n;
        }
        s->levels[v].iqm = lure_statistics_iqm(room, m);
    }
}

/* Configurations by level, each level's in their order: a counting sort. */
static void sort_by_level(const size_t *level, size_t n, size_t n_levels, size_t *starts, size_t *out)
{
    memset(starts, 0, (n_levels + 1) * sizeof *starts);
    for (size_t i = 0; i < n; i++)
        starts[level[i] + 1]++;
    for (size_t v = 0; v < n_levels; v++)
        starts[v + 1] += starts[v];
    for (size_t i = 0; i < n; i++)
        out[starts[level[i]]++] = i;
}

static lure_status correlate(const lure_compared *all, size_t n, const double *numbers, double *room,
                             lure_sensitivity *s, lure_error *err)
{
    size_t m = 0;
    for (size_t i = 0; i < n; i++)
        if (all[i].interval.n > 0 && isfinite(numbers[i])) {
            room[m] = numbers[i];
            room[n + m++] = all[i].interval.mean;
        }
    s->correlation_by_chance = m > 2 ? fmin(1.959963984540054 / sqrt((double)(m - 1)), 1) : 1;
    return lure_statistics_rank_correlation(room, room + n, m, &s->correlation, err);
}

lure_status lure_sensitivity_compute(const lure_compared *all, size_t n, const size_t *level,
                                     const double *numbers, lure_sensitivity *s, lure_error *err)
{
    size_t n_values = 0;
    for (size_t i = 0; i < n; i++)
        n_values += all[i].interval.n;
    const size_t n_room = n_values > 2 * n ? n_values : 2 * n;
    double *room = malloc((n_room + 1) * sizeof *room);
    size_t *rising = malloc((n + s->n_levels + 1) * sizeof *rising);
    lure_status status =
        room && rising ? LURE_OK : lure_fail(err, LURE_ERROR_MEMORY, "no memory for the effects of options");
    s->correlation = s->correlation_by_chance = NAN;
    if (status == LURE_OK) {
        mean_of_levels(all, n, level, s);
        sort_by_level(level, n, s->n_levels, rising + n, rising);
        iqm_of_levels(all, n, level, room, rising, s);
        if (numbers)
            status = correlate(all, n, numbers, room, s, err);
    }
    free(room);
    free(rising);
    return status;
}
