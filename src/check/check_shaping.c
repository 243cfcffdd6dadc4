/* check_shaping.c: see check_shaping.h. With b a state as `before` and s one as `s`, the reward of b -> s is F(b, s).
   It is shaping when F(b, s) = g(s) + h(b), and for every state g = constant - discount * h: a straight line through at
   least four different potentials. What remains is the constant: discount * k - k belongs to a potential that is k
   everywhere, the rest to a number paid at every step; terminated ends, of which F(b, end) = c - potential(b), tell the
   two apart. */
#include "check/check_shaping.h"

#include "base/clock.h"
#include "script/call.h"
#include "script/key_order.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PAIRS = 20, MOST_ENDS = 10, MOST_TERMS = 16, LEAST_POTENTIALS = 4 };
enum { WHOLE, BESIDE, FIRST_TERM, MOST_CANDIDATES = FIRST_TERM + MOST_TERMS };
static const double EXACT = 1e-9, STRAIGHT = 1e-7; /* shares of the largest number involved */

typedef struct inquiry {
    lure_trial *t;
    lure_shaping *out;
    double *call_seconds;
    /* stack indices */
    int calls, reward, own; /* own 0: the world has none */
    /* numbers of calls in the list: the state after call[i] is the one before call[i] + 1 */
    lua_Integer pairs[MOST_PAIRS], ends[MOST_ENDS];
    size_t n_pairs, n_ends, n_terms;
    char terms[MOST_TERMS][64];
    /* F of each candidate: before p, after q; before p, end e */
    double f[MOST_CANDIDATES][MOST_PAIRS][MOST_PAIRS], at_end[MOST_CANDIDATES][MOST_PAIRS][MOST_ENDS];
    double unseen_end[MOST_CANDIDATES][MOST_PAIRS][MOST_ENDS]; /* as if it went on */
    bool looks_at_action[MOST_CANDIDATES];
} inquiry;

/* ---- asking ---- */

static void push_part(lua_State *L, const inquiry *q, lua_Integer call, int part)
{
    lua_rawgeti(L, q->calls, call);
    lua_rawgeti(L, -1, part);
    lua_remove(L, -2);
}

/* Calls a reward with parts of different calls: number and terms on the stack. */
static void ask(lua_State *L, const inquiry *q, int reward, lua_Integer before, lua_Integer after,
                lua_Integer action, bool terminated)
{
    lua_pushvalue(L, reward);
    push_part(L, q, after, 1);
    push_part(L, q, action, 2);
    lua_pushboolean(L, terminated);
    push_part(L, q, before, 4);
    lua_call(L, 4, 2);
    lure_sandbox_of(L)->heartbeat++;
}

/* All candidates' values: out[] is (n_terms + FIRST_TERM). */
static void evaluate(lua_State *L, const inquiry *q, lua_Integer before, lua_Integer after,
                     lua_Integer action, bool terminated, double out[MOST_CANDIDATES])
{
    int top = lua_gettop(L);
    ask(L, q, q->reward, before, after, action, terminated);
    out[WHOLE] = lua_type(L, -2) == LUA_TNUMBER ? lua_tonumber(L, -2) : NAN;
    for (size_t i = 0; i < q->n_terms; i++) {
        out[FIRST_TERM + i] = NAN;
        if (!lua_istable(L, top + 2))
            continue;
        if (lua_getfield(L, top + 2, q->terms[i]) == LUA_TNUMBER)
            out[FIRST_TERM + i] = lua_tonumber(L, -1);
        lua_pop(L, 1);
    }
    lua_settop(L, top);
    out[BESIDE] = NAN;
    if (q->own) {
        ask(L, q, q->own, before, after, action, terminated);
        out[BESIDE] = lua_type(L, -2) == LUA_TNUMBER ? out[WHOLE] - lua_tonumber(L, -2) : NAN;
        lua_settop(L, top);
    }
}

static void read_terms(lua_State *L, inquiry *q)
{
    int top = lua_gettop(L);
    ask(L, q, q->reward, 1, 1, 1, false);
    if (lua_istable(L, top + 2)) {
        lure_key_order_push(L, top + 2, "terms");
        for (lua_Integer i = 1; lua_rawgeti(L, top + 3, i) == LUA_TSTRING && q->n_terms < MOST_TERMS; i++) {
            if (lua_rawlen(L, -1) < sizeof *q->terms)
                snprintf(q->terms[q->n_terms++], sizeof *q->terms, "%s", lua_tostring(L, -1));
            lua_pop(L, 1);
        }
    }
    lua_settop(L, top);
}

