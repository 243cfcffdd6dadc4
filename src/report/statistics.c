/* statistics.c: mean, sample deviation and Student's interval of a handful of runs, and what needs only their order. The distribution function of t
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

double lure_statistics_rising_iqm(const double *sorted, size_t n)
{
    const size_t cut = n / 4;
    double sum = 0;
    for (size_t i = cut; i < n - cut; i++)
        sum += sorted[i];
    return n ? sum / (double)(n - 2 * cut) : NAN;
}

double lure_statistics_iqm(double *values, size_t n)
{
    lure_statistics_sort(values, n);
    return lure_statistics_rising_iqm(values, n);
}

double lure_statistics_rising_improvement(const double *x, size_t n_x, const double *y, size_t n_y)
{
    if (n_x == 0 || n_y == 0)
        return NAN;
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

double lure_statistics_improvement(double *x, size_t n_x, double *y, size_t n_y)
{
    lure_statistics_sort(x, n_x);
    lure_statistics_sort(y, n_y);
    return lure_statistics_rising_improvement(x, n_x, y, n_y);
}

double lure_statistics_optimality_gap(const double *values, size_t n, double target, bool lower_is_better)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += lower_is_better ? fmax(values[i], target) - target : target - fmin(values[i], target);
    return n ? sum / (double)n : NAN;
}

/* ---- ranks ---- */

typedef struct ranked {
    double value;
    size_t index;
} ranked;

static int compare_ranked(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    return (x->value > y->value) - (x->value < y->value);
}

/* Twice the rank, so that the mean of equal ones stays whole. */
static void rank(ranked *room, const double *values, size_t n, double *out)
{
    for (size_t i = 0; i < n; i++)
        room[i] = (ranked){values[i], i};
    qsort(room, n, sizeof *room, compare_ranked);
    for (size_t first = 0, end; first < n; first = end) {
        for (end = first; end < n && room[end].value == room[first].value; end++) {
        }
        for (size_t i = first; i < end; i++)
            out[room[i].index] = (double)(first + end - 1);
    }
}

lure_status lure_statistics_rank_correlation(const double *x, const double *y, size_t n, double *out,
                                             lure_error *err)
{
    *out = NAN;
    if (n < 2)
        return LURE_OK;
    ranked *room = malloc(n * sizeof *room);
    double *ranks = malloc(2 * n * sizeof *ranks);
    if (!room || !ranks) {
        free(room);
        free(ranks);
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory to rank %zu values", n);
    }
    rank(room, x, n, ranks);
    rank(room, y, n, ranks + n);
    const double mean = (double)(n - 1); /* of twice the rank, counted from 0 */
    double xx = 0, xy = 0, yy = 0;
    for (size_t i = 0; i < n; i++) {
        const double a = ranks[i] - mean, b = ranks[n + i] - mean;
        xx += a * a;
        xy += a * b;
        yy += b * b;
    }
    free(room);
    free(ranks);
    if (xx > 0 && yy > 0)
        *out = xy / sqrt(xx * yy);
    return LURE_OK;
}
