/* policy.c: making a policy, its names, its working space, and what is refused. Creation goes in four acts: plan (shapes
   and offsets), allocate, name, fill. */
#include "learn/numbers.h"
#include "learn/policy_inside.h"
#include <assert.h>
#include <string.h>

enum { FEW = 16 };

/* ---- creation ---- */

static lure_status plan(lure_policy *p, const lure_policy_options *o, lure_error *err)
{
    lure_memory *memory = p->borrow_memory;
    const lure_distribution_options head = {.head = o->head,
                                            .n_actions = o->n_actions,
                                            .sizes = o->sizes,
                                            .n_sizes = o->n_sizes,
                                            .state_dependent = o->state_dependent,
                                            .low = o->low,
                                            .high = o->high};
    lure_status status = lure_distribution_init(&p->distribution, &head, memory, err);
    if (status == LURE_OK)
        status = lure_network_init(&p->trunk, o->trunk, o->n_trunk, o->n_inputs, 0, "policy trunk",
                                   &p->n_parameters, &p->n_state, memory, err);
    if (status == LURE_OK)
        status =
            lure_network_init(&p->body, o->layers, o->n_layers, p->trunk.n_outputs, p->distribution.n_outputs,
                              "policy", &p->n_parameters, &p->n_state, memory, err);
    if (status != LURE_OK)
        return status;
    p->log_std = p->n_parameters;
    p->n_parameters += p->distribution.n_log_std;
    p->n_named = p->trunk.n_named + p->body.n_named + (p->distribution.n_log_std > 0);
    if (p->has_value) {
        status = lure_network_init(&p->value, o->value, o->n_value, p->trunk.n_outputs, 1, "policy value",
                                   &p->n_parameters, &p->n_state, memory, err);
        p->n_named += p->value.n_named;
    }
    return status;
}

static lure_status allocate(lure_policy *p, lure_error *err)
{
    p->parameters = lure_memory_take(p->borrow_memory, p->n_parameters * p->element);
    p->named = lure_memory_take(p->borrow_memory, p->n_named * sizeof *p->named);
    if (!p->parameters || !p->named)
        return lure_fail(err, LURE_ERROR_MEMORY, "policy: no memory for %zu parameters", p->n_parameters);
    return LURE_OK;
}

static lure_status name_parameters(lure_policy *p, const lure_policy_options *o, lure_error *err)
{
    size_t n = 0;
    lure_status status = lure_network_name(&p->trunk, o->trunk, "trunk.", p->named, &n, err);
    if (status == LURE_OK)
        status = lure_network_name(&p->body, o->layers, "", p->named, &n, err);
    if (status == LURE_OK && p->distribution.n_log_std > 0) {
        p->named[n] = (lure_parameter){.name = "log_std",
                                       .offset = p->log_std,
                                       .size = p->distribution.n_log_std,
                                       .shape = {p->distribution.n_log_std},
                                       .n_dims = 1,
                                       .trainable = p->train_log_std,
                                       .layer = p->named[n - 1].layer + 1};
        n++;
    }
    return status == LURE_OK ? lure_network_name(&p->value, o->value, "value.", p->named, &n, err) : status;
}

static lure_status fill_log_std(lure_policy *p, const lure_policy_options *o, lure_rng *init, lure_error *err)
{
    lure_first first = o->log_std;
    if (first.how == LURE_INIT_DEFAULT)
        first = (lure_first){LURE_INIT_CONSTANT, .scale = 0.0};
    return lure_initialise(&first, p->dtype, 1, p->distribution.n_log_std,
                           (char *)p->parameters + p->log_std * p->element, init, p->borrow_memory,
                           "policy: \"log_std\"", err);
}

static lure_status fill(lure_policy *p, const lure_policy_options *o, lure_rng *init, lure_error *err)
{
    const lure_parameter *named = p->named;
    lure_status status =
        lure_network_fill(&p->trunk, o->trunk, named, p->dtype, p->parameters, init, "policy trunk", err);
    named += p->trunk.n_named;
    if (status == LURE_OK)
        status = lure_network_fill(&p->body, o->layers, named, p->dtype, p->parameters, init, "policy", err);
    named += p->body.n_named;
    if (status == LURE_OK && p->distribution.n_log_std > 0) {
        status = fill_log_std(p, o, init, err);
        named++;
    }
    if (status == LURE_OK)
        status =
            lure_network_fill(&p->value, o->value, named, p->dtype, p->parameters, init, "policy value", err);
    return status;
}

