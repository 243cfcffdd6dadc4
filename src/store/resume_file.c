/* resume_file.c: see resume_file.h. */
#include "store/resume_file.h"

#include "base/bytes.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/version.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char MAGIC[8] = {'l', 'u', 'r', 'e', ' ', 'r', 'e', 's'};
enum { FORMAT = 3, ORDER = 0x01020304 };
static const size_t MOST_BYTES = (size_t)1 << 40;

static lure_status path_of(const char *directory, size_t i, char path[LURE_PATH_SIZE], lure_error *err)
{
    char name[16];
    snprintf(name, sizeof name, "resume.%zu", i);
    return lure_path_join(directory, name, path, err);
}

lure_status lure_resume_file_write(const char *directory, const char *run_id, const lure_resume_file *file,
                                   bool durably, lure_error *err)
{
    char path[LURE_PATH_SIZE], id[LURE_RESUME_ID_SIZE] = "", hash[LURE_HASH_SIZE];
    lure_text bytes;
    lure_status status = path_of(directory, file->sequence % LURE_RESUME_FILES, path, err);
    if (status != LURE_OK)
        return status;
    lure_text_init(&bytes);
    snprintf(id, sizeof id, "%s", run_id);
    lure_bytes_add(&bytes, MAGIC, sizeof MAGIC);
    lure_bytes_add_u32(&bytes, ORDER);
    lure_bytes_add_u32(&bytes, FORMAT);
    lure_bytes_add_u32(&bytes, LURE_RESULT_VERSION);
    lure_bytes_add_u32(&bytes, sizeof(void *));
    lure_bytes_add(&bytes, id, sizeof id);
    lure_bytes_add_u64(&bytes, file->sequence);
    lure_bytes_add_u64(&bytes, file->update);
    lure_bytes_add_u64(&bytes, file->is_captured);
    lure_bytes_add_block(&bytes, file->payload.data, file->payload.length);
    if (!bytes.failed) {
        lure_hash_bytes(bytes.data, bytes.length, hash);
        lure_bytes_add(&bytes, hash, sizeof hash);
    }
    status = bytes.failed || file->payload.failed
                 ? lure_fail(err, LURE_ERROR_MEMORY, "no memory to write %s", path)
             : durably ? lure_file_write_atomic(path, bytes.data, bytes.length, err)
                       : lure_file_write_whole(path, bytes.data, bytes.length, err);
    lure_text_free(&bytes);
    return status;
}

static bool refuse(const char *path, const char *reason, lure_error *err)
{
    lure_fail(err, LURE_ERROR_STORE, "%s: %s", path, reason);
    return false;
}

static bool read_checked(const char *path, const char *run_id, lure_bytes in, lure_resume_file *file,
                         lure_error *err)
{
    char hash[LURE_HASH_SIZE], magic[sizeof MAGIC], id[LURE_RESUME_ID_SIZE];
    size_t n;
    lure_bytes_copy(&in, magic, sizeof magic);
    if (in.failed || memcmp(magic, MAGIC, sizeof magic) != 0 || in.length < sizeof hash)
        return refuse(path, "this is no file of an interrupted run, or it is damaged", err);
    lure_hash_bytes(in.data, in.length - sizeof hash, hash);
    if (memcmp(hash, in.data + in.length - sizeof hash, sizeof hash) != 0)
        return refuse(path, "the file is damaged: its checksum is wrong", err);
    const uint32_t order = lure_bytes_u32(&in), format = lure_bytes_u32(&in), result = lure_bytes_u32(&in),
                   width = lure_bytes_u32(&in);
    if (order != ORDER || format != FORMAT || result != LURE_RESULT_VERSION || width != sizeof(void *))
        return refuse(path, "the file was written by another version of lure", err);
    lure_bytes_copy(&in, id, sizeof id);
    id[sizeof id - 1] = '\0';
    if (strcmp(id, run_id) != 0)
        return refuse(path, "the file is of another run", err);
    file->sequence = lure_bytes_u64(&in);
    file->update = lure_bytes_u64(&in);
    file->is_captured = lure_bytes_u64(&in) != 0;
    const void *payload = lure_bytes_block(&in, &n);
    if (!payload)
        return refuse(path, "the file is damaged", err);
    lure_text_add_bytes(&file->payload, payload, n);
    return file->payload.failed ? refuse(path, "no memory to read it", err) : true;
}

