/* loader_records.c: what was loaded: role, name, path, hash and options of each script, and the bytes by their hash. See loader.h. */
#include "script/loader_inside.h"

#include "script/bind.h"
#include "script/call.h"
#include "script/value.h"

static const char RECORDS = 0; /* registry key: list of what was loaded */
static const char SOURCES = 0; /* registry key: the bytes by their hash */
static const char CURRENT = 0; /* registry key: the record of the chunk that runs now */

/* The registry's table of that key, made at its first use. [-0, +1, m] */
static void push_table(lua_State *L, const char *key)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, key) != LUA_TNIL)
        return;
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, key);
}

static void push_records(lua_State *L)
{
    push_table(L, &RECORDS);
}

void lure__loader_note_source(lua_State *L, const char *hash)
{
    push_table(L, &SOURCES);
    lua_pushvalue(L, -2);
    lua_setfield(L, -2, hash);
    lua_pop(L, 1);
}

void lure_loader_push_records(lua_State *L)
{
    push_records(L);
}

void lure__loader_begin_record(lua_State *L, const lure_script_label *label)
{
    lua_newtable(L);
    const struct {
        const char *key, *value;
    } fields[] = {
        {"role", label->role}, {"name", label->name}, {"path", label->path}, {"sha256", label->sha256}};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        lua_pushstring(L, fields[i].value);
        lua_setfield(L, -2, fields[i].key);
    }
    push_records(L);
    lua_pushvalue(L, -2);
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
    lua_pop(L, 1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &CURRENT);
}

void lure__loader_end_record(lua_State *L)
{
    lua_pushnil(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &CURRENT);
}

void lure__loader_push_current(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &CURRENT);
}

void lure_loader_note_options(lua_State *L, int index)
{
    index = lua_absindex(L, index);
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &CURRENT) == LUA_TTABLE) {
        lure_value_copy(L, index);
        lua_setfield(L, -2, "options");
    }
    lua_pop(L, 1);
}

void lure_loader_json(lua_State *L, lure_json *json, const char *key)
{
    push_records(L);
    lure_json_begin_array(json, key);
    for (lua_Integer i = 1; lua_rawgeti(L, -1, i) != LUA_TNIL; i++) {
        lure_value_json(L, -1, json, NULL);
        lua_pop(L, 1);
    }
    lua_pop(L, 2);
    lure_json_end_array(json);
}

size_t lure_loader_n_records(lua_State *L)
{
    push_records(L);
    size_t n = lua_rawlen(L, -1);
    lua_pop(L, 1);
    return n;
}

void lure_loader_record(lua_State *L, size_t i, lure_script_label *out)
{
    const struct {
        const char *key, **to;
    } fields[] = {{"role", &out->role}, {"name", &out->name}, {"path", &out->path}, {"sha256", &out->sha256}};
    push_records(L);
    lua_rawgeti(L, -1, (lua_Integer)i);
    for (size_t f = 0; f < sizeof fields / sizeof *fields; f++) {
        lua_getfield(L, -1, fields[f].key);
        *fields[f].to = lua_tostring(L, -1);
        lua_pop(L, 1);
    }
    lua_pop(L, 2);
}

void lure_loader_forget(lua_State *L, size_t n)
{
    push_records(L);
    for (size_t i = lua_rawlen(L, -1); i > n; i--) {
        lua_pushnil(L);
        lua_rawseti(L, -2, (lua_Integer)i);
    }
    lua_pop(L, 1);
    lure__loader_end_record(L);
}

void lure_loader_keep(lua_State *L, size_t i, const char *folder, bool durably)
{
    enum { MOST_STEM = 128 };
    lure_script_label label;
    char stem[MOST_STEM];
    lure_error err;
    size_t n;
    lure_loader_record(L, i, &label);
    lure_script_name(label.path, stem, sizeof stem);
    push_table(L, &SOURCES);
    lua_getfield(L, -1, label.sha256);
    const char *bytes = lua_tolstring(L, -1, &n);
    if (lure_archive_keep(folder, label.role, stem, label.sha256, bytes, n, durably, &err) != LURE_OK)
        lure_raise(L, &err);
    lua_pop(L, 2);
}
