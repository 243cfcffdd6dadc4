/* distribution_gaussian.c: gaussian and squashed_gaussian: independent normal numbers u, each with a mean from the
   network and a log standard deviation s, from the network or a parameter; z = (u - mean) / e^s.
       ln p(u) = -z^2 / 2 - s - ln sqrt(2 pi)      H = s + ln sqrt(2 pi e)
   Squashed, the action is a = centre + half tanh(u), and the density that of u over the slope of this:
       ln p(a) = ln p(u) - ln half - 2 (ln 2 - u - softplus(-2 u))
   where the last is ln(1 - tanh(u)^2) without cancellation. u comes back from a by atanh, so an action that was rounded
   onto a bound counts as the last number before it. The entropy has no closed form: -ln p(a) stands for it. */
#include "learn/distribution.h"
#include "learn/numbers.h"
#include "math/function.h"
#include "math/random.h"

static const double half_log_2_pi = 0.91893853320467274178, log_2 = 0.69314718055994530942;

/* The work of a batch, each (n, n_columns): mean, s, e^-s, and of the last log_prob, z. */
typedef struct normals {
    double *mean, *log_std, *inverse, *z;
    size_t size; /* numbers in each */
} normals;

static normals normals_of(const lure_outcomes *o)
{
    size_t size = o->n * o->of->n_columns;
    return (normals){o->work, o->work + size, o->work + 2 * size, o->work + 3 * size, size};
}

static lure_status prepare(const lure_outcomes *o, lure_dtype dtype, const void *outputs, const void *log_std,
                           const lure_tensor *mask, lure_error *err)
{
    const lure_distribution *d = o->of;
    normals s = normals_of(o);
    if (mask)
        return lure_fail(err, LURE_ERROR_SCRIPT, "a %s head has no actions to mask", d->rule->name);
    for (size_t row = 0, i = 0; row < o->n; row++)
        for (size_t j = 0; j < d->n_columns; j++, i++) {
            size_t at = row * d->n_outputs + j;
            s.mean[i] = lure__get(dtype, outputs, at);
            s.log_std[i] =
                d->n_log_std ? lure__get(dtype, log_std, j) : lure__get(dtype, outputs, at + d->n_columns);
            s.inverse[i] = -s.log_std[i];
        }
    lure_kernels_for(LURE_F64)->map(LURE_MAP_EXP, s.size, s.inverse, s.inverse);
    for (size_t i = 0; i < s.size; i++)
        if (!(s.inverse[i] > 0.0) || isinf(s.inverse[i]))
            return lure_fail(
                err, LURE_ERROR_SCRIPT,
                "row %zu of %zu: log_std %zu of %zu is %s; its exponential must be a finite number "
                "above 0",
                i / d->n_columns + 1, o->n, i % d->n_columns + 1, d->n_columns, lure__text(s.log_std[i]).is);
    return LURE_OK;
}

static lure_status check(const lure_outcomes *o, lure_dtype dtype, const void *actions, lure_error *err)
{
    const lure_distribution *d = o->of;
    for (size_t i = 0; i < o->n * d->n_columns; i++) {
        double a = lure__get(dtype, actions, i);
        size_t j = i % d->n_columns;
        if (!isfinite(a))
            return lure_fail(err, LURE_ERROR_SCRIPT,
                             "row %zu of %zu: action %zu of %zu is %s; it must be finite",
                             i / d->n_columns + 1, o->n, j + 1, d->n_columns, lure__text(a).is);
        /* a little beyond is rounding */
        if (d->head == LURE_HEAD_SQUASHED_GAUSSIAN && fabs(a - d->centre[j]) > d->half[j] * (1.0 + 1e-6))
            return lure_fail(
                err, LURE_ERROR_SCRIPT, "row %zu of %zu: action %zu of %zu is %s, out of its bounds %s to %s",
                i / d->n_columns + 1, o->n, j + 1, d->n_columns, lure__text(a).is,
                lure__text(d->centre[j] - d->half[j]).is, lure__text(d->centre[j] + d->half[j]).is);
    }
    return LURE_OK;
}

/* atanh of where the action lies between its bounds; a bound itself is taken for the number before it. */
static double unsquash(const lure_distribution *d, lure_dtype dtype, double action, size_t column)
{
    double most = dtype == LURE_F64 ? 1.0 - 0x1p-53 : 1.0 - 0x1p-24;
    double t = (action - d->centre[column]) / d->half[column];
    t = t > most ? most : t < -most ? -most : t;
    return 0.5 * (lure_log1p(t) - lure_log1p(-t));
}

