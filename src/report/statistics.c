/* statistics.c: mean, sample deviation and Student's interval of a handful of runs. The distribution function of t
   is the regularised incomplete beta function (Abramowitz & Stegun 1964, 26.7.1): its power series in the middle, its
   continued fraction (26.5.8, evaluated by the method of Lentz 1976) in the tail; the quantile is found by Newton steps kept inside a bracket.
   Only math/function.h and exact operations: the same digits on every CPU. */
#include "report/statistics.h"

#include "math/function.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const double PI = 3.14159265358979323846;

/* Gamma(a + 1/2) / Gamma(a): the asymptotic series in 1/a (A&S 6.1.47), with a shifted up to 40 first, where
   its next term is below 1e-13. */
static double gamma_ratio(double a)
{
    double factor = 1;
    for (; a < 40; a += 1)
        factor *= a / (a + 0.5);
    const double r = 1 / a;
    const double series =
        1 + r * (-1.0 / 8 + r * (1.0 / 128 + r * (5.0 / 1024 + r * (-21.0 / 32768 + r * (-399.0 / 262144)))));
    return factor * sqrt(a) * series;
}

/* The power series of I_y(1/2, a) without its leading factor (A&S 26.5.4): all terms positive, so it keeps
   its digits for any a; the number of terms grows with t. */
static double middle_series(double a, double y)
{
    double term = 1, sum = 1;
    for (int n = 0; n < 100000 && term > DBL_EPSILON / 8 * sum; n++) {
        term *= (a + 0.5 + n) / (1.5 + n) * y;
        sum += term;
    }
    return sum;
}

/* The continued fraction of I_x(a, 1/2) without its leading factor, for x well below 1; rest is 1 - x. */
static double tail_fraction(double a, double x, double rest)
{
    const double tiny = 1e-300, b = 0.5;
    double c = 1,
           d = (1 - b + (a + b) * rest) / (a + 1); /* 1 - (a + b) x / (a + 1) without the cancellation */
    d = 1 / (fabs(d) < tiny ? tiny : d);
    double h = d;
    for (int m = 1; m <= 100000; m++) {
        const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        const double terms[2] = {even, odd};
        double change = 1;
        for (int k = 0; k < 2; k++) {
            d = 1 + terms[k] * d;
            c = 1 + terms[k] / c;
            d = 1 / (fabs(d) < tiny ? tiny : d);
            c = fabs(c) < tiny ? tiny : c;
            change = c * d;
            h *= change;
        }
        if (fabs(change - 1) < 2 * DBL_EPSILON)
            break;
    }
    return h;
}

/* P(T > t) into *tail and P(0 < T < t) into *middle, t > 0. Far out the tail is computed and the middle is the
   difference, near by the other way round, so that the solver never sees a small number that is a difference.
   Returns the density. */
static double t_distribution(double t, double dof, double *tail, double *middle)
{
    const double y = t * t / dof, a = dof / 2;
    const double x = 1 / (1 + y), rest = y / (1 + y);
    const double ratio = gamma_ratio(a), sqrt_pi = sqrt(PI);
    const double power = lure_exp(-a * lure_log1p(y)); /* x^a, exact also where x is near 1 */
    const double front = power * sqrt(rest) * ratio / sqrt_pi;
    if (t > 4) {
        *tail = 0.5 * front * tail_fraction(a, x, rest) / a;
        *middle = 0.5 - *tail;
    } else {
        *middle = front * middle_series(a, rest);
        *tail = 0.5 - *middle;
    }
    return ratio / (sqrt_pi * sqrt(dof)) * power * sqrt(x);
}

double lure_statistics_t_quantile(double probability, double degrees_of_freedom)
{
    if (!(probability > 0.5 && probability < 1 && degrees_of_freedom >= 1 && isfinite(degrees_of_freedom)))
        return NAN;
    const double want_tail = 1 - probability, want_middle = probability - 0.5; /* both exact */
    const bool by_tail = want_tail < want_middle;
    double low = 0, high = 1, tail, middle;

    /* bracket; Cauchy's tail, the heaviest, ends below 1e16 for the largest probability below 1 */
    t_distribution(high, degrees_of_freedom, &tail, &middle);
    while (by_tail ? tail > want_tail : middle < want_middle) {
        low = high;
        high *= 2;
        t_distribution(high, degrees_of_freedom, &tail, &middle);
    }

    double t = 0.5 * (low + high);
    for (int i = 0; i < 200; i++) {
        const double density = t_distribution(t, degrees_of_freedom, &tail, &middle);
        const double short_by = by_tail ? tail - want_tail : want_middle - middle; /* > 0: t is too small */
        if (short_by > 0)
            low = t;
        else
            high = t;
        double next = t + short_by / density;
        if (!(next > low && next < high))
            next = 0.5 * (low + high);
        if (fabs(next - t) <= 1e-13 * t)
            return next;
        t = next;
    }
    return t;
}

