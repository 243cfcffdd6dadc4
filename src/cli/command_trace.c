/* command_trace.c: lure trace, a world's steps with every number as it is, to compare with another world's. */
#include "cli/action_list.h"
#include "cli/stage_options.h"

#include "base/json.h"
#include "learn/space_text.h"
#include "report/table.h"
#include "report/terminal.h"
#include "run/stop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int trace_main(const lure_command *command, int n, char **arguments);

static const lure_option options[] = {
    {"actions", "A,A,...", "words, indices from 0 or numbers; 'A*N', random:N; @FILE, - (stdin)", false},
    LURE_STAGE_OPTIONS,
    {"render", NULL, "draw the state after each step, too", false},
    {"json", NULL, "print one JSON document instead of text", false},
    {0}};

const lure_command lure_command_trace = {
    .name = "trace",
    .arguments = "WORLD",
    .summary =
        "Step a world through given actions and tell all that it answers, each number to its last bit.",
    .options = options,
    .examples = "lure trace cartpole --actions right,right,left\n"
                "lure trace cartpole --actions 1,1,0 --json\n"
                "lure trace cartpole --set force=20 --actions 'right*10' --seed 3\n"
                "lure trace gridworld --actions random:8 --render\n"
                "lure trace fry_shacks --reward right_portion --input hunger=0.8 --actions norm",
    .least = 1,
    .most = 1,
    .main = trace_main};

enum { MOST_COLUMNS = 24 }; /* of an observation; a longer one is a list in one column */

typedef struct trace {
    lure_stage *stage;
    const lure_space *actions, *observation;
    bool renders;
    lure_table *table; /* null where blocks or JSON are told */
    lure_json json;
    lure_text text; /* the document, or what goes before the table */
    size_t n_columns;
    bool began;             /* the reset went well */
    uint64_t first_illegal; /* the step of the first action that was not legal; 0: none */
} trace;

/* ---- JSON ---- */

/* As it was given: a word or a number; of several parts a list. */
static void write_action(lure_json *json, const lure_space *space, const double *values, const bool *by_word)
{
    if (!values) {
        lure_json_null(json, "action");
        return;
    }
    if (space->n_parts > 1)
        lure_json_begin_array(json, "action");
    for (size_t i = 0; i < space->n_parts; i++) {
        const char *key = space->n_parts > 1 ? NULL : "action";
        if (by_word[i])
            lure_json_string(json, key, space->parts[i].words[(size_t)values[i]]);
        else
            lure_json_number(json, key, values[i]);
    }
    if (space->n_parts > 1)
        lure_json_end_array(json);
}

static void write_legal(lure_json *json, const lure_space *space, const unsigned char *legal)
{
    lure_json_begin_array(json, "legal");
    for (size_t i = 0; i < space->n_parts; legal += space->parts[i++].n) {
        if (space->n_parts > 1)
            lure_json_begin_array(json, NULL);
        for (size_t j = 0; j < space->parts[i].n; j++)
            if (legal[j])
                lure_json_string(json, NULL, space->parts[i].words[j]);
        if (space->n_parts > 1)
            lure_json_end_array(json);
    }
    lure_json_end_array(json);
}

static lure_status write_step(trace *t, const double *values, const bool *by_word, lure_error *err)
{
    const lure_stage_view *view = lure_stage_look(t->stage);
    lure_status status = LURE_OK;
    lure_json_begin_object(&t->json, NULL);
    write_action(&t->json, t->actions, values, by_word);
    lure_json_numbers(&t->json, "observation", view->observation, t->observation->n_parts);
    lure_json_number(&t->json, "reward", view->reward);
    lure_json_bool(&t->json, "terminated", view->terminated);
    lure_json_bool(&t->json, "truncated", view->truncated);
    if (view->n_terms) {
        lure_json_begin_object(&t->json, "terms");
        for (size_t i = 0; i < view->n_terms; i++)
            lure_json_number(&t->json, view->terms[i].name, view->terms[i].value);
        lure_json_end_object(&t->json);
    }
    if (view->legal)
        write_legal(&t->json, t->actions, view->legal);
    if (t->renders) {
        lure_text picture;
        lure_text_init(&picture);
        status = lure_stage_render(t->stage, &picture, err);
        lure_json_string(&t->json, "render", picture.data);
        lure_text_free(&picture);
    }
    lure_json_end_object(&t->json);
    return status;
}

