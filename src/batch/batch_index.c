/* batch_index.c: runs that the disk has get their rows in the index of runs, which is runs/index.db where the batch's folder lies
   below ./runs, else OUT/index.db. Whatever goes wrong with the index is told once and costs no run. */
#include "batch/batch_inside.h"

#include "run/run_index.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GROUP = 256 };

static void tell(void *batch, const char *text)
{
    lure__batch_tell(batch, "%s", text);
}

static void give_up(lure_batch *batch, const lure_error *err)
{
    struct lure_batch_pool *pool = batch->pool;
    lure__batch_tell(batch, "the runs are not in the list of runs: %s", err->text);
    lure_index_close(pool->index);
    pool->index = NULL;
    pool->has_no_index = true;
}

static bool open_index(lure_batch *batch)
{
    struct lure_batch_pool *pool = batch->pool;
    lure_error err;
    lure_index_rebuild rebuild = {.tell = tell, .data = batch};
    if (pool->index || pool->has_no_index)
        return pool->index != NULL;
    if (!lure_run_root(batch->out, pool->index_root, pool->index_below)) {
        snprintf(pool->index_root, sizeof pool->index_root, "%s", batch->out);
        *pool->index_below = '\0';
    }
    if (lure_run_index_open(pool->index_root, &rebuild, &pool->index, &err) != LURE_OK)
        give_up(batch, &err);
    return pool->index != NULL;
}

/* A run whose folder cannot be read has no row; the batch's own look at it tells why. */
static bool read_record(const lure_batch *batch, size_t run, lure_run_record *record)
{
    char directory[LURE_PATH_SIZE], folder[LURE_PATH_SIZE], path[LURE_PATH_SIZE];
    lure_error err;
    const struct lure_batch_pool *pool = batch->pool;
    if (lure_plan_directory(batch->plan, run, batch->out, directory, &err) != LURE_OK ||
        lure_path_join(directory, "summary.json", path, &err) != LURE_OK)
        return false;
    const char *slash = strrchr(directory, '/');
    if (!slash || lure_path_join(pool->index_below, slash + 1, folder, &err) != LURE_OK)
        return false;
    json_t *summary = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
    const bool good = lure_run_record_make(pool->index_root, folder, summary, record, &err) == LURE_OK;
    json_decref(summary);
    if (!good)
        lure_run_record_free(record);
    return good;
}

static lure_status put_group(lure_batch *batch, const size_t *runs, size_t n, lure_run_record *records,
                             lure_index_run *rows, lure_error *err)
{
    size_t n_rows = 0;
    lure_text told;
    lure_text_init(&told);
    for (size_t i = 0; i < n; i++)
        if (read_record(batch, runs[i], &records[n_rows])) {
            rows[n_rows] = records[n_rows].row;
            n_rows++;
        }
    const lure_status status = lure_index_put(batch->pool->index, rows, n_rows, &told, err);
    for (size_t i = 0; i < n_rows; i++)
        lure_run_record_free(&records[i]);
    if (told.length > 0)
        lure__batch_tell(batch, "%.*s", (int)told.length - 1, told.data);
    lure_text_free(&told);
    return status;
}

void lure__batch_index_put(lure_batch *batch, const size_t *runs, size_t n)
{
    lure_error err;
    if (n == 0 || !open_index(batch))
        return;
    lure_run_record *records = calloc(GROUP, sizeof *records);
    lure_index_run *rows = calloc(GROUP, sizeof *rows);
    lure_status status =
        records && rows ? LURE_OK : lure_fail(&err, LURE_ERROR_MEMORY, "no memory for their rows");
    for (size_t i = 0; i < n && status == LURE_OK; i += GROUP)
        status = put_group(batch, runs + i, n - i < GROUP ? n - i : GROUP, records, rows, &err);
    free(records);
    free(rows);
    if (status != LURE_OK)
        give_up(batch, &err);
}

void lure__batch_index_close(lure_batch *batch)
{
    lure_index_close(batch->pool->index);
    batch->pool->index = NULL;
}
