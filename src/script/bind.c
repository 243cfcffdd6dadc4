/* bind.c: what all bindings share: the box check and the table `lure`. See bind.h. */
#include "script/bind.h"

#include "script/differentiate.h"
#include "script/library.h"
#include "script/options.h"

#include <string.h>

const char *lure_type_name(lua_State *L, int arg)
{
    if (luaL_getmetafield(L, arg, "__name") == LUA_TSTRING) {
        const char *name = lua_tostring(L, -1); /* anchored by the metatable */
        lua_pop(L, 1);
        return name;
    }
    return luaL_typename(L, arg);
}

const char *lure_article(const char *word)
{
    return *word && strchr("aeiouAEIOU", *word) ? "an" : "a";
}

const char *lure_push_text(lua_State *L, int index)
{
    int type = lua_type(L, index);
    bool has_text = type == LUA_TNIL || type == LUA_TBOOLEAN || type == LUA_TNUMBER || type == LUA_TSTRING;
    if (!has_text && luaL_getmetafield(L, index, "__tostring") != LUA_TNIL) {
        lua_pop(L, 1);
        has_text = true;
    }
    if (type == LUA_TNUMBER && lua_tonumber(L, index) != lua_tonumber(L, index))
        return lua_pushliteral(L, "nan"); /* C would call some "-nan" */
    return has_text ? luaL_tolstring(L, index, NULL) : lua_pushstring(L, lure_type_name(L, index));
}

size_t lure_check_list(lua_State *L, int index, size_t most, const char *what)
{
    size_t n = lua_rawlen(L, index);
    if (n > most)
        luaL_error(L, "%s: a list of %I elements is too long (at most %I)", what, (lua_Integer)n,
                   (lua_Integer)most);
    return n;
}

const char *lure_push_function_name(lua_State *L)
{
    lua_Debug frame;
    if (lua_getstack(L, 0, &frame) && lua_getinfo(L, "n", &frame) && frame.name)
        return lua_pushfstring(L, "%s: ", frame.name);
    return lua_pushliteral(L, "");
}

/* How the script calls the running function: "method", "global", "local", ...; "" where Lua does not know. */
static const char *way_of_calling(lua_State *L)
{
    lua_Debug frame;
    return lua_getstack(L, 0, &frame) && lua_getinfo(L, "n", &frame) ? frame.namewhat : "";
}

const char *lure_colon_hint(lua_State *L, int arg)
{
    const char *way = way_of_calling(L);
    return arg == 1 && (strcmp(way, "field") == 0 || !*way) ? " (is it called with ':'?)" : "";
}

int lure_box_refuse(lua_State *L, int arg, const char *name)
{
    bool is_method = strcmp(way_of_calling(L), "method") == 0; /* the script does not write the first one */
    const char *got = lure_type_name(L, arg);
    return luaL_error(L, "%sargument %d: expected %s %s, got %s%s", lure_push_function_name(L),
                      arg - is_method, lure_article(name), name, got, lure_colon_hint(L, arg));
}

int lure_refuse_argument(lua_State *L, int arg, const char *expected)
{
    lua_pushfstring(L, "expected %s, got %s", expected, lure_push_text(L, arg));
    return luaL_argerror(L, arg, lua_tostring(L, -1));
}

void lure_box_metatable(lua_State *L, const void *key, const char *name, const luaL_Reg *methods, int n_more)
{
    enum { EVENTS = 8 };
    int n_methods = 0;
    lua_createtable(L, 0, EVENTS);
    lua_pushstring(L, name);
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    while (methods[n_methods].name)
        n_methods++;
    lua_createtable(L, 0, n_methods + n_more);
    luaL_setfuncs(L, methods, 0);
    lua_pushfstring(L, "the %s", name);
    lua_insert(L, -2);
    lure_make_strict(L, lua_tostring(L, -2));
    lua_setfield(L, -3, "__index");
    lua_pop(L, 1);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, key);
}

/* Tables get their size at once: to grow them name by name takes most of what opening a state costs, and a batch opens one
   a run. A number that is not right any more costs a little time only. */
void lure_bind_all(lua_State *L)
{
    enum { N_FUNCTIONS = 96 };
    lua_createtable(L, 0, N_FUNCTIONS);
    lure_bind_rng(L);
    lure_bind_tensor(L);
    lure_bind_policy(L);
    lure_bind_optimizer(L);
    lure_bind_returns(L);
    lure_bind_anneal(L);
    lure_bind_differentiate(L);
    lure_bind_normaliser(L);
    lure_bind_surrogate(L);
    lure_bind_space(L);
    lure_bind_replay_memory(L);
    lure_library_export(L, "lure");
    lua_pushcfunction(L, lure_options);
    lure_library_export(L, "options");
}
