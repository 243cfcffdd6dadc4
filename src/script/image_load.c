/* image_load.c: an image put back into a state that stands where the written one stood at its first update. First come
   places for all that was born since, then contents: so cycles need no care. See image.h. */
#include "script/image_inside.h"

#include "base/hash.h"
#include "script/sandbox.h"

#include <lauxlib.h>
#include <string.h>

typedef struct lure_image_record {
    uint8_t tag; /* 0: there is none of that number */
    bool is_new;
    size_t at, length; /* of what follows the record's head */
    size_t contents;   /* of a userdata born since: where they begin, behind what it was made of */
} lure_image_record;

void lure_image_expect(lure_image_in *in, bool is_so, const char *what)
{
    if (!is_so || in->bytes.failed)
        luaL_error(in->L, "the image does not fit: %s", what);
}

/* ---- values ---- */

static void push_object(lure_image_in *in, lua_Integer number);

void lure_image_push(lure_image_in *in)
{
    lua_State *L = in->L;
    luaL_checkstack(L, 10, NULL);
    switch (lure_bytes_u8(&in->bytes)) {
    case TAG_NIL: lua_pushnil(L); return;
    case TAG_FALSE: lua_pushboolean(L, 0); return;
    case TAG_TRUE: lua_pushboolean(L, 1); return;
    case TAG_INTEGER: lua_pushinteger(L, (lua_Integer)lure_bytes_u64(&in->bytes)); return;
    case TAG_FLOAT: lua_pushnumber(L, lure_bytes_double(&in->bytes)); return;
    case TAG_STRING: {
        size_t n;
        const char *string = lure_bytes_block(&in->bytes, &n);
        lure_image_expect(in, string != NULL, "a string");
        lua_pushlstring(L, string, n);
        return;
    }
    case TAG_MAIN: lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD); return;
    case TAG_OBJECT: push_object(in, lure_bytes_u32(&in->bytes)); return;
    default: lure_image_expect(in, false, "a value of a kind that is not known");
    }
}

/* An empty one of its kind, numbered; what it needs (a view's owner) first. */
static void make_object(lure_image_in *in, lua_Integer number)
{
    lua_State *L = in->L;
    lure_image_record *record = &in->records[number];
    const size_t at = in->bytes.at;
    in->bytes.at = record->at;
    if (record->tag == TAG_TABLE) {
        lua_newtable(L);
    } else {
        lure_image_expect(in, record->tag == TAG_USERDATA, "an object that cannot be made");
        const lure_box wanted = {.kind = lure_bytes_u64(&in->bytes)};
        memcpy(lua_newuserdatauv(L, sizeof wanted, 0), &wanted, sizeof wanted);
        const lure_image_kind *kind = lure__image_kind_of(L, -1);
        lua_pop(L, 1);
        if (!kind || !kind->make) {
            lure_image_expect(in, false, "a userdata that cannot be made");
            return;
        }
        kind->make(in);
        record->contents = in->bytes.at;
    }
    in->bytes.at = at;
    lua_pushvalue(L, -1);
    lua_rawseti(L, in->list, number);
}

static void push_object(lure_image_in *in, lua_Integer number)
{
    lure_image_expect(in, number > 0 && number <= in->n_numbers, "the number of an object");
    if (lua_rawgeti(in->L, in->list, number) != LUA_TNIL)
        return;
    lua_pop(in->L, 1);
    lure_image_expect(in, in->records[number].is_new, "an object that is not there");
    make_object(in, number);
}

/* ---- contents ---- */

