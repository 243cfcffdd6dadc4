/* rules.c: see rules.h. The reward and the schedule are put where the copies look for them, so that a step costs what it did;
   the learning-rate rule is an argument that the algorithm keeps, so it gets a function that asks the one in use. */
#include "run/rules.h"

#include "run/bind_world.h"
#include "script/call.h"
#include "script/sandbox.h"

#include <lauxlib.h>
#include <stdio.h>

static const char RULES = 0; /* registry key of a list: */
enum { AT_TABLE = 1, AT_FORK, AT_REWARD, AT_SCHEDULE, AT_RATE };

static int place_of(lure_role role)
{
    return role == LURE_ROLE_REWARD ? AT_REWARD : role == LURE_ROLE_SCHEDULE ? AT_SCHEDULE : AT_RATE;
}

bool lure_rules_may_change(lure_role role)
{
    return role == LURE_ROLE_REWARD || role == LURE_ROLE_SCHEDULE || role == LURE_ROLE_LEARNING_RATE;
}

/* What the algorithm calls: upvalue 1 is the list. [-n, +n, e] */
static int give_rate(lua_State *L)
{
    lua_rawgeti(L, lua_upvalueindex(1), AT_RATE);
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    return lua_gettop(L);
}

void lure_rules_push(lua_State *L, lure_rules *rules, const lure_experiment_parts *parts, int run)
{
    (void)rules;
    lua_createtable(L, AT_RATE, 0);
    lua_getfield(L, run, "fork");
    lua_rawseti(L, -2, AT_FORK);
    const struct {
        int slot, index;
    } slots[] = {{AT_TABLE, parts->table},
                 {AT_REWARD, parts->world.reward},
                 {AT_SCHEDULE, parts->world.schedule},
                 {AT_RATE, parts->learning_rate}};
    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++) {
        if (!slots[i].index)
            continue;
        lua_pushvalue(L, slots[i].index);
        lua_rawseti(L, -2, slots[i].slot);
    }
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &RULES);
    lua_pushcclosure(L, give_rate, 1);
}

/* ---- loading ---- */

static int load_rule(lua_State *L)
{
    const lure_rules *rules = lua_touserdata(L, 1);
    lure_role role = (lure_role)lua_tointeger(L, 2);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &RULES);
    lua_rawgeti(L, -1, AT_TABLE);
    lua_getfield(L, -1, lure_role_name(role));
    lure_experiment_push_role(L, -1, role, rules->borrow_experiment->path);
    return 1;
}

lure_status lure_rules_load(lua_State *L, lure_rules *rules, lure_role role, lure_error *err)
{
    lure_sandbox *sandbox = lure_sandbox_of(L);
    const lure_context context = sandbox->context;
    const lure_rng random = sandbox->random;
    const lure_status raised = sandbox->raised;
    size_t n_records = lure_loader_n_records(L);
    sandbox->heartbeat++;
    lua_pushcfunction(L, load_rule);
    lua_pushlightuserdata(L, rules);
    lua_pushinteger(L, role);
    lure_status status = lure_call(L, 2, 1, err);
    sandbox->heartbeat++;
    sandbox->context = context;
    sandbox->random = random;
    if (status == LURE_OK)
        return LURE_OK;
    lure_loader_forget(L, n_records);
    sandbox->raised = raised;
    if (status != LURE_ERROR_CANCELLED) { /* a limit that it ran into is its own, not the run's */
        sandbox->limit_hit = LURE_OK;
        lua_sethook(L, NULL, 0, 0);
    }
    return status;
}

/* ---- using ---- */

void lure_rules_use(lua_State *L, lure_rules *rules, lure_role role)
{
    int now = lua_gettop(L), place = place_of(role);
    luaL_checkstack(L, 20, NULL);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &RULES);
    lua_rawgeti(L, now + 1, place);
    if (role == LURE_ROLE_LEARNING_RATE) {
        lua_rawgeti(L, now + 1, AT_TABLE);
        lure__experiment_note_rate(L, rules->borrow_experiment, now + 3, now);
    } else {
        lure_world_rule rule = role == LURE_ROLE_REWARD ? LURE_RULE_REWARD : LURE_RULE_SCHEDULE;
        lure_copies_change_rule(L, rule, now + 2, now);
        lua_rawgeti(L, now + 1, AT_FORK);
        lua_pushvalue(L, now);
        lure_world_change_run_fork(L, now + 3, rule);
    }
    if (role == LURE_ROLE_REWARD)
        rules->borrow_conductor->has_new_reward = true;
    lua_pushvalue(L, now);
    lua_rawseti(L, now + 1, place);
    lua_settop(L, now - 1);
}
