/* batch_statistics.c: see batch_statistics.h. */
#include "cli/batch_statistics.h"

#include "run/run_groups.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char RETURN[] = "episodic_return_100";

static lure_status out_of_memory(lure_error *err)
{
    return lure_fail(err, LURE_ERROR_MEMORY, "no memory for the statistics of a batch");
}

bool lure_batch_run_failed(const lure_batch_run *run)
{
    return !run->done && run->status != LURE_OK && run->status != LURE_ERROR_CANCELLED;
}

/* ---- values ---- */

typedef struct scored {
    uint64_t seed;
    double value;
} scored;

static int compare_scored(const void *a, const void *b)
{
    const scored *x = a, *y = b;
    return (x->seed > y->seed) - (x->seed < y->seed);
}

static double named_number(const lure_batch *batch, size_t run, const char *name)
{
    lure_grouped_run it = {.summary = lure_batch_summary(batch, run), .done = true};
    const double value = lure_grouped_run_number(&it, name);
    json_decref(it.summary);
    return value;
}

static double value_of(const lure_batch *batch, size_t run, int metric, const char *name)
{
    const lure_batch_run *r = &batch->runs[run];
    if (!r->done)
        return NAN;
    if (metric == LURE_BATCH_TRACKED)
        return r->tail_mean;
    return metric == LURE_BATCH_RETURN || strcmp(name, RETURN) == 0 ? r->episodic_return
                                                                    : named_number(batch, run, name);
}

static lure_status take_values(const lure_batch *batch, const lure_plan_configuration *c, int metric,
                               const char *name, lure_compared *out, lure_error *err)
{
    scored *all = malloc((c->n_runs + 1) * sizeof *all);
    size_t n = 0;
    if (!all)
        return out_of_memory(err);
    for (size_t i = c->first_run; i < c->first_run + c->n_runs; i++) {
        const double value = value_of(batch, i, metric, name);
        if (isfinite(value))
            all[n++] = (scored){batch->plan->runs[i].seed, value};
    }
    qsort(all, n, sizeof *all, compare_scored);
    out->values = malloc((n + 1) * sizeof *out->values);
    out->seeds = malloc((n + 1) * sizeof *out->seeds);
    out->interval.n = n;
    for (size_t i = 0; i < n && out->values && out->seeds; i++) {
        out->values[i] = all[i].value;
        out->seeds[i] = all[i].seed;
    }
    free(all);
    return out->values && out->seeds ? LURE_OK : out_of_memory(err);
}

/* The one column that all configurations are tracked by; null: they differ, or there is none. */
static const char *common_track(const lure_batch *batch, const lure_batch_task *task)
{
    const char *track = NULL;
    for (size_t i = task->first; i < task->first + task->n; i++) {
        if (!*batch->tracks[i])
            continue;
        if (track && strcmp(track, batch->tracks[i]) != 0)
            return NULL;
        track = batch->tracks[i];
    }
    return track;
}

/* As the first finished run of the task says it. */
static void find_target(lure_batch_statistics *s, lure_batch_task *task)
{
    task->target = s->judging.target;
    if (!isnan(task->target) || strcmp(s->judging.metric, RETURN) != 0)
        return;
    const lure_plan_configuration *c = &s->borrow_batch->plan->configurations[task->first];
    for (size_t i = c->first_run; i < c->first_run + task->n_runs; i++)
        if (s->borrow_batch->runs[i].done) {
            task->target = named_number(s->borrow_batch, i, "threshold");
            break;
        }
    task->target_is_threshold = !isnan(task->target);
}

static lure_status compute_metric(lure_batch_statistics *s, lure_batch_task *task, int metric,
                                  lure_error *err)
{
    const lure_batch *batch = s->borrow_batch;
    lure_batch_metric *m = &task->metrics[metric];
    const bool judged = metric == LURE_BATCH_JUDGED;
    m->all = calloc(task->n + 1, sizeof *m->all);
    m->comparing = (lure_comparing){.lower_is_better = judged && s->judging.lower_is_better,
                                    .target = judged ? task->target : NAN,
                                    .n_resamples = s->n_resamples,
                                    .most_values = LURE_BOOTSTRAP_VALUES / s->n_tasks,
                                    .reference = judged ? LURE_REFERENCE_BEST : LURE_REFERENCE_NONE};
    if (s->borrow_batch->n_done <= LURE_BOOTSTRAP_VALUES)
        m->comparing.most_values = SIZE_MAX;
    lure_status status = m->all ? LURE_OK : out_of_memory(err);
    for (size_t i = 0; i < task->n && status == LURE_OK; i++) {
        const lure_plan_configuration *c = &batch->plan->configurations[task->first + i];
        status = take_values(batch, c, metric, m->name, &m->all[i], err);
    }
    return status == LURE_OK ? lure_compared_compute(m->all, task->n, &m->comparing, err) : status;
}

