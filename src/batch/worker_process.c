/* worker_process.c: the worker itself: walls first, then one job after the other. See worker.h and worker_inside.h. */
#include "batch/batch_inside.h"
#include "batch/worker_inside.h"

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

static void serve(const lure_worker_task *t)
{
    static lure_worker_reply reply;
    lure_worker_order order;
    while (!cancelled && lure__worker_read(t->socket, &order, sizeof order)) {
        memset(&reply, 0, sizeof reply);
        if (cancelled)
            lure_fail(&reply.error, LURE_ERROR_CANCELLED, "stopped by a signal");
        else if (order.job == LURE_JOB_PLAN)
            lure__batch_do_plan(t->orders, order.index, LURE_STUCK_EXIT_CODE, &reply.plan, &reply.error);
        else
            lure__batch_do_run(t->orders, order.index, LURE_STUCK_EXIT_CODE, &reply.run, &reply.error);
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
    int keep[] = {t->socket, t->orders->lock};
    const lure_walls_options options = {.folder = t->orders->only_looks ? NULL : t->orders->out,
                                        .parent = t->parent};
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
