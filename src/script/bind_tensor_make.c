/* bind_tensor_make.c: how scripts make tensors: lure.tensor(list [, type]), zeros, ones, full, range, uniform, normal,
   permutation, and what is made like another tensor. A shape is numbers, zeros(2, 3), or where more follows a
   list or one number: full({ 2, 3 }, 1), normal(5, rng). Types: "float64" (when none is given), "float32", "int32". */
#include "script/tensor_box.h"

#include "base/text.h"
#include "math/random.h"
#include "script/call.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

enum { MOST_ROWS = 100000000 };

/* ---- reading arguments ---- */

lure_dtype lure__check_dtype(lua_State *L, int arg, lure_dtype otherwise, const char *what)
{
    static const struct {
        const char *word;
        lure_dtype dtype;
    } words[] = {{"float32", LURE_F32},
                 {"float64", LURE_F64},
                 {"int32", LURE_I32},
                 {"single", LURE_F32},
                 {"double", LURE_F64}};
    if (lua_isnoneornil(L, arg))
        return otherwise;
    const char *given = lua_type(L, arg) == LUA_TSTRING ? lua_tostring(L, arg) : "";
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(given, words[i].word) == 0)
            return words[i].dtype;
    luaL_error(L, "%s: the type is %s; expected \"float64\", \"float32\" or \"int32\"", what,
               lure_push_text(L, arg));
    return otherwise;
}

size_t lure__check_side(lua_State *L, int index, bool may_be_unknown, const char *what)
{
    int is_integer;
    lua_Integer side = lua_tointegerx(L, index, &is_integer);
    if (lua_type(L, index) != LUA_TNUMBER || !is_integer || side < (may_be_unknown ? -1 : 0))
        luaL_error(L, "%s: a side of the shape is %s; expected a whole number >= 0%s", what,
                   lure_push_text(L, index), may_be_unknown ? ", or -1" : "");
    return (size_t)side;
}

static void add_side(lua_State *L, int *n_dims, size_t *shape, size_t side, int *unknown, const char *what)
{
    if (*n_dims == LURE_MAX_DIMS)
        luaL_error(L, "%s: a shape has at most %d sides", what, LURE_MAX_DIMS);
    if (side == SIZE_MAX) {
        if (*unknown >= 0)
            luaL_error(L, "%s: only one side may be -1", what);
        *unknown = *n_dims;
        side = 1;
    }
    shape[(*n_dims)++] = side;
}

int lure__check_shape(lua_State *L, int arg, int *n_dims, size_t shape[LURE_MAX_DIMS], int *unknown,
                      const char *what)
{
    int none = -1, *free_side = unknown ? unknown : &none;
    *n_dims = 0;
    *free_side = -1;
    if (lua_istable(L, arg)) {
        size_t n = lua_rawlen(L, arg);
        for (size_t i = 0; i < n && i <= LURE_MAX_DIMS; i++) {
            lua_rawgeti(L, arg, (lua_Integer)i + 1);
            add_side(L, n_dims, shape, lure__check_side(L, lua_gettop(L), unknown != NULL, what), free_side,
                     what);
            lua_pop(L, 1);
        }
        return arg + 1;
    }
    if (lua_isnoneornil(L, arg))
        luaL_error(L, "%s: of which shape? Give numbers, or a list of them", what);
    for (; lua_type(L, arg) == LUA_TNUMBER; arg++)
        add_side(L, n_dims, shape, lure__check_side(L, arg, unknown != NULL, what), free_side, what);
    if (*n_dims == 0)
        luaL_error(L, "%s: the shape is %s; expected numbers, or a list of them", what,
                   lure_type_name(L, arg));
    return arg;
}

/* A shape before other arguments: a list, or one number. */
static void check_short_shape(lua_State *L, int *n_dims, size_t shape[LURE_MAX_DIMS], const char *what)
{
    if (lua_type(L, 1) == LUA_TNUMBER) {
        *n_dims = 1;
        shape[0] = lure__check_side(L, 1, false, what);
    } else {
        lure__check_shape(L, 1, n_dims, shape, NULL, what);
    }
}

/* ---- from lists ---- */

