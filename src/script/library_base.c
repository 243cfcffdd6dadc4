/* library_base.c: the basic functions as scripts see them. pcall and xpcall let limit errors through; pairs and
   next walk keys in a fixed order (Lua's own depends on addresses and differs at every start); tostring and print
   give no address, which would differ as well; print goes to stderr, so that results on stdout stay clean; load
   takes text only and gives the chunk its caller's kind of environment; setmetatable refuses __gc, whose loops nothing could stop. */
#include "script/key_order.h"
#include "script/library.h"

#include "base/text.h"
#include "script/bind.h"
#include "script/call.h"
#include "script/sandbox.h"
#include "script/value.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { PRINTED_AT_ONCE = 512 };

/* ---- protected calls ---- */

/* After a protected call of a script: a limit goes on through it. */
static void let_limits_through(lua_State *L, int code)
{
    lure_sandbox *sandbox = lure_sandbox_of(L);
    if (code == LUA_ERRMEM)
        sandbox->limit_hit = LURE_ERROR_MEMORY;
    if (code == LUA_OK || code == LUA_YIELD)
        return; /* an error that a variable being closed lets wait goes on */
    if (sandbox->limit_hit != LURE_OK)
        lure_sandbox_raise_limit(L);
    sandbox->raised = LURE_OK; /* the script took care of it */
}

static int finish_pcall(lua_State *L, int code, lua_KContext extra)
{
    let_limits_through(L, code);
    if (code != LUA_OK && code != LUA_YIELD) {
        lua_pushboolean(L, 0);
        lua_pushvalue(L, -2);
        return 2;
    }
    return lua_gettop(L) - (int)extra;
}

/* When nothing yielded on the way: after an error it is the caller's turn again, not that of whoever raised it. */
static int finish_direct(lua_State *L, int code, lua_KContext extra, const lure_context *outer)
{
    if (code != LUA_OK && lure_sandbox_of(L)->limit_hit == LURE_OK && code != LUA_ERRMEM)
        lure_sandbox_of(L)->context = *outer;
    return finish_pcall(L, code, extra);
}

static int base_pcall(lua_State *L)
{
    const lure_context outer = lure_sandbox_of(L)->context;
    luaL_checkany(L, 1);
    lua_pushboolean(L, 1);
    lua_insert(L, 1);
    int code = lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, finish_pcall);
    return finish_direct(L, code, 0, &outer);
}

/* Wraps the script's handler (upvalue 1), which must not run for a limit: it could loop for ever again. */
static int call_handler(lua_State *L)
{
    if (lure_sandbox_of(L)->limit_hit != LURE_OK)
        return 1;
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, 1);
    return 1;
}

static int base_xpcall(lua_State *L)
{
    const lure_context outer = lure_sandbox_of(L)->context;
    int n = lua_gettop(L);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_pushvalue(L, 2);
    lua_pushcclosure(L, call_handler, 1);
    lua_replace(L, 2); /* 1 function, 2 handler, then the arguments */
    lua_pushboolean(L, 1);
    lua_pushvalue(L, 1);
    lua_rotate(L, 3, 2); /* 1 function, 2 handler, 3 true, 4 function, arguments */
    int code = lua_pcallk(L, n - 2, LUA_MULTRET, 2, 2, finish_pcall);
    return finish_direct(L, code, 2, &outer);
}

/* ---- fixed order of keys ---- */

/* Upvalues: the sorted keys, how many were given. Skips what was removed meanwhile. */
static int next_sorted(lua_State *L)
{
    lua_Integer i = lua_tointeger(L, lua_upvalueindex(2));
    for (;;) {
        if (lua_rawgeti(L, lua_upvalueindex(1), ++i) == LUA_TNIL)
            return 1;
        lua_pushvalue(L, -1);
        if (lua_rawget(L, 1) != LUA_TNIL) {
            lua_pushinteger(L, i);
            lua_replace(L, lua_upvalueindex(2));
            return 2;
        }
        lua_pop(L, 2);
    }
}

