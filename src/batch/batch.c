/* batch.c: the folder, its lock, what is done in it, and handing out the rest. See batch.h. */
#define _GNU_SOURCE
#include "batch/batch.h"

#include "base/clock.h"
#include "base/file.h"
#include "batch/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { MOST_JOBS = 1024, TICK_MILLISECONDS = 100, LOCK_TRIES = 150 };

struct lure_batch_pool {
    const lure_batch_options *borrow_options;
    size_t n_workers;
    int lock; /* -1: not taken */
    lure_worker workers[MOST_JOBS];
};

static volatile sig_atomic_t cancelled;

void lure_batch_cancel(void)
{
    cancelled = 1;
}

static lure_status no_memory(lure_error *err)
{
    return lure_fail(err, LURE_ERROR_MEMORY, "no memory for the batch");
}

/* ---- opening ---- */

static size_t count_processors(void)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return n > 0 ? (size_t)n : 1;
}

lure_status lure_batch_open(const lure_batch_options *options, lure_batch **out, lure_error *err)
{
    *out = NULL;
    lure_batch *batch = calloc(1, sizeof *batch);
    struct lure_batch_pool *pool = calloc(1, sizeof *pool);
    if (!batch || !pool) {
        free(batch);
        free(pool);
        return no_memory(err);
    }
    const size_t jobs = options->jobs ? options->jobs : count_processors();
    pool->borrow_options = options;
    pool->n_workers = jobs < MOST_JOBS ? jobs : MOST_JOBS;
    pool->lock = -1;
    batch->pool = pool;
    lure_status status = lure_plan_read(options->request, &batch->plan, err);
    if (status == LURE_OK) {
        const int n = options->out ? snprintf(batch->out, sizeof batch->out, "%s", options->out)
                                   : snprintf(batch->out, sizeof batch->out, "runs/%s", batch->plan->name);
        if (n >= (int)sizeof batch->out - 256) /* room for the names of runs and files below it */
            status = lure_fail(err, LURE_ERROR_STORE, "--out: the path is too long");
        batch->tracks = calloc(batch->plan->n_configurations, sizeof *batch->tracks);
        if (!batch->tracks && status == LURE_OK)
            status = no_memory(err);
    }
    if (status == LURE_OK)
        *out = batch;
    else
        lure_batch_close(batch);
    return status;
}

void lure_batch_close(lure_batch *batch)
{
    if (!batch)
        return;
    for (size_t i = 0; i < batch->pool->n_workers; i++)
        lure_worker_kill(&batch->pool->workers[i]);
    if (batch->pool->lock >= 0)
        close(batch->pool->lock);
    for (size_t i = 0; batch->runs && i < batch->plan->n_runs; i++)
        free(batch->runs[i].error);
    free(batch->runs);
    free(batch->tracks);
    free(batch->pool);
    lure_plan_destroy(batch->plan);
    free(batch);
}

/* ---- the lock ---- */

/* Who holds it, from the file; 0: not said yet. */
static long read_holder(int file)
{
    char text[32] = "";
    ssize_t n = pread(file, text, sizeof text - 1, 0);
    return n > 0 ? strtol(text, NULL, 10) : 0;
}

/* The lock is the open file, not its text. Workers have it open too, so it lasts until the last of them is gone: a batch
   that starts right after another was killed waits for that, which takes milliseconds. */
static lure_status take_lock(lure_batch *batch, lure_error *err)
{
    char path[LURE_PATH_SIZE], pid[32];
    lure_status status = lure_folder_make(batch->out, err);
    if (status == LURE_OK)
        status = lure_path_join(batch->out, ".lock", path, err);
    if (status != LURE_OK)
        return status;
    const int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0)
        return lure_fail(err, LURE_ERROR_STORE, "cannot write into %s: %s", batch->out, strerror(errno));
    batch->pool->lock = file;
    for (int try = 0; flock(file, LOCK_EX | LOCK_NB) != 0; try++) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return lure_fail(err, LURE_ERROR_STORE, "cannot lock %s: %s", path, strerror(errno));
        const long holder = read_holder(file);
        const bool alive = holder > 0 && (kill((pid_t)holder, 0) == 0 || errno == EPERM);
        if (alive || try == LOCK_TRIES)
            return lure_fail(
                err, LURE_ERROR_STORE,
                "another batch (process %ld) is at work in %s; wait for it, or name another folder "
                "with --out",
                holder, batch->out);
        poll(NULL, 0, 20);
    }
    const int n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    if (ftruncate(file, 0) != 0 || pwrite(file, pid, (size_t)n, 0) != n)
        return lure_fail(err, LURE_ERROR_STORE, "cannot write %s: %s", path, strerror(errno));
    return LURE_OK;
}

