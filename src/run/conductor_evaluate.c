/* conductor_evaluate.c: the policy's worth while it is trained: run:evaluate, and what is due after an update. All evaluations of a
   run live through the same episodes, of streams that training does not draw from, so what differs between two of them is the
   policy, and training is the same with and without. See conductor.h. */
#include "run/conductor.h"

#include "script/bind.h"
#include "script/call.h"
#include "script/differentiate.h"
#include "script/profile.h"
#include "script/space_value.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

static void count_evaluations(lua_State *L, lua_Debug *call, void *data)
{
    lua_getinfo(L, "f", call);
    lua_CFunction function = lua_tocfunction(L, -1);
    *(int *)data += function == lure__conductor_evaluate || function == lure__conductor_next;
    lua_pop(L, 1);
}

/* `wanted`: episodes, deterministic and number. */
static void evaluate(lua_State *L, lure_conductor *c, lure_evaluate_options *wanted, lure_evaluated *out)
{
    lure_sandbox *sandbox = c->borrow_sandbox;
    if (sandbox->is_evaluating) { /* or the last one ended with an error that the algorithm caught */
        int under_way = 0;
        lure_sandbox_each_call(L, count_evaluations, &under_way);
        if (under_way > 1)
            luaL_error(L, "run:evaluate is called by a script that an evaluation is calling");
    }
    wanted->seed = c->seed;
    lua_rawgetp(L, LUA_REGISTRYINDEX, c->borrow_evaluation);
    lure_profile_look(L, sandbox);
    sandbox->is_evaluating = true;
    lure_evaluate(L, c->borrow_evaluation, lua_gettop(L), wanted, out);
    lure_profile_look(L, sandbox);
    sandbox->is_evaluating = false;
    lua_pop(L, 1);
}

/* ---- run:evaluate ---- */

static uint64_t check_whole(lua_State *L, const char *key, lua_Integer least, lua_Integer most)
{
    int is_whole;
    lua_Integer n = lua_tointegerx(L, -1, &is_whole);
    if (!is_whole || n < least || n > most)
        luaL_error(L, "run:evaluate: %s is %s; expected a whole number from %I to %I", key,
                   lure_push_described(L, -1), least, most);
    return (uint64_t)n;
}

static void read_options(lua_State *L, lure_evaluate_options *out)
{
    if (lua_isnoneornil(L, 2))
        return;
    if (!lua_istable(L, 2))
        luaL_error(L, "run:evaluate: expected { episodes = n, deterministic = true }, got %s",
                   lure_type_name(L, 2));
    for (lua_pushnil(L); lua_next(L, 2); lua_pop(L, 1)) {
        const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";
        if (strcmp(key, "episodes") == 0)
            out->episodes = check_whole(L, key, 1, 1000000);
        else if (strcmp(key, "number") == 0)
            out->number = check_whole(L, key, 0, INT32_MAX);
        else if (strcmp(key, "deterministic") != 0)
            luaL_error(L, "run:evaluate: unknown option '%s'; expected episodes, deterministic or number",
                       key);
        else if (!lua_isboolean(L, -1))
            luaL_error(L, "run:evaluate: deterministic is %s; expected true or false", lure_type_name(L, -1));
        else
            out->deterministic = lua_toboolean(L, -1);
    }
}

/* run:evaluate { episodes = 10, deterministic = true, number = 0 } -> mean return, mean length, list of returns  [-0, +3, e] */
int lure__conductor_evaluate(lua_State *L)
{
    lure_conductor *c = lua_touserdata(L, lua_upvalueindex(LURE_UP_CONDUCTOR));
    lure_evaluate_options wanted = {.episodes = 10, .deterministic = true};
    lure_evaluated evaluated;
    lure_refuse_in_pass(L, "run:evaluate");
    if (!lua_istable(L, 1))
        return luaL_error(L, "run:evaluate: call it with ':'");
    read_options(L, &wanted);
    if (!c->borrow_evaluation)
        return luaL_error(L, "run:evaluate: there is no evaluation in this check");
    evaluate(L, c, &wanted, &evaluated);
    lua_pushnumber(L, evaluated.mean);
    lua_pushnumber(L, evaluated.mean_length);
    lua_createtable(L, (int)evaluated.n, 0);
    for (size_t e = 0; e < evaluated.n; e++) {
        lua_pushnumber(L, evaluated.episodes[e].episode_return);
        lua_rawseti(L, -2, (lua_Integer)e + 1);
    }
    return 3;
}

/* ---- after an update ---- */

static void evaluate_update(lua_State *L, lure_conductor *c)
{
    const lure_goal_options *o = &c->goal.options;
    lure_evaluate_options wanted = {.episodes = o->episodes, .deterministic = o->deterministic};
    lure_evaluated evaluated;
    evaluate(L, c, &wanted, &evaluated);
    if (lure_goal_evaluated(&c->goal, c->update, evaluated.mean, evaluated.mean_length) && c->keep_best &&
        c->keep_best(c->keep_best_data, &c->store_error) != LURE_OK)
        lure_raise(L, &c->store_error);
}

void lure__conductor_end_update(lua_State *L, lure_conductor *c)
{
    bool can = c->borrow_evaluation != NULL;
    bool evaluated = can && lure_goal_evaluates(&c->goal, c->update, c->updates);
    if (evaluated)
        evaluate_update(L, c);
    double recent = lure_collector_window_return(c->borrow_collector, c->goal.options.stop_window);
    bool is_last = lure_goal_stops(&c->goal, evaluated, recent);
    if (is_last && can && c->goal.options.every && !evaluated) {
        evaluate_update(L, c);
        evaluated = true;
    }
    lure__conductor_close_row(L, c, evaluated);
}
