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

/* A function under a name that is nearly one of the contract's, which is missing: a misspelt one is never called. */
static void look_for_misspelt(lure_examiner *x, lua_State *L, int environment)
{
    static const char *const optional[] = {"observe", "reward", "render", NULL};
    for (lua_pushnil(L); lua_next(L, environment); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING || !lua_isfunction(L, -1))
            continue;
        const char *name = lua_tostring(L, -2), *nearest = lure_text_nearest(name, optional, 3);
        if (!nearest || strcmp(nearest, name) == 0)
            continue;
        char place[256];
        lure_function_place(L, -1, place, sizeof place);
        if (lua_getfield(L, environment, nearest) == LUA_TNIL)
            lure_examiner_note(x, "%s: nothing calls '%s'; did you mean '%s'?", place, name, nearest);
        lua_pop(L, 1);
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
    const lure_copies *c = t->borrow_copies;
    for (size_t i = 0; i < c->world.n_inputs; i++) {
        const lure_part *part = &c->world.observation->space.parts[i];
        char number[LURE_NUMBER_SIZE], bound[LURE_NUMBER_SIZE], name[80];
        snprintf(name, sizeof name, "observation '%.60s'", part->name ? part->name : "?");
        lure_number_format(part->low, bound);
        if (part->n == 0 && c->seen_low[i] < part->low) {
            lure_number_format(c->seen_low[i], number);
            lure_examiner_find(x, "%s: %s was %s; expected at least its declared low = %s", t->step_place,
                               name, number, bound);
        } else if (part->n == 0 && c->seen_high[i] > part->high) {
            lure_number_format(c->seen_high[i], number);
            lure_number_format(part->high, bound);
            lure_examiner_find(x, "%s: %s was %s; expected at most its declared high = %s", t->step_place,
                               name, number, bound);
        }
    }
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
    char text[64];
    if (lure_trial_measure(t, 0.02, &seconds, &err) != LURE_OK) {
        lure_examiner_find(x, "%s", err.text);
        return;
    }
    snprintf(text, sizeof text, "%.17g", seconds);
    lure_examiner_say(x, LURE_SAYS_SECONDS, text);
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
        compare_bounds(x, &t);
        examine_render(x, &t);
        if (lure_trial_repeat(x, &t, &lived, LURE_ROLE_ENVIRONMENT)) {
            note_changed_locals(x, &t);
            measure(x, &t);
        }
    }
    lure_lived_free(&lived);
    lure_trial_close(&t);
}
