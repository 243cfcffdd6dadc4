/* check_gradient.c: conducts the gradient check and judges. What is a finding, and what is only told, is decided here:
   an entropy bonus, a normalised advantage, a clipped ratio or a value function that has learned nothing yet turn the
   gradient somewhat on purpose, so a bias is a finding only where it leads elsewhere: the angle to the gradient of the
   return, or that of a single observation's weights, is too wide. */
#include "check/check_gradient_trial.h"

#include "base/clock.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_EXACT = 4096, SAMPLES = 2000, TAPED = 4 };
static const double MOST_SECONDS = 8.0;     /* of a case that has to be sampled */
static const double LEAST_COSINE = 0.9;     /* about 26 degrees */
static const double LEAST_SHARE = 0.02;     /* of the gradient, for one observation to be judged by itself */
static const double MOST_TAPE_ERROR = 1e-6; /* finite differences are right to about 1e-9 */
static const double NOTHING = 1e-9;         /* of the gradient: rounding */

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

typedef enum { BAD_NOTHING, BAD_SIGN, BAD_STATE, BAD_BIAS, BAD_TAPE, BADS } bad;

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
    size_t reduced_from, n_failed;
    char skipped[160]; /* a gradient that the tape check could not look at */
    lure_paths paths;
    lure_gradient_trial trial;
} examination;

