/* check_rate.c: is a script a learning-rate rule? It is called alone, without a world, for whole trainings of different
   lengths, in which kl, gradients and returns are ordinary, nothing at all, absurd, or missing. */
#include "base/clock.h"
#include "check/check_script.h"
#include "check/check_state.h"
#include "run/conductor.h"
#include "script/bind.h"
#include "script/call.h"
#include "script/value.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CALLS = 20000 };

typedef struct training {
    const char *what;
    uint64_t updates;
    size_t n_calls; /* if fewer: of the first updates, the last ones, and some between */
    double kl, gradient_norm, episode_return; /* of every update but the first; NaN: nil */
    double other_kl;                          /* of every second one */
} training;

static const training trainings[] = {
    {"an ordinary training", 1000, 1000, 0.01, 1.0, 10.0, 0.01},
    {"an ordinary training", 1000, 1000, 0.01, 1.0, 10.0, 0.01}, /* the same again: the same rates */
    {"a training of one update", 1, 1, 0.01, 1.0, 10.0, 0.01},
    {"a training of two updates", 2, 2, 0.01, 1.0, 10.0, 0.01},
    {"a training of three updates", 3, 3, 0.01, 1.0, 10.0, 0.01},
    {"a training of 2^32 updates", 1ull << 32, 400, 0.01, 1.0, 10.0, 0.01},
    {"a training of 2^53 updates", 1ull << 53, 400, 0.01, 1.0, 10.0, 0.01},
    {"kl, gradient norm and return are 0", 20000, 20000, 0.0, 0.0, 0.0, 0.0},
    {"kl, gradient norm and return are 1e300", 20000, 20000, 1e300, 1e300, 1e300, 1e300},
    {"kl and gradient norm are 1e-300, return is -1e300", 1000, 1000, 1e-300, 1e-300, -1e300, 1e-300},
    {"kl is infinite", 1000, 1000, INFINITY, 1.0, 10.0, INFINITY},
    {"kl is infinite and 0 by turns", 20000, 20000, INFINITY, 1.0, 10.0, 0.0},
    {"kl is known only of every second update", 100, 100, 0.01, 1.0, 10.0, NAN},
    {"no gradient norm and no return is known", 50, 50, 0.01, NAN, NAN, 0.01},
    {"nothing is known", 50, 50, NAN, NAN, NAN, NAN},
};

typedef struct rating {
    lure_examiner *x;
    const training *training;
    lure_collector *collector;
    double first_rates[MOST_CALLS]; /* of the first training */
    double low, high, seconds;      /* of all rates in it; of one call */
    bool is_again;
} rating;

/* The update of call i, from 0. */
static uint64_t choose_update(const training *t, size_t i)
{
    uint64_t n = t->updates, some = t->n_calls / 4;
    if (n <= t->n_calls || i < some)
        return i + 1;
    if (i >= t->n_calls - some)
        return n - (t->n_calls - 1 - i);
    return some + (n - 2 * some) / (t->n_calls - 2 * some) * (i - some) + 1;
}

static void examine_rate(lua_State *L, rating *r, size_t i, uint64_t update, const char *place)
{
    int type = lua_type(L, -1);
    double rate = type == LUA_TNUMBER ? lua_tonumber(L, -1) : NAN;
    const char *got = type == LUA_TNUMBER && isnan(rate)           ? "nan"
                      : type == LUA_TNIL                           ? "no value"
                      : type == LUA_TNUMBER || type == LUA_TSTRING ? luaL_tolstring(L, -1, NULL)
                                                                   : lure_type_name(L, -1);
    if (!(rate >= 0) || isinf(rate))
        luaL_error(L, "%s: gave %s at update %I of %I (%s); expected a finite number >= 0", place, got,
                   (LUAI_UACINT)update, (LUAI_UACINT)r->training->updates, r->training->what);
    if (r->is_again && rate != r->first_rates[i])
        luaL_error(L,
                   "%s: gave %f, then %f for update %d when the same training was lived again; expected the "
                   "same",
                   place, r->first_rates[i], rate, (int)update);
    if (r->training != trainings)
        return;
    char number[LURE_NUMBER_SIZE];
    lure_number_format(rate, number);
    lure_examiner_account(r->x, number, "the rate of update %llu", (unsigned long long)update);
    r->first_rates[i] = rate;
    r->low = fmin(r->low, rate);
    r->high = fmax(r->high, rate);
}

