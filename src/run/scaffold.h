/* scaffold.h: a new script and its test, made from the templates of its role in the share folder. No Lua in this header. */
#ifndef LURE_RUN_SCAFFOLD_H
#define LURE_RUN_SCAFFOLD_H

#include "base/status.h"
#include "store/run_directory.h"

#include <stdbool.h>

typedef struct lure_scaffold {
    char path[LURE_PATH_SIZE]; /* of the file made, below the current folder */
    char test[LURE_PATH_SIZE]; /* of its test; "": none was made */
    char use[256];             /* a command that uses it */
} lure_scaffold;

/* Into ./environments, or ./scripts/<folder> or ./<folder>, the first that exists, else ./<folder> is made; with_test: its
   test into tests/test_<name>.lua, or where that name is taken tests/test_<role>_<name>.lua. The word NAME of the templates
   becomes the name. LURE_ERROR_USAGE: no such role, or a name with other characters than letters, digits and underscores.
   LURE_ERROR_STORE: a file exists, or cannot be written, or there is no template; then nothing is made. */
lure_status lure_scaffold_make(const char *role, const char *name, bool with_test, lure_scaffold *out,
                               lure_error *err);

/* ./.luarc.json, which tells an editor's Lua language server where the annotations of the installed lure lie. Where there
   is one it is left as it is: LURE_ERROR_STORE, whose text says what to add to it. */
lure_status lure_scaffold_editor(lure_scaffold *out, lure_error *err);

#endif
