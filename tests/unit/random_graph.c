/* random_graph.c: see random_graph.h. */
#include "random_graph.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_NUMBERS = 64, TRIES = 200 };
static const double gap = 0.02, most = 8;

static size_t below(lure_rng *rng, size_t n)
{
    return (size_t)lure_rng_below(rng, n);
}

static bool chance(lure_rng *rng, double p)
{
    return lure_rng_uniform(rng) < p;
}

/* ---- leaves ---- */

static void *pool_take(random_graph *g, size_t bytes)
{
    void *memory = g->pool + g->n_pool;
    g->n_pool += (bytes + 63) / 64 * 64;
    return g->n_pool <= GRAPH_POOL ? memory : NULL;
}

static bool is_full(const random_graph *g)
{
    return g->n_pool > GRAPH_POOL / 4 || g->n > GRAPH_VALUES / 6;
}

static graph_value *add_leaf(random_graph *g, lure_dtype dtype, int n_dims, const size_t *shape,
                             bool constant)
{
    size_t bytes;
    graph_value *v = &g->values[g->n];
    *v = (graph_value){.is_leaf = !constant, .is_constant = constant};
    v->tensor = lure_tensor_view(NULL, dtype, n_dims, shape);
    if (!lure_tensor_bytes(&v->tensor, &bytes) || !(v->tensor.data = pool_take(g, bytes)))
        abort();
    g->used[g->n++] = false;
    return v;
}

static int fresh(random_graph *g, lure_rng *rng, int n_dims, const size_t *shape)
{
    graph_value *v = add_leaf(g, LURE_F64, n_dims, shape, chance(rng, 0.25));
    bool positive = chance(rng, 0.5);
    for (size_t i = 0; i < lure_tensor_size(&v->tensor); i++) {
        double x = 0.3 + 1.5 * lure_rng_uniform(rng);
        lure_tensor_set(&v->tensor, i, positive || chance(rng, 0.5) ? x : -x);
    }
    return g->n - 1;
}

static int fresh_indices(random_graph *g, lure_rng *rng, int n_dims, const size_t *shape, size_t n)
{
    graph_value *v = add_leaf(g, LURE_I32, n_dims, shape, true);
    for (size_t i = 0; i < lure_tensor_size(&v->tensor); i++)
        lure_tensor_set(&v->tensor, i, (double)below(rng, n));
    return g->n - 1;
}

static size_t side(lure_rng *rng)
{
    return chance(rng, 0.02) ? 0 : 1 + below(rng, 4);
}

static int fresh_any(random_graph *g, lure_rng *rng)
{
    size_t shape[LURE_MAX_DIMS];
    int n_dims = (int)below(rng, 4);
    for (int i = 0; i < n_dims; i++)
        shape[i] = side(rng);
    return fresh(g, rng, n_dims, shape);
}

/* A shape that t broadcasts with: axes left out, sides of 1, or new sides where t has 1. */
static int meeting_shape(const lure_tensor *t, lure_rng *rng, size_t *shape)
{
    int left_out = t->n_dims > 0 && chance(rng, 0.4) ? (int)below(rng, (size_t)t->n_dims + 1) : 0;
    for (int i = left_out; i < t->n_dims; i++) {
        size_t *to = &shape[i - left_out];
        *to = chance(rng, 0.2) ? 1 : t->shape[i];
        if (t->shape[i] == 1 && chance(rng, 0.4))
            *to = 1 + below(rng, 3);
    }
    return t->n_dims - left_out;
}

/* Any earlier value; more often a late one, so that graphs grow deep. */
static int pick(const random_graph *g, lure_rng *rng)
{
    for (;;) {
        size_t back = chance(rng, 0.6) && g->n > 3 ? 3 : (size_t)g->n;
        int i = g->n - 1 - (int)below(rng, back);
        if (g->n > 3 && chance(rng, 0.05)) /* three constants in a row would never end it */
            i = 0;
        if (g->values[i].tensor.dtype == LURE_F64)
            return i;
    }
}

