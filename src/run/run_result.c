/* run_result.c: see run_result.h. */
#include "run/run_result.h"

#include "run/run_files.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static void write_profile(lure_json *json, const lure_profile *p)
{
    if (!p->samples)
        return;
    lure_json_begin_object(json, "profile");
    lure_json_integer(json, "samples", (int64_t)p->samples);
    lure_json_begin_object(json, "parts");
    for (size_t i = 0; i < LURE_N_TIMES; i++)
        lure_json_number(json, lure_time_part_name((lure_time_part)i),
                         (double)p->parts[i] / (double)p->samples);
    lure_json_end_object(json);
    lure_json_begin_array(json, "lines");
    for (size_t i = 0; i < p->n_lines; i++) {
        lure_json_begin_object(json, NULL);
        lure_json_string(json, "line", p->lines[i].place);
        lure_json_number(json, "share", (double)p->lines[i].samples / (double)p->samples);
        lure_json_integer(json, "samples", (int64_t)p->lines[i].samples);
        lure_json_end_object(json);
    }
    lure_json_end_array(json);
    lure_json_end_object(json);
}

static void write_best(lure_json *json, const lure_goal *goal)
{
    if (!goal->n_evaluations)
        return;
    lure_json_begin_object(json, "best");
    lure_json_integer(json, "update", (int64_t)goal->best_update);
    lure_json_number(json, "eval_return", goal->best_return);
    lure_json_string(json, "values_in", lure__run_best);
    lure_json_end_object(json);
}

/* When the mean return of the last 100 episodes first reached the threshold; null: never, or there is none. */
static void write_threshold(lure_json *json, const lure_session *s)
{
    const lure_collector *k = &s->experiment.collector;
    bool is_reached = k->threshold_steps > 0;
    lure_json_number(json, "threshold", k->has_threshold ? k->threshold : (double)NAN);
    if (is_reached)
        lure_json_integer(json, "steps_to_threshold", (int64_t)k->threshold_steps);
    else
        lure_json_null(json, "steps_to_threshold");
    lure_json_number(json, "seconds_to_threshold",
                     is_reached ? k->threshold_clock - s->conductor.started : (double)NAN);
}

lure_status lure__run_write_document(const lure_session *s, lure_run_result *r, lure_error *err)
{
    lure_json json;
    lure_text_clear(&r->document);
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
    if (s->watch.n_switches > 0)
        lure_json_integer(&json, "switches", (int64_t)s->watch.n_switches);
    if (*r->stopped)
        lure_json_string(&json, "stopped", r->stopped);
    write_parameters(&json, s->experiment.borrow_policy);
    write_best(&json, &s->conductor.goal);
    lure_json_begin_object(&json, "summary");
    lure_json_integer(&json, "steps", (int64_t)r->steps);
    lure_json_integer(&json, "episodes", (int64_t)r->episodes);
    lure_json_number(&json, "seconds", r->seconds);
    lure_json_number(&json, "updates_per_second", (double)r->updates / r->seconds);
    lure_json_number(&json, "steps_per_second", (double)r->steps / r->seconds);
    r->episodic_return = lure_collector_recent_return(&s->experiment.collector, NULL);
    lure_json_number(&json, "episodic_return_100", r->episodic_return);
    lure_json_number(&json, "episodic_length_100", lure_collector_recent_length(&s->experiment.collector));
    write_threshold(&json, s);
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
    write_profile(&json, &r->profile);
    const lure_status status =
        lure__run_seal(&json, r->directory, lure_metrics_n_sinks(s->conductor.borrow_metrics) > 0, err);
    lure_json_end_object(&json);
    lure_text_add(&r->document, "\n");
    return status;
}

lure_status lure_run_write_failure(const char *directory, const lure_run_failure *f, lure_error *err)
{
    char path[LURE_PATH_SIZE];
    lure_text text;
    lure_json json;
    lure_text_init(&text);
    lure_json_init(&json, &text);
    lure_json_begin_object(&json, NULL);
    lure_json_string(&json, "schema", "lure.run/1");
    lure_json_string(&json, "run_id", f->run_id);
    lure_json_string(&json, "outcome", lure_status_name(f->error.status));
    lure_json_string(&json, "experiment", f->experiment);
    lure_json_string(&json, "directory", directory);
    lure_json_integer(&json, "seed", (int64_t)f->seed);
    lure_json_string(&json, "error", f->error.text);
    if (f->signal)
        lure_json_integer(&json, "signal", f->signal);
    lure_status status = lure_folder_make(directory, err);
    if (status == LURE_OK)
        status = lure__run_seal(&json, directory, false, err);
    lure_json_end_object(&json);
    lure_text_add(&text, "\n");
    if (status == LURE_OK)
        status = lure_path_join(directory, "summary.json", path, err);
    if (status == LURE_OK && text.failed)
        status = lure_fail(err, LURE_ERROR_MEMORY, "no memory to write %s", path);
    if (status == LURE_OK)
        status = lure_file_write_whole(path, text.data, text.length, err);
    lure_text_free(&text);
    return status;
}

/* The names must outlive the metrics: they become the result's. */
lure_status lure__run_take_columns(const lure_session *s, const lure_metrics *metrics, lure_run_result *r,
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

void lure__run_take_parameters(lure_policy *policy, lure_run_result *r)
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
void lure__run_take_response(const lure_experiment *e, lure_policy *policy, lure_response *response)
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
    free(r->profile.lines);
    lure_text_free(&r->document);
    *r = (lure_run_result){0};
}
