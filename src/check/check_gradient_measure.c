/* check_gradient_measure.c: see check_gradient_measure.h. */
#include "check/check_gradient_measure.h"

#include "base/clock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_EXACT = 4096, SAMPLES = 2000, LARGER_SAMPLES = 500, TAPED = 4 };
static const double MOST_SECONDS = 8.0; /* of a case to try all sequences, and to draw some */
static const double OF_THE_TIME =
    0.75; /* that the check has; what is left is for the run that is under way */

/* ---- living through ---- */

static void add_stretch(lure_stretch_of_block *list, size_t *n, size_t most, const char *name, size_t offset,
                        size_t size)
{
    if (*n == most)
        return;
    lure_stretch_of_block *s = &list[(*n)++];
    snprintf(s->name, sizeof s->name, "%s", name ? name : "?");
    s->offset = offset;
    s->size = size;
}

/* Which parameters count: those that move a probability. The others are a value function's, or dead. */
static void find_parts(lure_gradient_measuring *m, lure_gradient_case *c)
{
    lure_policy *policy = m->trial.borrow_policy;
    const lure_part *inputs = m->trial.borrow_copies->world.observation->space.parts;
    for (size_t i = 0; i < lure_policy_n_named(policy); i++) {
        const lure_parameter *p = lure_policy_named(policy, i);
        bool counts = false;
        for (size_t j = p->offset; p->trainable && j < p->offset + p->size; j++)
            counts |= lure_paths_feel(m->paths, policy, j);
        for (size_t j = p->offset; j < p->offset + p->size; j++)
            m->counted[j] = counts;
        c->n_counted += counts ? p->size : 0;
        add_stretch(m->parts, &m->n_parts, LURE_GRADIENT_NAMED, p->name, p->offset, p->size);
        for (size_t j = 0; m->policy->is_tabular && counts && p->n_dims == 2 && j < p->shape[0]; j++)
            add_stretch(m->states, &m->n_states, LURE_GRADIENT_STATES, inputs[j].name,
                        p->offset + j * p->shape[1], p->shape[1]);
    }
}

/* With the policy of a trial that has stepped, which is moved back. */
static void find_truth(lure_gradient_measuring *m, lure_gradient_case *c)
{
    const lure_gradient_trial *t = &m->trial;
    lure_policy *policy = t->borrow_policy;
    memcpy(m->parameters, t->parameters, sizeof m->parameters);
    memcpy(lure_policy_parameters(policy), m->parameters, t->n_parameters * sizeof(double));
    c->n_parameters = t->n_parameters;
    c->n_updates = t->update;
    c->discount = m->script->discount;
    for (int truth = 0; truth < LURE_TRUTHS; truth++)
        lure_paths_derivative(m->paths, policy, (lure_truth)truth, isnan(c->discount) ? 1.0 : c->discount,
                              false, m->truths[truth]);
    for (int is_mean = 0; is_mean < 2; is_mean++)
        lure_paths_derivative(m->paths, policy, LURE_TRUTH_USUAL, 0.0, is_mean, m->myopic[is_mean]);
    find_parts(m, c);
}

/* One update. False: it ended with an error, or no more of them are wanted. */
static bool live_once(lure_gradient_measuring *m, lure_gradient_case *c, bool is_taped)
{
    lure_error err;
    lure_gradient_trial *t = &m->trial;
    *t = (lure_gradient_trial){.borrow_examiner = m->borrow_examiner,
                               .script = m->script,
                               .problem = m->problem,
                               .policy = m->policy,
                               .times = m->times,
                               .odometer = &m->odometer,
                               .tape = is_taped ? &m->tape : NULL};
    if (lure_gradient_trial_run(t, &err) != LURE_OK) {
        snprintf(c->failed, sizeof c->failed, "%.*s", (int)sizeof c->failed - 1, err.text);
        m->is_hopeless |= err.status == LURE_ERROR_TIME;
        return false;
    }
    m->is_too_long |= t->is_too_long;
    m->reduced_from = t->reduced_from ? t->reduced_from : m->reduced_from;
    if (t->is_too_long)
        return false;
    if (!m->place[0])
        memcpy(m->place, t->step_place, sizeof m->place);
    return true;
}

