/* run.h: one run of one experiment, from its name to its folder. No Lua in this header: it is what the command line
   and the batch see. A run never takes the process down: what a script did wrong is in the result. */
#ifndef LURE_RUN_RUN_H
#define LURE_RUN_RUN_H

#include "base/status.h"
#include "base/text.h"
#include "script/samples.h"
#include "store/metrics.h"
#include "store/run_directory.h"

#include <stdbool.h>
#include <stdint.h>

/* --set key.path=value: the value is a Lua literal or else a string. */
typedef struct lure_setting {
    const char *key, *value;
} lure_setting;

/* Where the time went: worlds are what run:collect does but for the policy, learn is the algorithm. */
typedef enum {
    LURE_SHARE_WORLDS,
    LURE_SHARE_FORWARD,
    LURE_SHARE_LEARN,
    LURE_SHARE_LOG,
    LURE_SHARE_EVALUATION,
    LURE_N_SHARES
} lure_time_share;

typedef struct lure_progress {
    uint64_t update, updates, episodes, steps;
    double seconds;
    const char *const *names; /* the logged columns and the last values */
    const double *values;
    size_t n_values;
    size_t tracked;       /* which of them to show first */
    double recent_return; /* mean of the last episodes, at most 100; NaN: none */
    bool has_shares;      /* else it is too early to tell */
    double shares[LURE_N_SHARES];
    bool last; /* the run is over */
} lure_progress;

typedef struct lure_run_options {
    const char *experiment; /* name or path */
    const lure_setting *settings;
    size_t n_settings;
    bool has_seed;
    uint64_t seed; /* else the first of the experiment's seeds */
    const char
        *directory; /* where results go; null: the first free of runs/<experiment>-seed<N>, -2, -3, ... */
    const char *command;                                         /* for the manifest */
    void (*progress)(void *data, const lure_progress *progress); /* null is fine; some 20 times a second */
    void *progress_data;
    /* Write down every so many seconds of the clock (0: after every update) what an interrupted run goes on from, and when it is
       stopped between two updates. */
    bool captures;
    double capture_seconds;
    /* The caller holds a lock over the folder, and knows which id the run must have: another one is LURE_ERROR_STORE, and nothing
       was done. Null: an ordinary run. */
    const char *expected_id;
    /* Most runs are short, and noting what there is at the beginning costs as much as a short run does: then one that still goes on
       after so many seconds ends with ->begins_again, having left nothing that counts, to be begun anew with captures. */
    double gives_up_after; /* 0: never; else without captures */
    bool
        only_captured; /* with `resumes`: where no file holds the run, LURE_ERROR_STORE, no directory, and nothing was done */
    const char *
        resumes; /* go on with the run in `directory`, which has this id; null: a new one. Needs captures and its recording. */
    void (*tell)(void *data, const char *text); /* what a person should know meanwhile; null is fine */
    void *tell_data;
    /* Where the bytes of its scripts are kept, from its folder on; null: "scripts". Runs of a batch share one. */
    const char *scripts_in;
    /* A reward, schedule or learning-rate rule whose file changes is used from the next update on (watch.h). */
    bool watch;
    struct lure_recording
        *recording; /* what to do again or to go on with (recording.h); null: an ordinary run */
    unsigned logs;  /* beside metrics.csv: run_logs.h; 0: none */
    bool profile;   /* sample where the time goes; results are the same */
    /* The caller sees to it that what the folder holds gets to the disk (and a run that is not whole there is found out, by its
       seal); else it is there before lure_run returns. */
    bool leaves_sync;
    int stuck_exit_code; /* _exit with it when a script is inside one endless C call; rows so far are kept; 0: never */
} lure_run_options;

/* What a finished run's folder holds; the last is written last and says that it is finished. */
enum { LURE_RUN_FILES = 4 };
extern const char *const lure_run_files[LURE_RUN_FILES];
/* What only some runs leave. */
enum { LURE_RUN_EXTRA_FILES = 1 };
extern const char *const lure_run_extra_files[LURE_RUN_EXTRA_FILES];