/* ---- what is on disk ---- */

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
static bool take_summary(lure_batch *batch, size_t i)
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

static void fail_run(lure_batch *batch, size_t i, const lure_error *error, int signal_number)
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

/* ---- handing out ---- */

/* Something to do n times, in any order but begun in order, by the workers. */
typedef struct task {
    lure_batch *batch;
    lure_job job;
    size_t n, next;
    bool stopping;    /* nothing more is handed out */
    lure_error error; /* why; also what the task ends with */
    bool (*wanted)(const lure_batch *batch, size_t index);
    void (*take)(struct task *task, size_t index, lure_answer *answer);
} task;

static void stop(task *t, const lure_error *error)
{
    if (!t->stopping)
        t->error = *error;
    t->stopping = true;
}

static void show_progress(lure_batch *batch, size_t n_busy, double started)
{
    const lure_batch_options *options = batch->pool->borrow_options;
    if (!options->progress || !batch->runs) /* planning is quick */
        return;
    const size_t n_left = batch->plan->n_runs - batch->n_done - batch->n_failed;
    lure_batch_progress p = {.planned = batch->plan->n_runs,
                             .done = batch->n_done,
                             .failed = batch->n_failed,
                             .skipped = batch->n_skipped,
                             .running = n_busy,
                             .seconds = lure_clock_seconds() - started};
    p.seconds_left = batch->n_given ? p.seconds / (double)batch->n_given * (double)n_left : NAN;
    options->progress(options->progress_data, &p);
}

/* Gives the next piece to an idle worker, which is started when it is not there. */
static void feed(task *t, lure_worker *worker)
{
    lure_batch *batch = t->batch;
    lure_error err;
    while (t->next < t->n && t->wanted && !t->wanted(batch, t->next))
        t->next++;
    for (int attempt = 0; t->next < t->n && !t->stopping; attempt++) {
        if (!worker->pid && lure_worker_start(worker, batch->plan, batch->out, &err) != LURE_OK) {
            stop(t, &err);
            return;
        }
        if (lure_worker_give(worker, t->job, t->next)) {
            t->next++;
            return;
        }
        lure_worker_kill(worker); /* it died while it had nothing to do: nothing is lost */
        if (attempt == 3) {
            lure_fail(&err, LURE_ERROR_CRASHED, "worker processes die before they get work");
            stop(t, &err);
        }
    }
}

/* All told to end; a run that has not begun yet does not hear it, so again at every tick. */
static void cancel(task *t)
{
    lure_error err;
    struct lure_batch_pool *pool = t->batch->pool;
    lure_fail(&err, LURE_ERROR_CANCELLED, "stopped by a signal");
    stop(t, &err);
    for (size_t i = 0; i < pool->n_workers; i++) {
        lure_worker *worker = &pool->workers[i];
        if (worker->busy && t->job == LURE_JOB_PLAN) /* has nothing that is worth keeping */
            lure_worker_kill(worker);
        else if (worker->busy)
            lure_worker_cancel(worker);
    }
}

static lure_status work(task *t, lure_error *err)
{
    lure_batch *batch = t->batch;
    struct lure_batch_pool *pool = batch->pool;
    struct pollfd waiting[MOST_JOBS];
    const double started = lure_clock_seconds();
    for (;;) {
        size_t n_busy = 0, n_waiting = 0;
        if (cancelled)
            cancel(t);
        for (size_t i = 0; i < pool->n_workers; i++) {
            lure_worker *worker = &pool->workers[i];
            if (!worker->busy && !t->stopping && t->next < t->n)
                feed(t, worker);
            n_busy += worker->busy;
            waiting[i] = (struct pollfd){.fd = worker->busy ? worker->socket : -1, .events = POLLIN};
            n_waiting = i + 1;
        }
        show_progress(batch, n_busy, started);
        if (n_busy == 0)
            break;
        if (poll(waiting, n_waiting, TICK_MILLISECONDS) <= 0)
            continue; /* a tick, or a signal */
        for (size_t i = 0; i < n_waiting; i++) {
            lure_answer answer;
            lure_worker *worker = &pool->workers[i];
            if (waiting[i].fd < 0 || !waiting[i].revents)
                continue;
            const size_t index = worker->index;
            lure_worker_take(worker, &answer);
            t->take(t, index, &answer);
            lure_run_plan_free(&answer.plan);
        }
    }
    if (!t->stopping)
        return LURE_OK;
    *err = t->error;
    return err->status;
}

