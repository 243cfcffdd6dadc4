/* command_doctor.c: lure doctor. What the engine says of itself (run/doctor.h), and the terminal. */
#include "cli/command.h"

#include "base/json.h"
#include "report/terminal.h"
#include "check/doctor.h"

#include <stdio.h>

static int doctor_main(const lure_command *command, int n, char **arguments);

static const lure_option options[] = {{"json", NULL, "print one JSON document instead of text", false}, {0}};

const lure_command lure_command_doctor = {
    .name = "doctor",
    .arguments = "",
    .summary = "Say what lure has found on this machine, and whether it works.",
    .options = options,
    .examples = "lure doctor\n"
                "lure doctor --json",
    .least = 0,
    .most = 0,
    .main = doctor_main};

static lure_symptom examine_terminal(void)
{
    lure_symptom s = {.name = "terminal"};
    if (lure_terminal_is_live(stdout))
        snprintf(s.value, sizeof s.value, "%s, %s, %d columns",
                 lure_terminal_colour(stdout) ? "colour" : "no colour",
                 lure_terminal_utf8() ? "UTF-8" : "plots in ASCII (the locale is not UTF-8)",
                 lure_terminal_width(stdout));
    else
        snprintf(s.value, sizeof s.value, "none: output goes to a file or a pipe, plain%s",
                 lure_terminal_utf8() ? " (the locale is UTF-8)" : "");
    return s;
}

static void print_text(const lure_symptom *symptoms, size_t n, size_t n_bad)
{
    bool colour = lure_terminal_colour(stdout);
    lure_text text;
    lure_text_init(&text);
    for (size_t i = 0; i < n; i++) {
        const lure_symptom *s = &symptoms[i];
        lure_terminal_style(&text, colour, *s->advice ? LURE_STYLE_BAD : LURE_STYLE_GOOD,
                            *s->advice ? "look  " : "ok    ");
        lure_text_addf(&text, "%-20s ", s->name);
        lure_display_add(&text, s->value);
        if (*s->advice)
            lure_text_addf(&text, "\n%27s%s", "", s->advice);
        lure_text_add(&text, "\n");
    }
    lure_text_addf(&text, "%s\n", n_bad ? "something needs attention" : "all is usable");
    fputs(text.data, stdout);
    lure_text_free(&text);
}

static void print_json(const lure_symptom *symptoms, size_t n, size_t n_bad)
{
    lure_text text;
    lure_json json;
    lure_text_init(&text);
    lure_json_init(&json, &text);
    lure_json_begin_object(&json, NULL);
    lure_json_string(&json, "schema", "lure.doctor/1");
    lure_json_bool(&json, "ok", n_bad == 0);
    lure_json_begin_array(&json, "symptoms");
    for (size_t i = 0; i < n; i++) {
        lure_json_begin_object(&json, NULL);
        lure_json_string(&json, "name", symptoms[i].name);
        lure_json_string(&json, "value", symptoms[i].value);
        lure_json_bool(&json, "ok", !*symptoms[i].advice);
        if (*symptoms[i].advice)
            lure_json_string(&json, "advice", symptoms[i].advice);
        lure_json_end_object(&json);
    }
    lure_json_end_array(&json);
    lure_json_end_object(&json);
    puts(text.data);
    lure_text_free(&text);
}

static int doctor_main(const lure_command *command, int n_words, char **arguments)
{
    static lure_arguments a;
    static lure_symptom symptoms[LURE_MOST_SYMPTOMS + 1];
    lure_error err;
    if (lure_arguments_read(command, n_words, arguments, &a, &err) != LURE_OK)
        return lure_report_error(&err);
    if (a.help)
        return lure_command_print_help(command);
    size_t n = lure_doctor_examine(symptoms), n_bad = 0;
    symptoms[n++] = examine_terminal();
    for (size_t i = 0; i < n; i++)
        n_bad += *symptoms[i].advice != '\0';
    if (lure_arguments_has(&a, "json"))
        print_json(symptoms, n, n_bad);
    else
        print_text(symptoms, n, n_bad);
    return n_bad > 0;
}
