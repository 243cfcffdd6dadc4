/* run.c: see run.h. The order on disk: folder, manifest.json, metrics.csv while it runs, then checkpoint.safetensors,
   then summary.json, whose presence says that the run came to an end, good or bad. */
#include "run/run.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/version.h"
#include "math/kernel.h"
#include "run/session.h"
#include "run/stop.h"
#include "store/checkpoint.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- what signals may touch ---- */

static lure_metrics *volatile running_metrics;
static volatile sig_atomic_t stuck_exit_code;

void lure_run_cancel(void)
{
    lure_stop();
}

/* The script is inside one C call that no hook reaches, so nothing of ours is half done: the rows can be flushed. */
static void on_stuck(void *data)
{
    (void)data;
    if (!stuck_exit_code)
        return;
    if (running_metrics)
        (void)lure_metrics_flush(running_metrics, NULL);
    lure_stop_stuck(stuck_exit_code);
}

/* ---- identity ---- */

void lure_run_id(const char *config_hash, uint64_t seed, char out[LURE_RUN_ID_SIZE])
{
    char text[128], hash[LURE_HASH_SIZE];
    int n = snprintf(text, sizeof text, "%s seed %llu", config_hash, (unsigned long long)seed);
    lure_hash_bytes(text, (size_t)n, hash);
    snprintf(out, LURE_RUN_ID_SIZE, "%.16s", hash);
}

lure_status lure_run_plan_make(const lure_run_options *options, lure_run_plan *plan, lure_error *err)
{
    lure_session *s = calloc(1, sizeof *s);
    *plan = (lure_run_plan){0};
    if (!s)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory to plan a run");
    lure_status status = lure_session_open(s, options, NULL, err);
    if (status == LURE_OK) {
        snprintf(plan->experiment, sizeof plan->experiment, "%s", s->experiment.name);
        snprintf(plan->config_hash, sizeof plan->config_hash, "%s", s->experiment.config_hash);
        plan->updates = s->experiment.updates;
        plan->n_seeds = s->experiment.n_seeds;
        plan->seeds = s->experiment.seeds; /* moves to the plan */
        s->experiment.seeds = NULL;
        lure_session_close(s);
    }
    free(s);
    return status;
}

void lure_run_plan_free(lure_run_plan *plan)
{
    free(plan->seeds);
    plan->seeds = NULL;
}

/* ---- files ---- */

static lure_status write_text_file(const char *directory, const char *name, const lure_text *text,
                                   lure_error *err)
{
    char path[LURE_PATH_SIZE];
    if (text->failed)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory to write %s", name);
    lure_status status = lure_path_join(directory, name, path, err);
    return status != LURE_OK ? status : lure_file_write_whole(path, text->data, text->length, err);
}

static lure_status write_manifest(lure_session *s, const lure_run_options *options, const char *directory,
                                  lure_error *err)
{
    lure_text text;
    lure_json json;
    char now[LURE_CLOCK_SIZE];
    lure_clock_utc(now);
    lure_text_init(&text);
    lure_json_init(&json, &text);
    lure_json_begin_object(&json, NULL);
    lure_json_string(&json, "schema", "lure.manifest/1");
    lure_json_string(&json, "run_id", s->run_id);
    lure_json_string(&json, "command", options->command);
    lure_json_string(&json, "experiment", s->experiment.name);
    lure_json_string(&json, "path", s->experiment.path);
    lure_json_integer(&json, "seed", (int64_t)s->seed);
    lure_json_string(&json, "started", now);
    lure_json_begin_object(&json, "versions");
    lure_json_string(&json, "lure", LURE_VERSION);
    lure_json_integer(&json, "result", LURE_RESULT_VERSION);
    lure_json_string(&json, "lua", LUA_RELEASE);
    lure_json_string(&json, "cpu_path", lure_cpu_path_name(lure_cpu_path_chosen()));
    lure_json_end_object(&json);
    lure_status status = lure_session_json(s, &json, err);
    lure_json_end_object(&json);
    lure_text_add(&text, "\n");
    if (status == LURE_OK)
        status = write_text_file(directory, "manifest.json", &text, err);
    lure_text_free(&text);
    return status;
}

