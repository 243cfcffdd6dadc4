/* explain.c: see explain.h. */
#include "run/explain.h"

#include "run/session.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct recorder {
    lure_explanation *out;
    const lure_collector *collector;
    const lure_policy *policy;    /* the run's: what a script does with others is not told */
    size_t *elements;             /* (n_elements) indices of the trainable ones */
    lure_explained_update update; /* between gradient and step */
    bool pending;
    size_t capacity;
} recorder;

static void fail_memory(recorder *r)
{
    lure_fail(&r->out->error, LURE_ERROR_MEMORY, "no memory to explain this many updates");
}

static void free_update(lure_explained_update *update)
{
    for (size_t i = 0; i < update->n_rows; i++) {
        free(update->rows[i].observation);
        free(update->rows[i].chains);
    }
    free(update->rows);
    free(update->elements);
    *update = (lure_explained_update){0};
}

void lure_explanation_free(lure_explanation *e)
{
    for (size_t i = 0; i < e->n_updates; i++)
        free_update(&e->updates[i]);
    free(e->updates);
    free(e->input_names);
    free(e->action_names);
    free(e->element_names);
    *e = (lure_explanation){0};
}

/* ---- listening ---- */

static double number_at(lure_dtype dtype, const void *numbers, size_t i)
{
    return dtype == LURE_F64 ? ((const double *)numbers)[i] : (double)((const float *)numbers)[i];
}

/* One block for a row's three lists. */
static bool record_row(recorder *r, lure_policy *policy, lure_explained_row *row, const void *observation,
                       int32_t action)
{
    lure_explanation *out = r->out;
    lure_dtype dtype = lure_policy_dtype(policy);
    row->action = action;
    row->observation = calloc(out->n_inputs + 2 * out->n_actions, sizeof(double));
    row->chains = calloc(out->n_elements + 1, sizeof *row->chains);
    if (!row->observation || !row->chains) {
        fail_memory(r);
        return false;
    }
    row->probabilities = row->observation + out->n_inputs;
    row->after = row->probabilities + out->n_actions;
    for (size_t i = 0; i < out->n_inputs; i++)
        row->observation[i] = number_at(dtype, observation, i);
    lure_policy_probabilities(policy, observation, row->probabilities);
    for (size_t i = 0; i < out->n_elements; i++)
        if (lure_policy_chain(policy, observation, action, r->elements[i], &row->chains[i], &out->error) !=
            LURE_OK)
            return false;
    return true;
}

static void on_gradient(void *data, lure_policy *policy, size_t n, const void *observations,
                        const int32_t *actions, const void *weights, const lure_tensor *mask,
                        const void *gradient)
{
    recorder *r = data;
    lure_explanation *out = r->out;
    lure_dtype dtype = lure_policy_dtype(policy);
    if (out->error.status != LURE_OK || policy != r->policy)
        return;
    free_update(&r->update); /* a gradient that no step followed is not told */
    if (n > LURE_EXPLAIN_ROWS) {
        lure_fail(&out->error, LURE_ERROR_USAGE,
                  "an update of %zu steps is too long to explain (at most %d); collect fewer, for example "
                  "--set algorithm.episodes=1",
                  n, LURE_EXPLAIN_ROWS);
        return;
    }
    if (mask) {
        lure_fail(&out->error, LURE_ERROR_USAGE,
                  "the algorithm gives policy:gradient a mask; explain tells the chain rule of all actions");
        return;
    }
    r->update.rows = calloc(n, sizeof *r->update.rows);
    r->update.elements = calloc(out->n_elements + 1, sizeof *r->update.elements);
    if (!r->update.rows || !r->update.elements) {
        fail_memory(r);
        return;
    }
    const lure_rollout *rollout = &r->collector->rollout;
    bool collected = observations == rollout->observations && n == rollout->n_rows;
    for (size_t i = 0; i < n; i++) {
        lure_explained_row *row = &r->update.rows[i];
        r->update.n_rows = i + 1;
        const char *observation = (const char *)observations + i * out->n_inputs * lure_dtype_size(dtype);
        if (!record_row(r, policy, row, observation, actions[i]))
            return;
        row->weight = weights ? number_at(dtype, weights, i) : 1.0;
        row->draw = collected ? rollout->draws[i] : NAN;
        row->reward = collected ? number_at(dtype, rollout->rewards, i) : NAN;
    }
    for (size_t i = 0; i < out->n_elements; i++) {
        lure_explained_element *element = &r->update.elements[i];
        element->index = r->elements[i];
        for (size_t j = 0; j < n; j++)
            element->derivative += r->update.rows[j].chains[i].derivative / (double)n;
        element->updated_derivative = number_at(dtype, gradient, element->index);
    }
    r->pending = true;
}

