/* check_shaping_report.c: what is said of a reward that is a difference of potentials. See check_shaping.h. */
#include "check/check_shaping.h"
#include "run/experiment.h"
#include "script/call.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { N_LIVED = 300 };
static const double EXACT = 1e-9; /* between two discounts */

/* ---- an experiment's discount ---- */

typedef struct question {
    const char *experiment;
    double discount;
} question;

static int read_discount(lua_State *L)
{
    question *q = lua_touserdata(L, 1);
    lure_loader_load(L, LURE_ROLE_EXPERIMENT, q->experiment, NULL, 0, NULL);
    lua_getfield(L, -1, "algorithm");
    lure_experiment_push_role(L, -1, LURE_ROLE_ALGORITHM, q->experiment);
    lure_loader_push_records(L);
    int records = lua_gettop(L);
    for (lua_Integer i = 1; lua_rawgeti(L, records, i) == LUA_TTABLE; i++, lua_settop(L, records)) {
        lua_getfield(L, -1, "role");
        bool is_algorithm = lua_type(L, -1) == LUA_TSTRING && strcmp(lua_tostring(L, -1), "algorithm") == 0;
        if (is_algorithm && lua_getfield(L, -2, "options") == LUA_TTABLE &&
            (lua_getfield(L, -1, "gamma") == LUA_TNUMBER || lua_getfield(L, -2, "discount") == LUA_TNUMBER))
            q->discount = lua_tonumber(L, -1);
    }
    return 0;
}

static double discount_of(lure_examiner *x, const char *experiment)
{
    question q = {experiment, NAN};
    lure_error err;
    lure_sandbox *sandbox = lure_examiner_sandbox(x);
    if (sandbox)
        (void)lure_call_c(sandbox->L, read_discount, &q, &err);
    lure_sandbox_destroy(sandbox);
    return q.discount;
}

/* ---- saying so ---- */

static void describe(const lure_shaping *s, char *out, size_t size)
{
    if (*s->term)
        snprintf(out, size, "term '%s' is", s->term);
    else
        snprintf(out, size, "%s is", s->is_beside ? "the reward less the world's own" : "the reward");
    if (s->kind == LURE_SHAPING_CONSTANT) {
        size_t n = strlen(out);
        snprintf(out + n, size - n, " %.9g a step and", s->constant);
    }
    size_t n = strlen(out);
    snprintf(out + n, size - n, " potential-based shaping with discount %.9g", s->discount);
}

static void report_discount(lure_examiner *x, const lure_shaping *s, const char *experiment, const char *what,
                            const char *place)
{
    double discount = discount_of(x, experiment);
    if (isnan(discount) || fabs(discount - s->discount) <= EXACT)
        return;
    const bool counts_change =
        fabs(s->discount - 1) <= EXACT; /* coins now less coins before: often the task itself */
    if (x->role == LURE_ROLE_EXPERIMENT && counts_change)
        lure_examiner_note(
            x,
            "reward: %s (%s), and the algorithm's is %.9g: right where the change is what is wanted, "
            "but as a hint it would change what is best",
            what, place, discount);
    else if (x->role == LURE_ROLE_EXPERIMENT)
        lure_examiner_find(
            x,
            "reward: %s (%s), but the algorithm's discount is %.9g; expected the same, or what "
            "is best changes",
            what, place, discount);
    else
        lure_examiner_note(x, "%s: %s, but the algorithm of %s has discount %.9g; expected the same", place,
                           what, experiment, discount);
}

static void report(lure_examiner *x, const lure_trial *t, const lure_shaping *s)
{
    char what[200];
    describe(s, what, sizeof what);
    if (t->options->experiment)
        report_discount(x, s, t->options->experiment, what, t->reward_place);
    if (x->role == LURE_ROLE_EXPERIMENT)
        return;
    lure_examiner_measure(x, "shaping_discount", s->discount);
    if (s->kind == LURE_SHAPING_BAD_END && s->discount < 1.0)
        lure_examiner_find(x,
                           "%s: %s, but its potential at a terminated end was %.9g; expected 0 there, or how "
                           "an episode ends is paid for",
                           t->reward_place, what, s->end);
    else if (s->kind == LURE_SHAPING_BAD_END)
        lure_examiner_note(x, "%s: %s, which pays for where an episode terminates", t->reward_place, what);
    else if (s->kind == LURE_SHAPING_PURE && !*s->term && !s->is_beside && s->saw_end)
        lure_examiner_note(
            x, "%s: %s and nothing else (Ng, Harada & Russell 1999): by itself it prefers no policy",
            t->reward_place, what);
    else
        lure_examiner_note(
            x,
            "%s: %s (Ng, Harada & Russell 1999): best policies stay best for an algorithm with "
            "that discount%s",
            t->reward_place, what,
            s->saw_end ? "" : ", if its potential is 0 at a terminated end; none was seen");
}

void lure_shaping_report(lure_examiner *x, const lure_trial_options *options)
{
    lure_trial t = {0};
    lure_lived lived = {0};
    lure_shaping shaping;
    lure_error err;
    double call_seconds = NAN;
    lure_trial_options keeping = *options;
    keeping.keeps_calls = true;
    lure_status status = lure_trial_open(&t, x, &keeping, &err);
    if (status == LURE_OK)
        status = lure_trial_live(&t, N_LIVED, &lived, &err);
    if (status == LURE_OK)
        status = lure_shaping_examine(&t, &shaping, &call_seconds, &err);
    if (status == LURE_OK) {
        if (x->role == LURE_ROLE_REWARD)
            lure_examiner_measure(x, "call_seconds", call_seconds);
        if (shaping.kind != LURE_SHAPING_NONE)
            report(x, &t, &shaping);
    } /* a reward that cannot live with states of different times is none */
    lure_lived_free(&lived);
    lure_trial_close(&t);
}
