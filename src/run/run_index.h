/* run_index.h: the index of a root (store/index.h) and the folders that it tells of: made anew from them, and what it does not
   know of. No Lua in this header. Errors are LURE_ERROR_STORE with the path. */
#ifndef LURE_RUN_RUN_INDEX_H
#define LURE_RUN_RUN_INDEX_H

#include "run/run_record.h"

typedef struct lure_index_rebuild {
    /* one line each, without a newline: what could not be read and why, runs that contradict each other; null is fine */
    void (*tell)(void *data, const char *text);
    /* now and then; null is fine */
    void (*progress)(void *data, size_t n_runs);
    void *data;
    size_t n_runs, n_unreadable; /* what came of it */
} lure_index_rebuild;

/* A new index of all runs below the root, at most three folders deep, in the place of what is there. The old one stays when
   something fails; a run that cannot be read is told of and left out. LURE_ERROR_CANCELLED after lure_index_interrupt. */
lure_status lure_run_index_rebuild(const char *root, lure_index_rebuild *rebuild, lure_error *err);

/* For writing. One that is damaged, newer or foreign is told of (`rebuild->tell`) and made anew. */
lure_status lure_run_index_open(const char *root, lure_index_rebuild *rebuild, lure_index **out,
                                lure_error *err);

/* Folders of runs or of batches right in root/below that the index has nothing of, one line each, the first `most`; looks at a few
   thousand names at most. */
lure_status lure_run_index_lacks(lure_index *index, const char *root, const char *below, size_t most,
                                 lure_text *names, size_t *n, lure_error *err);

#endif
