/* command_show.c: lure show. What a run was, from its folder: how it was made, how it ended, its numbers, and whether its files
   are as it left them; of a folder of runs what they are, from the index. */
#include "cli/command.h"

#include "base/file.h"
#include "cli/run_list.h"
#include "cli/show_batch.h"
#include "report/table.h"
#include "report/terminal.h"
#include "run/run_settings.h"
#include "store/resume_file.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int show_main(const lure_command *command, int n, char **arguments);

static const lure_option options[] = {{"json", NULL, "print one JSON document instead of text", false}, {0}};

const lure_command lure_command_show = {
    .name = "show",
    .arguments = "RUN",
    .summary = "Say what a run was, or what the runs of a folder are. A run is named by its folder, by its "
               "name in runs/, or by its id's first digits, four or more.",
    .options = options,
    .examples = "lure show fry_shacks-seed1\n"
                "lure show 2876797b\n"
                "lure show runs/rates\n"
                "lure show runs/late --json",
    .least = 1,
    .most = 1,
    .main = show_main};

/* ---- a run as text ---- */

typedef struct shown {
    const char *directory;
    lure_manifest manifest;
    json_t *summary, *settings;
    lure_error damage; /* status LURE_OK: none was found */
    bool is_sealed;
    bool colour;
} shown;

static void add_pair(const shown *s, lure_text *text, const char *name, const char *value)
{
    char left[80];
    snprintf(left, sizeof left, "  %-20s ", name);
    lure_terminal_style(text, s->colour, LURE_STYLE_DIM, left);
    lure_display_add(text, value);
    lure_text_add(text, "\n");
}

static const char *string_of(const json_t *root, const char *key)
{
    const char *text = json_string_value(json_object_get(root, key));
    return text ? text : "";
}

static void number_text(const json_t *value, char out[32])
{
    if (json_is_number(value))
        lure_value_text(json_number_value(value), out);
    else
        snprintf(out, 32, "-");
}

static void add_outcome(const shown *s, lure_text *text)
{
    if (!s->summary) {
        add_pair(s, text, "outcome",
                 s->damage.status != LURE_OK      ? "unknown: it is damaged"
                 : lure_run_is_held(s->directory) ? "running"
                                                  : "unfinished: lure resume goes on with it");
        return;
    }
    const char *error = string_of(s->summary, "error"), *stopped = string_of(s->summary, "stopped");
    add_pair(s, text, "outcome", string_of(s->summary, "outcome"));
    if (*error)
        add_pair(s, text, "error", error);
    if (*stopped)
        add_pair(s, text, "stopped early", stopped);
}

static void add_origin(const shown *s, lure_text *text)
{
    const json_t *versions = json_object_get(s->manifest.root, "versions");
    lure_text line;
    lure_text_init(&line);
    add_pair(s, text, "command", string_of(s->manifest.root, "command"));
    if (*s->manifest.folder)
        add_pair(s, text, "typed in", s->manifest.folder);
    add_pair(s, text, "started", s->manifest.started);
    lure_text_addf(&line, "lure %s, results of version %lld, %s, %s", string_of(versions, "lure"),
                   (long long)s->manifest.result_version, string_of(versions, "lua"),
                   string_of(versions, "cpu_path"));
    add_pair(s, text, "made by", line.data);
    lure_text_free(&line);
}

static void add_numbers(const shown *s, lure_text *text)
{
    json_t *summary = json_object_get(s->summary, "summary"), *columns = json_object_get(summary, "columns"),
           *column;
    const char *key;
    char value[32], more[32], line[256];
    if (!summary)
        return;
    number_text(json_object_get(s->summary, "updates"), value);
    const json_t *seconds = json_object_get(summary, "seconds");
    lure_duration_text(json_is_number(seconds) ? json_number_value(seconds) : (double)NAN, more);
    snprintf(line, sizeof line, "%s in %s", value, more);
    add_pair(s, text, "updates", line);
    number_text(json_object_get(summary, "episodes"), value);
    number_text(json_object_get(summary, "steps"), more);
    snprintf(line, sizeof line, "%s, %s steps", value, more);
    add_pair(s, text, "episodes", line);
    number_text(json_object_get(summary, "episodic_return_100"), value);
    add_pair(s, text, "return", value);
    json_object_foreach(columns, key, column)
    {
        char last[32], mean[32], low[32], high[32];
        number_text(json_object_get(column, "last"), last);
        number_text(json_object_get(column, "tail_mean"), mean);
        number_text(json_object_get(column, "minimum"), low);
        number_text(json_object_get(column, "maximum"), high);
        snprintf(line, sizeof line, "%s at the end; over the last half mean %s; from %s to %s", last, mean,
                 low, high);
        add_pair(s, text, key, line);
    }
}

