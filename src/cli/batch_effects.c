/* batch_effects.c: what the varied options matter, and how configurations do over all experiments, as tables; and what they share with
   the tables of configurations. See batch_tables_inside.h. */
#include "cli/batch_tables_inside.h"

#include "cli/batch_label.h"
#include "cli/compared_words.h"
#include "report/terminal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- shared ---- */

void lure__batch_number_cell(double value, lure_cell out)
{
    char number[32];
    lure_value_text(value, number);
    snprintf(out, sizeof(lure_cell), "%s", isnan(value) ? "-" : number);
}

void lure__batch_add_short(lure_table *table, const char *string, size_t width)
{
    lure_text text;
    lure_text_init(&text);
    lure_label_value(string, width, &text);
    lure_table_cell(table, text.data, false);
    lure_text_free(&text);
}

void lure__batch_add_title(const lure_batch_view *view, const char *before, const char *name,
                           const char *after, lure_text *text)
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

/* ---- what matters ---- */

static void percent_cell(double share, lure_cell out)
{
    if (isnan(share))
        snprintf(out, sizeof(lure_cell), "-");
    else
        snprintf(out, sizeof(lure_cell), "%.0f %%", 100 * share);
}

static void add_factor(const lure_batch_statistics *s, size_t t, const lure_batch_factor *f,
                       lure_table *table)
{
    enum { MOST_LEVELS = 8, KEY = 22, VALUE = 20 };
    lure_cell it;
    size_t n_shown = 0;
    for (size_t v = 0; v < f->effect.n_levels; v++) {
        const lure_level *level = &f->effect.levels[v];
        if (level->n == 0)
            continue;
        const bool is_first = n_shown++ == 0;
        if (n_shown > MOST_LEVELS)
            continue;
        lure__batch_add_short(table, is_first ? lure_label_key(s->borrow_batch->plan, f->option) : "", KEY);
        percent_cell(f->effect.share, it);
        lure_table_cell(table, is_first ? it : "", true);
        percent_cell(f->effect.chance, it);
        lure_table_cell(table, is_first ? it : "", true);
        lure__batch_number_cell(f->effect.spread, it);
        lure_table_cell(table, is_first ? it : "", true);
        lure_text label;
        lure_text_init(&label);
        lure_label_level(s, t, f, v, &label);
        lure__batch_add_short(table, label.data, VALUE);
        lure_text_free(&label);
        lure__batch_number_cell(level->mean, it);
        lure_table_cell(table, it, true);
        lure__batch_number_cell(level->iqm, it);
        lure_table_cell(table, it, true);
    }
    if (n_shown <= MOST_LEVELS)
        return;
    for (size_t k = 0; k < 7; k++) {
        snprintf(it, sizeof it, "%zu more", n_shown - MOST_LEVELS);
        lure_table_cell(table, k == 4 ? it : "", false);
    }
}

bool lure__batch_has_effects(const lure_batch_task *task)
{
    bool has_thirds = false;
    for (size_t i = 0; i < task->n_factors; i++)
        has_thirds |= task->factors[i].as_thirds;
    return task->n_factors > 0 && task->factors[0].effect.n >= 3 && (task->n_factors > 1 || has_thirds);
}

void lure__batch_add_effects(const lure_batch_statistics *s, size_t t, const lure_batch_view *view,
                             lure_text *text)
{
    static const char *const titles[] = {"option", "explains", "by chance", "spread", "value", "mean", "IQM"};
    const lure_batch_task *task = &s->tasks[t];
    if (!lure__batch_has_effects(task))
        return;
    lure_table *table = lure_table_create(7);
    if (!table) {
        text->failed = true;
        return;
    }
    for (size_t k = 0; k < 7; k++)
        lure_table_cell(table, titles[k], k != 0 && k != 4);
    for (size_t i = 0; i < task->n_factors; i++)
        add_factor(s, t, &task->factors[i], table);
    lure__batch_add_title(view, "what matters", "", "", text);
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

void lure__batch_add_overall(const lure_batch_statistics *s, const lure_batch_view *view, lure_text *text)
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
        lure_cell text_of;
        lure_text label;
        lure_text_init(&label);
        lure_label_configuration(s, 0, order[k].i, &label);
        lure__batch_add_short(table, label.data, LABEL);
        lure_text_free(&label);
        lure__batch_number_cell(it->mean_rank, text_of);
        lure_table_cell(table, text_of, true);
        lure__batch_number_cell(it->improvement, text_of);
        lure_table_cell(table, text_of, true);
        lure_bounds_text(&it->bounds, text_of);
        lure_table_cell(table, text_of, true);
    }
    char title[80];
    snprintf(title, sizeof title, "over all %zu experiments", s->n_tasks);
    lure__batch_add_title(view, "", title, "", text);
    lure_table_print(table, view->colour, text);
    if (n_shown < n)
        lure_text_addf(text, "%zu more are not shown; --all shows them, --json has everything\n",
                       n - n_shown);
    lure_table_destroy(table);
    free(order);
}
