/* check_schedule.c: is a script a schedule? It is called alone for two hundred episodes, twice in different orders; then
   it feeds worlds (check_worlds.h), whose reset must want what it gives, and what is seen of it must lie within their bounds. */
#include "base/clock.h"
#include "check/check_state.h"
#include "check/check_worlds.h"
#include "script/bind.h"
#include "script/call.h"
#include "script/value.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- alone ---- */

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
        lure_examiner_account(f->x, f->text.data, "episode %u, call %zu", (unsigned)episode, i + 1);
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

static void measure(lua_State *L, lure_examiner *x, lure_rng *rng)
{
    enum { CALLS = 200, ROUNDS = 5 };
    double best = INFINITY;
    for (int round = 0; round < ROUNDS && best > 1e-4; round++) {
        double began = lure_clock_seconds();
        for (int i = 1; i <= CALLS; i++) {
            lure_rng_seek(rng, (uint32_t)i, 0);
            lua_pushvalue(L, 2);
            lua_pushvalue(L, 3);
            lua_pushinteger(L, i);
            lua_pushnumber(L, (double)i / CALLS);
            lua_call(L, 3, 0);
            lure_sandbox_of(L)->heartbeat++;
        }
        best = fmin(best, (lure_clock_seconds() - began) / CALLS);
    }
    lure_examiner_measure(x, "call_seconds", best);
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
        snprintf(f->x->account_place, sizeof f->x->account_place, "%s", place);
        lure_state_push_locals(L, 2);
        lure_state_changed_locals(L, 4, 5, &f->locals);
        measure(L, f->x, rng);
    }
    return 0;
}

static bool examine_alone(lure_examiner *x)
{
    feeding f = {.x = x};
    bool good = true;
    lure_text_init(&f.text);
    lure_text_init(&f.difference);
    lure_text_init(&f.locals);
    for (int round = 0; round < 2 && good && !(f.is_again && x->is_account); round++) {
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
    return good;
}

void lure_examine_schedule(lure_examiner *x)
{
    if (!examine_alone(x) || x->is_account)
        return;
    lure_worlds worlds;
    lure_worlds_find(x, &worlds);
    lure_examine_fed_worlds(x, &worlds);
    lure_worlds_free(&worlds);
}
