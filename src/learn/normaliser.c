/* normaliser.c: see normaliser.h. */
#include "learn/normaliser.h"
#include "learn/numbers.h"
#include <assert.h>
#include <math.h>
#include <string.h>

static const double FIRST_COUNT = 1e-4;

void lure_normaliser_init(lure_normaliser *z, size_t n_features, double clip, double epsilon, double *numbers)
{
    assert(clip > 0.0 && epsilon > 0.0);
    *z = (lure_normaliser){.n_features = n_features,
                           .count = FIRST_COUNT,
                           .mean = numbers,
                           .variance = numbers + n_features,
                           .scratch = numbers + 2 * n_features,
                           .clip = clip,
                           .epsilon = epsilon};
    for (size_t j = 0; j < n_features; j++) {
        z->mean[j] = 0.0;
        z->variance[j] = 1.0;
    }
}

static lure_status refuse(size_t i, size_t n_features, double x, lure_error *err)
{
    return lure_fail(err, LURE_ERROR_SCRIPT, "feature %zu of row %zu is %s; it must be finite",
                     i % n_features + 1, i / n_features + 1, lure__text(x).is);
}

/* What one feature becomes when n samples with this mean and sum of squares about it join those so far. */
typedef struct moments {
    double mean, variance;
} moments;

static moments join(const lure_normaliser *z, size_t feature, double n, double mean, double squares)
{
    double total = z->count + n, off = mean - z->mean[feature];
    double all = z->variance[feature] * z->count + squares + off * off * z->count * n / total;
    return (moments){z->mean[feature] + off * n / total, all / total};
}

lure_status lure_normaliser_update(lure_normaliser *z, lure_dtype dtype, size_t n_rows, const void *rows,
                                   lure_error *err)
{
    const size_t n = z->n_features;
    double *mean = z->scratch, *squares = z->scratch + n;
    if (z->frozen || n_rows == 0 || n == 0)
        return LURE_OK;
    for (size_t j = 0; j < 2 * n; j++)
        z->scratch[j] = 0.0;
    for (size_t i = 0; i < n_rows * n; i += n)
        for (size_t j = 0; j < n; j++)
            mean[j] += lure__get(dtype, rows, i + j);
    for (size_t j = 0; j < n; j++)
        mean[j] /= (double)n_rows;
    for (size_t i = 0; i < n_rows * n; i += n)
        for (size_t j = 0; j < n; j++) {
            double off = lure__get(dtype, rows, i + j) - mean[j];
            squares[j] += off * off;
        }

    /* all of it first, so that a refusal changes nothing */
    for (size_t j = 0; j < n; j++) {
        moments m = join(z, j, (double)n_rows, mean[j], squares[j]);
        mean[j] = m.mean;
        squares[j] = m.variance;
        if (isfinite(m.mean) && isfinite(m.variance))
            continue;
        size_t bad = lure__first_not_finite(dtype, rows, n_rows * n);
        if (bad < n_rows * n)
            return refuse(bad, n, lure__get(dtype, rows, bad), err);
        return lure_fail(err, LURE_ERROR_SCRIPT, "feature %zu is so large that its variance overflows",
                         j + 1);
    }
    for (size_t j = 0; j < n; j++) {
        z->mean[j] = mean[j];
        z->variance[j] = squares[j];
    }
    z->count += (double)n_rows;
    return LURE_OK;
}

static double within(double x, double clip)
{
    return x > clip ? clip : x < -clip ? -clip : x;
}

void lure_normaliser_apply(const lure_normaliser *z, bool centred, lure_dtype dtype, size_t n_rows,
                           const void *rows, void *out)
{
    const size_t n = z->n_features;
    double *unit = z->scratch;
    for (size_t j = 0; j < n; j++)
        unit[j] = sqrt(z->variance[j] + z->epsilon);
    for (size_t i = 0; i < n_rows * n; i += n)
        for (size_t j = 0; j < n; j++) {
            double x = lure__get(dtype, rows, i + j) - (centred ? z->mean[j] : 0.0);
            lure__set(dtype, out, i + j, within(x / unit[j], z->clip));
        }
}

/* ---- rewards ---- */

void lure_reward_scaler_init(lure_reward_scaler *scaler, size_t n_environments, double discount, double clip,
                             double epsilon, double *numbers)
{
    *scaler = (lure_reward_scaler){.n_environments = n_environments,
                                   .discount = discount,
                                   .returns = numbers + LURE_NORMALISER_NUMBERS,
                                   .before = numbers + LURE_NORMALISER_NUMBERS + n_environments};
    lure_normaliser_init(&scaler->spread, 1, clip, epsilon, numbers);
    for (size_t e = 0; e < n_environments; e++)
        scaler->returns[e] = 0.0;
}

lure_status lure_reward_scaler_apply(lure_reward_scaler *scaler, lure_dtype dtype, size_t n_steps,
                                     const void *rewards, const int32_t *ends, void *out, lure_error *err)
{
    const size_t n = scaler->n_environments;
    lure_normaliser *spread = &scaler->spread;
    const double count = spread->count, mean = spread->mean[0], variance = spread->variance[0];
    const size_t bad = lure__first_not_finite(dtype, rewards, n_steps * n);
    if (bad < n_steps * n)
        return lure_fail(err, LURE_ERROR_SCRIPT,
                         "reward of environment %zu in step %zu is %s; it must be finite", bad % n + 1,
                         bad / n + 1, lure__text(lure__get(dtype, rewards, bad)).is);
    memcpy(scaler->before, scaler->returns, n * sizeof *scaler->before);
    for (size_t at = 0; at < n_steps * n; at += n) {
        if (!spread->frozen) {
            for (size_t e = 0; e < n; e++)
                scaler->returns[e] =
                    scaler->returns[e] * scaler->discount + lure__get(dtype, rewards, at + e);
            lure_status status = lure_normaliser_update(spread, LURE_F64, n, scaler->returns, err);
            if (status != LURE_OK) {
                memcpy(scaler->returns, scaler->before, n * sizeof *scaler->before);
                spread->count = count;
                spread->mean[0] = mean;
                spread->variance[0] = variance;
                return lure_fail(err, LURE_ERROR_SCRIPT, "the running return overflows in step %zu",
                                 at / n + 1);
            }
            for (size_t e = 0; e < n; e++)
                if (ends[at + e])
                    scaler->returns[e] = 0.0;
        }
        const double unit = sqrt(spread->variance[0] + spread->epsilon);
        for (size_t e = 0; e < n; e++)
            lure__set(dtype, out, at + e, within(lure__get(dtype, rewards, at + e) / unit, spread->clip));
    }
    return LURE_OK;
}
