/* batch_work.c: the pieces of a task handed out to worker processes, and cancelling them. See batch_inside.h. */
#include "batch/batch_inside.h"

#include "base/clock.h"

#include <math.h>
#include <poll.h>
#include <signal.h>

enum { TICK_MILLISECONDS = 100 };

static volatile sig_atomic_t cancelled;

void lure_batch_cancel(void)
{
    cancelled = 1;
}

void lure__batch_stop(lure_batch_task *t, const lure_error *error)
{
    if (!t->stopping)
        t->error = *error;
    t->stopping = true;
}

bool lure_batch_slot_read(const lure_batch *batch, size_t slot, lure_batch_slot *out)
{
    const lure_worker *worker = &batch->pool->workers[slot];
    if (slot >= batch->pool->n_workers || !worker->busy)
        return false;
    const lure_vitals vitals = worker->pulse->vitals;
    *out = (lure_batch_slot){.run = worker->index,
                             .updates = vitals.is_watched ? vitals.updates : 0,
                             .seconds = fmax(lure_clock_seconds() - worker->since, 0)};
    out->update = vitals.update < out->updates ? vitals.update : out->updates;
    return true;
}

/* How much of the runs that are under way is done, in runs. */
static double part_done(const struct lure_batch_pool *pool)
{
    double sum = 0;
    for (size_t i = 0; i < pool->n_workers; i++) {
        const lure_worker *worker = &pool->workers[i];
        if (!worker->busy)
            continue;
        const lure_vitals v = worker->pulse->vitals; /* looked at once: it changes meanwhile */
        if (v.is_watched && v.updates && v.update <= v.updates)
            sum += (double)v.update / (double)v.updates;
    }
    return sum;
}

static void show_progress(lure_batch *batch, size_t n_busy, double started)
{
    const lure_batch_options *options = batch->pool->borrow_options;
    if (!options->progress || !batch->runs) /* planning is quick */
        return;
    const double part = part_done(batch->pool), given = (double)batch->n_given + part,
                 left = (double)(batch->plan->n_runs - batch->n_done - batch->n_failed) - part;
    lure_batch_progress p = {.planned = batch->plan->n_runs,
                             .done = batch->n_done,
                             .failed = batch->n_failed,
                             .skipped = batch->n_skipped,
                             .running = n_busy,
                             .part = part,
                             .seconds = fmax(lure_clock_seconds() - started, 0),
                             .borrow_batch = batch,
                             .n_slots = batch->pool->n_workers};
    p.seconds_left = given > 0 ? p.seconds / given * left : NAN;
    options->progress(options->progress_data, &p);
}

/* Gives the next piece to an idle worker, which is started when it is not there. */
static void feed(lure_batch_task *t, lure_worker *worker)
{
    lure_batch *batch = t->batch;
    lure_error err;
    while (t->next < t->n && t->wanted && !t->wanted(batch, t->next))
        t->next++;
    for (int attempt = 0; t->next < t->n && !t->stopping; attempt++) {
        if (!worker->pid && lure_worker_start(worker, &batch->pool->orders, &err) != LURE_OK) {
            lure__batch_stop(t, &err);
            return;
        }
        if (lure_worker_give(worker, t->job, t->next)) {
            t->next++;
            return;
        }
        lure_worker_kill(worker); /* it died while it had nothing to do: nothing is lost */
        if (attempt == 3) {
            lure_fail(&err, LURE_ERROR_CRASHED, "worker processes die before they get work");
            lure__batch_stop(t, &err);
        }
    }
}

/* All told to end; a run that has not begun yet does not hear it, so again at every tick. */
static void cancel(lure_batch_task *t)
{
    lure_error err;
    struct lure_batch_pool *pool = t->batch->pool;
    lure_fail(&err, LURE_ERROR_CANCELLED, "stopped by a signal");
    lure__batch_stop(t, &err);
    for (size_t i = 0; i < pool->n_workers; i++) {
        lure_worker *worker = &pool->workers[i];
        if (worker->busy && t->job == LURE_JOB_PLAN) /* has nothing that is worth keeping */
            lure_worker_kill(worker);
        else if (worker->busy)
            lure_worker_cancel(worker);
    }
}

/* All workers have the same walls: the first that answers tells. */
static void tell_walls(const lure_batch *batch, const lure_worker *worker)
{
    struct lure_batch_pool *pool = batch->pool;
    if (pool->has_told_walls || !worker->pulse)
        return;
    pool->has_told_walls = true;
    for (int i = 0; i < LURE_N_WALLS; i++) {
        const lure_walls *walls = &worker->pulse->walls;
        if (!walls->up[i] && *walls->text[i])
            lure__batch_tell(batch, "workers go without %s: %.*s", lure_wall_name((lure_wall)i),
                             (int)sizeof walls->text[i], walls->text[i]);
    }
}

static void look_after(struct lure_batch_pool *pool)
{
    const double now = lure_clock_seconds();
    if (now >= pool->looked_at && now - pool->looked_at < 1e-3 * TICK_MILLISECONDS)
        return;
    pool->looked_at = now;
    for (size_t i = 0; i < pool->n_workers; i++)
        lure_worker_look(&pool->workers[i]);
}

lure_status lure__batch_work(lure_batch_task *t, lure_error *err)
{
    lure_batch *batch = t->batch;
    struct lure_batch_pool *pool = batch->pool;
    struct pollfd waiting[LURE_MOST_JOBS];
    const double started = lure_clock_seconds();
    lure_error err_of_disk;
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
        look_after(pool);
        if (lure__batch_sync_look(batch, &err_of_disk) != LURE_OK)
            lure__batch_stop(t, &err_of_disk);
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
            tell_walls(batch, worker);
            lure_worker_take(worker, &answer);
            if (answer.error.status == LURE_OK) /* stops nothing: no waiting until it is looked at */
                feed(t, worker);
            t->take(t, index, &answer);
            lure_run_plan_free(&answer.plan);
        }
    }
    if (!t->stopping)
        return LURE_OK;
    *err = t->error;
    return err->status;
}
