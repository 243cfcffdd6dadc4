/* bind_operation.c: the table of operations (math/operation.h) as scripts call it: lure.exp(t), t:exp(), the operators,
   and for the mathematics that has a derivative a global as well. Every function takes tensors of any strides and, where
   it makes sense, numbers; results without history that are one number come as Lua numbers. Axes and indices count from 1,
   an axis also from the last: -1. While differentiate runs, what depends on its targets is recorded. */
#include "script/tensor_box.h"

#include "base/text.h"
#include "script/call.h"
#include "script/library.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

enum { MOST_JOINED = 1000000 };

static const char *name_of(lure_op op)
{
    return lure_op_info_of(op)->name;
}

static lure_op this_op(lua_State *L) /* upvalue 1 of most functions here */
{
    return (lure_op)lua_tointeger(L, lua_upvalueindex(1));
}

static lure_tensor_box *box_at(lua_State *L, int arg)
{
    return lure_box_test(L, arg, LURE_BOX_TENSOR);
}

/* ---- one operation ---- */

static void compute(lua_State *L, lure_op op, size_t n, const lure_tensor *const *inputs,
                    const lure_op_options *options, lure_tensor *out)
{
    lure_error err;
    size_t bytes = lure_op_scratch_bytes(op, inputs, options, out);
    void *scratch = bytes > 0 ? lua_newuserdatauv(L, bytes, 0) : NULL; /* the pool's, so used again */
    if (lure_op_compute(op, n, inputs, options, out, scratch, &err) != LURE_OK)
        lure_raise(L, &err);
    lua_settop(L, bytes > 0 ? -2 : -1);
}

/* On the tape: the result, planned and with its memory, is on top of the stack. */
static void record(lua_State *L, lure_op op, size_t n, const lure_value *inputs, int first,
                   const lure_op_options *options, lure_value *out)
{
    lure_error err;
    const lure_tensor planned = out->tensor;
    for (bool collected = false;
         lure_tape_apply(lure_tape_of(L), op, n, inputs, options, out, &err) != LURE_OK;) {
        if (!lure_collect_garbage(L, &err, &collected))
            lure__raise_computing(L, NULL, &err);
        out->tensor = planned;
    }
    if (out->node == 0)
        return;
    for (size_t i = 0; i < n; i++)
        lure_anchor(L, first + (int)i);
    lure_set_node(L, -1, out->node);
}

/* Pushes the result. The inputs lie at the stack indices first, first + 1, ...; a view is of the first. [-0, +1, e] */
void lure__push_operation(lua_State *L, lure_op op, size_t n, const lure_value *inputs, int first,
                          const lure_op_options *options)
{
    enum { FEW = 4 };
    const lure_tensor *few[FEW], **tensors = few;
    const lure_op_info *info = lure_op_info_of(op);
    lure_value out = {.node = 0};
    lure_error err;
    bool tracked = false;
    if (n > FEW)
        tensors = lua_newuserdatauv(L, n * sizeof *tensors, 0); /* scratch, collected */
    for (size_t i = 0; i < n; i++) {
        tensors[i] = &inputs[i].tensor;
        tracked |= inputs[i].node != 0;
    }
    if (lure_op_plan(op, n, tensors, options, &out.tensor, &err) != LURE_OK)
        lure_raise(L, &err);
    bool is_view = info->rule == LURE_SHAPE_VIEW &&
                   (op != LURE_OP_RESHAPE || lure_tensor_is_contiguous(&inputs[0].tensor));
    tracked |= lure_sandbox_of(L)->pass.debug; /* looks at everything */
    tracked &= lure_tape_of(L) != NULL;
    if (is_view) {
        lure_push_value_view(L, &out, first);
    } else if (out.tensor.n_dims == 0 && !tracked) {
        lure_tensor_box box = {.tensor = out.tensor};
        double number;
        box.tensor.data = &number;
        compute(L, op, n, tensors, options, &box.tensor);
        lure__push_element(L, NULL, &box.tensor, 0);
        return;
    } else {
        out.tensor = lure__push_unset(L, &out.tensor)->tensor;
    }
    if (tracked)
        record(L, op, n, inputs, first, options, &out);
    else if (!is_view)
        compute(L, op, n, tensors, options, &out.tensor);
    if (out.tensor.n_dims == 0)
        lure_settle_result(L);
}

