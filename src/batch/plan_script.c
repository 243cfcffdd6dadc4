/* plan_script.c: a batch script's table into a plan. It must be plain data: every value is written out as a literal and
   read back, since the runs get it as text. All of it raises, with the key, what came and what was expected. See plan_reading.h. */
#include "batch/plan_reading.h"

#include "run/experiment.h"
#include "script/key_order.h"
#include "script/bind.h"
#include "script/loader.h"
#include "script/value.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reads_back(lua_State *L, const char *text, size_t length)
{
    if (strlen(text) != length)
        return false;
    lure_value_parse(L, text);
    bool same = lua_rawequal(L, -1, -2) || (lua_istable(L, -1) && lua_istable(L, -2));
    lua_pop(L, 1);
    return same;
}

/* A value of a script, on top of the stack; popped. A name goes without quotes where that is understood. */
static void take_value(lua_State *L, lure_plan *plan, lure_plan_option *option, const char *what)
{
    size_t n = 0;
    const char *name = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &n) : NULL;
    if (name && n && !strpbrk(name, "\n\t\r ") && reads_back(L, name, n)) {
        lure__plan_add_value(L, plan, option, name);
        return;
    }
    lure_text *text = &plan->scratch;
    lure_text_clear(text);
    lure_value_write(L, -1, text);
    lure__plan_checked(L, text->failed ? NULL : text->data);
    if (!reads_back(L, text->data, text->length) || !lure_value_is_literal(L, text->data))
        luaL_error(L, "%s is %s; a batch is plain data: numbers, strings, true, false and tables of these",
                   what, lua_type(L, -1) == LUA_TTABLE ? text->data : lure_push_text(L, -1));
    lua_pushstring(L, text->data); /* the scratch is needed again */
    lua_insert(L, -2);
    lure__plan_add_value(L, plan, option, lua_tostring(L, -2));
    lua_pop(L, 1);
}

/* Pushes field `key`, a table, and its keys in fixed order; false: there is none. */
static bool push_map(lua_State *L, int table, const char *key, const char *example)
{
    int type = lua_getfield(L, table, key);
    if (type == LUA_TNIL) {
        lua_pop(L, 1);
        return false;
    }
    if (type != LUA_TTABLE)
        luaL_error(L, "%s is %s; expected a table like %s", key, lure_type_name(L, -1), example);
    lure_key_order_push(L, -1, key);
    return true;
}

static const char *check_key(lua_State *L, int index, const char *what)
{
    if (lua_type(L, index) != LUA_TSTRING)
        luaL_error(L, "%s: a value without a name (%s); write [\"option.name\"] = ...", what,
                   lure_push_text(L, index));
    const char *key = lua_tostring(L, index);
    if (strcmp(key, "seeds") == 0)
        luaL_error(L, "%s.seeds: seeds are given beside %s, as seeds = { from = 1, to = 30 }", what, what);
    return key;
}

static void read_set(lua_State *L, int table, lure_plan *plan)
{
    if (!push_map(L, table, "set", "{ updates = 500 }"))
        return;
    int keys = lua_gettop(L), map = keys - 1;
    for (lua_Integer i = 1; lua_rawgeti(L, keys, i) != LUA_TNIL; i++) {
        const char *key = check_key(L, -1, "set");
        lua_pushfstring(L, "set.%s", key);
        lua_getfield(L, map, key);
        take_value(L, plan, lure__plan_add_option(L, plan, key, false), lua_tostring(L, -2));
        lua_pop(L, 2);
    }
    lua_settop(L, map - 1);
}

/* The list on top of the stack: nothing but 1, 2, 3, ... */
static lua_Integer check_list(lua_State *L, const char *key)
{
    if (!lua_istable(L, -1))
        luaL_error(L, "vary.%s is %s; expected a list of values; one value for all runs belongs in 'set'",
                   key, lure_type_name(L, -1));
    lua_Integer n = (lua_Integer)lua_rawlen(L, -1);
    lure_key_order_push(L, -1, "vary");
    if (lua_rawlen(L, -1) != (size_t)n) {
        lua_rawgeti(L, -1, (lua_Integer)lua_rawlen(L, -1));
        luaL_error(L,
                   "vary.%s has a value called '%s'; expected a list of values, as in { { \"name\", option "
                   "= 1 }, { \"name\", option = 2 } }",
                   key, lure_push_text(L, -1));
    }
    lua_pop(L, 1);
    if (n == 0)
        luaL_error(L, "vary.%s is empty; expected a list of values", key);
    return n;
}

