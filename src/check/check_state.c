/* check_state.c: see check_state.h. */
#include "check/check_state.h"

#include "script/key_order.h"
#include "script/bind.h"
#include "script/value.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

enum { MOST_DEPTH = 32, MOST_LOCALS = 20000, MOST_NAMED = 3, PATH_SIZE = 200 };

/* "s" and the key at the top of the stack: "s.place", "s[3]". */
static void extend_path(lua_State *L, const char *path, char out[PATH_SIZE])
{
    if (lua_type(L, -1) == LUA_TSTRING) {
        snprintf(out, PATH_SIZE, "%s%s%s", path, *path ? "." : "", lua_tostring(L, -1));
    } else {
        snprintf(out, PATH_SIZE, "%s[%s]", path, luaL_tolstring(L, -1, NULL));
        lua_pop(L, 1);
    }
}

/* ---- plain data ---- */

static bool is_plain(lua_State *L, int index, const char *path, int depth, lure_text *out)
{
    luaL_checkstack(L, 8, NULL);
    int type = lua_type(L, index);
    if (type == LUA_TNIL || type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TBOOLEAN)
        return true;
    if (type != LUA_TTABLE) {
        lure_text_addf(out, "%s is a %s", path, lure_type_name(L, index));
        return false;
    }
    if (depth == MOST_DEPTH) {
        lure_text_addf(out, "%.60s... lies more than %d tables deep, or holds itself", path, (int)MOST_DEPTH);
        return false;
    }
    if (lua_getmetatable(L, index)) {
        lua_pop(L, 1);
        lure_text_addf(out, "%s has a metatable", path);
        return false;
    }
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        char inner[PATH_SIZE];
        int key = lua_type(L, -2);
        if (key != LUA_TSTRING && key != LUA_TNUMBER && key != LUA_TBOOLEAN) {
            lure_text_addf(out, "%s has a %s as a key", path, luaL_typename(L, -2));
            lua_pop(L, 2);
            return false;
        }
        lua_pushvalue(L, -2);
        extend_path(L, path, inner);
        lua_pop(L, 1);
        if (!is_plain(L, lua_gettop(L), inner, depth + 1, out)) {
            lua_pop(L, 2);
            return false;
        }
    }
    return true;
}

bool lure_state_is_plain(lua_State *L, int index, const char *root, lure_text *out)
{
    return is_plain(L, lua_absindex(L, index), root, 0, out);
}

void lure_state_copy_across(lua_State *from, int index, lua_State *to)
{
    size_t n;
    index = lua_absindex(from, index);
    luaL_checkstack(to, 6, NULL);
    if (!lua_checkstack(from, 6)) /* an error may not be raised over there */
        luaL_error(to, "stack overflow");
    switch (lua_type(from, index)) {
    case LUA_TBOOLEAN: lua_pushboolean(to, lua_toboolean(from, index)); return;
    case LUA_TSTRING: {
        const char *string = lua_tolstring(from, index, &n);
        lua_pushlstring(to, string, n);
        return;
    }
    case LUA_TNUMBER:
        if (lua_isinteger(from, index))
            lua_pushinteger(to, lua_tointeger(from, index));
        else
            lua_pushnumber(to, lua_tonumber(from, index));
        return;
    case LUA_TTABLE: break;
    default: lua_pushnil(to); return;
    }
    lua_newtable(to);
    for (lua_pushnil(from); lua_next(from, index); lua_pop(from, 1)) {
        lure_state_copy_across(from, -2, to);
        lure_state_copy_across(from, -1, to);
        lua_rawset(to, -3);
    }
}

/* ---- where two values differ ---- */

static void write_short(lua_State *L, int index, lure_text *out)
{
    switch (lua_type(L, index)) {
    case LUA_TTABLE: lure_text_add(out, "a table"); return;
    case LUA_TSTRING: lure_text_addf(out, "\"%.40s\"", lua_tostring(L, index)); return;
    default: lure_value_write(L, index, out);
    }
}

static bool differ(lua_State *L, int a, int b, const char *path, lure_text *out)
{
    luaL_checkstack(L, 10, NULL);
    if (!lua_istable(L, a) || !lua_istable(L, b)) {
        /* the same text is the same value: nan is alike to itself here */
        if (lua_rawequal(L, a, b) ||
            (lua_type(L, a) == LUA_TNUMBER && lua_type(L, b) == LUA_TNUMBER &&
             lua_tonumber(L, a) != lua_tonumber(L, a) && lua_tonumber(L, b) != lua_tonumber(L, b)))
            return false;
        lure_text_addf(out, "%s was ", path);
        write_short(L, a, out);
        lure_text_add(out, ", then ");
        write_short(L, b, out);
        return true;
    }
    /* the keys of both, in order */
    lua_newtable(L);
    int all = lua_gettop(L);
    const int tables[] = {a, b};
    for (size_t i = 0; i < 2; i++) {
        for (lua_pushnil(L); lua_next(L, tables[i]); lua_pop(L, 1)) {
            lua_pushvalue(L, -2);
            lua_pushboolean(L, 1);
            lua_rawset(L, all);
        }
    }
    lure_key_order_push(L, all, "s");
    int keys = lua_gettop(L);
    bool found = false;
    for (lua_Integer i = 1; !found && lua_rawgeti(L, keys, i) != LUA_TNIL; i++) {
        char inner[PATH_SIZE];
        extend_path(L, path, inner);
        lua_pushvalue(L, -1);
        lua_rawget(L, a);
        lua_pushvalue(L, -2);
        lua_rawget(L, b);
        found = differ(L, lua_gettop(L) - 1, lua_gettop(L), inner, out);
        lua_settop(L, keys);
    }
    lua_settop(L, all - 1);
    return found;
}

