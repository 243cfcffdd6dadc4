/* check_snapshot.c: a world that is put back goes on as it did: a snapshot in the midst of an episode, some steps, the
   snapshot restored, the same steps. */
#include "check/check_state.h"
#include "check/check_trial.h"
#include "script/call.h"

#include <stdlib.h>
#include <string.h>

enum { N_BEFORE = 3, N_AFTER = 8 };

typedef struct putting {
    lure_trial *t;
    int snapshot; /* in the registry */
} putting;

static int take(lua_State *L)
{
    putting *p = lua_touserdata(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, p->t->anchor);
    int at = lure_copies_enter(L, 2);
    lure_copies_push_snapshot(L, p->t->copies, at, 0);
    lua_rawsetp(L, LUA_REGISTRYINDEX, p);
    return 0;
}

static int put_back(lua_State *L)
{
    putting *p = lua_touserdata(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, p->t->anchor);
    int at = lure_copies_enter(L, 2);
    lua_rawgetp(L, LUA_REGISTRYINDEX, p);
    lure_copies_restore(L, p->t->copies, at, 0, -1);
    return 0;
}

/* From step N_BEFORE + 1 on to the end, or N_AFTER steps. */
static size_t go_on(lure_trial *t, uint64_t episode, char *lines[N_AFTER], lure_error *err)
{
    size_t n = 0;
    while (n < N_AFTER && lure_trial_goes_on(t) &&
           lure_trial_step(t, episode, N_BEFORE + 1 + n, err) == LURE_OK && (lines[n] = strdup(t->line.data)))
        n++;
    return n;
}

static bool compare(lure_examiner *x, lure_trial *t, uint64_t episode)
{
    lure_error err;
    putting p = {.t = t};
    char *lines[2][N_AFTER] = {{NULL}, {NULL}};
    size_t n[2] = {0, 0};
    for (uint64_t step = 1; step <= N_BEFORE; step++)
        if (lure_trial_step(t, episode, step, &err) != LURE_OK || !lure_trial_goes_on(t))
            return true;
    bool good = lure_call_c(t->sandbox->L, take, &p, &err) == LURE_OK;
    n[0] = good ? go_on(t, episode, lines[0], &err) : 0;
    good = good && lure_call_c(t->sandbox->L, put_back, &p, &err) == LURE_OK;
    n[1] = good ? go_on(t, episode, lines[1], &err) : 0;
    bool is_same = good && n[0] == n[1];
    for (size_t i = 0; i < n[0] && is_same; i++)
        is_same = strcmp(lines[0][i], lines[1][i]) == 0;
    if (!good)
        lure_examiner_find(x, "%s: a snapshot in episode %llu could not be taken or put back: %s",
                           t->environment_place, (unsigned long long)episode, err.text);
    else if (!is_same)
        lure_examiner_find(
            x,
            "%s: put back to step %d of episode %llu, the world went on otherwise than before; expected "
            "the same: all that changes lives in s",
            t->step_place, N_BEFORE, (unsigned long long)episode);
    for (size_t i = 0; i < N_AFTER; i++) {
        free(lines[0][i]);
        free(lines[1][i]);
    }
    return is_same;
}

void lure_trial_examine_snapshot(lure_examiner *x, const lure_trial_options *options)
{
    enum { EPISODES = 8 };
    lure_trial t = {0};
    lure_error err;
    if (lure_trial_open(&t, x, options, &err) != LURE_OK)
        return; /* it opened before: there is no more memory */
    for (uint64_t episode = 1; episode <= EPISODES && compare(x, &t, episode); episode++)
        ;
    lure_trial_close(&t);
}
