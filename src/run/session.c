/* session.c: see session.h. */
#include "run/session.h"

#include "base/clock.h"
#include "run/forced_input.h"
#include "run/bind_world.h"
#include "run/recording.h"
#include "run/stop.h"
#include "script/bind.h"
#include "script/call.h"
#include "script/value.h"

#include <lauxlib.h>
#include <string.h>

static const char ANCHOR = 0; /* registry key of what a run holds */

enum { AT_ALGORITHM = 1, AT_RUN, AT_POLICY, AT_OPTIMIZER, AT_LEARNING_RATE, AT_EXPERIMENT, AT_ENVIRONMENT };

/* ---- preparing ---- */

/* While scripts are loaded: nothing is written yet that would have to be kept. */
static void on_stuck(void *data)
{
    const lure_session *s = data;
    if (s->stuck_exit_code)
        lure_stop_stuck(s->stuck_exit_code);
}

typedef struct preparation {
    lure_session *session;
    const lure_run_options *options;
    const lure_forcing *forcing;
} preparation;

static int refuse_rate(lua_State *L)
{
    return luaL_error(
        L, "the algorithm asks for a learning rate and the experiment has none; write learning_rate = 0.1 or "
           "a rule's name");
}

static int prepare(lua_State *L)
{
    preparation *p = lua_touserdata(L, 1);
    lure_session *s = p->session;
    lure_experiment *e = &s->experiment;
    lure_conductor *c = &s->conductor;
    lure_experiment_parts parts = {0};
    luaL_checkstack(L, 40, NULL);
    if (p->forcing)
        parts.world.forced_input = lure_forced_input_push(L, p->forcing->input, p->forcing->n_input);
    lure_experiment_read(L, p->options, e, &parts);
    if (parts.world.forced_input)
        lure_forced_input_check(L, parts.world.forced_input, parts.world.environment);
    s->seed = p->options->has_seed ? p->options->seed : e->seeds[0];
    lure_run_id(e->config_hash, s->seed, s->run_id);
    if (p->forcing) {
        e->collector.forced_draws = p->forcing->draws;
        e->collector.n_forced_draws = p->forcing->n_draws;
    }

    lure_experiment_push_learner(L, e, &parts, s->seed);
    int optimizer = lua_gettop(L), policy = optimizer - 1;
    lure_collector_push(L, &e->collector, parts.copies, e->borrow_policy, s->seed);
    *c = (lure_conductor){.borrow_sandbox = s->sandbox,
                          .borrow_collector = &e->collector,
                          .borrow_policy = e->borrow_policy,
                          .updates = p->forcing && p->forcing->updates ? p->forcing->updates : e->updates,
                          .log_every = e->log_every,
                          .track = e->track,
                          .goal = {.options = e->goal},
                          .borrow_evaluation = &s->evaluation,
                          .stop_after_draws = p->forcing && p->forcing->stop_after_draws,
                          .cancelled = lure_stop_asked,
                          .progress = p->options->progress,
                          .progress_data = p->options->progress_data};
    if (p->forcing && (p->forcing->n_draws > 0 || p->forcing->n_input > 0)) /* what is forced is one thing */
        c->goal = (lure_goal){0};
    s->sandbox->updates = c->updates;
    lure_conductor_push(L, c, s->seed);
    int run = lua_gettop(L);
    lure_evaluation_push(L, &s->evaluation, &parts.world, &e->collector, e->borrow_policy, 0);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &s->evaluation);
    lure_world_push_run_fork(L, &parts.world, parts.copies, s->seed, p->options->captures);
    lua_setfield(L, run, "fork");

    lua_createtable(L, 8, 0);
    const struct {
        int slot, index;
    } anchors[] = {{AT_ALGORITHM, parts.algorithm},
                   {AT_RUN, run},
                   {AT_POLICY, policy},
                   {AT_OPTIMIZER, optimizer},
                   {AT_EXPERIMENT, parts.table},
                   {AT_ENVIRONMENT, parts.world.environment}};
    for (size_t i = 0; i < sizeof anchors / sizeof *anchors; i++) {
        lua_pushvalue(L, anchors[i].index);
        lua_rawseti(L, -2, anchors[i].slot);
    }
    const lure_recording *recording = p->options->recording;
    s->rules = (lure_rules){.borrow_experiment = e, .borrow_conductor = c};
    if (!parts.learning_rate)
        lua_pushcfunction(L, refuse_rate);
    else
        lua_pushvalue(L, parts.learning_rate);
    /* a run that is not watched may be when it is gone on with */
    if (p->options->captures || p->options->watch || (recording && recording->n_switches > 0)) {
        parts.learning_rate = lua_gettop(L);
        lure_rules_push(L, &s->rules, &parts, run);
        lua_remove(L, -2);
    }
    lua_rawseti(L, -2, AT_LEARNING_RATE);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &ANCHOR);
    return 0;
}

/* ---- a session ---- */

lure_status lure_session_open(lure_session *s, const lure_run_options *options, const lure_forcing *forcing,
                              lure_error *err)
{
    lure_limits limits = lure_limits_defaults();
    lure_status status = lure_sandbox_create(&limits, &s->sandbox, err);
    if (status != LURE_OK)
        return status;
    s->stuck_exit_code = options->stuck_exit_code;
    s->sandbox->borrow_archive = options->recording ? &options->recording->archive : NULL;
    lure_stop_open(s->sandbox);
    status = lure_sandbox_watch(s->sandbox, on_stuck, s, err);
    preparation p = {s, options, forcing};
    if (status == LURE_OK)
        status = lure_call_c(s->sandbox->L, prepare, &p, err);
    if (status == LURE_OK)
        status = lure_stop_check(err);
    if (status != LURE_OK) {
        lure_session_close(s);
        return status;
    }
    s->sandbox->context = (lure_context){.role = "algorithm"};
    return LURE_OK;
}

lure_status lure_session_conduct(lure_session *s, lure_error *err)
{
    lua_State *L = s->sandbox->L;
    if (lure_stop_check(err) != LURE_OK)
        return LURE_ERROR_CANCELLED;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &ANCHOR);
    int anchor = lua_gettop(L);
    for (int slot = AT_ALGORITHM; slot <= AT_LEARNING_RATE; slot++)
        lua_rawgeti(L, anchor, slot);
    lua_remove(L, anchor);
    s->sandbox->context = (lure_context){.role = "algorithm"};
    s->conductor.started = lure_clock_seconds();
    return lure_call(L, 4, 0, err);
}

void lure_session_close(lure_session *s)
{
    if (!s->sandbox)
        return;
    lure_stop_open(NULL);
    lure_evaluation_free(&s->evaluation);
    lure_experiment_free(&s->experiment);
    lure_sandbox_destroy(s->sandbox);
    s->sandbox = NULL;
}

static int write_json(lua_State *L)
{
    lure_json *json = lua_touserdata(L, 1);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &ANCHOR);
    lua_rawgeti(L, -1, AT_EXPERIMENT);
    lure_value_json(L, -1, json, "options");
    lure_loader_json(L, json, "scripts");
    return 0;
}

lure_status lure_session_json(lure_session *s, lure_json *json, lure_error *err)
{
    return lure_call_c(s->sandbox->L, write_json, json, err);
}
