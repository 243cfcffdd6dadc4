/* check_gradient.c: conducts the gradient check and judges. What is a finding, and what is only told, is decided here:
   an entropy bonus, a normalised advantage, a clipped ratio or a value function that has learned nothing yet turn the
   gradient somewhat on purpose, so a bias is a finding only where it leads elsewhere: the angle to the gradient of the
   return, or that of a single observation's weights, is too wide. */
#include "check/check_gradient_measure.h"

#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGER = 16 };                   /* times, for a batch that the small one is asked against */
static const double LEAST_COSINE = 0.9; /* about 26 degrees */
static const double LEAST_SHARE = 0.02; /* of the gradient, for one observation to be judged by itself */
static const double MOST_ERROR = 0.3;   /* of a larger batch's expectation, relative, for it to acquit */

const char *lure_truth_name(lure_truth truth)
{
    static const char *const names[LURE_TRUTHS] = {"the gradient of the return",
                                                   "the gradient of the discounted return",
                                                   "the usual discounted gradient"};
    return names[truth];
}

bool lure_gradient_has_problem(const char *name)
{
    for (int i = 0; i < LURE_GRADIENT_PROBLEMS; i++)
        if (strcmp(name, lure_gradient_problems[i].name) == 0)
            return true;
    return false;
}

/* ---- findings, gathered over the cases ---- */

typedef enum {
    BAD_NOTHING,
    BAD_STEP,
    BAD_NEVER,
    BAD_MYOPIC,
    BAD_SIGN,
    BAD_STATE,
    BAD_BIAS,
    BAD_TAPE,
    BADS
} bad;

typedef struct gathering {
    char text[1200]; /* of the first case; "": none */
    char others[400];
} gathering;

typedef struct examination {
    lure_examiner *x;
    lure_gradient_script script;
    lure_gradient_report *report;
    gathering gathered[BADS];
    char place[256]; /* of the first step seen */
    size_t reduced_from;
    bool is_hopeless;  /* it ran into a time limit, and would again */
    char skipped[160]; /* a gradient that the tape check could not look at */
    lure_paths paths;
} examination;

static void gather(examination *e, lure_gradient_case *c, bad kind, const char *text)
{
    gathering *g = &e->gathered[kind];
    c->is_bad = true;
    if (!g->text[0]) {
        snprintf(g->text, sizeof g->text, "%s", text);
        return;
    }
    size_t n = strlen(g->others);
    snprintf(g->others + n, sizeof g->others - n, "%s%s/%s", n ? ", " : "", c->problem, c->policy);
}

/* ---- judging ---- */

static const lure_gradient_part *worst_of(const lure_gradient_part *parts, size_t n)
{
    const lure_gradient_part *worst = NULL;
    for (size_t i = 0; i < n; i++)
        if (parts[i].counted && (!worst || parts[i].bias > worst->bias))
            worst = &parts[i];
    return worst;
}

/* Does each step's own reward as its weight give exactly this? It is the one mistake that can be told from all others. */
static bool is_myopic(const lure_gradient_measuring *m, const lure_gradient_case *c)
{
    double update[LURE_GRADIENT_NUMBERS];
    for (size_t i = 0; i < c->n_parameters; i++)
        update[i] = -c->expected[i];
    bool is_it = false;
    for (int i = 0; i < 2; i++) {
        lure_fit fit = lure_fit_gradients(c->n_parameters, update, m->myopic[i], m->counted);
        is_it |= c->is_exact && fit.cosine > 0 && fit.bias < 1e-6;
    }
    return is_it;
}

/* An observation whose weights the step leaves alone or moves the wrong way; null: none that is sure. `error` is that
   of the expected gradient, or 0. */
static const lure_gradient_part *wrong_state(const lure_gradient_case *c, const lure_fit *fit, double error)
{
    for (size_t i = 0; i < c->n_states; i++) {
        const lure_gradient_part *state = &c->states[i];
        double expected = fit->scale * state->share * fit->truth,
               along = state->scale * state->share * fit->truth;
        bool is_still = isnan(state->cosine) && expected > 10 * error;
        if (state->share >= LEAST_SHARE && (is_still || (state->cosine < 0 && along < -3 * error)))
            return state;
    }
    return NULL;
}

static void leads_to(const lure_gradient_case *c, char out[128])
{
    const char *to = lure_truth_name(c->held_against);
    if (c->cosine < 0)
        snprintf(out, 128, "the expected step makes the return smaller (cosine %.3f to %s)", c->cosine, to);
    else
        snprintf(out, 128, "the cosine of the expected step to %s is %.3f", to, c->cosine);
}

