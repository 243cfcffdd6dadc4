/* compare_report.c: see compare_report.h. */
#include "cli/compare_report.h"

#include "base/json.h"
#include "cli/compared_words.h"
#include "report/table.h"
#include "report/terminal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- words ---- */

enum { LABEL_SIZE = 24 };

/* "A" to "Z"; of more groups than letters "1", "2", ... */
static void label_of(const lure_run_groups *g, size_t group, char out[LABEL_SIZE])
{
    if (g->n_groups <= 26)
        snprintf(out, LABEL_SIZE, "%c", (char)('A' + (int)group));
    else
        snprintf(out, LABEL_SIZE, "%zu", group + 1);
}

static const lure_grouped_run *first_of(const lure_run_groups *g, size_t group)
{
    return &g->runs[g->groups[group].first];
}

/* The mean of a number over the runs that have it, "-" without one; "(3 of 5)" behind it where some have not. */
static void mean_text(const lure_run_groups *g, size_t group, const char *name, bool is_time, char out[80])
{
    const lure_run_group *it = &g->groups[group];
    double sum = 0;
    size_t n = 0;
    char number[32];
    for (size_t i = it->first; i < it->first + it->n; i++) {
        double value = lure_grouped_run_number(&g->runs[i], name);
        if (!isfinite(value))
            continue;
        sum += value;
        n++;
    }
    const double mean = sum / (double)n;
    if (is_time)
        lure_duration_text(mean, number);
    else
        lure_value_text(fabs(mean) >= 1000 ? round(mean) : mean, number);
    if (n == 0)
        snprintf(out, 80, "-");
    else if (n < it->n_done)
        snprintf(out, 80, "%s (%zu of %zu)", number, n, it->n_done);
    else
        snprintf(out, 80, "%s", number);
}

static bool any_has(const lure_run_groups *g, const char *name)
{
    for (size_t i = 0; i < g->n_runs; i++)
        if (isfinite(lure_grouped_run_number(&g->runs[i], name)))
            return true;
    return false;
}

static void add_verdict(const lure_comparison *c, const char *between, lure_text *out)
{
    const lure_run_groups *g = c->borrow_groups;
    const lure_metric *m = &c->metrics[0];
    char number[32], label[LABEL_SIZE];
    if (g->n_groups == 1) {
        lure_value_text(m->groups[0].iqm, number);
        lure_text_addf(out, "one configuration: %s has the IQM %s over %zu run%s", m->name, number,
                       m->groups[0].interval.n, m->groups[0].interval.n == 1 ? "" : "s");
        return;
    }
    for (size_t i = 1; i < g->n_groups; i++) {
        char first[LABEL_SIZE];
        label_of(g, i, label);
        label_of(g, 0, first);
        lure_text_add(out, i > 1 ? between : "");
        lure_compared_sentence(label, first, &m->groups[i], out);
    }
}

static size_t count_few(const lure_run_groups *g, lure_text *labels)
{
    size_t n = 0;
    for (size_t i = 0; i < g->n_groups; i++) {
        char label[LABEL_SIZE];
        if (g->groups[i].n_done >= LURE_FEW_SEEDS)
            continue;
        label_of(g, i, label);
        lure_text_addf(labels, "%s%s", n++ ? ", " : "", label);
    }
    return n;
}

/* Lines. */
static void add_warnings(const lure_comparison *c, lure_text *out)
{
    const lure_run_groups *g = c->borrow_groups;
    size_t n_done = 0, n_missing = 0;
    lure_text labels;
    lure_text_init(&labels);
    for (size_t i = 0; i < g->n_groups; i++)
        n_done += g->groups[i].n_done;
    for (size_t i = 0; i < g->n_groups; i++)
        n_missing += g->groups[i].n_done - c->metrics[0].groups[i].interval.n;
    if (g->n_twins)
        lure_text_addf(out, "%zu run%s met twice and counted once\n", g->n_twins,
                       g->n_twins == 1 ? " is" : "s are");
    if (n_done < g->n_runs)
        lure_text_addf(out, "%zu of %zu runs did not come to a good end and %s left out\n",
                       g->n_runs - n_done, g->n_runs, g->n_runs - n_done == 1 ? "is" : "are");
    if (n_missing)
        lure_text_addf(out, "%zu run%s no finite %s and %s left out of its numbers\n", n_missing,
                       n_missing == 1 ? " has" : "s have", c->metrics[0].name, n_missing == 1 ? "is" : "are");
    if (count_few(g, &labels))
        lure_text_addf(out, "fewer than %d seeds in %s: intervals of so few runs are too narrow\n",
                       LURE_FEW_SEEDS, labels.data);
    lure_text_free(&labels);
}

/* ---- text ---- */

