/* append_file.c: see append_file.h. */
#include "store/append_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { BUFFER_SIZE = 64 * 1024 };

struct lure_append_file {
    int file;
    char *path, *buffer;
    size_t length, capacity;
    off_t in_file; /* bytes of whole records there */
};

static lure_status start(const char *path, int file, off_t in_file, lure_append_file **out, lure_error *err)
{
    lure_append_file *f = calloc(1, sizeof *f);
    if (f)
        *f = (lure_append_file){file, strdup(path), malloc(BUFFER_SIZE), 0, BUFFER_SIZE, in_file};
    *out = f;
    if (f && f->path && f->buffer)
        return LURE_OK;
    if (f) {
        free(f->path);
        free(f->buffer);
    }
    free(f);
    *out = NULL;
    close(file);
    return lure_fail(err, LURE_ERROR_MEMORY, "no memory to write %s", path);
}

lure_status lure_append_file_create(const char *path, lure_append_file **out, lure_error *err)
{
    *out = NULL;
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
    if (file < 0)
        return lure_fail(err, LURE_ERROR_STORE, "cannot create %s: %s", path, strerror(errno));
    return start(path, file, 0, out, err);
}

/* Where the line after the first n begins; -1: there are fewer. */
static off_t find_line(int file, uint64_t n)
{
    char block[4096];
    off_t at = 0;
    ssize_t got;
    while (n > 0 && (got = read(file, block, sizeof block)) > 0)
        for (ssize_t i = 0; i < got && n > 0; i++, at++)
            n -= block[i] == '\n';
    return n > 0 ? -1 : at;
}

lure_status lure_append_file_reopen(const char *path, uint64_t n_lines, lure_append_file **out,
                                    lure_error *err)
{
    *out = NULL;
    int file = open(path, O_RDWR | O_APPEND | O_CLOEXEC);
    if (file < 0)
        return lure_fail(err, LURE_ERROR_STORE, "cannot open %s: %s", path, strerror(errno));
    off_t end = find_line(file, n_lines);
    if (end < 0 || (lseek(file, 0, SEEK_END) > end && ftruncate(file, end) != 0)) {
        int reason = errno;
        close(file);
        if (end < 0)
            return lure_fail(err, LURE_ERROR_STORE, "%s has fewer than %llu lines", path,
                             (unsigned long long)n_lines);
        return lure_fail(err, LURE_ERROR_STORE, "cannot cut %s: %s", path, strerror(reason));
    }
    return start(path, file, end, out, err);
}

lure_status lure_append_file_flush(lure_append_file *f, lure_error *err)
{
    size_t written = 0;
    int reason = 0;
    while (written < f->length && !reason) {
        const ssize_t n = write(f->file, f->buffer + written, f->length - written);
        if (n > 0)
            written += (size_t)n;
        else if (n == 0 || errno != EINTR)
            reason = n == 0 ? EIO : errno;
    }
    if (!reason) {
        f->in_file += (off_t)written;
        f->length = 0;
        return LURE_OK;
    }
    const bool cut = written == 0 || ftruncate(f->file, f->in_file) == 0;
    return lure_fail(err, LURE_ERROR_STORE, "cannot write %s: %s%s", f->path, strerror(reason),
                     cut ? "" : " (and its last record is torn and could not be cut off)");
}

lure_status lure_append_file_add(lure_append_file *f, const void *record, size_t n, lure_error *err)
{
    if (f->capacity - f->length < n) {
        lure_status status = lure_append_file_flush(f, err);
        if (status != LURE_OK)
            return status;
    }
    if (f->capacity < n) {
        char *grown = realloc(f->buffer, n);
        if (!grown)
            return lure_fail(err, LURE_ERROR_MEMORY, "no memory to write %s", f->path);
        f->buffer = grown;
        f->capacity = n;
    }
    memcpy(f->buffer + f->length, record, n);
    f->length += n;
    return LURE_OK;
}

lure_status lure_append_file_close(lure_append_file *f, lure_error *err)
{
    if (!f)
        return LURE_OK;
    lure_status status = lure_append_file_flush(f, err);
    if (status == LURE_OK && fsync(f->file) != 0 && errno != EINVAL) /* EINVAL: a pipe or device */
        status = lure_fail(err, LURE_ERROR_STORE, "cannot sync %s to the disk: %s", f->path, strerror(errno));
    if (close(f->file) != 0 && status == LURE_OK)
        status = lure_fail(err, LURE_ERROR_STORE, "cannot close %s: %s", f->path, strerror(errno));
    free(f->path);
    free(f->buffer);
    free(f);
    return status;
}
