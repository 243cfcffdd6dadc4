/* run_settings.h: all that decided a run's result but its seed, as texts by name: options of the experiment and of each role
   ("learning_rate.rate"), names of roles, the first digits of their files' hashes ("reward's file"), the result version. No Lua. */
#ifndef LURE_RUN_RUN_SETTINGS_H
#define LURE_RUN_RUN_SETTINGS_H

#include "base/hash.h"
#include "run/run_folder.h"

/* An object of strings; null: no memory. `switches`: the hash below, or "". Caller decrefs. */
json_t *lure_run_settings(const lure_manifest *manifest, const char *switches);
/* Of the folder's switches.jsonl; "": no rule was changed while the run went on. */
lure_status lure_run_switches_hash(const char *directory, char out[LURE_HASH_SIZE], lure_error *err);

#endif
