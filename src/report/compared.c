/* compared.c: see compared.h. First each by itself, then the ranks, then intervals and differences for as many of the best
   as there is time for. */
#include "report/compared.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const lure_bounds NO_BOUNDS = {NAN, NAN};

const char *lure_judgement_text(lure_judgement judgement)
{
    switch (judgement) {
    case LURE_JUDGED_NOTHING: return "nothing to compare";
    case LURE_JUDGED_REFERENCE: return "reference";
    case LURE_JUDGED_FEW: return "too few seeds to tell";
    case LURE_JUDGED_SKIPPED: return "not examined";
    case LURE_JUDGED_OPEN: return "not told apart";
    case LURE_JUDGED_BETTER: return "better";
    case LURE_JUDGED_WORSE: return "worse";
    }
    return "";
}

/* ---- each by itself ---- */

static void describe(const lure_comparing *comparing, lure_compared *it, double *room)
{
    const size_t n = it->interval.n;
    it->interval = lure_statistics_interval(it->values, n);
    memcpy(room, it->values, n * sizeof *room);
    it->iqm = lure_statistics_iqm(room, n);
    it->optimality_gap =
        isnan(comparing->target)
            ? NAN
            : lure_statistics_optimality_gap(it->values, n, comparing->target, comparing->lower_is_better);
    it->rank = 0;
    it->improvement = it->difference = NAN;
    it->iqm_bounds = it->improvement_bounds = it->difference_bounds = NO_BOUNDS;
    it->n_shared = 0;
    it->paired = false;
    it->judgement = LURE_JUDGED_NOTHING;
}

typedef struct place {
    double score; /* higher is better */
    size_t index;
} place;

static int compare_places(const void *a, const void *b)
{
    const place *x = a, *y = b;
    return x->score != y->score ? (x->score < y->score) - (x->score > y->score)
                                : (x->index > y->index) - (x->index < y->index);
}

/* Of equal ones the first goes before. Returns how many have values. */
static size_t rank(lure_compared *all, size_t n, bool lower_is_better, place *order)
{
    size_t n_ranked = 0;
    for (size_t i = 0; i < n; i++)
        if (all[i].interval.n > 0)
            order[n_ranked++] = (place){lower_is_better ? -all[i].iqm : all[i].iqm, i};
    qsort(order, n_ranked, sizeof *order, compare_places);
    for (size_t i = 0; i < n_ranked; i++)
        all[order[i].index].rank = i + 1;
    return n_ranked;
}

static size_t best_of(const lure_compared *all, const place *order, size_t n_ranked)
{
    for (size_t i = 0; i < n_ranked; i++)
        if (all[order[i].index].interval.n >= LURE_FEW_SEEDS)
            return order[i].index;
    return n_ranked ? order[0].index : LURE_REFERENCE_NONE;
}

/* ---- beside the reference ---- */

/* The values of the seeds that both have, x's then y's. Returns how many seeds. */
static size_t share(const lure_compared *x, const lure_compared *y, double *room)
{
    const size_t most = x->interval.n < y->interval.n ? x->interval.n : y->interval.n;
    size_t n = 0;
    for (size_t i = 0, k = 0; i < x->interval.n && k < y->interval.n;) {
        if (x->seeds[i] == y->seeds[k]) {
            room[n] = x->values[i++];
            room[most + n++] = y->values[k++];
        } else if (x->seeds[i] < y->seeds[k])
            i++;
        else
            k++;
    }
    memmove(room + n, room + most, n * sizeof *room);
    return n;
}

static double iqm_of(double *values, size_t n, double *room)
{
    memcpy(room, values, n * sizeof *room);
    return lure_statistics_iqm(room, n);
}

