/* worker.c: the parent's side of a worker; see worker.h. A stream socket carries a job down and an answer up, each of fixed size
   but for the seeds of a plan. Nothing else is shared but what fork copies, and the page of pulse.h. */
#define _GNU_SOURCE
#include "batch/worker_inside.h"

#include "base/clock.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the socket ---- */

bool lure__worker_read(int file, void *bytes, size_t n)
{
    char *to = bytes;
    while (n > 0) {
        ssize_t got = read(file, to, n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        to += got;
        n -= (size_t)got;
    }
    return true;
}

bool lure__worker_write(int file, const void *bytes, size_t n)
{
    const char *from = bytes;
    while (n > 0) {
        ssize_t put = send(file, from, n, MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        from += put;
        n -= (size_t)put;
    }
    return true;
}

/* ---- the process ---- */

lure_status lure_worker_start(lure_worker *worker, const lure_worker_orders *orders, lure_error *err)
{
    int ends[2];
    lure_worker_task task = {.orders = orders, .parent = getpid()};
    *worker = (lure_worker){0};
    task.pulse = lure_pulse_open();
    if (!task.pulse)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory to share with a worker");
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        lure_fail(err, LURE_ERROR_STORE, "cannot make a socket for a worker: %s", strerror(errno));
        lure_pulse_close(task.pulse);
        return LURE_ERROR_STORE;
    }
    fflush(NULL); /* or the worker would write it again */
    task.socket = ends[1];
    const pid_t pid = fork();
    if (pid == 0)
        lure__worker_process(&task);
    if (pid < 0)
        lure_fail(err, LURE_ERROR_STORE, "cannot start a worker process: %s", strerror(errno));
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        lure_pulse_close(task.pulse);
        return LURE_ERROR_STORE;
    }
    lure_pulse_keep(task.pulse);
    worker->pid = pid;
    worker->socket = ends[0];
    worker->pulse = task.pulse;
    return LURE_OK;
}

bool lure_worker_give(lure_worker *worker, lure_job job, size_t index)
{
    lure_worker_order order;
    memset(&order, 0, sizeof order); /* padding too */
    order.job = job;
    order.index = index;
    if (!lure__worker_write(worker->socket, &order, sizeof order))
        return false;
    worker->busy = true;
    worker->index = index;
    worker->since = lure_clock_seconds();
    worker->verdict = LURE_PULSE_FINE;
    lure_pulse_begin(&worker->watch, worker->pulse, worker->pid);
    return true;
}

static int reap(lure_worker *worker)
{
    int state = 0;
    shutdown(worker->socket,
             SHUT_RDWR); /* workers that were forked later have a copy: closing is not enough */
    close(worker->socket);
    while (waitpid(worker->pid, &state, 0) < 0 && errno == EINTR)
        ;
    lure_pulse_close(worker->pulse);
    *worker = (lure_worker){0};
    return state;
}

/* Names as in kill -l; the C library's own text would depend on the locale. */
static const char *signal_name(int number)
{
    const char *name = sigabbrev_np(number);
    return name ? name : "?";
}

/* What the watchdog killed died of what it had seen. */
static bool describe_verdict(const lure_worker *worker, lure_answer *answer)
{
    const double step = worker->pulse->vitals.step_seconds, run = worker->pulse->vitals.run_seconds;
    switch (worker->verdict) {
    case LURE_PULSE_FINE: return false;
    case LURE_PULSE_STUCK:
        lure_fail(&answer->error, LURE_ERROR_TIME,
                  "time limit: the worker process computed on without a step or an update and no longer "
                  "listened to its timer, so it was killed (limits.step_seconds = %g)",
                  step);
        return true;
    case LURE_PULSE_OVER:
        lure_fail(&answer->error, LURE_ERROR_WALL,
                  "time limit: the run was not over after %g seconds and no longer listened to its timer, "
                  "so it was killed (limits.run_seconds)",
                  run);
        return true;
    case LURE_PULSE_STILL:
        answer->signal = SIGKILL;
        lure_fail(&answer->error, LURE_ERROR_CRASHED,
                  "the worker process stood still for minutes without computing, so it was killed");
        return true;
    }
    return false;
}