lure_status lure_policy_create(const lure_policy_options *o, lure_rng *init, lure_memory *memory,
                               lure_policy **out, lure_error *err)
{
    assert(o->dtype == LURE_F32 || o->dtype == LURE_F64);
    *out = NULL;
    lure_policy *policy = lure_memory_take(memory, sizeof *policy);
    if (!policy)
        return lure_fail(err, LURE_ERROR_MEMORY, "policy: no memory");
    *policy = (lure_policy){.dtype = o->dtype,
                            .element = lure_dtype_size(o->dtype),
                            .borrow_kernels = lure_kernels_for(o->dtype),
                            .borrow_memory = memory,
                            .n_inputs = o->n_inputs,
                            .has_value = o->n_value > 0,
                            .train_log_std = o->train_log_std};
    lure_status status = plan(policy, o, err);
    if (status == LURE_OK)
        status = allocate(policy, err);
    if (status == LURE_OK)
        status = name_parameters(policy, o, err);
    if (status == LURE_OK)
        status = fill(policy, o, init, err);
    if (status == LURE_OK)
        status = lure__policy_reserve(policy, 1, err);
    if (status == LURE_OK)
        *out = policy;
    else
        lure_policy_destroy(policy);
    return status;
}

/* Another block with the same bytes; null when there are none, or (*refused) no memory for it. */
static void *copy_block(lure_memory *memory, const void *block, size_t bytes, bool *refused)
{
    void *copy = block ? lure_memory_take(memory, bytes) : NULL;
    *refused |= block && !copy;
    if (copy)
        memcpy(copy, block, bytes);
    return copy;
}

static void copy_network(lure_network *net, lure_memory *memory, bool *refused)
{
    net->layers = copy_block(memory, net->layers, net->n_layers * sizeof *net->layers, refused);
    net->borrow_memory = memory;
}

lure_status lure_policy_copy(const lure_policy *from, lure_memory *memory, lure_policy **out, lure_error *err)
{
    *out = NULL;
    lure_policy *p = lure_memory_take(memory, sizeof *p);
    if (!p)
        return lure_fail(err, LURE_ERROR_MEMORY, "policy: no memory");
    *p = *from;
    p->scratch = p->back = p->before = NULL;
    p->n_rows = p->n_back = p->n_before = p->before_bytes = 0;
    p->borrow_memory = memory;
    bool refused = false;
    copy_network(&p->trunk, memory, &refused);
    copy_network(&p->body, memory, &refused);
    copy_network(&p->value, memory, &refused);
    lure_distribution *d = &p->distribution;
    d->sizes = copy_block(memory, d->sizes, d->n_parts * sizeof *d->sizes, &refused);
    d->centre = copy_block(memory, d->centre, 2 * d->n_actions * sizeof *d->centre, &refused);
    d->half = d->centre ? d->centre + d->n_actions : NULL;
    p->parameters = copy_block(memory, p->parameters, p->n_parameters * p->element, &refused);
    p->named = copy_block(memory, p->named, p->n_named * sizeof *p->named, &refused);
    lure_status status =
        refused ? lure_fail(err, LURE_ERROR_MEMORY, "policy: no memory for %zu parameters", p->n_parameters)
                : lure__policy_reserve(p, 1, err);
    if (status == LURE_OK)
        *out = p;
    else
        lure_policy_destroy(p);
    return status;
}

/* ---- working space ---- */

static size_t scratch_bytes(const lure_policy *p, size_t n)
{
    size_t columns = p->trunk.n_columns + p->body.n_columns + p->value.n_columns;
    return 2 * lure_outcomes_bytes(&p->distribution, n) + n * columns * p->element;
}

lure__room lure__policy_room(const lure_policy *p)
{
    size_t n = p->n_rows, outcomes = lure_outcomes_bytes(&p->distribution, n);
    char *at = p->scratch;
    lure__room room = {.outcomes = {at, at + outcomes}, .trunk = at + 2 * outcomes};
    room.body = (char *)room.trunk + n * p->trunk.n_columns * p->element;
    room.value = (char *)room.body + n * p->body.n_columns * p->element;
    return room;
}

