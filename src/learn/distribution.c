/* distribution.c: the table of families, and how a distribution is made. */
#include "learn/distribution.h"
#include "learn/numbers.h"

const lure_distribution_rule *lure_distribution_rule_of(lure_head head)
{
    static const lure_distribution_rule *const rules[LURE_N_HEADS] = {
        &lure__bernoulli, &lure__categorical,       &lure__multi_categorical,
        &lure__gaussian,  &lure__squashed_gaussian, &lure__action_values};
    return rules[head];
}

static lure_status check_count(const lure_distribution_options *o, lure_error *err)
{
    const char *name = lure_distribution_rule_of(o->head)->name;
    if (o->head == LURE_HEAD_BERNOULLI && o->n_actions != 2)
        return lure_fail(err, LURE_ERROR_SCRIPT,
                         "policy: head \"bernoulli\" is for two actions; there are %zu (use \"categorical\")",
                         o->n_actions);
    if (o->n_actions == 0 || o->n_actions > INT32_MAX)
        return lure_fail(err, LURE_ERROR_SCRIPT, "policy: head \"%s\" does not fit %zu actions", name,
                         o->n_actions);
    if (o->head != LURE_HEAD_MULTI_CATEGORICAL)
        return LURE_OK;
    size_t sum = 0;
    for (size_t i = 0; i < o->n_sizes; i++)
        if (o->sizes[i] == 0 || __builtin_add_overflow(sum, o->sizes[i], &sum))
            return lure_fail(err, LURE_ERROR_SCRIPT, "policy: head \"%s\": part %zu has %zu actions", name,
                             i + 1, o->sizes[i]);
    if (sum != o->n_actions)
        return lure_fail(err, LURE_ERROR_SCRIPT,
                         "policy: head \"%s\": its sizes sum to %zu, but there are %zu actions", name, sum,
                         o->n_actions);
    return LURE_OK;
}

static lure_status take_sizes(lure_distribution *d, const lure_distribution_options *o, lure_memory *memory,
                              lure_error *err)
{
    d->n_parts = d->head == LURE_HEAD_MULTI_CATEGORICAL ? o->n_sizes : 1;
    d->sizes = lure_memory_take(memory, d->n_parts * sizeof *d->sizes);
    if (!d->sizes)
        return lure_fail(err, LURE_ERROR_MEMORY, "policy: no memory for %zu actions", o->n_actions);
    for (size_t i = 0; i < d->n_parts; i++)
        d->sizes[i] = d->head == LURE_HEAD_MULTI_CATEGORICAL ? o->sizes[i] : o->n_actions;
    d->n_columns = d->n_parts;
    d->n_outputs = d->head == LURE_HEAD_BERNOULLI ? 1 : o->n_actions;
    d->n_work = 2 * d->n_actions + 3 * d->n_parts;
    return LURE_OK;
}

static lure_status take_bounds(lure_distribution *d, const lure_distribution_options *o, lure_memory *memory,
                               lure_error *err)
{
    d->n_parts = 1;
    d->n_columns = o->n_actions;
    d->n_outputs = o->state_dependent ? 2 * o->n_actions : o->n_actions;
    d->n_log_std = o->state_dependent ? 0 : o->n_actions;
    d->n_work = 4 * d->n_actions;
    d->centre = lure_memory_take(memory, 2 * o->n_actions * sizeof *d->centre);
    if (!d->centre)
        return lure_fail(err, LURE_ERROR_MEMORY, "policy: no memory for %zu actions", o->n_actions);
    d->half = d->centre + o->n_actions;
    for (size_t i = 0; i < o->n_actions; i++) {
        double low = o->low ? o->low[i] : -1.0, high = o->high ? o->high[i] : 1.0;
        d->centre[i] = 0.5 * low + 0.5 * high;
        d->half[i] = 0.5 * high - 0.5 * low;
        if (d->head == LURE_HEAD_SQUASHED_GAUSSIAN && !(d->half[i] > 0.0 && isfinite(d->half[i])))
            return lure_fail(err, LURE_ERROR_SCRIPT,
                             "policy: head \"%s\": action %zu goes from %s to %s; low must be below high and "
                             "both finite",
                             d->rule->name, i + 1, lure__text(low).is, lure__text(high).is);
    }
    return LURE_OK;
}

lure_status lure_distribution_init(lure_distribution *d, const lure_distribution_options *o,
                                   lure_memory *memory, lure_error *err)
{
    *d = (lure_distribution){
        .head = o->head, .rule = lure_distribution_rule_of(o->head), .n_actions = o->n_actions};
    if (check_count(o, err) != LURE_OK)
        return LURE_ERROR_SCRIPT;
    return d->rule->discrete ? take_sizes(d, o, memory, err) : take_bounds(d, o, memory, err);
}

void lure_distribution_free(lure_distribution *d, lure_memory *memory)
{
    if (d->sizes)
        lure_memory_give(memory, d->sizes, d->n_parts * sizeof *d->sizes);
    if (d->centre)
        lure_memory_give(memory, d->centre, 2 * d->n_actions * sizeof *d->centre);
    *d = (lure_distribution){0};
}
