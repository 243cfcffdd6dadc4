/* kernel_paths.h: the tables that kernel_loops.c, compiled once a path, lends to kernel.c. Private to math/. */
#ifndef LURE_MATH_KERNEL_PATHS_H
#define LURE_MATH_KERNEL_PATHS_H

#include "math/kernel.h"

/* [LURE_F32] and [LURE_F64]; the CPU's own are only there where such a CPU can be */
extern const lure_kernels *const lure__kernels_portable[2];
#if defined(__x86_64__)
extern const lure_kernels *const lure__kernels_avx2[2];
extern const lure_kernels *const lure__kernels_avx512[2];
#endif

#endif