enum { LURE_RUN_ID_SIZE = 17, LURE_RESPONSE_POINTS = 64, LURE_MOST_SHOWN = 16 };

/* p(action | observation) over the range of an observation of one number. */
typedef struct lure_response {
    size_t n_points, n_actions; /* n_points 0: the observation is not one number, or there are many actions */
    char observation[64], actions[LURE_MOST_SHOWN][64];
    double low, high;
    double probability[LURE_MOST_SHOWN][LURE_RESPONSE_POINTS];
} lure_response;

typedef struct lure_run_result {
    lure_error error; /* status LURE_OK: the run came to its end */
    char experiment[64], run_id[LURE_RUN_ID_SIZE],
        directory[LURE_PATH_SIZE]; /* directory "": none was made */
    uint64_t seed, updates, steps, episodes;
    double seconds;
    double episodic_return; /* mean of the last 100 episodes; NaN: there is none. With is_stored */
    lure_text document;     /* the JSON of --json, which is also summary.json */
    size_t n_columns;
    lure_metrics_column *columns; /* of metrics.csv, host columns left out */
    size_t tracked;               /* which column to show */
    size_t n_parameters;          /* trainable or not, those that are one number, at most LURE_MOST_SHOWN */
    struct {
        char name[48];
        double value;
    } parameters[LURE_MOST_SHOWN];
    lure_response response;
    bool is_stored;       /* its folder has its summary.json */
    bool begins_again;    /* gives_up_after was reached */
    bool can_resume;      /* it ended before its last update, and `lure resume` would go on */
    char note[256];       /* something a person should know; "" mostly */
    lure_profile profile; /* samples 0: none was asked for */
    char stopped[128];    /* why it ended before its last update, though nothing went wrong; "": it did not */
} lure_run_result;

/* Runs to the end, the first error, or lure_run_cancel. Returns result->error.status; the result is to be freed in
   every case. Signals are the caller's. */
lure_status lure_run(const lure_run_options *options, lure_run_result *result);
/* Everything but `directory`, how results are shown, whether it is watched and how often it is written down (captures,
   progress, tell, ...) is taken from the folder: its manifest, its scripts' bytes and its switches. Scripts that were
   changed since are told of and not used, but that watching replaces rules. A run that is finished is no error: *finished, and
   nothing was done. Relative paths in the manifest are those of the folder in which the run was started: the process
   goes there, if it is still there. The lock is held meanwhile. The result is to be freed in every case. */
lure_status lure_resume(const char *directory, const lure_run_options *shown, bool *finished,
                        lure_run_result *result);
void lure_run_result_free(lure_run_result *result);
void lure_run_cancel(void); /* signal-safe: ends the run of this process soon, keeping what was computed */

/* What became of a run whose process could not say so itself. */
typedef struct lure_run_failure {
    const char *run_id, *experiment;
    uint64_t seed;
    lure_error error;
    int signal; /* that killed it; 0: none */
} lure_run_failure;
/* summary.json of such a run, in its folder, which is made if need be; what lies there is sealed as it is. Not synced. */
lure_status lure_run_write_failure(const char *directory, const lure_run_failure *failure, lure_error *err);

/* The id of the run of a configuration (its hash) with a seed. */
void lure_run_id(const char *config_hash, uint64_t seed, char out[LURE_RUN_ID_SIZE]);

/* Everything but the updates: loads every script and checks every option, so that mistakes show before work starts. */
typedef struct lure_run_plan {
    char experiment[64], config_hash[65];
    uint64_t *seeds, n_seeds,
        updates; /* seeds: the experiment's own list, heap; free with lure_run_plan_free */
} lure_run_plan;
/* With a `directory`, the bytes of the scripts are kept in its `scripts_in` as a run does; a disk that will not have them is
   the run's business. */
lure_status lure_run_plan_make(const lure_run_options *options, lure_run_plan *plan, lure_error *err);
void lure_run_plan_free(lure_run_plan *plan);

#endif
