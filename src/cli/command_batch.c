/* command_batch.c: lure batch. Progress on stderr; on stdout the table, what failed and how to see it again, or with
   --json one document. */
#include "cli/batch_report.h"
#include "cli/command.h"
#include "cli/command_batch.h"

#include "report/live.h"
#include "report/terminal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static int batch_main(const lure_command *command, int n, char **arguments);

static const lure_option options[] = {
    {"seeds", "LIST", "the seeds of every configuration: 1..30 or 1,2,5 (default: the batch's)", false},
    {"set", "KEY=V1,V2", "vary an option; one value sets it for all runs", true},
    {"tie", "KEY=V1,V2", "vary options together: all that are tied take their first value, then their second",
     true},
    {"sample", "KEY=RANGE", "random search: uniform(A,B), log_uniform(A,B), integer(A,B), choice(V1,V2)",
     true},
    {"samples", "N", "how many points are drawn; more of them keep the first ones", false},
    {"sample-seed", "S", "what they are drawn from (default: 1, or the batch's)", false},
    {"jobs", "N", "how many runs at a time (default: one a processor)", false},
    {"out", "DIR", "where results go (default: runs/<batch>); what is done there is kept", false},
    {"retry-failed", NULL, "do runs that failed before again, too; else they stay as they are", false},
    {"keep-going", NULL, "a run that fails costs only itself (this is the default)", false},
    {"fail-fast", NULL, "begin nothing more after the first failure", false},
    {"checkpoint-every", "SECONDS",
     "how often to write a run down, to go on from there later (default 30; 0: after every update)", false},
    {"dry-run", NULL, "show every run and whether it is done, and do nothing", false},
    {"metric", "NAME",
     "the number to judge by: of a summary, or a logged column (default: episodic_return_100)", false},
    {"lower", NULL, "the smaller number is the better one", false},
    {"target", "X", "the optimality gap is the distance from X (default: the experiment's threshold)", false},
    {"all", NULL, "show every row of the tables", false},
    {"json", NULL, "print one JSON document instead of text", false},
    {0}};

const lure_command lure_command_batch = {
    .name = "batch",
    .arguments = "BATCH|EXPERIMENT...",
    .summary =
        "Run many: experiments x values of options x seeds. The same command again does what is missing.",
    .options = options,
    .examples =
        "lure batch learning_rates\n"
        "lure batch learning_rates --dry-run\n"
        "lure batch learning_rates --jobs 2 --out runs/rates\n"
        "lure batch fry_shacks --seeds 1..30 --set learning_rate.rate=0.1,0.5,1.0\n"
        "lure batch fry_shacks --seeds 1,2,5 --set 'reward=right_portion,{\"right_portion\", right = 2}'\n"
        "lure batch learning_rates --metric bias --lower --target -10\n"
        "lure batch fry_shacks --tie learning_rate.rate=0.1,1 --tie updates=2000,200\n"
        "lure batch fry_shacks --sample 'learning_rate.rate=log_uniform(1e-3,1)' --samples 20 --seeds 1..5\n"
        "lure batch fry_shacks fry_shacks_chance --set updates=500 --json",
    .least = 1,
    .most = LURE_MOST_ARGUMENTS,
    .main = batch_main};

enum { MOST_SHOWN_SLOTS = 64 };

/* "  2   35 %    12.4 s  update 700 of 2,000  fry_shacks learning_rate.rate=0.1 seed 3" */
static void add_slot(lure_text *line, const lure_batch *batch, size_t number, const lure_batch_slot *slot)
{
    char seconds[32], update[32], updates[32], percent[16] = "  - ";
    lure_duration_text(slot->seconds, seconds);
    lure_value_text((double)slot->update, update);
    lure_value_text((double)slot->updates, updates);
    if (slot->updates)
        snprintf(percent, sizeof percent, "%3.0f %%", 100.0 * (double)slot->update / (double)slot->updates);
    lure_text_addf(line, "%4zu  %5s  %10s  ", number, percent, seconds);
    if (slot->updates)
        lure_text_addf(line, "update %s of %s  ", update, updates);
    lure_plan_label(batch->plan, slot->run, line);
}

