/* file.c: whole files and folder listings; see file.h. */
#define _GNU_SOURCE
#include "base/file.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* reads to the end, one byte past the limit at most, so that a file that grows meanwhile is refused too */
static lure_status read_all(int file, const char *path, size_t max_bytes, lure_text *out, lure_error *err)
{
    char chunk[16384];
    for (;;) {
        ssize_t n = read(file, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return lure_fail(err, LURE_ERROR_STORE, "cannot read %s: %s", path, strerror(errno));
        if (n == 0)
            return LURE_OK;
        if ((size_t)n > max_bytes - out->length)
            return lure_fail(err, LURE_ERROR_STORE,
                             "cannot read %s: it has more than %zu bytes, the most allowed", path, max_bytes);
        lure_text_add_bytes(out, chunk, (size_t)n);
        if (out->failed)
            return lure_fail(err, LURE_ERROR_STORE, "cannot read %s: %s", path, strerror(ENOMEM));
    }
}

/* What is wrong with what was opened; null: nothing. */
static const char *refusal(int file, bool any_kind)
{
    struct stat facts;
    if (fstat(file, &facts) != 0)
        return strerror(errno);
    if (S_ISDIR(facts.st_mode))
        return "it is a folder, expected a file";
    return any_kind || S_ISREG(facts.st_mode) ? NULL : "it is a pipe or a device, expected a file";
}

static lure_status read_path(const char *path, bool any_kind, size_t max_bytes, lure_text *out,
                             lure_error *err)
{
    lure_text_clear(out);
    /* without waiting: to open a pipe that nobody writes to would last for ever */
    const int file = open(path, O_RDONLY | O_CLOEXEC | (any_kind ? 0 : O_NONBLOCK));
    if (file < 0)
        return lure_fail(err, LURE_ERROR_STORE, "cannot open %s: %s", path, strerror(errno));
    const char *reason = refusal(file, any_kind);
    lure_status status = reason ? lure_fail(err, LURE_ERROR_STORE, "cannot read %s: %s", path, reason)
                                : read_all(file, path, max_bytes, out, err);
    close(file);
    if (status != LURE_OK)
        lure_text_clear(out);
    return status;
}

lure_status lure_file_read(const char *path, size_t max_bytes, lure_text *out, lure_error *err)
{
    return read_path(path, false, max_bytes, out, err);
}

lure_status lure_stream_read(const char *path, size_t max_bytes, lure_text *out, lure_error *err)
{
    return read_path(path, true, max_bytes, out, err);
}

bool lure_file_exists(const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0 && S_ISREG(facts.st_mode) && access(path, R_OK) == 0;
}

bool lure_folder_exists(const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
}

static bool ends_with(const char *name, const char *suffix)
{
    size_t n = strlen(name), m = strlen(suffix);
    return n >= m && strcmp(name + n - m, suffix) == 0;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* takes the names that fit; 0 or the errno that stopped it */
static int collect_names(DIR *folder, const char *suffix, char ***names, size_t *n)
{
    size_t capacity = 0;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (!entry)
            return errno;
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || !ends_with(name, suffix))
            continue;
        if (*n == capacity) {
            capacity = capacity ? 2 * capacity : 16;
            char **more = realloc(*names, capacity * sizeof *more);
            if (!more)
                return ENOMEM;
            *names = more;
        }
        char *copy = strdup(name);
        if (!copy)
            return ENOMEM;
        (*names)[(*n)++] = copy;
    }
}

lure_status lure_folder_list(const char *path, const char *suffix, char ***names, size_t *n, lure_error *err)
{
    *names = NULL;
    *n = 0;
    DIR *folder = opendir(path);
    if (!folder)
        return errno == ENOENT
                   ? LURE_OK
                   : lure_fail(err, LURE_ERROR_STORE, "cannot list %s: %s", path, strerror(errno));
    int problem = collect_names(folder, suffix, names, n);
    closedir(folder);
    if (problem) {
        lure_names_free(*names, *n);
        *names = NULL;
        *n = 0;
        return lure_fail(err, LURE_ERROR_STORE, "cannot list %s: %s", path, strerror(problem));
    }
    if (*n > 0)
        qsort(*names, *n, sizeof **names, compare_names);
    return LURE_OK;
}

void lure_names_free(char **names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(names[i]);
    free(names);
}