static void describe_death(int state, lure_answer *answer)
{
    const int number = WIFSIGNALED(state) ? WTERMSIG(state) : 0;
    if (number == SIGXCPU) {
        lure_fail(&answer->error, LURE_ERROR_WALL,
                  "time limit: the worker process computed longer than a run may last, so the kernel killed "
                  "it (limits.run_seconds)");
    } else if (number) {
        answer->signal = number;
        lure_fail(&answer->error, LURE_ERROR_CRASHED, "the worker process was killed by signal %d (SIG%s)",
                  number, signal_name(number));
    } else if (WIFEXITED(state) && WEXITSTATUS(state) == LURE_STUCK_EXIT_CODE) {
        lure_fail(&answer->error, LURE_ERROR_TIME,
                  "time limit: a script was inside one library call that did not end (limits.step_seconds)");
    } else if (WIFEXITED(state) && WEXITSTATUS(state) == 0) { /* it was told to end, and had not begun */
        lure_fail(&answer->error, LURE_ERROR_CANCELLED, "the worker process was told to end");
    } else {
        lure_fail(&answer->error, LURE_ERROR_CRASHED, "the worker process ended by itself with code %d",
                  WIFEXITED(state) ? WEXITSTATUS(state) : -1);
    }
}

/* What comes is believed as far as it cannot hurt: a script may have taken the worker over. */
static bool makes_sense(lure_worker_reply *reply)
{
    enum { MOST_SEEDS = 1000000 }; /* as many as an experiment may have */
    reply->error.text[sizeof reply->error.text - 1] = '\0';
    reply->plan.experiment[sizeof reply->plan.experiment - 1] = '\0';
    reply->run.track[sizeof reply->run.track - 1] = '\0';
    reply->plan.config_hash[sizeof reply->plan.config_hash - 1] = '\0';
    return reply->plan.n_seeds <= MOST_SEEDS && strcmp(lure_status_name(reply->error.status), "unknown") != 0;
}

static bool read_reply(lure_worker *worker, lure_answer *answer)
{
    static lure_worker_reply reply;
    if (!lure__worker_read(worker->socket, &reply, sizeof reply))
        return false;
    if (!makes_sense(&reply)) {
        kill(worker->pid, SIGKILL);
        return false;
    }
    answer->error = reply.error;
    answer->run = reply.run;
    if (reply.error.status != LURE_OK || !reply.plan.n_seeds)
        return true;
    const size_t size = (size_t)reply.plan.n_seeds * sizeof(uint64_t);
    answer->plan = reply.plan;
    answer->plan.seeds = malloc(size); /* the pointer that came is the worker's */
    if (answer->plan.seeds && lure__worker_read(worker->socket, answer->plan.seeds, size))
        return true;
    const bool has_memory = answer->plan.seeds != NULL;
    lure_run_plan_free(&answer->plan);
    answer->plan = (lure_run_plan){0};
    if (has_memory)
        return false;
    lure_worker_kill(worker); /* the stream cannot be understood from here on */
    lure_fail(&answer->error, LURE_ERROR_MEMORY, "no memory for the seeds");
    return true;
}

void lure_worker_take(lure_worker *worker, lure_answer *answer)
{
    memset(answer, 0, sizeof *answer);
    worker->busy = false;
    if (read_reply(worker, answer)) {
        if (worker->verdict != LURE_PULSE_FINE) /* it answered just before it was killed */
            lure_worker_kill(worker);
        return;
    }
    const bool is_told = describe_verdict(worker, answer);
    const int state = reap(worker);
    if (!is_told)
        describe_death(state, answer);
}

void lure_worker_cancel(lure_worker *worker)
{
    if (worker->pid)
        kill(worker->pid, SIGTERM);
}

void lure_worker_stop(lure_worker *worker)
{
    if (worker->pid)
        reap(worker); /* it ends when its socket does */
}

void lure_worker_kill(lure_worker *worker)
{
    if (!worker->pid)
        return;
    kill(worker->pid, SIGKILL);
    reap(worker);
}

void lure_worker_look(lure_worker *worker)
{
    if (!worker->busy || worker->verdict != LURE_PULSE_FINE)
        return;
    worker->verdict = lure_pulse_look(&worker->watch, worker->pulse, worker->pid);
    if (worker->verdict != LURE_PULSE_FINE)
        kill(worker->pid, SIGKILL); /* the end of its socket tells the rest */
}
