/* policy_evaluate.c: a policy's rows on a tape. A network is one node, log-probability and entropy one each, so that a
   loss costs a handful of nodes whatever the policy; each hands its gradient on by the functions that policy_act.c uses
   too. Untracked, all stays in the policy's working space. */
#include "learn/numbers.h"
#include "learn/policy_inside.h"
#include <assert.h>
#include <string.h>

/* ---- a network ---- */

typedef struct network_node {
    const lure_network *net;
    lure_layer_pass pass;
    lure_tensor starts;
    const void *columns;
} network_node;

enum { ROWS, PARAMETERS }; /* its inputs */

static lure_status network_back(lure_tape *tape, const lure_record *record, lure_error *err)
{
    const network_node *node = record->saved;
    const lure_network *net = node->net;
    const lure_layer_pass *pass = &node->pass;
    lure_node rows = record->inputs[ROWS].node, parameters = record->inputs[PARAMETERS].node;
    if (rows == 0 && net->lowest_trained == net->n_layers)
        return LURE_OK;
    void *gradient = parameters ? lure_tape_gradient(tape, parameters) : NULL;
    void *d_rows = rows ? lure_tape_gradient(tape, rows) : NULL;
    size_t mark = lure_tape_mark(tape);
    void *work = lure_tape_take(tape, pass->n * net->n_work * pass->element + 1);
    if ((parameters && !gradient) || (rows && !d_rows) || !work)
        return lure_tape_refused(err);
    const void *delta =
        lure_network_backward(net, pass, record->inputs[ROWS].tensor.data, node->columns, record->gradient,
                              rows ? 0 : net->lowest_trained, rows != 0, gradient, work);
    if (rows)
        pass->kernels->axpy(pass->n * net->n_inputs, 1.0, delta, d_rows);
    lure_tape_release(tape, mark);
    return LURE_OK;
}

static const lure_rule network_rule = {"policy network", network_back};

/* One evaluation on its way. */
typedef struct evaluation {
    lure_policy *policy;
    lure_tape *tape; /* null: nothing is tracked */
    lure_value parameters, rows;
    lure_layer_pass pass;
    lure__room room; /* where columns lie; of the tape, as they are taken */
} evaluation;

/* What is asked for in memory of the caller's is copied there. */
static lure_tensor settle(const evaluation *e, const void *numbers, int n_dims, const size_t *shape,
                          const lure_value *out)
{
    void *place = out && out->tensor.data ? out->tensor.data : (void *)(uintptr_t)numbers;
    lure_tensor t = lure_tensor_view(place, e->policy->dtype, n_dims, shape);
    if (place != numbers)
        memcpy(place, numbers, lure_tensor_size(&t) * e->policy->element);
    return t;
}

/* y of x; n_dims 1: as (n). Columns in *columns if nothing is tracked. */
static lure_status run(evaluation *e, const lure_network *net, const lure_value *x, int n_dims,
                       void **columns, lure_value *out, lure_error *err)
{
    network_node *node = NULL;
    if (net->n_layers == 0) {
        *out = *x;
        return LURE_OK;
    }
    if (e->tape) {
        node = lure_tape_take(e->tape, sizeof *node);
        *columns = lure_tape_take(e->tape, e->pass.n * net->n_columns * e->pass.element + 1);
        if (!node || !*columns)
            return lure_tape_refused(err);
        *node = (network_node){.net = net, .pass = e->pass, .columns = *columns};
        if (e->pass.starts) {
            node->starts = *e->pass.starts;
            node->pass.starts = &node->starts;
        }
    }
    const void *y = lure_network_forward(net, &e->pass, x->tensor.data, *columns);
    size_t shape[2] = {e->pass.n, net->n_outputs};
    lure_tensor t = settle(e, y, n_dims, shape, out);
    const lure_value inputs[] = {*x, e->parameters};
    if (e->tape)
        return lure_tape_record(e->tape, &network_rule, 2, inputs, &t, node, out, err);
    *out = (lure_value){.tensor = t};
    return LURE_OK;
}

/* ---- log-probability and entropy ---- */

typedef struct head_node {
    const lure_policy *policy;
    lure_outcomes outcomes;
    const void *actions;
} head_node;

typedef void back_function(const head_node *node, const double *factor, void *d_outputs, double *d_log_std);

static void log_prob_back(const head_node *node, const double *factor, void *d_outputs, double *d_log_std)
{
    const lure_policy *p = node->policy;
    p->distribution.rule->log_prob_back(&node->outcomes, p->dtype, node->actions, factor, d_outputs,
                                        d_log_std);
}

static void entropy_back(const head_node *node, const double *factor, void *d_outputs, double *d_log_std)
{
    const lure_policy *p = node->policy;
    p->distribution.rule->entropy_back(&node->outcomes, p->dtype, factor, d_outputs, d_log_std);
}