bool lure_state_difference(lua_State *L, const char *before, const char *after, const char *root,
                           lure_text *out)
{
    int top = lua_gettop(L);
    lure_value_parse(L, before);
    lure_value_parse(L, after);
    bool found = differ(L, top + 1, top + 2, root, out);
    lua_settop(L, top);
    return found;
}

/* ---- what functions keep ---- */

typedef struct walk {
    int names, seen; /* stack indices: name = text; table or function = true */
    int n;
} walk;

static void walk_value(lua_State *L, walk *w, const char *name, int depth);

static void note_value(lua_State *L, walk *w, const char *name)
{
    char text[64];
    int value = lua_gettop(L);
    if (lua_type(L, value) == LUA_TSTRING) {
        lua_pushvalue(L, value);
    } else if (lua_type(L, value) == LUA_TNUMBER || lua_type(L, value) == LUA_TBOOLEAN) {
        luaL_tolstring(L, value, NULL);
    } else if (lure_box_test(L, value, LURE_BOX_RNG)) { /* drawing from it changes it */
        lua_pushlstring(L, lua_touserdata(L, value), lua_rawlen(L, value));
    } else { /* another table or function in its place is a change as well */
        snprintf(text, sizeof text, "%p", lua_topointer(L, value));
        lua_pushstring(L, text);
    }
    lua_setfield(L, w->names, name);
    w->n++;
}

static void walk_function(lua_State *L, walk *w, int depth)
{
    int function = lua_gettop(L);
    const char *name;
    if (lua_iscfunction(L, function)) /* the library's; coroutines keep what no one can see */
        return;
    for (int i = 1; (name = lua_getupvalue(L, function, i)); i++) {
        if (strcmp(name, "_ENV") != 0)
            walk_value(L, w, name, depth + 1);
        lua_pop(L, 1);
    }
}

/* The value on top, which stays. */
static void walk_value(lua_State *L, walk *w, const char *name, int depth)
{
    luaL_checkstack(L, 12, NULL);
    int value = lua_gettop(L);
    if (w->n >= MOST_LOCALS || depth > MOST_DEPTH)
        return;
    note_value(L, w, name);
    if (!lua_istable(L, value) && !lua_isfunction(L, value))
        return;
    lua_pushvalue(L, value);
    bool known = lua_rawget(L, w->seen) != LUA_TNIL;
    lua_pop(L, 1);
    if (known)
        return;
    lua_pushvalue(L, value);
    lua_pushboolean(L, 1);
    lua_rawset(L, w->seen);
    if (lua_isfunction(L, value)) {
        walk_function(L, w, depth);
        return;
    }
    for (lua_pushnil(L); lua_next(L, value); lua_pop(L, 1)) {
        char inner[PATH_SIZE];
        lua_pushvalue(L, -2);
        extend_path(L, name, inner);
        lua_pop(L, 1);
        walk_value(L, w, inner, depth + 1);
    }
}

void lure_state_push_locals(lua_State *L, int index)
{
    index = lua_absindex(L, index);
    luaL_checkstack(L, 12, NULL);
    lua_newtable(L);
    lua_newtable(L);
    walk w = {.names = lua_gettop(L) - 1, .seen = lua_gettop(L)};
    lua_pushvalue(L, index);
    walk_function(L, &w, 0);
    lua_settop(L, w.names);
}

void lure_state_add_locals(lua_State *L, int into, int from)
{
    into = lua_absindex(L, into);
    from = lua_absindex(L, from);
    for (lua_pushnil(L); lua_next(L, from); lua_pop(L, 1)) {
        lua_pushvalue(L, -2);
        lua_pushvalue(L, -2);
        lua_rawset(L, into);
    }
}

bool lure_state_changed_locals(lua_State *L, int before, int after, lure_text *out)
{
    before = lua_absindex(L, before);
    after = lua_absindex(L, after);
    int top = lua_gettop(L), n = 0;
    lua_newtable(L);
    lure_state_add_locals(L, top + 1, before);
    lure_state_add_locals(L, top + 1, after);
    lure_key_order_push(L, top + 1, "locals");
    lua_newtable(L);
    int changed = lua_gettop(L);
    for (lua_Integer i = 1; lua_rawgeti(L, top + 2, i) != LUA_TNIL; i++, lua_settop(L, changed)) {
        lua_pushvalue(L, -1);
        lua_rawget(L, before);
        lua_pushvalue(L, -2);
        lua_rawget(L, after);
        if (!lua_rawequal(L, -1, -2) && n < MOST_NAMED) {
            lua_pushvalue(L, -3);
            lua_rawseti(L, changed, ++n);
        }
    }
    lua_settop(L, changed);
    for (int i = 1; i <= n; i++) {
        lua_rawgeti(L, changed, i);
        lure_text_addf(out, "%s'%s'",
                       i > 1   ? ", "
                       : n > 1 ? "the locals "
                               : "the local ",
                       lua_tostring(L, -1));
        lua_pop(L, 1);
    }
    lua_settop(L, top);
    return n > 0;
}