/* What is wrong with the direction, in words; BAD_NOTHING: nothing that is sure. */
static bad diagnose(const examination *e, const lure_gradient_measuring *m, const lure_gradient_case *c,
                    const lure_fit *fit, char *text, size_t size)
{
    char leads[128];
    const char *in = c->problem, *policy = c->policy;
    const double error = c->standard_error * fit->update; /* of the expected gradient */
    const lure_gradient_part *state = wrong_state(c, fit, error), *worst = worst_of(c->parts, c->n_parts);
    bool is_nothing = !(fit->update > LURE_GRADIENT_NOTHING * fit->truth),
         is_against = c->cosine < -3 * c->standard_error,
         is_elsewhere = c->cosine + 3 * c->standard_error < LEAST_COSINE;
    if (!is_nothing && !is_against && !state && !is_elsewhere)
        return BAD_NOTHING;
    if (is_nothing) {
        snprintf(text, size,
                 "%sthe expected gradient is 0 in %s/%s, where that of the return is not: nothing is learned",
                 e->place, in, policy);
        return BAD_NEVER;
    }
    leads_to(c, leads);
    if (is_myopic(m, c)) {
        snprintf(text, size,
                 "%sthe step is exactly that of weighing each action with its own reward alone, so what "
                 "comes of it "
                 "later is not credited: in %s/%s %s. Weigh with the return from the step on "
                 "(lure.discounted_returns), or keep to episodes of one step (--problem bandit)",
                 e->place, in, policy, leads);
        return BAD_MYOPIC;
    }
    if (is_against) {
        snprintf(text, size,
                 "%sthe sign is wrong in %s/%s: %s. A step goes against the gradient it is given, so that is "
                 "to be "
                 "the gradient of a loss: of minus what is to grow",
                 e->place, in, policy, leads);
        return BAD_SIGN;
    }
    if (state) {
        snprintf(
            text, size,
            isnan(state->cosine)
                ? "%snothing is learned about observation '%s' in %s/%s, which has %.0f %% of the gradient"
                : "%sthe sign is wrong for observation '%s' in %s/%s, which has %.0f %% of the gradient",
            e->place, state->name, in, policy, 100 * state->share);
        return BAD_STATE;
    }
    snprintf(text, size,
             "%sthe expected step leads elsewhere in %s/%s: cosine %.3f to %s (at least %.1f is expected), "
             "mostly in "
             "%s",
             e->place, in, policy, c->cosine, lure_truth_name(c->held_against), LEAST_COSINE,
             worst ? worst->name : "?");
    return BAD_BIAS;
}

/* ---- a case ---- */

static lure_gradient_measuring *begin(const examination *e, const lure_gradient_problem *problem,
                                      const lure_gradient_policy *policy, size_t times)
{
    lure_gradient_measuring *m = calloc(1, sizeof *m);
    if (m) {
        m->borrow_examiner = e->x;
        m->script = &e->script;
        m->paths = &e->paths;
        m->problem = problem;
        m->policy = policy;
        m->times = times;
    }
    return m;
}

/* A batch so small that every sequence of it can be tried may lead elsewhere where one of the usual size does not: where
   the size is ours to choose, a larger one can acquit it. Else `text` is what that one did wrong, when that is sure. */
static bad ask_larger_batch(const examination *e, const lure_gradient_measuring *small, bad kind,
                            lure_gradient_case *c, char *text, size_t size)
{
    lure_gradient_measuring *m = begin(e, small->problem, small->policy, LARGER);
    lure_gradient_case *larger = calloc(1, sizeof *larger);
    if (m && larger && lure_gradient_measure(m, larger)) {
        c->larger_times = LARGER;
        c->larger_sequences = larger->n_sequences;
        c->larger_cosine = larger->cosine;
        c->larger_scale = larger->scale;
        c->larger_bias = larger->bias;
        c->larger_error = larger->standard_error;
        bad now = diagnose(e, m, larger, &m->fit, text, size);
        c->is_acquitted =
            now == BAD_NOTHING && larger->cosine >= LEAST_COSINE && larger->standard_error < MOST_ERROR;
        kind = c->is_acquitted || now != BAD_NOTHING ? now : kind;
    }
    if (m && larger && m->is_hopeless) { /* nobody knows what the larger one would say */
        memcpy(c->failed, larger->failed, sizeof c->failed);
        kind = BAD_NOTHING;
    }
    free(larger);
    free(m);
    return kind;
}

static void judge_tape(examination *e, const lure_gradient_tape *tape, lure_gradient_case *c)
{
    char text[1200];
    if (tape->skipped[0])
        memcpy(e->skipped, tape->skipped, sizeof e->skipped);
    if (!c->tape_is_wrong)
        return;
    snprintf(text, sizeof text,
             "%sthe gradient is not the derivative of its loss in %s/%s: %s is %.9g, by finite differences "
             "%.9g. To "
             "the tape, a number read out of a tensor by to_table is a constant",
             tape->place, c->problem, c->policy, tape->what, lure_number_plain(tape->got),
             lure_number_plain(tape->should));
    gather(e, c, BAD_TAPE, text);
}