static lure_status write_checkpoint(lure_session *s, const char *directory, lure_error *err)
{
    lure_policy *policy = s->experiment.borrow_policy;
    lure_optimizer *optimizer = s->experiment.borrow_optimizer;
    size_t n_named = lure_policy_n_named(policy), n_blocks = lure_optimizer_n_blocks(optimizer), n = 0;
    size_t n_parameters = lure_policy_n_parameters(policy);
    lure_dtype dtype = lure_policy_dtype(policy);
    lure_seen *seen = &s->experiment.collector.seen;
    size_t n_seen = lure_seen_n_named(seen);
    lure_checkpoint_entry *entries = calloc(n_named + n_blocks + n_seen + 1, sizeof *entries);
    if (!entries)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory for a checkpoint");
    for (size_t i = 0; i < n_named; i++) {
        const lure_parameter *p = lure_policy_named(policy, i);
        snprintf(entries[n].name, sizeof entries[n].name, "%s", p->name);
        entries[n++].tensor =
            lure_tensor_view((char *)lure_policy_parameters(policy) + p->offset * lure_dtype_size(dtype),
                             dtype, p->n_dims, p->shape);
    }
    for (size_t i = 0; i < n_blocks; i++) {
        snprintf(entries[n].name, sizeof entries[n].name, "optimizer.%s",
                 lure_optimizer_block_name(optimizer, i));
        entries[n++].tensor = lure_tensor_view(lure_optimizer_block(optimizer, i), dtype, 1, &n_parameters);
    }
    for (size_t i = 0; i < n_seen; i++, n++)
        snprintf(entries[n].name, sizeof entries[n].name, "%s", lure_seen_named(seen, i, &entries[n].tensor));
    char update[32], steps[32], seed[32], path[LURE_PATH_SIZE];
    snprintf(update, sizeof update, "%llu", (unsigned long long)s->conductor.update);
    snprintf(steps, sizeof steps, "%llu", (unsigned long long)lure_optimizer_steps(optimizer));
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)s->seed);
    const lure_checkpoint_pair metadata[] = {
        {"schema", "lure.checkpoint/1"},    {"lure", LURE_VERSION}, {"run_id", s->run_id},
        {"experiment", s->experiment.name}, {"seed", seed},         {"update", update},
        {"optimizer_steps", steps}};
    lure_status status = lure_path_join(directory, "checkpoint.safetensors", path, err);
    if (status == LURE_OK)
        status = lure_checkpoint_write(path, entries, n, metadata, sizeof metadata / sizeof *metadata, err);
    free(entries);
    return status;
}

/* ---- the result ---- */

enum { MOST_INLINE = 256 }; /* elements of a parameter that the document spells out */

static void write_parameter(lure_json *json, const lure_parameter *p, const lure_tensor *block)
{
    if (p->size == 1) {
        lure_json_number(json, p->name, lure_tensor_get(block, p->offset));
        return;
    }
    if (p->size > MOST_INLINE) { /* too long to read; the checkpoint has it */
        double sum = 0.0, squares = 0.0;
        for (size_t i = 0; i < p->size; i++)
            sum += lure_tensor_get(block, p->offset + i);
        double mean = sum / (double)p->size;
        for (size_t i = 0; i < p->size; i++)
            squares += (lure_tensor_get(block, p->offset + i) - mean) *
                       (lure_tensor_get(block, p->offset + i) - mean);
        lure_json_begin_object(json, p->name);
        double shape[2] = {(double)p->shape[0], (double)p->shape[1]};
        lure_json_numbers(json, "shape", shape, (size_t)p->n_dims);
        lure_json_number(json, "mean", mean);
        lure_json_number(json, "deviation", sqrt(squares / (double)(p->size - 1)));
        lure_json_string(json, "values_in", "checkpoint.safetensors");
        lure_json_end_object(json);
        return;
    }
    size_t n_rows = p->n_dims == 2 ? p->shape[0] : 1, n = p->size / n_rows;
    double row[MOST_INLINE];
    if (p->n_dims == 2)
        lure_json_begin_array(json, p->name);
    for (size_t r = 0; r < n_rows; r++) {
        for (size_t i = 0; i < n; i++)
            row[i] = lure_tensor_get(block, p->offset + r * n + i);
        lure_json_numbers(json, p->n_dims == 2 ? NULL : p->name, row, n);
    }
    if (p->n_dims == 2)
        lure_json_end_array(json);
}

