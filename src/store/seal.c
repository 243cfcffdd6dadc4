/* seal.c: see seal.h. */
#include "store/seal.h"

#include "base/crc32c.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"
#include "store/run_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHECKSUM_SIZE = 9, CHUNK = 1 << 16, MOST_DOCUMENT = 64 << 20 };

static void checksum_text(uint32_t checksum, char out[CHECKSUM_SIZE])
{
    snprintf(out, CHECKSUM_SIZE, "%08x", (unsigned)checksum);
}

/* ---- one file ---- */

typedef struct content {
    uint64_t n_bytes;
    uint32_t checksum;
} content;

/* To its end; `hash` (null is fine) gets the bytes, too. A read that fails is the file's, as its contents are. */
static lure_status read_through(int file, const char *path, lure_hash *hash, content *out, lure_error *err)
{
    static _Thread_local char chunk[CHUNK];
    for (;;) {
        const ssize_t n = read(file, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return lure_fail(err, LURE_ERROR_STORE, "cannot read %s: %s", path, strerror(errno));
        if (n == 0)
            return LURE_OK;
        out->checksum = lure_crc32c_more(out->checksum, chunk, (size_t)n);
        out->n_bytes += (uint64_t)n;
        if (hash)
            lure_hash_more(hash, chunk, (size_t)n);
    }
}

/* *is_there false: it is not. */
static lure_status take_content(const char *directory, const char *name, lure_hash *hash, bool *is_there,
                                content *out, lure_error *err)
{
    char path[LURE_PATH_SIZE], head[128];
    struct stat facts;
    *is_there = false;
    *out = (content){0};
    lure_status status = lure_path_join(directory, name, path, err);
    if (status != LURE_OK)
        return status;
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* nobody may ever write to a pipe */
    if (file < 0 && errno == ENOENT)
        return LURE_OK;
    if (file < 0 || fstat(file, &facts) != 0) {
        status = lure_fail(err, LURE_ERROR_STORE, "cannot read %s: %s", path, strerror(errno));
    } else if (!S_ISREG(facts.st_mode)) {
        status = lure_fail(err, LURE_ERROR_STORE, "cannot read %s: it is no file", path);
    } else {
        *is_there = true;
        if (hash) { /* the length comes first: it says where the next file begins */
            const int n = snprintf(head, sizeof head, "%.90s %lld\n", name, (long long)facts.st_size);
            lure_hash_more(hash, head, (size_t)n);
        }
        status = read_through(file, path, hash, out, err);
    }
    if (file >= 0)
        close(file);
    return status;
}

/* ---- writing ---- */

void lure_seal_end(lure_json *json)
{
    char text[CHECKSUM_SIZE];
    checksum_text(lure_crc32c(json->borrow_text->data, json->borrow_text->length), text);
    lure_json_string(json, "crc32c", text);
}

lure_status lure_seal_write(lure_json *json, const char *directory, const lure_seal_file *files,
                            size_t n_files, lure_error *err)
{
    char text[CHECKSUM_SIZE], digest[LURE_HASH_SIZE];
    lure_hash hash;
    lure_hash_begin(&hash);
    lure_json_begin_object(json, "files");
    for (size_t i = 0; i < n_files; i++) {
        content found;
        bool is_there;
        const lure_status status =
            take_content(directory, files[i].name, files[i].is_result ? &hash : NULL, &is_there, &found, err);
        if (status != LURE_OK) {
            lure_json_end_object(json);
            return status;
        }
        if (!is_there)
            continue;
        checksum_text(found.checksum, text);
        lure_json_begin_object(json, files[i].name);
        lure_json_integer(json, "bytes", (int64_t)found.n_bytes);
        lure_json_string(json, "crc32c", text);
        lure_json_end_object(json);
    }
    lure_json_end_object(json);
    lure_hash_end(&hash, digest);
    lure_json_string(json, "digest", digest);
    lure_seal_end(json);
    return LURE_OK;
}

/* ---- checking ---- */

static const char last_key[] = ",\n  \"crc32c\": \"", last_bytes[] = "\"\n}\n";

/* The document's own checksum; *has_one false: it does not end as one that has it. */
static bool holds_itself(const lure_text *bytes, bool *has_one)
{
    const size_t n_tail = sizeof last_key - 1 + CHECKSUM_SIZE - 1 + sizeof last_bytes - 1;
    char text[CHECKSUM_SIZE];
    *has_one = false;
    if (bytes->length < n_tail)
        return false;
    const char *tail = bytes->data + bytes->length - n_tail, *digits = tail + sizeof last_key - 1;
    if (memcmp(tail, last_key, sizeof last_key - 1) != 0 ||
        memcmp(digits + CHECKSUM_SIZE - 1, last_bytes, sizeof last_bytes - 1) != 0)
        return false;
    *has_one = true;
    checksum_text(lure_crc32c(bytes->data, (size_t)(tail - bytes->data)), text);
    return memcmp(text, digits, CHECKSUM_SIZE - 1) == 0;
}

static lure_status check_file(const char *directory, const char *name, const json_t *sealed, lure_error *err)
{
    char text[CHECKSUM_SIZE];
    content found;
    bool is_there;
    const long long n_bytes = json_integer_value(json_object_get(sealed, "bytes"));
    const char *checksum = json_string_value(json_object_get(sealed, "crc32c"));
    lure_status status = take_content(directory, name, NULL, &is_there, &found, err);
    if (status != LURE_OK)
        return status;
    if (!is_there)
        return lure_fail(err, LURE_ERROR_STORE, "%s/%s is missing, and summary.json speaks of it", directory,
                         name);
    if (found.n_bytes != (uint64_t)n_bytes)
        return lure_fail(err, LURE_ERROR_STORE, "%s/%s is damaged: it has %llu bytes, and had %lld",
                         directory, name, (unsigned long long)found.n_bytes, n_bytes);
    checksum_text(found.checksum, text);
    if (!checksum || strcmp(text, checksum) != 0)
        return lure_fail(err, LURE_ERROR_STORE, "%s/%s is damaged: its checksum is %s, and was %s", directory,
                         name, text, checksum ? checksum : "?");
    return LURE_OK;
}

static lure_status check_files(const char *directory, const lure_seal_file *files, size_t n_files,
                               json_t *root, lure_error *err)
{
    json_t *sealed = json_object_get(root, "files"), *one;
    const char *name;
    char path[LURE_PATH_SIZE];
    json_object_foreach(sealed, name, one)
    {
        const lure_status status = check_file(directory, name, one, err);
        if (status != LURE_OK)
            return status;
    }
    for (size_t i = 0; i < n_files; i++) {
        if (json_object_get(sealed, files[i].name))
            continue;
        if (lure_path_join(directory, files[i].name, path, err) != LURE_OK)
            return LURE_ERROR_STORE;
        if (access(path, F_OK) == 0)
            return lure_fail(err, LURE_ERROR_STORE,
                             "%s is not of this run: summary.json does not speak of it", path);
    }
    return LURE_OK;
}

/* Null, and err says why: it is damaged. *is_sealed: its checksum is there, and holds. */
static json_t *parse(const char *path, const lure_text *bytes, bool *is_sealed, lure_error *err)
{
    bool has_one;
    json_error_t problem;
    const bool holds = holds_itself(bytes, &has_one);
    *is_sealed = has_one && holds;
    if (has_one && !holds) {
        lure_fail(err, LURE_ERROR_STORE, "%s is damaged: its own checksum does not hold", path);
        return NULL;
    }
    json_t *root = json_loadb(bytes->data, bytes->length, JSON_REJECT_DUPLICATES, &problem);
    if (!root)
        lure_fail(err, LURE_ERROR_STORE, "%s is damaged, it cannot be read as JSON: line %d: %s", path,
                  problem.line, problem.text);
    /* all three of a seal are not lost by one accident */
    else if (!has_one && (json_object_get(root, "files") || json_object_get(root, "digest") ||
                          json_object_get(root, "crc32c"))) {
        lure_fail(err, LURE_ERROR_STORE, "%s is damaged: it does not end with its checksum", path);
        json_decref(root);
        root = NULL;
    }
    return root;
}

lure_status lure_seal_parse(const char *path, const lure_text *bytes, json_t **document, bool *is_sealed,
                            lure_error *err)
{
    bool has_one = false;
    *document = parse(path, bytes, &has_one, err);
    if (is_sealed)
        *is_sealed = has_one;
    if (!*document)
        return LURE_ERROR_STORE;
    if (is_sealed || has_one)
        return LURE_OK;
    json_decref(*document);
    *document = NULL;
    return lure_fail(err, LURE_ERROR_STORE, "%s is damaged: it does not end with its checksum", path);
}

lure_status lure_seal_read(const char *path, json_t **document, bool *is_sealed, lure_error *err)
{
    lure_text bytes;
    *document = NULL;
    if (is_sealed)
        *is_sealed = false;
    lure_text_init(&bytes);
    lure_status status = lure_file_read(path, MOST_DOCUMENT, &bytes, err);
    if (status == LURE_OK)
        status = lure_seal_parse(path, &bytes, document, is_sealed, err);
    lure_text_free(&bytes);
    return status;
}

bool lure_seal_holds(const lure_text *bytes)
{
    bool has_one;
    return holds_itself(bytes, &has_one);
}

lure_seal_state lure_seal_check(const char *directory, const lure_seal_file *files, size_t n_files,
                                json_t **document, lure_error *err)
{
    char path[LURE_PATH_SIZE];
    lure_text bytes;
    json_t *root = NULL;
    bool is_sealed = false;
    lure_seal_state state = LURE_SEAL_BROKEN;
    if (document)
        *document = NULL;
    if (lure_path_join(directory, "summary.json", path, err) != LURE_OK)
        return LURE_SEAL_BROKEN;
    if (access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR))
        return LURE_SEAL_ABSENT;
    lure_text_init(&bytes);
    if (lure_file_read(path, MOST_DOCUMENT, &bytes, err) == LURE_OK)
        root = parse(path, &bytes, &is_sealed, err);
    lure_text_free(&bytes);
    if (root && !is_sealed)
        state = LURE_SEAL_NONE;
    else if (root && check_files(directory, files, n_files, root, err) == LURE_OK)
        state = LURE_SEAL_HOLDS;
    if (document)
        *document = root;
    else
        json_decref(root);
    return state;
}
