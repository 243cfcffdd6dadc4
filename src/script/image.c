/* image.c: the beginning of an image, its kinds of userdata, and writing it. See image.h; the walk is in image_walk.c. */
#include "script/image_inside.h"

#include "base/hash.h"
#include "script/call.h"
#include "script/sandbox.h"

#include <lauxlib.h>
#include <string.h>

const char lure__image_key = 0;

/* ---- kinds ---- */

enum { MOST_KINDS = 32 };
static const lure_image_kind *kinds[MOST_KINDS];

void lure_image_register(const lure_image_kind *kind)
{
    for (size_t i = 0; i < MOST_KINDS; i++)
        if (!kinds[i] || kinds[i] == kind) {
            kinds[i] = kind;
            return;
        }
}

const lure_image_kind *lure__image_kind_of(lua_State *L, int index)
{
    const lure_box *box = lua_touserdata(L, index);
    if (lua_rawlen(L, index) < sizeof *box)
        return NULL;
    for (size_t i = 0; i < MOST_KINDS && kinds[i]; i++)
        if (kinds[i]->kind == box->kind)
            return kinds[i];
    return NULL;
}

/* ---- what is left out ---- */

enum { MOST_LEFT_OUT = 8 };
static const void *left_out[MOST_LEFT_OUT] = {&lure__image_key};

void lure_image_leave_out(const void *key)
{
    for (size_t i = 0; i < MOST_LEFT_OUT; i++)
        if (!left_out[i] || left_out[i] == key) {
            left_out[i] = key;
            return;
        }
}

bool lure__image_is_left_out(const void *key)
{
    for (size_t i = 0; i < MOST_LEFT_OUT && left_out[i]; i++)
        if (left_out[i] == key)
            return true;
    return false;
}

/* ---- protection ---- */

typedef struct request {
    lure_text *text;
    lure_text shape;
    lure_image_out out;
    bool will_load;
    const char *label; /* of what is added */
} request;

/* Calls `function` with the data and the n values on top, which are popped. What it raises is no error of the script's:
   the sandbox forgets it. */
static lure_status protect(lua_State *L, lua_CFunction function, void *data, int n, lure_error *err)
{
    lure_sandbox *sandbox = lure_sandbox_of(L);
    const lure_status raised = sandbox->raised;
    lua_pushcfunction(L, function);
    lua_insert(L, -1 - n);
    lua_pushlightuserdata(L, data);
    lua_insert(L, -1 - n);
    int code = lua_pcall(L, 1 + n, 0, 0);
    if (code == LUA_OK)
        return LURE_OK;
    lure_fail(err, code == LUA_ERRMEM ? LURE_ERROR_MEMORY : LURE_ERROR_SCRIPT, "%s",
              lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "?");
    sandbox->raised = raised;
    lua_pop(L, 1);
    return err->status;
}

/* ---- the beginning ---- */

static void push_weak(lua_State *L)
{
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "k");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
}

static int begin(lua_State *L)
{
    request *r = lua_touserdata(L, 1);
    char fingerprint[LURE_HASH_SIZE];
    lua_createtable(L, IMAGE_LIST, 0);
    int kept = lua_gettop(L);
    push_weak(L); /* an object that is gone must not lend its number to another at its place */
    lua_newtable(L);
    r->out = (lure_image_out){
        .L = L, .text = r->text, .is_first = true, .ids = kept + 1, .reached = kept + 1, .list = kept + 2};
    lure__image_walk(&r->out, &r->shape);
    lure_bytes_add(r->text, r->shape.data, r->shape.length);
    lure_hash_bytes(r->text->data, r->text->length, fingerprint);

    lua_pushvalue(L, kept + 1);
    lua_rawseti(L, kept, IMAGE_IDS);
    lua_pushlstring(L, r->shape.data, r->shape.length);
    lua_rawseti(L, kept, IMAGE_SHAPE);
    lua_pushstring(L, fingerprint);
    lua_rawseti(L, kept, IMAGE_FINGERPRINT);
    lua_pushinteger(L, r->out.n_numbers);
    lua_rawseti(L, kept, IMAGE_COUNT);
    if (r->will_load) {
        lua_pushvalue(L, kept + 2);
        lua_rawseti(L, kept, IMAGE_LIST);
    }
    lua_pushvalue(L, kept);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &lure__image_key);
    return 0;
}

lure_status lure_image_begin(lua_State *L, bool will_load, lure_error *err)
{
    lure_text text;
    request r = {.text = &text, .will_load = will_load};
    lure_text_init(&text);
    lure_text_init(&r.shape);
    lure_status status = protect(L, begin, &r, 0, err);
    lure_text_free(&text);
    lure_text_free(&r.shape);
    return status;
}

