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
    lure_text_add(&r->strings, name);
    if (part) {
        lure_text_add(&r->strings, ".");
        lure_text_add(&r->strings, part);
    }
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

/* ---- manifests that say the same ---- */

enum { OWN_RUN_ID, OWN_COMMAND, OWN_SEED, OWN_STARTED, OWN_CHECKSUM, N_OWN, OWN_SIZE = 64 };
static const char *const own_lines[N_OWN] = {
    "  \"run_id\": ", "  \"command\": ", "  \"seed\": ", "  \"started\": ", "  \"crc32c\": "};

/* Which of a run's own lines it is; N_OWN: none, one that all runs of a configuration share. */
static size_t own_line(const char *line, size_t n)
{
    size_t i = 0;
    while (i < N_OWN && (n < strlen(own_lines[i]) || memcmp(line, own_lines[i], strlen(own_lines[i])) != 0))
        i++;
    return i;
}

/* What stands there but for the quotes and the comma, where that is nothing but letters, digits, "-" and ":". */
static bool take_own(const char *line, size_t n, bool is_text, size_t i, char out[OWN_SIZE])
{
    static const char plain[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-:";
    const size_t before = strlen(own_lines[i]) + is_text, after = 1 + (size_t)is_text;
    if (n <= before + after || n - before - after >= OWN_SIZE || (is_text && line[before - 1] != '"') ||
        memcmp(line + n - after, is_text ? "\"," : ",", after) != 0)
        return false;
    snprintf(out, OWN_SIZE, "%.*s", (int)(n - before - after), line + before);
    return strspn(out, plain) == n - before - after;
}

/* Is this the last manifest but for the run's own lines, of which `own` gets what they say? Both are lure's: a key of the
   document stands two spaces in, on a line of its own. */
static bool says_the_same(const lure_text *last, const lure_text *bytes, char own[N_OWN][OWN_SIZE])
{
    const char *a = last->data, *b = bytes->data, *a_end = a + last->length, *b_end = b + bytes->length;
    unsigned found = 0;
    while (a < a_end && b < b_end) {
        const char *a_line = memchr(a, '\n', (size_t)(a_end - a)),
                   *b_line = memchr(b, '\n', (size_t)(b_end - b));
        if (!a_line || !b_line)
            return false;
        const size_t n_a = (size_t)(a_line - a), n_b = (size_t)(b_line - b), i = own_line(b, n_b);
        if (i == N_OWN ? n_a != n_b || memcmp(a, b, n_a) != 0
                       : own_line(a, n_a) != i || (i != OWN_COMMAND && i != OWN_CHECKSUM &&
                                                   !take_own(b, n_b, i != OWN_SEED, i, own[i])))
            return false;
        found |= i == N_OWN ? 0 : 1U << i;
        a = a_line + 1;
        b = b_line + 1;
    }
    return a == a_end && b == b_end && found == (1U << N_OWN) - 1;
}

void lure_run_record_last_free(lure_run_record_last *last)
{
    lure_text_free(&last->bytes);
    lure_run_record_free(&last->record);
    *last = (lure_run_record_last){0};
}

/* ---- the record ---- */

/* All that a manifest decides. */
static lure_status parse_manifest(const char *path, const lure_text *bytes, const char *switches,
                                  lure_run_record *r, lure_error *err)
{
    const lure_status status = lure_manifest_parse(path, bytes, &r->manifest, err);
    if (status != LURE_OK)
        return status;
    r->row.experiment = r->manifest.experiment;
    r->row.configuration = r->manifest.configuration;
    return take_settings(r, switches) ? LURE_OK : no_memory(err);
}

/* The same from a record of the same configuration. */
static lure_status share_manifest(const lure_run_record *from, lure_run_record *r, lure_error *err)
{
    const size_t n_given = from->manifest.n_settings, n = from->row.n_settings;
    r->manifest = from->manifest;
    json_incref(r->manifest.root);
    r->settings = json_incref(from->settings);
    r->manifest.settings = malloc((n_given + 1) * sizeof *r->manifest.settings);
    r->setting_rows = malloc((n + 1) * sizeof *r->setting_rows);
    if (!r->manifest.settings || !r->setting_rows)
        return no_memory(err);
    memcpy(r->manifest.settings, from->manifest.settings, n_given * sizeof *r->manifest.settings);
    memcpy(r->setting_rows, from->setting_rows, n * sizeof *r->setting_rows);
    r->row.experiment = from->row.experiment;
    r->row.configuration = from->row.configuration;
    r->row.settings = r->setting_rows;
    r->row.n_settings = n;
    return LURE_OK;
}

/* From the file, or where it says the same from the last one. */
static lure_status take_manifest(const char *directory, lure_run_record_last *last, char own[N_OWN][OWN_SIZE],
                                 lure_run_record *r, lure_error *err)
{
    char path[LURE_PATH_SIZE], switches[LURE_HASH_SIZE];
    lure_text bytes;
    lure_text_init(&bytes);
    lure_status status = lure_manifest_bytes(directory, path, &bytes, err);
    if (status == LURE_OK)
        status = lure_run_switches_hash(directory, switches, err);
    if (status == LURE_OK && last && !*switches && last->record.settings && lure_seal_holds(&bytes) &&
        says_the_same(&last->bytes, &bytes, own)) {
        status = share_manifest(&last->record, r, err);
        r->manifest.run_id = own[OWN_RUN_ID];
        r->manifest.started = own[OWN_STARTED];
        r->manifest.seed = (uint64_t)strtoll(own[OWN_SEED], NULL, 10);
    } else if (status == LURE_OK) {
        status = parse_manifest(path, &bytes, switches, r, err);
        if (status == LURE_OK && last && !*switches) {
            lure_run_record_last_free(last);
            last->bytes = bytes;
            lure_text_init(&bytes);
            status = share_manifest(r, &last->record, err);
        }
    }
    lure_text_free(&bytes);
    return status;
}

lure_status lure_run_record_make(const char *root, const char *folder, json_t *summary,
                                 lure_run_record_last *last, lure_run_record *r, lure_error *err)
{
    char directory[LURE_PATH_SIZE], own[N_OWN][OWN_SIZE];
    *r = (lure_run_record){.row = {.seconds = NAN, .episodic_return = NAN, .tail_mean = NAN}};
    lure_text_init(&r->strings);
    lure_status status = lure_path_join(root, folder, directory, err);
    if (status == LURE_OK)
        status = take_manifest(directory, last, own, r, err);
    if (status != LURE_OK)
        return status;
    lure_index_run *row = &r->row;
    r->summary = json_incref(summary);
    row->seed = r->manifest.seed;
    if (summary)
        take_results(r);
    else
        row->outcome = lure_run_is_held(directory) ? "running" : "unfinished";
    if (!take_numbers(r))
        return no_memory(err);
    const size_t run_id = r->strings.length;
    lure_text_add_bytes(&r->strings, r->manifest.run_id, strlen(r->manifest.run_id) + 1);
    const size_t started = r->strings.length;
    lure_text_add_bytes(&r->strings, r->manifest.started, strlen(r->manifest.started) + 1);
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
    row->run_id = r->manifest.run_id = r->strings.data + run_id;
    row->started = r->manifest.started = r->strings.data + started;
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
        status = lure_run_record_make(root, folder, summary, NULL, r, err);
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
