/* check_rule.c: is a script a schedule, is it a learning-rate rule? Both are called alone, without a world: a schedule
   for two hundred episodes, twice in different orders; a rate for whole trainings of different lengths, in which kl,
   gradients and returns are ordinary, nothing at all, absurd, or missing. */
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

/* ---- schedules ---- */

enum { N_EPISODES = 200, N_EXTRA = 9, N_CALLS = N_EPISODES + N_EXTRA };
enum { STRIDE = 87 }; /* has no factor in common with N_CALLS: the second round's order */

typedef struct feeding {
    lure_examiner *x;
    char *inputs[N_CALLS]; /* as text, from the first round */
    bool is_again;
    lure_text text, difference, locals; /* locals: those that changed in the first round */
} feeding;

/* The call number i: episodes in order, progress with them; then some at the ends of the range. */
static void choose_call(size_t i, uint32_t *episode, double *progress)
{
    static const uint32_t episodes[] = {1, 2, N_EPISODES};
    static const double ends[] = {1e-9, 0.5, 1.0};
    *episode = i < N_EPISODES ? (uint32_t)i + 1 : episodes[(i - N_EPISODES) / 3];
    *progress = i < N_EPISODES ? (double)(i + 1) / N_EPISODES : ends[(i - N_EPISODES) % 3];
}

/* The first number in a plain value that is not finite, by name. */
static bool find_endless(lua_State *L, int index, const char *path, lure_text *out)
{
    char inner[160];
    luaL_checkstack(L, 6, NULL);
    if (lua_type(L, index) == LUA_TNUMBER && !isfinite(lua_tonumber(L, index))) {
        lure_text_addf(out, "%s is ", path);
        lure_text_add_number(out, lua_tonumber(L, index));
        return true;
    }
    if (!lua_istable(L, index))
        return false;
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        const char *key = luaL_tolstring(L, -2, NULL);
        snprintf(inner, sizeof inner, "%s.%s", path, key);
        lua_pop(L, 1);
        if (find_endless(L, lua_gettop(L), inner, out)) {
            lua_pop(L, 2);
            return true;
        }
    }
    return false;
}

/* What the schedule gave, on top of the stack: right in itself, and the same as before? */
static void examine_input(lua_State *L, feeding *f, size_t i, uint32_t episode, const char *place)
{
    lure_text_clear(&f->text);
    lure_text_clear(&f->difference);
    if (!lua_istable(L, -1))
        luaL_error(L, "%s: the schedule returned %s; expected the input table for reset", place,
                   lua_isnumber(L, -1) ? luaL_tolstring(L, -1, NULL) : lure_type_name(L, -1));
    if (!lure_state_is_plain(L, -1, "input", &f->difference))
        luaL_error(L, "%s: %s; expected numbers, strings, booleans and tables of them", place,
                   f->difference.data);
    if (find_endless(L, lua_gettop(L), "input", &f->difference))
        luaL_error(L, "%s: %s; expected a finite number", place, f->difference.data);
    lure_value_write(L, -1, &f->text);
    if (!f->is_again) {
        if (!(f->inputs[i] = strdup(f->text.data)))
            luaL_error(L, "no memory to check the schedule");
    } else if (strcmp(f->inputs[i], f->text.data) != 0) {
        lure_state_difference(L, f->inputs[i], f->text.data, "input", &f->difference);
        luaL_error(
            L,
            "%s: %s for episode %d, asked in another order; expected the same: a schedule looks at rng, "
            "episode and progress alone%s%s",
            place, f->difference.length ? f->difference.data : "something differed", (int)episode,
            f->locals.length ? "; look at " : "", f->locals.data);
    }
}

static int feed(lua_State *L)
{
    feeding *f = lua_touserdata(L, 1);
    lure_sandbox *sandbox = lure_sandbox_of(L);
    char place[256];
    lure_examiner_push_function(L, f->x);
    lure_function_place(L, 2, place, sizeof place);
    lure_rng *rng = lure_push_rng(L);
    lure_rng_init(rng, 1, LURE_PURPOSE_SCHEDULE, 0);
    lure_state_push_locals(L, 2);
    for (size_t n = 0; n < N_CALLS; n++) {
        size_t i = f->is_again ? (n + 1) * STRIDE % N_CALLS : n;
        uint32_t episode;
        double progress;
        choose_call(i, &episode, &progress);
        sandbox->context = (lure_context){.role = "schedule", .name = f->x->name, .episode = episode};
        sandbox->heartbeat++;
        lure_rng_seek(rng, episode, 0);
        lure_rng_seek(&sandbox->random, episode, 0);
        lua_pushvalue(L, 2);
        lua_pushvalue(L, 3);
        lua_pushinteger(L, episode);
        lua_pushnumber(L, progress);
        lua_call(L, 3, 1);
        examine_input(L, f, i, episode, place);
        lua_settop(L, 4);
    }
    if (!f->is_again) {
        lure_state_push_locals(L, 2);
        lure_state_changed_locals(L, 4, 5, &f->locals);
    }
    return 0;
}

