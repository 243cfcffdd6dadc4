/* check_transitions.c: a world that says beforehand what can happen, transitions(state, action) -> list of { probability =,
   next =, reward =, terminated = }, says what step does: probabilities sum to 1, what comes is among what can come, and
   as often as it says. For worlds whose observation is one choice, the state, and whose action is one choice. */
#include "check/check_trial.h"

#include "script/bind.h"
#include "script/call.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PAIRS = 200000, N_STEPS = 5000, LEAST_EXPECTED = 5 };
static const double EXACT = 1e-9, DEVIATIONS = 6.0;

typedef struct outcome {
    double probability, reward;
    size_t next;
    bool terminated;
    size_t n; /* how often it came */
} outcome;

/* What can happen in a state with an action, without doubles. */
typedef struct pair {
    size_t first, n_outcomes, n_seen;
} pair;

typedef struct tables {
    lure_examiner *x;
    lure_trial *t;
    char place[256];
    size_t n_states, n_actions, n_outcomes, capacity;
    const char *const *words;
    pair *pairs; /* (state, action) */
    outcome *outcomes;
} tables;

/* ---- what it says ---- */

static void refuse(lua_State *L, const tables *a, size_t state, size_t action, const char *what)
{
    a->t->sandbox->context = (lure_context){.role = NULL};
    luaL_error(L, "%s: transitions(%I, \"%s\"): %s", a->place, (LUAI_UACINT)state, a->words[action], what);
}

static double read_number(lua_State *L, const tables *a, size_t state, size_t action, const char *key)
{
    char text[120];
    if (lua_getfield(L, -1, key) != LUA_TNUMBER || !isfinite(lua_tonumber(L, -1))) {
        snprintf(text, sizeof text, "'%s' is %s; expected a finite number", key,
                 lua_type(L, -1) == LUA_TNUMBER ? lure_push_text(L, -1) : lure_type_name(L, -1));
        refuse(L, a, state, action, text);
    }
    double x = lua_tonumber(L, -1);
    lua_pop(L, 1);
    return x;
}

/* The outcome on top. */
static outcome read_outcome(lua_State *L, const tables *a, size_t state, size_t action)
{
    char text[120];
    if (!lua_istable(L, -1))
        refuse(L, a, state, action, "expected a list of { probability =, next =, reward =, terminated = }");
    outcome o = {.probability = read_number(L, a, state, action, "probability"),
                 .reward = read_number(L, a, state, action, "reward")};
    double next = read_number(L, a, state, action, "next");
    if (!(o.probability >= 0.0 && o.probability <= 1.0)) {
        snprintf(text, sizeof text, "a probability is %.9g; expected 0 to 1", o.probability);
        refuse(L, a, state, action, text);
    }
    if (!(next >= 0 && next < (double)a->n_states && next == floor(next))) {
        snprintf(text, sizeof text, "next is %.9g; expected a whole number from 0 to %zu", next,
                 a->n_states - 1);
        refuse(L, a, state, action, text);
    }
    if (lua_getfield(L, -1, "terminated") != LUA_TBOOLEAN)
        refuse(L, a, state, action, "'terminated' is neither true nor false");
    o.terminated = lua_toboolean(L, -1);
    lua_pop(L, 1);
    o.next = (size_t)next;
    return o;
}

static bool is_alike(const outcome *a, const outcome *b)
{
    return a->next == b->next && a->terminated == b->terminated &&
           fabs(a->reward - b->reward) <= EXACT * fmax(1.0, fabs(a->reward));
}

static void add_outcome(lua_State *L, tables *a, pair *p, const outcome *o)
{
    for (size_t i = p->first; i < p->first + p->n_outcomes; i++) {
        if (is_alike(&a->outcomes[i], o)) {
            a->outcomes[i].probability += o->probability;
            return;
        }
    }
    if (!a->outcomes || a->n_outcomes == a->capacity) {
        outcome *more = realloc(a->outcomes, (a->capacity * 2 + 64) * sizeof *more);
        if (!more) {
            luaL_error(L, "no memory to check the transitions");
            return;
        }
        a->outcomes = more;
        a->capacity = a->capacity * 2 + 64;
    }
    a->outcomes[a->n_outcomes++] = *o;
    p->n_outcomes++;
}

static int read_all(lua_State *L)
{
    tables *a = lua_touserdata(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, a->t->environment);
    lua_getfield(L, 2, "transitions");
    lure_function_place(L, 3, a->place, sizeof a->place);
    a->t->sandbox->context = (lure_context){.role = "environment", .name = a->t->environment_name};
    for (size_t k = 0; k < a->n_states * a->n_actions; k++, lua_settop(L, 3)) {
        size_t state = k / a->n_actions, action = k % a->n_actions;
        double sum = 0.0;
        char text[120];
        lua_pushvalue(L, 3);
        lua_pushinteger(L, (lua_Integer)state);
        lua_pushstring(L, a->words[action]);
        lua_call(L, 2, 1);
        a->t->sandbox->heartbeat++;
        if (!lua_istable(L, 4) || lua_rawlen(L, 4) == 0)
            refuse(L, a, state, action,
                   "expected a list of { probability =, next =, reward =, terminated = }");
        a->pairs[k].first = a->n_outcomes;
        for (lua_Integer i = 1; lua_rawgeti(L, 4, i) != LUA_TNIL; i++, lua_settop(L, 4)) {
            outcome o = read_outcome(L, a, state, action);
            sum += o.probability;
            add_outcome(L, a, &a->pairs[k], &o);
        }
        if (fabs(sum - 1.0) > EXACT) {
            snprintf(text, sizeof text, "the probabilities sum to %.9g; expected 1", sum);
            refuse(L, a, state, action, text);
        }
    }
    return 0;
}