/* ---- planning ---- */

static void take_plan(task *t, size_t index, lure_answer *answer)
{
    lure_error err;
    const bool good = answer->error.status == LURE_OK;
    if (lure_plan_note(t->batch->plan, index, good ? &answer->plan : NULL, good ? NULL : &answer->error,
                       &err) != LURE_OK)
        stop(t, &err);
}

lure_status lure_batch_look(lure_batch *batch, lure_error *err)
{
    lure_plan *plan = batch->plan;
    task planning = {.batch = batch, .job = LURE_JOB_PLAN, .n = plan->n_configurations, .take = take_plan};
    lure_status status = work(&planning, err);
    /* The workers know the plan as it was when they began: those that do the runs are new ones. */
    for (size_t i = 0; i < batch->pool->n_workers; i++)
        lure_worker_stop(&batch->pool->workers[i]);
    if (status == LURE_OK)
        status = lure_plan_list(plan, err);
    if (status != LURE_OK)
        return status;
    batch->runs = calloc(plan->n_runs, sizeof *batch->runs);
    if (!batch->runs)
        return no_memory(err);
    for (size_t i = 0; i < plan->n_runs; i++) {
        const lure_plan_configuration *c = &plan->configurations[plan->runs[i].configuration];
        lure_batch_run *run = &batch->runs[i];
        run->episodic_return = run->tail_mean = NAN;
        if (c->status != LURE_OK) {
            lure_error error = {.status = c->status};
            snprintf(error.text, sizeof error.text, "%s", c->error);
            fail_run(batch, i, &error, 0);
        } else if (take_summary(batch, i)) {
            run->skipped = true;
            batch->n_skipped++;
        }
    }
    return LURE_OK;
}

/* ---- running ---- */

static bool run_wanted(const lure_batch *batch, size_t index)
{
    const lure_batch_run *run = &batch->runs[index];
    return !run->done && run->status == LURE_OK && batch->plan->runs[index].twin == index;
}

/* Errors of the store that every other run would meet too. */
static bool is_disk_trouble(const lure_error *error)
{
    static const int reasons[] = {ENOSPC, EDQUOT, EROFS, EIO};
    for (size_t i = 0; error->status == LURE_ERROR_STORE && i < sizeof reasons / sizeof *reasons; i++)
        if (strstr(error->text, strerror(reasons[i])))
            return true;
    return false;
}

static void take_run(task *t, size_t index, lure_answer *answer)
{
    lure_batch *batch = t->batch;
    batch->n_given++;
    if (answer->error.status == LURE_OK && take_summary(batch, index))
        return;
    if (answer->error.status == LURE_OK)
        lure_fail(&answer->error, LURE_ERROR_STORE,
                  "the run came to its end, but its summary.json cannot be read");
    fail_run(batch, index, &answer->error, answer->signal);
    if (is_disk_trouble(&answer->error))
        stop(t, &answer->error);
}

/* Runs that are the same as an earlier one have its outcome. */
static void take_twins(lure_batch *batch)
{
    for (size_t i = 0; i < batch->plan->n_runs; i++) {
        lure_batch_run *run = &batch->runs[i];
        const lure_batch_run *twin = &batch->runs[batch->plan->runs[i].twin];
        if (twin == run || run->done || run->status != LURE_OK)
            continue;
        if (twin->done) {
            take_summary(batch, i);
        } else if (twin->status != LURE_OK) {
            lure_error error = {.status = twin->status};
            snprintf(error.text, sizeof error.text, "%s", twin->error ? twin->error : "");
            fail_run(batch, i, &error, twin->signal);
        }
    }
}

lure_status lure_batch_run_all(lure_batch *batch, lure_error *err)
{
    lure_status status = take_lock(batch, err);
    const double started = lure_clock_seconds();
    if (status == LURE_OK)
        status = lure_batch_look(batch, err);
    if (status != LURE_OK)
        return status;
    task running = {.batch = batch,
                    .job = LURE_JOB_RUN,
                    .n = batch->plan->n_runs,
                    .wanted = run_wanted,
                    .take = take_run};
    status = work(&running, err);
    take_twins(batch);
    for (size_t i = 0; i < batch->pool->n_workers; i++)
        lure_worker_stop(&batch->pool->workers[i]);
    batch->seconds = lure_clock_seconds() - started;
    return status;
}
