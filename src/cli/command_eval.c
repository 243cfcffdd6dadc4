/* command_eval.c: lure eval. The numbers on stdout, or with --json one document; with --render an episode is drawn before. */
#include "cli/command.h"

#include "cli/run_list.h"

#include "base/clock.h"
#include "base/json.h"
#include "cli/stage_options.h"
#include "learn/space_text.h"
#include "report/console.h"
#include "report/live.h"
#include "report/statistics.h"
#include "report/terminal.h"
#include "run/eval.h"
#include "run/stop.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int eval_main(const lure_command *command, int n, char **arguments);

static const lure_option options[] = {
    {"episodes", "N", "how many (default 100)", false},
    {"seed", "S", "of the evaluation's own chance (default: the run's seed)", false},
    {"sampled", NULL, "draw the actions; else the likeliest are taken", false},
    {"best", NULL, "the best policy that the run met (best.safetensors), not its last", false},
    {"min-score", "X", "exit with 1 if the mean return is below", false},
    {"render", NULL, "draw the first episode, too", false},
    {"set", "KEY=VALUE", "change environment, reward, schedule or max_steps: --set environment.gravity=5",
     true},
    {"json", NULL, "print one JSON document instead of text", false},
    {0}};

const lure_command lure_command_eval = {
    .name = "eval",
    .arguments = "RUN",
    .summary = "Let a run's policy live whole episodes, learning nothing, and tell what they are worth.",
    .options = options,
    .examples = "lure eval cartpole_reinforce-seed1\n"
                "lure eval runs/cartpole_reinforce-seed1 --episodes 1000 --seed 7 --sampled\n"
                "lure eval runs/cartpole_reinforce-seed1 --set environment.gravity=12 --min-score 400\n"
                "lure eval 2876797b --render",
    .least = 1,
    .most = 1,
    .main = eval_main};

/* ---- drawing the first episode ---- */

typedef struct watcher {
    bool on_console, colour;
    lure_text screen;
} watcher;

static void add_pictured(char *picture, lure_text *out)
{
    for (char *line = picture; *line;) {
        size_t n = strcspn(line, "\n");
        char *next = line[n] ? line + n + 1 : line + n;
        line[n] = '\0';
        lure_text_add(out, "  ");
        lure_display_add(out, line);
        lure_text_add(out, "\n");
        line = next;
    }
}

static void add_observed(const lure_evaluation_frame *f, lure_text *out)
{
    enum { MOST = 12 };
    for (size_t i = 0; i < f->space->n_parts && i < MOST; i++) {
        char number[32];
        lure_value_text(f->observation[i], number);
        lure_text_add(out, i ? ", " : "  ");
        lure_display_add(out, lure_stage_observed_name(f->space, i));
        lure_text_addf(out, " = %s", number);
    }
    lure_text_add(out, f->space->n_parts > MOST ? ", ...\n" : f->space->n_parts ? "\n" : "");
}

static void add_acted(const lure_evaluation_frame *f, lure_text *out)
{
    char number[32];
    lure_text action;
    lure_text_init(&action);
    lure_space_write(f->actions, f->action, &action);
    lure_text_add(out, ", ");
    lure_display_add(out, action.data);
    lure_value_text(f->reward, number);
    lure_text_addf(out, ": reward %s", number);
    lure_value_text(f->episode_return, number);
    lure_text_addf(out, ", return %s%s", number,
                   f->terminated  ? ", terminated"
                   : f->truncated ? ", truncated"
                                  : "");
    lure_text_free(&action);
}

/* Signals come all the time: the sandbox's clock. */
static void wait_seconds(double seconds)
{
    const double until = lure_clock_seconds() + seconds;
    for (double left = seconds; left > 0 && !lure_stop_asked(); left = until - lure_clock_seconds()) {
        struct timespec time = {(time_t)left, (long)((left - floor(left)) * 1e9)};
        nanosleep(&time, NULL);
    }
}

