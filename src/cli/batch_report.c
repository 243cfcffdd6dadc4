/* batch_report.c: see batch_report.h. Runs come in the order of the plan, whatever order they ended in. The document
   of --json is written piece by piece: a batch of many runs never lies in memory as a whole. */
#include "cli/batch_report.h"

#include "base/file.h"
#include "base/json.h"
#include "cli/batch_label.h"
#include "cli/batch_tables.h"
#include "cli/batch_verdict.h"
#include "cli/command.h"
#include "cli/compared_words.h"
#include "report/table.h"
#include "report/terminal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_text(lure_text *text)
{
    fwrite(text->data, 1, text->length, stdout);
    lure_text_clear(text);
}

static void print_as_table(lure_table *table)
{
    lure_text text;
    lure_text_init(&text);
    lure_table_print(table, lure_terminal_colour(stdout), &text);
    print_text(&text);
    lure_text_free(&text);
    lure_table_destroy(table);
}

/* ---- before ---- */

/* It was written down in the middle, and will go on from there. */
static bool is_begun(const char *directory)
{
    char path[LURE_PATH_SIZE];
    for (int i = 0; i < 2; i++)
        if (lure_path_join(directory, i ? "resume.1" : "resume.0", path, NULL) == LURE_OK &&
            lure_file_exists(path))
            return true;
    return false;
}

void lure_batch_print_plan(const lure_batch *batch)
{
    const lure_plan *plan = batch->plan;
    char directory[LURE_PATH_SIZE];
    lure_text label;
    lure_table *table = lure_table_create(4);
    if (!table)
        return;
    lure_text_init(&label);
    static const char *const header[] = {"run", "state", "what", "directory"};
    for (size_t i = 0; i < 4; i++)
        lure_table_cell(table, header[i], false);
    for (size_t i = 0; i < plan->n_runs; i++) {
        const lure_batch_run *run = &batch->runs[i];
        const bool is_twin = plan->runs[i].twin != i;
        lure_text_clear(&label);
        lure_plan_label(plan, i, &label);
        lure_plan_directory(plan, i, batch->out, directory, NULL);
        lure_table_cell(table, *plan->runs[i].id ? plan->runs[i].id : "-", false);
        lure_table_cell(table,
                        run->done                ? "done"
                        : run->kept_failed       ? "failed"
                        : run->status != LURE_OK ? "error"
                        : is_twin                ? "same"
                        : is_begun(directory)    ? "begun"
                                                 : "to do",
                        false);
        lure_table_cell(table, label.data, false);
        lure_table_cell(table, *directory ? directory : "-", false);
    }
    lure_text_free(&label);
    print_as_table(table);
}

/* ---- the statistics ---- */

static void add_lines(const char *before, char *lines, int width, lure_text *text)
{
    lure_text sentence;
    lure_text_init(&sentence);
    for (char *line = lines; *line;) {
        char *end = line + strcspn(line, "\n"), *next = end + (*end == '\n');
        *end = '\0';
        lure_text_clear(&sentence);
        lure_text_addf(&sentence, "%s%s", before, line);
        lure_words_wrap(sentence.data, width, 2, text);
        line = next;
    }
    lure_text_free(&sentence);
}

static void add_verdicts(const lure_batch_statistics *s, int width, lure_text *text)
{
    lure_text words, commands;
    lure_text_init(&words);
    lure_text_init(&commands);
    for (size_t t = 0; t < s->n_tasks; t++) {
        lure_text_clear(&words);
        lure_batch_add_verdict(s, t, &words);
        if (*words.data)
            lure_words_wrap(words.data, width, 2, text);
        lure_text_clear(&commands);
        lure_batch_add_commands(s, t, &commands);
        if (!*commands.data)
            continue;
        lure_text_clear(&words);
        lure_text_addf(&words,
                       "the best of %zu looks better than it is, being chosen for its number, and of so many "
                       "some differ by chance; judge the best few on fresh seeds:",
                       s->tasks[t].n);
        lure_words_wrap(words.data, width, 2, text);
        for (char *line = commands.data; *line;) {
            const size_t n = strcspn(line, "\n");
            lure_text_addf(text, "  %.*s\n", (int)n, line);
            line += n + (line[n] == '\n');
        }
    }
    lure_text_free(&commands);
    lure_text_free(&words);
}

