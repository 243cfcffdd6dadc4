/* run_list.c: see run_list.h. */
#include "cli/run_list.h"

#include "base/file.h"
#include "report/live.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- which ---- */

static bool has_index(const char *root)
{
    char path[LURE_PATH_SIZE];
    return lure_path_join(root, LURE_INDEX_NAME, path, NULL) == LURE_OK && lure_file_exists(path);
}

/* A folder above it, at most three levels, that has an index. */
static bool find_above(const char *folder, lure_run_list *list)
{
    char *full = realpath(folder, NULL);
    bool found = false;
    for (int level = 0; full && level < 3 && !found; level++) {
        char *slash = strrchr(full, '/');
        if (!slash || slash == full)
            break;
        *slash = '\0';
        found = has_index(full);
        if (found && strlen(full) < sizeof list->root) {
            char *whole = realpath(folder, NULL);
            snprintf(list->root, sizeof list->root, "%s", full);
            snprintf(list->below, sizeof list->below, "%s", whole ? whole + strlen(full) + 1 : "");
            free(whole);
        }
    }
    free(full);
    return found;
}

static lure_status refuse_folder(const char *name, lure_error *err)
{
    char **names;
    size_t n;
    if (lure_folder_list("runs", "", &names, &n, NULL) != LURE_OK)
        return lure_fail(err, LURE_ERROR_STORE, "there is no folder %s", name);
    const char *bare = strncmp(name, "runs/", 5) == 0 ? name + 5 : name;
    const char *nearest = lure_text_nearest(bare, (const char *const *)names, n);
    lure_fail(err, LURE_ERROR_STORE, "there is no folder %s%s%s%s", name,
              nearest ? "; did you mean 'runs/" : "", nearest ? nearest : "", nearest ? "'?" : "");
    lure_names_free(names, n);
    return LURE_ERROR_STORE;
}

lure_status lure_run_list_place(const char *name, lure_run_list *list, lure_error *err)
{
    char folder[LURE_PATH_SIZE];
    *list = (lure_run_list){0};
    if (!name && !lure_folder_exists("runs")) {
        list->is_missing = true;
        return LURE_OK;
    }
    const size_t length = strlen(name ? name : "runs");
    if (length >= sizeof folder)
        return lure_fail(err, LURE_ERROR_STORE, "%.200s...: the path is too long", name);
    snprintf(folder, sizeof folder, "%s", name ? name : "runs");
    for (size_t n = length; n > 1 && folder[n - 1] == '/'; n--)
        folder[n - 1] = '\0';
    char inside[LURE_PATH_SIZE];
    if (!lure_folder_exists(folder) && !strchr(folder, '/') &&
        lure_path_join("runs", folder, inside, NULL) == LURE_OK && lure_folder_exists(inside))
        memcpy(folder, inside, sizeof folder);
    if (!lure_folder_exists(folder))
        return refuse_folder(folder, err);
    if (!has_index(folder) && (lure_run_root(folder, list->root, list->below) || find_above(folder, list)))
        return LURE_OK;
    snprintf(list->root, sizeof list->root, "%s", folder);
    return LURE_OK;
}

/* ---- making it anew ---- */

static void tell(void *live, const char *text)
{
    if (live)
        lure_live_clear(live);
    fprintf(stderr, "lure: %s\n", text);
}

static void show_progress(void *live, size_t n_runs)
{
    char text[64];
    if (!live || !lure_live_due(live))
        return;
    snprintf(text, sizeof text, "%zu runs read", n_runs);
    lure_live_show(live, text);
}

lure_status lure_run_list_rebuild(const lure_run_list *list, size_t *n_unreadable, lure_error *err)
{
    lure_live *live = lure_live_create(stderr, 2.0);
    lure_index_rebuild rebuild = {.tell = tell, .progress = show_progress, .data = live};
    const lure_status status = lure_run_index_rebuild(list->root, &rebuild, err);
    char text[LURE_PATH_SIZE + 64];
    snprintf(text, sizeof text, "made %s/" LURE_INDEX_NAME " of %zu run%s", list->root, rebuild.n_runs,
             rebuild.n_runs == 1 ? "" : "s");
    if (status == LURE_OK)
        tell(live, text);
    if (live)
        lure_live_clear(live);
    lure_live_destroy(live);
    *n_unreadable = rebuild.n_unreadable;
    return status;
}

