/* distribution_discrete.c: what chooses among words. bernoulli, categorical and multi_categorical are all softmaxes: a
   Bernoulli output x stands beside a fixed 0, and softmax(0, x) = (1 - sigmoid x, sigmoid x); several parts are
   softmaxes beside each other. A part is reduced once, to exponentials relative to its largest number, and everything
   follows from these: with rest = the sum of all but the largest, whose own is 1,
       p_i = e_i / (1 + rest)    -ln p_i = largest - x_i + log1p(rest)    1 - p_largest = rest / (1 + rest)
   so that nothing overflows and nothing cancels, however certain the policy is. A masked number is -infinity, its
   exponential 0. Action values have weights of their own in the place of the exponentials. */
#include "learn/distribution.h"
#include "learn/numbers.h"
#include <stdio.h>
#include <string.h>

/* The work of a batch: x and e (n, n_actions); rest, log1p(rest) and the place of the largest (n, n_parts). */
typedef struct softmax {
    double *x, *e, *rest, *log_total;
    size_t *top;
} softmax;

static inline softmax softmax_of(const lure_outcomes *o)
{
    size_t numbers = o->n * o->of->n_actions, parts = o->n * o->of->n_parts;
    softmax s = {.x = o->work};
    s.e = s.x + numbers;
    s.rest = s.e + numbers;
    s.log_total = s.rest + parts;
    s.top = (size_t *)(void *)(s.log_total + parts);
    return s;
}

/* One part of one row. */
typedef struct part {
    const double *x, *e;
    double rest, total, log_total;
    size_t n, top;
} part;

static inline part part_of(const lure_outcomes *o, const softmax *s, size_t row, size_t i, size_t begin)
{
    size_t at = row * o->of->n_parts + i, first = row * o->of->n_actions + begin;
    return (part){.x = s->x + first,
                  .e = s->e + first,
                  .rest = s->rest[at],
                  .total = 1.0 + s->rest[at],
                  .log_total = s->log_total[at],
                  .n = o->of->sizes[i],
                  .top = s->top[at]};
}

/* total - e[i], without cancellation */
static inline double others(const part *p, size_t i)
{
    return i == p->top ? p->rest : p->total - p->e[i];
}

/* ---- exponentials ---- */

static void read_outputs(const lure_outcomes *o, lure_dtype dtype, const void *outputs, double *x)
{
    size_t n = o->n * o->of->n_outputs;
    if (o->of->head == LURE_HEAD_BERNOULLI)
        for (size_t i = 0; i < n; i++) {
            x[2 * i] = 0.0;
            x[2 * i + 1] = lure__get(dtype, outputs, i);
        }
    else if (dtype == LURE_F64)
        memcpy(x, outputs, n * sizeof *x);
    else
        for (size_t i = 0; i < n; i++)
            x[i] = (double)((const float *)outputs)[i];
}

static lure_status mask_outputs(const lure_outcomes *o, const lure_tensor *mask, double *x, lure_error *err)
{
    for (size_t row = 0, at = 0; row < o->n; row++)
        for (size_t i = 0; i < o->of->n_parts; i++) {
            bool any = false;
            for (size_t j = 0; j < o->of->sizes[i]; j++, at++) {
                bool legal = lure__is_set(mask, at);
                any |= legal;
                if (!legal)
                    x[at] = -(double)INFINITY;
            }
            if (!any)
                return lure_fail(err, LURE_ERROR_SCRIPT, "row %zu of %zu: the mask leaves no legal action",
                                 row + 1, o->n);
        }
    return LURE_OK;
}

/* Two of them without a branch that chance decides: those cost more than the arithmetic. x - x is 0, or NaN where a
   number is not finite; then all becomes NaN. */
static void exponentiate_two(const softmax *s, size_t n, const lure_kernels *k)
{
    for (size_t i = 0; i < n; i++)
        s->rest[i] = -fabs(s->x[2 * i + 1] - s->x[2 * i]);
    k->map(LURE_MAP_EXP, n, s->rest, s->rest);
    for (size_t i = 0; i < n; i++) {
        const double *x = s->x + 2 * i;
        double *e = s->e + 2 * i;
        size_t top = x[1] > x[0];
        s->top[i] = top;
        s->rest[i] += (x[0] - x[0]) + (x[1] - x[1]);
        e[1 - top] = s->rest[i];
        e[top] = 1.0;
    }
}

