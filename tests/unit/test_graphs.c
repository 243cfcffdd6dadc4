/* test_graphs.c: a thousand random expressions, differentiated on the tape and by differences of their values; and forty
   expressions and losses whose gradients PyTorch has computed (tests/reference/graphs.h). */
#include "differences.h"
#include "../reference/graphs.h"
#include "random_graph.h"
#include "unit.h"
#include <math.h>
#include <string.h>

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
    CHECK_SAY(n_steps > 10000 && t.n_compared > 10000 && t.n_rough * 50 < t.n_compared,
              "%zu operations, %zu derivatives compared, %zu too rough to", n_steps, t.n_compared, t.n_rough);
    lure_tape_destroy(tape);
}

/* ---- PyTorch's numbers ---- */

static lure_op op_named(const char *name)
{
    for (lure_op op = 0; op < LURE_N_OPERATIONS; op++)
        if (strcmp(lure_op_info_of(op)->name, name) == 0)
            return op;
    unit_fail(__FILE__, __LINE__, "no operation is named %s", name);
}

static void build(const reference_graph *reference, random_graph *g)
{
    g->n = 0;
    for (int i = 0; i < reference->n_steps; i++) {
        const reference_step *step = &reference_steps[reference->first_step + i];
        graph_value *v = &g->values[g->n++];
        *v = (graph_value){.is_leaf = strcmp(step->name, "leaf") == 0};
        bool index = strcmp(step->name, "index") == 0;
        v->is_constant = index || strcmp(step->name, "constant") == 0;
        if (!v->is_leaf && !v->is_constant) {
            v->op = op_named(step->name);
            v->options = step->options;
            v->n_inputs = step->n_inputs;
            memcpy(v->inputs, step->inputs, sizeof v->inputs);
            continue;
        }
        const double *numbers = reference_numbers + step->first; /* read only */
        v->tensor = lure_tensor_view((void *)(uintptr_t)numbers, LURE_F64, step->n_dims, step->shape);
    }
}

/* An index is kept as float64 in the table; the graph needs int32. */
static void give_indices(const reference_graph *reference, random_graph *g)
{
    g->n_pool = 0;
    for (int i = 0; i < g->n; i++) {
        lure_tensor *t = &g->values[i].tensor;
        if (strcmp(reference_steps[reference->first_step + i].name, "index") != 0)
            continue;
        lure_tensor whole = lure_tensor_view(g->pool + g->n_pool, LURE_I32, t->n_dims, t->shape);
        lure_tensor_copy(t, &whole);
        *t = whole;
        g->n_pool += (lure_tensor_size(t) * sizeof(int32_t) + 63) / 64 * 64;
    }
}

static void compare_with_reference(const reference_graph *reference, lure_tape *tape, lure_dtype dtype)
{
    static random_graph g;
    static lure_value values[GRAPH_VALUES];
    lure_error err;
    bool exact = dtype == LURE_F64;
    const double *expected =
        (exact ? reference_gradients : reference_gradients_f32) + reference->first_gradient;
    double tolerance = exact ? 1e-10 : 1e-5, loss = exact ? reference->loss : reference->loss_f32, scale = 1;
    build(reference, &g);
    give_indices(reference, &g);
    lure_tape_begin(tape);
    CHECK_OK(random_graph_run(&g, tape, dtype, true, values, &err), &err);
    CHECK_OK(lure_tape_backward(tape, &values[g.n - 1], &err), &err);
    double ours = lure_tensor_get(&values[g.n - 1].tensor, 0);
    CHECK_SAY(fabs(ours - loss) <= tolerance * fmax(1, fabs(loss)), "%s: loss %.17g, expected %.17g",
              reference->name, ours, loss);
    for (int pass = 0; pass < 2; pass++) { /* first how large they are, then how far off */
        size_t k = 0;
        for (int i = 0; i < g.n; i++) {
            if (!g.values[i].is_leaf)
                continue;
            lure_tensor dx = values[i].tensor;
            dx = lure_tensor_view(lure_tape_gradient(tape, values[i].node), dtype, dx.n_dims, dx.shape);
            for (size_t at = 0; at < lure_tensor_size(&dx); at++, k++) {
                scale = fmax(scale, fabs(expected[k]));
                CHECK_SAY(pass == 0 || fabs(lure_tensor_get(&dx, at) - expected[k]) <= tolerance * scale,
                          "%s: value %d's derivative %zu is %.17g, expected %.17g", reference->name, i, at,
                          lure_tensor_get(&dx, at), expected[k]);
            }
        }
    }
}

TEST(losses_and_gradients_are_pytorchs)
{
    lure_tape *tape;
    lure_error err;
    size_t n = sizeof reference_graphs / sizeof *reference_graphs;
    CHECK_OK(lure_tape_create(NULL, &tape, &err), &err);
    for (size_t i = 0; i < n; i++) {
        compare_with_reference(&reference_graphs[i], tape, LURE_F64);
        compare_with_reference(&reference_graphs[i], tape, LURE_F32);
    }
    CHECK_INT((int64_t)n, 40);
    lure_tape_destroy(tape);
}
