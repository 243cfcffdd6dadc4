/* bind_tensor.c: tensors as scripts see them: lists of numbers in float64, float32 or int32, of one or two
   dimensions. t[i] is 1-based; on two dimensions t[i][j], where t[i] views a row. + - * / work element by
   element with a number or a tensor of the same shape and give a new tensor. Numbers live inside the userdata, so
   the collector and the memory limit see every byte; a view pins its owner. */
#include "script/bind.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

typedef struct tensor_box {
    lure_box box;
    lure_tensor tensor;
    struct tensor_box *whole; /* a row of a tensor: pinned as its owner; null: not a row */
    size_t row;
} tensor_box;

static const char METATABLE = 0;

enum { ALIGNMENT = 64, MOST_ROWS = 100000000 };

static const size_t MOST_BYTES = (size_t)1
                                 << 46; /* more than any machine's memory; with a header it still fits */

static tensor_box *push_box(lua_State *L, size_t n_bytes, int n_uservalues)
{
    tensor_box *box = lua_newuserdatauv(L, sizeof *box + n_bytes, n_uservalues);
    memset(box, 0, sizeof *box);
    box->box.kind = LURE_BOX_TENSOR;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &METATABLE);
    lua_setmetatable(L, -2);
    return box;
}

lure_tensor *lure_push_tensor(lua_State *L, lure_dtype dtype, int n_dims, const size_t *shape)
{
    lure_tensor tensor = lure_tensor_view(NULL, dtype, n_dims, shape);
    size_t n_bytes;
    if (!lure_tensor_bytes(&tensor, &n_bytes) || n_bytes > MOST_BYTES) {
        char text[LURE_SHAPE_TEXT];
        lure_tensor_shape_text(&tensor, text);
        luaL_error(L, "a tensor of shape %s is too large", text);
    }
    bool aligned = n_bytes >= 2 * ALIGNMENT; /* small ones would spend more on padding than they gain */
    tensor_box *box = push_box(L, n_bytes + (aligned ? ALIGNMENT : 0), 0);
    uintptr_t data = (uintptr_t)(box + 1);
    tensor.data = (void *)(aligned ? (data + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT : data);
    memset(tensor.data, 0, n_bytes);
    box->tensor = tensor;
    return &box->tensor;
}

lure_tensor *lure_push_tensor_view(lua_State *L, const lure_tensor *view, int owner)
{
    owner = lua_absindex(L, owner);
    tensor_box *box = push_box(L, 0, 1);
    box->tensor = *view;
    lua_pushvalue(L, owner);
    lua_setiuservalue(L, -2, 1);
    return &box->tensor;
}

/* A batch's numbers move when it grows and change at each collect, so a row looks up where it lies at each use. */
static lure_tensor *find_row(lua_State *L, tensor_box *box)
{
    lure_tensor *whole = box->whole->whole ? find_row(L, box->whole) : &box->whole->tensor;
    if (box->row >= whole->shape[0])
        luaL_error(L, "row %I is of a batch that is gone: a batch is valid until the next run:collect",
                   (lua_Integer)box->row + 1);
    box->tensor.data =
        (char *)whole->data + box->row * lure_tensor_size(&box->tensor) * lure_dtype_size(whole->dtype);
    return &box->tensor;
}

lure_tensor *lure_check_tensor(lua_State *L, int arg)
{
    tensor_box *box = lure_box_check(L, arg, LURE_BOX_TENSOR, "tensor");
    return box->whole ? find_row(L, box) : &box->tensor;
}

const lure_tensor *lure_check_vector(lua_State *L, int arg, lure_dtype dtype, size_t n, const char *what)
{
    const lure_tensor *t = lure_check_tensor(L, arg);
    if (t->dtype != dtype || t->n_dims != 1 || t->shape[0] != n) {
        char shape[LURE_SHAPE_TEXT];
        lure_tensor_shape_text(t, shape);
        luaL_error(L, "%s: expected a %s tensor of %I numbers, got %s of shape %s", what,
                   lure_dtype_name(dtype), (lua_Integer)n, lure_dtype_name(t->dtype), shape);
    }
    return t;
}

static void push_element(lua_State *L, const lure_tensor *t, size_t i)
{
    if (t->dtype == LURE_I32)
        lua_pushinteger(L, ((const int32_t *)t->data)[i]);
    else
        lua_pushnumber(L, lure_tensor_get(t, i));
}

/* The one place where 1-based becomes 0-based. */
static size_t check_index(lua_State *L, int arg, const lure_tensor *t)
{
    lua_Integer i = luaL_checkinteger(L, arg);
    size_t n = t->n_dims ? t->shape[0] : 0;
    if (i < 1 || (lua_Unsigned)i > n)
        luaL_error(L, "index %I is outside the tensor: it has elements 1 to %I", i, (lua_Integer)n);
    return (size_t)i - 1;
}

static int tensor_index(lua_State *L) /* [-0, +1, e] t[i], or a method; upvalue 1: the methods */
{
    const lure_tensor *t = lure_check_tensor(L, 1);
    if (lua_type(L, 2) != LUA_TNUMBER) {
        lua_pushvalue(L, 2);
        if (lua_rawget(L, lua_upvalueindex(1)) == LUA_TNIL)
            return luaL_error(
                L, "a tensor has no '%s'; it has [i], mean, sum, deviation, min, max, shape, to_table",
                lure_push_text(L, 2));
        return 1;
    }
    size_t i = check_index(L, 2, t);
    if (t->n_dims == 1) {
        push_element(L, t, i);
        return 1;
    }
    lure_tensor row = lure_tensor_view(NULL, t->dtype, t->n_dims - 1, t->shape + 1);
    tensor_box *box = lua_touserdata(L, 1), *view = push_box(L, 0, 1);
    view->tensor = row;
    view->whole = box;
    view->row = i;
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, -2, 1);
    return 1;
}

