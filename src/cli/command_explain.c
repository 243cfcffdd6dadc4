/* command_explain.c: lure explain, the lesson's way of telling an update. */
#include "cli/command.h"

#include "base/json.h"
#include "base/text.h"
#include "report/terminal.h"
#include "run/explain.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int explain_main(const lure_command *command, int n, char **arguments);

static const lure_option options[] = {
    {"draws", "U,U,...", "force the policy's draws, numbers from 0 to below 1, in order", false},
    {"input", "K=V,...", "force what the schedule gives to reset: --input hunger=0", true},
    {"updates", "N", "how many updates to tell (default: until the draws are used up, else 1)", false},
    {"set", "KEY=VALUE", "change an option of the experiment", true},
    {"seed", "N", "the seed, instead of the experiment's first", false},
    {"json", NULL, "print one JSON document instead of text", false},
    {0}};

const lure_command lure_command_explain = {
    .name = "explain",
    .arguments = "EXPERIMENT",
    .summary = "Tell updates number by number: forward, draw, cross-entropy, chain rule, step (at most 64 "
               "trained numbers).",
    .options = options,
    .examples = "lure explain fry_shacks\n"
                "lure explain fry_shacks --draws 0.2,0.9 --input hunger=0\n"
                "lure explain fry_shacks --updates 3 --seed 7 --set learning_rate.rate=0.1\n"
                "lure explain k_armed_bandit --json",
    .least = 1,
    .most = 1,
    .main = explain_main};

enum { MOST_DRAWS = 1000, ROWS_SHOWN = 8 };

/* ---- JSON ---- */

static void write_probabilities(lure_json *json, const char *key, const lure_explanation *e, const double *p)
{
    lure_json_begin_object(json, key);
    for (size_t i = 0; i < e->n_actions; i++)
        lure_json_number(json, e->action_names[i], p[i]);
    lure_json_end_object(json);
}

static void write_row(lure_json *json, const lure_explanation *e, const lure_explained_row *row)
{
    lure_json_numbers(json, "observation", row->observation, e->n_inputs);
    write_probabilities(json, "probabilities", e, row->probabilities);
    lure_json_number(json, "draw", row->draw);
    lure_json_string(json, "action", e->action_names[row->action]);
    lure_json_number(json, "cross_entropy", row->chains[0].cross_entropy);
    lure_json_number(json, "reward", row->reward);
    lure_json_number(json, "weight", row->weight);
    write_probabilities(json, "probabilities_after", e, row->after);
}

static void write_chain(lure_json *json, const char *name, const lure_chain *chain)
{
    char label[96];
    snprintf(label, sizeof label, "dx/d%s", name);
    const struct {
        const char *name;
        double value;
    } factors[] = {{"dCE/dp", chain->dce_dp}, {"dp/dx", chain->dp_dz}, {label, chain->dz_dparameter}};
    lure_json_begin_array(json, "chain");
    for (size_t i = 0; i < 3; i++) {
        lure_json_begin_object(json, NULL);
        lure_json_string(json, "name", factors[i].name);
        lure_json_number(json, "value", factors[i].value);
        lure_json_end_object(json);
    }
    lure_json_end_array(json);
}

static void write_element(lure_json *json, const lure_explanation *e, const lure_explained_update *u,
                          size_t i)
{
    const lure_explained_element *element = &u->elements[i];
    const char *name = e->element_names[i];
    lure_json_begin_object(json, name);
    lure_json_number(json, "before", element->before);
    if (u->n_rows == 1) {
        write_chain(json, name, &u->rows[0].chains[i]);
    } else {
        lure_json_begin_array(json, "steps");
        for (size_t r = 0; r < u->n_rows; r++) {
            lure_json_begin_object(json, NULL);
            write_chain(json, name, &u->rows[r].chains[i]);
            lure_json_number(json, "derivative", u->rows[r].chains[i].derivative);
            lure_json_number(json, "weight", u->rows[r].weight);
            lure_json_end_object(json);
        }
        lure_json_end_array(json);
    }
    lure_json_number(json, "derivative", element->derivative);
    lure_json_number(json, "updated_derivative", element->updated_derivative);
    lure_json_number(json, "step_size", element->step_size);
    lure_json_number(json, "after", element->after);
    lure_json_end_object(json);
}

