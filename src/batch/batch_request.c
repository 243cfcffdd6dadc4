/* batch_request.c: batch.json, what was asked for of a batch, so that `lure resume` can ask for it again. See batch.h. */
#include "batch/batch_inside.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/version.h"
#include "store/seal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char request_schema[] = "lure.batch_request/1", file_name[] = "batch.json";

static void write_list(lure_json *json, const char *key, const char *const *texts, size_t n)
{
    lure_json_begin_array(json, key);
    for (size_t i = 0; i < n; i++)
        lure_json_string(json, NULL, texts[i]);
    lure_json_end_array(json);
}

lure_status lure__batch_write_request(const lure_batch *batch, lure_error *err)
{
    const lure_plan_request *r = batch->pool->borrow_options->request;
    char path[LURE_PATH_SIZE], folder[LURE_PATH_SIZE], now[LURE_CLOCK_SIZE];
    lure_text text;
    lure_json json;
    lure_clock_utc(now);
    lure_text_init(&text);
    lure_json_init(&json, &text);
    lure_json_begin_object(&json, NULL);
    lure_json_string(&json, "schema", request_schema);
    lure_json_string(&json, "name", batch->plan->name);
    lure_json_string(&json, "folder", getcwd(folder, sizeof folder));
    write_list(&json, "words", r->words, r->n_words);
    write_list(&json, "sets", r->sets, r->n_sets);
    write_list(&json, "ties", r->ties, r->n_ties);
    write_list(&json, "samples", r->samples, r->n_samples);
    lure_json_string(&json, "seeds", r->seeds);
    lure_json_integer(&json, "points", (int64_t)r->n_points);
    if (r->has_sample_seed)
        lure_json_integer(&json, "sample_seed", (int64_t)r->sample_seed);
    lure_json_integer(&json, "runs", (int64_t)batch->plan->n_runs);
    lure_json_string(&json, "started", now);
    lure_json_string(&json, "lure", LURE_VERSION);
    lure_seal_end(&json);
    lure_json_end_object(&json);
    lure_text_add(&text, "\n");
    lure_status status =
        text.failed ? lure__batch_no_memory(err) : lure_path_join(batch->out, file_name, path, err);
    if (status == LURE_OK)
        status = lure_file_write_atomic(path, text.data, text.length, err);
    lure_text_free(&text);
    return status;
}

/* ---- reading ---- */

bool lure_batch_is_folder(const char *directory)
{
    char path[LURE_PATH_SIZE];
    return lure_path_join(directory, file_name, path, NULL) == LURE_OK && lure_file_exists(path);
}

/* The seal holds against accidents, not against hands: what is of another type would be another batch than was asked for. */
static bool is_well_typed(const json_t *root)
{
    static const char *const lists[] = {"words", "sets", "ties", "samples"};
    const char *schema = json_string_value(json_object_get(root, "schema"));
    const json_t *seeds = json_object_get(root, "seeds"), *sample_seed = json_object_get(root, "sample_seed"),
                 *points = json_object_get(root, "points");
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        const json_t *list = json_object_get(root, lists[i]);
        if (!json_is_array(list) || json_array_size(list) > LURE_BATCH_MOST_WORDS)
            return false;
        for (size_t k = 0; k < json_array_size(list); k++)
            if (!json_is_string(json_array_get(list, k)))
                return false;
    }
    return schema && strcmp(schema, request_schema) == 0 &&
           (!seeds || json_is_null(seeds) || json_is_string(seeds)) &&
           (!sample_seed || (json_is_integer(sample_seed) && json_integer_value(sample_seed) >= 0)) &&
           json_is_integer(points) && json_integer_value(points) >= 0;
}

static size_t read_list(const json_t *root, const char *key, const char *texts[LURE_BATCH_MOST_WORDS])
{
    const json_t *list = json_object_get(root, key);
    size_t n = 0;
    while (n < json_array_size(list) && n < LURE_BATCH_MOST_WORDS) {
        const char *text = json_string_value(json_array_get(list, n));
        texts[n++] = text ? text : "";
    }
    return n;
}

lure_status lure_batch_asked_read(const char *directory, lure_batch_asked *a, lure_error *err)
{
    char path[LURE_PATH_SIZE];
    *a = (lure_batch_asked){0};
    lure_status status = lure_path_join(directory, file_name, path, err);
    if (status == LURE_OK)
        status = lure_seal_read(path, &a->root, NULL, err);
    if (status != LURE_OK)
        return lure_fail(err, LURE_ERROR_STORE,
                         "%.1800s; the command that the batch was begun with does what is missing",
                         err->text);
    const char *seeds = json_string_value(json_object_get(a->root, "seeds")),
               *folder = json_string_value(json_object_get(a->root, "folder"));
    const json_t *sample_seed = json_object_get(a->root, "sample_seed");
    a->request =
        (lure_plan_request){.words = a->lists[0],
                            .n_words = read_list(a->root, "words", a->lists[0]),
                            .sets = a->lists[1],
                            .n_sets = read_list(a->root, "sets", a->lists[1]),
                            .ties = a->lists[2],
                            .n_ties = read_list(a->root, "ties", a->lists[2]),
                            .samples = a->lists[3],
                            .n_samples = read_list(a->root, "samples", a->lists[3]),
                            .seeds = seeds,
                            .n_points = (size_t)json_integer_value(json_object_get(a->root, "points")),
                            .has_sample_seed = sample_seed != NULL,
                            .sample_seed = (uint64_t)json_integer_value(sample_seed)};
    char *absolute = realpath(directory, NULL), here[LURE_PATH_SIZE];
    const bool is_here = !folder || (getcwd(here, sizeof here) && strcmp(here, folder) == 0);
    const char *out = is_here ? directory : absolute;
    if (!out || strlen(out) >= sizeof a->out || a->request.n_words == 0 || !is_well_typed(a->root))
        status = lure_fail(err, LURE_ERROR_STORE, "%s: it cannot be found out what was asked for", path);
    else
        memcpy(a->out, out, strlen(out) + 1);
    free(absolute);
    if (status == LURE_OK && !is_here && chdir(folder) != 0)
        status = lure_fail(err, LURE_ERROR_STORE, "cannot go to %s, where the batch was begun: %s", folder,
                           strerror(errno));
    return status;
}

void lure_batch_asked_free(lure_batch_asked *a)
{
    json_decref(a->root);
    a->root = NULL;
}
