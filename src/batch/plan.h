/* plan.h: what a batch is made of: experiments x axes x seeds, as a list of runs in a fixed order. An axis is a list of
   points, each of which sets one value of each of the axis's options: of the one option that is varied, of those that are
   tied (they change together), of all that are sampled (each point is drawn). Made in three steps: lure_plan_read (the batch
   script or the command line), lure_plan_note for each configuration (what lure_run_plan_make said of it), lure_plan_list
   (the runs). No Lua in this header, and nothing here runs anything.
   What is to follow needs no other plan: an adaptive search appends points to the sampled axis, the slowest, so that
   with one experiment the configurations there were stay where they are; and a task of a cluster takes a slice of `runs`,
   whose order depends on what was asked alone. Runs are paired: every configuration has the same seeds. */
#ifndef LURE_BATCH_PLAN_H
#define LURE_BATCH_PLAN_H

#include "base/text.h"
#include "batch/draw.h"
#include "run/run.h"

enum { LURE_MOST_CONFIGURATIONS = 100000, LURE_MOST_RUNS = 1000000 };

/* What was typed. */
typedef struct lure_plan_request {
    const char *const *words; /* one batch, or experiments: names or paths */
    size_t n_words;
    const char *const *sets; /* "key=v1,v2,...": commas inside quotes and braces do not split */
    size_t n_sets;
    const char *seeds;       /* "1..30", "1,2,5", "1..3,7"; null: the batch's own, else each experiment's */
    const char *const *ties; /* "key=v1,v2,...": all of them change together, so all have as many values */
    size_t n_ties;
    const char *const *samples; /* "key=log_uniform(1e-4,1)" */
    size_t n_samples;
    size_t n_points; /* how many are drawn; 0: not said */
    bool has_sample_seed;
    uint64_t sample_seed;
} lure_plan_request;

typedef struct lure_plan_value {
    char *text; /* as after --set key= */
    char *json; /* the same value */
} lure_plan_value;

typedef struct lure_plan_option {
    char *key;
    lure_plan_value *values; /* one for each point of its axis */
    size_t n_values;
    bool typed;     /* from the command line */
    size_t group;   /* LURE_PLAN_ALONE, LURE_PLAN_SAMPLED, or the number of the tie */
    size_t axis;    /* index into plan->axes */
    lure_draw draw; /* of a sampled one */
} lure_plan_option;

enum { LURE_PLAN_ALONE, LURE_PLAN_SAMPLED, LURE_PLAN_FIRST_TIE };

typedef struct lure_plan_axis {
    size_t group, n_points, first_option;
} lure_plan_axis;

typedef struct lure_plan_configuration {
    size_t experiment;      /* index into plan->experiments */
    lure_setting *settings; /* (n_options) one value each; strings of the options */
    bool noted;
    char name[64];        /* of the experiment */
    char config_hash[65]; /* "": could not be planned, and then: */
    lure_status status;
    char *error;
    uint64_t *seeds; /* the experiment's own */
    size_t n_seeds;
    size_t first_run, n_runs;
} lure_plan_configuration;

typedef struct lure_plan_run {
    size_t configuration;
    uint64_t seed;
    char id[LURE_RUN_ID_SIZE]; /* "": of a configuration that could not be planned */
    size_t twin; /* the first run with the same name and id: equal values give equal runs; mostly itself */
} lure_plan_run;

typedef struct lure_plan {
    char name[256];     /* of the batch; else of the experiments, joined */
    char **experiments; /* as `lure run` would be told */
    size_t n_experiments;
    lure_plan_option *options; /* in the order in which they are applied */
    size_t n_options;
    lure_plan_axis *axes; /* the sampled one, the ties, those of one option */
    size_t n_axes;
    size_t n_points; /* of the sampled axis; 0: not said */
    uint64_t sample_seed;
    uint64_t *seeds; /* for all; null: each experiment's own */
    size_t n_seeds;
    lure_plan_configuration *configurations; /* the last axis varies fastest */
    size_t n_configurations;
    lure_plan_run *runs; /* configuration by configuration */
    size_t n_runs;
    lure_text scratch; /* of lure_plan_read */
} lure_plan;

/* Ends with the configurations. Caller destroys. What is wrong on the command line is LURE_ERROR_USAGE, in the batch
   script LURE_ERROR_SCRIPT; an experiment that a batch script names wrongly is left to lure_plan_note. */
lure_status lure_plan_read(const lure_plan_request *request, lure_plan **out, lure_error *err);
/* Either what lure_run_plan_make found out, whose seeds are copied, or why it could not (status, text). */
lure_status lure_plan_note(lure_plan *plan, size_t configuration, const lure_run_plan *found,
                           const lure_error *failure, lure_error *err);
lure_status lure_plan_list(lure_plan *plan, lure_error *err); /* after every configuration was noted */
void lure_plan_destroy(lure_plan *plan);                      /* null is fine */

/* The cross product: for plan.c's own reader. */
lure_status lure_plan_combine(lure_plan *plan, lure_error *err);

lure_run_options lure_plan_options(const lure_plan *plan, size_t configuration);
/* out/<experiment>-seed<N>-<run id>, or "" for a run without an id */
lure_status lure_plan_directory(const lure_plan *plan, size_t run, const char *out,
                                char directory[LURE_PATH_SIZE], lure_error *err);
/* "fry_shacks learning_rate.rate=0.1 seed 3": the experiment, what is varied, the seed. */
void lure_plan_label(const lure_plan *plan, size_t run, lure_text *text);
/* "lure run fry_shacks --set learning_rate.rate=0.1 --seed 3", quoted for a shell. */
void lure_plan_command(const lure_plan *plan, size_t run, lure_text *text);
/* Which of its values an option has in a configuration. */
const lure_plan_value *lure_plan_value_of(const lure_plan *plan, size_t configuration, size_t option);
/* Does it tell configurations apart? What is set for all does not. */
bool lure_plan_is_varied(const lure_plan *plan, size_t option);

#endif
