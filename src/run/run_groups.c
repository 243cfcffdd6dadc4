/* run_groups.c: see run_groups.h. */
#include "run/run_groups.h"

#include "base/file.h"
#include "run/run_settings.h"
#include "store/switches.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static lure_status out_of_memory(lure_error *err)
{
    return lure_fail(err, LURE_ERROR_MEMORY, "no memory to compare runs");
}

void lure_run_groups_free(lure_run_groups *g)
{
    for (size_t i = 0; i < g->n_runs; i++) {
        free(g->runs[i].directory);
        lure_manifest_free(&g->runs[i].manifest);
        json_decref(g->runs[i].summary);
    }
    for (size_t i = 0; i < g->n_differences; i++) {
        for (size_t k = 0; g->differences[i].values && k < g->n_groups; k++)
            free(g->differences[i].values[k]);
        free(g->differences[i].values);
        free(g->differences[i].key);
    }
    free(g->runs);
    free(g->groups);
    free(g->differences);
    *g = (lure_run_groups){0};
}

/* ---- finding runs ---- */

static lure_status add_run(lure_run_groups *g, const char *directory, lure_error *err)
{
    lure_grouped_run *grown = realloc(g->runs, (g->n_runs + 1) * sizeof *grown);
    if (!grown)
        return out_of_memory(err);
    g->runs = grown;
    lure_grouped_run *run = &g->runs[g->n_runs++];
    *run = (lure_grouped_run){.directory = strdup(directory)};
    if (!run->directory)
        return out_of_memory(err);
    lure_status status = lure_run_folder_check(directory, &run->summary, err);
    if (status == LURE_OK)
        status = lure_manifest_read(directory, &run->manifest, err);
    if (status == LURE_OK)
        status = lure_run_switches_hash(run->directory, run->switches, err);
    if (status != LURE_OK || !run->summary)
        return status;
    const char *outcome = json_string_value(json_object_get(run->summary, "outcome"));
    run->done = outcome && strcmp(outcome, "ok") == 0;
    return LURE_OK;
}

static lure_status add_below(lure_run_groups *g, const char *directory, int depth, lure_error *err)
{
    char path[LURE_PATH_SIZE], **names;
    size_t n;
    lure_status status = lure_folder_list(directory, "", &names, &n, err);
    if (status != LURE_OK)
        return status;
    for (size_t i = 0; i < n && status == LURE_OK; i++) {
        status = lure_path_join(directory, names[i], path, err);
        if (status != LURE_OK || !lure_folder_exists(path))
            continue;
        if (lure_run_folder_is(path))
            status = add_run(g, path, err);
        else if (depth > 1)
            status = add_below(g, path, depth - 1, err);
    }
    lure_names_free(names, n);
    return status;
}

static lure_status add_named(lure_run_groups *g, const char *name, lure_error *err)
{
    enum { MOST_DEPTH = 3 };
    char directory[LURE_PATH_SIZE];
    const size_t n_before = g->n_runs;
    const bool is_below_runs = *name && !strchr(name, '/') && !lure_folder_exists(name) &&
                               lure_path_join("runs", name, directory, NULL) == LURE_OK &&
                               lure_folder_exists(directory) && !lure_run_folder_is(directory);
    const char *folder = is_below_runs ? directory : name;
    if (!is_below_runs && (!lure_folder_exists(name) || lure_run_folder_is(name))) {
        lure_status status = lure_run_folder_find(name, directory, err);
        return status == LURE_OK ? add_run(g, directory, err) : status;
    }
    lure_status status = add_below(g, folder, MOST_DEPTH, err);
    if (status == LURE_OK && g->n_runs == n_before)
        status = lure_fail(err, LURE_ERROR_STORE, "%s holds no runs (folders with a manifest.json)", folder);
    return status;
}