static void fill_from_list(lua_State *L, int list, lure_tensor *t, int axis, size_t *i, const char *what)
{
    for (size_t row = 0; row < t->shape[axis]; row++) {
        int type = lua_rawgeti(L, list, (lua_Integer)row + 1);
        if (axis + 1 < t->n_dims) {
            if (type != LUA_TTABLE || lua_rawlen(L, -1) != t->shape[axis + 1])
                luaL_error(L, "%s: row %I is not a list of %I %s like the first", what, (lua_Integer)row + 1,
                           (lua_Integer)t->shape[axis + 1], axis + 2 == t->n_dims ? "numbers" : "lists");
            fill_from_list(L, lua_gettop(L), t, axis + 1, i, what);
        } else {
            if (type != LUA_TNUMBER)
                luaL_error(L, "%s: element %I is %s %s; expected a number%s", what, (lua_Integer)row + 1,
                           lure_article(lure_type_name(L, -1)), lure_type_name(L, -1),
                           lure_box_test(L, -1, LURE_BOX_TENSOR)
                               ? " (stack(list) makes one tensor of several)"
                               : "");
            double x = lua_tonumber(L, -1);
            if (t->dtype == LURE_I32 && !(x == floor(x) && fabs(x) <= INT32_MAX))
                luaL_error(L, "%s: element %I is %s; expected a whole number, as the type is int32", what,
                           (lua_Integer)row + 1, lure_push_text(L, -1));
            if (t->dtype == LURE_F64)
                ((double *)t->data)[(*i)++] = lua_tonumber(L, -1);
            else
                lure_tensor_set(t, (*i)++, lua_tonumber(L, -1));
        }
        lua_pop(L, 1);
    }
}

lure_tensor *lure__push_list(lua_State *L, int index, lure_dtype dtype, const char *what)
{
    size_t shape[LURE_MAX_DIMS], i = 0;
    int n_dims = 0, top = lua_gettop(L);
    luaL_checkstack(L, 2 * LURE_MAX_DIMS + 8, NULL);
    index = lua_absindex(L, index);
    lua_pushvalue(L, index);
    do {
        if (n_dims == LURE_MAX_DIMS)
            luaL_error(L, "%s: lists nested more than %d deep", what, LURE_MAX_DIMS);
        shape[n_dims++] = lure_check_list(L, -1, MOST_ROWS, what);
    } while (lua_rawgeti(L, -1, 1) == LUA_TTABLE);
    lua_settop(L, top);
    lure_tensor *t = lure_push_tensor(L, dtype, n_dims, shape);
    fill_from_list(L, index, t, 0, &i, what);
    return t;
}

/* [-0, +1, e] lure.tensor(list of numbers, or of lists of the same length [, type]) */
static int make_tensor(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lure__push_list(L, 1, lure__check_dtype(L, 2, LURE_F64, "lure.tensor"), "lure.tensor");
    return 1;
}

/* ---- of one number, or of a row of them ---- */

static void fill(lure_tensor *t, double x)
{
    for (size_t i = 0, n = lure_tensor_size(t); i < n; i++)
        lure_tensor_set(t, i, x);
}

static int zeros(lua_State *L) /* [-0, +1, e] lure.zeros(sides... or { sides } [, type]) */
{
    size_t shape[LURE_MAX_DIMS];
    int n_dims, rest = lure__check_shape(L, 1, &n_dims, shape, NULL, "lure.zeros");
    lure_push_tensor(L, lure__check_dtype(L, rest, LURE_F64, "lure.zeros"), n_dims, shape);
    return 1;
}

static int ones(lua_State *L) /* [-0, +1, e] lure.ones(sides... or { sides } [, type]) */
{
    size_t shape[LURE_MAX_DIMS];
    int n_dims, rest = lure__check_shape(L, 1, &n_dims, shape, NULL, "lure.ones");
    fill(lure_push_tensor(L, lure__check_dtype(L, rest, LURE_F64, "lure.ones"), n_dims, shape), 1.0);
    return 1;
}

static int full(lua_State *L) /* [-0, +1, e] lure.full(shape, number [, type]) */
{
    size_t shape[LURE_MAX_DIMS];
    int n_dims;
    check_short_shape(L, &n_dims, shape, "lure.full");
    double x = luaL_checknumber(L, 2);
    fill(lure_push_tensor(L, lure__check_dtype(L, 3, LURE_F64, "lure.full"), n_dims, shape), x);
    return 1;
}

static int push_like(lua_State *L, double x, const char *what)
{
    const lure_tensor *t = lure_check_strided(L, 1);
    fill(lure_push_tensor(L, lure__check_dtype(L, 2, t->dtype, what), t->n_dims, t->shape), x);
    return 1;
}

static int zeros_like(lua_State *L) /* [-0, +1, e] lure.zeros_like(t [, type]) */
{
    return push_like(L, 0.0, "lure.zeros_like");
}

static int ones_like(lua_State *L) /* [-0, +1, e] lure.ones_like(t [, type]) */
{
    return push_like(L, 1.0, "lure.ones_like");
}

