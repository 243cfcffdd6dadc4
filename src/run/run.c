/* run.c: see run.h. The order on disk: folder, manifest.json, metrics.csv while it runs, then checkpoint.safetensors,
   then summary.json, whose presence says that the run came to an end, good or bad. */
#include "run/run.h"

#include "base/clock.h"
#include "base/hash.h"
#include "run/resume.h"
#include "run/run_files.h"
#include "run/run_logs.h"
#include "run/run_result.h"
#include "run/stop.h"
#include "script/profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- what signals may touch ---- */

static lure_conductor *volatile running; /* its metrics change when a run goes on */
static volatile sig_atomic_t stuck_exit_code;
static volatile sig_atomic_t stops_between; /* updates, if the next one ends soon */

void lure_run_cancel(void)
{
    if (stops_between)
        lure_stop_soon();
    else
        lure_stop();
}

/* The script is inside one C call that no hook reaches, so nothing of ours is half done: the rows can be flushed. */
static void on_stuck(void *data)
{
    (void)data;
    if (!stuck_exit_code)
        return;
    if (running && running->borrow_metrics)
        (void)lure_metrics_flush(running->borrow_metrics, NULL);
    lure_stop_stuck(stuck_exit_code);
}

/* ---- identity ---- */

void lure_run_id(const char *config_hash, uint64_t seed, char out[LURE_RUN_ID_SIZE])
{
    char text[128], hash[LURE_HASH_SIZE];
    int n = snprintf(text, sizeof text, "%s seed %llu", config_hash, (unsigned long long)seed);
    lure_hash_bytes(text, (size_t)n, hash);
    snprintf(out, LURE_RUN_ID_SIZE, "%.16s", hash);
}

lure_status lure_run_plan_make(const lure_run_options *options, lure_run_plan *plan, lure_error *err)
{
    lure_session *s = calloc(1, sizeof *s);
    *plan = (lure_run_plan){0};
    if (!s)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory to plan a run");
    lure_status status = lure_session_open(s, options, NULL, err);
    if (status == LURE_OK) {
        snprintf(plan->experiment, sizeof plan->experiment, "%s", s->experiment.name);
        snprintf(plan->config_hash, sizeof plan->config_hash, "%s", s->experiment.config_hash);
        plan->updates = s->experiment.updates;
        plan->n_seeds = s->experiment.n_seeds;
        plan->seeds = s->experiment.seeds; /* moves to the plan */
        s->experiment.seeds = NULL;
        if (options->directory)
            (void)lure__run_keep_scripts(s, options, options->directory, NULL);
        lure_session_close(s);
    }
    free(s);
    return status;
}

void lure_run_plan_free(lure_run_plan *plan)
{
    free(plan->seeds);
    plan->seeds = NULL;
}

/* ---- the run ---- */

static lure_status make_directory(const lure_session *s, const lure_run_options *options, lure_run_result *r,
                                  lure_error *err)
{
    if (options->directory) {
        if (strlen(options->directory) >= sizeof r->directory)
            return lure_fail(err, LURE_ERROR_STORE, "--out: the path is longer than %zu characters",
                             sizeof r->directory - 1);
        lure_status status = lure_run_directory_create(options->directory, err);
        if (status == LURE_OK)
            snprintf(r->directory, sizeof r->directory, "%s", options->directory);
        return status;
    }
    char base[128];
    snprintf(base, sizeof base, "runs/%s-seed%llu", s->experiment.name, (unsigned long long)s->seed);
    return lure_run_directory_create_next(base, r->directory, err);
}

/* Keeps the first error: what went wrong before matters more than what could not be written after. */
static void note(lure_run_result *r, lure_status status, const lure_error *err)
{
    if (status != LURE_OK && r->error.status == LURE_OK)
        r->error = *err;
}

typedef struct keeper {
    lure_session *session;
    const lure_run_result *result;
} keeper;

static lure_status keep_best(void *data, lure_error *err)
{
    const keeper *k = data;
    return lure__run_write_checkpoint(k->session, k->result->directory, lure__run_best, err);
}

