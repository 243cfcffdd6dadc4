/* batch_report.c: see batch_report.h. Runs come in the order of the plan, whatever order they ended in. The document
   of --json is written piece by piece: a batch of many runs never lies in memory as a whole. */
#include "cli/batch_report.h"

#include "base/json.h"
#include "report/statistics.h"
#include "report/table.h"
#include "report/terminal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One configuration over its seeds. */
typedef struct outcome {
    size_t n_done, n_failed;
    lure_interval episodic_return, tracked;
} outcome;

static bool is_failure(const lure_batch_run *run)
{
    return !run->done && run->status != LURE_OK && run->status != LURE_ERROR_CANCELLED;
}

static outcome outcome_of(const lure_batch *batch, size_t configuration)
{
    const lure_plan_configuration *c = &batch->plan->configurations[configuration];
    outcome o = {0};
    double *values = malloc(2 * c->n_runs * sizeof *values);
    size_t n[2] = {0, 0};
    for (size_t i = c->first_run; i < c->first_run + c->n_runs; i++) {
        const lure_batch_run *run = &batch->runs[i];
        o.n_done += run->done;
        o.n_failed += is_failure(run);
        if (!run->done || !values)
            continue;
        if (isfinite(run->episodic_return))
            values[n[0]++] = run->episodic_return;
        if (isfinite(run->tail_mean))
            values[c->n_runs + n[1]++] = run->tail_mean;
    }
    o.episodic_return = lure_statistics_interval(values, n[0]);
    o.tracked = lure_statistics_interval(values ? values + c->n_runs : NULL, n[1]);
    free(values);
    return o;
}

bool lure_batch_is_thin(const lure_batch *batch)
{
    for (size_t i = 0; i < batch->plan->n_configurations; i++) {
        const outcome o = outcome_of(batch, i);
        if (o.n_done > 0 && o.n_done < 5)
            return true;
    }
    return false;
}

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
                                                 : "to do",
                        false);
        lure_table_cell(table, label.data, false);
        lure_table_cell(table, *directory ? directory : "-", false);
    }
    lure_text_free(&label);
    print_as_table(table);
}

/* ---- the table ---- */

/* The one column that all configurations are tracked by; null: they differ, or there is none. */
static const char *common_track(const lure_batch *batch)
{
    const char *track = NULL;
    for (size_t i = 0; i < batch->plan->n_configurations; i++) {
        if (!*batch->tracks[i])
            continue;
        if (track && strcmp(track, batch->tracks[i]) != 0)
            return NULL;
        track = batch->tracks[i];
    }
    return track;
}

/* Of how many runs, where that is not all that are ok: those whose value is not a finite number are left out. */
static void add_interval(lure_table *table, const lure_interval *interval, size_t n_done)
{
    char number[32], mean[64], low[32], high[32], both[80];
    lure_value_text(interval->mean, number);
    if (interval->n < n_done)
        snprintf(mean, sizeof mean, "%s (of %zu)", number, interval->n);
    else
        snprintf(mean, sizeof mean, "%s", number);
    lure_value_text(interval->low, low);
    lure_value_text(interval->high, high);
    snprintf(both, sizeof both, "%s to %s", low, high);
    lure_table_cell(table, interval->n > 0 ? mean : "-", true);
    lure_table_cell(table, interval->n > 1 ? both : "-", true);
}

static void add_header(const lure_batch *batch, lure_table *table, const char *track)
{
    const lure_plan *plan = batch->plan;
    char title[128];
    lure_table_cell(table, "experiment", false);
    for (size_t i = 0; i < plan->n_options; i++)
        if (plan->options[i].n_values > 1)
            lure_table_cell(table, plan->options[i].key, false);
    lure_table_cell(table, "ok", true);
    lure_table_cell(table, "failed", true);
    lure_table_cell(table, "episodic_return_100", true);
    lure_table_cell(table, "95 % interval", true);
    snprintf(title, sizeof title, "%s, last half", track ? track : "tracked");
    lure_table_cell(table, title, true);
    lure_table_cell(table, "95 % interval", true);
    if (!track)
        lure_table_cell(table, "tracked", false);
}