__attribute__((format(printf, 4, 5))) static void gather(examination *e, lure_gradient_case *c, bad kind,
                                                         const char *format, ...)
{
    gathering *g = &e->gathered[kind];
    c->is_bad = true;
    if (g->text[0]) {
        size_t n = strlen(g->others);
        snprintf(g->others + n, sizeof g->others - n, "%s%s/%s", n ? ", " : "", c->problem, c->policy);
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(g->text, sizeof g->text, format, arguments);
    va_end(arguments);
}

/* ---- measuring ---- */

typedef struct stretch { /* of the block of parameters */
    char name[48];
    size_t offset, size;
} stretch;

typedef struct measuring {
    lure_odometer odometer;
    lure_rng rng;
    lure_moments moments;
    lure_gradient_tape tape;
    double mean[LURE_GRADIENT_NUMBERS];
    double parameters[LURE_GRADIENT_NUMBERS]; /* at the step */
    double truths[LURE_TRUTHS][LURE_GRADIENT_NUMBERS], myopic[LURE_GRADIENT_NUMBERS];
    bool counted[LURE_GRADIENT_NUMBERS];
    stretch parts[LURE_GRADIENT_NAMED], states[LURE_GRADIENT_STATES];
    size_t n_parts,
        n_states; /* states: of a policy that is a table, whose weights are what it does at each observation */
    size_t n_stepped;
    bool moved, is_too_long; /* parameters differed from walk to walk; a walk had too many choices */
} measuring;

static void add_stretch(stretch *list, size_t *n, size_t most, const char *name, size_t offset, size_t size)
{
    if (*n == most)
        return;
    stretch *s = &list[(*n)++];
    snprintf(s->name, sizeof s->name, "%s", name ? name : "?");
    s->offset = offset;
    s->size = size;
}

/* Which parameters count: those that move a probability. The others are a value function's, or dead. */
static void find_parts(examination *e, measuring *m, lure_gradient_case *c, const lure_gradient_policy *kind)
{
    lure_policy *policy = e->trial.borrow_policy;
    const char **inputs = e->trial.world.input_names;
    for (size_t i = 0; i < lure_policy_n_named(policy); i++) {
        const lure_parameter *p = lure_policy_named(policy, i);
        bool counts = false;
        for (size_t j = p->offset; p->trainable && j < p->offset + p->size; j++)
            counts |= lure_paths_feel(&e->paths, policy, j);
        for (size_t j = p->offset; j < p->offset + p->size; j++)
            m->counted[j] = counts;
        c->n_counted += counts ? p->size : 0;
        add_stretch(m->parts, &m->n_parts, LURE_GRADIENT_NAMED, p->name, p->offset, p->size);
        for (size_t j = 0; kind->is_tabular && p->n_dims == 2 && j < p->shape[0]; j++)
            add_stretch(m->states, &m->n_states, LURE_GRADIENT_STATES, inputs[j], p->offset + j * p->shape[1],
                        p->shape[1]);
    }
}

/* With the policy of a trial that has stepped, which is moved back. */
static void find_truth(examination *e, measuring *m, lure_gradient_case *c, const lure_gradient_policy *kind)
{
    const lure_gradient_trial *t = &e->trial;
    lure_policy *policy = t->borrow_policy;
    memcpy(m->parameters, t->parameters, sizeof m->parameters);
    memcpy(lure_policy_parameters(policy), m->parameters, t->n_parameters * sizeof(double));
    c->n_parameters = t->n_parameters;
    c->n_updates = t->update;
    c->discount = e->script.discount;
    for (int truth = 0; truth < LURE_TRUTHS; truth++)
        lure_paths_derivative(&e->paths, policy, (lure_truth)truth, isnan(c->discount) ? 1.0 : c->discount,
                              m->truths[truth]);
    lure_paths_derivative(&e->paths, policy, LURE_TRUTH_USUAL, 0.0, m->myopic);
    find_parts(e, m, c, kind);
}

/* One update. False: it ended with an error, or no more of them are wanted. */
static bool live_once(examination *e, measuring *m, lure_gradient_case *c,
                      const lure_gradient_problem *problem, const lure_gradient_policy *policy, bool is_taped)
{
    lure_error err;
    lure_gradient_trial *t = &e->trial;
    *t = (lure_gradient_trial){.borrow_examiner = e->x,
                               .script = &e->script,
                               .problem = problem,
                               .policy = policy,
                               .odometer = &m->odometer,
                               .tape = is_taped ? &m->tape : NULL};
    if (lure_gradient_trial_run(t, &err) != LURE_OK) {
        snprintf(c->failed, sizeof c->failed, "%.*s", (int)sizeof c->failed - 1, err.text);
        return false;
    }
    m->is_too_long |= t->is_too_long;
    e->reduced_from = t->reduced_from ? t->reduced_from : e->reduced_from;
    if (t->is_too_long)
        return false;
    if (!e->place[0])
        memcpy(e->place, t->step_place, sizeof e->place);
    return true;
}

static void live_through(examination *e, measuring *m, lure_gradient_case *c,
                         const lure_gradient_problem *problem, const lure_gradient_policy *policy)
{
    double began = lure_clock_seconds();
    m->moments.mean = m->mean;
    c->is_exact = true;
    for (bool goes_on = true; goes_on;) {
        bool is_taped = c->n_sequences < TAPED || (c->n_sequences & (c->n_sequences - 1)) == 0;
        goes_on = live_once(e, m, c, problem, policy, is_taped);
        if (goes_on) {
            const lure_gradient_trial *t = &e->trial;
            bool is_first = m->n_stepped == 0 && t->stepped;
            if (is_first)
                find_truth(e, m, c, policy);
            m->moved |= t->stepped && memcmp(m->parameters, t->parameters, sizeof m->parameters) != 0;
            m->n_stepped += t->stepped;
            m->moments.n = t->n_parameters;
            lure_moments_add(&m->moments, c->is_exact ? lure_odometer_probability(&m->odometer) : 1.0,
                             t->gradient); /* without a step: 0 */
            c->n_sequences++;
        }
        lure_gradient_trial_close(&e->trial);
        if (!goes_on)
            return;
        bool is_large = c->is_exact &&
                        (c->n_sequences == MOST_EXACT || lure_odometer_ways(&m->odometer) > 4.0 * MOST_EXACT);
        if (c->is_exact)
            goes_on = lure_odometer_advance(&m->odometer);
        else
            goes_on = c->n_sequences < SAMPLES && lure_clock_seconds() - began < MOST_SECONDS;
        if (goes_on && is_large) { /* begin anew with samples */
            c->is_exact = false;
            c->n_sequences = 0;
            memset(m->mean, 0, sizeof m->mean);
            m->moments = (lure_moments){.mean = m->mean};
            lure_rng_init(&m->rng, 1, LURE_PURPOSE_EVALUATION, 0);
            m->odometer = (lure_odometer){.rng = &m->rng};
            began = lure_clock_seconds();
        }
    }
    if (!c->is_exact)
        lure_moments_average(&m->moments);
}

/* ---- judging ---- */

static void compare(const measuring *m, lure_gradient_case *c, lure_fit *fit)
{
    size_t n = c->n_parameters;
    double update[LURE_GRADIENT_NUMBERS];
    for (size_t i = 0; i < n; i++) {
        c->expected[i] = m->mean[i];
        update[i] = -m->mean[i];
    }
    lure_fit fits[LURE_TRUTHS];
    for (int i = 0; i < LURE_TRUTHS; i++) {
        fits[i] = lure_fit_gradients(n, update, m->truths[i], m->counted);
        bool is_nearer = i == 0 || (!isnan(c->discount) && c->discount != 1 && fits[i].cosine > 0 &&
                                    fits[i].bias < 0.5 * fits[c->held_against].bias);
        c->held_against = is_nearer ? (lure_truth)i : c->held_against;
    }
    *fit = fits[c->held_against];
    memcpy(c->truth, m->truths[c->held_against], sizeof c->truth);
    c->cosine = fit->cosine;
    c->scale = fit->scale;
    c->bias = fit->bias;
    c->return_cosine = fits[LURE_TRUTH_RETURN].cosine;
    c->return_bias = fits[LURE_TRUTH_RETURN].bias;
    double counted_update = fit->update, deviation = sqrt(lure_moments_variance(&m->moments));
    c->noise = deviation / counted_update;
    c->standard_error = c->is_exact ? 0.0 : c->noise / sqrt((double)c->n_sequences);
    c->n_taped = m->tape.n_taped;
    c->n_kinked = m->tape.n_kinked;
    c->tape_error = m->tape.error;
}

static lure_gradient_part part_of(const measuring *m, const lure_gradient_case *c, const lure_fit *whole,
                                  const stretch *at)
{
    double update[LURE_GRADIENT_NUMBERS] = {0}, rest = 0.0;
    for (size_t i = 0; i < at->size; i++) {
        update[i] = -c->expected[at->offset + i];
        double d = update[i] - whole->scale * c->truth[at->offset + i];
        rest += d * d;
    }
    lure_fit fit = lure_fit_gradients(at->size, update, c->truth + at->offset, NULL);
    lure_gradient_part part = {.counted = m->counted[at->offset],
                               .cosine = fit.update > NOTHING * whole->update ? fit.cosine : NAN,
                               .scale = fit.scale,
                               .bias = sqrt(rest) / (fabs(whole->scale) * whole->truth),
                               .share = fit.truth / whole->truth};
    memcpy(part.name, at->name, sizeof part.name);
    return part;
}

static void take_apart(const measuring *m, lure_gradient_case *c, const lure_fit *whole)
{
    for (size_t i = 0; i < m->n_parts; i++)
        c->parts[c->n_parts++] = part_of(m, c, whole, &m->parts[i]);
    for (size_t i = 0; i < m->n_states; i++)
        c->states[c->n_states++] = part_of(m, c, whole, &m->states[i]);
}

static const lure_gradient_part *worst_of(const lure_gradient_part *parts, size_t n)
{
    const lure_gradient_part *worst = NULL;
    for (size_t i = 0; i < n; i++)
        if (parts[i].counted && (!worst || parts[i].bias > worst->bias))
            worst = &parts[i];
    return worst;
}

/* The one mistake that can be told from all others: it gives exactly this gradient. */
static const char *explain(const measuring *m, const lure_gradient_case *c)
{
    double update[LURE_GRADIENT_NUMBERS];
    for (size_t i = 0; i < c->n_parameters; i++)
        update[i] = -c->expected[i];
    lure_fit fit = lure_fit_gradients(c->n_parameters, update, m->myopic, m->counted);
    return c->is_exact && fit.cosine > 0 && fit.bias < 1e-6
               ? "; it is exactly what each step's own reward as its weight gives: weigh a step with the "
                 "return "
                 "from it on (lure.discounted_returns), or keep to episodes of one step (--problem bandit)"
               : "";
}

static void judge_sign(examination *e, measuring *m, lure_gradient_case *c, const lure_fit *fit)
{
    const char *in = c->problem, *policy = c->policy, *why = explain(m, c);
    double unsure = 3 * c->standard_error;
    if (!(fit->update > NOTHING * fit->truth)) {
        gather(e, c, BAD_SIGN,
               "%sthe expected gradient is 0 in %s/%s, where that of the return is not: nothing is learned",
               e->place, in, policy);
        return;
    }
    if (c->cosine < -unsure) {
        gather(
            e, c, BAD_SIGN,
            "%sthe sign is wrong in %s/%s: the expected step makes the return smaller (cosine %.3g to its "
            "gradient). A step goes against the gradient it is given, so the loss is minus what is to grow%s",
            e->place, in, policy, c->cosine, why);
        return;
    }
    for (size_t i = 0; i < c->n_states && c->is_exact; i++) {
        const lure_gradient_part *state = &c->states[i];
        if (state->share < LEAST_SHARE || state->cosine > 0)
            continue;
        gather(
            e, c, BAD_STATE,
            isnan(state->cosine)
                ? "%snothing is learned about observation '%s' in %s/%s, which has %.0f %% of the gradient%s"
                : "%sthe sign is wrong for observation '%s' in %s/%s, which has %.0f %% of the gradient%s",
            e->place, state->name, in, policy, 100 * state->share, why);
        return;
    }
    const lure_gradient_part *worst = worst_of(c->parts, c->n_parts);
    if (c->cosine + unsure < LEAST_COSINE)
        gather(e, c, BAD_BIAS,
               "%sthe expected step leads elsewhere in %s/%s: cosine %.3f to %s (at least %.1f is expected), "
               "the rest is %.0f %% of it, mostly in %s%s",
               e->place, in, policy, c->cosine, lure_truth_name(c->held_against), LEAST_COSINE, 100 * c->bias,
               worst ? worst->name : "?", why);
}

static void judge(examination *e, measuring *m, lure_gradient_case *c, const lure_fit *fit)
{
    const lure_gradient_tape *tape = &m->tape;
    judge_sign(e, m, c, fit);
    if (tape->error > MOST_TAPE_ERROR)
        gather(e, c, BAD_TAPE,
               "%sthe gradient is not the derivative of the loss in %s/%s: %s is %.9g, by finite differences "
               "%.9g",
               tape->place, c->problem, c->policy, tape->what, tape->got, tape->should);
    if (tape->skipped[0])
        memcpy(e->skipped, tape->skipped, sizeof e->skipped);
}

/* ---- a case ---- */

static bool all_finite(const double *numbers, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(numbers[i]))
            return false;
    return true;
}

