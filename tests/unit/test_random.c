/* test_random.c: the normal distribution and the shuffle. Bounds are five standard deviations for fixed seeds. */
#include "math/random.h"
#include "unit.h"
#include <math.h>

TEST(normal_is_box_muller_of_two_uniforms)
{
    lure_rng rng;
    lure_rng_init(&rng, 5, LURE_PURPOSE_ENVIRONMENT, 0);
    for (int i = 0; i < 1000; i++) {
        lure_rng plain = rng;
        double u = 1 - lure_rng_uniform(&plain), v = lure_rng_uniform(&plain);
        /* libm serves as the oracle here: within rounding */
        double expected = 3 + 2 * (sqrt(-2 * log(u)) * cos(2 * 3.14159265358979323846 * v));
        CHECK_NEAR(lure_random_normal(&rng, 3, 2), expected, 1e-13);
        CHECK_WORD(lure_rng_word(&rng), lure_rng_word(&plain)); /* exactly four words were drawn */
    }
}

TEST(normal_is_finite_at_the_ends_of_the_uniforms)
{
    for (int end = 0; end < 2; end++) {
        lure_rng rng;
        lure_rng_init(&rng, 5, LURE_PURPOSE_ENVIRONMENT, 0);
        rng.n_used = 0;
        for (int i = 0; i < 4; i++)
            rng.block[i] = end ? UINT32_MAX : 0;
        double x = lure_random_normal(&rng, 0, 1);
        CHECK_SAY(isfinite(x) && fabs(x) < 9, "drew %g", x);
    }
}

TEST(normal_has_the_moments_and_tails_of_one)
{
    enum { N = 200000 };
    lure_rng rng;
    lure_rng_init(&rng, 6, LURE_PURPOSE_INIT, 0);
    double sum = 0, squares = 0, cubes = 0, fourths = 0;
    int beyond_one = 0, beyond_two = 0;
    for (int i = 0; i < N; i++) {
        double x = lure_random_normal(&rng, 0, 1);
        sum += x;
        squares += x * x;
        cubes += x * x * x;
        fourths += x * x * x * x;
        beyond_one += fabs(x) > 1;
        beyond_two += fabs(x) > 2;
    }
    CHECK_NEAR(sum / N, 0, 5 / sqrt(N));
    CHECK_NEAR(squares / N, 1, 5 * sqrt(2.0 / N));
    CHECK_NEAR(cubes / N, 0, 5 * sqrt(15.0 / N));
    CHECK_NEAR(fourths / N, 3, 5 * sqrt(96.0 / N));
    CHECK_NEAR(beyond_one, 0.317310508 * N, 5 * sqrt(0.3173 * 0.6827 * N));
    CHECK_NEAR(beyond_two, 0.045500264 * N, 5 * sqrt(0.0455 * 0.9545 * N));
}

TEST(shuffle_gives_every_order_equally_often)
{
    enum { N = 24000 };
    lure_rng rng;
    lure_rng_init(&rng, 8, LURE_PURPOSE_SHUFFLE, 0);
    int counts[256] = {0}, kinds = 0;
    for (int i = 0; i < N; i++) {
        int32_t items[4] = {0, 1, 2, 3};
        lure_random_shuffle(&rng, items, 4);
        counts[items[0] * 64 + items[1] * 16 + items[2] * 4 + items[3]]++;
    }
    for (int i = 0; i < 256; i++) {
        if (counts[i] == 0)
            continue;
        kinds++;
        CHECK_NEAR(counts[i], N / 24.0, 5 * sqrt(N / 24.0));
    }
    CHECK_INT(kinds, 24);
}

TEST(shuffle_keeps_the_items)
{
    enum { N = 1000 };
    lure_rng rng;
    lure_rng_init(&rng, 9, LURE_PURPOSE_SHUFFLE, 0);
    int32_t items[N];
    bool seen[N] = {false};
    for (int i = 0; i < N; i++)
        items[i] = i;
    lure_random_shuffle(&rng, items, N);
    for (int i = 0; i < N; i++) {
        CHECK(items[i] >= 0 && items[i] < N && !seen[items[i]]);
        seen[items[i]] = true;
    }
    lure_rng before = rng;
    lure_random_shuffle(&rng, items, 1);
    lure_random_shuffle(&rng, NULL, 0);
    CHECK_WORD(lure_rng_word(&rng), lure_rng_word(&before)); /* nothing to choose, nothing drawn */
}
