/* bind_tensor.c: tensors as scripts see them: numbers in float64, float32 or int32 under a shape of up to four sides.
   t[i] is 1-based; on several dimensions t[i] views a row. Numbers live inside the userdata, so the collector and the
   memory limit see every byte; a view pins its owner. Operations are in bind_operation.c and bind_indices.c, making in
   bind_tensor_make.c, writing in bind_tensor_write.c, what `differentiate` adds in differentiate.c. */
#include "script/tensor_box.h"

#include "base/text.h"
#include "script/call.h"
#include "script/key_order.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

static const char METATABLE = 0;

enum { ALIGNMENT = 64, MOST_NAMES = 128 };

static const size_t MOST_BYTES = (size_t)1
                                 << 46; /* more than any machine's memory; with a header it still fits */

/* ---- boxes ---- */

static lure_tensor_box *push_box(lua_State *L, size_t n_bytes, int n_uservalues)
{
    lure_tensor_box *box = lua_newuserdatauv(L, sizeof *box + n_bytes, n_uservalues);
    box->box = (lure_box){.kind = LURE_BOX_TENSOR};
    box->keeper = &box->box;
    box->whole = NULL;
    box->pass = 0;
    box->node = 0;
    box->is_view = box->is_strided = box->is_indices = false;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &METATABLE);
    lua_setmetatable(L, -2);
    lure_sandbox_pace(lure_sandbox_of(L));
    return box;
}

