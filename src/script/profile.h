/* profile.h: where a run's time goes, by sampling: a timer's signal looks at what is being done, so nothing reads a clock at a
   step. What C does it says itself, by a store where it turns to it; else the context's role tells (sandbox.h). The
   watch's timer counts parts always, 20 times a second, for the line of progress; a profile, a timer of its own a thousand times a
   second, also counts Lua lines: while C works the line is that of its caller, noted when C is done; while Lua runs a hook notes it
   at the next jump, call or return, which is where Lua looks for one. A hook that only notes changes no result. One profile at a time
   in a process. */
#ifndef LURE_SCRIPT_PROFILE_H
#define LURE_SCRIPT_PROFILE_H

#include "script/sandbox.h"

/* What is being done now. Signal-safe. */
lure_time_part lure_time_part_of(const lure_sandbox *sandbox);

/* Fails where there is no timer or no memory; then nothing runs. `profile` does not move until it is stopped; its lines are there
   then. */
lure_status lure_profile_start(lure_profile *profile, lure_sandbox *sandbox, lure_error *err);
void lure_profile_stop(lure_profile *profile); /* one that was not started is fine */

/* The samples that wait belong to the script line that L is in now. [-0, +0, -] */
void lure_profile_note(lua_State *L);

/* Before C calls a script: what waits is not the script's. */
static inline void lure_profile_look(lua_State *L, const lure_sandbox *sandbox)
{
    if (__builtin_expect(sandbox->n_unnoted != 0, 0))
        lure_profile_note(L);
}

/* C turns to `work`; what it did before is given back, to return to. */
static inline lure_work lure_work_turn(lua_State *L, lure_sandbox *sandbox, lure_work work)
{
    lure_work before = (lure_work)sandbox->work;
    lure_profile_look(L, sandbox);
    sandbox->work = work;
    return before;
}

#endif
