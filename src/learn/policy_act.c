/* policy_act.c: a policy's rows without a tape: what it would do, and the cross-entropy of what was done, whose
   gradient goes straight down the layers. All in the policy's own working space. */
#include "learn/numbers.h"
#include "learn/policy_inside.h"
#include <assert.h>
#include <string.h>

lure_status lure__policy_look(lure_policy *p, const lure_layer_pass *pass, const void *x,
                              const lure_policy_context *context, size_t which, lure_outcomes *outcomes,
                              const void **outputs, lure_error *err)
{
    lure__room room = lure__policy_room(p);
    *outputs = lure__policy_outputs(p, pass, x);
    lure_status status = lure__policy_check_network(p, &p->body, "the policy's output", pass, x, room.trunk,
                                                    room.body, *outputs, err);
    if (status != LURE_OK)
        return status;
    *outcomes = lure_outcomes_in(&p->distribution, pass->n, room.outcomes[which]);
    outcomes->epsilon = context ? context->epsilon : 0.0;
    return p->distribution.rule->prepare(outcomes, p->dtype, *outputs, lure__log_std(p, pass->parameters),
                                         context ? context->mask : NULL, err);
}

lure_status lure__policy_check_smooth(const lure_policy *p, const char *what, lure_error *err)
{
    if (lure_distribution_is_smooth(&p->distribution))
        return LURE_OK;
    return lure_fail(
        err, LURE_ERROR_SCRIPT,
        "%s needs probabilities, and the policy's head is %s, which has none; its values are what "
        "policy:forward gives",
        what, p->distribution.rule->name);
}

void lure_policy_probabilities(lure_policy *p, const void *observation, double *probabilities)
{
    const lure_distribution *d = &p->distribution;
    assert(d->rule->discrete && d->n_parts == 1);
    lure_layer_pass pass = lure__policy_pass(p, 1, NULL, p->parameters);
    lure_outcomes o = lure_outcomes_in(d, 1, lure__policy_room(p).outcomes[0]);
    o.without_logs = true;
    d->rule->prepare(&o, p->dtype, lure__policy_outputs(p, &pass, observation), NULL, NULL, NULL);
    lure_distribution_probabilities(&o, 0, probabilities);
}

size_t lure_policy_pick(size_t n_actions, const double *probabilities, double u)
{
    return lure_distribution_pick(n_actions, probabilities, 1.0, u);
}

static void give(const lure_policy *p, size_t n, const double *from, void *to)
{
    for (size_t i = 0; i < n && to; i++)
        lure__set(p->dtype, to, i, from[i]);
}

static lure_status give_values(lure_policy *p, const lure_layer_pass *pass, const void *x, void *values,
                               lure_error *err)
{
    lure__room room = lure__policy_room(p);
    const void *seen = lure_network_input_of(&p->trunk, pass, p->trunk.n_layers, x, room.trunk);
    const void *y = lure_network_forward(&p->value, pass, seen, room.value);
    if (values)
        memcpy(values, y, pass->n * p->element);
    return lure__policy_check_network(p, &p->value, "the policy's value", pass, x, room.trunk, room.value, y,
                                      err);
}

lure_status lure_policy_pick_rows(lure_policy *p, size_t n, const void *observations,
                                  const lure_policy_context *context, const double *draws,
                                  double *probabilities, int32_t *actions, void *log_prob, lure_error *err)
{
    const lure_distribution *d = &p->distribution;
    lure_outcomes o;
    const void *outputs;
    assert(d->rule->discrete && d->n_parts == 1 && (!log_prob || lure_distribution_is_smooth(d)));
    lure_status status = lure__policy_check_rows(p, "observation", observations, n, p->n_inputs, err);
    if (status == LURE_OK)
        status = lure__policy_reserve(p, n, err);
    if (status != LURE_OK)
        return status;
    lure_layer_pass pass = lure__policy_pass(p, n, context, p->parameters);
    status = lure__policy_look(p, &pass, observations, context, 0, &o, &outputs, err);
    for (size_t i = 0; i < n && status == LURE_OK; i++) {
        lure_distribution_probabilities(&o, i, probabilities);
        actions[i] = (int32_t)lure_policy_pick(d->n_actions, probabilities, draws[i]);
    }
    if (log_prob && status == LURE_OK) {
        d->rule->log_prob(&o, p->dtype, actions, o.results);
        give(p, n, o.results, log_prob);
    }
    if (status == LURE_OK && pass.last_state && p->value.n_state > 0)
        status = give_values(p, &pass, observations, NULL, err);
    return status;
}

