/* bind_world.h: a world in a script's hands: an algorithm that plans gets one by run:fork(i), a test by opening one. It is a
   state of its own, stepped by the same code as a run's copies (copies.h); what is done with it changes no other world and
   no stream of the run. Its methods are told in scripts/algorithms/README.md. Internal to run/, and for check/'s tests. */
#ifndef LURE_RUN_BIND_WORLD_H
#define LURE_RUN_BIND_WORLD_H

#include "run/copies.h"

/* What any number of handles step with: copies of their own, and the seed. [-0, +1, e] */
void lure_world_engine_push(lua_State *L, const lure_world_parts *parts, const lure_copies_options *options,
                            uint64_t seed);
/* The copies of the engine at `index`, so that names for messages can be set. */
lure_copies *lure_world_engine_copies(lua_State *L, int index);

/* A handle before its first episode, with the streams of that copy; `progress` is what the schedule sees. [-0, +1, e] */
void lure_world_push(lua_State *L, int engine, size_t copy, double progress);
/* A handle that goes on from copy i of `from`, whose `at` is as lure_copies_enter gave it: with the same actions it
   lives through what that copy will live through. [-0, +1, e] */
void lure_world_push_fork(lua_State *L, int engine, lure_copies *from, int at, size_t i);

/* Pushes the function run:fork. `parts` and `copies` are stack indices of what the run lives in. What handles step with is made at
   the first fork, or at once: an image of the run knows it then from the beginning. [-0, +1, e] */
void lure_world_push_run_fork(lua_State *L, const lure_world_parts *parts, int copies, uint64_t seed,
                              bool at_once);

/* From now on the forks that the function at index `fork` makes have the rule on top of the stack. [-1, +0, -] */
void lure_world_change_run_fork(lua_State *L, int fork, lure_world_rule rule);

/* A Lua function for tests: { environment =, reward =, schedule =, input =, seed =, max_steps =, action_repeat =, progress = }
   -> handle, each role as an experiment writes it, or as it is once loaded. `input` is what every reset gets that is given
   none, instead of the schedule's; progress (1) is what the schedule sees. */
int lure_world_open(lua_State *L);

#endif
