/* experiment.c: see experiment.h. */
#include "run/experiment.h"

#include "run/setting.h"
#include "script/bind.h"
#include "script/call.h"
#include "script/options.h"
#include "script/spec.h"
#include "script/value.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the simple options ---- */

static uint64_t read_whole(lua_State *L, int table, const char *key)
{
    int type = lua_getfield(L, table, key);
    double x = type == LUA_TNUMBER ? lua_tonumber(L, -1) : 0;
    if (!(x >= 1 && x <= 1e15) || x != floor(x))
        luaL_error(L, "%s is %s; expected a whole number >= 1", key,
                   type == LUA_TSTRING || type == LUA_TNUMBER ? lure_push_text(L, -1)
                                                              : lure_type_name(L, -1));
    lua_pop(L, 1);
    lua_pushinteger(L, (lua_Integer)x); /* 5.0 is the same as 5 and makes the same run */
    lua_setfield(L, table, key);
    return (uint64_t)x;
}

static double read_limit(lua_State *L, int limits, const char *key, double otherwise, double low, double high)
{
    int type = lua_getfield(L, limits, key);
    double x = type == LUA_TNIL ? otherwise : lua_tonumber(L, -1);
    if ((type != LUA_TNIL && type != LUA_TNUMBER) || !(x >= low && x <= high))
        luaL_error(L, "limits.%s is %s; expected a number from %f to %f", key, lure_push_text(L, -1), low,
                   high);
    lua_pop(L, 1);
    return x;
}

