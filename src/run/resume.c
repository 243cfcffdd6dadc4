/* resume.c: see resume.h. */
#include "run/resume.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/version.h"
#include "run/run_folder.h"
#include "run/stop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- from where ---- */

static void tell(const lure_run_options *options, const char *text)
{
    if (options->tell)
        options->tell(options->tell_data, text);
}

/* The files that hold the run, the latest first; of the others *why says what is known. */
static size_t read_files(const lure_run_options *options, lure_resume_file files[LURE_RESUME_FILES],
                         uint64_t *sequence, lure_error *why)
{
    size_t n = 0;
    *sequence = 0;
    lure_fail(why, LURE_OK, "it was not written down yet");
    for (size_t i = 0; i < LURE_RESUME_FILES; i++) {
        lure_error err;
        lure_resume_file file;
        bool is_good = lure_resume_file_read(options->directory, options->resumes, i, &file, &err);
        if (is_good && file.sequence > *sequence)
            *sequence = file.sequence;
        if (is_good && file.is_captured) {
            files[n++] = file;
            continue;
        }
        if (is_good)
            lure_fail(why, LURE_OK, "it could not be written down: %s", file.payload.data);
        else if (err.status != LURE_OK)
            tell(options, err.text);
        lure_text_free(&file.payload);
    }
    if (n == 2 && files[0].sequence < files[1].sequence) {
        lure_resume_file earlier = files[0];
        files[0] = files[1];
        files[1] = earlier;
    }
    return n;
}

static bool try_file(const lure_run_options *options, const lure_resume_file *file, uint64_t sequence,
                     lure_run_result *r, lure_error *why)
{
    char line[160];
    lure_capture capture = {.every = options->capture_seconds,
                            .tell = options->tell,
                            .tell_data = options->tell_data,
                            .from = file,
                            .sequence = sequence,
                            .has_file = true};
    snprintf(line, sizeof line, "going on after update %llu", (unsigned long long)file->update);
    tell(options, line);
    (void)lure__run_attempt(options, &capture, r);
    if (!capture.failed_to_load)
        return true;
    *why = capture.err;
    lure_run_result_free(r);
    return false;
}

lure_status lure__run_go_on(const lure_run_options *options, lure_run_result *r)
{
    lure_resume_file files[LURE_RESUME_FILES];
    lure_error why;
    uint64_t sequence;
    char line[2560];
    size_t n = read_files(options, files, &sequence, &why);
    bool done = false;
    for (size_t i = 0; i < n && !done; i++) {
        done = try_file(options, &files[i], sequence, r, &why);
        if (!done && i + 1 < n) {
            snprintf(line, sizeof line, "that cannot be gone on from: %s", why.text);
            tell(options, line);
        }
    }
    for (size_t i = 0; i < n; i++)
        lure_text_free(&files[i].payload);
    if (done)
        return r->error.status;
    snprintf(line, sizeof line, "the run is done again from its start and compared with metrics.csv: %s",
             why.text);
    tell(options, line);
    lure_capture capture = {.every = options->capture_seconds,
                            .tell = options->tell,
                            .tell_data = options->tell_data,
                            .sequence = sequence};
    return lure__run_attempt(options, &capture, r);
}

/* ---- is it the same run? ---- */

static const char *string_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static lure_status check_scripts(const char *directory, const lure_manifest *m, lure_error *err)
{
    enum { MOST_BYTES = 64 << 20 };
    if (m->result_version != LURE_RESULT_VERSION)
        return lure_fail(
            err, LURE_ERROR_STORE,
            "%s was begun by a lure of result version %lld, and this one is %d: other numbers would "
            "come; begin anew",
            directory, (long long)m->result_version, LURE_RESULT_VERSION);
    for (size_t i = 0; i < json_array_size(m->scripts); i++) {
        const json_t *script = json_array_get(m->scripts, i);
        const char *path = string_of(script, "path");
        char hash[LURE_HASH_SIZE];
        lure_text text;
        lure_text_init(&text);
        lure_status status = lure_file_read(path, MOST_BYTES, &text, err);
        if (status == LURE_OK)
            lure_hash_bytes(text.data, text.length, hash);
        lure_text_free(&text);
        if (status != LURE_OK)
            return status;
        if (strcmp(hash, string_of(script, "sha256")) != 0)
            return lure_fail(
                err, LURE_ERROR_STORE,
                "%s: the %s %s was changed since the run began, so going on would mix two runs; put it "
                "back, or begin anew",
                directory, string_of(script, "role"), path);
    }
    return LURE_OK;
}

