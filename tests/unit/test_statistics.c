/* test_statistics.c: Student's t against the printed table of NIST/SEMATECH (e-Handbook of Statistical Methods,
   section 1.3.6.7.2), against closed forms for 1, 2 and 4 degrees of freedom, and against the finite sums for whole
   degrees of freedom (Abramowitz & Stegun 1964, 26.7.3 and 26.7.4), which share no step with our continued fraction. */
#include "report/statistics.h"

#include "../reference/statistics.h"
#include "unit.h"

#include <math.h>

TEST(t_quantiles_match_the_printed_table)
{
    static const double probabilities[] = {0.90, 0.95, 0.975, 0.99, 0.995};
    static const struct row {
        double dof, t[5];
    } rows[] = {
        {1, {3.078, 6.314, 12.706, 31.821, 63.657}}, {2, {1.886, 2.920, 4.303, 6.965, 9.925}},
        {3, {1.638, 2.353, 3.182, 4.541, 5.841}},    {4, {1.533, 2.132, 2.776, 3.747, 4.604}},
        {5, {1.476, 2.015, 2.571, 3.365, 4.032}},    {6, {1.440, 1.943, 2.447, 3.143, 3.707}},
        {7, {1.415, 1.895, 2.365, 2.998, 3.499}},    {8, {1.397, 1.860, 2.306, 2.896, 3.355}},
        {9, {1.383, 1.833, 2.262, 2.821, 3.250}},    {10, {1.372, 1.812, 2.228, 2.764, 3.169}},
        {15, {1.341, 1.753, 2.131, 2.602, 2.947}},   {20, {1.325, 1.725, 2.086, 2.528, 2.845}},
        {25, {1.316, 1.708, 2.060, 2.485, 2.787}},   {29, {1.311, 1.699, 2.045, 2.462, 2.756}},
        {30, {1.310, 1.697, 2.042, 2.457, 2.750}},   {40, {1.303, 1.684, 2.021, 2.423, 2.704}},
        {60, {1.296, 1.671, 2.000, 2.390, 2.660}},   {100, {1.290, 1.660, 1.984, 2.364, 2.626}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t k = 0; k < 5; k++) {
            const double t = lure_statistics_t_quantile(probabilities[k], rows[i].dof);
            CHECK_SAY(fabs(t - rows[i].t[k]) <= 0.000501, "dof %g, p %g: %.17g, the table says %.3f",
                      rows[i].dof, probabilities[k], t, rows[i].t[k]);
        }
}

TEST(t_quantiles_match_closed_forms)
{
    static const double probabilities[] = {0.500001, 0.51,  0.6,       0.75,     0.9,
                                           0.975,    0.999, 0.9999999, 1 - 1e-12};
    for (size_t i = 0; i < sizeof probabilities / sizeof *probabilities; i++) {
        const double p = probabilities[i], q = 1 - p, spread = 4 * p * q;
        /* 1 - p is exact, so write the tangent by it: tan(pi (p - 1/2)) = 1 / tan(pi q) */
        const double one = p < 0.75 ? tan(M_PI * (p - 0.5)) : 1 / tan(M_PI * q);
        const double two = 2 * (p - 0.5) * sqrt(2 / spread);
        const double four = 2 * sqrt(cos(acos(sqrt(spread)) / 3) / sqrt(spread) - 1);
        CHECK_NEAR(lure_statistics_t_quantile(p, 1) / one, 1, 1e-9);
        CHECK_NEAR(lure_statistics_t_quantile(p, 2) / two, 1, 1e-9);
        if (p > 0.6) /* nearer to 1/2 this form cancels */
            CHECK_NEAR(lure_statistics_t_quantile(p, 4) / four, 1, 1e-9);
    }
}

/* P(|T| < t) for whole degrees of freedom. */
static double central_probability(double t, int dof)
{
    const double angle = atan(t / sqrt(dof)), c2 = cos(angle) * cos(angle);
    double term = dof % 2 ? cos(angle) : 1, sum = 0;
    for (int k = dof % 2 ? 2 : 1; k < dof; k += 2) { /* products of (k / (k + 1)) cos^2 */
        sum += term;
        term *= (double)k / (k + 1) * c2;
    }
    return dof % 2 ? 2 / M_PI * (angle + sin(angle) * sum) : sin(angle) * sum;
}

TEST(t_quantiles_invert_the_finite_sums)
{
    static const double probabilities[] = {0.55, 0.7, 0.9, 0.975, 0.995, 0.9999};
    for (int dof = 1; dof <= 400; dof++)
        for (size_t i = 0; i < sizeof probabilities / sizeof *probabilities; i++) {
            const double p = probabilities[i], t = lure_statistics_t_quantile(p, dof);
            const double back = 0.5 + 0.5 * central_probability(t, dof);
            CHECK_SAY(fabs(back - p) < 1e-13, "dof %d, p %g: t %.17g gives back p off by %g", dof, p, t,
                      back - p);
        }
}

TEST(t_quantiles_take_any_degrees_of_freedom)
{
    /* between whole numbers it lies between, and it sinks towards the normal quantile from above */
    double before = lure_statistics_t_quantile(0.975, 1);
    for (double dof = 1.25; dof < 300; dof += 0.25) {
        const double t = lure_statistics_t_quantile(0.975, dof);
        CHECK_SAY(t < before && t > 1.959963984540054, "dof %g: %.17g after %.17g", dof, t, before);
        before = t;
    }
    /* the first terms of Cornish & Fisher's expansion in 1 / dof (A&S 26.7.5), z the normal quantile */
    static const double normal[2][2] = {{0.975, 1.959963984540054}, {0.999999, 4.753424308822899}};
    for (int i = 0; i < 2; i++)
        for (double dof = 1e6; dof <= 1e9; dof *= 10) {
            const double z = normal[i][1], z2 = z * z;
            const double expected =
                z + z * (z2 + 1) / (4 * dof) + z * ((5 * z2 + 16) * z2 + 3) / (96 * dof * dof);
            CHECK_NEAR(lure_statistics_t_quantile(normal[i][0], dof) / expected, 1, 1e-9);
        }
}

TEST(t_quantiles_outside_their_domain_are_nan)
{
    const double wrong[][2] = {{0.5, 3}, {0.4, 3}, {1, 3}, {NAN, 3}, {0.9, 0.5}, {0.9, NAN}, {0.9, INFINITY}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CHECK_REAL(lure_statistics_t_quantile(wrong[i][0], wrong[i][1]), NAN);
}

TEST(interval_of_few_values)
{
    lure_interval none = lure_statistics_interval(NULL, 0);
    CHECK_INT((int64_t)none.n, 0);
    CHECK_REAL(none.mean, NAN);
    CHECK_REAL(none.low, NAN);

    const double one[] = {7.5};
    lure_interval single = lure_statistics_interval(one, 1);
    CHECK_REAL(single.mean, 7.5);
    CHECK_REAL(single.deviation, NAN);
    CHECK_REAL(single.low, NAN);
    CHECK_REAL(single.high, NAN);

    /* 1..5: mean 3, deviation sqrt(2.5); t(0.975, 4) = 2.7764451051977987, so the half width is 1.963243161... */
    const double five[] = {1, 2, 3, 4, 5};
    lure_interval interval = lure_statistics_interval(five, 5);
    CHECK_INT((int64_t)interval.n, 5);
    CHECK_REAL(interval.mean, 3);
    CHECK_NEAR(interval.deviation, sqrt(2.5), 1e-15);
    CHECK_NEAR(interval.high - 3, 2.7764451051977987 * sqrt(2.5) / sqrt(5), 1e-12);
    CHECK_NEAR(interval.low - 3, -2.7764451051977987 * sqrt(2.5) / sqrt(5), 1e-12);
}

TEST(interval_keeps_its_digits_far_from_zero)
{
    double values[1000];
    for (int i = 0; i < 1000; i++)
        values[i] = 1e9 + i % 2;
    lure_interval interval = lure_statistics_interval(values, 1000);
    CHECK_REAL(interval.mean, 1e9 + 0.5);
    CHECK_NEAR(interval.deviation, sqrt(250.0 / 999), 1e-12);
}

TEST(interval_of_nan_is_nan)
{
    const double values[] = {1, NAN, 3};
    CHECK_REAL(lure_statistics_interval(values, 3).mean, NAN);
    CHECK_REAL(lure_statistics_interval(values, 3).high, NAN);
}

TEST(quantiles_lie_between_values)
{
    double values[] = {3, 1, 2, 10};
    lure_statistics_sort(values, 4);
    CHECK_REAL(lure_statistics_quantile(values, 4, 0), 1);
    CHECK_REAL(lure_statistics_quantile(values, 4, 0.5), 2.5);
    CHECK_NEAR(lure_statistics_quantile(values, 4, 0.9), 7.9, 1e-14); /* numpy's percentile */
    CHECK_REAL(lure_statistics_quantile(values, 4, 1), 10);
    CHECK_REAL(lure_statistics_quantile(values, 1, 0.3), 1);
    CHECK(isnan(lure_statistics_quantile(values, 0, 0.5)));
}

TEST(sorting_few_and_many_values)
{
    for (size_t n = 0; n < 60; n++) {
        double values[60];
        for (size_t i = 0; i < n; i++)
            values[i] = (double)(i * 37 % 61);
        lure_statistics_sort(values, n);
        for (size_t i = 1; i < n; i++)
            CHECK_SAY(values[i - 1] < values[i], "of %zu: %g before %g", n, values[i - 1], values[i]);
    }
}

TEST(interquartile_mean_as_rliable_has_it)
{
    double eight[] = {1, 0.5, 0, 0.9, 0.2, 0.7, 0.1, 0.6}; /* rliable's own example */
    CHECK_NEAR(lure_statistics_iqm(eight, 8), 0.5, 1e-15);
    double five[] = {100, 1, 2, 3, -100}; /* a quarter of five is one */
    CHECK_REAL(lure_statistics_iqm(five, 5), 2);
    double three[] = {1, 2, 6};
    CHECK_REAL(lure_statistics_iqm(three, 3), 3);
    CHECK(isnan(lure_statistics_iqm(NULL, 0)));
}

TEST(probability_of_improvement_counts_pairs)
{
    double a[] = {3, 1, 2}, b[] = {1, 2, 3}, high[] = {5, 4}, low[] = {0, -1, 3}, tied[] = {2, 2};
    CHECK_REAL(lure_statistics_improvement(a, 3, b, 3), 0.5);
    CHECK_REAL(lure_statistics_improvement(high, 2, low, 3), 1);
    CHECK_REAL(lure_statistics_improvement(low, 3, high, 2), 0);
    CHECK_REAL(lure_statistics_improvement(tied, 2, b, 3), 0.5);       /* above 1, as 2, below 3 */
    CHECK_REAL(lure_statistics_improvement(tied, 2, low, 3), 4.0 / 6); /* above two of three */
    CHECK(isnan(lure_statistics_improvement(a, 0, b, 3)));
}

TEST(optimality_gap_counts_no_score_above_the_target)
{
    static const double scores[] = {0.2, 0.5, 1.5, 1}; /* by hand: 1 - (0.2 + 0.5 + 1 + 1) / 4 */
    CHECK_NEAR(lure_statistics_optimality_gap(scores, 4, 1, false), 0.325, 1e-15);
    CHECK_REAL(lure_statistics_optimality_gap(scores, 4, 0.1, false), 0);
    CHECK_NEAR(lure_statistics_optimality_gap(scores, 4, 0.5, true), 0.375,
               1e-15); /* (0 + 0 + 1 + 0.5) / 4 */
    CHECK(isnan(lure_statistics_optimality_gap(scores, 0, 1, false)));
}

TEST(rank_correlations_match_numpy)
{
    for (size_t i = 0; i < sizeof rank_correlations / sizeof *rank_correlations; i++) {
        double found;
        lure_error err;
        CHECK_OK(lure_statistics_rank_correlation(rank_correlations[i].x, rank_correlations[i].y,
                                                  rank_correlations[i].n, &found, &err),
                 &err);
        CHECK_NEAR(found, rank_correlations[i].rank_correlation, 1e-14);
    }
}

TEST(rank_correlation_sees_order_alone)
{
    static const double x[] = {1, 2, 3, 4}, curved[] = {-1e9, 0, 1, 1e9}, back[] = {4, 3, 2, 1},
                        flat[] = {5, 5, 5, 5};
    double found;
    lure_error err;
    CHECK_OK(lure_statistics_rank_correlation(x, curved, 4, &found, &err), &err);
    CHECK_REAL(found, 1);
    CHECK_OK(lure_statistics_rank_correlation(x, back, 4, &found, &err), &err);
    CHECK_REAL(found, -1);
    CHECK_OK(lure_statistics_rank_correlation(x, flat, 4, &found, &err), &err);
    CHECK(isnan(found));
    CHECK_OK(lure_statistics_rank_correlation(x, back, 1, &found, &err), &err);
    CHECK(isnan(found));
}
