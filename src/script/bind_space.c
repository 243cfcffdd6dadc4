/* bind_space.c: what an action or an observation can be, for scripts: lure.action_space(actions) and
   lure.observation_space(observation) of what an environment declares. Values come and go as an environment's step and
   the policy's observation do: words, numbers, lists, tables by name. */
#include "script/space_value.h"

#include "script/image.h"
#include "script/tensor_box.h"

#include <lauxlib.h>
#include <math.h>

static const char METATABLE = 0;

static lure_space_box *check_space(lua_State *L)
{
    return lure_box_check(L, 1, LURE_BOX_SPACE, "space");
}

/* Room for n doubles, one at least. [-0, +1, m] */
static double *push_room(lua_State *L, size_t n)
{
    return lua_newuserdatauv(L, (n ? n : 1) * sizeof(double), 0);
}

void lure__dress_space(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &METATABLE);
    lua_setmetatable(L, -2);
}

/* space:kind() -> "discrete", "multi-discrete" or "box"; an observation's may be "mixed". [-0, +1, m] */
static int space_kind(lua_State *L)
{
    lua_pushstring(L, lure_space_kind_name(lure_space_kind_of(&check_space(L)->space)));
    return 1;
}

/* space:size() -> how many numbers its flat form has: n for a choice of n. [-0, +1, -] */
static int space_size(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)lure_space_n_flat(&check_space(L)->space));
    return 1;
}

static int space_length(lua_State *L) /* #space: its parts [-0, +1, -] */
{
    lua_pushinteger(L, (lua_Integer)check_space(L)->space.n_parts);
    return 1;
}

static void set_bound(lua_State *L, const char *key, double bound)
{
    lua_pushnumber(L, bound);
    lua_setfield(L, -2, key);
}

/* space:parts() -> a list: { name =, words = } or { name =, n = } of a choice, { name =, low =, high = } of a number (without
   a bound: -math.huge, math.huge). [-0, +1, m] */