/* ---- varied options ---- */

typedef struct labelled {
    const char *text;
    double number;
    size_t index;
} labelled;

static int by_text(const void *a, const void *b)
{
    const labelled *x = a, *y = b;
    const int order = strcmp(x->text, y->text);
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

static int by_number(const void *a, const void *b)
{
    const labelled *x = a, *y = b;
    return x->number != y->number ? (x->number > y->number) - (x->number < y->number)
                                  : (x->index > y->index) - (x->index < y->index);
}

static int by_index(const void *a, const void *b)
{
    const labelled *x = a, *y = b;
    return (x->index > y->index) - (x->index < y->index);
}

static bool is_number(const char *text, double *out)
{
    char *end;
    *out = strtod(text, &end);
    return end != text && *end == '\0' && isfinite(*out);
}

/* Equal texts are one level; levels in the order of the plan. */
static size_t level_by_text(labelled *all, size_t n, lure_batch_factor *f)
{
    size_t n_levels = 0;
    qsort(all, n, sizeof *all, by_text);
    for (size_t i = 0, first = 0; i < n; i++) {
        first = i && strcmp(all[i].text, all[i - 1].text) == 0 ? first : i;
        f->level[all[i].index] = all[first].index; /* its first configuration; its number follows */
    }
    for (size_t i = 0; i < n; i++) {
        if (f->level[i] == i)
            f->example[n_levels++] = i;
        f->level[i] = f->level[i] == i ? n_levels - 1 : f->level[f->level[i]];
    }
    return n_levels;
}

static size_t level_by_thirds(labelled *all, size_t n, lure_batch_factor *f)
{
    qsort(all, n, sizeof *all, by_number);
    f->example[0] = f->example[1] = f->example[2] = 0;
    for (size_t i = 0, first = 0; i < n; i++) { /* equal numbers stay together */
        first = i && all[i].number == all[i - 1].number ? first : i;
        f->level[all[i].index] = 3 * first / n;
        f->example[3 * first / n] = all[i].index;
    }
    return 3;
}

static lure_status compute_factor(const lure_batch_statistics *s, const lure_batch_task *task,
                                  lure_batch_factor *f, lure_error *err)
{
    enum { MANY = 9 }; /* different numbers of which few configurations share one: three in each third */
    const size_t n = task->n;
    bool numbers = true;
    labelled *all = malloc((n + 1) * sizeof *all);
    f->level = malloc((n + 1) * sizeof *f->level);
    f->example = malloc((n + 3) * sizeof *f->example);
    f->numbers = malloc((n + 1) * sizeof *f->numbers);
    lure_status status = all && f->level && f->example && f->numbers ? LURE_OK : out_of_memory(err);
    if (status == LURE_OK) {
        for (size_t i = 0; i < n; i++) {
            all[i] = (labelled){
                .text = lure_plan_value_of(s->borrow_batch->plan, task->first + i, f->option)->text,
                .index = i};
            numbers &= is_number(all[i].text, &f->numbers[i]);
            all[i].number = f->numbers[i];
        }
        f->effect.n_levels = level_by_text(all, n, f);
        f->as_thirds = numbers && f->effect.n_levels >= MANY && 2 * f->effect.n_levels >= n;
        if (f->as_thirds)
            f->effect.n_levels = level_by_thirds(all, n, f);
        else
            qsort(all, n, sizeof *all, by_index);
        if (!numbers) {
            free(f->numbers);
            f->numbers = NULL;
        }
        f->effect.levels = calloc(f->effect.n_levels + 1, sizeof *f->effect.levels);
        status = f->effect.levels ? lure_sensitivity_compute(task->metrics[LURE_BATCH_JUDGED].all, n,
                                                             f->level, f->numbers, &f->effect, err)
                                  : out_of_memory(err);
    }
    free(all);
    return status;
}

static lure_status compute_factors(const lure_batch_statistics *s, lure_batch_task *task, lure_error *err)
{
    const lure_plan *plan = s->borrow_batch->plan;
    lure_status status = LURE_OK;
    task->factors = calloc(plan->n_options + 1, sizeof *task->factors);
    if (!task->factors)
        return out_of_memory(err);
    for (size_t i = 0; i < plan->n_options && status == LURE_OK; i++)
        if (lure_plan_is_varied(plan, i)) {
            task->factors[task->n_factors].option = i;
            status = compute_factor(s, task, &task->factors[task->n_factors++], err);
        }
    return status;
}

/* ---- tasks ---- */

static bool begins_task(const lure_plan *plan, size_t i)
{
    return i == 0 || plan->configurations[i].experiment != plan->configurations[i - 1].experiment;
}

static size_t count_tasks(const lure_plan *plan)
{
    size_t n = 0;
    for (size_t i = 0; i < plan->n_configurations; i++)
        n += begins_task(plan, i);
    return n;
}

static void find_tasks(lure_batch_statistics *s)
{
    const lure_batch *batch = s->borrow_batch;
    const lure_plan *plan = batch->plan;
    for (size_t i = 0; i < plan->n_configurations; i++) {
        const lure_plan_configuration *c = &plan->configurations[i];
        if (begins_task(plan, i))
            s->tasks[s->n_tasks++] = (lure_batch_task){.first = i, .name = c->name};
        lure_batch_task *task = &s->tasks[s->n_tasks - 1];
        task->n++;
        task->n_runs += c->n_runs;
        for (size_t k = c->first_run; k < c->first_run + c->n_runs; k++) {
            task->n_done += batch->runs[k].done;
            task->n_failed += lure_batch_run_failed(&batch->runs[k]);
        }
    }
}

static lure_status compute_task(lure_batch_statistics *s, lure_batch_task *task, lure_error *err)
{
    const bool is_return = strcmp(s->judging.metric, RETURN) == 0;
    find_target(s, task);
    task->metrics[LURE_BATCH_JUDGED].name = s->judging.metric;
    task->metrics[LURE_BATCH_TRACKED].name = common_track(s->borrow_batch, task);
    task->metrics[LURE_BATCH_RETURN].name = RETURN;
    lure_status status = LURE_OK;
    for (int m = 0; m < LURE_N_BATCH_METRICS && status == LURE_OK; m++)
        if (m != LURE_BATCH_RETURN || !is_return)
            status = compute_metric(s, task, m, err);
    for (size_t i = 0; i < task->n && status == LURE_OK; i++) {
        const size_t n = task->metrics[LURE_BATCH_JUDGED].all[i].interval.n;
        s->n_few += n > 0 && n < LURE_FEW_SEEDS;
        s->n_not_finite -= n;
    }
    s->n_not_finite += task->n_done;
    s->n_all += task->n;
    return status == LURE_OK ? compute_factors(s, task, err) : status;
}

/* ---- over all tasks ---- */

static const lure_compared *judged(const lure_batch_statistics *s, size_t task, size_t i)
{
    return &s->tasks[task].metrics[LURE_BATCH_JUDGED].all[i];
}

static lure_status improve_overall(lure_batch_statistics *s, size_t i, double *room, size_t *sizes,
                                   lure_error *err)
{
    lure_batch_overall *it = &s->overall[i];
    const lure_bootstrap bootstrap = {s->n_resamples, false};
    size_t at = 0;
    bool few = false;
    for (size_t t = 0; t < s->n_tasks; t++)
        for (int k = 0; k < 2; k++) {
            const bool mine = (k == 0) != s->judging.lower_is_better;
            const lure_compared *c = judged(s, t, mine ? i : s->reference);
            few |= c->interval.n < LURE_FEW_SEEDS;
            sizes[2 * t + k] = c->interval.n;
            memcpy(room + at, c->values, c->interval.n * sizeof *room);
            lure_statistics_sort(room + at, c->interval.n);
            at += c->interval.n;
        }
    it->improvement = lure_statistic_mean_improvement(room, sizes, 2 * s->n_tasks);
    return few ? LURE_OK
               : lure_bootstrap_bounds(&bootstrap, room, sizes, 2 * s->n_tasks,
                                       lure_statistic_mean_improvement, &it->bounds, err);
}

/* Tasks have the same configurations in the same order: experiments are crossed with all that varies. */
static lure_status compute_overall(lure_batch_statistics *s, lure_error *err)
{
    enum { MOST = 200 }; /* more than these are a search: its tables are the tasks' */
    const size_t n = s->tasks[0].n;
    size_t n_values = 0;
    for (size_t t = 0; t < s->n_tasks; t++) {
        if (s->tasks[t].n != n)
            return LURE_OK;
        for (size_t i = 0; i < n; i++)
            n_values += judged(s, t, i)->interval.n;
    }
    if (s->n_tasks < 2 || n < 2 || n > MOST)
        return LURE_OK;
    s->overall = calloc(n, sizeof *s->overall);
    double *room = malloc((2 * n_values + 1) * sizeof *room);
    size_t *sizes = malloc(2 * s->n_tasks * sizeof *sizes);
    lure_status status = s->overall && room && sizes ? LURE_OK : out_of_memory(err);
    s->reference = LURE_REFERENCE_NONE;
    for (size_t i = 0; i < n && status == LURE_OK; i++) {
        lure_batch_overall *it = &s->overall[i];
        *it = (lure_batch_overall){.improvement = NAN, .bounds = {NAN, NAN}};
        for (size_t t = 0; t < s->n_tasks; t++)
            it->mean_rank += judged(s, t, i)->rank ? (double)judged(s, t, i)->rank / (double)s->n_tasks : NAN;
        if (!isnan(it->mean_rank) &&
            (s->reference >= n || it->mean_rank < s->overall[s->reference].mean_rank))
            s->reference = i;
    }
    for (size_t i = 0; i < n && status == LURE_OK && s->reference < n; i++)
        if (i != s->reference && !isnan(s->overall[i].mean_rank))
            status = improve_overall(s, i, room, sizes, err);
    free(room);
    free(sizes);
    return status;
}

/* ---- all of it ---- */

/* What one finished run has: they are alike. */
static void tell_numbers(lure_batch_statistics *s)
{
    const lure_batch *batch = s->borrow_batch;
    for (size_t i = 0; i < batch->plan->n_runs; i++) {
        if (!batch->runs[i].done)
            continue;
        lure_grouped_run run = {.summary = lure_batch_summary(batch, i), .done = true};
        const lure_run_groups groups = {.runs = &run, .n_runs = 1};
        lure_run_groups_numbers(&groups, &s->numbers);
        json_decref(run.summary);
        return;
    }
}

lure_status lure_batch_statistics_make(const lure_batch *batch, const lure_batch_judging *judging,
                                       lure_batch_statistics *s, lure_error *err)
{
    *s = (lure_batch_statistics){.borrow_batch = batch, .judging = *judging};
    lure_text_init(&s->numbers);
    if (!s->judging.metric)
        s->judging.metric = RETURN;
    s->n_resamples = lure_bootstrap_resamples(batch->n_done);
    s->tasks = calloc(count_tasks(batch->plan) + 1, sizeof *s->tasks);
    if (!s->tasks)
        return out_of_memory(err);
    find_tasks(s);
    lure_status status = LURE_OK;
    for (size_t t = 0; t < s->n_tasks && status == LURE_OK; t++)
        status = compute_task(s, &s->tasks[t], err);
    if (status == LURE_OK && s->n_tasks > 1)
        status = compute_overall(s, err);
    if (s->n_not_finite > 0 && s->n_not_finite == batch->n_done)
        tell_numbers(s);
    return status;
}

static void free_task(lure_batch_task *task)
{
    for (int m = 0; m < LURE_N_BATCH_METRICS; m++) {
        lure_compared *all = task->metrics[m].all;
        for (size_t i = 0; all && i < task->n; i++) {
            free(all[i].values);
            free(all[i].seeds);
        }
        free(all);
    }
    for (size_t i = 0; i < task->n_factors; i++) {
        free(task->factors[i].level);
        free(task->factors[i].example);
        free(task->factors[i].numbers);
        free(task->factors[i].effect.levels);
    }
    free(task->factors);
}

void lure_batch_statistics_free(lure_batch_statistics *s)
{
    for (size_t t = 0; t < s->n_tasks; t++)
        free_task(&s->tasks[t]);
    free(s->tasks);
    free(s->overall);
    lure_text_free(&s->numbers);
    *s = (lure_batch_statistics){0};
}