static void on_step(void *data, lure_policy *policy, double rate, const double *before, const double *steps)
{
    recorder *r = data;
    lure_explanation *out = r->out;
    if (!r->pending || out->error.status != LURE_OK || policy != r->policy)
        return;
    lure_dtype dtype = lure_policy_dtype(policy);
    r->update.learning_rate = rate;
    for (size_t i = 0; i < out->n_elements; i++) {
        lure_explained_element *element = &r->update.elements[i];
        element->before = before[element->index];
        element->step_size = steps[element->index];
        element->after = number_at(dtype, lure_policy_parameters(policy), element->index);
    }
    for (size_t i = 0; i < r->update.n_rows; i++) { /* what the policy would do now */
        lure_explained_row *row = &r->update.rows[i];
        float narrow[LURE_EXPLAIN_INPUTS];
        for (size_t j = 0; j < out->n_inputs; j++)
            narrow[j] = (float)row->observation[j];
        lure_policy_probabilities(policy, dtype == LURE_F64 ? (void *)row->observation : (void *)narrow,
                                  row->after);
    }
    if (out->n_updates == r->capacity) {
        size_t capacity = r->capacity ? 2 * r->capacity : 16;
        lure_explained_update *grown = realloc(out->updates, capacity * sizeof *grown);
        if (!grown) {
            fail_memory(r);
            return;
        }
        out->updates = grown;
        r->capacity = capacity;
    }
    out->updates[out->n_updates++] = r->update;
    r->update = (lure_explained_update){0};
    r->pending = false;
}

/* ---- names ---- */

static void name_element(const lure_parameter *p, size_t offset, char out[112])
{
    if (p->size == 1)
        snprintf(out, 112, "%s", p->name);
    else if (p->n_dims == 1)
        snprintf(out, 112, "%s[%zu]", p->name, offset + 1);
    else
        snprintf(out, 112, "%s[%zu,%zu]", p->name, offset / p->shape[1] + 1, offset % p->shape[1] + 1);
}

static size_t count_trainable(const lure_policy *policy)
{
    size_t n = 0;
    for (size_t i = 0; i < lure_policy_n_named(policy); i++)
        if (lure_policy_named(policy, i)->trainable)
            n += lure_policy_named(policy, i)->size;
    return n;
}

