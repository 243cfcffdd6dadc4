/* bind_normaliser.c: observations brought to mean 0 and variance 1, rewards to a return of standard deviation 1, by what a
   run has seen so far: lure.normaliser { size =, clip =, epsilon = } and lure.reward_scaler { environments =, discount =,
   clip =, epsilon = }. Their numbers lie inside the userdata. Both freeze for evaluation, and give and take a state. */
#include "script/bind.h"

#include "base/text.h"
#include "learn/normaliser.h"
#include "script/call.h"
#include "script/image.h"
#include "script/spec_words.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

typedef struct normaliser_box {
    lure_box box;
    lure_normaliser normaliser;
    double numbers[];
} normaliser_box;

typedef struct scaler_box {
    lure_box box;
    lure_reward_scaler scaler;
    double numbers[];
} scaler_box;

static const char NORMALISER = 0, SCALER = 0; /* their addresses are the metatables' keys */

enum { MOST_FEATURES = 1000000 };

static lure_normaliser *check_normaliser(lua_State *L, int arg)
{
    return &((normaliser_box *)lure_box_check(L, arg, LURE_BOX_NORMALISER, "normaliser"))->normaliser;
}

static lure_reward_scaler *check_scaler(lua_State *L, int arg)
{
    return &((scaler_box *)lure_box_check(L, arg, LURE_BOX_REWARD_SCALER, "reward scaler"))->scaler;
}

/* ---- options and states ---- */

static size_t whole_of(lua_State *L, const char *what, const char *key, double otherwise)
{
    double x = lure__read_number(L, 1, key, otherwise, what);
    if (!(x >= 1.0 && x <= MOST_FEATURES) || x != floor(x))
        luaL_error(L, "%s: %s is %f; expected a whole number from 1 to %d", what, key, lure_number_plain(x),
                   (int)MOST_FEATURES);
    return (size_t)x;
}

static double positive_of(lua_State *L, const char *what, const char *key, double otherwise)
{
    double x = lure__read_number(L, 1, key, otherwise, what);
    if (!(x > 0.0))
        luaL_error(L, "%s: %s is %f; expected more than 0", what, key, lure_number_plain(x));
    return x;
}

static void set_number(lua_State *L, const char *key, double x)
{
    lua_pushnumber(L, lure_number_plain(x));
    lua_setfield(L, -2, key);
}

static void set_numbers(lua_State *L, const char *key, size_t n, const double *numbers)
{
    memcpy(lure_push_tensor(L, LURE_F64, 1, &n)->data, numbers, n * sizeof *numbers);
    lua_setfield(L, -2, key);
}

/* A finite number of the state at 2, at least `least`. */
static double state_number(lua_State *L, const char *what, const char *key, double least)
{
    int is_number;
    lua_getfield(L, 2, key);
    double x = lua_tonumberx(L, -1, &is_number);
    if (!is_number || !(x >= least) || isinf(x))
        luaL_error(L, "%s: %s: expected a finite number, got %s", what, key, lure_push_text(L, -1));
    lua_pop(L, 1);
    return x;
}

/* (n) numbers of the state at 2, finite and at least `least`; left on the stack. */
static const double *state_numbers(lua_State *L, const char *what, const char *key, size_t n, double least)
{
    char place[64];
    snprintf(place, sizeof place, "%s: %s", what, key);
    lua_getfield(L, 2, key);
    const double *numbers = lure_check_vector(L, lua_gettop(L), LURE_F64, n, place)->data;
    for (size_t i = 0; i < n; i++)
        if (!(numbers[i] >= least) || isinf(numbers[i]))
            luaL_error(L, "%s: number %I is %f", place, (lua_Integer)i + 1, lure_number_plain(numbers[i]));
    return numbers;
}

static int freeze(lua_State *L, lure_normaliser *normaliser)
{
    luaL_argexpected(L, lua_isnoneornil(L, 2) || lua_isboolean(L, 2), 2, "boolean or nothing");
    normaliser->frozen = lua_isnoneornil(L, 2) || lua_toboolean(L, 2);
    return 0;
}

