/* returns.c: see returns.h. Sums run in double and in index order, whatever the tensors' type. */
#include "learn/returns.h"
#include "learn/numbers.h"
#include <assert.h>
#include <math.h>

void lure_returns_discounted(const lure_tensor *rewards, const int32_t *ends, double discount,
                             lure_tensor *out)
{
    assert(lure_tensor_size(out) == lure_tensor_size(rewards));
    double next = 0.0;
    for (size_t i = lure_tensor_size(rewards); i-- > 0;) {
        double reward = lure__get(rewards->dtype, rewards->data, i);
        next = ends[i] ? reward : reward + discount * next;
        lure__set(out->dtype, out->data, i, next);
    }
}

double lure_returns_mean(const lure_tensor *t)
{
    size_t n = lure_tensor_size(t);
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += lure__get(t->dtype, t->data, i);
    return sum / (double)n;
}

double lure_returns_standard_deviation(const lure_tensor *t)
{
    size_t n = lure_tensor_size(t);
    double mean = lure_returns_mean(t), sum = 0.0;
    if (n < 2)
        return 0.0;
    for (size_t i = 0; i < n; i++) {
        double off = lure__get(t->dtype, t->data, i) - mean;
        sum += off * off;
    }
    return sqrt(sum / (double)(n - 1));
}

void lure_returns_center(const lure_tensor *t, bool scale, lure_tensor *out)
{
    size_t n = lure_tensor_size(t);
    assert(lure_tensor_size(out) == n);
    double mean = lure_returns_mean(t);
    double unit = scale ? lure_returns_standard_deviation(t) + 1e-8 : 1.0;
    for (size_t i = 0; i < n; i++)
        lure__set(out->dtype, out->data, i, (lure__get(t->dtype, t->data, i) - mean) / unit);
}