static void show_frame(void *data, const lure_evaluation_frame *f)
{
    static const double frame_seconds = 0.04, last_seconds = 1.0;
    watcher *w = data;
    char title[64];
    lure_text_clear(&w->screen);
    snprintf(title, sizeof title, "step %llu", (unsigned long long)f->step);
    lure_terminal_style(&w->screen, w->colour, LURE_STYLE_BOLD, title);
    if (f->action)
        add_acted(f, &w->screen);
    lure_text_add(&w->screen, "\n");
    char *picture = f->drawing ? strdup(f->drawing) : NULL;
    if (picture)
        add_pictured(picture, &w->screen);
    else
        add_observed(f, &w->screen);
    free(picture);
    if (!w->on_console) {
        fputs(w->screen.data, stdout);
        return;
    }
    lure_console_draw(w->screen.data);
    wait_seconds(f->terminated || f->truncated ? last_seconds : frame_seconds);
    if (f->terminated || f->truncated)
        lure_console_close();
}

static void cancel(void) /* of a signal */
{
    lure_console_close();
    lure_stop();
}

/* ---- numbers ---- */

/* Of the returns, or the lengths. */
typedef struct summary {
    lure_interval interval;
    double minimum, median, maximum;
} summary;

static lure_status summarise(const lure_eval_result *r, bool lengths, summary *out, lure_error *err)
{
    double *values = malloc((r->n + 1) * sizeof *values);
    if (!values)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory for %zu episodes", r->n);
    for (size_t i = 0; i < r->n; i++)
        values[i] = lengths ? (double)r->episodes[i].length : r->episodes[i].episode_return;
    out->interval = lure_statistics_interval(values, r->n);
    lure_statistics_sort(values, r->n);
    out->minimum = lure_statistics_quantile(values, r->n, 0);
    out->median = lure_statistics_quantile(values, r->n, 0.5);
    out->maximum = lure_statistics_quantile(values, r->n, 1);
    free(values);
    return LURE_OK;
}

static size_t count_terminated(const lure_eval_result *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n; i++)
        n += r->episodes[i].terminated;
    return n;
}

typedef struct verdict {
    const lure_eval_options *options;
    const lure_eval_result *result;
    summary returns, lengths;
    bool has_minimum, passed;
    double minimum; /* --min-score */
} verdict;

static void add_line(lure_text *text, bool colour, const char *name, const char *value)
{
    char left[96];
    snprintf(left, sizeof left, "  %-20s ", name);
    lure_terminal_style(text, colour, LURE_STYLE_DIM, left);
    lure_text_addf(text, "%s\n", value);
}

static void add_summary(lure_text *text, bool colour, const char *name, const summary *s)
{
    char a[32], b[32], c[32], line[200];
    lure_value_text(s->interval.mean, a);
    lure_value_text(s->interval.deviation, b);
    if (s->interval.n < 2)
        snprintf(line, sizeof line, "%s", a);
    else
        snprintf(line, sizeof line, "mean %s, standard deviation %s", a, b);
    add_line(text, colour, name, line);
    if (s->interval.n < 2)
        return;
    lure_value_text(s->interval.low, a);
    lure_value_text(s->interval.high, b);
    snprintf(line, sizeof line, "95 %% interval of the mean %s to %s (Student's t)", a, b);
    add_line(text, colour, "", line);
    lure_value_text(s->minimum, a);
    lure_value_text(s->median, b);
    lure_value_text(s->maximum, c);
    snprintf(line, sizeof line, "minimum %s, median %s, maximum %s", a, b, c);
    add_line(text, colour, "", line);
}

static void add_lengths(lure_text *text, bool colour, const summary *s)
{
    char a[32], b[32], c[32], line[200];
    lure_value_text(s->interval.mean, a);
    lure_value_text(s->minimum, b);
    lure_value_text(s->maximum, c);
    snprintf(line, sizeof line, s->interval.n < 2 ? "%s" : "mean %s, minimum %s, maximum %s", a, b, c);
    add_line(text, colour, "length", line);
}