bool lure_resume_file_read(const char *directory, const char *run_id, size_t i, lure_resume_file *file,
                           lure_error *err)
{
    char path[LURE_PATH_SIZE];
    lure_text bytes;
    *file = (lure_resume_file){0};
    *err = (lure_error){0};
    lure_text_init(&file->payload);
    if (path_of(directory, i, path, err) != LURE_OK || access(path, F_OK) != 0)
        return false;
    lure_text_init(&bytes);
    bool is_good =
        lure_file_read(path, MOST_BYTES, &bytes, err) == LURE_OK &&
        read_checked(path, run_id, (lure_bytes){.data = bytes.data, .length = bytes.length}, file, err);
    lure_text_free(&bytes);
    return is_good;
}

void lure_resume_file_remove(const char *directory)
{
    char path[LURE_PATH_SIZE], **names;
    size_t n;
    for (size_t i = 0; i < LURE_RESUME_FILES; i++)
        if (path_of(directory, i, path, NULL) == LURE_OK)
            unlink(path);
    if (lure_folder_list(directory, ".tmp", &names, &n, NULL) != LURE_OK)
        return;
    for (size_t i = 0; i < n; i++)
        if (lure_path_join(directory, names[i], path, NULL) == LURE_OK)
            unlink(path);
    lure_names_free(names, n);
}

/* ---- the lock ---- */

static lure_status refuse_held(const char *directory, int file, lure_error *err)
{
    char text[32] = "";
    const ssize_t n = pread(file, text, sizeof text - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    close(file);
    return lure_fail(err, LURE_ERROR_STORE, "%s: process %ld is running it", directory, atol(text));
}

/* A process that was just killed holds it until its last write has ended: that is waited for, a second at most. */
enum { LOCK_TRIES = 50 };

lure_status lure_run_lock(const char *directory, int *lock, lure_error *err)
{
    char path[LURE_PATH_SIZE], text[32];
    struct stat held, named;
    *lock = -1;
    lure_status status = lure_path_join(directory, "lock", path, err);
    if (status != LURE_OK)
        return status;
    for (int try = 0;;) {
        const int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (file < 0)
            return lure_fail(err, LURE_ERROR_STORE, "cannot open %s: %s", path, strerror(errno));
        if (flock(file, LOCK_EX | LOCK_NB) != 0) {
            if (++try == LOCK_TRIES)
                return refuse_held(directory, file, err);
            close(file);
            poll(NULL, 0, 20);
            continue;
        }
        /* whoever held it may have removed it between our two calls */
        if (fstat(file, &held) == 0 && stat(path, &named) == 0 && held.st_ino == named.st_ino) {
            const int n = snprintf(text, sizeof text, "%ld\n", (long)getpid());
            if (ftruncate(file, 0) != 0 || pwrite(file, text, (size_t)n, 0) != n)
                text[0] = '\0'; /* a full disk: nobody learns the number, the lock holds all the same */
            *lock = file;
            return LURE_OK;
        }
        close(file);
    }
}

lure_status lure_run_lock_above(const char *directory, int *lock, lure_error *err)
{
    char path[LURE_PATH_SIZE];
    *lock = -1;
    lure_status status = lure_path_join(directory, "../" LURE_BATCH_LOCK_NAME, path, err);
    const int file = status == LURE_OK ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0)
        return status;
    for (int try = 0; flock(file, LOCK_SH | LOCK_NB) != 0; try++) {
        if (try == LOCK_TRIES)
            return refuse_held(directory, file, err);
        poll(NULL, 0, 20);
    }
    *lock = file;
    return LURE_OK;
}

void lure_run_unlock(const char *directory, int lock)
{
    char path[LURE_PATH_SIZE];
    if (lock < 0)
        return;
    if (lure_path_join(directory, "lock", path, NULL) == LURE_OK)
        unlink(path);
    close(lock);
}

/* ---- being seen ---- */

/* The folder itself is held: that leaves nothing in it. */
int lure_run_hold(const char *directory)
{
    const int file = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file >= 0)
        (void)flock(file, LOCK_SH | LOCK_NB); /* somebody looks at this moment: it may look again */
    return file;
}

static bool is_refused(const char *path, int how)
{
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    const bool refused = file >= 0 && flock(file, how | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (file >= 0)
        close(file);
    return refused;
}

bool lure_run_is_held(const char *directory)
{
    char path[LURE_PATH_SIZE];
    /* a shared lock that is had for a moment is waited for by who wants it alone */
    return is_refused(directory, LOCK_EX) ||
           (lure_path_join(directory, "lock", path, NULL) == LURE_OK && is_refused(path, LOCK_SH));
}