/* ---- away from kinks ---- */

static bool all_apart_from(const lure_tensor *t, double x)
{
    for (size_t i = 0; i < lure_tensor_size(t); i++)
        if (fabs(lure_tensor_get(t, i) - x) < gap)
            return false;
    return true;
}

static bool all_above(const lure_tensor *t, double low)
{
    for (size_t i = 0; i < lure_tensor_size(t); i++)
        if (lure_tensor_get(t, i) < low)
            return false;
    return true;
}

static bool apart_from_each_other(const lure_tensor *t)
{
    for (size_t i = 0; i < lure_tensor_size(t); i++)
        for (size_t j = 0; j < i; j++)
            if (fabs(lure_tensor_get(t, i) - lure_tensor_get(t, j)) < gap)
                return false;
    return true;
}

static bool inputs_are_apart(const lure_tensor *a, const lure_tensor *b, const lure_tensor *y)
{
    lure_tensor x = lure_tensor_expand(a, y->n_dims, y->shape),
                z = lure_tensor_expand(b, y->n_dims, y->shape);
    for (size_t i = 0; i < lure_tensor_size(y); i++)
        if (fabs(lure_tensor_get(&x, i) - lure_tensor_get(&z, i)) < gap)
            return false;
    return true;
}

static bool is_smooth_here(const random_graph *g, const graph_value *v)
{
    const lure_tensor *a = &g->values[v->inputs[0]].tensor;
    const lure_tensor *b = v->n_inputs > 1 ? &g->values[v->inputs[1]].tensor : NULL;
    switch (v->op) {
    case LURE_OP_DIVIDE: return all_above(b, 0.2);
    case LURE_OP_POWER: return all_above(a, 0.2);
    case LURE_OP_MINIMUM:
    case LURE_OP_MAXIMUM: return inputs_are_apart(a, b, &v->tensor);
    case LURE_OP_LOG:
    case LURE_OP_SQRT: return all_above(a, 0.2);
    case LURE_OP_LOG1P: return all_above(a, -0.7);
    case LURE_OP_ABS:
    case LURE_OP_SIGN:
    case LURE_OP_RELU:
    case LURE_OP_ELU: return all_apart_from(a, 0);
    case LURE_OP_CLAMP: return all_apart_from(a, v->options.low) && all_apart_from(a, v->options.high);
    case LURE_OP_MIN:
    case LURE_OP_MAX:
    case LURE_OP_SORT: return apart_from_each_other(a);
    default: return true;
    }
}

static bool is_moderate(const lure_tensor *t)
{
    if (lure_tensor_size(t) > MOST_NUMBERS)
        return false;
    for (size_t i = 0; i < lure_tensor_size(t); i++)
        if (!(fabs(lure_tensor_get(t, i)) <= most))
            return false;
    return true;
}

/* ---- operations ---- */

/* Adds the operation if its shapes and numbers allow it. */
static bool add(random_graph *g, const graph_value *wish)
{
    graph_value v = *wish;
    const lure_tensor *inputs[GRAPH_INPUTS];
    size_t bytes, before = g->n_pool;
    for (int i = 0; i < v.n_inputs; i++)
        inputs[i] = &g->values[v.inputs[i]].tensor;
    v.tensor = (lure_tensor){0};
    if (lure_op_plan(v.op, (size_t)v.n_inputs, inputs, &v.options, &v.tensor, NULL) != LURE_OK)
        return false;
    if (!v.tensor.data && (!lure_tensor_bytes(&v.tensor, &bytes) || !(v.tensor.data = pool_take(g, bytes)))) {
        g->n_pool = before;
        return false;
    }
    size_t scratch_bytes = lure_op_scratch_bytes(v.op, inputs, &v.options, &v.tensor), beside = g->n_pool;
    void *scratch = scratch_bytes ? pool_take(g, scratch_bytes) : NULL;
    g->n_pool = beside;
    if ((scratch_bytes && !scratch) ||
        lure_op_compute(v.op, (size_t)v.n_inputs, inputs, &v.options, &v.tensor, scratch, NULL) != LURE_OK ||
        !is_moderate(&v.tensor) || !is_smooth_here(g, &v)) {
        g->n_pool = before;
        return false;
    }
    for (int i = 0; i < v.n_inputs; i++)
        g->used[v.inputs[i]] = true;
    g->used[g->n] = false;
    g->values[g->n++] = v;
    return true;
}

