/* policy_kl.c: how far a policy is from what it was, or from another: the divergence of what they say of the same rows. */
#include "learn/numbers.h"
#include "learn/policy_inside.h"
#include <math.h>
#include <string.h>

/* From outputs before, which the first outcomes are of, to those of the present parameters, (*now) in the working space. */
static lure_status divergence(lure_policy *p, const lure_layer_pass *pass, const void *observations,
                              const lure_tensor *mask, const void *before, const void *log_std,
                              const void **now, double *out, lure_error *err)
{
    const lure_distribution_rule *rule = p->distribution.rule;
    lure_outcomes is, was = lure_outcomes_in(&p->distribution, pass->n, lure__policy_room(p).outcomes[0]);
    lure_status status = rule->prepare(&was, p->dtype, before, log_std, mask, err);
    if (status == LURE_OK)
        status =
            lure__policy_look(p, pass, observations, &(lure_policy_context){.mask = mask}, 1, &is, now, err);
    if (status != LURE_OK)
        return status;
    double sum = 0.0;
    rule->kl(&was, &is, was.results);
    for (size_t i = 0; i < pass->n; i++)
        sum += was.results[i];
    /* it is never negative but for rounding; NaN stays NaN */
    *out = sum < 0.0 || pass->n == 0 ? 0.0 : sum / (double)pass->n;
    return LURE_OK;
}

lure_status lure_policy_divergence(lure_policy *p, size_t n, const void *observations,
                                   const lure_policy_context *context, const void *before,
                                   const void *log_std, double *kl, lure_error *err)
{
    const void *now;
    lure_status status = lure__policy_check_smooth(p, "the divergence", err);
    if (status == LURE_OK)
        status = lure__policy_check_context(p, n, context, err);
    if (status == LURE_OK)
        status = lure__policy_check_rows(p, "observation", observations, n, p->n_inputs, err);
    if (status == LURE_OK)
        status = lure__policy_check_rows(p, "output", before, n, p->distribution.n_outputs, err);
    if (status == LURE_OK)
        status = lure__policy_reserve(p, n, err);
    if (status != LURE_OK)
        return status;
    lure_layer_pass pass = lure__policy_pass(p, n, context, p->parameters);
    return divergence(p, &pass, observations, context ? context->mask : NULL, before,
                      log_std ? log_std : lure__log_std(p, p->parameters), &now, kl, err);
}

/* ---- rows that are remembered: log_std, outputs, observations, mask, one after the other ---- */

typedef struct remembered {
    size_t log_std_bytes, outputs_bytes, observations_bytes, mask_bytes, bytes;
    char *log_std, *outputs, *observations, *mask;
} remembered;

static remembered remembered_of(const lure_policy *p, size_t n, bool masked)
{
    const lure_distribution *d = &p->distribution;
    remembered r = {.log_std_bytes = d->n_log_std * p->element,
                    .outputs_bytes = n * d->n_outputs * p->element,
                    .observations_bytes = n * p->n_inputs * p->element,
                    .mask_bytes = masked ? n * d->n_actions * sizeof(int32_t) : 0};
    r.bytes = r.log_std_bytes + r.outputs_bytes + r.observations_bytes + r.mask_bytes;
    return r;
}

static void place(remembered *r, void *memory)
{
    r->log_std = memory;
    r->outputs = r->log_std + r->log_std_bytes;
    r->observations = r->outputs + r->outputs_bytes;
    r->mask = r->observations + r->observations_bytes;
}

void lure__policy_forget(lure_policy *p)
{
    if (p->before)
        lure_memory_give(p->borrow_memory, p->before, p->before_bytes);
    p->before = NULL;
    p->n_before = p->before_bytes = 0;
}

static void keep_outputs(lure_policy *p, const remembered *r, const void *outputs)
{
    memcpy(r->outputs, outputs, r->outputs_bytes);
    if (r->log_std_bytes > 0)
        memcpy(r->log_std, lure__log_std(p, p->parameters), r->log_std_bytes);
}