/* Words that would pass the width go into another line. */
static void add_wrapped(lure_text *text, int width, size_t indent, size_t *column, const char *piece)
{
    lure_text safe;
    lure_text_init(&safe);
    lure_display_add(&safe, piece);
    size_t n = lure_display_width(safe.data);
    if (*column > indent && *column + n > (size_t)width) {
        lure_text_addf(text, "\n%*s", (int)indent, "");
        *column = indent;
    }
    size_t bytes = lure_display_cut(safe.data, (size_t)width - *column);
    lure_text_add_bytes(text, safe.data, bytes);
    *column += lure_display_width(safe.data);
    lure_text_free(&safe);
}

static void add_legend(const lure_run_groups *g, bool colour, int width, lure_text *text)
{
    for (size_t i = 0; i < g->n_groups; i++) {
        char label[LABEL_SIZE], piece[1024];
        size_t column = 5;
        label_of(g, i, label);
        lure_text_add(text, "  ");
        lure_terminal_style(text, colour, LURE_STYLE_BOLD, label);
        lure_text_addf(text, "%*s", (int)(3 - strlen(label)), "");
        snprintf(piece, sizeof piece, "%s%s", first_of(g, i)->manifest.experiment,
                 g->n_differences ? ", " : "");
        add_wrapped(text, width, 5, &column, piece);
        for (size_t k = 0; k < g->n_differences; k++) {
            const lure_difference *d = &g->differences[k];
            snprintf(piece, sizeof piece, "%s = %s%s", d->key, d->values[i],
                     k + 1 < g->n_differences ? ", " : "");
            if (strcmp(d->key, "experiment") != 0)
                add_wrapped(text, width, 5, &column, piece);
        }
        lure_text_add(text, "\n");
    }
}

static void add_costs(const lure_run_groups *g, bool colour, lure_text *text)
{
    static const struct {
        const char *name, *title;
        bool is_time, always;
    } costs[] = {{"steps", "steps", false, true},
                 {"seconds", "time", true, true},
                 {"steps_per_second", "steps/s", false, true},
                 {"steps_to_threshold", "steps to threshold", false, false}};
    enum { N = sizeof costs / sizeof *costs };
    bool shown[N];
    size_t n_columns = 2;
    for (size_t k = 0; k < N; k++)
        n_columns += shown[k] = costs[k].always || any_has(g, costs[k].name);
    lure_table *table = lure_table_create(n_columns);
    if (!table)
        return;
    lure_table_cell(table, "", false);
    lure_table_cell(table, "seeds", true);
    for (size_t k = 0; k < N; k++)
        if (shown[k])
            lure_table_cell(table, costs[k].title, true);
    for (size_t i = 0; i < g->n_groups; i++) {
        char cell[80];
        label_of(g, i, cell);
        lure_table_cell(table, cell, false);
        snprintf(cell, sizeof cell, g->groups[i].n_done < g->groups[i].n ? "%zu of %zu" : "%zu",
                 g->groups[i].n_done, g->groups[i].n);
        lure_table_cell(table, cell, true);
        for (size_t k = 0; k < N; k++) {
            if (!shown[k])
                continue;
            mean_text(g, i, costs[k].name, costs[k].is_time, cell);
            lure_table_cell(table, cell, true);
        }
    }
    lure_table_print(table, colour, text);
    lure_table_destroy(table);
}

static void add_metric(const lure_comparison *c, const lure_metric *m, bool colour, lure_text *text)
{
    const lure_run_groups *g = c->borrow_groups;
    lure_table *table = lure_table_create(g->n_groups > 1 ? 6 : 4);
    char label[LABEL_SIZE], cell[80];
    if (!table)
        return;
    label_of(g, 0, label);
    snprintf(cell, sizeof cell, "better than %s", label);
    lure_table_cell(table, "", false);
    lure_table_cell(table, "mean", true);
    lure_table_cell(table, "IQM", true);
    lure_table_cell(table, "95 % interval", true);
    if (g->n_groups > 1) {
        lure_table_cell(table, cell, true);
        lure_table_cell(table, "95 % interval", true);
    }
    for (size_t i = 0; i < g->n_groups; i++) {
        const lure_compared *it = &m->groups[i];
        label_of(g, i, label);
        lure_table_cell(table, label, false);
        lure_value_text(it->interval.mean, cell);
        lure_table_cell(table, it->interval.n ? cell : "-", true);
        lure_value_text(it->iqm, cell);
        lure_table_cell(table, it->interval.n ? cell : "-", true);
        lure_bounds_text(&it->iqm_bounds, cell);
        lure_table_cell(table, cell, true);
        if (g->n_groups == 1)
            continue;
        lure_value_text(it->improvement, cell);
        lure_table_cell(table, isnan(it->improvement) ? "" : cell, true);
        lure_bounds_text(&it->improvement_bounds, cell);
        lure_table_cell(table, isnan(it->improvement) ? "" : cell, true);
    }
    lure_text_add(text, "\n");
    lure_terminal_style(text, colour, LURE_STYLE_BOLD, m->name);
    lure_text_addf(text, "%s\n", c->lower_is_better ? ", lower is better" : "");
    lure_table_print(table, colour, text);
    lure_table_destroy(table);
}

