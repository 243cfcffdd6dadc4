/* kernel_loops.c: the kernels of one CPU path, for float and for double. The Makefile compiles it once a path (see
   vector.inc); kernel.c picks the table. Entered only where the CPU has the path's instructions. */
#include "math/kernel_paths.h"
#include "math/function.h"

/* vectors side by side in a tile, so that six rows of sums fit the registers: 32 of them with AVX-512, else 16 */
#if LURE_VECTOR_BYTES == 64 || defined(__AVX512F__)
#define PANEL 4
#else
#define PANEL 2
#endif

#define VECTOR_BITS 32
#include "math/vector.inc"
#define R_TANH    lure_tanhf
#define R_SIGMOID lure_sigmoidf
#include "math/kernel.inc"
#undef R_TANH
#undef R_SIGMOID
#undef VECTOR_BITS

#define VECTOR_BITS 64
#include "math/vector.inc"
#define R_TANH    lure_tanh
#define R_SIGMOID lure_sigmoid
#include "math/kernel.inc"

const lure_kernels *const ON_PATH(lure__kernels)[2] = {
    [LURE_F32] = &ON_PATH(kernels_f32), [LURE_F64] = &ON_PATH(kernels_f64)};
