/* batch_sync.c: group commit. One process beside the workers does nothing but syncfs, which may take seconds, and then writes
   the rows of the index: the parent asks it when runs have ended, about once a second, and goes on handing out. What ended
   before it was asked is on the disk when it answers. See batch_inside.h. */
#define _GNU_SOURCE
#include "batch/batch_inside.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const double PAUSE_SECONDS = 1.0;

/* ---- the process ---- */

enum { MOST_ASKED = 8192 };

typedef struct answer {
    int reason;     /* of the disk; 0: it has all */
    char text[512]; /* what the index has to say; "" mostly */
} answer;

/* Only what the disk has is in the index. An index that cannot be written costs no run. */
static void put_rows(const lure_batch *batch, const size_t *runs, size_t n, answer *a)
{
    lure_text told;
    lure_error err;
    lure_text_init(&told);
    if (lure__batch_index_put(batch, runs, n, &told, &err) != LURE_OK)
        snprintf(a->text, sizeof a->text, "runs are not in the list of runs: %.400s", err.text);
    else if (told.length)
        snprintf(a->text, sizeof a->text, "%.*s", (int)strcspn(told.data, "\n"), told.data);
    lure_text_free(&told);
}

static void serve(const lure_batch *batch, int socket, pid_t parent)
{
    static size_t runs[MOST_ASKED];
    const int folder = batch->pool->sync.folder;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* it died before it could be said */
        _exit(1);
    signal(SIGINT, SIG_IGN); /* a terminal sends it to all: the parent decides */
    signal(SIGTERM, SIG_IGN);
    for (;;) {
        const ssize_t n = recv(socket, runs, sizeof runs, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            _exit(0);
        answer a = {.reason = syncfs(folder) == 0 ? 0 : errno};
        if (!a.reason)
            put_rows(batch, runs, (size_t)n / sizeof *runs, &a);
        if (send(socket, &a, sizeof a, MSG_NOSIGNAL) != sizeof a)
            _exit(0);
    }
}

static void end_process(lure_batch_sync *s)
{
    if (!s->pid)
        return;
    shutdown(s->socket, SHUT_RDWR); /* workers that were forked later have a copy: closing is not enough */
    close(s->socket);
    while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    s->pid = 0;
    s->is_asked = false;
}

static bool begin_process(const lure_batch *batch)
{
    lure_batch_sync *s = &batch->pool->sync;
    int ends[2];
    const pid_t parent = getpid();
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return false;
    fflush(NULL); /* or the process would write it again */
    const pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        serve(batch, ends[1], parent);
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return false;
    }
    s->pid = pid;
    s->socket = ends[0];
    return true;
}

/* ---- asking ---- */

/* The disk may have lost what was under way to it: none of those counts, and what they left must not be believed. */
static lure_status give_up(lure_batch *batch, int reason, lure_error *err)
{
    lure_batch_sync *s = &batch->pool->sync;
    const size_t n = s->n_ended - s->n_durable;
    char directory[LURE_PATH_SIZE], path[LURE_PATH_SIZE];
    lure_fail(err, LURE_ERROR_STORE,
              "cannot bring %s to the disk: %s; %zu runs that ended last do not count as done", batch->out,
              strerror(reason), n);
    for (size_t i = s->n_durable; i < s->n_ended; i++) {
        const size_t index = s->ended[i];
        lure_batch_run *run = &batch->runs[index];
        if (lure_plan_directory(batch->plan, index, batch->out, directory, NULL) == LURE_OK &&
            lure_path_join(directory, "summary.json", path, NULL) == LURE_OK)
            unlink(path);
        if (run->done)
            batch->n_done--;
        else if (run->status != LURE_OK)
            batch->n_failed--;
        free(run->error);
        run->error = NULL;
        run->done = false;
        run->signal = 0;
        lure__batch_fail_run(batch, index, err, 0);
    }
    s->n_ended = s->n_asked = s->n_durable;
    s->failed = reason; /* it is told once, and may be of what is still being written */
    return LURE_ERROR_STORE;
}

