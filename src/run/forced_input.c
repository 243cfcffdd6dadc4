/* forced_input.c: see forced_input.h. The trial gives reset an empty table that answers from the input and notes what it is
   asked for. */
#include "run/forced_input.h"

#include "base/rng.h"
#include "script/bind.h"
#include "script/call.h"
#include "script/key_order.h"
#include "script/value.h"

#include <lauxlib.h>

/* __index of the table on trial. Upvalues: the input, what was asked. */
static int answer(lua_State *L)
{
    lua_settop(L, 2);
    lua_pushvalue(L, 2);
    lua_pushboolean(L, 1);
    lua_rawset(L, lua_upvalueindex(2));
    lua_rawget(L, lua_upvalueindex(1));
    return 1;
}

/* __pairs and __len: whoever walks may read everything. Upvalue: what was asked. */
static int refuse_walk(lua_State *L)
{
    return luaL_error(L, "the input on trial is no list");
}

/* Calls reset with a table on trial; false: it failed. What was asked for is noted in the table at `asked`. */
static bool try_reset(lua_State *L, int environment, int input, int asked)
{
    int top = lua_gettop(L);
    if (lua_getfield(L, environment, "reset") != LUA_TFUNCTION) {
        lua_settop(L, top);
        return false;
    }
    lua_newtable(L); /* s */
    lure_rng_init(lure_push_rng(L), 1, LURE_PURPOSE_ENVIRONMENT, 0);
    lua_newtable(L);
    lua_createtable(L, 0, 3);
    lua_pushvalue(L, input);
    lua_pushvalue(L, asked);
    lua_pushcclosure(L, answer, 2);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, refuse_walk);
    lua_setfield(L, -2, "__pairs");
    lua_pushcfunction(L, refuse_walk);
    lua_setfield(L, -2, "__len");
    lua_setmetatable(L, -2);
    lure_error err;
    lure_status status = lure_call(L, 3, 0, &err);
    lua_settop(L, top);
    if (status != LURE_OK &&
        status != LURE_ERROR_SCRIPT) /* a limit, a signal: the true reset would do no better */
        lure_raise(L, &err);
    return status == LURE_OK;
}

/* The names in the table, in order, after each other. [-0, +1, e] */
static const char *push_names(lua_State *L, int table)
{
    lure_key_order_push(L, table, "input");
    int keys = lua_gettop(L);
    lua_pushliteral(L, "");
    for (lua_Integer i = 1; lua_rawgeti(L, keys, i) != LUA_TNIL; i++) {
        const char *name = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "a number";
        lua_pushfstring(L, "%s%s%s", lua_tostring(L, keys + 1), i > 1 ? ", " : "", name);
        lua_replace(L, keys + 1);
        lua_settop(L, keys + 1);
    }
    lua_settop(L, keys + 1);
    lua_replace(L, keys);
    return lua_tostring(L, keys);
}

static void refuse_unread(lua_State *L, const char *name, int asked)
{
    const char *known = push_names(L, asked);
    if (*known)
        luaL_error(L, "--input %s: the world's reset does not read it; it reads %s", name, known);
    luaL_error(L, "--input %s: the world's reset reads no input", name);
}

int lure_forced_input_push(lua_State *L, const lure_setting *given, size_t n)
{
    if (n == 0)
        return 0;
    lua_newtable(L);
    int input = lua_gettop(L);
    for (size_t i = 0; i < n; i++) {
        lua_pushstring(L, given[i].key);
        lure_value_parse(L, given[i].value);
        lua_rawset(L, input);
    }
    return input;
}

void lure_forced_input_check(lua_State *L, int input, int environment)
{
    luaL_checkstack(L, 24, NULL);
    int top = lua_gettop(L), asked = top + 1;
    lua_newtable(L);
    bool good = try_reset(L, environment, input, asked);
    for (lua_pushnil(L); good && lua_next(L, input); lua_settop(L, asked + 1)) {
        lua_pushvalue(L, asked + 1);
        if (lua_rawget(L, asked) == LUA_TNIL)
            refuse_unread(L, lua_tostring(L, asked + 1), asked);
    }
    lua_settop(L, top);
}
