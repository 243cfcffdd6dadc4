/* command_export.c: lure export. Every run of the index with all that is known of it, for a spreadsheet or a data frame: the same
   runs give the same bytes, in whatever order they were done. */
#include "cli/command.h"

#include "cli/run_list.h"
#include "cli/value_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int export_main(const lure_command *command, int n, char **arguments);

static const lure_option options[] = {
    {"csv", NULL,
     "comma-separated values, a row a run: its columns, settings.KEY, numbers.NAME (the default)", false},
    {"json", NULL, "a JSON array, an object a run, as lure ls --json has them", false},
    {"out", "FILE", "write this file, which appears whole or not at all (default: stdout)", false},
    {0}};

const lure_command lure_command_export = {
    .name = "export",
    .arguments = "[FOLDER]",
    .summary = "Write all runs with their settings and numbers as CSV or JSON.",
    .options = options,
    .examples = "lure export --csv --out runs.csv\n"
                "lure export runs/rates --json --out rates.json",
    .least = 0,
    .most = 1,
    .main = export_main};

/* The columns of runs that are exported, in their order here. */
static const char *const fixed[] = {"folder",  "batch",     "run_id",  "experiment", "configuration",
                                    "given",   "seed",      "outcome", "error",      "started",
                                    "seconds", "updates",   "steps",   "episodes",   "episodic_return",
                                    "track",   "tail_mean", "digest"};
enum { N_FIXED = sizeof fixed / sizeof *fixed };

typedef struct exporter {
    const lure_run_list *list;
    FILE *file;
    lure_text text;
    char **names; /* all columns: the fixed ones, settings, numbers */
    size_t n_names, n_settings, capacity;
    lure_value_writer writer;
    lure_index_value *values;
    lure_json json;
    bool is_json;
    size_t n_damaged;
} exporter;

static lure_status no_memory(lure_error *err)
{
    return lure_fail(err, LURE_ERROR_MEMORY, "no memory for the export");
}

/* ---- columns ---- */

static bool add_name(exporter *x, const char *prefix, const char *name)
{
    lure_text text;
    if (x->n_names == x->capacity) {
        const size_t capacity = x->capacity ? 2 * x->capacity : 64;
        char **grown = realloc(x->names, capacity * sizeof *grown);
        if (!grown)
            return false;
        x->names = grown;
        x->capacity = capacity;
    }
    lure_text_init(&text);
    lure_text_addf(&text, "%s%s", prefix, name);
    x->names[x->n_names] = text.failed ? NULL : strdup(text.data);
    lure_text_free(&text);
    return x->names[x->n_names] && ++x->n_names;
}

static lure_status take_setting(void *data, const char *const *names, const lure_index_value *values,
                                size_t n, lure_error *err)
{
    (void)names;
    (void)n;
    return !values || add_name(data, "settings.", values[0].text) ? LURE_OK : no_memory(err);
}

static lure_status take_number(void *data, const char *const *names, const lure_index_value *values, size_t n,
                               lure_error *err)
{
    (void)names;
    (void)n;
    return !values || add_name(data, "numbers.", values[0].text) ? LURE_OK : no_memory(err);
}

/* Those that the runs of this folder have. */
static lure_status find_columns(exporter *x, lure_error *err)
{
    lure_text runs, sql;
    for (size_t i = 0; i < N_FIXED; i++)
        if (!add_name(x, "", fixed[i]))
            return no_memory(err);
    lure_text_init(&runs);
    lure_text_init(&sql);
    lure_run_list_condition(x->list, &runs);
    lure_text_addf(
        &sql,
        "select distinct key from set_pairs join setting_pairs using (pair) where id in (select setting_set "
        "from runs where %s) order by key",
        runs.data);
    lure_status status = lure_index_query(x->list->index, sql.data, take_setting, x, err);
    x->n_settings = x->n_names - N_FIXED;
    lure_text_clear(&sql);
    lure_text_addf(
        &sql,
        "select name from number_names n where exists (select 1 from run_numbers v where v.name = n.id and "
        "v.run in (select run from runs where %s)) order by name",
        runs.data);
    if (status == LURE_OK)
        status = lure_index_query(x->list->index, sql.data, take_number, x, err);
    lure_text_free(&runs);
    lure_text_free(&sql);
    return status;
}

