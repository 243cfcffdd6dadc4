/* test_optimizer_paths.c: the optimizers' loops (learn/optimizer_loops.h) on every path that this CPU can run, and AVX-512's
   source on AVX2's instructions: bit for bit what the portable ones give, and nothing that is not finite slips by. */
#include "learn/optimizer_loops.h"
#include "base/rng.h"
#include "paths.h"
#include "unit.h"
#include <math.h>
#include <string.h>

#if defined(__x86_64__)
extern const lure__optimizer_loops lure__optimizer_loops_wide[2];
#endif

static const lure__optimizer_loops *loops_on(int path, int dtype)
{
    if (!kernels_on(path, (lure_dtype)dtype))
        return NULL;
#if defined(__x86_64__)
    if (path == LURE_CPU_AVX2)
        return &lure__optimizer_loops_avx2[dtype];
    if (path == LURE_CPU_AVX512)
        return &lure__optimizer_loops_avx512[dtype];
    if (path == WIDE)
        return &lure__optimizer_loops_wide[dtype];
#endif
    return &lure__optimizer_loops_portable[dtype];
}

enum { MOST = 70 };

/* Parameters, gradient, step, three moments and their successors in a block of their own, filled from `seed`; runs one
   rule over n of them. Returns what the rule says. */
static bool run_rule(const lure__optimizer_loops *loops, int dtype, int rule, unsigned flags, size_t n,
                     unsigned char block[9][MOST * sizeof(double)], size_t spoilt)
{
    lure__rule *const all[] = {loops->sgd, loops->rmsprop, loops->adagrad, loops->adam};
    lure_rng rng;
    lure_rng_init(&rng, n, LURE_PURPOSE_USER, 0);
    memset(block, 0, 9 * sizeof *block);
    for (size_t a = 0; a < 5; a++) {
        size_t size = MOST;
        lure_tensor t = lure_tensor_view(block[a], (lure_dtype)dtype, 1, &size);
        for (size_t i = 0; i < n; i++) /* moments are squares or may as well be */
            lure_tensor_set(&t, i, lure_rng_uniform(&rng) - (a < 2 ? 0.5 : 0.0));
        if (a == 1 && spoilt < n)
            lure_tensor_set(&t, spoilt, spoilt % 2 ? (double)NAN : (double)INFINITY);
    }
    const bool needs[4][3] = {{flags & 1, false, false},
                              {true, flags & 1, flags & 2},
                              {true, false, false},
                              {true, true, flags & 1}};
    lure__advance a = {.n = n,
                       .parameters = block[0],
                       .gradient = block[1],
                       .step = block[8],
                       .gradient_scale = 0.7,
                       .clip_value = flags & 4 ? 0.2 : (double)INFINITY,
                       .weight_decay = flags & 8 ? 0.1 : 0.0,
                       .shrink = flags & 16 ? 0.1 : 0.0,
                       .rate = 0.01,
                       .epsilon = 1e-8,
                       .decay = {0.9, 0.99},
                       .rest = {0.1, 0.01},
                       .momentum = 0.9,
                       .nesterov = flags & 2};
    for (int m = 0; m < 3; m++)
        if (needs[rule][m]) {
            a.moments[m] = block[2 + m];
            a.next[m] = block[5 + m];
        }
    bool finite = all[rule](&a);
    loops->subtract(n, block[8], block[0]);
    return finite;
}

TEST(every_path_gives_the_same_bits)
{
    static unsigned char expected[9][MOST * sizeof(double)], got[9][MOST * sizeof(double)];
    for (int path = LURE_CPU_AVX2; path < N_PATHS; path++)
        for (int dtype = LURE_F32; dtype <= LURE_F64; dtype++) {
            const lure__optimizer_loops *loops = loops_on(path, dtype);
            const lure__optimizer_loops *portable = loops_on(LURE_CPU_PORTABLE, dtype);
            for (size_t n = 0; loops && n < MOST; n++)
                for (unsigned flags = 0; flags < 32; flags++)
                    for (int rule = 0; rule < 4; rule++) {
                        CHECK(run_rule(portable, dtype, rule, flags, n, expected, MOST));
                        CHECK(run_rule(loops, dtype, rule, flags, n, got, MOST));
                        CHECK_SAY(memcmp(expected, got, sizeof got) == 0,
                                  "rule %d, flags %u, %zu numbers: %s differs", rule, flags, n,
                                  path_name(path));
                    }
        }
}

TEST(one_number_that_is_not_finite_is_seen_on_every_path)
{
    static unsigned char block[9][MOST * sizeof(double)];
    for (int path = LURE_CPU_PORTABLE; path < N_PATHS; path++)
        for (int dtype = LURE_F32; dtype <= LURE_F64; dtype++) {
            const lure__optimizer_loops *loops = loops_on(path, dtype);
            for (size_t n = 1; loops && n < MOST; n += n < 20 ? 1 : 7)
                for (size_t at = 0; at < n; at++)
                    for (unsigned flags = 0; flags < 32; flags += 3)
                        for (int rule = 0; rule < 4; rule++)
                            CHECK_SAY(!run_rule(loops, dtype, rule, flags, n, block, at),
                                      "rule %d, flags %u: number %zu of %zu is not seen on %s", rule, flags,
                                      at + 1, n, path_name(path));
        }
}
