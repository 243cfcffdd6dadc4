/* command_resume.c: lure resume: goes on with a run that was interrupted, as if it had never been, or does what is missing
   or failed of a batch. What it shows is what lure run or lure batch would have shown. */
#include "batch/batch.h"
#include "cli/command.h"

#include "cli/run_list.h"
#include "cli/command_batch.h"

#include <stdio.h>
#include <string.h>

static int resume_main(const lure_command *command, int n, char **arguments);

static const lure_option options[] = {
    {"checkpoint-every", "SECONDS",
     "how often to write down what to go on from (default 30; 0: after every update)", false},
    {"watch", NULL,
     "look at its scripts while it runs; an edited reward, schedule or learning rate is used from the next "
     "update on",
     false},
    {"jobs", "N", "of a batch: how many runs at a time (default: one a processor)", false},
    {"json", NULL, "print one JSON document instead of text", false},
    {0}};

const lure_command lure_command_resume = {
    .name = "resume",
    .arguments = "RUN|BATCH",
    .summary = "Go on with an interrupted run as if it had never stopped; do what a batch lacks, or failed.",
    .options = options,
    .examples = "lure resume runs/cartpole_reinforce-seed1\n"
                "lure resume runs/cartpole_reinforce-seed1 --json\n"
                "lure resume runs/learning_rates --jobs 2",
    .least = 1,
    .most = 1,
    .main = resume_main};

/* The folder of a batch, or the name of one in runs/. */
static bool find_batch(const char *name, char directory[LURE_PATH_SIZE])
{
    if (strlen(name) < LURE_PATH_SIZE && lure_batch_is_folder(name)) {
        snprintf(directory, LURE_PATH_SIZE, "%s", name);
        return true;
    }
    return *name && !strchr(name, '/') && lure_path_join("runs", name, directory, NULL) == LURE_OK &&
           lure_batch_is_folder(directory);
}

static int resume_batch(const lure_arguments *a, const char *directory, size_t jobs)
{
    static lure_batch_asked asked;
    lure_error err;
    lure_status status = lure_batch_asked_read(directory, &asked, &err);
    if (status == LURE_OK && lure_arguments_has(a, "watch"))
        status = lure_fail(&err, LURE_ERROR_USAGE, "--watch: %s is a batch, and only single runs are watched",
                           directory);
    const int code = status == LURE_OK ? lure_command_do_batch(a, &asked.request, asked.out, jobs, true)
                                       : lure_report_error(&err);
    lure_batch_asked_free(&asked);
    return code;
}

static int resume_main(const lure_command *command, int n, char **arguments)
{
    static lure_arguments a;
    lure_error err;
    if (lure_arguments_read(command, n, arguments, &a, &err) != LURE_OK)
        return lure_report_error(&err);
    if (a.help)
        return lure_command_print_help(command);
    uint64_t jobs = 0;
    char directory[LURE_PATH_SIZE];
    if (lure_arguments_whole(&a, "jobs", 1, 1024, &jobs, NULL, &err) != LURE_OK)
        return lure_report_error(&err);
    if (find_batch(a.positional[0], directory))
        return resume_batch(&a, directory, (size_t)jobs);
    if (jobs) {
        lure_fail(&err, LURE_ERROR_USAGE, "--jobs: %s is not the folder of a batch", a.positional[0]);
        return lure_report_error(&err);
    }
    lure_run_options run_options = {
        .command = lure_command_line, .watch = lure_arguments_has(&a, "watch"), .stuck_exit_code = 3};
    if (lure_command_read_captures(&a, &run_options, &err) != LURE_OK)
        return lure_report_error(&err);
    const char *name = a.positional[0];
    if (lure_run_list_resolve(&name, directory, &err) != LURE_OK)
        return lure_report_error(&err);
    return lure_command_run_and_show(&a, name, &run_options);
}
