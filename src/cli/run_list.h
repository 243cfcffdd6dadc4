/* run_list.h: what the commands that read the index of runs share: which index a folder belongs to, and opening it. Internal to
   cli/. */
#ifndef LURE_CLI_RUN_LIST_H
#define LURE_CLI_RUN_LIST_H

#include "base/json.h"
#include "run/run_index.h"

typedef struct lure_run_list {
    char root[LURE_PATH_SIZE];  /* the folder whose index it is */
    char below[LURE_PATH_SIZE]; /* the rest of the way to the folder that was named; "": that is it */
    bool is_missing;            /* there is no folder runs, and nobody named one: no runs yet */
    lure_index *index;          /* null where it is missing */
} lure_run_list;

/* `folder`: null for runs; a folder with an index, one below such a one, or the name of one in runs/. Nothing is opened. */
lure_status lure_run_list_place(const char *folder, lure_run_list *list, lure_error *err);
/* As above, and opens it for reading. Where there is no index yet it is made, which is told on stderr. Closed with
   lure_index_close(list->index). */
lure_status lure_run_list_open(const char *folder, lure_run_list *list, lure_error *err);
/* The folder of the run of runs/ that is named by the first digits of its id, four or more, or by its folder's name in a
   batch, which ends with it. `*found` false: there is none. Several: LURE_ERROR_USAGE. */
lure_status lure_run_list_find(const char *name, char directory[LURE_PATH_SIZE], bool *found,
                               lure_error *err);
/* What a command that takes a run goes on with: `name` where it is a folder's (or nothing), else what the above finds. */
lure_status lure_run_list_resolve(const char **name, char directory[LURE_PATH_SIZE], lure_error *err);
/* On stderr, when nothing was found: that no run has the experiment (`what`) `wanted`, which may be misspelt, and which there are, by
   the first column of `sql`. Nothing where some run has it, or `wanted` is null. */
void lure_run_list_tell_known(lure_index *index, const char *wanted, const char *what, const char *sql);
/* Makes it anew; what could not be read is told on stderr and counted. */
lure_status lure_run_list_rebuild(const lure_run_list *list, size_t *n_unreadable, lure_error *err);

/* A condition in SQL on the rows of runs: the folder that was named, and what lies below. Appends. */
void lure_run_list_condition(const lure_run_list *list, lure_text *sql);

/* The members of a run, into an open object: columns, "settings", "numbers". */
void lure_run_list_json(const lure_run_list *list, const lure_index_run *run, lure_json *json);

#endif
