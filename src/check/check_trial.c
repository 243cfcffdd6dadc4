/* check_trial.c: see check_trial.h. */
#include "check/check_trial.h"

#include "base/clock.h"
#include "check/check_probe.h"
#include "check/check_state.h"
#include "run/experiment.h"
#include "script/bind.h"
#include "script/call.h"
#include "script/value.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- opening ---- */

/* Loads a role named by `key` of the experiment at `table`, or by `name`: pushes it, or nil. */
static void push_role(lua_State *L, const lure_trial *t, int table, lure_role role, const char *name)
{
    const char *beside = t->options->experiment;
    if (table)
        lua_getfield(L, table, lure_role_name(role));
    else
        lua_pushstring(L, name); /* null: nil */
    lure_experiment_push_role(L, -1, role, beside);
    lua_remove(L, -2);
}

static void push_parts(lua_State *L, lure_trial *t, lure_world_parts *parts)
{
    const lure_trial_options *o = t->options;
    int table = 0;
    if (o->experiment) {
        lure_loader_load(L, LURE_ROLE_EXPERIMENT, o->experiment, NULL, 0, NULL);
        luaL_checktype(L, -1, LUA_TTABLE);
        table = lua_gettop(L);
    }
    push_role(L, t, table, LURE_ROLE_ENVIRONMENT, o->environment);
    parts->environment = lua_gettop(L);
    if (lua_isnil(L, -1))
        luaL_error(L, "the experiment names no environment");
    push_role(L, t, table, LURE_ROLE_REWARD, o->reward);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        lure_world_push_own_reward(L, parts->environment);
    }
    parts->reward = lua_gettop(L);
    push_role(L, t, table, LURE_ROLE_SCHEDULE, o->schedule);
    if (o->makes_up_input && lua_isnil(L, -1))
        lure_probe_push_schedule(L, t);
    else if (o->watches_input && lua_isfunction(L, -1))
        lure_probe_push_feeder(L, t, lua_gettop(L));
    parts->schedule = lua_isnil(L, -1) ? 0 : lua_gettop(L);
}

/* The locals that the environment's functions and the reward's can reach, as they are now. [-0, +1, e] */
static void push_locals(lua_State *L, lure_trial *t)
{
    static const char *const fields[] = {"reset", "step", "observe", "legal"};
    lua_newtable(L);
    int all = lua_gettop(L);
    lua_rawgeti(L, LUA_REGISTRYINDEX, t->environment);
    for (size_t i = 0; i < 5; i++) {
        if (i < 4)
            lua_getfield(L, all + 1, fields[i]);
        else
            lua_rawgeti(L, LUA_REGISTRYINDEX, t->reward);
        if (lua_isfunction(L, -1)) {
            lure_state_push_locals(L, -1);
            lure_state_add_locals(L, all, -1);
        }
        lua_settop(L, all + 1);
    }
    lua_settop(L, all);
}

/* Where a function of the environment is defined; where there is none, as `otherwise`. */
static void read_place(lua_State *L, int environment, const char *name, const char *otherwise, char out[256])
{
    if (lua_getfield(L, environment, name) == LUA_TFUNCTION)
        lure_function_place(L, -1, out, 256);
    else
        snprintf(out, 256, "%s", otherwise);
    lua_pop(L, 1);
}

static void read_places(lua_State *L, lure_trial *t, const lure_world_parts *parts)
{
    read_place(L, parts->environment, "reset", "", t->environment_place);
    read_place(L, parts->environment, "step", t->environment_place, t->step_place);
    read_place(L, parts->environment, "observe", t->step_place, t->observe_place);
    read_place(L, parts->environment, "legal", t->step_place, t->legal_place);
    lure_function_place(L, parts->reward, t->reward_place, sizeof t->reward_place);
}

static int prepare(lua_State *L)
{
    lure_trial *t = lua_touserdata(L, 1);
    lure_world_parts parts = {0};
    luaL_checkstack(L, 60, NULL);
    push_parts(L, t, &parts);
    lua_pushvalue(L, parts.environment);
    t->environment = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_pushvalue(L, parts.reward);
    t->reward = luaL_ref(L, LUA_REGISTRYINDEX);
    read_places(L, t, &parts);
    push_locals(L, t);
    t->locals = luaL_ref(L, LUA_REGISTRYINDEX);
    parts.declared_reward = parts.reward;
    if (t->options->is_watched) {
        lure_probe_push_environment(L, t, parts.environment);
        parts.environment = lua_gettop(L);
        lure_probe_push_reward(L, t, parts.reward);
        parts.reward = lua_gettop(L);
    }
    if (t->options->keeps_calls) {
        lure_probe_push_recorder(L, t, parts.reward);
        parts.reward = lua_gettop(L);
    }

    const lure_copies_options one = {.n = 1};
    t->sandbox->context = (lure_context){.role = "environment", .name = t->environment_name};
    t->copies = lure_copies_push(L, &parts, &one);
    t->copies->world.environment_name = t->environment_name;
    t->copies->world.reward_name = t->reward_name;
    t->copies->world.schedule_name = t->options->schedule ? t->schedule_name : NULL;
    t->anchor = luaL_ref(L, LUA_REGISTRYINDEX);
    const lure_space *actions = &t->copies->world.actions->space;
    size_t n_choices = lure_space_n_choices(actions);
    size_t n_numbers = actions->n_parts + t->copies->world.n_inputs;
    t->action = lua_newuserdatauv(L, n_numbers * sizeof(double) + n_choices + 1, 0);
    t->first = t->action + actions->n_parts;
    t->mask = (unsigned char *)(t->first + t->copies->world.n_inputs);
    luaL_ref(L, LUA_REGISTRYINDEX); /* anchored for good */
    lure_rng_init(&t->policy_rng, 1, LURE_PURPOSE_POLICY, 0);
    return 0;
}

