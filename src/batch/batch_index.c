/* batch_index.c: rows of the index for runs that the disk has. See batch_inside.h. */
#define _GNU_SOURCE
#include "batch/batch_inside.h"

#include "run/run_index.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* ---- what was done before ---- */

typedef struct known_run {
    char *folder; /* from the root on */
    size_t run;
    bool has_row; /* a whole one, that says what the run's folder says */
    bool is_lie;  /* it says that the run is done, which it is not */
} known_run;

typedef struct known_runs {
    const lure_batch *borrow_batch;
    known_run *runs; /* by folder */
    size_t n;
} known_runs;

static bool was_done(const lure_batch *batch, size_t run)
{
    return batch->runs[run].skipped || batch->runs[run].kept_failed;
}

static int by_folder(const void *a, const void *b)
{
    return strcmp(((const known_run *)a)->folder, ((const known_run *)b)->folder);
}

static void free_known(known_runs *k)
{
    for (size_t i = 0; i < k->n; i++)
        free(k->runs[i].folder);
    free(k->runs);
}

static lure_status list_known(const lure_batch *batch, const char *below, known_runs *k, lure_error *err)
{
    const lure_plan *plan = batch->plan;
    char folder[LURE_PATH_SIZE];
    *k = (known_runs){.borrow_batch = batch, .runs = calloc(plan->n_runs + 1, sizeof *k->runs)};
    for (size_t i = 0; k->runs && i < plan->n_runs; i++) {
        if (plan->runs[i].twin != i || !*plan->runs[i].id)
            continue;
        const lure_status status = lure_plan_directory(plan, i, below, folder, err);
        if (status != LURE_OK)
            return status;
        char *name = strdup(folder + (*folder == '/'));
        if (!name)
            return lure__batch_no_memory(err);
        k->runs[k->n++] = (known_run){.folder = name, .run = i};
    }
    if (!k->runs)
        return lure__batch_no_memory(err);
    qsort(k->runs, k->n, sizeof *k->runs, by_folder);
    return LURE_OK;
}

static lure_status hold_against(void *data, const lure_index_row *row, lure_error *err)
{
    const known_runs *k = data;
    char folder[LURE_PATH_SIZE];
    (void)err;
    snprintf(folder, sizeof folder, "%s", row->run.folder);
    const known_run wanted = {.folder = folder};
    known_run *known = bsearch(&wanted, k->runs, k->n, sizeof *k->runs, by_folder);
    if (!known)
        return LURE_OK;
    const lure_batch_run *run = &k->borrow_batch->runs[known->run];
    known->is_lie =
        !was_done(k->borrow_batch, known->run) && strcmp(row->run.outcome, lure_status_name(LURE_OK)) == 0;
    known->has_row = !row->is_damaged && strcmp(row->run.outcome, lure_status_name(run->status)) == 0 &&
                     strncmp(row->run.digest, run->digest, sizeof run->digest - 1) == 0;
    return LURE_OK;
}

/* An index that is not there has none. */
static lure_status read_rows(const char *root, const char *below, known_runs *k, lure_error *err)
{
    const lure_index_filter filter = {.below = below, .sort = "folder", .ascending = true};
    lure_index *index = NULL;
    lure_status status = lure_index_open_to_read(root, &index, err);
    if (status == LURE_OK && index)
        status = lure_index_list(index, &filter, hold_against, k, NULL, err);
    lure_index_close(index);
    return status;
}

static lure_status mend(const lure_batch *batch, const char *root, lure_error *err)
{
    lure_index_rebuild rebuild = {0}; /* what is damaged in the batch's own runs was told */
    lure__batch_tell(batch, "%s", err->text);
    const lure_status status = lure_run_index_rebuild(root, &rebuild, err);
    if (status == LURE_OK)
        lure__batch_tell(batch, "made a new %s/" LURE_INDEX_NAME " of %zu runs", root, rebuild.n_runs);
    return status;
}

static lure_status forget_lies(const char *root, const known_runs *k, lure_error *err)
{
    lure_index *index = NULL;
    lure_status status = LURE_OK;
    for (size_t i = 0; i < k->n && status == LURE_OK; i++) {
        if (k->runs[i].is_lie && !index)
            status = lure_index_open(root, &index, err);
        if (k->runs[i].is_lie && status == LURE_OK)
            status = lure_index_forget(index, k->runs[i].folder, err);
    }
    lure_index_close(index);
    return status;
}

void lure__batch_index_complete(const lure_batch *batch)
{
    char root[LURE_PATH_SIZE], below[LURE_PATH_SIZE];
    lure_error err;
    known_runs k;
    find_root(batch, root, below);
    lure_status status = list_known(batch, below, &k, &err);
    size_t n = 0, *lacking = malloc((k.n + 1) * sizeof *lacking);
    if (status == LURE_OK && !lacking)
        status = lure__batch_no_memory(&err);
    if (status == LURE_OK)
        status = read_rows(root, below, &k, &err);
    if (status != LURE_OK && lure_index_is_broken(&err) && (status = mend(batch, root, &err)) == LURE_OK)
        status = read_rows(root, below, &k, &err);
    if (status == LURE_OK)
        status = forget_lies(root, &k, &err);
    for (size_t i = 0; lacking && i < k.n && status == LURE_OK; i++)
        if (was_done(batch, k.runs[i].run) && !k.runs[i].has_row)
            lacking[n++] = k.runs[i].run;
    /* whoever was killed may not have waited for the disk either */
    if (status == LURE_OK && n > 0 && syncfs(batch->pool->sync.folder) == 0)
        status = lure__batch_index_put(batch, lacking, n, NULL, &err);
    if (status != LURE_OK)
        lure__batch_tell(batch, "runs are not in the list of runs: %s", err.text);
    free(lacking);
    free_known(&k);
}
