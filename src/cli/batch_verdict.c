/* batch_verdict.c: see batch_verdict.h. */
#include "cli/batch_verdict.h"

#include "cli/batch_label.h"
#include "cli/compared_words.h"
#include "report/terminal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *s_of(size_t n)
{
    return n == 1 ? "" : "s";
}

/* Some pair was compared by fewer seeds than one of the two has. */
static bool has_unequal_seeds(const lure_batch_statistics *s)
{
    for (size_t t = 0; t < s->n_tasks; t++) {
        const lure_batch_metric *m = &s->tasks[t].metrics[LURE_BATCH_JUDGED];
        if (m->comparing.reference >= s->tasks[t].n)
            continue;
        const size_t n = m->all[m->comparing.reference].interval.n;
        for (size_t i = 0; i < s->tasks[t].n; i++)
            if (m->all[i].n_shared > 0 &&
                (m->all[i].n_shared < n || m->all[i].n_shared < m->all[i].interval.n))
                return true;
    }
    return false;
}

void lure_batch_add_warnings(const lure_batch_statistics *s, lure_text *out)
{
    const lure_batch *batch = s->borrow_batch;
    const size_t n_runs = batch->plan->n_runs, n_open = n_runs - batch->n_done - batch->n_failed;
    if (batch->n_failed)
        lure_text_addf(out,
                       "%zu of %zu runs failed and count nowhere: if bad runs fail rather than good ones, "
                       "these numbers are too good\n",
                       batch->n_failed, n_runs);
    if (n_open)
        lure_text_addf(out, "%zu of %zu runs are not done yet\n", n_open, n_runs);
    char metric[128];
    lure_text_visible(s->judging.metric, strlen(s->judging.metric), metric, sizeof metric);
    if (s->n_not_finite && *s->numbers.data)
        lure_text_addf(out, "no run has a finite '%s'; they have %s\n", metric, s->numbers.data);
    else if (s->n_not_finite)
        lure_text_addf(out, "%zu run%s no finite %s and %s left out of its numbers\n", s->n_not_finite,
                       s->n_not_finite == 1 ? " has" : "s have", metric, s->n_not_finite == 1 ? "is" : "are");
    if (s->n_few)
        lure_text_addf(out,
                       "fewer than five seeds in %zu of %zu configuration%s: too few to tell them apart\n",
                       s->n_few, s->n_all, s_of(s->n_all));
    if (has_unequal_seeds(s))
        lure_text_add(out, "not all configurations have the same seeds: two are compared by those that both "
                           "have, if these are at least five and half of the fewer\n");
}

/* Of the others, by what was found out. */
static size_t count(const lure_batch_task *task, lure_judgement judgement)
{
    size_t n = 0;
    for (size_t i = 0; i < task->n; i++)
        n += task->metrics[LURE_BATCH_JUDGED].all[i].judgement == judgement;
    return n;
}

/* The best of those with a judgement, by rank, as many as `most`. */
static size_t take_best(const lure_batch_task *task, lure_judgement judgement, size_t *out, size_t most)
{
    const lure_compared *all = task->metrics[LURE_BATCH_JUDGED].all;
    size_t n = 0;
    for (size_t i = 0; i < task->n; i++) {
        if (all[i].judgement != judgement || all[i].rank == 0)
            continue;
        size_t at = n < most ? n++ : most;
        if (at == most && all[i].rank > all[out[most - 1]].rank)
            continue;
        for (at = at == most ? most - 1 : at; at > 0 && all[out[at - 1]].rank > all[i].rank; at--)
            out[at] = out[at - 1];
        out[at] = i;
    }
    return n;
}

static void add_open(const lure_batch_statistics *s, size_t t, size_t n_open, lure_text *out)
{
    enum { MOST = 3 };
    const lure_batch_task *task = &s->tasks[t];
    const lure_compared *all = task->metrics[LURE_BATCH_JUDGED].all;
    size_t some[MOST];
    const size_t n = take_best(task, LURE_JUDGED_OPEN, some, MOST);
    for (size_t k = 0; k < n; k++) {
        const lure_compared *it = &all[some[k]];
        char number[32], range[72];
        lure_text_add(out, k ? ", " : " ");
        lure_label_configuration(s, t, some[k], out);
        lure_value_text(fabs(it->difference), number);
        lure_bounds_text(&it->difference_bounds, range);
        if (it->difference == 0)
            lure_text_addf(out, " (the same IQM, %s%s)", range, it->paired ? "" : ", not paired");
        else
            lure_text_addf(out, " (IQM %s %s, %s%s)", number, it->difference < 0 ? "lower" : "higher", range,
                           it->paired ? "" : ", not paired");
    }
    if (n_open > n)
        lure_text_addf(out, " and %zu more", n_open - n);
}

