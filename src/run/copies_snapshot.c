/* copies_snapshot.c: a copy's state out and in. See copies.h. */
#include "run/copies_inside.h"

#include "script/bind.h"
#include "script/value.h"

#include <lauxlib.h>
#include <math.h>

void lure_copies_push_state(lua_State *L, lure_copies *c, int at, size_t i)
{
    (void)c;
    lua_rawgeti(L, at + AT_STATES, (lua_Integer)i + 1);
}

void lure_copies_set_state(lua_State *L, lure_copies *c, int at, size_t i)
{
    (void)c;
    lua_rawseti(L, at + AT_STATES, (lua_Integer)i + 1);
}

void lure_copies_push_snapshot(lua_State *L, lure_copies *c, int at, size_t i)
{
    const lure_copy *copy = &c->copies[i];
    lua_createtable(L, 0, 6);
    lure_copies_push_state(L, c, at, i);
    lure_value_copy(L, -1);
    lua_remove(L, -2);
    lua_setfield(L, -2, "state");
    lua_pushinteger(L, (lua_Integer)copy->episode);
    lua_setfield(L, -2, "episode");
    lua_pushinteger(L, (lua_Integer)copy->step);
    lua_setfield(L, -2, "step");
    lua_pushnumber(L, copy->episode_return);
    lua_setfield(L, -2, "episode_return");
    lua_pushboolean(L, copy->in_episode);
    lua_setfield(L, -2, "in_episode");
    lua_createtable(L, (int)c->world.n_inputs, 0);
    for (size_t j = 0; j < c->world.n_inputs; j++) {
        lua_pushnumber(L, lure__copies_observation(c, i)[j]);
        lua_rawseti(L, -2, (lua_Integer)j + 1);
    }
    lua_setfield(L, -2, "observation");
}

/* A field of the snapshot, of that type, on top. */
static void push_field(lua_State *L, int snapshot, const char *key, int type)
{
    lua_pushstring(L, key);
    if (lua_rawget(L, snapshot) != type)
        luaL_error(L, "this is no snapshot of this world: '%s' is %s", key, lure_type_name(L, -1));
}

static uint64_t read_count(lua_State *L, int snapshot, const char *key)
{
    push_field(L, snapshot, key, LUA_TNUMBER);
    int is_whole;
    lua_Integer n = lua_tointegerx(L, -1, &is_whole);
    if (!is_whole || n < 0 || n > UINT32_MAX)
        luaL_error(L, "this is no snapshot of this world: '%s' is %s", key, lure_push_text(L, -1));
    return (uint64_t)n;
}

void lure_copies_restore(lua_State *L, lure_copies *c, int at, size_t i, int snapshot)
{
    int top = lua_gettop(L);
    snapshot = lua_absindex(L, snapshot);
    if (!lua_istable(L, snapshot))
        luaL_error(L, "expected a snapshot, got %s", lure_type_name(L, snapshot));
    lure_copy copy = {.episode = read_count(L, snapshot, "episode"), .step = read_count(L, snapshot, "step")};
    push_field(L, snapshot, "episode_return", LUA_TNUMBER);
    copy.episode_return = lua_tonumber(L, -1);
    push_field(L, snapshot, "in_episode", LUA_TBOOLEAN);
    copy.in_episode = lua_toboolean(L, -1);
    push_field(L, snapshot, "observation", LUA_TTABLE);
    int observation = lua_gettop(L);
    size_t n = c->world.n_inputs;
    for (size_t pass = 0; pass < 2; pass++) /* all of it is looked at before anything is changed */
        for (size_t j = 0; j < n; j++) {
            lua_rawgeti(L, observation, (lua_Integer)j + 1);
            if (lua_type(L, -1) != LUA_TNUMBER || !isfinite(lua_tonumber(L, -1)) ||
                lua_rawlen(L, observation) != n)
                luaL_error(L, "this is no snapshot of this world: its observation is not %I numbers",
                           (lua_Integer)n);
            if (pass)
                lure__copies_observation(c, i)[j] = lua_tonumber(L, -1);
            lua_pop(L, 1);
        }
    push_field(L, snapshot, "state", LUA_TTABLE);
    lure_value_copy(L, -1);
    lure_copies_set_state(L, c, at, i);
    c->copies[i] = copy;
    lua_settop(L, top);
}
