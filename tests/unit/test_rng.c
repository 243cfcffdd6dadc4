/* test_rng.c: Philox against its published vectors, and the streams that are made of it. The statistical bounds
   are five standard deviations for fixed seeds: they pass always or never. */
#include "base/rng.h"
#include "unit.h"
#include <math.h>
#include <stdlib.h>

/* Random123 (Salmon et al.), file kat_vectors, the three lines "philox4x32 10" */
TEST(philox_gives_the_published_vectors)
{
    static const struct {
        uint32_t counter[4], key[2], out[4];
    } rows[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t out[4];
        lure_philox4x32(rows[i].key, rows[i].counter, out);
        for (int j = 0; j < 4; j++)
            CHECK_WORD(out[j], rows[i].out[j]);
    }
}

TEST(a_stream_is_philox_of_its_place)
{
    lure_rng rng;
    lure_rng_init(&rng, 42, LURE_PURPOSE_POLICY, 3);
    lure_rng_seek(&rng, 1000, 17);
    for (uint32_t block = 0; block < 5; block++) {
        const uint32_t counter[4] = {block, 17, 1000, 3};
        uint32_t expected[4];
        lure_philox4x32(rng.key, counter, expected);
        for (int i = 0; i < 4; i++)
            CHECK_WORD(lure_rng_word(&rng), expected[i]);
    }
}

TEST(seek_replays_and_other_draws_shift_nothing)
{
    lure_rng a, b;
    lure_rng_init(&a, 7, LURE_PURPOSE_ENVIRONMENT, 0);
    lure_rng_init(&b, 7, LURE_PURPOSE_ENVIRONMENT, 0);
    lure_rng_seek(&a, 5, 9);
    double first = lure_rng_uniform(&a), second = lure_rng_uniform(&a), third = lure_rng_uniform(&a);
    for (int i = 0; i < 1001; i++) /* an odd number: a block is left half used */
        lure_rng_word(&b);
    lure_rng_seek(&b, 5, 9);
    CHECK_REAL(lure_rng_uniform(&b), first);
    CHECK_REAL(lure_rng_uniform(&b), second);
    CHECK_REAL(lure_rng_uniform(&b), third);
}

TEST(init_stands_at_episode_0_step_0)
{
    lure_rng a, b;
    lure_rng_init(&a, 7, LURE_PURPOSE_INIT, 2);
    b = a;
    lure_rng_seek(&b, 0, 0);
    CHECK_WORD(lure_rng_word(&a), lure_rng_word(&b));
}

