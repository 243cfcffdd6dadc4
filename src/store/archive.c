/* archive.c: see archive.h. A file's name tells what must be in it, so one that is there and right is left alone; whoever
   writes it does so whole, so that workers of a batch may do it at once. */
#define _GNU_SOURCE
#include "store/archive.h"

#include "base/file.h"
#include "base/file_identity.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_BYTES = 4 << 20, HASH_DIGITS = 12, MOST_SEEN = 64 };

lure_status lure_archive_path(const char *folder, const char *role, const char *stem, const char *sha256,
                              char out[LURE_PATH_SIZE], lure_error *err)
{
    char name[256];
    snprintf(name, sizeof name, "%.32s.%.128s.%.*s.lua", role, stem, HASH_DIGITS, sha256);
    return lure_path_join(folder, name, out, err);
}

/* Files that were found to hold what they should, so that a worker of a batch reads each once and not once a run. */
static struct {
    lure_file_identity file;
    char sha256[LURE_HASH_SIZE];
} seen[MOST_SEEN];
static size_t n_seen;

static bool is_seen(const lure_file_identity *file, const char *sha256)
{
    for (size_t i = 0; i < n_seen && i < MOST_SEEN; i++)
        if (lure_file_is_same(&seen[i].file, file) && strcmp(seen[i].sha256, sha256) == 0)
            return true;
    return false;
}

static void note_seen(const lure_file_identity *file, const char *sha256)
{
    seen[n_seen % MOST_SEEN].file = *file;
    snprintf(seen[n_seen++ % MOST_SEEN].sha256, LURE_HASH_SIZE, "%s", sha256);
}

static bool holds(const char *path, const char *sha256)
{
    char hash[LURE_HASH_SIZE] = "";
    lure_file_identity file;
    lure_text bytes;
    if (!lure_file_identify(path, &file))
        return false;
    if (is_seen(&file, sha256))
        return true;
    const bool is_settled = lure_file_is_settled(&file); /* what changes it from now on will show */
    lure_text_init(&bytes);
    if (lure_file_read(path, MOST_BYTES, &bytes, NULL) == LURE_OK)
        lure_hash_bytes(bytes.data, bytes.length, hash);
    lure_text_free(&bytes);
    const bool good = strcmp(hash, sha256) == 0;
    if (good && is_settled)
        note_seen(&file, sha256);
    return good;
}

lure_status lure_archive_keep(const char *folder, const char *role, const char *stem, const char *sha256,
                              const void *bytes, size_t n, bool durably, lure_error *err)
{
    char path[LURE_PATH_SIZE];
    lure_status status = lure_archive_path(folder, role, stem, sha256, path, err);
    if (status != LURE_OK || holds(path, sha256))
        return status;
    status = lure_folder_make(folder, err);
    if (status != LURE_OK)
        return status;
    if (durably)
        return lure_file_write_atomic(path, bytes, n, err);
    status = lure_file_write_whole(path, bytes, n, err);
    int file = status == LURE_OK ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file >= 0) { /* the next commit of the file system's journal takes it along */
        (void)sync_file_range(file, 0, 0, SYNC_FILE_RANGE_WRITE);
        close(file);
    }
    return status;
}

/* ---- in memory ---- */

static void free_script(lure_archived *script)
{
    const lure_script_label *label = &script->label;
    const char *const strings[] = {label->role, label->name, label->path, label->sha256};
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
        free((char *)strings[i]);
    lure_text_free(&script->bytes);
}

static lure_status out_of_memory(lure_error *err)
{
    return lure_fail(err, LURE_ERROR_MEMORY, "no memory for the scripts of a run");
}

static lure_status read_script(lure_archived *script, const char *path, lure_error *err)
{
    char hash[LURE_HASH_SIZE];
    const lure_status status = lure_file_read(path, MOST_BYTES, &script->bytes, err);
    if (status != LURE_OK)
        return status;
    lure_hash_bytes(script->bytes.data, script->bytes.length, hash);
    if (strcmp(hash, script->label.sha256) != 0)
        return lure_fail(err, LURE_ERROR_STORE,
                         "%s is not what the run loaded: its hash is %.12s..., the run's %.12s...", path,
                         hash, script->label.sha256);
    return LURE_OK;
}

/* Where it belongs: in its predecessor's place, or an empty one at the end. Null: no memory. */
static lure_archived *find_place(lure_archive *archive, const lure_script_label *label, lure_error *err)
{
    lure_archived *old = (lure_archived *)lure_archive_find(archive, label->role, label->name);
    lure_archived *more = old ? NULL : realloc(archive->scripts, (archive->n + 1) * sizeof *more);
    if (old)
        return old;
    if (!more) {
        out_of_memory(err);
        return NULL;
    }
    archive->scripts = more;
    more[archive->n] = (lure_archived){0};
    lure_text_init(&more[archive->n].bytes);
    return &more[archive->n++];
}

lure_status lure_archive_take(lure_archive *archive, const char *folder, const char *stem,
                              const lure_script_label *label, lure_error *err)
{
    char path[LURE_PATH_SIZE];
    lure_archived script = {.label = {.role = strdup(label->role),
                                      .name = strdup(label->name),
                                      .path = strdup(label->path),
                                      .sha256 = strdup(label->sha256)}};
    lure_text_init(&script.bytes);
    const lure_script_label *own = &script.label;
    lure_status status = own->role && own->name && own->path && own->sha256 ? LURE_OK : out_of_memory(err);
    if (status == LURE_OK)
        status = lure_archive_path(folder, label->role, stem, label->sha256, path, err);
    if (status == LURE_OK)
        status = read_script(&script, path, err);
    lure_archived *place = status == LURE_OK ? find_place(archive, &script.label, err) : NULL;
    if (!place) {
        free_script(&script);
        return status != LURE_OK ? status : LURE_ERROR_MEMORY;
    }
    free_script(place);
    *place = script;
    return LURE_OK;
}

const lure_archived *lure_archive_find(const lure_archive *archive, const char *role, const char *name)
{
    for (size_t i = 0; i < archive->n; i++)
        if (strcmp(archive->scripts[i].label.role, role) == 0 &&
            strcmp(archive->scripts[i].label.name, name) == 0)
            return &archive->scripts[i];
    return NULL;
}

void lure_archive_free(lure_archive *archive)
{
    for (size_t i = 0; i < archive->n; i++)
        free_script(&archive->scripts[i]);
    free(archive->scripts);
    *archive = (lure_archive){0};
}
