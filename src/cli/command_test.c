/* command_test.c: lure test. One line a file, what went wrong in it below, the sum last; with --json one document. What
   tests print goes to stdout as it comes; with --json to stderr, so that the document stands alone. */
#include "cli/command.h"

#include "base/clock.h"
#include "base/json.h"
#include "check/script_tests.h"
#include "report/terminal.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int test_main(const lure_command *command, int n, char **arguments);

enum { USUAL_SECONDS = 60, MOST_SECONDS = 1000000 };

static const lure_option options[] = {
    {"only", "TEXT", "only the tests whose file.name holds the text", false},
    {"seconds", "N", "how long one test may compute (60)", false},
    {"verbose", NULL, "name every test, also those that passed", false},
    {"json", NULL, "print one JSON document instead of text", false},
    {0}};

const lure_command lure_command_test = {
    .name = "test",
    .arguments = "[DIR|FILE|NAME...]",
    .summary =
        "Run your own tests of scripts (LuaUnit): every test_*.lua in tests/, or in what is named. 'lure "
        "new' makes a script with its test.",
    .options = options,
    .examples = "lure test\n"
                "lure test tests/test_windy.lua\n"
                "lure test windy --only same_seed\n"
                "lure test my_rewards --json",
    .least = 0,
    .most = LURE_MOST_ARGUMENTS,
    .main = test_main};

typedef struct tally {
    size_t n_of[LURE_N_TEST_ENDS], n_files;
    double began;
} tally;

static bool is_bad(const lure_test_result *r)
{
    return r->n_of[LURE_TEST_FAILED] + r->n_of[LURE_TEST_ERROR] > 0;
}

/* ---- text ---- */

static void add_lines(lure_text *text, const char *indent, const char *lines)
{
    for (const char *line = lines; *line;) {
        size_t n = strcspn(line, "\n");
        lure_text_addf(text, "%s%.*s\n", indent, (int)n, line);
        line += n + (line[n] == '\n');
    }
}

static void add_outcome(lure_text *text, const lure_test_outcome *o, bool verbose)
{
    bool bad = o->end == LURE_TEST_FAILED || o->end == LURE_TEST_ERROR;
    if (!bad && o->end != LURE_TEST_SKIPPED && !verbose)
        return;
    lure_text_addf(text, "      %s%s%s", *o->name ? o->name : "", *o->name ? ": " : "",
                   lure_test_end_name(o->end));
    if (o->end == LURE_TEST_SKIPPED)
        lure_text_addf(text, ": %s", o->message);
    if (verbose && *o->name)
        lure_text_addf(text, " (%.3f s)", o->seconds);
    lure_text_add(text, "\n");
    if (!bad)
        return;
    if (*o->place)
        lure_text_addf(text, "        %s:\n", o->place);
    add_lines(text, "        ", o->message);
    if (o->end == LURE_TEST_ERROR && *o->trace && strchr(o->trace, '\n'))
        add_lines(text, "          at ", o->trace);
}

static void print_file(const char *path, const lure_test_result *r, bool verbose)
{
    lure_text text;
    lure_text_init(&text);
    lure_terminal_style(&text, lure_terminal_colour(stdout), is_bad(r) ? LURE_STYLE_BAD : LURE_STYLE_GOOD,
                        is_bad(r) ? "FAIL " : "ok   ");
    lure_text_addf(&text, " %s (%zu test%s)\n", path, r->n, r->n == 1 ? "" : "s");
    for (size_t i = 0; i < r->n; i++)
        add_outcome(&text, &r->outcomes[i], verbose);
    fputs(text.data, stdout);
    fflush(stdout); /* each as it is done */
    lure_text_free(&text);
}

static void print_sum(const tally *t)
{
    size_t n_bad = t->n_of[LURE_TEST_FAILED] + t->n_of[LURE_TEST_ERROR];
    printf("%zu passed, %zu failed", t->n_of[LURE_TEST_PASSED], n_bad);
    if (t->n_of[LURE_TEST_SKIPPED])
        printf(", %zu skipped", t->n_of[LURE_TEST_SKIPPED]);
    printf(" (%.2f s)\n", lure_clock_seconds() - t->began);
}

/* ---- JSON ---- */

