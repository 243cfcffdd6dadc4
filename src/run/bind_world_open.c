/* bind_world_open.c: how scripts come to a world of their own (bind_world.h): run:fork for algorithms that plan, and for tests a
   function that opens one as an experiment would. */
#include "run/bind_world.h"

#include "run/experiment.h"
#include "script/bind.h"

#include <lauxlib.h>
#include <string.h>

/* ---- run:fork ---- */

/* upvalues of run:fork */
enum {
    UP_COPIES = 1, /* the run's */
    UP_SEED,
    UP_ENVIRONMENT,
    UP_REWARD,
    UP_SCHEDULE,
    UP_INPUT,
    UP_ENGINE /* nil until the first fork */
};

static void push_optional(lua_State *L, int index)
{
    if (index)
        lua_pushvalue(L, index);
    else
        lua_pushnil(L);
}

/* An engine of the run's world. [-0, +1, e] */
static void make_engine(lua_State *L, const lure_world_parts *parts, const lure_copies *copies, uint64_t seed)
{
    const lure_copies_options options = {
        .n = copies->n, .max_steps = copies->max_steps, .repeat = copies->repeat};
    lure_world_engine_push(L, parts, &options, seed);
    lure_world *world = &lure_world_engine_copies(L, lua_gettop(L))->world;
    world->environment_name = copies->world.environment_name;
    world->reward_name = copies->world.reward_name;
    world->schedule_name = copies->world.schedule_name;
}

/* The engine, made at the first call: a run that does not plan pays nothing. [-0, +1, e] */
static void push_engine(lua_State *L, const lure_copies *copies)
{
    lua_pushvalue(L, lua_upvalueindex(UP_ENGINE));
    if (!lua_isnil(L, -1))
        return;
    lua_pop(L, 1);
    int top = lua_gettop(L);
    for (int i = UP_ENVIRONMENT; i <= UP_INPUT; i++)
        lua_pushvalue(L, lua_upvalueindex(i));
    const lure_world_parts parts = {.environment = top + 1,
                                    .reward = top + 2,
                                    .schedule = lua_isnil(L, top + 3) ? 0 : top + 3,
                                    .forced_input = lua_isnil(L, top + 4) ? 0 : top + 4};
    make_engine(L, &parts, copies, (uint64_t)lua_tointeger(L, lua_upvalueindex(UP_SEED)));
    lua_pushvalue(L, -1);
    lua_replace(L, lua_upvalueindex(UP_ENGINE));
    lua_replace(L, top + 1);
    lua_settop(L, top + 1);
}

/* run:fork([i]) -> a world of its own that goes on from where copy i (the first) is   [-0, +1, e] */
static int run_fork(lua_State *L)
{
    lure_copies *copies = lure_copies_of(L, lua_upvalueindex(UP_COPIES));
    if (!lua_istable(L, 1))
        return luaL_error(L, "run:fork: call it with ':'");
    lua_Integer i = luaL_optinteger(L, 2, 1);
    if (i < 1 || i > (lua_Integer)copies->n)
        return luaL_error(L, "run:fork: there is no copy %I; the run has %I", i, (lua_Integer)copies->n);
    luaL_checkstack(L, LURE_COPIES_ROOM + 8, NULL);
    push_engine(L, copies);
    int engine = lua_gettop(L);
    lua_pushvalue(L, lua_upvalueindex(UP_COPIES));
    int at = lure_copies_enter(L, engine + 1);
    lure_world_push_fork(L, engine, copies, at, (size_t)i - 1);
    return 1;
}

void lure_world_push_run_fork(lua_State *L, const lure_world_parts *parts, int copies, uint64_t seed,
                              bool at_once)
{
    lua_pushvalue(L, copies);
    lua_pushinteger(L, (lua_Integer)seed);
    lua_pushvalue(L, parts->environment);
    lua_pushvalue(L, parts->reward);
    push_optional(L, parts->schedule);
    push_optional(L, parts->forced_input);
    if (at_once)
        make_engine(L, parts, lure_copies_of(L, copies), seed);
    else
        lua_pushnil(L);
    lua_pushcclosure(L, run_fork, UP_ENGINE);
}

