/* seal.h: what makes a run's summary.json say that the run is whole: "files" with bytes and CRC-32C of every other file,
   "digest", the SHA-256 of those that are its results (of each its name, a space, its length in decimal digits, a newline,
   its bytes), and last "crc32c", of all the document's bytes before it. A file that a power cut, a bad disk or a hand
   changed is found; a run whose seal holds needs no fsync to be believed. Errors are LURE_ERROR_STORE with the path. */
#ifndef LURE_STORE_SEAL_H
#define LURE_STORE_SEAL_H

#include "base/json.h"
#include "base/status.h"

#include <jansson.h>
#include <stdbool.h>

/* Any document of ours: the last member of the open top object, its checksum; and reading one. *is_sealed says whether it
   has one, which holds; with null, one without it is damaged, too. Caller decrefs. */
void lure_seal_end(lure_json *json);
lure_status lure_seal_read(const char *path, json_t **document, bool *is_sealed, lure_error *err);
/* Of bytes that were read from `path`: the same, and whether they end with a checksum that holds. */
lure_status lure_seal_parse(const char *path, const lure_text *bytes, json_t **document, bool *is_sealed,
                            lure_error *err);
bool lure_seal_holds(const lure_text *bytes);

typedef struct lure_seal_file {
    const char *name;
    bool is_result; /* of the digest; it must be the same whenever and wherever the run is done */
} lure_seal_file;

/* Adds the three members, which must be the last ones of the open top object. Files that are not there are left out.
   After a failure the document can be closed all the same, and has no seal. */
lure_status lure_seal_write(lure_json *json, const char *directory, const lure_seal_file *files,
                            size_t n_files, lure_error *err);

typedef enum {
    LURE_SEAL_HOLDS,
    LURE_SEAL_ABSENT, /* there is no summary.json */
    LURE_SEAL_NONE,   /* it has no seal: an older lure wrote it */
    LURE_SEAL_BROKEN, /* err says which file, and what is wrong with it */
} lure_seal_state;

/* Reads all that is sealed. A file of `files` that is there and not sealed is wrong, too. *document (null is fine): the summary
   where that itself is whole, else null. Caller decrefs. */
lure_seal_state lure_seal_check(const char *directory, const lure_seal_file *files, size_t n_files,
                                json_t **document, lure_error *err);

#endif