static void print_text(const verdict *v)
{
    const lure_eval_result *r = v->result;
    bool colour = lure_terminal_colour(stdout);
    char title[160], value[32], line[256], seconds[32];
    lure_text text;
    lure_text_init(&text);
    snprintf(title, sizeof title, "%s, seed %llu", r->experiment, (unsigned long long)r->run_seed);
    lure_terminal_style(&text, colour, LURE_STYLE_BOLD, title);
    lure_text_addf(&text, "  (run %s)\n", r->run_id);
    snprintf(line, sizeof line, "%s after %llu updates, %s", r->checkpoint, (unsigned long long)r->updates,
             v->options->sampled ? "actions drawn" : "the likeliest actions");
    add_line(&text, colour, "policy", line);
    lure_duration_text(r->seconds, seconds);
    lure_value_text((double)r->steps, value);
    snprintf(line, sizeof line, "%zu of seed %llu, %s steps in %s", r->n, (unsigned long long)r->seed, value,
             seconds);
    add_line(&text, colour, "episodes", line);
    add_summary(&text, colour, "return", &v->returns);
    add_lengths(&text, colour, &v->lengths);
    snprintf(line, sizeof line, "%zu terminated, %zu truncated by the time limit", count_terminated(r),
             r->n - count_terminated(r));
    add_line(&text, colour, "ended", line);
    for (size_t i = 0; i < r->n_terms; i++) {
        char name[80];
        snprintf(name, sizeof name, "term %s", r->terms[i].name);
        lure_value_text(r->terms[i].mean, value);
        snprintf(line, sizeof line, "%s an episode", value);
        add_line(&text, colour, name, line);
    }
    if (v->has_minimum) {
        lure_value_text(v->minimum, value);
        snprintf(line, sizeof line, "%s: the mean return is %s", value, v->passed ? "as high" : "below");
        add_line(&text, colour, "min-score", line);
    }
    fputs(text.data, stdout);
    lure_text_free(&text);
}

static void write_summary(lure_json *json, const char *key, const summary *s)
{
    lure_json_begin_object(json, key);
    lure_json_number(json, "mean", s->interval.mean);
    lure_json_number(json, "deviation", s->interval.deviation);
    lure_json_number(json, "low", s->interval.low);
    lure_json_number(json, "high", s->interval.high);
    lure_json_number(json, "minimum", s->minimum);
    lure_json_number(json, "median", s->median);
    lure_json_number(json, "maximum", s->maximum);
    lure_json_end_object(json);
}

static lure_status write_episodes(lure_json *json, const lure_eval_result *r, lure_error *err)
{
    double *values = malloc((r->n + 1) * sizeof *values);
    if (!values)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory for %zu episodes", r->n);
    for (size_t i = 0; i < r->n; i++)
        values[i] = r->episodes[i].episode_return;
    lure_json_numbers(json, "returns", values, r->n);
    for (size_t i = 0; i < r->n; i++)
        values[i] = (double)r->episodes[i].length;
    lure_json_numbers(json, "lengths", values, r->n);
    free(values);
    return LURE_OK;
}

static lure_status print_json(const verdict *v, lure_error *err)
{
    const lure_eval_result *r = v->result;
    lure_json json;
    lure_text text;
    lure_text_init(&text);
    lure_json_init(&json, &text);
    lure_json_begin_object(&json, NULL);
    lure_json_string(&json, "schema", "lure.eval/1");
    lure_json_string(&json, "run_id", r->run_id);
    lure_json_string(&json, "experiment", r->experiment);
    lure_json_string(&json, "directory", r->directory);
    lure_json_integer(&json, "run_seed", (int64_t)r->run_seed);
    lure_json_string(&json, "checkpoint", r->checkpoint);
    lure_json_integer(&json, "updates", (int64_t)r->updates);
    lure_json_bool(&json, "deterministic", !v->options->sampled);
    lure_json_integer(&json, "seed", (int64_t)r->seed);
    lure_json_integer(&json, "episodes", (int64_t)r->n);
    lure_json_integer(&json, "steps", (int64_t)r->steps);
    lure_json_number(&json, "seconds", r->seconds);
    write_summary(&json, "episodic_return", &v->returns);
    write_summary(&json, "episodic_length", &v->lengths);
    lure_json_string(&json, "interval", "95 % of the mean, Student's t over the episodes");
    lure_json_integer(&json, "terminated", (int64_t)count_terminated(r));
    lure_json_integer(&json, "truncated", (int64_t)(r->n - count_terminated(r)));
    lure_json_begin_object(&json, "reward_terms");
    for (size_t i = 0; i < r->n_terms; i++)
        lure_json_number(&json, r->terms[i].name, r->terms[i].mean);
    lure_json_end_object(&json);
    lure_status status = write_episodes(&json, r, err);
    if (v->has_minimum) {
        lure_json_number(&json, "min_score", v->minimum);
        lure_json_bool(&json, "passed", v->passed);
    }
    lure_json_begin_array(&json, "notes");
    for (const char *line = r->notes.data; *line;) {
        size_t n = strcspn(line, "\n");
        char note[1024];
        snprintf(note, sizeof note, "%.*s", (int)n, line);
        lure_json_string(&json, NULL, note);
        line += n + (line[n] == '\n');
    }
    lure_json_end_array(&json);
    lure_json_end_object(&json);
    lure_text_add(&text, "\n");
    if (status == LURE_OK && text.failed)
        status = lure_fail(err, LURE_ERROR_MEMORY, "no memory for the document");
    if (status == LURE_OK)
        fputs(text.data, stdout);
    lure_text_free(&text);
    return status;
}

