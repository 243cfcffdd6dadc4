/* check_probe.c: see check_probe.h. */
#include "check/check_probe.h"

#include "script/library.h"
#include "script/value.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- input for a reset that asks for some ---- */

static int note_asked(lure_trial *t, const char *name) /* 1, the number of results */
{
    size_t known = 0;
    while (known < t->n_inputs && strncmp(t->inputs[known], name, sizeof *t->inputs - 1) != 0)
        known++;
    if (known == t->n_inputs && known < LURE_MOST_INPUTS)
        snprintf(t->inputs[t->n_inputs++], sizeof *t->inputs, "%s", name);
    return 1;
}

/* A number for this name in this episode: 0, then 1, then anything between; within the bounds of an observation of
   that name. Upvalues: the trial, the episode. */
static int make_up_number(lua_State *L)
{
    lure_trial *t = lua_touserdata(L, lua_upvalueindex(1));
    uint32_t episode = (uint32_t)lua_tointeger(L, lua_upvalueindex(2)), hash = 2166136261u; /* FNV-1a */
    if (lua_type(L, 2) != LUA_TSTRING || strcmp(lua_tostring(L, 2), "state") == 0)
        return 0; /* a whole state is a list, of what only the world knows */
    const char *name = lua_tostring(L, 2);
    for (const char *c = name; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 16777619u;
    lure_rng rng;
    lure_rng_init(&rng, 1, LURE_PURPOSE_SCHEDULE, hash);
    lure_rng_seek(&rng, episode, 0);
    double u = episode <= 2 ? (double)episode - 1.0 : lure_rng_uniform(&rng), low = 0.0, high = 1.0;
    const lure_space *seen = t->copies ? &t->copies->world.observation->space : &(lure_space){0};
    for (size_t i = 0; i < seen->n_parts; i++) {
        const lure_part *p = &seen->parts[i];
        if (!p->name || strcmp(p->name, name) != 0)
            continue;
        if (p->n) {
            lua_pushinteger(L, (lua_Integer)floor(u * (double)(p->n - 1)));
            return note_asked(t, name);
        }
        low = isfinite(p->low) ? p->low : low;
        high = isfinite(p->high) ? p->high : high;
    }
    lua_pushnumber(L, low + u * (high - low));
    return note_asked(t, name);
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

/* ---- keeping what a reward was called with ---- */

/* Stands before the reward. Upvalues: the function, the trial. */
static int recorded(lua_State *L)
{
    lure_trial *t = lua_touserdata(L, lua_upvalueindex(2));
    int n = lua_gettop(L);
    lua_rawgeti(L, LUA_REGISTRYINDEX, t->calls);
    lua_Integer n_calls = (lua_Integer)lua_rawlen(L, -1);
    if (n_calls < LURE_MOST_CALLS) {
        lua_createtable(L, 6, 0);
        for (int i = 1; i <= 4; i++) {
            if (i <= n)
                lure_value_copy(L, i);
            else
                lua_pushboolean(L, 0); /* a reward that does not look at what was before gets none */
            lua_rawseti(L, -2, i);
        }
        lua_pushinteger(L, (lua_Integer)t->copies->copies[0].episode);
        lua_rawseti(L, -2, 5);
        lua_pushinteger(L, (lua_Integer)t->copies->copies[0].step);
        lua_rawseti(L, -2, 6);
        lua_rawseti(L, -2, n_calls + 1);
    }
    lua_settop(L, n);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, n, LUA_MULTRET);
    return lua_gettop(L);
}

void lure_probe_push_recorder(lua_State *L, lure_trial *t, int reward)
{
    lua_newtable(L);
    t->calls = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_pushvalue(L, reward);
    lua_pushlightuserdata(L, t);
    lua_pushcclosure(L, recorded, 2);
}

/* ---- what is read of a schedule's input ---- */

/* Upvalues of what follows: the input, `fed`. */
static void note_key(lua_State *L, const char *where, int key)
{
    int type = lua_type(L, key);
    if (type != LUA_TSTRING && type != LUA_TNUMBER)
        return;
    lua_getfield(L, lua_upvalueindex(2), where);
    lua_pushvalue(L, key);
    lua_pushboolean(L, 1);
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

static int index_input(lua_State *L)
{
    lua_settop(L, 2);
    lua_pushvalue(L, 2);
    lua_gettable(L, lua_upvalueindex(1));
    note_key(L, lua_isnil(L, 3) ? "missing" : "read", 2);
    return 1;
}

static int walk_input(lua_State *L) /* __pairs: all of it is read */
{
    for (lua_pushnil(L); lua_next(L, lua_upvalueindex(1)); lua_pop(L, 1))
        note_key(L, "read", lua_gettop(L) - 1);
    lure_library_environment(L);
    lua_getfield(L, -1, "pairs");
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_call(L, 1, 3);
    return 3;
}

static int count_input(lua_State *L) /* __len */
{
    lua_pushinteger(L, (lua_Integer)lua_rawlen(L, lua_upvalueindex(1)));
    return 1;
}

/* Stands before the schedule. Upvalues: the function, `fed`. */
static int feed(lua_State *L)
{
    static const struct {
        const char *event;
        lua_CFunction function;
    } events[] = {{"__index", index_input}, {"__pairs", walk_input}, {"__len", count_input}};
    int n = lua_gettop(L);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, n, 1);
    if (!lua_istable(L, 1))
        return 1;
    for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1))
        note_key(L, "given", 2);
    lua_pushvalue(L, 1);
    lua_setfield(L, lua_upvalueindex(2), "last");
    lua_newtable(L);
    lua_newtable(L);
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        lua_pushvalue(L, 1);
        lua_pushvalue(L, lua_upvalueindex(2));
        lua_pushcclosure(L, events[i].function, 2);
        lua_setfield(L, -2, events[i].event);
    }
    lua_setmetatable(L, -2);
    return 1;
}

void lure_probe_push_feeder(lua_State *L, lure_trial *t, int schedule)
{
    static const char *const lists[] = {"given", "read", "missing", "last"};
    lua_pushvalue(L, schedule);
    lua_createtable(L, 0, 4);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        lua_newtable(L);
        lua_setfield(L, -2, lists[i]);
    }
    lua_pushvalue(L, -1);
    t->fed = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_pushcclosure(L, feed, 2);
}
