/* run_logs.c: see run_logs.h. */
#include "run/run_logs.h"

#include "base/file.h"
#include "store/event_file.h"
#include "store/json_lines.h"
#include "store/run_directory.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *word;
    unsigned log;
} known[] = {{"json", LURE_LOG_JSON}, {"tensorboard", LURE_LOG_TENSORBOARD}};
enum { N_KNOWN = sizeof known / sizeof *known };

static lure_status refuse_word(const char *word, size_t n, lure_error *err)
{
    const char *names[N_KNOWN];
    char copy[64];
    for (size_t i = 0; i < N_KNOWN; i++)
        names[i] = known[i].word;
    snprintf(copy, sizeof copy, "%.*s", (int)n, word);
    const char *nearest = lure_text_nearest(copy, names, N_KNOWN);
    return lure_fail(err, LURE_ERROR_USAGE,
                     "--log %s: expected json, tensorboard, or both with a comma%s%s%s", copy,
                     nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
}

lure_status lure_run_logs_read(const char *words, unsigned *logs, lure_error *err)
{
    *logs = 0;
    for (const char *word = words;; word += strcspn(word, ",") + 1) {
        size_t n = strcspn(word, ","), k = 0;
        while (k < N_KNOWN && (strlen(known[k].word) != n || strncmp(word, known[k].word, n) != 0))
            k++;
        if (k == N_KNOWN)
            return refuse_word(word, n, err);
        *logs |= known[k].log;
        if (word[n] == '\0')
            return LURE_OK;
    }
}

static lure_status open_logs(const char *directory, unsigned logs, bool goes_on, uint64_t n_rows,
                             lure_metrics *metrics, lure_error *err)
{
    char path[LURE_PATH_SIZE];
    lure_row_sink *sink;
    lure_status status = LURE_OK;
    if (logs & LURE_LOG_JSON) {
        status = lure_path_join(directory, "metrics.jsonl", path, err);
        if (status == LURE_OK)
            status = lure_json_lines_open(path, goes_on, n_rows, &sink, err);
        if (status == LURE_OK)
            status = lure_metrics_attach(metrics, sink, err);
    }
    if (status == LURE_OK && logs & LURE_LOG_TENSORBOARD) {
        status = lure_event_file_open(directory, goes_on, &sink, err);
        if (status == LURE_OK)
            status = lure_metrics_attach(metrics, sink, err);
    }
    return status;
}

lure_status lure_run_logs_open(const char *directory, unsigned logs, lure_metrics *metrics, lure_error *err)
{
    return open_logs(directory, logs, false, 0, metrics, err);
}

lure_status lure_run_logs_reopen(const char *directory, uint64_t n_rows, lure_metrics *metrics,
                                 lure_error *err)
{
    char path[LURE_PATH_SIZE], **names;
    unsigned logs = 0;
    size_t n;
    lure_status status = lure_path_join(directory, "metrics.jsonl", path, err);
    if (status == LURE_OK && lure_file_exists(path))
        logs |= LURE_LOG_JSON;
    if (status == LURE_OK)
        status = lure_folder_list(directory, "", &names, &n, err);
    if (status != LURE_OK)
        return status;
    for (size_t i = 0; i < n; i++)
        if (strncmp(names[i], "events.out.tfevents.", 20) == 0)
            logs |= LURE_LOG_TENSORBOARD;
    lure_names_free(names, n);
    return open_logs(directory, logs, true, n_rows, metrics, err);
}
