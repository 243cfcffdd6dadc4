/* walls.c: rlimits and prctl; and the order in which the walls go up. See walls.h. */
#define _GNU_SOURCE
#include "base/walls.h"

#include "base/walls_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* A leak checker traces the process that it looks at, and its shadow takes terabytes of address space. */
#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_SANITIZED 1
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED 0
#endif

static const char sanitized[] = "left out of a build for the address sanitizer, which needs what it forbids";

enum {
    MOST_FILES = 64, /* a run has some eight open */
    MEMORY_TIMES =
        4, /* the sandbox; a capture of it as text; the file that it is read back from; the heap's holes */
    MEMORY_ROOM = 256, /* 2^20 bytes: rows that wait, scripts, manifests */
    FILE_ROOM = 16384  /* 2^20 bytes: the metrics of the longest run that anybody would do */
};

static struct {
    rlim_t base; /* bytes that were mapped when the walls were raised; 0: they are not */
    rlim_t memory_before, file_before, clock_before;
    double memory; /* of the largest run so far, 2^20 bytes */
    bool has_clock;
} given;

const char *lure_wall_name(lure_wall wall)
{
    static const char *const names[] = {"rlimits", "parent death", "not dumpable", "Landlock", "seccomp"};
    return names[wall];
}

void lure__wall_say(lure_walls *walls, lure_wall wall, bool up, const char *format, ...)
{
    va_list arguments;
    walls->up[wall] = up;
    va_start(arguments, format);
    vsnprintf(walls->text[wall], sizeof walls->text[wall], format, arguments);
    va_end(arguments);
}

/* ---- rlimits ---- */

/* The soft limit, which decides; never more than what was set before us. The hard one is left, so that it can follow the runs. */
static void limit(__rlimit_resource_t what, rlim_t before, rlim_t most)
{
    struct rlimit r;
    if (getrlimit(what, &r) != 0)
        return;
    r.rlim_cur = most < before ? most : before;
    (void)setrlimit(what, &r);
}

static rlim_t soft_limit(__rlimit_resource_t what)
{
    struct rlimit r;
    return getrlimit(what, &r) == 0 ? r.rlim_cur : RLIM_INFINITY;
}

static bool limit_for_good(__rlimit_resource_t what, rlim_t most)
{
    struct rlimit r;
    if (getrlimit(what, &r) != 0)
        return false;
    if (r.rlim_cur > most)
        r.rlim_cur = most;
    if (r.rlim_max > most)
        r.rlim_max = most;
    return setrlimit(what, &r) == 0;
}

static rlim_t mapped_bytes(void)
{
    unsigned long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file && fscanf(file, "%llu", &pages) != 1)
        pages = 0;
    if (file)
        fclose(file);
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

void lure_walls_limit(double memory_mb, double seconds)
{
    if (!given.base)
        return;
    if (memory_mb > given.memory) {
        const double bytes = 1048576.0 * (MEMORY_TIMES * memory_mb + MEMORY_ROOM),
                     file = 1048576.0 * (MEMORY_TIMES * memory_mb + FILE_ROOM);
        given.memory = memory_mb;
        if (!IS_SANITIZED)
            limit(RLIMIT_AS, given.memory_before, given.base + (rlim_t)bytes);
        limit(RLIMIT_FSIZE, given.file_before, (rlim_t)file);
    }
    if (seconds > 0 || given.has_clock) {
        struct timespec now;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
        limit(RLIMIT_CPU, given.clock_before,
              seconds > 0 ? (rlim_t)now.tv_sec + (rlim_t)seconds + 2 : RLIM_INFINITY);
        given.has_clock = seconds > 0;
    }
}

static void raise_limits(lure_walls *walls)
{
    bool good = limit_for_good(RLIMIT_CORE, 0);
    good &= limit_for_good(RLIMIT_NOFILE, MOST_FILES);
    signal(SIGXFSZ, SIG_IGN); /* a file that is too large is an error of the write */
    given.base = mapped_bytes();
    given.memory_before = soft_limit(RLIMIT_AS);
    given.file_before = soft_limit(RLIMIT_FSIZE);
    given.clock_before = soft_limit(RLIMIT_CPU);
    if (!good || !given.base)
        lure__wall_say(walls, LURE_WALL_LIMITS, false, "cannot be set: %s", strerror(errno));
    else if (IS_SANITIZED)
        lure__wall_say(walls, LURE_WALL_LIMITS, true,
                       "core dumps, open files, file size; address space is %s", sanitized);
    else
        lure__wall_say(walls, LURE_WALL_LIMITS, true,
                       "core dumps, open files, file size, address space, computing time");
}

/* ---- what the kernel keeps of a process ---- */

/* RLIMIT_CORE does not stop a core dump that goes to a program (kernel.core_pattern = |...), which would be started for each crash
   of a batch; what is not dumpable is not given to it, nor may others of the same user trace it. */
static void raise_privacy(lure_walls *walls)
{
    if (IS_SANITIZED)
        lure__wall_say(walls, LURE_WALL_PRIVACY, false, "%s", sanitized);
    else if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        lure__wall_say(walls, LURE_WALL_PRIVACY, false, "prctl: %s", strerror(errno));
    else
        lure__wall_say(walls, LURE_WALL_PRIVACY, true, "no core dump, no tracing by others of this user");
}

static bool raise_parent(pid_t parent, lure_walls *walls)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
        lure__wall_say(walls, LURE_WALL_PARENT, false, "prctl: %s", strerror(errno));
    else
        lure__wall_say(walls, LURE_WALL_PARENT, true, "a worker dies with its batch (PR_SET_PDEATHSIG)");
    return getppid() == parent; /* it may have died before it could be said */
}

bool lure_walls_raise(const lure_walls_options *options, lure_walls *walls)
{
    memset(walls, 0, sizeof *walls);
    if (!raise_parent(options->parent, walls))
        return false;
    raise_limits(walls);
    raise_privacy(walls);
    if (IS_SANITIZED) {
        lure__wall_say(walls, LURE_WALL_FILES, false, "%s", sanitized);
        lure__wall_say(walls, LURE_WALL_CALLS, false, "%s", sanitized);
        return true;
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        lure__wall_say(walls, LURE_WALL_FILES, false, "no_new_privs: %s", strerror(errno));
        lure__wall_say(walls, LURE_WALL_CALLS, false, "no_new_privs: %s", strerror(errno));
        return true;
    }
    lure__walls_raise_files(options->folder, walls);
    lure__walls_raise_calls(walls); /* the last, for it would forbid how some of the others are raised */
    return true;
}

/* ---- open files ---- */

static void close_between(int first, int last)
{
    if (first <= last)
        (void)close_range((unsigned)first, (unsigned)last, 0);
}

void lure_walls_close_files(int *keep, int n)
{
    int next = 3;
    const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing >= 0)
        dup2(nothing, STDIN_FILENO);
    for (int i = 1; i < n; i++)
        for (int k = i; k > 0 && keep[k - 1] > keep[k]; k--) {
            const int swap = keep[k];
            keep[k] = keep[k - 1];
            keep[k - 1] = swap;
        }
    for (int i = 0; i < n; i++) {
        if (keep[i] < next)
            continue;
        close_between(next, keep[i] - 1);
        next = keep[i] + 1;
    }
    close_between(next, INT32_MAX);
}