lure_status lure__policy_reserve(lure_policy *p, size_t n, lure_error *err)
{
    if (n <= p->n_rows)
        return LURE_OK;
    size_t per_row = scratch_bytes(p, 1), bytes;
    void *grown = NULL;
    if (!__builtin_mul_overflow(n, per_row, &bytes))
        grown = lure_memory_grow(p->borrow_memory, p->scratch, p->n_rows * per_row, bytes);
    if (!grown)
        return lure_fail(err, LURE_ERROR_MEMORY, "policy: no memory for a batch of %zu rows", n);
    p->scratch = grown;
    p->n_rows = n;
    return LURE_OK;
}

void lure_policy_destroy(lure_policy *p)
{
    if (!p)
        return;
    lure_memory *memory = p->borrow_memory;
    lure_memory_give(memory, p->scratch, scratch_bytes(p, p->n_rows));
    lure__policy_free_gradient(p);
    lure__policy_forget(p);
    if (p->named)
        lure_memory_give(memory, p->named, p->n_named * sizeof *p->named);
    if (p->parameters)
        lure_memory_give(memory, p->parameters, p->n_parameters * p->element);
    lure_network_free(&p->trunk);
    lure_network_free(&p->body);
    lure_network_free(&p->value);
    lure_distribution_free(&p->distribution, memory);
    lure_memory_give(memory, p, sizeof *p);
}

/* ---- what it is ---- */

size_t lure_policy_n_inputs(const lure_policy *policy)
{
    return policy->n_inputs;
}
size_t lure_policy_n_actions(const lure_policy *policy)
{
    return policy->distribution.n_actions;
}
size_t lure_policy_n_outputs(const lure_policy *policy)
{
    return policy->distribution.n_outputs;
}
size_t lure_policy_n_state(const lure_policy *policy)
{
    return policy->n_state;
}
bool lure_policy_has_value(const lure_policy *policy)
{
    return policy->has_value;
}
lure_head lure_policy_head(const lure_policy *policy)
{
    return policy->distribution.head;
}
const lure_distribution *lure_policy_distribution(const lure_policy *policy)
{
    return &policy->distribution;
}
lure_dtype lure_policy_dtype(const lure_policy *policy)
{
    return policy->dtype;
}
size_t lure_policy_n_parameters(const lure_policy *policy)
{
    return policy->n_parameters;
}
void *lure_policy_parameters(lure_policy *policy)
{
    return policy->parameters;
}
size_t lure_policy_n_named(const lure_policy *policy)
{
    return policy->n_named;
}
const lure_parameter *lure_policy_named(const lure_policy *policy, size_t i)
{
    return &policy->named[i];
}

const lure_parameter *lure_policy_find(const lure_policy *policy, const char *name)
{
    for (size_t i = 0; i < policy->n_named; i++)
        if (strcmp(policy->named[i].name, name) == 0)
            return &policy->named[i];
    return NULL;
}

bool lure_policy_is_like(const lure_policy *a, const lure_policy *b)
{
    bool like = a->dtype == b->dtype && a->n_named == b->n_named;
    for (size_t i = 0; i < a->n_named && like; i++) {
        const lure_parameter *p = &a->named[i], *q = &b->named[i];
        like = strcmp(p->name, q->name) == 0 && p->n_dims == q->n_dims && p->size == q->size &&
               p->shape[0] == q->shape[0];
    }
    return like;
}

void lure_policy_load(lure_policy *policy, const lure_policy *from, double rate)
{
    assert(lure_policy_is_like(policy, from));
    if (rate == 1.0 || policy == from) {
        memmove(policy->parameters, from->parameters, policy->n_parameters * policy->element);
        return;
    }
    for (size_t i = 0; i < policy->n_parameters; i++) {
        double mine = lure__get(policy->dtype, policy->parameters, i);
        double other = lure__get(policy->dtype, from->parameters, i);
        lure__set(policy->dtype, policy->parameters, i, mine + rate * (other - mine));
    }
}

/* ---- passes, and what is refused ---- */