void lure_examine_schedule(lure_examiner *x)
{
    feeding f = {.x = x};
    bool good = true;
    lure_text_init(&f.text);
    lure_text_init(&f.difference);
    lure_text_init(&f.locals);
    for (int round = 0; round < 2 && good; round++) {
        f.is_again = round > 0;
        lure_sandbox *sandbox = lure_examiner_sandbox(x);
        good = sandbox && lure_examiner_try(x, sandbox, feed, &f);
        lure_sandbox_destroy(sandbox);
    }
    for (size_t i = 0; i < N_CALLS; i++)
        free(f.inputs[i]);
    lure_text_free(&f.text);
    lure_text_free(&f.difference);
    lure_text_free(&f.locals);
}

/* ---- learning rates ---- */

enum { MOST_UPDATES = 1000 };

typedef struct training {
    const char *what;
    uint64_t updates;
    double kl, gradient_norm, episode_return; /* of every update but the first; NaN: nil */
} training;

static const training trainings[] = {
    {"an ordinary training", 1000, 0.01, 1.0, 10.0},
    {"an ordinary training", 1000, 0.01, 1.0, 10.0}, /* the same again: the same rates */
    {"a training of one update", 1, 0.01, 1.0, 10.0},
    {"a training of two updates", 2, 0.01, 1.0, 10.0},
    {"kl, gradient norm and return are 0", 1000, 0.0, 0.0, 0.0},
    {"kl, gradient norm and return are 1e300", 1000, 1e300, 1e300, 1e300},
    {"kl and gradient norm are 1e-300, return is -1e300", 1000, 1e-300, 1e-300, -1e300},
    {"no gradient norm and no return is known", 50, 0.01, NAN, NAN},
};

typedef struct rating {
    lure_examiner *x;
    const training *training;
    lure_collector *collector;
    double first_rates[MOST_UPDATES]; /* of the first training */
    bool is_again;
} rating;

static void examine_rate(lua_State *L, rating *r, uint64_t update, const char *place)
{
    int type = lua_type(L, -1);
    double rate = type == LUA_TNUMBER ? lua_tonumber(L, -1) : NAN;
    const char *got = type == LUA_TNIL                             ? "no value"
                      : type == LUA_TNUMBER || type == LUA_TSTRING ? luaL_tolstring(L, -1, NULL)
                                                                   : lure_type_name(L, -1);
    if (!(rate >= 0) || isinf(rate))
        luaL_error(L, "%s: gave %s at update %d of %d (%s); expected a finite number >= 0", place, got,
                   (int)update, (int)r->training->updates, r->training->what);
    if (r->is_again && rate != r->first_rates[update - 1])
        luaL_error(L,
                   "%s: gave %f, then %f for update %d when the same training was lived again; expected the "
                   "same",
                   place, r->first_rates[update - 1], rate, (int)update);
    if (r->training == trainings)
        r->first_rates[update - 1] = rate;
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
    lure_conductor_push(L, c);
    lua_getfield(L, -1, "updates");
    lua_pushvalue(L, -2);
    lua_call(L, 1, 1);
    int next = lua_gettop(L);
    for (uint64_t update = 1; update <= r->training->updates; update++) {
        sandbox->context = (lure_context){.role = "learning_rate", .name = r->x->name};
        lua_pushvalue(L, 2);
        lua_pushvalue(L, next);
        lua_call(L, 0, 1); /* p */
        if (update > 1)
            c->kl = r->training->kl;
        lua_call(L, 1, 1);
        examine_rate(L, r, update, place);
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
    for (size_t i = 0; i < sizeof trainings / sizeof *trainings && good; i++) {
        r->x = x;
        r->training = &trainings[i];
        r->collector = collector;
        r->is_again = i == 1;
        lure_sandbox *sandbox = lure_examiner_sandbox(x);
        good = sandbox && lure_examiner_try(x, sandbox, train, r);
        lure_sandbox_destroy(sandbox);
    }
    free(collector);
    free(r);
}
