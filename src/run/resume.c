/* resume.c: see resume.h. */
#include "run/resume.h"

#include "base/file.h"
#include "base/hash.h"
#include "run/recording.h"
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

static lure_status attempt(const lure_run_options *options, lure_capture *capture, lure_run_result *r)
{
    *r = (lure_run_result){0};
    lure_text_init(&r->document);
    lure_status status = lure_recording_rewind(options->recording, &r->error);
    return status == LURE_OK ? lure__run_attempt(options, capture, r) : status;
}

static bool try_file(const lure_run_options *options, const lure_resume_file *file, uint64_t sequence,
                     lure_run_result *r, lure_error *why)
{
    char line[160];
    lure_capture capture = {.every = options->capture_seconds,
                            .leaves_sync = options->leaves_sync,
                            .tell = options->tell,
                            .tell_data = options->tell_data,
                            .from = file,
                            .sequence = sequence,
                            .has_file = true};
    snprintf(line, sizeof line, "going on after update %llu", (unsigned long long)file->update);
    tell(options, line);
    (void)attempt(options, &capture, r);
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
    if (options->only_captured) {
        *r = (lure_run_result){0};
        lure_text_init(&r->document);
        return lure_fail(&r->error, LURE_ERROR_STORE, "%s: no file holds the run: %s", options->directory,
                         why.text);
    }
    snprintf(line, sizeof line, "the run is done again from its start and compared with metrics.csv: %s",
             why.text);
    tell(options, line);
    lure_capture capture = {.every = options->capture_seconds,
                            .leaves_sync = options->leaves_sync,
                            .tell = options->tell,
                            .tell_data = options->tell_data,
                            .sequence = sequence};
    return attempt(options, &capture, r);
}

/* ---- what its folder holds ---- */

static const char *string_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* What the person who edited it should know: the run does not use it. */
static void tell_change(const lure_run_options *options, const lure_script_label *label)
{
    enum { MOST_BYTES = 4 << 20 };
    char hash[LURE_HASH_SIZE] = "", line[2560];
    lure_text text;
    lure_text_init(&text);
    if (lure_file_read(label->path, MOST_BYTES, &text, NULL) == LURE_OK)
        lure_hash_bytes(text.data, text.length, hash);
    lure_text_free(&text);
    if (strcmp(hash, label->sha256) == 0)
        return;
    snprintf(line, sizeof line,
             "%s %s since; the run goes on with the %s that it used, which its folder holds", label->path,
             *hash ? "was changed" : "is gone", label->role);
    tell(options, line);
}

/* All that it will load is there and whole, before anything is done. Then the recording is at its beginning. */
static lure_status check_recording(lure_recording *r, bool tells, const lure_run_options *options,
                                   lure_error *err)
{
    lure_status status = LURE_OK;
    lure_role role;
    while (status == LURE_OK && r->n_switched < r->n_switches)
        status = lure_recording_switch(r, &role, err);
    for (size_t i = 0; status == LURE_OK && tells && i < r->archive.n; i++)
        tell_change(options, &r->archive.scripts[i].label);
    return status;
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

static lure_status go_on(const char *directory, bool is_there, const lure_run_options *shown,
                         lure_run_result *r)
{
    lure_run_options options = *shown;
    lure_recording recording;
    lure_error err;
    lure_status status = lure_recording_read(directory, &recording, &err);
    if (status == LURE_OK)
        status = check_recording(&recording, is_there && !shown->watch, shown, &err);
    if (status == LURE_OK) {
        const lure_run_options recorded = lure_recording_options(&recording);
        options.experiment = recorded.experiment;
        options.settings = recorded.settings;
        options.n_settings = recorded.n_settings;
        options.has_seed = true;
        options.seed = recorded.seed;
        options.recording = &recording;
        options.directory = directory;
        options.resumes = recording.manifest.run_id;
        options.captures = true;
        status = lure_run(&options, r);
    } else {
        r->error = err;
    }
    lure_recording_free(&recording);
    return status;
}

/* What was edited since is told of in the folder where the scripts lay, and watched there; else nobody needs that folder. */
static lure_status go_there_and_on(char directory[LURE_PATH_SIZE], const lure_run_options *shown,
                                   lure_run_result *r)
{
    lure_manifest manifest;
    lure_status status = lure_manifest_read(directory, &manifest, &r->error);
    bool is_there = status == LURE_OK && go_to(manifest.folder, directory, &r->error) == LURE_OK;
    lure_manifest_free(&manifest);
    if (status != LURE_OK)
        return status;
    if (!is_there && shown->watch)
        return r->error.status;
    if (!is_there)
        tell(shown, r->error.text);
    r->error = (lure_error){0};
    return go_on(directory, is_there, shown, r);
}

lure_status lure_resume(const char *name, const lure_run_options *shown, bool *finished, lure_run_result *r)
{
    char directory[LURE_PATH_SIZE];
    lure_error err;
    int lock = -1, above = -1;
    *r = (lure_run_result){0};
    lure_text_init(&r->document);
    *finished = false;
    lure_status status = lure_run_folder_find(name, directory, &err);
    if (status == LURE_OK)
        status = lure_run_lock_above(directory, &above, &err);
    if (status == LURE_OK)
        status = lure_run_lock(directory, &lock, &err);
    if (status != LURE_OK) {
        if (above >= 0)
            close(above);
        r->error = err;
        return status;
    }
    json_t *summary;
    status = lure_run_folder_check(directory, &summary, &r->error);
    *finished = strcmp(string_of(summary, "outcome"), lure_status_name(LURE_OK)) == 0;
    json_decref(summary);
    if (*finished)
        lure_resume_file_remove(directory); /* killed between its last two acts */
    else if (status == LURE_OK)
        status = go_there_and_on(directory, shown, r);
    lure_run_unlock(directory, lock);
    if (above >= 0)
        close(above);
    return status;
}
