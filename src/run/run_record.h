/* run_record.h: a run's folder as a row of the index (store/index.h): from manifest.json and summary.json. A run without a
   summary is "unfinished", or "running" while a process is at it. No Lua in this header.
   Errors are LURE_ERROR_STORE with the path. */
#ifndef LURE_RUN_RUN_RECORD_H
#define LURE_RUN_RUN_RECORD_H

#include "run/run_folder.h"
#include "store/index.h"

typedef struct lure_run_record {
    lure_index_run row; /* its strings are those of the documents below */
    lure_manifest manifest;
    json_t *summary;  /* null: there is none */
    json_t *settings; /* lure_run_settings */
    lure_index_setting *setting_rows;
    lure_index_number *number_rows;
    size_t *name_places;
    lure_text strings;
} lure_run_record;

/* The last manifest that was parsed. Those of runs of one configuration differ in five lines (run_id, command, seed,
   started, crc32c): where the next one does not differ elsewhere, byte for byte, what the last one said holds, and most of a record's
   cost is saved. All zero to begin with. */
typedef struct lure_run_record_last {
    lure_text bytes;
    lure_run_record record;
} lure_run_record_last;
void lure_run_record_last_free(lure_run_record_last *last);

/* `folder` is the run's, from the root on. All that its summary seals is checked (lure_run_folder_check). `record` is to be freed
   in every case. */
lure_status lure_run_record_read(const char *root, const char *folder, lure_run_record *record,
                                 lure_error *err);
/* The same of a folder that was checked just now: `summary` is what it holds, null for none; borrowed. `last` may be null. */
lure_status lure_run_record_make(const char *root, const char *folder, json_t *summary,
                                 lure_run_record_last *last, lure_run_record *record, lure_error *err);
void lure_run_record_free(lure_run_record *record);

/* ROOT and the rest of the path, of a folder that lies below ./runs: "runs" and "rates/fry_shacks-seed1-29085bb2d03f87e6".
   False: it lies elsewhere. */
bool lure_run_root(const char *directory, char root[LURE_PATH_SIZE], char folder[LURE_PATH_SIZE]);
/* The row of a run that has just ended, into the index of its root, if it has one. `told` as lure_index_put's. */
lure_status lure_run_record_put(const char *directory, lure_text *told, lure_error *err);

#endif
