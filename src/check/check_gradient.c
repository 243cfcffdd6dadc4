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

enum { MOST_EXACT = 4096, SAMPLES = 2000, LARGER_SAMPLES = 500, LARGER = 16, TAPED = 4 };
static const double MOST_SECONDS = 8.0;     /* of a case that has to be sampled */
static const double LEAST_COSINE = 0.9;     /* about 26 degrees */
static const double LEAST_SHARE = 0.02;     /* of the gradient, for one observation to be judged by itself */
static const double MOST_TAPE_ERROR = 1e-6; /* finite differences are right to about 1e-9 */
static const double MOST_ERROR =
    0.3; /* standard error of a larger batch's expectation, relative, for it to acquit */
static const double NOTHING = 1e-9; /* of the gradient: rounding */

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
    size_t reduced_from, n_failed;
    bool is_hopeless;  /* it ran into the time limit, and would again */
    char skipped[160]; /* a gradient that the tape check could not look at */
    lure_paths paths;
    lure_gradient_trial trial;
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

/* ---- measuring ---- */

typedef struct stretch { /* of the block of parameters */
    char name[48];
    size_t offset, size;
} stretch;

typedef struct measuring {
    const lure_gradient_problem *problem;
    const lure_gradient_policy *policy;
    size_t times; /* how much larger than the problem's the batch is */
    lure_odometer odometer;
    lure_rng rng;
    lure_moments moments;
    lure_gradient_tape tape;
    double mean[LURE_GRADIENT_NUMBERS];
    double parameters[LURE_GRADIENT_NUMBERS]; /* at the step */
    double truths[LURE_TRUTHS][LURE_GRADIENT_NUMBERS], myopic[2][LURE_GRADIENT_NUMBERS];
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
static void find_parts(examination *e, measuring *m, lure_gradient_case *c)
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
        for (size_t j = 0; m->policy->is_tabular && p->n_dims == 2 && j < p->shape[0]; j++)
            add_stretch(m->states, &m->n_states, LURE_GRADIENT_STATES, inputs[j], p->offset + j * p->shape[1],
                        p->shape[1]);
    }
}

/* With the policy of a trial that has stepped, which is moved back. */
static void find_truth(examination *e, measuring *m, lure_gradient_case *c)
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
                              false, m->truths[truth]);
    for (int is_mean = 0; is_mean < 2; is_mean++)
        lure_paths_derivative(&e->paths, policy, LURE_TRUTH_USUAL, 0.0, is_mean, m->myopic[is_mean]);
    find_parts(e, m, c);
}