/* ---- what happens ---- */

static bool note_step(tables *a, size_t state, uint64_t episode, uint64_t step)
{
    const lure_trial *t = a->t;
    size_t action = (size_t)t->action[0];
    pair *p = &a->pairs[state * a->n_actions + action];
    const outcome came = {.next = (size_t)t->copies->observations[0],
                          .reward = t->last_reward,
                          .terminated = t->last_terminated};
    p->n_seen++;
    for (size_t i = p->first; i < p->first + p->n_outcomes; i++) {
        if (a->outcomes[i].probability > 0.0 && is_alike(&a->outcomes[i], &came)) {
            a->outcomes[i].n++;
            return true;
        }
    }
    lure_examiner_find(
        a->x,
        "%s: in state %zu '%s' led to state %zu with reward %.9g%s (episode %llu, step %llu); expected "
        "one of what transitions says can happen",
        a->place, state, a->words[action], came.next, came.reward, came.terminated ? ", terminated" : "",
        (unsigned long long)episode, (unsigned long long)step);
    return false;
}

static bool live(tables *a)
{
    lure_error err;
    uint64_t episode = 1, step = 0;
    for (size_t i = 0; i < N_STEPS; i++) {
        double before = step ? a->t->copies->observations[0] : 0.0;
        if (lure_trial_step(a->t, episode, ++step, &err) != LURE_OK) {
            lure_examiner_find(a->x, "%s", err.text);
            return false;
        }
        if (!note_step(a, (size_t)(step == 1 ? a->t->first[0] : before), episode, step))
            return false;
        if (!lure_trial_goes_on(a->t)) {
            episode++;
            step = 0;
        }
    }
    return true;
}

/* Pearson's chi-squared over all pairs that were seen often enough. */
static void compare_frequencies(const tables *a)
{
    double sum = 0.0, freedom = 0.0, worst = 0.0;
    size_t worst_pair = 0, worst_outcome = 0;
    for (size_t k = 0; k < a->n_states * a->n_actions; k++) {
        const pair *p = &a->pairs[k];
        bool is_enough = p->n_outcomes > 1;
        for (size_t i = p->first; i < p->first + p->n_outcomes; i++)
            is_enough &= (double)p->n_seen * a->outcomes[i].probability >= LEAST_EXPECTED;
        if (!is_enough)
            continue;
        freedom += (double)(p->n_outcomes - 1);
        for (size_t i = p->first; i < p->first + p->n_outcomes; i++) {
            double expected = (double)p->n_seen * a->outcomes[i].probability,
                   off = (double)a->outcomes[i].n - expected, part = off * off / expected;
            sum += part;
            if (part > worst) {
                worst = part;
                worst_pair = k;
                worst_outcome = i;
            }
        }
    }
    if (freedom == 0.0 || sum - freedom <= DEVIATIONS * sqrt(2.0 * freedom))
        return;
    const outcome *o = &a->outcomes[worst_outcome];
    lure_examiner_find(
        a->x,
        "%s: in state %zu '%s' led to state %zu %zu times of %zu; expected about %.0f, as transitions "
        "gives it probability %.6g (chi-squared %.0f with %.0f degrees of freedom over all)",
        a->place, worst_pair / a->n_actions, a->words[worst_pair % a->n_actions], o->next, o->n,
        a->pairs[worst_pair].n_seen, (double)a->pairs[worst_pair].n_seen * o->probability, o->probability,
        sum, freedom);
}

/* Is there such a function, and can it be asked? */
static bool can_be_asked(lure_examiner *x, tables *a)
{
    const lure_space *actions = &a->t->copies->world.actions->space,
                     *seen = &a->t->copies->world.observation->space;
    lua_State *L = a->t->sandbox->L;
    lua_rawgeti(L, LUA_REGISTRYINDEX, a->t->environment);
    lua_pushliteral(L, "transitions");
    bool has = lua_rawget(L, -2) == LUA_TFUNCTION;
    lua_pop(L, 2);
    if (!has)
        return false;
    bool fits = actions->n_parts == 1 && actions->parts[0].n && seen->n_parts == 1 && seen->parts[0].n;
    if (!fits || seen->parts[0].n > MOST_PAIRS / actions->parts[0].n) {
        lure_examiner_note(
            x,
            "'transitions' was not checked: it is for one choice of action and a state that is one "
            "choice, with at most %d pairs of both",
            (int)MOST_PAIRS);
        return false;
    }
    a->n_actions = actions->parts[0].n;
    a->n_states = seen->parts[0].n;
    a->words = actions->parts[0].words;
    return true;
}

void lure_trial_examine_transitions(lure_examiner *x, const lure_trial_options *options)
{
    lure_trial t = {0};
    tables a = {.x = x, .t = &t};
    lure_error err;
    if (lure_trial_open(&t, x, options, &err) != LURE_OK)
        return; /* it opened before: there is no more memory */
    if (can_be_asked(x, &a) && (a.pairs = calloc(a.n_states * a.n_actions, sizeof *a.pairs))) {
        if (lure_call_c(t.sandbox->L, read_all, &a, &err) != LURE_OK)
            lure_examiner_find(x, "%s", err.text);
        else if (live(&a))
            compare_frequencies(&a);
    }
    free(a.pairs);
    free(a.outcomes);
    lure_trial_close(&t);
}