static void add_parameters(const shown *s, lure_text *text)
{
    const char *key;
    json_t *value;
    char line[32], name[64];
    json_object_foreach(json_object_get(s->summary, "parameters"), key, value)
    {
        if (!json_is_number(value))
            continue;
        number_text(value, line);
        snprintf(name, sizeof name, "parameter %.40s", key);
        add_pair(s, text, name, line);
    }
}

static void add_settings(const shown *s, lure_text *text)
{
    const char *key;
    json_t *value;
    lure_text_add(text, "\nSettings\n");
    json_object_foreach(s->settings, key, value)
    {
        const size_t n = strlen(key);
        if (strcmp(key, "experiment") != 0 &&
            !(n > 7 && strcmp(key + n - 7, "'s file") == 0)) /* told elsewhere */
            add_pair(s, text, key, json_string_value(value));
    }
    if (s->manifest.n_settings == 0)
        return;
    lure_text line;
    lure_text_init(&line);
    for (size_t i = 0; i < s->manifest.n_settings; i++)
        lure_text_addf(&line, "%s%s=%s", i ? " " : "", s->manifest.settings[i].key,
                       s->manifest.settings[i].value);
    add_pair(s, text, "of these typed", line.data);
    lure_text_free(&line);
}

static void add_scripts(const shown *s, lure_text *text)
{
    size_t i, width = 0;
    json_t *script;
    lure_text line;
    lure_text_init(&line);
    lure_text_add(text, "\nScripts\n");
    json_array_foreach(s->manifest.scripts, i, script)
    {
        const size_t its = strlen(string_of(script, "name"));
        width = its > width ? its : width;
    }
    json_array_foreach(s->manifest.scripts, i, script)
    {
        lure_text_clear(&line);
        lure_text_addf(&line, "%-*s  %.12s  %s", (int)width, string_of(script, "name"),
                       string_of(script, "sha256"), string_of(script, "path"));
        add_pair(s, text, string_of(script, "role"), line.data);
    }
    lure_text_free(&line);
}

static void add_files(const shown *s, lure_text *text)
{
    char **names, path[LURE_PATH_SIZE], size[48], value[32];
    size_t n;
    struct stat info;
    lure_text_addf(text, "\nFiles in %s: %s\n", s->directory,
                   s->damage.status != LURE_OK ? "DAMAGED"
                   : s->is_sealed              ? "as the run left them"
                                               : "without checksums");
    if (lure_folder_list(s->directory, "", &names, &n, NULL) != LURE_OK)
        return;
    for (size_t i = 0; i < n; i++) {
        if (lure_path_join(s->directory, names[i], path, NULL) != LURE_OK || stat(path, &info) != 0)
            continue;
        lure_value_text((double)info.st_size, value);
        snprintf(size, sizeof size, S_ISDIR(info.st_mode) ? "a folder" : "%s bytes", value);
        add_pair(s, text, names[i], size);
    }
    lure_names_free(names, n);
}

static void print_text(const shown *s, lure_text *text)
{
    char title[256];
    snprintf(title, sizeof title, "%s, seed %llu", s->manifest.experiment,
             (unsigned long long)s->manifest.seed);
    lure_terminal_style(text, s->colour, LURE_STYLE_BOLD, title);
    lure_text_addf(text, "  (run %s)\n", s->manifest.run_id);
    add_outcome(s, text);
    add_origin(s, text);
    add_numbers(s, text);
    add_parameters(s, text);
    add_settings(s, text);
    add_scripts(s, text);
    add_files(s, text);
}

/* ---- as JSON ---- */

/* The bytes of a document that is whole, so that every digit stays. */
static void add_document(const shown *s, const char *name, const json_t *document, lure_text *text)
{
    char path[LURE_PATH_SIZE];
    lure_text bytes;
    lure_text_init(&bytes);
    if (document && lure_path_join(s->directory, name, path, NULL) == LURE_OK)
        (void)lure_file_read(path, 64 << 20, &bytes, NULL);
    while (bytes.length && bytes.data[bytes.length - 1] == '\n')
        bytes.data[--bytes.length] = '\0';
    lure_text_add(text, bytes.length ? bytes.data : "null");
    lure_text_free(&bytes);
}