static void exponentiate(const lure_outcomes *o, const softmax *s, bool masked, const lure_kernels *k)
{
    const lure_distribution *d = o->of;
    size_t at = 0, i = 0;
    for (size_t row = 0; row < o->n; row++)
        for (size_t j = 0; j < d->n_parts; at += d->sizes[j++], i++) {
            const double *x = s->x + at;
            size_t n = d->sizes[j], top = 0;
            double wrong = 0.0;
            for (size_t a = 0; a < n; a++) {
                wrong += masked && x[a] == -(double)INFINITY ? 0.0 : x[a] - x[a];
                top = x[a] > x[top] ? a : top;
            }
            for (size_t a = 0; a < n; a++)
                s->e[at + a] = x[a] - x[top];
            s->top[i] = top;
            s->rest[i] = wrong;
        }
    k->map(LURE_MAP_EXP, at, s->e, s->e);
    at = i = 0;
    for (size_t row = 0; row < o->n; row++)
        for (size_t j = 0; j < d->n_parts; at += d->sizes[j++], i++) {
            double rest = s->rest[i], *e = s->e + at;
            e[s->top[i]] = 0.0;
            for (size_t a = 0; a < d->sizes[j]; a++)
                rest += e[a];
            e[s->top[i]] = 1.0;
            s->rest[i] = rest;
        }
}

static lure_status prepare(const lure_outcomes *o, lure_dtype dtype, const void *outputs, const void *log_std,
                           const lure_tensor *mask, lure_error *err)
{
    (void)log_std;
    softmax s = softmax_of(o);
    const lure_kernels *kernels = lure_kernels_for(LURE_F64);
    read_outputs(o, dtype, outputs, s.x);
    if (mask) {
        lure_status status = mask_outputs(o, mask, s.x, err);
        if (status != LURE_OK)
            return status;
    }
    if (o->of->n_actions == 2 && o->of->n_parts == 1 && !mask)
        exponentiate_two(&s, o->n, kernels);
    else
        exponentiate(o, &s, mask != NULL, kernels);
    if (!o->without_logs)
        kernels->map(LURE_MAP_LOG1P, o->n * o->of->n_parts, s.rest, s.log_total);
    return LURE_OK;
}

/* ---- what is asked ---- */

static lure_status check(const lure_outcomes *o, lure_dtype dtype, const void *given, lure_error *err)
{
    (void)dtype;
    const int32_t *actions = given;
    softmax s = softmax_of(o);
    for (size_t row = 0, at = 0; row < o->n; row++)
        for (size_t i = 0, begin = 0; i < o->of->n_parts; begin += o->of->sizes[i++], at++) {
            size_t n = o->of->sizes[i];
            char which[48] = "";
            if (o->of->n_parts > 1)
                snprintf(which, sizeof which, " part %zu:", i + 1);
            if (actions[at] < 0 || (size_t)actions[at] >= n)
                return lure_fail(err, LURE_ERROR_SCRIPT,
                                 "row %zu of %zu: action%s %lld is none of the policy's, 1 to %zu", row + 1,
                                 o->n, which, (long long)actions[at] + 1, n);
            if (s.x[row * o->of->n_actions + begin + (size_t)actions[at]] == -(double)INFINITY)
                return lure_fail(err, LURE_ERROR_SCRIPT, "row %zu of %zu: action%s %lld is masked", row + 1,
                                 o->n, which, (long long)actions[at] + 1);
        }
    return LURE_OK;
}

static void log_prob(const lure_outcomes *o, lure_dtype dtype, const void *given, double *out)
{
    (void)dtype;
    const int32_t *actions = given;
    softmax s = softmax_of(o);
    for (size_t row = 0, at = 0; row < o->n; row++) {
        double sum = 0.0;
        for (size_t i = 0, begin = 0; i < o->of->n_parts; begin += o->of->sizes[i++], at++) {
            part p = part_of(o, &s, row, i, begin);
            sum += p.x[p.top] - p.x[actions[at]] + p.log_total;
        }
        out[row] = -sum;
    }
}

