/* command_new.c: lure new. */
#include "cli/command.h"

#include "base/file.h"
#include "run/scaffold.h"

#include <stdio.h>
#include <string.h>

static int new_main(const lure_command *command, int n, char **arguments);

static const lure_option options[] = {{"no-test", NULL, "without a test beside it", false}, {0}};

const lure_command lure_command_new = {
    .name = "new",
    .arguments = "ROLE NAME",
    .summary =
        "Make a script of your own, with its test, from a template that works: environment, reward, "
        "schedule, "
        "learning_rate, algorithm, experiment or batch. 'lure new editor' makes a .luarc.json, from which an "
        "editor's Lua language server knows all that scripts can use.",
    .options = options,
    .examples = "lure new environment windy\n"
                "lure new reward kinder --no-test\n"
                "lure new experiment my_first\n"
                "lure new editor",
    .least = 1,
    .most = 2,
    .main = new_main};

static int make_editor(void)
{
    lure_scaffold made;
    lure_error err;
    if (lure_scaffold_editor(&made, &err) != LURE_OK)
        return lure_report_error(&err);
    printf(
        "made %s\n  an editor with the Lua language server (sumneko's) reads it when it opens this folder\n",
        made.path);
    return 0;
}

static int new_main(const lure_command *command, int n, char **arguments)
{
    static lure_arguments a;
    lure_scaffold made;
    lure_error err;
    if (lure_arguments_read(command, n, arguments, &a, &err) != LURE_OK)
        return lure_report_error(&err);
    if (a.help)
        return lure_command_print_help(command);
    if (a.n_positional == 1 && strcmp(a.positional[0], "editor") == 0)
        return make_editor();
    if (a.n_positional == 1) {
        lure_fail(&err, LURE_ERROR_USAGE, "new: expected ROLE NAME, like lure new environment windy");
        return lure_report_error(&err);
    }
    if (lure_scaffold_make(a.positional[0], a.positional[1], !lure_arguments_has(&a, "no-test"), &made,
                           &err) != LURE_OK)
        return lure_report_error(&err);
    printf("made %s%s%s\n  check it  lure check %s\n", made.path, *made.test ? "\nmade " : "", made.test,
           made.path);
    if (*made.test)
        printf("  test it   lure test %s\n", made.test);
    printf("  use it    %s\n", made.use);
    if (!lure_file_exists(".luarc.json"))
        puts("  editor    lure new editor");
    return 0;
}
