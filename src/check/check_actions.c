/* check_actions.c: every action is one that the world can take. Choices that legal(s) forbids are left out where they are
   forbidden and tried where they are not. */
#include "check/check_trial.h"

#include "script/call.h"
#include "script/value.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ACTIONS = 256, ENDS = 2, TRIED_STATES = 8 };
static const double FAR = 100.0; /* where a number has no bound */

typedef struct describing {
    lure_trial *t;
    lure_text *out;
} describing;

static int describe_action(lua_State *L)
{
    const describing *d = lua_touserdata(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, d->t->anchor);
    int at = lure_copies_enter(L, 2);
    lure_copies_push_action(L, d->t->copies, at, d->t->action);
    lure_value_write(L, -1, d->out);
    return 0;
}

static void report(lure_examiner *x, lure_trial *t, const lure_error *why)
{
    lure_error err;
    lure_text text;
    lure_text_init(&text);
    describing d = {t, &text};
    (void)lure_call_c(t->sandbox->L, describe_action, &d, &err);
    for (size_t i = 0; i < text.length; i++)
        text.data[i] = text.data[i] == '"' ? '\'' : text.data[i];
    lure_examiner_find(x, "%s, with the action %s", why->text, text.data);
    lure_text_free(&text);
}

/* Part `part` as value number `k`, the other parts as they were drawn. False: it is none that this state allows. */
static bool choose(const lure_trial *t, size_t part, size_t k, size_t first_choice, double *action)
{
    const lure_space *space = &t->copies->world.actions->space;
    const lure_part *p = &space->parts[part];
    memcpy(action, t->action, space->n_parts * sizeof *action);
    if (p->n) {
        action[part] = (double)k;
        return !t->copies->world.has_legal || t->mask[first_choice + k];
    }
    action[part] = k == 0 ? (isfinite(p->low) ? p->low : -FAR) : isfinite(p->high) ? p->high : FAR;
    return true;
}

bool lure_trial_act_all(lure_examiner *x, lure_trial *watched, lure_trial *t, const lure_lived *lived,
                        const size_t *copy_of)
{
    lure_error err;
    const lure_space *space = &t->copies->world.actions->space;
    double *action = calloc(space->n_parts + 1, sizeof *action);
    bool good = true;
    size_t n_tried = 0, first_choice = 0;
    for (size_t part = 0; action && part < space->n_parts && good; first_choice += space->parts[part++].n) {
        size_t n = space->parts[part].n ? space->parts[part].n : ENDS;
        for (size_t k = 0; k < n && n_tried < MOST_ACTIONS && good; k++, n_tried++) {
            /* with legal(s): the first of some states that allows it; the step as it was tells what they allow */
            size_t most = t->copies->world.has_legal ? TRIED_STATES : 1;
            for (size_t j = 0; j < most && good; j++) {
                size_t i = (n_tried + j * 31) % lived->n;
                uint64_t episode = lived->steps[i].episode, step = lived->steps[i].step;
                if (most > 1)
                    good = lure_trial_step_from(t, watched, copy_of[i], episode, step, NULL, &err) == LURE_OK;
                if (!good || !choose(t, part, k, first_choice, action))
                    continue;
                good = lure_trial_step_from(t, watched, copy_of[i], episode, step, action, &err) == LURE_OK;
                break;
            }
            if (!good)
                report(x, t, &err);
        }
    }
    free(action);
    return good;
}