void lure_batch_add_verdict(const lure_batch_statistics *s, size_t t, lure_text *out)
{
    const lure_batch_task *task = &s->tasks[t];
    const lure_batch_metric *m = &task->metrics[LURE_BATCH_JUDGED];
    const size_t best = m->comparing.reference;
    char number[32], range[72];
    if (best >= task->n)
        return;
    const lure_compared *it = &m->all[best];
    lure_value_text(it->iqm, number);
    lure_bounds_text(&it->iqm_bounds, range);
    if (s->n_tasks > 1)
        lure_text_addf(out, "%s: ", task->name);
    if (task->n == 1) {
        lure_text_addf(out, "one configuration: IQM %s", number);
        if (it->interval.n > 1)
            lure_text_addf(out, " (%s)", range);
        lure_text_addf(out, " of %zu seed%s", it->interval.n, s_of(it->interval.n));
        return;
    }
    const size_t n_worse = count(task, LURE_JUDGED_WORSE), n_open = count(task, LURE_JUDGED_OPEN),
                 n_few = count(task, LURE_JUDGED_FEW), n_better = count(task, LURE_JUDGED_BETTER),
                 n_skipped = count(task, LURE_JUDGED_SKIPPED), n_without = count(task, LURE_JUDGED_NOTHING),
                 n_others = task->n - 1;
    if (it->interval.n < LURE_FEW_SEEDS) {
        lure_text_addf(out, "too few seeds to tell: ");
        lure_label_configuration(s, t, best, out);
        lure_text_addf(out, " has the %s IQM (%s) of %zu seed%s, which may be chance; take at least %d",
                       s->judging.lower_is_better ? "lowest" : "highest", number, it->interval.n,
                       s_of(it->interval.n), LURE_FEW_SEEDS);
        return;
    }
    lure_label_configuration(s, t, best, out);
    if (n_worse == n_others) {
        lure_text_addf(out, " is best (IQM %s, %s, %zu seeds), better than ", number, range, it->interval.n);
        lure_text_addf(out, n_others == 1 ? "the other one" : "all %zu others", n_others);
        return;
    }
    lure_text_addf(out, " has the %s IQM (%s, %s, %zu seeds)",
                   s->judging.lower_is_better ? "lowest" : "highest", number, range, it->interval.n);
    if (n_worse)
        lure_text_addf(out, ", better than %zu of %zu others", n_worse, n_others);
    if (n_open) {
        lure_text_addf(out, "; not told apart with %zu seeds from", it->interval.n);
        add_open(s, t, n_open, out);
    }
    if (n_few)
        lure_text_addf(out, "; too few seeds to tell in %zu", n_few);
    if (n_better) /* by the seeds that both have, though its own IQM is the lower one */
        lure_text_addf(out, "; but by the seeds that both have %zu %s better", n_better,
                       n_better == 1 ? "is" : "are");
    if (n_skipped)
        lure_text_addf(out, "; %zu are behind by IQM, not examined", n_skipped);
    if (n_without)
        lure_text_addf(out, "; %zu without a number", n_without);
}

/* ---- once more, on fresh seeds ---- */

static uint64_t last_seed(const lure_plan *plan)
{
    uint64_t last = 0;
    for (size_t i = 0; i < plan->n_runs; i++)
        last = plan->runs[i].seed > last ? plan->runs[i].seed : last;
    return last;
}

void lure_batch_add_commands(const lure_batch_statistics *s, size_t t, lure_text *out)
{
    enum { FEW = 3, LEAST_SEEDS = 10 };
    static const char run[] = "lure run ", seed[] = " --seed ";
    const lure_plan *plan = s->borrow_batch->plan;
    const lure_batch_task *task = &s->tasks[t];
    const lure_batch_metric *m = &task->metrics[LURE_BATCH_JUDGED];
    size_t some[FEW] = {m->comparing.reference};
    if (task->n < LURE_MANY_CONFIGURATIONS || some[0] >= task->n)
        return;
    const lure_compared *best = &m->all[some[0]];
    const bool few = best->interval.n < LURE_FEW_SEEDS;
    const size_t n = 1 + take_best(task, few ? LURE_JUDGED_FEW : LURE_JUDGED_OPEN, some + 1, FEW - 1);
    const uint64_t first = last_seed(plan),
                   n_seeds = best->interval.n < LEAST_SEEDS ? LEAST_SEEDS : best->interval.n;
    if (first > UINT64_MAX / 2)
        return;
    lure_text command;
    lure_text_init(&command);
    for (size_t k = 0; k < n; k++) {
        lure_text_clear(&command);
        lure_plan_command(plan, plan->configurations[task->first + some[k]].first_run, &command);
        char *end = NULL;
        for (char *at = command.data; (at = strstr(at, seed)); at++)
            end = at;
        if (!end || strncmp(command.data, run, sizeof run - 1) != 0)
            continue;
        lure_text_addf(out, "lure batch %.*s --seeds %llu..%llu\n",
                       (int)(end - command.data - (long)(sizeof run - 1)), command.data + sizeof run - 1,
                       (unsigned long long)first + 1, (unsigned long long)(first + n_seeds));
    }
    lure_text_free(&command);
}
