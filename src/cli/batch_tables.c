/* batch_tables.c: see batch_tables.h. Cells are made first and measured; what is left of the width is shared by the columns
   of the varied options. */
#include "cli/batch_tables_inside.h"

#include "cli/batch_label.h"
#include "cli/compared_words.h"
#include "report/terminal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct row {
    size_t task, i, rank;
} row;

static int compare_rows(const void *a, const void *b)
{
    const row *x = a, *y = b;
    const size_t p = x->rank ? x->rank : SIZE_MAX, q = y->rank ? y->rank : SIZE_MAX;
    if (x->task != y->task)
        return x->task < y->task ? -1 : 1;
    return p != q ? (p < q ? -1 : 1) : (x->i > y->i) - (x->i < y->i);
}

static const lure_compared *compared(const lure_batch_statistics *s, const row *r, int metric)
{
    return &s->tasks[r->task].metrics[metric].all[r->i];
}

static void count_runs(const lure_batch_statistics *s, const row *r, size_t *done, size_t *failed)
{
    const lure_batch *batch = s->borrow_batch;
    const lure_plan_configuration *c = &batch->plan->configurations[s->tasks[r->task].first + r->i];
    *done = *failed = 0;
    for (size_t i = c->first_run; i < c->first_run + c->n_runs; i++) {
        *done += batch->runs[i].done;
        *failed += lure_batch_run_failed(&batch->runs[i]);
    }
}

/* ---- the columns of numbers ---- */

typedef enum { RANK, OK, FAILED, MEAN, IQM, INTERVAL, BEATS, GAP, N_COLUMNS } column;

typedef struct layout {
    const lure_batch_statistics *s;
    int metric;
    const row *rows;
    size_t n_rows;
    bool shown[N_COLUMNS];
    lure_cell titles[N_COLUMNS];
} layout;

static void fill_cell(const layout *l, const row *r, column what, lure_cell out)
{
    const lure_compared *it = compared(l->s, r, l->metric);
    size_t done, failed;
    count_runs(l->s, r, &done, &failed);
    switch (what) {
    case RANK: snprintf(out, sizeof(lure_cell), r->rank ? "%zu" : "-", r->rank); break;
    case OK: /* of how many, where that is not all that are ok: those without a finite number are left out */
        if (it->interval.n < done)
            snprintf(out, sizeof(lure_cell), "%zu of %zu", it->interval.n, done);
        else
            snprintf(out, sizeof(lure_cell), "%zu", done);
        break;
    case FAILED: snprintf(out, sizeof(lure_cell), "%zu", failed); break;
    case MEAN: lure__batch_number_cell(it->interval.mean, out); break;
    case IQM: lure__batch_number_cell(it->iqm, out); break;
    case INTERVAL: lure_bounds_text(&it->iqm_bounds, out); break;
    case BEATS: lure__batch_number_cell(it->improvement, out); break;
    case GAP: lure__batch_number_cell(it->optimality_gap, out); break;
    case N_COLUMNS: break;
    }
}

static size_t column_width(const layout *l, column what)
{
    size_t width = lure_display_width(l->titles[what]);
    lure_cell text;
    for (size_t i = 0; i < l->n_rows; i++) {
        fill_cell(l, &l->rows[i], what, text);
        const size_t wide = lure_display_width(text);
        width = wide > width ? wide : width;
    }
    return width;
}

static void choose_columns(layout *l, bool one_task)
{
    static const char *const titles[N_COLUMNS] = {"",      "ok", "failed", "mean", "IQM", "95 % interval",
                                                  "beats", "gap"};
    const lure_batch_task *task = &l->s->tasks[l->rows[0].task];
    const lure_batch_metric *m = &task->metrics[l->metric];
    for (int i = 0; i < N_COLUMNS; i++) {
        l->shown[i] = true;
        snprintf(l->titles[i], sizeof(lure_cell), "%s", titles[i]);
    }
    const bool judged = one_task && task->n > 1 && m->comparing.reference < task->n;
    l->shown[RANK] = one_task && task->n > 1;
    l->shown[FAILED] = l->shown[GAP] = false;
    l->shown[BEATS] = judged;
    if (judged)
        snprintf(l->titles[BEATS], sizeof(lure_cell), "beats %zu", m->all[m->comparing.reference].rank);
    for (size_t i = 0; i < l->n_rows; i++) {
        size_t done, failed;
        count_runs(l->s, &l->rows[i], &done, &failed);
        l->shown[FAILED] |= failed > 0;
        l->shown[GAP] |= !isnan(compared(l->s, &l->rows[i], l->metric)->optimality_gap);
    }
}

/* ---- the columns of options ---- */

static const char *option_text(const layout *l, const row *r, size_t k)
{
    const lure_batch_task *task = &l->s->tasks[r->task];
    if (k == task->n_factors)
        return task->name;
    return lure_plan_value_of(l->s->borrow_batch->plan, task->first + r->i, task->factors[k].option)->text;
}