static void read_limits(lua_State *L, int table)
{
    lure_limits limits = lure_limits_defaults();
    int type = lua_getfield(L, table, "limits");
    if (type != LUA_TNIL && type != LUA_TTABLE)
        luaL_error(L, "limits is %s; expected { step_seconds = 5, memory_mb = 512 }", lure_type_name(L, -1));
    if (type == LUA_TTABLE) {
        int given = lua_gettop(L);
        lua_newtable(L);
        lua_pushnumber(L, limits.step_seconds);
        lua_setfield(L, -2, "step_seconds");
        lua_pushnumber(L, limits.memory_mb);
        lua_setfield(L, -2, "memory_mb");
        lua_pushnumber(L, limits.run_seconds);
        lua_setfield(L, -2, "run_seconds");
        for (lua_pushnil(L); lua_next(L, given); lua_pop(L, 1)) {
            const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "1";
            if (lua_getfield(L, given + 1, key) == LUA_TNIL)
                lure_refuse_key(L, "limits", key, given + 1);
            lua_pop(L, 1);
        }
        limits.step_seconds = read_limit(L, given, "step_seconds", limits.step_seconds, 0.01, 1e6);
        limits.memory_mb = read_limit(L, given, "memory_mb", limits.memory_mb, 1, 1e7);
        limits.run_seconds = read_limit(L, given, "run_seconds", limits.run_seconds, 0, 1e9);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    lure_sandbox_set_limits(lure_sandbox_of(L), &limits);
}

void lure_experiment_check_keys(lua_State *L, int table, const char *what, const char *const *known, size_t n)
{
    lua_createtable(L, 0, (int)n);
    int names = lua_gettop(L);
    for (size_t i = 0; i < n; i++) {
        lua_newtable(L); /* a table: lure_refuse_key prints the name alone */
        lua_setfield(L, names, known[i]);
    }
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING)
            luaL_error(L, "the %s holds a value without a name (%s)", what, lure_push_text(L, -2));
        const char *key = lua_tostring(L, -2);
        if (lua_getfield(L, names, key) == LUA_TNIL)
            lure_refuse_key(L, what, key, names);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

static void check_keys(lua_State *L, int table)
{
    static const char *const known[] = {"description",
                                        "environment",
                                        "reward",
                                        "schedule",
                                        "learning_rate",
                                        "algorithm",
                                        "optimizer",
                                        "policy",
                                        "precision",
                                        "updates",
                                        "seeds",
                                        "limits",
                                        "track",
                                        "log_every",
                                        "debug_gradients",
                                        "copies",
                                        "max_steps",
                                        "action_repeat",
                                        "one_hot",
                                        "time_aware",
                                        "frame_stack",
                                        "clip_observation",
                                        "clip_reward",
                                        "normalize_observation",
                                        "normalize_reward",
                                        "evaluate",
                                        "stop_early",
                                        "threshold"};
    lure_experiment_check_keys(L, table, "experiment", known, sizeof known / sizeof *known);
}

/* What is left out is written in, so that the manifest holds every option as it was used, and an option given its
   default value makes the same run as one left out. Pops the default. */
static void set_default(lua_State *L, int table, const char *key)
{
    if (lua_getfield(L, table, key) == LUA_TNIL) {
        lua_pushvalue(L, -2);
        lua_setfield(L, table, key);
    }
    lua_pop(L, 2);
}

static void set_defaults(lua_State *L, int table)
{
    const lure_limits *limits = &lure_sandbox_of(L)->limits;
    lua_pushliteral(L, "single");
    set_default(L, table, "precision");
    lua_pushliteral(L, "sgd");
    set_default(L, table, "optimizer");
    lua_pushinteger(L, 1);
    set_default(L, table, "log_every");
    lua_createtable(L, 0, 2);
    lua_pushnumber(L, limits->step_seconds);
    lua_setfield(L, -2, "step_seconds");
    lua_pushnumber(L, limits->memory_mb);
    lua_setfield(L, -2, "memory_mb");
    if (limits->run_seconds > 0) {
        lua_pushnumber(L, limits->run_seconds);
        lua_setfield(L, -2, "run_seconds");
    }
    lua_setfield(L, table, "limits");
}

static void check_description(lua_State *L, int table)
{
    int type = lua_getfield(L, table, "description");
    if (type != LUA_TNIL && type != LUA_TSTRING)
        luaL_error(L, "description is %s; expected text", lure_type_name(L, -1));
    lua_pop(L, 1);
}

/* Whether differentiate looks at every number. It changes no result, so left out and false are the same. */
static void read_debug(lua_State *L, int table)
{
    int type = lua_getfield(L, table, "debug_gradients");
    if (type != LUA_TNIL && type != LUA_TBOOLEAN)
        luaL_error(L, "debug_gradients is %s; expected true or false", lure_push_text(L, -1));
    lure_sandbox_of(L)->pass.debug = lua_toboolean(L, -1);
    lua_pop(L, 1);
}

static void read_track(lua_State *L, int table, lure_experiment *e)
{
    int type = lua_getfield(L, table, "track");
    if (type != LUA_TNIL && type != LUA_TSTRING)
        luaL_error(L, "track is %s; expected the name of a logged value", lure_type_name(L, -1));
    snprintf(e->track, sizeof e->track, "%s", type == LUA_TSTRING ? lua_tostring(L, -1) : "");
    lua_pop(L, 1);
}

/* ---- roles ---- */

static int give_number(lua_State *L)
{
    lua_pushvalue(L, lua_upvalueindex(1));
    return 1;
}

void lure_experiment_push_role(lua_State *L, int index, lure_role role, const char *beside)
{
    index = lua_absindex(L, index);
    bool is_rule = role == LURE_ROLE_REWARD || role == LURE_ROLE_LEARNING_RATE;
    int expected = role == LURE_ROLE_ENVIRONMENT ? LUA_TTABLE : LUA_TFUNCTION;
    const char *what = lure_role_name(role);
    switch (lua_type(L, index)) {
    case LUA_TNIL: lua_pushnil(L); return;
    case LUA_TNUMBER:
        if (!is_rule)
            break;
        lua_pushvalue(L, index);
        lua_pushcclosure(L, give_number, 1);
        return;
    case LUA_TFUNCTION:
        if (expected != LUA_TFUNCTION)
            break;
        lua_pushvalue(L, index);
        return;
    case LUA_TSTRING: lure_loader_load(L, role, lua_tostring(L, index), beside, 0, NULL); goto loaded;
    case LUA_TTABLE: {
        if (lua_rawgeti(L, index, 1) != LUA_TSTRING) {
            lua_getfield(L, index, "step");
            if (role == LURE_ROLE_ENVIRONMENT && lua_isfunction(L, -1)) { /* written out in the experiment */
                lua_pushvalue(L, index);
                return;
            }
            break;
        }
        const char *name = lua_tostring(L, -1);
        lure_value_copy(L, index); /* the options: all but the name */
        lua_pushnil(L);
        lua_rawseti(L, -2, 1);
        lure_loader_load(L, role, name, beside, lua_gettop(L), NULL);
        lua_replace(L, -3);
        lua_pop(L, 1);
        goto loaded;
    }
    default: break;
    }
    luaL_error(L, "%s is %s; expected %sa name or { name, option = value }", what, lure_type_name(L, index),
               is_rule                     ? "a number, a function, "
               : expected == LUA_TFUNCTION ? "a function, "
                                           : "");
loaded:
    if (lua_type(L, -1) != expected)
        luaL_error(L, "%s '%s' returned %s; expected a %s (does the file end with 'return ...'?)", what,
                   lua_type(L, index) == LUA_TSTRING ? lua_tostring(L, index) : "", lure_type_name(L, -1),
                   lua_typename(L, expected));
}

int lure_experiment_push_field(lua_State *L, int table, lure_role role, char name[LURE_ROLE_NAME_SIZE])
{
    int type = lua_getfield(L, table, lure_role_name(role)), field = lua_gettop(L);
    if (type == LUA_TTABLE)
        lua_rawgeti(L, field, 1);
    *name = '\0';
    if (lua_type(L, -1) == LUA_TSTRING)
        lure_script_name(lua_tostring(L, -1), name, LURE_ROLE_NAME_SIZE);
    else if (type == LUA_TNUMBER)
        snprintf(name, LURE_ROLE_NAME_SIZE, "%s", lure_push_text(L, field));
    lua_settop(L, field);
    lure_experiment_push_role(L, field, role, NULL);
    return type == LUA_TNIL ? 0 : lua_gettop(L);
}

/* Loads the role of field `key` of the experiment. Returns its stack index, or 0 when it is not there. */
static int load_role(lua_State *L, int table, lure_role role, const lure_experiment *e)
{
    lua_getfield(L, table, lure_role_name(role));
    lure_experiment_push_role(L, -1, role, e->path);
    lua_remove(L, -2);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        return 0;
    }
    return lua_gettop(L);
}

