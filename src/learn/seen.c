/* seen.c: see seen.h. */
#include "learn/seen.h"

#include "base/text.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static const double EPSILON = 1e-8; /* of Stable-Baselines3 and Gymnasium both */

lure_seen_options lure_seen_defaults(void)
{
    return (lure_seen_options){.normalized_clip = 10.0,
                               .clip = INFINITY,
                               .n_frames = 1,
                               .discount = 0.99,
                               .scaled_clip = 10.0,
                               .reward_clip = INFINITY};
}

static size_t frame_size(const lure_seen_options *o, const lure_space *space)
{
    return (o->one_hot ? lure_space_n_flat(space) : space->n_parts) + o->time_aware;
}

/* Frames, then scratch for numbers to learn from and for one frame, the normalisers' numbers, running returns. */
static bool lay_out(lure_seen *s)
{
    size_t frames, gathered, sum;
    if (__builtin_mul_overflow(s->n_frame, s->options.n_frames, &s->n_inputs) ||
        __builtin_mul_overflow(s->n_copies, lure_seen_n_kept(s), &frames) ||
        __builtin_mul_overflow(s->n_copies, s->n_numbers + 1, &gathered) ||
        __builtin_add_overflow(frames, gathered, &sum) || sum > SIZE_MAX / 32 || s->n_inputs > SIZE_MAX / 64)
        return false;
    size_t n_scratch = gathered + s->n_frame;
    size_t statistics = LURE_NORMALISER_NUMBERS * (s->n_numbers + 1);
    s->n_block = frames + n_scratch + statistics + s->n_copies;
    s->block = lure_memory_take(s->borrow_memory, s->n_block * sizeof(double));
    if (!s->block)
        return false;
    s->frames = s->block;
    s->scratch = s->frames + frames;
    double *numbers = s->scratch + n_scratch;
    s->returns = numbers + statistics;
    lure_normaliser_init(&s->numbers, s->n_numbers, s->options.normalized_clip, EPSILON, numbers);
    lure_normaliser_init(&s->spread, 1, s->options.scaled_clip, EPSILON,
                         numbers + LURE_NORMALISER_NUMBERS * s->n_numbers);
    s->numbers.frozen = s->options.is_frozen;
    s->spread.frozen = s->options.is_reward_frozen;
    return true;
}

lure_status lure_seen_init(lure_seen *s, const lure_seen_options *options, const lure_space *space,
                           size_t n_copies, uint64_t max_steps, lure_dtype dtype, lure_memory *memory,
                           lure_error *err)
{
    assert(options->n_frames > 0 && (!options->time_aware || max_steps > 0));
    *s = (lure_seen){.options = *options,
                     .borrow_space = space,
                     .borrow_memory = memory,
                     .dtype = dtype,
                     .n_copies = n_copies,
                     .n_raw = space->n_parts,
                     .n_frame = frame_size(options, space),
                     .max_steps = max_steps};
    for (size_t i = 0; i < space->n_parts; i++)
        s->n_numbers += space->parts[i].n == 0;
    s->is_plain = s->n_frame == s->n_raw && options->n_frames == 1 && !options->normalizes &&
                  isinf(options->clip) && !options->one_hot;
    s->is_reward_plain = !options->scales_reward && isinf(options->reward_clip);
    if (!lay_out(s))
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory for what the policy sees of %zu copies",
                         n_copies);
    return LURE_OK;
}

void lure_seen_free(lure_seen *s)
{
    if (s->block)
        lure_memory_give(s->borrow_memory, s->block, s->n_block * sizeof(double));
    s->block = NULL;
}

static void freeze(lure_normaliser *to, const lure_normaliser *from)
{
    memcpy(to->mean, from->mean, from->n_features * sizeof *from->mean);
    memcpy(to->variance, from->variance, from->n_features * sizeof *from->variance);
    to->count = from->count;
    to->frozen = true;
}

void lure_seen_freeze(lure_seen *s, const lure_seen *from)
{
    freeze(&s->numbers, &from->numbers);
    freeze(&s->spread, &from->spread);
}

/* ---- observations ---- */

lure_status lure_seen_learn(lure_seen *s, size_t m, const size_t *copies, const double *observations,
                            lure_error *err)
{
    if (!s->options.normalizes || s->numbers.frozen)
        return LURE_OK;
    double *to = s->scratch;
    for (size_t k = 0; k < m; k++) {
        const double *from = observations + copies[k] * s->n_raw;
        for (size_t j = 0; j < s->n_raw; j++)
            if (s->borrow_space->parts[j].n == 0)
                *to++ = from[j];
    }
    return lure_normaliser_update(&s->numbers, LURE_F64, m, s->scratch, err);
}

static lure_status check_choices(const lure_seen *s, const double *observation, lure_error *err)
{
    for (size_t j = 0; j < s->n_raw; j++) {
        const lure_part *part = &s->borrow_space->parts[j];
        double x = observation[j];
        char number[LURE_NUMBER_SIZE];
        if (part->n == 0 || (x >= 0 && x < (double)part->n && x == floor(x)))
            continue;
        lure_number_format(x, number);
        return lure_fail(err, LURE_ERROR_SCRIPT,
                         "observation '%s' (number %zu) is %s; expected a whole number from 0 to %zu",
                         part->name ? part->name : "?", j + 1, number, part->n - 1);
    }
    return LURE_OK;
}

