/* run_folder.c: see run_folder.h. */
#include "run/run_folder.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- which folder ---- */

bool lure_run_folder_is(const char *directory)
{
    char path[LURE_PATH_SIZE];
    return lure_path_join(directory, "manifest.json", path, NULL) == LURE_OK && lure_file_exists(path);
}

/* The nearest name in runs/, or the first that begins with it: an experiment's name without a seed. */
static void suggest(const char *name, char out[256])
{
    char **names;
    size_t n;
    *out = '\0';
    if (strncmp(name, "runs/", 5) == 0)
        name += 5;
    if (lure_folder_list("runs", "", &names, &n, NULL) != LURE_OK)
        return;
    const char *nearest = lure_text_nearest(name, (const char *const *)names, n);
    for (size_t i = 0; i < n && !nearest; i++)
        if (strncmp(names[i], name, strlen(name)) == 0)
            nearest = names[i];
    if (nearest)
        snprintf(out, 256, "; did you mean '%s'?", nearest);
    lure_names_free(names, n);
}

lure_status lure_run_folder_find(const char *name, char directory[LURE_PATH_SIZE], lure_error *err)
{
    char hint[256];
    if (strlen(name) < LURE_PATH_SIZE && lure_run_folder_is(name)) {
        snprintf(directory, LURE_PATH_SIZE, "%s", name);
        return LURE_OK;
    }
    bool is_name = *name && !strchr(name, '/');
    if (is_name && lure_path_join("runs", name, directory, NULL) == LURE_OK && lure_run_folder_is(directory))
        return LURE_OK;
    if (lure_folder_exists(name))
        return lure_fail(err, LURE_ERROR_STORE, "%s is no run's folder: it holds no manifest.json", name);
    suggest(name, hint);
    return lure_fail(err, LURE_ERROR_STORE, "no run '%s': there is no folder %s%s%s%s", name, name,
                     is_name ? " and no runs/" : "", is_name ? name : "", hint);
}

/* ---- is it whole? ---- */

/* It was stopped, and may have been gone on with since: then its files are not those of its summary. */
static bool is_unfinished(const json_t *summary)
{
    const char *outcome = json_string_value(json_object_get(summary, "outcome"));
    return outcome && (strcmp(outcome, lure_status_name(LURE_ERROR_CANCELLED)) == 0 ||
                       strcmp(outcome, lure_status_name(LURE_ERROR_STORE)) == 0);
}

lure_status lure_run_folder_check(const char *directory, json_t **summary, lure_error *err)
{
    lure_error found;
    json_t *document;
    const lure_seal_state state =
        lure_seal_check(directory, lure_run_sealed, LURE_RUN_SEALED, &document, &found);
    const bool is_damaged = state == LURE_SEAL_BROKEN && !is_unfinished(document);
    if (summary && !is_damaged)
        *summary = document;
    else
        json_decref(document);
    if (summary && is_damaged)
        *summary = NULL;
    if (!is_damaged)
        return LURE_OK;
    return lure_fail(err, LURE_ERROR_STORE,
                     "%.1600s; nothing of this run is used: put back a copy of the file, or move %s away and "
                     "do the run again",
                     found.text, directory);
}

/* ---- manifest.json ---- */

void lure_manifest_free(lure_manifest *m)
{
    json_decref(m->root);
    free(m->settings);
    *m = (lure_manifest){0};
}

static const char *string_of(const json_t *root, const char *key)
{
    const char *text = json_string_value(json_object_get(root, key));
    return text ? text : "";
}

/* "key=value" each; the keys are cut off in copies that the document keeps. */
static bool read_settings(lure_manifest *m)
{
    const json_t *list = json_object_get(m->root, "settings");
    size_t n = json_array_size(list);
    json_t *keys = json_array();
    m->settings = calloc(n + 1, sizeof *m->settings);
    if (!m->settings || !keys || json_object_set_new(m->root, "setting keys", keys) != 0)
        return false;
    for (size_t i = 0; i < n; i++) {
        const char *text = json_string_value(json_array_get(list, i)),
                   *equals = text ? strchr(text, '=') : NULL;
        if (!equals || json_array_append_new(keys, json_stringn(text, (size_t)(equals - text))) != 0)
            return false;
        m->settings[m->n_settings++] = (lure_setting){json_string_value(json_array_get(keys, i)), equals + 1};
    }
    return true;
}

