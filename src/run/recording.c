/* recording.c: see recording.h. */
#include "run/recording.h"

#include "base/file.h"
#include "base/version.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* ---- the scripts ---- */

static lure_status take_script(lure_recording *r, const lure_script_label *label, lure_error *err)
{
    char stem[128];
    if (!label->role || !label->name || !label->path || !label->sha256)
        return lure_fail(err, LURE_ERROR_STORE, "%s: its manifest's scripts are not as lure writes them",
                         r->directory);
    lure_script_name(label->path, stem, sizeof stem);
    return lure_archive_take(&r->archive, r->scripts, stem, label, err);
}

static lure_status take_scripts(lure_recording *r, lure_error *err)
{
    const json_t *list = r->manifest.scripts;
    const char *kept = text_of(r->manifest.root, "scripts_in");
    if (!kept)
        return lure_fail(err, LURE_ERROR_STORE, "%s keeps no scripts: it was made by a lure that did not",
                         r->directory);
    lure_status status = lure_path_join(r->directory, kept, r->scripts, err);
    if (status == LURE_OK && !lure_folder_exists(r->scripts))
        return lure_fail(err, LURE_ERROR_STORE,
                         "there is no folder %s, where the bytes of the run's scripts were kept", r->scripts);
    for (size_t i = 0; i < json_array_size(list) && status == LURE_OK; i++) {
        const json_t *one = json_array_get(list, i);
        const lure_script_label label = {text_of(one, "role"), text_of(one, "name"), text_of(one, "path"),
                                         text_of(one, "sha256")};
        status = take_script(r, &label, err);
    }
    return status;
}

lure_status lure_recording_switch(lure_recording *r, lure_role *role, lure_error *err)
{
    const lure_switch *one = &r->switches[r->n_switched];
    const lure_script_label label = {one->role, one->name, one->path, one->to};
    *role = 0;
    while (*role < LURE_N_ROLES && strcmp(lure_role_name(*role), one->role) != 0)
        (*role)++;
    if (*role == LURE_N_ROLES)
        return lure_fail(err, LURE_ERROR_STORE, "%s: switch %zu is of a '%s', which is no role", r->directory,
                         r->n_switched + 1, one->role);
    r->n_switched++;
    return take_script(r, &label, err);
}

lure_status lure_recording_rewind(lure_recording *r, lure_error *err)
{
    r->n_switched = 0;
    return take_scripts(r, err);
}

/* ---- how far it came ---- */

static lure_status read_summary(lure_recording *r, lure_error *err)
{
    json_t *summary;
    const lure_status status = lure_run_folder_check(r->directory, &summary, err);
    const char *outcome = text_of(summary, "outcome");
    r->has_failed = outcome && strcmp(outcome, lure_status_name(LURE_ERROR_SCRIPT)) == 0;
    r->is_complete = r->has_failed || (outcome && strcmp(outcome, lure_status_name(LURE_OK)) == 0);
    json_decref(summary);
    return status;
}

static lure_status check_version(const lure_recording *r, lure_error *err)
{
    const char *version = text_of(json_object_get(r->manifest.root, "versions"), "lure");
    if (r->manifest.result_version == LURE_RESULT_VERSION)
        return LURE_OK;
    return lure_fail(err, LURE_ERROR_STORE,
                     "%s was made by lure %s, whose results are of version %d; this is lure %s, whose are of "
                     "version %d, and they differ. Go on with it, or do it again, with that lure",
                     r->directory, version ? version : "?", (int)r->manifest.result_version, LURE_VERSION,
                     LURE_RESULT_VERSION);
}

lure_status lure_recording_read(const char *name, lure_recording *r, lure_error *err)
{
    char path[LURE_PATH_SIZE];
    *r = (lure_recording){0};
    lure_status status = lure_run_folder_find(name, r->directory, err);
    if (status == LURE_OK)
        status = read_summary(r, err); /* first: what a run that goes on writes next is not looked for */
    if (status == LURE_OK)
        status = lure_manifest_read(r->directory, &r->manifest, err);
    if (status == LURE_OK)
        status = check_version(r, err);
    if (status == LURE_OK)
        status = take_scripts(r, err);
    if (status == LURE_OK)
        status = lure_path_join(r->directory, LURE_SWITCHES_NAME, path, err);
    if (status == LURE_OK)
        status = lure_switches_read(path, &r->switches, &r->n_switches, err);
    return status;
}

void lure_recording_free(lure_recording *r)
{
    lure_manifest_free(&r->manifest);
    lure_archive_free(&r->archive);
    lure_switches_free(r->switches, r->n_switches);
    *r = (lure_recording){0};
}

lure_run_options lure_recording_options(lure_recording *r)
{
    lure_run_options options = {.settings = r->manifest.settings,
                                .n_settings = r->manifest.n_settings,
                                .has_seed = true,
                                .seed = r->manifest.seed,
                                .recording = r};
    for (size_t i = 0; i < json_array_size(r->manifest.scripts);
         i++) { /* the archive's strings go when it is rewound */
        const json_t *one = json_array_get(r->manifest.scripts, i);
        if (strcmp(text_of(one, "role"), lure_role_name(LURE_ROLE_EXPERIMENT)) == 0)
            options.experiment = text_of(one, "name");
    }
    return options;
}