lure_status lure_run_list_open(const char *folder, lure_run_list *list, lure_error *err)
{
    size_t n_unreadable;
    lure_status status = lure_run_list_place(folder, list, err);
    if (status != LURE_OK || list->is_missing)
        return status;
    status = lure_index_open_to_read(list->root, &list->index, err);
    if (status == LURE_OK && !list->index) {
        status = lure_run_list_rebuild(list, &n_unreadable, err);
        if (status == LURE_OK)
            status = lure_index_open_to_read(list->root, &list->index, err);
    }
    if (status == LURE_OK && !list->index)
        status = lure_fail(err, LURE_ERROR_STORE, "%s/" LURE_INDEX_NAME " is gone", list->root);
    return status;
}

void lure_run_list_condition(const lure_run_list *list, lure_text *sql)
{
    lure_text literal;
    if (!*list->below) {
        lure_text_add(sql, "true");
        return;
    }
    lure_text_init(&literal);
    lure_text_add(&literal, "'");
    for (const char *c = list->below; *c; c++)
        lure_text_addf(&literal, *c == '\'' ? "''" : "%c", *c);
    lure_text_add(&literal, "'");
    lure_text_addf(sql, "(folder = %s or (folder >= %s || '/' and folder < %s || '0'))", literal.data,
                   literal.data, literal.data);
    lure_text_free(&literal);
}

/* ---- a run by its id ---- */

/* The digits at the end of "fry_shacks-seed1-2876797b31a0c5d4", or all of it where it is nothing else; null: it has none. */
static const char *id_of(const char *name)
{
    enum { LEAST = 4, WHOLE = 16 };
    const char *dash = strrchr(name, '-'), *id = dash ? dash + 1 : name;
    const size_t n = strlen(id);
    const bool fits = dash ? n == WHOLE && !strchr(name, '/') : n >= LEAST && n <= WHOLE;
    return fits && strspn(id, "0123456789abcdef") == n ? id : NULL;
}

lure_status lure_run_list_find(const char *name, char directory[LURE_PATH_SIZE], bool *found, lure_error *err)
{
    enum { MOST = 5 };
    static lure_run_list list;
    const char *id = id_of(name);
    lure_text folders;
    size_t n = 0;
    *found = false;
    lure_status status = id ? lure_run_list_open(NULL, &list, err) : LURE_OK;
    if (status != LURE_OK || !id || list.is_missing)
        return status;
    lure_text_init(&folders);
    status = lure_index_find(list.index, id, MOST, &folders, &n, err);
    lure_index_close(list.index);
    if (status == LURE_OK && n == 1) {
        folders.data[strcspn(folders.data, "\n")] = '\0';
        status = lure_path_join(list.root, folders.data, directory, err);
        *found = status == LURE_OK;
    } else if (status == LURE_OK && n > 1) {
        for (char *c = folders.data; *c; c++)
            if (*c == '\n')
                *c = c[1] ? ',' : '\0';
        status = lure_fail(err, LURE_ERROR_USAGE, "%zu runs have an id that begins with %s: %s%s", n, id,
                           folders.data, n > MOST ? ", ..." : "");
    }
    lure_text_free(&folders);
    return status;
}

lure_status lure_run_list_resolve(const char **name, char directory[LURE_PATH_SIZE], lure_error *err)
{
    char inside[LURE_PATH_SIZE];
    bool found = false;
    if (lure_folder_exists(*name) ||
        (lure_path_join("runs", *name, inside, NULL) == LURE_OK && lure_folder_exists(inside)))
        return LURE_OK;
    const lure_status status = lure_run_list_find(*name, directory, &found, err);
    if (found)
        *name = directory;
    return status;
}

/* ---- names that no run has ---- */

