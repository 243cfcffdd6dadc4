/* limit.c: what the time limit of scripts costs. The lesson's run with the timer that looks at the script and without
   it, in turn, in one process; the product has no such switch and needs none. The four runs of a round (with, without,
   without, with, or the other way round, so that a clock that drifts favours neither) train the same seed and do the
   same work to the last bit, which is checked. Usage: limit UPDATES ROUNDS. Prints a line a round: ns with, without. */
#include "run/session.h"
#include "measure.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

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
        const double started = seconds_of_process();
        status = lure_session_conduct(&session, &err);
        *ns = (seconds_of_process() - started) / (double)session.experiment.updates * 1e9;
        *bias = ((const double *)lure_policy_parameters(session.experiment.borrow_policy))[1];
    }
    if (status != LURE_OK)
        fprintf(stderr, "limit: %s\n", err.text);
    lure_metrics_close(session.conductor.borrow_metrics, NULL);
    lure_session_close(&session);
    return status == LURE_OK;
}

/* The mean of two runs each, with (ns[1]) and without (ns[0]). */
static bool measure_round(const char *updates, uint64_t seed, double ns[2])
{
    double first = 0;
    ns[0] = ns[1] = 0;
    for (int turn = 0; turn < 4; turn++) {
        const bool watched = (turn == 0 || turn == 3) == (seed % 2 == 0);
        double taken, bias;
        if (!measure(updates, seed, watched, &taken, &bias))
            return false;
        ns[watched] += taken / 2;
        first = turn == 0 ? bias : first;
        if (bias != first) {
            fprintf(stderr, "limit: run %d of the same seed ends at %.17g, not at %.17g\n", turn + 1, bias,
                    first);
            return false;
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: limit UPDATES ROUNDS\n");
        return 2;
    }
    const long rounds = strtol(argv[2], NULL, 10);
    for (long i = 0; i < rounds; i++) {
        double ns[2] = {0};
        if (!measure_round(argv[1], (uint64_t)i, ns))
            return 1;
        printf("%.3f %.3f\n", ns[1], ns[0]);
    }
    return 0;
}