static size_t option_width(const layout *l, const row *r, size_t k)
{
    lure_text text;
    lure_text_init(&text);
    lure_label_value(option_text(l, r, k), SIZE_MAX, &text);
    const size_t width = lure_display_width(text.data);
    lure_text_free(&text);
    return width;
}

static const char *option_title(const layout *l, size_t k)
{
    const lure_batch_task *task = &l->s->tasks[l->rows[0].task];
    return k == task->n_factors ? "experiment"
                                : lure_label_key(l->s->borrow_batch->plan, task->factors[k].option);
}

/* The widest give way until all fit, or have 8 columns. */
static void share_width(size_t *widths, size_t n, size_t room)
{
    enum { LEAST = 8 };
    for (;;) {
        size_t sum = 0, widest = 0;
        for (size_t k = 0; k < n; k++) {
            sum += widths[k] + 2;
            widest = widths[k] > widths[widest] ? k : widest;
        }
        if (n == 0 || sum <= room || widths[widest] <= LEAST)
            return;
        widths[widest]--;
    }
}

static void add_configurations(layout *l, const lure_batch_view *view, bool one_task, lure_text *text)
{
    const lure_batch_task *task = &l->s->tasks[l->rows[0].task];
    const size_t n_texts = one_task && task->n > 1 ? task->n_factors : 1,
                 first_text = one_task && task->n > 1 ? 0 : task->n_factors;
    size_t n_columns = n_texts, taken = 0;
    size_t *widths = calloc(n_texts + 1, sizeof *widths);
    choose_columns(l, one_task);
    for (int i = 0; i < N_COLUMNS; i++) {
        n_columns += l->shown[i];
        taken += l->shown[i] ? column_width(l, (column)i) + 2 : 0;
    }
    lure_table *table = widths ? lure_table_create(n_columns) : NULL;
    if (!table) {
        text->failed = true;
        free(widths);
        return;
    }
    for (size_t k = 0; k < n_texts; k++) {
        widths[k] = lure_display_width(option_title(l, first_text + k));
        for (size_t i = 0; i < l->n_rows; i++) {
            const size_t wide = option_width(l, &l->rows[i], first_text + k);
            widths[k] = wide > widths[k] ? wide : widths[k];
        }
    }
    const size_t width = (size_t)view->width + 2; /* the last column owes no gap */
    share_width(widths, n_texts, taken < width ? width - taken : 0);
    for (size_t i = 0; i <= l->n_rows; i++) {
        const row *r = i ? &l->rows[i - 1] : NULL;
        lure_cell it;
        for (int c = 0; c < N_COLUMNS; c++) {
            if (l->shown[c]) {
                if (r)
                    fill_cell(l, r, (column)c, it);
                lure_table_cell(table, r ? it : l->titles[c], true);
            }
            for (size_t k = 0; c == RANK && k < n_texts; k++)
                lure__batch_add_short(table,
                                      r ? option_text(l, r, first_text + k) : option_title(l, first_text + k),
                                      widths[k]);
        }
    }
    lure_table_print(table, view->colour, text);
    lure_table_destroy(table);
    free(widths);
}

/* " (3 of 8)": of how many runs, where that is not all that are ok: those without a finite number are left out. */
static void add_count(const layout *l, const row *r, lure_cell mean)
{
    const size_t n = compared(l->s, r, l->metric)->interval.n, used = strlen(mean);
    size_t done, failed;
    count_runs(l->s, r, &done, &failed);
    if (n < done)
        snprintf(mean + used, sizeof(lure_cell) - used, " (%zu of %zu)", n, done);
}

/* The tracked column beside: by the same numbers. */
static void add_described(layout *l, const lure_batch_view *view, lure_text *text)
{
    lure_table *table = lure_table_create(4);
    if (!table) {
        text->failed = true;
        return;
    }
    static const column columns[] = {RANK, MEAN, IQM, INTERVAL};
    for (size_t i = 0; i <= l->n_rows; i++)
        for (size_t k = 0; k < 4; k++) {
            lure_cell it;
            if (i)
                fill_cell(l, &l->rows[i - 1], columns[k], it);
            if (i && columns[k] == MEAN)
                add_count(l, &l->rows[i - 1], it);
            lure_table_cell(table, i ? it : l->titles[columns[k]], true);
        }
    lure_table_print(table, view->colour, text);
    lure_table_destroy(table);
}

static bool has_values(const lure_batch_statistics *s, const row *rows, size_t n, int metric)
{
    for (size_t i = 0; i < n; i++)
        if (s->tasks[rows[i].task].metrics[metric].all && compared(s, &rows[i], metric)->interval.n > 0)
            return true;
    return false;
}

