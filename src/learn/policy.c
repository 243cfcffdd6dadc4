/* policy.c: the head on a network. Both heads are one softmax: a Bernoulli logit x stands beside a fixed 0, and
   softmax(0, x) = (1 - sigmoid x, sigmoid x). A row is reduced once, to exponentials relative to its largest logit,
   and everything follows from these: with rest = the sum of all but the largest, whose own is 1,
       p_i = e_i / (1 + rest)    -ln p_i = largest - x_i + log1p(rest)    1 - p_largest = rest / (1 + rest)
   so that nothing overflows and nothing cancels, however certain the policy is. */
#include "learn/policy.h"
#include "learn/numbers.h"
#include "math/function.h"
#include <math.h>
#include <string.h>

struct lure_policy {
    lure_network network;
    lure_head head;
    size_t n_actions;
    double *row; /* (4, n_actions): working space for one row and its counterpart */
    void *
        before; /* of the last gradient call: logits (n_before, n_logits), then observations (n_before, n_inputs) */
    size_t n_before, before_capacity;
    lure_memory *borrow_memory;
};

typedef struct exponentials {
    size_t top;         /* the largest logit */
    double rest, total; /* the sum without it, and with it */
} exponentials;

static double log_total(exponentials s)
{
    return lure_log1p(s.rest);
}

/* total - e[i], without cancellation */
static inline double others(exponentials s, const double *e, size_t i)
{
    return i == s.top ? s.rest : s.total - e[i];
}

/* Two of them without a branch that chance decides: those cost more than the arithmetic. Same bits as below. */
static inline exponentials exponentiate_two(const double *x, double *e)
{
    double apart = x[1] - x[0];
    exponentials s = {.top = apart > 0.0, .rest = lure_exp(-fabs(apart))};
    s.rest += (x[0] - x[0]) + (x[1] - x[1]);
    e[0] = s.top ? s.rest : 1.0;
    e[1] = s.top ? 1.0 : s.rest;
    s.total = 1.0 + s.rest;
    return s;
}

/* e may be x. x - x is 0, or NaN where a logit is not finite; then all becomes NaN. */
static inline exponentials exponentiate(size_t n, const double *x, double *e)
{
    if (n == 2)
        return exponentiate_two(x, e);
    exponentials s = {.top = 0};
    for (size_t i = 0; i < n; i++) {
        s.rest += x[i] - x[i];
        s.top = x[i] > x[s.top] ? i : s.top;
    }
    double largest = x[s.top];
    for (size_t i = 0; i < n; i++) {
        e[i] = i == s.top ? 1.0 : lure_exp(x[i] - largest);
        s.rest += i == s.top ? 0.0 : e[i];
    }
    s.total = 1.0 + s.rest;
    return s;
}

static inline void read_logits(const lure_policy *policy, const void *logits, size_t row, double *x)
{
    size_t n_logits = policy->network.n_outputs;
    if (policy->head == LURE_HEAD_BERNOULLI)
        *x++ = 0.0;
    for (size_t i = 0; i < n_logits; i++)
        x[i] = lure__get(policy->network.dtype, logits, row * n_logits + i);
}

/* Writes scale * a derivative by the logits: `d` is by the softmax's numbers, of which a Bernoulli 0 is fixed. */
static inline void write_delta(lure_policy *policy, size_t row, const double *d, double scale)
{
    size_t n_logits = policy->network.n_outputs;
    if (policy->head == LURE_HEAD_BERNOULLI)
        d++;
    for (size_t i = 0; i < n_logits; i++)
        lure__set(policy->network.dtype, policy->network.delta, row * n_logits + i, scale * d[i]);
}

/* d (-ln p_action) / d x. d may be e. */
static inline void cross_entropy_back(size_t n, const double *e, exponentials s, size_t action, double *d)
{
    double of_action = -others(s, e, action) / s.total;
    for (size_t i = 0; i < n; i++)
        d[i] = i == action ? of_action : e[i] / s.total;
}

static double entropy_of(size_t n, const double *x, const double *e, exponentials s, double log_of_total)
{
    double sum = log_of_total;
    for (size_t i = 0; i < n; i++)
        if (e[i] > 0.0)
            sum += e[i] / s.total * (x[s.top] - x[i]);
    return sum;
}