/* ---- the command ---- */

static lure_status read_options(const lure_arguments *a, lure_eval_options *o, verdict *v, lure_error *err)
{
    static lure_setting settings[LURE_MOST_ARGUMENTS];
    enum { MOST_EPISODES = 100000000 };
    *o = (lure_eval_options){.run = a->positional[0],
                             .settings = settings,
                             .episodes = 100,
                             .sampled = lure_arguments_has(a, "sampled"),
                             .best = lure_arguments_has(a, "best"),
                             .stuck_exit_code = 3};
    lure_status status = lure_command_settings(a, settings, &o->n_settings, err);
    if (status == LURE_OK)
        status = lure_arguments_whole(a, "seed", 0, INT64_MAX, &o->seed, &o->has_seed, err);
    if (status == LURE_OK)
        status = lure_arguments_whole(a, "episodes", 1, MOST_EPISODES, &o->episodes, NULL, err);
    if (status == LURE_OK)
        status = lure_arguments_number(a, "min-score", &v->minimum, &v->has_minimum, err);
    if (status == LURE_OK && lure_arguments_has(a, "render") && lure_arguments_has(a, "json"))
        status = lure_fail(err, LURE_ERROR_USAGE, "--render draws for a person; it does not go with --json");
    return status;
}

static int tell(const lure_arguments *a, verdict *v)
{
    const lure_eval_result *r = v->result;
    lure_error err;
    lure_status status = summarise(r, false, &v->returns, &err);
    if (status == LURE_OK)
        status = summarise(r, true, &v->lengths, &err);
    v->passed = !v->has_minimum || v->returns.interval.mean >= v->minimum;
    if (status == LURE_OK && lure_arguments_has(a, "json"))
        status = print_json(v, &err);
    else if (status == LURE_OK)
        print_text(v);
    if (status != LURE_OK)
        return lure_report_error(&err);
    return v->passed ? 0 : 1;
}

static int eval_main(const lure_command *command, int n, char **arguments)
{
    static lure_arguments a;
    lure_error err;
    lure_eval_options o;
    lure_eval_result r;
    verdict v = {.options = &o, .result = &r};
    watcher w = {.colour = lure_terminal_colour(stdout)};
    char found[LURE_PATH_SIZE];
    if (lure_arguments_read(command, n, arguments, &a, &err) != LURE_OK)
        return lure_report_error(&err);
    if (a.help)
        return lure_command_print_help(command);
    if (read_options(&a, &o, &v, &err) != LURE_OK || lure_run_list_resolve(&o.run, found, &err) != LURE_OK)
        return lure_report_error(&err);
    lure_text_init(&w.screen);
    lure_signals_catch(cancel);
    if (lure_arguments_has(&a, "render")) {
        o.watch = show_frame;
        o.watch_data = &w;
        w.on_console = lure_console_is_there() && lure_console_open(NULL) == LURE_OK;
    }
    lure_eval(&o, &r);
    lure_console_close();
    if (w.on_console) /* the last of it stays to be seen */
        fputs(w.screen.data, stdout);
    lure_text_free(&w.screen);
    for (const char *line = r.notes.data; *line;) {
        size_t length = strcspn(line, "\n");
        fprintf(stderr, "lure: %.*s\n", (int)length, line);
        line += length + (line[length] == '\n');
    }
    int code = r.error.status == LURE_OK ? tell(&a, &v) : lure_report_error(&r.error);
    lure_eval_result_free(&r);
    return code;
}