static void fill_table(lure_image_in *in, int table)
{
    lua_State *L = in->L;
    bool is_registry =
        lua_rawequal(L, table, LUA_REGISTRYINDEX); /* it has what is ours, too, and loses nothing */
    lure_image_push(in);
    lure_image_expect(in, lua_istable(L, -1) || lua_isnil(L, -1), "a metatable");
    lua_setmetatable(L, table);
    for (lua_pushnil(L); !is_registry && lua_next(L, table);) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_pushnil(L);
        lua_rawset(L, table);
    }
    uint32_t n = lure_bytes_u32(&in->bytes);
    const uint64_t length = lure_bytes_u64(&in->bytes);
    for (; n > 0; n--) {
        lure_image_push(in);
        lure_image_push(in);
        lua_rawset(L, table);
    }
    /* of a list with holes # may be any of several numbers */
    lure_image_expect(in, is_registry || lua_rawlen(L, table) == length, "the length of a list with holes");
}

static void fill_function(lure_image_in *in, int function)
{
    uint32_t n = lure_bytes_u32(&in->bytes);
    for (uint32_t i = 1; i <= n; i++) {
        lure_image_push(in);
        lure_image_expect(in, lua_setupvalue(in->L, function, (int)i) != NULL, "a function's variables");
    }
}

static void fill_userdata(lure_image_in *in, int index, const lure_image_record *record)
{
    lua_State *L = in->L;
    const lure_image_kind *kind = lure__image_kind_of(L, index);
    if (!kind) {
        lure_image_expect(in, false, "a userdata");
        return;
    }
    if (record->is_new) {
        in->bytes.at = record->contents;
    } else { /* its metatable: it has it */
        lure_image_push(in);
        lua_pop(L, 1);
    }
    uint32_t n = lure_bytes_u32(&in->bytes);
    for (uint32_t i = 1; i <= n; i++) {
        lure_image_push(in);
        lure_image_expect(in, lua_setiuservalue(L, index, (int)i) != 0, "a userdata's own values");
    }
    if (kind->load)
        kind->load(in, index);
}

static void fill_all(lure_image_in *in)
{
    lua_State *L = in->L;
    for (lua_Integer number = 1; number <= in->n_numbers; number++) {
        const lure_image_record *record = &in->records[number];
        if (record->tag == 0 || record->tag == TAG_BARE)
            continue;
        push_object(in, number);
        int index = lua_gettop(L);
        in->bytes.at = record->at;
        if (record->tag == TAG_TABLE) {
            lure_image_expect(in, lua_istable(L, index), "a table");
            fill_table(in, index);
        } else if (record->tag == TAG_FUNCTION) {
            lure_image_expect(in, lua_isfunction(L, index), "a function");
            fill_function(in, index);
        } else {
            lure_image_expect(in, lua_type(L, index) == LUA_TUSERDATA, "a userdata");
            fill_userdata(in, index, record);
        }
        lure_image_expect(in, in->bytes.at == record->at + record->length, "the length of an object");
        lua_settop(L, index - 1);
    }
}

/* ---- the calls under way ---- */

/* The values of one call's locals, up to the point that ends them; of a function of the host's they are as they were. */
static void fill_call(lure_image_in *in, lua_Debug *call)
{
    lua_State *L = in->L;
    lua_getinfo(L, "S", call);
    bool is_c = *call->what == 'C';
    for (int sign = 1; sign >= -1; sign -= 2) {
        for (int n = 1; lua_getlocal(L, call, sign * n); n++) {
            lua_pop(L, 1);
            lure_image_push(in);
            if (is_c)
                lua_pop(L, 1);
            else
                lua_setlocal(L, call, sign * n);
        }
        lure_image_expect(in, lure_bytes_u8(&in->bytes) == '.', "a call's locals");
    }
}

static void skip_value(lure_image_in *in)
{
    switch (lure_bytes_u8(&in->bytes)) {
    case TAG_INTEGER:
    case TAG_FLOAT: (void)lure_bytes_u64(&in->bytes); return;
    case TAG_OBJECT: (void)lure_bytes_u32(&in->bytes); return;
    case TAG_STRING: {
        size_t n;
        (void)lure_bytes_block(&in->bytes, &n);
        return;
    }
    default: return;
    }
}