lure_tensor_box *lure__push_unset(lua_State *L, const lure_tensor *planned)
{
    size_t n_bytes;
    if (!lure_tensor_bytes(planned, &n_bytes) || n_bytes > MOST_BYTES) {
        char text[LURE_SHAPE_TEXT];
        lure_tensor_shape_text(planned, text);
        luaL_error(L, "%sa tensor of shape %s is too large", lure_push_function_name(L), text);
    }
    bool aligned = n_bytes >= 2 * ALIGNMENT; /* small ones would spend more on padding than they gain */
    lure_tensor_box *box = push_box(L, n_bytes + (aligned ? ALIGNMENT : 0), 0);
    uintptr_t data = (uintptr_t)(box + 1);
    box->tensor = *planned; /* of new tensors the strides are those of a contiguous one */
    box->tensor.data = (void *)(aligned ? (data + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT : data);
    return box;
}

lure_tensor *lure_push_tensor(lua_State *L, lure_dtype dtype, int n_dims, const size_t *shape)
{
    lure_tensor planned = lure_tensor_view(NULL, dtype, n_dims, shape);
    lure_tensor *t = &lure__push_unset(L, &planned)->tensor;
    memset(t->data, 0, lure_tensor_size(t) * lure_dtype_size(dtype));
    return t;
}

lure_tensor *lure_push_result(lua_State *L, const lure_tensor *planned)
{
    lure_tensor contiguous = lure_tensor_view(NULL, planned->dtype, planned->n_dims, planned->shape);
    return &lure__push_unset(L, &contiguous)->tensor;
}

/* Where a view lies in numbers that may move. */
static void place_in(lure_tensor_box *box, lure_tensor_box *whole)
{
    size_t size = lure_dtype_size(whole->tensor.dtype), last = 0;
    box->whole = whole;
    box->offset =
        whole->tensor.data ? (size_t)((char *)box->tensor.data - (char *)whole->tensor.data) / size : 0;
    for (int i = 0; i < box->tensor.n_dims; i++)
        last += box->tensor.shape[i] ? (box->tensor.shape[i] - 1) * box->tensor.stride[i] : 0;
    box->extent = lure_tensor_size(&box->tensor) ? box->offset + last + 1 : 0;
}

static lure_tensor_box *push_view(lua_State *L, const lure_tensor *view, int owner)
{
    lure_tensor_box *box = push_box(L, 0, 1);
    box->tensor = *view;
    box->is_strided = !lure_tensor_is_contiguous(view);
    lua_pushvalue(L, owner);
    lua_setiuservalue(L, -2, 1);
    return box;
}

lure_tensor *lure_push_tensor_view(lua_State *L, const lure_tensor *view, int owner)
{
    owner = lua_absindex(L, owner);
    lure_tensor_box *box = push_view(L, view, owner);
    lure_box *kept_by = lua_touserdata(L, owner);
    if (kept_by) /* a policy's numbers stay where they are */
        box->keeper = kept_by;
    else
        box->is_view = true;
    return &box->tensor;
}

lure_tensor *lure_push_value_view(lua_State *L, const lure_value *view, int owner)
{
    owner = lua_absindex(L, owner);
    lure_box *kept_by = lua_touserdata(L, owner);
    lure_tensor_box *box = push_view(L, &view->tensor, owner);
    box->keeper = kept_by;
    if (kept_by->kind == LURE_BOX_TENSOR) {
        lure_tensor_box *from = (lure_tensor_box *)kept_by;
        box->keeper = from->keeper;
        box->is_indices = from->is_indices;
        if (from->whole || from->is_view)
            place_in(box, from->whole ? from->whole : from);
    }
    lure_set_node(L, -1, view->node);
    return &box->tensor;
}

/* A batch's numbers move when it grows and change at each collect, so a view looks up where it lies at each use. */
lure_tensor *lure__find_view(lua_State *L, lure_tensor_box *box)
{
    const lure_tensor *whole = &box->whole->tensor;
    if (box->extent > lure_tensor_size(whole)) {
        size_t row = whole->n_dims == 2 ? whole->shape[1] : 1; /* not 0: then nothing would be beyond it */
        luaL_error(L, "row %I is of a batch that is gone: a batch is valid until the next run:collect",
                   (lua_Integer)((box->extent - 1) / row + 1));
    }
    box->tensor.data = (char *)whole->data + box->offset * lure_dtype_size(whole->dtype);
    return &box->tensor;
}

/* ---- reading arguments ---- */

lure_tensor *lure_check_strided(lua_State *L, int arg)
{
    return lure__box_tensor(L, lure__check_box(L, arg));
}

lure_tensor *lure_check_tensor(lua_State *L, int arg)
{
    lure_tensor_box *box = lure__check_box(L, arg);
    lure_tensor *t = lure__box_tensor(L, box);
    if (__builtin_expect(box->node != 0, 0) && lure__node_of(L, box))
        luaL_error(
            L,
            "%sdifferentiate tracks the tensor of argument %d, and this function has no derivative; give it "
            "stop_gradient(...)",
            lure_push_function_name(L), arg);
    if (__builtin_expect(!box->is_strided, 1))
        return t;
    lure_tensor *packed = lure_push_result(L, t);
    lure_tensor_copy(t, packed);
    if (box->is_indices)
        lure_mark_indices(L, -1);
    lua_replace(L, arg);
    return packed;
}

const lure_tensor *lure_check_vector(lua_State *L, int arg, lure_dtype dtype, size_t n, const char *what)
{
    if (!lure_box_test(L, arg, LURE_BOX_TENSOR))
        luaL_error(L, "%s: expected %s %s tensor of %I numbers, got %s", what,
                   lure_article(lure_dtype_name(dtype)), lure_dtype_name(dtype), (lua_Integer)n,
                   lure_type_name(L, arg));
    const lure_tensor *t = lure_check_tensor(L, arg);
    if (t->dtype != dtype || t->n_dims != 1 || t->shape[0] != n) {
        char shape[LURE_SHAPE_TEXT];
        lure_tensor_shape_text(t, shape);
        luaL_error(L, "%s: expected %s %s tensor of %I numbers, got %s of shape %s", what,
                   lure_article(lure_dtype_name(dtype)), lure_dtype_name(dtype), (lua_Integer)n,
                   lure_dtype_name(t->dtype), shape);
    }
    return t;
}

/* Room for one number until the pass ends. */
static void *take_number(lua_State *L, lure_tape *tape)
{
    lure_error err;
    void *kept = lure_tape_take(tape, sizeof(double));
    for (bool collected = false; !kept; kept = lure_tape_take(tape, sizeof(double))) {
        lure_fail(&err, LURE_ERROR_MEMORY, "not enough memory to differentiate");
        if (!lure_collect_garbage(L, &err, &collected))
            lure_raise(L, &err);
    }
    return kept;
}

lure_value lure_check_value(lua_State *L, int arg, lure_dtype number, void *room)
{
    lure_tensor_box *box = lure_box_test(L, arg, LURE_BOX_TENSOR);
    if (box) {
        if (box->is_indices)
            box = lure__show_indices(L, arg);
        return (lure_value){*lure__box_tensor(L, box), lure__node_of(L, box)};
    }
    if (!room || lua_type(L, arg) != LUA_TNUMBER)
        luaL_error(L, "argument %d: expected a tensor%s, got %s", arg, room ? " or a number" : "",
                   lure_type_name(L, arg));
    double x = lua_tonumber(L, arg);
    if (number == LURE_I32 && !(x == floor(x) && fabs(x) <= INT32_MAX))
        number = LURE_F64;
    lure_value value = {.tensor = {.data = room, .dtype = number}};
    lure_tape *tape = lure_tape_of(L);
    if (tape)
        value.tensor.data = take_number(L, tape);
    lure_tensor_set(&value.tensor, 0, x);
    return value;
}

size_t lure__check_index(lua_State *L, int arg, size_t n, const char *what)
{
    int is_integer;
    lua_Integer i = lua_tointegerx(L, arg, &is_integer);
    if (lua_type(L, arg) == LUA_TSTRING)
        luaL_error(L, "%sthe index is the string '%s'; expected a whole number from 1 to %I", what,
                   lua_tostring(L, arg), (lua_Integer)n);
    if (!is_integer)
        luaL_error(L, "%sthe index is %s; expected a whole number from 1 to %I", what, lure_push_text(L, arg),
                   (lua_Integer)n);
    if (i < 1 || (lua_Unsigned)i > n)
        luaL_error(L, "%sindex %I is outside the tensor: it has elements 1 to %I", what, i, (lua_Integer)n);
    return (size_t)i - 1;
}

int lure__check_axis(lua_State *L, int arg, const lure_tensor *t, int otherwise, const char *what)
{
    if (lua_isnoneornil(L, arg) && otherwise == LURE_LAST_AXIS && t->n_dims == 0)
        luaL_error(L, "%s: a tensor of shape () has no axis", what);
    if (lua_isnoneornil(L, arg))
        return otherwise == LURE_LAST_AXIS ? t->n_dims - 1 : otherwise;
    int is_integer;
    lua_Integer axis = lua_tointegerx(L, arg, &is_integer), n = t->n_dims;
    if (lure_box_test(L, arg, LURE_BOX_TENSOR))
        luaL_error(
            L,
            "%s: the axis is a tensor; expected a whole number (of what a call gives the first result alone: "
            "put the call in parentheses)",
            what);
    if (lua_type(L, arg) != LUA_TNUMBER || !is_integer)
        luaL_error(L, "%s: the axis is %s; expected a whole number", what, lure_push_text(L, arg));
    if (axis == 0 || axis > n || axis < -n) {
        char shape[LURE_SHAPE_TEXT];
        lure_tensor_shape_text(t, shape);
        if (n == 0)
            luaL_error(L, "%s: axis %I of a tensor of shape (): it has no axes", what, axis);
        luaL_error(L, "%s: axis %I of a tensor of shape %s: it has axes 1 to %I, or -1 to %I from the last",
                   what, axis, shape, n, -n);
    }
    return (int)(axis > 0 ? axis - 1 : n + axis);
}

/* ---- elements ---- */

void lure__push_element(lua_State *L, const lure_tensor_box *box, const lure_tensor *t, size_t i)
{
    size_t place = t->n_dims == 1 ? i * t->stride[0] : 0;
    if (t->n_dims > 1) {
        lua_pushnumber(L, lure_number_plain(lure_tensor_get(t, i)));
        if (t->dtype == LURE_I32) {
            lua_Integer whole = lua_tointeger(L, -1) + (box && box->is_indices);
            lua_pop(L, 1);
            lua_pushinteger(L, whole);
        }
        return;
    }
    switch (t->dtype) {
    case LURE_F32: lua_pushnumber(L, lure_number_plain((double)((const float *)t->data)[place])); return;
    case LURE_F64: lua_pushnumber(L, lure_number_plain(((const double *)t->data)[place])); return;
    case LURE_I32:
        lua_pushinteger(L, (lua_Integer)((const int32_t *)t->data)[place] + (box && box->is_indices));
        return;
    }
}

void lure_settle_result(lua_State *L)
{
    const lure_tensor_box *box = lure_box_test(L, -1, LURE_BOX_TENSOR);
    if (!box || box->tensor.n_dims != 0 || lure__node_of(L, box))
        return;
    lure__push_element(L, box, &box->tensor, 0);
    lua_remove(L, -2);
}

/* Pushes "; did you mean 'x'?", or the list of what there is. Upvalue 1: the methods. */
static int refuse_method(lua_State *L)
{
    if (lua_type(L, 2) != LUA_TSTRING)
        return luaL_error(L,
                          "the index is %s %s; expected a whole number (take(t, indices) picks rows, "
                          "t:slice(axis, first, last) a range, t:select(axis, i) one of an axis)",
                          lure_article(lure_type_name(L, 2)), lure_type_name(L, 2));
    const char *names[MOST_NAMES], *key = lua_tostring(L, 2);
    int n = 0;
    luaL_Buffer list;
    lure_key_order_push(L, lua_upvalueindex(1), "tensor");
    int keys = lua_gettop(L);
    luaL_buffinit(L, &list);
    for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, keys) && n < MOST_NAMES; i++, n++) {
        lua_rawgeti(L, keys, i);
        names[n] = lua_tostring(L, -1); /* anchored by the methods */
        lua_pop(L, 1);
        luaL_addstring(&list, i > 1 ? ", " : "");
        luaL_addstring(&list, names[n]);
    }
    luaL_pushresult(&list);
    const char *nearest = lure_text_nearest(key, names, (size_t)n);
    if (nearest)
        return luaL_error(L, "a tensor has no '%s'; did you mean '%s'?", key, nearest);
    return luaL_error(L, "a tensor has no '%s'; it has [i], %s", key, lua_tostring(L, -1));
}

