/* watch.h: the scripts of a run are looked at between its updates, a few times a second. A reward, schedule or learning-rate
   rule whose file changed is loaded anew, its bytes are kept, the switch is noted in the run's switches.jsonl, and the next
   update has it; one that cannot be loaded is told of and the old one stays. Any other script that changed is told of. When a
   run is done again or gone on with the same happens at the updates that its recording tells, and watching, where it is asked
   for, begins behind the last of them. Internal to run/. */
#ifndef LURE_RUN_WATCH_H
#define LURE_RUN_WATCH_H

#include "run/recording.h"
#include "run/rules.h"
#include "store/run_directory.h"

/* Of a file as the system tells it; an editor that writes anything changes one of them. */
typedef struct lure_stamp {
    uint64_t inode, size;
    int64_t seconds, nanoseconds;
} lure_stamp;

typedef struct lure_watched {
    lure_role role;
    char path[PATH_MAX];
    char used[LURE_HASH_SIZE], refused[LURE_HASH_SIZE]; /* "": nothing was refused */
    lure_stamp known;                                   /* what it was when its bytes were last compared */
    lure_stamp seen; /* at the last look: a file is read once it rested from one look to the next */
} lure_watched;

typedef struct lure_watch {
    lure_rules *borrow_rules;
    const lure_run_options *borrow_options;
    char scripts[LURE_PATH_SIZE], switches[LURE_PATH_SIZE];
    lure_watched files[LURE_N_ROLES];
    size_t n_files;
    double looked;
    uint64_t n_switches;
} lure_watch;

/* After the scripts were kept. Where the options ask for it, looks between the conductor's updates from now on. `watch` does
   not move, and is zeroed. */
lure_status lure_watch_open(lure_watch *watch, lure_sandbox *sandbox, lure_rules *rules,
                            const lure_run_options *options, const char *directory, lure_error *err);
/* Does what the recording tells of the updates up to that one and was not done yet; where there is no recording, nothing. [-0, +0, m] */
lure_status lure_watch_catch_up(lua_State *L, lure_watch *watch, uint64_t update, lure_error *err);

#endif
