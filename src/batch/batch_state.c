/* batch_state.c: what is on disk of a batch's runs, and what became of each. See batch_inside.h. */
#define _GNU_SOURCE
#include "batch/batch_inside.h"

#include "base/file.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A run whose files somebody took away is not done, whatever its summary says. */
static bool has_all_files(const char *directory)
{
    char path[LURE_PATH_SIZE];
    for (size_t i = 0; i < LURE_RUN_FILES; i++)
        if (lure_path_join(directory, lure_run_files[i], path, NULL) != LURE_OK || !lure_file_exists(path))
            return false;
    return true;
}

json_t *lure_batch_summary(const lure_batch *batch, size_t run)
{
    const lure_plan_run *r = &batch->plan->runs[run];
    char directory[LURE_PATH_SIZE], path[LURE_PATH_SIZE];
    if (!*r->id || lure_plan_directory(batch->plan, run, batch->out, directory, NULL) != LURE_OK ||
        !has_all_files(directory) || lure_path_join(directory, "summary.json", path, NULL) != LURE_OK)
        return NULL;
    json_t *root = json_load_file(path, 0, NULL);
    const char *id = json_string_value(json_object_get(root, "run_id")),
               *outcome = json_string_value(json_object_get(root, "outcome"));
    if (id && outcome && strcmp(id, r->id) == 0 && strcmp(outcome, "ok") == 0)
        return root;
    json_decref(root);
    return NULL;
}

static double number_of(const json_t *value)
{
    return json_is_number(value) ? json_number_value(value) : NAN;
}

/* Takes what the table needs from the run's folder; false: the run is not done. */
bool lure__batch_take_summary(lure_batch *batch, size_t i)
{
    lure_batch_run *run = &batch->runs[i];
    json_t *root = lure_batch_summary(batch, i);
    if (!root)
        return false;
    const json_t *summary = json_object_get(root, "summary");
    const char *track = json_string_value(json_object_get(summary, "track"));
    char *known = batch->tracks[batch->plan->runs[i].configuration];
    run->episodic_return = number_of(json_object_get(summary, "episodic_return_100"));
    if (track) {
        const json_t *column = json_object_get(json_object_get(summary, "columns"), track);
        run->tail_mean = number_of(json_object_get(column, "tail_mean"));
        if (!*known)
            snprintf(known, 64, "%s", track);
    }
    json_decref(root);
    run->done = true;
    run->status = LURE_OK;
    batch->n_done++;
    return true;
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

void lure_batch_outcome(const lure_batch *batch, size_t run, char out[48])
{
    const lure_batch_run *r = &batch->runs[run];
    if (r->signal)
        snprintf(out, 48, "crashed(SIG%s)", sigabbrev_np(r->signal) ? sigabbrev_np(r->signal) : "?");
    else
        snprintf(out, 48, "%s", r->done || r->status != LURE_OK ? lure_status_name(r->status) : "not_run");
}