static void add_rows(const lure_batch_statistics *s, row *rows, size_t n, bool one_task,
                     const lure_batch_view *view, lure_text *text)
{
    char before[80], after[80];
    const size_t n_shown = view->all || n <= LURE_BATCH_ROWS ? n : LURE_BATCH_ROWS;
    qsort(rows, n, sizeof *rows, compare_rows);
    snprintf(before, sizeof before, "%.64s: ", s->tasks[rows[0].task].name);
    lure__batch_add_title(view, one_task ? before : "", s->judging.metric,
                          s->judging.lower_is_better ? ", lower is better" : "", text);
    layout l = {.s = s, .metric = LURE_BATCH_JUDGED, .rows = rows, .n_rows = n_shown};
    add_configurations(&l, view, one_task, text);
    if (n_shown < n)
        lure_text_addf(text, "%zu more are not shown; --all shows them, --json has everything\n",
                       n - n_shown);
    for (int m = LURE_BATCH_TRACKED; m < LURE_N_BATCH_METRICS && one_task; m++) {
        const char *name = s->tasks[rows[0].task].metrics[m].name;
        if (!has_values(s, rows, n_shown, m) || (name && strcmp(name, s->judging.metric) == 0))
            continue;
        snprintf(after, sizeof after, "%s", m == LURE_BATCH_TRACKED ? ", tracked: over the last half" : "");
        lure__batch_add_title(view, "", name ? name : "the tracked columns", after, text);
        l.metric = m;
        add_described(&l, view, text);
    }
}

/* ---- all ---- */

/* What the options of a task explain, added up; 0 where that is not shown. */
static double shares(const lure_batch_task *task)
{
    double sum = 0;
    for (size_t i = 0; i < task->n_factors && lure__batch_has_effects(task); i++)
        sum += task->factors[i].effect.share;
    return sum;
}

static void add_legend(const lure_batch_statistics *s, const lure_batch_view *view, lure_text *text)
{
    bool judged = false, effects = false, overlap = false;
    size_t n_targets = 0, with_target = 0;
    char number[32];
    lure_text words;
    lure_text_init(&words);
    for (size_t t = 0; t < s->n_tasks; t++) {
        judged |= s->tasks[t].n > 1;
        effects |= lure__batch_has_effects(&s->tasks[t]);
        overlap |= shares(&s->tasks[t]) > 1.005;
        n_targets += !isnan(s->tasks[t].target);
        with_target = isnan(s->tasks[t].target) ? with_target : t;
    }
    lure_value_text((double)s->n_resamples, number);
    lure_text_addf(&words,
                   "IQM: mean of the middle half of the seeds. 95 %% interval: of the IQM, percentile "
                   "bootstrap over seeds, %s resamples of seed %d.",
                   number, LURE_BOOTSTRAP_SEED);
    if (judged)
        lure_text_add(&words, " beats: probability that a run beats one of that row.");
    if (s->overall)
        lure_text_add(&words, " Over all experiments it is averaged, as their scores have no common scale.");
    if (n_targets > 0) {
        const lure_batch_task *task = &s->tasks[with_target];
        lure_value_text(task->target, number);
        lure_text_addf(&words, " gap: mean distance from %s%s, runs beyond it counted as there.",
                       task->target_is_threshold ? "the experiment's threshold " : "the target ",
                       n_targets == 1 || !task->target_is_threshold ? number : "");
    }
    if (effects)
        lure_text_add(&words, " explains: share of the variance between configurations (main effect); by "
                              "chance: what so many values explain where nothing matters; spread: from the "
                              "lowest to the highest mean of a value.");
    if (overlap)
        lure_text_add(&words, " The shares overlap, as the options do not vary independently of each other.");
    lure_text_add(text, "\n");
    lure_words_wrap(words.data, view->width, 0, text);
    lure_text_free(&words);
}

static bool is_each_alone(const lure_batch_statistics *s)
{
    for (size_t t = 0; t < s->n_tasks; t++)
        if (s->tasks[t].n > 1)
            return false;
    return s->n_tasks > 1;
}

void lure_batch_add_tables(const lure_batch_statistics *s, const lure_batch_view *view, lure_text *text)
{
    const bool together = is_each_alone(s);
    row *rows = malloc((s->n_all + 1) * sizeof *rows);
    size_t n = 0;
    if (!rows) {
        text->failed = true;
        return;
    }
    for (size_t t = 0; t < s->n_tasks; t++) {
        const lure_batch_task *task = &s->tasks[t];
        for (size_t i = 0; i < task->n; i++)
            rows[n++] = (row){t, i, task->metrics[LURE_BATCH_JUDGED].all[i].rank};
        if (!together) {
            add_rows(s, rows, n, true, view, text);
            lure__batch_add_effects(s, t, view, text);
            n = 0;
        }
    }
    if (together)
        add_rows(s, rows, n, false, view, text);
    if (s->overall)
        lure__batch_add_overall(s, view, text);
    add_legend(s, view, text);
    free(rows);
}