/* ---- reading arguments ---- */

/* The value at `arg`; a number takes the type of the tensor at `beside`. */
lure_value lure__read_value(lua_State *L, lure_op op, int arg, int beside, void *room)
{
    lure_tensor_box *box = box_at(L, arg);
    if (__builtin_expect(box && !box->is_indices, 1))
        return (lure_value){*lure__box_tensor(L, box), lure__node_of(L, box)};
    if (!box && lua_type(L, arg) != LUA_TNUMBER)
        luaL_error(L, "%s: argument %d is %s; expected a tensor or a number%s", name_of(op), arg,
                   lure_type_name(L, arg), lure_colon_hint(L, arg));
    const lure_tensor_box *other = box ? NULL : box_at(L, beside);
    lure_dtype type = other ? other->tensor.dtype : LURE_F64;
    bool may_be_whole =
        lure_op_info_of(op)->rule == LURE_SHAPE_COMBINE; /* where(words, 1, 0) is to be counted with */
    return lure_check_value(L, arg, type == LURE_I32 && !may_be_whole ? LURE_F64 : type, room);
}

static lure_tensor_box *check_tensor(lua_State *L, lure_op op, int arg)
{
    if (!box_at(L, arg))
        luaL_error(L, "%s: argument %d is %s; expected a tensor (is it called with ':'?)", name_of(op), arg,
                   lure_type_name(L, arg));
    return lua_touserdata(L, arg);
}

/* A tensor whose numbers are only moved: one of indices stays one. */
lure_value lure__read_kept(lua_State *L, lure_op op, int arg)
{
    lure_tensor_box *box = check_tensor(L, op, arg);
    return (lure_value){*lure__box_tensor(L, box), lure__node_of(L, box)};
}

static int check_axis(lua_State *L, lure_op op, int arg, const lure_tensor *t, int otherwise)
{
    return lure__check_axis(L, arg, t, otherwise, name_of(op));
}

/* ---- element by element ---- */

/* In a loss, a difference of (n) and (n, 1) is meant row by row; as all n x n pairs it would be a wrong number that nobody
   sees. Nothing else is refused that NumPy lets meet. */
static void refuse_pairs(lua_State *L, const lure_tensor *a, const lure_tensor *b)
{
    const lure_tensor *list = a->n_dims < b->n_dims ? a : b, *column = list == a ? b : a;
    lua_Integer n = (lua_Integer)list->shape[0];
    if (list->n_dims == 1 && column->n_dims == 2 && column->shape[1] == 1 &&
        column->shape[0] == list->shape[0] && n > 1)
        luaL_error(L,
                   "subtract: (%I) and (%I, 1) would meet as all %I x %I pairs; t:squeeze(2) makes the "
                   "column a list, t:unsqueeze(1) of the list says that pairs are meant",
                   n, n, n, n);
}

static int op_combine(lua_State *L) /* [-0, +1, e] f(a, b), a:f(b), a + b */
{
    lure_op op = this_op(L);
    double rooms[2];
    lure_value inputs[2];
    inputs[0] = lure__read_value(L, op, 1, 2, &rooms[0]);
    inputs[1] = lure__read_value(L, op, 2, 1, &rooms[1]);
    if (op == LURE_OP_SUBTRACT && inputs[0].tensor.n_dims != inputs[1].tensor.n_dims &&
        (inputs[0].node != 0 || inputs[1].node != 0))
        refuse_pairs(L, &inputs[0].tensor, &inputs[1].tensor);
    lure__push_operation(L, op, 2, inputs, 1, NULL);
    return 1;
}

