/* policy_chain.c: the chain rule for one row and one parameter, told factor by factor. */
#include "learn/numbers.h"
#include "learn/policy_inside.h"
#include <string.h>

/* Where an element is: in the trunk, or in the head's network. */
typedef struct place {
    const lure_network *net;
    size_t layer, parameter, element; /* the element within its parameter */
} place;

/* The derivative, by the unit that the element feeds into, of what p->back holds by the outputs. */
static double unit_derivative(lure_policy *p, const lure_layer_pass *pass, const void *x, const place *at,
                              size_t unit)
{
    lure__room room = lure__policy_room(p);
    bool in_trunk = at->net == &p->trunk;
    void *work = lure__at(pass, p->back, p->n_back * p->distribution.n_outputs);
    const void *seen = lure_network_input_of(&p->trunk, pass, p->trunk.n_layers, x, room.trunk);
    const void *delta = lure_network_backward(&p->body, pass, seen, room.body, p->back,
                                              in_trunk ? 0 : at->layer, in_trunk, NULL, work);
    if (in_trunk) {
        void *d_trunk = lure__at(pass, work, p->n_back * lure__policy_n_work(p));
        memcpy(d_trunk, delta, p->trunk.n_outputs * p->element);
        delta = lure_network_backward(&p->trunk, pass, x, room.trunk, d_trunk, at->layer, false, NULL, work);
    }
    return lure__get(p->dtype, delta, unit);
}

static lure_status find(const lure_policy *p, size_t element, place *at, lure_error *err)
{
    const lure_network *nets[] = {&p->trunk, &p->body};
    at->net = NULL;
    for (size_t i = 0; i < 2 && !at->net; i++)
        if (lure_network_find(nets[i], element, &at->layer, &at->parameter)) {
            at->net = nets[i];
            at->element = element - nets[i]->layers[at->layer].offset[at->parameter];
        }
    if (at->net && !at->net->layers[at->layer].rule->factor)
        return lure_fail(err, LURE_ERROR_SCRIPT, "a %s layer's parameters work through more than one product",
                         at->net->layers[at->layer].rule->name);
    return LURE_OK;
}

lure_status lure_policy_chain(lure_policy *p, const void *observation, int32_t action, size_t element,
                              lure_chain *out, lure_error *err)
{
    const lure_distribution *d = &p->distribution;
    place at;
    if (element >= p->n_parameters)
        return lure_fail(err, LURE_ERROR_SCRIPT, "parameter %zu is none of the policy's %zu", element + 1,
                         p->n_parameters);
    if (!d->rule->discrete || d->n_parts != 1 || !lure_distribution_is_smooth(d))
        return lure_fail(err, LURE_ERROR_SCRIPT,
                         "the chain rule is told for a bernoulli or categorical head, not %s", d->rule->name);
    lure_status status = find(p, element, &at, err);
    if (status == LURE_OK)
        status = lure__policy_check_rows(p, "observation", observation, 1, p->n_inputs, err);
    if (status == LURE_OK)
        status = lure__policy_reserve_gradient(p, 1, err);
    if (status != LURE_OK)
        return status;

    lure_layer_pass pass = lure__policy_pass(p, 1, NULL, p->parameters);
    lure__room room = lure__policy_room(p);
    lure_outcomes o = lure_outcomes_in(d, 1, room.outcomes[0]);
    const void *outputs = lure__policy_outputs(p, &pass, observation);
    status = lure__policy_check_network(p, &p->body, "the policy's output", &pass, observation, room.trunk,
                                        room.body, outputs, err);
    if (status == LURE_OK)
        status = d->rule->prepare(&o, p->dtype, outputs, NULL, NULL, err);
    if (status == LURE_OK)
        status = d->rule->check(&o, p->dtype, &action, err);
    if (status != LURE_OK)
        return status;

    /* the head: the action taken, and the action whose probability the chain speaks of */
    size_t taken = (size_t)action, spoken = d->head == LURE_HEAD_BERNOULLI ? 1 : taken;
    lure_softmax_chain chain = lure_distribution_chain(&o, taken, spoken);
    *out = (lure_chain){.p = chain.p, .cross_entropy = chain.cross_entropy, .dce_dp = chain.dce_dp};
    if (!at.net) /* the value's */
        return LURE_OK;

    /* the unit z, and what the element multiplies on its way into it */
    const lure_layer *layer = &at.net->layers[at.layer];
    const void *columns = at.net == &p->trunk ? room.trunk : room.body;
    const void *x = at.net == &p->trunk
                        ? observation
                        : lure_network_input_of(&p->trunk, &pass, p->trunk.n_layers, observation, room.trunk);
    size_t unit;
    out->dz_dparameter = layer->rule->factor(
        layer, &pass, lure_network_input_of(at.net, &pass, at.layer, x, columns),
        lure_network_kept_of(at.net, &pass, at.layer, columns), at.parameter, at.element, &unit);

    /* down to z twice: from p, and from the cross-entropy itself, which is exact where dce_dp is not finite */
    lure_distribution_probability_back(&o, p->dtype, spoken, p->back);
    out->dp_dz = unit_derivative(p, &pass, observation, &at, unit);
    memset(p->back, 0, d->n_outputs * p->element);
    const double factor = -1.0;
    d->rule->log_prob_back(&o, p->dtype, &action, &factor, p->back, NULL);
    out->derivative = unit_derivative(p, &pass, observation, &at, unit) * out->dz_dparameter;
    return LURE_OK;
}