/* From the derivative by a number a row to those by the outputs and, where they are parameters, by log_std. */
static lure_status head_back(lure_tape *tape, const lure_record *record, double sign, back_function *back,
                             lure_error *err)
{
    const head_node *node = record->saved;
    const lure_policy *p = node->policy;
    const lure_value *outputs = &record->inputs[ROWS], *parameters = &record->inputs[PARAMETERS];
    size_t n_log_std = parameters->node && p->train_log_std ? p->distribution.n_log_std : 0;
    void *d_outputs = outputs->node ? lure_tape_gradient(tape, outputs->node) : NULL;
    void *gradient = n_log_std ? lure_tape_gradient(tape, parameters->node) : NULL;
    size_t mark = lure_tape_mark(tape);
    double *d_log_std = lure_tape_take(tape, (n_log_std + 1) * sizeof *d_log_std);
    if ((outputs->node && !d_outputs) || (n_log_std && !gradient) || !d_log_std)
        return lure_tape_refused(err);
    double *factor = node->outcomes.results + 2 * node->outcomes.n;
    for (size_t i = 0; i < node->outcomes.n; i++)
        factor[i] = sign * lure__get(p->dtype, record->gradient, i);
    memset(d_log_std, 0, n_log_std * sizeof *d_log_std);
    back(node, factor, d_outputs, n_log_std ? d_log_std : NULL);
    for (size_t i = 0; i < n_log_std; i++)
        lure__set(p->dtype, gradient, p->log_std + i,
                  lure__get(p->dtype, gradient, p->log_std + i) + d_log_std[i]);
    lure_tape_release(tape, mark);
    return LURE_OK;
}

static lure_status log_prob_node_back(lure_tape *tape, const lure_record *record, lure_error *err)
{
    return head_back(tape, record, 1.0, log_prob_back, err);
}

static lure_status entropy_node_back(lure_tape *tape, const lure_record *record, lure_error *err)
{
    const head_node *node = record->saved;
    return node->policy->distribution.rule->samples_entropy
               ? head_back(tape, record, -1.0, log_prob_back, err)
               : head_back(tape, record, 1.0, entropy_back, err);
}

static const lure_rule log_prob_rule = {"policy log_prob", log_prob_node_back},
                       entropy_rule = {"policy entropy", entropy_node_back};

/* Numbers of type double, one a row, become the policy's own at the head of their place: float never overtakes. */
static lure_status give_rows(evaluation *e, const lure_rule *rule, const lure_value *outputs, head_node *node,
                             double *numbers, lure_value *out, lure_error *err)
{
    const lure_policy *p = e->policy;
    void *place = out->tensor.data ? out->tensor.data : numbers;
    for (size_t i = 0; i < e->pass.n; i++) {
        double number = numbers[i];
        lure__set(p->dtype, place, i, number);
    }
    lure_tensor t = lure_tensor_view(place, p->dtype, 1, &e->pass.n);
    lure_value inputs[] = {*outputs, e->parameters};
    if (p->distribution.n_log_std == 0)
        inputs[PARAMETERS].node = 0;
    if (e->tape)
        return lure_tape_record(e->tape, rule, 2, inputs, &t, node, out, err);
    *out = (lure_value){.tensor = t};
    return LURE_OK;
}

static lure_status judge(evaluation *e, const lure_value *outputs, const lure_tensor *actions,
                         const lure_tensor *mask, lure_value *log_prob, lure_value *entropy, lure_error *err)
{
    lure_policy *p = e->policy;
    const lure_distribution *d = &p->distribution;
    size_t n = e->pass.n;
    head_node own = {.policy = p}, *node = e->tape ? lure_tape_take(e->tape, sizeof *node) : &own;
    void *work = e->tape ? lure_tape_take(e->tape, lure_outcomes_bytes(d, n) + 1) : e->room.outcomes[0];
    if (!node || !work)
        return lure_tape_refused(err);
    *node = (head_node){p, lure_outcomes_in(d, n, work), actions->data};
    lure_outcomes *o = &node->outcomes;
    lure_status status =
        d->rule->prepare(o, p->dtype, outputs->tensor.data, lure__log_std(p, e->pass.parameters), mask, err);
    if (status == LURE_OK)
        status = d->rule->check(o, p->dtype, actions->data, err);
    if (status != LURE_OK)
        return status;
    bool sampled = d->rule->samples_entropy;
    if (log_prob || sampled)
        d->rule->log_prob(o, p->dtype, actions->data, o->results);
    if (entropy && !sampled)
        d->rule->entropy(o, o->results + n);
    for (size_t i = 0; i < n && entropy && sampled; i++)
        o->results[n + i] = -o->results[i];
    if (log_prob)
        status = give_rows(e, &log_prob_rule, outputs, node, o->results, log_prob, err);
    if (entropy && status == LURE_OK)
        status = give_rows(e, &entropy_rule, outputs, node, o->results + n, entropy, err);
    return status;
}

/* ---- all together ---- */

