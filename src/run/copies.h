/* copies.h: N copies of one world. They share its functions; each has its own state table s, its own streams (the same seed
   and episode give copy i the same episode whatever the others do), and counts its own episodes and steps.
   What the policy sees of it (seen.h), and who chooses actions (collect.h), is not here: observations and rewards are
   raw, as the scripts give them, in double.

   An action is one double a part of the action space: a choice's index from 0, or a number, which the world gets within the
   declared bounds. All but the getters raise what a script does wrong, with role, place, episode, step and, where there are
   several, copy; so they are called under lure_call. They need LURE_COPIES_ROOM free slots on Lua's stack of which
   lure_copies_enter makes sure. Copies are counted from 0 here, from 1 in messages. */
#ifndef LURE_RUN_COPIES_H
#define LURE_RUN_COPIES_H

#include "run/world.h"

#include <lua.h>

typedef struct lure_copies_options {
    size_t n;           /* >= 1 */
    uint64_t max_steps; /* instead of the world's own; 0: its own */
    uint64_t
        repeat; /* a step does the action so often, or until the episode ends or legal(s) rules it out; 0 is 1 */
    bool unclipped; /* the world gets numbers beyond the bounds, too: for a person's own actions */
} lure_copies_options;

/* One copy, as numbers. */
typedef struct lure_copy {
    uint64_t episode,
        step; /* of the current or last episode, counted from 1; step: how many of the world's own so far */
    double episode_return; /* sum of its raw rewards */
    bool in_episode;       /* it goes on; else it has ended, or none has begun: step needs a reset first */
} lure_copy;

typedef struct lure_copies {
    lure_box box;
    lure_world world;
    lure_sandbox *borrow_sandbox;
    size_t n;
    bool unclipped;
    uint64_t max_steps, repeat;   /* max_steps 0: no limit */
    double progress;              /* (0, 1], what the schedule sees; the caller's to set */
    lure_copy *copies;            /* (n) */
    double *observations;         /* (n, n_inputs) the raw one after the last reset or step */
    double *seen_low, *seen_high; /* (n_inputs) what came, of all copies; infinity, -infinity: nothing yet */
    /* Called with each table of named terms that the reward gives as its second value, on top of the stack, checked; may
       raise, must leave the stack as it is. Null: nobody wants them. */
    void (*terms)(lua_State *L, void *data);
    void *terms_data;
    lure_rng *environment_rng, *schedule_rng; /* what scripts see; in userdata that this one anchors */
    lure_rng random;                          /* what math.random is while a script of the copies runs */
    unsigned char *mask;                      /* (n_choices) for a step that repeats */
    size_t
        n_keys; /* fields of s that the observation is made of, where each is a number and they are few; else 0 */
} lure_copies;

typedef struct lure_stepped {
    double reward;              /* raw; with repeat the sum */
    bool terminated, truncated; /* never both: terminated wins */
} lure_stepped;

/* Reads the world (world.h) and makes its copies, as a userdata that anchors all they need and owns their memory: nothing
   is to be freed; the pointer is good while the userdata is anchored. Names for messages may be set in ->world. Seed it before
   the first reset. [-0, +1, e] */
lure_copies *lure_copies_push(lua_State *L, const lure_world_parts *parts,
                              const lure_copies_options *options);
lure_copies *lure_copies_of(lua_State *L, int index); /* of that userdata; null if it is anything else */

/* Which of the rules that a world is lived in by. */
typedef enum { LURE_RULE_REWARD, LURE_RULE_SCHEDULE } lure_world_rule;
/* From now on all copies of this Lua state that follow the function at stack index `old` follow the one at `now`: a run's
   copies, its forks, what it is evaluated in. Not while a step is made. [-0, +0, m] */
void lure_copies_change_rule(lua_State *L, lure_world_rule rule, int old, int now);

/* Starts all streams from the seed; every copy is before its first episode again. */
void lure_copies_seed(lure_copies *copies, uint64_t seed);

/* Pushes what the functions below need, the first of it at the index returned, their `at`. It stays as long as steps are
   made; lua_settop takes it away. `index`: the userdata's. [-0, +n, e] */
enum { LURE_COPIES_ROOM = 24 };
int lure_copies_enter(lua_State *L, int index);

/* Begins the copy's next episode, whether or not one goes on. `input`: stack index of the table that reset gets; 0: what the
   schedule gives, or the forced input, or an empty one. Then observations holds the first one. [-0, +0, e] */
void lure_copies_reset(lua_State *L, lure_copies *copies, int at, size_t i, int input);

/* One step of a copy that is in an episode. observations holds what followed: at an end the last one of the episode, not
   the next one's first; nothing is reset. [-0, +0, e] */
void lure_copies_step(lua_State *L, lure_copies *copies, int at, size_t i, const double *action,
                      lure_stepped *out);

/* Which choices legal(s) allows now, into mask (lure_space_n_choices(actions)): 1 or 0. A world without legal(s) allows
   all. [-0, +0, e] */
void lure_copies_legal(lua_State *L, lure_copies *copies, int at, size_t i, unsigned char *mask);

/* An action as scripts write it: a word, a number, or a list of these. [-0, +1, e] */
void lure_copies_push_action(lua_State *L, lure_copies *copies, int at, const double *action);
/* What render(s) gives, a string, or nil where there is no render. [-0, +1, e] */
void lure_copies_push_render(lua_State *L, lure_copies *copies, int at, size_t i);

/* The table s itself: pushes it [-0, +1, -]; takes another one [-1, +0, m]. observations stays what it was until
   lure_copies_observe reads it anew. */
void lure_copies_push_state(lua_State *L, lure_copies *copies, int at, size_t i);
void lure_copies_set_state(lua_State *L, lure_copies *copies, int at, size_t i);
/* Reads observations[i] from s (observe(s), or the fields). [-0, +0, e] */
void lure_copies_observe(lua_State *L, lure_copies *copies, int at, size_t i);

/* A copy as a plain table { state =, episode =, step =, episode_return =, in_episode =, observation = { } }: with the seed
   all that decides how it goes on, as streams are counters. The state is copied. Raises where s holds what is no plain
   value. [-0, +1, e] */
void lure_copies_push_snapshot(lua_State *L, lure_copies *copies, int at, size_t i);
/* Puts a snapshot, at stack index `snapshot`, into copy i: of these copies or of others of the same world. With the same i
   and seed it goes on bit for bit; in another place (a fork) by chance of its own. The snapshot is copied and may be used
   again. [-0, +0, e] */
void lure_copies_restore(lua_State *L, lure_copies *copies, int at, size_t i, int snapshot);

#endif
