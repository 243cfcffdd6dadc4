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
    const char *folder; /* from the root on, "rates/fry_shacks-seed1-29085bb2d03f87e6": what tells runs apart; needed */
    const char *batch;  /* the batch's folder from the root on, "rates"; "" where the root itself is the batch's folder */
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
    const lure_index_number *numbers; /* "entropy" the mean over the last half, "entropy.last", "steps_per_second", ... */
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

/* A new one beside the old, to be filled by lure_index_put; finish puts it in the old one's place, close without it throws it
   away. Who has the old one open goes on with that. */
lure_status lure_index_renew(const char *root, lure_index **out, lure_error *err);
lure_status lure_index_finish(lure_index *index, lure_error *err);

/* ---- reading ---- */

/* Read-only, and it works in a folder that cannot be written. Free: there is no index (*out is null) is LURE_OK. */
lure_status lure_index_open_to_read(const char *root, lure_index **out, lure_error *err);

/* Everything is looked at: the pages (PRAGMA quick_check) and each row's sum. What is wrong is the error, the first of it. */
lure_status lure_index_check(lure_index *index, size_t *n_runs, lure_error *err);

/* Makes every reading call of this process that is under way end with LURE_ERROR_CANCELLED; signal-safe. */
void lure_index_interrupt(void);

#endif
