/* bind_indices.c: indices as scripts see them, counting from 1, and what gives or takes them: argmax, argmin, sort, top_k,
   gather, take, one_hot. In C they count from 0; a tensor that holds indices (or actions) is marked, and so is what is
   picked from one, so that nothing is shifted twice. See bind.h. */
#include "script/tensor_box.h"

#include "math/gather.h"
#include "script/call.h"
#include "script/library.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

/* ---- marked tensors ---- */

void lure_mark_indices(lua_State *L, int index)
{
    lure_tensor_box *box = lure__check_box(L, index);
    box->is_indices = box->tensor.dtype == LURE_I32;
}

lure_tensor_box *lure__show_indices(lua_State *L, int arg)
{
    const lure_tensor *t = lure_check_strided(L, arg);
    lure_tensor *shown = lure_push_result(L, t);
    lure_tensor_copy(t, shown);
    int32_t *numbers = shown->data;
    for (size_t i = 0, n = lure_tensor_size(shown); i < n; i++)
        numbers[i] += numbers[i] < INT32_MAX;
    lua_replace(L, arg);
    return lua_touserdata(L, arg);
}

const lure_tensor *lure_check_indices(lua_State *L, int arg, const char *what)
{
    if (!lure_box_test(L, arg, LURE_BOX_TENSOR))
        luaL_error(L, "%s: expected a tensor of whole numbers from 1, got %s", what, lure_type_name(L, arg));
    if (lure__check_box(L, arg)->is_indices)
        return lure_check_tensor(L, arg);
    const lure_tensor *t = lure_check_tensor(L, arg);
    lure_tensor like = *t;
    like.dtype = LURE_I32;
    lure_tensor *indices = lure_push_result(L, &like);
    int32_t *numbers = indices->data;
    if (t->dtype == LURE_I32) { /* whole by their type, and near 0 or refused by whoever looks something up */
        const int32_t *given = t->data;
        for (size_t i = 0, n = lure_tensor_size(t); i < n; i++)
            numbers[i] = given[i] > INT32_MIN ? given[i] - 1 : INT32_MIN;
    }
    for (size_t i = 0, n = t->dtype == LURE_I32 ? 0 : lure_tensor_size(t); i < n; i++) {
        double x = lure_tensor_get(t, i);
        if (!(x >= -1e9 && x <= 1e9) || x != floor(x)) {
            lua_pushnumber(L, x);
            luaL_error(L, "%s: number %I is %s; expected whole numbers from 1", what, (lua_Integer)i + 1,
                       isnan(x) ? "nan" : lua_tostring(L, -1));
        }
        numbers[i] = (int32_t)x - 1;
    }
    lua_replace(L, arg);
    lure_mark_indices(L, arg);
    return lure_check_strided(L, arg);
}

/* ---- what gives them ---- */

static int check_axis(lua_State *L, lure_op op, int arg, const lure_tensor *t, int otherwise)
{
    return lure__check_axis(L, arg, t, otherwise, lure_op_info_of(op)->name);
}

static int index_of(lua_State *L, lure_op op) /* over all elements when there is no axis */
{
    lure__read_kept(L, op, 1); /* not a number */
    lure_value input = lure__read_value(L, op, 1, 1, NULL);
    lure_op_options options = {.axis = check_axis(L, op, 2, &input.tensor, LURE_ALL_AXES),
                               .keep = lua_toboolean(L, 3)};
    if (options.axis == LURE_ALL_AXES && lure_tensor_size(&input.tensor) == 0) {
        lua_pushnil(L);
        return 1;
    }
    lure__push_operation(L, op, 1, &input, 1, &options);
    if (lua_isinteger(L, -1))
        lua_pushinteger(L, lua_tointeger(L, -1) + 1);
    else
        lure_mark_indices(L, -1);
    return 1;
}

static int argmax(lua_State *L) /* [-0, +1, e] argmax(t [, axis [, keep]]) */
{
    return index_of(L, LURE_OP_ARGMAX);
}

static int argmin(lua_State *L) /* [-0, +1, e] argmin(t [, axis [, keep]]) */
{
    return index_of(L, LURE_OP_ARGMIN);
}

/* Pushes the numbers at 1 in the order of the indices on top, beneath them. */
static void gather_sorted(lua_State *L, const lure_op_options *options)
{
    lure_value inputs[2];
    lua_pushvalue(L, 1);
    lua_insert(L, -2);
    int first = lua_gettop(L) - 1;
    inputs[0] = lure__read_kept(L, LURE_OP_GATHER, first);
    inputs[1] = lure__read_kept(L, LURE_OP_GATHER, first + 1);
    lure__push_operation(L, LURE_OP_GATHER, 2, inputs, first, options);
    if (lure__check_box(L, 1)->is_indices)
        lure_mark_indices(L, -1);
    lua_replace(L, first);
}

/* sort(t [, axis [, descending]]) -> sorted, indices   [-0, +2, e] stable; the last axis when none is given */
static int sort(lua_State *L)
{
    lure_value input = lure__read_kept(L, LURE_OP_SORT, 1);
    lure_op_options options = {.axis = check_axis(L, LURE_OP_SORT, 2, &input.tensor, LURE_LAST_AXIS),
                               .descending = lua_toboolean(L, 3)};
    lure_value constant = {.tensor = input.tensor};
    lure__push_operation(L, LURE_OP_SORT_INDICES, 1, &constant, 1, &options);
    lure_mark_indices(L, -1);
    gather_sorted(L, &options);
    return 2;
}

