/* batch_index.c: rows of the index for runs that the disk has. See batch_inside.h. */
#include "batch/batch_inside.h"

#include "run/run_record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ROOT, and the batch's folder from it on: "runs" and "rates", or the folder itself and "". */
static void find_root(const lure_batch *batch, char root[LURE_PATH_SIZE], char below[LURE_PATH_SIZE])
{
    if (lure_run_root(batch->out, root, below))
        return;
    snprintf(root, LURE_PATH_SIZE, "%s", batch->out);
    below[0] = '\0';
}

static lure_status make_record(const lure_batch *batch, const char *root, const char *below, size_t run,
                               lure_run_record_last *last, lure_run_record *record, lure_error *err)
{
    char folder[LURE_PATH_SIZE];
    json_t *summary = lure__batch_read_summary(batch, run);
    lure_status status = lure_plan_directory(batch->plan, run, below, folder, err);
    if (status == LURE_OK)
        status = lure_run_record_make(root, folder + (*folder == '/'), summary, last, record, err);
    json_decref(summary);
    return status;
}

lure_status lure__batch_index_put(const lure_batch *batch, const size_t *runs, size_t n, lure_text *told,
                                  lure_error *err)
{
    enum { AT_ONCE = 256 };
    char root[LURE_PATH_SIZE], below[LURE_PATH_SIZE];
    lure_run_record *records = calloc(AT_ONCE, sizeof *records);
    lure_index_run *rows = calloc(AT_ONCE, sizeof *rows);
    lure_run_record_last last = {0};
    lure_index *index = NULL;
    find_root(batch, root, below);
    lure_status status = records && rows ? lure_index_open(root, &index, err) : lure__batch_no_memory(err);
    for (size_t first = 0; first < n && status == LURE_OK; first += AT_ONCE) {
        size_t n_rows = 0, made = 0;
        for (; made < AT_ONCE && first + made < n; made++)
            if (make_record(batch, root, below, runs[first + made], &last, &records[made], NULL) == LURE_OK)
                rows[n_rows++] = records[made].row;
        status = lure_index_put(index, rows, n_rows, told, err);
        for (size_t i = 0; i < made; i++)
            lure_run_record_free(&records[i]);
    }
    lure_run_record_last_free(&last);
    lure_index_close(index);
    free(records);
    free(rows);
    return status;
}

static lure_status nothing(void *data, const lure_index_row *row, lure_error *err)
{
    (void)data, (void)row, (void)err;
    return LURE_OK;
}

/* How many rows there are below the batch's folder; an index that is not there has none. */
static size_t count_rows(const char *root, const char *below)
{
    const lure_index_filter filter = {.below = below, .limit = 1};
    lure_index *index = NULL;
    size_t n = 0;
    if (lure_index_open_to_read(root, &index, NULL) != LURE_OK || !index ||
        lure_index_list(index, &filter, nothing, NULL, &n, NULL) != LURE_OK)
        n = 0;
    lure_index_close(index);
    return n;
}

void lure__batch_index_complete(const lure_batch *batch)
{
    char root[LURE_PATH_SIZE], below[LURE_PATH_SIZE];
    size_t n = 0, *runs = malloc((batch->plan->n_runs + 1) * sizeof *runs);
    lure_error err;
    for (size_t i = 0; runs && i < batch->plan->n_runs; i++)
        if (batch->plan->runs[i].twin == i && (batch->runs[i].skipped || batch->runs[i].kept_failed))
            runs[n++] = i;
    find_root(batch, root, below);
    if (n > 0 && count_rows(root, below) < n && lure__batch_index_put(batch, runs, n, NULL, &err) != LURE_OK)
        lure__batch_tell(batch, "runs are not in the list of runs: %s", err.text);
    free(runs);
}