/* As it was given: scripts can see that, by their names in messages. */
static const char *name_of_experiment(const lure_manifest *m)
{
    for (size_t i = 0; i < json_array_size(m->scripts); i++) {
        const json_t *script = json_array_get(m->scripts, i);
        if (strcmp(string_of(script, "role"), "experiment") == 0 && *string_of(script, "name"))
            return string_of(script, "name");
    }
    return m->path;
}

/* Paths are relative to where the run was begun. */
static lure_status go_to(const char *folder, char directory[LURE_PATH_SIZE], lure_error *err)
{
    char here[LURE_PATH_SIZE];
    if (!*folder || (getcwd(here, sizeof here) && strcmp(here, folder) == 0))
        return LURE_OK;
    char *absolute = realpath(directory, NULL);
    if (!absolute || strlen(absolute) >= LURE_PATH_SIZE) {
        free(absolute);
        return lure_fail(err, LURE_ERROR_STORE, "%s: its path cannot be found out", directory);
    }
    snprintf(directory, LURE_PATH_SIZE, "%s", absolute);
    free(absolute);
    if (chdir(folder) != 0)
        return lure_fail(err, LURE_ERROR_STORE, "%s: the folder in which it was begun is gone: %s", directory,
                         folder);
    return LURE_OK;
}

/* "outcome" of summary.json; "": there is none. */
static void read_outcome(const char *directory, char out[32])
{
    char path[LURE_PATH_SIZE];
    *out = '\0';
    if (lure_path_join(directory, "summary.json", path, NULL) != LURE_OK)
        return;
    json_t *root = json_load_file(path, 0, NULL);
    snprintf(out, 32, "%.31s", string_of(root, "outcome"));
    json_decref(root);
}

static lure_status go_on(const char *directory, const lure_manifest *m, const lure_run_options *shown,
                         bool *finished, lure_run_result *r)
{
    lure_error err;
    char outcome[32];
    lure_run_options options = *shown;
    read_outcome(directory, outcome);
    *finished = strcmp(outcome, lure_status_name(LURE_OK)) == 0;
    if (*finished) {
        lure_resume_file_remove(directory); /* killed between its last two acts */
        return LURE_OK;
    }
    if (check_scripts(directory, m, &err) != LURE_OK) {
        r->error = err;
        return err.status;
    }
    options.experiment = name_of_experiment(m);
    options.settings = m->settings;
    options.n_settings = m->n_settings;
    options.has_seed = true;
    options.seed = m->seed;
    options.directory = directory;
    options.resumes = m->run_id;
    options.captures = true;
    return lure_run(&options, r);
}

lure_status lure_resume(const char *name, const lure_run_options *shown, bool *finished, lure_run_result *r)
{
    char directory[LURE_PATH_SIZE];
    lure_manifest manifest;
    lure_error err;
    int lock = -1;
    *r = (lure_run_result){0};
    lure_text_init(&r->document);
    *finished = false;
    lure_status status = lure_run_folder_find(name, directory, &err);
    if (status == LURE_OK)
        status = lure_run_lock(directory, &lock, &err);
    if (status != LURE_OK) {
        r->error = err;
        return status;
    }
    status = lure_manifest_read(directory, &manifest, &err);
    if (status == LURE_OK)
        status = go_to(manifest.folder, directory, &err);
    if (status == LURE_OK)
        status = go_on(directory, &manifest, shown, finished, r);
    else
        r->error = err;
    lure_manifest_free(&manifest);
    lure_run_unlock(directory, lock);
    return status;
}