static int require_role(lua_State *L, int table, lure_role role, const lure_experiment *e)
{
    int at = load_role(L, table, role, e);
    if (!at)
        luaL_error(L, "the experiment names no %s; write %s = \"name\"", lure_role_name(role),
                   lure_role_name(role));
    return at;
}

/* For messages: the role's name as the experiment has it now; a function of the experiment could change its table.
   Null: it is written out in place. */
static const char *read_role_name(lua_State *L, int table, const char *key, char name[64])
{
    int type = lua_getfield(L, table, key);
    if (type == LUA_TTABLE) {
        lua_rawgeti(L, -1, 1);
        lua_remove(L, -2);
    }
    bool named = lua_type(L, -1) == LUA_TSTRING;
    snprintf(name, 64, "%s", named ? lua_tostring(L, -1) : "");
    lua_pop(L, 1);
    return named ? name : NULL;
}

void lure__experiment_note_rate(lua_State *L, lure_experiment *e, int table, int function)
{
    char place[320] = "", rate[64];
    const char *rate_name = read_role_name(L, table, "learning_rate", rate);
    if (function && !lua_iscfunction(L, function))
        lure_function_place(L, function, place, sizeof place);
    snprintf(e->rate_source, sizeof e->rate_source, "learning_rate%s%s%s%s%s%s", rate_name ? " '" : "",
             rate_name ? rate_name : "", rate_name ? "'" : "", *place ? " (" : "", place, *place ? ")" : "");
}

static void read_roles(lua_State *L, lure_experiment *e, lure_experiment_parts *parts)
{
    int table = parts->table;
    lure_world_parts *world = &parts->world;
    world->environment = require_role(L, table, LURE_ROLE_ENVIRONMENT, e);
    world->reward = load_role(L, table, LURE_ROLE_REWARD, e);
    bool has_own_reward = world->reward == 0;
    const char *reward_name = read_role_name(L, table, "reward", e->reward_name);
    const char *environment_name = read_role_name(L, table, "environment", e->environment_name);
    const char *schedule_name = read_role_name(L, table, "schedule", e->schedule_name);
    if (!world->reward) { /* the environment's own */
        if (!lure_world_push_own_reward(L, world->environment))
            luaL_error(L, "the experiment names no reward and the environment has none of its own; write "
                          "reward = \"name\"");
        world->reward = lua_gettop(L);
        reward_name = environment_name;
    }
    world->schedule = load_role(L, table, LURE_ROLE_SCHEDULE, e);
    parts->learning_rate = load_role(L, table, LURE_ROLE_LEARNING_RATE, e);
    parts->algorithm = require_role(L, table, LURE_ROLE_ALGORITHM, e);

    lure__experiment_note_rate(L, e, table, parts->learning_rate);
    lure_sandbox *sandbox = lure_sandbox_of(L);
    sandbox->rate_source = e->rate_source;
    sandbox->context = (lure_context){.role = "environment", .name = environment_name};
    e->borrow_copies = lure_copies_push(L, world, &e->copies);
    parts->copies = lua_gettop(L);
    e->borrow_copies->world.environment_name = environment_name;
    e->borrow_copies->world.reward_name = reward_name;
    e->borrow_copies->world.schedule_name = schedule_name;
    sandbox->context = (lure_context){.role = "experiment", .name = e->name};
    lure_collector_open(L, &e->collector, e->borrow_copies, &e->seen, e->dtype);
    const lure_world *w = &e->borrow_copies->world;
    /* the world's is one of its own reward's sums */
    e->collector.has_threshold = e->goal.has_threshold || (w->has_threshold && has_own_reward);
    e->collector.threshold = e->goal.has_threshold ? e->goal.threshold : w->threshold;
}