static void examine_case(examination *e, lure_gradient_measuring *m)
{
    char text[1200];
    lure_gradient_case *c = &e->report->cases[e->report->n_cases++];
    bool is_measured = lure_gradient_measure(m, c);
    e->is_hopeless |= m->is_hopeless;
    e->reduced_from = m->reduced_from ? m->reduced_from : e->reduced_from;
    if (!e->place[0])
        memcpy(e->place, m->place, sizeof e->place);
    if (m->is_refused)
        gather(e, c, BAD_STEP, c->failed);
    if (!is_measured)
        return;
    bad kind = diagnose(e, m, c, &m->fit, text, sizeof text);
    bool is_ours = !e->script.is_sized &&
                   (e->script.has[LURE_SIZE_EPISODES] || e->script.has[LURE_SIZE_STEPS] || e->reduced_from);
    if (kind != BAD_NOTHING && kind != BAD_MYOPIC && kind != BAD_NEVER && is_ours)
        kind = ask_larger_batch(e, m, kind, c, text, sizeof text);
    e->is_hopeless |= c->failed[0] != '\0';
    if (c->failed[0])
        return;
    if (kind != BAD_NOTHING)
        gather(e, c, kind, text);
    judge_tape(e, &m->tape, c);
}

static void examine_with(examination *e, const lure_gradient_problem *problem,
                         const lure_gradient_policy *policy)
{
    lure_error err;
    lure_gradient_measuring *m = begin(e, problem, policy, 1);
    if (!m || e->report->n_cases == LURE_GRADIENT_CASES)
        lure_examiner_find(e->x, "no memory to check %s", e->x->path);
    else if (lure_gradient_find_paths(e->x, problem, policy, &e->paths, &err) == LURE_OK)
        examine_case(e, m);
    else if (!policy->is_optional)
        lure_examiner_find(e->x, "%s", err.text);
    free(m);
}

/* ---- the report ---- */

static size_t n_measured(const examination *e)
{
    size_t n = 0;
    for (size_t i = 0; i < e->report->n_cases; i++)
        n += !e->report->cases[i].failed[0];
    return n;
}

/* An algorithm may be written for some policies only, so an error is a finding when it gets through with none; where a
   limit of time ended that search, only what ended it. Cases that ended alike are told together. */
static void tell_failures(examination *e)
{
    const bool is_measured = n_measured(e) > 0;
    const lure_gradient_report *r = e->report;
    bool told[LURE_GRADIENT_CASES] = {false};
    for (size_t i = 0; i < r->n_cases; i++) {
        const lure_gradient_case *c = &r->cases[i];
        char where[300] = "";
        if (c->is_bad || !c->failed[0] || told[i])
            continue;
        for (size_t j = i, n; j < r->n_cases; j++) {
            if (strcmp(r->cases[j].failed, c->failed) != 0)
                continue;
            told[j] = true;
            n = strlen(where);
            snprintf(where + n, sizeof where - n, "%s%s/%s", n ? ", " : "", r->cases[j].problem,
                     r->cases[j].policy);
        }
        const char *last = r->cases[r->n_cases - 1].failed;
        if (is_measured || (e->is_hopeless && strcmp(c->failed, last) != 0))
            lure_examiner_note(e->x, "not measured: %s: %s", where, c->failed);
        else
            lure_examiner_find(e->x, "%s", c->failed);
    }
}

static void tell_sizes(examination *e)
{
    char text[300] = "";
    size_t n;
    for (int i = 0; i < LURE_SIZES; i++) {
        n = strlen(text);
        if (e->script.has[i] && !e->script.is_set[i])
            snprintf(text + n, sizeof text - n, "%s%s (it has %.15g)", n ? ", " : "", lure_gradient_sizes[i],
                     e->script.own[i]);
    }
    if (text[0])
        lure_examiner_note(
            e->x, "the check chose these options itself, small enough to try every sequence: %s", text);
    if (e->reduced_from)
        lure_examiner_note(
            e->x, "run:collect was asked for %zu and gave fewer, so that every sequence can be tried",
            e->reduced_from);
    if (e->skipped[0])
        lure_examiner_note(e->x, "not held against finite differences: %s", e->skipped);
}

void lure_examine_gradient(lure_examiner *x)
{
    lure_error err;
    examination *e = calloc(1, sizeof *e);
    lure_gradient_report *report = calloc(1, sizeof *report);
    if (!e || !report) {
        lure_examiner_find(x, "no memory to check %s", x->path);
    } else if (lure_gradient_script_read(x, &e->script, &err) != LURE_OK) {
        lure_examiner_find(x, "%s", err.text);
    } else {
        e->x = x;
        e->report = report;
        for (int i = 0; i < LURE_GRADIENT_PROBLEMS; i++)
            for (int j = 0; j < LURE_GRADIENT_POLICIES; j++)
                if (!e->is_hopeless && (!x->options->problem ||
                                        strcmp(x->options->problem, lure_gradient_problems[i].name) == 0))
                    examine_with(e, &lure_gradient_problems[i], &lure_gradient_policies[j]);
        for (int i = 0; i < BADS; i++)
            if (e->gathered[i].text[0])
                lure_examiner_find(x, "%s%s%s", e->gathered[i].text,
                                   e->gathered[i].others[0] ? "; also in " : "", e->gathered[i].others);
        tell_failures(e);
        tell_sizes(e);
        lure_examiner_send(x, LURE_SAYS_GRADIENT, report, sizeof *report);
    }
    free(report);
    free(e);
}