/* Goes through one training with the p that algorithms get, filled by hand. */
static int train(lua_State *L)
{
    rating *r = lua_touserdata(L, 1);
    lure_sandbox *sandbox = lure_sandbox_of(L);
    char place[256];
    lure_examiner_push_function(L, r->x);
    lure_function_place(L, 2, place, sizeof place);

    const lure_layer_options layer = {0};
    const lure_policy_options options = {
        .layers = &layer, .n_layers = 1, .head = LURE_HEAD_BERNOULLI, .n_inputs = 1, .n_actions = 2};
    lure_rng init;
    lure_rng_init(&init, 1, LURE_PURPOSE_INIT, 0);
    lure_conductor *c = lua_newuserdatauv(L, sizeof *c, 0);
    *c = (lure_conductor){.borrow_sandbox = sandbox,
                          .borrow_collector = r->collector,
                          .borrow_policy = lure_push_policy(L, &options, &init),
                          .updates = r->training->updates,
                          .log_every = 1};
    *r->collector = (lure_collector){.last_batch_return = NAN};
    lua_pushboolean(L, 0); /* in place of collect, which no rule sees */
    lure_conductor_push(L, c, 1);
    lua_getfield(L, -1, "updates");
    lua_pushvalue(L, -2);
    lua_call(L, 1, 1);
    int next = lua_gettop(L);
    if (r->training == trainings)
        snprintf(r->x->account_place, sizeof r->x->account_place, "%s", place);
    for (size_t i = 0; i < r->training->n_calls; i++) {
        uint64_t update = choose_update(r->training, i);
        c->update = update - 1;
        sandbox->context = (lure_context){.role = "learning_rate", .name = r->x->name};
        lua_pushvalue(L, 2);
        lua_pushvalue(L, next);
        lua_call(L, 0, 1); /* p */
        if (update > 1)
            c->kl = update % 2 ? r->training->other_kl : r->training->kl;
        double began = lure_clock_seconds();
        lua_call(L, 1, 1);
        r->seconds = fmin(r->seconds, lure_clock_seconds() - began);
        examine_rate(L, r, i, update, place);
        lua_settop(L, next + 1);
        sandbox->last_rate = lua_tonumber(L, -1);
        sandbox->last_gradient_norm = r->training->gradient_norm;
        r->collector->last_batch_return = r->training->episode_return;
        r->collector->total_episodes += 5;
        r->collector->total_steps += 100;
        lua_settop(L, next);
    }
    return 0;
}

void lure_examine_learning_rate(lure_examiner *x)
{
    rating *r = calloc(1, sizeof *r);
    lure_collector *collector = calloc(1, sizeof *collector);
    bool good = r && collector;
    if (good)
        r->low = r->seconds = INFINITY;
    if (good)
        r->high = -INFINITY;
    for (size_t i = 0; i < sizeof trainings / sizeof *trainings && good && !(i && x->is_account); i++) {
        r->x = x;
        r->training = &trainings[i];
        r->collector = collector;
        r->is_again = i == 1;
        lure_sandbox *sandbox = lure_examiner_sandbox(x);
        good = sandbox && lure_examiner_try(x, sandbox, train, r);
        lure_sandbox_destroy(sandbox);
    }
    if (good) {
        lure_examiner_measure(x, "rate_low", r->low);
        lure_examiner_measure(x, "rate_high", r->high);
        lure_examiner_measure(x, "call_seconds", r->seconds);
    }
    free(collector);
    free(r);
}
