/* paths.h: every build of the kernels that this CPU can run: the paths, and besides them `wide`, AVX-512's source on
   AVX2's instructions, which more machines have. */
#ifndef LURE_UNIT_PATHS_H
#define LURE_UNIT_PATHS_H

#include "math/kernel.h"

enum { WIDE = LURE_CPU_AVX512 + 1, N_PATHS };

#if defined(__x86_64__)
extern const lure_kernels *const lure__kernels_wide[2];
#endif

/* null: this CPU lacks it */
static inline const lure_kernels *kernels_on(int path, lure_dtype dtype)
{
#if defined(__x86_64__)
    if (path == WIDE)
        return lure_kernels_on(LURE_CPU_AVX2, dtype) ? lure__kernels_wide[dtype] : NULL;
#endif
    return path == WIDE ? NULL : lure_kernels_on((lure_cpu_path)path, dtype);
}

static inline const char *path_name(int path)
{
    return path == WIDE ? "wide" : lure_cpu_path_name((lure_cpu_path)path);
}

#endif
