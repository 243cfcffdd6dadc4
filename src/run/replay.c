/* replay.c: see replay.h. */
#define _GNU_SOURCE
#include "run/replay.h"

#include "base/file.h"
#include "run/recording.h"
#include "run/run_files.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct replay {
    lure_recording recording;
    char again[LURE_PATH_SIZE]; /* folder of the new run */
    uint64_t n_bytes;           /* of the recorded metrics.csv that count */
} replay;

/* ---- a folder for the time being ---- */

static int remove_one(const char *path, const struct stat *facts, int kind, struct FTW *walk)
{
    (void)facts, (void)kind, (void)walk;
    return remove(path);
}

static lure_status make_folder(const lure_replay_options *o, replay *p, char parent[LURE_PATH_SIZE],
                               lure_error *err)
{
    parent[0] = '\0';
    if (o->directory) {
        snprintf(p->again, sizeof p->again, "%s", o->directory);
        return strlen(o->directory) < sizeof p->again
                   ? LURE_OK
                   : lure_fail(err, LURE_ERROR_STORE, "--out: the path is too long");
    }
    const char *place = getenv("TMPDIR");
    lure_status status = lure_path_join(place && *place ? place : "/tmp", "lure-replay-XXXXXX", parent, err);
    if (status == LURE_OK && !mkdtemp(parent)) {
        status =
            lure_fail(err, LURE_ERROR_STORE, "cannot make a folder like %s: %s", parent, strerror(errno));
        parent[0] = '\0';
    }
    return status == LURE_OK ? lure_path_join(parent, "run", p->again, err) : status;
}

/* ---- comparing ---- */

static lure_status compare_file(const replay *p, const char *name, bool must_be, uint64_t *n_parameters,
                                lure_replay_result *r)
{
    char recorded[LURE_PATH_SIZE], now[LURE_PATH_SIZE];
    lure_status status = lure_path_join(r->directory, name, recorded, &r->error);
    if (status == LURE_OK)
        status = lure_path_join(p->again, name, now, &r->error);
    if (status != LURE_OK || *r->difference)
        return status;
    bool was = lure_file_exists(recorded), is = lure_file_exists(now);
    if (was != is)
        snprintf(r->difference, sizeof r->difference, "%s is there %s only", name,
                 was ? "in the run" : "now");
    if (must_be && !was && !is)
        return lure_fail(&r->error, LURE_ERROR_STORE, "%s has no %s to compare", r->directory, name);
    return was && is ? lure__replay_compare_parameters(recorded, now, n_parameters, r->difference, &r->error)
                     : LURE_OK;
}

static lure_status compare(const replay *p, lure_replay_result *r)
{
    char recorded[LURE_PATH_SIZE], now[LURE_PATH_SIZE];
    uint64_t n_best = 0;
    lure_status status = lure_path_join(r->directory, "metrics.csv", recorded, &r->error);
    if (status == LURE_OK)
        status = lure_path_join(p->again, "metrics.csv", now, &r->error);
    if (status == LURE_OK)
        status =
            lure__replay_compare_rows(recorded, p->n_bytes, now, r->is_complete, r->difference, &r->error);
    if (status == LURE_OK && r->is_complete)
        status = compare_file(p, lure__run_checkpoint, true, &r->n_parameters, r);
    if (status == LURE_OK && r->is_complete)
        status = compare_file(p, lure__run_best, false, &n_best, r);
    return status;
}

/* ---- doing it ---- */

/* The bytes were checked against their hashes; this says that the options and the seed are the run's, too. */
static lure_status check_identity(const lure_run_options *options, const lure_replay_result *r,
                                  lure_error *err)
{
    char id[LURE_RUN_ID_SIZE];
    lure_run_plan plan;
    lure_status status = lure_run_plan_make(options, &plan, err);
    if (status != LURE_OK)
        return status;
    lure_run_id(plan.config_hash, r->seed, id);
    lure_run_plan_free(&plan);
    if (strcmp(id, r->run_id) == 0)
        return LURE_OK;
    return lure_fail(
        err, LURE_ERROR_STORE,
        "what %s holds is run %s, and its manifest says %s: its settings or its seed were changed",
        r->directory, id, r->run_id);
}

static lure_status do_again(const lure_replay_options *o, replay *p, lure_replay_result *r)
{
    lure_run_options options = lure_recording_options(&p->recording);
    lure_run_result again;
    options.stuck_exit_code = o->stuck_exit_code;
    lure_status status = check_identity(&options, r, &r->error);
    if (status != LURE_OK)
        return status;
    options.directory = p->again;
    options.command = o->command;
    options.progress = o->progress;
    options.progress_data = o->progress_data;
    status = lure_run(&options, &again);
    bool is_result = status == LURE_OK || (status == LURE_ERROR_SCRIPT && *again.directory);
    if (!is_result)
        r->error = again.error;
    else if (r->is_complete && p->recording.has_failed != (status != LURE_OK))
        snprintf(r->difference, sizeof r->difference, "%s%.900s",
                 status != LURE_OK ? "it came to an end, and now: "
                                   : "it ended with an error, and now without",
                 status != LURE_OK ? again.error.text : "");
    lure_run_result_free(&again);
    return is_result ? LURE_OK : status;
}

static lure_status open_recording(const char *name, replay *p, lure_replay_result *r)
{
    char path[LURE_PATH_SIZE];
    lure_status status = lure_recording_read(name, &p->recording, &r->error);
    if (status == LURE_OK)
        status = lure_path_join(p->recording.directory, "metrics.csv", path, &r->error);
    if (status == LURE_OK)
        status = lure__replay_measure(path, &r->n_rows, &p->n_bytes, &r->error);
    if (status != LURE_OK)
        return status;
    const lure_manifest *m = &p->recording.manifest;
    snprintf(r->directory, sizeof r->directory, "%s", p->recording.directory);
    snprintf(r->run_id, sizeof r->run_id, "%s", m->run_id);
    snprintf(r->experiment, sizeof r->experiment, "%s", m->experiment);
    r->seed = m->seed;
    r->is_complete = p->recording.is_complete;
    if (!r->is_complete && r->n_rows == 0)
        return lure_fail(&r->error, LURE_ERROR_STORE, "%s has no row yet that could be compared",
                         r->directory);
    p->recording.most_rows = r->is_complete ? 0 : r->n_rows;
    return LURE_OK;
}

lure_status lure_replay(const lure_replay_options *o, lure_replay_result *r)
{
    char parent[LURE_PATH_SIZE] = "";
    *r = (lure_replay_result){0};
    replay *p = calloc(1, sizeof *p);
    if (!p)
        return lure_fail(&r->error, LURE_ERROR_MEMORY, "no memory to do a run again");
    lure_status status = open_recording(o->run, p, r);
    if (status == LURE_OK)
        status = make_folder(o, p, parent, &r->error);
    if (status == LURE_OK)
        status = do_again(o, p, r);
    r->n_switches = p->recording.n_switched;
    if (status == LURE_OK && !*r->difference)
        status = compare(p, r);
    r->is_identical = status == LURE_OK && !*r->difference;
    if (*parent)
        (void)nftw(parent, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    lure_recording_free(&p->recording);
    free(p);
    return status;
}
