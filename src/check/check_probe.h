/* check_probe.h: what a trial puts in the place of parts of a world to learn about them: a schedule whose input has a
   number for whatever reset asks for, and notes what that was; one whose input notes what is read of it; a reward whose
   calls are kept; and functions that are found out when they change or share what is not theirs (check_watch.c): a step
   that keeps a copy of s, and reset, observe and reward. It runs nothing itself. Internal to check/. */
#ifndef LURE_CHECK_CHECK_PROBE_H
#define LURE_CHECK_CHECK_PROBE_H

#include "check/check_trial.h"

/* The trial outlives what is pushed. */
void lure_probe_push_schedule(lua_State *L, lure_trial *t); /* [-0, +1, m] */
/* A copy of the environment's fields that a run looks at, so that the script's own table stays as it is. Makes the
   trial's list of copies. [-0, +1, e] */
void lure_probe_push_environment(lua_State *L, lure_trial *t, int environment);
void lure_probe_push_reward(lua_State *L, lure_trial *t, int reward); /* [-0, +1, m] */
/* The reward, whose calls are kept: makes the trial's list of them. [-0, +1, e] */
void lure_probe_push_recorder(lua_State *L, lure_trial *t, int reward);
/* A schedule whose input notes what is read of it: makes the trial's `fed`. [-0, +1, e] */
void lure_probe_push_feeder(lua_State *L, lure_trial *t, int schedule);

#endif