/* What compared.h promises before any interval: `room` is for twice the values of both. */
static void compare(const lure_comparing *comparing, const lure_compared *reference, lure_compared *it,
                    double *room)
{
    const size_t n = it->interval.n, m = reference->interval.n, fewer = n < m ? n : m;
    const lure_compared *better = comparing->lower_is_better ? reference : it,
                        *other = comparing->lower_is_better ? it : reference;
    it->n_shared = share(it, reference, room);
    it->paired = it->n_shared >= LURE_FEW_SEEDS && 2 * it->n_shared >= fewer;
    it->difference = it->paired ? iqm_of(room, it->n_shared, room + 2 * it->n_shared) -
                                      iqm_of(room + it->n_shared, it->n_shared, room + 2 * it->n_shared)
                                : it->iqm - reference->iqm;
    memcpy(room, better->values, better->interval.n * sizeof *room);
    memcpy(room + better->interval.n, other->values, other->interval.n * sizeof *room);
    it->improvement =
        lure_statistics_improvement(room, better->interval.n, room + better->interval.n, other->interval.n);
    it->judgement = fewer == 0               ? LURE_JUDGED_NOTHING
                    : fewer < LURE_FEW_SEEDS ? LURE_JUDGED_FEW
                                             : LURE_JUDGED_OPEN;
}

static lure_status bound(const lure_comparing *comparing, const lure_compared *reference, lure_compared *it,
                         double *room, lure_error *err)
{
    const lure_bootstrap each = {comparing->n_resamples, false}, pairs = {comparing->n_resamples, true};
    const size_t n = it->interval.n;
    if (n < 2)
        return LURE_OK;
    lure_status status =
        lure_bootstrap_bounds(&each, it->values, &n, 1, lure_statistic_iqm, &it->iqm_bounds, err);
    if (status != LURE_OK || !reference || it == reference || reference->interval.n < 2)
        return status;

    const lure_compared *first = comparing->lower_is_better ? reference : it,
                        *second = comparing->lower_is_better ? it : reference;
    const size_t sizes[2] = {first->interval.n, second->interval.n};
    memcpy(room, first->values, sizes[0] * sizeof *room);
    memcpy(room + sizes[0], second->values, sizes[1] * sizeof *room);
    status = lure_bootstrap_bounds(&each, room, sizes, 2, lure_statistic_improvement, &it->improvement_bounds,
                                   err);
    if (status != LURE_OK)
        return status;

    size_t both[2] = {n, reference->interval.n};
    if (it->paired) {
        both[0] = both[1] = share(it, reference, room);
    } else {
        memcpy(room, it->values, both[0] * sizeof *room);
        memcpy(room + both[0], reference->values, both[1] * sizeof *room);
    }
    status = lure_bootstrap_bounds(it->paired ? &pairs : &each, room, both, 2, lure_statistic_iqm_difference,
                                   &it->difference_bounds, err);
    if (it->judgement != LURE_JUDGED_OPEN)
        return status;
    const bool above = it->difference_bounds.low > 0, below = it->difference_bounds.high < 0;
    if (above || below)
        it->judgement = above != comparing->lower_is_better ? LURE_JUDGED_BETTER : LURE_JUDGED_WORSE;
    return status;
}

lure_status lure_compared_compute(lure_compared *all, size_t n, lure_comparing *comparing, lure_error *err)
{
    size_t most = 0, taken = 0;
    for (size_t i = 0; i < n; i++)
        most = all[i].interval.n > most ? all[i].interval.n : most;
    place *order = malloc((n + 1) * sizeof *order);
    double *room = malloc((4 * most + 1) * sizeof *room);
    lure_status status = order && room ? LURE_OK : lure_fail(err, LURE_ERROR_MEMORY, "no memory to compare");
    if (status == LURE_OK) {
        for (size_t i = 0; i < n; i++)
            describe(comparing, &all[i], room);
        const size_t n_ranked = rank(all, n, comparing->lower_is_better, order);
        if (comparing->reference == LURE_REFERENCE_BEST)
            comparing->reference = best_of(all, order, n_ranked);
        lure_compared *reference = comparing->reference < n ? &all[comparing->reference] : NULL;
        for (size_t i = 0; reference && i < n; i++)
            if (&all[i] != reference)
                compare(comparing, reference, &all[i], room);
        if (reference && reference->interval.n > 0)
            reference->judgement = LURE_JUDGED_REFERENCE;
        for (size_t i = 0; i < n_ranked && status == LURE_OK; i++) {
            lure_compared *it = &all[order[i].index];
            taken += it->interval.n;
            if (i == 0 || it == reference || taken <= comparing->most_values)
                status = bound(comparing, reference, it, room, err);
            else if (it->judgement == LURE_JUDGED_OPEN)
                it->judgement = LURE_JUDGED_SKIPPED;
        }
    }
    free(order);
    free(room);
    return status;
}
