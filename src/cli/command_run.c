/* command_run.c: lure run. Progress on stderr, the result on stdout: numbers and two small plots, or with --json one
   document. */
#include "cli/command.h"

#include "cli/profile_report.h"
#include "report/live.h"
#include "report/plot.h"
#include "report/terminal.h"
#include "run/run_logs.h"
#include "run/run_record.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int run_main(const lure_command *command, int n, char **arguments);

static const lure_option options[] = {
    {"set", "KEY=VALUE", "change an option of the experiment: --set learning_rate.rate=0.1", true},
    {"seed", "N", "the seed, instead of the experiment's first", false},
    {"out", "DIR", "where results go (default: runs/<experiment>-seed<N>, then -2, -3, ...)", false},
    {"watch", NULL,
     "a reward, schedule or learning-rate script that is edited meanwhile is used from the next update on",
     false},
    {"log", "json,tensorboard", "write metrics.jsonl, TensorBoard's events, or both beside metrics.csv",
     false},
    {"profile", NULL, "tell where the time went: by part and by Lua line (on stderr, or in the document)",
     false},
    {"checkpoint-every", "SECONDS",
     "how often to write down what lure resume goes on from (default 30; 0: after every update)", false},
    {"json", NULL, "print one JSON document instead of text", false},
    {0}};

const lure_command lure_command_run = {
    .name = "run",
    .arguments = "EXPERIMENT",
    .summary = "Run an experiment once: train, show, store.",
    .options = options,
    .examples = "lure run fry_shacks\n"
                "lure run fry_shacks --set learning_rate.rate=0.1 --seed 7\n"
                "lure run fry_shacks --set reward=my_rewards/kinder.lua --out runs/kinder\n"
                "lure run my_experiments/windy.lua --set updates=500 --json\n"
                "lure run cartpole_reinforce --set reward=my_rewards/steady.lua --watch\n"
                "lure run cartpole_reinforce --profile\n"
                "lure run cartpole_reinforce --log tensorboard",
    .least = 1,
    .most = 1,
    .main = run_main};

/* ---- while it runs ---- */

/* A mean over no episode is that of the last hundred: copies may all end at once, and none in between. */
static void add_value(lure_text *line, const lure_progress *p, size_t i)
{
    char value[32];
    bool is_return = strcmp(p->names[i], "episodic_return") == 0;
    lure_value_text(is_return && isnan(p->values[i]) ? p->recent_return : p->values[i], value);
    lure_text_addf(line, "  %s %s", p->names[i], value);
}

static void add_shares(lure_text *line, const lure_progress *p)
{
    static const char *const names[LURE_N_SHARES] = {"worlds", "forward", "learn", "log", "evaluation"};
    for (size_t i = 0; i < LURE_N_SHARES && p->has_shares; i++)
        if (i < LURE_SHARE_LOG || p->shares[i] >= 0.005)
            lure_text_addf(line, "%s%s %.0f %%", i == 0 ? "  " : " ", names[i], 100.0 * p->shares[i]);
}

void lure_command_show_progress(void *data, const lure_progress *p)
{
    lure_live *live = data;
    if (p->last || !lure_live_due(live))
        return;
    char left[32], value[32];
    lure_text line;
    double rate = p->seconds > 0 ? (double)p->update / p->seconds : 0;
    lure_duration_text(rate > 0 ? (double)(p->updates - p->update) / rate : NAN, left);
    lure_value_text(floor(p->seconds > 0 ? (double)p->steps / p->seconds : 0), value);
    lure_text_init(&line);
    lure_text_addf(&line, "%3.0f %%  update %llu of %llu  %s steps/s  %s left",
                   100.0 * (double)p->update / (double)p->updates, (unsigned long long)p->update,
                   (unsigned long long)p->updates, value, left);
    if (p->n_values > 0)
        add_value(&line, p, p->tracked);
    add_shares(&line, p);
    /* the other values where a terminal has room for them */
    for (size_t i = 0; i < p->n_values && lure_terminal_is_live(stderr); i++)
        if (i != p->tracked && !isnan(p->values[i]))
            add_value(&line, p, i);
    if (!line.failed)
        lure_live_show(live, line.data);
    lure_text_free(&line);
}

/* ---- at the end ---- */

static void add_pair(lure_text *text, bool colour, const char *name, const char *value)
{
    char left[80];
    snprintf(left, sizeof left, "  %-20s ", name);
    lure_terminal_style(text, colour, LURE_STYLE_DIM, left);
    lure_text_addf(text, "%s\n", value);
}