void lure_comparison_print(const lure_comparison *c, bool colour, int width, lure_text *text)
{
    const lure_run_groups *g = c->borrow_groups;
    lure_text words;
    lure_text_init(&words);
    lure_text_addf(text, "%zu run%s of %zu configuration%s\n", g->n_runs, g->n_runs == 1 ? "" : "s",
                   g->n_groups, g->n_groups == 1 ? "" : "s");
    add_legend(g, colour, width, text);
    lure_text_add(text, "\n");
    add_costs(g, colour, text);
    for (size_t i = 0; i < c->n_metrics; i++)
        add_metric(c, &c->metrics[i], colour, text);
    lure_text_addf(text,
                   "\nIQM: mean of the middle half of the runs. Intervals: percentile bootstrap over\n"
                   "runs, %zu resamples of seed %d.\n",
                   c->n_resamples, LURE_BOOTSTRAP_SEED);
    add_warnings(c, &words);
    for (char *line = words.data; *line;) {
        size_t n = strcspn(line, "\n");
        lure_text_addf(text, "warning: %.*s\n", (int)n, line);
        line += n + (line[n] == '\n');
    }
    lure_text_clear(&words);
    add_verdict(c, "\n", &words);
    for (char *line = words.data; *line;) {
        char *end = line + strcspn(line, "\n"), *next = end + (*end == '\n');
        *end = '\0';
        lure_words_wrap(line, width, 2, text);
        line = next;
    }
    lure_text_free(&words);
}

/* ---- the document ---- */

static void write_metric(lure_json *json, const lure_metric *m, size_t group)
{
    const lure_compared *it = &m->groups[group];
    lure_json_begin_object(json, m->name);
    lure_json_numbers(json, "values", it->values, it->interval.n);
    lure_compared_json(json, it, group > 0);
    lure_json_end_object(json);
}

static void write_run(lure_json *json, const lure_grouped_run *run)
{
    static const char *const numbers[] = {"steps", "seconds", "steps_per_second", "steps_to_threshold"};
    lure_json_begin_object(json, NULL);
    lure_json_string(json, "run_id", run->manifest.run_id);
    lure_json_string(json, "directory", run->directory);
    lure_json_integer(json, "seed", (int64_t)run->manifest.seed);
    lure_json_bool(json, "done", run->done);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        lure_json_number(json, numbers[i], lure_grouped_run_number(run, numbers[i]));
    lure_json_end_object(json);
}

static void write_group(const lure_comparison *c, lure_json *json, size_t i)
{
    const lure_run_groups *g = c->borrow_groups;
    char label[LABEL_SIZE];
    label_of(g, i, label);
    lure_json_begin_object(json, NULL);
    lure_json_string(json, "label", label);
    lure_json_string(json, "experiment", first_of(g, i)->manifest.experiment);
    lure_json_string(json, "configuration", first_of(g, i)->manifest.configuration);
    lure_json_begin_object(json, "differences");
    for (size_t k = 0; k < g->n_differences; k++)
        lure_json_string(json, g->differences[k].key, g->differences[k].values[i]);
    lure_json_end_object(json);
    lure_json_begin_array(json, "runs");
    for (size_t k = g->groups[i].first; k < g->groups[i].first + g->groups[i].n; k++)
        write_run(json, &g->runs[k]);
    lure_json_end_array(json);
    lure_json_begin_object(json, "metrics");
    for (size_t k = 0; k < c->n_metrics; k++)
        write_metric(json, &c->metrics[k], i);
    lure_json_end_object(json);
    lure_json_end_object(json);
}

void lure_comparison_json(const lure_comparison *c, lure_text *text)
{
    lure_json json;
    lure_text words;
    lure_text_init(&words);
    lure_json_init(&json, text);
    lure_json_begin_object(&json, NULL);
    lure_json_string(&json, "schema", "lure.compare/1");
    lure_json_bool(&json, "lower_is_better", c->lower_is_better);
    lure_json_integer(&json, "bootstrap_resamples", (int64_t)c->n_resamples);
    lure_json_integer(&json, "bootstrap_seed", LURE_BOOTSTRAP_SEED);
    lure_json_begin_array(&json, "groups");
    for (size_t i = 0; i < c->borrow_groups->n_groups; i++)
        write_group(c, &json, i);
    lure_json_end_array(&json);
    add_warnings(c, &words);
    lure_json_begin_array(&json, "warnings");
    for (char *line = words.data; *line;) {
        char warning[512];
        size_t n = strcspn(line, "\n");
        snprintf(warning, sizeof warning, "%.*s", (int)n, line);
        lure_json_string(&json, NULL, warning);
        line += n + (line[n] == '\n');
    }
    lure_json_end_array(&json);
    lure_text_clear(&words);
    add_verdict(c, "; ", &words);
    lure_json_string(&json, "verdict", words.data);
    lure_json_end_object(&json);
    lure_text_add(text, "\n");
    lure_text_free(&words);
}
