/* clock_shim.c: preloaded into the program (LD_PRELOAD), lets its clocks jump: CLOCK_JUMPS=realtime, monotonic or both names those that
   do, by up to twelve hours forward or back, about every CLOCK_EVERY (20) readings, in all its processes at once (CLOCK_PAGE is a file
   that they share), as CLOCK_SEED deals. What the kernel counts itself, timers and sleeping, is not touched. Compiled by the
   tests themselves (batch.sh beside this file). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

typedef struct jumping {
    uint64_t state;              /* of the dealer */
    int64_t realtime, monotonic; /* seconds added */
    uint64_t jumps;
} jumping;

static jumping *shared;
static bool realtime, monotonic;
static unsigned every = 20;

__attribute__((constructor)) static void begin(void)
{
    const char *which = getenv("CLOCK_JUMPS"), *page = getenv("CLOCK_PAGE"), *seed = getenv("CLOCK_SEED"),
               *often = getenv("CLOCK_EVERY");
    if (!which || !page)
        return;
    const int file = open(page, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0 || ftruncate(file, 64) != 0)
        abort();
    void *at = mmap(NULL, 64, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (at == MAP_FAILED)
        abort();
    close(file);
    realtime = strcmp(which, "monotonic") != 0;
    monotonic = strcmp(which, "realtime") != 0;
    every = often ? (unsigned)atoi(often) : 20;
    shared = at;
    shared->state = seed ? strtoull(seed, NULL, 10) : 1;
}

/* SplitMix64, of one state for all processes. */
static uint64_t deal(void)
{
    uint64_t z = __atomic_add_fetch(&shared->state, UINT64_C(0x9e3779b97f4a7c15), __ATOMIC_SEQ_CST);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static int64_t jumped(bool which, int64_t *by)
{
    if (!shared || !which)
        return 0;
    if (deal() % every == 0) {
        __atomic_store_n(by, (int64_t)(deal() % 86400) - 43200, __ATOMIC_SEQ_CST);
        __atomic_add_fetch(&shared->jumps, 1, __ATOMIC_SEQ_CST);
    }
    return __atomic_load_n(by, __ATOMIC_SEQ_CST);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    __typeof__(&clock_gettime) real = (__typeof__(&clock_gettime))dlsym(RTLD_NEXT, "clock_gettime");
    const int result = real(clock, now);
    if (!shared || result != 0)
        return result;
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)
        now->tv_sec += jumped(realtime, &shared->realtime);
    else if (clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_RAW || clock == CLOCK_MONOTONIC_COARSE ||
             clock == CLOCK_BOOTTIME)
        now->tv_sec += 86400 + jumped(monotonic, &shared->monotonic); /* never below zero */
    return result;
}

time_t time(time_t *out)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out)
        *out = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    (void)zone;
    struct timespec precise;
    clock_gettime(CLOCK_REALTIME, &precise);
    *now = (struct timeval){precise.tv_sec, precise.tv_nsec / 1000};
    return 0;
}
