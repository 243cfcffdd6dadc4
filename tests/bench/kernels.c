/* kernels.c: the speed of the kernels by themselves: the share that a network's whole pass has of what the core can
   multiply and add, and each path of this CPU beside the portable one. Medians over rounds.
   Usage: kernels [ROUNDS [CSV]]. Prints a table; with CSV also writes one line a measurement to that file. */
#define _GNU_SOURCE
#include "math/kernel.h"
#include "measure.h"

#include <math.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

static const lure_kernels *kernels;
static int rounds = 7;
static FILE *csv;

/* ---- the peak ---- */

/* Independent chains of fused multiply-adds, more than the latency needs: floating-point operations a second, best of a few
   tries; NaN where there are none. The clock drifts, so it is asked anew next to what is held against it. */
#if defined(__x86_64__)
enum { CHAINS = 12, TURNS = 20000 };
__attribute__((target("avx2,fma"))) static float spin_avx2(void)
{
    __m256 s[CHAINS], x = _mm256_set1_ps(0.999f), y = _mm256_set1_ps(0.001f);
    float out[8];
    for (int i = 0; i < CHAINS; i++)
        s[i] = _mm256_set1_ps((float)i);
    for (int turn = 0; turn < TURNS; turn++) {
#pragma GCC unroll 12
        for (int i = 0; i < CHAINS; i++)
            s[i] = _mm256_fmadd_ps(s[i], x, y);
    }
    for (int i = 1; i < CHAINS; i++)
        s[0] = _mm256_add_ps(s[0], s[i]);
    _mm256_storeu_ps(out, s[0]);
    return out[0];
}
__attribute__((target("avx512f"))) static float spin_avx512(void)
{
    __m512 s[CHAINS], x = _mm512_set1_ps(0.999f), y = _mm512_set1_ps(0.001f);
    float out[16];
    for (int i = 0; i < CHAINS; i++)
        s[i] = _mm512_set1_ps((float)i);
    for (int turn = 0; turn < TURNS; turn++) {
#pragma GCC unroll 12
        for (int i = 0; i < CHAINS; i++)
            s[i] = _mm512_fmadd_ps(s[i], x, y);
    }
    for (int i = 1; i < CHAINS; i++)
        s[0] = _mm512_add_ps(s[0], s[i]);
    _mm512_storeu_ps(out, s[0]);
    return out[0];
}
static double peak(void)
{
    const bool wide = lure_kernels_on(LURE_CPU_AVX512, LURE_F32) != NULL;
    volatile float sink = 0;
    double best = INFINITY;
    if (!lure_kernels_on(LURE_CPU_AVX2, LURE_F32))
        return NAN;
    for (int i = 0; i < 3; i++) {
        const double started = seconds();
        sink = sink + (wide ? spin_avx512() : spin_avx2());
        best = fmin(best, seconds() - started);
    }
    return 2.0 * CHAINS * TURNS * (wide ? 16 : 8) / best;
}
#else
static double peak(void)
{
    return NAN;
}
#endif

/* ---- a network ---- */

/* Forward, tanh and the whole backward pass of 4-64-64-2: the share of the peak, counting the products alone. */
static void measure_network(void)
{
    static const int batches[] = {1, 8, 64, 128, 256, 1024};
    static const size_t width[] = {4, 64, 64, 2};
    static float scratch[1024 * 64 * 8], weights[3][64 * 64], gradient[3][64 * 64], biases[3][64],
        bias_gradient[3][64];
    for (int l = 0; l < 3; l++)
        for (int i = 0; i < 64 * 64; i++)
            weights[l][i] = 0.2f * (float)(i % 13 - 6) / 6;
    printf("\n4-64-64-2, linear, tanh and the whole backward pass\n");
    for (size_t s = 0; s < sizeof batches / sizeof *batches; s++) {
        const size_t n = (size_t)batches[s];
        double times[MOST_ROUNDS] = {0}, shares[MOST_ROUNDS] = {0}, flops = 0;
        const int calls = 1 + (int)(2000 / n);
        float *outputs[4], *delta[4], *free_from = scratch; /* one after the other, as a network's */
        for (int l = 0; l < 4; l++) {
            outputs[l] = free_from;
            free_from += n * width[l];
            delta[l] = free_from;
            free_from += n * width[l];
        }
        for (size_t i = 0; i < n * 4; i++)
            outputs[0][i] = (float)(i % 17) / 8 - 1;
        for (int l = 0; l < 3; l++)
            flops += 2.0 * (double)(n * width[l] * width[l + 1]) * (l == 0 ? 2 : 3);
        for (int round = 0; round < rounds; round++) {
            const double before = peak(), started = seconds();
            for (int call = 0; call < calls; call++) {
                for (int l = 0; l < 3; l++) {
                    kernels->linear(n, width[l], width[l + 1], outputs[l], weights[l], biases[l],
                                    outputs[l + 1]);
                    if (l < 2)
                        kernels->map(LURE_MAP_TANH, n * width[l + 1], outputs[l + 1], outputs[l + 1]);
                }
                memcpy(delta[3], outputs[3], n * 2 * sizeof(float));
                for (int l = 2; l >= 0; l--) {
                    kernels->linear_parameters_back(n, width[l], width[l + 1], outputs[l], delta[l + 1],
                                                    false, gradient[l], bias_gradient[l]);
                    if (l == 0)
                        break;
                    kernels->linear_input_back(n, width[l], width[l + 1], delta[l + 1], weights[l], delta[l]);
                    kernels->map_back_over(LURE_MAP_TANH, n * width[l], NULL, outputs[l], delta[l]);
                }
            }
            times[round] = (seconds() - started) / calls;
            shares[round] = flops / times[round] / fmax(before, peak());
        }
        const double taken = median(times, rounds);
        printf("batch %4zu %9.2f us %7.1f GFLOP/s %5.1f %% of the peak\n", n, taken * 1e6,
               flops / taken * 1e-9, median(shares, rounds) * 100);
        record(csv, "network,4-64-64-2,%zu,%s,%.1f\n", n, lure_cpu_path_name(lure_cpu_path_chosen()),
               taken * 1e9);
    }
}