static void add_numbers(lure_text *text, const lure_run_result *r, bool colour)
{
    char value[32], line[256], seconds[32];
    lure_duration_text(r->seconds, seconds);
    lure_value_text(floor((double)r->updates / r->seconds), value);
    snprintf(line, sizeof line, "%llu in %s (%s a second)", (unsigned long long)r->updates, seconds, value);
    add_pair(text, colour, "updates", line);
    snprintf(line, sizeof line, "%llu, %llu steps", (unsigned long long)r->episodes,
             (unsigned long long)r->steps);
    add_pair(text, colour, "episodes", line);
    for (size_t i = 0; i < r->n_columns; i++) {
        const lure_metrics_column *c = &r->columns[i];
        char last[32], mean[32], deviation[32];
        lure_value_text(c->last, last);
        lure_value_text(c->tail_mean, mean);
        lure_value_text(c->tail_deviation, deviation);
        if (isnan(c->tail_deviation)) /* one row */
            snprintf(line, sizeof line, "%s", last);
        else
            snprintf(line, sizeof line, "%s at the end; over the last half mean %s, standard deviation %s",
                     last, mean, deviation);
        add_pair(text, colour, c->name, line);
    }
    for (size_t i = 0; i < r->n_parameters; i++) {
        char name[64];
        snprintf(name, sizeof name, "parameter %s", r->parameters[i].name);
        lure_value_text(r->parameters[i].value, value);
        add_pair(text, colour, name, value);
    }
    if (*r->stopped)
        add_pair(text, colour, "stopped early", r->stopped);
    add_pair(text, colour, "stored in", r->directory);
}

static void add_curve(lure_text *text, const lure_run_result *r, const lure_plot_options *base)
{
    if (!r->n_columns)
        return;
    const lure_metrics_column *c = &r->columns[r->tracked];
    lure_plot_options options_ = *base;
    options_.title = c->name;
    options_.x_label = "update";
    options_.x_first = 1;
    options_.x_last = (double)r->updates;
    lure_text_add(text, "\n");
    lure_plot_curve(text, c->curve, c->n_points, &options_);
}

static void add_response(lure_text *text, const lure_run_result *r, const lure_plot_options *base)
{
    const lure_response *response = &r->response;
    /* of two actions one says it all */
    for (size_t a = response->n_actions == 2 ? 1 : 0; response->n_points && a < response->n_actions; a++) {
        char title[160];
        lure_plot_options options_ = *base;
        snprintf(title, sizeof title, "p(%s | %s)", response->actions[a], response->observation);
        options_.title = title;
        options_.x_label = response->observation;
        options_.x_first = response->low;
        options_.x_last = response->high;
        options_.y_low = 0;
        options_.y_high = 1;
        lure_text_add(text, "\n");
        lure_plot_curve(text, response->probability[a], response->n_points, &options_);
    }
}

static void print_result(const lure_run_result *r)
{
    bool colour = lure_terminal_colour(stdout);
    char title[160];
    lure_text text;
    lure_text_init(&text);
    snprintf(title, sizeof title, "%s, seed %llu", r->experiment, (unsigned long long)r->seed);
    lure_terminal_style(&text, colour, LURE_STYLE_BOLD, title);
    lure_text_addf(&text, "  (run %s)\n", r->run_id);
    add_numbers(&text, r, colour);
    if (lure_terminal_is_live(stdout)) { /* in a pipe: plain lines */
        lure_plot_options plot = {
            .y_low = NAN, .y_high = NAN, .height = 8, .utf8 = lure_terminal_utf8(), .colour = colour};
        int width = lure_terminal_width(stdout) - 16;
        plot.width = width > 64 ? 64 : width;
        add_curve(&text, r, &plot);
        add_response(&text, r, &plot);
    }
    fputs(text.data, stdout);
    lure_text_free(&text);
}

