/* bind_tensor_write.c: what changes a tensor in place: t[i] = number or tensor, t:fill(x), t:copy_from(other),
   t:add_scaled(other, scale). Refused for the numbers of a batch, while differentiate relies on the numbers, and for values
   that it tracks: what is written into a tensor has no history there. */
#include "script/policy_box.h"
#include "script/tensor_box.h"

#include <lauxlib.h>
#include <math.h>

static lure_tensor_box *check_target(lua_State *L, const char *what)
{
    lure_tensor_box *box = lure__check_box(L, 1);
    if (box->keeper->kind == LURE_BOX_TENSOR && ((const lure_tensor_box *)box->keeper)->is_view)
        luaL_error(L,
                   "%s: a batch's numbers are read, not written; write to a copy of your own: local mine = "
                   "t:copy()",
                   what);
    lure_check_writable(L, 1, what);
    return box;
}

/* Sees to it that the value to be written is no part of what it is written to, and tracked by nothing: a number or a
   tensor at arg that broadcasts to `like`, as a view of that shape. `room` as in lure_check_value. */
static lure_tensor check_source(lua_State *L, int arg, const lure_tensor_box *target, const lure_tensor *like,
                                void *room, const char *what)
{
    lure_tensor_box *box = lure_box_test(L, arg, LURE_BOX_TENSOR);
    if (!box) {
        if (lua_type(L, arg) != LUA_TNUMBER)
            luaL_error(L, "%s: argument %d is %s; expected a tensor or a number", what, arg,
                       lure_type_name(L, arg));
        *(double *)room = lua_tonumber(L, arg);
        lure_tensor number = {.data = room, .dtype = LURE_F64};
        return lure_tensor_expand(&number, like->n_dims, like->shape);
    }
    if (lure__node_of(L, box))
        luaL_error(
            L,
            "%s: a value that differentiate tracks cannot be written into a tensor, where it would lose its "
            "history; compute with it, or give stop_gradient(...)",
            what);
    if (box->is_indices)
        box = lure__show_indices(L, arg);
    lure_tensor source = *lure__box_tensor(L, box);
    if (box->keeper == target->keeper) { /* the two may overlap */
        lure_tensor *copy = lure_push_result(L, &source);
        lure_tensor_copy(&source, copy);
        source = *copy;
        lua_replace(L, arg);
    }
    size_t shape[LURE_MAX_DIMS];
    int n_dims;
    bool meets = lure_tensor_broadcast(&source, like, &n_dims, shape) && n_dims == like->n_dims;
    for (int i = 0; meets && i < n_dims; i++)
        meets = shape[i] == like->shape[i];
    if (!meets) {
        char from[LURE_SHAPE_TEXT], to[LURE_SHAPE_TEXT];
        lure_tensor_shape_text(&source, from);
        lure_tensor_shape_text(like, to);
        luaL_error(L, "%s: numbers of shape %s do not fit into shape %s", what, from, to);
    }
    return lure_tensor_expand(&source, n_dims, shape);
}

/* A policy's parameters are finite. */
static void check_parameter(lua_State *L, lure_dtype dtype, double x, const char *what)
{
    if (!isfinite(dtype == LURE_F32 ? (double)(float)x : x)) {
        lua_pushnumber(L, x);
        luaL_error(L, "%s: a policy's parameter would become %s, which is no finite %s", what,
                   lure_push_text(L, -1), lure_dtype_name(dtype));
    }
}

void lure_check_parameters(lua_State *L, lure_dtype dtype, const lure_tensor *source, const char *what)
{
    for (size_t i = 0, n = lure_tensor_size(source); i < n; i++)
        check_parameter(L, dtype, lure_tensor_get(source, i), what);
}

static bool is_parameter(const lure_tensor_box *box)
{
    return box->keeper->kind == LURE_BOX_POLICY;
}