/* ---- rows ---- */

static lure_status flush(exporter *x, lure_error *err)
{
    if (x->text.failed)
        return no_memory(err);
    if (fwrite(x->text.data, 1, x->text.length, x->file) != x->text.length)
        return lure_fail(err, LURE_ERROR_STORE, "cannot write the export: %s", strerror(errno));
    lure_text_clear(&x->text);
    return LURE_OK;
}

static lure_index_value text_value(const char *text)
{
    if (!text || !*text)
        return (lure_index_value){0};
    return (lure_index_value){.type = LURE_INDEX_STRING, .text = text, .n = strlen(text)};
}

static lure_index_value count_value(uint64_t count)
{
    return (lure_index_value){.type = LURE_INDEX_WHOLE, .whole = (int64_t)count};
}

static lure_index_value number_value(double value)
{
    return (lure_index_value){.type = isfinite(value) ? LURE_INDEX_NUMBER : LURE_INDEX_NULL, .number = value};
}

/* Both lists are by name, bytewise, so one walk finds all. */
static void place_settings(exporter *x, const lure_index_run *r)
{
    const size_t prefix = strlen("settings."), first = N_FIXED;
    for (size_t column = first, i = 0; column < first + x->n_settings; column++) {
        while (i < r->n_settings && strcmp(r->settings[i].key, x->names[column] + prefix) < 0)
            i++;
        const bool is_it = i < r->n_settings && strcmp(r->settings[i].key, x->names[column] + prefix) == 0;
        x->values[column] = text_value(is_it ? r->settings[i].value : NULL);
    }
}

static void place_numbers(exporter *x, const lure_index_run *r)
{
    const size_t prefix = strlen("numbers."), first = N_FIXED + x->n_settings;
    for (size_t column = first, i = 0; column < x->n_names; column++) {
        while (i < r->n_numbers && strcmp(r->numbers[i].name, x->names[column] + prefix) < 0)
            i++;
        const bool is_it = i < r->n_numbers && strcmp(r->numbers[i].name, x->names[column] + prefix) == 0;
        x->values[column] = number_value(is_it ? r->numbers[i].value : (double)NAN);
    }
}

static void write_row(exporter *x, const lure_index_run *r)
{
    const lure_index_value values[N_FIXED] = {
        text_value(r->folder),     text_value(r->batch),         text_value(r->run_id),
        text_value(r->experiment), text_value(r->configuration), text_value(r->given),
        count_value(r->seed),      text_value(r->outcome),       text_value(r->error),
        text_value(r->started),    number_value(r->seconds),     count_value(r->updates),
        count_value(r->steps),     count_value(r->episodes),     number_value(r->episodic_return),
        text_value(r->track),      number_value(r->tail_mean),   text_value(r->digest)};
    memcpy(x->values, values, sizeof values);
    place_settings(x, r);
    place_numbers(x, r);
    lure_value_writer_row(&x->writer, x->values);
}

static lure_status take_row(void *data, const lure_index_row *row, lure_error *err)
{
    enum { MUCH = 1 << 16 };
    exporter *x = data;
    x->n_damaged += row->is_damaged;
    if (x->is_json) {
        lure_json_begin_object(&x->json, NULL);
        lure_run_list_json(x->list, &row->run, &x->json);
        lure_json_end_object(&x->json);
    } else {
        write_row(x, &row->run);
    }
    return x->text.length > MUCH ? flush(x, err) : LURE_OK;
}