/* One update. False: it ended with an error, or no more of them are wanted. */
static bool live_once(examination *e, measuring *m, lure_gradient_case *c, bool is_taped)
{
    lure_error err;
    lure_gradient_trial *t = &e->trial;
    *t = (lure_gradient_trial){.borrow_examiner = e->x,
                               .script = &e->script,
                               .problem = m->problem,
                               .policy = m->policy,
                               .times = m->times,
                               .odometer = &m->odometer,
                               .tape = is_taped ? &m->tape : NULL};
    if (lure_gradient_trial_run(t, &err) != LURE_OK) {
        snprintf(c->failed, sizeof c->failed, "%.*s", (int)sizeof c->failed - 1, err.text);
        e->is_hopeless |= err.status == LURE_ERROR_TIME;
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

static void draw_from_now_on(measuring *m, lure_gradient_case *c)
{
    c->is_exact = false;
    c->n_sequences = 0;
    memset(m->mean, 0, sizeof m->mean);
    m->moments = (lure_moments){.mean = m->mean};
    lure_rng_init(&m->rng, 1, LURE_PURPOSE_EVALUATION, 0);
    m->odometer = (lure_odometer){.rng = &m->rng};
}

static void add_gradient(examination *e, measuring *m, lure_gradient_case *c)
{
    const lure_gradient_trial *t = &e->trial;
    if (m->n_stepped == 0 && t->stepped)
        find_truth(e, m, c);
    m->moved |= t->stepped && memcmp(m->parameters, t->parameters, sizeof m->parameters) != 0;
    m->n_stepped += t->stepped;
    m->moments.n = t->n_parameters;
    lure_moments_add(&m->moments, c->is_exact ? lure_odometer_probability(&m->odometer) : 1.0,
                     t->gradient); /* without a step: 0 */
    c->n_sequences++;
}

/* Every sequence, or as many drawn ones as are enough, where there are too many or the batch is a larger one. */
static void live_through(examination *e, measuring *m, lure_gradient_case *c)
{
    double began = lure_clock_seconds();
    const size_t most = m->times > 1 ? LARGER_SAMPLES : SAMPLES;
    c->is_exact = true;
    m->moments.mean = m->mean;
    if (m->times > 1)
        draw_from_now_on(m, c);
    for (bool goes_on = true; goes_on;) {
        bool is_taped =
            m->times == 1 && (c->n_sequences < TAPED || (c->n_sequences & (c->n_sequences - 1)) == 0);
        bool has_lived = live_once(e, m, c, is_taped);
        if (has_lived)
            add_gradient(e, m, c);
        lure_gradient_trial_close(&e->trial);
        if (!has_lived && m->is_too_long && c->is_exact) {
            m->is_too_long = false;
            draw_from_now_on(m, c);
            continue;
        }
        if (!has_lived)
            return;
        if (c->is_exact &&
            (c->n_sequences == MOST_EXACT || lure_odometer_ways(&m->odometer) > 4.0 * MOST_EXACT)) {
            draw_from_now_on(m, c);
            began = lure_clock_seconds();
        } else if (c->is_exact) {
            goes_on = lure_odometer_advance(&m->odometer);
        } else {
            goes_on = c->n_sequences < most && lure_clock_seconds() - began < MOST_SECONDS;
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
    if (!(fit->update > NOTHING * fit->truth)) /* rounding has no direction */
        fit->cosine = fit->bias = fits[LURE_TRUTH_RETURN].cosine = fits[LURE_TRUTH_RETURN].bias = NAN;
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
    c->tape_is_wrong = m->tape.error > MOST_TAPE_ERROR;
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

/* Does each step's own reward as its weight give exactly this? It is the one mistake that can be told from all others. */
static bool is_myopic(const measuring *m, const lure_gradient_case *c)
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
static bad diagnose(const examination *e, const measuring *m, const lure_gradient_case *c,
                    const lure_fit *fit, char *text, size_t size)
{
    char leads[128];
    const char *in = c->problem, *policy = c->policy;
    const double error = c->standard_error * fit->update; /* of the expected gradient */
    const lure_gradient_part *state = wrong_state(c, fit, error), *worst = worst_of(c->parts, c->n_parts);
    bool is_nothing = !(fit->update > NOTHING * fit->truth), is_against = c->cosine < -3 * c->standard_error,
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

/* Was there a step to judge? Otherwise c says why not, which is a finding wherever it happens. */
static bool has_stepped(examination *e, measuring *m, lure_gradient_case *c)
{
    char text[sizeof c->failed + 512];
    if (m->is_too_long)
        snprintf(text, sizeof text,
                 "%s: more than %d choices without a step: it collects more than an update of this check can "
                 "hold; make it less with --set",
                 e->x->path, LURE_MOST_DRAWN);
    else if (m->n_stepped == 0)
        snprintf(text, sizeof text, "%s: it never called optimizer:step with the policy it was given",
                 e->x->path);
    else if (!all_finite(m->mean, c->n_parameters))
        snprintf(text, sizeof text, "%sthe gradient is not finite in %s/%s", e->place, c->problem, c->policy);
    else if (m->moved)
        snprintf(
            text, sizeof text,
            "%sthe parameters at the first step depend on what was lived through in %s/%s, so something else "
            "than optimizer:step has changed them",
            e->place, c->problem, c->policy);
    else
        return true;
    snprintf(c->failed, sizeof c->failed, "%.*s", (int)sizeof c->failed - 1, text);
    if (m->times == 1)
        gather(e, c, BAD_STEP, text);
    return false;
}

/* Lives through and compares. False: it was not measured, and c says why. */
static bool measure(examination *e, measuring *m, lure_gradient_case *c, lure_fit *fit)
{
    snprintf(c->problem, sizeof c->problem, "%s", m->problem->name);
    snprintf(c->policy, sizeof c->policy, "%s", m->policy->name);
    snprintf(c->about, sizeof c->about, "%s", m->problem->about);
    c->episodes = m->problem->episodes * m->times;
    c->most_steps = m->problem->most_steps;
    live_through(e, m, c);
    if (c->failed[0] || !has_stepped(e, m, c))
        return false;
    compare(m, c, fit);
    take_apart(m, c, fit);
    return true;
}

/* A batch so small that every sequence of it can be tried may lead elsewhere where one of the usual size does not: where
   the size is ours to choose, a larger one can acquit it. Else `text` is what that one did wrong, when that is sure. */
static bad ask_larger_batch(examination *e, const measuring *small, bad kind, lure_gradient_case *c,
                            char *text, size_t size)
{
    lure_fit fit;
    measuring *m = calloc(1, sizeof *m);
    lure_gradient_case *larger = calloc(1, sizeof *larger);
    if (m && larger) {
        m->problem = small->problem;
        m->policy = small->policy;
        m->times = LARGER;
        if (measure(e, m, larger, &fit)) {
            c->larger_times = LARGER;
            c->larger_sequences = larger->n_sequences;
            c->larger_cosine = larger->cosine;
            c->larger_scale = larger->scale;
            c->larger_bias = larger->bias;
            c->larger_error = larger->standard_error;
            bad now = diagnose(e, m, larger, &fit, text, size);
            c->is_acquitted =
                now == BAD_NOTHING && larger->cosine >= LEAST_COSINE && larger->standard_error < MOST_ERROR;
            kind = c->is_acquitted || now != BAD_NOTHING ? now : kind;
        }
    }
    free(larger);
    free(m);
    return kind;
}

static void examine_case(examination *e, measuring *m)
{
    char text[1200];
    lure_fit fit;
    lure_gradient_case *c = &e->report->cases[e->report->n_cases++];
    if (!measure(e, m, c, &fit))
        return;
    bad kind = diagnose(e, m, c, &fit, text, sizeof text);
    bool is_ours = !e->script.is_sized &&
                   (e->script.has[LURE_SIZE_EPISODES] || e->script.has[LURE_SIZE_STEPS] || e->reduced_from);
    if (kind != BAD_NOTHING && kind != BAD_MYOPIC && kind != BAD_NEVER && is_ours)
        kind = ask_larger_batch(e, m, kind, c, text, sizeof text);
    if (kind != BAD_NOTHING)
        gather(e, c, kind, text);
    const lure_gradient_tape *tape = &m->tape;
    if (c->tape_is_wrong) {
        snprintf(text, sizeof text,
                 "%sthe gradient is not the derivative of its loss in %s/%s: %s is %.9g, by finite "
                 "differences %.9g. To the tape, a "
                 "number read out of a tensor by to_table is a constant",
                 tape->place, c->problem, c->policy, tape->what, tape->got, tape->should);
        gather(e, c, BAD_TAPE, text);
    }
    if (tape->skipped[0])
        memcpy(e->skipped, tape->skipped, sizeof e->skipped);
}

static void examine_with(examination *e, const lure_gradient_problem *problem,
                         const lure_gradient_policy *policy)
{
    lure_error err;
    measuring *m = calloc(1, sizeof *m);
    if (!m || e->report->n_cases == LURE_GRADIENT_CASES) {
        lure_examiner_find(e->x, "no memory to check %s", e->x->path);
    } else if (find_paths(e, problem, policy, &err)) {
        m->problem = problem;
        m->policy = policy;
        m->times = 1;
        examine_case(e, m);
    } else if (!policy->is_optional) {
        lure_examiner_find(e->x, "%s", err.text);
    }
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

/* An algorithm may be written for some policies only, so an error is a finding when it gets through with none. Cases
   that ended alike are told together. */
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
        if (is_measured)
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