static int matmul_partner(random_graph *g, lure_rng *rng, const lure_tensor *a)
{
    size_t shape[LURE_MAX_DIMS], k = a->shape[a->n_dims - 1];
    int n_dims = 0, n_batch = a->n_dims > 2 ? a->n_dims - 2 : 0;
    if (a->n_dims > 1 && chance(rng, 0.25))
        return fresh(g, rng, 1, &k);
    for (int i = (int)below(rng, (size_t)n_batch + 1); i < n_batch; i++)
        shape[n_dims++] = chance(rng, 0.2) ? 1 : a->shape[i];
    shape[n_dims++] = k;
    shape[n_dims++] = side(rng);
    return fresh(g, rng, a->n_dims == 1 && chance(rng, 0.5) ? 1 : n_dims, shape);
}

static void draw_shape(lure_rng *rng, size_t size, graph_value *v)
{
    v->options.n_dims = (int)(size == 1 ? below(rng, 3) : 1 + below(rng, 3));
    for (int i = 0; i < v->options.n_dims; i++) {
        size_t s = i == v->options.n_dims - 1 ? size : 1 + below(rng, 4);
        while (i < v->options.n_dims - 1 && size % s != 0)
            s--;
        v->options.shape[i] = s;
        size /= s > 0 ? s : 1;
    }
}

static void draw_view(lure_rng *rng, const lure_tensor *a, graph_value *v)
{
    size_t length = a->n_dims > 0 ? a->shape[v->options.axis] : 0;
    switch (v->op) {
    case LURE_OP_SELECT: v->options.first = length > 0 ? below(rng, length) : 0; break;
    case LURE_OP_SLICE:
        v->options.step = 1 + below(rng, 2);
        v->options.first = length > 0 ? below(rng, length) : 0;
        v->options.n = (length - v->options.first + v->options.step - 1) / v->options.step;
        v->options.n = v->options.n > 1 && chance(rng, 0.3) ? v->options.n - 1 : v->options.n;
        break;
    case LURE_OP_TRANSPOSE:
        v->options.other_axis = (int)below(rng, (size_t)(a->n_dims > 0 ? a->n_dims : 1));
        break;
    case LURE_OP_RESHAPE: draw_shape(rng, lure_tensor_size(a), v); break;
    default: /* expand */
        v->options.n_dims = a->n_dims < 3 ? a->n_dims + (int)below(rng, 2) : a->n_dims;
        for (int i = 0; i < v->options.n_dims; i++) {
            int from = i - (v->options.n_dims - a->n_dims);
            v->options.shape[i] = from < 0 || a->shape[from] == 1 ? 1 + below(rng, 3) : a->shape[from];
        }
    }
}

