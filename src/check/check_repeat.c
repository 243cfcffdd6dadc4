/* check_repeat.c: the same episodes again must give the same steps. Three rounds, each in a Lua state of its own: as a
   run would live them; with the episodes in another order; each step alone, the last one first, from a copy of the s
   before it. What a world or a reward keeps outside s has another value in at least one of them. Evidence, no proof:
   what never mattered in these steps is not seen. */
#include "check/check_trial.h"

#include "base/clock.h"
#include "check/check_state.h"
#include "script/call.h"
#include "script/value.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_EPISODES = 100, TRIED_STEPS = 12 };
static const double MOST_SECONDS = 1.0;

static bool keep(lure_lived *lived, size_t i, uint64_t episode, uint64_t step, const char *line)
{
    lived->steps[i].episode = episode;
    lived->steps[i].step = step;
    lived->steps[i].line = strdup(line);
    lived->n = i + 1;
    return lived->steps[i].line != NULL;
}

lure_status lure_trial_live(lure_trial *t, size_t most_steps, lure_lived *lived, lure_error *err)
{
    double began = lure_clock_seconds();
    lived->n = 0;
    lived->steps = calloc(most_steps, sizeof *lived->steps);
    if (!lived->steps)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory to check %s", t->environment_name);
    for (uint64_t episode = 1, step = 0; lived->n < most_steps && episode <= MOST_EPISODES;) {
        lure_status status = lure_trial_step(t, episode, ++step, err);
        if (status != LURE_OK)
            return status;
        if (!keep(lived, lived->n, episode, step, t->line.data))
            return lure_fail(err, LURE_ERROR_MEMORY, "no memory to check %s", t->environment_name);
        if (lure_clock_seconds() - began > MOST_SECONDS)
            break;
        if (!lure_trial_in_episode(t)) {
            episode++;
            step = 0;
        }
    }
    return LURE_OK;
}

void lure_lived_free(lure_lived *lived)
{
    for (size_t i = 0; i < lived->n; i++)
        free(lived->steps[i].line);
    free(lived->steps);
    *lived = (lure_lived){0};
}

/* ---- what reset needs ---- */

/* Does it get through a few episodes? */
static lure_status try_out(lure_examiner *x, const lure_trial_options *options, lure_trial *t,
                           lure_error *err)
{
    lure_lived lived = {0};
    lure_status status = lure_trial_open(t, x, options, err);
    if (status == LURE_OK)
        status = lure_trial_live(t, TRIED_STEPS, &lived, err);
    lure_lived_free(&lived);
    lure_trial_close(t);
    return status;
}

lure_status lure_trial_choose_input(lure_examiner *x, lure_trial_options *options, lure_text *asked,
                                    lure_error *err)
{
    lure_trial t = {0};
    lure_trial_options plain = {.environment = options->environment, .schedule = options->schedule};
    if (options->experiment)
        return LURE_OK;
    lure_status status = try_out(x, &plain, &t, err);
    if (status != LURE_ERROR_SCRIPT || options->schedule)
        return status;
    plain.makes_up_input = true;
    lure_error other;
    lure_status again = try_out(x, &plain, &t, &other);
    options->makes_up_input = t.n_inputs > 0;
    if (!options->makes_up_input)
        return status;
    for (size_t i = 0; i < t.n_inputs; i++)
        lure_text_addf(asked, "%sinput.%s", i ? ", " : "", t.inputs[i]);
    if (again != LURE_OK)
        *err = other;
    return again;
}

/* ---- saying what differs ---- */

typedef struct comparison {
    const char *before, *after;
    lure_text *out;
    bool in_reward; /* the reward differs and nothing else does */
} comparison;

static void take_part(lua_State *L, int table, const char *key, lure_text *text)
{
    lua_getfield(L, table, key);
    lure_text_clear(text);
    lure_value_write(L, -1, text);
    lua_pop(L, 1);
}

/* The state first: whatever else differs mostly follows from it. */
static int compare(lua_State *L)
{
    comparison *c = lua_touserdata(L, 1);
    static const char *const parts[] = {"s", "observation", "end", "action", "reward"};
    lure_text texts[2];
    lure_value_parse(L, c->before);
    lure_value_parse(L, c->after);
    if (!lua_istable(L, 2) || !lua_istable(L, 3))
        return 0;
    lure_text_init(&texts[0]); /* plain values, read back from text: nothing raises but lack of memory */
    lure_text_init(&texts[1]);
    for (size_t i = 0; i < sizeof parts / sizeof *parts && !c->out->length; i++) {
        take_part(L, 2, parts[i], &texts[0]);
        take_part(L, 3, parts[i], &texts[1]);
        if (lure_state_difference(L, texts[0].data, texts[1].data, parts[i], c->out))
            c->in_reward = i == 4;
    }
    lure_text_free(&texts[0]);
    lure_text_free(&texts[1]);
    return 0;
}

/* A step went otherwise than the first time. False when that is not the subject's doing. */
static bool report(lure_examiner *x, lure_trial *first, lure_role subject, const char *before, lure_trial *t,
                   uint64_t episode, uint64_t step, const char *how)
{
    lure_error err;
    lure_text difference, locals;
    lure_text_init(&difference);
    lure_text_init(&locals);
    comparison c = {before, t->line.data, &difference, false};
    (void)lure_call_c(t->sandbox->L, compare, &c, &err);
    if (!difference.length) /* bytes that a literal cannot hold */
        lure_text_add(&difference, "something differed");
    lure_trial_changed_locals(first, &locals);
    bool is_ours = subject == LURE_ROLE_ENVIRONMENT || c.in_reward;
    if (is_ours)
        lure_examiner_find(x, "%s: %s, %s (episode %llu, step %llu); expected the same: %s%s%s%s",
                           c.in_reward ? first->reward_place : first->step_place, difference.data, how,
                           (unsigned long long)episode, (unsigned long long)step,
                           c.in_reward ? "a reward looks at s, action, terminated and before alone"
                                       : "all that changes lives in s, all chance comes from rng",
                           locals.length ? " (look at " : "", locals.data, locals.length ? ")" : "");
    lure_text_free(&difference);
    lure_text_free(&locals);
    return is_ours;
}

