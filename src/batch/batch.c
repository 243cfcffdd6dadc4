/* batch.c: opening a batch, looking at what it has to do, doing it. See batch.h. */
#define _GNU_SOURCE
#include "batch/batch_inside.h"

#include "base/clock.h"

#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

lure_status lure__batch_no_memory(lure_error *err)
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
        return lure__batch_no_memory(err);
    }
    const size_t jobs = options->jobs ? options->jobs : count_processors();
    pool->borrow_options = options;
    pool->n_workers = jobs < LURE_MOST_JOBS ? jobs : LURE_MOST_JOBS;
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

static void take_plan(lure_batch_task *t, size_t index, lure_answer *answer)
{
    lure_error err;
    const bool good = answer->error.status == LURE_OK;
    if (lure_plan_note(t->batch->plan, index, good ? &answer->plan : NULL, good ? NULL : &answer->error,
                       &err) != LURE_OK)
        lure__batch_stop(t, &err);
}

lure_status lure_batch_look(lure_batch *batch, lure_error *err)
{
    lure_plan *plan = batch->plan;
    lure_batch_task planning = {
        .batch = batch, .job = LURE_JOB_PLAN, .n = plan->n_configurations, .take = take_plan};
    lure_status status = lure__batch_work(&planning, err);
    /* The workers know the plan as it was when they began: those that do the runs are new ones. */
    for (size_t i = 0; i < batch->pool->n_workers; i++)
        lure_worker_stop(&batch->pool->workers[i]);
    if (status == LURE_OK)
        status = lure_plan_list(plan, err);
    if (status != LURE_OK)
        return status;
    batch->runs = calloc(plan->n_runs, sizeof *batch->runs);
    if (!batch->runs)
        return lure__batch_no_memory(err);
    for (size_t i = 0; i < plan->n_runs; i++) {
        const lure_plan_configuration *c = &plan->configurations[plan->runs[i].configuration];
        lure_batch_run *run = &batch->runs[i];
        run->episodic_return = run->tail_mean = NAN;
        if (c->status != LURE_OK) {
            lure_error error = {.status = c->status};
            snprintf(error.text, sizeof error.text, "%s", c->error);
            lure__batch_fail_run(batch, i, &error, 0);
        } else if (lure__batch_take_summary(batch, i)) {
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

static void take_run(lure_batch_task *t, size_t index, lure_answer *answer)
{
    lure_batch *batch = t->batch;
    batch->n_given++;
    if (answer->error.status == LURE_OK && lure__batch_take_summary(batch, index))
        return;
    if (answer->error.status == LURE_OK)
        lure_fail(&answer->error, LURE_ERROR_STORE,
                  "the run came to its end, but its summary.json cannot be read");
    lure__batch_fail_run(batch, index, &answer->error, answer->signal);
    if (is_disk_trouble(&answer->error))
        lure__batch_stop(t, &answer->error);
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
            lure__batch_take_summary(batch, i);
        } else if (twin->status != LURE_OK) {
            lure_error error = {.status = twin->status};
            snprintf(error.text, sizeof error.text, "%s", twin->error ? twin->error : "");
            lure__batch_fail_run(batch, i, &error, twin->signal);
        }
    }
}

lure_status lure_batch_run_all(lure_batch *batch, lure_error *err)
{
    lure_status status = lure__batch_lock(batch, err);
    const double started = lure_clock_seconds();
    if (status == LURE_OK)
        status = lure_batch_look(batch, err);
    if (status != LURE_OK)
        return status;
    lure_batch_task running = {.batch = batch,
                               .job = LURE_JOB_RUN,
                               .n = batch->plan->n_runs,
                               .wanted = run_wanted,
                               .take = take_run};
    status = lure__batch_work(&running, err);
    take_twins(batch);
    for (size_t i = 0; i < batch->pool->n_workers; i++)
        lure_worker_stop(&batch->pool->workers[i]);
    batch->seconds = lure_clock_seconds() - started;
    return status;
}
