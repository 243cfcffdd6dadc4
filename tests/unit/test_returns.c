/* test_returns.c: discounting across episode ends, and centring, against numbers worked by hand. */
#include "learn/returns.h"
#include "unit.h"
#include <math.h>

static lure_tensor view(double *numbers, size_t n)
{
    return lure_tensor_view(numbers, LURE_F64, 1, &n);
}

TEST(discounting_starts_anew_after_each_end)
{
    double rewards[] = {1, 2, 4, 8, 16}, out[5];
    const int32_t ends[] = {0, 1, 0, 2, 0};
    const double expected[] = {2, 2, 8, 8, 16};
    lure_tensor r = view(rewards, 5), o = view(out, 5);
    lure_returns_discounted(&r, ends, 0.5, &o);
    for (size_t i = 0; i < 5; i++)
        CHECK_REAL(out[i], expected[i]);
}

TEST(discount_0_gives_the_rewards_and_1_their_sums)
{
    double rewards[] = {3, -1, 2}, out[3];
    const int32_t ends[] = {0, 0, 0};
    lure_tensor r = view(rewards, 3), o = view(out, 3);
    lure_returns_discounted(&r, ends, 0.0, &o);
    CHECK_REAL(out[0], 3.0);
    lure_returns_discounted(&r, ends, 1.0, &o);
    CHECK_REAL(out[0], 4.0);
    CHECK_REAL(out[2], 2.0);
    lure_returns_discounted(&r, ends, 1.0, &r); /* in place */
    CHECK_REAL(rewards[0], 4.0);
    CHECK_REAL(rewards[1], 1.0);
}

TEST(float32_rewards_are_summed_in_double)
{
    /* in float 16777216 + 1 + 1 would stay 16777216 */
    float rewards[] = {16777216, 1, 1}, out[3];
    const int32_t ends[] = {0, 0, 1};
    size_t n = 3;
    lure_tensor r = lure_tensor_view(rewards, LURE_F32, 1, &n), o = lure_tensor_view(out, LURE_F32, 1, &n);
    lure_returns_discounted(&r, ends, 1.0, &o);
    CHECK_REAL((double)out[0], 16777218.0);
}

TEST(mean_and_sample_deviation)
{
    double numbers[] = {1, 2, 3, 4};
    lure_tensor all = view(numbers, 4), one = view(numbers, 1), none = view(numbers, 0);
    CHECK_REAL(lure_returns_mean(&all), 2.5);
    CHECK_NEAR(lure_returns_standard_deviation(&all), 1.2909944487358056, 1e-15); /* sqrt(5 / 3) */
    CHECK_REAL(lure_returns_mean(&one), 1.0);
    CHECK_REAL(lure_returns_standard_deviation(&one), 0.0);
    CHECK_REAL(lure_returns_mean(&none), (double)NAN);
    CHECK_REAL(lure_returns_standard_deviation(&none), 0.0);
}

TEST(centring_uses_the_sample_deviation)
{
    double numbers[] = {1, 2, 3, 4}, out[4];
    lure_tensor t = view(numbers, 4), o = view(out, 4);
    lure_returns_center(&t, true, &o);
    CHECK_NEAR(out[0], -1.161895, 1e-6); /* the population's deviation would give -1.341641 */
    CHECK_NEAR(out[1], -0.387298, 1e-6);
    lure_returns_center(&t, false, &t); /* in place */
    CHECK_REAL(numbers[0], -1.5);
    CHECK_REAL(numbers[3], 1.5);
}

TEST(centring_of_one_number_or_of_equal_ones_is_0)
{
    double one[] = {7}, equal[] = {2, 2, 2};
    lure_tensor a = view(one, 1), b = view(equal, 3), none = view(one, 0);
    lure_returns_center(&none, true, &none);
    CHECK_REAL(one[0], 7.0);
    lure_returns_center(&a, true, &a);
    CHECK_REAL(one[0], 0.0);
    lure_returns_center(&b, true, &b);
    CHECK_REAL(equal[1], 0.0);
}