lure_layer_pass lure__policy_pass(const lure_policy *p, size_t n, const lure_policy_context *context,
                                  const void *parameters)
{
    lure_layer_pass pass = {.kernels = p->borrow_kernels,
                            .dtype = p->dtype,
                            .element = p->element,
                            .n = n,
                            .n_envs = n,
                            .parameters = parameters,
                            .n_state = p->n_state};
    if (context && p->n_state > 0) {
        pass.n_envs = context->n_envs ? context->n_envs : n;
        pass.starts = context->starts;
        pass.first_state = context->first_state;
        pass.last_state = context->last_state;
    }
    return pass;
}

const void *lure__policy_outputs(const lure_policy *p, const lure_layer_pass *pass, const void *x)
{
    lure__room room = lure__policy_room(p);
    return lure_network_forward(&p->body, pass, lure_network_forward(&p->trunk, pass, x, room.trunk),
                                room.body);
}

/* A sum is finite only if all its terms are; it costs far less than looking at each of many. */
static bool may_be_wrong(const lure_policy *p, const void *numbers, size_t n)
{
    if (n > FEW)
        return !isfinite(p->borrow_kernels->sum(n, numbers));
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += lure__get(p->dtype, numbers, i);
    return !isfinite(sum);
}

lure_status lure__policy_check_rows(const lure_policy *p, const char *what, const void *numbers, size_t n,
                                    size_t width, lure_error *err)
{
    if (!may_be_wrong(p, numbers, n * width))
        return LURE_OK;
    size_t i = lure__first_not_finite(p->dtype, numbers, n * width);
    if (i == n * width)
        return LURE_OK;
    return lure_fail(err, LURE_ERROR_SCRIPT, "row %zu of %zu: %s %zu of %zu is %s; it must be finite",
                     i / width + 1, n, what, i % width + 1, width,
                     lure__text(lure__get(p->dtype, numbers, i)).is);
}

/* Says so if an embedding of this network got no index. */
static lure_status explain_index(const lure_policy *p, const lure_network *net, const lure_layer_pass *pass,
                                 const void *x, const void *columns, lure_error *err)
{
    for (size_t i = 0, row; i < net->n_layers; i++) {
        const lure_layer *layer = &net->layers[i];
        const void *in = lure_network_input_of(net, pass, i, x, columns);
        if (!lure_layer_index_wrong(layer, pass, in, &row))
            continue;
        double value = lure__get(p->dtype, in, row * layer->n_in + layer->index_column);
        return lure_fail(err, LURE_ERROR_SCRIPT,
                         "row %zu of %zu: layer %zu (embedding): input %zu is %s; expected a whole number "
                         "from 0 to %zu",
                         row + 1, pass->n, i + 1, layer->index_column + 1, lure__text(value).is,
                         layer->n_indices - 1);
    }
    return LURE_OK;
}

lure_status lure__policy_check_network(const lure_policy *p, const lure_network *net, const char *what,
                                       const lure_layer_pass *pass, const void *x, const void *trunk,
                                       const void *columns, const void *y, lure_error *err)
{
    if (!may_be_wrong(p, y, pass->n * net->n_outputs))
        return LURE_OK;
    lure_status status = explain_index(p, &p->trunk, pass, x, trunk, err);
    if (status == LURE_OK) {
        x = lure_network_input_of(&p->trunk, pass, p->trunk.n_layers, x, trunk);
        status = explain_index(p, net, pass, x, columns, err);
    }
    return status == LURE_OK ? lure__policy_check_rows(p, what, y, pass->n, net->n_outputs, err) : status;
}

lure_status lure__policy_check_context(const lure_policy *p, size_t n, const lure_policy_context *c,
                                       lure_error *err)
{
    if (!c)
        return LURE_OK;
    if (c->n_envs > 0 && n % c->n_envs != 0)
        return lure_fail(err, LURE_ERROR_SCRIPT,
                         "policy: %zu rows are no whole number of steps of %zu "
                         "environments",
                         n, c->n_envs);
    if (c->mask && lure_tensor_size(c->mask) != n * p->distribution.n_actions)
        return lure_fail(err, LURE_ERROR_SCRIPT, "policy: a mask of %zu numbers for %zu rows of %zu actions",
                         lure_tensor_size(c->mask), n, p->distribution.n_actions);
    if (c->starts && lure_tensor_size(c->starts) != n)
        return lure_fail(err, LURE_ERROR_SCRIPT, "policy: %zu starts for %zu rows",
                         lure_tensor_size(c->starts), n);
    return LURE_OK;
}
