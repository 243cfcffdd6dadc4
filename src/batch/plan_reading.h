/* plan_reading.h: what the readers of plans share: plan_read.c (all of it), plan_script.c (a batch script), plan_typed.c
   (options of the command line) and plan_sample.c (where the values of a random search come from). The functions raise and
   run under lure_call_c. Internal to these. */
#ifndef LURE_BATCH_PLAN_READING_H
#define LURE_BATCH_PLAN_READING_H

#include "batch/plan.h"

#include <limits.h>
#include <lua.h>

typedef struct lure_reading {
    const lure_plan_request *request;
    lure_plan *plan;
    char path[PATH_MAX]; /* of the batch script; "": experiments were named */
    size_t n_set;        /* options of the script's `set`, the first ones */
    lure_error usage;    /* what is wrong on the command line; LURE_OK: nothing */
} lure_reading;

void *lure__plan_checked(lua_State *L, void *block); /* raises when it is null */
/* Raises what is wrong on the command line; the text goes round Lua, so that it stays as it is. */
int lure__plan_refuse(lua_State *L, lure_reading *r, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void lure__plan_add_experiment(lua_State *L, lure_plan *plan, const char *word);
/* A new option, or the emptied one of the same name: the command line has the last word. It stands alone. */
lure_plan_option *lure__plan_add_option(lua_State *L, lure_plan *plan, const char *key, bool typed);
lure_plan_value *lure__plan_new_value(lua_State *L, lure_plan_option *option); /* an empty one at the end */
/* The value on top of the stack, which `text` stands for. [-1, +0, e] */
void lure__plan_add_value(lua_State *L, lure_plan *plan, lure_plan_option *option, const char *text);

void lure__plan_read_script(lua_State *L, int table, lure_reading *r);
void lure__plan_read_typed(lua_State *L, lure_reading *r);

/* plan_sample.c. The bounds of a distribution: the n values on top of the stack, popped. False: one of them is wrong, and *err
   says how. [-n, +0, m] */
bool lure__plan_read_bounds(lua_State *L, lure_draw_kind kind, int n, lure_draw *out, lure_error *err);
/* Says of a name that it is no distribution: into *err. */
void lure__plan_refuse_name(const char *name, const char *nearest, lure_error *err);
/* Puts values in the place of the distributions, whose choices are the values so far. */
void lure__plan_draw_points(lua_State *L, lure_reading *r);

#endif