static int space_parts(lua_State *L)
{
    const lure_space *space = &check_space(L)->space;
    lua_createtable(L, (int)space->n_parts, 0);
    for (size_t i = 0; i < space->n_parts; i++) {
        const lure_part *part = &space->parts[i];
        lua_createtable(L, 0, 3);
        lua_pushstring(L, part->name);
        lua_setfield(L, -2, "name");
        if (part->n == 0) {
            set_bound(L, "low", part->low);
            set_bound(L, "high", part->high);
        } else {
            lua_pushinteger(L, (lua_Integer)part->n);
            lua_setfield(L, -2, "n");
        }
        if (part->words) {
            lua_createtable(L, (int)part->n, 0);
            for (size_t k = 0; k < part->n; k++) {
                lua_pushstring(L, part->words[k]);
                lua_rawseti(L, -2, (lua_Integer)k + 1);
            }
            lua_setfield(L, -2, "words");
        }
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

/* space:sample(rng [, legal]) -> a value: choices evenly, among the legal words if those are given; numbers evenly between
   their bounds, by an exponential beyond one, by a standard normal without any. [-0, +1, e] */
static int space_sample(lua_State *L)
{
    lure_space_box *box = check_space(L);
    lure_rng *rng = lure_check_rng(L, 2);
    unsigned char *mask = NULL;
    if (!lua_isnoneornil(L, 3)) {
        mask = lua_newuserdatauv(L, lure_space_n_choices(&box->space) + 1, 0);
        if (!lure_read_legal(L, 1, 3, mask))
            return luaL_error(L, "space:sample: %s", lua_tostring(L, -1));
    }
    double *value = push_room(L, box->space.n_parts);
    lure_space_sample(&box->space, mask, rng, value);
    lure_push_space_value(L, 1, value);
    return 1;
}

/* space:contains(value) -> true; or false and why not. [-0, +(1|2), e] */
static int space_contains(lua_State *L)
{
    lure_space_box *box = check_space(L);
    luaL_checkany(L, 2);
    double *value = push_room(L, box->space.n_parts);
    bool fits = lure_read_space_value(L, 1, 2, value);
    if (fits && lure_space_find_outside(&box->space, value) < box->space.n_parts) {
        lure_push_outside(L, 1, value);
        fits = false;
    }
    lua_pushboolean(L, fits);
    if (fits)
        return 1;
    lua_insert(L, -2);
    return 2;
}

/* space:flatten(value [, type]) -> tensor (size), what a network sees: a choice one-hot, a number as it is. [-0, +1, e] */
static int space_flatten(lua_State *L)
{
    lure_space_box *box = check_space(L);
    luaL_checkany(L, 2);
    const lure_dtype dtype = lure__check_dtype(L, 3, LURE_F64, "space:flatten");
    const size_t n = lure_space_n_flat(&box->space);
    double *value = push_room(L, box->space.n_parts);
    if (!lure_read_space_value(L, 1, 2, value))
        return luaL_error(L, "space:flatten: %s", lua_tostring(L, -1));
    if (lure_space_find_outside(&box->space, value) < box->space.n_parts)
        return luaL_error(L, "space:flatten: %s", lure_push_outside(L, 1, value));
    double *flat = push_room(L, n);
    lure_space_flatten(&box->space, value, flat);
    lure_tensor *out = lure_push_tensor(L, dtype, 1, &n);
    for (size_t i = 0; i < n; i++) {
        if (dtype == LURE_F64)
            ((double *)out->data)[i] = flat[i];
        else if (dtype == LURE_F32)
            ((float *)out->data)[i] = (float)flat[i];
        else
            return luaL_error(L, "space:flatten: a flat form is of floats, not int32");
    }
    return 1;
}

/* space:unflatten(flat) -> the value whose flat form (list or float tensor) it is; of a choice the first of the largest, so
   scores do as well. [-0, +1, e] */
static int space_unflatten(lua_State *L)
{
    lure_space_box *box = check_space(L);
    const size_t n = lure_space_n_flat(&box->space);
    const lure_tensor *t =
        lua_istable(L, 2) ? lure__push_list(L, 2, LURE_F64, "space:unflatten") : lure_check_tensor(L, 2);
    if (t->n_dims != 1 || t->shape[0] != n || t->dtype == LURE_I32) {
        char shape[LURE_SHAPE_TEXT];
        lure_tensor_shape_text(t, shape);
        return luaL_error(L, "space:unflatten: expected %I floats, got %s of shape %s", (lua_Integer)n,
                          lure_dtype_name(t->dtype), shape);
    }
    double *flat = push_room(L, n), *value = push_room(L, box->space.n_parts);
    for (size_t i = 0; i < n; i++)
        flat[i] = t->dtype == LURE_F64 ? ((const double *)t->data)[i] : (double)((const float *)t->data)[i];
    lure_space_unflatten(&box->space, flat, value);
    lure_push_space_value(L, 1, value);
    return 1;
}

static int space_tostring(lua_State *L) /* "action space: discrete, 1 part, 2 numbers flat" [-0, +1, m] */
{
    const lure_space_box *box = check_space(L);
    const lua_Integer n = (lua_Integer)box->space.n_parts,
                      n_flat = (lua_Integer)lure_space_n_flat(&box->space);
    lua_pushfstring(L, "%s space: %s, %I part%s, %I number%s flat", box->is_action ? "action" : "observation",
                    lure_space_kind_name(lure_space_kind_of(&box->space)), n, n == 1 ? "" : "s", n_flat,
                    n_flat == 1 ? "" : "s");
    return 1;
}

/* lure.action_space(actions) -> space of what an environment has as `actions`. [-0, +1, e] */
static int make_action_space(lua_State *L)
{
    luaL_checkany(L, 1);
    lure_push_space_of_actions(L, 1, "lure.action_space: ");
    return 1;
}

/* lure.observation_space(observation) -> space of what an environment has as `observation`; may be a count. [-0, +1, e] */
static int make_observation_space(lua_State *L)
{
    luaL_checkany(L, 1);
    lure_push_space_of_observation(L, 1, true, "lure.observation_space: ");
    return 1;
}

void lure_bind_space(lua_State *L)
{
    static const luaL_Reg methods[] = {{"kind", space_kind},           {"size", space_size},
                                       {"parts", space_parts},         {"sample", space_sample},
                                       {"contains", space_contains},   {"flatten", space_flatten},
                                       {"unflatten", space_unflatten}, {NULL, NULL}};
    static const luaL_Reg functions[] = {
        {"action_space", make_action_space}, {"observation_space", make_observation_space}, {NULL, NULL}};
    static const lure_image_kind image = {.kind = LURE_BOX_SPACE, .name = "a space"}; /* it never changes */
    lure_image_register(&image);
    lure_box_metatable(L, &METATABLE, "space", methods, 0);
    lua_pushcfunction(L, space_tostring);
    lua_setfield(L, -2, "__tostring");
    lua_pushcfunction(L, space_length);
    lua_setfield(L, -2, "__len");
    lua_pop(L, 1);
    luaL_setfuncs(L, functions, 0);
}