static int base_pairs(lua_State *L)
{
    luaL_checkany(L, 1);
    if (luaL_getmetafield(L, 1, "__pairs") != LUA_TNIL) {
        lua_pushvalue(L, 1);
        lua_call(L, 1, 3);
        return 3;
    }
    luaL_checktype(L, 1, LUA_TTABLE);
    lure_key_order_push(L, 1, "pairs");
    lua_pushinteger(L, 0);
    lua_pushcclosure(L, next_sorted, 2);
    lua_pushvalue(L, 1);
    lua_pushnil(L);
    return 3;
}

static int
next_element(lua_State *L) /* t, i -> i + 1, t[i + 1]; of a tensor, which has no element behind its last */
{
    lua_Integer i = lua_tointeger(L, 2) + 1;
    lua_settop(L, 1);
    if (i > luaL_len(L, 1))
        return 0;
    lua_pushinteger(L, i);
    lua_geti(L, 1, i);
    return 2;
}

static int base_ipairs(lua_State *L) /* upvalue 1: Lua's own */
{
    if (!lure_box_test(L, 1, LURE_BOX_TENSOR))
        return lua_tocfunction(L, lua_upvalueindex(1))(L);
    lua_settop(L, 1);
    lua_pushcfunction(L, next_element);
    lua_insert(L, 1);
    lua_pushinteger(L, 0);
    return 3;
}

static int base_next(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    if (!lua_isnoneornil(L, 2))
        return luaL_error(L, "next(t, key) would follow an order that differs from run to run; use pairs(t)");
    lua_pushnil(L);
    if (!lua_next(L, 1)) {
        lua_pushnil(L);
        return 1;
    }
    lua_settop(L, 1);
    lure_key_order_push(L, 1, "next");
    lua_rawgeti(L, -1, 1);
    lua_pushvalue(L, -1);
    lua_rawget(L, 1);
    return 2;
}

/* ---- the others ---- */

static int base_tostring(lua_State *L)
{
    luaL_checkany(L, 1);
    lure_push_text(L, 1);
    return 1;
}

static int base_print(lua_State *L)
{
    int n = lua_gettop(L);
    luaL_Buffer line;
    luaL_buffinit(L, &line);
    for (int i = 1; i <= n; i++) {
        if (i > 1)
            luaL_addchar(&line, '\t');
        lure_push_text(L, i);
        luaL_addvalue(&line);
    }
    luaL_addchar(&line, '\n');
    luaL_pushresult(&line);
    size_t n_text;
    const char *text = lua_tolstring(L, -1, &n_text);
    for (size_t done = 0, most = PRINTED_AT_ONCE; done < n_text; done += most) {
        /* a terminal shall not obey a script */
        char visible[4 * PRINTED_AT_ONCE + 8];
        most = n_text - done < most ? n_text - done : most;
        size_t n_visible = lure_text_visible(text + done, most, visible, sizeof visible);
        fwrite(visible, 1, n_visible, stderr);
    }
    return 0;
}

/* No hook reaches Lua's compiler, which takes a second for some dozen megabytes. */
static void check_source(lua_State *L, size_t n)
{
    if (n > LURE_MOST_SCRIPT_BYTES)
        luaL_error(L, "load: a text of more than %d bytes, the most that a script may have",
                   (int)LURE_MOST_SCRIPT_BYTES);
}