static void write_parameters(lure_json *json, lure_policy *policy)
{
    size_t n = lure_policy_n_parameters(policy);
    lure_tensor block = lure_tensor_view(lure_policy_parameters(policy), lure_policy_dtype(policy), 1, &n);
    lure_json_begin_object(json, "parameters");
    for (size_t i = 0; i < lure_policy_n_named(policy); i++)
        if (lure_policy_named(policy, i)->size)
            write_parameter(json, lure_policy_named(policy, i), &block);
    lure_json_end_object(json);
}

static void write_document(const lure_session *s, lure_run_result *r)
{
    lure_json json;
    lure_json_init(&json, &r->document);
    lure_json_begin_object(&json, NULL);
    lure_json_string(&json, "schema", "lure.run/1");
    lure_json_string(&json, "run_id", r->run_id);
    lure_json_string(&json, "outcome", lure_status_name(r->error.status));
    lure_json_string(&json, "experiment", r->experiment);
    lure_json_string(&json, "directory", r->directory);
    lure_json_integer(&json, "seed", (int64_t)r->seed);
    lure_json_integer(&json, "updates", (int64_t)r->updates);
    if (r->error.status != LURE_OK)
        lure_json_string(&json, "error", r->error.text);
    write_parameters(&json, s->experiment.borrow_policy);
    lure_json_begin_object(&json, "summary");
    lure_json_integer(&json, "steps", (int64_t)r->steps);
    lure_json_integer(&json, "episodes", (int64_t)r->episodes);
    lure_json_number(&json, "seconds", r->seconds);
    lure_json_number(&json, "updates_per_second", (double)r->updates / r->seconds);
    lure_json_number(&json, "steps_per_second", (double)r->steps / r->seconds);
    lure_json_number(&json, "episodic_return_100",
                     lure_collector_recent_return(&s->experiment.collector, NULL));
    lure_json_number(&json, "episodic_length_100", lure_collector_recent_length(&s->experiment.collector));
    lure_json_string(&json, "track", r->n_columns ? r->columns[r->tracked].name : NULL);
    lure_json_begin_object(&json, "columns");
    for (size_t i = 0; i < r->n_columns; i++) {
        const lure_metrics_column *c = &r->columns[i];
        lure_json_begin_object(&json, c->name);
        lure_json_number(&json, "last", c->last);
        lure_json_number(&json, "tail_mean", c->tail_mean);
        lure_json_number(&json, "tail_deviation", c->tail_deviation);
        lure_json_number(&json, "minimum", c->minimum);
        lure_json_number(&json, "maximum", c->maximum);
        lure_json_end_object(&json);
    }
    lure_json_end_object(&json);
    lure_json_end_object(&json);
    lure_json_end_object(&json);
    lure_text_add(&r->document, "\n");
}

/* The names must outlive the metrics: they become the result's. */
static lure_status take_columns(const lure_session *s, const lure_metrics *metrics, lure_run_result *r,
                                lure_error *err)
{
    size_t n = lure_metrics_n_columns(metrics), skip = n ? LURE_HOST_COLUMNS : 0;
    r->columns = calloc(n - skip + 1, sizeof *r->columns);
    if (!r->columns)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory for the summary");
    for (size_t i = skip; i < n; i++) {
        lure_metrics_column *column = &r->columns[r->n_columns];
        lure_metrics_column_get(metrics, i, column);
        column->name = strdup(column->name);
        if (!column->name)
            return lure_fail(err, LURE_ERROR_MEMORY, "no memory for the summary");
        r->n_columns++;
    }
    r->tracked = s->conductor.tracked;
    return LURE_OK;
}

