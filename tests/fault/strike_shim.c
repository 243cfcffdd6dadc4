/* strike_shim.c: preloaded into the program (LD_PRELOAD), stands between it and the system: counts the calls that change
   files, and at call number STRIKE_AT either kills the process (STRIKE=kill, a write half done) or makes it fail
   (STRIKE=fail) with STRIKE_ERRNO (ENOSPC, EIO, EROFS), for STRIKE_FOR calls (1; 0: all that follow). STRIKE_IN says whose
   calls: `parent` is the process that was started, `child` what it forks, else both. STRIKE_TALLY is a file of
   64 bytes that all of them share; its first 4 are the count, the next 4 how many calls were struck. For kills, what goes
   to other processes counts, too. Compiled by the tests themselves (batch.sh beside this file). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

typedef struct tally {
    unsigned calls, struck;
} tally;

static tally *shared;
static pid_t first;
static unsigned strike_at, strike_for;
static bool kills, fails, in_parent = true, in_child = true;
static int reason = EIO;

__attribute__((constructor)) static void begin(void)
{
    const char *how = getenv("STRIKE"), *at = getenv("STRIKE_AT"), *many = getenv("STRIKE_FOR"),
               *who = getenv("STRIKE_IN"), *code = getenv("STRIKE_ERRNO"), *file = getenv("STRIKE_TALLY");
    if (!how || !file)
        return;
    const int f = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (f < 0 || ftruncate(f, 64) != 0)
        abort();
    void *page = mmap(NULL, 64, PROT_READ | PROT_WRITE, MAP_SHARED, f, 0);
    if (page == MAP_FAILED)
        abort();
    close(f);
    first = getpid();
    kills = strcmp(how, "kill") == 0;
    fails = strstr(how, "fail"); /* `count-fail` counts what `fail` would */
    strike_at = at ? (unsigned)atoi(at) : 0;
    strike_for = many ? (unsigned)atoi(many) : 1;
    in_child = !who || strcmp(who, "parent") != 0;
    in_parent = !who || strcmp(who, "child") != 0;
    reason = !code ? EIO : strcmp(code, "ENOSPC") == 0 ? ENOSPC : strcmp(code, "EROFS") == 0 ? EROFS : EIO;
    shared = page;
}

/* Is this call the one? file -1: a call on a name; to_others: no file is changed. */
static bool struck(int file, bool to_others)
{
    struct stat facts;
    if (!shared || (file >= 0 && file <= 2) || (to_others && fails) ||
        !(getpid() == first ? in_parent : in_child))
        return false;
    const int before = errno;
    const bool counts = to_others || file < 0 ||
                        (fstat(file, &facts) == 0 && (S_ISREG(facts.st_mode) || S_ISDIR(facts.st_mode)));
    errno = before;
    if (!counts)
        return false;
    const unsigned n = __atomic_add_fetch(&shared->calls, 1, __ATOMIC_SEQ_CST);
    if (strike_at == 0 || n < strike_at || (strike_for && n >= strike_at + strike_for) || !(kills || fails))
        return false;
    __atomic_add_fetch(&shared->struck, 1, __ATOMIC_SEQ_CST);
    return true;
}

#define REAL(name) __typeof__(&name) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

/* Kills, or fails with -1. */
#define STRIKE()                                                                                             \
    do {                                                                                                     \
        if (kills)                                                                                           \
            kill(getpid(), SIGKILL);                                                                         \
        errno = reason;                                                                                      \
        return -1;                                                                                           \
    } while (0)

ssize_t write(int file, const void *bytes, size_t n)
{
    REAL(write);
    if (struck(file, false)) {
        if (kills)
            (void)!real(file, bytes, n / 2);
        STRIKE();
    }
    return real(file, bytes, n);
}

ssize_t pwrite(int file, const void *bytes, size_t n, off_t at)
{
    REAL(pwrite);
    if (struck(file, false)) {
        if (kills)
            (void)!real(file, bytes, n / 2, at);
        STRIKE();
    }
    return real(file, bytes, n, at);
}

ssize_t pwrite64(int file, const void *bytes, size_t n, off64_t at)
{
    REAL(pwrite64);
    if (struck(file, false)) {
        if (kills)
            (void)!real(file, bytes, n / 2, at);
        STRIKE();
    }
    return real(file, bytes, n, at);
}

ssize_t writev(int file, const struct iovec *parts, int n)
{
    REAL(writev);
    if (struck(file, false))
        STRIKE();
    return real(file, parts, n);
}

#define ON_FILE(name)                                                                                        \
    int name(int file)                                                                                       \
    {                                                                                                        \
        REAL(name);                                                                                          \
        if (struck(file, false))                                                                             \
            STRIKE();                                                                                        \
        return real(file);                                                                                   \
    }
ON_FILE(fsync)
ON_FILE(fdatasync)
ON_FILE(syncfs)

#define ON_LENGTH(name, type)                                                                                \
    int name(int file, type length)                                                                          \
    {                                                                                                        \
        REAL(name);                                                                                          \
        if (struck(file, false))                                                                             \
            STRIKE();                                                                                        \
        return real(file, length);                                                                           \
    }
ON_LENGTH(ftruncate, off_t)
ON_LENGTH(ftruncate64, off64_t)

int rename(const char *from, const char *to)
{
    REAL(rename);
    if (struck(-1, false))
        STRIKE();
    return real(from, to);
}

int unlink(const char *path) /* killed there, but it does not fail: it needs no room */
{
    REAL(unlink);
    if (!fails && struck(-1, false))
        STRIKE();
    return real(path);
}

int mkdir(const char *path, mode_t mode)
{
    REAL(mkdir);
    if (struck(-1, false))
        STRIKE();
    return real(path, mode);
}

/* Only what is opened to be written. */
#define OPENING(name)                                                                                        \
    int name(const char *path, int flags, ...)                                                               \
    {                                                                                                        \
        REAL(name);                                                                                          \
        va_list more;                                                                                        \
        va_start(more, flags);                                                                               \
        const mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(more, mode_t) : 0;                      \
        va_end(more);                                                                                        \
        if ((flags & O_ACCMODE) != O_RDONLY && struck(-1, false))                                            \
            STRIKE();                                                                                        \
        return real(path, flags, mode);                                                                      \
    }
OPENING(open)
OPENING(open64)

ssize_t send(int file, const void *bytes, size_t n, int flags)
{
    REAL(send);
    if (struck(file, true))
        STRIKE();
    return real(file, bytes, n, flags);
}

pid_t fork(void)
{
    REAL(fork);
    if (struck(-1, true))
        STRIKE();
    return real();
}
