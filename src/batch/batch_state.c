/* batch_state.c: what is on disk of a batch's runs, and what became of each. The folder is listed once: where no run's
   folder is there, nothing is opened. See batch_inside.h. */
#define _GNU_SOURCE
#include "batch/batch_inside.h"

#include "base/file.h"
#include "base/hash.h"
#include "run/run_folder.h"
#include "store/resume_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- outcomes ---- */

static const char *string_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static double number_of(const json_t *value)
{
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static double number_or_nan(double value)
{
    return isfinite(value) ? value : (double)NAN;
}

/* track "": it has no tail_mean */
static void set_done(lure_batch *batch, size_t i, double episodic_return, double tail_mean, const char *track)
{
    lure_batch_run *run = &batch->runs[i];
    char *known = batch->tracks[batch->plan->runs[i].configuration];
    run->episodic_return = episodic_return;
    if (*track) {
        run->tail_mean = tail_mean;
        if (!*known)
            snprintf(known, 64, "%s", track);
    }
    run->done = true;
    run->status = LURE_OK;
    batch->n_done++;
}

static void take_done(lure_batch *batch, size_t i, const json_t *root)
{
    const json_t *summary = json_object_get(root, "summary");
    const char *track = string_of(summary, "track");
    const json_t *column = json_object_get(json_object_get(summary, "columns"), track);
    set_done(batch, i, number_of(json_object_get(summary, "episodic_return_100")),
             number_of(json_object_get(column, "tail_mean")), track);
}

void lure__batch_fail_run(lure_batch *batch, size_t i, const lure_error *error, int signal_number)
{
    lure_batch_run *run = &batch->runs[i];
    run->status = error->status;
    run->signal = signal_number;
    run->error = strdup(error->text);
    if (error->status != LURE_ERROR_CANCELLED)
        batch->n_failed++;
}

void lure__batch_take_twin(lure_batch *batch, size_t i)
{
    lure_batch_run *run = &batch->runs[i];
    const lure_batch_run *twin = &batch->runs[batch->plan->runs[i].twin];
    char *track = batch->tracks[batch->plan->runs[i].configuration];
    if (twin == run || run->done || run->status != LURE_OK)
        return;
    *run = *twin;
    run->error = twin->error ? strdup(twin->error) : NULL;
    if (!*track)
        memcpy(track,
               batch->tracks[batch->plan->runs[run->done ? batch->plan->runs[i].twin : i].configuration],
               sizeof batch->tracks[0]);
    batch->n_done += run->done;
    batch->n_skipped += run->skipped;
    batch->n_failed += run->status != LURE_OK && run->status != LURE_ERROR_CANCELLED;
    batch->n_kept_failed += run->kept_failed;
}

void lure_batch_outcome(const lure_batch *batch, size_t run, char out[48])
{
    const lure_batch_run *r = &batch->runs[run];
    if (r->signal)
        snprintf(out, 48, "crashed(SIG%s)", sigabbrev_np(r->signal) ? sigabbrev_np(r->signal) : "?");
    else
        snprintf(out, 48, "%s", r->done || r->status != LURE_OK ? lure_status_name(r->status) : "not_run");
}

/* ---- one run's summary ---- */

/* Of a folder that was looked at, or written, by this batch. Caller decrefs; null: there is none of this run. */
json_t *lure__batch_read_summary(const lure_batch *batch, size_t run)
{
    const lure_plan_run *r = &batch->plan->runs[run];
    char directory[LURE_PATH_SIZE], path[LURE_PATH_SIZE];
    if (!*r->id || lure_plan_directory(batch->plan, run, batch->out, directory, NULL) != LURE_OK ||
        lure_path_join(directory, "summary.json", path, NULL) != LURE_OK)
        return NULL;
    json_t *root = json_load_file(path, 0, NULL);
    if (strcmp(string_of(root, "run_id"), r->id) == 0)
        return root;
    json_decref(root);
    return NULL;
}

static bool is_ok(const json_t *root)
{
    return strcmp(string_of(root, "outcome"), lure_status_name(LURE_OK)) == 0;
}

json_t *lure_batch_summary(const lure_batch *batch, size_t run)
{
    json_t *root = lure__batch_read_summary(batch, run);
    if (is_ok(root))
        return root;
    json_decref(root);
    return NULL;
}

/* Not read: that would cost the parent a tenth of what the run cost its worker, and workers wait for it. */
bool lure__batch_take_told(lure_batch *batch, size_t run, const lure_run_told *told)
{
    char directory[LURE_PATH_SIZE], path[LURE_PATH_SIZE];
    if (!told->is_stored || lure_plan_directory(batch->plan, run, batch->out, directory, NULL) != LURE_OK ||
        lure_path_join(directory, "summary.json", path, NULL) != LURE_OK || !lure_file_exists(path))
        return false;
    set_done(batch, run, number_or_nan(told->episodic_return), number_or_nan(told->tail_mean), told->track);
    return true;
}

bool lure__batch_has_failure(const lure_batch *batch, size_t run, lure_status status)
{
    json_t *root = lure__batch_read_summary(batch, run);
    const bool has = strcmp(string_of(root, "outcome"), lure_status_name(status)) == 0;
    json_decref(root);
    return has;
}

/* ---- looking ---- */

/* It came of the run itself and would come again, or did not; a signal or a disk is no fact about a run. */
static bool is_fact(lure_status status)
{
    return status != LURE_OK && status != LURE_ERROR_CANCELLED && status != LURE_ERROR_STORE &&
           status != LURE_ERROR_USAGE;
}

static void take_failure(lure_batch *batch, size_t i, const json_t *root, lure_status status)
{
    lure_error error;
    lure_fail(&error, status, "%s", string_of(root, "error"));
    lure__batch_fail_run(batch, i, &error, (int)json_integer_value(json_object_get(root, "signal")));
    batch->runs[i].kept_failed = true;
    batch->n_kept_failed++;
}

enum { MOST_TOLD = 5 };

/* Damage is told, for the first few. */
static void note_damage(lure_batch *batch, const lure_error *err)
{
    if (batch->n_damaged++ < MOST_TOLD)
        lure__batch_tell(batch, "%s; the run is done again", err->text);
}

/* A run whose rules were replaced on its way (lure resume --watch) is not the one of the plan, and somebody's work. */
static void refuse_switched(lure_batch *batch, size_t i, const char *directory)
{
    lure_error error;
    lure_fail(&error, LURE_ERROR_STORE,
              "%s holds a run whose rules were replaced on its way; move it away, and the batch does its own",
              directory);
    lure__batch_fail_run(batch, i, &error, 0);
}

/* Its process was killed between the last two things it does. */
static void clear_rest(const lure_batch *batch, const char *directory)
{
    char path[LURE_PATH_SIZE];
    static const char *const names[LURE_RESUME_FILES] = {"resume.0", "resume.1"};
    for (size_t i = 0; i < LURE_RESUME_FILES && batch->pool->lock >= 0; i++)
        if (lure_path_join(directory, names[i], path, NULL) == LURE_OK && lure_file_exists(path))
            lure_resume_file_remove(directory);
}

static void look_at_run(lure_batch *batch, size_t i)
{
    char directory[LURE_PATH_SIZE];
    lure_error err;
    lure_status outcome = LURE_ERROR_STORE;
    json_t *root;
    if (lure_plan_directory(batch->plan, i, batch->out, directory, NULL) != LURE_OK)
        return;
    const lure_seal_state state = lure_seal_check(directory, lure_run_sealed, LURE_RUN_SEALED, &root, &err);
    const bool is_known = lure_status_named(string_of(root, "outcome"), &outcome);
    if (state == LURE_SEAL_BROKEN && (!is_known || outcome == LURE_OK || is_fact(outcome)))
        note_damage(batch, &err);
    batch->n_unsealed +=
        state == LURE_SEAL_NONE && strcmp(string_of(root, "run_id"), batch->plan->runs[i].id) == 0;
    if (state == LURE_SEAL_HOLDS && is_known &&
        strcmp(string_of(root, "run_id"), batch->plan->runs[i].id) == 0) {
        snprintf(batch->runs[i].digest, sizeof batch->runs[i].digest, "%.16s", string_of(root, "digest"));
        if (json_object_get(root, "switches")) {
            refuse_switched(batch, i, directory);
        } else if (outcome == LURE_OK) {
            take_done(batch, i, root);
            clear_rest(batch, directory);
            batch->runs[i].skipped = true;
            batch->n_skipped++;
        } else if (is_fact(outcome) && !batch->pool->borrow_options->retries_failed) {
            clear_rest(batch, directory);
            take_failure(batch, i, root, outcome);
        }
    }
    json_decref(root);
}

/* A worker may be killed between its last write and its answer: what it finished is not done again. */
bool lure__batch_take_stored(lure_batch *batch, size_t run)
{
    char directory[LURE_PATH_SIZE];
    json_t *root = NULL;
    if (lure_plan_directory(batch->plan, run, batch->out, directory, NULL) != LURE_OK)
        return false;
    const bool is_stored =
        lure_seal_check(directory, lure_run_sealed, LURE_RUN_SEALED, &root, NULL) == LURE_SEAL_HOLDS &&
        strcmp(string_of(root, "run_id"), batch->plan->runs[run].id) == 0 && is_ok(root);
    if (is_stored) {
        take_done(batch, run, root);
        clear_rest(batch, directory);
    }
    json_decref(root);
    return is_stored;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "fry_shacks-seed3-0123456789abcdef" */
static bool is_run_name(const char *name)
{
    enum { DIGITS = LURE_RUN_ID_SIZE - 1 };
    const size_t n = strlen(name);
    return n > DIGITS + 6 && name[n - DIGITS - 1] == '-' &&
           strspn(name + n - DIGITS, "0123456789abcdef") == DIGITS && strstr(name, "-seed");
}

lure_status lure__batch_look_at_runs(lure_batch *batch, lure_error *err)
{
    const lure_plan *plan = batch->plan;
    char **names, directory[LURE_PATH_SIZE], *name = directory;
    size_t n_names, n_ours = 0, n_runs = 0;
    const lure_status status = lure_folder_list(batch->out, "", &names, &n_names, err);
    if (status != LURE_OK)
        return status;
    for (size_t i = 0; i < n_names; i++)
        n_runs += is_run_name(names[i]);
    for (size_t i = 0; i < plan->n_runs; i++) {
        const lure_plan_configuration *c = &plan->configurations[plan->runs[i].configuration];
        if (c->status != LURE_OK) {
            lure_error error;
            lure_fail(&error, c->status, "%s", c->error);
            lure__batch_fail_run(batch, i, &error, 0);
        } else if (plan->runs[i].twin == i && n_names > 0 &&
                   lure_plan_directory(plan, i, "", directory, NULL) == LURE_OK &&
                   bsearch(&name, names, n_names, sizeof *names, compare_names)) {
            n_ours++;
            look_at_run(batch, i);
        }
    }
    for (size_t i = 0; i < plan->n_runs; i++)
        lure__batch_take_twin(batch, i);
    lure_names_free(names, n_names);
    batch->n_others = n_runs > n_ours ? n_runs - n_ours : 0;
    if (batch->n_damaged > MOST_TOLD)
        lure__batch_tell(batch, "and the files of %zu more runs are damaged, which are done again",
                         batch->n_damaged - MOST_TOLD);
    if (batch->n_unsealed)
        lure__batch_tell(batch, "%zu run%s of an older lure %s no checksums and %s done again",
                         batch->n_unsealed, batch->n_unsealed == 1 ? "" : "s",
                         batch->n_unsealed == 1 ? "has" : "have", batch->n_unsealed == 1 ? "is" : "are");
    return LURE_OK;
}

/* ---- the scripts of all runs ---- */

/* "reward.right_portion.0123456789ab.lua": the digits are the first of the hash of what is in it. */
static bool is_what_its_name_says(const char *folder, const char *name)
{
    enum { DIGITS = 12, MOST_BYTES = 4 << 20 };
    char path[LURE_PATH_SIZE], hash[LURE_HASH_SIZE] = "";
    const size_t n = strlen(name);
    lure_text bytes;
    if (n < DIGITS + 4 || lure_path_join(folder, name, path, NULL) != LURE_OK)
        return true; /* not ours */
    lure_text_init(&bytes);
    if (lure_file_read(path, MOST_BYTES, &bytes, NULL) == LURE_OK)
        lure_hash_bytes(bytes.data, bytes.length, hash);
    lure_text_free(&bytes);
    return strncmp(hash, name + n - 4 - DIGITS, DIGITS) == 0;
}

void lure__batch_check_scripts(const lure_batch *batch)
{
    char folder[LURE_PATH_SIZE], **names;
    size_t n;
    if (lure_path_join(batch->out, "scripts", folder, NULL) != LURE_OK ||
        lure_folder_list(folder, ".lua", &names, &n, NULL) != LURE_OK)
        return;
    for (size_t i = 0; i < n; i++)
        if (!is_what_its_name_says(folder, names[i]))
            lure__batch_tell(batch,
                             "%s/%s is damaged: it is written anew if this batch uses it; else runs that did "
                             "cannot be done again from their folders",
                             folder, names[i]);
    lure_names_free(names, n);
}