static lure_status make_room(lure_policy *p, remembered *r, size_t n, lure_error *err)
{
    if (r->bytes > p->before_bytes) {
        lure__policy_forget(p);
        p->before = lure_memory_take(p->borrow_memory, r->bytes);
        if (!p->before)
            return lure_fail(err, LURE_ERROR_MEMORY, "policy: no memory for a batch of %zu rows", n);
        p->before_bytes = r->bytes;
    }
    place(r, p->before);
    return LURE_OK;
}

lure_status lure_policy_remember(lure_policy *p, size_t n, const void *observations, const lure_tensor *mask,
                                 lure_error *err)
{
    p->n_before = 0;
    lure_status status = lure__policy_check_smooth(p, "p.kl", err);
    if (status == LURE_OK)
        status = lure__policy_check_context(p, n, &(lure_policy_context){.mask = mask}, err);
    if (status == LURE_OK)
        status = lure__policy_check_rows(p, "observation", observations, n, p->n_inputs, err);
    if (status == LURE_OK)
        status = lure__policy_reserve(p, n, err);
    if (status != LURE_OK || n == 0)
        return status;
    remembered r = remembered_of(p, n, mask != NULL);
    status = make_room(p, &r, n, err);
    if (status != LURE_OK)
        return status;
    lure_layer_pass pass = lure__policy_pass(p, n, NULL, p->parameters);
    if (r.observations_bytes > 0)
        memcpy(r.observations, observations, r.observations_bytes);
    for (size_t i = 0; i < r.mask_bytes / sizeof(int32_t); i++)
        ((int32_t *)(void *)r.mask)[i] = lure__is_set(mask, i);
    keep_outputs(p, &r, lure__policy_outputs(p, &pass, observations));
    p->before_is_masked = mask != NULL;
    p->n_before = n;
    return LURE_OK;
}

double lure_policy_kl(lure_policy *p)
{
    const size_t n = p->n_before, sides[2] = {n, p->distribution.n_actions};
    lure_error err;
    const void *now;
    double kl;
    if (n == 0)
        return (double)NAN;
    lure_layer_pass pass = lure__policy_pass(p, n, NULL, p->parameters);
    remembered r = remembered_of(p, n, p->before_is_masked);
    place(&r, p->before);
    const lure_tensor mask = lure_tensor_view(r.mask, LURE_I32, 2, sides);
    if (divergence(p, &pass, r.observations, p->before_is_masked ? &mask : NULL, r.outputs, r.log_std, &now,
                   &kl, &err) != LURE_OK)
        return (double)NAN; /* outputs that are not finite, or nothing legal */
    keep_outputs(p, &r, now);
    return kl;
}

lure_policy_memory lure_policy_remembered(const lure_policy *p)
{
    if (p->n_before == 0)
        return (lure_policy_memory){0};
    return (lure_policy_memory){.n_rows = p->n_before,
                                .n_bytes = remembered_of(p, p->n_before, p->before_is_masked).bytes,
                                .is_masked = p->before_is_masked,
                                .block = p->before};
}

lure_status lure_policy_remember_again(lure_policy *p, const lure_policy_memory *memory, lure_error *err)
{
    p->n_before = 0;
    if (memory->n_rows == 0)
        return LURE_OK;
    lure_status status = LURE_OK;
    /* a count beyond the block's own bytes could not be one of rows */
    if (memory->n_rows <= memory->n_bytes)
        status = lure__policy_reserve(p, memory->n_rows, err);
    remembered r = remembered_of(p, memory->n_rows, memory->is_masked);
    if (memory->n_rows > memory->n_bytes || !memory->block || r.bytes != memory->n_bytes)
        return lure_fail(err, LURE_ERROR_STORE, "policy: what it remembers does not fit");
    if (status == LURE_OK)
        status = make_room(p, &r, memory->n_rows, err);
    if (status != LURE_OK)
        return status;
    memcpy(p->before, memory->block, r.bytes);
    p->before_is_masked = memory->is_masked;
    p->n_before = memory->n_rows;
    return LURE_OK;
}
