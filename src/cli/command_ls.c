/* command_ls.c: lure ls. The runs below a folder, from its index: the latest, the best, those that a condition picks. */
#include "cli/command.h"

#include "cli/run_list.h"
#include "cli/run_table.h"
#include "report/terminal.h"

#include <stdio.h>
#include <string.h>

static int ls_main(const lure_command *command, int n, char **arguments);

enum { SHOWN = 20, MOST_LACKING = 3 };

static const lure_option options[] = {
    {"best", "N", "the N finished runs with the greatest return, or what --sort names", false},
    {"worst", "N", "the N with the least", false},
    {"sort", "NAME", "order by a column or a number: seconds, steps, entropy, entropy.last, ...", false},
    {"outcome", "X", "only runs with that outcome: ok, script_error, cancelled, unfinished, ...", false},
    {"experiment", "NAME", "only runs of that experiment", false},
    {"set", "KEY=VALUE", "only runs with that setting: --set learning_rate.rate=0.1", true},
    {"where", "CONDITION", "only runs for which it holds, in SQL: \"steps > 1000 and seed <> 3\"", false},
    {"limit", "N", "show at most N (default 20, with --json all; 0: all)", false},
    {"rebuild", NULL, "make the index anew from the folders first", false},
    {"check", NULL, "look at every byte of the index, and list nothing", false},
    {"json", NULL, "print one JSON document instead of text", false},
    {0}};

const lure_command lure_command_ls = {
    .name = "ls",
    .arguments = "[FOLDER]",
    .summary = "List runs: the latest, the best, or those that a condition picks.",
    .options = options,
    .examples = "lure ls\n"
                "lure ls runs/rates --best 10\n"
                "lure ls --worst 3 --sort entropy --experiment cartpole_reinforce\n"
                "lure ls --set learning_rate.rate=0.1 --where \"seed <= 5\"\n"
                "lure ls --rebuild",
    .least = 0,
    .most = 1,
    .main = ls_main};

typedef struct listing {
    const lure_run_list *list;
    lure_index_filter filter;
    const char *named; /* to sort by; null: nothing was */
    size_t n_shown, n_all, n_damaged;
    lure_run_table table;
    lure_json *json; /* null: the table */
} listing;

static lure_status take_row(void *data, const lure_index_row *row, lure_error *err)
{
    listing *l = data;
    lure_status status = LURE_OK;
    if (l->json) {
        lure_json_begin_object(l->json, NULL);
        if (row->is_damaged)
            lure_json_bool(l->json, "damaged", true);
        lure_run_list_json(l->list, &row->run, l->json);
        lure_json_end_object(l->json);
    } else {
        status = lure_run_table_add(&l->table, row, err);
    }
    l->n_shown += status == LURE_OK;
    l->n_damaged += row->is_damaged;
    return status;
}

/* ---- the whole ---- */

static lure_status read_filter(const lure_arguments *a, listing *l, lure_error *err)
{
    static lure_setting settings[LURE_MOST_ARGUMENTS];
    static lure_index_setting wanted[LURE_MOST_ARGUMENTS];
    uint64_t best = 0, worst = 0, limit = lure_arguments_has(a, "json") ? 0 : SHOWN;
    bool has_best = false, has_worst = false, has_limit = false;
    lure_index_filter *f = &l->filter;
    lure_status status = lure_arguments_whole(a, "best", 1, UINT32_MAX, &best, &has_best, err);
    if (status == LURE_OK)
        status = lure_arguments_whole(a, "worst", 1, UINT32_MAX, &worst, &has_worst, err);
    if (status == LURE_OK)
        status = lure_arguments_whole(a, "limit", 0, UINT32_MAX, &limit, &has_limit, err);
    if (status == LURE_OK && has_best + has_worst + has_limit > 1)
        status = lure_fail(err, LURE_ERROR_USAGE, "--best, --worst and --limit: only one of them");
    if (status == LURE_OK)
        status = lure_command_settings(a, settings, &f->n_settings, err);
    if (status != LURE_OK)
        return status;
    for (size_t i = 0; i < f->n_settings; i++)
        wanted[i] = (lure_index_setting){settings[i].key, settings[i].value};
    f->settings = wanted;
    f->below = l->list->below;
    f->experiment = lure_arguments_value(a, "experiment");
    f->outcome = lure_arguments_value(a, "outcome");
    f->where = lure_arguments_value(a, "where");
    f->sort = lure_arguments_value(a, "sort");
    l->named = f->sort;
    f->limit = has_best ? best : has_worst ? worst : limit;
    f->is_ranking = has_best || has_worst;
    f->ascending = has_worst;
    if (f->is_ranking && !f->sort)
        f->sort = "episodic_return";
    if (f->is_ranking && !f->outcome)
        f->outcome = "ok";
    return LURE_OK;
}

static void explain_nothing(const listing *l)
{
    const lure_index_filter *f = &l->filter;
    lure_index *index = l->list->index;
    fputs("lure: no runs\n", stderr);
    lure_run_list_tell_known(index, f->experiment, "experiment",
                             "select distinct experiment from runs order by 1");
    lure_run_list_tell_known(index, f->outcome, "outcome", "select distinct outcome from runs order by 1");
    for (size_t i = 0; i < f->n_settings; i++)
        lure_run_list_tell_known(index, f->settings[i].key, "setting",
                                 "select distinct key from settings order by 1");
}