static lure_status take_answer(lure_batch *batch, int reason, lure_error *err)
{
    lure_batch_sync *s = &batch->pool->sync;
    s->is_asked = false;
    s->answered = lure_clock_seconds();
    if (reason)
        return give_up(batch, reason, err);
    batch->n_durable += s->n_asked - s->n_durable;
    s->n_durable = s->n_asked;
    return LURE_OK;
}

static void tell_once(lure_batch *batch, const answer *a)
{
    lure_batch_sync *s = &batch->pool->sync;
    if (*a->text && !s->has_told)
        lure__batch_tell(batch, "%s", a->text);
    s->has_told = s->has_told || *a->text;
}

/* The process is gone (somebody killed it) or was never there: then it is done here. */
static lure_status sync_here(lure_batch *batch, lure_error *err)
{
    lure_batch_sync *s = &batch->pool->sync;
    end_process(s);
    s->n_asked = s->n_ended;
    answer a = {.reason = syncfs(s->folder) == 0 ? 0 : errno};
    if (!a.reason)
        put_rows(batch, s->ended + s->n_durable, s->n_asked - s->n_durable, &a);
    tell_once(batch, &a);
    return take_answer(batch, a.reason, err);
}

static lure_status ask(lure_batch *batch, lure_error *err)
{
    lure_batch_sync *s = &batch->pool->sync;
    const size_t left = s->n_ended - s->n_durable, n = left < MOST_ASKED ? left : MOST_ASKED;
    const ssize_t n_bytes = (ssize_t)(n * sizeof *s->ended);
    if ((!s->pid && !begin_process(batch)) ||
        send(s->socket, s->ended + s->n_durable, (size_t)n_bytes, MSG_NOSIGNAL) != n_bytes)
        return sync_here(batch, err);
    s->n_asked = s->n_durable + n;
    s->is_asked = true;
    return LURE_OK;
}

static lure_status look(lure_batch *batch, bool waits, lure_error *err)
{
    lure_batch_sync *s = &batch->pool->sync;
    answer a;
    if (!s->is_asked)
        return LURE_OK;
    ssize_t n;
    do
        n = recv(s->socket, &a, sizeof a, waits ? 0 : MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return LURE_OK;
    if (n != sizeof a)
        return sync_here(batch, err);
    tell_once(batch, &a);
    return take_answer(batch, a.reason, err);
}

/* ---- for the batch ---- */

lure_status lure__batch_sync_open(lure_batch *batch, lure_error *err)
{
    lure_batch_sync *s = &batch->pool->sync;
    s->folder = open(batch->out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->folder < 0)
        return lure_fail(err, LURE_ERROR_STORE, "cannot open %s: %s", batch->out, strerror(errno));
    s->ended = malloc((batch->plan->n_runs + 1) * sizeof *s->ended);
    s->answered = lure_clock_seconds();
    return s->ended ? LURE_OK : lure__batch_no_memory(err);
}

void lure__batch_sync_note(lure_batch *batch, size_t run)
{
    lure_batch_sync *s = &batch->pool->sync;
    s->ended[s->n_ended++] = run;
}

lure_status lure__batch_sync_look(lure_batch *batch, lure_error *err)
{
    lure_batch_sync *s = &batch->pool->sync;
    if (s->folder < 0 || s->n_durable == s->n_ended || s->failed)
        return LURE_OK;
    lure_status status = look(batch, false, err);
    if (status == LURE_OK && !s->is_asked && s->n_asked < s->n_ended &&
        lure_clock_seconds() - s->answered >= PAUSE_SECONDS)
        status = ask(batch, err);
    return status;
}

lure_status lure__batch_sync_finish(lure_batch *batch, lure_error *err)
{
    lure_batch_sync *s = &batch->pool->sync;
    lure_status status = LURE_OK;
    if (s->failed && s->n_durable < s->n_ended)
        return give_up(batch, s->failed, err);
    while (s->folder >= 0 && status == LURE_OK && s->n_durable < s->n_ended) {
        status = s->is_asked ? LURE_OK : ask(batch, err);
        if (status == LURE_OK)
            status = look(batch, true, err);
    }
    return status;
}

void lure__batch_sync_close(lure_batch *batch)
{
    lure_batch_sync *s = &batch->pool->sync;
    end_process(s);
    if (s->folder >= 0)
        close(s->folder);
    s->folder = -1;
    free(s->ended);
    s->ended = NULL;
}