static int op_map(lua_State *L) /* [-0, +1, e] f(t), t:f(), -t */
{
    lure_op op = this_op(L);
    double room;
    lure_value input = lure__read_value(L, op, 1, 1, &room);
    lure__push_operation(L, op, 1, &input, 1, NULL);
    return 1;
}

/* [-0, +1, e] where(condition, a, b): a where the condition is not 0, else b */
static int op_where(lua_State *L)
{
    lure_op op = this_op(L);
    double rooms[3];
    lure_value inputs[3];
    bool numbers = !box_at(L, 2) && !box_at(L, 3);
    inputs[0] = lure__read_value(L, op, 1, 1, &rooms[0]);
    inputs[1] = lure__read_value(L, op, 2, numbers ? 1 : 3, &rooms[1]);
    inputs[2] = lure__read_value(L, op, 3, numbers ? 1 : 2, &rooms[2]);
    lure__push_operation(L, op, 3, inputs, 1, NULL);
    return 1;
}

/* One bound of clamp as a tensor: the other of the two in place of the value at 1. */
static void bound_by_tensor(lua_State *L, lure_op op, int arg)
{
    double rooms[2];
    lure_value inputs[2];
    lua_pushvalue(L, arg);
    lua_insert(L, 2); /* beside the value */
    inputs[0] = lure__read_value(L, op, 1, 2, &rooms[0]);
    inputs[1] = lure__read_value(L, op, 2, 1, &rooms[1]);
    lure__push_operation(L, op, 2, inputs, 1, NULL);
    lua_replace(L, 1);
    lua_remove(L, 2);
}

static int op_clamp(lua_State *L) /* [-0, +1, e] clamp(t, low, high): numbers, tensors, or nil for no bound */
{
    lure_op op = this_op(L);
    lua_settop(L, 3);
    if (box_at(L, 2) || box_at(L, 3)) {
        if (!lua_isnil(L, 2))
            bound_by_tensor(L, LURE_OP_MAXIMUM, 2);
        if (!lua_isnil(L, 3))
            bound_by_tensor(L, LURE_OP_MINIMUM, 3);
        lua_settop(L, 1);
        return 1;
    }
    double room, bounds[2] = {-INFINITY, INFINITY};
    lure_value input = lure__read_value(L, op, 1, 1, &room);
    for (int i = 0; i < 2; i++) {
        if (lua_isnil(L, 2 + i))
            continue;
        if (lua_type(L, 2 + i) != LUA_TNUMBER)
            return luaL_error(L, "clamp: the %s bound is %s; expected a number, a tensor, or nil for none",
                              i == 0 ? "lower" : "upper", lure_type_name(L, 2 + i));
        bounds[i] = lua_tonumber(L, 2 + i);
    }
    if (!(bounds[0] <= bounds[1]))
        return luaL_error(L, "clamp: the lower bound %f is above the upper one, %f",
                          lure_number_plain(bounds[0]), lure_number_plain(bounds[1]));
    lure_op_options options = {.low = bounds[0], .high = bounds[1]};
    lure__push_operation(L, op, 1, &input, 1, &options);
    return 1;
}

/* ---- along axes ---- */

/* [-0, +1, e] f(t [, axis [, keep]]): over all elements when there is no axis */
static int op_reduce(lua_State *L)
{
    lure_op op = this_op(L);
    double room;
    lure_value input = lure__read_value(L, op, 1, 1, &room);
    lure_op_options options = {.axis = check_axis(L, op, 2, &input.tensor, LURE_ALL_AXES),
                               .keep = lua_toboolean(L, 3)};
    if (options.axis == LURE_ALL_AXES && lure_tensor_size(&input.tensor) == 0 &&
        (op == LURE_OP_MEAN || op == LURE_OP_MIN || op == LURE_OP_MAX)) {
        lua_pushnil(L); /* there is none */
        return 1;
    }
    lure__push_operation(L, op, 1, &input, 1, &options);
    return 1;
}