/* Adds to one of the outputs; the first of a Bernoulli's two numbers is fixed. */
static inline void add(const lure_outcomes *o, lure_dtype dtype, void *d_outputs, size_t row, size_t number,
                       double value)
{
    size_t i = row * o->of->n_outputs + number;
    if (o->of->head == LURE_HEAD_BERNOULLI) {
        if (number == 0)
            return;
        i = row;
    }
    lure__add(dtype, d_outputs, i, value);
}

static void log_prob_back(const lure_outcomes *o, lure_dtype dtype, const void *given, const double *factor,
                          void *d_outputs, double *d_log_std)
{
    (void)d_log_std;
    const int32_t *actions = given;
    softmax s = softmax_of(o);
    for (size_t row = 0, at = 0; row < o->n && d_outputs; row++)
        for (size_t i = 0, begin = 0; i < o->of->n_parts; begin += o->of->sizes[i++], at++) {
            part p = part_of(o, &s, row, i, begin);
            size_t action = (size_t)actions[at];
            for (size_t a = 0; a < p.n; a++)
                add(o, dtype, d_outputs, row, begin + a,
                    factor[row] * (a == action ? others(&p, a) / p.total : -(p.e[a] / p.total)));
        }
}

/* The sum of p (largest - x), without the terms of which p is 0: x may be anything there. */
static inline double mean_depth(const part *p)
{
    double sum = 0.0;
    for (size_t a = 0; a < p->n; a++)
        if (p->e[a] > 0.0)
            sum += p->e[a] / p->total * (p->x[p->top] - p->x[a]);
    return sum;
}

static void entropy(const lure_outcomes *o, double *out)
{
    softmax s = softmax_of(o);
    for (size_t row = 0; row < o->n; row++) {
        double sum = 0.0;
        for (size_t i = 0, begin = 0; i < o->of->n_parts; begin += o->of->sizes[i++]) {
            part p = part_of(o, &s, row, i, begin);
            sum += p.log_total + mean_depth(&p);
        }
        out[row] = sum;
    }
}

/* d H / d x_i = p_i (-ln p_i - H), and what ln p_i and H have in common cancels */
static void entropy_back(const lure_outcomes *o, lure_dtype dtype, const double *factor, void *d_outputs,
                         double *d_log_std)
{
    (void)d_log_std;
    softmax s = softmax_of(o);
    for (size_t row = 0; row < o->n && d_outputs; row++)
        for (size_t i = 0, begin = 0; i < o->of->n_parts; begin += o->of->sizes[i++]) {
            part p = part_of(o, &s, row, i, begin);
            double mean = mean_depth(&p);
            for (size_t a = 0; a < p.n; a++)
                if (!(p.e[a] == 0.0)) /* NaN goes on */
                    add(o, dtype, d_outputs, row, begin + a,
                        factor[row] * (p.e[a] / p.total) * (p.x[p.top] - p.x[a] - mean));
        }
}

static void kl(const lure_outcomes *before, const lure_outcomes *now, double *out)
{
    softmax sp = softmax_of(before), sq = softmax_of(now);
    for (size_t row = 0; row < before->n; row++) {
        double sum = 0.0;
        for (size_t i = 0, begin = 0; i < before->of->n_parts; begin += before->of->sizes[i++]) {
            part p = part_of(before, &sp, row, i, begin), q = part_of(now, &sq, row, i, begin);
            double log_ratio = q.log_total - p.log_total;
            for (size_t a = 0; a < p.n; a++)
                if (p.e[a] > 0.0)
                    sum += p.e[a] / p.total * ((p.x[a] - p.x[p.top]) - (q.x[a] - q.x[q.top]) + log_ratio);
        }
        out[row] = sum;
    }
}

size_t lure_distribution_pick(size_t n, const double *weights, double total, double u)
{
    size_t pick = 0;
    double end = 0.0; /* of the stretches laid out so far */
    for (size_t i = 0; i < n; i++) {
        if (!(weights[i] > 0.0)) /* also NaN */
            continue;
        pick = i;
        end += weights[i] / total;
        if (u < end)
            break;
    }
    return pick; /* where rounding left the line short of u: its last stretch */
}

/* One draw for each part of each row, in this order, also where the outcome is certain. */
static void sample(const lure_outcomes *o, lure_dtype dtype, lure_rng *rng, size_t stride, void *actions)
{
    (void)dtype;
    softmax s = softmax_of(o);
    int32_t *out = actions;
    for (size_t row = 0; row < o->n; row++)
        for (size_t i = 0, begin = 0; i < o->of->n_parts; begin += o->of->sizes[i++]) {
            part p = part_of(o, &s, row, i, begin);
            *out++ = (int32_t)lure_distribution_pick(p.n, p.e, p.total, lure_rng_uniform(rng + row * stride));
        }
}

