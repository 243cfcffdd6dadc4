/* collect.c: run:collect, the per-step loop. It is the one place that calls scripts without lure_call: it runs under
   the algorithm's protected call and holds nothing that an error would lose. Before each call it notes in the
   sandbox's context whose turn it is, so that the error says so.

   Order of one step: observe(s) -> row; probabilities; one draw u from the policy's stream at (episode, step); action;
   step(s, action, rng); truncation; reward(s, action, terminated, before). All streams are placed at (episode, step)
   first, so an episode can be replayed alone. */
#include "run/world.h"

#include "script/bind.h"
#include "script/call.h"
#include "script/differentiate.h"
#include "script/value.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* upvalues of run:collect */
enum {
    UP_WORLD = 1, /* light userdata */
    UP_RESET,
    UP_STEP,
    UP_OBSERVE,
    UP_REWARD,
    UP_SCHEDULE,
    UP_ENVIRONMENT_RNG,
    UP_SCHEDULE_RNG,
    UP_STATE, /* s */
    UP_WORDS, /* the actions, then the names of the inputs */
    UP_INPUT, /* what reset gets when there is no schedule: locked, empty; or what the forced input is copied from */
    UP_BEFORE, /* the observation before the step, by name */
    UP_BATCH,  /* and what batch_view.h puts behind it */
    UP_LAST = UP_BATCH + LURE_BATCH_SLOTS - 1
};

static int run_collect(lua_State *L);

static void enter(lure_world *w, const char *role, const char *name)
{
    lure_context *context = &w->borrow_sandbox->context;
    context->role = role;
    context->name = name;
    context->episode = w->episode;
    context->step = w->step;
}

static int refuse_result(lua_State *L, int function, const char *format, const char *got)
{
    char place[160];
    lure_function_place(L, lua_upvalueindex(function), place, sizeof place);
    lua_pushfstring(L, "%s: ", place);
    lua_pushfstring(L, format, got);
    lua_concat(L, 2);
    return lua_error(L);
}

/* What came, for messages: nan, "1" (a string), nil. C would call some NaNs "-nan". */
static const char *describe(lua_State *L, int index)
{
    if (lua_type(L, index) == LUA_TNUMBER)
        return isnan(lua_tonumber(L, index)) ? "nan" : luaL_tolstring(L, index, NULL);
    if (lua_type(L, index) == LUA_TSTRING)
        return lua_pushfstring(L, "\"%s\" (a string)", lua_tostring(L, index));
    return lure_type_name(L, index);
}

/* ---- an episode's beginning ---- */

static void push_input(lua_State *L, lure_world *w)
{
    if (w->has_forced_input) { /* an episode may write what it gets, and the next one gets it as it was */
        lure_value_copy(L, lua_upvalueindex(UP_INPUT));
        return;
    }
    if (!w->has_schedule) {
        lua_pushvalue(L, lua_upvalueindex(UP_INPUT));
        return;
    }
    enter(w, "schedule", w->schedule_name);
    lua_pushvalue(L, lua_upvalueindex(UP_SCHEDULE));
    lua_pushvalue(L, lua_upvalueindex(UP_SCHEDULE_RNG));
    lua_pushinteger(L, (lua_Integer)w->episode);
    lua_pushnumber(L, w->progress);
    lua_call(L, 3, 1);
    if (!lua_istable(L, -1))
        refuse_result(L, UP_SCHEDULE, "the schedule returned %s; expected the input table for reset",
                      describe(L, -1));
}

/* Nothing of the last episode may reach the next one; the table keeps its room. A walk that begins anew passes a few
   emptied fields sooner than one that goes on finds its place again. */
static void clear_state(lua_State *L)
{
    enum { FEW = 8 };
    int state = lua_upvalueindex(UP_STATE), n = 0;
    for (lua_pushnil(L); lua_next(L, state);) {
        lua_pop(L, 1);
        if (++n > FEW)
            lua_pushvalue(L, -1); /* the key to go on from */
        lua_pushnil(L);
        lua_rawset(L, state);
        if (n <= FEW)
            lua_pushnil(L);
    }
    if (lua_getmetatable(L, state)) {
        lua_pop(L, 1);
        lua_pushnil(L);
        lua_setmetatable(L, state);
    }
}

