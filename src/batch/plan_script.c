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
static lua_Integer check_list(lua_State *L, const char *what, const char *key, const char *expected)
{
    if (!lua_istable(L, -1))
        luaL_error(L, "%s.%s is %s; expected a list of values; one value for all runs belongs in 'set'", what,
                   key, lure_type_name(L, -1));
    lua_Integer n = (lua_Integer)lua_rawlen(L, -1);
    lure_key_order_push(L, -1, what);
    if (lua_rawlen(L, -1) != (size_t)n) {
        lua_rawgeti(L, -1, (lua_Integer)lua_rawlen(L, -1));
        luaL_error(L, "%s.%s has a value called '%s'; expected %s", what, key, lure_push_text(L, -1),
                   expected);
    }
    lua_pop(L, 1);
    if (n == 0)
        luaL_error(L, "%s.%s is empty; expected a list of values", what, key);
    return n;
}

/* The option of the key on top of the stack, which must not be anywhere else in the batch. */
static lure_plan_option *new_option(lua_State *L, lure_reading *r, const char *what)
{
    lure_plan *plan = r->plan;
    const char *key = check_key(L, -1, what);
    for (size_t k = 0; k < plan->n_options; k++) {
        const lure_plan_option *other = &plan->options[k];
        const char *place = other->group == LURE_PLAN_SAMPLED     ? "sample"
                            : other->group >= LURE_PLAN_FIRST_TIE ? "tie"
                            : k >= r->n_set                       ? "vary"
                                                                  : "set";
        if (strcmp(other->key, key) == 0)
            luaL_error(L, "'%s' is both in %s and in %s", key, place, what);
    }
    return lure__plan_add_option(L, plan, key, false);
}