static void print_json(const lure_explanation *e)
{
    lure_text text;
    lure_json json;
    lure_text_init(&text);
    lure_json_init(&json, &text);
    lure_json_begin_object(&json, NULL);
    lure_json_string(&json, "schema", "lure.explain/1");
    lure_json_string(&json, "experiment", e->experiment);
    lure_json_integer(&json, "seed", (int64_t)e->seed);
    lure_json_begin_array(&json, "updates");
    for (size_t u = 0; u < e->n_updates; u++) {
        const lure_explained_update *update = &e->updates[u];
        lure_json_begin_object(&json, NULL);
        if (update->n_rows == 1) {
            write_row(&json, e, &update->rows[0]);
        } else { /* an update of several steps */
            lure_json_begin_array(&json, "steps");
            for (size_t r = 0; r < update->n_rows; r++) {
                lure_json_begin_object(&json, NULL);
                write_row(&json, e, &update->rows[r]);
                lure_json_end_object(&json);
            }
            lure_json_end_array(&json);
        }
        lure_json_number(&json, "learning_rate", update->learning_rate);
        lure_json_begin_object(&json, "parameters");
        for (size_t i = 0; i < e->n_elements; i++)
            write_element(&json, e, update, i);
        lure_json_end_object(&json);
        lure_json_end_object(&json);
    }
    lure_json_end_array(&json);
    lure_json_end_object(&json);
    lure_text_add(&text, "\n");
    fputs(text.data, stdout);
    lure_text_free(&text);
}

/* ---- text ---- */

/* Six decimals without trailing zeros, as the lesson writes numbers; six digits where that would hide a number. */
static const char *number(double x, char out[32])
{
    double size = fabs(x);
    if (!isfinite(x) || (size != 0 && (size < 1e-3 || size >= 1e9))) {
        snprintf(out, 32, "%.6g", lure_number_plain(x));
        return out;
    }
    snprintf(out, 32, "%.6f", x);
    size_t n = strlen(out);
    while (out[n - 1] == '0')
        n--;
    out[out[n - 1] == '.' ? n - 1 : n] = '\0';
    return strcmp(out, "-0") == 0 ? "0" : out;
}

static void label(lure_text *text, bool colour, const char *name)
{
    char padded[48];
    snprintf(padded, sizeof padded, "  %-20s ", name);
    lure_terminal_style(text, colour, LURE_STYLE_DIM, padded);
}

/* The line from 0 to 1 with each action's stretch and the draw on it. */
static void add_line(lure_text *text, const lure_explanation *e, const lure_explained_row *row)
{
    enum { WIDTH = 48 };
    char line[WIDTH + 2], n[32], m[32];
    double end = 0.0;
    memset(line, '-', WIDTH + 1);
    line[WIDTH + 1] = '\0';
    line[0] = line[WIDTH] = '|';
    for (size_t i = 0; i + 1 < e->n_actions; i++) {
        end += row->probabilities[i];
        line[(size_t)(end * WIDTH + 0.5)] = '|';
    }
    line[(size_t)(row->draw * WIDTH)] = '^';
    lure_text_addf(text, "  %-20s 0 %s 1\n", "", line);
    end = 0.0;
    for (size_t i = 0; i < e->n_actions; i++) {
        const char *left = number(end, n);
        double next = i + 1 < e->n_actions ? end + row->probabilities[i] : 1.0;
        lure_text_addf(text, "%s%s from %s to %s", i ? ", " : "                       ", e->action_names[i],
                       left, number(next, m));
        end = next;
    }
    lure_text_add(text, "\n");
}

static void add_row(lure_text *text, bool colour, const lure_explanation *e, const lure_explained_row *row)
{
    char n[32], m[32];
    const char *action = e->action_names[row->action];
    label(text, colour, "observation");
    for (size_t i = 0; i < e->n_inputs; i++)
        lure_text_addf(text, "%s%s = %s", i ? ", " : "", e->input_names[i], number(row->observation[i], n));
    lure_text_add(text, e->n_inputs ? "\n" : "(nothing to see)\n");
    label(text, colour, "forward");
    for (size_t i = 0; i < e->n_actions; i++)
        lure_text_addf(text, "%sp(%s) = %s", i ? ", " : "", e->action_names[i],
                       number(row->probabilities[i], n));
    lure_text_add(text, "\n");
    if (!isnan(row->draw)) {
        label(text, colour, "draw");
        lure_text_addf(text, "u = %s falls on %s\n", number(row->draw, n), action);
        add_line(text, e, row);
    }
    label(text, colour, "assume it was right");
    lure_text_addf(text, "the ideal probability of %s is 1\n", action);
    label(text, colour, "cross-entropy");
    lure_text_addf(text, "-ln p(%s) = -ln %s = %s\n", action, number(row->probabilities[row->action], n),
                   number(row->chains[0].cross_entropy, m));
    if (!isnan(row->reward)) {
        label(text, colour, "reward");
        lure_text_addf(text, "%s%s\n", row->reward > 0 ? "+" : "", number(row->reward, n));
    }
}