static lure_status describe(recorder *r, const lure_session *s)
{
    lure_explanation *out = r->out;
    const lure_policy *policy = s->experiment.borrow_policy;
    const lure_world *w = &s->experiment.borrow_copies->world;
    const lure_space *actions = &w->actions->space;
    bool is_choice = lure_space_kind_of(actions) == LURE_SPACE_DISCRETE;
    if (s->experiment.borrow_copies->n > 1)
        return lure_fail(&out->error, LURE_ERROR_USAGE,
                         "the experiment has %zu copies of its world; explain tells of one: --set copies=1",
                         s->experiment.borrow_copies->n);
    if (!lure_distribution_is_smooth(lure_policy_distribution(policy)))
        return lure_fail(&out->error, LURE_ERROR_USAGE,
                         "explain tells how probabilities are learned, and action_values has none");
    if (!is_choice || w->has_legal || lure_policy_n_state(policy) > 0)
        return lure_fail(&out->error, LURE_ERROR_USAGE,
                         "explain tells how one choice among words is drawn; here %s",
                         w->has_legal ? "some are illegal at times"
                         : !is_choice ? "an action is made of numbers, or of several choices"
                                      : "the policy has a state, on which it depends, too");
    size_t n_inputs = s->experiment.collector.seen.n_inputs;
    snprintf(out->experiment, sizeof out->experiment, "%s", s->experiment.name);
    out->seed = s->seed;
    out->head = lure_policy_head(policy);
    const lure_optimizer *optimizer = s->experiment.borrow_optimizer;
    out->plain_sgd = lure_optimizer_is_plain(optimizer);
    out->n_elements = count_trainable(policy);
    if (out->n_elements == 0 || out->n_elements > LURE_EXPLAIN_ELEMENTS || n_inputs > LURE_EXPLAIN_INPUTS)
        return lure_fail(&out->error, LURE_ERROR_USAGE,
                         "the policy has %zu trained numbers; explain tells 1 to %d. Choose a smaller "
                         "policy, for example --set "
                         "'policy={\"linear\", \"categorical\"}', or train fewer with train = { ... }",
                         out->n_elements, LURE_EXPLAIN_ELEMENTS);
    out->n_inputs = n_inputs;
    out->n_actions = actions->parts[0].n;
    out->input_names = calloc(n_inputs + 1, sizeof *out->input_names);
    out->action_names = calloc(out->n_actions, sizeof *out->action_names);
    out->element_names = calloc(out->n_elements, sizeof *out->element_names);
    r->elements = calloc(out->n_elements, sizeof *r->elements);
    if (!out->input_names || !out->action_names || !out->element_names || !r->elements) {
        fail_memory(r);
        return out->error.status;
    }
    bool is_named = n_inputs == w->n_inputs; /* else they are frames, or one-hot */
    for (size_t i = 0; i < n_inputs; i++) {
        const char *name = is_named ? w->observation->space.parts[i].name : NULL;
        if (name)
            snprintf(out->input_names[i], sizeof out->input_names[i], "%s", name);
        else
            snprintf(out->input_names[i], sizeof out->input_names[i], "input %zu", i + 1);
    }
    for (size_t i = 0; i < out->n_actions; i++)
        snprintf(out->action_names[i], sizeof out->action_names[i], "%s", actions->parts[0].words[i]);
    for (size_t i = 0, n = 0; i < lure_policy_n_named(policy); i++) {
        const lure_parameter *p = lure_policy_named(policy, i);
        for (size_t j = 0; p->trainable && j < p->size; j++, n++) {
            r->elements[n] = p->offset + j;
            name_element(p, j, out->element_names[n]);
        }
    }
    return LURE_OK;
}

lure_status lure_explain(const lure_explain_options *options, lure_explanation *out)
{
    *out = (lure_explanation){0};
    lure_session *s = calloc(1, sizeof *s);
    recorder r = {.out = out};
    lure_metrics *metrics = NULL;
    lure_error err = {0};
    lure_forcing forcing = {.draws = options->draws,
                            .n_draws = options->n_draws,
                            .input = options->input,
                            .n_input = options->n_input,
                            .updates = options->updates,
                            .stop_after_draws = options->stop_after_draws};
    if (!s)
        return lure_fail(&out->error, LURE_ERROR_MEMORY, "no memory to explain");
    lure_status status = lure_session_open(s, options->run, &forcing, &err);
    if (status == LURE_OK)
        status = lure_metrics_open(NULL, &metrics, &err);
    if (status == LURE_OK && describe(&r, s) == LURE_OK) {
        r.collector = &s->experiment.collector;
        r.policy = s->experiment.borrow_policy;
        s->conductor.borrow_metrics = metrics;
        s->sandbox->listener = (lure_listener){&r, on_gradient, on_step};
        status = lure_session_conduct(s, &err);
    }
    if (status != LURE_OK && out->error.status == LURE_OK)
        out->error = err;
    if (out->error.status == LURE_OK && out->n_updates == 0)
        lure_fail(&out->error, LURE_ERROR_SCRIPT,
                  "the algorithm made no update with policy:gradient and optimizer:step, so there is nothing "
                  "to explain");
    free_update(&r.update);
    free(r.elements);
    (void)lure_metrics_close(metrics, NULL);
    lure_session_close(s);
    free(s);
    return out->error.status;
}
