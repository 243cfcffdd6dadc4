/* samples.h: what sampling found of where a run's time went: by part, and in a profile by Lua line. No Lua in this header;
   profile.h takes the samples. */
#ifndef LURE_SCRIPT_SAMPLES_H
#define LURE_SCRIPT_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

/* The first five are the worlds. */
typedef enum {
    LURE_TIME_STEP,
    LURE_TIME_REWARD,
    LURE_TIME_RESET,
    LURE_TIME_SCHEDULE,
    LURE_TIME_COLLECT,
    LURE_TIME_FORWARD,
    LURE_TIME_GRADIENT,
    LURE_TIME_OPTIMIZER,
    LURE_TIME_ALGORITHM,
    LURE_TIME_LOG,
    LURE_TIME_EVALUATION,
    LURE_N_TIMES
} lure_time_part;

const char *lure_time_part_name(lure_time_part part);    /* "step", "reward", ... */
const char *lure_time_part_meaning(lure_time_part part); /* what is counted there, in a few words */

enum { LURE_LINE_SIZE = 96 };
typedef struct lure_profile_line {
    char place[LURE_LINE_SIZE]; /* "file:line" */
    uint64_t samples;
} lure_profile_line;

typedef struct lure_profile {
    uint64_t samples, parts[LURE_N_TIMES];
    size_t n_lines;
    lure_profile_line *lines; /* (n_lines) most samples first; heap, the owner's to free */
} lure_profile;

#endif
