/* run_index.c: see run_index.h. */
#include "run/run_index.h"

#include "base/file.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GROUP = 256, MOST_DEPTH = 3 };

typedef struct builder {
    const char *root;
    lure_index *index;
    lure_index_rebuild *rebuild;
    lure_run_record *records; /* (GROUP) on their way into the index */
    lure_index_run *rows;
    size_t n;
} builder;

static void tell(const lure_index_rebuild *rebuild, const char *text)
{
    if (rebuild && rebuild->tell)
        rebuild->tell(rebuild->data, text);
}

/* ---- making it anew ---- */

static lure_status put_group(builder *b, lure_error *err)
{
    lure_text told;
    lure_text_init(&told);
    for (size_t i = 0; i < b->n; i++)
        b->rows[i] = b->records[i].row;
    const lure_status status = lure_index_put(b->index, b->rows, b->n, &told, err);
    for (char *line = told.data; told.length && *line;) {
        char *end = line + strcspn(line, "\n");
        const bool more = *end != '\0';
        *end = '\0';
        tell(b->rebuild, line);
        line = end + more;
    }
    lure_text_free(&told);
    for (size_t i = 0; i < b->n; i++)
        lure_run_record_free(&b->records[i]);
    b->n = 0;
    if (b->rebuild->progress)
        b->rebuild->progress(b->rebuild->data, b->rebuild->n_runs);
    return status;
}

static lure_status add_run(builder *b, const char *folder, lure_error *err)
{
    lure_error why;
    lure_run_record *record = &b->records[b->n];
    if (lure_run_record_read(b->root, folder, record, &why) != LURE_OK) {
        lure_run_record_free(record);
        if (why.status == LURE_ERROR_MEMORY) {
            *err = why;
            return why.status;
        }
        b->rebuild->n_unreadable++;
        tell(b->rebuild, why.text);
        return LURE_OK;
    }
    b->n++;
    b->rebuild->n_runs++;
    return b->n == GROUP ? put_group(b, err) : LURE_OK;
}

static lure_status add_below(builder *b, const char *folder, int depth, lure_error *err)
{
    char path[LURE_PATH_SIZE], inner[LURE_PATH_SIZE], **names;
    size_t n;
    lure_status status = lure_path_join(b->root, folder, path, err);
    if (status == LURE_OK)
        status = lure_folder_list(path, "", &names, &n, err);
    if (status != LURE_OK) { /* one that cannot be looked into */
        if (!*folder || status != LURE_ERROR_STORE)
            return status;
        b->rebuild->n_unreadable++;
        tell(b->rebuild, err->text);
        return LURE_OK;
    }
    for (size_t i = 0; i < n && status == LURE_OK; i++) {
        if (names[i][0] == '.')
            continue;
        if (*folder)
            status = lure_path_join(folder, names[i], inner, err);
        else
            snprintf(inner, sizeof inner, "%s", names[i]);
        if (status == LURE_OK)
            status = lure_path_join(b->root, inner, path, err);
        if (status != LURE_OK)
            break;
        if (lure_run_folder_is(path))
            status = add_run(b, inner, err);
        else if (depth > 1 && lure_folder_exists(path))
            status = add_below(b, inner, depth - 1, err);
        if (status == LURE_OK && lure_index_is_interrupted())
            status = lure_fail(err, LURE_ERROR_CANCELLED, "stopped by a signal");
    }
    lure_names_free(names, n);
    return status;
}

lure_status lure_run_index_rebuild(const char *root, lure_index_rebuild *rebuild, lure_error *err)
{
    builder b = {.root = root, .rebuild = rebuild};
    rebuild->n_runs = rebuild->n_unreadable = 0;
    if (!lure_folder_exists(root))
        return lure_fail(err, LURE_ERROR_STORE, "there is no folder %s", root);
    b.records = calloc(GROUP, sizeof *b.records);
    b.rows = calloc(GROUP, sizeof *b.rows);
    lure_status status = b.records && b.rows
                             ? lure_index_renew(root, &b.index, err)
                             : lure_fail(err, LURE_ERROR_MEMORY, "no memory for the index of %s", root);
    const bool is_open = status == LURE_OK;
    if (status == LURE_OK)
        status = add_below(&b, "", MOST_DEPTH, err);
    if (status == LURE_OK)
        status = put_group(&b, err);
    if (status == LURE_OK)
        status = lure_index_finish(b.index, err);
    else if (is_open)
        lure_index_close(b.index);
    for (size_t i = 0; i < b.n; i++)
        lure_run_record_free(&b.records[i]);
    free(b.records);
    free(b.rows);
    return status;
}

lure_status lure_run_index_open(const char *root, lure_index_rebuild *rebuild, lure_index **out,
                                lure_error *err)
{
    lure_status status = lure_index_open(root, out, err);
    if (status == LURE_OK || !lure_index_is_broken(err))
        return status;
    tell(rebuild, err->text);
    status = lure_run_index_rebuild(root, rebuild, err);
    if (status != LURE_OK)
        return status;
    lure_text text;
    lure_text_init(&text);
    lure_text_addf(&text, "made a new %s/" LURE_INDEX_NAME " of %zu runs", root, rebuild->n_runs);
    tell(rebuild, text.data);
    lure_text_free(&text);
    return lure_index_open(root, out, err);
}

/* ---- what it does not know of ---- */

/* A run's folder, or one in which runs lie: the first folders in it tell. */
static bool holds_runs(const char *path)
{
    enum { MOST_TRIED = 8 };
    char inner[LURE_PATH_SIZE];
    if (lure_run_folder_is(path))
        return true;
    DIR *folder = opendir(path);
    bool holds = false;
    const struct dirent *entry;
    for (int tried = 0; folder && !holds && tried < MOST_TRIED && (entry = readdir(folder));)
        if (entry->d_name[0] != '.' && lure_path_join(path, entry->d_name, inner, NULL) == LURE_OK &&
            lure_folder_exists(inner)) {
            holds = lure_run_folder_is(inner);
            tried++;
        }
    if (folder)
        closedir(folder);
    return holds;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

lure_status lure_run_index_lacks(lure_index *index, const char *root, const char *below, size_t most,
                                 lure_text *names, size_t *n, lure_error *err)
{
    enum { MOST_LOOKED_AT = 4096 };
    char path[LURE_PATH_SIZE], inner[LURE_PATH_SIZE], *found[MOST_LOOKED_AT];
    const struct dirent *entry;
    *n = 0;
    if (lure_path_join(root, below, path, err) != LURE_OK || lure_run_folder_is(path))
        return LURE_OK;
    DIR *folder = opendir(path);
    lure_status status = LURE_OK;
    for (size_t looked = 0;
         folder && looked < MOST_LOOKED_AT && status == LURE_OK && (entry = readdir(folder));) {
        bool has = true;
        if (entry->d_name[0] == '.' || (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN))
            continue;
        looked++;
        if (*below)
            status = lure_path_join(below, entry->d_name, inner, err);
        else
            snprintf(inner, sizeof inner, "%s", entry->d_name);
        if (status == LURE_OK)
            status = lure_index_has(index, inner, &has, err);
        if (status == LURE_OK && !has && lure_path_join(root, inner, path, NULL) == LURE_OK &&
            holds_runs(path) && (found[*n] = strdup(inner)))
            ++*n;
    }
    if (folder)
        closedir(folder);
    qsort(found, *n, sizeof *found, by_name); /* the folder's own order is nobody's */
    for (size_t i = 0; i < *n; i++) {
        if (i < most)
            lure_text_addf(names, "%s\n", found[i]);
        free(found[i]);
    }
    return status;
}
