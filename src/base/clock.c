/* clock.c: see clock.h. */
#include "base/clock.h"
#include <time.h>

double lure_clock_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double lure_clock_wall(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void lure_clock_utc(char out[LURE_CLOCK_SIZE])
{
    time_t now = time(NULL);
    struct tm parts;
    gmtime_r(&now, &parts);
    strftime(out, LURE_CLOCK_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts);
}