static void add_chain(lure_text *text, bool colour, const lure_explained_row *row, size_t i, const char *name)
{
    char a[32], b[32], c[32], d[32];
    const lure_chain *chain = &row->chains[i];
    label(text, colour, "  derivative");
    lure_text_addf(text, "dCE/dp x dp/dx x dx/d%s = %s x %s x %s = %s\n", name, number(chain->dce_dp, a),
                   number(chain->dp_dz, b), number(chain->dz_dparameter, c), number(chain->derivative, d));
}

static void add_element(lure_text *text, bool colour, const lure_explanation *e,
                        const lure_explained_update *u, size_t i)
{
    char a[32], b[32], c[32];
    const lure_explained_element *element = &u->elements[i];
    lure_text_add(text, "  ");
    lure_terminal_style(text, colour, LURE_STYLE_ACCENT, e->element_names[i]);
    lure_text_add(text, "\n");
    const lure_explained_row *row = &u->rows[0];
    add_chain(text, colour, row, i, e->element_names[i]);
    label(text, colour, "  updated derivative");
    lure_text_addf(text, "derivative x %s = %s x %s = %s\n", row->weight == row->reward ? "reward" : "weight",
                   number(element->derivative, a), number(row->weight, b),
                   number(element->updated_derivative, c));
    label(text, colour, "  step size");
    if (e->plain_sgd)
        lure_text_addf(text, "learning rate x updated derivative = %s x %s = %s\n",
                       number(u->learning_rate, a), number(element->updated_derivative, b),
                       number(element->step_size, c));
    else
        lure_text_addf(text, "%s, by the optimizer, learning rate %s\n", number(element->step_size, a),
                       number(u->learning_rate, b));
    label(text, colour, "  new value");
    bool negative = element->step_size < 0;
    lure_text_addf(text, "%s - step size = %s - %s%s%s = ", e->element_names[i], number(element->before, a),
                   negative ? "(" : "", number(element->step_size, b), negative ? ")" : "");
    lure_text_addf(text, "%s\n", number(element->after, c));
}

/* One line for a step of a longer update. */
static void add_short_row(lure_text *text, const lure_explanation *e, const lure_explained_row *row, size_t r)
{
    char n[32], m[32], reward[32], weight[32];
    lure_text_addf(text, "  step %-4zu observation {", r + 1);
    for (size_t i = 0; i < e->n_inputs; i++)
        lure_text_addf(text, "%s%s", i ? ", " : "", number(row->observation[i], n));
    lure_text_addf(text, "}  p(%s) = %s", e->action_names[row->action],
                   number(row->probabilities[row->action], n));
    if (!isnan(row->draw))
        lure_text_addf(text, "  u = %s  reward %s", number(row->draw, n), number(row->reward, reward));
    lure_text_addf(text, "  CE = %s  weight %s\n", number(row->chains[0].cross_entropy, m),
                   number(row->weight, weight));
}

static void add_short_element(lure_text *text, const lure_explanation *e, const lure_explained_update *u,
                              size_t i)
{
    char a[32], b[32], c[32], d[32];
    const lure_explained_element *element = &u->elements[i];
    lure_text_addf(text, "  %-20s derivative %-12s updated derivative %-12s", e->element_names[i],
                   number(element->derivative, a), number(element->updated_derivative, b));
    lure_text_addf(text, " step size %-12s %s -> %s\n", number(element->step_size, a),
                   number(element->before, c), number(element->after, d));
}

static void add_long_update(lure_text *text, const lure_explanation *e, const lure_explained_update *u)
{
    char n[32];
    for (size_t r = 0; r < u->n_rows && r < ROWS_SHOWN; r++)
        add_short_row(text, e, &u->rows[r], r);
    if (u->n_rows > ROWS_SHOWN)
        lure_text_addf(text,
                       "  ... and %zu more steps; --json has them all, with each chain of derivatives\n",
                       u->n_rows - ROWS_SHOWN);
    lure_text_addf(
        text, "  learning rate %s; derivative: mean over the %zu steps, updated: of derivative x weight%s\n",
        number(u->learning_rate, n), u->n_rows, e->plain_sgd ? "" : "; step size by the optimizer");
    for (size_t i = 0; i < e->n_elements; i++)
        add_short_element(text, e, u, i);
}

