/* check_reward.c: is a script a reward? It needs a world to judge: the one asked for; else those of the experiments that
   name it; else every environment that can be found, of which those count in which it works: which world a reward is
   written for stands nowhere but in its comments. */
#include "base/file.h"
#include "check/check_trial.h"
#include "run/experiment.h"
#include "script/call.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_STEPS = 200, TRIED_STEPS = 40, MOST_FILES = 256 };

/* ---- where worlds may be ---- */

typedef struct file_list {
    char *paths[MOST_FILES];
    size_t n;
} file_list;

static void add_file(file_list *list, const char *path)
{
    char real[PATH_MAX], other[PATH_MAX];
    if (!realpath(path, real))
        return;
    if (getcwd(other, sizeof other)) { /* shorter from here */
        size_t n = strlen(other);
        path += strncmp(path, other, n) == 0 && path[n] == '/' ? n + 1 : 0;
    }
    for (size_t i = 0; i < list->n; i++)
        if (realpath(list->paths[i], other) && strcmp(other, real) == 0)
            return;
    if (list->n < MOST_FILES && (list->paths[list->n] = strdup(path)))
        list->n++;
}

static void add_folder(file_list *list, const char *base, const char *folder)
{
    char path[2 * PATH_MAX], file[3 * PATH_MAX];
    char **names;
    size_t n;
    snprintf(path, sizeof path, "%s/%s", base, folder);
    if (lure_folder_list(path, ".lua", &names, &n, NULL) != LURE_OK)
        return;
    for (size_t i = 0; i < n; i++) {
        snprintf(file, sizeof file, "%s/%s", path, names[i]);
        add_file(list, file);
    }
    lure_names_free(names, n);
}

/* All scripts of a role that can be found: in the folders beside the reward's (scripts/rewards: scripts/experiments,
   environments), and by name. */
static void list_files(lure_role role, const char *path, file_list *list)
{
    char above[PATH_MAX], found[PATH_MAX], tried[4 * PATH_MAX], nearest[64];
    if (!realpath(path, above))
        *above = '\0';
    for (int i = 0; i < 3; i++) {
        char *slash = strrchr(above, '/');
        if (!slash)
            break;
        *slash = '\0';
        if (i > 0)
            add_folder(list, above, lure_role_folder(role));
    }
    lure_text names;
    lure_text_init(&names);
    lure_loader_names(role, &names);
    for (char *rest = names.data, *name; (name = strsep(&rest, ", "));)
        if (*name && lure_loader_find(role, name, NULL, found, tried, sizeof tried, nearest))
            add_file(list, found);
    lure_text_free(&names);
}

static void free_files(file_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->paths[i]);
    list->n = 0;
}

/* ---- experiments that name it ---- */

typedef struct search {
    const char *experiment;
    char reward[PATH_MAX]; /* the file that it takes as its reward; "" : none */
} search;

static int find_reward(lua_State *L)
{
    search *s = lua_touserdata(L, 1);
    char tried[4 * PATH_MAX], nearest[64], path[PATH_MAX];
    lure_loader_load(L, LURE_ROLE_EXPERIMENT, s->experiment, NULL, 0, NULL);
    if (!lua_istable(L, -1))
        return 0;
    if (lua_getfield(L, -1, "reward") == LUA_TTABLE)
        lua_rawgeti(L, -1, 1);
    if (lua_type(L, -1) == LUA_TSTRING && lure_loader_find(LURE_ROLE_REWARD, lua_tostring(L, -1),
                                                           s->experiment, path, tried, sizeof tried, nearest))
        memcpy(s->reward, path, sizeof path);
    return 0;
}

static bool names_it(lure_examiner *x, const char *experiment)
{
    search s = {.experiment = experiment};
    char ours[PATH_MAX], theirs[PATH_MAX];
    lure_error err;
    lure_sandbox *sandbox = lure_examiner_sandbox(x);
    if (!sandbox)
        return false;
    (void)lure_call_c(sandbox->L, find_reward, &s, &err); /* a broken experiment names nothing */
    lure_sandbox_destroy(sandbox);
    return *s.reward && realpath(x->path, ours) && realpath(s.reward, theirs) && strcmp(ours, theirs) == 0;
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
            lure_trial_repeat(x, &t, &lived, LURE_ROLE_REWARD);
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

/* An environment that fails by itself is tried all the same, and then says so. */
static lure_trial_options options_in(lure_examiner *x, const char *environment)
{
    lure_trial_options options = {.environment = environment, .schedule = x->options->schedule};
    lure_error err;
    lure_text asked;
    lure_text_init(&asked);
    (void)lure_trial_choose_input(x, &options, &asked, &err);
    lure_text_free(&asked);
    options.reward = x->path;
    return options;
}

static bool examine_in_experiments(lure_examiner *x)
{
    file_list experiments = {0};
    bool found = false;
    list_files(LURE_ROLE_EXPERIMENT, x->path, &experiments);
    for (size_t i = 0; i < experiments.n; i++) {
        if (!names_it(x, experiments.paths[i]))
            continue;
        char world[160];
        lure_trial_options options = {.experiment = experiments.paths[i]};
        snprintf(world, sizeof world, "the experiment %.120s", experiments.paths[i]);
        examine_in(x, &options, world);
        found = true;
    }
    free_files(&experiments);
    return found;
}

static void examine_anywhere(lure_examiner *x)
{
    file_list worlds = {0};
    bool found = false;
    size_t most_good = 0;
    const char *best = NULL;
    lure_error why = {0};
    list_files(LURE_ROLE_ENVIRONMENT, x->path, &worlds);
    for (size_t i = 0; i < worlds.n && most_good != SIZE_MAX; i++) {
        lure_error err;
        size_t n_good = 0;
        lure_trial_options options = options_in(x, worlds.paths[i]);
        outcome result = try_in(x, &options, TRIED_STEPS, &n_good, &err);
        if (result == WORKS) {
            found = true;
            examine_in(x, &options, worlds.paths[i]);
        } else if (result == FAILS && (!best || n_good > most_good)) {
            most_good = n_good;
            why = err;
            best = worlds.paths[i];
        }
    }
    if (!found && best)
        lure_examiner_find(
            x, "%s, in %s; it works in no other world here: --environment NAME says which is its own",
            why.text, best);
    else if (!found)
        lure_examiner_note(x, "no world was found to try it in: --environment NAME says which is its own");
    free_files(&worlds);
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
    if (x->options->environment) {
        lure_trial_options options = options_in(x, x->options->environment);
        examine_in(x, &options, x->options->environment);
    } else if (!examine_in_experiments(x)) {
        examine_anywhere(x);
    }
}
