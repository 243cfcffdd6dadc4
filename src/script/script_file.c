/* script_file.c: see script_file.h. */
#define _GNU_SOURCE
#include "script/script_file.h"

#include "base/file.h"
#include "base/file_identity.h"
#include "script/library.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEPT_BYTES = 64 << 10, MOST_KNOWN = 64 };

typedef struct known {
    char *name; /* as it was asked for; null: an empty place */
    lure_file_identity file;
    char *path; /* null: not asked for yet */
    ino_t here; /* the current directory then */
    lure_text bytes;
    char hash[LURE_HASH_SIZE];
    bool has_bytes;
} known;

static known files[MOST_KNOWN];
static size_t next_place;

static void forget(known *f)
{
    free(f->name);
    free(f->path);
    lure_text_free(&f->bytes);
    *f = (known){0};
}

/* What is known of that file by that name; null: nothing that still holds. */
static known *find(const char *name, const lure_file_identity *file)
{
    for (size_t i = 0; i < MOST_KNOWN; i++)
        if (files[i].name && lure_file_is_same(&files[i].file, file) && strcmp(files[i].name, name) == 0)
            return &files[i];
    return NULL;
}

/* A place for it: its own, whose contents are old, or the next in turn. Null: no memory. */
static known *place(const char *name, const lure_file_identity *file)
{
    known *f = NULL;
    for (size_t i = 0; i < MOST_KNOWN && !f; i++)
        if (files[i].name && strcmp(files[i].name, name) == 0)
            f = &files[i];
    if (!f) {
        f = &files[next_place];
        next_place = (next_place + 1) % MOST_KNOWN;
    }
    forget(f);
    f->name = strdup(name);
    f->file = *file;
    lure_text_init(&f->bytes);
    return f->name ? f : NULL;
}

static ino_t current_directory(void)
{
    struct stat facts;
    return stat(".", &facts) == 0 ? facts.st_ino : 0;
}

static void resolve(const char *found, char path[PATH_MAX])
{
    char real[PATH_MAX], here[PATH_MAX];
    if (!realpath(found, real))
        snprintf(real, sizeof real, "%.*s", PATH_MAX - 1, found);
    size_t n = getcwd(here, sizeof here) ? strlen(here) : 0;
    bool below = n > 1 && strncmp(real, here, n) == 0 && real[n] == '/';
    snprintf(path, PATH_MAX, "%s", below ? real + n + 1 : real);
}

bool lure_script_file_find(const char *candidate, char path[PATH_MAX])
{
    lure_file_identity file;
    if (!lure_file_identify(candidate, &file))
        return false;
    const ino_t here = current_directory();
    known *f = find(candidate, &file);
    if (f && f->path && f->here == here) {
        snprintf(path, PATH_MAX, "%s", f->path);
        return true;
    }
    if (access(candidate, R_OK) != 0)
        return false;
    resolve(candidate, path);
    if (!f)
        f = place(candidate, &file);
    if (f) {
        free(f->path);
        f->path = strdup(path);
        f->here = here;
    }
    return true;
}

lure_status lure_script_file_read(const char *path, const lure_text **bytes, char hash[LURE_HASH_SIZE],
                                  lure_error *err)
{
    static lure_text large = {.data = ""}; /* what is not kept */
    lure_file_identity file;
    /* settled before it is read: what changes it meanwhile will show the next time */
    const bool is_file = lure_file_identify(path, &file), is_settled = is_file && lure_file_is_settled(&file);
    known *f = is_file ? find(path, &file) : NULL;
    lure_text_free(&large);
    if (!f || !f->has_bytes) {
        lure_status status = lure_file_read(path, LURE_MOST_SCRIPT_BYTES, &large, err);
        if (status != LURE_OK)
            return status;
        lure_hash_bytes(large.data, large.length, hash);
        *bytes = &large;
        if (is_file && !f)
            f = place(path, &file);
        if (!f || !is_settled || large.length > KEPT_BYTES || (off_t)large.length != file.size)
            return LURE_OK;
        f->bytes = large;
        f->has_bytes = true;
        memcpy(f->hash, hash, sizeof f->hash);
        lure_text_init(&large);
    }
    *bytes = &f->bytes;
    memcpy(hash, f->hash, sizeof f->hash);
    return LURE_OK;
}
