/* layer_gru.c: a gated recurrent unit (Cho et al. 2014), with PyTorch's gates, in the order r, z, n:
       r = sigmoid(a_r + b_r)   z = sigmoid(a_z + b_z)   n = tanh(a_n + r b_n)   h' = (1 - z) n + z h
   where a = x input_weight + input_bias and b = h state_weight + state_bias, each (row, 3 n_units). The rows of a pass
   are (step, environment). a is made for all rows at once, b step by step. Back through time the steps are walked
   from the last, and the weights' gradients come from all rows at once. The first state is a constant.
   Kept a row: r, z, n (3 units); b (3), of which only b_n is read again; the state before. */
#include "learn/layer.h"
#include "learn/numbers.h"
#include <string.h>

#define REAL    float
#define NAME(x) x##_f32
#include "learn/layer_gru.inc"
#undef REAL
#undef NAME
#define REAL    double
#define NAME(x) x##_f64
#include "learn/layer_gru.inc"

enum { INPUT_WEIGHT, STATE_WEIGHT, INPUT_BIAS, STATE_BIAS };

static lure_status plan(lure_layer *layer, const lure_layer_options *o, lure_error *err)
{
    size_t units = o->n_units;
    if (units == 0)
        return lure_fail(err, LURE_ERROR_SCRIPT, "needs its number of units");
    layer->n_out = layer->n_state = units;
    layer->shape[INPUT_WEIGHT][0] = layer->n_in;
    layer->shape[STATE_WEIGHT][0] = units;
    layer->shape[INPUT_WEIGHT][1] = layer->shape[STATE_WEIGHT][1] = 3 * units;
    layer->shape[INPUT_BIAS][0] = layer->shape[STATE_BIAS][0] = 3 * units;
    layer->n_kept = 7 * units;
    layer->n_work = 8 * units; /* by a and by b: 3 units each; by the state, twice */
    return LURE_OK;
}

static lure_first first(const lure_layer *layer, size_t parameter)
{
    (void)parameter;
    return (lure_first){LURE_INIT_UNIFORM, .scale = 1.0 / sqrt((double)layer->n_out)};
}

static bool begins(const lure_layer_pass *pass, size_t row)
{
    return pass->starts && lure__is_set(pass->starts, row);
}

/* What rows keep, part by part so that each is one matrix. */
typedef struct kept_parts {
    void *gates, *b, *before;
} kept_parts;

static kept_parts parts_of(const lure_layer *layer, const lure_layer_pass *pass, const void *kept)
{
    size_t size = pass->n * layer->n_out;
    return (kept_parts){lure__at(pass, kept, 0), lure__at(pass, kept, 3 * size),
                        lure__at(pass, kept, 6 * size)};
}

static size_t state_place(const lure_layer *layer, const lure_layer_pass *pass, size_t env)
{
    return env * pass->n_state + layer->state;
}

/* The state before each row of a step, given that the steps before are done. */
static void look_back(const lure_layer *layer, const lure_layer_pass *pass, size_t step, const void *y,
                      void *before)
{
    size_t units = layer->n_out, bytes = units * pass->element;
    for (size_t env = 0; env < pass->n_envs; env++) {
        void *to = lure__at(pass, before, (step + env) * units);
        if (begins(pass, step + env) || (step == 0 && !pass->first_state))
            memset(to, 0, bytes);
        else if (step == 0)
            memcpy(to, lure__at(pass, pass->first_state, state_place(layer, pass, env)), bytes);
        else
            memcpy(to, lure__at(pass, y, (step - pass->n_envs + env) * units), bytes);
    }
}

/* gates holds a and becomes r, z, n. */
static void step_row(const lure_layer *layer, const lure_layer_pass *pass, void *gates, void *b,
                     const void *before, void *y)
{
    const lure_kernels *k = pass->kernels;
    size_t units = layer->n_out;
    void *z = lure__at(pass, gates, units), *n = lure__at(pass, gates, 2 * units);
    k->combine(LURE_COMBINE_ADD, 2 * units, gates, 1, b, 1, gates);
    k->map(LURE_MAP_SIGMOID, 2 * units, gates, gates);
    k->multiply_add(units, gates, 1, lure__at(pass, b, 2 * units), 1, n);
    k->map(LURE_MAP_TANH, units, n, n);
    /* h' = n + z (h - n); b_r has been used and lends its place */
    k->combine(LURE_COMBINE_SUBTRACT, units, before, 1, n, 1, b);
    memcpy(y, n, units * pass->element);
    k->multiply_add(units, z, 1, b, 1, y);
}