lure_status lure_policy_create(const lure_policy_options *o, lure_rng *init, lure_memory *memory,
                               lure_policy **out, lure_error *err)
{
    bool bernoulli = o->head == LURE_HEAD_BERNOULLI;
    *out = NULL;
    if (bernoulli && o->n_actions != 2)
        return lure_fail(err, LURE_ERROR_SCRIPT,
                         "policy: head \"bernoulli\" is for two actions; there are %zu (use \"categorical\")",
                         o->n_actions);
    if (o->n_actions == 0 || o->n_actions > INT32_MAX)
        return lure_fail(err, LURE_ERROR_SCRIPT, "policy: head \"categorical\" does not fit %zu actions",
                         o->n_actions);
    lure_policy *policy = lure_memory_take(memory, sizeof *policy);
    if (!policy)
        return lure_fail(err, LURE_ERROR_MEMORY, "policy: no memory");
    policy->head = o->head;
    policy->n_actions = o->n_actions;
    policy->borrow_memory = memory;
    lure_status status = lure_network_init(&policy->network, o->layers, o->n_layers, o->n_inputs,
                                           bernoulli ? 1 : o->n_actions, o->dtype, init, memory, err);
    if (status == LURE_OK) {
        policy->row = lure_memory_take(memory, 4 * o->n_actions * sizeof *policy->row);
        if (!policy->row)
            status = lure_fail(err, LURE_ERROR_MEMORY, "policy: no memory for %zu actions", o->n_actions);
    }
    if (status == LURE_OK)
        *out = policy;
    else
        lure_policy_destroy(policy);
    return status;
}

static size_t logits_bytes(const lure_policy *policy, size_t n)
{
    return n * policy->network.n_outputs * policy->network.element;
}

static size_t before_bytes(const lure_policy *policy, size_t n)
{
    return logits_bytes(policy, n) + n * policy->network.n_inputs * policy->network.element;
}

void lure_policy_destroy(lure_policy *policy)
{
    if (!policy)
        return;
    lure_memory *memory = policy->borrow_memory;
    lure_memory_give(memory, policy->before, before_bytes(policy, policy->before_capacity));
    if (policy->row)
        lure_memory_give(memory, policy->row, 4 * policy->n_actions * sizeof *policy->row);
    lure_network_free(&policy->network);
    lure_memory_give(memory, policy, sizeof *policy);
}

size_t lure_policy_n_inputs(const lure_policy *policy)
{
    return policy->network.n_inputs;
}
size_t lure_policy_n_actions(const lure_policy *policy)
{
    return policy->n_actions;
}
size_t lure_policy_n_logits(const lure_policy *policy)
{
    return policy->network.n_outputs;
}
lure_head lure_policy_head(const lure_policy *policy)
{
    return policy->head;
}
lure_dtype lure_policy_dtype(const lure_policy *policy)
{
    return policy->network.dtype;
}
size_t lure_policy_n_parameters(const lure_policy *policy)
{
    return policy->network.n_parameters;
}
void *lure_policy_parameters(lure_policy *policy)
{
    return policy->network.parameters;
}
size_t lure_policy_n_named(const lure_policy *policy)
{
    return policy->network.n_named;
}
const lure_parameter *lure_policy_named(const lure_policy *policy, size_t i)
{
    return &policy->network.named[i];
}

const lure_parameter *lure_policy_find(const lure_policy *policy, const char *name)
{
    for (size_t i = 0; i < policy->network.n_named; i++)
        if (strcmp(policy->network.named[i].name, name) == 0)
            return &policy->network.named[i];
    return NULL;
}

void lure_policy_probabilities(lure_policy *policy, const void *observation, double *p)
{
    read_logits(policy, lure_network_forward(&policy->network, 1, observation), 0, p);
    exponentials s = exponentiate(policy->n_actions, p, p);
    for (size_t i = 0; i < policy->n_actions; i++)
        p[i] /= s.total;
}

size_t lure_policy_pick(size_t n_actions, const double *p, double u)
{
    size_t pick = 0;
    double end = 0.0; /* of the stretches laid out so far */
    for (size_t i = 0; i < n_actions; i++) {
        if (!(p[i] > 0.0)) /* also NaN */
            continue;
        pick = i;
        end += p[i];
        if (u < end)
            break;
    }
    return pick; /* where rounding left the line short of u: its last stretch */
}

