/* script_file.h: the files of scripts as this process knows them: by which path a person would write one, its bytes and their
   hash. A worker loads the same few files for thousands of runs: what stat says to be the same file, unchanged, is neither
   resolved nor read again (base/file_identity.h). Errors are LURE_ERROR_STORE with the path and the system's reason. */
#ifndef LURE_SCRIPT_SCRIPT_FILE_H
#define LURE_SCRIPT_SCRIPT_FILE_H

#include "base/hash.h"
#include "base/status.h"
#include "base/text.h"

#include <limits.h>
#include <stdbool.h>

/* Is `candidate` a readable file? Then `path` is how a person would write it: without "." and "..", and relative to the current
   directory when it lies below. */
bool lure_script_file_find(const char *candidate, char path[PATH_MAX]);

/* The file's bytes, good until the next call, and their hash. */
lure_status lure_script_file_read(const char *path, const lure_text **bytes, char hash[LURE_HASH_SIZE],
                                  lure_error *err);

#endif