/* load(text or function [, name [, "t" [, env]]]) */
static int base_load(lua_State *L)
{
    const char *mode = luaL_optstring(L, 3, "t");
    if (strchr(mode, 'b') && !strchr(mode, 't'))
        return luaL_error(L, "load: binary chunks are refused; pass text");
    bool has_environment = lua_gettop(L) >= 4;
    if (lua_isfunction(L, 1)) { /* gather the pieces */
        luaL_Buffer text;
        size_t n_pieces = 0;
        lua_settop(L, 4);
        luaL_buffinit(L, &text);
        for (;;) {
            lua_pushvalue(L, 1);
            lua_call(L, 0, 1);
            if (lua_isnil(L, -1))
                break;
            if (lua_type(L, -1) != LUA_TSTRING)
                return luaL_error(L, "load: the function gave a %s; expected the next piece of text, or nil",
                                  luaL_typename(L, -1));
            size_t n_piece = lua_rawlen(L, -1);
            if (n_piece == 0)
                break;
            check_source(L, n_pieces += n_piece);
            luaL_addvalue(&text);
        }
        lua_pop(L, 1);
        luaL_pushresult(&text);
        lua_replace(L, 1);
    }
    size_t n;
    const char *text = luaL_checklstring(L, 1, &n);
    const char *name = luaL_optstring(L, 2, text);
    check_source(L, n);
    int code = luaL_loadbufferx(L, text, n, name, "t");
    if (code == LUA_ERRMEM)
        return lure_raise_again(L, code);
    if (code != LUA_OK) {
        lua_pushnil(L);
        lua_insert(L, -2);
        return 2;
    }
    if (has_environment)
        lua_pushvalue(L, 4);
    else
        lure_library_environment_of(L, text, n);
    if (!lua_setupvalue(L, -2, 1))
        lua_pop(L, 1);
    return 1;
}

static int base_setmetatable(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_argexpected(L, lua_isnoneornil(L, 2) || lua_istable(L, 2), 2, "nil or table");
    if (lua_istable(L, 2)) {
        lua_pushliteral(L, "__gc");
        if (lua_rawget(L, 2) != LUA_TNIL)
            return luaL_error(L,
                              "setmetatable: __gc is refused in scripts; use __close, or let the table go");
    }
    if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL)
        return luaL_error(L, "setmetatable: the metatable is protected");
    lua_settop(L, 2);
    lua_setmetatable(L, 1);
    return 1;
}

static int base_collectgarbage(lua_State *L)
{
    const char *option = luaL_optstring(L, 1, "collect");
    if (strcmp(option, "count") == 0) {
        /* all that the memory limit counts: policies and optimizers, which Lua knows nothing of, as well */
        lua_pushnumber(L, (double)lure_sandbox_of(L)->pool.account.used / 1024.0);
    } else if (strcmp(option, "collect") == 0) {
        lua_pushinteger(L, lua_gc(L, LUA_GCCOLLECT));
    } else {
        return luaL_error(L, "collectgarbage: '%s' is refused; scripts may use \"count\" and \"collect\"",
                          option);
    }
    return 1;
}

void lure_library_base(lua_State *L)
{
    static const char *const kept[] = {"assert",   "error",  "ipairs", "select", "tonumber",     "type",
                                       "rawequal", "rawget", "rawlen", "rawset", "getmetatable", "_VERSION"};
    static const luaL_Reg ours[] = {{"pcall", base_pcall},
                                    {"xpcall", base_xpcall},
                                    {"pairs", base_pairs},
                                    {"next", base_next},
                                    {"print", base_print},
                                    {"tostring", base_tostring},
                                    {"load", base_load},
                                    {"setmetatable", base_setmetatable},
                                    {"collectgarbage", base_collectgarbage},
                                    {NULL, NULL}};
    enum { N_GLOBALS = 72 }; /* with those that are exported later */
    lua_createtable(L, 0, N_GLOBALS);
    luaL_setfuncs(L, ours, 0);
    luaL_requiref(L, "_G", luaopen_base, 0);
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        lua_getfield(L, -1, kept[i]);
        lua_setfield(L, -3, kept[i]);
    }
    lua_pop(L, 1);
    lua_getfield(L, -1, "ipairs");
    lua_pushcclosure(L, base_ipairs, 1);
    lua_setfield(L, -2, "ipairs");
}
