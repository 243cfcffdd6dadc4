/* world.c: reading an environment, and what a run asks of a world outside the step loop (collect.c). */
#include "run/world.h"

#include "script/bind.h"
#include "script/call.h"

#include <math.h>
#include <string.h>

static void *take(lua_State *L, lure_world *world, size_t n, size_t size)
{
    void *block = n > SIZE_MAX / size
                      ? NULL
                      : lure_memory_take(&world->borrow_sandbox->pool.account, n ? n * size : size);
    if (!block) {
        luaL_error(L, "no memory for the world's numbers (limits.memory_mb)");
        __builtin_unreachable(); /* luaL_error does not return, which its header does not say */
    }
    return block;
}

static void give(lure_world *world, void *block, size_t n, size_t size)
{
    lure_memory_give(&world->borrow_sandbox->pool.account, block, n ? n * size : size);
}

/* A field of the environment that must have one type. */
static void push_field(lua_State *L, int environment, const char *key, int type, const char *example)
{
    int got = lua_getfield(L, environment, key);
    if (got != type)
        luaL_error(L, "the environment's '%s' is %s; expected %s", key, lure_type_name(L, -1), example);
}

static void read_actions(lua_State *L, lure_world *world, int environment, int words)
{
    push_field(L, environment, "actions", LUA_TTABLE, "a list of words, like { \"left\", \"right\" }");
    int actions = lua_gettop(L);
    size_t n = lua_rawlen(L, actions);
    if (n == 0 && lua_getfield(L, actions, "low") != LUA_TNIL)
        luaL_error(L, "the environment's actions are continuous ({ low =, high = }); this version has "
                      "discrete actions only: "
                      "list words, like { \"left\", \"right\" }");
    if (n < 2)
        luaL_error(L, "the environment's 'actions' has %d words; a policy needs at least two to choose from",
                   (int)n);
    if (n > LURE_MOST_ACTIONS)
        luaL_error(L, "the environment's 'actions' has more than %d words", (int)LURE_MOST_ACTIONS);
    world->action_names = take(L, world, n, sizeof *world->action_names);
    world->n_actions = n;
    lua_newtable(L);
    int seen = lua_gettop(L);
    for (size_t i = 0; i < n; i++) {
        if (lua_rawgeti(L, actions, (lua_Integer)i + 1) != LUA_TSTRING)
            luaL_error(L, "the environment's actions[%d] is %s; expected a word", (int)i + 1,
                       lure_type_name(L, -1));
        world->action_names[i] = lua_tostring(L, -1);
        if (strlen(world->action_names[i]) != lua_rawlen(L, -1))
            luaL_error(L, "the environment's actions[%d] holds a zero byte, which would cut it short",
                       (int)i + 1);
        lua_pushvalue(L, -1);
        lua_rawseti(L, words, (lua_Integer)i + 1);
        lua_pushvalue(L, -1);
        if (lua_rawget(L, seen) != LUA_TNIL)
            luaL_error(L, "the environment's actions name '%s' twice", world->action_names[i]);
        lua_pop(L, 1);
        lua_pushboolean(L, 1);
        lua_rawset(L, seen);
    }
    lua_settop(L, actions - 1);
}

static double read_bound(lua_State *L, int entry, const char *key, const char *name)
{
    int type = lua_getfield(L, entry, key);
    if (type != LUA_TNIL && type != LUA_TNUMBER)
        luaL_error(L, "the environment's observation '%s': %s is %s; expected a number", name, key,
                   lure_type_name(L, -1));
    double bound = type == LUA_TNIL ? NAN : lua_tonumber(L, -1);
    lua_pop(L, 1);
    return bound;
}

static void read_observation(lua_State *L, lure_world *world, int environment, int words)
{
    static const char example[] = "a list of the names of fields of s, like { \"hunger\" }";
    int type = lua_getfield(L, environment, "observation");
    bool is_count = type == LUA_TNUMBER && world->has_observe;
    if (type != LUA_TTABLE && !is_count)
        luaL_error(L, "the environment's 'observation' is %s; expected %s%s", lure_type_name(L, -1), example,
                   world->has_observe ? ", or how many numbers observe(s) gives" : "");
    int list = lua_gettop(L);
    lua_Integer count = is_count ? lua_tointeger(L, list) : (lua_Integer)lua_rawlen(L, list);
    if (count < 0 || count > LURE_MOST_OBSERVED || (is_count && !lua_isinteger(L, list)))
        luaL_error(L, "the environment's 'observation' is not a count of numbers from 0 to %d",
                   (int)LURE_MOST_OBSERVED);
    size_t n = world->n_inputs = (size_t)count;
    world->input_names = take(L, world, n, sizeof *world->input_names);
    double **bounds[] = {&world->low, &world->high, &world->seen_low, &world->seen_high};
    for (size_t b = 0; b < 4; b++) {
        *bounds[b] = take(L, world, n, sizeof(double));
        for (size_t i = 0; i < n; i++)
            (*bounds[b])[i] = b < 2 ? NAN : b == 2 ? INFINITY : -INFINITY;
    }
    for (size_t i = 0; !is_count && i < n; i++) {
        lua_rawgeti(L, list, (lua_Integer)i + 1);
        int entry = lua_gettop(L);
        bool bounded = lua_istable(L, entry);
        if (bounded)
            lua_rawgeti(L, entry, 1);
        if (lua_type(L, -1) != LUA_TSTRING)
            luaL_error(
                L,
                "the environment's observation[%d] is %s; expected a name, or { \"name\", low = , high = }",
                (int)i + 1, lure_type_name(L, -1));
        world->input_names[i] = lua_tostring(L, -1);
        lua_pushvalue(L, -1);
        lua_rawseti(L, words, (lua_Integer)(world->n_actions + i) + 1);
        if (bounded) {
            world->low[i] = read_bound(L, entry, "low", world->input_names[i]);
            world->high[i] = read_bound(L, entry, "high", world->input_names[i]);
        }
        lua_settop(L, list);
    }
    lua_pop(L, 1);
}