static int report_failure(const lure_run_result *r)
{
    const char *many = r->updates == 1 ? "" : "s";
    bool stopped = r->error.status == LURE_ERROR_CANCELLED;
    int code = stopped ? lure_exit_code(r->error.status) : lure_report_error(&r->error);
    if (*r->directory)
        fprintf(stderr, "%s after %llu update%s; kept in %s\n", stopped ? "stopped" : "ended",
                (unsigned long long)r->updates, many, r->directory);
    else if (stopped)
        fputs("stopped before the first update\n", stderr);
    if (r->can_resume && (stopped || r->error.status == LURE_ERROR_STORE)) {
        lure_text line;
        lure_text_init(&line);
        lure_text_add(&line, "go on with: lure resume ");
        lure_text_add_quoted(&line, r->directory);
        fprintf(stderr, "%s\n", line.data);
        lure_text_free(&line);
    }
    return code;
}

static void tell(void *live, const char *text)
{
    if (live)
        lure_live_clear(live);
    fprintf(stderr, "lure: %s\n", text);
}

lure_status lure_command_read_captures(const lure_arguments *a, lure_run_options *out, lure_error *err)
{
    bool given;
    out->captures = true;
    out->capture_seconds = 30.0;
    lure_status status = lure_arguments_number(a, "checkpoint-every", &out->capture_seconds, &given, err);
    if (status == LURE_OK && !(out->capture_seconds >= 0))
        status = lure_fail(err, LURE_ERROR_USAGE, "--checkpoint-every: expected 0 seconds or more");
    return status;
}

/* Its row in runs/index.db. Whatever goes wrong there, the run is in its folder. */
static void put_into_index(const lure_run_result *r)
{
    lure_error err;
    lure_text told;
    lure_text_init(&told);
    if (*r->directory && lure_run_record_put(r->directory, &told, &err) != LURE_OK)
        fprintf(stderr, "lure: the run is not in the list of runs: %s\n", err.text);
    if (told.length)
        fprintf(stderr, "lure: %s", told.data);
    lure_text_free(&told);
}

int lure_command_run_and_show(const lure_arguments *a, const char *resumed, lure_run_options *run_options)
{
    lure_live *live = lure_live_create(stderr, 2.0);
    run_options->progress = live ? lure_command_show_progress : NULL;
    run_options->progress_data = live;
    run_options->tell = tell;
    run_options->tell_data = live;
    lure_signals_catch(lure_run_cancel);
    lure_run_result result;
    bool finished = false;
    if (resumed)
        lure_resume(resumed, run_options, &finished, &result);
    else
        lure_run(run_options, &result);
    if (live)
        lure_live_clear(live);
    lure_live_destroy(live);

    int code = 0;
    if (finished) {
        fprintf(stderr, "lure: %s is finished; there is nothing to go on with\n", resumed);
        lure_run_result_free(&result);
        return 0;
    }
    put_into_index(&result);
    if (*result.note)
        fprintf(stderr, "lure: %s\n", result.note);
    if (lure_arguments_has(a, "json"))
        fputs(result.document.data, stdout);
    if (result.error.status != LURE_OK) {
        code = report_failure(&result);
    } else if (!lure_arguments_has(a, "json")) {
        print_result(&result);
    }
    if (result.profile.samples && !lure_arguments_has(a, "json"))
        lure_profile_report(&result.profile, stderr);
    lure_run_result_free(&result);
    return code;
}

static int run_main(const lure_command *command, int n, char **arguments)
{
    static lure_arguments a;
    static lure_setting settings[LURE_MOST_ARGUMENTS];
    lure_error err;
    if (lure_arguments_read(command, n, arguments, &a, &err) != LURE_OK)
        return lure_report_error(&err);
    if (a.help)
        return lure_command_print_help(command);
    lure_run_options run_options = {.experiment = a.positional[0],
                                    .settings = settings,
                                    .directory = lure_arguments_value(&a, "out"),
                                    .command = lure_command_line,
                                    .watch = lure_arguments_has(&a, "watch"),
                                    .profile = lure_arguments_has(&a, "profile"),
                                    .stuck_exit_code = 3};
    if (lure_command_settings(&a, settings, &run_options.n_settings, &err) != LURE_OK)
        return lure_report_error(&err);
    const char *logs = lure_arguments_value(&a, "log");
    if (logs && lure_run_logs_read(logs, &run_options.logs, &err) != LURE_OK)
        return lure_report_error(&err);
    if (lure_arguments_whole(&a, "seed", 0, INT64_MAX, &run_options.seed, &run_options.has_seed, &err) !=
        LURE_OK)
        return lure_report_error(&err);
    if (lure_command_read_captures(&a, &run_options, &err) != LURE_OK)
        return lure_report_error(&err);
    return lure_command_run_and_show(&a, NULL, &run_options);
}
