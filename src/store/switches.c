/* switches.c: see switches.h. */
#include "store/switches.h"

#include "base/file.h"
#include "base/json.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_BYTES = 64 << 20 };

/* The object on one line: line ends of strings are escaped, so those there are lie between its members. */
static void put_on_one_line(lure_text *line, const lure_text *object)
{
    for (size_t i = 0; i < object->length; i++) {
        if (object->data[i] != '\n') {
            lure_text_add_bytes(line, object->data + i, 1);
            continue;
        }
        while (object->data[i + 1] == ' ')
            i++;
        if (object->data[i + 1] != '}' && line->length > 1)
            lure_text_add(line, " ");
    }
    lure_text_add(line, "\n");
}

/* A process that was killed may have left a last line without its end: nothing used that switch. The file's length without. */
static off_t cut_torn_line(int file)
{
    off_t end = lseek(file, 0, SEEK_END), at = end;
    char byte = '\n';
    while (at > 0 && pread(file, &byte, 1, at - 1) == 1 && byte != '\n')
        at--;
    return at == end || ftruncate(file, at) == 0 ? at : end;
}

static lure_status append_line(const char *path, const lure_text *line, lure_error *err)
{
    int file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (file < 0)
        return lure_fail(err, LURE_ERROR_STORE, "cannot open %s: %s", path, strerror(errno));
    off_t before = cut_torn_line(file);
    ssize_t n = write(file, line->data, line->length);
    int reason = n < 0 ? errno : ENOSPC;
    bool is_whole = n == (ssize_t)line->length;
    if (is_whole &&
        fsync(file) != 0) { /* what a run goes on from is on the disk, too, and must not know more */
        reason = errno;
        is_whole = false;
    }
    if (!is_whole && n > 0 && ftruncate(file, before) != 0)
        reason = errno;
    close(file);
    return is_whole ? LURE_OK
                    : lure_fail(err, LURE_ERROR_STORE, "cannot write %s: %s", path, strerror(reason));
}

lure_status lure_switches_append(const char *path, const lure_switch *one, lure_error *err)
{
    lure_text object, line;
    lure_json json;
    lure_text_init(&object);
    lure_text_init(&line);
    lure_json_init(&json, &object);
    lure_json_begin_object(&json, NULL);
    lure_json_integer(&json, "update", (int64_t)one->update);
    lure_json_string(&json, "role", one->role);
    lure_json_string(&json, "name", one->name);
    lure_json_string(&json, "path", one->path);
    lure_json_string(&json, "from", one->from);
    lure_json_string(&json, "to", one->to);
    lure_json_end_object(&json);
    put_on_one_line(&line, &object);
    lure_status status = object.failed || line.failed
                             ? lure_fail(err, LURE_ERROR_MEMORY, "no memory to write %s", path)
                             : append_line(path, &line, err);
    lure_text_free(&object);
    lure_text_free(&line);
    return status;
}

/* ---- reading ---- */

static bool read_line(const char *text, size_t n, lure_switch *out)
{
    json_t *root = json_loadb(text, n, 0, NULL);
    const json_t *update = json_object_get(root, "update");
    const char *from = json_string_value(json_object_get(root, "from"));
    const char *to = json_string_value(json_object_get(root, "to"));
    const char *words[3] = {json_string_value(json_object_get(root, "role")),
                            json_string_value(json_object_get(root, "name")),
                            json_string_value(json_object_get(root, "path"))};
    bool good = json_is_integer(update) && json_integer_value(update) >= 1 && from && to && words[0] &&
                words[1] && words[2] && strlen(from) == LURE_HASH_SIZE - 1 &&
                strlen(to) == LURE_HASH_SIZE - 1;
    *out = (lure_switch){0};
    if (good) {
        out->update = (uint64_t)json_integer_value(update);
        memcpy(out->from, from, LURE_HASH_SIZE);
        memcpy(out->to, to, LURE_HASH_SIZE);
        out->role = strdup(words[0]);
        out->name = strdup(words[1]);
        out->path = strdup(words[2]);
    }
    json_decref(root);
    return out->role && out->name && out->path;
}

void lure_switches_free(lure_switch *switches, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free((char *)switches[i].role);
        free((char *)switches[i].name);
        free((char *)switches[i].path);
    }
    free(switches);
}

lure_status lure_switches_read(const char *path, lure_switch **out, size_t *n, lure_error *err)
{
    *out = NULL;
    *n = 0;
    lure_text text;
    lure_text_init(&text);
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return LURE_OK;
    lure_status status = lure_file_read(path, MOST_BYTES, &text, err);
    const char *line = text.data;
    for (const char *end; status == LURE_OK && (end = strchr(line, '\n')) != NULL; line = end + 1) {
        lure_switch *more = realloc(*out, (*n + 1) * sizeof *more);
        if (more)
            *out = more;
        if (!more)
            status = lure_fail(err, LURE_ERROR_MEMORY, "no memory to read %s", path);
        else if (!read_line(line, (size_t)(end - line), &more[*n]))
            status = lure_fail(err, LURE_ERROR_STORE, "%s: line %zu is no switch", path, *n + 1);
        *n += more != NULL;
    }
    lure_text_free(&text);
    if (status != LURE_OK) {
        lure_switches_free(*out, *n);
        *out = NULL;
        *n = 0;
    }
    return status;
}
