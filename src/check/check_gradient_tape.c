/* check_gradient_tape.c: gradients held against finite differences of the very loss they are gradients of. For
   policy:gradient that is the engine's; for differentiate it is the script's own function, called again with numbers of
   its targets moved a little. What stop_gradient gave stays as it was the first time, as it is a constant. */
#include "check/check_gradient_trial.h"

#include "script/bind.h"
#include "script/differentiate.h"
#include "script/library.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double STEP = 1e-4;

/* ---- one number of a gradient ---- */

/* Keeps the worst. */
static void compare(lure_gradient_tape *tape, lua_State *L, const char *call, const char *name, double got,
                    double should, double size)
{
    double error = fabs(got - should) / fmax(size, 1e-8);
    if (!(error > tape->error) && !isnan(error))
        return;
    tape->error = isnan(error) ? INFINITY : error;
    tape->got = got;
    tape->should = should;
    snprintf(tape->what, sizeof tape->what, "%s, %s", call, name);
    luaL_where(L, 1);
    snprintf(tape->place, sizeof tape->place, "%s", lua_tostring(L, -1));
    lua_pop(L, 1);
}

static double largest(const double *numbers, size_t n)
{
    double size = 0.0;
    for (size_t i = 0; i < n; i++)
        size = fmax(size, fabs(numbers[i]));
    return size;
}

/* `size` is that of the whole gradient that these n numbers are part of. */
static void compare_numbers(lure_gradient_tape *tape, lua_State *L, const char *call, const char *name,
                            double *numbers, const double *gradient, size_t n, double size,
                            lure_scalar_function loss, void *data)
{
    for (size_t i = 0; i < n; i++) {
        lure_difference d = lure_differentiate_numerically(loss, data, &numbers[i], STEP);
        if (d.is_kinked)
            tape->n_kinked++;
        else
            compare(tape, L, call, name, gradient[i], d.derivative, fmax(size, fabs(d.derivative)));
    }
}

/* Every trained number of a float64 policy. */
static void compare_policy(lure_gradient_tape *tape, lua_State *L, const char *call, lure_policy *policy,
                           const double *gradient, lure_scalar_function loss, void *data)
{
    double *parameters = lure_policy_parameters(policy);
    double size = largest(gradient, lure_policy_n_parameters(policy));
    for (size_t i = 0; i < lure_policy_n_named(policy); i++) {
        const lure_parameter *p = lure_policy_named(policy, i);
        if (p->trainable)
            compare_numbers(tape, L, call, p->name, parameters + p->offset, gradient + p->offset, p->size,
                            size, loss, data);
    }
}

/* ---- policy:gradient ---- */

typedef struct weighted_rows {
    lure_policy *policy;
    size_t n;
    const void *observations, *weights;
    const int32_t *actions;
    const lure_tensor *mask;
    double *scratch; /* a gradient that nobody wants */
    bool failed;
} weighted_rows;

static double cross_entropy(void *data)
{
    weighted_rows *r = data;
    double loss = NAN;
    lure_error err;
    r->failed |= lure_policy_gradient(r->policy, r->n, r->observations, r->actions, r->weights, r->mask,
                                      r->scratch, &loss, NULL, &err) != LURE_OK;
    return loss;
}

static void on_gradient(void *data, lure_policy *policy, size_t n, const void *observations,
                        const int32_t *actions, const void *weights, const lure_tensor *mask,
                        const void *gradient)
{
    lure_gradient_trial *t = data;
    lua_State *L = t->sandbox->running;
    if (lure_policy_dtype(policy) != LURE_F64 || lure_policy_n_parameters(policy) > LURE_GRADIENT_NUMBERS) {
        snprintf(t->tape->skipped, sizeof t->tape->skipped,
                 "policy:gradient of a policy in single precision, or with more than %d parameters",
                 LURE_GRADIENT_NUMBERS);
        return;
    }
    double kept[LURE_GRADIENT_NUMBERS] = {0}, scratch[LURE_GRADIENT_NUMBERS];
    memcpy(kept, gradient, lure_policy_n_parameters(policy) * sizeof *kept);
    weighted_rows rows = {policy, n, observations, weights, actions, mask, scratch, false};
    compare_policy(t->tape, L, "policy:gradient", policy, kept, cross_entropy, &rows);
    t->tape->n_taped++;
}

/* ---- differentiate ---- */

static lure_gradient_trial *trial_of(lua_State *L)
{
    return lua_touserdata(L, lua_upvalueindex(1));
}

static int stop_and_remember(lua_State *L) /* in the place of stop_gradient, which is upvalue 2 */
{
    lure_gradient_trial *t = trial_of(L);
    int n = lua_gettop(L);
    bool is_watched = lure_pass_of(L) && n > 0;
    if (is_watched && t->replays_stops) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, t->stops);
        if (lua_rawgeti(L, -1, (lua_Integer)++t->next_stop) != LUA_TNIL)
            return 1;
        lua_settop(L, n); /* the function goes another way than the first time */
    }
    lua_pushvalue(L, lua_upvalueindex(2));
    lua_insert(L, 1);
    lua_call(L, n, 1);
    if (is_watched && !t->replays_stops) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, t->stops);
        lua_pushvalue(L, -2);
        if (lua_isuserdata(L, -1)) { /* a view of numbers that are about to be moved */
            lua_getfield(L, -1, "copy");
            lua_insert(L, -2);
            lua_call(L, 1, 1);
        }
        lua_rawseti(L, -2, (lua_Integer)++t->n_stops);
        lua_pop(L, 1);
    }
    return 1;
}

