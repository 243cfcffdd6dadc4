/* check_target.c: from the words on the command line to files with a role. See check.h. */
#include "check/check_script.h"

#include "base/file.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FOLDERS_DEEP = 16 };

static bool ends_in_lua(const char *name)
{
    size_t n = strlen(name);
    return n > 4 && strcmp(name + n - 4, ".lua") == 0;
}

/* ---- the role of a file ---- */

static int role_of_word(const char *word) /* -1: none */
{
    for (int role = 0; role < LURE_N_ROLES; role++)
        if (strcmp(word, lure_role_name((lure_role)role)) == 0)
            return role;
    return -1;
}

/* The nearest folder above the file that is a role's; in templates/ the file's own name is the role's. */
static int role_of_path(const char *path)
{
    char real[PATH_MAX];
    if (!realpath(path, real))
        return -1;
    bool is_first = true;
    char *file = strrchr(real, '/'), *folder;
    *file++ = '\0';
    for (; (folder = strrchr(real, '/')); *folder = '\0', is_first = false) {
        for (int role = 0; role < LURE_N_ROLES; role++)
            if (strcmp(folder + 1, lure_role_folder((lure_role)role)) == 0)
                return role;
        if (is_first && strcmp(folder + 1, "templates") == 0 && ends_in_lua(file)) {
            file[strlen(file) - 4] = '\0';
            return role_of_word(file);
        }
    }
    return -1;
}

static lure_status refuse_role(const char *word, lure_error *err)
{
    const char *names[LURE_N_ROLES];
    for (int role = 0; role < LURE_N_ROLES; role++)
        names[role] = lure_role_name((lure_role)role);
    const char *nearest = lure_text_nearest(word, names, LURE_N_ROLES);
    return lure_fail(err, LURE_ERROR_USAGE,
                     "--role %s: there is no such role%s%s%s Roles are environment, reward, schedule, "
                     "learning_rate, algorithm, experiment and batch",
                     word, nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : ".");
}

/* ---- gathering ---- */

static lure_status add(lure_check_targets *targets, const char *path, int role, lure_error *err)
{
    path += strncmp(path, "./", 2) == 0 ? 2 : 0; /* as messages name it */
    for (size_t i = 0; i < targets->n; i++)
        if (strcmp(targets->items[i].path, path) == 0 &&
            strcmp(targets->items[i].role, lure_role_name((lure_role)role)) == 0)
            return LURE_OK;
    lure_check_target *more = realloc(targets->items, (targets->n + 1) * sizeof *more);
    if (!more)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory for the list of scripts");
    targets->items = more;
    more[targets->n].role = lure_role_name((lure_role)role);
    if (!(more[targets->n].path = strdup(path)))
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory for the list of scripts");
    targets->n++;
    return LURE_OK;
}

static lure_status add_file(lure_check_targets *targets, const char *path, int role, lure_error *err)
{
    if (role < 0)
        role = role_of_path(path);
    if (role < 0)
        role = lure_guess_role(path);
    if (role < 0)
        return lure_fail(
            err, LURE_ERROR_USAGE,
            "%s lies in no role's folder (environments, rewards, schedules, learning_rates, algorithms, "
            "experiments, batches) and returns no table that tells; say what it is with --role ROLE",
            path);
    return add(targets, path, role, err);
}

/* Folders that lie among scripts and hold none: tests of them, what runs those, and what only editors read. */
static bool holds_no_scripts(const char *folder)
{
    static const char *const names[] = {"annotations", "testing", "tests"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(folder, names[i]) == 0)
            return true;
    return false;
}

/* Every .lua in the folder and below; of a folder with init.lua that file alone, the rest are its parts. */
static lure_status add_folder(lure_check_targets *targets, const char *folder, int role, int depth,
                              lure_error *err)
{
    char path[PATH_MAX];
    char **names;
    size_t n, bare = strlen(folder);
    while (bare > 1 && folder[bare - 1] == '/')
        bare--;
    if ((size_t)snprintf(path, sizeof path, "%.*s/init.lua", (int)bare, folder) < sizeof path &&
        lure_file_exists(path))
        return add_file(targets, path, role, err);
    lure_status status = lure_folder_list(folder, "", &names, &n, err);
    for (size_t i = 0; i < n && status == LURE_OK; i++) {
        if (names[i][0] == '.' || holds_no_scripts(names[i]) ||
            (size_t)snprintf(path, sizeof path, "%.*s/%s", (int)bare, folder, names[i]) >= sizeof path)
            continue;
        if (lure_folder_exists(path) && depth < MOST_FOLDERS_DEEP)
            status = add_folder(targets, path, role, depth + 1, err);
        else if (ends_in_lua(names[i]))
            status = add_file(targets, path, role, err);
    }
    lure_names_free(names, n);
    return status;
}

/* A bare name may be a script of several roles: all of them. */
static lure_status add_name(lure_check_targets *targets, const char *name, int role, lure_error *err)
{
    char path[PATH_MAX], tried[4 * PATH_MAX], nearest[64], suggestion[64] = "";
    size_t before = targets->n;
    for (int r = 0; r < LURE_N_ROLES; r++) {
        if (role >= 0 && r != role)
            continue;
        if (lure_loader_find((lure_role)r, name, NULL, path, tried, sizeof tried, nearest)) {
            lure_status status = add(targets, path, r, err);
            if (status != LURE_OK)
                return status;
        } else if (*nearest && !*suggestion) {
            memcpy(suggestion, nearest, sizeof suggestion);
        }
    }
    if (targets->n > before)
        return LURE_OK;
    return lure_fail(err, LURE_ERROR_STORE, "%s '%s' not found%s%s%s",
                     role < 0 ? "script" : lure_role_name((lure_role)role), name,
                     *suggestion ? "; did you mean '" : "", suggestion, *suggestion ? "'?" : "");
}

lure_status lure_check_targets_add(lure_check_targets *targets, const char *word, const char *role_word,
                                   lure_error *err)
{
    int role = role_word ? role_of_word(role_word) : -1;
    size_t before = targets->n;
    if (role_word && role < 0)
        return refuse_role(role_word, err);
    if (lure_folder_exists(word)) {
        lure_status status = add_folder(targets, word, role, 0, err);
        if (status == LURE_OK && targets->n == before)
            return lure_fail(err, LURE_ERROR_STORE, "%s: the folder holds no .lua file", word);
        return status;
    }
    if (!strchr(word, '/') && !ends_in_lua(word))
        return add_name(targets, word, role, err);
    if (!lure_file_exists(word))
        return lure_fail(err, LURE_ERROR_STORE, "%s: there is no such file, or it cannot be read", word);
    return add_file(targets, word, role, err);
}

void lure_check_targets_free(lure_check_targets *targets)
{
    for (size_t i = 0; i < targets->n; i++)
        free(targets->items[i].path);
    free(targets->items);
    *targets = (lure_check_targets){0};
}