/* [-0, +1, e] t:deviation([axis [, keep]]) of a sample (n - 1); 0 for one element */
static int op_deviation(lua_State *L)
{
    double room;
    lure_value input = lure__read_value(L, LURE_OP_VARIANCE, 1, 1, &room);
    lure_op_options options = {.axis = check_axis(L, LURE_OP_VARIANCE, 2, &input.tensor, LURE_ALL_AXES),
                               .keep = lua_toboolean(L, 3)};
    if (options.axis == LURE_ALL_AXES && lure_tensor_size(&input.tensor) == 0) {
        lua_pushnil(L);
        return 1;
    }
    lure__push_operation(L, LURE_OP_VARIANCE, 1, &input, 1, &options);
    lua_replace(L, 1);
    lure_value variance = lure__read_value(L, LURE_OP_SQRT, 1, 1, &room);
    lure__push_operation(L, LURE_OP_SQRT, 1, &variance, 1, NULL);
    return 1;
}

static int op_along(lua_State *L) /* [-0, +1, e] f(t [, axis]): along the last axis when none is given */
{
    lure_op op = this_op(L);
    check_tensor(L, op, 1);
    lure_value input = lure__read_value(L, op, 1, 1, NULL);
    lure_op_options options = {.axis = check_axis(L, op, 2, &input.tensor, LURE_LAST_AXIS)};
    lure__push_operation(L, op, 1, &input, 1, &options);
    return 1;
}

/* ---- several tensors ---- */

static int op_matmul(lua_State *L) /* [-0, +1, e] matmul(a, b) */
{
    lure_op op = this_op(L);
    lure_value inputs[2];
    check_tensor(L, op, 1);
    check_tensor(L, op, 2);
    inputs[0] = lure__read_value(L, op, 1, 2, NULL);
    inputs[1] = lure__read_value(L, op, 2, 1, NULL);
    lure__push_operation(L, op, 2, inputs, 1, NULL);
    return 1;
}

static int op_join(lua_State *L) /* [-0, +1, e] concat({ a, b, ... } [, axis = 1]); stack: along a new axis */
{
    lure_op op = this_op(L);
    if (!lua_istable(L, 1))
        return luaL_error(L, "%s: argument 1 is %s; expected a list of tensors", name_of(op),
                          lure_type_name(L, 1));
    size_t n = lure_check_list(L, 1, MOST_JOINED, name_of(op));
    if (n == 0)
        return luaL_error(L, "%s: the list is empty; expected tensors", name_of(op));
    lua_settop(L, 2);
    luaL_checkstack(L, (int)n + 8, name_of(op));
    lure_value *inputs =
        lua_newuserdatauv(L, n * (sizeof *inputs + sizeof(double)), 0); /* scratch, collected */
    double *rooms = (double *)(inputs + n);
    int first = 4, like = 0;
    bool indices = true;
    for (size_t i = 0; i < n; i++) {
        lua_rawgeti(L, 1, (lua_Integer)i + 1);
        const lure_tensor_box *box = box_at(L, -1);
        if (!box && lua_type(L, -1) != LUA_TNUMBER)
            return luaL_error(L, "%s: element %I of the list is %s; expected a tensor", name_of(op),
                              (lua_Integer)i + 1, lure_type_name(L, -1));
        like = like == 0 && box ? lua_gettop(L) : like;
        indices &= box && box->is_indices;
    }
    for (size_t i = 0; i < n; i++)
        inputs[i] = indices ? lure__read_kept(L, op, first + (int)i)
                            : lure__read_value(L, op, first + (int)i, like ? like : first, &rooms[i]);
    lure_tensor axes = inputs[0].tensor;
    axes.n_dims += op == LURE_OP_STACK && axes.n_dims < LURE_MAX_DIMS; /* the result's */
    lure_op_options options = {.axis = check_axis(L, op, 2, &axes, 0)};
    lure__push_operation(L, op, n, inputs, first, &options);
    if (indices)
        lure_mark_indices(L, -1);
    return 1;
}