static void begin_episode(lua_State *L, lure_world *w)
{
    w->episode++;
    w->step = 0;
    w->episode_return = 0.0;
    lure_rng_seek(w->schedule_rng, (uint32_t)w->episode, 0);
    lure_rng_seek(w->environment_rng, (uint32_t)w->episode, 0);
    lure_rng_seek(&w->borrow_sandbox->random, (uint32_t)w->episode, 0);
    clear_state(L);
    lua_pushvalue(L, lua_upvalueindex(UP_RESET));
    lua_pushvalue(L, lua_upvalueindex(UP_STATE));
    lua_pushvalue(L, lua_upvalueindex(UP_ENVIRONMENT_RNG));
    push_input(L, w);
    enter(w, "environment", w->environment_name);
    lua_call(L, 3, 0);
    w->in_episode = true;
}

/* ---- one step ---- */

/* The number on top of the stack (popped) as input i of the row. */
static void store_input(lua_State *L, lure_world *w, void *row, size_t i, int function)
{
    int is_number = lua_type(L, -1) == LUA_TNUMBER;
    double x = is_number ? lua_tonumber(L, -1) : lua_toboolean(L, -1);
    if ((!is_number && !lua_isboolean(L, -1)) || !isfinite(x)) {
        const char *name = w->input_names[i] ? w->input_names[i] : "?";
        lua_pushfstring(L, "observation '%s' (number %d) is %s; expected a finite number", name, (int)i + 1,
                        describe(L, -1));
        if (function == UP_RESET && !w->has_schedule &&
            !w->has_forced_input) /* where such values come from */
            lua_pushfstring(L, "%s (the experiment names no schedule, so the input of reset is empty)",
                            lua_tostring(L, -1));
        refuse_result(L, function, "%s", lua_tostring(L, -1));
    }
    if (w->rollout.dtype == LURE_F64)
        ((double *)row)[i] = x;
    else
        ((float *)row)[i] = (float)x;
    if (x < w->seen_low[i])
        w->seen_low[i] = x;
    if (x > w->seen_high[i])
        w->seen_high[i] = x;
    lua_pop(L, 1);
}

static void observe(lua_State *L, lure_world *w, void *row)
{
    if (!w->has_observe) {
        for (size_t i = 0; i < w->n_inputs; i++) {
            lua_getfield(L, lua_upvalueindex(UP_STATE), w->input_names[i]);
            store_input(L, w, row, i, w->step == 0 ? UP_RESET : UP_STEP);
        }
        return;
    }
    lua_pushvalue(L, lua_upvalueindex(UP_OBSERVE));
    lua_pushvalue(L, lua_upvalueindex(UP_STATE));
    lua_call(L, 1, 1);
    if (lua_type(L, -1) == LUA_TNUMBER && w->n_inputs == 1) {
        store_input(L, w, row, 0, UP_OBSERVE);
        return;
    }
    if (!lua_istable(L, -1))
        refuse_result(L, UP_OBSERVE, "observe returned %s; expected a list of numbers", describe(L, -1));
    if (lua_rawlen(L, -1) != w->n_inputs) {
        lua_pushfstring(L, "observe returned %d numbers; 'observation' declares %d", (int)lua_rawlen(L, -1),
                        (int)w->n_inputs);
        refuse_result(L, UP_OBSERVE, "%s", lua_tostring(L, -1));
    }
    for (size_t i = 0; i < w->n_inputs; i++) {
        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        store_input(L, w, row, i, UP_OBSERVE);
    }
    lua_pop(L, 1);
}

static void fill_before(lua_State *L, lure_world *w, const void *row)
{
    for (size_t i = 0; i < w->n_inputs; i++) {
        lua_pushnumber(L, w->rollout.dtype == LURE_F64 ? ((const double *)row)[i]
                                                       : (double)((const float *)row)[i]);
        if (w->input_names[i])
            lua_setfield(L, lua_upvalueindex(UP_BEFORE), w->input_names[i]);
        else
            lua_rawseti(L, lua_upvalueindex(UP_BEFORE), (lua_Integer)i + 1);
    }
}

