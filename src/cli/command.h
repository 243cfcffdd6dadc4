/* command.h: the commands, one file a family, and what they share. Internal to cli/. */
#ifndef LURE_CLI_COMMAND_H
#define LURE_CLI_COMMAND_H

#include "cli/arguments.h"
#include "run/run.h"

extern const lure_command lure_command_run, lure_command_resume, lure_command_replay, lure_command_batch,
    lure_command_explain, lure_command_check, lure_command_trace, lure_command_play, lure_command_new,
    lure_command_test, lure_command_doctor, lure_command_eval, lure_command_compare, lure_command_ls,
    lure_command_show, lure_command_query, lure_command_export;

/* command_run.c, for lure resume as well: the run of the options, or the one in the folder `resumed`; result and errors
   are shown. Returns the exit code. */
int lure_command_run_and_show(const lure_arguments *a, const char *resumed, lure_run_options *options);
lure_status lure_command_read_captures(const lure_arguments *a, lure_run_options *options, lure_error *err);

int lure_exit_code(lure_status status);       /* design of exit codes: 0, 1, 2, 3, 4, 130 or 143 */
int lure_report_error(const lure_error *err); /* prints "lure: text" to stderr; returns the exit code */
int lure_command_print_help(const lure_command *command);
/* Splits "key=value" into out; the strings are made inside `text`, which is changed. */
lure_status lure_setting_split(char *text, const char *option, const char *example, lure_setting *out,
                               lure_error *err);
/* Every --set of the arguments, in order; `out` has room for LURE_MOST_ARGUMENTS. */
lure_status lure_command_settings(const lure_arguments *a, lure_setting *out, size_t *n, lure_error *err);
/* Every --input of the arguments, each cut at the commas outside braces and quotes: "a=1,b={1,2}" are two. `out` has room
   for LURE_MOST_INPUT. */
enum { LURE_MOST_INPUT = 64 };
lure_status lure_command_input(const lure_arguments *a, lure_setting *out, size_t *n, lure_error *err);
/* Shows a run's progress on the lure_live (report/live.h) that is `data`. */
void lure_command_show_progress(void *data, const lure_progress *progress);
/* First INT or TERM asks the run to stop, the second kills. Remembers which signal it was. */
void lure_signals_catch(void (*cancel)(void));
extern char lure_command_line[4096]; /* as typed, for manifests */

#endif
