/* batch_tables.c: see batch_tables.h. Cells are made first and measured; what is left of the width is shared by the columns
   of the varied options. */
#include "cli/batch_tables.h"

#include "cli/batch_label.h"
#include "cli/compared_words.h"
#include "report/table.h"
#include "report/terminal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct row {
    size_t task, i, rank;
} row;

typedef char cell[80];

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

static void number_cell(double value, cell out)
{
    char number[32];
    lure_value_text(value, number);
    snprintf(out, sizeof(cell), "%s", isnan(value) ? "-" : number);
}

/* ---- the columns of numbers ---- */

typedef enum { RANK, OK, FAILED, MEAN, IQM, INTERVAL, BEATS, GAP, N_COLUMNS } column;

typedef struct layout {
    const lure_batch_statistics *s;
    int metric;
    const row *rows;
    size_t n_rows;
    bool shown[N_COLUMNS];
    cell titles[N_COLUMNS];
} layout;

static void fill_cell(const layout *l, const row *r, column what, cell out)
{
    const lure_compared *it = compared(l->s, r, l->metric);
    size_t done, failed;
    count_runs(l->s, r, &done, &failed);
    switch (what) {
    case RANK: snprintf(out, sizeof(cell), r->rank ? "%zu" : "-", r->rank); break;
    case OK: /* of how many, where that is not all that are ok: those without a finite number are left out */
        if (it->interval.n < done)
            snprintf(out, sizeof(cell), "%zu of %zu", it->interval.n, done);
        else
            snprintf(out, sizeof(cell), "%zu", done);
        break;
    case FAILED: snprintf(out, sizeof(cell), "%zu", failed); break;
    case MEAN: number_cell(it->interval.mean, out); break;
    case IQM: number_cell(it->iqm, out); break;
    case INTERVAL: lure_bounds_text(&it->iqm_bounds, out); break;
    case BEATS: number_cell(it->improvement, out); break;
    case GAP: number_cell(it->optimality_gap, out); break;
    case N_COLUMNS: break;
    }
}

static size_t column_width(const layout *l, column what)
{
    size_t width = lure_display_width(l->titles[what]);
    cell text;
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
        snprintf(l->titles[i], sizeof(cell), "%s", titles[i]);
    }
    const bool judged = one_task && task->n > 1 && m->comparing.reference < task->n;
    l->shown[RANK] = one_task && task->n > 1;
    l->shown[FAILED] = l->shown[GAP] = false;
    l->shown[BEATS] = judged;
    if (judged)
        snprintf(l->titles[BEATS], sizeof(cell), "beats %zu", m->all[m->comparing.reference].rank);
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

static void add_short(lure_table *table, const char *string, size_t width)
{
    lure_text text;
    lure_text_init(&text);
    lure_label_value(string, width, &text);
    lure_table_cell(table, text.data, false);
    lure_text_free(&text);
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
        cell it;
        for (int c = 0; c < N_COLUMNS; c++) {
            if (l->shown[c]) {
                if (r)
                    fill_cell(l, r, (column)c, it);
                lure_table_cell(table, r ? it : l->titles[c], true);
            }
            for (size_t k = 0; c == RANK && k < n_texts; k++)
                add_short(table, r ? option_text(l, r, first_text + k) : option_title(l, first_text + k),
                          widths[k]);
        }
    }
    lure_table_print(table, view->colour, text);
    lure_table_destroy(table);
    free(widths);
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
            cell it;
            if (i)
                fill_cell(l, &l->rows[i - 1], columns[k], it);
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

static void add_title(const lure_batch_view *view, const char *before, const char *name, const char *after,
                      lure_text *text)
{
    lure_text title;
    lure_text_init(&title);
    lure_text_add(&title, before);
    lure_text_add_visible(&title, name);
    if (text->length)
        lure_text_add(text, "\n");
    lure_terminal_style(text, view->colour, LURE_STYLE_BOLD, title.data);
    lure_text_addf(text, "%s\n", after);
    lure_text_free(&title);
}