static bool make_statistics(const lure_batch *batch, const lure_batch_judging *judging,
                            lure_batch_statistics *out)
{
    const lure_batch_judging usual = {.target = NAN};
    lure_error err;
    if (lure_batch_statistics_make(batch, judging ? judging : &usual, out, &err) == LURE_OK)
        return true;
    lure_report_error(&err);
    lure_batch_statistics_free(out);
    return false;
}

void lure_batch_print_table(const lure_batch *batch, const lure_batch_judging *judging)
{
    lure_batch_statistics statistics;
    if (batch->n_done == 0 || !make_statistics(batch, judging, &statistics)) /* nothing to judge */
        return;
    const lure_batch_statistics *s = &statistics;
    const lure_batch_view view = {lure_terminal_width(stdout), lure_terminal_colour(stdout),
                                  s->judging.all_rows};
    lure_text text, warnings;
    lure_text_init(&text);
    lure_text_init(&warnings);
    lure_batch_add_tables(s, &view, &text);
    lure_batch_add_warnings(s, &warnings);
    add_lines("warning: ", warnings.data, view.width, &text);
    add_verdicts(s, view.width, &text);
    print_text(&text);
    lure_text_free(&warnings);
    lure_text_free(&text);
    lure_batch_statistics_free(&statistics);
}

/* How a run failed, as one line: runs of the same line are told together. */
static void add_failure(const lure_batch *batch, size_t i, lure_text *line)
{
    char outcome_name[48];
    const char *error = batch->runs[i].error ? batch->runs[i].error : "";
    lure_batch_outcome(batch, i, outcome_name);
    lure_text_addf(line, "%s: %.*s", outcome_name, (int)strcspn(error, "\n"), error);
}

typedef struct failure {
    char *line;
    size_t first, n, n_configurations, last_configuration;
} failure;

/* Those that differ, at most `most`; the rest is counted. */
static size_t gather_failures(const lure_batch *batch, failure *failures, size_t most, size_t *n_rest)
{
    size_t n = 0;
    lure_text line;
    lure_text_init(&line);
    *n_rest = 0;
    for (size_t i = 0; i < batch->plan->n_runs; i++) {
        if (!lure_batch_run_failed(&batch->runs[i]))
            continue;
        const size_t configuration = batch->plan->runs[i].configuration;
        size_t k = 0;
        lure_text_clear(&line);
        add_failure(batch, i, &line);
        while (k < n && strcmp(failures[k].line, line.data) != 0)
            k++;
        if (k == n && (n == most || !(failures[k].line = strdup(line.data)))) {
            ++*n_rest;
            continue;
        }
        if (k == n)
            failures[n++] = (failure){failures[k].line, i, 0, 0, SIZE_MAX};
        failures[k].n++;
        failures[k].n_configurations += configuration != failures[k].last_configuration;
        failures[k].last_configuration = configuration;
    }
    lure_text_free(&line);
    return n;
}

void lure_batch_print_failures(const lure_batch *batch)
{
    enum { MOST = 10 };
    const bool colour = lure_terminal_colour(stdout);
    failure failures[MOST];
    size_t n_rest;
    const size_t n = gather_failures(batch, failures, MOST, &n_rest);
    lure_text text, line;
    lure_text_init(&text);
    lure_text_init(&line);
    for (size_t k = 0; k < n; k++) {
        const failure *f = &failures[k];
        lure_terminal_style(&text, colour, LURE_STYLE_BAD, "failed ");
        lure_text_clear(&line);
        lure_plan_label(batch->plan, f->first, &line);
        if (f->n > 1)
            lure_text_addf(&line, " and %zu more", f->n - 1);
        if (f->n_configurations > 1)
            lure_text_addf(&line, ", of %zu configurations", f->n_configurations);
        lure_text_addf(&line, ": %s", f->line);
        lure_display_add(&text, line.data);
        lure_text_add(&text, "\n       ");
        lure_text_clear(&line);
        lure_plan_command(batch->plan, f->first, &line);
        lure_display_add(&text, line.data);
        lure_text_add(&text, "\n");
        print_text(&text);
        free(f->line);
    }
    if (n_rest)
        printf("%zu more runs failed with other errors: --json has each\n", n_rest);
    lure_text_free(&line);
    lure_text_free(&text);
}