/* Scripts count indices from 1. */
static void hide_indices(const lure_tensor_box *box, lure_tensor *written)
{
    if (box->is_indices)
        for (size_t i = 0, n = lure_tensor_size(written); i < n; i++)
            lure_tensor_set(written, i, lure_tensor_get(written, i) - 1);
}

static void write(lua_State *L, int arg, const lure_tensor_box *box, lure_tensor *to, const char *what)
{
    double room;
    lure_tensor source = check_source(L, arg, box, to, &room, what);
    if (is_parameter(box))
        lure_check_parameters(L, to->dtype, &source, what);
    lure_tensor_copy(&source, to);
    hide_indices(box, to);
}

/* [-0, +0, e] t[i] = number (all of a row), or a tensor that fits the row */
static int tensor_newindex(lua_State *L)
{
    lure_tensor_box *box = check_target(L, "t[i] = value");
    const lure_tensor *t = lure__box_tensor(L, box);
    size_t i = lure__check_index(L, 2, t->n_dims ? t->shape[0] : 0, "");
    lure_tensor row = lure_tensor_select(t, 0, i);
    if (row.n_dims == 0 && lua_type(L, 3) == LUA_TNUMBER && !is_parameter(box))
        lure_tensor_set(&row, 0, lua_tonumber(L, 3) - box->is_indices);
    else
        write(L, 3, box, &row, "t[i] = value");
    return 0;
}

static int fill(lua_State *L) /* [-0, +1, e] t:fill(number) -> t */
{
    lure_tensor_box *box = check_target(L, "fill");
    luaL_checknumber(L, 2);
    write(L, 2, box, lure__box_tensor(L, box), "fill");
    lua_settop(L, 1);
    return 1;
}

static int copy_from(lua_State *L) /* [-0, +1, e] t:copy_from(tensor or number) -> t */
{
    lure_tensor_box *box = check_target(L, "copy_from");
    write(L, 2, box, lure__box_tensor(L, box), "copy_from");
    lua_settop(L, 1);
    return 1;
}

/* [-0, +1, e] t:add_scaled(tensor or number [, scale = 1]) -> t: t = t + scale * other */
static int add_scaled(lua_State *L)
{
    lure_tensor_box *box = check_target(L, "add_scaled");
    lure_tensor *t = lure__box_tensor(L, box);
    double room, scale = luaL_optnumber(L, 3, 1.0);
    lure_tensor source = check_source(L, 2, box, t, &room, "add_scaled");
    size_t n = lure_tensor_size(t);
    for (size_t i = 0; i < n && is_parameter(box); i++)
        check_parameter(L, t->dtype, lure_tensor_get(t, i) + scale * lure_tensor_get(&source, i),
                        "add_scaled");
    bool plain = lure_tensor_is_contiguous(t) && lure_tensor_is_contiguous(&source);
    if (plain && t->dtype == LURE_F64 && source.dtype == LURE_F64) {
        double *to = t->data;
        const double *from = source.data;
        for (size_t i = 0; i < n; i++)
            to[i] += scale * from[i];
    } else if (plain && t->dtype == LURE_F32 && source.dtype == LURE_F32) {
        float *to = t->data;
        const float *from = source.data;
        for (size_t i = 0; i < n; i++)
            to[i] = (float)((double)to[i] + scale * (double)from[i]);
    } else {
        for (size_t i = 0; i < n; i++)
            lure_tensor_set(t, i, lure_tensor_get(t, i) + scale * lure_tensor_get(&source, i));
    }
    lua_settop(L, 1);
    return 1;
}

void lure__add_writing(lua_State *L, int methods)
{
    static const luaL_Reg writing[] = {
        {"fill", fill}, {"copy_from", copy_from}, {"add_scaled", add_scaled}, {NULL, NULL}};
    lua_pushvalue(L, methods);
    luaL_setfuncs(L, writing, 0);
    lua_pop(L, 1);
    lua_pushcfunction(L, tensor_newindex);
    lua_setfield(L, methods - 1, "__newindex"); /* the metatable */
}
