/* minibatches.c: see minibatches.h. The loop's state is a userdata with the order and what it is cut into; each turn makes
   new tensors and reads its rows from the tensors that were given, so nothing that an algorithm keeps is ever overwritten. */
#include "run/minibatches.h"

#include "math/random.h"
#include "script/bind.h"
#include "script/call.h"
#include "script/differentiate.h"

#include <lauxlib.h>
#include <string.h>

enum { MOST_ROWS = INT32_MAX };
enum { UP_ORDER = 1, UP_ROWS, UP_PER_COPY }; /* of the iterator */

typedef struct order {
    size_t sides[2]; /* the leading sides of all tensors; (row, 0): there is only one */
    size_t axis;     /* 0: of all rows; 1: of copies */
    size_t n_items, n_parts, part;
    int32_t items[]; /* 0-based */
} order;

/* ---- what is asked for ---- */

static lua_Integer read_count(lua_State *L, int arg)
{
    int is_whole;
    lua_Integer n = lua_tointegerx(L, arg, &is_whole);
    if (!is_whole || n < 1)
        luaL_error(L, "run:minibatches: how many? expected a whole number >= 1, got %s",
                   lure_push_text(L, arg));
    return n;
}

/* Pushes a table of what the table at `from` names: contiguous tensors, and false for what is not there. */
static void push_tensors(lua_State *L, int from)
{
    lua_newtable(L);
    int to = lua_gettop(L);
    for (lua_pushnil(L); lua_next(L, from); lua_pop(L, 1)) {
        int value = lua_gettop(L);
        if (lua_type(L, value - 1) != LUA_TSTRING)
            luaL_error(L, "run:minibatches: a value without a name; write { name = tensor }");
        if (lure_box_test(L, value, LURE_BOX_TENSOR)) {
            const lure_tensor *t = lure_check_tensor(L, value);
            if (t->n_dims == 0)
                luaL_error(L, "run:minibatches: '%s' is one number; expected one row or more",
                           lua_tostring(L, value - 1));
        } else if (!lua_isboolean(L, value) || lua_toboolean(L, value)) {
            luaL_error(L, "run:minibatches: '%s' is %s; expected a tensor, or false where there is none",
                       lua_tostring(L, value - 1), lure_type_name(L, value));
        }
        lua_pushvalue(L, value - 1);
        lua_pushvalue(L, value);
        lua_rawset(L, to);
    }
}

static const lure_tensor *tensor_at(lua_State *L, int index)
{
    return lure_box_test(L, index, LURE_BOX_TENSOR) ? lure_check_tensor(L, index) : NULL;
}

/* (step, copy) where every tensor begins as the last batch of several copies does, else (row). */
static void find_sides(lua_State *L, const lure_collector *k, int tensors, size_t sides[2])
{
    const lure_batch_view *batch = &k->batch;
    size_t n_steps = batch->is_stepped ? batch->n_pointed / batch->n_copies : 0;
    bool any = false, is_stepped = batch->is_stepped;
    sides[1] = 0;
    for (lua_pushnil(L); lua_next(L, tensors); lua_pop(L, 1)) {
        const lure_tensor *t = tensor_at(L, lua_gettop(L));
        if (!t)
            continue;
        if (any && t->shape[0] != sides[0]) {
            lua_pushvalue(L, -2);
            luaL_error(L, "run:minibatches: '%s' has %I rows, and others have %I", lua_tostring(L, -1),
                       (lua_Integer)t->shape[0], (lua_Integer)sides[0]);
        }
        any = true;
        sides[0] = t->shape[0];
        is_stepped &= t->n_dims >= 2 && t->shape[0] == n_steps && t->shape[1] == batch->n_copies;
    }
    if (!any)
        luaL_error(L, "run:minibatches: there is no tensor in the table");
    if (is_stepped)
        sides[1] = batch->n_copies;
}

/* Options at 4: leaves the table of what belongs to copies, or nil. */
static bool read_options(lua_State *L)
{
    bool is_sequences = false;
    lua_settop(L, 4);
    lua_pushnil(L);
    int per_copy = lua_gettop(L);
    if (lua_isnil(L, 4))
        return false;
    if (!lua_istable(L, 4))
        luaL_error(L, "run:minibatches: expected a table of options, got %s", lure_type_name(L, 4));
    for (lua_pushnil(L); lua_next(L, 4); lua_pop(L, 1)) {
        const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";
        if (strcmp(key, "sequences") == 0) {
            if (!lua_isboolean(L, -1))
                luaL_error(L, "run:minibatches: sequences is %s; expected true or false",
                           lure_type_name(L, -1));
            is_sequences = lua_toboolean(L, -1);
        } else if (strcmp(key, "per_copy") == 0) {
            if (!lua_istable(L, -1))
                luaL_error(L, "run:minibatches: per_copy is %s; expected { name = tensor }",
                           lure_type_name(L, -1));
            push_tensors(L, lua_gettop(L));
            lua_replace(L, per_copy);
        } else {
            luaL_error(L, "run:minibatches: unknown option '%s'; expected sequences or per_copy", key);
        }
    }
    if (!is_sequences && !lua_isnil(L, per_copy))
        luaL_error(L, "run:minibatches: per_copy goes with sequences = true: rows are of no one copy");
    return is_sequences;
}