static void draw_from_now_on(lure_gradient_measuring *m, lure_gradient_case *c)
{
    c->is_exact = false;
    c->n_sequences = 0;
    memset(m->mean, 0, sizeof m->mean);
    m->moments = (lure_moments){.mean = m->mean};
    lure_rng_init(&m->rng, 1, LURE_PURPOSE_EVALUATION, 0);
    m->odometer = (lure_odometer){.rng = &m->rng};
}

static void add_gradient(lure_gradient_measuring *m, lure_gradient_case *c)
{
    const lure_gradient_trial *t = &m->trial;
    if (m->n_stepped == 0 && t->stepped)
        find_truth(m, c);
    m->moved |= t->stepped && memcmp(m->parameters, t->parameters, sizeof m->parameters) != 0;
    m->n_stepped += t->stepped;
    m->moments.n = t->n_parameters;
    lure_moments_add(&m->moments, c->is_exact ? lure_odometer_probability(&m->odometer) : 1.0,
                     t->gradient); /* without a step: 0 */
    c->n_sequences++;
}

/* Nothing more can be measured, here and in what would come. */
static bool is_time_over(lure_gradient_measuring *m, lure_gradient_case *c)
{
    const lure_examiner *x = m->borrow_examiner;
    if (lure_clock_seconds() - x->began < OF_THE_TIME * x->seconds)
        return false;
    snprintf(c->failed, sizeof c->failed,
             "the time for one script, %g seconds, does not reach further (--seconds N gives it more)",
             x->seconds);
    m->is_hopeless = true;
    return true;
}

