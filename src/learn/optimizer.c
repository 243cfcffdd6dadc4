/* optimizer.c: see optimizer.h. A step is all or nothing: what would be subtracted and the moments that would
   follow are computed beside the present ones and checked; only then are the parameters changed and the two sets of
   moments exchanged. One block of memory holds both sets and the step. Neighbouring stretches with the same settings
   are walked as one: the loops like to run long. */
#include "learn/optimizer.h"
#include "learn/numbers.h"
#include "learn/optimizer_loops.h"
#include "learn/optimizer_options.h"
#include "math/function.h"
#include "math/kernel.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NAME_SIZE = 64 };

struct lure_optimizer {
    lure_optimizer_options options;
    lure_dtype dtype;
    const lure__optimizer_loops *borrow_loops;
    size_t n_parameters, n_blocks;
    const char *names[LURE__MOST_MOMENTS];                               /* of the blocks */
    int places[LURE__MOST_MOMENTS];                                      /* theirs among the rule's moments */
    void *moments[LURE__MOST_MOMENTS], *next[LURE__MOST_MOMENTS], *step; /* into block, (n_parameters) each */
    uint64_t n_steps;
    void *block;
    lure_memory *borrow_memory;
    size_t n_stretches, n_runs;
    lure_stretch *runs;       /* the stretches, neighbours that agree joined; into the end of this */
    lure_stretch stretches[]; /* as created; then room for as many runs; then their names */
};

/* What all stretches of one step share. */
typedef struct scaling {
    double gradient, rate, epsilon;
} scaling;

static const lure__optimizer_loops *loops_for(lure_dtype dtype)
{
#if defined(__x86_64__)
    if (lure_cpu_path_chosen() == LURE_CPU_AVX512)
        return &lure__optimizer_loops_avx512[dtype];
    if (lure_cpu_path_chosen() == LURE_CPU_AVX2)
        return &lure__optimizer_loops_avx2[dtype];
#endif
    return &lure__optimizer_loops_portable[dtype];
}

/* ---- making one ---- */

static void add_block(lure_optimizer *opt, const char *name, int place)
{
    opt->names[opt->n_blocks] = name;
    opt->places[opt->n_blocks++] = place;
}

/* Names are in every checkpoint: they do not change. */
static void lay_out_blocks(lure_optimizer *opt)
{
    const lure_optimizer_options *o = &opt->options;
    switch (o->kind) {
    case LURE_SGD:
        if (o->momentum > 0.0)
            add_block(opt, "momentum", 0);
        break;
    case LURE_ADAM:
    case LURE_ADAMW:
        add_block(opt, "first_moment", 0);
        add_block(opt, "second_moment", 1);
        if (o->amsgrad)
            add_block(opt, "max_second_moment", 2);
        break;
    case LURE_RMSPROP:
        add_block(opt, "square_average", 0);
        if (o->centered)
            add_block(opt, "gradient_average", 1);
        if (o->momentum > 0.0)
            add_block(opt, "momentum", 2);
        break;
    case LURE_ADAGRAD: add_block(opt, "square_sum", 0); break;
    }
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
    return sizeof(lure_optimizer) + n_stretches * (2 * sizeof(lure_stretch) + NAME_SIZE);
}

static void lay_out_stretches(lure_optimizer *opt, const lure_stretch *trainable, size_t n)
{
    opt->n_stretches = n;
    opt->runs = opt->stretches + n;
    char *names = (char *)(opt->runs + n);
    for (size_t i = 0; i < n; i++) {
        lure_stretch *s = &opt->stretches[i], *last = opt->n_runs ? &opt->runs[opt->n_runs - 1] : NULL;
        *s = trainable[i];
        assert(s->offset <= opt->n_parameters && s->size <= opt->n_parameters - s->offset);
        snprintf(names + i * NAME_SIZE, NAME_SIZE, "%s", s->name ? s->name : "parameters");
        s->name = names + i * NAME_SIZE;
        if (last && last->offset + last->size == s->offset && last->rate_scale == s->rate_scale &&
            last->weight_decay == s->weight_decay && last->clip_value == s->clip_value)
            last->size += s->size;
        else
            opt->runs[opt->n_runs++] = *s;
    }
}