/* ---- what is added to it ---- */

/* Objects by their numbers, from the table that has it the other way round. [-0, +1, m] */
static void push_list(lua_State *L, int ids)
{
    lua_newtable(L);
    for (lua_pushnil(L); lua_next(L, ids);) {
        lua_pushvalue(L, -2);
        lua_rawseti(L, -4, lua_tointeger(L, -2));
        lua_pop(L, 1);
    }
}

/* Arguments: the request, the value. */
static int extend(lua_State *L)
{
    request *r = lua_touserdata(L, 1);
    char fingerprint[LURE_HASH_SIZE];
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &lure__image_key) != LUA_TTABLE)
        return luaL_error(L, "the beginning is not known");
    int kept = lua_gettop(L);
    lua_rawgeti(L, kept, IMAGE_IDS);
    push_list(L, kept + 1);
    lua_rawgeti(L, kept, IMAGE_COUNT);
    const lua_Integer n = lua_tointeger(L, -1);
    lua_rawgeti(L, kept, IMAGE_FINGERPRINT);
    lure_bytes_add(r->text, lua_tostring(L, -1), LURE_HASH_SIZE);
    lure_bytes_add_block(r->text, r->label, strlen(r->label));
    r->out = (lure_image_out){.L = L,
                              .text = r->text,
                              .is_first = true,
                              .ids = kept + 1,
                              .reached = kept + 1,
                              .list = kept + 2,
                              .n_numbers = n,
                              .n_listed = n};
    lua_pushvalue(L, 2);
    lure__image_walk_from(&r->out);
    lure_hash_bytes(r->text->data, r->text->length, fingerprint);

    lua_pushstring(L, fingerprint);
    lua_rawseti(L, kept, IMAGE_FINGERPRINT);
    lua_pushinteger(L, r->out.n_numbers);
    lua_rawseti(L, kept, IMAGE_COUNT);
    if (lua_rawgeti(L, kept, IMAGE_LIST) != LUA_TNIL) { /* it will load */
        lua_pushvalue(L, kept + 2);
        lua_rawseti(L, kept, IMAGE_LIST);
    }
    return 0;
}

lure_status lure_image_extend(lua_State *L, const char *label, lure_error *err)
{
    lure_text text;
    request r = {.text = &text, .label = label};
    lure_text_init(&text);
    lua_pushvalue(L, -1);
    lure_status status = protect(L, extend, &r, 1, err);
    lure_text_free(&text);
    if (status == LURE_OK)
        return LURE_OK;
    lua_pushnil(L); /* numbers were given, and to what is not known */
    lua_rawsetp(L, LUA_REGISTRYINDEX, &lure__image_key);
    return status;
}

/* ---- writing ---- */

static int save(lua_State *L)
{
    request *r = lua_touserdata(L, 1);
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &lure__image_key) != LUA_TTABLE)
        return luaL_error(L, "the beginning is not known");
    int kept = lua_gettop(L);
    lua_rawgeti(L, kept, IMAGE_COUNT);
    const lua_Integer n_known = lua_tointeger(L, -1);
    lua_rawgeti(L, kept, IMAGE_FINGERPRINT);
    lure_bytes_add(r->text, lua_tostring(L, -1), LURE_HASH_SIZE);
    lure_bytes_add_u64(r->text, (uint64_t)n_known);
    lua_rawgeti(L, kept, IMAGE_IDS);
    lua_newtable(L);
    lua_newtable(L);
    int ids = lua_gettop(L) - 2;
    r->out = (lure_image_out){.L = L,
                              .text = r->text,
                              .ids = ids,
                              .reached = ids + 1,
                              .list = ids + 2,
                              .n_known = n_known,
                              .n_numbers = n_known};
    const size_t counts_at = r->text->length;
    lure_bytes_add_u64(r->text, 0);
    lure_bytes_add_u64(r->text, 0);
    lure__image_walk(&r->out, &r->shape);
    const uint64_t counts[2] = {(uint64_t)r->out.n_numbers, (uint64_t)r->out.n_listed};
    memcpy(r->text->data + counts_at, counts, sizeof counts);
    lua_rawgeti(L, kept, IMAGE_SHAPE);
    size_t n;
    const char *shape = lua_tolstring(L, -1, &n);
    if (n != r->shape.length || memcmp(shape, r->shape.data, n) != 0)
        return luaL_error(L, "the next update is asked for in another place than the first");
    return 0;
}

lure_status lure_image_save(lua_State *L, lure_text *out, lure_error *err)
{
    request r = {.text = out};
    lure_text_init(&r.shape);
    lure_status status = protect(L, save, &r, 0, err);
    lure_text_free(&r.shape);
    return status;
}