/* Inputs and options for v->op around its first input; leaves they need are added. False: the shape does not suit. */
static bool draw_operands(random_graph *g, lure_rng *rng, graph_value *v)
{
    lure_tensor a = g->values[v->inputs[0]].tensor;
    size_t shape[LURE_MAX_DIMS];
    lure_shape_rule rule = lure_op_info_of(v->op)->rule;
    v->n_inputs = 1;
    v->options = (lure_op_options){.axis = a.n_dims > 0 ? (int)below(rng, (size_t)a.n_dims) : 0,
                                   .keep = chance(rng, 0.5),
                                   .descending = chance(rng, 0.5),
                                   .low = -0.5 - lure_rng_uniform(rng),
                                   .high = 0.5 + lure_rng_uniform(rng),
                                   .dtype = LURE_F64};
    if (a.n_dims == 0 && rule != LURE_SHAPE_COMBINE && rule != LURE_SHAPE_MAP && rule != LURE_SHAPE_WHERE &&
        rule != LURE_SHAPE_REDUCE && v->op != LURE_OP_RESHAPE && v->op != LURE_OP_EXPAND &&
        v->op != LURE_OP_STACK)
        return false;
    memcpy(shape, a.shape, sizeof shape);
    switch (rule) {
    case LURE_SHAPE_COMBINE:
        v->n_inputs = 2;
        v->inputs[1] = chance(rng, 0.5) ? pick(g, rng) : fresh(g, rng, meeting_shape(&a, rng, shape), shape);
        if (chance(rng, 0.5)) {
            int first = v->inputs[0];
            v->inputs[0] = v->inputs[1];
            v->inputs[1] = first;
        }
        return true;
    case LURE_SHAPE_WHERE: {
        int n_dims = meeting_shape(&a, rng, shape);
        v->n_inputs = 3;
        v->inputs[1 + below(rng, 2)] = v->inputs[0];
        int other = chance(rng, 0.5) ? pick(g, rng) : fresh(g, rng, n_dims, shape);
        v->inputs[v->inputs[1] == v->inputs[0] ? 2 : 1] = other;
        v->inputs[0] = fresh_indices(g, rng, n_dims, shape, 2);
        return true;
    }
    case LURE_SHAPE_REDUCE:
        if (a.n_dims == 0 || chance(rng, 0.3))
            v->options.axis = LURE_ALL_AXES;
        return true;
    case LURE_SHAPE_MATMUL:
        v->n_inputs = 2;
        v->inputs[1] = matmul_partner(g, rng, &a);
        return true;
    case LURE_SHAPE_JOIN:
        v->n_inputs = 2 + (int)below(rng, 2);
        if (v->op == LURE_OP_STACK)
            v->options.axis = (int)below(rng, (size_t)a.n_dims + 1);
        else
            shape[v->options.axis] = side(rng);
        v->inputs[1] = fresh(g, rng, a.n_dims, shape);
        v->inputs[2] = v->inputs[0];
        return true;
    case LURE_SHAPE_GATHER:
        v->n_inputs = 2;
        if (v->op == LURE_OP_TAKE) {
            size_t k = side(rng);
            v->inputs[1] =
                fresh_indices(g, rng, 1, &k, a.shape[v->options.axis] + (a.shape[v->options.axis] == 0));
        } else if (chance(rng, 0.5)) {
            size_t n = a.shape[a.n_dims - 1];
            v->inputs[1] = fresh_indices(g, rng, a.n_dims - 1, shape, n + (n == 0));
        } else {
            size_t n = shape[v->options.axis];
            shape[v->options.axis] = side(rng);
            v->inputs[1] = fresh_indices(g, rng, a.n_dims, shape, n + (n == 0));
        }
        return true;
    case LURE_SHAPE_VIEW: draw_view(rng, &a, v); return true;
    default: return true;
    }
}

static const lure_op views[] = {LURE_OP_SELECT, LURE_OP_SLICE, LURE_OP_TRANSPOSE, LURE_OP_RESHAPE,
                                LURE_OP_EXPAND};

static lure_op draw_op(lure_rng *rng, lure_op only)
{
    if (only != LURE_N_OPERATIONS)
        return chance(rng, 0.4) ? views[below(rng, sizeof views / sizeof *views)] : only;
    for (;;) {
        lure_op op = (lure_op)below(rng, LURE_N_OPERATIONS);
        if (lure_op_info_of(op)->has_derivative)
            return op;
    }
}