static void add_rows(const lure_batch_statistics *s, row *rows, size_t n, bool one_task,
                     const lure_batch_view *view, lure_text *text)
{
    char before[80], after[80];
    const size_t n_shown = view->all || n <= LURE_BATCH_ROWS ? n : LURE_BATCH_ROWS;
    qsort(rows, n, sizeof *rows, compare_rows);
    snprintf(before, sizeof before, "%.64s: ", s->tasks[rows[0].task].name);
    add_title(view, one_task ? before : "", s->judging.metric,
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
        add_title(view, "", name ? name : "the tracked columns", after, text);
        l.metric = m;
        add_described(&l, view, text);
    }
}

/* ---- what matters ---- */

static void percent_cell(double share, cell out)
{
    if (isnan(share))
        snprintf(out, sizeof(cell), "-");
    else
        snprintf(out, sizeof(cell), "%.0f %%", 100 * share);
}

static void add_factor(const lure_batch_statistics *s, size_t t, const lure_batch_factor *f,
                       lure_table *table)
{
    enum { MOST_LEVELS = 8, KEY = 22, VALUE = 20 };
    cell it;
    size_t n_shown = 0;
    for (size_t v = 0; v < f->effect.n_levels; v++) {
        const lure_level *level = &f->effect.levels[v];
        if (level->n == 0)
            continue;
        const bool is_first = n_shown++ == 0;
        if (n_shown > MOST_LEVELS)
            continue;
        add_short(table, is_first ? lure_label_key(s->borrow_batch->plan, f->option) : "", KEY);
        percent_cell(f->effect.share, it);
        lure_table_cell(table, is_first ? it : "", true);
        percent_cell(f->effect.chance, it);
        lure_table_cell(table, is_first ? it : "", true);
        number_cell(f->effect.spread, it);
        lure_table_cell(table, is_first ? it : "", true);
        lure_text label;
        lure_text_init(&label);
        lure_label_level(s, t, f, v, &label);
        add_short(table, label.data, VALUE);
        lure_text_free(&label);
        number_cell(level->mean, it);
        lure_table_cell(table, it, true);
        number_cell(level->iqm, it);
        lure_table_cell(table, it, true);
    }
    if (n_shown <= MOST_LEVELS)
        return;
    for (size_t k = 0; k < 7; k++) {
        snprintf(it, sizeof it, "%zu more", n_shown - MOST_LEVELS);
        lure_table_cell(table, k == 4 ? it : "", false);
    }
}

static void add_effects(const lure_batch_statistics *s, size_t t, const lure_batch_view *view,
                        lure_text *text)
{
    static const char *const titles[] = {"option", "explains", "by chance", "spread", "value", "mean", "IQM"};
    const lure_batch_task *task = &s->tasks[t];
    bool has_thirds = false;
    for (size_t i = 0; i < task->n_factors; i++)
        has_thirds |= task->factors[i].as_thirds;
    if (task->n_factors == 0 || task->factors[0].effect.n < 3 || (task->n_factors == 1 && !has_thirds))
        return; /* of one option the table above is all there is to say */
    lure_table *table = lure_table_create(7);
    if (!table) {
        text->failed = true;
        return;
    }
    for (size_t k = 0; k < 7; k++)
        lure_table_cell(table, titles[k], k != 0 && k != 4);
    for (size_t i = 0; i < task->n_factors; i++)
        add_factor(s, t, &task->factors[i], table);
    add_title(view, "what matters", "", "", text);
    lure_table_print(table, view->colour, text);
    lure_table_destroy(table);
    for (size_t i = 0; i < task->n_factors; i++) {
        const lure_batch_factor *f = &task->factors[i];
        if (!f->as_thirds || isnan(f->effect.correlation))
            continue;
        lure_text words;
        lure_text_init(&words);
        lure_text_addf(&words,
                       "%s: rank correlation %+.2f (by chance alone within %.2f of 0, 95 times in 100)",
                       lure_label_key(s->borrow_batch->plan, f->option), f->effect.correlation,
                       f->effect.correlation_by_chance);
        lure_words_wrap(words.data, view->width, 2, text);
        lure_text_free(&words);
    }
}