static void take_parameters(lure_policy *policy, lure_run_result *r)
{
    size_t n = lure_policy_n_parameters(policy);
    lure_tensor block = lure_tensor_view(lure_policy_parameters(policy), lure_policy_dtype(policy), 1, &n);
    for (size_t i = 0; i < lure_policy_n_named(policy) && r->n_parameters < LURE_MOST_SHOWN; i++) {
        const lure_parameter *p = lure_policy_named(policy, i);
        if (p->size != 1)
            continue;
        snprintf(r->parameters[r->n_parameters].name, sizeof r->parameters[0].name, "%s", p->name);
        r->parameters[r->n_parameters++].value = lure_tensor_get(&block, p->offset);
    }
}

/* p(action | observation) over the declared range of the one number, or the range that came. */
static void take_response(const lure_experiment *e, lure_policy *policy, lure_response *response)
{
    const lure_copies *c = e->borrow_copies;
    const lure_part *action = c->world.actions->space.parts;
    bool is_choice = lure_space_kind_of(&c->world.actions->space) == LURE_SPACE_DISCRETE;
    if (c->world.n_inputs != 1 || !e->collector.seen.is_plain || !is_choice || action->n > LURE_MOST_SHOWN)
        return;
    const lure_part *input = c->world.observation->space.parts;
    double low = isinf(input->low) ? c->seen_low[0] : input->low,
           high = isinf(input->high) ? c->seen_high[0] : input->high;
    if (!(low < high) || !isfinite(low) || !isfinite(high))
        return;
    snprintf(response->observation, sizeof response->observation, "%s",
             input->name ? input->name : "observation");
    response->low = low;
    response->high = high;
    response->n_actions = action->n;
    response->n_points = LURE_RESPONSE_POINTS;
    for (size_t a = 0; a < action->n; a++)
        snprintf(response->actions[a], sizeof response->actions[a], "%s", action->words[a]);
    for (size_t i = 0; i < LURE_RESPONSE_POINTS; i++) {
        double x = low + (high - low) * (double)i / (LURE_RESPONSE_POINTS - 1), p[LURE_MOST_SHOWN];
        float narrow = (float)x;
        lure_policy_probabilities(policy,
                                  lure_policy_dtype(policy) == LURE_F64 ? (void *)&x : (void *)&narrow, p);
        for (size_t a = 0; a < action->n; a++)
            response->probability[a][i] = p[a];
    }
}

void lure_run_result_free(lure_run_result *r)
{
    for (size_t i = 0; i < r->n_columns; i++)
        free((char *)r->columns[i].name);
    free(r->columns);
    lure_text_free(&r->document);
    *r = (lure_run_result){0};
}

/* ---- the run ---- */

static lure_status make_directory(const lure_session *s, const lure_run_options *options, lure_run_result *r,
                                  lure_error *err)
{
    if (options->directory) {
        if (strlen(options->directory) >= sizeof r->directory)
            return lure_fail(err, LURE_ERROR_STORE, "--out: the path is longer than %zu characters",
                             sizeof r->directory - 1);
        lure_status status = lure_run_directory_create(options->directory, err);
        if (status == LURE_OK)
            snprintf(r->directory, sizeof r->directory, "%s", options->directory);
        return status;
    }
    char base[128];
    snprintf(base, sizeof base, "runs/%s-seed%llu", s->experiment.name, (unsigned long long)s->seed);
    return lure_run_directory_create_next(base, r->directory, err);
}

/* Keeps the first error: what went wrong before matters more than what could not be written after. */
static void note(lure_run_result *r, lure_status status, const lure_error *err)
{
    if (status != LURE_OK && r->error.status == LURE_OK)
        r->error = *err;
}

