/* capture.h: a run written down between two updates, so that it can go on from there in another process as if it had never stopped:
   the image of its Lua state (script/image.h), the numbers of conductor, collector and sandbox that no Lua value leads to,
   where metrics.csv stands, and best.safetensors. Written every few seconds and when a signal asks the run to stop; nothing of it changes what
   the run does. Internal to run/. */
#ifndef LURE_RUN_CAPTURE_H
#define LURE_RUN_CAPTURE_H

#include "run/conductor.h"
#include "store/resume_file.h"

typedef struct lure_capture {
    lure_conductor *borrow_conductor;
    struct lure_watch *borrow_watch; /* watch.h: which rules were replaced */
    const char *directory, *run_id;
    double every, due; /* seconds between two; when the next one is due. 0: after every update */
    void (*tell)(void *data, const char *text); /* what a person should know meanwhile; null is fine */
    void *tell_data;
    double
        gives_up_after; /* nothing is written down, and after so many seconds the run is torn down: run.h; 0: never */
    bool has_given_up;
    bool leaves_sync; /* nothing waits for the disk: run.h */
    /* To go on from. Null: from the beginning. */
    const lure_resume_file *from;
    bool failed_to_load; /* then the run was torn down, for the reason in err */
    lure_error err;
    /* what became of it */
    uint64_t sequence; /* of the last file */
    bool can;          /* the beginning is known */
    bool has_file, has_told;
} lure_capture;

/* The rule on top replaces another: it is part of what there is. [-0, +0, -] */
void lure_capture_note_rule(lua_State *L, lure_capture *capture, const char *sha256);
/* Between two updates, called by the iterator. Before the first: notes what there is, or takes the run to where `from` was
   written, with the rules that were in use there, which sets the conductor's update; if that fails, raises what no script can catch. Later: writes a file if one is
   due or the run is to stop. [-0, +0, e] */
void lure_capture_look(lua_State *L, lure_capture *capture);

#endif