static lure_status refuse_action(const lure_policy *policy, size_t row, size_t n, int32_t action,
                                 lure_error *err)
{
    return lure_fail(err, LURE_ERROR_SCRIPT, "row %zu of %zu: action %lld is none of the policy's, 1 to %zu",
                     row + 1, n, (long long)action + 1, policy->n_actions);
}

static inline bool is_action(const lure_policy *policy, int32_t action)
{
    return action >= 0 && (size_t)action < policy->n_actions;
}

static lure_status refuse_number(const char *what, size_t i, size_t n, size_t width, double value,
                                 lure_error *err)
{
    return lure_fail(err, LURE_ERROR_SCRIPT, "row %zu of %zu: %s %zu of %zu is %s; it must be finite",
                     i / width + 1, n, what, i % width + 1, width, lure__text(value).is);
}

/* `what` has `width` numbers a row. */
static inline lure_status check_finite(lure_dtype dtype, const char *what, const void *numbers, size_t n,
                                       size_t width, lure_error *err)
{
    size_t i = lure__first_not_finite(dtype, numbers, n * width);
    return i == n * width ? LURE_OK : refuse_number(what, i, n, width, lure__get(dtype, numbers, i), err);
}

static inline lure_status check_rows(const lure_policy *policy, size_t n, const void *observations,
                                     const int32_t *actions, const void *weights, lure_error *err)
{
    if (n == 0)
        return lure_fail(err, LURE_ERROR_SCRIPT,
                         "policy gradient of an empty batch; it needs at least one row");
    for (size_t i = 0; i < n; i++)
        if (!is_action(policy, actions[i]))
            return refuse_action(policy, i, n, actions[i], err);
    if (weights && check_finite(policy->network.dtype, "weight", weights, n, 1, err) != LURE_OK)
        return LURE_ERROR_SCRIPT;
    return check_finite(policy->network.dtype, "observation", observations, n, policy->network.n_inputs, err);
}

static inline lure_status reserve(lure_policy *policy, size_t n, lure_error *err)
{
    lure_status status = lure_network_reserve(&policy->network, n, err);
    if (status != LURE_OK || n <= policy->before_capacity)
        return status;
    void *grown = lure_memory_grow(policy->borrow_memory, policy->before,
                                   before_bytes(policy, policy->before_capacity), before_bytes(policy, n));
    if (!grown)
        return lure_fail(err, LURE_ERROR_MEMORY, "policy: no memory for a batch of %zu rows", n);
    policy->before = grown;
    policy->before_capacity = n;
    return LURE_OK;
}

lure_status lure_policy_gradient(lure_policy *policy, size_t n, const void *observations,
                                 const int32_t *actions, const void *weights, void *gradient, double *loss,
                                 double *entropy, lure_error *err)
{
    lure_network *net = &policy->network;
    size_t n_actions = policy->n_actions;
    double *x = policy->row, *e = x + n_actions;
    double sum_loss = 0.0, sum_entropy = 0.0;

    policy->n_before = 0;
    lure_status status = check_rows(policy, n, observations, actions, weights, err);
    if (status == LURE_OK)
        status = reserve(policy, n, err);
    if (status != LURE_OK)
        return status;
    const void *logits = lure_network_forward(net, n, observations);
    status = check_finite(net->dtype, "the policy's output", logits, n, net->n_outputs, err);
    if (status != LURE_OK)
        return status;
    /* copies: by the time somebody asks how far the policy moved, a script may have collected anew */
    char *before = policy->before;
    memcpy(before, logits, logits_bytes(policy, n));
    if (net->n_inputs > 0)
        memcpy(before + logits_bytes(policy, n), observations, n * net->n_inputs * net->element);
    policy->n_before = n;

    for (size_t i = 0; i < n; i++) {
        size_t action = (size_t)actions[i];
        double weight = weights ? lure__get(net->dtype, weights, i) : 1.0;
        read_logits(policy, logits, i, x);
        exponentials s = exponentiate(n_actions, x, e);
        double log_of_total = loss || entropy ? log_total(s) : 0.0;
        if (loss)
            sum_loss += weight * (x[s.top] - x[action] + log_of_total);
        if (entropy)
            sum_entropy += entropy_of(n_actions, x, e, s, log_of_total);
        cross_entropy_back(n_actions, e, s, action, e);
        write_delta(policy, i, e, weight / (double)n);
    }
    memset(gradient, 0, net->n_parameters * net->element);
    if (net->lowest_trained < net->n_layers)
        lure_network_backward(net, n, observations, net->lowest_trained, gradient);
    if (loss)
        *loss = sum_loss / (double)n;
    if (entropy)
        *entropy = sum_entropy / (double)n;
    return LURE_OK;
}

