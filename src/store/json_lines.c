/* json_lines.c: see json_lines.h. */
#include "store/json_lines.h"

#include "base/json.h"
#include "store/append_file.h"

#include <math.h>
#include <stdlib.h>

typedef struct json_lines {
    lure_row_sink sink; /* first: they are cast into each other */
    lure_append_file *file;
    lure_text *keys; /* (column) what stands before the value: {"name": or , "name": */
    size_t n_columns;
    lure_text line;
} json_lines;

static lure_status columns(lure_row_sink *sink, const char *const *names, size_t n, lure_error *err)
{
    json_lines *j = (json_lines *)sink;
    bool failed = !(j->keys = calloc(n, sizeof *j->keys));
    for (size_t i = 0; i < n && !failed; i++) {
        lure_json json;
        lure_text_init(&j->keys[i]);
        j->n_columns = i + 1;
        lure_text_add(&j->keys[i], i ? ", " : "{");
        lure_json_init(&json, &j->keys[i]);
        lure_json_string(&json, NULL, names[i]);
        lure_text_add(&j->keys[i], ": ");
        failed = j->keys[i].failed;
    }
    return failed ? lure_fail(err, LURE_ERROR_MEMORY, "no memory for metrics.jsonl") : LURE_OK;
}

static lure_status row(lure_row_sink *sink, const double *values, lure_error *err)
{
    json_lines *j = (json_lines *)sink;
    lure_text_clear(&j->line);
    for (size_t i = 0; i < j->n_columns; i++) {
        lure_text_add_bytes(&j->line, j->keys[i].data, j->keys[i].length);
        if (isfinite(values[i]))
            lure_text_add_number(&j->line, values[i]);
        else
            lure_text_add(&j->line, "null");
    }
    lure_text_add(&j->line, "}\n");
    if (j->line.failed)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory for a row of metrics.jsonl");
    return lure_append_file_add(j->file, j->line.data, j->line.length, err);
}

static lure_status flush(lure_row_sink *sink, lure_error *err)
{
    return lure_append_file_flush(((json_lines *)sink)->file, err);
}

static lure_status close_lines(lure_row_sink *sink, lure_error *err)
{
    json_lines *j = (json_lines *)sink;
    lure_status status = lure_append_file_close(j->file, err);
    for (size_t i = 0; i < j->n_columns; i++)
        lure_text_free(&j->keys[i]);
    free(j->keys);
    lure_text_free(&j->line);
    free(j);
    return status;
}

lure_status lure_json_lines_open(const char *path, bool goes_on, uint64_t n_rows, lure_row_sink **out,
                                 lure_error *err)
{
    *out = NULL;
    json_lines *j = calloc(1, sizeof *j);
    if (!j)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory for metrics.jsonl");
    j->sink = (lure_row_sink){columns, row, flush, close_lines};
    lure_text_init(&j->line);
    lure_status status = goes_on ? lure_append_file_reopen(path, n_rows, &j->file, err)
                                 : lure_append_file_create(path, &j->file, err);
    if (status != LURE_OK) {
        free(j);
        return status;
    }
    *out = &j->sink;
    return LURE_OK;
}
