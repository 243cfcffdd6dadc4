/* returns.c: see returns.h. Each environment by itself, from its last step back to its first. */
#include "learn/returns.h"
#include "learn/numbers.h"
#include "math/function.h"
#include "math/reduce.h"
#include <assert.h>
#include <math.h>

enum { GOES_ON, TERMINATED, TRUNCATED };

static double number(const lure_trajectory *t, const void *numbers, size_t at)
{
    return lure__get(t->dtype, numbers, at);
}

/* Null: not asked for. */
static void put(const lure_trajectory *t, void *numbers, size_t at, double value)
{
    if (numbers)
        lure__set(t->dtype, numbers, at, value);
}

/* "step 3", "step 3 of environment 2": counted from 1, as scripts do. */
static lure_status refuse(const lure_trajectory *t, size_t at, lure_error *err, const char *why)
{
    size_t step = at / t->n_environments + 1, environment = at % t->n_environments + 1;
    if (t->n_environments == 1)
        return lure_fail(err, LURE_ERROR_SCRIPT, "step %zu %s", step, why);
    return lure_fail(err, LURE_ERROR_SCRIPT, "step %zu of environment %zu %s", step, environment, why);
}

lure_status lure_trajectory_check(const lure_trajectory *t, lure_error *err)
{
    size_t n = t->n_steps * t->n_environments;
    for (size_t i = 0; i < n; i++) {
        int32_t end = t->ends[i];
        if (end < GOES_ON || end > TRUNCATED)
            return refuse(t, i, err,
                          "has an end that is none; expected 0 (goes on), 1 (terminated) or 2 (truncated)");
        if (end == TRUNCATED && !t->final_values)
            return refuse(t, i, err,
                          "was truncated; final_values must give the value of its final observation");
        if (end == GOES_ON && i + t->n_environments >= n && !t->last_values)
            return refuse(t, i, err,
                          "is the last and its episode goes on; last_value must give the value of the "
                          "observation after it");
    }
    return LURE_OK;
}

/* What comes after step `at`, were the estimates right. `next`: the estimate of the row below. */
static double value_after(const lure_trajectory *t, size_t at, double next)
{
    switch (t->ends[at]) {
    case TERMINATED: return 0.0;
    case TRUNCATED: return number(t, t->final_values, at);
    default: return next;
    }
}

/* The estimate after the last step of environment e. Not read where that step ended its episode. */
static double value_at_last(const lure_trajectory *t, size_t e)
{
    return t->last_values ? number(t, t->last_values, e) : 0.0;
}

lure_status lure_returns_advantages(const lure_trajectory *t, double lambda, void *advantages, void *returns,
                                    lure_error *err)
{
    lure_status status = lure_trajectory_check(t, err);
    if (status != LURE_OK)
        return status;
    for (size_t e = 0; e < t->n_environments; e++) {
        double next = value_at_last(t, e), advantage = 0.0;
        for (size_t step = t->n_steps; step-- > 0;) {
            size_t at = step * t->n_environments + e;
            double value = number(t, t->values, at);
            double delta = number(t, t->rewards, at) + t->discount * value_after(t, at, next) - value;
            advantage = t->ends[at] == GOES_ON ? delta + t->discount * lambda * advantage : delta;
            put(t, advantages, at, advantage);
            put(t, returns, at, advantage + value);
            next = value;
        }
    }
    return LURE_OK;
}

lure_status lure_returns_n_step(const lure_trajectory *t, size_t n, void *returns, lure_error *err)
{
    assert(n >= 1);
    lure_status status = lure_trajectory_check(t, err);
    if (status != LURE_OK)
        return status;
    const size_t stride = t->n_environments;
    for (size_t e = 0; e < stride; e++) {
        size_t stop = t->n_steps; /* one past the last step of the episode, or of what was collected */
        double rest = 0.0;        /* all that is left of the episode, while it is at most n steps */
        for (size_t step = t->n_steps; step-- > 0;) {
            size_t at = step * stride + e;
            if (step + 1 == t->n_steps || t->ends[at] != GOES_ON) {
                stop = step + 1;
                rest = value_after(t, at, value_at_last(t, e));
            }
            double sum;
            if (stop - step <= n) {
                sum = rest = number(t, t->rewards, at) + t->discount * rest;
            } else {
                sum = number(t, t->values, at + n * stride);
                for (size_t k = n; k-- > 0;)
                    sum = number(t, t->rewards, at + k * stride) + t->discount * sum;
            }
            put(t, returns, at, sum);
        }
    }
    return LURE_OK;
}

