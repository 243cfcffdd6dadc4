/* file_identity.c: see file_identity.h. The time of change cannot be set by hand, that of modification can; a file system may
   keep only the latter right. */
#define _GNU_SOURCE
#include "base/file_identity.h"

#include <sys/stat.h>

enum { SETTLED_SECONDS = 2 };

bool lure_file_identify(const char *path, lure_file_identity *out)
{
    struct stat facts;
    if (stat(path, &facts) != 0 || !S_ISREG(facts.st_mode))
        return false;
    *out = (lure_file_identity){facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtim, facts.st_ctim};
    return true;
}

static bool is_same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool lure_file_is_same(const lure_file_identity *a, const lure_file_identity *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           is_same_time(a->modified, b->modified) && is_same_time(a->changed, b->changed);
}

bool lure_file_is_settled(const lure_file_identity *file)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return file->modified.tv_sec + SETTLED_SECONDS < now.tv_sec &&
           file->changed.tv_sec + SETTLED_SECONDS < now.tv_sec;
}
