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

static int give_zero(lua_State *L)
{
    lua_pushnumber(L, 0.0);
    return 1;
}

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
        if (lua_getfield(L, parts->environment, "reward") == LUA_TNIL) {
            lua_pop(L, 1);
            lua_pushcfunction(L, give_zero);
        } else if (!lua_isfunction(L, -1)) {
            luaL_error(L, "the environment's 'reward' is %s; expected a function", lure_type_name(L, -1));
        }
    }
    parts->reward = lua_gettop(L);
    push_role(L, t, table, LURE_ROLE_SCHEDULE, o->schedule);
    if (o->makes_up_input && lua_isnil(L, -1))
        lure_probe_push_schedule(L, t);
    parts->schedule = lua_isnil(L, -1) ? 0 : lua_gettop(L);
}

/* The locals that the environment's functions and the reward's can reach, as they are now. [-0, +1, e] */
static void push_locals(lua_State *L, lure_trial *t)
{
    static const char *const fields[] = {"reset", "step", "observe"};
    lua_newtable(L);
    int all = lua_gettop(L);
    lua_rawgeti(L, LUA_REGISTRYINDEX, t->environment);
    for (size_t i = 0; i < 4; i++) {
        if (i < 3)
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

/* Of which an action is one; 0: it is more than one choice, or some are illegal at times. */
static size_t choices(const lure_trial *t)
{
    const lure_world *w = &t->borrow_copies->world;
    return w->n_columns == 1 && !w->has_legal ? w->actions->space.parts[0].n : 0;
}

static void read_places(lua_State *L, lure_trial *t, const lure_world_parts *parts)
{
    lua_getfield(L, parts->environment, "reset");
    lure_function_place(L, -1, t->environment_place, sizeof t->environment_place);
    lua_getfield(L, parts->environment, "step");
    lure_function_place(L, -1, t->step_place, sizeof t->step_place);
    lure_function_place(L, parts->reward, t->reward_place, sizeof t->reward_place);
    lua_pop(L, 2);
}

/* Draws all actions evenly; where an action is no single choice, run:collect does so without it. */
static lure_policy *push_even_policy(lua_State *L, const lure_trial *t)
{
    const double zero = 0.0;
    size_t n = choices(t);
    const lure_layer_options layer = {.first = {LURE_GIVEN(&zero, 1), LURE_GIVEN(&zero, 1)}};
    const lure_policy_options even = {.layers = &layer,
                                      .n_layers = 1,
                                      .head = LURE_HEAD_CATEGORICAL,
                                      .n_inputs = t->borrow_copies->world.n_inputs,
                                      .n_actions = n > 1 ? n : 2,
                                      .dtype = LURE_F64};
    lure_rng init;
    lure_rng_init(&init, 1, LURE_PURPOSE_INIT, 0);
    return lure_push_policy(L, &even, &init);
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
    t->sandbox->context = (lure_context){.role = "environment", .name = t->environment_name};
    if (t->options->is_watched) {
        lure_probe_push_environment(L, t, parts.environment);
        parts.environment = lua_gettop(L);
        parts.declared_reward = parts.reward;
        lure_probe_push_reward(L, t, parts.reward);
        parts.reward = lua_gettop(L);
    }

    const lure_copies_options one = {.n = 1};
    const lure_seen_options seen = lure_seen_defaults();
    t->borrow_copies = lure_copies_push(L, &parts, &one);
    int copies = lua_gettop(L);
    lure_world *world = &t->borrow_copies->world;
    world->environment_name = t->environment_name;
    world->reward_name = t->reward_name;
    world->schedule_name = t->options->schedule;
    lure_collector_open(L, &t->collector, t->borrow_copies, &seen, LURE_F64);
    lure_policy *policy = push_even_policy(L, t);
    luaL_ref(L, LUA_REGISTRYINDEX); /* anchored for good */
    lure_collector_push(L, &t->collector, copies, policy, 1);
    t->collect = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

lure_status lure_trial_open(lure_trial *t, lure_examiner *x, const lure_trial_options *options,
                            lure_error *err)
{
    *t = (lure_trial){.borrow_examiner = x, .options = options};
    const char *environment = options->environment ? options->environment : options->experiment;
    lure_script_name(environment ? environment : "", t->environment_name, sizeof t->environment_name);
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
    lure_collector_free(&t->collector);
    lure_sandbox_destroy(t->sandbox);
    t->sandbox = NULL;
}

/* ---- living ---- */

typedef struct move {
    lure_trial *t, *other;
    size_t copy;
    uint64_t episode, step, n_steps;
    int64_t action;
    double draw;
} move;

static void take_state(lua_State *L, const move *m)
{
    lua_State *from = m->other->sandbox->L;
    int top = lua_gettop(from);
    lua_rawgeti(from, LUA_REGISTRYINDEX, m->other->copies);
    lua_rawgeti(from, -1, (lua_Integer)m->copy + 1);
    lure_state_copy_across(from, -1, L); /* raises only without memory, and this process is then done */
    lua_settop(from, top);
}

/* { action = , end = , observation = { }, reward = , s = { } } as text. */
static void write_line(lua_State *L, lure_trial *t, int collect)
{
    const lure_rollout *rollout = &t->collector.rollout;
    lua_newtable(L);
    lua_createtable(L, (int)rollout->shape.n_inputs, 0);
    for (size_t i = 0; i < rollout->shape.n_inputs; i++) {
        lua_pushnumber(L, ((const double *)rollout->observations)[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "observation");
    lure_collector_push_action(L, &t->collector, collect);
    lua_setfield(L, -2, "action");
    lua_pushnumber(L, ((const double *)rollout->rewards)[0]);
    lua_setfield(L, -2, "reward");
    lua_pushinteger(L, rollout->ends[0]);
    lua_setfield(L, -2, "end");
    lure_collector_push_state(L, collect);
    lua_setfield(L, -2, "s");
    lure_text_clear(&t->line);
    lure_value_write(L, -1, &t->line);
}

static void check_plain(lua_State *L, lure_trial *t, int collect)
{
    lure_collector_push_state(L, collect);
    lure_text_clear(&t->scratch[0]);
    if (!lure_state_is_plain(L, -1, "s", &t->scratch[0])) {
        t->sandbox->context = (lure_context){.role = NULL};
        luaL_error(
            L, "%s: %s; s holds numbers, strings, booleans and tables of them, so that it can be stored",
            t->borrow_copies->copies[0].step <= 1 ? t->environment_place : t->step_place, t->scratch[0].data);
    }
    lua_pop(L, 1);
}

static int live(lua_State *L)
{
    move *m = lua_touserdata(L, 1);
    lure_trial *t = m->t;
    lure_collector *k = &t->collector;
    size_t n_choices = choices(t);
    lua_rawgeti(L, LUA_REGISTRYINDEX, t->collect);
    int collect = lua_gettop(L);
    k->progress = m->episode < 100 ? (double)m->episode / 100.0 : 1.0;
    if (m->other) {
        take_state(L, m);
        lure_collector_set_state(L, k, collect, m->episode, m->step - 1, true);
    } else if (m->step == 1) {
        lua_newtable(L); /* another table each time: who keeps the last one in a local is found out */
        lure_collector_set_state(L, k, collect, m->episode - 1, 0, false);
    }
    k->is_collecting = false; /* where it is now is said above */
    m->draw = ((double)m->action + 0.5) / (double)n_choices;
    k->forced_draws = &m->draw;
    k->n_forced_draws = m->action >= 0 && n_choices > 0;
    k->n_forced_used = 0;
    lua_pushvalue(L, collect);
    lua_pushnil(L);
    lua_createtable(L, 0, 2);
    lua_pushinteger(L, (lua_Integer)m->n_steps);
    lua_setfield(L, -2, "steps");
    lua_pushboolean(L, n_choices == 0);
    lua_setfield(L, -2, "random");
    lua_call(L, 2, 0);
    k->n_forced_draws = 0;
    k->forced_draws = NULL;
    if (m->n_steps == 1) {
        check_plain(L, t, collect);
        write_line(L, t, collect);
    }
    return 0;
}

lure_status lure_trial_step(lure_trial *t, uint64_t episode, uint64_t step, lure_error *err)
{
    move m = {.t = t, .episode = episode, .step = step, .n_steps = 1, .action = -1};
    return lure_call_c(t->sandbox->L, live, &m, err);
}

lure_status lure_trial_step_from(lure_trial *t, lure_trial *other, size_t i, uint64_t episode, uint64_t step,
                                 int64_t action, lure_error *err)
{
    move m = {t, other, i, episode, step, 1, action, 0.0};
    return lure_call_c(t->sandbox->L, live, &m, err);
}

lure_status lure_trial_measure(lure_trial *t, double budget, double *seconds, lure_error *err)
{
    enum { STEPS = 256 };
    move m = {.t = t, .episode = 1, .step = 1, .n_steps = STEPS, .action = -1};
    double began = lure_clock_seconds(), last = began, now = began;
    lure_status status = LURE_OK;
    lure_examiner_watch(t->borrow_examiner, t->sandbox);
    for (*seconds = INFINITY; status == LURE_OK && now - began < budget; m.step = 0, last = now) {
        status = lure_call_c(t->sandbox->L, live, &m, err); /* from the second time on: whatever comes next */
        now = lure_clock_seconds();
        *seconds = fmin(*seconds, (now - last) / STEPS); /* the quickest: the others were interrupted */
    }
    return status;
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
    lua_rawgeti(L, LUA_REGISTRYINDEX, t->collect);
    lure_collector_push_state(L, 2);
    lua_rawgeti(L, LUA_REGISTRYINDEX, t->environment);
    int type = lua_getfield(L, 4, "render");
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
    lure_value_write(L, 3, &t->scratch[0]);
    lua_pushvalue(L, 3);
    lua_call(L, 1, 1);
    if (lua_type(L, -1) != LUA_TSTRING)
        lure_text_addf(q->out, "%s: render returned %s; expected a string", place, lure_type_name(L, -1));
    lure_text_clear(&t->scratch[1]);
    lure_value_write(L, 3, &t->scratch[1]);
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
