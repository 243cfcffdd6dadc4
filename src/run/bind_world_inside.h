/* bind_world_inside.h: what a handle to a world is made of, for bind_world.c (its methods) and bind_world_image.c (a
   world written down and put back). Internal to run/. */
#ifndef LURE_RUN_BIND_WORLD_INSIDE_H
#define LURE_RUN_BIND_WORLD_INSIDE_H

#include "run/bind_world.h"
#include "script/bind.h"

/* User value 1: the userdata of the copies. */
typedef struct lure_world_engine {
    lure_box box;
    lure_copies *borrow_copies;
    uint64_t seed;    /* of its handles, until they are given another */
    uint64_t current; /* of the copies' streams: that of the handle that was in last */
    bool is_visited;  /* a handle is in, or an error ended its call */
} lure_world_engine;

enum { AT_ENGINE = 1, AT_STATE, AT_N }; /* user values of a handle */

typedef struct lure_world_handle {
    lure_box box;
    lure_world_engine *borrow_engine;
    size_t slot; /* whose streams */
    uint64_t seed;
    double progress;
    lure_copy copy;
    bool terminated, truncated;
    double observation[]; /* (n_inputs) */
} lure_world_handle;

/* A handle before its first episode, of the engine at `index`. [-0, +1, e] */
lure_world_handle *lure__world_push_handle(lua_State *L, int index, size_t slot);
void lure__world_register(void);

#endif