/* A call of differentiate to be made again: upvalue 2 of the running function, with the arguments 1 to n. */
typedef struct call_again {
    lua_State *L;
    lure_gradient_trial *t;
    int n;
} call_again;

static double loss_again(void *data)
{
    const call_again *c = data;
    lua_State *L = c->L;
    int top = lua_gettop(L);
    c->t->next_stop = 0;
    lua_pushvalue(L, lua_upvalueindex(2));
    for (int i = 1; i <= c->n; i++)
        lua_pushvalue(L, i);
    lua_call(L, c->n, 1); /* by differentiate itself, so that the function runs as it did */
    double loss = lua_tonumber(L, -1);
    lua_settop(L, top);
    return loss;
}

static void skip(lure_gradient_tape *tape, const char *why)
{
    snprintf(tape->skipped, sizeof tape->skipped, "differentiate: %s", why);
}

/* The target's numbers at stack index `target`, its gradient at `gradient`. */
static void compare_target(lua_State *L, call_again *call, int target, int gradient)
{
    lure_gradient_tape *tape = call->t->tape;
    double kept[LURE_GRADIENT_NUMBERS] = {0};
    const lure_tensor *given =
        lure_box_test(L, gradient, LURE_BOX_TENSOR) ? lure_check_tensor(L, gradient) : NULL;
    if (lua_istable(L, target)) {
        for (lua_pushnil(L); lua_next(L, target); lua_pop(L, 1)) {
            lua_pushvalue(L, -2);
            lua_gettable(L, gradient);
            compare_target(L, call, lua_gettop(L) - 1, lua_gettop(L));
            lua_pop(L, 1);
        }
    } else if (!given || given->dtype != LURE_F64 || lure_tensor_size(given) > LURE_GRADIENT_NUMBERS) {
        skip(tape, "a target in single precision, or of too many numbers");
    } else {
        for (size_t i = 0; i < lure_tensor_size(given); i++)
            kept[i] = lure_tensor_get(given, i);
        if (lure_box_test(L, target, LURE_BOX_POLICY)) {
            compare_policy(tape, L, "differentiate", lure_check_policy(L, target), kept, loss_again, call);
            return;
        }
        const lure_tensor *numbers = lure_check_strided(L, target);
        if (!lure_tensor_is_contiguous(numbers))
            skip(tape, "a target that is a strided view");
        else
            compare_numbers(tape, L, "differentiate", "a tensor", numbers->data, kept,
                            lure_tensor_size(numbers), largest(kept, lure_tensor_size(numbers)), loss_again,
                            call);
    }
}

static int differentiate_and_compare(lua_State *L) /* in the place of differentiate, which is upvalue 2 */
{
    lure_gradient_trial *t = trial_of(L);
    int n = lua_gettop(L);
    luaL_checkstack(L, 2 * n + 16, NULL);
    lua_newtable(L);
    lua_rawseti(L, LUA_REGISTRYINDEX, t->stops);
    t->n_stops = 0;
    t->replays_stops = false;
    lua_pushvalue(L, lua_upvalueindex(2));
    for (int i = 1; i <= n; i++)
        lua_pushvalue(L, i);
    lua_call(L, n, LUA_MULTRET);

    int last = lua_gettop(L);
    double loss = lua_tonumber(L, n + 1);
    call_again call = {L, t, n};
    t->replays_stops = true;
    if (loss_again(&call) != loss)
        skip(t->tape, "the loss is another one when the function is called again with the same numbers");
    else
        for (int i = 2; i <= n; i++) {
            compare_target(L, &call, i, n + i);
            lua_settop(L, last);
        }
    t->replays_stops = false;
    t->tape->n_taped++;
    return last - n;
}

/* ---- listening ---- */

/* Function `name` of scripts, wrapped: as a global and in `lure`. */
static void wrap(lua_State *L, lure_gradient_trial *t, const char *name, lua_CFunction wrapper)
{
    lure_library_environment(L);
    int environment = lua_gettop(L);
    lua_pushlightuserdata(L, t);
    lua_pushstring(L, name);
    lua_rawget(L, environment);
    lua_pushcclosure(L, wrapper, 2);
    lua_pushliteral(L, "lure");
    lua_rawget(L, environment);
    lua_pushstring(L, name);
    lua_pushvalue(L, -3);
    lua_rawset(L, -3);
    lure_library_export(L, "lure");
    lure_library_export(L, name);
    lua_settop(L, environment - 1);
}

void lure_gradient_tape_listen(lua_State *L, lure_gradient_trial *t)
{
    if (!t->tape)
        return;
    t->sandbox->listener = (lure_listener){.data = t, .gradient = on_gradient};
    lua_newtable(L);
    t->stops = luaL_ref(L, LUA_REGISTRYINDEX);
    wrap(L, t, "differentiate", differentiate_and_compare);
    wrap(L, t, "stop_gradient", stop_and_remember);
}
