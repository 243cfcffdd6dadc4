/* check_live.c: a world on trial, lived in: one step at a time, written as a line, and many at once. See check_trial.h. */
#include "base/clock.h"
#include "check/check_state.h"
#include "check/check_trial.h"
#include "script/call.h"
#include "script/value.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

bool lure_trial_goes_on(const lure_trial *t)
{
    return t->copies->copies[0].in_episode;
}

/* ---- one step ---- */

typedef struct move {
    lure_trial *t, *other;
    size_t copy;
    uint64_t episode, step, n_steps;
    const double *action; /* null: as drawn */
} move;

static void take_state(lua_State *L, const move *m)
{
    lua_State *from = m->other->sandbox->L;
    int top = lua_gettop(from);
    lua_rawgeti(from, LUA_REGISTRYINDEX, m->other->kept);
    lua_rawgeti(from, -1, (lua_Integer)m->copy + 1);
    lure_state_copy_across(from, -1, L); /* raises only without memory, and this process is then done */
    lua_settop(from, top);
}

static void push_numbers(lua_State *L, const double *numbers, size_t n)
{
    lua_createtable(L, (int)n, 0);
    for (size_t i = 0; i < n; i++) {
        lua_pushnumber(L, numbers[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

/* Begins the table that the line is written from, with what was there before the step: observation, legal, action. */
static void begin_line(lua_State *L, lure_trial *t, int at)
{
    const lure_world *w = &t->copies->world;
    lua_newtable(L);
    push_numbers(L, t->copies->observations, w->n_inputs);
    lua_setfield(L, -2, "observation");
    lure_copies_push_action(L, t->copies, at, t->action);
    lua_setfield(L, -2, "action");
    size_t n = w->has_legal ? lure_space_n_choices(&w->actions->space) : 0;
    lua_createtable(L, (int)n, 0);
    for (size_t i = 0; i < n; i++) {
        lua_pushinteger(L, t->mask[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    if (n)
        lua_setfield(L, -2, "legal");
    else
        lua_pop(L, 1);
}

/* And ends it: reward, end, next, s. */
static void end_line(lua_State *L, lure_trial *t, int at, const lure_stepped *stepped)
{
    t->last_reward = stepped->reward;
    t->last_terminated = stepped->terminated;
    t->reward_low = fmin(t->reward_low, stepped->reward);
    t->reward_high = fmax(t->reward_high, stepped->reward);
    lua_pushnumber(L, stepped->reward);
    lua_setfield(L, -2, "reward");
    lua_pushinteger(L, stepped->terminated ? 1 : stepped->truncated ? 2 : 0);
    lua_setfield(L, -2, "end");
    push_numbers(L, t->copies->observations, t->copies->world.n_inputs);
    lua_setfield(L, -2, "next");
    lure_copies_push_state(L, t->copies, at, 0);
    lua_setfield(L, -2, "s");
    lure_text_clear(&t->line);
    lure_value_write(L, -1, &t->line);
}

/* Raises what was found at a place, as nobody's turn. */
static void refuse(lua_State *L, lure_trial *t, const char *place, const char *text)
{
    t->sandbox->context = (lure_context){.role = NULL};
    luaL_error(L, "%s: %s", place, text);
}

static void check_plain(lua_State *L, lure_trial *t, int at)
{
    lure_copies_push_state(L, t->copies, at, 0);
    lure_text_clear(&t->scratch[0]);
    if (!lure_state_is_plain(L, -1, "s", &t->scratch[0])) {
        lure_text_add(&t->scratch[0],
                      "; s holds numbers, strings, booleans and tables of them, so that it can be stored");
        refuse(L, t, t->copies->copies[0].step == 0 ? t->environment_place : t->step_place,
               t->scratch[0].data);
    }
    lua_pop(L, 1);
}

/* A choice that is none of its own; bounds of numbers are looked at when all is lived. */
static void check_choices(lua_State *L, lure_trial *t)
{
    const lure_world *w = &t->copies->world;
    for (size_t i = 0; i < w->n_inputs; i++) {
        const lure_part *p = &w->observation->space.parts[i];
        double x = t->copies->observations[i];
        if (p->n == 0 || (x >= 0 && x < (double)p->n && x == floor(x)))
            continue;
        char number[LURE_NUMBER_SIZE];
        lure_number_format(x, number);
        lure_text_clear(&t->scratch[0]);
        lure_text_addf(&t->scratch[0],
                       "observation '%s' was %s; expected a whole number from 0 to %zu, as n = %zu says",
                       p->name ? p->name : "?", number, p->n - 1, p->n);
        refuse(L, t,
               w->has_observe                   ? t->observe_place
               : t->copies->copies[0].step == 0 ? t->environment_place
                                                : t->step_place,
               t->scratch[0].data);
    }
}

/* One step of the copy, from the action given or one drawn from the policy's stream at (episode, step). */
static void step(lua_State *L, const move *m, int at, bool is_written)
{
    lure_trial *t = m->t;
    lure_copy *copy = t->copies->copies;
    const lure_space *actions = &t->copies->world.actions->space;
    lure_stepped stepped;
    if (copy->step == 0) /* as the episode began */
        memcpy(t->first, t->copies->observations, t->copies->world.n_inputs * sizeof(double));
    lure_copies_legal(L, t->copies, at, 0, t->mask);
    if (m->action) {
        memcpy(t->action, m->action, actions->n_parts * sizeof(double));
    } else {
        lure_rng_seek(&t->policy_rng, (uint32_t)copy->episode, (uint32_t)copy->step + 1);
        lure_space_sample(actions, t->copies->world.has_legal ? t->mask : NULL, &t->policy_rng, t->action);
    }
    if (is_written)
        begin_line(L, t, at);
    lure_copies_step(L, t->copies, at, 0, t->action, &stepped);
    t->sandbox->heartbeat++;
    if (is_written) {
        check_choices(L, t);
        check_plain(L, t, at);
        end_line(L, t, at, &stepped);
        lua_pop(L, 1);
    }
}

static void begin(lua_State *L, const move *m, int at)
{
    lure_trial *t = m->t;
    lua_newtable(L); /* another table each time: who keeps the last one in a local is found out */
    lure_copies_set_state(L, t->copies, at, 0);
    t->copies->copies[0].episode = m->episode - 1;
    t->copies->progress = m->episode < 100 ? (double)m->episode / 100.0 : 1.0;
    lure_copies_reset(L, t->copies, at, 0, 0);
    check_choices(L, t);
    check_plain(L, t, at);
}

static int live(lua_State *L)
{
    move *m = lua_touserdata(L, 1);
    lure_trial *t = m->t;
    lua_rawgeti(L, LUA_REGISTRYINDEX, t->anchor);
    int at = lure_copies_enter(L, 2);
    if (m->other) {
        take_state(L, m);
        lure_copies_set_state(L, t->copies, at, 0);
        t->copies->copies[0] = (lure_copy){.episode = m->episode, .step = m->step - 1, .in_episode = true};
        lure_copies_observe(L, t->copies, at, 0);
    } else if (m->step == 1) {
        begin(L, m, at);
    }
    step(L, m, at, true);
    return 0;
}

lure_status lure_trial_step(lure_trial *t, uint64_t episode, uint64_t number, lure_error *err)
{
    move m = {.t = t, .episode = episode, .step = number};
    return lure_call_c(t->sandbox->L, live, &m, err);
}

lure_status lure_trial_step_from(lure_trial *t, lure_trial *other, size_t i, uint64_t episode,
                                 uint64_t number, const double *action, lure_error *err)
{
    move m = {t, other, i, episode, number, 1, action};
    return lure_call_c(t->sandbox->L, live, &m, err);
}

/* ---- many steps ---- */

/* Episodes one after the other, nothing written. */
static int run_on(lua_State *L)
{
    move *m = lua_touserdata(L, 1);
    lure_trial *t = m->t;
    lua_rawgeti(L, LUA_REGISTRYINDEX, t->anchor);
    int at = lure_copies_enter(L, 2);
    for (uint64_t i = 0; i < m->n_steps; i++) {
        if (!t->copies->copies[0].in_episode)
            lure_copies_reset(L, t->copies, at, 0, 0);
        step(L, m, at, false);
    }
    return 0;
}

lure_status lure_trial_measure(lure_trial *t, double budget, double *seconds, lure_error *err)
{
    enum { STEPS = 256 };
    move m = {.t = t, .n_steps = STEPS};
    double began = lure_clock_seconds(), last = began, now = began;
    lure_status status = LURE_OK;
    lure_examiner_watch(t->borrow_examiner, t->sandbox);
    t->copies->copies[0] = (lure_copy){0};
    for (*seconds = INFINITY; status == LURE_OK && now - began < budget; last = now) {
        status = lure_call_c(t->sandbox->L, run_on, &m, err);
        now = lure_clock_seconds();
        *seconds = fmin(*seconds, (now - last) / STEPS); /* the quickest: the others were interrupted */
    }
    return status;
}

lure_status lure_trial_run_to_an_end(lure_trial *t, uint64_t most_steps, double budget, uint64_t *n_steps,
                                     lure_error *err)
{
    enum { STEPS = 256 };
    move m = {.t = t, .n_steps = STEPS};
    double began = lure_clock_seconds();
    lure_status status = LURE_OK;
    lure_examiner_watch(t->borrow_examiner, t->sandbox);
    t->copies->copies[0] = (lure_copy){0};
    for (*n_steps = 0; status == LURE_OK && *n_steps < most_steps && t->copies->copies[0].episode < 2 &&
                       lure_clock_seconds() - began < budget;
         *n_steps += STEPS)
        status = lure_call_c(t->sandbox->L, run_on, &m, err);
    return status;
}

double lure_trial_seen(const lure_trial *t, size_t i)
{
    return t->first[i];
}
