/* image_walk.c: the walk over all that a Lua state holds, breadth first from the registry and the calls under way. In
   the first walk numbers are given in the order in which objects are met, so that order may depend on nothing that differs from
   process to process: keys are sorted, and light userdata (addresses of our own constants) by where they lie in the
   program. Later walks may take any order: what is new gets its number from the image alone. */
#include "script/image_inside.h"

#include "script/sandbox.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

/* ---- refusals ---- */

int lure_image_refuse(lure_image_out *out, const char *what)
{
    lua_State *L = out->L;
    if (!out->holder)
        return luaL_error(L, "%s", what);
    if (!out->function)
        return luaL_error(L, "%s (%s '%s')", what, out->holder, out->name);
    return luaL_error(L, "%s (%s '%s' of the function in %s:%d)", what, out->holder, out->name,
                      out->function->short_src, out->function->linedefined);
}

static void look_at(lure_image_out *out, const char *holder, const char *name, const lua_Debug *function)
{
    out->holder = holder;
    out->name = name;
    out->function = function;
}

static void refuse_function(lure_image_out *out, int index)
{
    lua_Debug d;
    lua_pushvalue(out->L, index);
    lua_getinfo(out->L, ">S", &d);
    if (*d.what == 'C')
        lure_image_refuse(out, "a function of the host was made during an update");
    lure_image_refuse(out, lua_pushfstring(out->L, "the function in %s:%d was made during an update",
                                           d.short_src, d.linedefined));
}

/* ---- values ---- */

/* The number of the object at `index`; a new one is listed. */
static lua_Integer number_of(lure_image_out *out, int index)
{
    lua_State *L = out->L;
    lua_pushvalue(L, index);
    if (lua_rawget(L, out->reached) == LUA_TNUMBER) {
        lua_Integer number = lua_tointeger(L, -1);
        lua_pop(L, 1);
        return number;
    }
    lua_pop(L, 1);
    lua_Integer number = 0;
    if (!out->is_first) {
        lua_pushvalue(L, index);
        lua_rawget(L, out->ids);
        number = lua_tointeger(L, -1);
        lua_pop(L, 1);
        if (number == 0 && lua_isfunction(L, index))
            refuse_function(out, index);
        if (number == 0 && lua_islightuserdata(L, index))
            lure_image_refuse(out, "an address of the host's that is new");
    }
    if (number == 0)
        number = ++out->n_numbers;
    lua_pushvalue(L, index);
    lua_pushinteger(L, number);
    lua_rawset(L, out->reached);
    lua_pushvalue(L, index);
    lua_rawseti(L, out->list, ++out->n_listed);
    return number;
}

void lure_image_write(lure_image_out *out)
{
    lua_State *L = out->L;
    int index = lua_gettop(L);
    switch (lua_type(L, index)) {
    case LUA_TNIL: lure_bytes_add_u8(out->text, TAG_NIL); break;
    case LUA_TBOOLEAN: lure_bytes_add_u8(out->text, lua_toboolean(L, index) ? TAG_TRUE : TAG_FALSE); break;
    case LUA_TNUMBER:
        if (lua_isinteger(L, index)) {
            lure_bytes_add_u8(out->text, TAG_INTEGER);
            lure_bytes_add_u64(out->text, (uint64_t)lua_tointeger(L, index));
        } else {
            lure_bytes_add_u8(out->text, TAG_FLOAT);
            lure_bytes_add_double(out->text, lua_tonumber(L, index));
        }
        break;
    case LUA_TSTRING: {
        size_t n;
        const char *string = lua_tolstring(L, index, &n);
        lure_bytes_add_u8(out->text, TAG_STRING);
        lure_bytes_add_block(out->text, string, n);
        break;
    }
    case LUA_TTHREAD:
        if (lua_tothread(L, index) != lure_sandbox_of(L)->L)
            lure_image_refuse(out, "a coroutine");
        lure_bytes_add_u8(out->text, TAG_MAIN);
        break;
    default:
        lure_bytes_add_u8(out->text, TAG_OBJECT);
        lure_bytes_add_u32(out->text, (uint32_t)number_of(out, index));
    }
    lua_pop(L, 1);
}

/* ---- tables ---- */

typedef struct key {
    int rank; /* booleans, integers, floats, strings, addresses, objects that are numbered, the one that is not */
    lua_Integer whole; /* or an object's number, or an address in the program */
    double number;
    const char *string;
    size_t length;
    void *address;
} key;