static bool find_paths(examination *e, const lure_gradient_problem *problem,
                       const lure_gradient_policy *policy, lure_error *err)
{
    lure_odometer odometer = {0};
    bool is_well = true;
    e->paths = (lure_paths){0};
    do {
        e->trial = (lure_gradient_trial){.borrow_examiner = e->x,
                                         .problem = problem,
                                         .policy = policy,
                                         .odometer = &odometer,
                                         .paths = &e->paths};
        is_well = lure_gradient_trial_run(&e->trial, err) == LURE_OK;
        lure_gradient_trial_close(&e->trial);
    } while (is_well && lure_odometer_advance(&odometer));
    return is_well;
}

/* What is told when no step came; false: one did. */
static bool judge_steps(examination *e, measuring *m, lure_gradient_case *c)
{
    if (m->is_too_long)
        snprintf(c->failed, sizeof c->failed,
                 "%s: more than %d choices without a step: it collects more than an update of this check can "
                 "hold; make it less with --set",
                 e->x->path, LURE_MOST_CHOICES);
    else if (m->n_stepped == 0)
        snprintf(c->failed, sizeof c->failed,
                 "%s: it never called optimizer:step with the policy it was given", e->x->path);
    else if (!all_finite(m->mean, c->n_parameters))
        snprintf(c->failed, sizeof c->failed, "%sthe gradient is not finite", e->place);
    else if (m->moved)
        snprintf(
            c->failed, sizeof c->failed,
            "%sthe parameters at the first step depend on what was lived through, so something else than "
            "optimizer:step has changed them",
            e->place);
    else
        return false;
    return true;
}