/* A name that no run has may be misspelt: told when nothing was found. */
typedef struct known {
    const char *wanted;
    lure_text names;
    char nearest[128];
    bool is_there;
} known;

static lure_status take_known(void *data, const char *const *names, const lure_index_value *values, size_t n,
                              lure_error *err)
{
    enum { MOST_TOLD = 600 };
    known *k = data;
    (void)names;
    (void)n;
    (void)err;
    if (!values || values[0].type != LURE_INDEX_STRING)
        return LURE_OK;
    const char *name = values[0].text;
    k->is_there = k->is_there || strcmp(name, k->wanted) == 0;
    if (!*k->nearest && lure_text_nearest(k->wanted, &name, 1))
        snprintf(k->nearest, sizeof k->nearest, "%s", name);
    if (k->names.length < MOST_TOLD)
        lure_text_addf(&k->names, "%s%s", k->names.length ? ", " : "", name);
    return LURE_OK;
}

void lure_run_list_tell_known(lure_index *index, const char *wanted, const char *what, const char *sql)
{
    known k = {.wanted = wanted};
    lure_error err;
    if (!wanted)
        return;
    lure_text_init(&k.names);
    if (lure_index_query(index, sql, take_known, &k, &err) == LURE_OK && !k.is_there && k.names.length)
        fprintf(stderr, "lure: no run has the %s '%s'%s%s%s; there are %s\n", what, wanted,
                *k.nearest ? "; did you mean '" : "", k.nearest, *k.nearest ? "'?" : "", k.names.data);
    lure_text_free(&k.names);
}

/* ---- one run as JSON ---- */

/* A setting's text back to what it was: a number, true or false, or a text. */
static void add_setting(lure_json *json, const lure_index_setting *setting)
{
    char *end, again[LURE_NUMBER_SIZE];
    const double value = strtod(setting->value, &end);
    if (*setting->value && !*end && isfinite(value)) {
        lure_number_format(value, again);
        if (strcmp(again, setting->value) == 0) {
            lure_json_number(json, setting->key, value);
            return;
        }
    }
    if (strcmp(setting->value, "true") == 0 || strcmp(setting->value, "false") == 0)
        lure_json_bool(json, setting->key, *setting->value == 't');
    else
        lure_json_string(json, setting->key, setting->value);
}

static void add_text(lure_json *json, const char *key, const char *text)
{
    lure_json_string(json, key, text && *text ? text : NULL);
}

void lure_run_list_json(const lure_run_list *list, const lure_index_run *run, lure_json *json)
{
    char directory[LURE_PATH_SIZE];
    const bool fits = lure_path_join(list->root, run->folder, directory, NULL) == LURE_OK;
    lure_json_string(json, "folder", run->folder);
    lure_json_string(json, "directory", fits ? directory : NULL);
    add_text(json, "batch", run->batch);
    add_text(json, "run_id", run->run_id);
    add_text(json, "experiment", run->experiment);
    add_text(json, "configuration", run->configuration);
    add_text(json, "given", run->given);
    lure_json_integer(json, "seed", (int64_t)run->seed);
    add_text(json, "outcome", run->outcome);
    add_text(json, "error", run->error);
    add_text(json, "started", run->started);
    lure_json_number(json, "seconds", run->seconds);
    lure_json_integer(json, "updates", (int64_t)run->updates);
    lure_json_integer(json, "steps", (int64_t)run->steps);
    lure_json_integer(json, "episodes", (int64_t)run->episodes);
    lure_json_number(json, "episodic_return", run->episodic_return);
    add_text(json, "track", run->track);
    lure_json_number(json, "tail_mean", run->tail_mean);
    add_text(json, "digest", run->digest);
    lure_json_begin_object(json, "settings");
    for (size_t i = 0; i < run->n_settings; i++)
        add_setting(json, &run->settings[i]);
    lure_json_end_object(json);
    lure_json_begin_object(json, "numbers");
    for (size_t i = 0; i < run->n_numbers; i++)
        lure_json_number(json, run->numbers[i].name, run->numbers[i].value);
    lure_json_end_object(json);
}
