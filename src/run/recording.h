/* recording.h: all that it takes to do a run again, from its folder alone: its scripts' bytes and options, its seed, which rules
   were replaced at which updates, and how far it came. No file outside the folder is looked at, but the scripts that a batch
   keeps once for all its runs. Given to lure_run as options->recording, with what lure_recording_options says: the run is
   done again or, with options->resumes, gone on with. */
#ifndef LURE_RUN_RECORDING_H
#define LURE_RUN_RECORDING_H

#include "run/run_folder.h"
#include "script/loader.h"
#include "store/switches.h"

typedef struct lure_recording {
    char directory[LURE_PATH_SIZE], scripts[LURE_PATH_SIZE];
    lure_manifest manifest;
    lure_archive archive; /* what is in use: at first what the run loaded */
    lure_switch *switches;
    size_t n_switches, n_switched; /* n_switched: so many of them are done */
    bool
        is_complete; /* it ended by itself, well or by a script's error; else it was stopped, or goes on still */
    bool has_failed;    /* by a script's error */
    uint64_t most_rows; /* for lure_run: no more than these are wanted; 0: all */
} lure_recording;

/* `name`: a folder, or the name of one in runs/. What is missing, damaged, or made by another result version is
   LURE_ERROR_STORE. Free in every case. */
lure_status lure_recording_read(const char *name, lure_recording *out, lure_error *err);
void lure_recording_free(lure_recording *recording);
/* The options that do it again; the folder is the caller's to name. They borrow from the recording. */
lure_run_options lure_recording_options(lure_recording *recording);
/* To its beginning: the archive is what the run loaded, and no switch is done. */
lure_status lure_recording_rewind(lure_recording *recording, lure_error *err);
/* Puts what the next switch loaded into the archive: the role is to be loaded anew. */
lure_status lure_recording_switch(lure_recording *recording, lure_role *role, lure_error *err);

#endif