static void show_progress(void *data, const lure_batch_progress *p)
{
    lure_live *live = data;
    if (!lure_live_due(live))
        return;
    lure_text lines[1 + MOST_SHOWN_SLOTS];
    const char *shown[1 + MOST_SHOWN_SLOTS];
    size_t n = 1;
    char left[32];
    lure_duration_text(p->seconds_left, left);
    lure_text_init(&lines[0]);
    lure_text_addf(&lines[0], "%3.0f %%  done %zu of %zu, running %zu, failed %zu  %s left",
                   100.0 * ((double)(p->done + p->failed) + p->part) / (double)p->planned, p->done,
                   p->planned, p->running, p->failed, left);
    for (size_t i = 0; i < p->n_slots && n <= MOST_SHOWN_SLOTS; i++) {
        lure_batch_slot slot;
        if (!lure_batch_slot_read(p->borrow_batch, i, &slot))
            continue;
        lure_text_init(&lines[n]);
        add_slot(&lines[n++], p->borrow_batch, i + 1, &slot);
    }
    for (size_t i = 0; i < n; i++)
        shown[i] = lines[i].data;
    lure_live_show_lines(live, shown, n);
    for (size_t i = 0; i < n; i++)
        lure_text_free(&lines[i]);
}

/* "go on with: lure resume runs/rates" */
static void print_resume(FILE *file, const lure_batch *batch, const char *before)
{
    lure_text line;
    lure_text_init(&line);
    lure_text_add_quoted(&line, batch->out);
    fprintf(file, "%slure resume %s\n", before, line.data);
    lure_text_free(&line);
}

static void print_result(const lure_batch *batch, const lure_batch_judging *judging)
{
    char seconds[32], before[64] = "", kept[96] = "", left[64] = "";
    const size_t n_left = batch->plan->n_runs - batch->n_done - batch->n_failed;
    lure_batch_print_table(batch, judging);
    if (batch->n_failed)
        putchar('\n');
    lure_batch_print_failures(batch);
    lure_text out;
    lure_text_init(&out);
    lure_text_add_visible(&out, batch->out);
    lure_duration_text(batch->seconds, seconds);
    if (batch->n_skipped)
        snprintf(before, sizeof before, " (%zu of them before)", batch->n_skipped);
    if (batch->n_kept_failed)
        snprintf(kept, sizeof kept, " (%zu of them before, left as they are)", batch->n_kept_failed);
    if (n_left)
        snprintf(left, sizeof left, ", %zu not run", n_left);
    printf("\n%zu run%s: %zu ok%s, %zu failed%s%s, in %s; stored in %s\n", batch->plan->n_runs,
           batch->plan->n_runs == 1 ? "" : "s", batch->n_done, before, batch->n_failed, kept, left, seconds,
           out.data);
    if (batch->n_others)
        printf("%s also holds %zu run%s of other scripts, options or seeds than these\n", out.data,
               batch->n_others, batch->n_others == 1 ? "" : "s");
    lure_text_free(&out);
    if (batch->n_failed)
        print_resume(stdout, batch, "what failed stays as it is; to do it again: ");
    fflush(stdout);
}

/* The batch ended before its end. */
static int report_stop(const lure_batch *batch, bool retries_failed, const lure_error *err)
{
    int code = lure_report_error(err);
    if (batch->runs)
        fprintf(
            stderr,
            "%zu of %zu runs are done and kept in %s; the same command does the others, long ones from the "
            "middle on:\n  %s\n",
            batch->n_done, batch->plan->n_runs, batch->out, lure_command_line);
    if (batch->runs && !retries_failed && lure_batch_is_folder(batch->out))
        print_resume(stderr, batch, "or, with those that failed: ");
    return code;
}

static int dry_run(lure_batch *batch, const lure_batch_judging *judging, bool json)
{
    lure_error err;
    if (lure_batch_look(batch, &err) != LURE_OK)
        return lure_report_error(&err);
    if (json) {
        lure_batch_print_json(batch, judging);
        return 0;
    }
    lure_batch_print_plan(batch);
    lure_batch_print_failures(batch);
    printf("\n%zu run%s: %zu done, %zu to do, %zu with an error, in %s; nothing was run\n",
           batch->plan->n_runs, batch->plan->n_runs == 1 ? "" : "s", batch->n_done,
           batch->plan->n_runs - batch->n_done - batch->n_failed, batch->n_failed, batch->out);
    return 0;
}