static int tensor_index(lua_State *L) /* [-0, +1, e] t[i], or a method; upvalue 1: the methods */
{
    if (lua_type(L, 2) != LUA_TNUMBER) {
        lua_pushvalue(L, 2);
        return lua_rawget(L, lua_upvalueindex(1)) == LUA_TNIL ? refuse_method(L) : 1;
    }
    lure_tensor_box *box = lure__check_box(L, 1);
    const lure_tensor *t = lure__box_tensor(L, box);
    size_t i = lure__check_index(L, 2, t->n_dims ? t->shape[0] : 0, "");
    if (t->n_dims == 1 && !lure__node_of(L, box)) {
        lure__push_element(L, box, t, i);
        return 1;
    }
    return lure__tensor_select(L, i);
}

static int tensor_length(lua_State *L)
{
    const lure_tensor *t = lure_check_strided(L, 1);
    lua_pushinteger(L, t->n_dims ? (lua_Integer)t->shape[0] : 0);
    return 1;
}

/* ---- what a tensor says of itself ---- */

static int tensor_shape(lua_State *L) /* [-0, +n, e] t:shape() -> rows, columns */
{
    const lure_tensor *t = lure_check_strided(L, 1);
    for (int i = 0; i < t->n_dims; i++)
        lua_pushinteger(L, (lua_Integer)t->shape[i]);
    return t->n_dims;
}