void lure_world_change_run_fork(lua_State *L, int fork, lure_world_rule rule)
{
    lua_setupvalue(L, fork, rule == LURE_RULE_REWARD ? UP_REWARD : UP_SCHEDULE);
}

/* ---- for tests ---- */

static uint64_t read_count(lua_State *L, const char *key)
{
    int type = lua_getfield(L, 1, key), is_whole;
    lua_Integer n = lua_tointegerx(L, -1, &is_whole);
    if (type != LUA_TNIL && (!is_whole || n < 1))
        luaL_error(L, "%s is %s; expected a whole number >= 1", key, lure_push_text(L, -1));
    lua_pop(L, 1);
    return type == LUA_TNIL ? 0 : (uint64_t)n;
}

/* The name for messages, kept as long as the state: a world of a test lives in a few. Null: it has none. [-0, +0, m] */
static const char *keep_name(lua_State *L, const char *name)
{
    if (!*name)
        return NULL;
    luaL_getsubtable(L, LUA_REGISTRYINDEX, "lure.worlds");
    const char *kept = lua_pushstring(L, name);
    lua_pushboolean(L, 1);
    lua_rawset(L, -3);
    lua_pop(L, 1);
    return kept;
}

int lure_world_open(lua_State *L)
{
    static const char *const known[] = {"environment", "reward",    "schedule",      "input",
                                        "seed",        "max_steps", "action_repeat", "progress"};
    char names[3][LURE_ROLE_NAME_SIZE];
    lure_world_parts parts = {0};
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checkstack(L, 40, NULL);
    lua_settop(L, 1);
    lure_experiment_check_keys(L, 1, "world", known, sizeof known / sizeof *known);
    lua_getfield(L, 1, "seed");
    uint64_t seed = (uint64_t)luaL_optinteger(L, -1, 1);
    lua_getfield(L, 1, "progress");
    const double progress = luaL_optnumber(L, -1, 1.0);
    const int input = lua_getfield(L, 1, "input");
    if (input != LUA_TNIL && input != LUA_TTABLE)
        return luaL_error(L, "input is %s; expected the table that reset gets", lure_push_text(L, -1));
    parts.forced_input = input == LUA_TNIL ? 0 : lua_gettop(L);
    lure_copies_options options = {
        .n = 1, .max_steps = read_count(L, "max_steps"), .repeat = read_count(L, "action_repeat")};
    parts.environment = lure_experiment_push_field(L, 1, LURE_ROLE_ENVIRONMENT, names[0]);
    if (!parts.environment)
        return luaL_error(L, "environment is missing; write environment = \"name\"");
    parts.reward = lure_experiment_push_field(L, 1, LURE_ROLE_REWARD, names[1]);
    parts.schedule = lure_experiment_push_field(L, 1, LURE_ROLE_SCHEDULE, names[2]);
    if (!parts.reward) {
        lure_world_push_own_reward(L, parts.environment);
        parts.reward = lua_gettop(L);
        memcpy(names[1], names[0], sizeof names[1]);
    }
    lure_sandbox *sandbox = lure_sandbox_of(L);
    const lure_context outer = sandbox->context;
    sandbox->context = (lure_context){.role = "environment", .name = *names[0] ? names[0] : NULL};
    lure_world_engine_push(L, &parts, &options, seed);
    sandbox->context = outer;
    int engine = lua_gettop(L);
    lure_world *world = &lure_world_engine_copies(L, engine)->world;
    world->environment_name = keep_name(L, names[0]);
    world->reward_name = keep_name(L, names[1]);
    world->schedule_name = keep_name(L, names[2]);
    lure_world_push(L, engine, 0, progress);
    return 1;
}
