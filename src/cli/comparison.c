/* comparison.c: see comparison.h. */
#include "cli/comparison.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The finite ones of a group's runs, by seed. */
static size_t take_values(const lure_run_groups *g, size_t group, const char *name, double *out)
{
    size_t n = 0;
    const lure_run_group *it = &g->groups[group];
    for (size_t i = it->first; i < it->first + it->n; i++) {
        double value = lure_grouped_run_number(&g->runs[i], name);
        if (isfinite(value))
            out[n++] = value;
    }
    return n;
}

/* `pair`: room for the values of two groups. */
static lure_status improve(const lure_comparison *c, const lure_compared *first, lure_compared *it,
                           double *pair, lure_error *err)
{
    const lure_compared *better = c->lower_is_better ? first : it, *other = c->lower_is_better ? it : first;
    const size_t sizes[2] = {better->interval.n, other->interval.n};
    memcpy(pair, better->values, sizes[0] * sizeof *pair);
    memcpy(pair + sizes[0], other->values, sizes[1] * sizeof *pair);
    lure_status status =
        lure_statistics_bootstrap(pair, sizes, 2, lure_statistic_improvement, &it->improvement_bounds, err);
    it->improvement = lure_statistic_improvement(pair, sizes, 2);
    if (sizes[0] < 2 ||
        sizes[1] < 2) /* a single run has no spread: its resamples would be sure of anything */
        it->improvement_bounds = (lure_bounds){NAN, NAN};
    return status;
}

static lure_status compute_metric(const lure_comparison *c, lure_metric *m, double *room, lure_error *err)
{
    const lure_run_groups *g = c->borrow_groups;
    size_t n_all = 0;
    lure_status status = LURE_OK;
    for (size_t i = 0; i < g->n_groups && status == LURE_OK; i++) {
        lure_compared *it = &m->groups[i], *first = &m->groups[0];
        it->values = calloc(g->groups[i].n, sizeof *it->values);
        if (!it->values)
            return lure_fail(err, LURE_ERROR_MEMORY, "no memory to compare runs");
        const size_t n = take_values(g, i, m->name, it->values);
        n_all += n;
        it->interval = lure_statistics_interval(it->values, n);
        it->improvement = NAN;
        it->improvement_bounds = (lure_bounds){NAN, NAN};
        status = lure_statistics_bootstrap(it->values, &n, 1, lure_statistic_iqm, &it->iqm_bounds, err);
        if (n < 2)
            it->iqm_bounds = (lure_bounds){NAN, NAN};
        memcpy(room, it->values, n * sizeof *room);
        it->iqm = lure_statistics_iqm(room, n);
        if (status == LURE_OK && i > 0)
            status = improve(c, first, it, room, err);
    }
    if (status != LURE_OK || n_all > 0)
        return status;
    size_t n_done = 0;
    for (size_t i = 0; i < g->n_groups; i++)
        n_done += g->groups[i].n_done;
    lure_text names;
    lure_text_init(&names);
    lure_run_groups_numbers(g, &names);
    if (n_done > 0 && *names.data)
        lure_fail(err, LURE_ERROR_USAGE, "no run has a finite '%s'; they have %s", m->name, names.data);
    else
        lure_fail(err, LURE_ERROR_STORE, "none of the %zu runs has finished", g->n_runs);
    lure_text_free(&names);
    return err->status;
}

lure_status lure_comparison_compute(lure_comparison *c, lure_error *err)
{
    const lure_run_groups *g = c->borrow_groups;
    double *room = calloc(2 * g->n_runs + 1, sizeof *room);
    lure_status status = room ? LURE_OK : lure_fail(err, LURE_ERROR_MEMORY, "no memory to compare runs");
    for (size_t i = 0; i < c->n_metrics && status == LURE_OK; i++) {
        c->metrics[i].groups = calloc(g->n_groups, sizeof *c->metrics[i].groups);
        status = c->metrics[i].groups ? compute_metric(c, &c->metrics[i], room, err)
                                      : lure_fail(err, LURE_ERROR_MEMORY, "no memory to compare runs");
    }
    free(room);
    return status;
}

void lure_comparison_free(lure_comparison *c)
{
    for (size_t i = 0; i < c->n_metrics; i++) {
        for (size_t k = 0; c->metrics[i].groups && k < c->borrow_groups->n_groups; k++)
            free(c->metrics[i].groups[k].values);
        free(c->metrics[i].groups);
    }
    *c = (lure_comparison){0};
}