/* [-0, +1, e] lure.range(first, last [, step = 1 [, type]]): first + i * step, up to last */
static int range(lua_State *L)
{
    double first = luaL_checknumber(L, 1), last = luaL_checknumber(L, 2), step = luaL_optnumber(L, 3, 1.0);
    if (!isfinite(first) || !isfinite(last) || !isfinite(step) || step == 0)
        return luaL_error(L, "lure.range: expected finite numbers and a step other than 0");
    double steps = floor((last - first) / step + 1e-9); /* 0 to 1 in steps of 0.1 are eleven numbers */
    if (steps >= MOST_ROWS)
        return luaL_error(L, "lure.range: more than %d numbers", MOST_ROWS);
    size_t n = steps < 0 ? 0 : (size_t)steps + 1;
    lure_tensor *t = lure_push_tensor(L, lure__check_dtype(L, 4, LURE_F64, "lure.range"), 1, &n);
    for (size_t i = 0; i < n; i++)
        lure_tensor_set(t, i, first + (double)i * step);
    return 1;
}

/* ---- random ---- */

static lure_rng *check_rng(lua_State *L, const char *what)
{
    if (!lure_box_test(L, 2, LURE_BOX_RNG))
        luaL_error(L, "%s: argument 2 is %s; expected a random stream: %s(shape, rng)", what,
                   lure_type_name(L, 2), what);
    return lure_check_rng(L, 2);
}

static double check_finite(lua_State *L, int arg, double otherwise, const char *what)
{
    double x = luaL_optnumber(L, arg, otherwise);
    if (!isfinite(x))
        luaL_error(L, "%s: argument %d is %f; expected a finite number", what, arg, lure_number_plain(x));
    return x;
}

static int uniform(lua_State *L) /* [-0, +1, e] lure.uniform(shape, rng [, low = 0 [, high = 1 [, type]]]) */
{
    size_t shape[LURE_MAX_DIMS];
    int n_dims;
    check_short_shape(L, &n_dims, shape, "lure.uniform");
    lure_rng *rng = check_rng(L, "lure.uniform");
    double low = check_finite(L, 3, 0.0, "lure.uniform"), high = check_finite(L, 4, 1.0, "lure.uniform");
    if (low > high)
        return luaL_error(L, "lure.uniform: low, %f, is above high, %f", low, high);
    lure_tensor *t = lure_push_tensor(L, lure__check_dtype(L, 5, LURE_F64, "lure.uniform"), n_dims, shape);
    for (size_t i = 0, n = lure_tensor_size(t); i < n; i++) {
        double x = low + (high - low) * lure_rng_uniform(rng);
        lure_tensor_set(t, i, x < high || low == high ? x : low); /* rounding must not reach high */
    }
    return 1;
}

/* [-0, +1, e] lure.normal(shape, rng [, mean = 0 [, deviation = 1 [, type]]]) */
static int normal(lua_State *L)
{
    size_t shape[LURE_MAX_DIMS];
    int n_dims;
    check_short_shape(L, &n_dims, shape, "lure.normal");
    lure_rng *rng = check_rng(L, "lure.normal");
    double mean = check_finite(L, 3, 0.0, "lure.normal"), deviation = check_finite(L, 4, 1.0, "lure.normal");
    if (deviation < 0)
        return luaL_error(L, "lure.normal: the standard deviation is %f; expected >= 0", deviation);
    lure_tensor *t = lure_push_tensor(L, lure__check_dtype(L, 5, LURE_F64, "lure.normal"), n_dims, shape);
    for (size_t i = 0, n = lure_tensor_size(t); i < n; i++)
        lure_tensor_set(t, i, lure_random_normal(rng, mean, deviation));
    return 1;
}

/* [-0, +1, e] lure.permutation(n, rng): 1 to n in random order, for take */
static int permutation(lua_State *L)
{
    size_t n = lure__check_side(L, 1, false, "lure.permutation");
    if (n > MOST_ROWS)
        return luaL_error(L, "lure.permutation: more than %d numbers", MOST_ROWS);
    lure_rng *rng = check_rng(L, "lure.permutation");
    int32_t *numbers = lure_push_tensor(L, LURE_I32, 1, &n)->data;
    for (size_t i = 0; i < n; i++)
        numbers[i] = (int32_t)i;
    lure_random_shuffle(rng, numbers, n); /* as rng:shuffle does */
    lure_mark_indices(L, -1);
    return 1;
}

void lure__add_making(lua_State *L, int functions)
{
    static const luaL_Reg made[] = {{"tensor", make_tensor},
                                    {"zeros", zeros},
                                    {"ones", ones},
                                    {"full", full},
                                    {"zeros_like", zeros_like},
                                    {"ones_like", ones_like},
                                    {"range", range},
                                    {"uniform", uniform},
                                    {"normal", normal},
                                    {"permutation", permutation},
                                    {NULL, NULL}};
    lua_pushvalue(L, functions);
    luaL_setfuncs(L, made, 0);
    lua_pop(L, 1);
}
