/* command_check.c: lure check, and lure check gradient. One line a script, what was measured and found in it below;
   with --json one document. */
#include "cli/command.h"
#include "cli/gradient_report.h"

#include "base/json.h"
#include "report/terminal.h"
#include "check/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int check_main(const lure_command *command, int n, char **arguments);

static const lure_option options[] = {
    {"role", "ROLE", "what the scripts are, where no folder tells: environment, reward, ...", false},
    {"environment", "NAME", "the world to try a reward or a schedule in", false},
    {"schedule", "NAME", "the schedule that feeds the world", false},
    {"set", "OPTION=VALUE", "gradient: an option of the algorithm; may be repeated", true},
    {"problem", "NAME", "gradient: only in bandit, tree or walk", false},
    {"seconds", "N", "how long the check of one script may take (120)", false},
    {"json", NULL, "print one JSON document instead of text", false},
    {0}};

const lure_command lure_command_check = {
    .name = "check",
    .arguments = "[gradient|account] PATH|NAME...",
    .summary =
        "Check scripts against what their role promises: load, run, repeat, compare. 'lure check gradient' "
        "holds what an algorithm steps against to the exact gradient of the expected return. 'lure check "
        "account' "
        "prints what a script does, a line a step, call or parameter: two machines agree when these do.",
    .options = options,
    .examples = "lure check environments/windy.lua\n"
                "lure check environments scripts\n"
                "lure check right_portion\n"
                "lure check rewards/kinder.lua --environment fry_shacks\n"
                "lure check draft.lua --role schedule --json\n"
                "lure check gradient reinforce --set baseline=none\n"
                "lure check account environments/windy.lua",
    .least = 1,
    .most = LURE_MOST_ARGUMENTS,
    .main = check_main};

/* ---- text ---- */

/* What was found may have lines of its own: the calls that led there. */
static void add_indented(lure_text *text, const char *mark, const char *finding)
{
    lure_text_addf(text, "      %s", mark);
    for (const char *line = finding; *line;) {
        size_t n = strcspn(line, "\n");
        lure_text_addf(text, "%s%.*s\n", line == finding ? "" : "      ", (int)n, line);
        line += n + (line[n] == '\n');
    }
}

/* ", 250 ns a step, reward -1 .. 1" */
static void add_measures(lure_text *text, const lure_check_result *r)
{
    static const struct {
        const char *name, *of;
    } speeds[] = {{"step_seconds", "a step"}, {"call_seconds", "a call"}, {"update_seconds", "an update"}};
    static const struct {
        const char *low, *high, *of;
    } ranges[] = {{"reward_low", "reward_high", "reward"}, {"rate_low", "rate_high", "rate"}};
    for (size_t i = 0; i < 3; i++) {
        double seconds = lure_check_measured(r, speeds[i].name);
        if (isfinite(seconds) && seconds < 1e-5)
            lure_text_addf(text, ", %.0f ns %s", seconds * 1e9, speeds[i].of);
        else if (isfinite(seconds))
            lure_text_addf(text, ", %.*f %s %s", seconds < 1e-2 ? 0 : 1,
                           seconds * (seconds < 1e-2 ? 1e6 : 1e3), seconds < 1e-2 ? "us" : "ms",
                           speeds[i].of);
    }
    for (size_t i = 0; i < 2; i++) {
        double low = lure_check_measured(r, ranges[i].low), high = lure_check_measured(r, ranges[i].high);
        if (isfinite(low) && isfinite(high))
            lure_text_addf(text, ", %s %.4g .. %.4g", ranges[i].of, low + 0.0, high + 0.0);
    }
}

