/* layer_norm.c: each row to mean 0 and variance 1 (over n, as PyTorch does), * gain + bias. Sums in double. Kept for
   the way back: the row so normalised, and 1 / the standard deviation. */
#include "learn/layer.h"
#include "learn/numbers.h"

enum { GAIN, BIAS };

static lure_status plan(lure_layer *layer, const lure_layer_options *o, lure_error *err)
{
    if (layer->n_in == 0)
        return lure_fail(err, LURE_ERROR_SCRIPT, "there is no input to normalise");
    layer->n_out = layer->shape[GAIN][0] = layer->shape[BIAS][0] = layer->n_in;
    layer->n_kept = layer->n_in + 1;
    layer->n_work = layer->n_in;
    layer->epsilon = o->epsilon > 0.0 ? o->epsilon : 1e-5;
    return LURE_OK;
}

static lure_first first(const lure_layer *layer, size_t parameter)
{
    (void)layer;
    return (lure_first){LURE_INIT_CONSTANT, .scale = parameter == GAIN ? 1.0 : 0.0};
}

/* A number of the pass's type, for kernels that take one number for all. */
typedef struct number {
    double is;
} number;

static number number_of(const lure_layer_pass *pass, double value)
{
    number out = {0};
    lure__set(pass->dtype, &out.is, 0, value);
    return out;
}

static void forward(const lure_layer *layer, const lure_layer_pass *pass, const void *x, void *y, void *kept)
{
    const lure_kernels *k = pass->kernels;
    size_t n = layer->n_in;
    void *deviation = lure__at(pass, kept, pass->n * n);
    for (size_t row = 0; row < pass->n; row++) {
        void *normal = lure__at(pass, kept, row * n), *out = lure__at(pass, y, row * n);
        const void *in = lure__at(pass, x, row * n);
        number mean = number_of(pass, k->sum(n, in) / (double)n);
        k->combine(LURE_COMBINE_SUBTRACT, n, in, 1, &mean, 0, normal);
        /* the mean is rounded, so what is left of it counts */
        double rest = k->sum(n, normal) / (double)n;
        double variance = k->sum_of_squares(n, normal) / (double)n - rest * rest;
        number scale = number_of(pass, 1.0 / sqrt(variance + layer->epsilon));
        k->combine(LURE_COMBINE_MULTIPLY, n, normal, 1, &scale, 0, normal);
        k->combine(LURE_COMBINE_MULTIPLY, n, normal, 1, lure__parameter(layer, pass, GAIN), 1, out);
        k->combine(LURE_COMBINE_ADD, n, out, 1, lure__parameter(layer, pass, BIAS), 1, out);
        lure__set(pass->dtype, deviation, row, lure__get(pass->dtype, &scale, 0));
    }
}

static void backward(const lure_layer *layer, const lure_layer_pass *pass, const void *x, const void *y,
                     const void *kept, const void *dy, void *dx, void *gradient, void *work)
{
    (void)x, (void)y;
    const lure_kernels *k = pass->kernels;
    size_t n = layer->n_in;
    const void *scale = lure__at(pass, kept, pass->n * n);
    void *d_gain = lure__gradient(layer, pass, gradient, GAIN),
         *d_bias = lure__gradient(layer, pass, gradient, BIAS);
    if (d_bias)
        k->add_rows(pass->n, n, dy, n, d_bias);
    for (size_t row = 0; row < pass->n; row++) {
        const void *d = lure__at(pass, dy, row * n), *normal = lure__at(pass, kept, row * n);
        if (d_gain)
            k->multiply_add(n, d, 1, normal, 1, d_gain);
        if (!dx)
            continue;
        /* by the normalised row, less its mean and its share of the row itself: those two are fixed */
        void *out = lure__at(pass, dx, row * n);
        k->combine(LURE_COMBINE_MULTIPLY, n, d, 1, lure__parameter(layer, pass, GAIN), 1, work);
        number mean = number_of(pass, k->sum(n, work) / (double)n);
        double share = k->dot(n, work, normal) / (double)n;
        k->combine(LURE_COMBINE_SUBTRACT, n, work, 1, &mean, 0, out);
        k->axpy(n, -share, normal, out);
        k->combine(LURE_COMBINE_MULTIPLY, n, out, 1, lure__at(pass, scale, row), 0, out);
    }
}

static double factor(const lure_layer *layer, const lure_layer_pass *pass, const void *x, const void *kept,
                     size_t parameter, size_t element, size_t *unit)
{
    (void)layer, (void)x;
    *unit = element;
    return parameter == BIAS ? 1.0 : lure__get(pass->dtype, kept, element);
}

const lure_layer_rule lure__layer_norm = {.name = "layer_norm",
                                          .parameters = {"gain", "bias"},
                                          .plan = plan,
                                          .first = first,
                                          .forward = forward,
                                          .backward = backward,
                                          .factor = factor};
