/* loader.c: see loader.h. */
#define _GNU_SOURCE
#include "script/key_order.h"
#include "script/loader_inside.h"

#include "base/file.h"
#include "script/bind.h"
#include "script/call.h"
#include "script/library.h"
#include "script/sandbox.h"
#include "script/script_file.h"
#include "script/value.h"

#include <lauxlib.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_PLACES = 8 };

static const struct {
    const char *name, *folder;
} roles[LURE_N_ROLES] = {
    [LURE_ROLE_ENVIRONMENT] = {"environment", "environments"},
    [LURE_ROLE_REWARD] = {"reward", "rewards"},
    [LURE_ROLE_SCHEDULE] = {"schedule", "schedules"},
    [LURE_ROLE_LEARNING_RATE] = {"learning_rate", "learning_rates"},
    [LURE_ROLE_ALGORITHM] = {"algorithm", "algorithms"},
    [LURE_ROLE_EXPERIMENT] = {"experiment", "experiments"},
    [LURE_ROLE_BATCH] = {"batch", "batches"},
};

const char *lure_role_name(lure_role role)
{
    return roles[role].name;
}
const char *lure_role_folder(lure_role role)
{
    return roles[role].folder;
}

void lure_script_name(const char *path, char *out, size_t size)
{
    size_t end = strlen(path);
    if (end > 4 && strcmp(path + end - 4, ".lua") == 0 && path[end - 5] != '/')
        end -= 4;
    const char *name = memrchr(path, '/', end);
    name = name ? name + 1 : path;
    size_t n = (size_t)(path + end - name);
    if (n == 4 && strncmp(name, "init", 4) == 0 && path[end] && name - path > 1) { /* the folder's name */
        const char *slash = memrchr(path, '/', (size_t)(name - path) - 1);
        const char *folder = slash ? slash + 1 : path;
        size_t n_folder = (size_t)(name - 1 - folder);
        if (n_folder > 0 && folder[0] != '.') { /* not of ./init.lua and ../init.lua */
            name = folder;
            n = n_folder;
        }
    }
    snprintf(out, size, "%.*s", (int)n, name);
}

const char *lure_share_folder(void)
{
    static char share[PATH_MAX];
    static bool known = false;
    if (known)
        return share;
    known = true;
    char self[PATH_MAX], candidate[PATH_MAX + 32];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0)
        return share;
    self[n] = '\0';
    char *folder = dirname(self);
    /* installed: PREFIX/bin/lure; built: CHECKOUT/build/lure or CHECKOUT/build/<variant>/lure */
    static const char *const places[] = {"../share/lure", "..", "../.."};
    for (size_t i = 0; i < sizeof places / sizeof *places && !*share; i++) {
        char resolved[PATH_MAX];
        snprintf(candidate, sizeof candidate, "%s/%s/environments", folder, places[i]);
        if (!lure_folder_exists(candidate))
            continue;
        snprintf(candidate, sizeof candidate, "%s/%s", folder, places[i]);
        if (realpath(candidate, resolved))
            snprintf(share, sizeof share, "%s", resolved);
    }
    return share;
}

/* ---- finding ---- */

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

typedef struct places {
    char folder[MOST_PLACES][PATH_MAX];
    size_t n;
    bool tidied; /* to be listed or shown; to look into, folders need not be */
} places;

/* The path without "." and "..", as far as it exists: of a/b/../c that a/c, if a/b is there. */
static void tidy(char path[PATH_MAX])
{
    char parent[PATH_MAX], real[PATH_MAX], here[PATH_MAX], rest[PATH_MAX] = "";
    snprintf(parent, sizeof parent, "%s", path);
    while (!realpath(parent, real)) { /* the last of the folders that are there; the others follow it */
        char *slash = strrchr(parent, '/'), longer[PATH_MAX];
        if (!slash || slash == parent)
            return;
        if ((size_t)snprintf(longer, sizeof longer, "%s%s", slash, rest) >= sizeof longer)
            return;
        snprintf(rest, sizeof rest, "%s", longer);
        *slash = '\0';
    }
    if (strstr(rest, "/.."))
        return;
    size_t n = getcwd(here, sizeof here) ? strlen(here) : 0;
    char whole[2 * PATH_MAX];
    snprintf(whole, sizeof whole, "%s%s", strcmp(real, "/") == 0 ? "" : real, rest);
    bool below = n > 1 && strncmp(whole, here, n) == 0 && whole[n] == '/';
    if (strlen(whole) < PATH_MAX)
        snprintf(path, PATH_MAX, "%s%.*s", below ? "./" : "", PATH_MAX - 3, below ? whole + n + 1 : whole);
}