static lure_status begin(evaluation *e, lure_policy *p, lure_tape *tape, const lure_value *parameters,
                         const lure_value *rows, const lure_policy_context *context, lure_error *err)
{
    size_t n = rows->tensor.shape[0];
    lure_status status = lure__policy_check_context(p, n, context, err);
    if (status == LURE_OK)
        status = lure__policy_check_rows(p, "observation", rows->tensor.data, n, p->n_inputs, err);
    bool tracked = tape && ((parameters && parameters->node) || rows->node);
    if (status == LURE_OK && !tracked)
        status = lure__policy_reserve(p, n, err);
    if (status != LURE_OK)
        return status;
    e->policy = p;
    e->tape = tracked ? tape : NULL;
    e->rows = *rows;
    e->parameters =
        parameters ? *parameters
                   : (lure_value){.tensor = lure_tensor_view(p->parameters, p->dtype, 1, &p->n_parameters)};
    e->pass = lure__policy_pass(p, n, context, e->parameters.tensor.data);
    if (tracked)
        memset(&e->room, 0, sizeof e->room);
    else
        e->room = lure__policy_room(p);
    return LURE_OK;
}

/* Trunk, then what is asked for of the head's network and the value's. */
static lure_status run_all(evaluation *e, lure_value *outputs, lure_value *value, lure_error *err)
{
    lure_policy *p = e->policy;
    lure_value seen = {0}, unasked = {0};
    assert(!value || p->has_value);
    lure_status status = run(e, &p->trunk, &e->rows, 2, &e->room.trunk, &seen, err);
    if (outputs && status == LURE_OK)
        status = run(e, &p->body, &seen, 2, &e->room.body, outputs, err);
    if (outputs && status == LURE_OK)
        status = lure__policy_check_network(p, &p->body, "the policy's output", &e->pass, e->rows.tensor.data,
                                            e->room.trunk, e->room.body, outputs->tensor.data, err);
    /* who asks for the last state asks for that of all layers */
    if (!value && e->pass.last_state && p->value.n_state > 0)
        value = &unasked;
    if (value && status == LURE_OK)
        status = run(e, &p->value, &seen, 1, &e->room.value, value, err);
    if (value && status == LURE_OK)
        status = lure__policy_check_network(p, &p->value, "the policy's value", &e->pass, e->rows.tensor.data,
                                            e->room.trunk, e->room.value, value->tensor.data, err);
    return status;
}

lure_status lure_policy_forward(lure_policy *policy, lure_tape *tape, const lure_value *parameters,
                                const lure_value *observations, const lure_policy_context *context,
                                lure_value *outputs, lure_value *value, lure_error *err)
{
    evaluation e;
    lure_status status = begin(&e, policy, tape, parameters, observations, context, err);
    return status == LURE_OK ? run_all(&e, outputs, value, err) : status;
}

lure_status lure_policy_evaluate(lure_policy *policy, lure_tape *tape, const lure_value *parameters,
                                 const lure_value *observations, const lure_tensor *actions,
                                 const lure_policy_context *context, lure_value *log_prob,
                                 lure_value *entropy, lure_value *value, lure_error *err)
{
    evaluation e;
    lure_value outputs = {0};
    lure_status status = log_prob || entropy ? lure__policy_check_smooth(policy, "a log_prob", err) : LURE_OK;
    if (status == LURE_OK)
        status = begin(&e, policy, tape, parameters, observations, context, err);
    if (status == LURE_OK)
        status = run_all(&e, &outputs, value, err);
    if (status == LURE_OK && (log_prob || entropy))
        status = judge(&e, &outputs, actions, context ? context->mask : NULL, log_prob, entropy, err);
    return status;
}

/* ---- a parameter on its own ---- */

static lure_status parameter_back(lure_tape *tape, const lure_record *record, lure_error *err)
{
    const lure_parameter *p = record->saved;
    const lure_tensor *value = &record->value;
    char *gradient = lure_tape_gradient(tape, record->inputs[0].node);
    if (!gradient)
        return lure_tape_refused(err);
    lure_kernels_for(value->dtype)
        ->axpy(p->size, 1.0, record->gradient, gradient + p->offset * lure_dtype_size(value->dtype));
    return LURE_OK;
}

static const lure_rule parameter_rule = {"policy parameter", parameter_back};

lure_status lure_policy_parameter(lure_policy *policy, lure_tape *tape, const lure_value *parameters,
                                  const lure_parameter *p, lure_value *out, lure_error *err)
{
    char *numbers = parameters->tensor.data;
    lure_tensor t = lure_tensor_view(numbers + p->offset * policy->element, policy->dtype,
                                     p->size == 1 ? 0 : p->n_dims, p->shape);
    *out = (lure_value){.tensor = t};
    if (!p->trainable)
        return LURE_OK;
    /* the name outlives the pass, as the policy does */
    return lure_tape_record(tape, &parameter_rule, 1, parameters, &t, (void *)(uintptr_t)p, out, err);
}