/* ---- the paths ---- */

static double of_path(lure_cpu_path path, lure_dtype dtype, int what)
{
    const lure_kernels *k = lure_kernels_on(path, dtype);
    static double a[64 * 64], b[64 * 64], c[64 * 64]; /* or so many floats in half of it */
    double times[MOST_ROUNDS] = {0};
    enum { N = 1024 };
    for (size_t i = 0; i < 64 * 64; i++) {
        const double x = (double)(i % 23) / 11 - 1;
        if (dtype == LURE_F64)
            a[i] = b[i] = x;
        else
            ((float *)(void *)a)[i] = ((float *)(void *)b)[i] = (float)x;
    }
    const int calls = path == LURE_CPU_PORTABLE ? 2 : 20;
    for (int round = 0; round < rounds; round++) {
        const double started = seconds();
        for (int i = 0; i < calls; i++) {
            if (what < 0)
                k->linear(64, 64, 64, a, b, NULL, c);
            else
                k->map((lure_map)what, N, a, c);
        }
        times[round] = (seconds() - started) / calls / (what < 0 ? 1000 : N);
    }
    return median(times, rounds) * 1e9;
}

static void measure_paths(void)
{
    static const struct {
        const char *name;
        int what;
    } rows[] = {{"64 x 64 x 64, us", -1},
                {"exp, ns an element", LURE_MAP_EXP},
                {"log, ns an element", LURE_MAP_LOG},
                {"tanh, ns an element", LURE_MAP_TANH},
                {"sigmoid, ns an element", LURE_MAP_SIGMOID},
                {"softplus, ns an element", LURE_MAP_SOFTPLUS}};
    printf("\nEach path of this CPU, and how many times the portable one's speed\n");
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
        for (int dtype = LURE_F32; dtype <= LURE_F64; dtype++) {
            const double portable = of_path(LURE_CPU_PORTABLE, (lure_dtype)dtype, rows[r].what);
            printf("%-24s %s  portable %8.2f", rows[r].name, lure_dtype_name((lure_dtype)dtype), portable);
            for (int path = LURE_CPU_AVX2; path <= LURE_CPU_AVX512; path++) {
                if (!lure_kernels_on((lure_cpu_path)path, LURE_F32))
                    continue;
                const double taken = of_path((lure_cpu_path)path, (lure_dtype)dtype, rows[r].what);
                printf("  %s %8.2f (%.1f times)", lure_cpu_path_name((lure_cpu_path)path), taken,
                       portable / taken);
                record(csv, "path,%s,%s,%s,%.3f\n", rows[r].name, lure_dtype_name((lure_dtype)dtype),
                       lure_cpu_path_name((lure_cpu_path)path), taken);
            }
            printf("\n");
        }
}

int main(int argc, char **argv)
{
    if (argc > 1)
        rounds = atoi(argv[1]);
    if (argc > 3 || rounds < 1 || rounds > MOST_ROUNDS) {
        fprintf(stderr, "usage: kernels [ROUNDS [CSV]]\n");
        return 2;
    }
    if (argc > 2 && !(csv = fopen(argv[2], "w"))) {
        fprintf(stderr, "kernels: %s cannot be written\n", argv[2]);
        return 1;
    }
    record(csv, "what,name,batch or type,path,ns\n");
    lure_error err;
    if (lure_cpu_path_init(&err) != LURE_OK) {
        fprintf(stderr, "kernels: %s\n", err.text);
        return 1;
    }
    kernels = lure_kernels_for(LURE_F32);
    const char *path = lure_cpu_path_name(lure_cpu_path_chosen());
    printf("path %s, fused multiply-add peak %.1f GFLOP/s, %d rounds\n", path, peak() * 1e-9, rounds);
    measure_network();
    measure_paths();
    return csv && fclose(csv) != 0;
}