/* Tidied, a folder that is in the list already, under another name, is left out. */
static void add_place(places *p, const char *format, const char *base, const char *folder)
{
    if (p->n == MOST_PLACES || (size_t)snprintf(p->folder[p->n], PATH_MAX, format, base, folder) >= PATH_MAX)
        return;
    if (p->tidied)
        tidy(p->folder[p->n]);
    for (size_t i = 0; p->tidied && i < p->n; i++)
        if (strcmp(p->folder[i], p->folder[p->n]) == 0)
            return;
    p->n++;
}

/* The folders a bare name of the role may lie in, best first. */
static void list_places(lure_role role, const char *beside, bool tidied, places *p)
{
    const char *folder = roles[role].folder;
    p->n = 0;
    p->tidied = tidied;
    /* beside an installed experiment lie the installed scripts, which come last: one's own have the same names first */
    const char *share = lure_share_folder();
    size_t n_share = strlen(share);
    bool installed = beside && n_share > 0 && strncmp(beside, share, n_share) == 0 && beside[n_share] == '/';
    if (beside && !installed) {
        char copy[PATH_MAX];
        snprintf(copy, sizeof copy, "%s", beside);
        const char *base = dirname(copy);
        add_place(p, "%s/%s", base, folder);
        add_place(p, "%s/../%s", base, folder);
        if (role ==
            LURE_ROLE_ENVIRONMENT) /* experiments lie in scripts/experiments, environments beside scripts */
            add_place(p, "%s/../../%s", base, folder);
    }
    add_place(p, "%s/%s", ".", folder);
    if (role != LURE_ROLE_ENVIRONMENT)
        add_place(p, "%s/scripts/%s", ".", folder);
    if (*share)
        add_place(p, role == LURE_ROLE_ENVIRONMENT ? "%s/%s" : "%s/scripts/%s", share, folder);
}

static bool is_path(const char *name)
{
    size_t n = strlen(name);
    return strchr(name, '/') || (n > 4 && strcmp(name + n - 4, ".lua") == 0);
}

/* The scripts of a folder by name: x of x.lua and of x/init.lua, sorted. Free with lure_names_free. */
static bool list_scripts(const char *folder, char ***names, size_t *n)
{
    size_t n_kept = 0;
    lure_error err;
    if (lure_folder_list(folder, "", names, n, &err) != LURE_OK)
        return false;
    for (size_t i = 0; i < *n; i++) {
        char *name = (*names)[i], path[PATH_MAX + 64];
        size_t length = strlen(name);
        if (length > 4 && strcmp(name + length - 4, ".lua") == 0)
            name[length - 4] = '\0';
        else if ((size_t)snprintf(path, sizeof path, "%s/%s/init.lua", folder, name) >= sizeof path ||
                 !lure_file_exists(path))
            name[0] = '\0';
        bool twice = n_kept > 0 && strcmp((*names)[n_kept - 1], name) == 0;
        if (!*name || twice) {
            free(name);
            continue;
        }
        (*names)[n_kept++] = name;
    }
    *n = n_kept;
    if (n_kept > 0)
        qsort(*names, n_kept, sizeof **names, compare_names);
    return true;
}

static void find_nearest(lure_role role, const char *name, const char *beside, char nearest[64])
{
    places p;
    nearest[0] = '\0';
    list_places(role, beside, true, &p);
    for (size_t i = 0; i < p.n && !*nearest; i++) {
        char **names;
        size_t n;
        if (!list_scripts(p.folder[i], &names, &n))
            continue;
        const char *found = lure_text_nearest(name, (const char *const *)names, n);
        if (found)
            snprintf(nearest, 64, "%s", found);
        lure_names_free(names, n);
    }
}

bool lure_loader_find(lure_role role, const char *name, const char *beside, char path[PATH_MAX], char *tried,
                      size_t size, char nearest[64])
{
    char candidate[PATH_MAX + 64];
    nearest[0] = '\0';
    if (is_path(name)) {
        if (lure_script_file_find(name, path))
            return true;
        snprintf(tried, size, "%s", name);
        if (beside && name[0] != '/') {
            char copy[PATH_MAX];
            snprintf(copy, sizeof copy, "%s", beside);
            snprintf(candidate, sizeof candidate, "%s/%s", dirname(copy), name);
            if (lure_script_file_find(candidate, path))
                return true;
            snprintf(tried, size, "%s, %s", name, candidate);
        }
        return false;
    }
    places p;
    list_places(role, beside, false, &p);
    for (size_t i = 0; i < p.n; i++) {
        snprintf(candidate, sizeof candidate, "%s/%s.lua", p.folder[i], name);
        if (lure_script_file_find(candidate, path))
            return true;
        snprintf(candidate, sizeof candidate, "%s/%s/init.lua", p.folder[i], name);
        if (lure_script_file_find(candidate, path))
            return true;
    }
    size_t used = 0;
    tried[0] = '\0';
    list_places(role, beside, true, &p);
    for (size_t i = 0; i < p.n && used < size; i++)
        used += (size_t)snprintf(tried + used, size - used, "%s%s/%s.lua", i ? ", " : "", p.folder[i], name);
    find_nearest(role, name, beside, nearest);
    return false;
}