static void skip_calls(lure_image_in *in)
{
    lua_Debug call;
    for (int level = FIRST_LEVEL; lua_getstack(in->L, level, &call); level++)
        for (int sign = 1; sign >= -1; sign -= 2) {
            for (int n = 1; lua_getlocal(in->L, &call, sign * n); n++) {
                lua_pop(in->L, 1);
                skip_value(in);
            }
            lure_image_expect(in, lure_bytes_u8(&in->bytes) == '.', "a call's locals");
        }
}

static void fill_calls(lure_image_in *in)
{
    lua_Debug call;
    for (int level = FIRST_LEVEL; lua_getstack(in->L, level, &call); level++)
        fill_call(in, &call);
}

/* ---- all of it ---- */

static void read_records(lure_image_in *in, uint64_t n)
{
    for (; n > 0; n--) {
        const uint32_t number = lure_bytes_u32(&in->bytes);
        lure_image_record record = {.tag = lure_bytes_u8(&in->bytes)};
        record.is_new = lure_bytes_u8(&in->bytes) != 0;
        record.length = (size_t)lure_bytes_u64(&in->bytes);
        record.at = in->bytes.at;
        (void)lure_bytes_take(&in->bytes, record.length);
        lure_image_expect(in, number > 0 && number <= in->n_numbers && record.tag != 0, "a record");
        lure_image_expect(in, record.is_new == (number > in->n_known), "a record's number");
        in->records[number] = record;
    }
}

static int load(lua_State *L)
{
    lure_bytes *bytes = lua_touserdata(L, 1);
    lure_image_in in = {.L = L, .bytes = *bytes};
    char fingerprint[LURE_HASH_SIZE];
    luaL_checkstack(L, 40, NULL);
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &lure__image_key) != LUA_TTABLE)
        return luaL_error(L, "the beginning is not known");
    int kept = lua_gettop(L);
    lua_rawgeti(L, kept, IMAGE_FINGERPRINT);
    lure_bytes_copy(&in.bytes, fingerprint, sizeof fingerprint);
    lure_image_expect(&in, memcmp(fingerprint, lua_tostring(L, -1), sizeof fingerprint) == 0,
                      "before its first update the run was another one");
    lua_rawgeti(L, kept, IMAGE_COUNT);
    in.n_known = lua_tointeger(L, -1);
    lure_image_expect(&in, lure_bytes_u64(&in.bytes) == (uint64_t)in.n_known, "the number of objects");
    const uint64_t n_numbers = lure_bytes_u64(&in.bytes), n_records = lure_bytes_u64(&in.bytes);
    lure_image_expect(&in, n_numbers >= (uint64_t)in.n_known && n_numbers < in.bytes.length + n_records,
                      "the number of objects");
    in.n_numbers = (lua_Integer)n_numbers;
    lua_rawgeti(L, kept, IMAGE_LIST);
    in.list = lua_gettop(L);
    in.records = lua_newuserdatauv(L, (n_numbers + 1) * sizeof *in.records, 0);
    memset(in.records, 0, (n_numbers + 1) * sizeof *in.records);

    skip_value(&in); /* the registry, the metatable of strings */
    skip_value(&in);
    const size_t calls_at = in.bytes.at;
    skip_calls(&in);
    (void)lure_bytes_u64(&in.bytes);
    read_records(&in, n_records);
    const size_t end = in.bytes.at;
    fill_all(&in);
    in.bytes.at = calls_at;
    fill_calls(&in);
    bytes->at = end;
    lua_pushnil(L);
    lua_rawseti(L, kept, IMAGE_LIST);
    return 0;
}

lure_status lure_image_load(lua_State *L, lure_bytes *in, lure_error *err)
{
    lua_pushcfunction(L, load);
    lua_pushlightuserdata(L, in);
    if (lua_pcall(L, 1, 0, 0) == LUA_OK)
        return LURE_OK;
    lure_fail(err, LURE_ERROR_STORE, "%s", lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "?");
    lua_pop(L, 1);
    return LURE_ERROR_STORE;
}