/* top_k(t, k [, axis]) -> the k largest, largest first, and their indices   [-0, +2, e] */
static int top_k(lua_State *L)
{
    lure_value input = lure__read_kept(L, LURE_OP_SORT, 1);
    lure_op_options options = {.axis = lure__check_axis(L, 3, &input.tensor, LURE_LAST_AXIS, "top_k"),
                               .descending = true};
    lua_Integer k = luaL_checkinteger(L, 2), side = (lua_Integer)input.tensor.shape[options.axis];
    if (k < 0 || k > side)
        return luaL_error(L, "top_k: k is %I; the axis has %I numbers", k, side);
    lure_value constant = {.tensor = input.tensor};
    lure__push_operation(L, LURE_OP_SORT_INDICES, 1, &constant, 1, &options);
    lure_mark_indices(L, -1);
    lure_op_options slice = {.axis = options.axis, .n = (size_t)k, .step = 1};
    lure_value indices = lure__read_kept(L, LURE_OP_SLICE, lua_gettop(L));
    lure__push_operation(L, LURE_OP_SLICE, 1, &indices, lua_gettop(L), &slice);
    gather_sorted(L, &options);
    return 2;
}

/* ---- what takes them ---- */

static int pick(lua_State *L, lure_op op, int axis, const char *what)
{
    lure_value inputs[2];
    inputs[0] = lure__read_kept(L, op, 1);
    if (lua_istable(L, 2)) { /* a list of numbers will do */
        lure__push_list(L, 2, LURE_F64, lure_op_info_of(op)->name);
        lua_replace(L, 2);
    }
    inputs[1] = (lure_value){.tensor = *lure_check_indices(L, 2, what)};
    lure_op_options options = {.axis = check_axis(L, op, 3, &inputs[0].tensor, axis)};
    bool indices = lure__check_box(L, 1)->is_indices;
    lure__push_operation(L, op, 2, inputs, 1, &options);
    if (indices && !lua_isnumber(L, -1))
        lure_mark_indices(L, -1);
    else if (indices)
        lua_pushinteger(L, lua_tointeger(L, -1) + 1);
    return 1;
}

/* gather(values, indices [, axis]) [-0, +1, e]: out[i][j] = values[i][indices[i][j]], or with one side fewer
   out[i] = values[i][indices[i]]: gather(log_probabilities, batch.actions) are those of the actions taken. */
static int gather(lua_State *L)
{
    return pick(L, LURE_OP_GATHER, LURE_LAST_AXIS, "gather: the indices");
}

/* [-0, +1, e] take(values, indices [, axis = 1]): out[k] = values[indices[k]] */
static int take(lua_State *L)
{
    return pick(L, LURE_OP_TAKE, 0, "take: the indices");
}

/* [-0, +1, e] lure.one_hot(indices, n [, type]): a row of n for each, 1 at the index */
static int one_hot(lua_State *L)
{
    if (lua_istable(L, 1)) {
        lure__push_list(L, 1, LURE_F64, "one_hot");
        lua_replace(L, 1);
    }
    const lure_tensor *indices = lure_check_indices(L, 1, "one_hot: the indices");
    size_t n = lure__check_side(L, 2, false, "one_hot"), shape[LURE_MAX_DIMS],
           size = lure_tensor_size(indices);
    if (indices->n_dims == LURE_MAX_DIMS)
        return luaL_error(L,
                          "one_hot: the indices have %d axes, and the result one more than a tensor can have",
                          LURE_MAX_DIMS);
    memcpy(shape, indices->shape, sizeof shape);
    shape[indices->n_dims] = n;
    lure_tensor *out =
        lure_push_tensor(L, lure__check_dtype(L, 3, LURE_F64, "one_hot"), indices->n_dims + 1, shape);
    const int32_t *at = indices->data;
    for (size_t i = 0; i < size; i++) {
        if (at[i] < 0 || (size_t)at[i] >= n)
            return luaL_error(L, "one_hot: number %I is %I; expected 1 to %I", (lua_Integer)i + 1,
                              (lua_Integer)at[i] + 1, (lua_Integer)n);
        lure_tensor_set(out, i * n + (size_t)at[i], 1.0);
    }
    return 1;
}

void lure_push_taken(lua_State *L, int arg, int n_merged, int axis, const int32_t *indices, size_t n)
{
    lure_tensor_box *box = lure__check_box(L, arg);
    lure_tensor from = *lure_check_tensor(L, arg);
    size_t shape[LURE_MAX_DIMS] = {1};
    int n_dims = from.n_dims - n_merged + 1;
    for (int i = 0; i < n_merged; i++)
        shape[0] *= from.shape[i];
    for (int i = 1; i < n_dims; i++)
        shape[i] = from.shape[i + n_merged - 1];
    from = lure_tensor_view(from.data, from.dtype, n_dims, shape);
    shape[axis] = n;
    const lure_tensor planned = lure_tensor_view(NULL, from.dtype, n_dims, shape);
    const lure_tensor places = lure_tensor_view((void *)(uintptr_t)indices, LURE_I32, 1, &n);
    lure_error err;
    if (lure_gather_take(&from, &places, axis, lure_push_result(L, &planned), &err) != LURE_OK)
        lure_raise(L, &err);
    if (box->is_indices)
        lure_mark_indices(L, -1);
}

void lure__add_indices(lua_State *L, int methods, int functions)
{
    static const luaL_Reg giving[] = {{"argmax", argmax},   {"argmin", argmin}, {"sort", sort},
                                      {"top_k", top_k},     {"gather", gather}, {"take", take},
                                      {"one_hot", one_hot}, {NULL, NULL}};
    for (int table = 0; table < 2; table++) {
        lua_pushvalue(L, table == 0 ? methods : functions);
        luaL_setfuncs(L, giving, 0);
        lua_pop(L, 1);
    }
    lua_pushcfunction(L, gather);
    lure_library_export(L, "gather");
    lua_pushcfunction(L, take);
    lure_library_export(L, "take");
}
