/* command_new.c: lure new. */
#include "cli/command.h"

#include "run/scaffold.h"

#include <stdio.h>

static int new_main(const lure_command *command, int n, char **arguments);

static const lure_option options[] = {{0}};

const lure_command lure_command_new = {
    .name = "new",
    .arguments = "ROLE NAME",
    .summary = "Make a script of your own from a template that works: environment, reward, schedule, "
               "learning_rate, algorithm, experiment or batch.",
    .options = options,
    .examples = "lure new environment windy\n"
                "lure new reward kinder\n"
                "lure new experiment my_first",
    .least = 2,
    .most = 2,
    .main = new_main};

static int new_main(const lure_command *command, int n, char **arguments)
{
    static lure_arguments a;
    lure_scaffold made;
    lure_error err;
    if (lure_arguments_read(command, n, arguments, &a, &err) != LURE_OK)
        return lure_report_error(&err);
    if (a.help)
        return lure_command_print_help(command);
    if (lure_scaffold_make(a.positional[0], a.positional[1], &made, &err) != LURE_OK)
        return lure_report_error(&err);
    printf("made %s\n  check it  lure check %s\n  use it    %s\n", made.path, made.path, made.use);
    return 0;
}
