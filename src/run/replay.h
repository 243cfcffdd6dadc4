/* replay.h: does a run again from its folder alone and compares, byte for byte: the rows of metrics.csv, and for a run that came
   to its end every number of checkpoint.safetensors and best.safetensors. Of a run that was stopped, or that goes on still,
   the rows there are. The folder is only read. */
#ifndef LURE_RUN_REPLAY_H
#define LURE_RUN_REPLAY_H

#include "run/run.h"

typedef struct lure_replay_options {
    const char *run;       /* a folder, or the name of one in runs/ */
    const char *directory; /* where the new run goes; null: it is thrown away */
    const char *command;   /* for its manifest */
    void (*progress)(void *data, const lure_progress *progress); /* null is fine */
    void *progress_data;
    int stuck_exit_code;
} lure_replay_options;

typedef struct lure_replay_result {
    lure_error error; /* LURE_OK: it was done and compared */
    bool is_identical;
    char difference[1024];          /* the first; "" if there is none */
    char directory[LURE_PATH_SIZE]; /* of the recorded run */
    char run_id[LURE_RUN_ID_SIZE], experiment[64];
    uint64_t seed, n_rows, n_parameters, n_switches; /* n_parameters 0: they were not compared */
    bool is_complete;                                /* the recorded run ended by itself */
} lure_replay_result;

lure_status lure_replay(const lure_replay_options *options, lure_replay_result *result);

/* replay_compare.c. The rows of metrics.csv that lie whole in its first n_bytes; no file has none. */
lure_status lure__replay_measure(const char *path, uint64_t *n_rows, uint64_t *n_bytes, lure_error *err);
/* The recorded file's first n_bytes against the new one; `is_whole`: the new one must not have more. Says the first difference,
   or leaves "". */
lure_status lure__replay_compare_rows(const char *recorded, uint64_t n_bytes, const char *now, bool is_whole,
                                      char difference[1024], lure_error *err);
/* All tensors of two checkpoints; counts the numbers that are parameters. */
lure_status lure__replay_compare_parameters(const char *recorded, const char *now, uint64_t *n_parameters,
                                            char difference[1024], lure_error *err);

#endif
