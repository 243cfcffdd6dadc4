/* file_identity.h: is a file still the one that was read, unchanged? Told by what stat says, not by its bytes, so a process that
   needs a file again and again reads it once. Clocks of file systems are coarse: what changed less than two seconds ago may change
   again and look the same, so only what has settled may be remembered. */
#ifndef LURE_BASE_FILE_IDENTITY_H
#define LURE_BASE_FILE_IDENTITY_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

typedef struct lure_file_identity {
    dev_t device;
    ino_t inode;
    off_t size; /* bytes */
    struct timespec modified, changed;
} lure_file_identity;

bool lure_file_identify(const char *path, lure_file_identity *out); /* false: no regular file */
bool lure_file_is_same(const lure_file_identity *a, const lure_file_identity *b);
bool lure_file_is_settled(const lure_file_identity *file); /* whatever changes it from now on will show */

#endif
