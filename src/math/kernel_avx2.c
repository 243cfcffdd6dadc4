/* kernel_avx2.c: the kernels for x86-64 CPUs with AVX2 and FMA, built with -mavx2 -mfma and entered only where
   the CPU has both (kernel.c). 16 registers: tiles of 6 x 2 vectors. */
#if defined(__x86_64__)
#include "math/kernel_paths.h"
#include "math/function.h"
#include <immintrin.h>
#include <math.h>
#include <string.h>

/* a mask of the first n lanes is LANES words read from the n-th before the zeros */
static const int32_t MASKS_f32[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
static const int64_t MASKS_f64[8] = {-1, -1, -1, -1};

#define REAL                    float
#define R_FMA                   fmaf
#define R_TANH                  lure_tanhf
#define R_SIGMOID               lure_sigmoidf
#define VEC                     __m256
#define LANES                   8
#define V_LOAD(p)               _mm256_loadu_ps(p)
#define V_STORE(p, v)           _mm256_storeu_ps(p, v)
#define V_ALL(x)                _mm256_set1_ps(x)
#define V_FMA(a, b, c)          _mm256_fmadd_ps(a, b, c)
#define MASK                    __m256i
#define MASK_FIRST(n)           _mm256_loadu_si256((const void *)(MASKS_f32 + LANES - (n)))
#define V_LOAD_MASKED(p, m)     _mm256_maskload_ps(p, m)
#define V_STORE_MASKED(p, m, v) _mm256_maskstore_ps(p, m, v)
#define PANEL                   2
#define NAME(x)                 x##_f32
#include "math/kernel.inc"

#define REAL                    double
#define R_FMA                   fma
#define R_TANH                  lure_tanh
#define R_SIGMOID               lure_sigmoid
#define VEC                     __m256d
#define LANES                   4
#define V_LOAD(p)               _mm256_loadu_pd(p)
#define V_STORE(p, v)           _mm256_storeu_pd(p, v)
#define V_ALL(x)                _mm256_set1_pd(x)
#define V_FMA(a, b, c)          _mm256_fmadd_pd(a, b, c)
#define MASK                    __m256i
#define MASK_FIRST(n)           _mm256_loadu_si256((const void *)(MASKS_f64 + LANES - (n)))
#define V_LOAD_MASKED(p, m)     _mm256_maskload_pd(p, m)
#define V_STORE_MASKED(p, m, v) _mm256_maskstore_pd(p, m, v)
#define PANEL                   2
#define NAME(x)                 x##_f64
#include "math/kernel.inc"

const lure_kernels *const lure__kernels_avx2[2] = {[LURE_F32] = &kernels_f32, [LURE_F64] = &kernels_f64};

#else
typedef int lure__kernels_avx2_not_built; /* a source file must declare something */
#endif