static void read_max_steps(lua_State *L, lure_world *world, int environment)
{
    static const char example[] = "a whole number >= 1, the step at which an episode is cut";
    push_field(L, environment, "max_steps", LUA_TNUMBER, example);
    lua_Number steps = lua_tonumber(L, -1);
    if (!(steps >= 1 && steps <= UINT32_MAX) || steps != floor(steps))
        luaL_error(L, "the environment's 'max_steps' is %s; expected %s", luaL_tolstring(L, -1, NULL),
                   example);
    world->max_steps = (uint64_t)steps;
    lua_pop(L, 1);
}

/* The reward declares a fourth parameter (or any number): then it gets the observation before the step. A number in
   the place of a reward is a C function, which looks at nothing. */
static bool takes_before(lua_State *L, int function)
{
    lua_Debug d;
    lua_pushvalue(L, function);
    lua_getinfo(L, ">u", &d);
    return !lua_iscfunction(L, function) && (d.nparams >= 4 || d.isvararg);
}

void lure_world_read(lua_State *L, lure_world *world, const lure_world_parts *parts)
{
    world->borrow_sandbox = lure_sandbox_of(L);
    int environment = parts->environment;
    static const char *const functions[] = {"reset", "step"};
    for (size_t i = 0; i < 2; i++) {
        push_field(L, environment, functions[i], LUA_TFUNCTION, "a function");
        lua_pop(L, 1);
    }
    int observe = lua_getfield(L, environment, "observe");
    if (observe != LUA_TNIL && observe != LUA_TFUNCTION)
        luaL_error(L, "the environment's 'observe' is %s; expected a function", lure_type_name(L, -1));
    lua_pop(L, 1);
    world->has_observe = observe == LUA_TFUNCTION;
    world->has_schedule = parts->schedule != 0;
    world->has_forced_input = parts->forced_input != 0;
    lua_newtable(L); /* ours: a script may change its own lists while the names are in use */
    int words = lua_gettop(L);
    read_actions(L, world, environment, words);
    read_observation(L, world, environment, words);
    world->words = luaL_ref(L, LUA_REGISTRYINDEX);
    read_max_steps(L, world, environment);
    world->reward_sees_before = takes_before(L, parts->reward);
    world->probabilities = take(L, world, world->n_actions, sizeof(double));
}

void lure_world_free(lure_world *world)
{
    if (!world->borrow_sandbox)
        return;
    lure_rollout_free(&world->rollout);
    give(world, world->action_names, world->n_actions, sizeof *world->action_names);
    give(world, world->input_names, world->n_inputs, sizeof *world->input_names);
    give(world, world->low, world->n_inputs, sizeof(double));
    give(world, world->high, world->n_inputs, sizeof(double));
    give(world, world->seen_low, world->n_inputs, sizeof(double));
    give(world, world->seen_high, world->n_inputs, sizeof(double));
    give(world, world->probabilities, world->n_actions, sizeof(double));
}

double lure_world_recent_return(const lure_world *world, size_t *n)
{
    size_t count =
        world->total_episodes < LURE_RECENT_EPISODES ? (size_t)world->total_episodes : LURE_RECENT_EPISODES;
    double sum = 0.0;
    for (size_t i = 0; i < count; i++)
        sum += world->recent_returns[i];
    if (n)
        *n = count;
    return count ? sum / (double)count : NAN;
}

double lure_world_recent_length(const lure_world *world)
{
    size_t count =
        world->total_episodes < LURE_RECENT_EPISODES ? (size_t)world->total_episodes : LURE_RECENT_EPISODES;
    double sum = 0.0;
    for (size_t i = 0; i < count; i++)
        sum += world->recent_lengths[i];
    return count ? sum / (double)count : NAN;
}