/* A run that two names lead to, or a copy of it, would count twice. */
static void drop_twins(lure_run_groups *g)
{
    size_t kept = 0;
    for (size_t i = 0; i < g->n_runs; i++) {
        lure_grouped_run *run = &g->runs[i];
        size_t k = 0;
        while (k < kept && (strcmp(g->runs[k].manifest.run_id, run->manifest.run_id) != 0 ||
                            strcmp(g->runs[k].switches, run->switches) != 0))
            k++;
        if (k == kept) {
            lure_grouped_run moved = *run;
            *run = (lure_grouped_run){0};
            g->runs[kept++] = moved;
            continue;
        }
        if (run->done && !g->runs[k].done) { /* the finished one of the two stays */
            lure_grouped_run other = g->runs[k];
            g->runs[k] = *run;
            *run = other;
        }
        free(run->directory);
        lure_manifest_free(&run->manifest);
        json_decref(run->summary);
        *run = (lure_grouped_run){0};
        g->n_twins++;
    }
    g->n_runs = kept;
}

/* ---- what a configuration is ---- */

static json_t *flatten(const lure_grouped_run *run)
{
    return lure_run_settings(&run->manifest, run->switches);
}

/* The hash in the manifest, or of all its settings where it has none or does not tell all. */
static bool identify(const lure_grouped_run *run, char out[LURE_HASH_SIZE])
{
    if (*run->manifest.configuration && !*run->switches) {
        snprintf(out, LURE_HASH_SIZE, "%s", run->manifest.configuration);
        return true;
    }
    json_t *flat = flatten(run);
    char *text = flat ? json_dumps(flat, JSON_SORT_KEYS) : NULL;
    if (text)
        lure_hash_bytes(text, strlen(text), out);
    free(text);
    json_decref(flat);
    return text != NULL;
}

/* ---- grouping ---- */

static int compare_runs(const void *a, const void *b)
{
    const lure_grouped_run *x = a, *y = b;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    return (x->manifest.seed > y->manifest.seed) - (x->manifest.seed < y->manifest.seed);
}

static lure_status make_groups(lure_run_groups *g, lure_error *err)
{
    char(*ids)[LURE_HASH_SIZE] = calloc(g->n_runs + 1, sizeof *ids);
    g->groups = calloc(g->n_runs + 1, sizeof *g->groups);
    bool good = ids && g->groups;
    for (size_t i = 0; i < g->n_runs && good; i++) {
        size_t k = 0;
        char id[LURE_HASH_SIZE];
        good = identify(&g->runs[i], id);
        while (good && k < g->n_groups && strcmp(ids[k], id) != 0)
            k++;
        if (good && k == g->n_groups)
            memcpy(ids[g->n_groups++], id, sizeof id);
        g->runs[i].group = k;
    }
    free(ids);
    if (!good)
        return out_of_memory(err);
    qsort(g->runs, g->n_runs, sizeof *g->runs, compare_runs);
    for (size_t i = 0; i < g->n_runs; i++) {
        lure_run_group *group = &g->groups[g->runs[i].group];
        if (group->n++ == 0)
            group->first = i;
        group->n_done += g->runs[i].done;
    }
    return LURE_OK;
}

static bool add_difference(lure_run_groups *g, json_t *const *flats, const char *key)
{
    lure_difference *grown = realloc(g->differences, (g->n_differences + 1) * sizeof *grown);
    if (!grown)
        return false;
    g->differences = grown;
    lure_difference *d = &g->differences[g->n_differences++];
    *d = (lure_difference){.key = strdup(key), .values = calloc(g->n_groups, sizeof *d->values)};
    bool good = d->key && d->values;
    for (size_t i = 0; i < g->n_groups && good; i++) {
        const char *value = json_string_value(json_object_get(flats[i], key));
        good = (d->values[i] = strdup(value ? value : "-")) != NULL;
    }
    return good;
}

static bool is_same(json_t *const *flats, size_t n, const char *key)
{
    for (size_t i = 1; i < n; i++)
        if (!json_equal(json_object_get(flats[0], key), json_object_get(flats[i], key)))
            return false;
    return true;
}