static void report_error(lure_examiner *x, const lure_trial *t, lure_role subject, const lure_error *err,
                         const char *how)
{
    const char *role = t->sandbox ? t->sandbox->context.role : NULL;
    if (subject == LURE_ROLE_ENVIRONMENT || (role && strcmp(role, "reward") == 0))
        lure_examiner_find(x, "%s, %s; the first time it went well", err->text, how);
}

/* ---- the rounds ---- */

/* One episode again, whose first step is number i. */
static bool live_again(lure_examiner *x, lure_trial *first, lure_trial *t, const lure_lived *lived,
                       lure_role subject, size_t i, size_t *copy_of)
{
    static const char how[] = "when the episode was lived again in a fresh state";
    lure_error err;
    uint64_t episode = lived->steps[i].episode;
    for (; i < lived->n && lived->steps[i].episode == episode; i++) {
        if (lure_trial_step(t, episode, lived->steps[i].step, &err) != LURE_OK) {
            report_error(x, t, subject, &err, how);
            return false;
        }
        copy_of[i] = t->n_copies - 1;
        if (strcmp(t->line.data, lived->steps[i].line) != 0) {
            report(x, first, subject, lived->steps[i].line, t, episode, lived->steps[i].step, how);
            return false;
        }
    }
    return true;
}

/* From the end, every second episode, then the others: what counts episodes, by whatever number, is out of step.
   copy_of[i]: which copy of s was kept before step i. */
static bool live_shuffled(lure_examiner *x, lure_trial *first, lure_trial *t, const lure_lived *lived,
                          lure_role subject, size_t *copy_of)
{
    uint64_t last = lived->steps[lived->n - 1].episode;
    for (uint64_t offset = 0; offset < 2; offset++)
        for (size_t i = lived->n; i-- > 0;)
            if (lived->steps[i].step == 1 && (last - lived->steps[i].episode) % 2 == offset &&
                !live_again(x, first, t, lived, subject, i, copy_of))
                return false;
    if (!t->changed.length)
        return true;
    bool by_reward = strncmp(t->changed.data, "reward", 6) == 0;
    if (by_reward || subject == LURE_ROLE_ENVIRONMENT)
        lure_examiner_find(x, "%s: %s; only reset and step may change it",
                           by_reward ? first->reward_place : first->step_place, t->changed.data);
    return false;
}

static bool live_singly(lure_examiner *x, lure_trial *first, lure_trial *watched, lure_trial *t,
                        const lure_lived *lived, lure_role subject, const size_t *copy_of)
{
    static const char how[] = "when the step was taken alone from a copy of s";
    lure_error err;
    for (size_t i = lived->n; i-- > 0;) {
        uint64_t episode = lived->steps[i].episode, step = lived->steps[i].step;
        if (lure_trial_step_from(t, watched, copy_of[i], episode, step, -1, &err) != LURE_OK) {
            report_error(x, t, subject, &err, how);
            return false;
        }
        if (strcmp(t->line.data, lived->steps[i].line) != 0) {
            report(x, first, subject, lived->steps[i].line, t, episode, step, how);
            return false;
        }
    }
    return true;
}

/* Every action once, each from another s: a rare one may never have been drawn. */
static bool act_all(lure_examiner *x, lure_trial *watched, lure_trial *t, const lure_lived *lived,
                    const size_t *copy_of)
{
    enum { MOST_ACTIONS = 256 };
    lure_error err;
    const lure_part *choice = t->borrow_copies->world.actions->space.parts; /* of the first */
    for (size_t a = 0; a < choice->n && a < MOST_ACTIONS; a++) {
        size_t i = a % lived->n;
        if (lure_trial_step_from(t, watched, copy_of[i], lived->steps[i].episode, lived->steps[i].step,
                                 (int64_t)a, &err) != LURE_OK) {
            lure_examiner_find(x, "%s, with the action '%s'", err.text, choice->words[a]);
            return false;
        }
    }
    return true;
}

bool lure_trial_repeat(lure_examiner *x, lure_trial *first, const lure_lived *lived, lure_role subject)
{
    lure_trial_options options = *first->options, watching = *first->options;
    watching.is_watched = true;
    lure_error err;
    lure_trial again = {0}, alone = {0};
    size_t *copy_of = calloc(lived->n + 1, sizeof *copy_of);
    bool good = copy_of != NULL;
    if (good && lure_trial_open(&again, x, &watching, &err) != LURE_OK) {
        report_error(x, &again, subject, &err, "when it was loaded once more");
        good = false;
    }
    good = good && live_shuffled(x, first, &again, lived, subject, copy_of);
    if (good && lure_trial_open(&alone, x, &options, &err) != LURE_OK) {
        report_error(x, &alone, subject, &err, "when it was loaded once more");
        good = false;
    }
    good = good && live_singly(x, first, &again, &alone, lived, subject, copy_of) &&
           (subject != LURE_ROLE_ENVIRONMENT || act_all(x, &again, &alone, lived, copy_of));
    lure_trial_close(&alone);
    lure_trial_close(&again);
    free(copy_of);
    return good;
}