static lure_status take_block(lure_optimizer *opt, lure_error *err)
{
    if (opt->n_parameters == 0)
        return LURE_OK;
    opt->block = lure_memory_take(opt->borrow_memory, block_bytes(opt));
    if (!opt->block)
        return lure_fail(err, LURE_ERROR_MEMORY, "optimizer: no memory for %zu parameters",
                         opt->n_parameters);
    opt->step = opt->block;
    for (size_t i = 0; i < opt->n_blocks; i++) {
        opt->moments[i] = (char *)opt->block + (1 + 2 * i) * stride_of(opt);
        opt->next[i] = (char *)opt->block + (2 + 2 * i) * stride_of(opt);
    }
    if (opt->options.kind == LURE_ADAGRAD)
        for (size_t i = 0; i < opt->n_parameters; i++)
            lure__set(opt->dtype, opt->moments[0], i, opt->options.initial_accumulator);
    return LURE_OK;
}

lure_status lure_optimizer_create(const lure_optimizer_options *options, lure_dtype dtype,
                                  size_t n_parameters, const lure_stretch *trainable, size_t n_trainable,
                                  lure_memory *memory, lure_optimizer **out, lure_error *err)
{
    assert(dtype == LURE_F32 || dtype == LURE_F64);
    *out = NULL;
    lure_status status = lure__optimizer_check_options(options, err);
    for (size_t i = 0; i < n_trainable && status == LURE_OK; i++)
        status = lure__optimizer_check_stretch(&trainable[i], err);
    if (status != LURE_OK)
        return status;
    lure_optimizer *opt = lure_memory_take(memory, header_bytes(n_trainable));
    if (!opt)
        return lure_fail(err, LURE_ERROR_MEMORY, "optimizer: no memory");
    opt->options = *options;
    opt->options.groups = NULL; /* they live on in the stretches */
    opt->options.n_groups = 0;
    opt->dtype = dtype;
    opt->borrow_loops = loops_for(dtype);
    opt->n_parameters = n_parameters;
    opt->borrow_memory = memory;
    lay_out_blocks(opt);
    lay_out_stretches(opt, trainable, n_trainable);
    status = take_block(opt, err);
    if (status != LURE_OK)
        lure_optimizer_destroy(opt);
    else
        *out = opt;
    return status;
}

void lure_optimizer_destroy(lure_optimizer *opt)
{
    if (!opt)
        return;
    if (opt->block)
        lure_memory_give(opt->borrow_memory, opt->block, block_bytes(opt));
    lure_memory_give(opt->borrow_memory, opt, header_bytes(opt->n_stretches));
}

/* ---- a step ---- */

static size_t bytes_to(const lure_optimizer *opt, lure_stretch s)
{
    return s.offset * lure_dtype_size(opt->dtype);
}

static double norm_of(const lure_optimizer *opt, const char *gradient)
{
    const lure_kernels *k = lure_kernels_for(opt->dtype);
    double sum = 0.0;
    for (size_t i = 0; i < opt->n_runs; i++)
        sum += k->sum_of_squares(opt->runs[i].size, gradient + bytes_to(opt, opt->runs[i]));
    return sqrt(sum);
}

