/* conductor.c: see conductor.h. */
#include "run/conductor.h"

#include "base/clock.h"
#include "run/capture.h"
#include "script/bind.h"
#include "script/call.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

static lure_conductor *conductor_of(lua_State *L)
{
    return lua_touserdata(L, lua_upvalueindex(1));
}

/* ---- p: what a learning-rate rule may know ---- */

static int push_known(lua_State *L, double value) /* NaN: not known yet */
{
    if (isnan(value))
        lua_pushnil(L);
    else
        lua_pushnumber(L, value);
    return 1;
}

/* __index of p: numbers are looked up when asked for, so a rule that ignores them pays nothing. [-0, +1, e] */
static int progress_index(lua_State *L)
{
    lure_conductor *c = conductor_of(L);
    const char *key = luaL_checkstring(L, 2);
    if (strcmp(key, "update") == 0)
        lua_pushinteger(L, (lua_Integer)c->update);
    else if (strcmp(key, "updates") == 0)
        lua_pushinteger(L, (lua_Integer)c->updates);
    else if (strcmp(key, "progress") == 0)
        lua_pushnumber(L, c->borrow_collector->progress);
    else if (strcmp(key, "episode") == 0)
        lua_pushinteger(L, (lua_Integer)c->borrow_collector->total_episodes);
    else if (strcmp(key, "step") == 0)
        lua_pushinteger(L, (lua_Integer)c->borrow_collector->total_steps);
    else if (strcmp(key, "learning_rate") == 0)
        return push_known(L, c->rate);
    else if (strcmp(key, "gradient_norm") == 0)
        return push_known(L, c->gradient_norm);
    else if (strcmp(key, "episode_return") == 0)
        return push_known(L, c->borrow_collector->last_batch_return);
    else if (strcmp(key, "kl") == 0) {
        lure_collector_want_kl(L, c->borrow_collector);
        return push_known(L, c->kl);
    } else
        return luaL_error(
            L,
            "p has no '%s'; it has update, updates, progress, learning_rate, kl, gradient_norm, "
            "episode_return, episode, step",
            key);
    return 1;
}

static int refuse_write(lua_State *L)
{
    return luaL_error(L, "p may not be written; keep state in a local of the rule");
}

/* ---- run:updates() ---- */

/* Shares of the watch's ticks. False: there were too few to tell. */
static bool split_time(const lure_sandbox *sandbox, double shares[LURE_N_SHARES])
{
    enum { ENOUGH = 20 };
    static const lure_time_share of_part[LURE_N_TIMES] = {
        [LURE_TIME_FORWARD] = LURE_SHARE_FORWARD, [LURE_TIME_GRADIENT] = LURE_SHARE_LEARN,
        [LURE_TIME_OPTIMIZER] = LURE_SHARE_LEARN, [LURE_TIME_ALGORITHM] = LURE_SHARE_LEARN,
        [LURE_TIME_LOG] = LURE_SHARE_LOG,         [LURE_TIME_EVALUATION] = LURE_SHARE_EVALUATION};
    double sum = 0.0;
    for (size_t i = 0; i < LURE_N_TIMES; i++) {
        shares[of_part[i]] += (double)sandbox->spent[i];
        sum += (double)sandbox->spent[i];
    }
    for (size_t i = 0; i < LURE_N_SHARES; i++)
        shares[i] /= sum;
    return sum >= ENOUGH;
}

static void show_progress(lure_conductor *c, bool last)
{
    if (!c->progress)
        return;
    size_t host = c->n_columns ? LURE_HOST_COLUMNS : 0;
    lure_progress progress = {.update = last        ? c->update
                                        : c->update ? c->update - 1
                                                    : 0,
                              .updates = c->updates,
                              .episodes = c->borrow_collector->total_episodes,
                              .steps = c->borrow_collector->total_steps,
                              .seconds = lure_clock_seconds() - c->started,
                              .names = c->columns + host,
                              .values = c->row + host,
                              .n_values = c->n_columns - host,
                              .tracked = c->tracked,
                              .recent_return = lure_collector_recent_return(c->borrow_collector, NULL),
                              .last = last};
    progress.has_shares = split_time(c->borrow_sandbox, progress.shares);
    c->progress(c->progress_data, &progress);
}

