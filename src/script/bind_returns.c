/* bind_returns.c: from rewards to what a step was worth, for scripts (learn/returns.h has the formulas): advantages,
   lambda_returns, n_step_returns, bootstrapped_returns, v_trace, discounted_returns, explained_variance, center,
   normalize; and lure.version.
   One convention for all that take a trajectory: float tensors (step, environment), or (step) of one environment, all
   of one shape and type; ends int32 likewise, 0 the episode goes on, 1 terminated, 2 truncated. values[t] is that of the
   observation before step t. The options give `discount`, from 0 to 1, and what comes after:
     final_values   like rewards: of the true final observation, at the steps that were truncated; needed if any was
     last_value     of the observation after the last step, a number or a tensor (environment); needed where that step's
                    episode goes on. Left out, it is the last step's final_values: what followed that step */
#include "script/bind.h"

#include "base/text.h"
#include "base/version.h"
#include "learn/returns.h"
#include "script/spec_words.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- arguments ---- */

/* A tensor of the shape and, unless they are ends, the type of the rewards at 1. */
static const lure_tensor *check_like(lua_State *L, int arg, lure_dtype dtype, const char *what,
                                     const char *name)
{
    const lure_tensor *rewards = lure_check_tensor(L, 1), *t = lure_check_tensor(L, arg);
    if (t->dtype != dtype || !lure_tensor_same_shape(t, rewards)) {
        char shape[LURE_SHAPE_TEXT], expected[LURE_SHAPE_TEXT];
        lure_tensor_shape_text(t, shape);
        lure_tensor_shape_text(rewards, expected);
        luaL_error(L, "%s: %s: expected %s %s tensor of shape %s like rewards, got %s of shape %s%s%s%s",
                   what, name, lure_article(lure_dtype_name(dtype)), lure_dtype_name(dtype), expected,
                   lure_dtype_name(t->dtype), shape, t->dtype != dtype ? "; t:to(\"" : "",
                   t->dtype != dtype ? lure_dtype_name(dtype) : "", t->dtype != dtype ? "\") makes one" : "");
    }
    return t;
}

/* Without `otherwise` (NaN) it must be given. */
static double fraction(lua_State *L, int options, const char *what, const char *key, double otherwise)
{
    double x = lure__read_number(L, options, key, otherwise, what);
    if (!(x >= 0.0 && x <= 1.0))
        luaL_error(L, "%s: %s is %f; expected 0 to 1", what, key, lure_number_plain(x));
    return x;
}

static void read_last_values(lua_State *L, int options, const char *what, lure_trajectory *t)
{
    const size_t n = t->n_environments;
    if (lua_getfield(L, options, "last_value") == LUA_TNIL) {
        if (t->final_values && t->n_steps > 0)
            t->last_values = (const char *)t->final_values + (t->n_steps - 1) * n * lure_dtype_size(t->dtype);
        return;
    }
    if (lua_type(L, -1) == LUA_TNUMBER && n == 1) {
        lure_tensor *one = lure_push_tensor(L, t->dtype, 1, &n);
        lure_tensor_set(one, 0, lua_tonumber(L, -2));
        t->last_values = one->data;
    } else if (lua_type(L, -1) == LUA_TUSERDATA) {
        char place[64];
        snprintf(place, sizeof place, "%s: last_value", what);
        t->last_values = lure_check_vector(L, lua_gettop(L), t->dtype, n, place)->data;
    } else {
        luaL_error(L, "%s: last_value: expected a tensor of %I numbers%s, got %s", what, (lua_Integer)n,
                   n == 1 ? " or a number" : "", lure_type_name(L, -1));
    }
}

/* Rewards at 1, ends and options where told; `keys` are the options' names. What they hold stays on the stack. */
static lure_trajectory read_trajectory(lua_State *L, const char *what, int values, int ends, int options,
                                       const char *const *keys, size_t n_keys)
{
    const lure_tensor *rewards = lure_check_tensor(L, 1);
    if (rewards->dtype == LURE_I32 || rewards->n_dims < 1 || rewards->n_dims > 2)
        luaL_error(L, "%s: rewards: expected a float tensor (step, environment) or (step)", what);
    lure_trajectory t = {.n_steps = rewards->shape[0],
                         .n_environments = rewards->n_dims == 2 ? rewards->shape[1] : 1,
                         .dtype = rewards->dtype,
                         .rewards = rewards->data};
    if (values)
        t.values = check_like(L, values, t.dtype, what, "values")->data;
    t.ends = check_like(L, ends, LURE_I32, what, "ends")->data;
    luaL_checktype(L, options, LUA_TTABLE);
    lua_settop(L, options);
    lure__check_keys(L, options, 0, keys, n_keys, what);
    t.discount = fraction(L, options, what, "discount", (double)NAN);
    if (lua_getfield(L, options, "final_values") != LUA_TNIL)
        t.final_values = check_like(L, lua_gettop(L), t.dtype, what, "final_values")->data;
    read_last_values(L, options, what, &t);
    return t;
}