lure_status lure_policy_act(lure_policy *p, size_t n, const void *observations,
                            const lure_policy_context *context, lure_rng *rng, void *actions, void *log_prob,
                            void *values, lure_error *err)
{
    const lure_distribution_rule *rule = p->distribution.rule;
    lure_outcomes o;
    const void *outputs;
    assert((!values || p->has_value) && (!log_prob || lure_distribution_is_smooth(&p->distribution)));
    lure_status status = lure__policy_check_context(p, n, context, err);
    if (status == LURE_OK)
        status = lure__policy_check_rows(p, "observation", observations, n, p->n_inputs, err);
    if (status == LURE_OK)
        status = lure__policy_reserve(p, n, err);
    if (status != LURE_OK)
        return status;
    lure_layer_pass pass = lure__policy_pass(p, n, context, p->parameters);
    status = lure__policy_look(p, &pass, observations, context, 0, &o, &outputs, err);
    if (status != LURE_OK)
        return status;
    if (rng)
        rule->sample(&o, p->dtype, rng, context && context->has_streams, actions);
    else
        rule->mode(&o, p->dtype, actions);
    if (!rule->discrete) /* a deviation that is too large for the type */
        status = rule->check(&o, p->dtype, actions, err);
    if (status != LURE_OK)
        return status;
    if (log_prob) {
        rule->log_prob(&o, p->dtype, actions, o.results);
        give(p, n, o.results, log_prob);
    }
    if (values || (pass.last_state && p->value.n_state > 0))
        status = give_values(p, &pass, observations, values, err);
    return status;
}

/* ---- the cross-entropy ---- */

static size_t outputs_bytes(const lure_policy *p, size_t n)
{
    return n * p->distribution.n_outputs * p->element;
}

/* The derivatives by the outputs of body and trunk, and the networks' own working space. */
static size_t back_bytes(const lure_policy *p, size_t n)
{
    return outputs_bytes(p, n) + n * (p->trunk.n_outputs + lure__policy_n_work(p)) * p->element;
}

void lure__policy_free_gradient(lure_policy *p)
{
    lure_memory_give(p->borrow_memory, p->back, back_bytes(p, p->n_back));
    p->back = NULL;
    p->n_back = 0;
}

lure_status lure__policy_reserve_gradient(lure_policy *p, size_t n, lure_error *err)
{
    lure_status status = lure__policy_reserve(p, n, err);
    if (status != LURE_OK || n <= p->n_back)
        return status;
    void *grown = lure_memory_grow(p->borrow_memory, p->back, back_bytes(p, p->n_back), back_bytes(p, n));
    if (!grown)
        return lure_fail(err, LURE_ERROR_MEMORY, "policy: no memory for a batch of %zu rows", n);
    p->back = grown;
    p->n_back = n;
    return LURE_OK;
}