static void mode(const lure_outcomes *o, lure_dtype dtype, void *actions)
{
    (void)dtype;
    softmax s = softmax_of(o);
    for (size_t i = 0; i < o->n * o->of->n_parts; i++)
        ((int32_t *)actions)[i] = (int32_t)s.top[i];
}

/* ---- action values ---- */

/* The largest has weight 1, each other legal one what its even share of epsilon is relative to that: the choice is then a
   draw like any other, one number each, and without epsilon certain. */
static lure_status prepare_values(const lure_outcomes *o, lure_dtype dtype, const void *outputs,
                                  const void *log_std, const lure_tensor *mask, lure_error *err)
{
    (void)log_std;
    const size_t n = o->of->n_actions;
    softmax s = softmax_of(o);
    read_outputs(o, dtype, outputs, s.x);
    if (mask) {
        lure_status status = mask_outputs(o, mask, s.x, err);
        if (status != LURE_OK)
            return status;
    }
    for (size_t row = 0; row < o->n; row++) {
        const double *x = s.x + row * n;
        double *weights = s.e + row * n;
        size_t top = 0, n_legal = 0;
        bool is_wrong = false;
        for (size_t a = 0; a < n; a++) {
            top = x[a] > x[top] ? a : top;
            n_legal += x[a] > -(double)INFINITY;
            is_wrong |= isnan(x[a]) != 0;
        }
        double share = n_legal ? o->epsilon / (double)n_legal : (double)NAN;
        double other = is_wrong ? (double)NAN : share / (1.0 - o->epsilon + share);
        for (size_t a = 0; a < n; a++)
            weights[a] = x[a] == -(double)INFINITY ? 0.0 : other;
        weights[top] = is_wrong ? (double)NAN : 1.0;
        s.top[row] = top;
        s.rest[row] = other * (double)(n_legal - 1);
    }
    return LURE_OK;
}

const lure_distribution_rule lure__action_values = {
    .name = "action_values", .discrete = true, .prepare = prepare_values, .sample = sample, .mode = mode};

#define DISCRETE(word)                                                                                       \
    {                                                                                                        \
        .name = (word), .discrete = true, .prepare = prepare, .check = check, .log_prob = log_prob,          \
        .log_prob_back = log_prob_back, .entropy = entropy, .entropy_back = entropy_back, .kl = kl,          \
        .sample = sample, .mode = mode                                                                       \
    }
const lure_distribution_rule lure__bernoulli = DISCRETE("bernoulli"),
                             lure__categorical = DISCRETE("categorical"),
                             lure__multi_categorical = DISCRETE("multi_categorical");

/* ---- one softmax alone: probabilities and the chain rule ---- */

void lure_distribution_probabilities(const lure_outcomes *o, size_t row, double *probabilities)
{
    softmax s = softmax_of(o);
    part p = part_of(o, &s, row, 0, 0);
    for (size_t a = 0; a < p.n; a++)
        probabilities[a] = p.e[a] / p.total;
}

lure_softmax_chain lure_distribution_chain(const lure_outcomes *o, size_t taken, size_t spoken)
{
    softmax s = softmax_of(o);
    part p = part_of(o, &s, 0, 0, 0);
    return (lure_softmax_chain){.p = p.e[spoken] / p.total,
                                .cross_entropy = p.x[p.top] - p.x[taken] + p.log_total,
                                .dce_dp =
                                    taken == spoken ? -p.total / p.e[taken] : p.total / others(&p, spoken)};
}

void lure_distribution_probability_back(const lure_outcomes *o, lure_dtype dtype, size_t spoken,
                                        void *d_outputs)
{
    softmax s = softmax_of(o);
    part p = part_of(o, &s, 0, 0, 0);
    memset(d_outputs, 0, o->of->n_outputs * lure_dtype_size(dtype));
    for (size_t a = 0; a < p.n; a++)
        add(o, dtype, d_outputs, 0, a,
            p.e[spoken] / p.total * (a == spoken ? others(&p, spoken) / p.total : -(p.e[a] / p.total)));
}