static void write_file(lure_json *json, const char *path, const lure_test_result *r)
{
    lure_json_begin_object(json, NULL);
    lure_json_string(json, "path", path);
    lure_json_bool(json, "ok", !is_bad(r));
    lure_json_begin_array(json, "tests");
    for (size_t i = 0; i < r->n; i++) {
        const lure_test_outcome *o = &r->outcomes[i];
        lure_json_begin_object(json, NULL);
        lure_json_string(json, "name", o->name);
        lure_json_string(json, "outcome", lure_test_end_name(o->end));
        lure_json_number(json, "seconds", o->seconds);
        if (*o->place)
            lure_json_string(json, "place", o->place);
        if (*o->message)
            lure_json_string(json, "message", o->message);
        if (*o->trace)
            lure_json_string(json, "trace", o->trace);
        lure_json_end_object(json);
    }
    lure_json_end_array(json);
    lure_json_end_object(json);
}

/* ---- the command ---- */

typedef struct test_request {
    const char *only;
    double seconds;
    bool verbose, as_json;
    lure_json json;
} test_request;

static lure_status test_file(test_request *request, const char *path, tally *t, lure_error *err)
{
    lure_test_result result;
    lure_status status = lure_test_run(path, request->only, request->seconds, &result, err);
    if (status == LURE_OK && result.n > 0) { /* a file in which nothing was chosen is not worth a line */
        for (int end = 0; end < LURE_N_TEST_ENDS; end++)
            t->n_of[end] += result.n_of[end];
        t->n_files++;
        if (request->as_json)
            write_file(&request->json, path, &result);
        else
            print_file(path, &result, request->verbose);
    }
    lure_test_result_free(&result);
    return status;
}

static int finish(test_request *request, const tally *t, const char *where, const lure_text *document)
{
    size_t n_bad = t->n_of[LURE_TEST_FAILED] + t->n_of[LURE_TEST_ERROR];
    bool ok = n_bad == 0 && t->n_files > 0;
    if (request->as_json) {
        lure_json *json = &request->json;
        lure_json_end_array(json);
        for (int end = 0; end < LURE_N_TEST_ENDS; end++)
            lure_json_integer(json, lure_test_end_name((lure_test_end)end), (int64_t)t->n_of[end]);
        lure_json_bool(json, "ok", ok);
        lure_json_end_object(json);
        puts(document->data);
    } else if (t->n_files > 0) {
        print_sum(t);
    }
    if (t->n_files == 0 && request->only)
        fprintf(stderr, "lure: no test ran: the name of none holds '%s'\n", request->only);
    else if (t->n_files == 0)
        fprintf(stderr,
                "lure: no test ran: there is no test_*.lua in %s; 'lure new' makes a script with its test\n",
                where);
    return !ok;
}

static int test_all(test_request *request, const lure_test_files *files, const char *where)
{
    lure_text document;
    lure_error err;
    lure_status status = LURE_OK;
    tally t = {.began = lure_clock_seconds()};
    int out = -1;
    lure_text_init(&document);
    if (request->as_json) {
        lure_json_init(&request->json, &document);
        lure_json_begin_object(&request->json, NULL);
        lure_json_string(&request->json, "schema", "lure.test/1");
        lure_json_begin_array(&request->json, "files");
        out = dup(STDOUT_FILENO);
        dup2(STDERR_FILENO, STDOUT_FILENO);
    }
    for (size_t i = 0; i < files->n && status == LURE_OK; i++)
        status = test_file(request, files->paths[i], &t, &err);
    if (out >= 0) {
        fflush(stdout);
        dup2(out, STDOUT_FILENO);
        close(out);
    }
    int code = status == LURE_OK ? finish(request, &t, where, &document) : lure_report_error(&err);
    lure_text_free(&document);
    return code;
}

static int test_main(const lure_command *command, int n, char **arguments)
{
    static lure_arguments a;
    lure_error err;
    uint64_t seconds = USUAL_SECONDS;
    if (lure_arguments_read(command, n, arguments, &a, &err) != LURE_OK)
        return lure_report_error(&err);
    if (a.help)
        return lure_command_print_help(command);
    if (lure_arguments_whole(&a, "seconds", 1, MOST_SECONDS, &seconds, NULL, &err) != LURE_OK)
        return lure_report_error(&err);
    test_request request = {.only = lure_arguments_value(&a, "only"),
                            .seconds = (double)seconds,
                            .verbose = lure_arguments_has(&a, "verbose"),
                            .as_json = lure_arguments_has(&a, "json")};
    lure_test_files files = {0};
    int code = 0;
    for (size_t i = 0; code == 0 && i < (a.n_positional ? a.n_positional : 1); i++)
        if (lure_test_files_add(&files, a.n_positional ? a.positional[i] : NULL, &err) != LURE_OK)
            code = lure_report_error(&err);
    lure_signals_catch(lure_test_cancel);
    if (code == 0)
        code = test_all(&request, &files,
                        a.n_positional ? a.positional[0] : "tests/ (or, where that is not, here)");
    lure_test_files_free(&files);
    return code;
}
