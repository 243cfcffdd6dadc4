/* loader.h: from a name to what a script returns. A name is looked up in the role's folder beside the experiment,
   in the current directory, then in the installed share folder; anything with a slash or ending in .lua is a path.
   Each load runs the chunk anew, in an environment of its own, with its options as `...`. What was loaded, with
   hashes and resolved options, is remembered for the manifest and the run's id, and its bytes for whoever keeps them.
   Where the sandbox has an archive, every script comes from that and no file is looked at.
   The functions that take lua_State raise; call them under lure_call_c. */
#ifndef LURE_SCRIPT_LOADER_H
#define LURE_SCRIPT_LOADER_H

#include "base/hash.h"
#include "base/json.h"
#include "store/archive.h"

#include <lua.h>
#include <limits.h>

typedef enum {
    LURE_ROLE_ENVIRONMENT,
    LURE_ROLE_REWARD,
    LURE_ROLE_SCHEDULE,
    LURE_ROLE_LEARNING_RATE,
    LURE_ROLE_ALGORITHM,
    LURE_ROLE_EXPERIMENT,
    LURE_ROLE_BATCH,
    LURE_N_ROLES,
} lure_role;

const char *lure_role_name(lure_role role); /* "environment", "learning_rate", ... */
const char *
lure_role_folder(lure_role role); /* "environments", "rewards", ... below scripts/ but for environments */
/* A script's name: its file's without folder and ".lua"; foo/init.lua is foo. */
void lure_script_name(const char *path, char *out, size_t size);
/* The share folder: beside the executable (../share/lure, or the checkout that build/lure lies in). "" if neither. */
const char *lure_share_folder(void);

/* Finds the file of `name`. `beside` is the experiment's file, or null. False: `tried` (size bytes) lists where it was
   looked for, and `nearest` (64 bytes) a name that exists and is close, or "". */
bool lure_loader_find(lure_role role, const char *name, const char *beside, char path[PATH_MAX], char *tried,
                      size_t size, char nearest[64]);
/* All names of a role that can be found without a path, sorted, comma-separated. */
void lure_loader_names(lure_role role, lure_text *out);

/* Loads a role's script; options: stack index of a table, or 0. [-0, +1, e] pushes what it returned.
   The path found goes into `path` (null is fine). */
void lure_loader_load(lua_State *L, lure_role role, const char *name, const char *beside, int options,
                      char path[PATH_MAX]);

void lure_loader_note_options(lua_State *L, int index); /* called by options() while a chunk runs */
/* Every script loaded so far as a JSON array of { role, name, path, sha256, options }. */
void lure_loader_json(lua_State *L, lure_json *json, const char *key);
/* Pushes the list of records { role =, name =, path =, sha256 =, options = }. [-0, +1, e] */
void lure_loader_push_records(lua_State *L);
size_t lure_loader_n_records(lua_State *L); /* [-0, +0, m] */
/* Record i, from 1; the strings are good while it is remembered. [-0, +0, m] */
void lure_loader_record(lua_State *L, size_t i, lure_script_label *out);
/* Forgets what came after the first n: a script that was tried and is not used. [-0, +0, m] */
void lure_loader_forget(lua_State *L, size_t n);
/* Writes the bytes of record i into the folder, as archive.h says. [-0, +0, e] */
void lure_loader_keep(lua_State *L, size_t i, const char *folder, bool durably);

#endif