/* Evenly among those that there are. */
static void choose_calls(lua_State *L, inquiry *q)
{
    lua_Integer n = (lua_Integer)lua_rawlen(L, q->calls), pairs[LURE_MOST_CALLS] = {0},
                ends[LURE_MOST_CALLS] = {0};
    size_t n_pairs = 0, n_ends = 0;
    for (lua_Integer i = 1, last_episode = 0, last_went_on = 0; i <= n; i++) {
        push_part(L, q, i, 5);
        push_part(L, q, i, 3);
        lua_Integer episode = lua_tointeger(L, -2);
        bool terminated = lua_toboolean(L, -1);
        lua_pop(L, 2);
        if (terminated)
            ends[n_ends++] = i;
        if (last_went_on && episode == last_episode)
            pairs[n_pairs++] = i - 1;
        last_episode = episode;
        last_went_on = !terminated;
    }
    q->n_pairs = n_pairs < MOST_PAIRS ? n_pairs : MOST_PAIRS;
    q->n_ends = n_ends < MOST_ENDS ? n_ends : MOST_ENDS;
    for (size_t i = 0; i < q->n_pairs; i++)
        q->pairs[i] = pairs[i * n_pairs / q->n_pairs];
    for (size_t i = 0; i < q->n_ends; i++)
        q->ends[i] = ends[i * n_ends / q->n_ends];
}

static void fill(lua_State *L, inquiry *q)
{
    double values[MOST_CANDIDATES];
    size_t n = FIRST_TERM + q->n_terms;
    for (size_t p = 0; p < q->n_pairs; p++) {
        lua_Integer before = q->pairs[p] + 1, other = q->pairs[(p + 1) % q->n_pairs];
        for (size_t s = 0; s < q->n_pairs; s++) {
            evaluate(L, q, before, q->pairs[s], q->pairs[s], false, values);
            for (size_t c = 0; c < n; c++)
                q->f[c][p][s] = values[c];
            if (s != 0 && s != p)
                continue;
            evaluate(L, q, before, q->pairs[s], other, false, values); /* another action */
            for (size_t c = 0; c < n; c++)
                q->looks_at_action[c] |= values[c] != q->f[c][p][s];
        }
        for (size_t e = 0; e < q->n_ends; e++) {
            evaluate(L, q, before, q->ends[e], q->ends[e], true, values);
            for (size_t c = 0; c < n; c++)
                q->at_end[c][p][e] = values[c];
            evaluate(L, q, before, q->ends[e], q->ends[e], false, values);
            for (size_t c = 0; c < n; c++)
                q->unseen_end[c][p][e] = values[c];
        }
    }
}

/* ---- judging ---- */

/* discount by the line through the potentials -h[p] and g[p]; false: there is none. */
static bool fit_discount(size_t n, const double *h, const double *g, double *discount)
{
    size_t far = 0, n_different = 0;
    double largest = 0.0;
    for (size_t i = 0; i < n; i++)
        far = fabs(h[i]) > fabs(h[far]) ? i : far;
    if (!(fabs(h[far]) > 0))
        return false;
    *discount = -g[far] / h[far];
    for (size_t i = 0; i < n; i++) {
        bool is_new = true;
        for (size_t j = 0; j < i; j++)
            is_new &= fabs(h[i] - h[j]) > 1e-6 * fabs(h[far]);
        n_different += is_new;
        largest = fmax(largest, fabs(g[i] + *discount * h[i]));
    }
    *discount = fabs(*discount - 1.0) < EXACT ? 1.0 : *discount;
    return n_different >= LEAST_POTENTIALS && largest <= STRAIGHT * fabs(h[far]) && *discount > 0.0 &&
           *discount <= 1.0;
}

static lure_shaping judge(const inquiry *q, size_t c)
{
    lure_shaping s = {.saw_end = q->n_ends > 0, .is_beside = c == BESIDE};
    double h[MOST_PAIRS] = {0}, g[MOST_PAIRS] = {0}, scale = 0.0;
    size_t n = q->n_pairs;
    if (c >= FIRST_TERM)
        snprintf(s.term, sizeof s.term, "%s", q->terms[c - FIRST_TERM]);
    for (size_t p = 0; p < n; p++)
        for (size_t i = 0; i < n; i++)
            if (isfinite(q->f[c][p][i]))
                scale = fmax(scale, fabs(q->f[c][p][i]));
            else
                return s;
    /* a sum of something of before and something of after, and never mind the action */
    for (size_t p = 0; p < n; p++) {
        h[p] = q->f[c][p][0] - q->f[c][0][0];
        g[p] = q->f[c][0][p] - q->f[c][0][0];
        for (size_t i = 0; i < n; i++)
            if (fabs(q->f[c][p][i] - q->f[c][0][i] - h[p]) > EXACT * scale)
                return s;
    }
    if (q->looks_at_action[c] || !fit_discount(n, h, g, &s.discount))
        return s;

    /* F(p, q) = discount * potential(q) - potential(p) + m with potential(p) = -h[p]; F(p, end) = -potential(p) + u */
    double m = q->f[c][0][0], low = INFINITY, high = -INFINITY, tolerance = 10.0 * STRAIGHT * scale;
    bool is_sum = true, ignores_end = true;
    for (size_t e = 0; e < q->n_ends; e++) {
        double u = q->at_end[c][0][e];
        low = fmin(low, u);
        high = fmax(high, u);
        for (size_t p = 0; p < n; p++) {
            is_sum &= fabs(q->at_end[c][p][e] - u - h[p]) <= tolerance;
            ignores_end &= q->at_end[c][p][e] == q->unseen_end[c][p][e];
        }
    }
    if (!s.saw_end) {
        s.kind = LURE_SHAPING_PURE;
        return s;
    }
    if (!is_sum)
        return s;
    /* if nothing else is paid, potentials are off by k, and an end has (u + k) / discount of it */
    double k = s.discount < 1.0 ? m / (s.discount - 1.0) : -low;
    for (int side = 0; side < 2; side++) {
        double end = ((side ? high : low) + k) / s.discount;
        s.end = fabs(end) > fabs(s.end) ? end : s.end;
    }
    bool is_same = high - low <= tolerance;
    bool is_term = c >= FIRST_TERM;
    s.constant = (m - (1.0 - s.discount) * low) / s.discount;
    if (is_same && fabs(s.constant) <= tolerance)
        s.kind = LURE_SHAPING_PURE;
    else if (is_same && !is_term)
        s.kind = LURE_SHAPING_CONSTANT;
    else if (is_term || ignores_end)
        s.kind = LURE_SHAPING_BAD_END;
    return s;
}