static int text_of(lua_State *L, const char *what, size_t n, const char *unit, const lure_normaliser *z)
{
    char count[LURE_NUMBER_SIZE];
    lure_number_format(floor(z->count), count);
    lua_pushfstring(L, "%s of %I %s%s, %s samples seen%s", what, (lua_Integer)n, unit, n == 1 ? "" : "s",
                    count, z->frozen ? ", frozen" : "");
    return 1;
}

/* ---- observations ---- */

/* The rows of a float tensor whose last dimension is the features; of one dimension: one row, or for a normaliser of one
   feature so many rows. */
static const lure_tensor *check_rows(lua_State *L, const lure_normaliser *z, const char *what, size_t *n_rows)
{
    const lure_tensor *t = lure_check_tensor(L, 2);
    size_t n = lure_tensor_size(t);
    bool fits = t->n_dims >= 1 && t->shape[t->n_dims - 1] == z->n_features;
    if (t->dtype == LURE_I32 || !(fits || (t->n_dims == 1 && z->n_features == 1))) {
        char shape[LURE_SHAPE_TEXT];
        lure_tensor_shape_text(t, shape);
        luaL_error(L, "%s: expected a float tensor (row, %I), got %s of shape %s", what,
                   (lua_Integer)z->n_features, lure_dtype_name(t->dtype), shape);
    }
    *n_rows = n / z->n_features;
    return t;
}

/* normaliser:update(rows): takes in a float tensor (row, size), any number of dimensions before the last, or one row
   (size). A number that is not finite is an error, and then nothing is changed. Frozen: does nothing. [-0, +0, e] */
static int normaliser_update(lua_State *L)
{
    lure_normaliser *z = check_normaliser(L, 1);
    size_t n_rows;
    const lure_tensor *rows = check_rows(L, z, "normaliser:update", &n_rows);
    lure_error err;
    if (lure_normaliser_update(z, rows->dtype, n_rows, rows->data, &err) != LURE_OK)
        return luaL_error(L, "normaliser:update: %s", err.text);
    return 0;
}

/* normaliser:normalise(rows) -> tensor like rows: (rows - mean) / sqrt(variance + epsilon), within +- clip. [-0, +1, e] */
static int normaliser_normalise(lua_State *L)
{
    const lure_normaliser *z = check_normaliser(L, 1);
    size_t n_rows;
    const lure_tensor *rows = check_rows(L, z, "normaliser:normalise", &n_rows);
    lure_tensor *out = lure_push_tensor(L, rows->dtype, rows->n_dims, rows->shape);
    lure_normaliser_apply(z, true, rows->dtype, n_rows, rows->data, out->data);
    return 1;
}

/* normaliser:freeze([on]): from now on update does nothing; freeze(false) takes that back. [-0, +0, e] */
static int normaliser_freeze(lua_State *L)
{
    return freeze(L, check_normaliser(L, 1));
}

/* normaliser:state() -> { count = number, mean = tensor (size), variance = tensor (size) }, float64 copies. [-0, +1, m] */
static int normaliser_state(lua_State *L)
{
    const lure_normaliser *z = check_normaliser(L, 1);
    lua_createtable(L, 0, 3);
    set_number(L, "count", z->count);
    set_numbers(L, "mean", z->n_features, z->mean);
    set_numbers(L, "variance", z->n_features, z->variance);
    return 1;
}

/* normaliser:load(state): what normaliser:state() gave, of the same size. One that does not fit is an error, and then
   nothing is changed. Whether it is frozen stays as it is. [-0, +0, e] */
