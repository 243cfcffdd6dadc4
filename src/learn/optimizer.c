/* optimizer.c: see optimizer.h. A step is all or nothing: what would be subtracted and the moments that would
   follow are computed beside the present ones and checked; only then are the parameters changed and the two sets of
   moments exchanged. One block of memory holds both sets and the step. */
#include "learn/optimizer.h"
#include "learn/numbers.h"
#include "math/function.h"
#include "math/kernel.h"
#include <assert.h>
#include <float.h>
#include <math.h>
#include <string.h>

enum { MAX_BLOCKS = 2 };

struct lure_optimizer {
    lure_optimizer_options options;
    lure_dtype dtype;
    size_t n_parameters, n_blocks, n_stretches;
    void *moments[MAX_BLOCKS], *next[MAX_BLOCKS], *step; /* into block, (n_parameters) each */
    uint64_t n_steps;
    void *block;
    lure_memory *borrow_memory;
    lure_stretch stretches[];
};

/* What multiplies the gradient (clipping) and the direction; Adam's rate is corrected for the first moment's bias,
   root_2 corrects the root of the second. */
typedef struct scaling {
    double gradient, rate, root_2;
} scaling;

/* NaN or infinite: 0 or 1, so that loops gather it with | and do not branch. */
static int beyond_f32(float x)
{
    return !(fabsf(x) <= FLT_MAX);
}

static int beyond_f64(double x)
{
    return !(fabs(x) <= DBL_MAX);
}

static float root_f32(float x)
{
    return sqrtf(x);
}
static double root_f64(double x)
{
    return sqrt(x);
}

#define real        float
#define typed(name) name##_f32
#include "learn/optimizer.inc"
#undef real
#undef typed
#define real        double
#define typed(name) name##_f64
#include "learn/optimizer.inc"

lure_optimizer_options lure_optimizer_defaults(lure_optimizer_kind kind)
{
    if (kind == LURE_ADAM)
        return (lure_optimizer_options){.kind = kind, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8};
    return (lure_optimizer_options){.kind = kind};
}

static bool is_fraction(double x)
{
    return x >= 0.0 && x < 1.0;
}

static lure_status check_options(const lure_optimizer_options *o, lure_error *err)
{
    const bool adam = o->kind == LURE_ADAM;
    const struct {
        bool fits;
        const char *name;
        double value;
        const char *expected;
    } rules[] = {
        {o->clip_norm >= 0.0 && isfinite(o->clip_norm), "clip_norm", o->clip_norm,
         "0 (never clip) or more, finite"},
        {adam || is_fraction(o->momentum), "momentum", o->momentum, "0 or more and less than 1"},
        {adam || !o->nesterov || o->momentum > 0.0, "momentum", o->momentum,
         "more than 0, as nesterov is asked for"},
        {!adam || is_fraction(o->beta1), "beta1", o->beta1, "0 or more and less than 1"},
        {!adam || is_fraction(o->beta2), "beta2", o->beta2, "0 or more and less than 1"},
        {!adam || (o->epsilon > 0.0 && isfinite(o->epsilon)), "epsilon", o->epsilon, "more than 0, finite"},
    };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (!rules[i].fits)
            return lure_fail(err, LURE_ERROR_SCRIPT, "optimizer: %s is %s; expected %s", rules[i].name,
                             lure__text(rules[i].value).is, rules[i].expected);
    return LURE_OK;
}

static size_t n_blocks_of(const lure_optimizer_options *o)
{
    return o->kind == LURE_ADAM ? 2 : o->momentum > 0.0 ? 1 : 0;
}

/* Bytes of one block of n_parameters, rounded up so that each starts on a cache line. */
static size_t stride_of(const lure_optimizer *opt)
{
    return (opt->n_parameters * lure_dtype_size(opt->dtype) + 63) / 64 * 64;
}

static size_t block_bytes(const lure_optimizer *opt)
{
    return (2 * opt->n_blocks + 1) * stride_of(opt);
}

static size_t header_bytes(size_t n_stretches)
{
    return sizeof(lure_optimizer) + n_stretches * sizeof(lure_stretch);
}

lure_status lure_optimizer_create(const lure_optimizer_options *options, lure_dtype dtype,
                                  size_t n_parameters, const lure_stretch *trainable, size_t n_trainable,
                                  lure_memory *memory, lure_optimizer **out, lure_error *err)
{
    assert(dtype == LURE_F32 || dtype == LURE_F64);
    *out = NULL;
    lure_status status = check_options(options, err);
    if (status != LURE_OK)
        return status;
    lure_optimizer *opt = lure_memory_take(memory, header_bytes(n_trainable));
    if (!opt)
        return lure_fail(err, LURE_ERROR_MEMORY, "optimizer: no memory");
    opt->options = *options;
    opt->dtype = dtype;
    opt->n_parameters = n_parameters;
    opt->n_blocks = n_blocks_of(options);
    opt->n_stretches = n_trainable;
    opt->borrow_memory = memory;
    for (size_t i = 0; i < n_trainable; i++) {
        assert(trainable[i].offset <= n_parameters &&
               trainable[i].size <= n_parameters - trainable[i].offset);
        opt->stretches[i] = trainable[i];
    }
    if (n_parameters > 0) {
        size_t stride = stride_of(opt);
        opt->block = lure_memory_take(memory, block_bytes(opt));
        if (!opt->block) {
            lure_optimizer_destroy(opt);
            return lure_fail(err, LURE_ERROR_MEMORY, "optimizer: no memory for %zu parameters", n_parameters);
        }
        opt->step = opt->block;
        for (size_t i = 0; i < opt->n_blocks; i++) {
            opt->moments[i] = (char *)opt->block + (1 + 2 * i) * stride;
            opt->next[i] = (char *)opt->block + (2 + 2 * i) * stride;
        }
    }
    *out = opt;
    return LURE_OK;
}