/* Says why the step cannot be taken: the gradient, or else where it would lead. */
static lure_status refuse(const lure_optimizer *opt, const char *gradient, double norm, double rate,
                          lure_error *err)
{
    for (size_t i = 0; i < opt->n_stretches; i++) {
        lure_stretch s = opt->stretches[i];
        size_t bad = lure__first_not_finite(opt->dtype, gradient + bytes_to(opt, s), s.size);
        if (bad < s.size)
            return lure_fail(err, LURE_ERROR_SCRIPT,
                             "optimizer: the gradient of %s is %s at number %zu of %zu; it must be finite",
                             s.name, lure__text(lure__get(opt->dtype, gradient, s.offset + bad)).is, bad + 1,
                             s.size);
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

/* How much of the way to its long-run size a moment has come after step t. Powers rather than running products: a step
   counter put back by a checkpoint gives the same bits. */
static double warmth(double beta, double t)
{
    if (t * (1.0 - beta) > 40.0) /* beta^t < e^-40: the difference rounds to 1 */
        return 1.0;
    return 1.0 - lure_pow(beta, t);
}

static scaling scaling_of(const lure_optimizer *opt, double rate, double norm)
{
    const lure_optimizer_options *o = &opt->options;
    scaling by = {.gradient = 1.0, .rate = rate, .epsilon = o->epsilon};
    if (o->clip_norm > 0.0 && norm > o->clip_norm)
        by.gradient = o->clip_norm / norm;
    if (o->kind == LURE_ADAM || o->kind == LURE_ADAMW) {
        double t = (double)(opt->n_steps + 1), root = sqrt(warmth(o->beta2, t));
        by.rate = rate * root / warmth(o->beta1, t);
        by.epsilon = o->epsilon * root;
    }
    return by;
}

/* One run, from its moments to the other set. False: something would not be finite. */
static bool advance(const lure_optimizer *opt, lure_stretch s, const char *parameters, const char *gradient,
                    double rate, const scaling *by)
{
    const lure_optimizer_options *o = &opt->options;
    const size_t from = bytes_to(opt, s);
    const double clip_value = s.clip_value > 0.0 ? s.clip_value : (double)INFINITY;
    lure__advance a = {.n = s.size,
                       .parameters = parameters + from,
                       .gradient = gradient + from,
                       .step = (char *)opt->step + from,
                       .gradient_scale = by->gradient,
                       .clip_value = clip_value,
                       .weight_decay = s.weight_decay,
                       .rate = by->rate * s.rate_scale,
                       .epsilon = by->epsilon,
                       .momentum = o->momentum,
                       .nesterov = o->nesterov};
    for (size_t i = 0; i < opt->n_blocks; i++) {
        a.moments[opt->places[i]] = (char *)opt->moments[i] + from;
        a.next[opt->places[i]] = (char *)opt->next[i] + from;
    }
    switch (o->kind) {
    case LURE_SGD: return opt->borrow_loops->sgd(&a);
    case LURE_RMSPROP:
        a.decay[0] = a.decay[1] = o->alpha;
        a.rest[0] = a.rest[1] = 1.0 - o->alpha;
        return opt->borrow_loops->rmsprop(&a);
    case LURE_ADAGRAD: return opt->borrow_loops->adagrad(&a);
    case LURE_ADAMW:
        a.weight_decay = 0.0;
        a.shrink = rate * s.rate_scale * s.weight_decay;
        break;
    case LURE_ADAM: break;
    }
    a.decay[0] = o->beta1;
    a.decay[1] = o->beta2;
    a.rest[0] = 1.0 - o->beta1;
    a.rest[1] = 1.0 - o->beta2;
    return opt->borrow_loops->adam(&a);
}

lure_status lure_optimizer_step(lure_optimizer *opt, void *parameters, const void *gradient, double rate,
                                double *steps, double *gradient_norm, lure_error *err)
{
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
    for (size_t i = 0; i < opt->n_runs; i++)
        finite &= advance(opt, opt->runs[i], parameters, gradient, rate, &by);
    if (!finite)
        return refuse(opt, gradient, norm, rate, err);

    /* from here on nothing fails */
    for (size_t i = 0; i < opt->n_runs; i++) {
        const size_t from = bytes_to(opt, opt->runs[i]);
        opt->borrow_loops->subtract(opt->runs[i].size, (char *)opt->step + from, (char *)parameters + from);
    }
    for (size_t i = 0; i < opt->n_blocks; i++) {
        void *spent = opt->moments[i];
        opt->moments[i] = opt->next[i];
        opt->next[i] = spent;
    }
    opt->n_steps++;
    if (gradient_norm)
        *gradient_norm = norm;
    if (steps) {
        memset(steps, 0, opt->n_parameters * sizeof *steps);
        for (size_t i = 0; i < opt->n_runs; i++)
            for (size_t j = opt->runs[i].offset; j < opt->runs[i].offset + opt->runs[i].size; j++)
                steps[j] = lure__get(opt->dtype, opt->step, j);
    }
    return LURE_OK;
}

/* ---- looking at one ---- */

lure_optimizer_kind lure_optimizer_kind_of(const lure_optimizer *opt)
{
    return opt->options.kind;
}

const lure_optimizer_options *lure_optimizer_options_of(const lure_optimizer *opt)
{
    return &opt->options;
}

const lure_stretch *lure_optimizer_stretches(const lure_optimizer *opt, size_t *n)
{
    *n = opt->n_stretches;
    return opt->stretches;
}

bool lure_optimizer_is_plain(const lure_optimizer *opt)
{
    const lure_optimizer_options *o = &opt->options;
    bool plain = o->kind == LURE_SGD && o->momentum == 0.0 && o->clip_norm == 0.0;
    for (size_t i = 0; i < opt->n_stretches; i++) {
        lure_stretch s = opt->stretches[i];
        plain &= s.rate_scale == 1.0 && s.weight_decay == 0.0 && s.clip_value == 0.0;
    }
    return plain;
}

size_t lure_optimizer_n_blocks(const lure_optimizer *opt)
{
    return opt->n_blocks;
}

const char *lure_optimizer_block_name(const lure_optimizer *opt, size_t i)
{
    assert(i < opt->n_blocks);
    return opt->names[i];
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
