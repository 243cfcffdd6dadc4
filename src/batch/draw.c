/* draw.c: see draw.h. */
#include "batch/draw.h"

#include "base/hash.h"
#include "base/rng.h"
#include "base/text.h"
#include "math/function.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[LURE_N_DRAWS] = {[LURE_DRAW_NONE] = "none",
                                                [LURE_DRAW_UNIFORM] = "uniform",
                                                [LURE_DRAW_LOG_UNIFORM] = "log_uniform",
                                                [LURE_DRAW_INTEGER] = "integer",
                                                [LURE_DRAW_CHOICE] = "choice"};

const char *lure_draw_name(lure_draw_kind kind)
{
    return names[kind];
}

lure_draw_kind lure_draw_find(const char *name, const char **nearest)
{
    *nearest = NULL;
    for (int kind = LURE_DRAW_UNIFORM; kind < LURE_N_DRAWS; kind++)
        if (strcmp(names[kind], name) == 0)
            return (lure_draw_kind)kind;
    *nearest = lure_text_nearest(name, names + LURE_DRAW_UNIFORM, LURE_N_DRAWS - LURE_DRAW_UNIFORM);
    return LURE_DRAW_NONE;
}

static lure_status refuse(const lure_draw *draw, double value, const char *which, const char *expected,
                          lure_error *err)
{
    char number[LURE_NUMBER_SIZE];
    lure_number_format(value, number);
    return lure_fail(err, LURE_ERROR_USAGE, "%s: %s is %s; expected %s", names[draw->kind], which, number,
                     expected);
}

static lure_status check_bound(const lure_draw *draw, double value, const char *which, lure_error *err)
{
    if (!isfinite(value))
        return refuse(draw, value, which, "a finite number", err);
    if (draw->kind == LURE_DRAW_LOG_UNIFORM && !(value > 0))
        return refuse(draw, value, which, "a number above 0, as a logarithm is taken", err);
    if (draw->kind == LURE_DRAW_INTEGER && (value != floor(value) || fabs(value) > 0x1p53))
        return refuse(draw, value, which, "a whole number, at most 2^53 in size", err);
    return LURE_OK;
}

lure_status lure_draw_check(const lure_draw *draw, lure_error *err)
{
    if (draw->kind == LURE_DRAW_CHOICE)
        return draw->n > 0 ? LURE_OK
                           : lure_fail(err, LURE_ERROR_USAGE,
                                       "choice has nothing to choose from; "
                                       "expected one value or more");
    lure_status status = check_bound(draw, draw->low, "low", err);
    if (status == LURE_OK)
        status = check_bound(draw, draw->high, "high", err);
    if (status != LURE_OK || draw->low < draw->high)
        return status;
    char low[LURE_NUMBER_SIZE], high[LURE_NUMBER_SIZE];
    lure_number_format(draw->low, low);
    lure_number_format(draw->high, high);
    return lure_fail(err, LURE_ERROR_USAGE, "%s: low is %s and high is %s; expected low < high",
                     names[draw->kind], low, high);
}

static lure_rng stream(uint64_t seed, const char *key, size_t point)
{
    char hash[LURE_HASH_SIZE], half[9] = "";
    lure_rng rng;
    lure_hash_bytes(key, strlen(key), hash);
    memcpy(half, hash, 8);
    lure_rng_init(&rng, seed, LURE_PURPOSE_SAMPLE, (uint32_t)strtoul(half, NULL, 16));
    memcpy(half, hash + 8, 8);
    lure_rng_seek(&rng, (uint32_t)point, (uint32_t)strtoul(half, NULL, 16));
    return rng;
}

static double within(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

double lure_draw_number(const lure_draw *draw, uint64_t seed, const char *key, size_t point)
{
    lure_rng rng = stream(seed, key, point);
    if (draw->kind == LURE_DRAW_INTEGER) {
        const int64_t low = (int64_t)draw->low, range = (int64_t)draw->high - low; /* exact: checked */
        return (double)(low + (int64_t)lure_rng_below(&rng, (uint64_t)range + 1));
    }
    const bool is_log = draw->kind == LURE_DRAW_LOG_UNIFORM;
    const double low = is_log ? lure_log(draw->low) : draw->low,
                 high = is_log ? lure_log(draw->high) : draw->high;
    const double u = lure_rng_uniform(&rng), x = low * (1 - u) + high * u; /* cannot overflow */
    return within(is_log ? lure_exp(x) : x, draw->low, draw->high);
}

size_t lure_draw_choice(const lure_draw *draw, uint64_t seed, const char *key, size_t point)
{
    lure_rng rng = stream(seed, key, point);
    return (size_t)lure_rng_below(&rng, draw->n);
}