enum { RANK_BOOLEAN, RANK_INTEGER, RANK_FLOAT, RANK_STRING, RANK_ADDRESS, RANK_OBJECT, RANK_NEW };

static int compare_keys(const void *left, const void *right)
{
    const key *a = left, *b = right;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    if (a->rank == RANK_STRING) {
        int order = memcmp(a->string, b->string, a->length < b->length ? a->length : b->length);
        return order ? order : (a->length > b->length) - (a->length < b->length);
    }
    if (a->rank == RANK_FLOAT)
        return (a->number > b->number) - (a->number < b->number);
    return (a->whole > b->whole) - (a->whole < b->whole);
}

/* Of our own constants: how far apart two of them lie is the same in every process of one build. */
static bool is_in_program(const void *address)
{
    extern const char __executable_start[], _end[]; /* the linker's */
    return (uintptr_t)address >= (uintptr_t)__executable_start && (uintptr_t)address < (uintptr_t)_end;
}

/* Of the key on top. */
static key read_key(lure_image_out *out)
{
    lua_State *L = out->L;
    key k = {.rank = RANK_NEW};
    switch (lua_type(L, -1)) {
    case LUA_TBOOLEAN:
        k.rank = RANK_BOOLEAN;
        k.whole = lua_toboolean(L, -1);
        return k;
    case LUA_TNUMBER:
        k.rank = lua_isinteger(L, -1) ? RANK_INTEGER : RANK_FLOAT;
        k.whole = lua_tointeger(L, -1);
        k.number = lua_tonumber(L, -1);
        return k;
    case LUA_TSTRING:
        k.rank = RANK_STRING;
        k.string = lua_tolstring(L, -1, &k.length);
        return k;
    case LUA_TLIGHTUSERDATA:
        if (!is_in_program(lua_touserdata(L, -1)))
            return k;
        k.rank = RANK_ADDRESS;
        k.address = lua_touserdata(L, -1);
        k.whole = (lua_Integer)((intptr_t)k.address - (intptr_t)&lure__image_key);
        return k;
    default:
        lua_pushvalue(L, -1);
        if (lua_rawget(L, out->reached) == LUA_TNUMBER) {
            k.rank = RANK_OBJECT;
            k.whole = lua_tointeger(L, -1);
        }
        lua_pop(L, 1);
        return k;
    }
}

/* [-0, +1, -]; the one that is not numbered lies at `unknown`. */
static void push_key(lure_image_out *out, const key *k, int unknown)
{
    lua_State *L = out->L;
    switch (k->rank) {
    case RANK_BOOLEAN: lua_pushboolean(L, (int)k->whole); return;
    case RANK_INTEGER: lua_pushinteger(L, k->whole); return;
    case RANK_FLOAT: lua_pushnumber(L, k->number); return;
    case RANK_STRING: lua_pushlstring(L, k->string, k->length); return;
    case RANK_ADDRESS: lua_pushlightuserdata(L, k->address); return;
    case RANK_OBJECT: lua_rawgeti(L, out->list, k->whole); return;
    default: lua_pushvalue(L, unknown);
    }
}

static bool is_own_key(lua_State *L, int table, int index)
{
    return lua_islightuserdata(L, index) && lua_rawequal(L, table, LUA_REGISTRYINDEX) &&
           lure__image_is_left_out(lua_touserdata(L, index));
}

/* The pair at the two top places: popped. */
static void write_pair(lure_image_out *out)
{
    bool is_named = lua_type(out->L, -2) == LUA_TSTRING;
    look_at(out, is_named ? "field" : NULL, is_named ? lua_tostring(out->L, -2) : NULL, NULL);
    lua_pushvalue(out->L, -2);
    lure_image_write(out);
    lure_image_write(out);
    lua_pop(out->L, 1);
}

static void write_sorted(lure_image_out *out, int table, size_t n)
{
    lua_State *L = out->L;
    int top = lua_gettop(L);
    key *keys = lua_newuserdatauv(L, (n + 1) * sizeof *keys, 0);
    size_t i = 0;
    lua_pushnil(L); /* the key without a number */
    int unknown = lua_gettop(L);
    for (lua_pushnil(L); lua_next(L, table) && i < n;) {
        lua_pop(L, 1);
        if (is_own_key(L, table, -1))
            continue;
        keys[i] = read_key(out);
        if (keys[i].rank == RANK_NEW) {
            if (!lua_isnil(L, unknown))
                lure_image_refuse(out, "a table with several keys that are tables, functions or userdata");
            lua_pushvalue(L, -1);
            lua_replace(L, unknown);
        }
        i++;
    }
    lua_settop(L, unknown);
    qsort(keys, i, sizeof *keys, compare_keys);
    for (size_t j = 0; j < i; j++) {
        if (keys[j].rank == RANK_ADDRESS) /* another build would have it elsewhere */
            lure_bytes_add_u64(out->text, (uint64_t)keys[j].whole);
        push_key(out, &keys[j], unknown);
        lua_pushvalue(L, -1);
        lua_rawget(L, table);
        write_pair(out);
    }
    lua_settop(L, top);
}

