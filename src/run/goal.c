/* goal.c: see goal.h. */
#include "run/goal.h"

#include "base/text.h"
#include "run/collect.h"
#include "run/experiment.h"
#include "script/bind.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>

/* ---- reading ---- */

static const char *value_text(lua_State *L)
{
    int type = lua_type(L, -1);
    return type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TBOOLEAN ? lure_push_text(L, -1)
                                                                              : lure_type_name(L, -1);
}

/* A whole number from 1 on, written back as such; where there is none `otherwise`, which 0 keeps out of the table. */
static uint64_t read_count(lua_State *L, int table, const char *option, const char *key, double most,
                           uint64_t otherwise)
{
    int type = lua_getfield(L, table, key);
    double x = type == LUA_TNIL ? (double)otherwise : type == LUA_TNUMBER ? lua_tonumber(L, -1) : 0.0;
    if ((type != LUA_TNIL || otherwise) && (!(x >= 1.0 && x <= most) || x != floor(x)))
        luaL_error(L, "%s.%s is %s; expected a whole number from 1 to %I", option, key, value_text(L),
                   (LUAI_UACINT)most);
    lua_pop(L, 1);
    if (x > 0.0) {
        lua_pushinteger(L, (lua_Integer)x);
        lua_setfield(L, table, key);
    }
    return (uint64_t)x;
}

static bool read_switch(lua_State *L, int table, const char *option, const char *key, bool otherwise)
{
    int type = lua_getfield(L, table, key);
    if (type != LUA_TNIL && type != LUA_TBOOLEAN)
        luaL_error(L, "%s.%s is %s; expected true or false", option, key, value_text(L));
    bool is_on = type == LUA_TNIL ? otherwise : lua_toboolean(L, -1);
    lua_pop(L, 1);
    lua_pushboolean(L, is_on);
    lua_setfield(L, table, key);
    return is_on;
}

static bool read_return(lua_State *L, int table, const char *key, const char *name, double *value)
{
    int type = lua_getfield(L, table, key);
    double x = type == LUA_TNUMBER ? lua_tonumber(L, -1) : NAN;
    if (type != LUA_TNIL && !isfinite(x))
        luaL_error(L, "%s is %s; expected a number: a mean return of episodes", name, value_text(L));
    lua_pop(L, 1);
    if (type == LUA_TNIL)
        return false;
    lua_pushnumber(L, x); /* 475 is the same as 475.0 */
    lua_setfield(L, table, key);
    *value = x;
    return true;
}

static bool push_options(lua_State *L, int table, const char *key, const char *expected)
{
    int type = lua_getfield(L, table, key);
    if (type != LUA_TNIL && type != LUA_TTABLE)
        luaL_error(L, "%s is %s; expected %s", key, value_text(L), expected);
    if (type == LUA_TNIL)
        lua_pop(L, 1);
    return type == LUA_TTABLE;
}

void lure__experiment_read_goal(lua_State *L, int table, lure_goal_options *goal)
{
    static const char *const of_evaluate[] = {"every", "episodes", "deterministic"};
    static const char *const of_stop[] = {"episodic_return", "window", "evaluation", "patience"};
    *goal = (lure_goal_options){0};
    if (push_options(L, table, "evaluate", "{ every = 10, episodes = 10, deterministic = true }")) {
        int at = lua_gettop(L);
        lure_experiment_check_keys(L, at, "evaluate", of_evaluate, 3);
        goal->every = read_count(L, at, "evaluate", "every", 1e15, 10);
        goal->episodes = read_count(L, at, "evaluate", "episodes", 1e6, 10);
        goal->deterministic = read_switch(L, at, "evaluate", "deterministic", true);
        lua_pop(L, 1);
    }
    if (push_options(L, table, "stop_early", "{ episodic_return = 475 } or { patience = 5 }")) {
        int at = lua_gettop(L);
        lure_experiment_check_keys(L, at, "stop_early", of_stop, 4);
        goal->has_stop =
            read_return(L, at, "episodic_return", "stop_early.episodic_return", &goal->stop_return);
        goal->patience = read_count(L, at, "stop_early", "patience", 1e15, 0);
        bool by_evaluation = read_switch(L, at, "stop_early", "evaluation", false);
        if (by_evaluation && lua_getfield(L, at, "window") != LUA_TNIL)
            luaL_error(
                L, "stop_early has both window and evaluation = true; the window is of training episodes");
        lua_settop(L, at);
        if (!by_evaluation)
            goal->stop_window =
                read_count(L, at, "stop_early", "window", LURE_RECENT_EPISODES, LURE_RECENT_EPISODES);
        if (!goal->has_stop && !goal->patience)
            luaL_error(L, "stop_early says not when; give episodic_return = a number, patience = n, or both");
        if ((by_evaluation || goal->patience) && !goal->every)
            luaL_error(L, "stop_early.%s needs evaluate = { every = 10, episodes = 10 }",
                       by_evaluation ? "evaluation" : "patience");
        lua_pop(L, 1);
    }
    goal->has_threshold = read_return(L, table, "threshold", "threshold", &goal->threshold);
}

/* ---- while it runs ---- */

bool lure_goal_evaluates(const lure_goal *g, uint64_t update, uint64_t last)
{
    return g->options.every && (update % g->options.every == 0 || update == last);
}

bool lure_goal_evaluated(lure_goal *g, uint64_t update, double eval_return, double eval_length)
{
    bool is_best = g->n_evaluations == 0 || eval_return > g->best_return;
    g->n_evaluations++;
    g->eval_return = eval_return;
    g->eval_length = eval_length;
    g->n_worse = is_best ? 0 : g->n_worse + 1;
    if (is_best) {
        g->best_return = eval_return;
        g->best_update = update;
    }
    return is_best;
}

bool lure_goal_stops(lure_goal *g, bool evaluated, double recent)
{
    const lure_goal_options *o = &g->options;
    bool by_window = o->has_stop && o->stop_window && recent >= o->stop_return;
    bool by_evaluation = o->has_stop && !o->stop_window && evaluated && g->eval_return >= o->stop_return;
    if (by_window || by_evaluation) {
        char number[LURE_NUMBER_SIZE];
        lure_number_format(o->stop_return, number);
        snprintf(g->stopped, sizeof g->stopped, "%s reached %s",
                 by_window ? "episodic_return" : "eval_return", number);
        return true;
    }
    if (evaluated && o->patience && g->n_worse >= o->patience) {
        snprintf(g->stopped, sizeof g->stopped, "no better eval_return in %llu evaluations",
                 (unsigned long long)g->n_worse);
        return true;
    }
    return false;
}
