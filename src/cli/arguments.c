/* arguments.c: see arguments.h. */
#include "cli/arguments.h"

#include "report/terminal.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const lure_option *find_option(const lure_command *command, const char *name, size_t n)
{
    for (const lure_option *o = command->options; o->name; o++)
        if (strlen(o->name) == n && strncmp(o->name, name, n) == 0)
            return o;
    return NULL;
}

static lure_status refuse_option(const lure_command *command, const char *name, size_t n, lure_error *err)
{
    char word[64];
    const char *names[64];
    size_t n_names = 0;
    for (const lure_option *o = command->options; o->name && n_names < 63; o++)
        names[n_names++] = o->name;
    names[n_names++] = "help";
    snprintf(word, sizeof word, "%.*s", (int)n, name);
    const char *nearest = lure_text_nearest(word, names, n_names);
    return lure_fail(err, LURE_ERROR_USAGE, "lure %s: unknown option --%s%s%s%s; see 'lure %s --help'",
                     command->name, word, nearest ? "; did you mean --" : "", nearest ? nearest : "",
                     nearest ? "?" : "", command->name);
}

static lure_status read_option(const lure_command *command, int n, char **arguments, int *i,
                               lure_arguments *out, lure_error *err)
{
    const char *name = arguments[*i] + 2;
    size_t length = strcspn(name, "=");
    const lure_option *option = find_option(command, name, length);
    const char *value = name[length] == '=' ? name + length + 1 : NULL;
    if (!option)
        return refuse_option(command, name, length, err);
    if (!option->value && value)
        return lure_fail(err, LURE_ERROR_USAGE, "lure %s: --%s takes no value", command->name, option->name);
    if (option->value && !value) {
        if (*i + 1 >= n)
            return lure_fail(err, LURE_ERROR_USAGE, "lure %s: --%s needs a value: --%s %s", command->name,
                             option->name, option->name, option->value);
        value = arguments[++*i];
    }
    if (!option->repeats && lure_arguments_has(out, option->name))
        return lure_fail(err, LURE_ERROR_USAGE, "lure %s: --%s is given twice", command->name, option->name);
    out->given[out->n_given++] = (lure_given){option, value};
    return LURE_OK;
}

lure_status lure_arguments_read(const lure_command *command, int n, char **arguments, lure_arguments *out,
                                lure_error *err)
{
    bool only_positional = false;
    *out = (lure_arguments){0};
    if (n > LURE_MOST_ARGUMENTS)
        return lure_fail(err, LURE_ERROR_USAGE, "lure %s: more than %d arguments", command->name,
                         LURE_MOST_ARGUMENTS);
    for (int i = 0; i < n; i++) {
        const char *argument = arguments[i];
        if (!only_positional && strcmp(argument, "--") == 0) {
            only_positional = true;
        } else if (!only_positional && (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0)) {
            out->help = true;
            return LURE_OK;
        } else if (!only_positional && strncmp(argument, "--", 2) == 0) {
            lure_status status = read_option(command, n, arguments, &i, out, err);
            if (status != LURE_OK)
                return status;
        } else if (!only_positional && argument[0] == '-' && argument[1]) {
            return lure_fail(err, LURE_ERROR_USAGE,
                             "lure %s: unknown option %s; options are written in full, see 'lure %s --help'",
                             command->name, argument, command->name);
        } else {
            out->positional[out->n_positional++] = argument;
        }
    }
    if (out->n_positional < command->least)
        return lure_fail(err, LURE_ERROR_USAGE, "lure %s: expected %s; see 'lure %s --help'", command->name,
                         command->arguments, command->name);
    if (out->n_positional > command->most)
        return lure_fail(err, LURE_ERROR_USAGE,
                         "lure %s: '%s' is one argument too many; see 'lure %s --help'", command->name,
                         out->positional[command->most], command->name);
    return LURE_OK;
}

bool lure_arguments_has(const lure_arguments *a, const char *name)
{
    for (size_t i = 0; i < a->n_given; i++)
        if (strcmp(a->given[i].option->name, name) == 0)
            return true;
    return false;
}

const char *lure_arguments_value(const lure_arguments *a, const char *name)
{
    for (size_t i = a->n_given; i > 0; i--)
        if (strcmp(a->given[i - 1].option->name, name) == 0)
            return a->given[i - 1].value;
    return NULL;
}

lure_status lure_arguments_whole(const lure_arguments *a, const char *name, uint64_t low, uint64_t high,
                                 uint64_t *out, bool *given, lure_error *err)
{
    const char *text = lure_arguments_value(a, name);
    if (given)
        *given = text != NULL;
    if (!text)
        return LURE_OK;
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || value < low || value > high)
        return lure_fail(err, LURE_ERROR_USAGE, "--%s %s: expected a whole number from %llu to %llu", name,
                         text, (unsigned long long)low, (unsigned long long)high);
    *out = value;
    return LURE_OK;
}

lure_status lure_arguments_number(const lure_arguments *a, const char *name, double *out, bool *given,
                                  lure_error *err)
{
    const char *text = lure_arguments_value(a, name);
    if (given)
        *given = text != NULL;
    if (!text)
        return LURE_OK;
    char *end;
    const double value = strtod(text, &end);
    if (!*text || *end || strspn(text, " \t\n") || !isfinite(value))
        return lure_fail(err, LURE_ERROR_USAGE, "--%s %s: expected a number", name, text);
    *out = value;
    return LURE_OK;
}

void lure_command_help(const lure_command *command, bool colour, lure_text *out)
{
    lure_text_addf(out, "%s\n\nUsage: ", command->summary);
    lure_terminal_style(out, colour, LURE_STYLE_BOLD, "lure ");
    lure_terminal_style(out, colour, LURE_STYLE_BOLD, command->name);
    lure_text_addf(out, "%s%s [options]\n\nOptions:\n", *command->arguments ? " " : "", command->arguments);
    size_t width = strlen("--help");
    for (const lure_option *o = command->options; o->name; o++) {
        const size_t its = strlen("--") + strlen(o->name) + (o->value ? 1 + strlen(o->value) : 0);
        width = its > width ? its : width;
    }
    for (const lure_option *o = command->options; o->name; o++) {
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
        lure_text_addf(out, "  %-*s  %s%s\n", (int)width, left, o->help,
                       o->repeats ? " (may be repeated)" : "");
    }
    lure_text_addf(out, "  %-*s  %s\n\nExamples:\n", (int)width, "--help", "this text");
    for (const char *line = command->examples; *line;) {
        size_t n = strcspn(line, "\n");
        lure_text_addf(out, "  %.*s\n", (int)n, line);
        line += n + (line[n] == '\n');
    }
}
