/* conductor.c: see conductor.h. */
#include "run/conductor.h"

#include "base/clock.h"
#include "script/bind.h"
#include "script/call.h"

#include <lauxlib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const host_columns[LURE_HOST_COLUMNS] = {"update", "episode", "step", "learning_rate"};

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
                              .last = last};
    c->progress(c->progress_data, &progress);
}

/* The iterator: upvalue 2 is p. [-0, +1, -] */
static int next_update(lua_State *L)
{
    lure_conductor *c = conductor_of(L);
    lure_sandbox *sandbox = c->borrow_sandbox;
    sandbox->heartbeat++;
    if (c->update > 0) { /* what the update that just ended did */
        c->rate = sandbox->last_rate;
        c->gradient_norm = sandbox->last_gradient_norm;
        if (c->borrow_collector->wants_kl)
            c->kl = lure_policy_kl(c->borrow_policy);
    }
    if (c->cancelled && c->cancelled()) { /* the signal may have come between two calls into Lua */
        sandbox->limit_hit = LURE_ERROR_CANCELLED;
        return lure_sandbox_raise_limit(L);
    }
    const lure_collector *collector = c->borrow_collector;
    bool used_up =
        c->stop_after_draws && c->update > 0 && collector->n_forced_used >= collector->n_forced_draws;
    bool is_enough = c->most_rows > 0 && lure_metrics_n_rows(c->borrow_metrics) >= c->most_rows;
    if (c->update >= c->updates || used_up || is_enough) {
        c->finished = true;
        show_progress(c, true);
        return 0;
    }
    c->update++;
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

static int run_updates(lua_State *L) /* [-0, +1, e] for p in run:updates() do ... end */
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
    lua_pushcclosure(L, next_update, 2);
    return 1;
}

/* ---- run:log { name = number, ... } ---- */

/* Which of the logged names to show: `track`, or where it is "" or not among them episodic_return, or the first. */
static size_t tracked_column(const char *const *names, size_t n, const char *track)
{
    const char *wanted = track && *track ? track : "episodic_return";
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], wanted) == 0)
            return i;
    return 0;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The first row decides the columns. Upvalue 2 anchors their names. */
static void open_columns(lua_State *L, lure_conductor *c)
{
    size_t n = LURE_HOST_COLUMNS;
    memcpy(c->columns, host_columns, sizeof host_columns);
    for (lua_pushnil(L); lua_next(L, 2); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING)
            luaL_error(L, "run:log: a value without a name; write run:log { name = number }");
        if (n == LURE_MOST_COLUMNS)
            luaL_error(L, "run:log: more than %d values", (int)(LURE_MOST_COLUMNS - LURE_HOST_COLUMNS));
        const char *name = lua_tostring(L, -2);
        for (size_t i = 0; i < LURE_HOST_COLUMNS; i++)
            if (strcmp(name, host_columns[i]) == 0)
                luaL_error(L, "run:log: '%s' is logged by the host already", name);
        c->columns[n++] = name;
        lua_pushvalue(L, -2);
        lua_rawseti(L, lua_upvalueindex(2), (lua_Integer)n);
    }
    qsort(c->columns + LURE_HOST_COLUMNS, n - LURE_HOST_COLUMNS, sizeof *c->columns, compare_names);
    if (lure_metrics_columns(c->borrow_metrics, c->columns, n, &c->store_error) != LURE_OK)
        lure_raise(L, &c->store_error);
    c->n_columns = n;
    c->tracked = tracked_column(c->columns + LURE_HOST_COLUMNS, n - LURE_HOST_COLUMNS, c->track);
}

/* n_columns: it has none, as a new reward's term. */
static size_t find_column(lua_State *L, const lure_conductor *c, const char *name)
{
    for (size_t i = LURE_HOST_COLUMNS; i < c->n_columns; i++)
        if (c->columns[i] == name) /* short strings are one object each */
            return i;
    for (size_t i = LURE_HOST_COLUMNS; i < c->n_columns; i++)
        if (strcmp(c->columns[i], name) == 0)
            return i;
    if (c->has_new_reward && strncmp(name, "reward_", 7) == 0)
        return c->n_columns;
    luaL_error(L, "run:log: '%s' was not in the first row; log the same names each time (nil leaves one out)",
               name);
    return 0;
}

static int run_log(lua_State *L) /* [-0, +0, e] one row of metrics.csv */
{
    lure_conductor *c = conductor_of(L);
    if (c->log_every > 1 && c->update % c->log_every != 0 && c->update != c->updates)
        return 0;
    if (!lua_istable(L, 2))
        return luaL_error(L, "run:log: expected { name = number, ... }, got %s (is it called with ':'?)",
                          lure_type_name(L, 2));
    if (!c->n_columns)
        open_columns(L, c);
    for (size_t i = LURE_HOST_COLUMNS; i < c->n_columns; i++)
        c->row[i] = NAN;
    for (lua_pushnil(L); lua_next(L, 2); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING)
            return luaL_error(L, "run:log: a value without a name; write run:log { name = number }");
        const char *name = lua_tostring(L, -2);
        size_t i = find_column(L, c, name);
        if (i == c->n_columns)
            continue;
        int is_number;
        c->row[i] = lua_tonumberx(L, -1, &is_number);
        if (!is_number)
            return luaL_error(L, "run:log: '%s' is %s; expected a number", name, lure_type_name(L, -1));
    }
    c->row[0] = (double)c->update;
    c->row[1] = (double)c->borrow_collector->total_episodes;
    c->row[2] = (double)c->borrow_collector->total_steps;
    c->row[3] = c->borrow_sandbox->last_rate;
    if (lure_metrics_row(c->borrow_metrics, c->row, &c->store_error) != LURE_OK)
        return lure_raise(L, &c->store_error);
    return 0;
}

static int run_missing(lua_State *L)
{
    return luaL_error(L, "run has no '%s'; it has updates, collect, minibatches, fork, log",
                      luaL_tolstring(L, 2, NULL));
}

void lure_conductor_push(lua_State *L, lure_conductor *c, uint64_t seed)
{
    int collect = lua_gettop(L);
    c->kl = c->rate = c->gradient_norm = NAN;
    c->minibatches = (lure_minibatches){.borrow_collector = c->borrow_collector, .seed = seed};
    lua_createtable(L, 0, 5);
    lua_insert(L, collect);
    lua_setfield(L, collect, "collect");
    lua_pushlightuserdata(L, c);
    lua_pushcclosure(L, run_updates, 1);
    lua_setfield(L, collect, "updates");
    lure_minibatches_push(L, &c->minibatches);
    lua_setfield(L, collect, "minibatches");
    lua_pushlightuserdata(L, c);
    lua_newtable(L);
    lua_pushcclosure(L, run_log, 2);
    lua_setfield(L, collect, "log");
    lua_createtable(L, 0, 2);
    lua_pushcfunction(L, run_missing);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, collect);
}