static void add_update(lure_text *text, bool colour, const lure_explanation *e, size_t index)
{
    const lure_explained_update *u = &e->updates[index];
    char title[64], n[32];
    snprintf(title, sizeof title, u->n_rows == 1 ? "Update %zu" : "Update %zu, of %zu steps", index + 1,
             u->n_rows);
    lure_text_add(text, "\n");
    lure_terminal_style(text, colour, LURE_STYLE_BOLD, title);
    lure_text_add(text, "\n");
    if (u->n_rows > 1) {
        add_long_update(text, e, u);
        return;
    }
    add_row(text, colour, e, &u->rows[0]);
    for (size_t i = 0; i < e->n_elements; i++)
        add_element(text, colour, e, u, i);
    label(text, colour, "afterwards");
    for (size_t i = 0; i < e->n_actions; i++)
        lure_text_addf(text, "%sp(%s) = %s", i ? ", " : "", e->action_names[i],
                       number(u->rows[0].after[i], n));
    lure_text_add(text, " for this observation\n");
}

static void print_text(const lure_explanation *e)
{
    bool colour = lure_terminal_colour(stdout);
    char title[128];
    lure_text text;
    lure_text_init(&text);
    snprintf(title, sizeof title, "%s, seed %llu", e->experiment, (unsigned long long)e->seed);
    lure_terminal_style(&text, colour, LURE_STYLE_BOLD, title);
    lure_text_addf(&text, ": x is the number a parameter feeds into, p is p(%s), CE the cross-entropy\n",
                   e->head == LURE_HEAD_BERNOULLI ? e->action_names[1] : "action taken");
    for (size_t u = 0; u < e->n_updates; u++)
        add_update(&text, colour, e, u);
    fputs(text.data, stdout);
    lure_text_free(&text);
}

/* ---- reading the options ---- */

static lure_status read_draws(const char *text, double *draws, size_t *n, lure_error *err)
{
    for (const char *at = text;; at++) {
        char *end;
        double u = strtod(at, &end);
        if (end == at || (*end && *end != ',') || !(u >= 0 && u < 1))
            return lure_fail(err, LURE_ERROR_USAGE,
                             "--draws %s: expected numbers from 0 to below 1 with commas, like 0.2,0.9",
                             text);
        if (*n == MOST_DRAWS)
            return lure_fail(err, LURE_ERROR_USAGE, "--draws: more than %d", MOST_DRAWS);
        draws[(*n)++] = u;
        if (!*end)
            return LURE_OK;
        at = end;
    }
}

static int explain_main(const lure_command *command, int n, char **arguments)
{
    static lure_arguments a;
    static lure_setting settings[LURE_MOST_ARGUMENTS], input[LURE_MOST_INPUT];
    static double draws[MOST_DRAWS];
    lure_error err;
    if (lure_arguments_read(command, n, arguments, &a, &err) != LURE_OK)
        return lure_report_error(&err);
    if (a.help)
        return lure_command_print_help(command);
    lure_run_options run = {.experiment = a.positional[0], .settings = settings, .stuck_exit_code = 3};
    lure_explain_options explain = {.run = &run, .draws = draws, .input = input};
    const char *draws_text = lure_arguments_value(&a, "draws");
    lure_status status = lure_command_settings(&a, settings, &run.n_settings, &err);
    if (status == LURE_OK)
        status = lure_arguments_whole(&a, "seed", 0, INT64_MAX, &run.seed, &run.has_seed, &err);
    if (status == LURE_OK && draws_text)
        status = read_draws(draws_text, draws, &explain.n_draws, &err);
    if (status == LURE_OK)
        status = lure_command_input(&a, input, &explain.n_input, &err);
    explain.updates = explain.n_draws ? explain.n_draws : 1;
    explain.stop_after_draws = explain.n_draws && !lure_arguments_has(&a, "updates");
    if (status == LURE_OK)
        status = lure_arguments_whole(&a, "updates", 1, 10000, &explain.updates, NULL, &err);
    if (status != LURE_OK)
        return lure_report_error(&err);

    lure_signals_catch(lure_run_cancel);
    lure_explanation explanation;
    int code = 0;
    if (lure_explain(&explain, &explanation) != LURE_OK)
        code = lure_report_error(&explanation.error);
    else if (lure_arguments_has(&a, "json"))
        print_json(&explanation);
    else
        print_text(&explanation);
    lure_explanation_free(&explanation);
    return code;
}
