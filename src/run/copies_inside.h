/* copies_inside.h: what the files that are copies share: copies.c (making, streams, resetting, stepping), copies_observe.c
   (reading observations, legal actions), copies_snapshot.c (states in and out), copies_rules.c (another reward or schedule). Internal to run/. */
#ifndef LURE_RUN_COPIES_INSIDE_H
#define LURE_RUN_COPIES_INSIDE_H

#include "run/copies.h"

/* What lies behind `at` on the stack while there are steps. */
enum { AT_PARTS, AT_STEP, AT_REWARD, AT_STATES, AT_WORDS, AT_RNG, AT_KEYS };

/* Fields of the table at AT_PARTS, which is the userdata's user value. */
enum {
    PART_RESET = 1,
    PART_STEP,
    PART_OBSERVE,
    PART_REWARD,
    PART_SCHEDULE,
    PART_LEGAL,
    PART_RENDER,
    PART_INPUT, /* what reset gets when there is no schedule: locked, empty; or what the forced input is copied from */
    PART_BEFORE, /* the observation before the step, as the reward gets it */
    PART_ENVIRONMENT_RNG,
    PART_SCHEDULE_RNG,
    PART_ACTIONS, /* the spaces' userdata */
    PART_OBSERVATION,
    PART_KEYS,   /* a list of the names of the n_keys fields */
    PART_STATES, /* a list of the tables s */
    PART_WORDS,  /* the words of the only part, or a list of each part's */
};

static inline double *lure__copies_observation(const lure_copies *c, size_t i)
{
    return c->observations + i * c->world.n_inputs;
}

/* Remembers the copies on top of the stack as long as they live: for lure_copies_change_rule. [-0, +0, m] */
void lure__copies_remember(lua_State *L);

/* Notes whose turn it is, for messages: the environment's, in copy i. */
static inline void lure__copies_turn(lure_copies *c, size_t i)
{
    lure_context *context = &c->borrow_sandbox->context;
    context->role = "environment";
    context->name = c->world.environment_name;
    context->copy = c->n > 1 ? i + 1 : 0;
    context->episode = c->copies[i].episode;
    context->step = c->copies[i].step;
}

/* Raises "place: " and the format with `got`; the place is where that part (PART_...) is defined, and whose part it is the
   message says. [-0, +0, e] */
int lure__copies_refuse(lua_State *L, lure_copies *c, int at, int part, const char *format, const char *got);

void lure__copies_register(void); /* as a kind of an image (bind_world_image.c) */
/* Raises the policy's error about one of m rows, of the copies `lanes`: as that of the copy whose row it names. [-0, +0, e] */
int lure__copies_refuse_row(lua_State *L, lure_copies *c, const size_t *lanes, size_t m,
                            const lure_error *err);

/* Reads the observation of copy i from s. Leaves on the stack what it needed there. [-0, +n, e] */
void lure__copies_read(lua_State *L, lure_copies *c, int at, size_t i);
/* Pushes `before`, filled from the observation of copy i. [-0, +1, e] */
void lure__copies_push_before(lua_State *L, lure_copies *c, int at, size_t i);

#endif
