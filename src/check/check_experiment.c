/* check_experiment.c: is a script an experiment, is it a batch? An experiment is planned whole, as lure run would plan
   it, and conducts a few updates, twice, writing nothing. Of a batch every combination is planned. */
#include "base/clock.h"
#include "check/check_shaping.h"
#include "batch/plan.h"
#include "run/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- experiments ---- */

enum { UPDATES = 3, MOST_ACCOUNTED = 1000 };

typedef struct conducted {
    lure_session session; /* stays open, so that no address is the same in the next one */
    lure_metrics *metrics;
} conducted;

/* The first parameter that differs; false: there is none. */
static bool find_difference(const lure_session *a, const lure_session *b, double values[2])
{
    size_t n = lure_policy_n_parameters(a->experiment.borrow_policy);
    lure_dtype dtype = lure_policy_dtype(a->experiment.borrow_policy);
    lure_tensor blocks[] = {
        lure_tensor_view(lure_policy_parameters(a->experiment.borrow_policy), dtype, 1, &n),
        lure_tensor_view(lure_policy_parameters(b->experiment.borrow_policy), dtype, 1, &n)};
    for (size_t i = 0; i < n; i++) {
        values[0] = lure_tensor_get(&blocks[0], i);
        values[1] = lure_tensor_get(&blocks[1], i);
        if (memcmp(&values[0], &values[1], sizeof(double)) != 0)
            return true;
    }
    return false;
}

static void look_back(lure_examiner *x, const lure_session *s)
{
    const char *track = s->experiment.track;
    bool is_logged = false;
    for (size_t i = LURE_HOST_COLUMNS; i < s->conductor.n_columns; i++)
        is_logged |= strcmp(s->conductor.columns[i], track) == 0;
    if (*track && s->conductor.n_columns && !is_logged)
        lure_examiner_find(x, "track = \"%s\" is not among the logged values; expected one of them", track);
    if (!s->conductor.finished)
        lure_examiner_find(x,
                           "algorithm returned in update %d of %d; expected a loop to the end: for p in "
                           "run:updates() do ... end",
                           (int)s->conductor.update, UPDATES);
}

/* False: there was a finding. To be closed in any case. */
static bool conduct_once(lure_examiner *x, conducted *c, bool is_again)
{
    lure_error err;
    lure_session *s = &c->session;
    const lure_run_options options = {.experiment = x->path};
    const lure_forcing few = {.updates = UPDATES};
    lure_status status = lure_session_open(s, &options, &few, &err);
    if (status == LURE_OK) {
        if (s->sandbox->limits.step_seconds == lure_limits_defaults().step_seconds)
            s->sandbox->limits.step_seconds = LURE_CHECK_SECONDS; /* one of its own stays */
        lure_examiner_watch(x, s->sandbox);
        status = lure_metrics_open(NULL, &c->metrics, &err);
    }
    if (status == LURE_OK) {
        s->conductor.borrow_metrics = c->metrics;
        double began = lure_clock_seconds();
        status = lure_session_conduct(s, &err);
        if (status == LURE_OK)
            lure_examiner_measure(x, "update_seconds", (lure_clock_seconds() - began) / UPDATES);
    }
    if (status != LURE_OK)
        lure_examiner_find(x, "%s%s", err.text,
                           is_again ? ", in a fresh state; the first time it went well" : "");
    else if (!is_again)
        look_back(x, s);
    return status == LURE_OK;
}

static void close_conducted(conducted *c)
{
    (void)lure_metrics_close(c->metrics, NULL);
    lure_session_close(&c->session);
}

/* True: nothing else is wanted. */
static bool account_for(lure_examiner *x, const lure_session *s)
{
    size_t n = lure_policy_n_parameters(s->experiment.borrow_policy);
    lure_tensor block = lure_tensor_view(lure_policy_parameters(s->experiment.borrow_policy),
                                         lure_policy_dtype(s->experiment.borrow_policy), 1, &n);
    char number[LURE_NUMBER_SIZE];
    snprintf(x->account_place, sizeof x->account_place, "%s:1", x->path);
    for (size_t i = 0; i < n && i < MOST_ACCOUNTED; i++) {
        lure_number_format(lure_tensor_get(&block, i), number);
        lure_examiner_account(x, number, "parameter %zu after %d updates", i + 1, UPDATES);
    }
    return x->is_account;
}

/* Does the schedule give what the environment wants? A reward that is a hint promises something to algorithms of one
   discount alone. */
static void examine_parts(lure_examiner *x)
{
    const lure_trial_options options = {.experiment = x->path};
    if (!x->failed)
        lure_examine_feeding(x);
    if (!x->failed)
        lure_shaping_report(x, &options);
}

void lure_examine_experiment(lure_examiner *x)
{
    conducted *c = calloc(2, sizeof *c);
    double values[2];
    if (!c) {
        lure_examiner_find(x, "no memory to check %s", x->path);
        return;
    }
    if (conduct_once(x, &c[0], false) && !account_for(x, &c[0].session) && conduct_once(x, &c[1], true) &&
        find_difference(&c[0].session, &c[1].session, values))
        lure_examiner_find(
            x,
            "after %d updates a parameter was %.17g, then %.17g in a fresh state; expected the "
            "same from the same seed: lure check of its scripts says which one keeps something",
            UPDATES, values[0], values[1]);
    close_conducted(&c[0]);
    close_conducted(&c[1]);
    free(c);
    if (!x->is_account)
        examine_parts(x);
}

/* ---- batches ---- */

/* A mistake in a value shows in every combination that holds it. */
enum { MOST_PLANNED = 500, MOST_FAILURES = 5 };

void lure_examine_batch(lure_examiner *x)
{
    lure_plan *plan;
    lure_error err, last = {0};
    const lure_plan_request request = {.words = &x->path, .n_words = 1};
    if (lure_plan_read(&request, &plan, &err) != LURE_OK) {
        lure_examiner_find(x, "%s", err.text);
        return;
    }
    int n_failures = 0;
    for (size_t i = 0; i < plan->n_configurations && i < MOST_PLANNED && n_failures < MOST_FAILURES; i++) {
        lure_run_plan found;
        const lure_run_options options = lure_plan_options(plan, i);
        lure_status status = lure_run_plan_make(&options, &found, &err);
        lure_run_plan_free(&found);
        if (status == LURE_OK || strcmp(err.text, last.text) == 0)
            continue;
        n_failures++;
        last = err;
        lure_examiner_find(x, "%s (combination %zu of %zu)", err.text, i + 1, plan->n_configurations);
    }
    if (plan->n_configurations > MOST_PLANNED)
        lure_examiner_note(x, "only the first %d of %zu combinations were planned", (int)MOST_PLANNED,
                           plan->n_configurations);
    lure_plan_destroy(plan);
}
