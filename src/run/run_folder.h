/* run_folder.h: a run that was, from what it left in its folder: which experiment with which settings and seed, its scripts'
   hashes, its parameters. Nothing here writes. Errors are LURE_ERROR_STORE with the path. */
#ifndef LURE_RUN_RUN_FOLDER_H
#define LURE_RUN_RUN_FOLDER_H

#include "learn/policy.h"
#include "learn/seen.h"
#include "run/run.h"
#include "store/checkpoint.h"
#include "store/seal.h"

#include <jansson.h>

bool lure_run_folder_is(const char *path); /* does it hold a manifest.json? */
/* From what a person names, a run's folder or the name of one in runs/, to the folder. One that holds no manifest.json is
   refused, with the nearest name in runs/. */
lure_status lure_run_folder_find(const char *name, char directory[LURE_PATH_SIZE], lure_error *err);

/* What summary.json seals (store/seal.h), but for TensorBoard's files, whose names differ. */
enum { LURE_RUN_SEALED = 6 };
extern const lure_seal_file lure_run_sealed[LURE_RUN_SEALED];
/* Is what it holds as the run left it? Before anything in it is used. Damage is told with the file, what is wrong, and what to
   do. A run that has no summary.json, one of an older lure without a seal, and one that was stopped, are no error. *summary (null is fine) is
   summary.json, or null; the caller decrefs. */
lure_status lure_run_folder_check(const char *directory, json_t **summary, lure_error *err);

typedef struct lure_manifest {
    json_t *root;                    /* all of it; the strings below lie in it */
    const char *run_id, *experiment; /* the experiment's name... */
    const char *path;                /* ...and file, as it was found then... */
    const char *folder;              /* ...by a process in this folder; "" in runs that did not note it */
    const char *configuration;       /* hash of all but the seed that decided the result; "" likewise */
    const char *started;
    const json_t *options, *scripts; /* objects and a list of objects */
    uint64_t seed;
    int64_t result_version;
    bool is_sealed;         /* its checksum is there, and holds; an older lure wrote none */
    lure_setting *settings; /* as given with --set */
    size_t n_settings;
} lure_manifest;

/* `manifest` is to be freed in every case. */
lure_status lure_manifest_read(const char *directory, lure_manifest *manifest, lure_error *err);
/* The two halves of it: the file's path and bytes (an initialised text, the caller's to free), and what they say. */
lure_status lure_manifest_bytes(const char *directory, char path[LURE_PATH_SIZE], lure_text *bytes,
                                lure_error *err);
lure_status lure_manifest_parse(const char *path, const lure_text *bytes, lure_manifest *manifest,
                                lure_error *err);
void lure_manifest_free(lure_manifest *manifest);
/* The SHA-256 of the first script of that role; null: there was none. */
const char *lure_manifest_hash(const lure_manifest *manifest, const char *role);

/* Parameters and, if they are not null, statistics of what the policy sees, from a checkpoint of a policy that must be like
   this one: the same names, shapes and type. */
lure_status lure_run_load_policy(const lure_checkpoint *checkpoint, lure_policy *policy, lure_seen *seen,
                                 lure_error *err);

#endif