lure_status lure_manifest_bytes(const char *directory, char path[LURE_PATH_SIZE], lure_text *bytes,
                                lure_error *err)
{
    enum { MOST_BYTES = 64 << 20 };
    const lure_status status = lure_path_join(directory, "manifest.json", path, err);
    return status == LURE_OK ? lure_file_read(path, MOST_BYTES, bytes, err) : status;
}

lure_status lure_manifest_parse(const char *path, const lure_text *bytes, lure_manifest *m, lure_error *err)
{
    *m = (lure_manifest){0};
    const lure_status status = lure_seal_parse(path, bytes, &m->root, &m->is_sealed, err);
    if (status != LURE_OK)
        return status;
    const char *schema = string_of(m->root, "schema");
    m->run_id = string_of(m->root, "run_id");
    m->experiment = string_of(m->root, "experiment");
    m->path = string_of(m->root, "path");
    m->folder = string_of(m->root, "folder");
    m->configuration = string_of(m->root, "configuration");
    m->started = string_of(m->root, "started");
    m->options = json_object_get(m->root, "options");
    m->scripts = json_object_get(m->root, "scripts");
    m->seed = (uint64_t)json_integer_value(json_object_get(m->root, "seed"));
    m->result_version = json_integer_value(json_object_get(json_object_get(m->root, "versions"), "result"));
    if (strcmp(schema, "lure.manifest/1") != 0 || !*m->experiment || !*m->path ||
        !json_is_object(m->options) || !json_is_array(m->scripts))
        return lure_fail(err, LURE_ERROR_STORE, "%s is not the manifest of a run", path);
    if (!read_settings(m))
        return lure_fail(err, LURE_ERROR_STORE, "%s: its settings are not a list of \"key=value\"", path);
    return LURE_OK;
}

lure_status lure_manifest_read(const char *directory, lure_manifest *m, lure_error *err)
{
    char path[LURE_PATH_SIZE];
    lure_text bytes;
    *m = (lure_manifest){0};
    lure_text_init(&bytes);
    lure_status status = lure_manifest_bytes(directory, path, &bytes, err);
    if (status == LURE_OK)
        status = lure_manifest_parse(path, &bytes, m, err);
    lure_text_free(&bytes);
    return status;
}

const char *lure_manifest_hash(const lure_manifest *m, const char *role)
{
    for (size_t i = 0; i < json_array_size(m->scripts); i++) {
        const json_t *script = json_array_get(m->scripts, i);
        if (strcmp(string_of(script, "role"), role) == 0)
            return string_of(script, "sha256");
    }
    return NULL;
}

/* ---- parameters ---- */

/* A tensor that is neither state of a learner nor a statistic is a parameter; all must have a place. */
static lure_status refuse_left_over(const lure_checkpoint *checkpoint, const lure_policy *policy,
                                    lure_error *err)
{
    for (size_t i = 0; i < lure_checkpoint_n_entries(checkpoint); i++) {
        const char *name = lure_checkpoint_entry_at(checkpoint, i)->name;
        if (strncmp(name, "optimizer.", 10) == 0 || strncmp(name, "normalize_", 10) == 0)
            continue;
        if (!lure_policy_find(policy, name))
            return lure_fail(err, LURE_ERROR_STORE, "the checkpoint's '%s' is no parameter of the policy",
                             name);
    }
    return LURE_OK;
}

lure_status lure_run_load_policy(const lure_checkpoint *checkpoint, lure_policy *policy, lure_seen *seen,
                                 lure_error *err)
{
    lure_dtype dtype = lure_policy_dtype(policy);
    lure_status status = refuse_left_over(checkpoint, policy, err);
    for (size_t i = 0; status == LURE_OK && i < lure_policy_n_named(policy); i++) {
        const lure_parameter *p = lure_policy_named(policy, i);
        lure_tensor block =
            lure_tensor_view((char *)lure_policy_parameters(policy) + p->offset * lure_dtype_size(dtype),
                             dtype, p->n_dims, p->shape);
        status = lure_checkpoint_load(checkpoint, p->name, &block, err);
    }
    for (size_t i = 0; status == LURE_OK && seen && i < lure_seen_n_named(seen); i++) {
        lure_tensor statistic;
        const char *name = lure_seen_named(seen, i, &statistic);
        status = lure_checkpoint_load(checkpoint, name, &statistic, err);
    }
    return status;
}