/* One more operation; leaves drawn for a try that fails are taken back. */
static bool draw_step(random_graph *g, lure_rng *rng, lure_op op)
{
    for (int i = 0; i < TRIES; i++) {
        int n = g->n;
        size_t n_pool = g->n_pool;
        graph_value v = {.op = op};
        v.inputs[0] = chance(rng, 0.1) ? fresh_any(g, rng) : pick(g, rng);
        if (draw_operands(g, rng, &v) && add(g, &v))
            return true;
        g->n = n;
        g->n_pool = n_pool;
    }
    return false;
}

static int must_add(random_graph *g, lure_op op, int a, int b)
{
    graph_value v = {.op = op, .n_inputs = b < 0 ? 1 : 2, .inputs = {a, b}, .options.axis = LURE_ALL_AXES};
    const lure_tensor *inputs[2] = {&g->values[a].tensor, b < 0 ? NULL : &g->values[b].tensor};
    size_t bytes;
    if (lure_op_plan(op, (size_t)v.n_inputs, inputs, &v.options, &v.tensor, NULL) != LURE_OK ||
        !lure_tensor_bytes(&v.tensor, &bytes) || !(v.tensor.data = pool_take(g, bytes)) ||
        lure_op_compute(op, (size_t)v.n_inputs, inputs, &v.options, &v.tensor, NULL, NULL) != LURE_OK ||
        g->n == GRAPH_VALUES)
        abort();
    g->values[g->n] = v;
    return g->n++;
}

void random_graph_draw(random_graph *g, lure_rng *rng, int n_steps, lure_op only)
{
    g->n = 0;
    g->n_pool = 0;
    while (g->n == 0 || g->values[g->n - 1].is_constant)
        fresh_any(g, rng);
    for (int i = 0; i < n_steps && !is_full(g); i++)
        draw_step(g, rng, draw_op(rng, only));
    if (only != LURE_N_OPERATIONS)
        draw_step(g, rng, only);
    /* the loss: every value that nothing has used, weighed so that no derivative is 1 by chance */
    int loss = -1, n = g->n;
    for (int i = 0; i < n; i++) {
        const lure_tensor *t = &g->values[i].tensor;
        if (g->used[i] || g->values[i].is_constant || t->dtype != LURE_F64)
            continue;
        graph_value *w = add_leaf(g, LURE_F64, t->n_dims, t->shape, true);
        for (size_t k = 0; k < lure_tensor_size(t); k++)
            lure_tensor_set(&w->tensor, k, 0.5 + lure_rng_uniform(rng));
        int term = must_add(g, LURE_OP_SUM, must_add(g, LURE_OP_MULTIPLY, i, g->n - 1), -1);
        loss = loss < 0 ? term : must_add(g, LURE_OP_ADD, loss, term);
    }
}

/* ---- once more ---- */

lure_status random_graph_run(const random_graph *g, lure_tape *tape, lure_dtype dtype, bool tracked,
                             lure_value *values, lure_error *err)
{
    for (int i = 0; i < g->n; i++) {
        const graph_value *v = &g->values[i];
        lure_value inputs[GRAPH_INPUTS];
        lure_status status = LURE_OK;
        values[i] = (lure_value){0};
        if (v->is_leaf || v->is_constant) {
            lure_tensor t = v->tensor;
            t.dtype = t.dtype == LURE_I32 ? LURE_I32 : dtype;
            t.data = lure_tape_take(tape, lure_tensor_size(&t) * lure_dtype_size(t.dtype));
            if (!t.data)
                return lure_tape_refused(err);
            lure_tensor_copy(&v->tensor, &t);
            values[i].tensor = t;
            if (tracked && v->is_leaf)
                status = lure_tape_leaf(tape, &t, NULL, &values[i], err);
        } else {
            lure_op_options options = v->options;
            options.dtype = dtype;
            for (int k = 0; k < v->n_inputs; k++)
                inputs[k] = values[v->inputs[k]];
            status = lure_tape_apply(tape, v->op, (size_t)v->n_inputs, inputs, &options, &values[i], err);
        }
        if (status != LURE_OK)
            return status;
    }
    return LURE_OK;
}
