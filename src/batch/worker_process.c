/* worker_process.c: the worker itself: walls first, then one job after the other. See worker.h and worker_inside.h. */
#include "batch/worker_inside.h"

#include "base/file.h"
#include "script/sandbox.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t cancelled;

static void on_terminate(int signal_number)
{
    (void)signal_number;
    cancelled = 1;
    lure_run_cancel();
}

/* Removes what an earlier attempt left in a run's folder, and nothing that lure did not put there. */
static void clear_folder(const char *directory)
{
    char **names, path[LURE_PATH_SIZE];
    size_t n;
    if (lure_folder_list(directory, "", &names, &n, NULL) != LURE_OK)
        return; /* the run will say what is wrong with it */
    for (size_t i = 0; i < n; i++) {
        const char *end = strrchr(names[i], '.');
        bool is_ours = false;
        for (size_t k = 0; k < LURE_RUN_FILES + LURE_RUN_EXTRA_FILES && !is_ours; k++) {
            const char *file =
                k < LURE_RUN_FILES ? lure_run_files[k] : lure_run_extra_files[k - LURE_RUN_FILES];
            is_ours = strcmp(names[i], file) == 0 ||
                      (strncmp(names[i], file, strlen(file)) == 0 && strcmp(end, ".tmp") == 0);
        }
        if (is_ours && lure_path_join(directory, names[i], path, NULL) == LURE_OK)
            unlink(path);
    }
    lure_names_free(names, n);
}

static void do_run(const lure_plan *plan, size_t index, const char *out, lure_error *error)
{
    char directory[LURE_PATH_SIZE];
    lure_text command;
    lure_run_result result;
    lure_run_options options = lure_plan_options(plan, plan->runs[index].configuration);
    if (lure_plan_directory(plan, index, out, directory, error) != LURE_OK)
        return;
    clear_folder(directory);
    lure_text_init(&command);
    lure_plan_command(plan, index, &command);
    options.has_seed = true;
    options.seed = plan->runs[index].seed;
    options.directory = directory;
    options.scripts_in =
        "../scripts"; /* once for all: a batch may be ten thousand runs of the same few scripts */
    options.command = command.data;
    options.stuck_exit_code = LURE_STUCK_EXIT_CODE;
    lure_run(&options, &result);
    *error = result.error;
    if (error->status == LURE_OK && strcmp(result.run_id, plan->runs[index].id) != 0)
        lure_fail(error, LURE_ERROR_SCRIPT,
                  "a script changed while the batch ran; the same command again does this run anew");
    lure_run_result_free(&result);
    lure_text_free(&command);
}

static void do_plan(const lure_plan *plan, size_t index, lure_worker_reply *reply)
{
    lure_run_options options = lure_plan_options(plan, index);
    options.stuck_exit_code = LURE_STUCK_EXIT_CODE;
    lure_run_plan_make(&options, &reply->plan, &reply->error);
}

static void serve(const lure_worker_task *t)
{
    static lure_worker_reply reply;
    lure_worker_order order;
    while (!cancelled && lure__worker_read(t->socket, &order, sizeof order)) {
        memset(&reply, 0, sizeof reply);
        if (cancelled)
            lure_fail(&reply.error, LURE_ERROR_CANCELLED, "stopped by a signal");
        else if (order.job == LURE_JOB_PLAN)
            do_plan(t->plan, order.index, &reply);
        else
            do_run(t->plan, order.index, t->out, &reply.error);
        bool told =
            lure__worker_write(t->socket, &reply, sizeof reply) &&
            lure__worker_write(t->socket, reply.plan.seeds, (size_t)reply.plan.n_seeds * sizeof(uint64_t));
        lure_run_plan_free(&reply.plan);
        if (!told)
            return;
    }
}

/* What the sandbox refuses comes first: its errors tell where. */
static void take_limits(const lure_limits *limits)
{
    const double seconds = limits->run_seconds;
    lure_walls_limit(limits->memory_mb, seconds > 0 ? lure_pulse_latest(seconds, limits->step_seconds) : 0);
}

static void become_worker(const lure_worker_task *t)
{
    int keep[] = {t->socket, t->lock};
    const lure_walls_options options = {.folder = t->lock >= 0 ? t->out : NULL, .parent = t->parent};
    struct sigaction action = {.sa_handler = on_terminate};
    sigemptyset(&action.sa_mask);
    signal(SIGINT, SIG_IGN); /* a terminal sends it to all: the parent decides */
    sigaction(SIGTERM, &action, NULL);
    lure_walls_close_files(keep, sizeof keep / sizeof *keep);
    if (!lure_walls_raise(&options, &t->pulse->walls))
        _exit(1);
    lure_sandbox_supervise(&t->pulse->vitals, take_limits);
}

void lure__worker_process(const lure_worker_task *t)
{
    become_worker(t);
    serve(t);
    exit(0); /* not _exit: a leak checker has its say here */
}
