/* bind_tensor_view.c: the same numbers under another shape, as scripts ask for it: select, slice, transpose, reshape,
   expand, squeeze, unsqueeze; and copies: t:copy(), t:to(type). A view shares its owner's numbers and keeps them alive.
   What is tracked stays so. */
#include "script/tensor_box.h"

#include <lauxlib.h>

static int push_view(lua_State *L, lure_op op, const lure_value *input, const lure_op_options *options)
{
    bool indices = lure__check_box(L, 1)->is_indices;
    lure__push_operation(L, op, 1, input, 1, options);
    if (indices && lure_box_test(L, -1, LURE_BOX_TENSOR))
        lure_mark_indices(L, -1);
    return 1;
}

int lure__tensor_select(lua_State *L, size_t i)
{
    lure_value input = lure__read_kept(L, LURE_OP_SELECT, 1);
    lure_op_options options = {.first = i};
    return push_view(L, LURE_OP_SELECT, &input, &options);
}

static int select_index(lua_State *L) /* [-0, +1, e] t:select(axis, i): without that axis */
{
    lure_value input = lure__read_kept(L, LURE_OP_SELECT, 1);
    if (lua_isnoneornil(L, 2))
        return luaL_error(L, "select: along which axis? t:select(axis, i)");
    lure_op_options options = {.axis = lure__check_axis(L, 2, &input.tensor, 0, "select")};
    options.first = lure__check_index(L, 3, input.tensor.shape[options.axis], "select: ");
    return push_view(L, LURE_OP_SELECT, &input, &options);
}

/* An end of a slice: from 1, or from the last as -1. */
static lua_Integer slice_end(lua_State *L, int arg, lua_Integer side, lua_Integer otherwise)
{
    lua_Integer i = luaL_optinteger(L, arg, otherwise);
    return i < 0 ? side + i + 1 : i;
}

/* t:slice(axis [, first = 1 [, last = -1 [, step = 1]]]) [-0, +1, e]: both ends included; -1 is the last */
static int slice(lua_State *L)
{
    lure_value input = lure__read_kept(L, LURE_OP_SLICE, 1);
    if (lua_isnoneornil(L, 2))
        return luaL_error(L, "slice: along which axis? t:slice(axis, first, last)");
    int axis = lure__check_axis(L, 2, &input.tensor, 0, "slice");
    lua_Integer side = (lua_Integer)input.tensor.shape[axis], first = slice_end(L, 3, side, 1),
                last = slice_end(L, 4, side, side), step = luaL_optinteger(L, 5, 1);
    if (first < 1 || last > side || last < first - 1 || step < 1)
        return luaL_error(
            L,
            "slice: from %I to %I in steps of %I does not lie within the axis: it has elements 1 to %I, and "
            "steps are at least 1",
            first, last, step, side);
    lure_op_options options = {.axis = axis,
                               .first = (size_t)first - 1,
                               .n = last < first ? 0 : (size_t)((last - first) / step) + 1,
                               .step = (size_t)step};
    return push_view(L, LURE_OP_SLICE, &input, &options);
}

/* [-0, +1, e] t:transpose([axis, other]): the last two when none is given */
static int transpose(lua_State *L)
{
    lure_value input = lure__read_kept(L, LURE_OP_TRANSPOSE, 1);
    int n = input.tensor.n_dims;
    lure_op_options options = {.axis = lure__check_axis(L, 2, &input.tensor, n > 1 ? n - 2 : 0, "transpose"),
                               .other_axis =
                                   lure__check_axis(L, 3, &input.tensor, n > 1 ? n - 1 : 0, "transpose")};
    return push_view(L, LURE_OP_TRANSPOSE, &input, &options);
}

