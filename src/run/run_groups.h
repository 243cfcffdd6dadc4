/* run_groups.h: finished runs, found in folders and put together by what they have in common: a group is one
   configuration (the same options and scripts) with several seeds; a run whose rules were changed while it went on is
   one of its own. What the groups differ in, and numbers of their runs' summaries. Nothing here computes statistics or
   writes. No Lua in this header. */
#ifndef LURE_RUN_RUN_GROUPS_H
#define LURE_RUN_RUN_GROUPS_H

#include "base/hash.h"
#include "run/run_folder.h"

typedef struct lure_grouped_run {
    char *directory;
    lure_manifest manifest;
    json_t *summary;               /* what summary.json holds; null: there is none */
    bool done;                     /* it came to a good end */
    char switches[LURE_HASH_SIZE]; /* of its switches.jsonl; "": no rule was changed while it went on */
    size_t group;
} lure_grouped_run;

typedef struct lure_run_group {
    size_t first, n; /* its runs, by seed */
    size_t n_done;
} lure_run_group;

/* An option, a role's name or script, a version: what is not the same in all groups. */
typedef struct lure_difference {
    char *key;
    char **values; /* (group) as text; "-": that group has no such thing */
} lure_difference;

typedef struct lure_run_groups {
    lure_grouped_run *runs; /* group after group */
    lure_run_group *groups; /* in the order in which they were met */
    lure_difference *differences;
    size_t n_runs, n_groups, n_differences;
    size_t n_twins; /* runs met before under another name, left out */
} lure_run_groups;

/* `names`: runs as lure_run_folder_find takes them, or folders that runs lie in, at most three deep. `groups` is to be freed in
   every case. */
lure_status lure_run_groups_read(const char *const *names, size_t n, lure_run_groups *groups,
                                 lure_error *err);
void lure_run_groups_free(lure_run_groups *groups);

/* A number of a run's summary: "steps"; a logged column's mean over the last half, "entropy", or another of its numbers,
   "entropy.last". NaN: there is none, or the run is not done. */
double lure_grouped_run_number(const lure_grouped_run *run, const char *name);
/* The names that give a number in one of the runs, with commas between; appends. */
void lure_run_groups_numbers(const lure_run_groups *groups, lure_text *out);

#endif
