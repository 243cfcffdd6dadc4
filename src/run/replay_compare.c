/* replay_compare.c: where two runs' files differ first. See replay.h. The files of a long run are large: rows are read one by
   one. */
#define _GNU_SOURCE
#include "run/replay.h"

#include "base/file.h"
#include "store/checkpoint.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 1024 };

/* ---- rows ---- */

typedef struct reader {
    FILE *file;
    char *line; /* without its "\n"; a header with line ends in quoted names is one line */
    size_t room, length;
    uint64_t n_bytes, n_rows; /* whole lines; the header is no row */
} reader;

static lure_status open_reader(const char *path, reader *r, lure_error *err)
{
    *r = (reader){.file = fopen(path, "re")};
    return r->file ? LURE_OK : lure_fail(err, LURE_ERROR_STORE, "cannot open %s: %s", path, strerror(errno));
}

static void close_reader(reader *r)
{
    if (r->file)
        fclose(r->file);
    free(r->line);
}

static bool is_in_quotes(const char *text, size_t n)
{
    size_t quotes = 0;
    for (size_t i = 0; i < n; i++)
        quotes += text[i] == '"';
    return quotes % 2 == 1;
}

/* False: there is no further whole line. */
static bool next_line(reader *r)
{
    ssize_t n = getline(&r->line, &r->room, r->file);
    char *more = NULL;
    size_t more_room = 0;
    while (n > 0 && r->n_bytes == 0 && is_in_quotes(r->line, (size_t)n)) {
        ssize_t m = getline(&more, &more_room, r->file);
        char *longer = m > 0 ? realloc(r->line, (size_t)(n + m) + 1) : NULL;
        if (!longer) {
            n = -1;
            break;
        }
        memcpy(longer + n, more, (size_t)m + 1);
        r->line = longer;
        r->room = (size_t)(n + m) + 1;
        n += m;
    }
    free(more);
    if (n <= 0 || r->line[n - 1] != '\n')
        return false;
    r->n_rows += r->n_bytes > 0;
    r->n_bytes += (uint64_t)n;
    r->length = (size_t)n - 1;
    r->line[r->length] = '\0';
    return true;
}

lure_status lure__replay_measure(const char *path, uint64_t *n_rows, uint64_t *n_bytes, lure_error *err)
{
    reader r;
    *n_rows = *n_bytes = 0;
    if (!lure_file_exists(path))
        return LURE_OK;
    lure_status status = open_reader(path, &r, err);
    while (status == LURE_OK && next_line(&r))
        ;
    *n_rows = r.n_rows;
    *n_bytes = r.n_bytes;
    close_reader(&r);
    return status;
}

/* The next cell's length; commas in quotes belong to it. */
static size_t cell_length(const char *cell)
{
    size_t n = 0;
    for (bool quoted = false; cell[n] && (quoted || cell[n] != ','); n++)
        quoted ^= cell[n] == '"';
    return n;
}

static void describe_row(const char *header, const reader *was, const reader *now, char out[SIZE])
{
    const char *name = header, *a = was->line, *b = now->line;
    for (;;) {
        size_t n_name = cell_length(name), n_a = cell_length(a), n_b = cell_length(b);
        if (n_a != n_b || strncmp(a, b, n_a) != 0 || !a[n_a] || !b[n_b]) {
            snprintf(out, SIZE, "row %llu (update %.*s), column %.*s: it was %.*s, and now %.*s",
                     (unsigned long long)was->n_rows, (int)cell_length(was->line), was->line, (int)n_name,
                     name, n_a ? (int)n_a : 5, n_a ? a : "empty", n_b ? (int)n_b : 5, n_b ? b : "empty");
            return;
        }
        name += n_name + (name[n_name] == ',');
        a += n_a + 1;
        b += n_b + 1;
    }
}

