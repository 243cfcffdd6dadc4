/* initialise.c: see initialise.h. */
#include "learn/initialise.h"
#include "learn/numbers.h"
#include "math/kernel.h"
#include "math/random.h"
#include <math.h>

/* Makes the n vectors of the given length (n <= length) orthonormal, each by taking away what it shares with those
   before it: Gram & Schmidt, twice, which leaves rounding alone ("twice is enough": Giraud, Langou & Rozloznik
   2005). A vector that vanishes, which random ones do not, is refused. */
static bool orthonormalise(double *vectors, size_t n, size_t length)
{
    const lure_kernels *kernels = lure_kernels_for(LURE_F64);
    for (size_t i = 0; i < n; i++) {
        double *v = vectors + i * length;
        for (int pass = 0; pass < 2; pass++) {
            for (size_t j = 0; j < i; j++)
                kernels->axpy(length, -kernels->dot(length, vectors + j * length, v), vectors + j * length,
                              v);
            double norm = sqrt(kernels->sum_of_squares(length, v));
            if (!(norm > 0.0))
                return false;
            for (size_t k = 0; k < length; k++)
                v[k] /= norm;
        }
    }
    return true;
}

static lure_status orthogonal(double scale, lure_dtype dtype, size_t n_in, size_t n_out, void *numbers,
                              lure_rng *init, lure_memory *memory, const char *what, lure_error *err)
{
    size_t n = n_in < n_out ? n_in : n_out, length = n_in < n_out ? n_out : n_in, size = n * length;
    double *vectors = lure_memory_take(memory, size * sizeof *vectors + sizeof *vectors);
    if (!vectors)
        return lure_fail(err, LURE_ERROR_MEMORY, "%s: no memory for an orthogonal matrix of %zu x %zu", what,
                         n_in, n_out);
    do
        for (size_t i = 0; i < size; i++)
            vectors[i] = lure_random_normal(init, 0.0, 1.0);
    while (!orthonormalise(vectors, n, length));
    for (size_t i = 0; i < n_in; i++)
        for (size_t j = 0; j < n_out; j++)
            lure__set(dtype, numbers, i * n_out + j,
                      scale * (n_in < n_out ? vectors[i * length + j] : vectors[j * length + i]));
    lure_memory_give(memory, vectors, size * sizeof *vectors + sizeof *vectors);
    return LURE_OK;
}

static double next(const lure_first *first, size_t n_in, size_t n_out, size_t i, lure_rng *init)
{
    double scale = first->scale;
    switch (first->how) {
    case LURE_INIT_GIVEN: return first->given[first->n_given == 1 ? 0 : i];
    case LURE_INIT_XAVIER:
        scale *= sqrt(6.0 / (double)(n_in + n_out));
        return scale * (2.0 * lure_rng_uniform(init) - 1.0);
    case LURE_INIT_UNIFORM: return scale > 0.0 ? scale * (2.0 * lure_rng_uniform(init) - 1.0) : 0.0;
    case LURE_INIT_HE: return lure_random_normal(init, 0.0, scale * sqrt(2.0 / (double)n_in));
    case LURE_INIT_NORMAL: return lure_random_normal(init, 0.0, scale);
    default: return scale; /* constant; orthogonal goes another way */
    }
}

lure_status lure_initialise(const lure_first *first, lure_dtype dtype, size_t n_in, size_t n_out,
                            void *numbers, lure_rng *init, lure_memory *memory, const char *what,
                            lure_error *err)
{
    size_t size = n_in * n_out;
    if (first->how == LURE_INIT_GIVEN && first->n_given != 1 && first->n_given != size)
        return lure_fail(err, LURE_ERROR_SCRIPT, "%s has %zu numbers; expected 1 or %zu", what,
                         first->n_given, size);
    if (first->how == LURE_INIT_ORTHOGONAL && size > 0)
        return orthogonal(first->scale, dtype, n_in, n_out, numbers, init, memory, what, err);
    for (size_t i = 0; i < size; i++) {
        double value = next(first, n_in, n_out, i, init);
        lure__set(dtype, numbers, i, value);
        if (!isfinite(lure__get(dtype, numbers, i)))
            return lure_fail(err, LURE_ERROR_SCRIPT, "%s has %s, which is no finite %s", what,
                             lure__text(value).is, lure_dtype_name(dtype));
    }
    return LURE_OK;
}
