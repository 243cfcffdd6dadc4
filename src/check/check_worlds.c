/* check_worlds.c: see check_worlds.h. */
#include "check/check_worlds.h"

#include "base/file.h"
#include "script/call.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_FILES = 256 };

/* ---- what can be found ---- */

static void add_file(lure_worlds *list, const char *path)
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
    if (!list->paths)
        list->paths = calloc(MOST_FILES, sizeof *list->paths);
    if (list->paths && list->n < MOST_FILES && (list->paths[list->n] = strdup(path)))
        list->n++;
}

static void add_folder(lure_worlds *list, const char *base, const char *folder)
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

/* All scripts of a role that can be found: in the folders beside the script's (scripts/rewards: scripts/experiments,
   environments), and by name. */
static void list_files(lure_role role, const char *path, lure_worlds *list)
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

void lure_worlds_free(lure_worlds *worlds)
{
    for (size_t i = 0; i < worlds->n; i++)
        free(worlds->paths[i]);
    free(worlds->paths);
    *worlds = (lure_worlds){0};
}

/* ---- experiments that name it ---- */

typedef struct search {
    const char *experiment;
    lure_role role;
    char found[PATH_MAX]; /* the file that it takes for this role; "" : none */
} search;

static int find_script(lua_State *L)
{
    search *s = lua_touserdata(L, 1);
    char tried[4 * PATH_MAX], nearest[64], path[PATH_MAX];
    lure_loader_load(L, LURE_ROLE_EXPERIMENT, s->experiment, NULL, 0, NULL);
    if (!lua_istable(L, -1))
        return 0;
    if (lua_getfield(L, -1, lure_role_name(s->role)) == LUA_TTABLE)
        lua_rawgeti(L, -1, 1);
    if (lua_type(L, -1) == LUA_TSTRING &&
        lure_loader_find(s->role, lua_tostring(L, -1), s->experiment, path, tried, sizeof tried, nearest))
        memcpy(s->found, path, sizeof path);
    return 0;
}

static bool names_it(lure_examiner *x, const char *experiment)
{
    search s = {.experiment = experiment, .role = x->role};
    char ours[PATH_MAX], theirs[PATH_MAX];
    lure_error err;
    lure_sandbox *sandbox = lure_examiner_sandbox(x);
    if (!sandbox)
        return false;
    (void)lure_call_c(sandbox->L, find_script, &s, &err); /* a broken experiment names nothing */
    lure_sandbox_destroy(sandbox);
    return *s.found && realpath(x->path, ours) && realpath(s.found, theirs) && strcmp(ours, theirs) == 0;
}

void lure_worlds_find(lure_examiner *x, lure_worlds *out)
{
    *out = (lure_worlds){.are_sure = true};
    if (x->options->environment) { /* as it was written: a name may be looked up elsewhere than here */
        out->paths = calloc(1, sizeof *out->paths);
        if (out->paths && (out->paths[0] = strdup(x->options->environment)))
            out->n = 1;
        return;
    }
    lure_worlds all = {0};
    out->are_experiments = true;
    list_files(LURE_ROLE_EXPERIMENT, x->path, &all);
    for (size_t i = 0; i < all.n; i++)
        if (names_it(x, all.paths[i]))
            add_file(out, all.paths[i]);
    lure_worlds_free(&all);
    if (out->n > 0)
        return;
    out->are_experiments = out->are_sure = false;
    list_files(LURE_ROLE_ENVIRONMENT, x->path, out);
}

/* ---- trying ---- */

lure_trial_options lure_worlds_options(lure_examiner *x, const lure_worlds *worlds, size_t i)
{
    if (worlds->are_experiments)
        return (lure_trial_options){.experiment = worlds->paths[i]};
    lure_trial_options options = {.environment = worlds->paths[i], .schedule = x->options->schedule};
    if (x->role == LURE_ROLE_SCHEDULE) {
        options.schedule = x->path;
        return options;
    }
    lure_error err;
    lure_text asked;
    lure_text_init(&asked);
    (void)lure_trial_choose_input(x, &options, &asked, &err); /* one that fails is tried, and then says so */
    lure_text_free(&asked);
    options.reward = x->path;
    return options;
}

void lure_worlds_name(const lure_worlds *worlds, size_t i, char out[160])
{
    snprintf(out, 160, "%s%.120s", worlds->are_experiments ? "the experiment " : "", worlds->paths[i]);
}