static lure_status begin_json(trace *t, const lure_stage_options *o, lure_error *err)
{
    lure_json_init(&t->json, &t->text);
    lure_json_begin_object(&t->json, NULL);
    lure_json_string(&t->json, "schema", "lure.trace/1");
    lure_json_string(&t->json, "environment", lure_stage_name(t->stage));
    const char *reward = lure_stage_reward_name(t->stage); /* its own bears the world's name */
    lure_json_string(&t->json, "reward", !reward ? lure_stage_name(t->stage) : *reward ? reward : NULL);
    lure_json_string(&t->json, "schedule", o->schedule);
    lure_json_integer(&t->json, "seed", (int64_t)o->seed);
    lure_status status = lure_stage_scripts(t->stage, &t->json, "scripts", err);
    lure_json_begin_array(&t->json, "observation_names");
    for (size_t i = 0; i < t->observation->n_parts; i++)
        lure_json_string(&t->json, NULL, lure_stage_observed_name(t->observation, i));
    lure_json_end_array(&t->json);
    lure_json_begin_array(&t->json, "steps");
    return status;
}

/* ---- text ---- */

static const char *ended(const lure_stage_view *view)
{
    return view->terminated ? "terminated" : view->truncated ? "truncated" : "";
}

static void add_number_cell(lure_table *table, double value)
{
    char number[LURE_NUMBER_SIZE];
    lure_number_format(value, number);
    lure_table_cell(table, number, true);
}

static lure_status begin_table(trace *t, lure_error *err)
{
    const size_t n = t->observation->n_parts;
    t->n_columns = n > MOST_COLUMNS ? 1 : n;
    t->table = lure_table_create(t->n_columns + 5);
    if (!t->table)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory for the table");
    lure_table_cell(t->table, "step", true);
    lure_table_cell(t->table, "action", false);
    for (size_t i = 0; i < t->n_columns; i++)
        lure_table_cell(t->table,
                        n > MOST_COLUMNS ? "observation" : lure_stage_observed_name(t->observation, i),
                        n <= MOST_COLUMNS);
    lure_table_cell(t->table, "reward", true);
    lure_table_cell(t->table, "ended", false);
    lure_table_cell(t->table, "", false); /* the reward's terms, which have no other name */
    return LURE_OK;
}

static void add_row(trace *t, const double *values)
{
    const lure_stage_view *view = lure_stage_look(t->stage);
    const size_t n = t->observation->n_parts;
    lure_text cell;
    lure_text_init(&cell);
    add_number_cell(t->table, (double)view->step);
    if (values)
        lure_space_write(t->actions, values, &cell);
    lure_table_cell(t->table, cell.data, false);
    lure_text_clear(&cell);
    for (size_t i = 0; n <= MOST_COLUMNS && i < n; i++)
        add_number_cell(t->table, view->observation[i]);
    if (n > MOST_COLUMNS) {
        for (size_t i = 0; i < n; i++) {
            lure_text_add(&cell, i ? ", " : "");
            lure_text_add_number(&cell, view->observation[i]);
        }
        lure_table_cell(t->table, cell.data, false);
        lure_text_clear(&cell);
    }
    if (values)
        add_number_cell(t->table, view->reward);
    else
        lure_table_cell(t->table, "", true);
    lure_table_cell(t->table, ended(view), false);
    lure_stage_terms_add(view, &cell);
    lure_table_cell(t->table, cell.data, false);
    lure_text_free(&cell);
}