lure_status lure_trial_open(lure_trial *t, lure_examiner *x, const lure_trial_options *options,
                            lure_error *err)
{
    *t = (lure_trial){
        .borrow_examiner = x, .options = options, .reward_low = INFINITY, .reward_high = -INFINITY};
    const char *environment = options->environment ? options->environment : options->experiment;
    lure_script_name(environment ? environment : "", t->environment_name, sizeof t->environment_name);
    lure_script_name(options->schedule ? options->schedule : "", t->schedule_name, sizeof t->schedule_name);
    if (options->reward)
        lure_script_name(options->reward, t->reward_name, sizeof t->reward_name);
    else
        snprintf(t->reward_name, sizeof t->reward_name, "%s", t->environment_name);
    lure_text_init(&t->line);
    lure_text_init(&t->changed);
    lure_text_init(&t->scratch[0]);
    lure_text_init(&t->scratch[1]);
    t->sandbox = lure_examiner_sandbox(x);
    if (!t->sandbox)
        return lure_fail(err, LURE_ERROR_MEMORY, "no sandbox");
    lure_status status = lure_call_c(t->sandbox->L, prepare, t, err);
    if (status != LURE_OK)
        lure_trial_close(t);
    return status;
}

void lure_trial_close(lure_trial *t)
{
    if (!t->sandbox)
        return;
    lure_text_free(&t->line);
    lure_text_free(&t->changed);
    lure_text_free(&t->scratch[0]);
    lure_text_free(&t->scratch[1]);
    lure_sandbox_destroy(t->sandbox);
    t->sandbox = NULL;
}

/* ---- other questions ---- */

typedef struct question {
    lure_trial *t;
    lure_text *out;
} question;

static int render(lua_State *L)
{
    const question *q = lua_touserdata(L, 1);
    lure_trial *t = q->t;
    lua_rawgeti(L, LUA_REGISTRYINDEX, t->anchor);
    int at = lure_copies_enter(L, 2);
    lure_copies_push_state(L, t->copies, at, 0);
    int state = lua_gettop(L);
    lua_rawgeti(L, LUA_REGISTRYINDEX, t->environment);
    int type = lua_getfield(L, -1, "render");
    if (type == LUA_TNIL)
        return 0;
    if (type != LUA_TFUNCTION) {
        lure_text_addf(q->out, "%s: the environment's 'render' is %s; expected a function",
                       t->environment_place, lure_type_name(L, -1));
        return 0;
    }
    char place[256];
    lure_function_place(L, -1, place, sizeof place);
    lure_text_clear(&t->scratch[0]);
    lure_value_write(L, state, &t->scratch[0]);
    lua_pushvalue(L, state);
    lua_call(L, 1, 1);
    if (lua_type(L, -1) != LUA_TSTRING)
        lure_text_addf(q->out, "%s: render returned %s; expected a string", place, lure_type_name(L, -1));
    lure_text_clear(&t->scratch[1]);
    lure_value_write(L, state, &t->scratch[1]);
    if (!q->out->length && strcmp(t->scratch[0].data, t->scratch[1].data) != 0) {
        lure_text_addf(q->out, "%s: render changes s: ", place);
        lure_state_difference(L, t->scratch[0].data, t->scratch[1].data, "s", q->out);
    }
    return 0;
}

lure_status lure_trial_render(lure_trial *t, lure_text *out, lure_error *err)
{
    question q = {t, out};
    t->sandbox->context = (lure_context){.role = "environment", .name = t->environment_name};
    return lure_call_c(t->sandbox->L, render, &q, err);
}

static int find_changed_locals(lua_State *L)
{
    const question *q = lua_touserdata(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, q->t->locals);
    push_locals(L, q->t);
    lure_state_changed_locals(L, 2, 3, q->out);
    return 0;
}

void lure_trial_changed_locals(lure_trial *t, lure_text *out)
{
    question q = {t, out};
    lure_error err;
    if (lure_call_c(t->sandbox->L, find_changed_locals, &q, &err) != LURE_OK)
        lure_text_clear(out); /* without memory there is nothing to add */
}