static void check_per_copy(lua_State *L, int per_copy, int rows, size_t n_copies)
{
    if (lua_isnil(L, per_copy))
        return;
    for (lua_pushnil(L); lua_next(L, per_copy); lua_pop(L, 1)) {
        const lure_tensor *t = tensor_at(L, lua_gettop(L));
        const char *name = lua_tostring(L, -2);
        if (t && t->shape[0] != n_copies)
            luaL_error(L, "run:minibatches: per_copy.%s has %I rows, and there are %I copies", name,
                       (lua_Integer)t->shape[0], (lua_Integer)n_copies);
        lua_pushvalue(L, -2);
        if (lua_rawget(L, rows) != LUA_TNIL)
            luaL_error(L, "run:minibatches: '%s' is in per_copy and among the rows, too", name);
        lua_pop(L, 1);
    }
}

/* ---- the loop ---- */

/* Sets in the table at `out` what the tensors at upvalue `up` have at these items. */
static void add_part(lua_State *L, const order *o, int up, int out, int n_merged, int axis,
                     const int32_t *items, size_t n)
{
    for (lua_pushnil(L); lua_next(L, lua_upvalueindex(up)); lua_pop(L, 1)) {
        int value = lua_gettop(L);
        const lure_tensor *t = tensor_at(L, value);
        size_t n_rows = up == UP_PER_COPY ? o->sides[1] : o->sides[0];
        if (t && (t->shape[0] != n_rows || (up == UP_ROWS && o->sides[1] && t->shape[1] != o->sides[1])))
            luaL_error(L,
                       "run:minibatches: '%s' is of a batch that is gone: a batch is valid until the next "
                       "run:collect",
                       lua_tostring(L, value - 1));
        lua_pushvalue(L, value - 1);
        if (t)
            lure_push_taken(L, value, n_merged, axis, items, n);
        else
            lua_pushboolean(L, 0);
        lua_rawset(L, out);
    }
}

static int next_part(lua_State *L) /* [-0, +1, e] */
{
    order *o = lua_touserdata(L, lua_upvalueindex(UP_ORDER));
    if (o->part == o->n_parts)
        return 0;
    size_t size = o->n_items / o->n_parts, n_larger = o->n_items % o->n_parts, part = o->part;
    size_t first = part * size + (part < n_larger ? part : n_larger), n = size + (part < n_larger);
    lua_settop(L, 0);
    lua_createtable(L, 0, 8);
    add_part(L, o, UP_ROWS, 1, o->axis == 0 && o->sides[1] ? 2 : 1, (int)o->axis, o->items + first, n);
    if (!lua_isnil(L, lua_upvalueindex(UP_PER_COPY)))
        add_part(L, o, UP_PER_COPY, 1, 1, 0, o->items + first, n);
    o->part++;
    return 1;
}

/* run:minibatches(rows, n [, o]) -> iterator   [-0, +1, e]; upvalue 1: the count of orders
   rows: names of tensors (row, ...), or (step, copy, ...) as a batch of several copies has them; false stays false. Each turn
   gives a table of the same names, (row, ...); every row is in one of the n turns, and those differ by at most one row.
   With sequences = true copies are shuffled in place of rows, and tensors stay (step, copy, ...). */
static int run_minibatches(lua_State *L)
{
    lure_minibatches *m = lua_touserdata(L, lua_upvalueindex(1));
    lure_refuse_in_pass(L, "run:minibatches"); /* what it gives has no derivative */
    if (!lua_istable(L, 2))
        return luaL_error(L,
                          "run:minibatches: expected { name = tensor, ... }, got %s (is it called with ':'?)",
                          lure_type_name(L, 2));
    size_t n_parts = (size_t)read_count(L, 3), sides[2] = {0, 0};
    bool is_sequences = read_options(L);
    int per_copy = lua_gettop(L);
    push_tensors(L, 2);
    int rows = lua_gettop(L);
    find_sides(L, m->borrow_collector, rows, sides);
    if (is_sequences && !sides[1])
        return luaL_error(L,
                          "run:minibatches: sequences are of tensors (step, copy, ...), as a batch of steps "
                          "of several copies has them");
    check_per_copy(L, per_copy, rows, sides[1]);
    size_t n = is_sequences ? sides[1] : sides[1] ? sides[0] * sides[1] : sides[0];
    if (n_parts > n)
        return luaL_error(L, "run:minibatches: %I minibatches of %I %s; expected at least one in each",
                          (lua_Integer)n_parts, (lua_Integer)n, is_sequences ? "copies" : "rows");
    if (n > MOST_ROWS)
        return luaL_error(L, "run:minibatches: more than %d rows", MOST_ROWS);

    order *o = lua_newuserdatauv(L, sizeof *o + n * sizeof *o->items, 0);
    *o = (order){.sides = {sides[0], sides[1]}, .axis = is_sequences, .n_items = n, .n_parts = n_parts};
    for (size_t i = 0; i < n; i++)
        o->items[i] = (int32_t)i;
    lure_rng rng;
    lure_rng_init(&rng, m->seed, LURE_PURPOSE_SHUFFLE, 0);
    lure_rng_seek(&rng, (uint32_t)(m->n_orders >> 32), (uint32_t)m->n_orders);
    m->n_orders++;
    lure_random_shuffle(&rng, o->items, n);
    lua_insert(L, per_copy);
    lua_insert(L, per_copy + 1);
    lua_pushcclosure(L, next_part, 3);
    return 1;
}

void lure_minibatches_push(lua_State *L, lure_minibatches *m)
{
    lua_pushlightuserdata(L, m);
    lua_pushcclosure(L, run_minibatches, 1);
}
