/* statistics.c: lines of a name and numbers on stdin; the same names with count, mean, interquartile mean, its 95 % bounds by
   bootstrap (report/bootstrap.h, whose stream is fixed), smallest and largest on stdout. For tables of benchmarks. */
#include "report/bootstrap.h"
#include "report/statistics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 4096 };

int main(void)
{
    static char line[65536];
    while (fgets(line, sizeof line, stdin)) {
        double values[MOST];
        size_t n = 0;
        char *rest = line, *end;
        rest[strcspn(rest, "\n")] = '\0';
        const size_t name = strcspn(rest, " ");
        for (rest += name; n < MOST; rest = end) {
            const double x = strtod(rest, &end);
            if (end == rest)
                break;
            values[n++] = x;
        }
        lure_error err;
        lure_bounds bounds;
        const lure_bootstrap bootstrap = {LURE_BOOTSTRAP_RESAMPLES, false};
        if (lure_bootstrap_bounds(&bootstrap, values, &n, 1, lure_statistic_iqm, &bounds, &err) != LURE_OK) {
            fprintf(stderr, "statistics: %s\n", err.text);
            return 1;
        }
        const double mean = lure_statistics_interval(values, n).mean, iqm = lure_statistics_iqm(values, n);
        printf("%.*s %zu %.17g %.17g %.17g %.17g %.17g %.17g\n", (int)name, line, n, mean, iqm, bounds.low,
               bounds.high, n ? values[0] : NAN, n ? values[n - 1] : NAN);
    }
    return 0;
}
