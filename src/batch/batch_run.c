/* batch_run.c: what a worker does: one plan, or one run in its folder, from where an earlier attempt was written down or
   from its start. See batch_inside.h. */
#include "batch/batch_inside.h"

#include "base/file.h"
#include "run/recording.h"
#include "store/resume_file.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* once for all: a batch may be ten thousand runs of the same few scripts */
static const char scripts_of_all[] = "../scripts";

void lure__batch_do_plan(const lure_worker_orders *orders, size_t configuration, int stuck_exit_code,
                         lure_run_plan *plan, lure_error *error)
{
    lure_run_options options = lure_plan_options(orders->plan, configuration);
    options.stuck_exit_code = stuck_exit_code;
    if (!orders->only_looks) { /* what is damaged in there is mended, also for runs that are done */
        options.directory = orders->out;
        options.scripts_in = "scripts";
    }
    lure_run_plan_make(&options, plan, error);
}

static void remove_file(const char *directory, const char *name)
{
    char path[LURE_PATH_SIZE];
    if (lure_path_join(directory, name, path, NULL) == LURE_OK)
        unlink(path);
}

static bool is_ours(const char *name)
{
    const char *end = strrchr(name, '.');
    for (size_t k = 0; k < LURE_RUN_SEALED + 1; k++) {
        const char *file = k < LURE_RUN_SEALED ? lure_run_sealed[k].name : "summary.json";
        if (strcmp(name, file) == 0 || (strncmp(name, file, strlen(file)) == 0 && strcmp(end, ".tmp") == 0))
            return true;
    }
    return strcmp(name, "lock") == 0;
}

/* Removes what an earlier attempt left in a run's folder, and nothing that lure did not put there. */
static void clear_folder(const char *directory)
{
    char **names;
    size_t n;
    if (lure_folder_list(directory, "", &names, &n, NULL) != LURE_OK)
        return;                             /* the run will say what is wrong with it */
    remove_file(directory, "summary.json"); /* first: it speaks of the others */
    for (size_t i = 0; i < n; i++)
        if (is_ours(names[i]))
            remove_file(directory, names[i]);
    lure_names_free(names, n);
    lure_resume_file_remove(directory);
}

static bool has_resume_file(const char *directory)
{
    char path[LURE_PATH_SIZE];
    static const char *const names[LURE_RESUME_FILES] = {"resume.0", "resume.1"};
    for (size_t i = 0; i < LURE_RESUME_FILES; i++)
        if (lure_path_join(directory, names[i], path, NULL) == LURE_OK && lure_file_exists(path))
            return true;
    return false;
}

/* Goes on with an earlier attempt, if one of its files holds it: true, and its result. Else nothing was changed. */
static bool go_on(const lure_run_options *fresh, lure_run_result *result)
{
    lure_recording recording;
    bool has_begun = false;
    if (!has_resume_file(fresh->directory))
        return false;
    if (lure_recording_read(fresh->directory, &recording, NULL) == LURE_OK && recording.manifest.is_sealed &&
        strcmp(recording.manifest.run_id, fresh->expected_id) == 0 && recording.n_switches == 0) {
        lure_run_options options = lure_recording_options(&recording);
        options.directory = fresh->directory;
        options.expected_id = options.resumes = fresh->expected_id;
        options.only_captured = true;
        options.captures = true;
        options.capture_seconds = fresh->capture_seconds;
        options.leaves_sync = fresh->leaves_sync;
        options.stuck_exit_code = fresh->stuck_exit_code;
        lure_run(&options, result);
        has_begun = *result->directory != '\0';
        if (!has_begun)
            lure_run_result_free(result);
    }
    lure_recording_free(&recording);
    return has_begun;
}

/* A run that turns out to be long is begun again, with captures, and so are the next ones of its experiment from the start. */
static void begin(lure_run_options *options, bool is_new, size_t experiment, lure_run_result *result)
{
    static const double LONG_SECONDS = 2.0;
    static size_t long_experiment = SIZE_MAX;
    options->captures = options->capture_seconds < LONG_SECONDS || long_experiment == experiment;
    options->gives_up_after = options->captures ? 0 : LONG_SECONDS;
    if (!is_new)
        clear_folder(options->directory);
    lure_run(options, result);
    if (!result->begins_again)
        return;
    lure_run_result_free(result);
    long_experiment = experiment;
    options->captures = true;
    options->gives_up_after = 0;
    clear_folder(options->directory);
    lure_run(options, result);
}

static void tell(const lure_run_result *result, lure_run_told *told)
{
    *told = (lure_run_told){.is_stored = result->is_stored, .episodic_return = result->episodic_return};
    if (result->n_columns > 0) {
        const lure_metrics_column *column = &result->columns[result->tracked];
        snprintf(told->track, sizeof told->track, "%s", column->name);
        told->tail_mean = column->tail_mean;
    }
}

void lure__batch_do_run(const lure_worker_orders *orders, size_t run, int stuck_exit_code,
                        lure_run_told *told, lure_error *error)
{
    const lure_plan *plan = orders->plan;
    char directory[LURE_PATH_SIZE];
    lure_text command;
    lure_run_result result;
    lure_run_options options = lure_plan_options(plan, plan->runs[run].configuration);
    if (lure_plan_directory(plan, run, orders->out, directory, error) != LURE_OK)
        return;
    lure_text_init(&command);
    lure_plan_command(plan, run, &command);
    options.has_seed = true;
    options.seed = plan->runs[run].seed;
    options.directory = directory;
    options.expected_id = plan->runs[run].id;
    options.scripts_in = scripts_of_all;
    options.command = command.data;
    options.capture_seconds = orders->capture_seconds;
    options.leaves_sync = true;
    options.stuck_exit_code = stuck_exit_code;
    const bool is_new = !lure_folder_exists(directory); /* nearly always: nothing to look for in it */
    if (is_new || !go_on(&options, &result))
        begin(&options, is_new, plan->configurations[plan->runs[run].configuration].experiment, &result);
    *error = result.error;
    tell(&result, told);
    lure_run_result_free(&result);
    lure_text_free(&command);
}
