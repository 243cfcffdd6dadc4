/* check_feeding.c: does a schedule give what a world wants? Some episodes begin, and notes are kept of which keys its input
   has, which of them reset reads, which it asks for in vain, and which numbers are seen as they came. */
#include "check/check_worlds.h"
#include "script/call.h"
#include "script/key_order.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FED_EPISODES = 60, MOST_NAMES = 32 };

typedef struct names {
    char items[MOST_NAMES][64];
    size_t n;
} names;

/* How it went in one world. */
typedef struct fitting {
    lure_trial *t;
    const char *world;
    names given, read,
        missing; /* keys of the inputs: all; those that reset looked at; those that it missed */
    bool was_tried;
    lure_text wrong; /* what to say; "": nothing */
} fitting;

static void read_names(lua_State *L, int fed, const char *key, names *out)
{
    lua_getfield(L, fed, key);
    lure_key_order_push(L, -1, "input");
    int keys = lua_gettop(L);
    for (lua_Integer i = 1; lua_rawgeti(L, keys, i) != LUA_TNIL && out->n < MOST_NAMES; i++) {
        snprintf(out->items[out->n++], sizeof *out->items, "%s", luaL_tolstring(L, -1, NULL));
        lua_settop(L, keys);
    }
    lua_settop(L, keys - 2);
}

static int read_fed(lua_State *L)
{
    fitting *f = lua_touserdata(L, 1);
    lua_rawgeti(L, LUA_REGISTRYINDEX, f->t->fed);
    f->given.n = f->read.n = f->missing.n = 0;
    read_names(L, 2, "given", &f->given);
    read_names(L, 2, "read", &f->read);
    read_names(L, 2, "missing", &f->missing);
    return 0;
}

static bool has(const names *list, const char *name)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->items[i], name) == 0)
            return true;
    return false;
}

static const char *nearest_of(const char *word, const names *list)
{
    const char *words[MOST_NAMES];
    for (size_t i = 0; i < list->n; i++)
        words[i] = list->items[i];
    return lure_text_nearest(word, words, list->n);
}

/* A key that nothing reads: the first one. */
static void look_for_unread(fitting *f)
{
    for (size_t i = 0; i < f->given.n && !f->wrong.length; i++) {
        const char *name = f->given.items[i], *nearest = nearest_of(name, &f->missing);
        if (has(&f->read, name))
            continue;
        lure_text_addf(&f->wrong, "input '%s' is given, and the reset of %s never reads it", name, f->world);
        if (nearest)
            lure_text_addf(&f->wrong, "; did you mean '%s'?", nearest);
        else if (f->missing.n)
            lure_text_addf(&f->wrong, "; it asks for '%s'", f->missing.items[0]);
    }
}

/* What a number of the input becomes in what is seen of the episode's beginning. */
typedef struct passage {
    bool is_told;     /* they have one name... */
    bool is_same;     /* ...or were always the same number... */
    double low, high; /* ...which was, over the episodes */
    uint64_t low_episode, high_episode;
} passage;

typedef struct passing {
    fitting *f;
    passage *passages; /* (given.n, n_inputs) */
    uint64_t episode;
} passing;

static int note_passages(lua_State *L)
{
    passing *p = lua_touserdata(L, 1);
    const lure_trial *t = p->f->t;
    lua_rawgeti(L, LUA_REGISTRYINDEX, t->fed);
    lua_getfield(L, 2, "last");
    for (size_t k = 0; k < p->f->given.n; k++) {
        bool is_number = lua_getfield(L, 3, p->f->given.items[k]) == LUA_TNUMBER;
        double value = is_number ? lua_tonumber(L, -1) : NAN;
        lua_pop(L, 1);
        for (size_t i = 0; i < t->copies->world.n_inputs; i++) {
            passage *a = &p->passages[k * t->copies->world.n_inputs + i];
            a->is_same &= value == lure_trial_seen(t, i);
            if (value < a->low) {
                a->low = value;
                a->low_episode = p->episode;
            }
            if (value > a->high) {
                a->high = value;
                a->high_episode = p->episode;
            }
        }
    }
    return 0;
}

static void compare_with_bounds(fitting *f, const passage *passages)
{
    const lure_world *w = &f->t->copies->world;
    for (size_t k = 0; k < f->given.n; k++) {
        for (size_t i = 0; i < w->n_inputs && !f->wrong.length; i++) {
            const passage *a = &passages[k * w->n_inputs + i];
            bool is_seen = a->is_same && (a->is_told || a->low < a->high);
            const lure_part *p = &w->observation->space.parts[i];
            double low = p->n ? 0.0 : p->low, high = p->n ? (double)(p->n - 1) : p->high;
            bool is_below = is_seen && a->low < low, is_above = is_seen && a->high > high;
            char number[LURE_NUMBER_SIZE], bound[LURE_NUMBER_SIZE];
            if (!is_below && !is_above)
                continue;
            lure_number_format(is_below ? a->low : a->high, number);
            lure_number_format(is_below ? low : high, bound);
            lure_text_addf(&f->wrong,
                           "input '%s' was %s in episode %llu; expected at %s %s, which %s declares for what "
                           "it shows of it",
                           f->given.items[k], number,
                           (unsigned long long)(is_below ? a->low_episode : a->high_episode),
                           is_below ? "least" : "most", bound, f->world);
        }
    }
}