static int run(lure_batch *batch, const lure_batch_judging *judging, bool json, bool retries_failed,
               lure_live *live)
{
    lure_error err;
    const lure_status status = lure_batch_run_all(batch, &err);
    lure_live_clear(live);
    if (json && batch->runs)
        lure_batch_print_json(batch, judging);
    if (status != LURE_OK)
        return report_stop(batch, retries_failed, &err);
    if (!json)
        print_result(batch, judging);
    return batch->n_done == batch->plan->n_runs ? 0 : 1;
}

static void tell(void *live, const char *text)
{
    if (live)
        lure_live_clear(live);
    fprintf(stderr, "lure: %s\n", text);
}

static lure_status read_judging(const lure_arguments *a, lure_batch_judging *out, lure_error *err)
{
    *out = (lure_batch_judging){.metric = lure_arguments_value(a, "metric"),
                                .lower_is_better = lure_arguments_has(a, "lower"),
                                .target = NAN,
                                .all_rows = lure_arguments_has(a, "all")};
    return lure_arguments_number(a, "target", &out->target, NULL, err);
}

int lure_command_do_batch(const lure_arguments *a, const lure_plan_request *request, const char *out,
                          size_t jobs, bool retries_failed)
{
    lure_error err;
    lure_run_options shown = {0};
    lure_batch_judging judging;
    if (lure_command_read_captures(a, &shown, &err) != LURE_OK || read_judging(a, &judging, &err) != LURE_OK)
        return lure_report_error(&err);
    const bool json = lure_arguments_has(a, "json"), dry = lure_arguments_has(a, "dry-run");
    lure_live *live = dry ? NULL : lure_live_create(stderr, 10.0);
    const lure_batch_options batch_options = {.request = request,
                                              .out = out,
                                              .jobs = jobs,
                                              .capture_seconds = shown.capture_seconds,
                                              .retries_failed = retries_failed,
                                              .fails_fast = lure_arguments_has(a, "fail-fast"),
                                              .tell = tell,
                                              .tell_data = live,
                                              .progress = live ? show_progress : NULL,
                                              .progress_data = live};
    lure_batch *batch;
    lure_signals_catch(lure_batch_cancel);
    int code = 0;
    if (lure_batch_open(&batch_options, &batch, &err) != LURE_OK) {
        code = lure_report_error(&err);
    } else {
        code = dry ? dry_run(batch, &judging, json) : run(batch, &judging, json, retries_failed, live);
        lure_batch_close(batch);
    }
    lure_live_destroy(live);
    return code;
}

static int batch_main(const lure_command *command, int n, char **arguments)
{
    static lure_arguments a;
    static const char *sets[LURE_MOST_ARGUMENTS], *ties[LURE_MOST_ARGUMENTS], *samples[LURE_MOST_ARGUMENTS];
    lure_error err;
    uint64_t jobs = 0, n_points = 0;
    if (lure_arguments_read(command, n, arguments, &a, &err) != LURE_OK)
        return lure_report_error(&err);
    if (a.help)
        return lure_command_print_help(command);
    lure_plan_request request = {.words = a.positional,
                                 .n_words = a.n_positional,
                                 .sets = sets,
                                 .seeds = lure_arguments_value(&a, "seeds"),
                                 .ties = ties,
                                 .samples = samples};
    for (size_t i = 0; i < a.n_given; i++) {
        const char *name = a.given[i].option->name, *value = a.given[i].value;
        if (strcmp(name, "set") == 0)
            sets[request.n_sets++] = value;
        else if (strcmp(name, "tie") == 0)
            ties[request.n_ties++] = value;
        else if (strcmp(name, "sample") == 0)
            samples[request.n_samples++] = value;
    }
    if (lure_arguments_whole(&a, "jobs", 1, 1024, &jobs, NULL, &err) != LURE_OK ||
        lure_arguments_whole(&a, "samples", 1, LURE_MOST_CONFIGURATIONS, &n_points, NULL, &err) != LURE_OK ||
        lure_arguments_whole(&a, "sample-seed", 0, INT64_MAX, &request.sample_seed, &request.has_sample_seed,
                             &err) != LURE_OK)
        return lure_report_error(&err);
    request.n_points = (size_t)n_points;
    if (lure_arguments_has(&a, "keep-going") && lure_arguments_has(&a, "fail-fast")) {
        lure_fail(&err, LURE_ERROR_USAGE, "--keep-going or --fail-fast, not both");
        return lure_report_error(&err);
    }
    return lure_command_do_batch(&a, &request, lure_arguments_value(&a, "out"), (size_t)jobs,
                                 lure_arguments_has(&a, "retry-failed"));
}