static size_t choose_action(lure_world *w, const void *row, double *draw)
{
    lure_policy_probabilities(w->borrow_policy, row, w->probabilities);
    lure_rng_seek(&w->policy_rng, (uint32_t)w->episode, (uint32_t)w->step);
    *draw = lure_rng_uniform(&w->policy_rng);
    if (w->n_forced_used < w->n_forced_draws)
        *draw = w->forced_draws[w->n_forced_used++];
    return lure_policy_pick(w->n_actions, w->probabilities, *draw);
}

/* reward(s, action, terminated [, before]); the action's word lies at stack index `word`. What it returned stays on
   the stack. */
static double reward(lua_State *L, lure_world *w, int word, bool terminated)
{
    enter(w, "reward", w->reward_name);
    lua_pushvalue(L, lua_upvalueindex(UP_REWARD));
    lua_pushvalue(L, lua_upvalueindex(UP_STATE));
    lua_pushvalue(L, word);
    lua_pushboolean(L, terminated);
    if (w->reward_sees_before)
        lua_pushvalue(L, lua_upvalueindex(UP_BEFORE));
    lua_call(L, 3 + w->reward_sees_before, 2);
    double value = lua_type(L, -2) == LUA_TNUMBER ? lua_tonumber(L, -2) : NAN;
    if (!isfinite(value))
        refuse_result(L, UP_REWARD, "the reward is %s; expected a finite number", describe(L, -2));
    if (w->rollout.dtype == LURE_F32 && !isfinite((float)value))
        refuse_result(
            L, UP_REWARD,
            "the reward is %s, which is beyond single precision; scale it, or precision = \"double\"",
            describe(L, -2));
    int terms = lua_type(L, -1);
    if (terms == LUA_TTABLE) {
        if (!lure_batch_view_add_terms(L, &w->batch, lua_upvalueindex(UP_BATCH)))
            refuse_result(L, UP_REWARD, "the reward's terms hold %s; expected names with finite numbers",
                          lua_type(L, -2) != LUA_TSTRING ? "a term without a name" : describe(L, -1));
    } else if (terms != LUA_TNIL) {
        refuse_result(L, UP_REWARD,
                      "the reward's second value is %s; expected a table of named terms, or nothing",
                      describe(L, -1));
    }
    return value;
}

static void finish_episode(lure_world *w, lure_tally *t)
{
    size_t slot = (size_t)(w->total_episodes % LURE_RECENT_EPISODES);
    w->recent_returns[slot] = w->episode_return;
    w->recent_lengths[slot] = (double)w->step;
    w->total_episodes++;
    w->in_episode = false;
    t->episodes++;
    t->returns += w->episode_return;
    t->lengths += (double)w->step;
}

static void step(lua_State *L, lure_world *w, lure_tally *t)
{
    lure_error err;
    lure_rollout *rollout = &w->rollout;
    if (rollout->n_rows == rollout->capacity) {
        if (lure_rollout_reserve(rollout, &err) != LURE_OK)
            lure_raise(L, &err);
        lure_batch_view_point(&w->batch,
                              rollout); /* the rows have moved, and an error may end this collect half-way */
    }
    size_t i = rollout->n_rows, size = lure_dtype_size(rollout->dtype);
    void *row = (char *)rollout->observations + i * w->n_inputs * size;

    /* what the policy sees and does */
    enter(w, "environment", w->environment_name);
    lure_rng_seek(w->environment_rng, (uint32_t)w->episode, (uint32_t)w->step + 1);
    lure_rng_seek(&w->borrow_sandbox->random, (uint32_t)w->episode, (uint32_t)w->step + 1);
    observe(L, w, row);
    if (w->reward_sees_before)
        fill_before(L, w, row);
    w->step++;
    size_t action = choose_action(w, row, &rollout->draws[i]);
    rollout->actions[i] = (int32_t)action;

    /* what the world makes of it */
    w->borrow_sandbox->context.step = w->step;
    lua_rawgeti(L, lua_upvalueindex(UP_WORDS), (lua_Integer)action + 1);
    int word = lua_gettop(L);
    lua_pushvalue(L, lua_upvalueindex(UP_STEP));
    lua_pushvalue(L, lua_upvalueindex(UP_STATE));
    lua_pushvalue(L, word);
    lua_pushvalue(L, lua_upvalueindex(UP_ENVIRONMENT_RNG));
    lua_call(L, 3, 1);
    if (!lua_isboolean(L, -1))
        refuse_result(L, UP_STEP, "step returned %s; expected true (terminated) or false", describe(L, -1));
    bool terminated = lua_toboolean(L, -1);
    bool truncated = !terminated && w->step >= w->max_steps;

    double value = reward(L, w, word, terminated);
    lua_settop(L, word - 1);
    if (rollout->dtype == LURE_F64)
        ((double *)rollout->rewards)[i] = value;
    else
        ((float *)rollout->rewards)[i] = (float)value;
    rollout->ends[i] = terminated ? 1 : truncated ? 2 : 0;
    rollout->n_rows++;
    w->episode_return += value;
    w->total_steps++;
    t->steps++;
    w->borrow_sandbox->heartbeat++;
    if (terminated || truncated)
        finish_episode(w, t);
}

