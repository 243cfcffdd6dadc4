/* test_derivative.c: every operation's derivative against differences of its values, on random shapes: broadcast, of
   one number, empty, strided by views, used twice. And what differences cannot show: kinks, types, errors. */
#include "learn/tape.h"
#include "random_graph.h"
#include "unit.h"
#include <math.h>
#include <string.h>

static double loss_of(const random_graph *g, lure_tape *tape)
{
    static lure_value values[GRAPH_VALUES];
    lure_error err;
    lure_tape_begin(tape);
    CHECK_OK(random_graph_run(g, tape, LURE_F64, false, values, &err), &err);
    CHECK_INT(values[g->n - 1].node, 0);
    return lure_tensor_get(&values[g->n - 1].tensor, 0);
}

/* from four points: off by about h^4 */
static double slope(const random_graph *g, lure_tape *tape, double *x, double h)
{
    const double at = *x, offsets[] = {h, -h, 2 * h, -2 * h}, weights[] = {8, -8, -1, 1};
    double sum = 0;
    for (int i = 0; i < 4; i++) {
        *x = at + offsets[i];
        sum += weights[i] * loss_of(g, tape);
    }
    *x = at;
    return sum / (12 * h);
}

typedef struct tally {
    size_t n_compared, n_off, n_rough;
    double worst; /* of those compared, relative to the largest derivative of its graph */
} tally;

/* Two steps must agree with each other before they can judge: a difference that reaches across a kink is rough. */
static void compare_with_differences(random_graph *g, lure_tape *tape, tally *t)
{
    static lure_value values[GRAPH_VALUES];
    static double gradients[GRAPH_POOL / sizeof(double)];
    lure_error err;
    size_t n = 0, at = 0;
    double scale = 1;
    lure_tape_begin(tape);
    CHECK_OK(random_graph_run(g, tape, LURE_F64, true, values, &err), &err);
    CHECK_OK(lure_tape_backward(tape, &values[g->n - 1], &err), &err);
    for (int v = 0; v < g->n; v++) {
        const double *gradient = g->values[v].is_leaf ? lure_tape_gradient(tape, values[v].node) : NULL;
        for (size_t i = 0; gradient && i < lure_tensor_size(&g->values[v].tensor); i++) {
            gradients[n++] = gradient[i];
            scale = fabs(gradient[i]) > scale ? fabs(gradient[i]) : scale;
        }
    }
    for (int v = 0; v < g->n; v++) {
        if (!g->values[v].is_leaf)
            continue;
        for (size_t i = 0; i < lure_tensor_size(&g->values[v].tensor); i++) {
            double *x = (double *)g->values[v].tensor.data + i;
            double wide = slope(g, tape, x, 0x1p-8), narrow = slope(g, tape, x, 0x1p-9);
            double expected = narrow + (narrow - wide) / 15, off = fabs(gradients[at++] - expected) / scale;
            if (fabs(narrow - wide) > 1e-5 * scale) {
                t->n_rough++;
                continue;
            }
            t->n_compared++;
            t->n_off += !(off <= 1e-7);
            t->worst = off > t->worst ? off : t->worst;
        }
    }
}

TEST(every_derivative_is_the_finite_difference)
{
    static random_graph g;
    lure_tape *tape;
    lure_error err;
    CHECK_OK(lure_tape_create(NULL, &tape, &err), &err);
    for (lure_op op = 0; op < LURE_N_OPERATIONS; op++) {
        tally t = {0};
        if (!lure_op_info_of(op)->has_derivative)
            continue;
        size_t n_used = 0;
        for (uint64_t seed = 0; seed < 60; seed++) {
            lure_rng rng;
            lure_rng_init(&rng, seed, LURE_PURPOSE_USER, (uint32_t)op);
            random_graph_draw(&g, &rng, 3, op);
            for (int v = 0; v < g.n; v++)
                n_used += !g.values[v].is_leaf && !g.values[v].is_constant && g.values[v].op == op;
            compare_with_differences(&g, tape, &t);
            CHECK_SAY(t.n_off == 0, "%s, seed %d: off by %g of the largest", lure_op_info_of(op)->name,
                      (int)seed, t.worst);
        }
        CHECK_SAY(n_used >= 60 && t.n_compared > 200 && t.n_rough * 20 < t.n_compared,
                  "%s: used %zu times, %zu derivatives compared, %zu too rough to", lure_op_info_of(op)->name,
                  n_used, t.n_compared, t.n_rough);
    }
    lure_tape_destroy(tape);
}