static inline lure_status check_batch(const lure_policy *p, size_t n, const void *observations,
                                      const void *weights, const lure_tensor *mask, lure_error *err)
{
    if (!p->distribution.rule->discrete)
        return lure_fail(
            err, LURE_ERROR_SCRIPT,
            "policy gradient of a %s head; it is there for discrete actions (write the loss with "
            "differentiate and policy:evaluate)",
            p->distribution.rule->name);
    if (lure__policy_check_smooth(p, "policy gradient", err) != LURE_OK)
        return LURE_ERROR_SCRIPT;
    if (p->n_state > 0)
        return lure_fail(err, LURE_ERROR_SCRIPT,
                         "policy gradient of a policy with a state; its rows are not independent (write the "
                         "loss with differentiate and policy:evaluate)");
    if (n == 0)
        return lure_fail(err, LURE_ERROR_SCRIPT,
                         "policy gradient of an empty batch; it needs at least one row");
    if (mask && lure__policy_check_context(p, n, &(lure_policy_context){.mask = mask}, err) != LURE_OK)
        return LURE_ERROR_SCRIPT;
    if (weights && lure__policy_check_rows(p, "weight", weights, n, 1, err) != LURE_OK)
        return LURE_ERROR_SCRIPT;
    return lure__policy_check_rows(p, "observation", observations, n, p->n_inputs, err);
}

/* From the derivative by the outputs to the gradient, all of which is written. */
static void go_back(lure_policy *p, lure_layer_pass *pass, const void *x, const void *d_outputs,
                    void *gradient)
{
    lure__room room = lure__policy_room(p);
    bool through = p->trunk.lowest_trained < p->trunk.n_layers;
    void *work = (char *)p->back + outputs_bytes(p, p->n_back);
    const void *seen = lure_network_input_of(&p->trunk, pass, p->trunk.n_layers, x, room.trunk);
    pass->overwrite = true;
    const void *delta = lure_network_backward(&p->body, pass, seen, room.body, d_outputs,
                                              through ? 0 : p->body.lowest_trained, through, gradient, work);
    /* out of the way of what comes next */
    void *d_trunk = lure__at(pass, work, p->n_back * lure__policy_n_work(p));
    if (through)
        memcpy(d_trunk, delta, pass->n * p->trunk.n_outputs * p->element);
    lure_network_backward(&p->trunk, pass, x, room.trunk, d_trunk, p->trunk.lowest_trained, false, gradient,
                          work);
    /* the value network's, which no probability depends on */
    memset(lure__at(pass, gradient, p->log_std), 0, (p->n_parameters - p->log_std) * p->element);
}

lure_status lure_policy_gradient(lure_policy *p, size_t n, const void *observations, const int32_t *actions,
                                 const void *weights, const lure_tensor *mask, void *gradient, double *loss,
                                 double *entropy, lure_error *err)
{
    const lure_distribution_rule *rule = p->distribution.rule;
    lure_outcomes o;
    const void *outputs;
    lure_status status = check_batch(p, n, observations, weights, mask, err);
    if (status == LURE_OK)
        status = lure__policy_reserve_gradient(p, n, err);
    if (status != LURE_OK)
        return status;
    lure_layer_pass pass = lure__policy_pass(p, n, NULL, p->parameters);
    status =
        lure__policy_look(p, &pass, observations, &(lure_policy_context){.mask = mask}, 0, &o, &outputs, err);
    if (status == LURE_OK)
        status = rule->check(&o, p->dtype, actions, err);
    if (status != LURE_OK)
        return status;

    double *log_prob = o.results, *entropies = o.results + n, *factors = o.results + 2 * n;
    double sum_loss = 0.0, sum_entropy = 0.0;
    for (size_t i = 0; i < n; i++)
        factors[i] = -(weights ? lure__get(p->dtype, weights, i) : 1.0) / (double)n;
    if (loss) {
        rule->log_prob(&o, p->dtype, actions, log_prob);
        for (size_t i = 0; i < n; i++)
            sum_loss += (weights ? lure__get(p->dtype, weights, i) : 1.0) * -log_prob[i];
        *loss = sum_loss / (double)n;
    }
    if (entropy) {
        rule->entropy(&o, entropies);
        for (size_t i = 0; i < n; i++)
            sum_entropy += entropies[i];
        *entropy = sum_entropy / (double)n;
    }
    memset(p->back, 0, outputs_bytes(p, n));
    rule->log_prob_back(&o, p->dtype, actions, factors, p->back, NULL);
    go_back(p, &pass, observations, p->back, gradient);
    return LURE_OK;
}
