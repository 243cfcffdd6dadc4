/* test_check_gradient.c: the arithmetic of the gradient check, against trees, fits and derivatives worked by hand. */
#include "check/check_gradient_math.h"
#include "unit.h"

#include <math.h>

/* First 2 ways; after the second of them one more choice of 3 ways, one of them impossible. */
static double walk(lure_odometer *o, int *code)
{
    static const double first[] = {0.25, 0.75}, second[] = {0.5, 0.0, 0.5};
    lure_odometer_begin(o);
    *code = 10 * (int)lure_odometer_choose(o, 2, first);
    if (*code == 10)
        *code += (int)lure_odometer_choose(o, 3, second);
    return lure_odometer_probability(o);
}

TEST(an_odometer_walks_every_possible_sequence_once)
{
    static const int codes[] = {0, 10, 12};
    static const double probabilities[] = {0.25, 0.375, 0.375};
    lure_odometer o = {0};
    for (int i = 0; i < 3; i++) {
        int code;
        CHECK_REAL(walk(&o, &code), probabilities[i]);
        CHECK_INT(code, codes[i]);
        CHECK_INT(lure_odometer_advance(&o), i < 2);
    }
}

TEST(a_draw_falls_on_the_way_that_is_planned)
{
    static const double p[] = {0.125, 0.0, 0.375, 0.5};
    lure_odometer o = {0};
    lure_odometer_begin(&o);
    CHECK_REAL(lure_odometer_draw(&o), 0.0);
    lure_odometer_note(&o, 4, p, 0);
    CHECK(lure_odometer_advance(&o));
    lure_odometer_begin(&o);
    CHECK_REAL(lure_odometer_draw(&o), 0.3125); /* the middle of [0.125, 0.5) */
    lure_odometer_note(&o, 4, p, 2);
    CHECK(lure_odometer_advance(&o));
    lure_odometer_begin(&o);
    CHECK_REAL(lure_odometer_draw(&o), 0.75);
    CHECK_REAL(lure_odometer_ways(&o), 1.0);
    lure_odometer_note(&o, 4, p, 3);
    CHECK_REAL(lure_odometer_ways(&o), 4.0);
    CHECK(!lure_odometer_advance(&o));
}

TEST(an_odometer_says_when_a_walk_is_too_long)
{
    static const double p[] = {0.5, 0.5};
    lure_odometer o = {0};
    lure_odometer_begin(&o);
    for (int i = 0; i < LURE_MOST_CHOICES; i++)
        lure_odometer_choose(&o, 2, p);
    CHECK(!o.overflowed);
    lure_odometer_choose(&o, 2, p);
    CHECK(o.overflowed);
}

TEST(samples_come_as_often_as_they_are_probable)
{
    lure_rng rng;
    lure_odometer o = {.rng = &rng};
    int code, n_first = 0;
    lure_rng_init(&rng, 1, LURE_PURPOSE_EVALUATION, 0);
    for (int i = 0; i < 4000; i++) {
        walk(&o, &code);
        n_first += code == 0;
        CHECK(code != 11);
        CHECK(lure_odometer_advance(&o));
    }
    CHECK_NEAR(n_first / 4000.0, 0.25, 0.03);
}

TEST(moments_are_mean_and_trace_of_the_covariance)
{
    double mean[2] = {0};
    lure_moments m = {.n = 2, .mean = mean};
    lure_moments_add(&m, 0.25, (double[]){4, 0});
    lure_moments_add(&m, 0.75, (double[]){0, 4});
    CHECK_REAL(mean[0], 1.0);
    CHECK_REAL(mean[1], 3.0);
    CHECK_REAL(m.weight, 1.0);
    CHECK_REAL(lure_moments_variance(&m), 6.0); /* 0.25 (9 + 9) + 0.75 (1 + 1) */

    double sampled[1] = {0};
    lure_moments s = {.n = 1, .mean = sampled};
    lure_moments_add(&s, 1, (double[]){1});
    lure_moments_add(&s, 1, (double[]){3});
    lure_moments_average(&s);
    CHECK_REAL(sampled[0], 2.0);
    CHECK_REAL(lure_moments_variance(&s), 1.0);
}

TEST(a_fit_tells_scale_from_bias)
{
    static const double truth[] = {3, 4, 100}, half[] = {1.5, 2, -7}, turned[] = {3, 4 + 5, 0},
                        against[] = {-3, -4, 0}, nothing[] = {0, 0, 0};
    static const bool counted[] = {true, true, false};
    lure_fit fit = lure_fit_gradients(3, half, truth, counted);
    CHECK_NEAR(fit.cosine, 1.0, 1e-15);
    CHECK_REAL(fit.scale, 0.5);
    CHECK_REAL(fit.bias, 0.0);
    CHECK_REAL(fit.truth, 5.0);
    fit = lure_fit_gradients(3, turned, truth, counted); /* (0, 5) = 0.8 (3, 4) + (-2.4, 1.8) */
    CHECK_NEAR(fit.scale, 1.8, 1e-15);
    CHECK_NEAR(fit.bias, 3.0 / 9.0, 1e-15);
    CHECK_NEAR(fit.cosine, 45.0 / (5.0 * sqrt(90.0)), 1e-15);
    CHECK_NEAR(lure_fit_gradients(3, against, truth, counted).cosine, -1.0, 1e-15);
    fit = lure_fit_gradients(3, nothing, truth, counted);
    CHECK(isnan(fit.cosine));
    CHECK_REAL(fit.scale, 0.0);
}

static double cubic(void *data)
{
    double x = *(double *)data;
    return x * x * x - 2 * x;
}

static double bent(void *data)
{
    double x = *(double *)data;
    return x > 1 ? 3 * x - 2 : x;
}

TEST(differences_give_derivatives_and_find_kinks)
{
    double x = 1.5;
    lure_difference d = lure_differentiate_numerically(cubic, &x, &x, 1e-4);
    CHECK_NEAR(d.derivative, 4.75, 1e-10);
    CHECK(!d.is_kinked);
    CHECK_REAL(x, 1.5);
    x = 0.0;
    CHECK(!lure_differentiate_numerically(cubic, &x, &x, 1e-4).is_kinked);
    x = 1.0;
    CHECK(lure_differentiate_numerically(bent, &x, &x, 1e-4).is_kinked);
    x = 1.00015; /* beside it */
    CHECK(lure_differentiate_numerically(bent, &x, &x, 1e-4).is_kinked);
    x = 2.0;
    d = lure_differentiate_numerically(bent, &x, &x, 1e-4);
    CHECK(!d.is_kinked);
    CHECK_NEAR(d.derivative, 3.0, 1e-10);
}
