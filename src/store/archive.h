/* archive.h: the bytes of the scripts that a run loaded. On disk a folder with a file each, role.name.HASH.lua, HASH being
   the first twelve digits of the SHA-256 of what is in it: equal content is there once, and runs of a batch share one folder.
   In memory a list, which the loader takes scripts from instead of files (script/loader.h) when a run is done again.
   No Lua. Errors are LURE_ERROR_STORE with path and reason. */
#ifndef LURE_STORE_ARCHIVE_H
#define LURE_STORE_ARCHIVE_H

#include "base/hash.h"
#include "base/text.h"
#include "store/run_directory.h"

/* What a manifest says of a script. */
typedef struct lure_script_label {
    const char *role; /* "reward" */
    const char *name; /* as it was asked for: "right_portion", "my_rewards/eager.lua" */
    const char *path; /* where it lay */
    const char *sha256;
} lure_script_label;

/* `stem` is the script's name in its file's name: no slash, no ".lua". */
lure_status lure_archive_path(const char *folder, const char *role, const char *stem, const char *sha256,
                              char out[LURE_PATH_SIZE], lure_error *err);
/* Makes the folder where it is not there, and the file where there is none with these bytes. `durably`: it is on the disk
   then; else it is on its way, which costs no waiting. */
lure_status lure_archive_keep(const char *folder, const char *role, const char *stem, const char *sha256,
                              const void *bytes, size_t n, bool durably, lure_error *err);

typedef struct lure_archived {
    lure_script_label label; /* strings on the heap */
    lure_text bytes;
} lure_archived;

typedef struct lure_archive {
    lure_archived *scripts; /* heap */
    size_t n;
} lure_archive;

/* Reads the script's file in `folder` into the list, in the place of what has its role and name there. Bytes that do not have
   the label's hash are refused. */
lure_status lure_archive_take(lure_archive *archive, const char *folder, const char *stem,
                              const lure_script_label *label, lure_error *err);
/* Null: there is none. */
const lure_archived *lure_archive_find(const lure_archive *archive, const char *role, const char *name);
void lure_archive_free(lure_archive *archive);

#endif
