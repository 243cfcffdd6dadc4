/* power_shim.c: preloaded into the program (LD_PRELOAD), says what a power cut would leave: POWER_MARK is a file whose time of change is
   set, after each syncfs that came back well, to the moment in which that began. What was written later was perhaps
   still in memory. With POWER_FAILS=N the N-th syncfs of a process fails (EIO). Compiled by the tests themselves (batch.sh beside this file). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int mark = -1, fails_at, n_calls;

__attribute__((constructor)) static void begin(void) /* before any wall stands */
{
    const char *path = getenv("POWER_MARK"), *fails = getenv("POWER_FAILS");
    fails_at = fails ? atoi(fails) : 0;
    if (path)
        mark = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    const struct timespec never[2] = {{1, 0}, {1, 0}};
    if (mark >= 0)
        futimens(mark, never);
}

int syncfs(int file)
{
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "syncfs");
    struct timespec began[2];
    if (++n_calls == fails_at) {
        errno = EIO;
        return -1;
    }
    clock_gettime(CLOCK_REALTIME_COARSE, &began[0]); /* as files' own times */
    began[1] = began[0];
    const int result = real(file);
    if (result == 0 && mark >= 0)
        futimens(mark, began);
    return result;
}