static double within(double x, double bound)
{
    return x > bound ? bound : x < -bound ? -bound : x;
}

/* One frame of the raw observation. */
static void make_frame(lure_seen *s, const double *observation, uint64_t step, double *frame)
{
    const lure_seen_options *o = &s->options;
    double *numbers = s->scratch, *to = frame;
    for (size_t j = 0, n = 0; j < s->n_raw; j++)
        if (s->borrow_space->parts[j].n == 0)
            numbers[n++] = observation[j];
    if (o->normalizes)
        lure_normaliser_apply(&s->numbers, true, LURE_F64, 1, numbers, numbers);
    for (size_t j = 0; j < s->n_raw; j++) {
        size_t n = s->borrow_space->parts[j].n;
        if (n == 0) {
            *to++ = within(*numbers++, o->clip);
        } else if (!o->one_hot) {
            *to++ = observation[j];
        } else {
            memset(to, 0, n * sizeof *to);
            to[(size_t)observation[j]] = 1.0;
            to += n;
        }
    }
    if (o->time_aware)
        *to = (double)step / (double)s->max_steps;
}

static lure_status give(const lure_seen *s, const double *from, void *row, lure_error *err)
{
    size_t n = s->n_inputs;
    if (s->dtype == LURE_F64) {
        memcpy(row, from, n * sizeof *from);
        return LURE_OK;
    }
    float *to = row, wrong = 0.0f;
    for (size_t j = 0; j < n; j++) {
        to[j] = (float)from[j];
        wrong += to[j] - to[j]; /* 0, or NaN where it is not finite */
    }
    for (size_t j = 0; j < n && !(wrong == 0.0f); j++) {
        char number[LURE_NUMBER_SIZE];
        if (isfinite(to[j]))
            continue;
        lure_number_format(from[j], number);
        return lure_fail(
            err, LURE_ERROR_SCRIPT,
            "number %zu of what the policy sees is %s, which is beyond single precision; scale it, or "
            "precision = \"double\"",
            j + 1, number);
    }
    return LURE_OK;
}

lure_status lure_seen_look(lure_seen *s, size_t i, const double *observation, bool first, uint64_t step,
                           void *row, lure_error *err)
{
    if (s->is_plain)
        return give(s, observation, row, err);
    size_t n = s->n_frame, n_frames = s->options.n_frames;
    double *frame = s->scratch + s->n_copies * (s->n_numbers + 1);
    lure_status status = s->options.one_hot ? check_choices(s, observation, err) : LURE_OK;
    if (status != LURE_OK)
        return status;
    make_frame(s, observation, step, frame);
    if (n_frames == 1)
        return give(s, frame, row, err);
    double *kept = lure_seen_kept(s, i);
    if (!first)
        memmove(kept, kept + n, (n_frames - 1) * n * sizeof *kept);
    for (size_t k = first ? 0 : n_frames - 1; k < n_frames; k++)
        memcpy(kept + k * n, frame, n * sizeof *kept);
    return give(s, kept, row, err);
}

/* ---- rewards ---- */

lure_status lure_seen_rewards(lure_seen *s, size_t m, const size_t *copies, const int32_t *ends,
                              double *rewards, lure_error *err)
{
    if (s->is_reward_plain)
        return LURE_OK;
    if (s->options.scales_reward) {
        if (!s->spread.frozen) {
            for (size_t k = 0; k < m; k++) {
                double *sum = &s->returns[copies[k]];
                s->scratch[k] = *sum = *sum * s->options.discount + rewards[k];
            }
            lure_status status = lure_normaliser_update(&s->spread, LURE_F64, m, s->scratch, err);
            if (status != LURE_OK)
                return status;
            for (size_t k = 0; k < m; k++)
                if (ends[k])
                    s->returns[copies[k]] = 0.0;
        }
        lure_normaliser_apply(&s->spread, false, LURE_F64, m, rewards, rewards);
    }
    for (size_t k = 0; k < m; k++)
        rewards[k] = within(rewards[k], s->options.reward_clip);
    return LURE_OK;
}

/* ---- by name ---- */

size_t lure_seen_n_named(const lure_seen *s)
{
    return 3 * s->options.normalizes + 4 * s->options.scales_reward;
}

const char *lure_seen_named(lure_seen *s, size_t i, lure_tensor *out)
{
    const size_t one = 1;
    if (!s->options.normalizes)
        i += 3;
    const struct {
        const char *name;
        double *numbers;
        size_t n;
    } named[] = {{"normalize_observation.mean", s->numbers.mean, s->n_numbers},
                 {"normalize_observation.variance", s->numbers.variance, s->n_numbers},
                 {"normalize_observation.count", &s->numbers.count, one},
                 {"normalize_reward.mean", s->spread.mean, one},
                 {"normalize_reward.variance", s->spread.variance, one},
                 {"normalize_reward.count", &s->spread.count, one},
                 {"normalize_reward.returns", s->returns, s->n_copies}};
    *out = lure_tensor_view(named[i].numbers, LURE_F64, 1, &named[i].n);
    return named[i].name;
}