static int normaliser_load(lua_State *L)
{
    static const char *const keys[] = {"count", "mean", "variance"}, what[] = "normaliser:load";
    lure_normaliser *z = check_normaliser(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    lure__check_keys(L, 2, 0, keys, 3, what);
    const double count = state_number(L, what, "count", 1e-300);
    const double *mean = state_numbers(L, what, "mean", z->n_features, -HUGE_VAL);
    const double *variance = state_numbers(L, what, "variance", z->n_features, 0.0);
    z->count = count;
    memcpy(z->mean, mean, z->n_features * sizeof *mean);
    memcpy(z->variance, variance, z->n_features * sizeof *variance);
    return 0;
}

/* "normaliser of 4 features, 128 samples seen, frozen" [-0, +1, m] */
static int normaliser_tostring(lua_State *L)
{
    const lure_normaliser *z = check_normaliser(L, 1);
    return text_of(L, "normaliser", z->n_features, "feature", z);
}

static void push_normaliser(lua_State *L, size_t n, double clip, double epsilon)
{
    normaliser_box *box = lua_newuserdatauv(L, sizeof *box + LURE_NORMALISER_NUMBERS * n * sizeof(double), 0);
    box->box = (lure_box){.kind = LURE_BOX_NORMALISER};
    lure_normaliser_init(&box->normaliser, n, clip, epsilon, box->numbers);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &NORMALISER);
    lua_setmetatable(L, -2);
}

/* lure.normaliser { size = n, clip = 10, epsilon = 1e-8 } -> normaliser of n features. clip = math.huge: never. [-0, +1, e] */
static int make_normaliser(lua_State *L)
{
    static const char *const keys[] = {"size", "clip", "epsilon"}, what[] = "lure.normaliser";
    luaL_checktype(L, 1, LUA_TTABLE);
    lure__check_keys(L, 1, 0, keys, 3, what);
    const size_t n = whole_of(L, what, "size", (double)NAN);
    const double clip = positive_of(L, what, "clip", 10.0), epsilon = positive_of(L, what, "epsilon", 1e-8);
    push_normaliser(L, n, clip, epsilon);
    return 1;
}

/* ---- rewards ---- */

/* scaler:scale(rewards, ends) -> tensor like rewards: divided by the standard deviation of the running discounted return,
   within +- clip. Float tensor (step, environment), or (step) of one environment; ends int32 likewise: 0 goes on,
   anything else and the return begins anew. Unless frozen it learns from them first. A reward that is not finite is an
   error, and then nothing is changed. [-0, +1, e] */
static int scaler_scale(lua_State *L)
{
    lure_reward_scaler *scaler = check_scaler(L, 1);
    const lure_tensor *rewards = lure_check_tensor(L, 2), *ends = lure_check_tensor(L, 3);
    const size_t n = lure_tensor_size(rewards);
    bool fits = rewards->n_dims >= 1 && rewards->n_dims <= 2 && rewards->dtype != LURE_I32 &&
                (rewards->n_dims == 2 ? rewards->shape[1] : 1) == scaler->n_environments;
    if (!fits) {
        char shape[LURE_SHAPE_TEXT];
        lure_tensor_shape_text(rewards, shape);
        return luaL_error(L, "scaler:scale: rewards: expected a float tensor (step, %I), got %s of shape %s",
                          (lua_Integer)scaler->n_environments, lure_dtype_name(rewards->dtype), shape);
    }
    if (ends->dtype != LURE_I32 || !lure_tensor_same_shape(ends, rewards)) {
        char shape[LURE_SHAPE_TEXT], expected[LURE_SHAPE_TEXT];
        lure_tensor_shape_text(ends, shape);
        lure_tensor_shape_text(rewards, expected);
        return luaL_error(
            L, "scaler:scale: ends: expected an int32 tensor of shape %s like rewards, got %s of shape %s",
            expected, lure_dtype_name(ends->dtype), shape);
    }
    lure_tensor *out = lure_push_tensor(L, rewards->dtype, rewards->n_dims, rewards->shape);
    lure_error err;
    if (lure_reward_scaler_apply(scaler, rewards->dtype, n / scaler->n_environments, rewards->data,
                                 ends->data, out->data, &err) != LURE_OK)
        return luaL_error(L, "scaler:scale: %s", err.text);
    return 1;
}

/* scaler:freeze([on]): from now on scale divides only; freeze(false) takes that back. [-0, +0, e] */
static int scaler_freeze(lua_State *L)
{
    return freeze(L, &check_scaler(L, 1)->spread);
}