static void conduct(lure_session *s, const lure_run_options *options, lure_capture *capture,
                    lure_run_result *r)
{
    keeper best = {s, r};
    if (options->captures || options->gives_up_after > 0) {
        capture->borrow_conductor = &s->conductor;
        capture->borrow_watch = &s->watch;
        s->conductor.borrow_capture = capture;
    }
    stops_between = options->captures;
    s->conductor.keep_best = keep_best;
    s->conductor.keep_best_data = &best;
    lure_error err = {0};
    running = &s->conductor;
    lure_status status = lure_sandbox_watch(s->sandbox, on_stuck, NULL, &err);
    if (status == LURE_OK && options->profile)
        status = lure_profile_start(&r->profile, s->sandbox, &err);
    if (status == LURE_OK)
        status = lure_session_conduct(s, &err);
    lure_profile_stop(&r->profile);
    lure_sandbox_unwatch(s->sandbox);
    stops_between = 0;
    running = NULL;
    if (capture->failed_to_load || capture->has_given_up)
        return;
    s->conductor.keep_best = NULL;
    if (s->conductor.store_error.status != LURE_OK) { /* the script saw an error; this is the reason */
        status = s->conductor.store_error.status;
        err = s->conductor.store_error;
    }
    note(r, status, &err);
    note(r, lure_conductor_write_held(&s->conductor, &err), &err);
    if (status == LURE_OK && !s->conductor.finished && s->conductor.update == 0)
        note(r,
             lure_fail(&err, LURE_ERROR_SCRIPT,
                       "the algorithm returned without one update; it should loop: for p in run:updates() do "
                       "... end (experiment '%s')",
                       s->experiment.name),
             &err);
    bool is_whole = s->conductor.finished || s->conductor.is_between || status == LURE_OK;
    r->updates = s->conductor.update - (!is_whole && s->conductor.update > 0);
    r->steps = s->experiment.collector.total_steps;
    r->episodes = s->experiment.collector.total_episodes;
    r->seconds = lure_clock_seconds() - s->conductor.started;
    memcpy(r->stopped, s->conductor.goal.stopped, sizeof r->stopped);
}

/* What should be on the disk is not: whatever the run did before, it has to be done again. */
static void note_store(lure_run_result *r, lure_status status, const lure_error *err)
{
    if (status != LURE_OK)
        r->error = *err;
}

static void store_results(lure_session *s, const lure_run_options *options, lure_metrics *metrics,
                          lure_run_result *r)
{
    lure_error err = {0};
    note(r, lure__run_take_columns(s, metrics, r, &err), &err);
    const char *shown = r->n_columns ? r->columns[r->tracked].name : NULL;
    if (r->error.status == LURE_OK && *s->experiment.track && shown &&
        strcmp(shown, s->experiment.track) != 0)
        snprintf(r->note, sizeof r->note, "track = \"%s\" is not among the logged values; showing '%s'",
                 s->experiment.track, shown);
    else if (r->error.status == LURE_OK && *s->conductor.late_term)
        snprintf(r->note, sizeof r->note,
                 "the reward's term '%s' came after the first row, so it has no column; %s",
                 s->conductor.late_term,
                 s->conductor.has_new_reward ? "a run that begins with it has one" : "give it in every step");
    lure__run_take_parameters(s->experiment.borrow_policy, r);
    lure__run_take_response(&s->experiment, s->experiment.borrow_policy, &r->response);
    note_store(r, lure_metrics_flush(metrics, &err), &err);
    if (r->error.status == LURE_OK)
        note(r, lure_metrics_check_end(metrics, &err), &err);
    note_store(r, lure__run_write_checkpoint(s, r->directory, lure__run_checkpoint, &err), &err);
    lure_status status = lure__run_write_document(s, r, &err);
    if (status == LURE_OK)
        status = lure__run_finish_directory(r, options->leaves_sync, &err);
    r->is_stored = status == LURE_OK;
    if (status != LURE_OK) { /* the document must not claim an outcome that is not so */
        r->error = err;
        (void)lure__run_write_document(s, r, &err);
    }
    note(r, lure_metrics_close(metrics, &err), &err); /* synced by now: nothing is left to fail */
}

/* The folder of a new run, with its manifest. */
static lure_status begin_folder(lure_session *s, const lure_run_options *options, int *lock,
                                lure_run_result *r, lure_error *err)
{
    lure_status status = make_directory(s, options, r, err);
    if (status == LURE_OK && options->captures && !options->expected_id)
        status = lure_run_lock(r->directory, lock, err);
    if (status == LURE_OK)
        status = lure__run_keep_scripts(s, options, r->directory, err);
    return status == LURE_OK ? lure__run_write_manifest(s, options, r->directory, err) : status;
}

