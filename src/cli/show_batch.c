/* show_batch.c: see show_batch.h. */
#include "cli/show_batch.h"

#include "cli/value_writer.h"
#include "report/terminal.h"

#include <stdio.h>
#include <string.h>

/* "FOLDER" of the statement becomes a condition on runs. */
static void put_condition(const char *sql, const lure_run_list *list, lure_text *out)
{
    const char *at = strstr(sql, "FOLDER");
    lure_text_addf(out, "%.*s", (int)(at - sql), sql);
    lure_run_list_condition(list, out);
    lure_text_add(out, at + strlen("FOLDER"));
}

typedef struct part {
    const char *title, *key, *sql;
} part;

static const part parts[] = {
    {"Runs", "runs",
     "select count(*) as runs, count(distinct configuration) as configurations, count(distinct seed) as "
     "seeds,"
     " count(distinct experiment) as experiments, min(started) as first_started, max(started) as "
     "last_started,"
     " round(sum(seconds), 3) as seconds from runs where FOLDER"},
    {"Outcomes", "outcomes",
     "select outcome, count(*) as runs, substr(max(error), 1, 100) as \"an error\" from runs where FOLDER "
     "group by outcome "
     "order by"
     " outcome = 'ok' desc, outcome"},
    {"Varied", "varied",
     "select key as setting, count(distinct value) as n, iif(count(distinct value) > 6, min(value) || ' .. ' "
     "|| max(value), group_concat(distinct value)) as \"values\" from "
     "(select key, value"
     " from set_pairs join setting_pairs using (pair) where id in (select setting_set from runs where "
     "FOLDER) order by key,"
     " value) group by key having n > 1 order by key"},
    {"Best", "best",
     "select run_id as run, seed, episodic_return as return, track as tracked, tail_mean as value, given "
     "from runs where"
     " outcome = 'ok' and episodic_return is not null and FOLDER order by episodic_return desc, run limit 3"},
};
enum { N_PARTS = sizeof parts / sizeof *parts };

static lure_status take_values(void *data, const char *const *names, const lure_index_value *values, size_t n,
                               lure_error *err)
{
    lure_value_writer *writer = data;
    (void)err;
    if (values)
        lure_value_writer_row(writer, values);
    else
        lure_value_writer_names(writer, names, n);
    return LURE_OK;
}

static lure_status add_part(const lure_run_list *list, const part *p, bool as_json, bool colour,
                            lure_text *out, lure_error *err)
{
    lure_value_writer writer;
    lure_text sql, text;
    lure_text_init(&sql);
    lure_text_init(&text);
    put_condition(p->sql, list, &sql);
    lure_value_writer_begin(&writer, as_json ? LURE_FORM_JSON : LURE_FORM_TABLE, &text);
    lure_status status = lure_index_query(list->index, sql.data, take_values, &writer, err);
    const size_t n = writer.n_rows;
    if (!lure_value_writer_end(&writer, colour) && status == LURE_OK)
        status = lure_fail(err, LURE_ERROR_MEMORY, "no memory to show the runs");
    if (status == LURE_OK && as_json)
        lure_text_addf(out, ",\n  \"%s\": %s", p->key, text.data);
    else if (status == LURE_OK && n > 0)
        lure_text_addf(out, "\n%s\n%s", p->title, text.data);
    lure_text_free(&sql);
    lure_text_free(&text);
    return status;
}

static lure_status take_any(void *data, const char *const *names, const lure_index_value *values, size_t n,
                            lure_error *err)
{
    bool *any = data;
    (void)names, (void)n, (void)err;
    *any = *any || values;
    return LURE_OK;
}

static lure_status check_runs(const lure_run_list *list, const char *directory, lure_error *err)
{
    bool any = false;
    lure_text sql;
    lure_text_init(&sql);
    put_condition("select run from runs where FOLDER limit 1", list, &sql);
    const lure_status status = lure_index_query(list->index, sql.data, take_any, &any, err);
    lure_text_free(&sql);
    return status != LURE_OK || any
               ? status
               : lure_fail(err, LURE_ERROR_STORE, "%s holds no runs, and no manifest.json that makes it one",
                           directory);
}

lure_status lure_show_batch(const char *folder, bool as_json, lure_error *err)
{
    static lure_run_list list;
    char directory[LURE_PATH_SIZE];
    const bool colour = lure_terminal_colour(stdout);
    lure_text out, quoted;
    lure_text_init(&out);
    lure_text_init(&quoted);
    lure_status status = lure_run_list_open(folder, &list, err);
    if (status == LURE_OK)
        status = *list.below ? lure_path_join(list.root, list.below, directory, err) : LURE_OK;
    if (status == LURE_OK && !*list.below)
        snprintf(directory, sizeof directory, "%s", list.root);
    if (status == LURE_OK)
        status = lure_index_hold(list.index, err);
    if (status == LURE_OK)
        status = check_runs(&list, directory, err);
    if (status == LURE_OK && as_json) {
        lure_json json;
        lure_json_init(&json, &out);
        lure_json_begin_object(&json, NULL);
        lure_json_string(&json, "schema", "lure.show_batch/1");
        lure_json_string(&json, "directory", directory);
    } else if (status == LURE_OK) {
        lure_terminal_style(&out, colour, LURE_STYLE_BOLD, directory);
        lure_text_add(&out, "\n");
    }
    for (size_t i = 0; i < N_PARTS && status == LURE_OK; i++)
        status = add_part(&list, &parts[i], as_json, colour, &out, err);
    lure_text_add_quoted(&quoted, directory);
    if (status == LURE_OK && as_json)
        lure_text_add(&out, "}\n");
    else if (status == LURE_OK)
        lure_text_addf(&out, "\nwhich is better: lure compare %s; all of them: lure ls %s --limit 0\n",
                       quoted.data, quoted.data);
    if (status == LURE_OK && out.failed)
        status = lure_fail(err, LURE_ERROR_MEMORY, "no memory to show the runs");
    if (status == LURE_OK)
        fputs(out.data, stdout);
    lure_index_close(list.index);
    lure_text_free(&out);
    lure_text_free(&quoted);
    return status;
}