/* ---- the document ---- */

/* What a file holds, into the document: the same values, laid out alike. */
static void add_json(lure_json *json, const char *key, json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        lure_json_begin_object(json, key);
        for (void *at = json_object_iter(value); at; at = json_object_iter_next(value, at))
            add_json(json, json_object_iter_key(at), json_object_iter_value(at));
        lure_json_end_object(json);
        break;
    case JSON_ARRAY:
        lure_json_begin_array(json, key);
        for (size_t i = 0; i < json_array_size(value); i++)
            add_json(json, NULL, json_array_get(value, i));
        lure_json_end_array(json);
        break;
    case JSON_STRING: lure_json_string(json, key, json_string_value(value)); break;
    case JSON_INTEGER: lure_json_integer(json, key, json_integer_value(value)); break;
    case JSON_REAL: lure_json_number(json, key, json_real_value(value)); break;
    case JSON_TRUE:
    case JSON_FALSE: lure_json_bool(json, key, json_is_true(value)); break;
    case JSON_NULL: lure_json_null(json, key); break;
    }
}

static void add_settings(lure_json *json, const lure_plan *plan, size_t configuration, bool varied_only)
{
    lure_json_begin_object(json, "settings");
    for (size_t i = 0; i < plan->n_options; i++) {
        const lure_plan_value *value = lure_plan_value_of(plan, configuration, i);
        if (varied_only && !lure_plan_is_varied(plan, i))
            continue;
        json_t *parsed = json_loads(value->json, JSON_DECODE_ANY, NULL);
        if (parsed)
            add_json(json, plan->options[i].key, parsed);
        else
            lure_json_string(json, plan->options[i].key, value->text);
        json_decref(parsed);
    }
    lure_json_end_object(json);
}

static void add_run(lure_json *json, const lure_batch *batch, size_t i)
{
    const lure_plan *plan = batch->plan;
    const lure_plan_run *r = &plan->runs[i];
    const lure_batch_run *run = &batch->runs[i];
    char directory[LURE_PATH_SIZE], outcome_name[48];
    lure_plan_directory(plan, i, batch->out, directory, NULL);
    lure_batch_outcome(batch, i, outcome_name);
    lure_json_begin_object(json, NULL);
    lure_json_string(json, "run_id", *r->id ? r->id : NULL);
    lure_json_string(json, "experiment", plan->configurations[r->configuration].name);
    lure_json_integer(json, "seed", (int64_t)r->seed);
    add_settings(json, plan, r->configuration, false);
    lure_json_string(json, "outcome", outcome_name);
    lure_json_bool(json, "skipped", run->skipped);
    lure_json_string(json, "directory", *directory ? directory : NULL);
    lure_text command;
    lure_text_init(&command);
    lure_plan_command(plan, i, &command);
    lure_json_string(json, "command", command.data);
    lure_text_free(&command);
    if (run->error)
        lure_json_string(json, "error", run->error);
    json_t *root = run->done ? lure_batch_summary(batch, i) : NULL;
    json_t *summary = json_object_get(root, "summary");
    if (summary)
        add_json(json, "summary", summary);
    json_decref(root);
    lure_json_end_object(json);
}

static void add_metric(lure_json *json, const char *key, const char *column, const lure_batch_metric *m,
                       size_t i, bool judged)
{
    const lure_compared *it = &m->all[i];
    lure_json_begin_object(json, key);
    if (column)
        lure_json_string(json, "column", *column ? column : NULL);
    lure_compared_json(json, it, judged);
    if (judged) {
        lure_json_integer(json, "rank", (int64_t)it->rank);
        lure_json_number(json, "optimality_gap", it->optimality_gap);
    }
    lure_json_end_object(json);
}

