/* plan_reading.h: what the two readers of plans share: plan_read.c (the command line, and all of it) and plan_script.c (a
   batch script). The functions raise and run under lure_call_c. Internal to the two. */
#ifndef LURE_BATCH_PLAN_READING_H
#define LURE_BATCH_PLAN_READING_H

#include "batch/plan.h"

#include <limits.h>
#include <lua.h>

typedef struct lure_reading {
    const lure_plan_request *request;
    lure_plan *plan;
    char path[PATH_MAX]; /* of the batch script; "": experiments were named */
    lure_error usage;    /* what is wrong on the command line; LURE_OK: nothing */
} lure_reading;

void *lure__plan_checked(lua_State *L, void *block); /* raises when it is null */
void lure__plan_add_experiment(lua_State *L, lure_plan *plan, const char *word);
/* A new option, or the emptied one of the same name: the command line has the last word. */
lure_plan_option *lure__plan_add_option(lua_State *L, lure_plan *plan, const char *key, bool typed);
/* The value on top of the stack, which `text` stands for. [-1, +0, e] */
void lure__plan_add_value(lua_State *L, lure_plan *plan, lure_plan_option *option, const char *text);

void lure__plan_read_script(lua_State *L, int table, lure_reading *r);

#endif