/* With --render: a block a step, as a picture fits into no table. */
static lure_status add_block(trace *t, const double *values, lure_error *err)
{
    const lure_stage_view *view = lure_stage_look(t->stage);
    lure_text picture;
    lure_text_init(&picture);
    lure_text_addf(&t->text, "%sstep %llu", view->step ? "\n" : "", (unsigned long long)view->step);
    if (values) {
        lure_text_add(&t->text, ", ");
        lure_space_write(t->actions, values, &t->text);
        lure_text_add(&t->text, ": reward ");
        lure_text_add_number(&t->text, view->reward);
        lure_text_add(&t->text, view->n_terms ? " (" : "");
        lure_stage_terms_add(view, &t->text);
        lure_text_addf(&t->text, "%s%s%s", view->n_terms ? ")" : "", *ended(view) ? ", " : "", ended(view));
    }
    lure_text_add(&t->text, "\n");
    for (size_t i = 0; i < t->observation->n_parts; i++) {
        lure_text_addf(&t->text, "%s%s = ", i ? ", " : "  ", lure_stage_observed_name(t->observation, i));
        lure_text_add_number(&t->text, view->observation[i]);
    }
    lure_text_add(&t->text, t->observation->n_parts ? "\n" : "");
    lure_status status = lure_stage_render(t->stage, &picture, err);
    for (char *line = picture.data; *line;) {
        size_t n = strcspn(line, "\n");
        char *next = line[n] ? line + n + 1 : line + n;
        line[n] = '\0';
        lure_text_add(&t->text, "  ");
        lure_display_add(&t->text, line);
        lure_text_add(&t->text, "\n");
        line = next;
    }
    lure_text_free(&picture);
    return status;
}

/* ---- the steps ---- */

static lure_status tell(trace *t, bool as_json, const double *values, const bool *by_word, lure_error *err)
{
    if (as_json)
        return write_step(t, values, by_word, err);
    if (t->renders)
        return add_block(t, values, err);
    add_row(t, values);
    return LURE_OK;
}

static bool is_legal(const lure_space *space, const unsigned char *legal, const double *values)
{
    bool is_so = true;
    for (size_t i = 0; legal && i < space->n_parts; legal += space->parts[i++].n)
        is_so = is_so && legal[(size_t)values[i]];
    return is_so;
}

/* Makes the steps until the list or the episode ends; *left: how many actions were not needed. */
static lure_status step_through(trace *t, bool as_json, const lure_action_list *list, size_t *left,
                                lure_error *err)
{
    const lure_stage_view *view = lure_stage_look(t->stage);
    double *drawn = calloc(list->n_parts + 1, sizeof *drawn);
    bool *words = calloc(list->n_parts + 1, sizeof *words);
    lure_status status = drawn && words ? lure_stage_reset(t->stage, err)
                                        : lure_fail(err, LURE_ERROR_MEMORY, "no memory for an action");
    t->began = status == LURE_OK;
    if (status == LURE_OK)
        status = tell(t, as_json, NULL, NULL, err);
    for (size_t i = 0; words && i < list->n_parts; i++)
        words[i] = t->actions->parts[i].words != NULL;
    *left = list->n;
    for (size_t i = 0; status == LURE_OK && *left && !view->terminated && !view->truncated; i++) {
        const double *values = list->random[i] ? drawn : list->values + i * list->n_parts;
        if (list->random[i])
            lure_stage_draw(t->stage, drawn);
        if (!t->first_illegal && !is_legal(t->actions, view->legal, values))
            t->first_illegal = view->step + 1;
        status = lure_stage_step(t->stage, values, err);
        if (status == LURE_OK)
            status =
                tell(t, as_json, values, list->random[i] ? words : list->by_word + i * list->n_parts, err);
        --*left;
    }
    free(drawn);
    free(words);
    return status;
}