/* scaler:state() -> { count =, mean =, variance = numbers, returns = tensor (environment) }, copies. [-0, +1, m] */
static int scaler_state(lua_State *L)
{
    const lure_reward_scaler *scaler = check_scaler(L, 1);
    lua_createtable(L, 0, 4);
    set_number(L, "count", scaler->spread.count);
    set_number(L, "mean", scaler->spread.mean[0]);
    set_number(L, "variance", scaler->spread.variance[0]);
    set_numbers(L, "returns", scaler->n_environments, scaler->returns);
    return 1;
}

/* scaler:load(state): what scaler:state() gave, of as many environments. One that does not fit is an error, and then
   nothing is changed. Whether it is frozen stays as it is. [-0, +0, e] */
static int scaler_load(lua_State *L)
{
    static const char *const keys[] = {"count", "mean", "variance", "returns"}, what[] = "scaler:load";
    lure_reward_scaler *scaler = check_scaler(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    lure__check_keys(L, 2, 0, keys, 4, what);
    const double count = state_number(L, what, "count", 1e-300);
    const double mean = state_number(L, what, "mean", -HUGE_VAL);
    const double variance = state_number(L, what, "variance", 0.0);
    const double *returns = state_numbers(L, what, "returns", scaler->n_environments, -HUGE_VAL);
    scaler->spread.count = count;
    scaler->spread.mean[0] = mean;
    scaler->spread.variance[0] = variance;
    memcpy(scaler->returns, returns, scaler->n_environments * sizeof *returns);
    return 0;
}

static int scaler_tostring(lua_State *L) /* "reward scaler of 2 environments, 128 samples seen" [-0, +1, m] */
{
    const lure_reward_scaler *scaler = check_scaler(L, 1);
    return text_of(L, "reward scaler", scaler->n_environments, "environment", &scaler->spread);
}

static void push_scaler(lua_State *L, size_t n, double discount, double clip, double epsilon)
{
    scaler_box *box =
        lua_newuserdatauv(L, sizeof *box + (LURE_NORMALISER_NUMBERS + 2 * n) * sizeof(double), 0);
    box->box = (lure_box){.kind = LURE_BOX_REWARD_SCALER};
    lure_reward_scaler_init(&box->scaler, n, discount, clip, epsilon, box->numbers);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &SCALER);
    lua_setmetatable(L, -2);
}

/* lure.reward_scaler { environments = 1, discount = 0.99, clip = 10, epsilon = 1e-8 } -> scaler. [-0, +1, e] */
static int make_scaler(lua_State *L)
{
    static const char *const keys[] = {"environments", "discount", "clip", "epsilon"};
    static const char what[] = "lure.reward_scaler";
    luaL_checktype(L, 1, LUA_TTABLE);
    lure__check_keys(L, 1, 0, keys, 4, what);
    const size_t n = whole_of(L, what, "environments", 1.0);
    const double discount = lure__read_number(L, 1, "discount", 0.99, what),
                 clip = positive_of(L, what, "clip", 10.0);
    const double epsilon = positive_of(L, what, "epsilon", 1e-8);
    if (!(discount >= 0.0 && discount <= 1.0))
        return luaL_error(L, "%s: discount is %f; expected 0 to 1", what, lure_number_plain(discount));
    push_scaler(L, n, discount, clip, epsilon);
    return 1;
}

/* ---- images ---- */

static void plan_normaliser(lure_image_out *out, int index)
{
    const lure_normaliser *z = check_normaliser(out->L, index);
    lure_bytes_add_u64(out->text, z->n_features);
    lure_bytes_add_double(out->text, z->clip);
    lure_bytes_add_double(out->text, z->epsilon);
}

static void make_normaliser_again(lure_image_in *in)
{
    const uint64_t n = lure_bytes_u64(&in->bytes);
    const double clip = lure_bytes_double(&in->bytes), epsilon = lure_bytes_double(&in->bytes);
    lure_image_expect(in, n > 0 && n <= MOST_FEATURES, "a normaliser");
    push_normaliser(in->L, (size_t)n, clip, epsilon);
}

