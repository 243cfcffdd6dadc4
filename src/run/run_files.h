/* run_files.h: what a run leaves in its folder, but for metrics.csv, which it writes as it goes: manifest.json and the
   scripts before the first update, best.safetensors whenever an evaluation finds a better policy,
   checkpoint.safetensors after the last update, then summary.json. For run.c. Internal to run/. */
#ifndef LURE_RUN_RUN_FILES_H
#define LURE_RUN_RUN_FILES_H

#include "run/run_folder.h"
#include "run/session.h"

/* Who ran what: command, options, scripts with their hashes, seed, versions. */
lure_status lure__run_write_manifest(lure_session *session, const lure_run_options *options,
                                     const char *directory, lure_error *err);
/* The bytes of every script that is loaded, as archive.h says, into options->scripts_in of the folder. */
lure_status lure__run_keep_scripts(lure_session *session, const lure_run_options *options,
                                   const char *directory, lure_error *err);
/* Parameters, the optimizer's moments and the normalisers as they are now. The file appears whole, or what was there stays. */
extern const char lure__run_checkpoint[], lure__run_best[];
lure_status lure__run_write_checkpoint(lure_session *session, const char *directory, const char *name,
                                       lure_error *err);
/* The last members of the document: seal.h, of all that a run leaves. */
lure_status lure__run_seal(lure_json *json, const char *directory, bool has_logs, lure_error *err);
/* The disk gets everything before summary.json, the result's document, appears; or, with leaves_sync, nothing is waited for. */
lure_status lure__run_finish_directory(const lure_run_result *result, bool leaves_sync, lure_error *err);

#endif