static int tensor_newindex(lua_State *L) /* [-0, +0, e] t[i] = number */
{
    lure_tensor *t = lure_check_tensor(L, 1);
    size_t i = check_index(L, 2, t);
    if (t->n_dims != 1)
        return luaL_error(L, "assign to one element: t[i][j] = number");
    lure_tensor_set(t, i, luaL_checknumber(L, 3));
    return 0;
}

static int tensor_length(lua_State *L)
{
    const lure_tensor *t = lure_check_tensor(L, 1);
    lua_pushinteger(L, t->n_dims ? (lua_Integer)t->shape[0] : 0);
    return 1;
}

/* ---- arithmetic ---- */

typedef double (*binary)(double, double);
static double add(double a, double b)
{
    return a + b;
}
static double subtract(double a, double b)
{
    return a - b;
}
static double multiply(double a, double b)
{
    return a * b;
}
static double divide(double a, double b)
{
    return a / b;
}

static int arithmetic(lua_State *L, binary f)
{
    const lure_tensor *a = lure_box_test(L, 1, LURE_BOX_TENSOR) ? lure_check_tensor(L, 1) : NULL;
    const lure_tensor *b = lure_box_test(L, 2, LURE_BOX_TENSOR) ? lure_check_tensor(L, 2) : NULL;
    double x = a ? 0.0 : luaL_checknumber(L, 1), y = b ? 0.0 : luaL_checknumber(L, 2);
    if (a && b && !lure_tensor_same_shape(a, b)) {
        char left[LURE_SHAPE_TEXT], right[LURE_SHAPE_TEXT];
        lure_tensor_shape_text(a, left);
        lure_tensor_shape_text(b, right);
        return luaL_error(L, "arithmetic on tensors of shapes %s and %s; they must be the same", left, right);
    }
    const lure_tensor *like = a ? a : b;
    if (!like) /* Lua calls these for tensors alone */
        return luaL_error(L, "arithmetic on tensors: neither operand is one");
    lure_dtype dtype = like->dtype; /* integers become float64; of two kinds the wider */
    if (dtype == LURE_I32 || (a && b && (a->dtype == LURE_F64 || b->dtype == LURE_F64)))
        dtype = LURE_F64;
    lure_tensor *out = lure_push_tensor(L, dtype, like->n_dims, like->shape);
    size_t n = lure_tensor_size(out);
    for (size_t i = 0; i < n; i++)
        lure_tensor_set(out, i, f(a ? lure_tensor_get(a, i) : x, b ? lure_tensor_get(b, i) : y));
    return 1;
}