static void add_configuration(lure_json *json, const lure_batch_statistics *s, size_t t, size_t i)
{
    const lure_batch *batch = s->borrow_batch;
    const lure_batch_task *task = &s->tasks[t];
    const lure_plan_configuration *c = &batch->plan->configurations[task->first + i];
    const lure_batch_metric *metrics = task->metrics;
    const bool is_return = !metrics[LURE_BATCH_RETURN].all;
    size_t n_done = 0, n_failed = 0;
    for (size_t k = c->first_run; k < c->first_run + c->n_runs; k++) {
        n_done += batch->runs[k].done;
        n_failed += lure_batch_run_failed(&batch->runs[k]);
    }
    lure_json_begin_object(json, NULL);
    lure_json_string(json, "experiment", c->name);
    add_settings(json, batch->plan, task->first + i, true);
    lure_json_integer(json, "planned", (int64_t)c->n_runs);
    lure_json_integer(json, "done", (int64_t)n_done);
    lure_json_integer(json, "failed", (int64_t)n_failed);
    add_metric(json, "episodic_return_100", NULL, &metrics[is_return ? LURE_BATCH_JUDGED : LURE_BATCH_RETURN],
               i, is_return);
    add_metric(json, "tail_mean", batch->tracks[task->first + i], &metrics[LURE_BATCH_TRACKED], i, false);
    if (!is_return)
        add_metric(json, "metric", s->judging.metric, &metrics[LURE_BATCH_JUDGED], i, true);
    lure_json_end_object(json);
}

static void add_factor(lure_json *json, const lure_batch_statistics *s, size_t t, const lure_batch_factor *f)
{
    const lure_sensitivity *e = &f->effect;
    lure_text label;
    lure_text_init(&label);
    lure_json_begin_object(json, NULL);
    lure_json_string(json, "option", s->borrow_batch->plan->options[f->option].key);
    lure_json_number(json, "share", e->share);
    lure_json_number(json, "share_by_chance", e->chance);
    lure_json_number(json, "spread", e->spread);
    lure_json_number(json, "rank_correlation", e->correlation);
    lure_json_number(json, "rank_correlation_by_chance", e->correlation_by_chance);
    lure_json_bool(json, "thirds", f->as_thirds);
    lure_json_begin_array(json, "values");
    for (size_t v = 0; v < e->n_levels; v++) {
        lure_text_clear(&label);
        lure_label_level(s, t, f, v, &label);
        lure_json_begin_object(json, NULL);
        lure_json_string(json, "value", label.data);
        lure_json_integer(json, "configurations", (int64_t)e->levels[v].n);
        lure_json_number(json, "mean", e->levels[v].mean);
        lure_json_number(json, "iqm", e->levels[v].iqm);
        lure_json_end_object(json);
    }
    lure_json_end_array(json);
    lure_json_end_object(json);
    lure_text_free(&label);
}

static void add_strings(lure_json *json, const char *key, char *lines)
{
    lure_json_begin_array(json, key);
    for (char *line = lines; *line;) {
        char *end = line + strcspn(line, "\n"), *next = end + (*end == '\n');
        *end = '\0';
        lure_json_string(json, NULL, line);
        line = next;
    }
    lure_json_end_array(json);
}