static int compare_words(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

TEST(neighbouring_streams_share_nothing)
{
    /* 8 seeds (neighbours, and such as SplitMix would confuse) x 8 purposes x 4 environments x 4 episodes x 4 steps:
       no two of the 4096 first 64 bits may be equal (by chance: 1 in 10^12) */
    static const uint64_t seeds[8] = {
        0, 1, 2, 3, UINT64_MAX, 0x9E3779B97F4A7C15, 0x3C6EF372FE94F82A, UINT64_C(1) << 32};
    enum { N = 4096 };
    static uint64_t firsts[N];
    size_t n = 0;
    for (size_t s = 0; s < 8; s++)
        for (int purpose = LURE_PURPOSE_INIT; purpose <= LURE_PURPOSE_USER; purpose++)
            for (uint32_t environment = 0; environment < 4; environment++)
                for (uint32_t episode = 0; episode < 4; episode++)
                    for (uint32_t step = 0; step < 4; step++) {
                        lure_rng rng;
                        lure_rng_init(&rng, seeds[s], (lure_purpose)purpose, environment);
                        lure_rng_seek(&rng, episode, step);
                        uint64_t high = lure_rng_word(&rng);
                        CHECK(n < N);
                        firsts[n++] = high << 32 | lure_rng_word(&rng);
                    }
    CHECK_INT((int64_t)n, N);
    qsort(firsts, N, sizeof firsts[0], compare_words);
    for (size_t i = 1; i < N; i++)
        CHECK_SAY(firsts[i] != firsts[i - 1], "two streams begin with %016llx",
                  (unsigned long long)firsts[i]);
}

TEST(neighbouring_streams_do_not_correlate)
{
    enum { N = 100000 };
    for (int pair = 0; pair < 3; pair++) { /* neighbouring seeds, purposes, environments */
        lure_rng a, b;
        lure_rng_init(&a, 1, LURE_PURPOSE_SCHEDULE, 0);
        lure_rng_init(&b, pair == 0 ? 2 : 1, pair == 1 ? LURE_PURPOSE_ENVIRONMENT : LURE_PURPOSE_SCHEDULE,
                      pair == 2 ? 1 : 0);
        double sum = 0;
        for (int i = 0; i < N; i++)
            sum += (lure_rng_uniform(&a) - 0.5) * (lure_rng_uniform(&b) - 0.5);
        CHECK_NEAR(sum * 12 / N, 0, 5 / sqrt(N));
    }
}

TEST(first_draws_of_successive_episodes_are_uniform)
{
    /* how a run draws: seek, one number, seek: each number comes from a counter of its own */
    enum { N = 200000, BINS = 64 };
    lure_rng rng;
    lure_rng_init(&rng, 1, LURE_PURPOSE_POLICY, 0);
    int counts[BINS] = {0};
    double sum = 0, squares = 0, lagged = 0, before = 0.5;
    for (uint32_t episode = 0; episode < N; episode++) {
        lure_rng_seek(&rng, episode, 0);
        double u = lure_rng_uniform(&rng);
        CHECK_SAY(u >= 0 && u < 1, "drew %.17g", u);
        counts[(int)(u * BINS)]++;
        sum += u;
        squares += u * u;
        lagged += (u - 0.5) * (before - 0.5);
        before = u;
    }
    CHECK_NEAR(sum / N, 0.5, 5 / sqrt(12.0 * N));
    CHECK_NEAR(squares / N, 1.0 / 3, 5 * sqrt(4.0 / 45 / N));
    CHECK_NEAR(lagged * 12 / N, 0, 5 / sqrt(N));
    double chi_square = 0, expected = (double)N / BINS;
    for (int i = 0; i < BINS; i++)
        chi_square += (counts[i] - expected) * (counts[i] - expected) / expected;
    CHECK_NEAR(chi_square, BINS - 1, 5 * sqrt(2.0 * (BINS - 1)));
}

TEST(uniform_uses_53_bits_of_two_words)
{
    lure_rng rng;
    lure_rng_init(&rng, 3, LURE_PURPOSE_USER, 0);
    uint64_t seen = 0;
    for (int i = 0; i < 1000; i++) {
        lure_rng words = rng;
        uint64_t high = lure_rng_word(&words) >> 5, low = lure_rng_word(&words) >> 6;
        double u = lure_rng_uniform(&rng);
        CHECK_REAL(u, ((double)high * 67108864.0 + (double)low) / 9007199254740992.0);
        CHECK_WORD(lure_rng_word(&words), lure_rng_word(&rng)); /* both stand at the same word */
        seen |= high << 26 | low;
    }
    CHECK_WORD(seen, (UINT64_C(1) << 53) - 1);
    /* the ends of the range, from blocks made by hand */
    rng.n_used = 0;
    rng.block[0] = rng.block[1] = 0;
    rng.block[2] = rng.block[3] = UINT32_MAX;
    CHECK_REAL(lure_rng_uniform(&rng), 0.0);
    CHECK_REAL(lure_rng_uniform(&rng), 1.0 - 0x1p-53);
}

TEST(below_is_uniform_and_in_range)
{
    lure_rng rng;
    lure_rng_init(&rng, 11, LURE_PURPOSE_SHUFFLE, 0);
    static const uint64_t ranges[] = {
        1, 2, 3, 7, 1000, UINT32_MAX, UINT64_C(1) << 32, 6000000000, UINT64_MAX, 0x80000001, 0xC0000000};
    for (size_t r = 0; r < sizeof ranges / sizeof ranges[0]; r++) {
        enum { N = 30000 };
        int thirds[3] = {0};
        uint64_t n = ranges[r];
        for (int i = 0; i < N; i++) {
            uint64_t pick = lure_rng_below(&rng, n);
            CHECK_SAY(pick < n, "drew %llu below %llu", (unsigned long long)pick, (unsigned long long)n);
            thirds[(int)((double)pick / (double)n * 3) % 3]++;
        }
        if (n % 3 == 0 || n > 1000000)
            for (int i = 0; i < 3; i++)
                CHECK_NEAR(thirds[i], N / 3.0, 5 * sqrt(N * 2 / 9.0));
    }
}

TEST(below_has_no_bias_where_a_remainder_would)
{
    /* n = 3 * 2^30 (3 * 2^62): the high half of word * n alone would draw every third number twice as often, word % n the
       first third of them (the thirds of the test above) */
    lure_rng rng;
    static const uint64_t ranges[] = {UINT64_C(3) << 30, UINT64_C(3) << 62};
    lure_rng_init(&rng, 12, LURE_PURPOSE_SHUFFLE, 0);
    for (size_t r = 0; r < 2; r++) {
        enum { N = 300000 };
        int counts[3] = {0};
        for (int i = 0; i < N; i++)
            counts[lure_rng_below(&rng, ranges[r]) % 3]++;
        for (int i = 0; i < 3; i++)
            CHECK_NEAR(counts[i], N / 3.0, 5 * sqrt(N * 2 / 9.0));
    }
}

TEST(a_long_step_carries_into_the_next_word_of_the_counter)
{
    lure_rng rng;
    lure_rng_init(&rng, 1, LURE_PURPOSE_USER, 0);
    lure_rng_seek(&rng, 4, 8);
    rng.counter[0] = UINT32_MAX;
    for (int i = 0; i < 4; i++)
        lure_rng_word(&rng);
    lure_rng next;
    lure_rng_init(&next, 1, LURE_PURPOSE_USER, 0);
    lure_rng_seek(&next, 4, 9);
    for (int i = 0; i < 8; i++)
        CHECK_WORD(lure_rng_word(&rng), lure_rng_word(&next));
}
