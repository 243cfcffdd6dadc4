/* batch_lock.c: who works in a folder. See batch_inside.h. */
#include "batch/batch_inside.h"

#include "base/file.h"
#include "store/resume_file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* Of 20 ms each: with a holder that lives, which may have been killed just now, and with none. */
enum { TRIES_ALIVE = 5, TRIES = 150 };

/* Who holds it, from the file; 0: not said yet. */
static long read_holder(int file)
{
    char text[32] = "";
    ssize_t n = pread(file, text, sizeof text - 1, 0);
    return n > 0 ? strtol(text, NULL, 10) : 0;
}

/* Removes what processes that were killed left half written in a folder: the temporaries of files with such a name. */
static void remove_temporaries(const char *folder, const char *part)
{
    char **names, path[LURE_PATH_SIZE];
    size_t n;
    if (lure_folder_list(folder, ".tmp", &names, &n, NULL) != LURE_OK)
        return; /* who writes there will say what is wrong with it */
    for (size_t i = 0; i < n; i++)
        if (strstr(names[i], part) && lure_path_join(folder, names[i], path, NULL) == LURE_OK)
            unlink(path);
    lure_names_free(names, n);
}

static void clear(const char *out)
{
    char scripts[LURE_PATH_SIZE];
    remove_temporaries(out, "batch.json.");
    if (lure_path_join(out, "scripts", scripts, NULL) == LURE_OK)
        remove_temporaries(scripts, ".lua.");
}

/* The lock is the open file, not its text. Workers have it open too, so it lasts until the last of them is gone: a batch
   that starts right after another was killed waits for that, which takes milliseconds. */
lure_status lure__batch_lock(lure_batch *batch, lure_error *err)
{
    char path[LURE_PATH_SIZE], pid[32];
    lure_status status = lure_folder_make(batch->out, err);
    if (status == LURE_OK)
        status = lure_path_join(batch->out, LURE_BATCH_LOCK_NAME, path, err);
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
        if (try >= TRIES && !alive)
            return lure_fail(err, LURE_ERROR_STORE,
                             "a run in %s is being gone on with by lure resume; wait for it, or name another "
                             "folder with --out",
                             batch->out);
        if (try >= TRIES_ALIVE && alive)
            return lure_fail(
                err, LURE_ERROR_STORE,
                "another batch (process %ld) is at work in %s; wait for it, or name another folder "
                "with --out",
                holder, batch->out);
        poll(NULL, 0, 20);
    }
    const int n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    int done = ftruncate(file, 0);
    while (done >= 0 && done < n) { /* what does not fit in whole says why when the rest is tried */
        const ssize_t written = pwrite(file, pid + done, (size_t)(n - done), done);
        done = written > 0 ? done + (int)written : -1;
    }
    if (done != n)
        return lure_fail(err, LURE_ERROR_STORE, "cannot write %s: %s", path, strerror(errno));
    clear(batch->out);
    return LURE_OK;
}
