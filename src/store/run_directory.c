/* run_directory.c: folders and whole files that appear at once. The order of an atomic write is the point: bytes
   and length reach the disk (fsync) before the name points at them (rename), and the name itself is in the folder's
   own data (fsync of the folder). A process killed between the steps leaves the old file or the new one, and at
   worst a stray temporary, which the name of its process tells apart. */
#define _GNU_SOURCE
#include "store/run_directory.h"

#include "base/file.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static lure_status path_too_long(const char *path, lure_error *err)
{
    return lure_fail(err, LURE_ERROR_STORE, "%.200s...: the path is longer than %d bytes", path,
                     LURE_PATH_SIZE - 1);
}

lure_status lure_path_join(const char *dir, const char *name, char out[LURE_PATH_SIZE], lure_error *err)
{
    const size_t n = strlen(dir);
    const char *slash = n == 0 || dir[n - 1] == '/' ? "" : "/";
    /* into a copy: `dir` may be `out` */
    char joined[LURE_PATH_SIZE];
    const int length = snprintf(joined, sizeof joined, "%s%s%s", dir, slash, name);
    if (length < 0 || length >= LURE_PATH_SIZE)
        return path_too_long(dir, err);
    memcpy(out, joined, (size_t)length + 1);
    return LURE_OK;
}

/* One folder; existing is fine, but a file in its place is not. */
static lure_status make_one(const char *path, lure_error *err)
{
    if (mkdir(path, 0777) == 0)
        return LURE_OK;
    const int reason = errno;
    struct stat status;
    if (lure_folder_exists(path))
        return LURE_OK;
    if (reason == EEXIST && stat(path, &status) == 0)
        return lure_fail(err, LURE_ERROR_STORE, "cannot make the folder %s: a file of that name exists",
                         path);
    return lure_fail(err, LURE_ERROR_STORE, "cannot make the folder %s: %s", path, strerror(reason));
}

/* Everything above the last name of `path`. */
static lure_status make_parents(const char *path, lure_error *err)
{
    char part[LURE_PATH_SIZE];
    const size_t n = strlen(path);
    if (n >= sizeof part)
        return path_too_long(path, err);
    memcpy(part, path, n + 1);
    for (size_t i = 1; i < n; i++) {
        if (part[i] != '/' || part[i - 1] == '/')
            continue;
        if (part[i + strspn(part + i, "/")] == '\0') /* slashes at the end: no name follows */
            break;
        part[i] = '\0';
        const lure_status status = make_one(part, err);
        if (status != LURE_OK)
            return status;
        part[i] = '/';
    }
    return LURE_OK;
}

lure_status lure_folder_make(const char *path, lure_error *err)
{
    if (!*path)
        return lure_fail(err, LURE_ERROR_STORE, "the name of the folder to make is empty");
    if (mkdir(path, 0777) == 0) /* what is above it is there, mostly */
        return LURE_OK;
    const lure_status status = make_parents(path, err);
    return status == LURE_OK ? make_one(path, err) : status;
}

/* " (run 1f2e...)" when the folder holds a manifest that names its run, else "". */
static void describe_run(const char *path, char out[128])
{
    char manifest[LURE_PATH_SIZE];
    out[0] = '\0';
    if (lure_path_join(path, "manifest.json", manifest, NULL) != LURE_OK)
        return;
    json_t *root = json_load_file(manifest, 0, NULL);
    const char *id = json_string_value(json_object_get(root, "run_id"));
    if (id)
        snprintf(out, 128, " (run %.80s)", id);
    json_decref(root);
}

/* Refuses a folder that holds anything; *names what it holds, three names at most. */
static lure_status refuse_occupied(const char *path, lure_error *err)
{
    char **names;
    size_t n;
    const lure_status status = lure_folder_list(path, "", &names, &n, err);
    if (status != LURE_OK)
        return status;
    if (n == 0) {
        lure_names_free(names, n);
        return LURE_OK;
    }
    lure_text held;
    lure_text_init(&held);
    for (size_t i = 0; i < n && i < 3; i++)
        lure_text_addf(&held, "%s%.60s", i ? ", " : "", names[i]);
    if (n > 3)
        lure_text_addf(&held, " and %zu more", n - 3);
    lure_names_free(names, n);
    char run[128];
    describe_run(path, run);
    lure_fail(err, LURE_ERROR_STORE,
              "%s already holds %s%s: name another folder with --out, or remove this one", path, held.data,
              run);
    lure_text_free(&held);
    return LURE_ERROR_STORE;
}

lure_status lure_run_directory_create(const char *path, lure_error *err)
{
    if (*path && mkdir(path, 0777) == 0) /* a new one is empty */
        return LURE_OK;
    const lure_status status = lure_folder_make(path, err);
    return status == LURE_OK ? refuse_occupied(path, err) : status;
}

lure_status lure_run_directory_create_next(const char *base, char out[LURE_PATH_SIZE], lure_error *err)
{
    /* mkdir both asks and takes, so two processes never get the same folder */
    size_t length = strlen(base);
    while (length > 1 && base[length - 1] == '/')
        length--;
    if (length == 0)
        return lure_fail(err, LURE_ERROR_STORE, "the name of the folder to make is empty");
    const lure_status status = make_parents(base, err);
    if (status != LURE_OK)
        return status;
    for (unsigned long number = 1;; number++) {
        char suffix[32] = "";
        if (number > 1)
            snprintf(suffix, sizeof suffix, "-%lu", number);
        if (length + strlen(suffix) >= LURE_PATH_SIZE)
            return path_too_long(base, err);
        memcpy(out, base, length);
        memcpy(out + length, suffix, strlen(suffix) + 1);
        if (mkdir(out, 0777) == 0)
            return LURE_OK;
        if (errno != EEXIST)
            return lure_fail(err, LURE_ERROR_STORE, "cannot make the folder %s: %s", out, strerror(errno));
    }
}