static int tensor_size(lua_State *L) /* [-0, +1, e] t:size() -> how many numbers; t:size(axis) -> that side */
{
    const lure_tensor *t = lure_check_strided(L, 1);
    int axis = lure__check_axis(L, 2, t, LURE_ALL_AXES, "size");
    lua_pushinteger(L, (lua_Integer)(axis == LURE_ALL_AXES ? lure_tensor_size(t) : t->shape[axis]));
    return 1;
}

static int tensor_type(lua_State *L) /* [-0, +1, e] t:type() -> "float64", "float32" or "int32" */
{
    lua_pushstring(L, lure_dtype_name(lure_check_strided(L, 1)->dtype));
    return 1;
}

static int tensor_item(lua_State *L) /* [-0, +1, e] t:item() -> the number of a tensor of one */
{
    lure_tensor_box *box = lure__check_box(L, 1);
    const lure_tensor *t = lure__box_tensor(L, box);
    if (lure_tensor_size(t) != 1) {
        char shape[LURE_SHAPE_TEXT];
        lure_tensor_shape_text(t, shape);
        return luaL_error(L, "item: a tensor of shape %s is not one number", shape);
    }
    lure__push_element(L, box, t, 0);
    return 1;
}

/* [-0, +1, e] t:is_tracked() -> is it a value of the differentiate that runs? */
static int tensor_is_tracked(lua_State *L)
{
    lua_pushboolean(L, lure__node_of(L, lure__check_box(L, 1)) != 0);
    return 1;
}

