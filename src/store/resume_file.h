/* resume_file.h: the files from which an interrupted run goes on, resume.0 and resume.1 in its folder: written in turn, so that one
   is whole whatever happens to the other. Each is a header (magic, versions, run id, counts), a payload that is the
   caller's, and the SHA-256 of all that. Errors are LURE_ERROR_STORE with path and reason. */
#ifndef LURE_STORE_RESUME_FILE_H
#define LURE_STORE_RESUME_FILE_H

#include "base/status.h"
#include "base/text.h"
#include "store/run_directory.h"

#include <stdint.h>

#define LURE_BATCH_LOCK_NAME ".lock"

enum { LURE_RESUME_FILES = 2, LURE_RESUME_ID_SIZE = 24 };

typedef struct lure_resume_file {
    uint64_t sequence; /* which writing it is: the greater, the later */
    uint64_t update;   /* updates done */
    bool is_captured;  /* else the payload is the reason why it could not be, a text */
    lure_text payload;
} lure_resume_file;

/* Over the older one; atomic. `durably`: it is on the disk then. */
lure_status lure_resume_file_write(const char *directory, const char *run_id, const lure_resume_file *file,
                                   bool durably, lure_error *err);
/* The i-th. False: it is not there (err is LURE_OK) or of no use (err says why: damaged, of another run or version). Free the
   payload in every case. */
bool lure_resume_file_read(const char *directory, const char *run_id, size_t i, lure_resume_file *file,
                           lure_error *err);
void lure_resume_file_remove(const char *directory); /* both, and what a killed process left half written */

/* Who works in a folder holds its lock, which goes with the process. Refused with the other's process id. */
lure_status lure_run_lock(const char *directory, int *lock, lure_error *err);
/* The folder above may be that of a batch, whose runs have one lock for all: it is held together with others like us, until
   *lock is closed; -1: there is none. Refused with the batch's process id. */
lure_status lure_run_lock_above(const char *directory, int *lock, lure_error *err);
void lure_run_unlock(const char *directory, int lock); /* and removes its file; -1 is fine */

/* Lets others see that a run is being done in the folder, until it is closed. -1: they cannot, which stops nobody. */
int lure_run_hold(const char *directory);
bool lure_run_is_held(const char *directory); /* is it locked or held now? */

#endif
