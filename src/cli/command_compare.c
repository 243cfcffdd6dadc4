/* command_compare.c: lure compare. What groups of runs differ in, what they took, how good they are, and whether one is better:
   numbers by report/statistics.h over the runs of each group, never over episodes. */
#include "cli/command.h"

#include "cli/compare_report.h"
#include "report/terminal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare_main(const lure_command *command, int n, char **arguments);

static const lure_option options[] = {
    {"metric", "NAME", "the number to compare: of a summary, or a logged column", true},
    {"lower", NULL, "the smaller number is the better one", false},
    {"json", NULL, "print one JSON document instead of text", false},
    {0}};

const lure_command lure_command_compare = {
    .name = "compare",
    .arguments = "RUN...",
    .summary =
        "Compare finished runs, by configuration over their seeds: which is better, and how sure is that?",
    .options = options,
    .examples = "lure compare runs/rates\n"
                "lure compare runs/a-seed1 runs/a-seed2 runs/b-seed1 runs/b-seed2\n"
                "lure compare runs/rates --metric entropy\n"
                "lure compare runs/rates --metric steps_to_threshold --lower --json",
    .least = 1,
    .most = LURE_MOST_ARGUMENTS,
    .main = compare_main};

/* Those that nobody asked for by name: what the field reports, as far as the runs have it. */
static void choose_metrics(const lure_arguments *a, const lure_run_groups *g, lure_comparison *c)
{
    for (size_t i = 0; i < a->n_given && c->n_metrics < LURE_MOST_METRICS; i++)
        if (strcmp(a->given[i].option->name, "metric") == 0)
            c->metrics[c->n_metrics++].name = a->given[i].value;
    if (c->n_metrics > 0)
        return;
    c->metrics[c->n_metrics++].name = "episodic_return_100";
    for (size_t i = 0; i < g->n_runs && c->n_metrics == 1; i++)
        if (isfinite(lure_grouped_run_number(&g->runs[i], "eval_return.last")))
            c->metrics[c->n_metrics++].name = "eval_return.last";
}

static lure_status compare(const lure_arguments *a, lure_run_groups *g, lure_comparison *c, lure_error *err)
{
    size_t n_given = 0;
    for (size_t i = 0; i < a->n_given; i++)
        n_given += strcmp(a->given[i].option->name, "metric") == 0;
    if (n_given > LURE_MOST_METRICS)
        return lure_fail(err, LURE_ERROR_USAGE, "--metric: at most %d of them", LURE_MOST_METRICS);
    lure_status status = lure_run_groups_read(a->positional, a->n_positional, g, err);
    if (status != LURE_OK)
        return status;
    c->borrow_groups = g;
    c->lower_is_better = lure_arguments_has(a, "lower");
    choose_metrics(a, g, c);
    return lure_comparison_compute(c, err);
}

static int compare_main(const lure_command *command, int n, char **arguments)
{
    static lure_arguments a;
    lure_error err;
    lure_run_groups groups = {0};
    lure_comparison comparison = {0};
    if (lure_arguments_read(command, n, arguments, &a, &err) != LURE_OK)
        return lure_report_error(&err);
    if (a.help)
        return lure_command_print_help(command);
    lure_text text;
    lure_text_init(&text);
    lure_status status = compare(&a, &groups, &comparison, &err);
    if (status == LURE_OK && lure_arguments_has(&a, "json"))
        lure_comparison_json(&comparison, &text);
    else if (status == LURE_OK)
        lure_comparison_print(&comparison, lure_terminal_colour(stdout), lure_terminal_width(stdout), &text);
    if (status == LURE_OK && text.failed)
        status = lure_fail(&err, LURE_ERROR_MEMORY, "no memory for the comparison");
    if (status == LURE_OK)
        fputs(text.data, stdout);
    lure_text_free(&text);
    lure_comparison_free(&comparison);
    lure_run_groups_free(&groups);
    return status == LURE_OK ? 0 : lure_report_error(&err);
}