static void examine_case(examination *e, const lure_gradient_problem *problem,
                         const lure_gradient_policy *policy)
{
    lure_error err;
    measuring *m = calloc(1, sizeof *m);
    lure_gradient_case *c = &e->report->cases[e->report->n_cases];
    if (!m || e->report->n_cases == LURE_GRADIENT_CASES)
        lure_examiner_find(e->x, "no memory to check %s", e->x->path);
    else if (!find_paths(e, problem, policy, &err)) {
        if (!policy->is_optional)
            lure_examiner_find(e->x, "%s", err.text);
    } else {
        e->report->n_cases++;
        snprintf(c->problem, sizeof c->problem, "%s", problem->name);
        snprintf(c->policy, sizeof c->policy, "%s", policy->name);
        snprintf(c->about, sizeof c->about, "%s", problem->about);
        c->episodes = problem->episodes;
        c->most_steps = problem->most_steps;
        live_through(e, m, c, problem, policy);
        if (!c->failed[0] && !judge_steps(e, m, c)) {
            lure_fit fit;
            compare(m, c, &fit);
            take_apart(m, c, &fit);
            judge(e, m, c, &fit);
        }
    }
    free(m);
}

/* ---- the report ---- */

/* An algorithm may be written for some policies only, so an error is a finding when it gets through with none. */
static void tell_failures(examination *e)
{
    size_t n_measured = 0;
    for (size_t i = 0; i < e->report->n_cases; i++)
        n_measured += !e->report->cases[i].failed[0];
    for (size_t i = 0; i < e->report->n_cases; i++) {
        const lure_gradient_case *c = &e->report->cases[i];
        if (c->failed[0] && !n_measured)
            lure_examiner_find(e->x, "%s", c->failed);
        else if (c->failed[0])
            lure_examiner_note(e->x, "%s/%s was not measured: %s", c->problem, c->policy, c->failed);
    }
}

static void tell_sizes(examination *e)
{
    char text[300] = "";
    for (int i = 0; i < LURE_SIZES; i++) {
        size_t n = strlen(text);
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
                if (!x->options->problem || strcmp(x->options->problem, lure_gradient_problems[i].name) == 0)
                    examine_case(e, &lure_gradient_problems[i], &lure_gradient_policies[j]);
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