static void push_table(lua_State *L, const lure_tensor_box *box, const lure_tensor *t, int axis, size_t *i)
{
    if (axis == t->n_dims) {
        lure__push_element(L, box, t, (*i)++);
        return;
    }
    lua_createtable(L, (int)t->shape[axis], 0);
    for (size_t row = 0; row < t->shape[axis]; row++) {
        push_table(L, box, t, axis + 1, i);
        lua_rawseti(L, -2, (lua_Integer)row + 1);
    }
}

static int tensor_to_table(lua_State *L) /* [-0, +1, e] t:to_table() -> list of numbers, or of lists */
{
    lure_tensor_box *box = lure__check_box(L, 1);
    size_t i = 0;
    luaL_checkstack(L, 8, NULL);
    push_table(L, box, lure__box_tensor(L, box), 0, &i);
    return 1;
}

/* Lua makes true or false of whatever comes of a comparison, so there can be no tensor of them. */
static int refuse_comparison(lua_State *L)
{
    return luaL_error(
        L, "tensors are not compared by < <= > >=, which give one true or false; less(a, b), greater(a, b), "
           "less_equal, greater_equal give 1 or 0 for each element");
}

void lure_bind_tensor(lua_State *L)
{
    static const luaL_Reg methods[] = {{"shape", tensor_shape},
                                       {"size", tensor_size},
                                       {"type", tensor_type},
                                       {"item", tensor_item},
                                       {"is_tracked", tensor_is_tracked},
                                       {"to_table", tensor_to_table},
                                       {NULL, NULL}};
    enum { N_OPERATIONS = 90 }; /* about: operations, views, writing */
    int functions = lua_gettop(L);
    lure_image_register(&lure__image_of_tensors);
    lure_box_metatable(L, &METATABLE, "tensor", methods, N_OPERATIONS);
    int metatable = lua_gettop(L);
    lua_getfield(L, metatable, "__index");
    lure__add_operations(L, metatable + 1, functions);
    lure__add_indices(L, metatable + 1, functions);
    lure__add_views(L, metatable + 1, functions);
    lure__add_making(L, functions);
    lure__add_writing(L, metatable + 1);
    lua_pushcclosure(L, tensor_index, 1);
    lua_setfield(L, metatable, "__index");
    lua_pushcfunction(L, refuse_comparison);
    lua_pushvalue(L, -1);
    lua_setfield(L, metatable, "__lt");
    lua_setfield(L, metatable, "__le");
    lua_pushcfunction(L, tensor_length);
    lua_setfield(L, metatable, "__len");
    lua_pushcfunction(L, lure__tensor_tostring);
    lua_setfield(L, metatable, "__tostring");
    lua_settop(L, functions);
}
