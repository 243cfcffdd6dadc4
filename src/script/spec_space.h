/* spec_space.h: reads what an environment declares of its actions and of its observation (environments/README.md) into a
   space. It lives in one userdata with its parts; its strings are anchored by the userdata, so nothing needs
   freeing and a script may change its own lists meanwhile. All read without metamethods, and no script runs between
   the beginning and the end. */
#ifndef LURE_SCRIPT_SPEC_SPACE_H
#define LURE_SCRIPT_SPEC_SPACE_H

#include "learn/space.h"
#include "script/bind.h"

#include <lua.h>

enum {
    LURE_MOST_WORDS = 65536,   /* of all parts of an action together */
    LURE_MOST_PARTS = 1000000, /* of an observation */
    LURE_MOST_NESTED = 8       /* tables in tables of an observation */
};

/* Where an observed field lies: s.x, or s.arm.angle; its value is a number, or a list of them. */
typedef struct lure_field {
    const char *const *keys; /* (n_keys) "arm", "angle" */
    size_t n_keys;           /* 1 at least */
    size_t n_shared;         /* how many of them, the last never, are the first of the field before, too */
    size_t n_listed;         /* numbers in its list; 0: the value is one number itself */
    size_t first;            /* its first part of the space; a list has n_listed of them */
    const char *name;        /* "arm.angle", as in the names of its parts */
} lure_field;

/* The userdata. */
typedef struct lure_space_box {
    lure_box box;
    lure_space space;
    bool is_action;
    bool is_list; /* an action: step gets a list of words or of numbers, not a bare one */
    /* of an observation; none where it only says how many numbers there are, whose parts have no names then */
    size_t n_fields;
    const lure_field *fields;
} lure_space_box;

/* { "left", "right" }; { low =, high = }; a list of such numbers or of lists of words, each with a name or without. `whose`
   begins the messages: "the environment's ". Actions are all words or all numbers. [-0, +1, e] */
lure_space_box *lure_push_space_of_actions(lua_State *L, int index, const char *whose);
/* A list of "x", { "x", low =, high = }, { "x", n = 16 }, { "x", size = 9, ... }, { "x", { the same in table x } }; if it is
   computed (by observe(s)) also how many numbers there are. [-0, +1, e] */
lure_space_box *lure_push_space_of_observation(lua_State *L, int index, bool is_computed, const char *whose);

/* What is kept beside the space at stack index `space`. Ours: not for scripts to write. [-0, +1, -] */
void lure_push_words(lua_State *L, int space, size_t part);   /* { "left", "right" }; nil: a part has none */
void lure_push_indices(lua_State *L, int space, size_t part); /* { left = 1, right = 2 }; nil */

/* bind_space.c: gives the box on top what scripts see of it. Internal to script/. [-0, +0, -] */
void lure__dress_space(lua_State *L);

#endif
