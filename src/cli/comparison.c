/* comparison.c: see comparison.h. */
#include "cli/comparison.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The finite ones of a group's runs, by seed. */
static lure_status take_values(const lure_run_groups *g, size_t group, const char *name, lure_compared *out,
                               lure_error *err)
{
    const lure_run_group *it = &g->groups[group];
    out->values = calloc(it->n, sizeof *out->values);
    out->seeds = calloc(it->n, sizeof *out->seeds);
    if (!out->values || !out->seeds)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory to compare runs");
    for (size_t i = it->first; i < it->first + it->n; i++) {
        double value = lure_grouped_run_number(&g->runs[i], name);
        if (!isfinite(value))
            continue;
        out->values[out->interval.n] = value;
        out->seeds[out->interval.n++] = g->runs[i].manifest.seed;
    }
    return LURE_OK;
}

static lure_status nothing_there(const lure_run_groups *g, const char *name, lure_error *err)
{
    size_t n_done = 0;
    for (size_t i = 0; i < g->n_groups; i++)
        n_done += g->groups[i].n_done;
    lure_text names;
    lure_text_init(&names);
    lure_run_groups_numbers(g, &names);
    if (n_done > 0 && *names.data)
        lure_fail(err, LURE_ERROR_USAGE, "no run has a finite '%s'; they have %s", name, names.data);
    else
        lure_fail(err, LURE_ERROR_STORE, "none of the %zu runs has finished", g->n_runs);
    lure_text_free(&names);
    return err->status;
}

static lure_status compute_metric(const lure_comparison *c, lure_metric *m, lure_error *err)
{
    const lure_run_groups *g = c->borrow_groups;
    lure_comparing comparing = {.lower_is_better = c->lower_is_better,
                                .target = NAN,
                                .n_resamples = c->n_resamples,
                                .most_values = SIZE_MAX,
                                .reference = LURE_REFERENCE_FIRST};
    size_t n_all = 0;
    lure_status status = LURE_OK;
    for (size_t i = 0; i < g->n_groups && status == LURE_OK; i++) {
        status = take_values(g, i, m->name, &m->groups[i], err);
        n_all += m->groups[i].interval.n;
    }
    if (status == LURE_OK && n_all == 0)
        status = nothing_there(g, m->name, err);
    return status == LURE_OK ? lure_compared_compute(m->groups, g->n_groups, &comparing, err) : status;
}

lure_status lure_comparison_compute(lure_comparison *c, lure_error *err)
{
    lure_status status = LURE_OK;
    c->n_resamples = lure_bootstrap_resamples(c->borrow_groups->n_runs);
    for (size_t i = 0; i < c->n_metrics && status == LURE_OK; i++) {
        c->metrics[i].groups = calloc(c->borrow_groups->n_groups, sizeof *c->metrics[i].groups);
        status = c->metrics[i].groups ? compute_metric(c, &c->metrics[i], err)
                                      : lure_fail(err, LURE_ERROR_MEMORY, "no memory to compare runs");
    }
    return status;
}

void lure_comparison_free(lure_comparison *c)
{
    for (size_t i = 0; i < c->n_metrics; i++) {
        for (size_t k = 0; c->metrics[i].groups && k < c->borrow_groups->n_groups; k++) {
            free(c->metrics[i].groups[k].values);
            free(c->metrics[i].groups[k].seeds);
        }
        free(c->metrics[i].groups);
    }
    *c = (lure_comparison){0};
}