static void read_vary(lua_State *L, int table, lure_plan *plan)
{
    if (!push_map(L, table, "vary", "{ [\"learning_rate.rate\"] = { 0.1, 1.0 } }"))
        return;
    int keys = lua_gettop(L), map = keys - 1;
    for (lua_Integer i = 1; lua_rawgeti(L, keys, i) != LUA_TNIL; i++) {
        const char *key = check_key(L, -1, "vary");
        for (size_t k = 0; k < plan->n_options; k++)
            if (strcmp(plan->options[k].key, key) == 0)
                luaL_error(L, "'%s' is both in vary and in set", key);
        lure_plan_option *option = lure__plan_add_option(L, plan, key, false);
        lua_getfield(L, map, key);
        lua_Integer n = check_list(L, key);
        for (lua_Integer v = 1; v <= n; v++) {
            lua_pushfstring(L, "vary.%s[%d]", key, (int)v);
            lua_rawgeti(L, -2, v);
            take_value(L, plan, option, lua_tostring(L, -2));
            lua_pop(L, 1);
        }
        lua_pop(L, 2);
    }
    lua_settop(L, map - 1);
}

/* As `lure run` is to be told: the bare name where that leads to the same file, else the path. A name that leads
   nowhere stays; planning says so. */
static void take_experiment(lua_State *L, lure_reading *r, const char *name)
{
    char beside[PATH_MAX], alone[PATH_MAX], real[2][PATH_MAX], tried[64], nearest[64];
    const char *word = name;
    if (lure_loader_find(LURE_ROLE_EXPERIMENT, name, r->path, beside, tried, sizeof tried, nearest) &&
        !(lure_loader_find(LURE_ROLE_EXPERIMENT, name, NULL, alone, tried, sizeof tried, nearest) &&
          realpath(beside, real[0]) && realpath(alone, real[1]) && strcmp(real[0], real[1]) == 0))
        word = beside;
    lure__plan_add_experiment(L, r->plan, word);
}

static void read_experiments(lua_State *L, int table, lure_reading *r)
{
    lua_getfield(L, table, "experiments");
    lua_Integer n = lua_istable(L, -1) ? (lua_Integer)lua_rawlen(L, -1) : 0;
    if (n == 0)
        luaL_error(L, "experiments is %s; expected a list of names, like { \"fry_shacks\" }",
                   lua_istable(L, -1) ? "an empty list" : lure_type_name(L, -1));
    for (lua_Integer i = 1; i <= n; i++) {
        if (lua_rawgeti(L, -1, i) != LUA_TSTRING)
            luaL_error(L, "experiments[%d] is %s; expected a name or a path", (int)i, lure_type_name(L, -1));
        take_experiment(L, r, lua_tostring(L, -1));
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

static int compare_options(const void *a, const void *b)
{
    return strcmp(((const lure_plan_option *)a)->key, ((const lure_plan_option *)b)->key);
}

static void check_keys(lua_State *L, int table)
{
    static const char *const known[] = {"description", "experiments", "seeds", "set", "vary"};
    lure_experiment_check_keys(L, table, "batch", known, sizeof known / sizeof *known);
}

void lure__plan_read_script(lua_State *L, int table, lure_reading *r)
{
    lure_plan *plan = r->plan;
    check_keys(L, table);
    read_experiments(L, table, r);
    read_set(L, table, plan);
    read_vary(L, table, plan);
    /* "learning_rate" is applied before "learning_rate.rate" */
    if (plan->n_options)
        qsort(plan->options, plan->n_options, sizeof *plan->options, compare_options);
    if (lua_getfield(L, table, "seeds") != LUA_TNIL)
        lure_experiment_read_seeds(L, table, &plan->seeds, &plan->n_seeds);
    lua_pop(L, 1);
    lure_script_name(r->path, plan->name, sizeof plan->name);
}