/* ---- run:collect ---- */

static lua_Integer read_count(lua_State *L, int index)
{
    int is_whole;
    lua_Integer n = lua_tointegerx(L, index, &is_whole);
    if (!is_whole || n < 1)
        luaL_error(L, "run:collect: expected a whole number >= 1, got %s", describe(L, index));
    return n;
}

static void read_target(lua_State *L, uint64_t *episodes, uint64_t *steps)
{
    if (!lua_istable(L, 2))
        luaL_error(L,
                   "run:collect: expected { episodes = n } or { steps = n }, got %s (is it called with ':'?)",
                   lure_type_name(L, 2));
    for (lua_pushnil(L); lua_next(L, 2); lua_pop(L, 1)) {
        const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";
        if (strcmp(key, "episodes") == 0)
            *episodes = (uint64_t)read_count(L, -1);
        else if (strcmp(key, "steps") == 0)
            *steps = (uint64_t)read_count(L, -1);
        else
            luaL_error(L, "run:collect: unknown option '%s'; expected episodes or steps", key);
    }
    if ((*episodes == 0) == (*steps == 0))
        luaL_error(L, "run:collect: expected either episodes = n or steps = n");
}

/* A collect that has begun has not ended: it ended with an error, or this one is called by a script that it calls. Then
   it is among the calls of the main thread, or of the coroutine that calls. */
static void give_up_last(lua_State *L, lure_world *w)
{
    lua_State *const threads[] = {w->borrow_sandbox->L, L};
    for (size_t i = 0; i < 2; i++) {
        lua_Debug d;
        int running = 0;
        for (int level = 0; lua_getstack(threads[i], level, &d); level++) {
            lua_getinfo(threads[i], "f", &d);
            running += lua_tocfunction(threads[i], -1) == run_collect;
            lua_pop(threads[i], 1);
        }
        if (running > (threads[i] == L))
            luaL_error(L, "run:collect is called by a script that run:collect is calling; only the algorithm "
                          "collects");
    }
    w->in_episode = false;
    lure_batch_view_drop_terms(L, &w->batch, lua_upvalueindex(UP_BATCH));
}

static void remember_batch(lua_State *L, lure_world *w)
{
    const lure_rollout *rows = &w->rollout;
    lure_error err;
    for (bool collected = false;
         lure_policy_remember(w->borrow_policy, rows->n_rows, rows->observations, &err) != LURE_OK;)
        if (!lure_collect_garbage(L, &err, &collected))
            lure_raise(L, &err);
}

void lure_world_want_kl(lua_State *L, lure_world *w)
{
    if (!w->wants_kl && w->has_collected && !w->borrow_sandbox->has_stepped)
        remember_batch(L, w);
    w->wants_kl = true;
}