/* Every sequence, or as many drawn ones as are enough, where there are too many or the batch is a larger one. */
static void live_through(lure_gradient_measuring *m, lure_gradient_case *c)
{
    double began = lure_clock_seconds();
    const size_t most = m->times > 1 ? LARGER_SAMPLES : SAMPLES;
    c->is_exact = true;
    m->moments.mean = m->mean;
    if (m->times > 1)
        draw_from_now_on(m, c);
    for (bool goes_on = true; goes_on;) {
        if (is_time_over(m, c))
            return;
        bool is_taped =
            m->times == 1 && (c->n_sequences < TAPED || (c->n_sequences & (c->n_sequences - 1)) == 0);
        bool has_lived = live_once(m, c, is_taped);
        if (has_lived)
            add_gradient(m, c);
        lure_gradient_trial_close(&m->trial);
        if (!has_lived && m->is_too_long && c->is_exact) {
            m->is_too_long = false;
            draw_from_now_on(m, c);
            continue;
        }
        if (!has_lived)
            return;
        if (c->is_exact &&
            (c->n_sequences == MOST_EXACT || lure_odometer_ways(&m->odometer) > 4.0 * MOST_EXACT ||
             lure_clock_seconds() - began > MOST_SECONDS)) {
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

/* ---- comparing ---- */

static void compare(const lure_gradient_measuring *m, lure_gradient_case *c, lure_fit *fit)
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
    if (!(fit->update > LURE_GRADIENT_NOTHING * fit->truth)) /* rounding has no direction */
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
    c->tape_is_wrong = m->tape.error > LURE_GRADIENT_TAPE_ERROR;
}

static lure_gradient_part part_of(const lure_gradient_measuring *m, const lure_gradient_case *c,
                                  const lure_fit *whole, const lure_stretch_of_block *at)
{
    double update[LURE_GRADIENT_NUMBERS] = {0}, rest = 0.0;
    for (size_t i = 0; i < at->size; i++) {
        update[i] = -c->expected[at->offset + i];
        double d = update[i] - whole->scale * c->truth[at->offset + i];
        rest += d * d;
    }
    lure_fit fit = lure_fit_gradients(at->size, update, c->truth + at->offset, NULL);
    lure_gradient_part part = {.counted = m->counted[at->offset],
                               .cosine =
                                   fit.update > LURE_GRADIENT_NOTHING * whole->update ? fit.cosine : NAN,
                               .scale = fit.scale,
                               .bias = sqrt(rest) / (fabs(whole->scale) * whole->truth),
                               .share = fit.truth / whole->truth};
    memcpy(part.name, at->name, sizeof part.name);
    return part;
}

static void take_apart(const lure_gradient_measuring *m, lure_gradient_case *c, const lure_fit *whole)
{
    for (size_t i = 0; i < m->n_parts; i++)
        c->parts[c->n_parts++] = part_of(m, c, whole, &m->parts[i]);
    for (size_t i = 0; i < m->n_states; i++)
        c->states[c->n_states++] = part_of(m, c, whole, &m->states[i]);
}

/* ---- a case ---- */

static bool all_finite(const double *numbers, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(numbers[i]))
            return false;
    return true;
}

/* Was there a step to judge? Otherwise c says why not, which is a finding wherever it happens. */
static bool has_stepped(lure_gradient_measuring *m, lure_gradient_case *c)
{
    char text[sizeof c->failed + 512];
    if (m->is_too_long)
        snprintf(text, sizeof text,
                 "%s: more than %d choices without a step: it collects more than an update of this check can "
                 "hold; make it less with --set",
                 m->borrow_examiner->path, LURE_MOST_DRAWN);
    else if (m->n_stepped == 0)
        snprintf(text, sizeof text, "%s: it never called optimizer:step with the policy it was given",
                 m->borrow_examiner->path);
    else if (!all_finite(m->mean, c->n_parameters))
        snprintf(text, sizeof text, "%sthe gradient is not finite in %s/%s", m->place, c->problem, c->policy);
    else if (m->moved)
        snprintf(
            text, sizeof text,
            "%sthe parameters at the first step depend on what was lived through in %s/%s, so something else "
            "than optimizer:step has changed them",
            m->place, c->problem, c->policy);
    else
        return true;
    snprintf(c->failed, sizeof c->failed, "%.*s", (int)sizeof c->failed - 1, text);
    m->is_refused = true;
    return false;
}

lure_status lure_gradient_find_paths(lure_examiner *x, const lure_gradient_problem *problem,
                                     const lure_gradient_policy *policy, lure_paths *paths, lure_error *err)
{
    lure_odometer odometer = {0};
    lure_status status = LURE_OK;
    lure_gradient_trial *t = malloc(sizeof *t);
    if (!t)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory to check gradients");
    *paths = (lure_paths){0};
    while (status == LURE_OK) {
        *t = (lure_gradient_trial){.borrow_examiner = x,
                                   .problem = problem,
                                   .policy = policy,
                                   .odometer = &odometer,
                                   .paths = paths};
        status = lure_gradient_trial_run(t, err);
        lure_gradient_trial_close(t);
        if (!lure_odometer_advance(&odometer))
            break;
    }
    free(t);
    return status;
}

bool lure_gradient_measure(lure_gradient_measuring *m, lure_gradient_case *c)
{
    snprintf(c->problem, sizeof c->problem, "%s", m->problem->name);
    snprintf(c->policy, sizeof c->policy, "%s", m->policy->name);
    snprintf(c->about, sizeof c->about, "%s", m->problem->about);
    c->episodes = m->problem->episodes * m->times;
    c->most_steps = m->problem->most_steps;
    live_through(m, c);
    if (c->failed[0] || !has_stepped(m, c))
        return false;
    compare(m, c, &m->fit);
    take_apart(m, c, &m->fit);
    return true;
}
