/* limit.c: what the time limit of scripts costs. The lesson's run, once with the timer that looks at the script and
   once without it, in turn, in one process; the product has no such switch and needs none. Each pair trains the same
   seed, so both do the same work to the last bit, which is checked. The order within a pair alternates, so that a
   clock that drifts favours neither. Usage: limit UPDATES PAIRS. Prints a line a pair: ns with, ns without. */
#include "run/session.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Of the processor, handlers of signals included: other programs do not count. */
static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* One run: ns an update and the last bias; false on an error, which is printed. */
static bool measure(const char *updates, uint64_t seed, bool watched, double *ns, double *bias)
{
    static lure_session session; /* it must not move */
    session = (lure_session){0};
    const lure_setting settings[] = {{"updates", updates}, {"log_every", updates}};
    const lure_run_options options = {.experiment = "fry_shacks",
                                      .settings = settings,
                                      .n_settings = sizeof settings / sizeof *settings,
                                      .has_seed = true,
                                      .seed = seed};
    lure_error err;
    lure_status status = lure_session_open(&session, &options, NULL, &err);
    if (status == LURE_OK) {
        if (!watched)
            lure_sandbox_unwatch(session.sandbox);
        status = lure_metrics_open(NULL, &session.conductor.borrow_metrics, &err);
    }
    if (status == LURE_OK) {
        const double started = seconds();
        status = lure_session_conduct(&session, &err);
        *ns = (seconds() - started) / (double)session.experiment.updates * 1e9;
        *bias = ((const double *)lure_policy_parameters(session.experiment.borrow_policy))[1];
    }
    if (status != LURE_OK)
        fprintf(stderr, "limit: %s\n", err.text);
    lure_metrics_close(session.conductor.borrow_metrics, NULL);
    lure_session_close(&session);
    return status == LURE_OK;
}

/* With (ns[1]) and without (ns[0]). */
static bool measure_pair(const char *updates, uint64_t seed, double ns[2])
{
    double bias[2] = {0};
    for (int turn = 0; turn < 2; turn++) {
        const bool watched = (turn + (int)(seed % 2)) % 2 == 0;
        if (!measure(updates, seed, watched, &ns[watched], &bias[watched]))
            return false;
    }
    if (bias[0] == bias[1])
        return true;
    fprintf(stderr, "limit: the bias is %.17g with the timer and %.17g without it\n", bias[1], bias[0]);
    return false;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: limit UPDATES PAIRS\n");
        return 2;
    }
    const long pairs = strtol(argv[2], NULL, 10);
    for (long i = 0; i < pairs; i++) {
        double ns[2] = {0};
        if (!measure_pair(argv[1], (uint64_t)i, ns))
            return 1;
        printf("%.3f %.3f\n", ns[1], ns[0]);
    }
    return 0;
}
