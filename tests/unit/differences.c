/* differences.c: see differences.h. */
#include "differences.h"
#include "unit.h"
#include <math.h>

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

/* Two steps must agree with each other before they can judge: a difference that reaches across a kink is rough. */
void compare_with_differences(random_graph *g, lure_tape *tape, tally *t)
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