/* Terms first: they say by their name what they are for. Then what is nothing else, then what is with a constant. */
static void choose(const inquiry *q)
{
    size_t n = FIRST_TERM + q->n_terms;
    for (size_t c = FIRST_TERM; c < n && q->out->kind == LURE_SHAPING_NONE; c++)
        *q->out = judge(q, c);
    if (q->out->kind != LURE_SHAPING_NONE)
        return;
    lure_shaping whole = judge(q, WHOLE), beside = judge(q, BESIDE);
    bool is_nearer = whole.kind == LURE_SHAPING_BAD_END && fabs(beside.end) < fabs(whole.end);
    bool take_beside = beside.kind != LURE_SHAPING_NONE &&
                       (whole.kind == LURE_SHAPING_NONE || is_nearer ||
                        (whole.kind != LURE_SHAPING_PURE && beside.kind == LURE_SHAPING_PURE));
    *q->out = take_beside ? beside : whole;
}

/* ---- the inquiry ---- */

static void measure(lua_State *L, const inquiry *q)
{
    enum { CALLS = 512, ROUNDS = 5 };
    lua_Integer n = (lua_Integer)lua_rawlen(L, q->calls);
    int top = lua_gettop(L);
    *q->call_seconds = INFINITY;
    for (int round = 0; round < ROUNDS && n > 0; round++) {
        push_part(L, q, 1 + round % n, 1);
        push_part(L, q, 1 + round % n, 2);
        push_part(L, q, 1 + round % n, 4);
        double began = lure_clock_seconds();
        int i = 0;
        for (; i < CALLS && lure_clock_seconds() - began < 2e-3; i++) {
            lua_pushvalue(L, q->reward);
            lua_pushvalue(L, top + 1);
            lua_pushvalue(L, top + 2);
            lua_pushboolean(L, 0);
            lua_pushvalue(L, top + 3);
            lua_call(L, 4, 2);
            lua_pop(L, 2);
        }
        *q->call_seconds = fmin(*q->call_seconds, (lure_clock_seconds() - began) / i);
        lua_settop(L, top);
    }
}

static int inquire(lua_State *L)
{
    inquiry *q = lua_touserdata(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, q->t->calls);
    q->calls = lua_gettop(L);
    lua_rawgeti(L, LUA_REGISTRYINDEX, q->t->reward);
    q->reward = lua_gettop(L);
    lua_rawgeti(L, LUA_REGISTRYINDEX, q->t->environment);
    if (lua_getfield(L, -1, "reward") == LUA_TFUNCTION && !lua_rawequal(L, -1, q->reward))
        q->own = lua_gettop(L);
    q->t->sandbox->context = (lure_context){.role = "reward", .name = q->t->reward_name};
    if (q->call_seconds)
        measure(L, q);
    if (!q->t->copies->world.reward_sees_before)
        return 0;
    choose_calls(L, q);
    if (q->n_pairs < LEAST_POTENTIALS)
        return 0;
    read_terms(L, q);
    fill(L, q);
    choose(q);
    return 0;
}

lure_status lure_shaping_examine(lure_trial *t, lure_shaping *out, double *call_seconds, lure_error *err)
{
    inquiry *q = calloc(1, sizeof *q);
    *out = (lure_shaping){0};
    if (!q)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory to examine the reward");
    q->t = t;
    q->out = out;
    q->call_seconds = call_seconds;
    lure_status status = lure_call_c(t->sandbox->L, inquire, q, err);
    free(q);
    return status;
}