/* The values of the table at `map` below the key on top of the stack, a list. */
static void take_list(lua_State *L, lure_plan *plan, lure_plan_option *option, int map, const char *what)
{
    const char *key = lua_tostring(L, -1);
    lua_getfield(L, map, key);
    lua_Integer n = check_list(
        L, what, key, "a list of values, as in { { \"name\", option = 1 }, { \"name\", option = 2 } }");
    for (lua_Integer v = 1; v <= n; v++) {
        lua_pushfstring(L, "%s.%s[%d]", what, key, (int)v);
        lua_rawgeti(L, -2, v);
        take_value(L, plan, option, lua_tostring(L, -2));
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

static void read_vary(lua_State *L, int table, lure_reading *r)
{
    if (!push_map(L, table, "vary", "{ [\"learning_rate.rate\"] = { 0.1, 1.0 } }"))
        return;
    int keys = lua_gettop(L), map = keys - 1;
    for (lua_Integer i = 1; lua_rawgeti(L, keys, i) != LUA_TNIL; i++) {
        take_list(L, r->plan, new_option(L, r, "vary"), map, "vary");
        lua_pop(L, 1);
    }
    lua_settop(L, map - 1);
}

/* ---- ties ---- */

static const char tie_example[] = "{ [\"learning_rate.rate\"] = { 0.1, 1.0 }, updates = { 1000, 100 } }";

/* The group on top of the stack, a table, as tie number `group`; popped. */
static void read_group(lua_State *L, lure_reading *r, const char *what, size_t group)
{
    const char *first = NULL;
    size_t n_first = 0, n_options = 0;
    int map = lua_gettop(L), keys = map + 1;
    lure_key_order_push(L, map, what);
    for (lua_Integer i = 1; lua_rawgeti(L, keys, i) != LUA_TNIL; i++, n_options++) {
        lure_plan_option *option = new_option(L, r, what);
        option->group = group;
        take_list(L, r->plan, option, map, what);
        if (first && option->n_values != n_first)
            luaL_error(
                L, "%s.%s has %d value%s and %s.%s has %d; tied options change together: expected as many",
                what, option->key, (int)option->n_values, option->n_values == 1 ? "" : "s", what, first,
                (int)n_first);
        first = lua_tostring(L, -1);
        n_first = option->n_values;
        lua_pop(L, 1); /* the table holds it */
    }
    if (n_options < 2)
        luaL_error(L, "%s has %s; a tie is of two options or more, like %s; one alone belongs in 'vary'",
                   what, n_options ? "one option" : "no option", tie_example);
    lua_settop(L, map - 1);
}

/* A list of groups, or one group. */
static void read_tie(lua_State *L, int table, lure_reading *r)
{
    if (!push_map(L, table, "tie", tie_example))
        return;
    const int map = lua_gettop(L) - 1;
    const lua_Integer n = (lua_Integer)lua_rawlen(L, map), n_keys = (lua_Integer)lua_rawlen(L, -1);
    if (n > 0 && n < n_keys) {
        lua_rawgeti(L, -1, n_keys);
        luaL_error(L,
                   "tie is a list of groups and has a value called '%s'; expected groups alone, or the "
                   "options of one",
                   lure_push_text(L, -1));
    }
    lua_settop(L, map);
    for (lua_Integer i = 1; i <= n; i++) {
        const char *what = lua_pushfstring(L, "tie[%d]", (int)i);
        if (lua_rawgeti(L, map, i) != LUA_TTABLE)
            luaL_error(L, "%s is %s; expected a table of options, like %s", what, lure_type_name(L, -1),
                       tie_example);
        read_group(L, r, what, LURE_PLAN_FIRST_TIE + (size_t)i - 1);
    }
    if (n == 0 && n_keys > 0)
        read_group(L, r, "tie", LURE_PLAN_FIRST_TIE);
    lua_settop(L, map - 1);
}

/* ---- samples ---- */

static const char distributions[] = "{ \"uniform\", low, high }, { \"log_uniform\", low, high }, { "
                                    "\"integer\", low, high } or { \"choice\", value, ... }";

/* The distribution of the key on top of the stack. */
static void read_distribution(lua_State *L, lure_plan *plan, lure_plan_option *option, int map)
{
    const char *key = lua_tostring(L, -1), *nearest;
    lure_error why = {0};
    lua_getfield(L, map, key);
    if (!lua_istable(L, -1))
        luaL_error(L, "sample.%s is %s; expected %s", key, lure_type_name(L, -1), distributions);
    const lua_Integer n = check_list(L, "sample", key, distributions);
    if (lua_rawgeti(L, -1, 1) != LUA_TSTRING)
        luaL_error(L, "sample.%s begins with %s; expected the name of a distribution: %s", key,
                   lure_type_name(L, -1), distributions);
    const char *name = lua_tostring(L, -1);
    const lure_draw_kind kind = lure_draw_find(name, &nearest);
    const int list = lua_gettop(L) - 1;
    option->draw.kind = kind;
    if (kind == LURE_DRAW_NONE) {
        lure__plan_refuse_name(name, nearest, &why);
    } else if (kind == LURE_DRAW_CHOICE) {
        for (lua_Integer v = 2; v <= n; v++) {
            const char *what = lua_pushfstring(L, "sample.%s[%d]", key, (int)v);
            lua_rawgeti(L, list, v);
            take_value(L, plan, option, what);
            lua_pop(L, 1);
        }
        option->draw.n = option->n_values;
        (void)lure_draw_check(&option->draw, &why);
    } else {
        luaL_checkstack(L, (int)(n < 100 ? n : 100) + 8, NULL);
        for (lua_Integer v = 2; v <= n && v <= 100; v++)
            lua_rawgeti(L, list, v);
        (void)lure__plan_read_bounds(L, kind, (int)(n < 100 ? n : 100) - 1, &option->draw, &why);
    }
    if (why.status != LURE_OK)
        luaL_error(L, "sample.%s: %s", key, why.text);
    lua_settop(L, list - 1);
}

/* Field `key` of the table at `map`, a whole number from `low` to `high`; false: there is none. */
static bool read_whole(lua_State *L, int map, const char *key, lua_Integer low, lua_Integer high,
                       uint64_t *out)
{
    int is_whole, type = lua_getfield(L, map, key);
    lua_Integer x = lua_tointegerx(L, -1, &is_whole);
    if (type != LUA_TNIL && (type != LUA_TNUMBER || !is_whole || x < low || x > high))
        luaL_error(L, "sample.%s is %s; expected a whole number from %I to %I", key,
                   type == LUA_TNUMBER ? lure_push_text(L, -1) : lure_type_name(L, -1), (LUAI_UACINT)low,
                   (LUAI_UACINT)high);
    if (type != LUA_TNIL)
        *out = (uint64_t)x;
    lua_pop(L, 1);
    return type != LUA_TNIL;
}

static void read_sample(lua_State *L, int table, lure_reading *r)
{
    lure_plan *plan = r->plan;
    if (!push_map(L, table, "sample", "{ n = 20, [\"learning_rate.rate\"] = { \"log_uniform\", 1e-3, 1 } }"))
        return;
    int keys = lua_gettop(L), map = keys - 1;
    uint64_t n = 0;
    bool has_n = read_whole(L, map, "n", 1, LURE_MOST_CONFIGURATIONS, &n), any = false;
    plan->n_points = (size_t)n;
    (void)read_whole(L, map, "seed", 0, INT64_MAX, &plan->sample_seed);
    for (lua_Integer i = 1; lua_rawgeti(L, keys, i) != LUA_TNIL; i++) {
        const char *key = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
        if (strcmp(key, "n") != 0 && strcmp(key, "seed") != 0) {
            lure_plan_option *option = new_option(L, r, "sample");
            option->group = LURE_PLAN_SAMPLED;
            read_distribution(L, plan, option, map);
            any = true;
        }
        lua_pop(L, 1);
    }
    if (any && !has_n && !r->request->n_points)
        luaL_error(L, "sample has no n; write n = 20 into it: how many points are drawn");
    if (!any && has_n)
        luaL_error(L,
                   "sample names no option; write [\"learning_rate.rate\"] = { \"log_uniform\", 1e-3, 1 }");
    lua_settop(L, map - 1);
}

/* ---- all of it ---- */

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
    static const char *const known[] = {"description", "experiments", "sample", "seeds",
                                        "set",         "tie",         "vary"};
    lure_experiment_check_keys(L, table, "batch", known, sizeof known / sizeof *known);
}

void lure__plan_read_script(lua_State *L, int table, lure_reading *r)
{
    lure_plan *plan = r->plan;
    check_keys(L, table);
    read_experiments(L, table, r);
    read_set(L, table, plan);
    r->n_set = plan->n_options;
    read_vary(L, table, r);
    read_tie(L, table, r);
    read_sample(L, table, r);
    /* "learning_rate" is applied before "learning_rate.rate" */
    if (plan->n_options)
        qsort(plan->options, plan->n_options, sizeof *plan->options, compare_options);
    if (lua_getfield(L, table, "seeds") != LUA_TNIL)
        lure_experiment_read_seeds(L, table, &plan->seeds, &plan->n_seeds);
    lua_pop(L, 1);
    lure_script_name(r->path, plan->name, sizeof plan->name);
}