lure_status lure_returns_bootstrapped(const lure_trajectory *t, void *returns, lure_error *err)
{
    return lure_returns_n_step(t, t->n_steps + 1, returns, err);
}

lure_v_trace_options lure_v_trace_defaults(void)
{
    return (lure_v_trace_options){.rho_clip = 1.0, .c_clip = 1.0, .lambda = 1.0};
}

lure_status lure_returns_v_trace(const lure_trajectory *t, const lure_v_trace_options *options,
                                 const void *log_ratios, void *targets, void *advantages, lure_error *err)
{
    lure_status status = lure_trajectory_check(t, err);
    if (status != LURE_OK)
        return status;
    for (size_t e = 0; e < t->n_environments; e++) {
        double next = value_at_last(t, e), target = next, beyond = 0.0; /* target - value of the row below */
        for (size_t step = t->n_steps; step-- > 0;) {
            size_t at = step * t->n_environments + e;
            double ratio = lure_exp(number(t, log_ratios, at)), value = number(t, t->values, at);
            /* a ratio that is not a number is not clipped: it shows in the result */
            double rho = ratio > options->rho_clip ? options->rho_clip : ratio;
            double c = options->lambda * (ratio > options->c_clip ? options->c_clip : ratio);
            double reward = number(t, t->rewards, at), follows = value_after(t, at, target);
            double delta = reward + t->discount * value_after(t, at, next) - value;
            put(t, advantages, at, rho * (reward + t->discount * follows - value));
            beyond = t->ends[at] == GOES_ON ? rho * delta + t->discount * c * beyond : rho * delta;
            target = value + beyond;
            put(t, targets, at, target);
            next = value;
        }
    }
    return LURE_OK;
}

void lure_returns_discounted(const lure_tensor *rewards, const int32_t *ends, double discount,
                             lure_tensor *out)
{
    assert(lure_tensor_size(out) == lure_tensor_size(rewards));
    double next = 0.0;
    for (size_t i = lure_tensor_size(rewards); i-- > 0;) {
        double reward = lure__get(rewards->dtype, rewards->data, i);
        next = ends[i] ? reward : reward + discount * next;
        lure__set(out->dtype, out->data, i, next);
    }
}

static double over_all(lure_op op, const lure_tensor *t)
{
    double x;
    lure_tensor out = lure_tensor_view(&x, LURE_F64, 0, NULL);
    lure_reduce_numbers(op, t, (1U << t->n_dims) - 1, &out);
    return x;
}

void lure_returns_center(const lure_tensor *t, bool scale, lure_tensor *out)
{
    size_t n = lure_tensor_size(t);
    assert(lure_tensor_size(out) == n);
    double mean = over_all(LURE_OP_MEAN, t);
    double unit = scale ? sqrt(over_all(LURE_OP_VARIANCE, t)) + 1e-8 : 1.0;
    for (size_t i = 0; i < n; i++)
        lure__set(out->dtype, out->data, i, (lure__get(t->dtype, t->data, i) - mean) / unit);
}

/* Sum of squares about the mean, of returns - values (null: of returns). Counted from the first one, so that equal
   numbers give 0 exactly. */
static double scatter(const lure_tensor *returns, const lure_tensor *values)
{
    size_t n = lure_tensor_size(returns);
    double first = 0.0, sum = 0.0, squares = 0.0;
    for (int pass = 0; pass < 2; pass++) {
        double mean = sum / (double)n;
        for (size_t i = 0; i < n; i++) {
            double x = lure__get(returns->dtype, returns->data, i);
            x -= values ? lure__get(values->dtype, values->data, i) : 0.0;
            if (i == 0)
                first = x;
            if (pass == 0)
                sum += x - first;
            else
                squares += (x - first - mean) * (x - first - mean);
        }
    }
    return squares;
}

double lure_returns_explained_variance(const lure_tensor *values, const lure_tensor *returns)
{
    assert(lure_tensor_size(values) == lure_tensor_size(returns));
    double all = scatter(returns, NULL);
    return all > 0.0 ? 1.0 - scatter(returns, values) / all : (double)NAN;
}