static int write_all(int file, const char *bytes, size_t n)
{
    while (n > 0) {
        const ssize_t written = write(file, bytes, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written == 0)
            errno = EIO;
        if (written <= 0)
            return -1;
        bytes += written;
        n -= (size_t)written;
    }
    return 0;
}

/* Makes the rename itself durable. Some file systems cannot sync a folder and say EINVAL: they do it by themselves
   or not at all, and nothing can be done about it here. */
static int sync_folder_of(const char *path)
{
    char folder[LURE_PATH_SIZE];
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (!slash)
        snprintf(folder, sizeof folder, ".");
    else
        slash[slash == folder] = '\0';
    const int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0)
        return errno == EACCES ? 0 : -1; /* a folder that may be written but not read */
    const int result = fsync(file) != 0 && errno != EINVAL ? -1 : 0;
    const int reason = errno;
    close(file);
    errno = reason;
    return result;
}

/* The bytes into path.PID.tmp, and its file left open in *file. */
static lure_status write_temporary(const char *path, const void *bytes, size_t n,
                                   char temporary[LURE_PATH_SIZE], int *file, lure_error *err)
{
    if (snprintf(temporary, LURE_PATH_SIZE, "%s.%ld.tmp", path, (long)getpid()) >= LURE_PATH_SIZE)
        return path_too_long(path, err);

    /* a temporary of our own number can only be litter of a dead process that had it before us */
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
    *file = open(temporary, flags, 0666);
    if (*file < 0 && errno == EEXIST && unlink(temporary) == 0)
        *file = open(temporary, flags, 0666);
    if (*file < 0)
        return lure_fail(err, LURE_ERROR_STORE, "cannot write %s: %s", path, strerror(errno));
    if (write_all(*file, bytes, n) == 0)
        return LURE_OK;
    lure_fail(err, LURE_ERROR_STORE, "cannot write %s: %s", path, strerror(errno));
    close(*file);
    unlink(temporary);
    return LURE_ERROR_STORE;
}

/* Closes the temporary and gives it its name. */
static lure_status put_in_place(const char *path, const char *temporary, int file, int failed,
                                lure_error *err)
{
    const char *what = "cannot write";
    int reason = errno;
    if (close(file) != 0 && !failed) {
        failed = 1;
        reason = errno;
    }
    if (!failed && rename(temporary, path) != 0) {
        what = "cannot replace";
        failed = 1;
        reason = errno;
    }
    if (!failed)
        return LURE_OK;
    unlink(temporary);
    return lure_fail(err, LURE_ERROR_STORE, "%s %s: %s", what, path, strerror(reason));
}

static lure_status sync_name(const char *path, lure_error *err)
{
    if (sync_folder_of(path) == 0)
        return LURE_OK;
    return lure_fail(err, LURE_ERROR_STORE, "%s is written, but its folder cannot be synced to the disk: %s",
                     path, strerror(errno));
}

lure_status lure_file_write_atomic(const char *path, const void *bytes, size_t n, lure_error *err)
{
    char temporary[LURE_PATH_SIZE];
    int file = -1;
    lure_status status = write_temporary(path, bytes, n, temporary, &file, err);
    if (status == LURE_OK)
        status = put_in_place(path, temporary, file, fsync(file) != 0, err);
    return status == LURE_OK ? sync_name(path, err) : status;
}

lure_status lure_file_write_whole(const char *path, const void *bytes, size_t n, lure_error *err)
{
    char temporary[LURE_PATH_SIZE];
    int file = -1;
    const lure_status status = write_temporary(path, bytes, n, temporary, &file, err);
    return status == LURE_OK ? put_in_place(path, temporary, file, 0, err) : status;
}

enum { MOST_SYNCED = 16 };

lure_status lure_run_directory_finish(const char *directory, const char *const *names, size_t n_names,
                                      const char *last, const void *bytes, size_t n, lure_error *err)
{
    char path[LURE_PATH_SIZE], temporary[LURE_PATH_SIZE];
    int files[MOST_SYNCED + 1] = {-1};
    size_t n_files = 0;
    lure_status status = LURE_OK;
    if (n_names > MOST_SYNCED)
        return lure_fail(err, LURE_ERROR_STORE, "%s: too many files to sync", directory);
    for (size_t i = 0; i < n_names && status == LURE_OK; i++) {
        status = lure_path_join(directory, names[i], path, err);
        if (status != LURE_OK)
            break;
        files[n_files] = open(path, O_RDONLY | O_CLOEXEC);
        if (files[n_files] >= 0)
            n_files++;
        else if (errno != ENOENT)
            status = lure_fail(err, LURE_ERROR_STORE, "cannot sync %s: %s", path, strerror(errno));
    }
    if (status == LURE_OK)
        status = lure_path_join(directory, last, path, err);
    if (status == LURE_OK)
        status = write_temporary(path, bytes, n, temporary, &files[n_files], err);
    if (status == LURE_OK) {
        /* All begin to be written before one is waited for: then one commit of the file system's journal serves
           them all. That is most of what the end of a short run costs. */
        for (size_t i = 0; i <= n_files; i++)
            (void)sync_file_range(files[i], 0, 0, SYNC_FILE_RANGE_WRITE);
        int failed = 0;
        for (size_t i = 0; i <= n_files && !failed; i++)
            failed = fsync(files[i]) != 0;
        status = put_in_place(path, temporary, files[n_files], failed, err);
    }
    for (size_t i = 0; i < n_files; i++)
        close(files[i]);
    return status == LURE_OK ? sync_name(path, err) : status;
}