static void print_result(const lure_check_target *target, const lure_check_result *r, bool colour)
{
    lure_text text;
    bool ok = r->n_findings == 0;
    lure_text_init(&text);
    lure_terminal_style(&text, colour, ok ? LURE_STYLE_GOOD : LURE_STYLE_BAD, ok ? "ok   " : "FAIL ");
    lure_text_addf(&text, " %s (%s%s", target->path, r->gradient ? "the gradient of an " : "", target->role);
    add_measures(&text, r);
    lure_text_add(&text, ")\n");
    if (r->gradient)
        lure_gradient_report_text(r->gradient, colour, &text);
    for (size_t i = 0; i < r->n_findings; i++)
        add_indented(&text, r->gradient ? "found: " : "", r->findings[i]);
    for (size_t i = 0; i < r->n_notes; i++)
        add_indented(&text, "note: ", r->notes[i]);
    fputs(text.data, stdout);
    fflush(stdout); /* one line as each is done */
    lure_text_free(&text);
}

/* ---- JSON ---- */

/* "file:12: text" in parts; without a place the text alone. */
static void write_finding(lure_json *json, const char *finding)
{
    const char *colon = strchr(finding, ':');
    char *end = NULL;
    long line = colon ? strtol(colon + 1, &end, 10) : 0;
    lure_json_begin_object(json, NULL);
    if (line > 0 && end && end[0] == ':' && end[1] == ' ') {
        lure_text file;
        lure_text_init(&file);
        lure_text_add_bytes(&file, finding, (size_t)(colon - finding));
        lure_json_string(json, "file", file.data);
        lure_text_free(&file);
        lure_json_integer(json, "line", line);
        finding = end + 2;
    }
    lure_json_string(json, "text", finding);
    lure_json_end_object(json);
}

static void write_result(lure_json *json, const lure_check_target *target, const lure_check_result *r)
{
    lure_json_begin_object(json, NULL);
    lure_json_string(json, "path", target->path);
    lure_json_string(json, "role", target->role);
    lure_json_bool(json, "ok", r->n_findings == 0);
    for (size_t i = 0; i < r->n_measures; i++)
        lure_json_number(json, r->measures[i].name, r->measures[i].value);
    lure_json_begin_array(json, "findings");
    for (size_t i = 0; i < r->n_findings; i++)
        write_finding(json, r->findings[i]);
    lure_json_end_array(json);
    lure_json_begin_array(json, "notes");
    for (size_t i = 0; i < r->n_notes; i++)
        write_finding(json, r->notes[i]);
    lure_json_end_array(json);
    if (r->gradient)
        lure_gradient_report_json(r->gradient, json);
    lure_json_end_object(json);
}

/* ---- the command ---- */

static lure_status check_one(const lure_check_options *shared, const lure_check_target *target,
                             lure_json *json, bool colour, bool *ok, lure_error *err)
{
    lure_check_result result;
    lure_check_options check = *shared;
    check.path = target->path;
    check.role = target->role;
    lure_status status = lure_check(&check, &result, err);
    *ok = status == LURE_OK && result.n_findings == 0;
    if (status == LURE_OK && json)
        write_result(json, target, &result);
    else if (status == LURE_OK)
        print_result(target, &result, colour);
    lure_check_result_free(&result);
    return status;
}

static int check_all(const lure_check_options *shared, const lure_check_targets *targets, bool as_json)
{
    lure_error err;
    lure_text document;
    lure_json json;
    lure_status status = LURE_OK;
    bool colour = lure_terminal_colour(stdout);
    size_t n_bad = 0;
    lure_text_init(&document);
    lure_json_init(&json, &document);
    lure_json_begin_object(&json, NULL);
    lure_json_string(&json, "schema", "lure.check/1");
    lure_json_begin_array(&json, "scripts");
    for (size_t i = 0; i < targets->n && status == LURE_OK; i++) {
        bool ok;
        status = check_one(shared, &targets->items[i], as_json ? &json : NULL, colour, &ok, &err);
        n_bad += !ok;
    }
    lure_json_end_array(&json);
    lure_json_bool(&json, "ok", n_bad == 0);
    lure_json_end_object(&json);
    if (status == LURE_OK && as_json)
        puts(document.data);
    else if (status == LURE_OK && targets->n > 1)
        printf("%zu scripts: %zu ok, %zu with findings\n", targets->n, targets->n - n_bad, n_bad);
    lure_text_free(&document);
    return status != LURE_OK ? lure_report_error(&err) : n_bad > 0;
}