void lure_optimizer_destroy(lure_optimizer *opt)
{
    if (!opt)
        return;
    if (opt->block)
        lure_memory_give(opt->borrow_memory, opt->block, block_bytes(opt));
    lure_memory_give(opt->borrow_memory, opt, header_bytes(opt->n_stretches));
}

static const void *at(const lure_optimizer *opt, const void *numbers, lure_stretch s)
{
    return (const char *)numbers + s.offset * lure_dtype_size(opt->dtype);
}

static double norm_of(const lure_optimizer *opt, const void *gradient)
{
    const lure_kernels *kernels = lure_kernels_for(opt->dtype);
    double sum = 0.0;
    for (size_t i = 0; i < opt->n_stretches; i++)
        sum += kernels->sum_of_squares(opt->stretches[i].size, at(opt, gradient, opt->stretches[i]));
    return sqrt(sum);
}

/* Says why the step cannot be taken: the gradient, or else where it would lead. */
static lure_status refuse(const lure_optimizer *opt, const void *gradient, double norm, double rate,
                          lure_error *err)
{
    for (size_t i = 0; i < opt->n_stretches; i++) {
        lure_stretch s = opt->stretches[i];
        size_t bad = lure__first_not_finite(opt->dtype, at(opt, gradient, s), s.size);
        if (bad < s.size)
            return lure_fail(err, LURE_ERROR_SCRIPT,
                             "optimizer: gradient of parameter %zu of %zu is %s; it must be finite",
                             s.offset + bad + 1, opt->n_parameters,
                             lure__text(lure__get(opt->dtype, gradient, s.offset + bad)).is);
    }
    if (!isfinite(norm))
        return lure_fail(err, LURE_ERROR_SCRIPT,
                         "optimizer: the gradient is too large: each of its numbers is finite, but its norm "
                         "overflows");
    return lure_fail(err, LURE_ERROR_SCRIPT,
                     "optimizer: with learning rate %s the step leaves the range of %s; the gradient or the "
                     "rate is too large",
                     lure__text(rate).is, lure_dtype_name(opt->dtype));
}

static scaling scaling_of(const lure_optimizer *opt, double rate, double norm)
{
    const lure_optimizer_options *o = &opt->options;
    scaling by = {.gradient = 1.0, .rate = rate, .root_2 = 1.0};
    if (o->clip_norm > 0.0 && norm > o->clip_norm)
        by.gradient = o->clip_norm / norm;
    if (o->kind == LURE_ADAM) {
        /* powers rather than running products: a step counter put back by a checkpoint gives the same bits */
        double t = (double)(opt->n_steps + 1);
        by.rate = rate / (1.0 - lure_pow(o->beta1, t));
        by.root_2 = sqrt(1.0 - lure_pow(o->beta2, t));
    }
    return by;
}

lure_status lure_optimizer_step(lure_optimizer *opt, void *parameters, const void *gradient, double rate,
                                double *steps, double *gradient_norm, lure_error *err)
{
    const bool is_double = opt->dtype == LURE_F64;
    double norm = 0.0;
    bool finite = true;
    if (!(rate >= 0.0) || isinf(rate))
        return lure_fail(err, LURE_ERROR_SCRIPT,
                         "optimizer: learning rate is %s; expected a finite number, 0 or more",
                         lure__text(rate).is);
    if (gradient_norm || opt->options.clip_norm > 0.0) {
        norm = norm_of(opt, gradient);
        if (!isfinite(norm))
            return refuse(opt, gradient, norm, rate, err);
    }
    scaling by = scaling_of(opt, rate, norm);
    for (size_t i = 0; i < opt->n_stretches; i++)
        finite &= is_double ? advance_f64(opt, opt->stretches[i], parameters, gradient, &by)
                            : advance_f32(opt, opt->stretches[i], parameters, gradient, &by);
    if (!finite)
        return refuse(opt, gradient, norm, rate, err);

    /* from here on nothing fails */
    if (steps)
        memset(steps, 0, opt->n_parameters * sizeof *steps);
    for (size_t i = 0; i < opt->n_stretches; i++)
        if (is_double)
            subtract_f64(opt, opt->stretches[i], parameters, steps);
        else
            subtract_f32(opt, opt->stretches[i], parameters, steps);
    for (size_t i = 0; i < opt->n_blocks; i++) {
        void *spent = opt->moments[i];
        opt->moments[i] = opt->next[i];
        opt->next[i] = spent;
    }
    opt->n_steps++;
    if (gradient_norm)
        *gradient_norm = norm;
    return LURE_OK;
}

lure_optimizer_kind lure_optimizer_kind_of(const lure_optimizer *opt)
{
    return opt->options.kind;
}
const lure_optimizer_options *lure_optimizer_options_of(const lure_optimizer *opt)
{
    return &opt->options;
}
size_t lure_optimizer_n_blocks(const lure_optimizer *opt)
{
    return opt->n_blocks;
}

const char *lure_optimizer_block_name(const lure_optimizer *opt, size_t i)
{
    assert(i < opt->n_blocks);
    return opt->options.kind == LURE_SGD ? "momentum" : i == 0 ? "first_moment" : "second_moment";
}

void *lure_optimizer_block(lure_optimizer *opt, size_t i)
{
    assert(i < opt->n_blocks);
    return opt->moments[i];
}

uint64_t lure_optimizer_steps(const lure_optimizer *opt)
{
    return opt->n_steps;
}
void lure_optimizer_set_steps(lure_optimizer *opt, uint64_t steps)
{
    opt->n_steps = steps;
}
