/* eval.h: a run's policy lives through whole episodes again, as evaluation.h tells: from the run's folder to numbers. The
   experiment is put together anew from its file, settings and seed, and gets the parameters and statistics that the run left; what
   has changed since is noted, and a policy of another shape is refused. No Lua in this header; nothing is written. */
#ifndef LURE_RUN_EVAL_H
#define LURE_RUN_EVAL_H

#include "run/evaluated.h"
#include "run/run.h"

typedef struct lure_eval_options {
    const char *run;              /* folder, or name in runs/ */
    const lure_setting *settings; /* on top of the run's: of the world, the reward, the schedule */
    size_t n_settings;
    bool has_seed;
    uint64_t seed; /* of the evaluation; else the run's own */
    uint64_t episodes;
    bool sampled; /* actions are drawn; else the likeliest */
    bool best; /* best.safetensors instead of checkpoint.safetensors, in episodes that it was not chosen by */
    /* Shown the first episode, lived through once more beforehand; null: nobody looks. */
    void (*watch)(void *data, const lure_evaluation_frame *frame);
    void *watch_data;
    int stuck_exit_code; /* _exit with it when a script is inside one endless C call; 0: never */
} lure_eval_options;

typedef struct lure_eval_result {
    lure_error error; /* status LURE_OK: all episodes were lived */
    char experiment[64], run_id[LURE_RUN_ID_SIZE], directory[LURE_PATH_SIZE];
    const char *checkpoint;           /* the file's name */
    uint64_t run_seed, seed, updates; /* updates: after how many it was written */
    lure_episode *episodes;           /* (n) */
    size_t n, n_terms;
    uint64_t steps;
    lure_term terms[LURE_MOST_TERMS]; /* of the reward, by name */
    double seconds;
    lure_text notes; /* lines for a person: what is not as it was when the run was made; "" mostly */
} lure_eval_result;

/* Returns result->error.status; the result is to be freed in every case. Signals are the caller's: lure_stop. */
lure_status lure_eval(const lure_eval_options *options, lure_eval_result *result);
void lure_eval_result_free(lure_eval_result *result);

#endif
