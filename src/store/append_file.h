/* append_file.h: a file that grows by whole records, buffered. A write that fails (a full disk) is taken back: the file ends where
   it ended before that flush, the records it lacks stay in the buffer, and the next flush tries again. */
#ifndef LURE_STORE_APPEND_FILE_H
#define LURE_STORE_APPEND_FILE_H

#include "base/status.h"
#include "base/text.h"

#include <stdint.h>

typedef struct lure_append_file lure_append_file;

/* Creates the file; refuses an existing one. */
lure_status lure_append_file_create(const char *path, lure_append_file **out, lure_error *err);
/* Opens one that exists, cut after so many lines; all that lies behind them is gone. Fewer are LURE_ERROR_STORE. */
lure_status lure_append_file_reopen(const char *path, uint64_t n_lines, lure_append_file **out,
                                    lure_error *err);
/* The record is taken, or after an error is not. */
lure_status lure_append_file_add(lure_append_file *file, const void *record, size_t n, lure_error *err);
lure_status lure_append_file_flush(lure_append_file *file, lure_error *err); /* to the system; signal-safe */
/* To the disk; frees whatever happens; null is fine. */
lure_status lure_append_file_close(lure_append_file *file, lure_error *err);

#endif
