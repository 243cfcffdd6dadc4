/* numbers.h: reading and writing one number of a float32 or float64 block whose type is known only as data.
   For heads, returns and error texts, where a predictable branch a number costs nothing that counts; the loops
   where it would are in math/kernel.h and optimizer.inc. Internal to learn/. */
#ifndef LURE_LEARN_NUMBERS_H
#define LURE_LEARN_NUMBERS_H

#include "base/text.h"
#include "math/tensor.h"
#include <math.h>

static inline double lure__get(lure_dtype dtype, const void *numbers, size_t i)
{
    return dtype == LURE_F64 ? ((const double *)numbers)[i] : (double)((const float *)numbers)[i];
}

static inline void lure__set(lure_dtype dtype, void *numbers, size_t i, double value)
{
    if (dtype == LURE_F64)
        ((double *)numbers)[i] = value;
    else
        ((float *)numbers)[i] = (float)value;
}

static inline void lure__add(lure_dtype dtype, void *numbers, size_t i, double more)
{
    if (dtype == LURE_F64)
        ((double *)numbers)[i] += more;
    else
        ((float *)numbers)[i] += (float)more;
}

/* Is this number of a contiguous tensor of any type anything but 0? */
static inline bool lure__is_set(const lure_tensor *t, size_t i)
{
    return t->dtype == LURE_I32 ? ((const int32_t *)t->data)[i] != 0 : lure__get(t->dtype, t->data, i) != 0.0;
}

/* The index of the first number that is NaN or infinite, n if there is none. */
static inline size_t lure__first_not_finite(lure_dtype dtype, const void *numbers, size_t n)
{
    size_t i = 0;
    if (dtype == LURE_F64)
        while (i < n && isfinite(((const double *)numbers)[i]))
            i++;
    else
        while (i < n && isfinite(((const float *)numbers)[i]))
            i++;
    return i;
}

/* For error texts: printf's %g would call some NaNs "-nan". */
typedef struct lure__number_text {
    char is[LURE_NUMBER_SIZE];
} lure__number_text;

static inline lure__number_text lure__text(double value)
{
    lure__number_text text = {{0}};
    lure_number_format(value, text.is);
    return text;
}

#endif
