/* kernel_loops.c: the kernels of one CPU path, for float and for double. The Makefile compiles it once a path (see
   vector.inc); kernel.c picks the table. Entered only where the CPU has the path's instructions. */
#include "math/kernel_paths.h"
#include "math/function.h"
#include <math.h>

/* constant loops over registers must be gone before the compiler looks at their arrays */
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

/* one line of code for several vectors that a function works on side by side */
enum { SEVERAL = 4 };
#define EVERY(several)                                                                                       \
    UNROLL                                                                                                   \
    for (int i = 0; i < (several); i++)

/* Where a multiply-add is one instruction, some steps of a product are written out, which is less counting and more to
   overlap, and some sizes have loops of their own. Where it is dozens, nobody would see it but the compiler. */
#if defined(__AVX512F__) || defined(__aarch64__) || (defined(__FMA__) && !defined(LURE_VECTOR_BYTES))
#define FUSED        1
#define UNROLL_STEPS _Pragma("GCC unroll 4")
#else
#define FUSED        0
#define UNROLL_STEPS _Pragma("GCC unroll 1")
#endif

/* vectors side by side in a tile, so that six rows of sums fit the registers: 32 of them with AVX-512, else 16 */
#if defined(__AVX512F__) || defined(LURE_VECTOR_BYTES)
#define PANEL 4
#else
#define PANEL 2
#endif

/* The normal distribution's density, and its Phi: erfc(-x / root 2) / 2. For far negative x the rounding of that
   argument would show a thousandfold; it is made good to first order. */
static double density(double x)
{
    return 0x1.9884533d43651p-2 * lure_exp(-0.5 * x * x);
}
static double normal(double x)
{
    const double root = 0x1.6a09e667f3bcdp-1, rest = -0x1.bdd3413b26456p-55, t = x * root;
    const double lost = fma(x, rest, fma(x, root, -t));
    return fabs(x) < 40 ? fma(0x1.6a09e667f3bcdp+0 * density(x), lost, 0.5 * lure_erfc(-t)) : x > 0;
}
/* x Phi(x), and its derivative */
static double gelu(double x)
{
    return isnan(x) ? x : x == -INFINITY ? 0.0 : x * normal(x);
}
static double gelu_back(double x)
{
    return isnan(x) ? x : fabs(x) < 40 ? fma(x, density(x), normal(x)) : x > 0;
}

#define VECTOR_BITS 32
#include "math/vector.inc"
#include "math/vector_function.inc"
#include "math/kernel_tile.inc"
#include "math/kernel_turn.inc"
#include "math/kernel_thin.inc"
#include "math/kernel_product.inc"
#include "math/kernel_map.inc"
#include "math/kernel_sum.inc"
#include "math/kernel_table.inc"
#undef VECTOR_BITS

#define VECTOR_BITS 64
#include "math/vector.inc"
#include "math/vector_function.inc"
#include "math/kernel_tile.inc"
#include "math/kernel_turn.inc"
#include "math/kernel_thin.inc"
#include "math/kernel_product.inc"
#include "math/kernel_map.inc"
#include "math/kernel_sum.inc"
#include "math/kernel_table.inc"

const lure_kernels *const ON_PATH(lure__kernels)[2] = {
    [LURE_F32] = &ON_PATH(kernels_f32), [LURE_F64] = &ON_PATH(kernels_f64)};
