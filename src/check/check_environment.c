/* check_environment.c: is a script an environment? Its table, a few hundred steps of random actions, the same again
   (check_repeat.c), what it declares against what came, and how long a step takes. */
#include "base/text.h"
#include "check/check_trial.h"
#include "script/bind.h"
#include "script/call.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_STEPS = 300 };

/* ---- the table ---- */

/* A field under a name that is nearly one of the contract's, which is missing: nothing reads a misspelt one. A function may
   be a helper of that name, so that is a note. */
static void look_for_misspelt(lure_examiner *x, lua_State *L, int environment)
{
    static const char *const optional[] = {"observe",     "reward",    "render", "legal",
                                           "transitions", "max_steps", NULL};
    for (lua_pushnil(L); lua_next(L, environment); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING)
            continue;
        const char *name = lua_tostring(L, -2), *nearest = lure_text_nearest(name, optional, 6);
        bool is_function = lua_isfunction(L, -1);
        if (!nearest || strcmp(nearest, name) == 0 || is_function != (strcmp(nearest, "max_steps") != 0))
            continue;
        char place[256];
        if (is_function)
            lure_function_place(L, -1, place, sizeof place);
        bool is_missing = lua_getfield(L, environment, nearest) == LUA_TNIL;
        lua_pop(L, 1);
        if (is_missing && is_function)
            lure_examiner_note(x, "%s: nothing calls '%s'; did you mean '%s'?", place, name, nearest);
        else if (is_missing)
            lure_examiner_find(x, "nothing reads '%s'; did you mean '%s'?", name, nearest);
    }
}

static int examine_table(lua_State *L)
{
    lure_examiner *x = lua_touserdata(L, 1);
    lure_loader_load(L, LURE_ROLE_ENVIRONMENT, x->path, NULL, 0, NULL);
    if (!lua_istable(L, -1))
        return luaL_error(L, "%s: returned %s; expected a table (does the file end with 'return ...'?)",
                          x->path, lure_type_name(L, -1));
    look_for_misspelt(x, L, lua_gettop(L));
    return 0;
}

/* ---- what reset needs ---- */

/* An input that a schedule would give is made up when reset does not do without one. */
static bool choose_input(lure_examiner *x, lure_trial_options *options)
{
    lure_text asked;
    lure_error err;
    lure_text_init(&asked);
    lure_status status = lure_trial_choose_input(x, options, &asked, &err);
    if (status != LURE_OK)
        lure_examiner_find(x, "%s", err.text);
    if (asked.length)
        lure_examiner_note(x, "reset asks for %s: numbers were made up; --schedule NAME gives real ones",
                           asked.data);
    lure_text_free(&asked);
    return status == LURE_OK;
}

/* ---- what it declares ---- */

static void compare_bounds(lure_examiner *x, const lure_trial *t)
{
    const lure_space *space = &t->copies->world.observation->space;
    const double *low = t->copies->seen_low, *high = t->copies->seen_high;
    const char *place = t->copies->world.has_observe ? t->observe_place : t->step_place;
    for (size_t i = 0; i < space->n_parts; i++) {
        const lure_part *p = &space->parts[i];
        char number[LURE_NUMBER_SIZE], bound[LURE_NUMBER_SIZE];
        if (p->n || (low[i] >= p->low && high[i] <= p->high))
            continue;
        bool is_below = low[i] < p->low;
        lure_number_format(is_below ? low[i] : high[i], number);
        lure_number_format(is_below ? p->low : p->high, bound);
        lure_examiner_find(x, "%s: observation '%.60s' was %s; expected at %s its declared %s = %s", place,
                           p->name ? p->name : "?", number, is_below ? "least" : "most",
                           is_below ? "low" : "high", bound);
    }
}

/* Without a time limit an episode must end by itself, or a run would never come back from it. */
static void look_for_an_end(lure_examiner *x, lure_trial *t)
{
    enum { MOST = 200000 };
    static const double most_seconds = 1.0;
    lure_error err;
    uint64_t n_steps;
    if (t->copies->max_steps)
        return;
    if (lure_trial_run_to_an_end(t, MOST, most_seconds, &n_steps, &err) != LURE_OK)
        lure_examiner_find(x, "%s", err.text);
    else if (t->copies->copies[0].episode < 2 && lure_trial_goes_on(t))
        lure_examiner_note(
            x,
            "%s: no episode ended within %llu steps of random actions, and there is no max_steps; "
            "an experiment needs max_steps = N, or collects steps",
            t->step_place, (unsigned long long)n_steps);
}

static void examine_render(lure_examiner *x, lure_trial *t)
{
    lure_text wrong;
    lure_error err;
    lure_text_init(&wrong);
    if (lure_trial_render(t, &wrong, &err) != LURE_OK)
        lure_examiner_find(x, "%s, in render after the last step", err.text);
    else if (wrong.length)
        lure_examiner_find(x, "%s", wrong.data);
    lure_text_free(&wrong);
}

static void note_changed_locals(lure_examiner *x, lure_trial *t)
{
    lure_text locals;
    lure_text_init(&locals);
    lure_trial_changed_locals(t, &locals);
    if (locals.length)
        lure_examiner_note(
            x,
            "%s: %s changed while the world ran. It made no difference here; what decides anything "
            "must lie in s",
            t->step_place, locals.data);
    lure_text_free(&locals);
}

static void measure(lure_examiner *x, lure_trial *t)
{
    lure_error err;
    double seconds;
    if (lure_trial_measure(t, 0.02, &seconds, &err) != LURE_OK) {
        lure_examiner_find(x, "%s", err.text);
        return;
    }
    lure_examiner_measure(x, "step_seconds", seconds);
}

void lure_examine_environment(lure_examiner *x)
{
    lure_sandbox *sandbox = lure_examiner_sandbox(x);
    bool good = sandbox && lure_examiner_try(x, sandbox, examine_table, x);
    lure_sandbox_destroy(sandbox);
    if (!good)
        return;

    lure_trial t = {0};
    lure_trial_options options = {.environment = x->path, .schedule = x->options->schedule};
    lure_lived lived = {0};
    lure_error err;
    if (!choose_input(x, &options))
        return;
    lure_status status = lure_trial_open(&t, x, &options, &err);
    if (status == LURE_OK)
        status = lure_trial_live(&t, MOST_STEPS, &lived, &err);
    if (status != LURE_OK) {
        lure_examiner_find(x, "%s", err.text);
    } else {
        lure_lived_account(x, &lived, t.step_place);
        if (x->is_account)
            goto done;
        compare_bounds(x, &t);
        examine_render(x, &t);
        if (lure_trial_repeat(x, &t, &lived, LURE_ROLE_ENVIRONMENT)) {
            note_changed_locals(x, &t);
            lure_trial_examine_snapshot(x, &options);
            lure_trial_examine_transitions(x, &options);
            look_for_an_end(x, &t);
            if (t.reward_low < 0 || t.reward_high > 0) /* one of its own */
                lure_trial_report_rewards(x, &t, &lived);
            measure(x, &t);
        }
    }
done:
    lure_lived_free(&lived);
    lure_trial_close(&t);
}
