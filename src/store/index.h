/* index.h: index.db, a table of the runs below one folder, the root, for finding the best of 100,000 in a moment. The folders
   are the truth: what is here can be made again from them, and a row says that its run is on the disk. SQLite in WAL mode, one
   transaction a call, so readers see all of it or nothing, a killed writer leaves the rows before it, and writers wait for
   each other. Every row carries a sum over itself, its settings and its numbers, so that a flipped byte does not become a
   result. Knows nothing of what is in a run's folder (run/run_record.h does). No Lua.
   Errors are LURE_ERROR_STORE with the path; those of a damaged, foreign or newer file say how to make a new one. */
#ifndef LURE_STORE_INDEX_H
#define LURE_STORE_INDEX_H

#include "base/status.h"
#include "base/text.h"
#include "store/run_directory.h"

#include <stdbool.h>
#include <stdint.h>

#define LURE_INDEX_NAME "index.db"

typedef struct lure_index lure_index;

typedef struct lure_index_setting {
    const char *key, *value;
} lure_index_setting;

typedef struct lure_index_number {
    const char *name;
    double value; /* one that is not finite is left out */
} lure_index_number;

/* A row. Strings are the caller's; null or "": unknown. */
typedef struct lure_index_run {
    const char *
        folder; /* from the root on, "rates/fry_shacks-seed1-29085bb2d03f87e6": what tells runs apart; needed */
    const char *batch; /* the batch's folder from the root on: "rates", or "." where the root itself is it */
    const char *run_id, *experiment, *configuration;
    const char *given;   /* the settings as typed: "updates=50 learning_rate.rate=0.1" */
    const char *outcome; /* "ok", "script_error", ..., "unfinished" */
    const char *error, *started;
    const char *track;  /* the column that tail_mean is of */
    const char *digest; /* of its results: the same run gives the same */
    uint64_t seed, updates, steps, episodes;
    double seconds, episodic_return, tail_mean; /* NaN: unknown */
    const lure_index_setting *settings;         /* all options as resolved */
    size_t n_settings;
    const lure_index_number
        *numbers; /* "entropy" the mean over the last half, "entropy.last", "steps_per_second", ... */
    size_t n_numbers;
} lure_index_run;

/* ---- writing ---- */

/* ROOT/index.db; makes it when there is none, but not the root. Waits up to ten seconds for another writer. */
lure_status lure_index_open(const char *root, lure_index **out, lure_error *err);
/* Is this error one that a new index mends (damaged, no database, of a newer lure)? */
bool lure_index_is_broken(const lure_error *err);
/* All of them or none. A row of the same folder is replaced. When a run's results differ from those of the same run in
   another folder, both rows stay and a line about it is appended to `told` (null is fine). */
lure_status lure_index_put(lure_index *index, const lure_index_run *runs, size_t n, lure_text *told,
                           lure_error *err);
/* The row of that folder and of all below it. */
lure_status lure_index_forget(lure_index *index, const char *folder, lure_error *err);
void lure_index_close(lure_index *index); /* null is fine */

/* A new one beside the old, to be filled by lure_index_put; finish puts it in the old one's place and closes it in every
   case, close without it throws it away. Other writers wait meanwhile. */
lure_status lure_index_renew(const char *root, lure_index **out, lure_error *err);
lure_status lure_index_finish(lure_index *index, lure_error *err);

/* ---- reading ---- */

/* Read-only, and it works in a folder that cannot be written. Free: there is no index (*out is null) is LURE_OK. */
lure_status lure_index_open_to_read(const char *root, lure_index **out, lure_error *err);

/* Everything is looked at: pages and SQL indexes (PRAGMA integrity_check) and each row's sum. What is wrong is the error, the
   first of it. */
lure_status lure_index_check(lure_index *index, size_t *n_runs, lure_error *err);

typedef struct lure_index_row {
    lure_index_run run; /* strings, settings and numbers, both by name, until the next row comes */
    double sorted;      /* the number that was sorted by; NaN: none */
    bool is_damaged;    /* its sum does not hold */
} lure_index_row;
/* What it returns but LURE_OK ends the reading. */
typedef lure_status (*lure_index_take)(void *data, const lure_index_row *row, lure_error *err);

typedef struct lure_index_filter {
    const char *below; /* a folder from the root on: it, and what lies below; null or "": all */
    const char *experiment, *outcome;   /* null: any */
    const char *where;                  /* a condition in SQL over the columns of runs; null: none */
    const lure_index_setting *settings; /* runs that have all of these */
    size_t n_settings;
    const char *sort; /* a column of runs, or a number's name; null: started */
    bool ascending;   /* least or earliest first */
    bool is_ranking;  /* leave out runs that lack a value in it */
    size_t limit;     /* 0: all */
} lure_index_filter;

/* In the order asked for, equal ones by when they were put in. All is one state of the index. *n_all (null is fine): how many
   runs pass the filter. A name or a condition that is wrong is LURE_ERROR_USAGE with those there are. */
lure_status lure_index_list(lure_index *index, const lure_index_filter *filter, lure_index_take take,
                            void *data, size_t *n_all, lure_error *err);
/* From now on, until it is closed, all that is read is one state of the index. */
lure_status lure_index_hold(lure_index *index, lure_error *err);
/* The error of a list in which so many rows were damaged. */
lure_status lure_index_damaged_rows(const lure_index *index, size_t n, lure_error *err);
/* The folders of the runs whose id begins so, at most `most`, one heap text with a line each; *n: how many there are. */
lure_status lure_index_find(lure_index *index, const char *id_prefix, size_t most, lure_text *folders,
                            size_t *n, lure_error *err);
/* Is there a row of this folder, or of one below it? */
lure_status lure_index_has(lure_index *index, const char *folder, bool *has, lure_error *err);

typedef enum {
    LURE_INDEX_NULL,
    LURE_INDEX_WHOLE,
    LURE_INDEX_NUMBER,
    LURE_INDEX_STRING,
    LURE_INDEX_BYTES
} lure_index_type;
typedef struct lure_index_value {
    lure_index_type type;
    int64_t whole;
    double number;
    const char *text; /* of strings and bytes; terminated */
    size_t n;
} lure_index_value;
/* First the names alone (values null), then row by row. */
typedef lure_status (*lure_index_take_values)(void *data, const char *const *names,
                                              const lure_index_value *values, size_t n, lure_error *err);
/* One SELECT of a person's, which can do nothing but read the tables here. Mistakes in it are LURE_ERROR_USAGE with what there
   is to be read. */
lure_status lure_index_query(lure_index *index, const char *sql, lure_index_take_values take, void *data,
                             lure_error *err);

const char *lure_index_engine(void); /* "SQLite 3.40.1" */

/* Makes every reading call of this process that is under way end with LURE_ERROR_CANCELLED; signal-safe. */
void lure_index_interrupt(void);
bool lure_index_is_interrupted(void);

#endif
