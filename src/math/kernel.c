/* kernel.c: which kernels this process uses; see kernel.h. The widest path the CPU has, unless LURE_CPU says
   otherwise; since all give the same bits, that is about speed and about testing it. */
#include "math/kernel_paths.h"
#include <stdlib.h>
#include <string.h>

enum { N_PATHS = LURE_CPU_AVX512 + 1, NOT_CHOSEN = -1 };
static int chosen = NOT_CHOSEN; /* the only state of the room, written once at start */

static bool cpu_has(lure_cpu_path path)
{
    switch (path) {
    case LURE_CPU_PORTABLE: return true;
#if defined(__x86_64__)
    /* these also ask whether the system saves the registers */
    case LURE_CPU_AVX2: return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case LURE_CPU_AVX512:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma");
#else
    case LURE_CPU_AVX2:
    case LURE_CPU_AVX512: return false;
#endif
    }
    return false;
}

const char *lure_cpu_path_name(lure_cpu_path path)
{
    switch (path) {
    case LURE_CPU_PORTABLE: return "portable";
    case LURE_CPU_AVX2: return "avx2";
    case LURE_CPU_AVX512: return "avx512";
    }
    return "unknown";
}

static lure_cpu_path widest(void)
{
    lure_cpu_path best = LURE_CPU_PORTABLE;
    for (int path = 0; path < N_PATHS; path++)
        if (cpu_has((lure_cpu_path)path))
            best = (lure_cpu_path)path;
    return best;
}

lure_cpu_path lure_cpu_path_chosen(void)
{
    if (chosen == NOT_CHOSEN)
        chosen = (int)widest();
    return (lure_cpu_path)chosen;
}

lure_status lure_cpu_path_init(lure_error *err)
{
    const char *word = getenv("LURE_CPU");
    if (!word || !*word) {
        chosen = (int)widest();
        return LURE_OK;
    }
    for (int path = 0; path < N_PATHS; path++) {
        if (strcmp(word, lure_cpu_path_name((lure_cpu_path)path)) != 0)
            continue;
        if (!cpu_has((lure_cpu_path)path))
            return lure_fail(err, LURE_ERROR_USAGE, "LURE_CPU=%s: this CPU lacks it; the widest it has is %s",
                             word, lure_cpu_path_name(widest()));
        chosen = path;
        return LURE_OK;
    }
    return lure_fail(err, LURE_ERROR_USAGE, "LURE_CPU=%s is unknown; expected portable, avx2 or avx512",
                     word);
}

const lure_kernels *lure_kernels_on(lure_cpu_path path, lure_dtype dtype)
{
    if ((dtype != LURE_F32 && dtype != LURE_F64) || !cpu_has(path))
        return NULL;
    switch (path) {
    case LURE_CPU_PORTABLE: return lure__kernels_portable[dtype];
#if defined(__x86_64__)
    case LURE_CPU_AVX2: return lure__kernels_avx2[dtype];
    case LURE_CPU_AVX512: return lure__kernels_avx512[dtype];
#else
    case LURE_CPU_AVX2:
    case LURE_CPU_AVX512: return NULL;
#endif
    }
    return NULL;
}

const lure_kernels *lure_kernels_for(lure_dtype dtype)
{
    return lure_kernels_on(lure_cpu_path_chosen(), dtype);
}
