/* check_probe.c: see check_probe.h. */
#include "check/check_probe.h"

#include "check/check_state.h"
#include "script/value.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- input for a reset that asks for some ---- */

/* A number for this name in this episode: 0, then 1, then anything between; within the bounds of an observation of
   that name. Upvalues: the trial, the episode. */
static int make_up_number(lua_State *L)
{
    lure_trial *t = lua_touserdata(L, lua_upvalueindex(1));
    uint32_t episode = (uint32_t)lua_tointeger(L, lua_upvalueindex(2)), hash = 2166136261u; /* FNV-1a */
    if (lua_type(L, 2) != LUA_TSTRING)
        return 0;
    const char *name = lua_tostring(L, 2);
    for (const char *c = name; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 16777619u;
    lure_rng rng;
    lure_rng_init(&rng, 1, LURE_PURPOSE_SCHEDULE, hash);
    lure_rng_seek(&rng, episode, 0);
    double u = episode <= 2 ? (double)episode - 1.0 : lure_rng_uniform(&rng), low = 0.0, high = 1.0;
    const lure_space *observation = &t->borrow_copies->world.observation->space;
    for (size_t i = 0; i < observation->n_parts; i++) {
        const lure_part *part = &observation->parts[i];
        if (part->name && strcmp(part->name, name) == 0) {
            low = isfinite(part->low) ? part->low : low;
            high = isfinite(part->high) ? part->high : high;
        }
    }
    size_t known = 0;
    while (known < t->n_inputs && strncmp(t->inputs[known], name, sizeof *t->inputs - 1) != 0)
        known++;
    if (known == t->n_inputs && known < LURE_MOST_INPUTS)
        snprintf(t->inputs[t->n_inputs++], sizeof *t->inputs, "%s", name);
    lua_pushnumber(L, low + u * (high - low));
    return 1;
}

static int refuse_input(lua_State *L)
{
    return luaL_error(L, "the input of reset may not be written; keep state in s");
}

static int make_up_input(lua_State *L) /* (rng, episode, progress) -> input */
{
    lua_newtable(L);
    lua_createtable(L, 0, 2);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushvalue(L, 2);
    lua_pushcclosure(L, make_up_number, 2);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, refuse_input);
    lua_setfield(L, -2, "__newindex");
    lua_setmetatable(L, -2);
    return 1;
}

void lure_probe_push_schedule(lua_State *L, lure_trial *t)
{
    lua_pushlightuserdata(L, t);
    lua_pushcclosure(L, make_up_input, 1);
}

/* ---- watching ---- */

enum { WATCH_STEP, WATCH_OBSERVE, WATCH_REWARD };

/* Stands before a function of the world. Upvalues: the function, the trial, which one. Argument 1 is s. */
static int watched(lua_State *L)
{
    static const char *const names[] = {"step", "observe", "reward"};
    lure_trial *t = lua_touserdata(L, lua_upvalueindex(2));
    lua_Integer which = lua_tointeger(L, lua_upvalueindex(3));
    int n = lua_gettop(L);
    lua_pushvalue(L, 1); /* s, for afterwards */
    lua_insert(L, 1);
    if (which == WATCH_STEP) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, t->copies);
        lure_value_copy(L, 1);
        lua_rawseti(L, -2, (lua_Integer)++t->n_copies);
        lua_pop(L, 1);
    } else {
        lure_text_clear(&t->scratch[0]);
        lure_value_write(L, 1, &t->scratch[0]);
    }
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 2);
    lua_call(L, n, LUA_MULTRET);
    if (which != WATCH_STEP && !t->changed.length) {
        lure_text_clear(&t->scratch[1]);
        lure_value_write(L, 1, &t->scratch[1]);
        if (strcmp(t->scratch[0].data, t->scratch[1].data) != 0) {
            lure_text_addf(&t->changed, "%s changes s: ", names[which]);
            lure_state_difference(L, t->scratch[0].data, t->scratch[1].data, "s", &t->changed);
        }
    }
    return lua_gettop(L) - 1;
}

/* Replaces the function on top by one that watches it; anything else stays. */
static void watch(lua_State *L, lure_trial *t, int which)
{
    if (!lua_isfunction(L, -1))
        return;
    lua_pushlightuserdata(L, t);
    lua_pushinteger(L, which);
    lua_pushcclosure(L, watched, 3);
}

void lure_probe_push_environment(lua_State *L, lure_trial *t, int environment)
{
    static const char *const fields[] = {"actions", "observation", "max_steps", "reset",
                                         "step",    "observe",     "legal"};
    lua_newtable(L);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        lua_getfield(L, environment, fields[i]);
        if (i == 4 || i == 5)
            watch(L, t, i == 4 ? WATCH_STEP : WATCH_OBSERVE);
        lua_setfield(L, -2, fields[i]);
    }
    lua_newtable(L);
    t->copies = luaL_ref(L, LUA_REGISTRYINDEX);
}

void lure_probe_push_reward(lua_State *L, lure_trial *t, int reward)
{
    lua_pushvalue(L, reward);
    watch(L, t, WATCH_REWARD);
}
