/* graphs_driver.c: random expressions (tests/unit/random_graph.c) as text, with the values and gradients that our tape
   gives them: graphs_driver FIRST N (by_seed.h tells more).
     graph SEED
     leaf|constant|index VALUE N_DIMS side... : numbers...
     op VALUE NAME inputs... : key=value...
     result float64|float32 LOSS            of the graph's last value
     gradient VALUE : numbers...            of each leaf, after each result
     end
   Inputs, axes and indices count from 0. */
#include "../unit/random_graph.h"
#include "by_seed.h"
#include <stdio.h>

static random_graph graph;

static void numbers(const lure_tensor *t)
{
    printf(" :");
    for (size_t i = 0; i < lure_tensor_size(t); i++)
        printf(" %a", lure_tensor_get(t, i));
    putchar('\n');
}

static void options(const graph_value *v)
{
    const lure_op_options *o = &v->options;
    printf(" : axis=%d keep=%d descending=%d", o->axis, o->keep, o->descending);
    if (v->op == LURE_OP_CLAMP)
        printf(" low=%a high=%a", o->low, o->high);
    if (v->op == LURE_OP_TRANSPOSE)
        printf(" other_axis=%d", o->other_axis);
    if (v->op == LURE_OP_SELECT || v->op == LURE_OP_SLICE)
        printf(" first=%zu n=%zu step=%zu", o->first, o->n, o->step);
    if (v->op == LURE_OP_RESHAPE || v->op == LURE_OP_EXPAND) {
        printf(" shape=");
        for (int i = 0; i < o->n_dims; i++)
            printf("%s%zu", i > 0 ? "," : "", o->shape[i]);
    }
    putchar('\n');
}

static void describe(void)
{
    for (int i = 0; i < graph.n; i++) {
        const graph_value *v = &graph.values[i];
        if (v->is_leaf || v->is_constant) {
            printf("%s %d %d",
                   v->is_leaf                    ? "leaf"
                   : v->tensor.dtype == LURE_I32 ? "index"
                                                 : "constant",
                   i, v->tensor.n_dims);
            for (int d = 0; d < v->tensor.n_dims; d++)
                printf(" %zu", v->tensor.shape[d]);
            numbers(&v->tensor);
        } else {
            printf("op %d %s", i, lure_op_info_of(v->op)->name);
            for (int k = 0; k < v->n_inputs; k++)
                printf(" %d", v->inputs[k]);
            options(v);
        }
    }
}

static lure_status evaluate(lure_tape *tape, lure_dtype dtype, lure_error *err)
{
    static lure_value values[GRAPH_VALUES];
    lure_tape_begin(tape);
    lure_status status = random_graph_run(&graph, tape, dtype, true, values, err);
    if (status == LURE_OK)
        status = lure_tape_backward(tape, &values[graph.n - 1], err);
    if (status != LURE_OK)
        return status;
    printf("result %s %a\n", lure_dtype_name(dtype), lure_tensor_get(&values[graph.n - 1].tensor, 0));
    for (int i = 0; i < graph.n; i++) {
        if (!graph.values[i].is_leaf)
            continue;
        const lure_tensor *t = &values[i].tensor;
        lure_tensor gradient =
            lure_tensor_view(lure_tape_gradient(tape, values[i].node), t->dtype, t->n_dims, t->shape);
        printf("gradient %d", i);
        numbers(&gradient);
    }
    return LURE_OK;
}

static lure_status draw(lure_rng *rng, lure_error *err)
{
    (void)err;
    random_graph_draw(&graph, rng, 2 + (int)lure_rng_below(rng, 14), LURE_N_OPERATIONS);
    return LURE_OK;
}

int main(int argc, char **argv)
{
    static const by_seed driver = {"graph", draw, describe, evaluate};
    return by_seed_main(&driver, argc, argv);
}
