/* world.c: see world.h. */
#include "run/world.h"

#include "script/bind.h"

#include <lauxlib.h>
#include <math.h>

/* A field of the environment that must be a function, or may be left out. */
static bool read_function(lua_State *L, int environment, const char *key, bool is_required)
{
    int type = lua_getfield(L, environment, key);
    if (type != LUA_TFUNCTION && (is_required || type != LUA_TNIL))
        luaL_error(L, "the environment's '%s' is %s; expected a function", key, lure_type_name(L, -1));
    lua_pop(L, 1);
    return type == LUA_TFUNCTION;
}

static void read_max_steps(lua_State *L, lure_world *world, int environment)
{
    int type = lua_getfield(L, environment, "max_steps");
    lua_Number steps = lua_tonumber(L, -1);
    if (type != LUA_TNIL &&
        (type != LUA_TNUMBER || !(steps >= 1 && steps <= UINT32_MAX) || steps != floor(steps)))
        luaL_error(L,
                   "the environment's 'max_steps' is %s; expected a whole number >= 1, the step at which an "
                   "episode is "
                   "cut, or nothing",
                   type == LUA_TNUMBER ? lure_push_text(L, -1) : lure_type_name(L, -1));
    world->max_steps = type == LUA_TNIL ? 0 : (uint64_t)steps;
    lua_pop(L, 1);
}

static void read_threshold(lua_State *L, lure_world *world, int environment)
{
    int type = lua_getfield(L, environment, "threshold");
    world->has_threshold = type != LUA_TNIL;
    world->threshold = type == LUA_TNUMBER ? lua_tonumber(L, -1) : (double)NAN;
    if (world->has_threshold && !isfinite(world->threshold))
        luaL_error(L,
                   "the environment's 'threshold' is %s; expected a number, the mean return that counts as "
                   "solved, or nothing",
                   type == LUA_TNUMBER ? lure_push_text(L, -1) : lure_type_name(L, -1));
    lua_pop(L, 1);
}

/* The reward declares a fourth parameter (or any number): then it gets the observation before the step. A number in
   the place of a reward is a C function, which looks at nothing. */
bool lure_world_reward_sees_before(lua_State *L, int function)
{
    lua_Debug d;
    lua_pushvalue(L, function);
    lua_getinfo(L, ">u", &d);
    return !lua_iscfunction(L, function) && (d.nparams >= 4 || d.isvararg);
}

void lure_world_read(lua_State *L, lure_world *world, const lure_world_parts *parts)
{
    static const char whose[] = "the environment's ";
    int environment = parts->environment;
    *world = (lure_world){.has_schedule = parts->schedule != 0, .has_forced_input = parts->forced_input != 0};
    read_function(L, environment, "reset", true);
    read_function(L, environment, "step", true);
    read_function(L, environment, "render", false);
    world->has_observe = read_function(L, environment, "observe", false);
    world->has_legal = read_function(L, environment, "legal", false);
    read_max_steps(L, world, environment);
    read_threshold(L, world, environment);
    world->reward_sees_before =
        lure_world_reward_sees_before(L, parts->declared_reward ? parts->declared_reward : parts->reward);
    lua_getfield(L, environment, "actions");
    world->actions = lure_push_space_of_actions(L, -1, whose);
    lua_remove(L, -2);
    lua_getfield(L, environment, "observation");
    world->observation = lure_push_space_of_observation(L, -1, world->has_observe, whose);
    lua_remove(L, -2);
    world->n_inputs = world->observation->space.n_parts;
    world->n_columns = world->actions->space.n_parts;
    if (world->has_legal && lure_space_kind_of(&world->actions->space) == LURE_SPACE_BOX)
        luaL_error(L, "the environment has 'legal', and its actions are numbers; it lists words");
}

static int give_zero(lua_State *L)
{
    lua_pushinteger(L, 0);
    return 1;
}

bool lure_world_push_own_reward(lua_State *L, int environment)
{
    if (!read_function(L, environment, "reward", false)) {
        lua_pushcfunction(L, give_zero);
        return false;
    }
    lua_getfield(L, environment, "reward");
    return true;
}