lure_interval lure_statistics_interval(const double *values, size_t n)
{
    lure_interval interval = {n, NAN, NAN, NAN, NAN};
    if (n == 0)
        return interval;
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        sum += values[i];
    interval.mean = sum / (double)n;
    if (n < 2)
        return interval;
    for (size_t i = 0; i < n; i++)
        squares += (values[i] - interval.mean) * (values[i] - interval.mean);
    interval.deviation = sqrt(squares / (double)(n - 1));
    const double reach =
        lure_statistics_t_quantile(0.975, (double)(n - 1)) * interval.deviation / sqrt((double)n);
    interval.low = interval.mean - reach;
    interval.high = interval.mean + reach;
    return interval;
}

/* ---- the middle half, and which is better ---- */

static int compare_values(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Few values are the rule, and they are sorted a hundred thousand times. */
void lure_statistics_sort(double *values, size_t n)
{
    enum { FEW = 24 };
    if (n > FEW) {
        qsort(values, n, sizeof *values, compare_values);
        return;
    }
    for (size_t i = 1; i < n; i++) {
        const double x = values[i];
        size_t k = i;
        for (; k > 0 && values[k - 1] > x; k--)
            values[k] = values[k - 1];
        values[k] = x;
    }
}

double lure_statistics_quantile(const double *sorted, size_t n, double q)
{
    if (n == 0)
        return NAN;
    const double place = q * (double)(n - 1);
    const size_t below = (size_t)place;
    if (below + 1 >= n)
        return sorted[n - 1];
    return sorted[below] + (place - (double)below) * (sorted[below + 1] - sorted[below]);
}

double lure_statistics_iqm(double *values, size_t n)
{
    const size_t cut = n / 4;
    double sum = 0;
    lure_statistics_sort(values, n);
    for (size_t i = cut; i < n - cut; i++)
        sum += values[i];
    return n ? sum / (double)(n - 2 * cut) : NAN;
}

double lure_statistics_improvement(double *x, size_t n_x, double *y, size_t n_y)
{
    if (n_x == 0 || n_y == 0)
        return NAN;
    lure_statistics_sort(x, n_x);
    lure_statistics_sort(y, n_y);
    double twice = 0; /* U, doubled so that it stays whole */
    for (size_t i = 0, below = 0, up_to = 0; i < n_x; i++) {
        while (below < n_y && y[below] < x[i])
            below++;
        while (up_to < n_y && y[up_to] <= x[i])
            up_to++;
        twice += (double)(below + up_to);
    }
    return twice / (2 * (double)n_x * (double)n_y);
}

double lure_statistic_iqm(double *values, const size_t *sizes, size_t n_strata)
{
    size_t n = 0;
    for (size_t s = 0; s < n_strata; s++)
        n += sizes[s];
    return lure_statistics_iqm(values, n);
}

double lure_statistic_improvement(double *values, const size_t *sizes, size_t n_strata)
{
    return n_strata < 2 ? NAN : lure_statistics_improvement(values, sizes[0], values + sizes[0], sizes[1]);
}

lure_status lure_statistics_bootstrap(const double *values, const size_t *sizes, size_t n_strata,
                                      lure_statistic statistic, lure_bounds *out, lure_error *err)
{
    size_t n = 0;
    bool has_empty = n_strata == 0;
    *out = (lure_bounds){NAN, NAN};
    for (size_t s = 0; s < n_strata; s++) {
        n += sizes[s];
        has_empty |= sizes[s] == 0;
    }
    if (has_empty)
        return LURE_OK;
    double *sample = malloc(n * sizeof *sample), *found = malloc(LURE_BOOTSTRAP_RESAMPLES * sizeof *found);
    if (!sample || !found) {
        free(sample);
        free(found);
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory for a bootstrap of %zu values", n);
    }
    lure_rng rng;
    lure_rng_init(&rng, LURE_BOOTSTRAP_SEED, LURE_PURPOSE_SHUFFLE, 0);
    for (uint32_t r = 0; r < LURE_BOOTSTRAP_RESAMPLES; r++) {
        lure_rng_seek(&rng, r, 0);
        for (size_t s = 0, at = 0; s < n_strata; at += sizes[s++])
            for (size_t i = 0; i < sizes[s]; i++)
                sample[at + i] = values[at + (size_t)lure_rng_below(&rng, sizes[s])];
        found[r] = statistic(sample, sizes, n_strata);
    }
    qsort(found, LURE_BOOTSTRAP_RESAMPLES, sizeof *found, compare_values);
    out->low = lure_statistics_quantile(found, LURE_BOOTSTRAP_RESAMPLES, 0.025);
    out->high = lure_statistics_quantile(found, LURE_BOOTSTRAP_RESAMPLES, 0.975);
    free(sample);
    free(found);
    return LURE_OK;
}
