/* script_tests_find.c: from the words on the command line to files of tests. See script_tests.h. */
#include "check/script_tests.h"

#include "base/file.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FOLDERS_DEEP = 16 };

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static bool ends_in_lua(const char *name)
{
    size_t n = strlen(name);
    return n > 4 && strcmp(name + n - 4, ".lua") == 0;
}

static lure_status add(lure_test_files *files, const char *path, lure_error *err)
{
    path += begins(path, "./") ? 2 : 0; /* as messages name it */
    for (size_t i = 0; i < files->n; i++)
        if (strcmp(files->paths[i], path) == 0)
            return LURE_OK;
    char **more = realloc(files->paths, (files->n + 1) * sizeof *more);
    if (more) {
        files->paths = more;
        if ((more[files->n] = strdup(path))) {
            files->n++;
            return LURE_OK;
        }
    }
    return lure_fail(err, LURE_ERROR_MEMORY, "no memory for the list of tests");
}

static bool join(const char *folder, const char *name, char out[PATH_MAX])
{
    return (size_t)snprintf(out, PATH_MAX, "%s/%s", folder, name) < PATH_MAX;
}

/* Sorted, files and folders as they come. `depth` 0 is the folder that was named: it is looked through in any case. */
static lure_status add_folder(lure_test_files *files, const char *folder, int depth, lure_error *err)
{
    char path[PATH_MAX];
    char **names;
    size_t n;
    if (depth > MOST_FOLDERS_DEEP || (depth > 0 && join(folder, "run.lua", path) && lure_file_exists(path)))
        return LURE_OK;
    lure_status status = lure_folder_list(folder, "", &names, &n, err);
    if (status != LURE_OK)
        return status;
    for (size_t i = 0; i < n && status == LURE_OK; i++) {
        if (names[i][0] == '.' || !join(folder, names[i], path))
            continue;
        if (lure_folder_exists(path))
            status = add_folder(files, path, depth + 1, err);
        else if (begins(names[i], "test_") && ends_in_lua(names[i]))
            status = add(files, path, err);
    }
    lure_names_free(names, n);
    return status;
}

lure_status lure_test_files_add(lure_test_files *files, const char *word, lure_error *err)
{
    char path[PATH_MAX], folder[PATH_MAX];
    const char *given = word ? word : lure_folder_exists("tests") ? "tests" : ".";
    snprintf(folder, sizeof folder, "%.*s", PATH_MAX - 1, given);
    for (size_t n = strlen(folder); n > 1 && folder[n - 1] == '/'; n--)
        folder[n - 1] = '\0';
    if (lure_folder_exists(folder))
        return add_folder(files, folder, 0, err);
    if (lure_file_exists(given))
        return add(files, given, err);
    if (!strchr(given, '/') && !ends_in_lua(given) &&
        (size_t)snprintf(path, sizeof path, "tests/test_%s.lua", given) < sizeof path) {
        if (lure_file_exists(path))
            return add(files, path, err);
        return lure_fail(err, LURE_ERROR_STORE, "%s: there is no such file or folder, and no %s", given,
                         path);
    }
    return lure_fail(err, LURE_ERROR_STORE, "%s: there is no such file or folder, or it cannot be read",
                     given);
}

void lure_test_files_free(lure_test_files *files)
{
    for (size_t i = 0; i < files->n; i++)
        free(files->paths[i]);
    free(files->paths);
    *files = (lure_test_files){0};
}