lure_status lure__replay_compare_rows(const char *recorded, uint64_t n_bytes, const char *path, bool is_whole,
                                      char difference[SIZE], lure_error *err)
{
    reader was = {0}, now = {0};
    char *header = NULL;
    difference[0] = '\0';
    if (n_bytes == 0 && !lure_file_exists(recorded) && !lure_file_exists(path))
        return LURE_OK;
    lure_status status = open_reader(recorded, &was, err);
    if (status == LURE_OK)
        status = open_reader(path, &now, err);
    while (status == LURE_OK && !*difference && was.n_bytes < n_bytes && next_line(&was)) {
        bool has_now = next_line(&now);
        bool is_same = has_now && was.length == now.length && memcmp(was.line, now.line, was.length) == 0;
        if (!header && !(header = strdup(was.line)))
            status = lure_fail(err, LURE_ERROR_MEMORY, "no memory to compare rows");
        else if (!has_now)
            snprintf(difference, SIZE, "row %llu is missing now", (unsigned long long)was.n_rows);
        else if (!is_same && was.n_rows == 0)
            snprintf(difference, SIZE, "the columns: they were %.400s, and now %.400s", was.line, now.line);
        else if (!is_same)
            describe_row(header, &was, &now, difference);
    }
    if (status == LURE_OK && !*difference && is_whole && next_line(&now))
        snprintf(difference, SIZE, "there were %llu rows, and now there are more",
                 (unsigned long long)was.n_rows);
    free(header);
    close_reader(&was);
    close_reader(&now);
    return status;
}

/* ---- parameters ---- */

static void compare_entry(const lure_checkpoint_entry *was, const lure_checkpoint_entry *now,
                          char difference[SIZE])
{
    const lure_tensor *a = &was->tensor, *b = now ? &now->tensor : NULL;
    bool is_alike = b && a->dtype == b->dtype && a->n_dims == b->n_dims;
    for (int d = 0; is_alike && d < a->n_dims; d++)
        is_alike = a->shape[d] == b->shape[d];
    if (!is_alike) {
        snprintf(difference, SIZE, "%s is %s", was->name, b ? "of another shape or type now" : "missing now");
        return;
    }
    size_t size = lure_dtype_size(a->dtype);
    for (size_t i = 0, n = lure_tensor_size(a); i < n; i++) {
        if (memcmp((const char *)a->data + i * size, (const char *)b->data + i * size, size) == 0)
            continue;
        char first[LURE_NUMBER_SIZE], second[LURE_NUMBER_SIZE];
        lure_number_format(lure_tensor_get(a, i), first);
        lure_number_format(lure_tensor_get(b, i), second);
        snprintf(difference, SIZE, "number %zu of %s: it was %s, and now %s", i + 1, was->name, first,
                 second);
        return;
    }
}

static bool is_parameter(const char *name)
{
    return strncmp(name, "optimizer.", 10) != 0 && strncmp(name, "normalize_", 10) != 0;
}

lure_status lure__replay_compare_parameters(const char *recorded, const char *path, uint64_t *n_parameters,
                                            char difference[SIZE], lure_error *err)
{
    lure_checkpoint *was = NULL, *now = NULL;
    lure_status status = lure_checkpoint_read(recorded, &was, err);
    if (status == LURE_OK)
        status = lure_checkpoint_read(path, &now, err);
    *n_parameters = 0;
    for (size_t i = 0; status == LURE_OK && !*difference && i < lure_checkpoint_n_entries(was); i++) {
        const lure_checkpoint_entry *entry = lure_checkpoint_entry_at(was, i);
        compare_entry(entry, lure_checkpoint_find(now, entry->name), difference);
        *n_parameters += is_parameter(entry->name) ? lure_tensor_size(&entry->tensor) : 0;
    }
    if (status == LURE_OK && !*difference && lure_checkpoint_n_entries(was) != lure_checkpoint_n_entries(now))
        snprintf(difference, SIZE, "the checkpoint has %zu tensors now, and had %zu",
                 lure_checkpoint_n_entries(now), lure_checkpoint_n_entries(was));
    if (was)
        lure_checkpoint_close(was);
    if (now)
        lure_checkpoint_close(now);
    return status;
}
