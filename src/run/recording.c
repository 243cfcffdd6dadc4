/* recording.c: see recording.h. */
#include "run/recording.h"

#include "base/file.h"
#include "base/version.h"
#include "script/loader.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static lure_status load_json(const char *directory, const char *name, json_t **out, lure_error *err)
{
    char path[LURE_PATH_SIZE];
    json_error_t problem;
    lure_status status = lure_path_join(directory, name, path, err);
    *out = status == LURE_OK ? json_load_file(path, 0, &problem) : NULL;
    if (status == LURE_OK && !*out)
        status = lure_fail(err, LURE_ERROR_STORE, "cannot read %s: %s", path, problem.text);
    return status;
}

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* ---- the manifest ---- */

static lure_status read_versions(const json_t *manifest, lure_recording *r, lure_error *err)
{
    const json_t *versions = json_object_get(manifest, "versions");
    const char *version = text_of(versions, "lure");
    snprintf(r->version, sizeof r->version, "%s", version ? version : "?");
    r->result_version = (int)json_integer_value(json_object_get(versions, "result"));
    if (r->result_version == LURE_RESULT_VERSION)
        return LURE_OK;
    return lure_fail(err, LURE_ERROR_STORE,
                     "%s was made by lure %s, whose results are of version %d; those of this lure (%s) are of "
                     "version %d and differ. Do it again with a lure of that version",
                     r->directory, r->version, r->result_version, LURE_VERSION, LURE_RESULT_VERSION);
}

static lure_status read_settings(const json_t *manifest, lure_recording *r, lure_error *err)
{
    const json_t *list = json_object_get(manifest, "settings");
    size_t n = json_array_size(list);
    r->settings = calloc(n + 1, sizeof *r->settings);
    bool had = r->settings != NULL;
    for (size_t i = 0; i < n && had; i++) {
        const json_t *one = json_array_get(list, i);
        const char *key = text_of(one, "key"), *value = text_of(one, "value");
        r->settings[i] = (lure_setting){strdup(key ? key : ""), strdup(value ? value : "")};
        r->n_settings = i + 1;
        had = r->settings[i].key && r->settings[i].value;
    }
    return had ? LURE_OK : lure_fail(err, LURE_ERROR_MEMORY, "no memory for the settings of a run");
}

static lure_status take_script(lure_recording *r, const lure_script_label *label, lure_error *err)
{
    char stem[128];
    if (!label->role || !label->name || !label->path || !label->sha256)
        return lure_fail(err, LURE_ERROR_STORE, "%s: its manifest's scripts are not as lure writes them",
                         r->directory);
    lure_script_name(label->path, stem, sizeof stem);
    return lure_archive_take(&r->archive, r->scripts, stem, label, err);
}

static lure_status read_scripts(const json_t *manifest, lure_recording *r, lure_error *err)
{
    const json_t *list = json_object_get(manifest, "scripts");
    const char *kept = text_of(manifest, "scripts_in");
    if (!kept)
        return lure_fail(err, LURE_ERROR_STORE,
                         "%s keeps no scripts: it was made by a lure that did not (%s)", r->directory,
                         r->version);
    lure_status status = lure_path_join(r->directory, kept, r->scripts, err);
    for (size_t i = 0; i < json_array_size(list) && status == LURE_OK; i++) {
        const json_t *one = json_array_get(list, i);
        const lure_script_label label = {text_of(one, "role"), text_of(one, "name"), text_of(one, "path"),
                                         text_of(one, "sha256")};
        status = take_script(r, &label, err);
    }
    return status;
}

static lure_status read_manifest(lure_recording *r, lure_error *err)
{
    json_t *manifest;
    lure_status status = load_json(r->directory, "manifest.json", &manifest, err);
    if (status != LURE_OK)
        return status;
    const char *id = text_of(manifest, "run_id");
    snprintf(r->run_id, sizeof r->run_id, "%s", id ? id : "");
    r->seed = (uint64_t)json_integer_value(json_object_get(manifest, "seed"));
    status = read_versions(manifest, r, err);
    if (status == LURE_OK)
        status = read_settings(manifest, r, err);
    if (status == LURE_OK)
        status = read_scripts(manifest, r, err);
    json_decref(manifest);
    return status;
}

/* ---- how far it came ---- */

static lure_status read_summary(lure_recording *r, lure_error *err)
{
    char path[LURE_PATH_SIZE];
    json_t *summary;
    lure_status status = lure_path_join(r->directory, "summary.json", path, err);
    if (status != LURE_OK || !lure_file_exists(path))
        return status;
    status = load_json(r->directory, "summary.json", &summary, err);
    if (status != LURE_OK)
        return status;
    const char *outcome = text_of(summary, "outcome");
    r->is_complete = outcome && (strcmp(outcome, lure_status_name(LURE_OK)) == 0 ||
                                 strcmp(outcome, lure_status_name(LURE_ERROR_SCRIPT)) == 0);
    r->updates = (uint64_t)json_integer_value(json_object_get(summary, "updates"));
    json_decref(summary);
    return LURE_OK;
}

lure_status lure_recording_read(const char *directory, lure_recording *r, lure_error *err)
{
    char path[LURE_PATH_SIZE];
    *r = (lure_recording){0};
    if (strlen(directory) >= sizeof r->directory)
        return lure_fail(err, LURE_ERROR_STORE, "the folder's path is longer than %zu characters",
                         sizeof r->directory - 1);
    snprintf(r->directory, sizeof r->directory, "%s", directory);
    if (!lure_folder_exists(directory))
        return lure_fail(err, LURE_ERROR_STORE, "there is no folder %s", directory);
    lure_status status = lure_path_join(directory, "manifest.json", path, err);
    if (status == LURE_OK && !lure_file_exists(path))
        status = lure_fail(err, LURE_ERROR_STORE, "%s is no run's folder: it holds no manifest.json", directory);
    if (status == LURE_OK)
        status = read_summary(r, err); /* first: what a run that goes on writes next is not looked for */
    if (status == LURE_OK)
        status = read_manifest(r, err);
    if (status == LURE_OK)
        status = lure_path_join(directory, LURE_SWITCHES_NAME, path, err);
    if (status == LURE_OK)
        status = lure_switches_read(path, &r->switches, &r->n_switches, err);
    return status;
}

void lure_recording_free(lure_recording *r)
{
    for (size_t i = 0; i < r->n_settings; i++) {
        free((char *)r->settings[i].key);
        free((char *)r->settings[i].value);
    }
    free(r->settings);
    lure_archive_free(&r->archive);
    lure_switches_free(r->switches, r->n_switches);
    *r = (lure_recording){0};
}

lure_run_options lure_recording_options(lure_recording *r)
{
    lure_run_options options = {.settings = r->settings,
                                .n_settings = r->n_settings,
                                .has_seed = true,
                                .seed = r->seed,
                                .recording = r};
    for (size_t i = 0; i < r->archive.n; i++)
        if (strcmp(r->archive.scripts[i].label.role, lure_role_name(LURE_ROLE_EXPERIMENT)) == 0)
            options.experiment = r->archive.scripts[i].label.name;
    return options;
}