/* ---- over all experiments ---- */

typedef struct placed {
    double rank;
    size_t i;
} placed;

static int compare_placed(const void *a, const void *b)
{
    const placed *x = a, *y = b;
    if (isnan(x->rank) != isnan(y->rank))
        return isnan(x->rank) ? 1 : -1;
    return x->rank != y->rank && !isnan(x->rank) ? (x->rank < y->rank ? -1 : 1)
                                                 : (x->i > y->i) - (x->i < y->i);
}

static void add_overall(const lure_batch_statistics *s, const lure_batch_view *view, lure_text *text)
{
    enum { LABEL = 36 };
    const size_t n = s->tasks[0].n;
    lure_table *table = lure_table_create(4);
    placed *order = malloc(n * sizeof *order);
    if (!table || !order) {
        text->failed = true;
        lure_table_destroy(table);
        free(order);
        return;
    }
    for (size_t i = 0; i < n; i++)
        order[i] = (placed){s->overall[i].mean_rank, i};
    qsort(order, n, sizeof *order, compare_placed);
    static const char *const titles[] = {"", "mean rank", "beats the first", "95 % interval"};
    for (size_t k = 0; k < 4; k++)
        lure_table_cell(table, titles[k], k > 0);
    const size_t n_shown = view->all || n <= LURE_BATCH_ROWS ? n : LURE_BATCH_ROWS;
    for (size_t k = 0; k < n_shown; k++) {
        const lure_batch_overall *it = &s->overall[order[k].i];
        cell text_of;
        lure_text label;
        lure_text_init(&label);
        lure_label_configuration(s, 0, order[k].i, &label);
        add_short(table, label.data, LABEL);
        lure_text_free(&label);
        number_cell(it->mean_rank, text_of);
        lure_table_cell(table, text_of, true);
        number_cell(it->improvement, text_of);
        lure_table_cell(table, text_of, true);
        lure_bounds_text(&it->bounds, text_of);
        lure_table_cell(table, text_of, true);
    }
    char title[80];
    snprintf(title, sizeof title, "over all %zu experiments", s->n_tasks);
    add_title(view, "", title, "", text);
    lure_table_print(table, view->colour, text);
    if (n_shown < n)
        lure_text_addf(text, "%zu more are not shown; --all shows them, --json has everything\n",
                       n - n_shown);
    lure_table_destroy(table);
    free(order);
}

/* ---- all ---- */

static void add_legend(const lure_batch_statistics *s, const lure_batch_view *view, lure_text *text)
{
    bool judged = false, effects = false;
    size_t n_targets = 0, with_target = 0;
    char number[32];
    lure_text words;
    lure_text_init(&words);
    for (size_t t = 0; t < s->n_tasks; t++) {
        judged |= s->tasks[t].n > 1;
        effects |= s->tasks[t].n_factors > 1;
        n_targets += !isnan(s->tasks[t].target);
        with_target = isnan(s->tasks[t].target) ? with_target : t;
    }
    lure_value_text((double)s->n_resamples, number);
    lure_text_addf(&words,
                   "IQM: mean of the middle half of the seeds. 95 %% interval: of the IQM, percentile "
                   "bootstrap over seeds, %s resamples of seed %d.",
                   number, LURE_BOOTSTRAP_SEED);
    if (judged)
        lure_text_add(&words, " beats: probability that a run beats one of that configuration.");
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
                              "chance: what so many values explain where nothing matters.");
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
            add_effects(s, t, view, text);
            n = 0;
        }
    }
    if (together)
        add_rows(s, rows, n, false, view, text);
    if (s->overall)
        add_overall(s, view, text);
    add_legend(s, view, text);
    free(rows);
}
