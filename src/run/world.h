/* world.h: what an environment declares, read and checked: its spaces, its time limit, which functions it has. Nothing here
   changes while it is lived in; that is copies.h. Spaces and their names lie in userdata that the maker anchors. Internal
   to run/. */
#ifndef LURE_RUN_WORLD_H
#define LURE_RUN_WORLD_H

#include "script/sandbox.h"
#include "script/spec_space.h"

typedef struct lure_world {
    const lure_space_box *actions;     /* a choice's index is the place of its word in the list, from 0 */
    const lure_space_box *observation; /* raw: in the order of the declaration, depth first */
    size_t n_inputs;                   /* parts of the observation */
    size_t n_columns;                  /* parts of an action */
    uint64_t max_steps;                /* its own time limit; 0: none */
    bool has_threshold;                /* it says which mean return counts as solved */
    double threshold;
    bool has_observe, has_legal, has_schedule, has_forced_input, reward_sees_before;
    const char *environment_name, *reward_name, *schedule_name; /* for messages; null: written out in place */
} lure_world;

/* Stack indices of what a world is made of; 0 where there is none. */
typedef struct lure_world_parts {
    int environment, reward, schedule; /* table, function, function */
    int forced_input;                  /* table: what every reset gets, instead of the schedule's */
    int declared_reward; /* function whose parameters say what the reward sees, where another stands before it */
} lure_world_parts;

/* Reads and checks the environment's table; pushes the userdata of the actions and of the observation, which must be
   anchored as long as the world is used. The three names are left to the caller. Raises, naming what is wrong. [-0, +2, e] */
void lure_world_read(lua_State *L, lure_world *world, const lure_world_parts *parts);

/* Does the reward at that stack index get the observation before the step? */
bool lure_world_reward_sees_before(lua_State *L, int function);

/* Pushes the environment's own reward; where it has none, false and a function that gives 0. [-0, +1, e] */
bool lure_world_push_own_reward(lua_State *L, int environment);

#endif
