/* composed.h: two Lua functions made for one world, so that a step and a reset each cross from C to Lua once: their text is
   generated from the declaration, and they call the scripts' functions and read the observed fields Lua to Lua. They have
   no line numbers, so that no message names a place in them, and write whose turn it is (lure_turns in sandbox.h): 1 the
   environment's, 2 the reward's, 3 the schedule's. Internal to run/. */
#ifndef LURE_RUN_COMPOSED_H
#define LURE_RUN_COMPOSED_H

#include "run/world.h"

enum {
    LURE_TURN_ENVIRONMENT = 1,
    LURE_TURN_REWARD,
    LURE_TURN_SCHEDULE,
    LURE_MOST_COMPOSED = 60 /* numbers; the others are read one by one, as what observe(s) gives is */
};

/* Stack indices of what they call and write. */
typedef struct lure_composed_parts {
    int reset, step, reward, schedule; /* functions; schedule 0: none */
    int environment_rng, schedule_rng; /* userdata */
    int before;                        /* table that the reward gets */
} lure_composed_parts;

/* How many numbers the composed functions give: all of the observation, or 0. */
size_t lure_composed_numbers(const lure_world *world);

/* Pushes
     step(s, action, before...) -> terminated, reward, terms, numbers...
       `before...` is what the reward sees of before, where it does and numbers are given. Where step gives neither true
       nor false, that is the only result.
     begin(s, input, episode, progress) -> true, numbers...
       `input` nil: the schedule's. Where that is no table: false, what it was. [-0, +2, e] */
void lure_composed_push(lua_State *L, const lure_world *world, const lure_composed_parts *parts);

#endif