static void save_numbers(lure_image_out *out, const lure_normaliser *z)
{
    lure_bytes_add_u8(out->text, z->frozen);
    lure_bytes_add_double(out->text, z->count);
    lure_bytes_add_block(out->text, z->mean, z->n_features * sizeof *z->mean);
    lure_bytes_add_block(out->text, z->variance, z->n_features * sizeof *z->variance);
}

static void load_numbers(lure_image_in *in, lure_normaliser *z)
{
    z->frozen = lure_bytes_u8(&in->bytes) != 0;
    z->count = lure_bytes_double(&in->bytes);
    lure_bytes_copy_block(&in->bytes, z->mean, z->n_features * sizeof *z->mean);
    lure_bytes_copy_block(&in->bytes, z->variance, z->n_features * sizeof *z->variance);
}

static void save_normaliser(lure_image_out *out, int index)
{
    save_numbers(out, check_normaliser(out->L, index));
}

static void load_normaliser(lure_image_in *in, int index)
{
    load_numbers(in, check_normaliser(in->L, index));
}

static void plan_scaler(lure_image_out *out, int index)
{
    const lure_reward_scaler *scaler = check_scaler(out->L, index);
    lure_bytes_add_u64(out->text, scaler->n_environments);
    lure_bytes_add_double(out->text, scaler->discount);
    lure_bytes_add_double(out->text, scaler->spread.clip);
    lure_bytes_add_double(out->text, scaler->spread.epsilon);
}

static void make_scaler_again(lure_image_in *in)
{
    const uint64_t n = lure_bytes_u64(&in->bytes);
    const double discount = lure_bytes_double(&in->bytes), clip = lure_bytes_double(&in->bytes);
    const double epsilon = lure_bytes_double(&in->bytes);
    lure_image_expect(in, n > 0 && n <= MOST_FEATURES, "a reward scaler");
    push_scaler(in->L, (size_t)n, discount, clip, epsilon);
}

static void save_scaler(lure_image_out *out, int index)
{
    const lure_reward_scaler *scaler = check_scaler(out->L, index);
    save_numbers(out, &scaler->spread);
    lure_bytes_add_block(out->text, scaler->returns, scaler->n_environments * sizeof *scaler->returns);
}

static void load_scaler(lure_image_in *in, int index)
{
    lure_reward_scaler *scaler = check_scaler(in->L, index);
    load_numbers(in, &scaler->spread);
    lure_bytes_copy_block(&in->bytes, scaler->returns, scaler->n_environments * sizeof *scaler->returns);
}

static void bind(lua_State *L, const void *key, const char *name, const luaL_Reg *methods, lua_CFunction text)
{
    lure_box_metatable(L, key, name, methods, 0);
    lua_pushcfunction(L, text);
    lua_setfield(L, -2, "__tostring");
    lua_pop(L, 1);
}

void lure_bind_normaliser(lua_State *L)
{
    static const luaL_Reg normaliser[] = {{"update", normaliser_update}, {"normalise", normaliser_normalise},
                                          {"freeze", normaliser_freeze}, {"state", normaliser_state},
                                          {"load", normaliser_load},     {NULL, NULL}};
    static const luaL_Reg scaler[] = {{"scale", scaler_scale},
                                      {"freeze", scaler_freeze},
                                      {"state", scaler_state},
                                      {"load", scaler_load},
                                      {NULL, NULL}};
    static const luaL_Reg functions[] = {
        {"normaliser", make_normaliser}, {"reward_scaler", make_scaler}, {NULL, NULL}};
    static const lure_image_kind images[] = {{LURE_BOX_NORMALISER, "a normaliser", plan_normaliser,
                                              make_normaliser_again, save_normaliser, load_normaliser},
                                             {LURE_BOX_REWARD_SCALER, "a reward scaler", plan_scaler,
                                              make_scaler_again, save_scaler, load_scaler}};
    lure_image_register(&images[0]);
    lure_image_register(&images[1]);
    bind(L, &NORMALISER, "normaliser", normaliser, normaliser_tostring);
    bind(L, &SCALER, "reward scaler", scaler, scaler_tostring);
    luaL_setfuncs(L, functions, 0);
}