/* Upvalue 2 is p. [-0, +1, e] */
int lure__conductor_next(lua_State *L)
{
    lure_conductor *c = conductor_of(L);
    lure_sandbox *sandbox = c->borrow_sandbox;
    sandbox->heartbeat++;
    sandbox->work = LURE_WORK_SCRIPT; /* an error that the algorithm caught may have left another */
    if (c->update > 0) {              /* what the update that just ended did */
        c->rate = sandbox->last_rate;
        c->gradient_norm = sandbox->last_gradient_norm;
        if (c->borrow_collector->wants_kl)
            c->kl = lure_policy_kl(c->borrow_policy);
        lure__conductor_end_update(L, c);
        c->is_between = true;
    }
    if (c->borrow_capture) /* from here on nothing is left of the update but what an image can hold */
        lure_capture_look(L, c->borrow_capture);
    if (c->cancelled && c->cancelled()) { /* the signal may have come between two calls into Lua */
        sandbox->limit_hit = LURE_ERROR_CANCELLED;
        return lure_sandbox_raise_limit(L);
    }
    const lure_collector *collector = c->borrow_collector;
    bool used_up =
        c->stop_after_draws && c->update > 0 && collector->n_forced_used >= collector->n_forced_draws;
    bool is_enough = c->most_rows > 0 && lure_metrics_n_rows(c->borrow_metrics) >= c->most_rows;
    if (c->update >= c->updates || used_up || is_enough || *c->goal.stopped) {
        c->finished = true;
        show_progress(c, true);
        return 0;
    }
    c->update++;
    c->is_between = false;
    sandbox->context.update = c->update;
    c->borrow_collector->progress = (double)c->update / (double)c->updates;
    c->borrow_collector->has_collected = sandbox->has_stepped = false;
    if (c->boundary)
        c->boundary(L, c->boundary_data);
    if (sandbox->tick) {
        sandbox->tick = 0;
        show_progress(c, false);
    }
    lua_pushvalue(L, lua_upvalueindex(2));
    return 1;
}

static int run_updates(lua_State *L) /* [-0, +4, e] for p in run:updates() do ... end */
{
    lure_conductor *c = conductor_of(L);
    if (!lua_istable(L, 1))
        return luaL_error(L, "run:updates: call it with ':'");
    if (c->update > 0)
        return luaL_error(L, "run:updates() was called before; a run counts its updates once");
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_newtable(L);
    lua_createtable(L, 0, 3);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushcclosure(L, progress_index, 1);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, refuse_write);
    lua_setfield(L, -2, "__newindex");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_pushcclosure(L, lure__conductor_next, 2);
    lua_pushnil(L);
    lua_pushnil(L);
    lua_pushboolean(
        L, 0); /* nothing to close; other loops that get the iterator have nil there (script/image.h) */
    return 4;
}

static int run_missing(lua_State *L)
{
    return luaL_error(L, "run has no '%s'; it has updates, collect, minibatches, evaluate, fork, log, copies",
                      lure_push_text(L, 2));
}

/* The batch that the function run:collect at the index gives, or nil. [-0, +1, -] */
static void push_batch(lua_State *L, int collect)
{
    if (lua_tocfunction(L, collect) != lure__run_collect)
        lua_pushnil(L); /* a checker's own */
    else
        lua_getupvalue(L, collect, LURE_UP_BATCH);
}

void lure_conductor_push(lua_State *L, lure_conductor *c, uint64_t seed)
{
    int collect = lua_gettop(L), run = collect + 1;
    c->kl = c->rate = c->gradient_norm = NAN;
    c->seed = seed;
    c->minibatches = (lure_minibatches){.borrow_collector = c->borrow_collector, .seed = seed};
    lua_createtable(L, 0, 8);
    const lure_copies *copies =
        c->borrow_collector->borrow_copies; /* null: a checker's conductor of nothing */
    lua_pushinteger(L, copies ? (lua_Integer)copies->n : 1);
    lua_setfield(L, run, "copies");
    lua_pushvalue(L, collect);
    lua_setfield(L, run, "collect");
    lua_pushlightuserdata(L, c);
    lua_pushcclosure(L, run_updates, 1);
    lua_setfield(L, run, "updates");
    lure_minibatches_push(L, &c->minibatches);
    lua_setfield(L, run, "minibatches");
    lua_pushlightuserdata(L, c);
    lua_newtable(L);
    push_batch(L, collect);
    lua_pushcclosure(L, lure__conductor_log, LURE_UP_LAST_BATCH);
    lua_setfield(L, run, "log");
    lua_pushlightuserdata(L, c);
    lua_pushcclosure(L, lure__conductor_evaluate, 1);
    lua_setfield(L, run, "evaluate");
    lua_createtable(L, 0, 2);
    lua_pushcfunction(L, run_missing);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, run);
    lua_remove(L, collect);
}
