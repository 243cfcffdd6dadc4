/* main.c: finds the command and runs it; what every command shares. */
#include "cli/command.h"

#include "base/version.h"
#include "math/kernel.h"
#include "report/terminal.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const lure_command *const commands[] = {
    &lure_command_run,   &lure_command_resume,  &lure_command_replay,  &lure_command_batch,
    &lure_command_ls,    &lure_command_show,    &lure_command_query,   &lure_command_export,
    &lure_command_eval,  &lure_command_compare, &lure_command_explain, &lure_command_trace,
    &lure_command_play,  &lure_command_check,   &lure_command_new,     &lure_command_test,
    &lure_command_doctor};
enum { N_COMMANDS = sizeof commands / sizeof *commands };

char lure_command_line[4096];

/* ---- exit codes and errors ---- */

static volatile sig_atomic_t caught;
static void (*volatile cancel_run)(void);

int lure_exit_code(lure_status status)
{
    switch (status) {
    case LURE_OK: return 0;
    case LURE_ERROR_USAGE: return 2;
    case LURE_ERROR_SCRIPT:
    case LURE_ERROR_TIME:
    case LURE_ERROR_WALL:
    case LURE_ERROR_MEMORY: return 3;
    case LURE_ERROR_STORE: return 4;
    case LURE_ERROR_CANCELLED: return 128 + (caught ? (int)caught : SIGINT);
    case LURE_ERROR_CRASHED: break;
    }
    return 1;
}

int lure_report_error(const lure_error *err)
{
    lure_text text;
    lure_text_init(&text);
    lure_terminal_style(&text, lure_terminal_colour(stderr), LURE_STYLE_BAD, "lure:");
    lure_text_addf(&text, " %s\n", err->text);
    fputs(text.data, stderr);
    lure_text_free(&text);
    return lure_exit_code(err->status);
}

/* ---- signals ---- */

static void on_signal(int number)
{
    if (caught) /* the second one: now */
        _exit(128 + number);
    caught = number;
    if (cancel_run)
        cancel_run();
}

void lure_signals_catch(void (*cancel)(void))
{
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    cancel_run = cancel;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

/* ---- what commands share ---- */

lure_status lure_setting_split(char *text, const char *option, const char *example, lure_setting *out,
                               lure_error *err)
{
    char *equals = strchr(text, '=');
    if (!equals || equals == text)
        return lure_fail(err, LURE_ERROR_USAGE, "--%s %s: expected key=value, like --%s %s", option, text,
                         option, example);
    *equals = '\0';
    *out = (lure_setting){text, equals + 1};
    return LURE_OK;
}

lure_status lure_command_settings(const lure_arguments *a, lure_setting *out, size_t *n, lure_error *err)
{
    for (size_t i = 0; i < a->n_given; i++) {
        if (strcmp(a->given[i].option->name, "set") != 0)
            continue;
        lure_status status =
            lure_setting_split((char *)a->given[i].value, "set", "learning_rate.rate=0.1", &out[(*n)++], err);
        if (status != LURE_OK)
            return status;
    }
    return LURE_OK;
}

static lure_status cut_input(char *text, lure_setting *out, size_t *n, lure_error *err)
{
    while (text) {
        int depth = 0;
        char quote = 0, *end = text;
        for (; *end && (depth > 0 || quote || *end != ','); end++) {
            if (quote)
                quote = *end == quote ? 0 : quote;
            else if (*end == '"' || *end == '\'')
                quote = *end;
            else
                depth += (*end == '{') - (*end == '}');
        }
        char *next = *end ? end + 1 : NULL;
        *end = '\0';
        if (*n == LURE_MOST_INPUT)
            return lure_fail(err, LURE_ERROR_USAGE, "--input: more than %d values", LURE_MOST_INPUT);
        lure_status status = lure_setting_split(text, "input", "hunger=0", &out[(*n)++], err);
        if (status != LURE_OK)
            return status;
        text = next;
    }
    return LURE_OK;
}

lure_status lure_command_input(const lure_arguments *a, lure_setting *out, size_t *n, lure_error *err)
{
    for (size_t i = 0; i < a->n_given; i++) {
        lure_status status = strcmp(a->given[i].option->name, "input") == 0
                                 ? cut_input((char *)a->given[i].value, out, n, err)
                                 : LURE_OK;
        if (status != LURE_OK)
            return status;
    }
    return LURE_OK;
}

int lure_command_print_help(const lure_command *command)
{
    lure_text text;
    lure_text_init(&text);
    lure_command_help(command, lure_terminal_colour(stdout), &text);
    fputs(text.data, stdout);
    lure_text_free(&text);
    return 0;
}

static int print_usage(FILE *stream)
{
    fputs("lure: reinforcement learning in Lua scripts on a C engine\n\nUsage: lure COMMAND "
          "[arguments]\n\nCommands:\n",
          stream);
    for (size_t i = 0; i < N_COMMANDS; i++) { /* of each its first sentence */
        const char *summary = commands[i]->summary, *end = strstr(summary, ". ");
        fprintf(stream, "  %-10s %.*s\n", commands[i]->name,
                (int)(end ? end + 1 - summary : (long)strlen(summary)), summary);
    }
    fputs(
        "\nEach has --help with examples. Start with: lure run fry_shacks\n"
        "Exit codes: 0 done; 1 it ran, but a run, check or test failed; 2 wrong usage; 3 a script's error or "
        "limit; 4 files; 130, 143 stopped.\n",
        stream);
    return stream == stdout ? 0 : 2;
}

static int refuse_command(const char *word)
{
    const char *names[N_COMMANDS + 1] = {0};
    lure_error err;
    for (size_t i = 0; i < N_COMMANDS; i++)
        names[i] = commands[i]->name;
    const char *nearest = lure_text_nearest(word, names, N_COMMANDS);
    lure_fail(&err, LURE_ERROR_USAGE, "unknown command '%s'%s%s%s; see 'lure --help'", word,
              nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
    return lure_report_error(&err);
}

/* The command line as it could be typed again: what a shell would read otherwise is quoted. */
static void remember_command_line(int n, char **words)
{
    lure_text line;
    lure_text_init(&line);
    lure_text_add(&line, "lure");
    for (int i = 1; i < n; i++) {
        lure_text_add(&line, " ");
        lure_text_add_quoted(&line, words[i]);
    }
    snprintf(lure_command_line, sizeof lure_command_line, "%s", line.data);
    lure_text_free(&line);
}

int main(int n, char **words)
{
    lure_error err;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file size limit becomes a write error with a message */
    remember_command_line(n, words);
    if (lure_cpu_path_init(&err) != LURE_OK)
        return lure_report_error(&err);
    if (n < 2)
        return print_usage(stderr);
    if (strcmp(words[1], "--help") == 0 || strcmp(words[1], "-h") == 0 || strcmp(words[1], "help") == 0)
        return print_usage(stdout);
    if (strcmp(words[1], "--version") == 0) {
        puts("lure " LURE_VERSION);
        return 0;
    }
    for (size_t i = 0; i < N_COMMANDS; i++) {
        if (strcmp(words[1], commands[i]->name) == 0) {
            int code = commands[i]->main(commands[i], n - 2, words + 2);
            if (fflush(stdout) != 0 || ferror(stdout)) { /* a full disk behind stdout is an error too */
                fputs("lure: cannot write the result to stdout\n", stderr);
                return code ? code : 4;
            }
            return code;
        }
    }
    return refuse_command(words[1]);
}