static void tell_lacking(const lure_run_list *list)
{
    lure_text names;
    lure_error err;
    size_t n;
    lure_text_init(&names);
    if (lure_run_index_lacks(list->index, list->root, list->below, MOST_LACKING, &names, &n, &err) ==
            LURE_OK &&
        n) {
        for (char *c = names.data; *c; c++)
            if (*c == '\n')
                *c = c[1] ? ',' : '\0';
        lure_text line;
        lure_text_init(&line);
        lure_text_add(&line, "lure ls ");
        lure_text_add_quoted(&line, list->root);
        fprintf(stderr,
                "lure: not listed: %s%s; in progress, interrupted, or put there by hand: %s --rebuild takes "
                "%s in\n",
                names.data, n > MOST_LACKING ? ", ..." : "", line.data, n == 1 ? "it" : "them");
        lure_text_free(&line);
    }
    lure_text_free(&names);
}

static lure_status list_text(listing *l, lure_text *out, lure_error *err)
{
    const bool counts = l->filter.limit > 0;
    lure_run_table_init(&l->table, l->named, (size_t)lure_terminal_width(stdout));
    lure_status status =
        lure_index_list(l->list->index, &l->filter, take_row, l, counts ? &l->n_all : NULL, err);
    if (status == LURE_OK)
        status = lure_run_table_print(&l->table, lure_terminal_colour(stdout), out, err);
    if (status == LURE_OK && counts && l->n_all > l->n_shown)
        lure_text_addf(out, "%zu of %zu runs%s\n", l->n_shown, l->n_all,
                       l->filter.is_ranking ? "" : "; --limit 0 shows all");
    lure_run_table_free(&l->table);
    if (status == LURE_OK && out->failed)
        status = lure_fail(err, LURE_ERROR_MEMORY, "no memory for the table");
    if (status == LURE_OK && l->n_shown == 0)
        explain_nothing(l);
    return status;
}

static lure_status list_json(listing *l, lure_text *out, lure_error *err)
{
    lure_json json;
    lure_status status = LURE_OK;
    lure_json_init(&json, out);
    l->json = &json;
    lure_json_begin_object(&json, NULL);
    lure_json_string(&json, "schema", "lure.runs/1");
    lure_json_string(&json, "root", l->list->root);
    lure_json_begin_array(&json, "runs");
    if (l->list->index)
        status = lure_index_list(l->list->index, &l->filter, take_row, l, &l->n_all, err);
    l->json = NULL;
    lure_json_end_array(&json);
    lure_json_integer(&json, "matching", (int64_t)l->n_all);
    lure_json_end_object(&json);
    lure_text_add(out, "\n");
    if (status == LURE_OK && out->failed)
        status = lure_fail(err, LURE_ERROR_MEMORY, "no memory for the document");
    return status;
}

static lure_status check_index(const lure_run_list *list, lure_error *err)
{
    size_t n;
    const lure_status status = lure_index_check(list->index, &n, err);
    if (status == LURE_OK)
        printf("%s/" LURE_INDEX_NAME ": %zu rows, each as it was written\n", list->root, n);
    return status;
}

static lure_status list_runs(const lure_arguments *a, lure_run_list *list, lure_error *err)
{
    listing l = {.list = list};
    lure_text out;
    lure_text_init(&out);
    lure_status status = read_filter(a, &l, err);
    if (status == LURE_OK)
        status = lure_arguments_has(a, "json") ? list_json(&l, &out, err) : list_text(&l, &out, err);
    if (status == LURE_OK)
        fputs(out.data, stdout);
    lure_text_free(&out);
    if (status == LURE_OK && list->index)
        tell_lacking(list);
    if (status == LURE_OK && l.n_damaged)
        status = lure_index_damaged_rows(list->index, l.n_damaged, err);
    return status;
}

/* --check lists nothing, so what says which runs and how would be ignored. */
static lure_status refuse_beside_check(const lure_arguments *a, lure_error *err)
{
    for (size_t i = 0; i < a->n_given; i++) {
        const char *name = a->given[i].option->name;
        if (strcmp(name, "check") != 0 && strcmp(name, "rebuild") != 0)
            return lure_fail(err, LURE_ERROR_USAGE, "--check lists no runs: --%s cannot be given with it",
                             name);
    }
    return LURE_OK;
}

static int ls_main(const lure_command *command, int n, char **arguments)
{
    static lure_arguments a;
    static lure_run_list list;
    lure_error err;
    size_t n_unreadable = 0;
    if (lure_arguments_read(command, n, arguments, &a, &err) != LURE_OK)
        return lure_report_error(&err);
    if (a.help)
        return lure_command_print_help(command);
    const char *folder = a.n_positional ? a.positional[0] : NULL;
    lure_signals_catch(lure_index_interrupt);
    lure_status status = lure_arguments_has(&a, "check") ? refuse_beside_check(&a, &err) : LURE_OK;
    if (status == LURE_OK)
        status = lure_run_list_place(folder, &list, &err);
    if (status == LURE_OK && lure_arguments_has(&a, "rebuild") && !list.is_missing)
        status = lure_run_list_rebuild(&list, &n_unreadable, &err);
    if (status == LURE_OK)
        status = lure_run_list_open(folder, &list, &err);
    if (status == LURE_OK && list.is_missing)
        fputs("lure: no runs yet: there is no folder runs here\n", stderr);
    if (status == LURE_OK && (list.index || lure_arguments_has(&a, "json")))
        status = list.index && lure_arguments_has(&a, "check") ? check_index(&list, &err)
                                                               : list_runs(&a, &list, &err);
    lure_index_close(list.index);
    if (status != LURE_OK)
        return lure_report_error(&err);
    return n_unreadable > 0;
}
