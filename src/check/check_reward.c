/* check_reward.c: is a script a reward? It needs a world to judge (check_worlds.h). There: the same again, how large it
   gets, what it costs, whether it is a hint that changes nothing (check_shaping.h). */
#include "check/check_shaping.h"
#include "check/check_worlds.h"
#include "script/call.h"

#include <math.h>
#include <string.h>

enum { MOST_STEPS = 200, TRIED_STEPS = 40 };

/* ---- how large it gets ---- */

/* The largest of each quarter of the longest episode; false: it is short. */
static bool find_peaks(const lure_lived *lived, double peaks[4])
{
    enum { LONG = 100 };
    size_t from = 0, n = 0;
    for (size_t i = 0; i < lived->n; i++) {
        uint64_t length = lived->steps[i].step;
        if (length > n) {
            n = (size_t)length;
            from = i + 1 - n;
        }
    }
    for (size_t quarter = 0; quarter < 4; quarter++) {
        peaks[quarter] = 0.0;
        for (size_t i = quarter * n / 4; i < (quarter + 1) * n / 4; i++)
            peaks[quarter] = fmax(peaks[quarter], fabs(lived->steps[from + i].reward));
    }
    return n >= LONG;
}

void lure_trial_report_rewards(lure_examiner *x, const lure_trial *t, const lure_lived *lived)
{
    static const double most = 1e6; /* 2^24 is where single precision skips whole numbers */
    static const double growth = 1.25;
    double peaks[4], largest = fmax(fabs(t->reward_low), fabs(t->reward_high));
    lure_examiner_measure(x, "reward_low", t->reward_low);
    lure_examiner_measure(x, "reward_high", t->reward_high);
    if (largest > most)
        lure_examiner_find(
            x,
            "%s: the reward lies between %g and %g; expected at most %g on either side: in single "
            "precision small differences are lost beside it; scale it",
            t->reward_place, t->reward_low, t->reward_high, most);
    else if (find_peaks(lived, peaks) && peaks[0] > 0 && peaks[1] > growth * peaks[0] &&
             peaks[2] > growth * peaks[1] && peaks[3] > growth * peaks[2])
        lure_examiner_note(
            x,
            "%s: the reward's size grew all through an episode, from %.3g to %.3g; is it meant to "
            "have no bound?",
            t->reward_place, peaks[0], peaks[3]);
}

/* ---- in a world ---- */

typedef enum { WORKS, FAILS, IS_NOT_TRIED } outcome;

/* Whether or not a step goes wrong: how many of some first steps of episodes go well. */
static size_t count_good(lure_trial *t)
{
    enum { TRIED = 40 };
    lure_error err;
    size_t n = 0;
    for (uint64_t episode = 1; episode <= TRIED; episode++)
        n += lure_trial_step(t, episode, 1, &err) == LURE_OK;
    return n;
}

/* What is to be said of one that works. */
static void examine_whole(lure_examiner *x, lure_trial *t, const lure_lived *lived)
{
    if (!x->account.length)
        lure_lived_account(x, lived, t->reward_place);
    if (x->is_account)
        return;
    if (!lure_trial_repeat(x, t, lived, LURE_ROLE_REWARD))
        return;
    lure_trial_report_rewards(x, t, lived);
    lure_shaping_report(x, t->options);
}

/* `n_good` (null is fine): when it fails, in how many of some tries it did not. */
static outcome try_in(lure_examiner *x, const lure_trial_options *options, size_t most_steps, size_t *n_good,
                      lure_error *err)
{
    lure_trial t = {0};
    lure_lived lived = {0};
    outcome result = IS_NOT_TRIED;
    if (lure_trial_open(&t, x, options, err) == LURE_OK) {
        lure_status status = lure_trial_live(&t, most_steps, &lived, err);
        const char *role = t.sandbox->context.role; /* whose turn it was */
        result = status == LURE_OK ? WORKS : role && strcmp(role, "reward") == 0 ? FAILS : IS_NOT_TRIED;
        if (result == WORKS && most_steps == MOST_STEPS)
            examine_whole(x, &t, &lived);
        if (result == FAILS && n_good)
            *n_good = status == LURE_ERROR_SCRIPT ? count_good(&t) : SIZE_MAX; /* a limit says it all */
    }
    lure_lived_free(&lived);
    lure_trial_close(&t);
    return result;
}

/* The world is known: what goes wrong in the reward is a finding. */
static void examine_in(lure_examiner *x, const lure_trial_options *options, const char *world)
{
    lure_error err;
    outcome result = try_in(x, options, MOST_STEPS, NULL, &err);
    if (result == FAILS)
        lure_examiner_find(x, "%s, in %s", err.text, world);
    else if (result == IS_NOT_TRIED)
        lure_examiner_note(x, "could not be tried in %s: %s", world, err.text);
}

static void examine_anywhere(lure_examiner *x, const lure_worlds *worlds)
{
    bool found = false;
    size_t most_good = 0;
    const char *best = NULL;
    lure_error why = {0};
    for (size_t i = 0; i < worlds->n && most_good != SIZE_MAX && !(x->is_account && found); i++) {
        lure_error err;
        size_t n_good = 0;
        lure_trial_options options = lure_worlds_options(x, worlds, i);
        outcome result = try_in(x, &options, TRIED_STEPS, &n_good, &err);
        if (result == WORKS) {
            found = true;
            examine_in(x, &options, worlds->paths[i]);
        } else if (result == FAILS && (!best || n_good > most_good)) {
            most_good = n_good;
            why = err;
            best = worlds->paths[i];
        }
    }
    if (!found && best)
        lure_examiner_find(
            x, "%s, in %s; it works in no other world here: --environment NAME says which is its own",
            why.text, best);
    else if (!found)
        lure_examiner_note(x, "no world was found to try it in: --environment NAME says which is its own");
}

static int examine_function(lua_State *L)
{
    lure_examiner_push_function(L, lua_touserdata(L, 1));
    return 0;
}

void lure_examine_reward(lure_examiner *x)
{
    lure_sandbox *sandbox = lure_examiner_sandbox(x);
    bool good = sandbox && lure_examiner_try(x, sandbox, examine_function, x);
    lure_sandbox_destroy(sandbox);
    if (!good)
        return;
    lure_worlds worlds;
    lure_worlds_find(x, &worlds);
    if (!worlds.are_sure)
        examine_anywhere(x, &worlds);
    for (size_t i = 0; worlds.are_sure && i < worlds.n && !(x->is_account && x->account.length); i++) {
        char world[160];
        lure_worlds_name(&worlds, i, world);
        lure_trial_options options = lure_worlds_options(x, &worlds, i);
        examine_in(x, &options, world);
    }
    lure_worlds_free(&worlds);
}
