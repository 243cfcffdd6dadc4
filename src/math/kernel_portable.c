/* kernel_portable.c: the kernels in plain C, one lane wide. Where the compiler's target has no fused multiply-add,
   fma is a call into libm, which is exact and therefore the same, only slow: the price of equal bits. */
#include "math/kernel_paths.h"
#include "math/function.h"
#include <math.h>
#include <string.h>

#define REAL           float
#define R_FMA          fmaf
#define R_TANH         lure_tanhf
#define R_SIGMOID      lure_sigmoidf
#define VEC            float
#define LANES          1
#define V_LOAD(p)      (*(p))
#define V_STORE(p, v)  (*(p) = (v))
#define V_ALL(x)       (x)
#define V_FMA(a, b, c) fmaf(a, b, c)
/* one lane leaves no remainder: never reached */
#define MASK                    int
#define MASK_FIRST(n)           ((int)(n))
#define V_LOAD_MASKED(p, m)     ((void)(m), *(p))
#define V_STORE_MASKED(p, m, v) ((void)(m), *(p) = (v))
#define PANEL                   4
#define NAME(x)                 x##_f32
#include "math/kernel.inc"

#define REAL           double
#define R_FMA          fma
#define R_TANH         lure_tanh
#define R_SIGMOID      lure_sigmoid
#define VEC            double
#define LANES          1
#define V_LOAD(p)      (*(p))
#define V_STORE(p, v)  (*(p) = (v))
#define V_ALL(x)       (x)
#define V_FMA(a, b, c) fma(a, b, c)
/* one lane leaves no remainder: never reached */
#define MASK                    int
#define MASK_FIRST(n)           ((int)(n))
#define V_LOAD_MASKED(p, m)     ((void)(m), *(p))
#define V_STORE_MASKED(p, m, v) ((void)(m), *(p) = (v))
#define PANEL                   4
#define NAME(x)                 x##_f64
#include "math/kernel.inc"

const lure_kernels *const lure__kernels_portable[2] = {[LURE_F32] = &kernels_f32, [LURE_F64] = &kernels_f64};
