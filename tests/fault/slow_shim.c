/* slow_shim.c: preloaded into the program (LD_PRELOAD), makes each write into a file take SLOW microseconds longer, so that a
   test meets the program at its work. Compiled by the tests themselves (batch.sh beside this file). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void wait_a_little(void)
{
    const char *text = getenv("SLOW");
    const long n = text ? atol(text) : 0;
    struct timespec left = {n / 1000000, n % 1000000 * 1000};
    while (n > 0 && nanosleep(&left, &left) != 0)
        ;
}

ssize_t write(int file, const void *bytes, size_t n)
{
    __typeof__(&write) real = (__typeof__(&write))dlsym(RTLD_NEXT, "write");
    if (file > 2)
        wait_a_little();
    return real(file, bytes, n);
}

ssize_t send(int file, const void *bytes, size_t n, int flags);
ssize_t send(int file, const void *bytes, size_t n, int flags)
{
    ssize_t (*real)(int, const void *, size_t, int) =
        (ssize_t(*)(int, const void *, size_t, int))dlsym(RTLD_NEXT, "send");
    wait_a_little();
    return real(file, bytes, n, flags);
}
