/* check_gradient_tape.c: gradients held against finite differences of the very loss they are gradients of. */
#include "check/check_gradient_trial.h"

#include "script/bind.h"

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

/* Every trained number of a float64 policy. */
static void compare_policy(lure_gradient_tape *tape, lua_State *L, const char *call, lure_policy *policy,
                           const double *gradient, lure_scalar_function loss, void *data)
{
    double *parameters = lure_policy_parameters(policy), size = 0.0;
    size_t n = lure_policy_n_parameters(policy);
    for (size_t i = 0; i < n; i++)
        size = fmax(size, fabs(gradient[i]));
    for (size_t i = 0; i < lure_policy_n_named(policy); i++) {
        const lure_parameter *p = lure_policy_named(policy, i);
        for (size_t j = 0; p->trainable && j < p->size; j++) {
            lure_difference d = lure_differentiate_numerically(loss, data, &parameters[p->offset + j], STEP);
            if (d.is_kinked)
                tape->n_kinked++;
            else
                compare(tape, L, call, p->name, gradient[p->offset + j], d.derivative,
                        fmax(size, fabs(d.derivative)));
        }
    }
}

/* ---- policy:gradient ---- */

typedef struct weighted_rows {
    lure_policy *policy;
    size_t n;
    const void *observations, *weights;
    const int32_t *actions;
    double *scratch; /* a gradient that nobody wants */
    bool failed;
} weighted_rows;

static double cross_entropy(void *data)
{
    weighted_rows *r = data;
    double loss = NAN;
    lure_error err;
    r->failed |= lure_policy_gradient(r->policy, r->n, r->observations, r->actions, r->weights, r->scratch,
                                      &loss, NULL, &err) != LURE_OK;
    return loss;
}

static void on_gradient(void *data, lure_policy *policy, size_t n, const void *observations,
                        const int32_t *actions, const void *weights, const void *gradient)
{
    lure_gradient_trial *t = data;
    lua_State *L = t->sandbox->running;
    if (lure_policy_dtype(policy) != LURE_F64 || lure_policy_n_parameters(policy) > LURE_GRADIENT_NUMBERS) {
        snprintf(t->tape->skipped, sizeof t->tape->skipped,
                 "policy:gradient of a policy in single precision, or with more than %d parameters",
                 LURE_GRADIENT_NUMBERS);
        return;
    }
    double kept[LURE_GRADIENT_NUMBERS], scratch[LURE_GRADIENT_NUMBERS];
    memcpy(kept, gradient, lure_policy_n_parameters(policy) * sizeof *kept);
    weighted_rows rows = {policy, n, observations, weights, actions, scratch, false};
    compare_policy(t->tape, L, "policy:gradient", policy, kept, cross_entropy, &rows);
    cross_entropy(&rows); /* what the policy remembers of its last gradient is of these parameters again */
    t->tape->n_taped++;
}

/* ---- listening ---- */

void lure_gradient_tape_listen(lua_State *L, lure_gradient_trial *t)
{
    (void)L;
    if (t->tape)
        t->sandbox->listener = (lure_listener){.data = t, .gradient = on_gradient};
}
