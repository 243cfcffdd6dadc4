/* batch.c: opening a batch, looking at what it has to do, doing it. See batch.h. */
#define _GNU_SOURCE
#include "batch/batch_inside.h"

#include "base/clock.h"

#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

lure_status lure__batch_no_memory(lure_error *err)
{
    return lure_fail(err, LURE_ERROR_MEMORY, "no memory for the batch");
}

void lure__batch_tell(const lure_batch *batch, const char *format, ...)
{
    const lure_batch_options *options = batch->pool->borrow_options;
    char line[2560];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (options->tell)
        options->tell(options->tell_data, line);
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
        return lure__batch_no_memory(err);
    }
    const size_t jobs = options->jobs ? options->jobs : count_processors();
    pool->borrow_options = options;
    pool->n_workers = jobs < LURE_MOST_JOBS ? jobs : LURE_MOST_JOBS;
    pool->lock = pool->sync.folder = -1;
    batch->pool = pool;
    lure_status status = lure_plan_read(options->request, &batch->plan, err);
    if (status == LURE_OK) {
        const int n = options->out ? snprintf(batch->out, sizeof batch->out, "%s", options->out)
                                   : snprintf(batch->out, sizeof batch->out, "runs/%s", batch->plan->name);
        if (n >= (int)sizeof batch->out - 256) /* room for the names of runs and files below it */
            status = lure_fail(err, LURE_ERROR_STORE, "--out: the path is too long");
        batch->tracks = calloc(batch->plan->n_configurations, sizeof *batch->tracks);
        if (!batch->tracks && status == LURE_OK)
            status = lure__batch_no_memory(err);
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
    lure__batch_sync_close(batch);
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

/* ---- planning ---- */

static bool plan_wanted(const lure_batch *batch, size_t index)
{
    return !batch->plan->configurations[index].noted;
}

static void take_plan(lure_batch_task *t, size_t index, lure_answer *answer)
{
    lure_error err;
    if (answer->signal && !t->is_last)
        return;
    const bool good = answer->error.status == LURE_OK;
    if (lure_plan_note(t->batch->plan, index, good ? &answer->plan : NULL, good ? NULL : &answer->error,
                       &err) != LURE_OK)
        lure__batch_stop(t, &err);
}

lure_status lure_batch_look(lure_batch *batch, lure_error *err)
{
    lure_plan *plan = batch->plan;
    struct lure_batch_pool *pool = batch->pool;
    lure_status status = LURE_OK;
    pool->orders = (lure_worker_orders){.plan = plan,
                                        .out = batch->out,
                                        .only_looks = pool->lock < 0,
                                        .lock = pool->lock,
                                        .capture_seconds = pool->borrow_options->capture_seconds};
    lure__batch_check_scripts(batch);
    /* Twice: a worker that something killed while it planned must not cost a configuration all its seeds. */
    for (int try = 0; try < 2 && status == LURE_OK; try++) {
        lure_batch_task planning = {.batch = batch,
                                    .job = LURE_JOB_PLAN,
                                    .n = plan->n_configurations,
                                    .is_last = try > 0,
                                    .wanted = plan_wanted,
                                    .take = take_plan};
        status = lure__batch_work(&planning, err);
    }
    /* The workers know the plan as it was when they began: those that do the runs are new ones. */
    for (size_t i = 0; i < pool->n_workers; i++)
        lure_worker_stop(&pool->workers[i]);
    if (status == LURE_OK)
        status = lure_plan_list(plan, err);
    if (status != LURE_OK)
        return status;
    batch->runs = calloc(plan->n_runs, sizeof *batch->runs);
    if (!batch->runs)
        return lure__batch_no_memory(err);
    for (size_t i = 0; i < plan->n_runs; i++)
        batch->runs[i].episodic_return = batch->runs[i].tail_mean = NAN;
    return lure__batch_look_at_runs(batch, err);
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

/* What the run's own process could not write down. */
static lure_status write_failure(const lure_batch *batch, size_t index, const lure_answer *answer,
                                 lure_error *err)
{
    const lure_plan_run *run = &batch->plan->runs[index];
    const lure_run_failure failure = {.run_id = run->id,
                                      .experiment = batch->plan->configurations[run->configuration].name,
                                      .seed = run->seed,
                                      .error = answer->error,
                                      .signal = answer->signal};
    char directory[LURE_PATH_SIZE];
    const lure_status status = lure_plan_directory(batch->plan, index, batch->out, directory, err);
    if (status != LURE_OK || lure__batch_has_failure(batch, index, answer->error.status))
        return status;
    return lure_run_write_failure(directory, &failure, err);
}

static void take_run(lure_batch_task *t, size_t index, lure_answer *answer)
{
    lure_batch *batch = t->batch;
    lure_error err;
    batch->n_given++;
    if (answer->error.status == LURE_OK
            ? lure__batch_take_told(batch, index, &answer->run)
            : answer->error.status == LURE_ERROR_CRASHED && lure__batch_take_stored(batch, index)) {
        lure__batch_sync_note(batch, index);
        return;
    }
    if (answer->error.status == LURE_OK)
        lure_fail(&answer->error, LURE_ERROR_STORE,
                  "the run came to its end, but its summary.json cannot be read");
    /* who ends a batch may end its workers, too: that says nothing about their runs */
    if (answer->error.status == LURE_ERROR_CRASHED && t->stopping &&
        t->error.status == LURE_ERROR_CANCELLED) {
        answer->error.status = LURE_ERROR_CANCELLED;
        answer->signal = 0;
    }
    lure__batch_fail_run(batch, index, &answer->error, answer->signal);
    if (answer->error.status == LURE_ERROR_CANCELLED)
        return;
    if (is_disk_trouble(&answer->error)) {
        lure__batch_stop(t, &answer->error);
    } else if (answer->error.status != LURE_ERROR_STORE) {
        if (write_failure(batch, index, answer, &err) == LURE_OK)
            lure__batch_sync_note(batch, index);
        else if (is_disk_trouble(&err))
            lure__batch_stop(t, &err);
    }
    if (batch->pool->borrow_options->fails_fast && !t->stopping)
        lure__batch_stop(t, &(lure_error){0});
}

lure_status lure_batch_run_all(lure_batch *batch, lure_error *err)
{
    const double started = lure_clock_seconds();
    lure_status status = lure__batch_lock(batch, err);
    if (status == LURE_OK)
        status = lure_batch_look(batch, err);
    if (status == LURE_OK)
        status = lure__batch_write_request(batch, err);
    if (status == LURE_OK)
        status = lure__batch_sync_open(batch, err);
    if (status != LURE_OK)
        return status;
    lure__batch_index_complete(batch);
    lure_batch_task running = {.batch = batch,
                               .job = LURE_JOB_RUN,
                               .n = batch->plan->n_runs,
                               .wanted = run_wanted,
                               .take = take_run};
    /* what cannot even be planned has failed now, too */
    if (!batch->pool->borrow_options->fails_fast || batch->n_failed == batch->n_kept_failed)
        status = lure__batch_work(&running, err);
    for (size_t i = 0; i < batch->pool->n_workers; i++)
        lure_worker_stop(&batch->pool->workers[i]);
    lure_error of_disk;
    if (lure__batch_sync_finish(batch, &of_disk) != LURE_OK && status == LURE_OK) {
        *err = of_disk;
        status = of_disk.status;
    }
    for (size_t i = 0; i < batch->plan->n_runs; i++)
        lure__batch_take_twin(batch, i);
    batch->seconds = lure_clock_seconds() - started;
    return status;
}