/* Of a run that goes on: is it still the same one? */
static lure_status check_folder(const lure_session *s, const lure_run_options *options, lure_run_result *r,
                                lure_error *err)
{
    char path[LURE_PATH_SIZE];
    snprintf(r->directory, sizeof r->directory, "%s", options->directory);
    if (strcmp(s->run_id, options->resumes) == 0) {
        const lure_status status = lure_path_join(r->directory, "summary.json", path, err);
        if (status == LURE_OK) /* it seals files that now change */
            unlink(path);
        return status;
    }
    return lure_fail(
        err, LURE_ERROR_STORE,
        "%s: its scripts, its options or lure itself are not what they were: the run would be %s, "
        "and was %s",
        options->directory, s->run_id, options->resumes);
}

/* metrics.csv of a new run; of one that is done again; or nowhere, until the run has come to where it goes on. */
static lure_status open_metrics(const lure_run_options *options, const lure_capture *capture,
                                const lure_run_result *r, lure_metrics **out, lure_error *err)
{
    char path[LURE_PATH_SIZE];
    lure_status status = lure_path_join(r->directory, "metrics.csv", path, err);
    if (status != LURE_OK)
        return status;
    if (!options->resumes) {
        status = lure_metrics_open(path, out, err);
        return status == LURE_OK ? lure_run_logs_open(r->directory, options->logs, *out, err) : status;
    }
    if (capture->from)
        return lure_metrics_open(NULL, out, err);
    status = lure_metrics_open_again(path, out, err);
    return status == LURE_OK ? lure_run_logs_reopen(r->directory, 0, *out, err) : status;
}

lure_status lure__run_attempt(const lure_run_options *options, lure_capture *capture, lure_run_result *r)
{
    *r = (lure_run_result){0};
    lure_text_init(&r->document);
    lure_session *s = calloc(1, sizeof *s);
    if (!s)
        return lure_fail(&r->error, LURE_ERROR_MEMORY, "no memory for a run");
    lure_error err = {0};
    lure_metrics *metrics = NULL;
    int lock = -1, hold = -1;
    stuck_exit_code = options->stuck_exit_code;
    capture->gives_up_after = options->gives_up_after;
    lure_status status = lure_session_open(s, options, NULL, &err);
    if (status == LURE_OK) {
        lure_sandbox_count_run(s->sandbox);
        snprintf(r->experiment, sizeof r->experiment, "%s", s->experiment.name);
        snprintf(r->run_id, sizeof r->run_id, "%s", s->run_id);
        r->seed = s->seed;
        if (options->expected_id && strcmp(s->run_id, options->expected_id) != 0)
            status =
                lure_fail(&err, LURE_ERROR_STORE,
                          "a script changed while the batch ran; the same command again does this run anew");
        else if (options->resumes)
            status = check_folder(s, options, r, &err);
        else
            status = begin_folder(s, options, &lock, r, &err);
    }
    if (status == LURE_OK)
        hold = lure_run_hold(r->directory);
    if (status == LURE_OK)
        status = lure_watch_open(&s->watch, s->sandbox, &s->rules, options, r->directory, &err);
    if (status == LURE_OK)
        status = open_metrics(options, capture, r, &metrics, &err);
    if (status == LURE_OK) {
        capture->directory = r->directory;
        capture->run_id = r->run_id;
        s->conductor.borrow_metrics = metrics;
        if (options->leaves_sync)
            lure_metrics_leave_sync(metrics);
        conduct(s, options, capture, r);
        metrics = s->conductor.borrow_metrics;
        if (capture->failed_to_load || capture->has_given_up) {
            (void)lure_metrics_close(metrics, NULL);
        } else {
            store_results(s, options, metrics, r);
            r->can_resume =
                options->captures && r->error.status != LURE_OK && r->error.status != LURE_ERROR_SCRIPT;
        }
    } else {
        (void)lure_metrics_close(metrics, NULL);
        r->error = err;
    }
    bool is_over =
        r->error.status == LURE_OK || r->error.status == LURE_ERROR_SCRIPT; /* it would come again */
    if (options->captures && !capture->failed_to_load && *r->directory && is_over)
        lure_resume_file_remove(r->directory);
    r->begins_again = capture->has_given_up;
    lure_run_unlock(r->directory, lock);
    if (hold >= 0)
        close(hold);
    lure_session_close(s);
    free(s);
    return r->error.status;
}

lure_status lure_run(const lure_run_options *options, lure_run_result *r)
{
    if (options->resumes)
        return lure__run_go_on(options, r);
    lure_capture capture = {.every = options->capture_seconds,
                            .leaves_sync = options->leaves_sync,
                            .tell = options->tell,
                            .tell_data = options->tell_data};
    return lure__run_attempt(options, &capture, r);
}