static lure_status write_all(exporter *x, lure_error *err)
{
    const lure_index_filter filter = {.below = x->list->below, .sort = "folder", .ascending = true};
    lure_status status = lure_index_hold(x->list->index, err);
    if (status != LURE_OK)
        return status;
    if (x->is_json) {
        lure_json_init(&x->json, &x->text);
        lure_json_begin_array(&x->json, NULL);
    } else {
        status = find_columns(x, err);
        x->values = calloc(x->n_names + 1, sizeof *x->values);
        if (status == LURE_OK && !x->values)
            status = no_memory(err);
        lure_value_writer_begin(&x->writer, LURE_FORM_CSV, &x->text);
        if (status == LURE_OK)
            lure_value_writer_names(&x->writer, (const char *const *)x->names, x->n_names);
    }
    if (status == LURE_OK)
        status = lure_index_list(x->list->index, &filter, take_row, x, NULL, err);
    if (x->is_json) {
        lure_json_end_array(&x->json);
        lure_text_add(&x->text, "\n");
    } else if (!lure_value_writer_end(&x->writer, false) && status == LURE_OK) {
        status = no_memory(err);
    }
    if (status == LURE_OK && x->n_damaged)
        status = lure_index_damaged_rows(x->list->index, x->n_damaged, err);
    return status == LURE_OK ? flush(x, err) : status;
}

/* ---- the file ---- */

static lure_status write_file(exporter *x, const char *path, lure_error *err)
{
    char temporary[LURE_PATH_SIZE];
    if (snprintf(temporary, sizeof temporary, "%s.%ld.tmp", path, (long)getpid()) >= (int)sizeof temporary)
        return lure_fail(err, LURE_ERROR_STORE, "--out: the path is too long");
    x->file = fopen(temporary, "we");
    if (!x->file)
        return lure_fail(err, LURE_ERROR_STORE, "cannot write %s: %s", path, strerror(errno));
    lure_status status = write_all(x, err);
    if (status == LURE_OK && (fflush(x->file) != 0 || fsync(fileno(x->file)) != 0))
        status = lure_fail(err, LURE_ERROR_STORE, "cannot write %s: %s", path, strerror(errno));
    fclose(x->file);
    if (status == LURE_OK && rename(temporary, path) != 0)
        status = lure_fail(err, LURE_ERROR_STORE, "cannot replace %s: %s", path, strerror(errno));
    if (status != LURE_OK)
        unlink(temporary);
    return status;
}

static lure_status export_runs(const lure_arguments *a, lure_run_list *list, lure_error *err)
{
    exporter x = {.list = list, .file = stdout, .is_json = lure_arguments_has(a, "json")};
    const char *out = lure_arguments_value(a, "out");
    lure_text_init(&x.text);
    const lure_status status = out ? write_file(&x, out, err) : write_all(&x, err);
    for (size_t i = 0; i < x.n_names; i++)
        free(x.names[i]);
    free(x.names);
    free(x.values);
    lure_text_free(&x.text);
    return status;
}

static int export_main(const lure_command *command, int n, char **arguments)
{
    static lure_arguments a;
    static lure_run_list list;
    lure_error err;
    if (lure_arguments_read(command, n, arguments, &a, &err) != LURE_OK)
        return lure_report_error(&err);
    if (a.help)
        return lure_command_print_help(command);
    lure_signals_catch(lure_index_interrupt);
    lure_status status = LURE_OK;
    if (lure_arguments_has(&a, "json") && lure_arguments_has(&a, "csv"))
        status = lure_fail(&err, LURE_ERROR_USAGE, "--csv and --json: only one of them");
    if (status == LURE_OK)
        status = lure_run_list_open(a.n_positional ? a.positional[0] : NULL, &list, &err);
    if (status == LURE_OK && list.is_missing)
        status = lure_fail(&err, LURE_ERROR_STORE, "no runs yet: there is no folder runs here");
    if (status == LURE_OK)
        status = export_runs(&a, &list, &err);
    lure_index_close(list.index);
    return status == LURE_OK ? 0 : lure_report_error(&err);
}