static void print_text(trace *t, const lure_stage_options *o, size_t left, bool failed)
{
    const bool colour = lure_terminal_colour(stdout);
    const lure_stage_view *view = lure_stage_look(t->stage);
    lure_text text;
    char title[256];
    lure_text_init(&text);
    snprintf(title, sizeof title, "%s, seed %llu", lure_stage_name(t->stage), (unsigned long long)o->seed);
    lure_terminal_style(&text, colour, LURE_STYLE_BOLD, title);
    const char *reward = lure_stage_reward_name(t->stage);
    if (reward)
        lure_text_addf(&text, *reward ? ", reward %s" : ", no reward", reward);
    if (o->schedule)
        lure_text_addf(&text, ", schedule %s", o->schedule);
    lure_text_add(&text, "\n");
    if (t->table)
        lure_table_print(t->table, colour, &text);
    fputs(text.data, stdout);
    fputs(t->text.data, stdout);
    lure_text_clear(&text);
    if (!failed) {
        lure_text_addf(&text, "\n%llu step%s, return ", (unsigned long long)view->step,
                       view->step == 1 ? "" : "s");
        lure_text_add_number(&text, view->episode_return);
        if (*ended(view))
            lure_text_addf(&text, ", the episode has %s", view->terminated ? "terminated" : "been truncated");
        if (t->first_illegal)
            lure_text_addf(&text, "; the action of step %llu was not legal",
                           (unsigned long long)t->first_illegal);
        if (left)
            lure_text_addf(&text, "; %zu action%s left over", left, left == 1 ? "" : "s");
        lure_text_add(&text, "\n");
        fputs(text.data, stdout);
    }
    lure_text_free(&text);
}

static void print_json(trace *t, size_t left)
{
    const lure_stage_view *view = lure_stage_look(t->stage);
    lure_json_end_array(&t->json);
    lure_json_integer(&t->json, "length", (int64_t)view->step);
    lure_json_number(&t->json, "return", view->episode_return);
    lure_json_string(&t->json, "ended", *ended(view) ? ended(view) : NULL);
    lure_json_integer(&t->json, "actions_left", (int64_t)left);
    lure_json_end_object(&t->json);
    lure_text_add(&t->text, "\n");
    fputs(t->text.data, stdout);
}

static int trace_main(const lure_command *command, int n, char **arguments)
{
    static lure_arguments a;
    lure_stage_options o;
    lure_action_list list = {0};
    lure_error err;
    trace t = {0};
    size_t left = 0;
    if (lure_arguments_read(command, n, arguments, &a, &err) != LURE_OK)
        return lure_report_error(&err);
    if (a.help)
        return lure_command_print_help(command);
    if (lure_stage_options_read(&a, &o, &err) != LURE_OK)
        return lure_report_error(&err);
    const bool as_json = lure_arguments_has(&a, "json");
    const char *actions = lure_arguments_value(&a, "actions");
    t.renders = lure_arguments_has(&a, "render");
    lure_text_init(&t.text);

    lure_signals_catch(lure_stop);
    lure_status status = lure_stage_open(&o, &t.stage, &err);
    if (status == LURE_OK) {
        t.actions = lure_stage_actions(t.stage);
        t.observation = lure_stage_observation(t.stage);
        list.n_parts = t.actions->n_parts;
    }
    if (status == LURE_OK && actions)
        status = lure_action_list_read(actions, t.actions, &list, &err);
    if (status == LURE_OK && as_json)
        status = begin_json(&t, &o, &err);
    else if (status == LURE_OK && !t.renders)
        status = begin_table(&t, &err);
    if (status == LURE_OK)
        status = step_through(&t, as_json, &list, &left, &err);
    if (status == LURE_OK && t.text.failed)
        status = lure_fail(&err, LURE_ERROR_MEMORY, "no memory for so long a text");
    if (t.began && !as_json) /* what came before an error helps to find it */
        print_text(&t, &o, left, status != LURE_OK);
    else if (status == LURE_OK)
        print_json(&t, left);
    int code = status == LURE_OK ? 0 : (fflush(stdout), lure_report_error(&err));
    lure_action_list_free(&list);
    lure_table_destroy(t.table);
    lure_text_free(&t.text);
    lure_stage_close(t.stage);
    return code;
}