static void conduct(lure_session *s, lure_run_result *r)
{
    lure_error err = {0};
    running_metrics = s->conductor.borrow_metrics;
    lure_status status = lure_sandbox_watch(s->sandbox, on_stuck, NULL, &err);
    if (status == LURE_OK)
        status = lure_session_conduct(s, &err);
    lure_sandbox_unwatch(s->sandbox);
    running_metrics = NULL;
    if (s->conductor.store_error.status != LURE_OK) { /* the script saw an error; this is the reason */
        status = s->conductor.store_error.status;
        err = s->conductor.store_error;
    }
    note(r, status, &err);
    if (status == LURE_OK && !s->conductor.finished && s->conductor.update == 0)
        note(r,
             lure_fail(&err, LURE_ERROR_SCRIPT,
                       "the algorithm returned without one update; it should loop: for p in run:updates() do "
                       "... end"),
             &err);
    r->updates = s->conductor.finished || status == LURE_OK ? s->conductor.update
                 : s->conductor.update                      ? s->conductor.update - 1
                                                            : 0;
    r->steps = s->experiment.collector.total_steps;
    r->episodes = s->experiment.collector.total_episodes;
    r->seconds = lure_clock_seconds() - s->conductor.started;
}

const char *const lure_run_files[LURE_RUN_FILES] = {"manifest.json", "metrics.csv", "checkpoint.safetensors",
                                                    "summary.json"};

/* The disk gets everything before summary.json appears. */
static lure_status finish_directory(const lure_run_result *r, lure_error *err)
{
    if (r->document.failed)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory to write summary.json");
    return lure_run_directory_finish(r->directory, lure_run_files, LURE_RUN_FILES - 1, "summary.json",
                                     r->document.data, r->document.length, err);
}

static void store_results(lure_session *s, lure_metrics *metrics, lure_run_result *r)
{
    lure_error err = {0};
    note(r, take_columns(s, metrics, r, &err), &err);
    const char *shown = r->n_columns ? r->columns[r->tracked].name : NULL;
    if (r->error.status == LURE_OK && *s->experiment.track && shown &&
        strcmp(shown, s->experiment.track) != 0)
        snprintf(r->note, sizeof r->note, "track = \"%s\" is not among the logged values; showing '%s'",
                 s->experiment.track, shown);
    take_parameters(s->experiment.borrow_policy, r);
    take_response(&s->experiment, s->experiment.borrow_policy, &r->response);
    note(r, lure_metrics_flush(metrics, &err), &err);
    note(r, write_checkpoint(s, r->directory, &err), &err);
    write_document(s, r);
    lure_status status = finish_directory(r, &err);
    if (status != LURE_OK &&
        r->error.status == LURE_OK) { /* the document must not claim an outcome that is not so */
        r->error = err;
        lure_text_clear(&r->document);
        write_document(s, r);
    }
    note(r, lure_metrics_close(metrics, &err), &err); /* synced by now: nothing is left to fail */
}

lure_status lure_run(const lure_run_options *options, lure_run_result *r)
{
    *r = (lure_run_result){0};
    lure_text_init(&r->document);
    lure_session *s = calloc(1, sizeof *s);
    if (!s)
        return lure_fail(&r->error, LURE_ERROR_MEMORY, "no memory for a run");
    lure_error err = {0};
    lure_metrics *metrics = NULL;
    stuck_exit_code = options->stuck_exit_code;
    lure_status status = lure_session_open(s, options, NULL, &err);
    if (status == LURE_OK) {
        snprintf(r->experiment, sizeof r->experiment, "%s", s->experiment.name);
        snprintf(r->run_id, sizeof r->run_id, "%s", s->run_id);
        r->seed = s->seed;
        status = make_directory(s, options, r, &err);
    }
    if (status == LURE_OK)
        status = write_manifest(s, options, r->directory, &err);
    char path[LURE_PATH_SIZE];
    if (status == LURE_OK && (status = lure_path_join(r->directory, "metrics.csv", path, &err)) == LURE_OK)
        status = lure_metrics_open(path, &metrics, &err);
    if (status == LURE_OK) {
        s->conductor.borrow_metrics = metrics;
        conduct(s, r);
        store_results(s, metrics, r);
    } else {
        r->error = err;
    }
    lure_session_close(s);
    free(s);
    return r->error.status;
}
