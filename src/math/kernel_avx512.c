/* kernel_avx512.c: the kernels for x86-64 CPUs with AVX-512 F, DQ and VL, built with -mavx512f -mavx512dq -mavx512vl
   -mfma and entered only where the CPU has them (kernel.c). 32 registers: tiles of 6 x 4 vectors. */
#if defined(__x86_64__)
#include "math/kernel_paths.h"
#include "math/function.h"
#include <immintrin.h>
#include <math.h>
#include <string.h>

#define REAL                    float
#define R_FMA                   fmaf
#define R_TANH                  lure_tanhf
#define R_SIGMOID               lure_sigmoidf
#define VEC                     __m512
#define LANES                   16
#define V_LOAD(p)               _mm512_loadu_ps(p)
#define V_STORE(p, v)           _mm512_storeu_ps(p, v)
#define V_ALL(x)                _mm512_set1_ps(x)
#define V_FMA(a, b, c)          _mm512_fmadd_ps(a, b, c)
#define MASK                    __mmask16
#define MASK_FIRST(n)           ((__mmask16)((1u << (n)) - 1))
#define V_LOAD_MASKED(p, m)     _mm512_maskz_loadu_ps(m, p)
#define V_STORE_MASKED(p, m, v) _mm512_mask_storeu_ps(p, m, v)
#define PANEL                   4
#define NAME(x)                 x##_f32
#include "math/kernel.inc"

#define REAL                    double
#define R_FMA                   fma
#define R_TANH                  lure_tanh
#define R_SIGMOID               lure_sigmoid
#define VEC                     __m512d
#define LANES                   8
#define V_LOAD(p)               _mm512_loadu_pd(p)
#define V_STORE(p, v)           _mm512_storeu_pd(p, v)
#define V_ALL(x)                _mm512_set1_pd(x)
#define V_FMA(a, b, c)          _mm512_fmadd_pd(a, b, c)
#define MASK                    __mmask8
#define MASK_FIRST(n)           ((__mmask8)((1u << (n)) - 1))
#define V_LOAD_MASKED(p, m)     _mm512_maskz_loadu_pd(m, p)
#define V_STORE_MASKED(p, m, v) _mm512_mask_storeu_pd(p, m, v)
#define PANEL                   4
#define NAME(x)                 x##_f64
#include "math/kernel.inc"

const lure_kernels *const lure__kernels_avx512[2] = {[LURE_F32] = &kernels_f32, [LURE_F64] = &kernels_f64};

#else
typedef int lure__kernels_avx512_not_built; /* a source file must declare something */
#endif