/* What `lure check` compares with, and anybody else may. What was found comes last. */
static int print_accounts(const lure_check_options *shared, const lure_check_targets *targets)
{
    lure_error err;
    int code = 0;
    for (size_t i = 0; i < targets->n; i++) {
        lure_text text;
        lure_check_options check = *shared;
        check.path = targets->items[i].path;
        check.role = targets->items[i].role;
        lure_text_init(&text);
        if (lure_check_account(&check, &text, &err) != LURE_OK) {
            lure_text_addf(&text, "error: %.*s\n", (int)strcspn(err.text, "\n"), err.text);
            code = 1;
        }
        fputs(text.data, stdout);
        lure_text_free(&text);
    }
    return code;
}

/* `lure check gradient SCRIPT...`: the word is taken off. What belongs to the other kind of check is refused. */
static lure_status read_kind(lure_arguments *a, lure_check_options *check, lure_error *err)
{
    static lure_setting settings[LURE_MOST_ARGUMENTS];
    static const char *const of_contract[] = {"role", "environment", "schedule"}, *const of_gradient[] = {
                                                                                      "set", "problem"};
    check->gradient = strcmp(a->positional[0], "gradient") == 0;
    if (check->gradient && a->n_positional == 1)
        return lure_fail(err, LURE_ERROR_USAGE,
                         "check gradient: expected an algorithm, like lure check gradient reinforce");
    for (size_t i = 0; check->gradient && i < 3; i++)
        if (lure_arguments_has(a, of_contract[i]))
            return lure_fail(err, LURE_ERROR_USAGE,
                             "check gradient: --%s says nothing here; it takes algorithms", of_contract[i]);
    for (size_t i = 0; !check->gradient && i < 2; i++)
        if (lure_arguments_has(a, of_gradient[i]))
            return lure_fail(err, LURE_ERROR_USAGE, "check: --%s is for lure check gradient ALGORITHM",
                             of_gradient[i]);
    if (!check->gradient)
        return LURE_OK;
    memmove(a->positional, a->positional + 1, --a->n_positional * sizeof *a->positional);
    check->settings = settings;
    check->problem = lure_arguments_value(a, "problem");
    if (check->problem && !lure_gradient_has_problem(check->problem))
        return lure_fail(err, LURE_ERROR_USAGE,
                         "--problem %s: there is no such problem; bandit, tree and walk are", check->problem);
    return lure_command_settings(a, settings, &check->n_settings, err);
}

static int check_main(const lure_command *command, int n, char **arguments)
{
    static lure_arguments a;
    lure_error err;
    if (lure_arguments_read(command, n, arguments, &a, &err) != LURE_OK)
        return lure_report_error(&err);
    if (a.help)
        return lure_command_print_help(command);
    lure_check_options check = {.environment = lure_arguments_value(&a, "environment"),
                                .schedule = lure_arguments_value(&a, "schedule")};
    if (read_kind(&a, &check, &err) != LURE_OK)
        return lure_report_error(&err);
    uint64_t seconds = 0;
    if (lure_arguments_whole(&a, "seconds", 1, 1000000, &seconds, NULL, &err) != LURE_OK)
        return lure_report_error(&err);
    check.seconds = (double)seconds;
    bool is_account = strcmp(a.positional[0], "account") == 0 && a.n_positional > 1;
    if (is_account)
        memmove(a.positional, a.positional + 1, --a.n_positional * sizeof *a.positional);
    else
        check.program = "/proc/self/exe";
    const char *role = check.gradient ? "algorithm" : lure_arguments_value(&a, "role");
    lure_check_targets targets = {0};
    int code = 0;
    for (size_t i = 0; i < a.n_positional && code == 0; i++)
        if (lure_check_targets_add(&targets, a.positional[i], role, &err) != LURE_OK)
            code = lure_report_error(&err);
    if (code == 0 && is_account)
        code = print_accounts(&check, &targets);
    else if (code == 0)
        code = check_all(&check, &targets, lure_arguments_has(&a, "json"));
    lure_check_targets_free(&targets);
    return code;
}
