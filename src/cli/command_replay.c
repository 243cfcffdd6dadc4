/* command_replay.c: lure replay. One line of verdict on stdout, or with --json one document; exit code 1 when it differs. */
#include "cli/command.h"

#include "cli/run_list.h"

#include "base/json.h"
#include "report/live.h"
#include "run/replay.h"

#include <stdio.h>

static int replay_main(const lure_command *command, int n, char **arguments);

static const lure_option options[] = {{"out", "DIR", "keep the new run there; else it is thrown away", false},
                                      {"json", NULL, "print one JSON document instead of text", false},
                                      {0}};

const lure_command lure_command_replay = {
    .name = "replay",
    .arguments = "RUN",
    .summary = "Do a run again, from its folder alone, and compare every byte of its numbers.",
    .options = options,
    .examples = "lure replay fry_shacks-seed1\n"
                "lure replay runs/fry_shacks-seed1 --json\n"
                "lure replay 2876797b\n"
                "lure replay runs/kinder --out runs/kinder_again",
    .least = 1,
    .most = 1,
    .main = replay_main};

static void print_json(const lure_replay_result *r, const char *out)
{
    lure_text text;
    lure_json json;
    lure_text_init(&text);
    lure_json_init(&json, &text);
    lure_json_begin_object(&json, NULL);
    lure_json_string(&json, "schema", "lure.replay/1");
    lure_json_string(&json, "run_id", r->run_id);
    lure_json_string(&json, "experiment", r->experiment);
    lure_json_integer(&json, "seed", (int64_t)r->seed);
    lure_json_string(&json, "directory", r->directory);
    lure_json_bool(&json, "identical", r->is_identical);
    lure_json_string(&json, "difference", *r->difference ? r->difference : NULL);
    lure_json_bool(&json, "complete", r->is_complete);
    lure_json_integer(&json, "rows", (int64_t)r->n_rows);
    lure_json_integer(&json, "parameters", (int64_t)r->n_parameters);
    lure_json_integer(&json, "switches", (int64_t)r->n_switches);
    lure_json_string(&json, "out", out);
    lure_json_end_object(&json);
    puts(text.data);
    lure_text_free(&text);
}

static void print_text(const lure_replay_result *r)
{
    char switches[64] = "";
    if (!r->is_identical) {
        printf("differs: %s\n", r->difference);
        return;
    }
    if (r->n_switches > 0)
        snprintf(switches, sizeof switches, ", %llu switch%s of scripts", (unsigned long long)r->n_switches,
                 r->n_switches == 1 ? "" : "es");
    if (r->is_complete)
        printf("identical: %llu rows, %llu parameters%s\n", (unsigned long long)r->n_rows,
               (unsigned long long)r->n_parameters, switches);
    else
        printf("identical: %llu rows%s (the run did not come to its end: its parameters are not compared)\n",
               (unsigned long long)r->n_rows, switches);
}

static int replay_main(const lure_command *command, int n, char **arguments)
{
    static lure_arguments a;
    lure_error err;
    lure_replay_result result;
    if (lure_arguments_read(command, n, arguments, &a, &err) != LURE_OK)
        return lure_report_error(&err);
    if (a.help)
        return lure_command_print_help(command);
    const char *name = a.positional[0];
    char found[LURE_PATH_SIZE];
    if (lure_run_list_resolve(&name, found, &err) != LURE_OK)
        return lure_report_error(&err);
    lure_live *live = lure_live_create(stderr, 2.0);
    const lure_replay_options o = {.run = name,
                                   .directory = lure_arguments_value(&a, "out"),
                                   .command = lure_command_line,
                                   .progress = live ? lure_command_show_progress : NULL,
                                   .progress_data = live,
                                   .stuck_exit_code = 3};
    lure_signals_catch(lure_run_cancel);
    lure_status status = lure_replay(&o, &result);
    lure_live_destroy(live);
    if (status != LURE_OK)
        return lure_report_error(&result.error);
    if (lure_arguments_has(&a, "json"))
        print_json(&result, o.directory);
    else
        print_text(&result);
    return result.is_identical ? 0 : 1;
}