double lure_policy_kl(lure_policy *policy)
{
    size_t n = policy->n_before, n_actions = policy->n_actions;
    double *x = policy->row, *e = x + n_actions, *x_now = e + n_actions, *e_now = x_now + n_actions;
    double sum = 0.0;
    if (n == 0)
        return 0.0;
    const char *observations = (const char *)policy->before + logits_bytes(policy, n);
    const void *now = lure_network_forward(&policy->network, n, observations);
    for (size_t i = 0; i < n; i++) {
        read_logits(policy, policy->before, i, x);
        read_logits(policy, now, i, x_now);
        exponentials s = exponentiate(n_actions, x, e), s_now = exponentiate(n_actions, x_now, e_now);
        double log_ratio = log_total(s_now) - log_total(s), row = 0.0;
        for (size_t a = 0; a < n_actions; a++)
            if (e[a] > 0.0)
                row += e[a] / s.total * ((x[a] - x[s.top]) - (x_now[a] - x_now[s_now.top]) + log_ratio);
        sum += row;
    }
    /* it is never negative but for rounding; NaN stays NaN */
    return sum < 0.0 ? 0.0 : sum / (double)n;
}

/* The derivative, by the unit that the element feeds into, of what network->delta holds. */
static double unit_derivative(lure_policy *policy, const void *observation, size_t layer, size_t unit)
{
    const void *delta = lure_network_backward(&policy->network, 1, observation, layer, NULL);
    return lure__get(policy->network.dtype, delta, unit);
}

lure_status lure_policy_chain(lure_policy *policy, const void *observation, int32_t action, size_t element,
                              lure_chain *out, lure_error *err)
{
    lure_network *net = &policy->network;
    size_t n_actions = policy->n_actions;
    double *x = policy->row, *e = x + n_actions, *d = e + n_actions;

    if (element >= net->n_parameters)
        return lure_fail(err, LURE_ERROR_SCRIPT, "parameter %zu is none of the policy's %zu", element + 1,
                         net->n_parameters);
    if (!is_action(policy, action))
        return refuse_action(policy, 0, 1, action, err);
    if (check_finite(net->dtype, "observation", observation, 1, net->n_inputs, err) != LURE_OK)
        return LURE_ERROR_SCRIPT;
    const void *logits = lure_network_forward(net, 1, observation);
    if (check_finite(net->dtype, "the policy's output", logits, 1, net->n_outputs, err) != LURE_OK)
        return LURE_ERROR_SCRIPT;

    /* the head: the action taken, and the action whose probability the chain speaks of */
    size_t taken = (size_t)action, spoken = policy->head == LURE_HEAD_BERNOULLI ? 1 : taken;
    read_logits(policy, logits, 0, x);
    exponentials s = exponentiate(n_actions, x, e);
    out->p = e[spoken] / s.total;
    out->cross_entropy = x[s.top] - x[taken] + log_total(s);
    out->dce_dp = taken == spoken ? -s.total / e[taken] : s.total / others(s, e, spoken);

    /* the unit z, and what the element multiplies on its way into it */
    size_t index = lure_network_layer_of(net, element);
    const lure_layer *layer = &net->layers[index];
    bool is_bias = element >= layer->bias;
    size_t unit = is_bias ? element - layer->bias : (element - layer->weight) % layer->n_out;
    size_t input = is_bias ? 0 : (element - layer->weight) / layer->n_out;
    out->dz_dparameter =
        is_bias ? 1.0 : lure__get(net->dtype, lure_network_input_of(net, index, observation), input);

    /* down to z twice: from p, and from the cross-entropy itself, which is exact where dce_dp is not finite */
    for (size_t i = 0; i < n_actions; i++)
        d[i] = out->p * (i == spoken ? others(s, e, spoken) / s.total : -(e[i] / s.total));
    write_delta(policy, 0, d, 1.0);
    out->dp_dz = unit_derivative(policy, observation, index, unit);
    cross_entropy_back(n_actions, e, s, taken, d);
    write_delta(policy, 0, d, 1.0);
    out->derivative = unit_derivative(policy, observation, index, unit) * out->dz_dparameter;
    return LURE_OK;
}