static void log_prob(const lure_outcomes *o, lure_dtype dtype, const void *actions, double *out)
{
    const lure_distribution *d = o->of;
    bool squashed = d->head == LURE_HEAD_SQUASHED_GAUSSIAN;
    normals s = normals_of(o);
    for (size_t row = 0, i = 0; row < o->n; row++) {
        double sum = 0.0;
        for (size_t j = 0; j < d->n_columns; j++, i++) {
            double u = lure__get(dtype, actions, i);
            if (squashed) {
                u = unsquash(d, dtype, u, j);
                sum -= lure_log(d->half[j]) + 2.0 * (log_2 - u - lure_softplus(-2.0 * u));
            }
            s.z[i] = (u - s.mean[i]) * s.inverse[i];
            sum += -0.5 * s.z[i] * s.z[i] - s.log_std[i] - half_log_2_pi;
        }
        out[row] = sum;
    }
}

/* By the mean and by s of one number, to where these came from. */
static inline void add(const lure_outcomes *o, lure_dtype dtype, void *d_outputs, double *d_log_std,
                       size_t row, size_t column, double by_mean, double by_log_std)
{
    const lure_distribution *d = o->of;
    size_t at = row * d->n_outputs + column;
    if (d_outputs)
        lure__set(dtype, d_outputs, at, lure__get(dtype, d_outputs, at) + by_mean);
    if (d->n_log_std && d_log_std)
        d_log_std[column] += by_log_std;
    if (!d->n_log_std && d_outputs) {
        at += d->n_columns;
        lure__set(dtype, d_outputs, at, lure__get(dtype, d_outputs, at) + by_log_std);
    }
}

static void log_prob_back(const lure_outcomes *o, lure_dtype dtype, const void *actions, const double *factor,
                          void *d_outputs, double *d_log_std)
{
    (void)actions;
    normals s = normals_of(o);
    for (size_t row = 0, i = 0; row < o->n; row++)
        for (size_t j = 0; j < o->of->n_columns; j++, i++)
            add(o, dtype, d_outputs, d_log_std, row, j, factor[row] * s.z[i] * s.inverse[i],
                factor[row] * (s.z[i] * s.z[i] - 1.0));
}

static void entropy(const lure_outcomes *o, double *out)
{
    normals s = normals_of(o);
    for (size_t row = 0, i = 0; row < o->n; row++) {
        double sum = 0.0;
        for (size_t j = 0; j < o->of->n_columns; j++, i++)
            sum += s.log_std[i] + (0.5 + half_log_2_pi);
        out[row] = sum;
    }
}

static void entropy_back(const lure_outcomes *o, lure_dtype dtype, const double *factor, void *d_outputs,
                         double *d_log_std)
{
    for (size_t row = 0; row < o->n; row++)
        for (size_t j = 0; j < o->of->n_columns; j++)
            add(o, dtype, d_outputs, d_log_std, row, j, 0.0, factor[row]);
}

/* Squashing both alike changes nothing. */
static void kl(const lure_outcomes *before, const lure_outcomes *now, double *out)
{
    normals p = normals_of(before), q = normals_of(now);
    for (size_t row = 0, i = 0; row < before->n; row++) {
        double sum = 0.0;
        for (size_t j = 0; j < before->of->n_columns; j++, i++) {
            double apart = p.log_std[i] - q.log_std[i], shift = (p.mean[i] - q.mean[i]) * q.inverse[i];
            /* (e^(2 apart) - 1) / 2 - apart + shift^2 / 2 */
            sum += 0.5 * lure_expm1(2.0 * apart) - apart + 0.5 * shift * shift;
        }
        out[row] = sum;
    }
}

static void write_action(const lure_outcomes *o, lure_dtype dtype, void *actions, size_t i, double u)
{
    const lure_distribution *d = o->of;
    size_t j = i % d->n_columns;
    bool squashed = d->head == LURE_HEAD_SQUASHED_GAUSSIAN;
    lure__set(dtype, actions, i, squashed ? d->centre[j] + d->half[j] * lure_tanh(u) : u);
}

static void sample(const lure_outcomes *o, lure_dtype dtype, lure_rng *rng, size_t stride, void *actions)
{
    normals s = normals_of(o);
    for (size_t i = 0; i < s.size; i++)
        write_action(o, dtype, actions, i,
                     lure_random_normal(rng + i / o->of->n_columns * stride, s.mean[i], 1.0 / s.inverse[i]));
}

static void mode(const lure_outcomes *o, lure_dtype dtype, void *actions)
{
    normals s = normals_of(o);
    for (size_t i = 0; i < s.size; i++)
        write_action(o, dtype, actions, i, s.mean[i]);
}

#define NORMAL                                                                                               \
    .prepare = prepare, .check = check, .log_prob = log_prob, .log_prob_back = log_prob_back, .kl = kl,      \
    .sample = sample, .mode = mode
const lure_distribution_rule lure__gaussian = {
    .name = "gaussian", .entropy = entropy, .entropy_back = entropy_back, NORMAL};
const lure_distribution_rule lure__squashed_gaussian = {
    .name = "squashed_gaussian", .samples_entropy = true, NORMAL};