static void forward(const lure_layer *layer, const lure_layer_pass *pass, const void *x, void *y, void *kept)
{
    size_t units = layer->n_out, n_envs = pass->n_envs;
    kept_parts p = parts_of(layer, pass, kept);
    pass->kernels->linear(pass->n, layer->n_in, 3 * units, x, lure__parameter(layer, pass, INPUT_WEIGHT),
                          lure__parameter(layer, pass, INPUT_BIAS), p.gates);
    for (size_t step = 0; step < pass->n; step += n_envs) {
        look_back(layer, pass, step, y, p.before);
        pass->kernels->linear(n_envs, units, 3 * units, lure__at(pass, p.before, step * units),
                              lure__parameter(layer, pass, STATE_WEIGHT),
                              lure__parameter(layer, pass, STATE_BIAS),
                              lure__at(pass, p.b, 3 * step * units));
        for (size_t row = step; row < step + n_envs; row++)
            step_row(layer, pass, lure__at(pass, p.gates, 3 * row * units),
                     lure__at(pass, p.b, 3 * row * units), lure__at(pass, p.before, row * units),
                     lure__at(pass, y, row * units));
    }
    for (size_t env = 0; env < n_envs && pass->last_state && pass->n > 0; env++)
        memcpy(lure__at(pass, pass->last_state, state_place(layer, pass, env)),
               lure__at(pass, y, (pass->n - n_envs + env) * units), units * pass->element);
}

/* From the derivative by a row's state to those by a, by b, and (its direct part) by the state before. */
static void row_back(const lure_layer *layer, const lure_layer_pass *pass, kept_parts p, size_t row,
                     const void *dh, void *da, void *db, void *d_before)
{
    size_t units = layer->n_out, at = 3 * row * units;
    const void *gates = lure__at(pass, p.gates, at), *b_n = lure__at(pass, p.b, at + 2 * units),
               *before = lure__at(pass, p.before, row * units);
    da = lure__at(pass, da, at), db = lure__at(pass, db, at);
    if (pass->dtype == LURE_F64)
        gru_row_back_f64(units, gates, b_n, before, dh, da, db, d_before);
    else
        gru_row_back_f32(units, gates, b_n, before, dh, da, db, d_before);
}

static void backward(const lure_layer *layer, const lure_layer_pass *pass, const void *x, const void *y,
                     const void *kept, const void *dy, void *dx, void *gradient, void *work)
{
    (void)y;
    const lure_kernels *k = pass->kernels;
    size_t units = layer->n_out, n_envs = pass->n_envs, size = pass->n * units;
    const void *state_weight = lure__parameter(layer, pass, STATE_WEIGHT);
    kept_parts p = parts_of(layer, pass, kept);
    void *da = work, *db = lure__at(pass, work, 3 * size), *dh = lure__at(pass, work, 6 * size),
         *through_b = lure__at(pass, dh, n_envs * units);
    memset(dh, 0, n_envs * units * pass->element);
    for (size_t end = pass->n; end > 0; end -= n_envs) {
        size_t step = end - n_envs;
        k->axpy(n_envs * units, 1.0, lure__at(pass, dy, step * units), dh);
        for (size_t env = 0; env < n_envs; env++) {
            void *own = lure__at(pass, dh, env * units);
            row_back(layer, pass, p, step + env, own, da, db, own);
        }
        k->linear_input_back(n_envs, units, 3 * units, lure__at(pass, db, 3 * step * units), state_weight,
                             through_b);
        k->axpy(n_envs * units, 1.0, through_b, dh);
        for (size_t env = 0; env < n_envs; env++)
            if (begins(pass, step + env))
                memset(lure__at(pass, dh, env * units), 0, units * pass->element);
    }
    void *dw = lure__gradient(layer, pass, gradient, INPUT_WEIGHT),
         *d_bias = lure__gradient(layer, pass, gradient, INPUT_BIAS);
    if (dw || d_bias)
        k->linear_parameters_back(pass->n, layer->n_in, 3 * units, x, da, true, dw, d_bias);
    dw = lure__gradient(layer, pass, gradient, STATE_WEIGHT);
    d_bias = lure__gradient(layer, pass, gradient, STATE_BIAS);
    if (dw || d_bias)
        k->linear_parameters_back(pass->n, units, 3 * units, p.before, db, true, dw, d_bias);
    if (dx)
        k->linear_input_back(pass->n, layer->n_in, 3 * units, da, lure__parameter(layer, pass, INPUT_WEIGHT),
                             dx);
}

const lure_layer_rule lure__layer_gru = {
    .name = "gru",
    .parameters = {"input_weight", "state_weight", "input_bias", "state_bias"},
    .plan = plan,
    .first = first,
    .forward = forward,
    .backward = backward};