static int tensor_add(lua_State *L)
{
    return arithmetic(L, add);
}
static int tensor_subtract(lua_State *L)
{
    return arithmetic(L, subtract);
}
static int tensor_multiply(lua_State *L)
{
    return arithmetic(L, multiply);
}
static int tensor_divide(lua_State *L)
{
    return arithmetic(L, divide);
}

static int tensor_negate(lua_State *L)
{
    lua_settop(L, 1);
    lua_pushnumber(L, -1.0);
    return arithmetic(L, multiply);
}

/* ---- reductions over all elements; of an empty tensor: sum 0, the others nil ---- */

static double sum_of(const lure_tensor *t)
{
    double sum = 0.0;
    for (size_t i = 0, n = lure_tensor_size(t); i < n; i++)
        sum += lure_tensor_get(t, i);
    return sum;
}

static int tensor_sum(lua_State *L)
{
    lua_pushnumber(L, sum_of(lure_check_tensor(L, 1)));
    return 1;
}

static int tensor_mean(lua_State *L)
{
    const lure_tensor *t = lure_check_tensor(L, 1);
    size_t n = lure_tensor_size(t);
    if (n == 0)
        return 0;
    lua_pushnumber(L, sum_of(t) / (double)n);
    return 1;
}

static int tensor_deviation(lua_State *L) /* of a sample (n - 1); 0 for one element */
{
    const lure_tensor *t = lure_check_tensor(L, 1);
    size_t n = lure_tensor_size(t);
    if (n == 0)
        return 0;
    double mean = sum_of(t) / (double)n, squares = 0.0;
    for (size_t i = 0; i < n; i++)
        squares += (lure_tensor_get(t, i) - mean) * (lure_tensor_get(t, i) - mean);
    lua_pushnumber(L, n > 1 ? sqrt(squares / (double)(n - 1)) : 0.0);
    return 1;
}

static int extreme(lua_State *L, double sign)
{
    const lure_tensor *t = lure_check_tensor(L, 1);
    size_t n = lure_tensor_size(t), best = 0;
    if (n == 0)
        return 0;
    for (size_t i = 1; i < n; i++)
        if (sign * lure_tensor_get(t, i) > sign * lure_tensor_get(t, best))
            best = i;
    push_element(L, t, best);
    return 1;
}

static int tensor_min(lua_State *L)
{
    return extreme(L, -1.0);
}
static int tensor_max(lua_State *L)
{
    return extreme(L, 1.0);
}

/* ---- to and from tables ---- */

static int tensor_shape(lua_State *L) /* [-0, +n, e] t:shape() -> rows, columns */
{
    const lure_tensor *t = lure_check_tensor(L, 1);
    for (int i = 0; i < t->n_dims; i++)
        lua_pushinteger(L, (lua_Integer)t->shape[i]);
    return t->n_dims;
}

static int tensor_to_table(lua_State *L)
{
    const lure_tensor *t = lure_check_tensor(L, 1);
    size_t n_rows = t->n_dims == 2 ? t->shape[0] : 1, n = n_rows ? lure_tensor_size(t) / n_rows : 0;
    lua_createtable(L, (int)n_rows, 0);
    for (size_t r = 0; r < n_rows; r++) {
        if (t->n_dims == 2)
            lua_createtable(L, (int)n, 0);
        for (size_t i = 0; i < n; i++) {
            push_element(L, t, r * n + i);
            lua_rawseti(L, -2, (lua_Integer)i + 1);
        }
        if (t->n_dims == 2)
            lua_rawseti(L, -2, (lua_Integer)r + 1);
    }
    return 1;
}