/* Of key k to part i of what is seen. */
static passage begin_passage(const fitting *f, size_t k, size_t i)
{
    const char *name = f->t->copies->world.observation->space.parts[i].name;
    return (passage){.is_told = name && strcmp(name, f->given.items[k]) == 0,
                     .is_same = true,
                     .low = INFINITY,
                     .high = -INFINITY};
}

/* Begins some episodes. False: one went wrong, which is said where it is the schedule's doing. */
static bool feed_world(fitting *f, passage **passages)
{
    lure_error err;
    lure_trial *t = f->t;
    for (uint64_t episode = 1; episode <= FED_EPISODES; episode++) {
        lure_status status = lure_trial_step(t, episode, 1, &err);
        lure_error other;
        if (lure_call_c(t->sandbox->L, read_fed, f, &other) != LURE_OK)
            return false;
        if (status != LURE_OK) {
            const char *role = t->sandbox->context.role;
            f->was_tried = f->missing.n > 0 || f->read.n > 0 || (role && strcmp(role, "schedule") == 0);
            look_for_unread(f);
            if (!f->wrong.length)
                lure_text_addf(&f->wrong, "what it gives does not do for %s: %s", f->world, err.text);
            return false;
        }
        size_t n = f->given.n * t->copies->world.n_inputs;
        if (!*passages) {
            *passages = calloc(n + 1, sizeof **passages);
            for (size_t i = 0; *passages && i < n; i++)
                (*passages)[i] =
                    begin_passage(f, i / t->copies->world.n_inputs, i % t->copies->world.n_inputs);
        }
        passing p = {f, *passages, episode};
        if (*passages && lure_call_c(t->sandbox->L, note_passages, &p, &other) != LURE_OK)
            return false;
    }
    f->was_tried = true;
    return true;
}

static void fit(lure_examiner *x, const lure_trial_options *options, fitting *f)
{
    lure_error err;
    passage *passages = NULL;
    lure_trial_options fed = *options;
    fed.watches_input = true;
    f->t = calloc(1, sizeof *f->t);
    if (f->t && lure_trial_open(f->t, x, &fed, &err) == LURE_OK) {
        if (feed_world(f, &passages)) {
            look_for_unread(f);
            if (!f->wrong.length && passages)
                compare_with_bounds(f, passages);
        }
        lure_trial_close(f->t);
    }
    free(passages);
    free(f->t);
    f->t = NULL;
}

static size_t count_read(const fitting *f)
{
    size_t n = 0;
    for (size_t i = 0; i < f->given.n; i++)
        n += has(&f->read, f->given.items[i]);
    return n;
}

/* Of worlds that nobody named: right in one is right. Else what is wrong in the one that reads most of it, or that asks
   for something of nearly that name. */
void lure_examine_fed_worlds(lure_examiner *x, const lure_worlds *worlds)
{
    lure_text best;
    lure_text_init(&best);
    size_t most = 0;
    bool fits = false, gives = false;
    for (size_t i = 0; i < worlds->n && !fits; i++) {
        char world[160];
        fitting f = {.world = world};
        lure_text_init(&f.wrong);
        lure_worlds_name(worlds, i, world);
        lure_trial_options options = lure_worlds_options(x, worlds, i);
        fit(x, &options, &f);
        size_t n_read = count_read(&f);
        bool is_near = strstr(f.wrong.data, "did you mean") != NULL;
        size_t score = 2 * n_read + is_near;
        gives |= f.given.n > 0;
        if (worlds->are_sure && f.wrong.length)
            lure_examiner_find(x, "%s", f.wrong.data);
        else if (worlds->are_sure && !f.was_tried)
            lure_examiner_note(x, "could not be tried in %s", world);
        fits = !worlds->are_sure && f.was_tried && !f.wrong.length && (n_read > 0 || !f.given.n);
        if (score > most) {
            most = score;
            lure_text_clear(&best);
            lure_text_add(&best, f.wrong.data);
        }
        lure_text_free(&f.wrong);
    }
    if (!worlds->are_sure && !fits && best.length)
        lure_examiner_find(x, "%s; no other world here takes it: --environment NAME says which is its own",
                           best.data);
    else if (!worlds->are_sure && !fits && gives)
        lure_examiner_note(
            x, "no world was found whose reset reads it: --environment NAME says which is its own");
    lure_text_free(&best);
}

void lure_examine_feeding(lure_examiner *x)
{
    fitting f = {.world = "its environment"};
    const lure_trial_options options = {.experiment = x->path};
    lure_text_init(&f.wrong);
    fit(x, &options, &f);
    if (f.given.n && f.wrong.length)
        lure_examiner_find(x, "schedule: %s", f.wrong.data);
    lure_text_free(&f.wrong);
}
