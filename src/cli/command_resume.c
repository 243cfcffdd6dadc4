/* command_resume.c: lure resume: goes on with a run that was interrupted, as if it had never been. What it shows is what lure
   run would have shown. */
#include "cli/command.h"

static int resume_main(const lure_command *command, int n, char **arguments);

static const lure_option options[] = {
    {"checkpoint-every", "SECONDS",
     "how often to write down what to go on from (default 30; 0: after every update)", false},
    {"watch", NULL,
     "look at its scripts while it runs; an edited reward, schedule or learning rate is used from the next "
     "update on",
     false},
    {"json", NULL, "print one JSON document instead of text", false},
    {0}};

const lure_command lure_command_resume = {
    .name = "resume",
    .arguments = "DIR",
    .summary = "Go on with a run that was interrupted, as if it had never stopped.",
    .options = options,
    .examples = "lure resume runs/cartpole_reinforce-seed1\n"
                "lure resume runs/cartpole_reinforce-seed1 --json",
    .least = 1,
    .most = 1,
    .main = resume_main};

static int resume_main(const lure_command *command, int n, char **arguments)
{
    static lure_arguments a;
    lure_error err;
    if (lure_arguments_read(command, n, arguments, &a, &err) != LURE_OK)
        return lure_report_error(&err);
    if (a.help)
        return lure_command_print_help(command);
    lure_run_options run_options = {
        .command = lure_command_line, .watch = lure_arguments_has(&a, "watch"), .stuck_exit_code = 3};
    if (lure_command_read_captures(&a, &run_options, &err) != LURE_OK)
        return lure_report_error(&err);
    return lure_command_run_and_show(&a, a.positional[0], &run_options);
}