/* "float64 (3): 1 2 3"; long ones are cut. */
static int tensor_tostring(lua_State *L)
{
    enum { MOST_SHOWN = 12 };
    const lure_tensor *t = lure_check_tensor(L, 1);
    char shape[LURE_SHAPE_TEXT], number[32];
    lure_tensor_shape_text(t, shape);
    luaL_Buffer text;
    luaL_buffinit(L, &text);
    luaL_addstring(&text, lure_dtype_name(t->dtype));
    luaL_addchar(&text, ' ');
    luaL_addstring(&text, shape);
    luaL_addchar(&text, ':');
    size_t n = lure_tensor_size(t), n_columns = t->n_dims == 2 ? t->shape[1] : n;
    for (size_t i = 0; i < n && i < MOST_SHOWN; i++) {
        snprintf(number, sizeof number, "%s%.6g", i && n_columns && i % n_columns == 0 ? " | " : " ",
                 lure_tensor_get(t, i));
        luaL_addstring(&text, number);
    }
    if (n > MOST_SHOWN)
        luaL_addstring(&text, " ...");
    luaL_pushresult(&text);
    return 1;
}

static double check_number_at(lua_State *L, int table, size_t i)
{
    lua_rawgeti(L, table, (lua_Integer)i + 1);
    int is_number;
    double x = lua_tonumberx(L, -1, &is_number);
    if (!is_number)
        luaL_error(L, "lure.tensor: element %I is %s %s; expected a number", (lua_Integer)i + 1,
                   lure_article(lure_type_name(L, -1)), lure_type_name(L, -1));
    lua_pop(L, 1);
    return x;
}

static int
make_tensor(lua_State *L) /* [-0, +1, e] lure.tensor(list of numbers, or of lists of the same length) */
{
    luaL_checktype(L, 1, LUA_TTABLE);
    size_t shape[2] = {lure_check_list(L, 1, MOST_ROWS, "lure.tensor"), 0};
    bool nested = lua_rawgeti(L, 1, 1) == LUA_TTABLE;
    if (nested)
        shape[1] = lure_check_list(L, -1, MOST_ROWS, "lure.tensor");
    lua_pop(L, 1);
    lure_tensor *t = lure_push_tensor(L, LURE_F64, nested ? 2 : 1, shape);
    double *data = t->data;
    for (size_t i = 0; i < shape[0]; i++) {
        if (!nested) {
            data[i] = check_number_at(L, 1, i);
            continue;
        }
        if (lua_rawgeti(L, 1, (lua_Integer)i + 1) != LUA_TTABLE || lua_rawlen(L, -1) != shape[1])
            return luaL_error(L, "lure.tensor: row %I is not a list of %I numbers like the first",
                              (lua_Integer)i + 1, (lua_Integer)shape[1]);
        for (size_t j = 0; j < shape[1]; j++)
            data[i * shape[1] + j] = check_number_at(L, lua_gettop(L), j);
        lua_pop(L, 1);
    }
    return 1;
}

void lure_bind_tensor(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"sum", tensor_sum}, {"mean", tensor_mean},   {"deviation", tensor_deviation}, {"min", tensor_min},
        {"max", tensor_max}, {"shape", tensor_shape}, {"to_table", tensor_to_table},   {NULL, NULL}};
    static const luaL_Reg events[] = {
        {"__newindex", tensor_newindex}, {"__len", tensor_length},        {"__add", tensor_add},
        {"__sub", tensor_subtract},      {"__mul", tensor_multiply},      {"__div", tensor_divide},
        {"__unm", tensor_negate},        {"__tostring", tensor_tostring}, {NULL, NULL}};
    lure_box_metatable(L, &METATABLE, "tensor", methods);
    luaL_setfuncs(L, events, 0);
    lua_getfield(L, -1, "__index");
    lua_pushcclosure(L, tensor_index, 1);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
    lua_pushcfunction(L, make_tensor);
    lua_setfield(L, -2, "tensor");
}
