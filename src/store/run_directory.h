/* run_directory.h: a run's folder on disk. Crash-only: whole files appear by temp + fsync + rename + fsync of
   the folder, or not at all; metrics.csv only ever grows. Errors are LURE_ERROR_STORE with path and reason. */
#ifndef LURE_STORE_RUN_DIRECTORY_H
#define LURE_STORE_RUN_DIRECTORY_H

#include "base/status.h"
#include <stddef.h>

enum { LURE_PATH_SIZE = 4096 };

/* Makes `path` and its parents. A folder that exists and holds anything is refused: the text says what it holds
   ("run_id" of its manifest.json where there is one) and to name another --out or remove it. An empty one is taken. */
lure_status lure_run_directory_create(const char *path, lure_error *err);
/* Makes the first of base, base-2, base-3, ... that does not exist; its path into `out`. */
lure_status lure_run_directory_create_next(const char *base, char out[LURE_PATH_SIZE], lure_error *err);
lure_status lure_folder_make(const char *path, lure_error *err); /* with parents; existing is fine */
/* The temporary is path.PID.tmp; it is gone after success and after failure, and only a killed process leaves it. */
lure_status lure_file_write_atomic(const char *path, const void *bytes, size_t n, lure_error *err);
/* As above, but only the death of the process is provided for, not that of the machine: lure_run_directory_finish
   does the rest for all files of a folder at once. */
lure_status lure_file_write_whole(const char *path, const void *bytes, size_t n, lure_error *err);
/* Syncs the named files, those that exist, and only then lets the file `last` appear: who sees it finds the others as
   they were written, whatever happened in between. */
lure_status lure_run_directory_finish(const char *directory, const char *const *names, size_t n_names,
                                      const char *last, const void *bytes, size_t n, lure_error *err);
/* dir/name into out; a path that would not fit is LURE_ERROR_STORE. */
lure_status lure_path_join(const char *dir, const char *name, char out[LURE_PATH_SIZE], lure_error *err);

#endif