static void print_json(const shown *s, lure_text *text)
{
    lure_text head;
    lure_json json;
    lure_text_init(&head);
    lure_json_init(&json, &head);
    lure_json_begin_object(&json, NULL);
    lure_json_string(&json, "schema", "lure.show/1");
    lure_json_string(&json, "directory", s->directory);
    lure_json_bool(&json, "damaged", s->damage.status != LURE_OK);
    lure_json_bool(&json, "sealed", s->is_sealed);
    lure_json_string(&json, "damage", s->damage.status != LURE_OK ? s->damage.text : NULL);
    lure_text_addf(text, "%s,\n  \"manifest\": ", head.data);
    add_document(s, "manifest.json", s->manifest.root, text);
    lure_text_add(text, ",\n  \"summary\": ");
    add_document(s, "summary.json", s->summary, text);
    lure_text_add(text, "\n}\n");
    lure_text_free(&head);
}

/* ---- */

static lure_status show_run(const char *directory, bool as_json, bool *is_damaged, lure_error *err)
{
    shown s = {.directory = directory, .colour = lure_terminal_colour(stdout)};
    char switches[LURE_HASH_SIZE];
    lure_text text;
    lure_text_init(&text);
    (void)lure_run_folder_check(directory, &s.summary, &s.damage);
    s.is_sealed = json_object_get(s.summary, "files") != NULL;
    lure_status status = lure_manifest_read(directory, &s.manifest, err);
    if (status == LURE_OK)
        status = lure_run_switches_hash(directory, switches, err);
    if (status == LURE_OK && !(s.settings = lure_run_settings(&s.manifest, switches)))
        status = lure_fail(err, LURE_ERROR_MEMORY, "no memory to show a run");
    if (status == LURE_OK && as_json)
        print_json(&s, &text);
    else if (status == LURE_OK)
        print_text(&s, &text);
    if (status == LURE_OK && text.failed)
        status = lure_fail(err, LURE_ERROR_MEMORY, "no memory to show a run");
    if (status == LURE_OK)
        fputs(text.data, stdout);
    *is_damaged = s.damage.status != LURE_OK;
    if (*is_damaged && status == LURE_OK)
        *err = s.damage;
    json_decref(s.summary);
    json_decref(s.settings);
    lure_manifest_free(&s.manifest);
    lure_text_free(&text);
    return status;
}

/* A run's folder whose manifest is gone is no folder of runs. */
static lure_status refuse_headless(const char *folder, lure_error *err)
{
    static const char *const traces[] = {"summary.json", "metrics.csv"};
    char path[LURE_PATH_SIZE];
    for (size_t i = 0; i < sizeof traces / sizeof *traces; i++)
        if (lure_path_join(folder, traces[i], path, NULL) == LURE_OK && lure_file_exists(path))
            return lure_fail(err, LURE_ERROR_STORE,
                             "%s/manifest.json is gone: nothing says which run this was; move %s away and do "
                             "the run again",
                             folder, folder);
    return LURE_OK;
}

static lure_status show(const char *name, bool as_json, bool *is_damaged, lure_error *err)
{
    char directory[LURE_PATH_SIZE], inside[LURE_PATH_SIZE];
    bool found = false;
    lure_status status = lure_run_folder_find(name, directory, err);
    const bool is_bare = !strchr(name, '/') && lure_path_join("runs", name, inside, NULL) == LURE_OK;
    if (status == LURE_OK)
        return show_run(directory, as_json, is_damaged, err);
    const bool is_here = lure_folder_exists(name);
    if (is_here || (is_bare && lure_folder_exists(inside))) {
        status = refuse_headless(is_here ? name : inside, err);
        return status == LURE_OK ? lure_show_batch(name, as_json, err) : status;
    }
    lure_error other;
    const lure_status searched = lure_run_list_find(name, directory, &found, &other);
    if (found)
        return show_run(directory, as_json, is_damaged, err);
    if (searched != LURE_OK) {
        *err = other;
        return searched;
    }
    return status;
}

static int show_main(const lure_command *command, int n, char **arguments)
{
    static lure_arguments a;
    lure_error err;
    bool is_damaged = false;
    if (lure_arguments_read(command, n, arguments, &a, &err) != LURE_OK)
        return lure_report_error(&err);
    if (a.help)
        return lure_command_print_help(command);
    lure_signals_catch(lure_index_interrupt);
    if (show(a.positional[0], lure_arguments_has(&a, "json"), &is_damaged, &err) != LURE_OK)
        return lure_report_error(&err);
    if (is_damaged)
        lure_report_error(&err);
    return is_damaged;
}
