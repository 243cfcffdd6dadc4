/* run_record.c: see run_record.h. */
#include "run/run_record.h"

#include "base/file.h"
#include "run/run_settings.h"
#include "store/resume_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void lure_run_record_free(lure_run_record *r)
{
    lure_manifest_free(&r->manifest);
    json_decref(r->summary);
    json_decref(r->settings);
    free(r->setting_rows);
    free(r->number_rows);
    free(r->name_places);
    lure_text_free(&r->strings);
    *r = (lure_run_record){0};
}

static lure_status no_memory(lure_error *err)
{
    return lure_fail(err, LURE_ERROR_MEMORY, "no memory for a row of the index");
}

static const char *string_of(const json_t *root, const char *key)
{
    const char *text = json_string_value(json_object_get(root, key));
    return text ? text : "";
}

static double number_of(const json_t *root, const char *key)
{
    const json_t *value = json_object_get(root, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static uint64_t count_of(const json_t *root, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(root, key));
}

static bool take_settings(lure_run_record *r, const char *switches)
{
    const char *key;
    json_t *value;
    r->settings = lure_run_settings(&r->manifest, switches);
    r->setting_rows = calloc(json_object_size(r->settings) + 1, sizeof *r->setting_rows);
    if (!r->settings || !r->setting_rows)
        return false;
    json_object_foreach(r->settings, key, value)
    {
        if (strcmp(key, "experiment") != 0) /* has a column of its own */
            r->setting_rows[r->row.n_settings++] = (lure_index_setting){key, json_string_value(value)};
    }
    r->row.settings = r->setting_rows;
    return true;
}

/* Names are kept as places in the text until it does not move any more. */
static void add_number(lure_run_record *r, const char *name, const char *part, const json_t *value)
{
    if (!json_is_number(value))
        return;
    r->name_places[r->row.n_numbers] = r->strings.length;
    r->number_rows[r->row.n_numbers++].value = json_number_value(value);
    lure_text_addf(&r->strings, part ? "%s.%s" : "%s", name, part);
    lure_text_add_bytes(&r->strings, "", 1);
}

/* The names are those of lure_grouped_run_number. */
static bool take_numbers(lure_run_record *r)
{
    json_t *summary = json_object_get(r->summary, "summary"), *columns = json_object_get(summary, "columns"),
           *column, *value;
    const char *key, *part;
    size_t n = json_object_size(summary) + 1;
    json_object_foreach(columns, key, column)
    {
        n += json_object_size(column);
    }
    r->number_rows = calloc(n, sizeof *r->number_rows);
    r->name_places = calloc(n, sizeof *r->name_places);
    if (!r->number_rows || !r->name_places)
        return false;
    json_object_foreach(summary, key, value)
    {
        add_number(r, key, NULL, value);
    }
    json_object_foreach(columns, key, column)
    {
        json_object_foreach(column, part, value)
        {
            add_number(r, key, strcmp(part, "tail_mean") == 0 ? NULL : part, value);
        }
    }
    r->row.numbers = r->number_rows;
    return true;
}

/* What was typed with --set: "updates=50 learning_rate.rate=0.1". */
static void add_given(lure_run_record *r)
{
    for (size_t i = 0; i < r->manifest.n_settings; i++)
        lure_text_addf(&r->strings, "%s%s=%s", i ? " " : "", r->manifest.settings[i].key,
                       r->manifest.settings[i].value);
    lure_text_add_bytes(&r->strings, "", 1);
}

/* Runs of a batch keep their scripts in its folder. */
static void add_batch(lure_run_record *r, const char *folder)
{
    const char *slash = strrchr(folder, '/'), *scripts = string_of(r->manifest.root, "scripts_in");
    if (strncmp(scripts, "../", 3) == 0 && slash)
        lure_text_addf(&r->strings, "%.*s", (int)(slash - folder), folder);
    else if (strncmp(scripts, "../", 3) == 0)
        lure_text_add(&r->strings, ".");
    lure_text_add_bytes(&r->strings, "", 1);
}

static void take_results(lure_run_record *r)
{
    const json_t *summary = json_object_get(r->summary, "summary");
    lure_index_run *row = &r->row;
    row->outcome = string_of(r->summary, "outcome");
    row->error = string_of(r->summary, "error");
    row->digest = string_of(r->summary, "digest");
    row->updates = count_of(r->summary, "updates");
    row->steps = count_of(summary, "steps");
    row->episodes = count_of(summary, "episodes");
    row->seconds = number_of(summary, "seconds");
    row->episodic_return = number_of(summary, "episodic_return_100");
    row->track = string_of(summary, "track");
    row->tail_mean = number_of(json_object_get(json_object_get(summary, "columns"), row->track), "tail_mean");
}

lure_status lure_run_record_make(const char *root, const char *folder, json_t *summary, lure_run_record *r,
                                 lure_error *err)
{
    char directory[LURE_PATH_SIZE], switches[LURE_HASH_SIZE];
    *r = (lure_run_record){.row = {.seconds = NAN, .episodic_return = NAN, .tail_mean = NAN}};
    lure_text_init(&r->strings);
    lure_status status = lure_path_join(root, folder, directory, err);
    if (status == LURE_OK)
        status = lure_manifest_read(directory, &r->manifest, err);
    if (status == LURE_OK)
        status = lure_run_switches_hash(directory, switches, err);
    if (status != LURE_OK)
        return status;
    lure_index_run *row = &r->row;
    r->summary = json_incref(summary);
    row->run_id = r->manifest.run_id;
    row->experiment = r->manifest.experiment;
    row->configuration = r->manifest.configuration;
    row->started = r->manifest.started;
    row->seed = r->manifest.seed;
    if (summary)
        take_results(r);
    else
        row->outcome = lure_run_is_held(directory) ? "running" : "unfinished";
    if (!take_settings(r, switches) || !take_numbers(r))
        return no_memory(err);
    const size_t given = r->strings.length;
    add_given(r);
    const size_t batch = r->strings.length;
    add_batch(r, folder);
    const size_t name = r->strings.length;
    lure_text_add_bytes(&r->strings, folder, strlen(folder) + 1);
    if (r->strings.failed)
        return no_memory(err);
    for (size_t i = 0; i < row->n_numbers; i++)
        r->number_rows[i].name = r->strings.data + r->name_places[i];
    row->given = r->strings.data + given;
    row->batch = r->strings.data + batch;
    row->folder = r->strings.data + name;
    return LURE_OK;
}

lure_status lure_run_record_read(const char *root, const char *folder, lure_run_record *r, lure_error *err)
{
    char directory[LURE_PATH_SIZE];
    json_t *summary = NULL;
    *r = (lure_run_record){0};
    lure_status status = lure_path_join(root, folder, directory, err);
    if (status == LURE_OK)
        status = lure_run_folder_check(directory, &summary, err);
    if (status == LURE_OK)
        status = lure_run_record_make(root, folder, summary, r, err);
    json_decref(summary);
    return status;
}

/* ---- where it belongs ---- */

bool lure_run_root(const char *directory, char root[LURE_PATH_SIZE], char folder[LURE_PATH_SIZE])
{
    char *top = realpath("runs", NULL), *full = realpath(directory, NULL);
    const size_t n = top ? strlen(top) : 0;
    const bool is_below =
        top && full && strncmp(full, top, n) == 0 && full[n] == '/' && strlen(full + n + 1) < LURE_PATH_SIZE;
    if (is_below) {
        snprintf(root, LURE_PATH_SIZE, "runs");
        snprintf(folder, LURE_PATH_SIZE, "%s", full + n + 1);
    }
    free(top);
    free(full);
    return is_below;
}

lure_status lure_run_record_put(const char *directory, lure_text *told, lure_error *err)
{
    char root[LURE_PATH_SIZE], folder[LURE_PATH_SIZE];
    lure_run_record record;
    lure_index *index = NULL;
    if (!lure_run_root(directory, root, folder))
        return LURE_OK;
    lure_status status = lure_run_record_read(root, folder, &record, err);
    if (status == LURE_OK)
        status = lure_index_open(root, &index, err);
    if (status == LURE_OK)
        status = lure_index_put(index, &record.row, 1, told, err);
    lure_index_close(index);
    lure_run_record_free(&record);
    return status;
}