static void *push_like_rewards(lua_State *L)
{
    const lure_tensor *rewards = lure_check_tensor(L, 1);
    return lure_push_tensor(L, rewards->dtype, rewards->n_dims, rewards->shape)->data;
}

static int finish(lua_State *L, const char *what, lure_status status, const lure_error *err, int n_results)
{
    return status == LURE_OK ? n_results : luaL_error(L, "%s: %s", what, err->text);
}

/* ---- trajectories ---- */

#define COMMON "discount", "last_value", "final_values"
enum { N_COMMON = 3 };

/* lure.advantages(rewards, values, ends, { discount =, lambda =, last_value =, final_values = }) -> advantages, returns
   Generalised advantage estimates, and returns = advantages + values, what the values are to learn. [-0, +2, e] */
static int advantages(lua_State *L)
{
    static const char *const keys[] = {COMMON, "lambda"}, what[] = "lure.advantages";
    lure_trajectory t = read_trajectory(L, what, 2, 3, 4, keys, N_COMMON + 1);
    const double lambda = fraction(L, 4, what, "lambda", (double)NAN);
    void *out = push_like_rewards(L), *returns = push_like_rewards(L);
    lure_error err;
    return finish(L, what, lure_returns_advantages(&t, lambda, out, returns, &err), &err, 2);
}

/* lure.lambda_returns(rewards, values, ends, { discount =, lambda =, last_value =, final_values = }) -> returns
   The TD(lambda) targets alone. [-0, +1, e] */
static int lambda_returns(lua_State *L)
{
    static const char *const keys[] = {COMMON, "lambda"}, what[] = "lure.lambda_returns";
    lure_trajectory t = read_trajectory(L, what, 2, 3, 4, keys, N_COMMON + 1);
    const double lambda = fraction(L, 4, what, "lambda", (double)NAN);
    void *returns = push_like_rewards(L);
    lure_error err;
    return finish(L, what, lure_returns_advantages(&t, lambda, NULL, returns, &err), &err, 1);
}

/* lure.n_step_returns(rewards, values, ends, { n =, discount =, last_value =, final_values = }) -> returns
   n discounted rewards and the value there; fewer where the episode ends sooner. n: a whole number >= 1. [-0, +1, e] */
static int n_step_returns(lua_State *L)
{
    static const char *const keys[] = {COMMON, "n"}, what[] = "lure.n_step_returns";
    lure_trajectory t = read_trajectory(L, what, 2, 3, 4, keys, N_COMMON + 1);
    const double n = lure__read_number(L, 4, "n", (double)NAN, what);
    if (!(n >= 1.0) || n != floor(n))
        return luaL_error(L, "%s: n is %f; expected a whole number, 1 or more", what, lure_number_plain(n));
    void *returns = push_like_rewards(L);
    const size_t steps = n > (double)t.n_steps ? t.n_steps + 1 : (size_t)n;
    lure_error err;
    return finish(L, what, lure_returns_n_step(&t, steps, returns, &err), &err, 1);
}

/* lure.bootstrapped_returns(rewards, ends, { discount =, last_value =, final_values = }) -> returns
   The discounted rewards to the end of the episode and what comes after them. [-0, +1, e] */
static int bootstrapped_returns(lua_State *L)
{
    static const char *const keys[] = {COMMON}, what[] = "lure.bootstrapped_returns";
    lure_trajectory t = read_trajectory(L, what, 0, 2, 3, keys, N_COMMON);
    void *returns = push_like_rewards(L);
    lure_error err;
    return finish(L, what, lure_returns_bootstrapped(&t, returns, &err), &err, 1);
}

/* lure.v_trace(rewards, values, ends, log_ratios, { discount =, rho_clip = 1, c_clip = 1, lambda = 1, last_value =,
   final_values = }) -> targets, advantages
   log_ratios: like rewards, ln of the action's probability under the policy that learns less that under the one that
   acted. math.huge as a clip: never. [-0, +2, e] */