/* Two have a role of one name, and not of one file: it was edited in between. */
static bool is_edited(json_t *const *flats, size_t n, const char *role, const char *key)
{
    json_t *files = json_object();
    bool edited = false;
    for (size_t i = 0; i < n && files && !edited; i++) {
        const char *name = json_string_value(json_object_get(flats[i], role));
        json_t *file = json_object_get(flats[i], key), *before = name ? json_object_get(files, name) : NULL;
        edited = before && !json_equal(before, file);
        if (name && file && !before)
            json_object_set(files, name, file);
    }
    json_decref(files);
    return edited;
}

/* A file's bytes say something only where a name does not tell them apart; the experiment's only where nothing else differs,
   as its options are told one by one. */
static bool is_told(const lure_run_groups *g, json_t *const *flats, const char *key)
{
    char role[64];
    const char *end = strstr(key, "'s file");
    if (!end)
        return true;
    snprintf(role, sizeof role, "%.*s", (int)(end - key), key);
    return strcmp(role, "experiment") == 0 ? g->n_differences == 0 : is_edited(flats, g->n_groups, role, key);
}

static lure_status find_differences(lure_run_groups *g, lure_error *err)
{
    json_t **flats = calloc(g->n_groups, sizeof *flats), *all = json_object(), *value;
    const char *key;
    bool good = flats && all;
    for (size_t i = 0; i < g->n_groups && good; i++) {
        flats[i] = flatten(&g->runs[g->groups[i].first]);
        good = flats[i] && json_object_update(all, flats[i]) == 0;
    }
    if (good) /* the experiment's file comes last: it depends on the others */
        json_object_foreach(all, key, value)
        {
            if (strcmp(key, "experiment's file") != 0 && !is_same(flats, g->n_groups, key) &&
                is_told(g, flats, key))
                good &= add_difference(g, flats, key);
        }
    if (good && !is_same(flats, g->n_groups, "experiment's file") && is_told(g, flats, "experiment's file"))
        good = add_difference(g, flats, "experiment's file");
    for (size_t i = 0; flats && i < g->n_groups; i++)
        json_decref(flats[i]);
    free(flats);
    json_decref(all);
    return good ? LURE_OK : out_of_memory(err);
}

lure_status lure_run_groups_read(const char *const *names, size_t n, lure_run_groups *g, lure_error *err)
{
    *g = (lure_run_groups){0};
    lure_status status = LURE_OK;
    for (size_t i = 0; i < n && status == LURE_OK; i++)
        status = add_named(g, names[i], err);
    if (status != LURE_OK)
        return status;
    drop_twins(g);
    status = make_groups(g, err);
    return status == LURE_OK ? find_differences(g, err) : status;
}

/* ---- numbers ---- */

static double number_of(const json_t *value)
{
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

double lure_grouped_run_number(const lure_grouped_run *run, const char *name)
{
    const json_t *summary = json_object_get(run->summary, "summary"),
                 *columns = json_object_get(summary, "columns"), *column = json_object_get(columns, name);
    if (!run->done)
        return NAN;
    if (json_is_number(json_object_get(summary, name)))
        return number_of(json_object_get(summary, name));
    if (column)
        return number_of(json_object_get(column, "tail_mean"));
    char logged[128];
    const char *dot = strrchr(name, '.');
    if (!dot)
        return NAN;
    snprintf(logged, sizeof logged, "%.*s", (int)(dot - name), name);
    return number_of(json_object_get(json_object_get(columns, logged), dot + 1));
}

void lure_run_groups_numbers(const lure_run_groups *g, lure_text *out)
{
    json_t *names = json_object(), *value;
    const char *key, *comma = "";
    for (size_t i = 0; i < g->n_runs && names; i++) {
        json_t *summary = json_object_get(g->runs[i].summary, "summary");
        json_object_foreach(summary, key, value)
        {
            if (json_is_number(value))
                json_object_set_new(names, key, json_true());
        }
        json_object_foreach(json_object_get(summary, "columns"), key, value)
        {
            json_object_set_new(names, key, json_true());
        }
    }
    json_object_foreach(names, key, value)
    {
        lure_text_addf(out, "%s%s", comma, key);
        comma = ", ";
    }
    json_decref(names);
}
