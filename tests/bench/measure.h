/* measure.h: what the programs of the benchmark share: clocks, medians, a line of CSV. */
#ifndef LURE_BENCH_MEASURE_H
#define LURE_BENCH_MEASURE_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MOST_ROUNDS = 99 };

static inline double seconds_by(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
static inline double seconds(void)
{
    return seconds_by(CLOCK_MONOTONIC);
}
/* Of the processor, handlers of signals included: other programs do not count. */
static inline double seconds_of_process(void)
{
    return seconds_by(CLOCK_PROCESS_CPUTIME_ID);
}

static inline int compare(const void *x, const void *y)
{
    const double d = *(const double *)x - *(const double *)y;
    return (d > 0) - (d < 0);
}
/* sorts x */
static inline double median(double *x, int n)
{
    qsort(x, (size_t)n, sizeof *x, compare);
    return x[n / 2];
}

/* null: nothing is written */
__attribute__((format(printf, 2, 3))) static inline void record(FILE *csv, const char *format, ...)
{
    va_list arguments;
    if (!csv)
        return;
    va_start(arguments, format);
    vfprintf(csv, format, arguments);
    va_end(arguments);
}

#endif