/* ---- names ---- */

/* As a global a name must not hide one of Lua's (select), nor be so short a word that scripts want it (min, add). */
static bool is_global(lure_op op)
{
    switch (op) {
    case LURE_OP_ADD:
    case LURE_OP_SUBTRACT:
    case LURE_OP_MULTIPLY:
    case LURE_OP_DIVIDE:
    case LURE_OP_POWER:
    case LURE_OP_NEGATE:
    case LURE_OP_FLOOR:
    case LURE_OP_MIN:
    case LURE_OP_MAX:
    case LURE_OP_SORT:
    case LURE_OP_SORT_INDICES:
    case LURE_OP_ARGMIN:
    case LURE_OP_ARGMAX:
    case LURE_OP_SIN:
    case LURE_OP_COS: return false;
    default: return true;
    }
}

static lua_CFunction function_of(lure_op op)
{
    if (op == LURE_OP_CLAMP)
        return op_clamp;
    if (op == LURE_OP_CAST || op == LURE_OP_SORT || op == LURE_OP_SORT_INDICES)
        return NULL; /* t:to(type); bind_indices.c */
    switch (lure_op_info_of(op)->rule) {
    case LURE_SHAPE_COMBINE: return op_combine;
    case LURE_SHAPE_MAP: return op_map;
    case LURE_SHAPE_WHERE: return op_where;
    case LURE_SHAPE_REDUCE: return op_reduce;
    case LURE_SHAPE_ALONG: return op_along;
    case LURE_SHAPE_MATMUL: return op_matmul;
    case LURE_SHAPE_JOIN: return op_join;
    case LURE_SHAPE_INDEX: /* bind_indices.c */
    case LURE_SHAPE_GATHER:
    case LURE_SHAPE_VIEW: break; /* bind_tensor_view.c */
    }
    return NULL;
}

static void add_function(lua_State *L, const char *name, lure_op op, lua_CFunction function, int methods,
                         int functions, bool global)
{
    lua_pushinteger(L, op);
    lua_pushcclosure(L, function, 1);
    lua_pushvalue(L, -1);
    lua_setfield(L, methods, name);
    lua_pushvalue(L, -1);
    lua_setfield(L, functions, name);
    if (global)
        lure_library_export(L, name);
    else
        lua_pop(L, 1);
}

void lure__add_operations(lua_State *L, int methods, int functions)
{
    static const struct {
        const char *name;
        lure_op op;
    } operators[] = {{"__add", LURE_OP_ADD},    {"__sub", LURE_OP_SUBTRACT}, {"__mul", LURE_OP_MULTIPLY},
                     {"__div", LURE_OP_DIVIDE}, {"__pow", LURE_OP_POWER},    {"__unm", LURE_OP_NEGATE}};
    for (int op = 0; op < LURE_N_OPERATIONS; op++)
        if (function_of((lure_op)op))
            add_function(L, name_of((lure_op)op), (lure_op)op, function_of((lure_op)op), methods, functions,
                         is_global((lure_op)op));
    add_function(L, "deviation", LURE_OP_VARIANCE, op_deviation, methods, functions, false);
    lua_pushnil(L); /* lists are joined, not methods of one of them */
    lua_setfield(L, methods, name_of(LURE_OP_CONCAT));
    lua_pushnil(L);
    lua_setfield(L, methods, name_of(LURE_OP_STACK));
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        lua_pushinteger(L, operators[i].op);
        lua_pushcclosure(L, function_of(operators[i].op), 1);
        lua_setfield(L, methods - 1, operators[i].name); /* the metatable */
    }
}