static void write_table(lure_image_out *out, int table)
{
    lua_State *L = out->L;
    if (lua_getmetatable(L, table)) {
        lua_pushliteral(L, "__mode");
        if (lua_rawget(L, -2) != LUA_TNIL)
            lure_image_refuse(out, "a weak table");
        lua_pop(L, 1);
    } else {
        lua_pushnil(L);
    }
    lure_image_write(out);
    uint32_t n = 0;
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1))
        n += !is_own_key(L, table, -2);
    lure_bytes_add_u32(out->text, n);
    lure_bytes_add_u64(out->text, lua_rawlen(L, table));
    if (out->is_first) {
        write_sorted(out, table, n);
        return;
    }
    for (lua_pushnil(L); lua_next(L, table);) {
        if (is_own_key(L, table, -2)) {
            lua_pop(L, 1);
            continue;
        }
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        write_pair(out);
    }
}

/* ---- functions and userdata ---- */

static void write_function(lure_image_out *out, int function)
{
    lua_State *L = out->L;
    lua_Debug d;
    int n = 0;
    lua_pushvalue(L, function);
    lua_getinfo(L, ">S", &d);
    while (lua_getupvalue(L, function, n + 1)) {
        lua_pop(L, 1);
        n++;
    }
    lure_bytes_add_u32(out->text, (uint32_t)n);
    if (out->is_first) {
        lure_bytes_add_block(out->text, d.source, strlen(d.source));
        lure_bytes_add_u32(out->text, (uint32_t)d.linedefined);
    }
    for (int i = 1; i <= n; i++) {
        const char *name = lua_getupvalue(L, function, i);
        look_at(out, *d.what == 'C' ? NULL : "variable", name, &d);
        lure_image_write(out);
    }
    look_at(out, NULL, NULL, NULL);
}

static void write_userdata(lure_image_out *out, int index, bool is_new)
{
    lua_State *L = out->L;
    const lure_image_kind *kind = lure__image_kind_of(L, index);
    if (!kind) {
        lure_image_refuse(out, "a value of the host's that cannot be written down");
        return;
    }
    if (is_new && !out->is_first) {
        if (!kind->plan)
            lure_image_refuse(out, lua_pushfstring(L, "%s was made during an update", kind->name));
        lure_bytes_add_u64(out->text, kind->kind);
        kind->plan(out, index);
    } else { /* a new one makes its metatable itself */
        if (!lua_getmetatable(L, index))
            lua_pushnil(L);
        lure_image_write(out);
    }
    int n = 0;
    while (lua_getiuservalue(L, index, n + 1) != LUA_TNONE) {
        lua_pop(L, 1);
        n++;
    }
    lua_pop(L, 1);
    lure_bytes_add_u32(out->text, (uint32_t)n);
    for (int i = 1; i <= n; i++) {
        lua_getiuservalue(L, index, i);
        lure_image_write(out);
    }
    if (!out->is_first && kind->save)
        kind->save(out, index);
}

/* number, tag, is it new, length of what follows */
static void write_record(lure_image_out *out, int index)
{
    lua_State *L = out->L;
    lua_pushvalue(L, index);
    lua_rawget(L, out->reached);
    lua_Integer number = lua_tointeger(L, -1);
    lua_pop(L, 1);
    bool is_new = number > out->n_known;
    int type = lua_type(L, index);
    uint8_t tag = type == LUA_TTABLE      ? TAG_TABLE
                  : type == LUA_TFUNCTION ? TAG_FUNCTION
                  : type == LUA_TUSERDATA ? TAG_USERDATA
                                          : TAG_BARE;
    lure_bytes_add_u32(out->text, (uint32_t)number);
    lure_bytes_add_u8(out->text, tag);
    lure_bytes_add_u8(out->text, is_new);
    size_t length_at = out->text->length;
    lure_bytes_add_u64(out->text, 0);
    if (tag == TAG_TABLE)
        write_table(out, index);
    else if (tag == TAG_FUNCTION)
        write_function(out, index);
    else if (tag == TAG_USERDATA)
        write_userdata(out, index, is_new);
    if (out->text->failed)
        luaL_error(L, "no memory for the image");
    const uint64_t length = out->text->length - length_at - sizeof length;
    memcpy(out->text->data + length_at, &length, sizeof length);
}