void lure_loader_names(lure_role role, lure_text *out)
{
    places p;
    bool first = true;
    list_places(role, NULL, true, &p);
    for (size_t i = 0; i < p.n; i++) {
        char **names;
        size_t n;
        if (!list_scripts(p.folder[i], &names, &n))
            continue;
        for (size_t j = 0; j < n; j++, first = false)
            lure_text_addf(out, "%s%s", first ? "" : ", ", names[j]);
        lure_names_free(names, n);
    }
}

/* ---- loading ---- */

static int refuse_missing(lua_State *L, lure_role role, const char *name, const char *tried,
                          const char *nearest)
{
    lure_error err;
    char hint[96] = "";
    if (*nearest)
        snprintf(hint, sizeof hint, "; did you mean '%s'?", nearest);
    lure_fail(&err, LURE_ERROR_STORE, "%s '%s' not found%s (looked for %s)", roles[role].name, name, hint,
              tried);
    return lure_raise(L, &err);
}

/* Options that the chunk never looked at would be ignored, and so would a misspelt one: it has no options(...), or
   calls it without the `...` that they come in. */
static void refuse_unread(lua_State *L, const char *path, int options)
{
    lure_key_order_push(L, options, "options");
    lure__loader_push_current(L);
    bool has_options = lua_getfield(L, -1, "options") == LUA_TTABLE;
    int resolved = lua_gettop(L), keys = resolved - 2;
    for (lua_Integer i = 1; lua_rawgeti(L, keys, i) != LUA_TNIL; i++) {
        const char *name = lure_push_text(L, -1);
        if (!has_options)
            luaL_error(
                L,
                "%s:1: unknown option '%s': this script has no options (it would read them with local o = "
                "options(..., { name = default }))",
                path, name);
        lua_pushvalue(L, -2);
        lua_rawget(L, options);
        lua_pushvalue(L, -3);
        lua_rawget(L, resolved);
        if (!lua_rawequal(L, -1, -2) && !(lua_istable(L, -1) && lua_istable(L, -2)))
            luaL_error(
                L, "%s:1: option '%s' was not read; write options(..., { name = default }), with the dots",
                path, name);
        lua_settop(L, resolved);
    }
    lua_settop(L, keys - 1);
}

void lure_loader_load(lua_State *L, lure_role role, const char *name, const char *beside, int options,
                      char path[PATH_MAX])
{
    char found[PATH_MAX], tried[4 * PATH_MAX], nearest[64], hash[LURE_HASH_SIZE];
    lure_context *context = &lure_sandbox_of(L)->context;
    lure_context outer = *context;
    *context = (lure_context){.role = roles[role].name, .name = name};
    if (options)
        options = lua_absindex(L, options);
    const lure_archive *archive = lure_sandbox_of(L)->borrow_archive;
    const lure_archived *kept = archive ? lure_archive_find(archive, roles[role].name, name) : NULL;
    if (archive && !kept) {
        *context = outer;
        luaL_error(L, "%s '%s' is not among the scripts that the run kept", roles[role].name, name);
    } else if (kept) {
        snprintf(found, sizeof found, "%s", kept->label.path);
        lua_pushlstring(L, kept->bytes.data, kept->bytes.length);
        lure_hash_bytes(kept->bytes.data, kept->bytes.length, hash);
    } else if (!lure_loader_find(role, name, beside, found, tried, sizeof tried, nearest)) {
        *context = outer;
        refuse_missing(L, role, name, tried, nearest);
    } else {
        const lure_text *bytes;
        lure_error err;
        if (lure_script_file_read(found, &bytes, hash, &err) != LURE_OK)
            lure_raise(L, &err);
        lua_pushlstring(L, bytes->data, bytes->length);
    }
    if (path)
        snprintf(path, PATH_MAX, "%s", found);

    size_t n;
    const char *source = lua_tolstring(L, -1, &n);
    lure__loader_note_source(L, hash);
    lua_pushfstring(L, "@%s", found);
    int code = luaL_loadbufferx(L, source, n, lua_tostring(L, -1), "t");
    if (code != LUA_OK)
        lure_raise_again(L, code); /* file:line: what Lua says of the syntax */
    lure_library_environment_of(L, source, n);
    lua_setupvalue(L, -2, 1);
    lua_replace(L, -3);
    lua_pop(L, 1); /* left: the chunk */

    const lure_script_label label = {roles[role].name, name, found, hash};
    lure__loader_begin_record(L, &label);
    if (options)
        lua_pushvalue(L, options);
    lua_call(L, options ? 1 : 0, 1);
    if (options)
        refuse_unread(L, found, options);
    lure__loader_end_record(L);
    *context = outer;
}