/* run:collect { episodes = n } or { steps = n } -> batch, valid until the next collect   [-0, +1, e]
   An episode that is under way goes on; with episodes = n, n episodes end. Of the 20 slots that every C function has
   on Lua's stack it needs 12 at most. */
static int run_collect(lua_State *L)
{
    lure_world *w = lua_touserdata(L, lua_upvalueindex(UP_WORLD));
    lure_context outer = w->borrow_sandbox->context;
    uint64_t episodes = 0, steps = 0;
    lure_refuse_in_pass(L, "run:collect"); /* the batch's numbers are written over */
    read_target(L, &episodes, &steps);
    if (w->is_collecting)
        give_up_last(L, w);
    lure_batch_view_check(L, &w->batch, lua_upvalueindex(UP_BATCH), w->progress >= 1.0);
    w->is_collecting = true;

    lure_tally t = {0};
    w->rollout.n_rows = 0;
    while (episodes ? t.episodes < episodes : t.steps < steps) {
        if (!w->in_episode)
            begin_episode(L, w);
        step(L, w, &t);
    }
    w->borrow_sandbox->context = outer;
    w->is_collecting = false;
    if (w->wants_kl && !w->has_collected)
        remember_batch(L, w);
    w->has_collected = true;

    lure_batch_view_point(&w->batch, &w->rollout);
    lure_batch_view_fill(L, &w->batch, lua_upvalueindex(UP_BATCH), &t);
    w->last_batch_return = w->batch.episodic_return;
    lua_pushvalue(L, lua_upvalueindex(UP_BATCH));
    return 1;
}

static int refuse_input(lua_State *L)
{
    return luaL_error(L, "the input of reset may not be written; keep state in s");
}

static void push_optional(lua_State *L, int index)
{
    if (index)
        lua_pushvalue(L, index);
    else
        lua_pushnil(L);
}

static lure_rng *push_stream(lua_State *L, uint64_t seed, lure_purpose purpose)
{
    lure_rng *rng = lure_push_rng(L);
    lure_rng_init(rng, seed, purpose, 0);
    return rng;
}

void lure_world_push_collect(lua_State *L, lure_world *world, const lure_world_parts *parts,
                             lure_policy *policy, uint64_t seed)
{
    lure_dtype dtype = lure_policy_dtype(policy);
    world->borrow_policy = policy;
    world->last_batch_return = NAN;
    lure_rollout_init(&world->rollout, world->n_inputs, dtype, &world->borrow_sandbox->pool.account);
    lure_rng_init(&world->policy_rng, seed, LURE_PURPOSE_POLICY, 0);
    lure_rng_init(&world->borrow_sandbox->random, seed, LURE_PURPOSE_SCRIPT, 0);
    luaL_checkstack(L, UP_LAST + 12, NULL);
    lua_pushlightuserdata(L, world);
    lua_getfield(L, parts->environment, "reset");
    lua_getfield(L, parts->environment, "step");
    lua_getfield(L, parts->environment, "observe");
    lua_pushvalue(L, parts->reward);
    push_optional(L, parts->schedule);
    world->environment_rng = push_stream(L, seed, LURE_PURPOSE_ENVIRONMENT);
    world->schedule_rng = push_stream(L, seed, LURE_PURPOSE_SCHEDULE);
    lua_newtable(L);
    lua_rawgeti(L, LUA_REGISTRYINDEX, world->words);
    if (parts->forced_input) {
        lua_pushvalue(L, parts->forced_input);
    } else {
        lua_newtable(L);
        lua_createtable(L, 0, 2);
        lua_pushcfunction(L, refuse_input);
        lua_setfield(L, -2, "__newindex");
        lua_pushboolean(L, 0);
        lua_setfield(L, -2, "__metatable");
        lua_setmetatable(L, -2);
    }
    lua_newtable(L);
    lure_batch_view_push(L, &world->batch, dtype, world->n_inputs);
    lua_pushcclosure(L, run_collect, UP_LAST);
}

void lure_world_push_state(lua_State *L, int collect)
{
    lua_getupvalue(L, collect, UP_STATE);
}

void lure_world_set_state(lua_State *L, int collect)
{
    lua_setupvalue(L, collect, UP_STATE);
}
