/* test_graphs.c: a thousand random expressions, differentiated on the tape and by differences of their values. */
#include "differences.h"
#include "random_graph.h"
#include "unit.h"

TEST(a_thousand_random_graphs_agree_with_differences)
{
    static random_graph g;
    lure_tape *tape;
    lure_error err;
    tally t = {0};
    size_t n_steps = 0;
    CHECK_OK(lure_tape_create(NULL, &tape, &err), &err);
    for (uint64_t seed = 0; seed < 1000; seed++) {
        lure_rng rng;
        lure_rng_init(&rng, seed, LURE_PURPOSE_USER, 0);
        random_graph_draw(&g, &rng, 2 + (int)lure_rng_below(&rng, 14), LURE_N_OPERATIONS);
        for (int v = 0; v < g.n; v++)
            n_steps += !g.values[v].is_leaf && !g.values[v].is_constant;
        compare_with_differences(&g, tape, &t);
        CHECK_SAY(t.n_off == 0, "seed %d: off by %g of the largest derivative", (int)seed, t.worst);
    }
    CHECK_SAY(n_steps > 10000 && t.n_compared > 20000 && t.n_rough * 50 < t.n_compared,
              "%zu operations, %zu derivatives compared, %zu too rough to", n_steps, t.n_compared, t.n_rough);
    lure_tape_destroy(tape);
}