static int v_trace(lua_State *L)
{
    static const char *const keys[] = {COMMON, "rho_clip", "c_clip", "lambda"}, what[] = "lure.v_trace";
    lure_trajectory t = read_trajectory(L, what, 2, 3, 5, keys, N_COMMON + 3);
    const void *log_ratios = check_like(L, 4, t.dtype, what, "log_ratios")->data;
    lure_v_trace_options o = lure_v_trace_defaults();
    o.rho_clip = lure__read_number(L, 5, "rho_clip", o.rho_clip, what);
    o.c_clip = lure__read_number(L, 5, "c_clip", o.c_clip, what);
    o.lambda = fraction(L, 5, what, "lambda", o.lambda);
    if (!(o.rho_clip > 0.0) || !(o.c_clip > 0.0))
        return luaL_error(L, "%s: rho_clip is %f, c_clip is %f; expected more than 0", what,
                          lure_number_plain(o.rho_clip), lure_number_plain(o.c_clip));
    void *targets = push_like_rewards(L), *out = push_like_rewards(L);
    lure_error err;
    return finish(L, what, lure_returns_v_trace(&t, &o, log_ratios, targets, out, &err), &err, 2);
}

/* ---- rows and numbers ---- */

/* lure.discounted_returns(rewards, ends, discount) -> returns (row): from each step to the end of its episode, after which
   nothing comes, whatever the end. rewards: float (row); ends: int32 (row); discount from 0 to 1. [-0, +1, e] */
static int discounted_returns(lua_State *L)
{
    const lure_tensor *rewards = lure_check_tensor(L, 1);
    luaL_argcheck(L, rewards->n_dims == 1 && rewards->dtype != LURE_I32, 1,
                  "expected a float tensor of one dimension");
    const int32_t *ends =
        lure_check_vector(L, 2, LURE_I32, rewards->shape[0], "discounted_returns: ends")->data;
    double discount = luaL_checknumber(L, 3);
    if (!(discount >= 0 && discount <= 1))
        return lure_refuse_argument(L, 3, "a discount from 0 to 1");
    lure_tensor *out = lure_push_tensor(L, rewards->dtype, 1, rewards->shape);
    lure_returns_discounted(rewards, ends, discount, out);
    return 1;
}

/* lure.explained_variance(values, returns) -> number: 1 - Var(returns - values) / Var(returns); NaN where the returns are
   all the same. Float tensors of one shape. [-0, +1, e] */
static int explained_variance(lua_State *L)
{
    const lure_tensor *values = lure_check_tensor(L, 1), *returns = lure_check_tensor(L, 2);
    luaL_argcheck(L, values->dtype != LURE_I32, 1, "expected a float tensor");
    luaL_argcheck(L, returns->dtype != LURE_I32, 2, "expected a float tensor");
    if (!lure_tensor_same_shape(values, returns)) {
        char shape[LURE_SHAPE_TEXT], other[LURE_SHAPE_TEXT];
        lure_tensor_shape_text(values, shape);
        lure_tensor_shape_text(returns, other);
        return luaL_error(L, "lure.explained_variance: values have the shape %s, returns %s", shape, other);
    }
    lua_pushnumber(L, lure_returns_explained_variance(values, returns));
    return 1;
}

static int centered(lua_State *L, bool scale)
{
    const lure_tensor *t = lure_check_tensor(L, 1);
    luaL_argcheck(L, t->dtype != LURE_I32, 1, "expected a float tensor");
    lure_tensor *out = lure_push_tensor(L, t->dtype, t->n_dims, t->shape);
    lure_returns_center(t, scale, out);
    return 1;
}

static int center(lua_State *L) /* lure.center(t) -> t - mean, of all elements. [-0, +1, e] */
{
    return centered(L, false);
}

/* lure.normalize(t) -> (t - mean) / (deviation + 1e-8), of all elements, the deviation that of a sample (n - 1); one
   element gives 0. What advantages are put through. [-0, +1, e] */
static int normalize(lua_State *L)
{
    return centered(L, true);
}

void lure_bind_returns(lua_State *L)
{
    static const luaL_Reg functions[] = {{"advantages", advantages},
                                         {"lambda_returns", lambda_returns},
                                         {"n_step_returns", n_step_returns},
                                         {"bootstrapped_returns", bootstrapped_returns},
                                         {"v_trace", v_trace},
                                         {"discounted_returns", discounted_returns},
                                         {"explained_variance", explained_variance},
                                         {"center", center},
                                         {"normalize", normalize},
                                         {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
    lua_pushliteral(L, LURE_VERSION);
    lua_setfield(L, -2, "version");
}