void lure_batch_print_table(const lure_batch *batch)
{
    const lure_plan *plan = batch->plan;
    const char *track = common_track(batch);
    char number[32];
    size_t n_columns = track ? 7 : 8, n_left_out = 0;
    for (size_t i = 0; i < plan->n_options; i++)
        n_columns += plan->options[i].n_values > 1;
    lure_table *table = lure_table_create(n_columns);
    if (!table)
        return;
    add_header(batch, table, track);
    for (size_t i = 0; i < plan->n_configurations; i++) {
        const outcome o = outcome_of(batch, i);
        lure_table_cell(table, plan->configurations[i].name, false);
        for (size_t k = 0; k < plan->n_options; k++)
            if (plan->options[k].n_values > 1)
                lure_table_cell(table, lure_plan_value_of(plan, i, k)->text, false);
        snprintf(number, sizeof number, "%zu", o.n_done);
        lure_table_cell(table, number, true);
        snprintf(number, sizeof number, "%zu", o.n_failed);
        lure_table_cell(table, number, true);
        add_interval(table, &o.episodic_return, o.n_done);
        add_interval(table, &o.tracked, o.n_done);
        n_left_out += (o.n_done - o.episodic_return.n) + (o.n_done - o.tracked.n);
        if (!track)
            lure_table_cell(table, *batch->tracks[i] ? batch->tracks[i] : "-", false);
    }
    print_as_table(table);
    if (n_left_out)
        printf("warning: %zu %s not finite or not there, and left out of the means and intervals\n",
               n_left_out, n_left_out == 1 ? "value is" : "values are");
}

/* All runs of a configuration failed, and with one text: a misspelt option, say. */
static bool fails_as_one(const lure_batch *batch, const lure_plan_configuration *c)
{
    const lure_batch_run *first = &batch->runs[c->first_run];
    for (size_t i = c->first_run; i < c->first_run + c->n_runs; i++) {
        const lure_batch_run *run = &batch->runs[i];
        if (!is_failure(run) || run->status != first->status ||
            strcmp(run->error ? run->error : "", first->error ? first->error : "") != 0)
            return false;
    }
    return c->n_runs > 1;
}

void lure_batch_print_failures(const lure_batch *batch)
{
    const bool colour = lure_terminal_colour(stdout);
    char outcome_name[48];
    bool as_one = false; /* the configuration of the run that it is the turn of */
    lure_text text, line;
    lure_text_init(&text);
    lure_text_init(&line);
    for (size_t i = 0; i < batch->plan->n_runs; i++) {
        const lure_batch_run *run = &batch->runs[i];
        const lure_plan_configuration *c = &batch->plan->configurations[batch->plan->runs[i].configuration];
        if (i == c->first_run)
            as_one = fails_as_one(batch, c);
        if (!is_failure(run))
            continue;
        if (as_one && i != c->first_run)
            continue;
        lure_batch_outcome(batch, i, outcome_name);
        lure_terminal_style(&text, colour, LURE_STYLE_BAD, "failed ");
        lure_text_clear(&line);
        lure_plan_label(batch->plan, i, &line);
        const char *error = run->error ? run->error : "";
        if (as_one)
            lure_text_addf(&line, " and on, %zu runs", c->n_runs);
        lure_text_addf(&line, ": %s: %.*s", outcome_name, (int)strcspn(error, "\n"), error);
        lure_display_add(&text, line.data);
        lure_text_add(&text, "\n       ");
        lure_text_clear(&line);
        lure_plan_command(batch->plan, i, &line);
        lure_display_add(&text, line.data);
        lure_text_add(&text, "\n");
        print_text(&text);
    }
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
        if (varied_only && plan->options[i].n_values < 2)
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

static void add_statistics(lure_json *json, const char *key, const char *column,
                           const lure_interval *interval)
{
    lure_json_begin_object(json, key);
    if (column)
        lure_json_string(json, "column", *column ? column : NULL);
    lure_json_integer(json, "n", (int64_t)interval->n);
    lure_json_number(json, "mean", interval->mean);
    lure_json_number(json, "deviation", interval->deviation);
    lure_json_number(json, "low", interval->low);
    lure_json_number(json, "high", interval->high);
    lure_json_end_object(json);
}

static void add_configuration(lure_json *json, const lure_batch *batch, size_t i)
{
    const lure_plan_configuration *c = &batch->plan->configurations[i];
    const outcome o = outcome_of(batch, i);
    lure_json_begin_object(json, NULL);
    lure_json_string(json, "experiment", c->name);
    add_settings(json, batch->plan, i, true);
    lure_json_integer(json, "planned", (int64_t)c->n_runs);
    lure_json_integer(json, "done", (int64_t)o.n_done);
    lure_json_integer(json, "failed", (int64_t)o.n_failed);
    add_statistics(json, "episodic_return_100", NULL, &o.episodic_return);
    add_statistics(json, "tail_mean", batch->tracks[i], &o.tracked);
    lure_json_end_object(json);
}

void lure_batch_print_json(const lure_batch *batch)
{
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
    for (size_t i = 0; i < batch->plan->n_configurations; i++) {
        add_configuration(&json, batch, i);
        print_text(&text);
    }
    lure_json_end_array(&json);
    lure_json_end_object(&json);
    lure_text_add(&text, "\n");
    print_text(&text);
    lure_text_free(&text);
}