/* ---- the calls under way ---- */

/* The last value of the call that loops is what the loop would close: false in the one that run:updates() itself began. Lua
   tells the line of a call, and there may be other loops in it. */
static void check_loop(lure_image_out *out, lua_Debug *call)
{
    lua_State *L = out->L;
    int n = 0;
    while (lua_getlocal(L, call, n + 1)) {
        lua_pop(L, 1);
        n++;
    }
    if (n == 0 || !lua_getlocal(L, call, n) || !lua_isboolean(L, -1))
        lure_image_refuse(out, "updates are not counted by a loop 'for p in run:updates() do'");
    lua_pop(L, 1);
}

/* What a call must have in common with itself at the first update: else its values do not fit where they would be put. */
static void write_call(lure_image_out *out, lua_Debug *call, lure_text *shape)
{
    lua_State *L = out->L;
    lua_getinfo(L, "Slft", call);
    bool is_c = *call->what == 'C';
    lure_bytes_add_u32(shape, (uint32_t)number_of(out, lua_gettop(L)));
    lua_pop(L, 1);
    lure_bytes_add_u32(shape, (uint32_t)call->currentline);
    lure_bytes_add_u8(shape, (uint8_t)call->istailcall);
    for (int sign = 1; sign >= -1; sign -= 2) { /* locals, then what came for `...` */
        int n = 1;
        const char *name;
        for (; (name = lua_getlocal(L, call, sign * n)) != NULL; n++) {
            look_at(out, "local", name, call);
            lure_bytes_add_block(shape, name, strlen(name));
            size_t before = out->text->length;
            lure_image_write(out);
            if (is_c) /* cannot be put back, so it must be as it was */
                lure_bytes_add_block(shape, out->text->data + before, out->text->length - before);
        }
        lure_bytes_add_u32(shape, (uint32_t)n);
        lure_bytes_add_u8(out->text, '.');
    }
    look_at(out, NULL, NULL, NULL);
}

static void write_calls(lure_image_out *out, lure_text *shape)
{
    lua_State *L = out->L;
    lua_Debug call;
    if (L != lure_sandbox_of(L)->L)
        lure_image_refuse(out, "the updates are asked for in a coroutine");
    if (!lua_getstack(L, FIRST_LEVEL - 1, &call) || !lua_getinfo(L, "n", &call) ||
        strcmp(call.namewhat, "for iterator") != 0)
        lure_image_refuse(out, "updates are not counted by a loop 'for p in run:updates() do'");
    if (lure_sandbox_of(L)->pass.running)
        lure_image_refuse(out, "differentiate is running");
    for (int level = FIRST_LEVEL; lua_getstack(L, level, &call); level++) {
        if (level == FIRST_LEVEL)
            check_loop(out, &call);
        write_call(out, &call, shape);
    }
}

/* What was listed from that number on, and what that leads to. */
static void write_records(lure_image_out *out, lua_Integer first)
{
    for (lua_Integer i = first; i <= out->n_listed; i++) {
        lua_rawgeti(out->L, out->list, i);
        look_at(out, NULL, NULL, NULL);
        write_record(out, lua_gettop(out->L));
        lua_pop(out->L, 1);
    }
}

void lure__image_walk_from(lure_image_out *out)
{
    const lua_Integer first = out->n_listed + 1;
    luaL_checkstack(out->L, 40, NULL);
    lua_pushvalue(out->L, -1);
    lure_image_write(out);
    write_records(out, first);
    if (out->text->failed)
        luaL_error(out->L, "no memory for the image");
}

void lure__image_walk(lure_image_out *out, lure_text *shape)
{
    lua_State *L = out->L;
    luaL_checkstack(L, 40, NULL);
    lua_pushvalue(L, LUA_REGISTRYINDEX);
    lure_image_write(out);
    lua_pushliteral(L, "");
    if (!lua_getmetatable(L, -1))
        lua_pushnil(L);
    lure_image_write(out);
    lua_pop(L, 1);
    write_calls(out, shape);
    lure_bytes_add_u64(out->text, shape->length);
    write_records(out, 1);
    if (out->text->failed || shape->failed)
        luaL_error(L, "no memory for the image");
}