/* ---- all of it ---- */

void lure_experiment_read(lua_State *L, const lure_run_options *options, lure_experiment *e,
                          lure_experiment_parts *parts)
{
    luaL_checkstack(L, 40, NULL);
    lure_loader_load(L, LURE_ROLE_EXPERIMENT, options->experiment, NULL, 0, e->path);
    lure_script_name(e->path, e->name, sizeof e->name);
    lure_sandbox *sandbox = lure_sandbox_of(L);
    sandbox->context = (lure_context){.role = "experiment", .name = e->name};
    if (!lua_istable(L, -1))
        luaL_error(L, "%s returned %s; expected a table (does the file end with 'return { ... }'?)", e->path,
                   lure_type_name(L, -1));
    parts->table = lua_gettop(L);
    for (size_t i = 0; i < options->n_settings; i++)
        lure_setting_apply(L, parts->table, &options->settings[i]);
    check_keys(L, parts->table);
    read_limits(L, parts->table);
    set_defaults(L, parts->table);
    e->updates = read_whole(L, parts->table, "updates");
    e->log_every = read_whole(L, parts->table, "log_every");
    read_track(L, parts->table, e);
    check_description(L, parts->table);
    read_debug(L, parts->table);
    lure_experiment_read_seeds(L, parts->table, &e->seeds, &e->n_seeds);
    lure__experiment_read_copies(L, parts->table, &e->copies, &e->seen);
    lure__experiment_read_goal(L, parts->table, &e->goal);
    lua_getfield(L, parts->table, "precision");
    e->dtype = lure_read_precision(L, -1);
    lua_pop(L, 1);
    read_roles(L, e, parts);
    lure__experiment_read_identity(L, e, parts->table);
}

/* What the world says of the policy: how many choices, in how many parts, or bounds. The lists lie in userdata that are left
   on the stack. [-0, +2, e] */
static void fill_policy(lua_State *L, const lure_experiment *e, lure_policy_options *policy)
{
    const lure_space *space = &e->borrow_copies->world.actions->space;
    size_t n = space->n_parts, n_choices = lure_space_n_choices(space);
    double *bounds = lua_newuserdatauv(L, 2 * n * sizeof(double) + 1, 0);
    size_t *sizes = lua_newuserdatauv(L, n * sizeof(size_t) + 1, 0);
    for (size_t i = 0; i < n; i++) {
        bounds[i] = space->parts[i].low;
        bounds[n + i] = space->parts[i].high;
        sizes[i] = space->parts[i].n;
    }
    *policy = (lure_policy_options){.n_inputs = e->collector.seen.n_inputs,
                                    .n_actions = n_choices > 0 ? n_choices : n,
                                    .dtype = e->dtype,
                                    .sizes = n_choices > 0 ? sizes : NULL,
                                    .n_sizes = n_choices > 0 ? n : 0,
                                    .low = bounds,
                                    .high = bounds + n};
}

void lure_experiment_push_learner(lua_State *L, lure_experiment *e, const lure_experiment_parts *parts,
                                  uint64_t seed)
{
    lure_policy_options policy;
    lure_optimizer_options optimizer;
    int top = lua_gettop(L);
    fill_policy(L, e, &policy);
    lua_getfield(L, parts->table, "policy");
    if (lua_isnil(L, -1))
        luaL_error(L, "the experiment has no policy; write policy = { layers..., head }, for example { "
                      "\"linear\", \"categorical\" }");
    lure_read_policy(L, -1, NULL, &policy);
    lure_collector_check_head(L, &e->collector, &policy);
    if (policy.head != LURE_HEAD_SQUASHED_GAUSSIAN)
        policy.low = policy.high = NULL;
    lure_rng init;
    lure_rng_init(&init, seed, LURE_PURPOSE_INIT, 0);
    e->borrow_policy = lure_push_policy(L, &policy, &init);
    lua_insert(L, top + 1);
    lua_settop(L, top + 1);

    lua_getfield(L, parts->table, "optimizer");
    lure_read_optimizer(L, -1, &optimizer);
    e->borrow_optimizer = lure_push_optimizer(L, &optimizer, e->borrow_policy);
    lua_insert(L, top + 2);
    lua_settop(L, top + 2);
}

void lure_experiment_free(lure_experiment *e)
{
    lure_collector_free(&e->collector);
    free(e->seeds);
    e->seeds = NULL;
}