/* [-0, +1, e] t:reshape(sides...) or ({ sides }); one side may be -1: what is left */
static int reshape(lua_State *L)
{
    lure_value input = lure__read_kept(L, LURE_OP_RESHAPE, 1);
    lure_op_options options = {0};
    int unknown;
    lure__check_shape(L, 2, &options.n_dims, options.shape, &unknown, "reshape");
    if (unknown >= 0) {
        size_t known = 1, size = lure_tensor_size(&input.tensor);
        for (int i = 0; i < options.n_dims; i++)
            known *= i == unknown ? 1 : options.shape[i];
        if (known == 0 || size % known != 0) {
            char shape[LURE_SHAPE_TEXT];
            lure_tensor_shape_text(&input.tensor, shape);
            return luaL_error(L, "reshape: the %I numbers of shape %s cannot be divided into rows of %I",
                              (lua_Integer)size, shape, (lua_Integer)known);
        }
        options.shape[unknown] = size / known;
    }
    return push_view(L, LURE_OP_RESHAPE, &input, &options);
}

/* [-0, +1, e] t:expand(sides...) or ({ sides }): repeated over that shape, no copy */
static int expand(lua_State *L)
{
    lure_value input = lure__read_kept(L, LURE_OP_EXPAND, 1);
    lure_op_options options = {0};
    lure__check_shape(L, 2, &options.n_dims, options.shape, NULL, "expand");
    return push_view(L, LURE_OP_EXPAND, &input, &options);
}

/* [-0, +1, e] t:squeeze([axis]): without that side of 1, or without all sides of 1 */
static int squeeze(lua_State *L)
{
    lure_value input = lure__read_kept(L, LURE_OP_SELECT, 1);
    const lure_tensor *t = &input.tensor;
    lure_op_options options = {.axis = lure__check_axis(L, 2, t, -1, "squeeze")};
    if (options.axis >= 0 && t->shape[options.axis] != 1)
        return luaL_error(L, "squeeze: the axis has %I elements, not one",
                          (lua_Integer)t->shape[options.axis]);
    if (options.axis >= 0)
        return push_view(L, LURE_OP_SELECT, &input, &options);
    for (int i = 0; i < t->n_dims; i++)
        if (t->shape[i] != 1)
            options.shape[options.n_dims++] = t->shape[i];
    return push_view(L, LURE_OP_RESHAPE, &input, &options);
}

static int unsqueeze(lua_State *L) /* [-0, +1, e] t:unsqueeze(axis): a side of 1 put in there */
{
    lure_value input = lure__read_kept(L, LURE_OP_RESHAPE, 1);
    lure_tensor result = input.tensor;
    if (result.n_dims == LURE_MAX_DIMS)
        return luaL_error(L, "unsqueeze: a tensor has at most %d axes", LURE_MAX_DIMS);
    result.n_dims++;
    int axis = lure__check_axis(L, 2, &result, 0, "unsqueeze");
    lure_op_options options = {.n_dims = result.n_dims};
    for (int i = 0, from = 0; i < result.n_dims; i++)
        options.shape[i] = i == axis ? 1 : input.tensor.shape[from++];
    return push_view(L, LURE_OP_RESHAPE, &input, &options);
}

static int to(lua_State *L) /* [-0, +1, e] t:to(type): a copy */
{
    lure__check_box(L, 1);
    lure_value input = lure__read_value(L, LURE_OP_CAST, 1, 1, NULL);
    lure_op_options options = {.dtype = lure__check_dtype(L, 2, input.tensor.dtype, "to")};
    lure__push_operation(L, LURE_OP_CAST, 1, &input, 1, &options);
    return 1;
}

static int copy(lua_State *L) /* [-0, +1, e] t:copy() */
{
    lure_value input = lure__read_kept(L, LURE_OP_CAST, 1);
    lure_op_options options = {.dtype = input.tensor.dtype};
    return push_view(L, LURE_OP_CAST, &input, &options);
}

void lure__add_views(lua_State *L, int methods, int functions)
{
    static const luaL_Reg views[] = {{"select", select_index},
                                     {"slice", slice},
                                     {"transpose", transpose},
                                     {"reshape", reshape},
                                     {"expand", expand},
                                     {"squeeze", squeeze},
                                     {"unsqueeze", unsqueeze},
                                     {"copy", copy},
                                     {"to", to},
                                     {NULL, NULL}};
    for (int table = 0; table < 2; table++) {
        lua_pushvalue(L, table == 0 ? methods : functions);
        luaL_setfuncs(L, views, 0);
        lua_pop(L, 1);
    }
}
