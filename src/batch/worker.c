/* worker.c: see worker.h. A stream socket carries a job down and an answer up, each of fixed size but for the seeds
   of a plan. Nothing is shared but what fork copies. */
#define _GNU_SOURCE
#include "batch/batch_inside.h"

#include "base/clock.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STUCK_EXIT_CODE = 97 };

typedef struct message_down {
    lure_job job;
    size_t index;
} message_down;

/* What goes up; n_seeds seeds follow. */
typedef struct message_up {
    lure_error error;
    lure_run_plan plan;
} message_up;

/* All of it, or false at the end of the stream. */
static bool read_all(int file, void *bytes, size_t n)
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

static bool write_all(int file, const void *bytes, size_t n)
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

/* ---- in the worker ---- */

static volatile sig_atomic_t cancelled;

static void on_terminate(int signal_number)
{
    (void)signal_number;
    cancelled = 1;
    lure_run_cancel();
}

static void serve(int socket, const lure_worker_orders *orders)
{
    static message_up reply;
    message_down order;
    while (!cancelled && read_all(socket, &order, sizeof order)) {
        memset(&reply, 0, sizeof reply);
        if (cancelled)
            lure_fail(&reply.error, LURE_ERROR_CANCELLED, "stopped by a signal");
        else if (order.job == LURE_JOB_PLAN)
            lure__batch_do_plan(orders, order.index, STUCK_EXIT_CODE, &reply.plan, &reply.error);
        else
            lure__batch_do_run(orders, order.index, STUCK_EXIT_CODE, &reply.error);
        bool told = write_all(socket, &reply, sizeof reply) &&
                    write_all(socket, reply.plan.seeds, (size_t)reply.plan.n_seeds * sizeof(uint64_t));
        lure_run_plan_free(&reply.plan);
        if (!told)
            return;
    }
}

static void become_worker(pid_t parent)
{
    const struct rlimit none = {0, 0};
    struct sigaction action = {.sa_handler = on_terminate};
    sigemptyset(&action.sa_mask);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* it died before it could be said */
        _exit(1);
    setrlimit(RLIMIT_CORE, &none);
    signal(SIGINT, SIG_IGN); /* a terminal sends it to all: the parent decides */
    sigaction(SIGTERM, &action, NULL);
}

/* ---- in the parent ---- */

lure_status lure_worker_start(lure_worker *worker, const lure_worker_orders *orders, lure_error *err)
{
    int ends[2];
    const pid_t parent = getpid();
    *worker = (lure_worker){0};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return lure_fail(err, LURE_ERROR_STORE, "cannot make a socket for a worker: %s", strerror(errno));
    fflush(NULL); /* or the worker would write it again */
    const pid_t pid = fork();
    if (pid < 0) {
        lure_fail(err, LURE_ERROR_STORE, "cannot start a worker process: %s", strerror(errno));
        close(ends[0]);
        close(ends[1]);
        return LURE_ERROR_STORE;
    }
    if (pid == 0) {
        close(ends[0]);
        become_worker(parent);
        serve(ends[1], orders);
        exit(0); /* not _exit: a leak checker has its say here */
    }
    close(ends[1]);
    worker->pid = pid;
    worker->socket = ends[0];
    return LURE_OK;
}

bool lure_worker_give(lure_worker *worker, lure_job job, size_t index)
{
    message_down order;
    memset(&order, 0, sizeof order); /* padding too */
    order.job = job;
    order.index = index;
    if (!write_all(worker->socket, &order, sizeof order))
        return false;
    worker->busy = true;
    worker->index = index;
    worker->since = lure_clock_seconds();
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
    *worker = (lure_worker){0};
    return state;
}

/* Names as in kill -l; the C library's own text would depend on the locale. */
static const char *signal_name(int number)
{
    const char *name = sigabbrev_np(number);
    return name ? name : "?";
}

static void describe_death(int state, lure_answer *answer)
{
    if (WIFSIGNALED(state)) {
        answer->signal = WTERMSIG(state);
        lure_fail(&answer->error, LURE_ERROR_CRASHED, "the worker process was killed by signal %d (SIG%s)",
                  answer->signal, signal_name(answer->signal));
    } else if (WIFEXITED(state) && WEXITSTATUS(state) == STUCK_EXIT_CODE) {
        lure_fail(&answer->error, LURE_ERROR_TIME,
                  "time limit: a script was inside one library call that did not end (limits.step_seconds)");
    } else {
        lure_fail(&answer->error, LURE_ERROR_CRASHED, "the worker process ended by itself with code %d",
                  WIFEXITED(state) ? WEXITSTATUS(state) : -1);
    }
}

void lure_worker_take(lure_worker *worker, lure_answer *answer)
{
    static message_up reply;
    memset(answer, 0, sizeof *answer);
    worker->busy = false;
    if (read_all(worker->socket, &reply, sizeof reply)) {
        answer->error = reply.error;
        if (reply.error.status != LURE_OK || !reply.plan.n_seeds)
            return;
        const size_t size = (size_t)reply.plan.n_seeds * sizeof(uint64_t);
        answer->plan = reply.plan;
        answer->plan.seeds = malloc(size); /* the pointer that came is the worker's */
        if (answer->plan.seeds && read_all(worker->socket, answer->plan.seeds, size))
            return;
        if (!answer->plan.seeds) { /* the stream cannot be understood from here on */
            lure_worker_kill(worker);
            answer->plan = (lure_run_plan){0};
            lure_fail(&answer->error, LURE_ERROR_MEMORY, "no memory for the seeds");
            return;
        }
        lure_run_plan_free(&answer->plan);
        answer->plan = (lure_run_plan){0};
    }
    describe_death(reap(worker), answer);
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
