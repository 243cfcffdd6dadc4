/* scaffold.h: a new script, made from the template of its role in the share folder. No Lua in this header. */
#ifndef LURE_RUN_SCAFFOLD_H
#define LURE_RUN_SCAFFOLD_H

#include "base/status.h"
#include "store/run_directory.h"

typedef struct lure_scaffold {
    char path[LURE_PATH_SIZE]; /* of the file made, below the current folder */
    char use[256];             /* a command that uses it */
} lure_scaffold;

/* Into ./environments, or ./scripts/<folder> or ./<folder>, the first that exists, else ./<folder> is made. The word
   NAME of the template becomes the name. LURE_ERROR_USAGE: no such role, or a name with other characters than letters,
   digits and underscores. LURE_ERROR_STORE: the file exists, or cannot be written, or there is no template. */
lure_status lure_scaffold_make(const char *role, const char *name, lure_scaffold *out, lure_error *err);

#endif
