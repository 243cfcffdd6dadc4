/* command_query.c: lure query. One SELECT over the index of runs. */
#include "cli/command.h"

#include "cli/run_list.h"
#include "cli/value_writer.h"
#include "report/terminal.h"

#include <stdio.h>

static int query_main(const lure_command *command, int n, char **arguments);

static const lure_option options[] = {
    {"in", "FOLDER", "the folder whose runs are meant (default: runs)", false},
    {"csv", NULL, "print comma-separated values instead of a table", false},
    {"json", NULL, "print one JSON array of objects instead of a table", false},
    {0}};

const lure_command lure_command_query = {
    .name = "query",
    .arguments = "SELECT",
    .summary = "Ask the index of runs a question in SQL. Tables: runs, settings(run, key, value), "
               "numbers(run, name, "
               "value), configurations.",
    .options = options,
    .examples =
        "lure query \"select outcome, count(*) from runs group by outcome\"\n"
        "lure query \"select configuration, mean_return from configurations order by 2 desc limit 5\"\n"
        "lure query \"select folder, value from runs join numbers using (run) where name = 'entropy'\" "
        "--csv\n"
        "lure query \"select avg(episodic_return) from runs join settings using (run) where key = "
        "'updates'\"",
    .least = 1,
    .most = 1,
    .main = query_main};

/* What is written so far goes out now and then: a long answer needs no memory. */
typedef struct printer {
    lure_value_writer writer;
    lure_text text;
} printer;

static lure_status flush(printer *p, lure_error *err)
{
    if (p->text.failed || p->writer.failed)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory for the answer");
    if (fwrite(p->text.data, 1, p->text.length, stdout) != p->text.length)
        return lure_fail(err, LURE_ERROR_STORE, "cannot write the result to stdout");
    lure_text_clear(&p->text);
    return LURE_OK;
}

static lure_status take_values(void *data, const char *const *names, const lure_index_value *values, size_t n,
                               lure_error *err)
{
    enum { MUCH = 1 << 16 };
    printer *p = data;
    if (!values)
        lure_value_writer_names(&p->writer, names, n);
    else
        lure_value_writer_row(&p->writer, values);
    return p->text.length > MUCH || p->writer.failed ? flush(p, err) : LURE_OK;
}

static lure_status ask(const lure_arguments *a, lure_run_list *list, lure_error *err)
{
    printer p;
    lure_form form = lure_arguments_has(a, "json")  ? LURE_FORM_JSON
                     : lure_arguments_has(a, "csv") ? LURE_FORM_CSV
                                                    : LURE_FORM_TABLE;
    lure_text_init(&p.text);
    lure_value_writer_begin(&p.writer, form, &p.text);
    lure_status status = lure_index_query(list->index, a->positional[0], take_values, &p, err);
    const bool good = lure_value_writer_end(&p.writer, lure_terminal_colour(stdout));
    if (status == LURE_OK && !good)
        status = lure_fail(err, LURE_ERROR_MEMORY, "no memory for the answer");
    if (status == LURE_OK)
        status = flush(&p, err);
    lure_text_free(&p.text);
    return status;
}

static int query_main(const lure_command *command, int n, char **arguments)
{
    static lure_arguments a;
    static lure_run_list list;
    lure_error err;
    if (lure_arguments_read(command, n, arguments, &a, &err) != LURE_OK)
        return lure_report_error(&err);
    if (a.help)
        return lure_command_print_help(command);
    lure_signals_catch(lure_index_interrupt);
    lure_status status = LURE_OK;
    if (lure_arguments_has(&a, "json") && lure_arguments_has(&a, "csv"))
        status = lure_fail(&err, LURE_ERROR_USAGE, "--csv and --json: only one of them");
    if (status == LURE_OK)
        status = lure_run_list_open(lure_arguments_value(&a, "in"), &list, &err);
    if (status == LURE_OK && list.is_missing)
        status = lure_fail(&err, LURE_ERROR_STORE, "no runs yet: there is no folder runs here");
    if (status == LURE_OK)
        status = ask(&a, &list, &err);
    lure_index_close(list.index);
    return status == LURE_OK ? 0 : lure_report_error(&err);
}
