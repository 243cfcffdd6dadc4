/* space.c: see space.h. */
#include "learn/space.h"

#include "math/function.h"
#include "math/random.h"

#include <assert.h>
#include <math.h>

lure_space_kind lure_space_kind_of(const lure_space *space)
{
    size_t n_of_choices = 0;
    for (size_t i = 0; i < space->n_parts; i++)
        n_of_choices += space->parts[i].n > 0;
    if (n_of_choices == 0)
        return LURE_SPACE_BOX;
    if (n_of_choices < space->n_parts)
        return LURE_SPACE_MIXED;
    return n_of_choices == 1 ? LURE_SPACE_DISCRETE : LURE_SPACE_MULTI_DISCRETE;
}

const char *lure_space_kind_name(lure_space_kind kind)
{
    static const char *const names[] = {"discrete", "multi-discrete", "box", "mixed"};
    return names[kind];
}

size_t lure_space_n_choices(const lure_space *space)
{
    size_t n = 0;
    for (size_t i = 0; i < space->n_parts; i++)
        n += space->parts[i].n;
    return n;
}

size_t lure_space_n_flat(const lure_space *space)
{
    size_t n = 0;
    for (size_t i = 0; i < space->n_parts; i++)
        n += space->parts[i].n > 0 ? space->parts[i].n : 1;
    return n;
}

size_t lure_space_find_outside(const lure_space *space, const double *value)
{
    size_t i = 0;
    for (; i < space->n_parts; i++) {
        const lure_part *part = &space->parts[i];
        const double x = value[i];
        const bool is_inside = part->n > 0 ? x >= 0.0 && x < (double)part->n && x == floor(x)
                                           : isfinite(x) && x >= part->low && x <= part->high;
        if (!is_inside)
            break;
    }
    return i;
}

/* ---- drawing ---- */

static size_t draw_choice(size_t n, const unsigned char *mask, lure_rng *rng)
{
    if (!mask)
        return (size_t)lure_rng_below(rng, n);
    size_t n_legal = 0;
    for (size_t i = 0; i < n; i++)
        n_legal += mask[i] != 0;
    if (n_legal == 0)
        return 0;
    size_t left = (size_t)lure_rng_below(rng, n_legal), i = 0;
    for (; !mask[i] || left > 0; i++)
        left -= mask[i] != 0;
    return i;
}

static double draw_between(double low, double high, lure_rng *rng)
{
    const double u = lure_rng_uniform(rng), width = high - low;
    const double x = isfinite(width) ? low + u * width : low * (1.0 - u) + high * u;
    return x > high ? high : x; /* where the width was rounded up */
}

static double draw_number(const lure_part *part, lure_rng *rng)
{
    const bool has_low = isfinite(part->low), has_high = isfinite(part->high);
    if (has_low && has_high)
        return draw_between(part->low, part->high, rng);
    if (!has_low && !has_high)
        return lure_random_normal(rng, 0.0, 1.0);
    const double beyond = -lure_log1p(-lure_rng_uniform(rng));
    return has_low ? part->low + beyond : part->high - beyond;
}

void lure_space_sample(const lure_space *space, const unsigned char *mask, lure_rng *rng, double *value)
{
    for (size_t i = 0; i < space->n_parts; i++) {
        const lure_part *part = &space->parts[i];
        value[i] = part->n > 0 ? (double)draw_choice(part->n, mask, rng) : draw_number(part, rng);
        if (mask)
            mask += part->n;
    }
}

/* ---- flat ---- */

void lure_space_flatten(const lure_space *space, const double *value, double *flat)
{
    assert(lure_space_find_outside(space, value) == space->n_parts);
    for (size_t i = 0; i < space->n_parts; i++) {
        const size_t n = space->parts[i].n;
        if (n == 0)
            *flat++ = value[i];
        for (size_t j = 0; j < n; j++)
            *flat++ = (double)j == value[i];
    }
}

void lure_space_unflatten(const lure_space *space, const double *flat, double *value)
{
    for (size_t i = 0; i < space->n_parts; i++) {
        const size_t n = space->parts[i].n;
        size_t largest = 0;
        for (size_t j = 1; j < n; j++)
            if (flat[j] > flat[largest])
                largest = j;
        value[i] = n > 0 ? (double)largest : *flat;
        flat += n > 0 ? n : 1;
    }
}