static void add_task(lure_json *json, const lure_batch_statistics *s, size_t t)
{
    const lure_batch_task *task = &s->tasks[t];
    const size_t best = task->metrics[LURE_BATCH_JUDGED].comparing.reference;
    lure_text words;
    lure_text_init(&words);
    lure_json_begin_object(json, NULL);
    lure_json_string(json, "experiment", task->name);
    lure_json_integer(json, "first_configuration", (int64_t)task->first);
    lure_json_integer(json, "configurations", (int64_t)task->n);
    if (best < task->n)
        lure_json_integer(json, "best_configuration", (int64_t)(task->first + best));
    else
        lure_json_null(json, "best_configuration");
    lure_json_number(json, "target", task->target);
    lure_batch_add_verdict(s, t, &words);
    lure_json_string(json, "verdict", words.data);
    lure_text_clear(&words);
    lure_batch_add_commands(s, t, &words);
    add_strings(json, "fresh_seeds", words.data);
    lure_json_begin_array(json, "sensitivity");
    for (size_t i = 0; i < task->n_factors; i++)
        add_factor(json, s, t, &task->factors[i]);
    lure_json_end_array(json);
    lure_json_end_object(json);
    lure_text_free(&words);
}

static void add_overall(lure_json *json, const lure_batch_statistics *s)
{
    lure_json_begin_array(json, "overall");
    for (size_t i = 0; s->overall && i < s->tasks[0].n; i++) {
        const lure_batch_overall *it = &s->overall[i];
        lure_json_begin_object(json, NULL);
        add_settings(json, s->borrow_batch->plan, s->tasks[0].first + i, true);
        lure_json_bool(json, "reference", i == s->reference);
        lure_json_number(json, "mean_rank", it->mean_rank);
        lure_json_number(json, "improvement", it->improvement);
        lure_json_number(json, "improvement_low", it->bounds.low);
        lure_json_number(json, "improvement_high", it->bounds.high);
        lure_json_end_object(json);
    }
    lure_json_end_array(json);
}

static void add_statistics(lure_json *json, const lure_batch_statistics *s)
{
    lure_text warnings;
    lure_text_init(&warnings);
    lure_json_begin_object(json, "statistics");
    lure_json_string(json, "metric", s->judging.metric);
    lure_json_bool(json, "lower_is_better", s->judging.lower_is_better);
    lure_json_integer(json, "bootstrap_resamples", (int64_t)s->n_resamples);
    lure_json_integer(json, "bootstrap_seed", LURE_BOOTSTRAP_SEED);
    lure_batch_add_warnings(s, &warnings);
    add_strings(json, "warnings", warnings.data);
    lure_json_begin_array(json, "experiments");
    for (size_t t = 0; t < s->n_tasks; t++)
        add_task(json, s, t);
    lure_json_end_array(json);
    add_overall(json, s);
    lure_json_end_object(json);
    lure_text_free(&warnings);
}

void lure_batch_print_json(const lure_batch *batch, const lure_batch_judging *judging)
{
    lure_batch_statistics statistics;
    if (!make_statistics(batch, judging, &statistics))
        return;
    const lure_batch_statistics *s = &statistics;
    lure_text text;
    lure_json json;
    lure_text_init(&text);
    lure_json_init(&json, &text);
    lure_json_begin_object(&json, NULL);
    lure_json_string(&json, "schema", "lure.batch/1");
    lure_json_string(&json, "batch", batch->plan->name);
    lure_json_string(&json, "directory", batch->out);
    lure_json_integer(&json, "planned", (int64_t)batch->plan->n_runs);
    lure_json_integer(&json, "done", (int64_t)batch->n_done);
    lure_json_integer(&json, "failed", (int64_t)batch->n_failed);
    lure_json_integer(&json, "skipped", (int64_t)batch->n_skipped);
    lure_json_number(&json, "seconds", batch->seconds);
    lure_json_begin_array(&json, "runs");
    for (size_t i = 0; i < batch->plan->n_runs; i++) {
        add_run(&json, batch, i);
        print_text(&text);
    }
    lure_json_end_array(&json);
    lure_json_begin_array(&json, "configurations");
    for (size_t t = 0; t < s->n_tasks; t++)
        for (size_t i = 0; i < s->tasks[t].n; i++) {
            add_configuration(&json, s, t, i);
            print_text(&text);
        }
    lure_json_end_array(&json);
    add_statistics(&json, s);
    lure_json_end_object(&json);
    lure_text_add(&text, "\n");
    print_text(&text);
    lure_text_free(&text);
    lure_batch_statistics_free(&statistics);
}
