/* gradient_report.c: see gradient_report.h. */
#include "cli/gradient_report.h"

#include "report/table.h"
#include "report/terminal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double ROUNDING = 1e-8; /* a bias below it is none */

/* ---- words ---- */

static void percent_text(double x, char out[32])
{
    if (isnan(x))
        snprintf(out, 32, "-");
    else if (x > 2)
        snprintf(out, 32, "> 200 %%");
    else if (x < ROUNDING)
        snprintf(out, 32, "none (%.0e)", x);
    else if (x < 0.0095)
        snprintf(out, 32, "%.2g %%", 100 * x);
    else
        snprintf(out, 32, "%.0f %%", 100 * x);
}

/* "0.333", or two ends of what several policies gave */
static void span_text(double low, double high, char out[64])
{
    if (high - low <= 5e-4 * fabs(high))
        snprintf(out, 64, "%.4g", lure_number_plain(high));
    else
        snprintf(out, 64, "%.3g to %.3g", lure_number_plain(low), lure_number_plain(high));
}

static bool is_near(double x, double y)
{
    return fabs(x - y) < 1e-6 * fabs(y);
}

/* Where a scale is a number that algorithms are known for, what it comes from. */
static const char *scale_words(const lure_gradient_case *c, double scale, char out[96])
{
    double steps = (double)c->most_steps, n = (double)c->episodes;
    if (is_near(scale, 1.0))
        return "the update is the gradient itself";
    if (steps > 1 && is_near(scale, 1 / steps)) {
        snprintf(out, 96, "1/%zu, as a mean over the %zu steps of an episode gives", c->most_steps,
                 c->most_steps);
        return out;
    }
    if (steps == 1 && is_near(scale, (n - 1) / n)) {
        snprintf(out, 96, "(n - 1)/n for n = %zu, as a baseline gives that has the action's own return in it",
                 c->episodes);
        return out;
    }
    return NULL;
}

/* ---- verdicts ---- */

/* What a case is judged by: the larger batch where that one was asked and acquits. */
static double cosine_of(const lure_gradient_case *c)
{
    return c->is_acquitted ? c->larger_cosine : c->cosine;
}

static double scale_of(const lure_gradient_case *c)
{
    return c->is_acquitted ? c->larger_scale : c->scale;
}

/* The cases of one problem lie together. */
typedef struct span {
    const lure_gradient_case *first;         /* that was measured; null: none */
    const lure_gradient_case *worst, *least; /* by bias of the small batch, and by cosine */
    double least_scale, most_scale;
} span;

static size_t read_span(const lure_gradient_report *r, size_t from, span *s)
{
    *s = (span){.least_scale = INFINITY, .most_scale = -INFINITY};
    size_t i = from;
    for (; i < r->n_cases && strcmp(r->cases[i].problem, r->cases[from].problem) == 0; i++) {
        const lure_gradient_case *c = &r->cases[i];
        if (c->failed[0])
            continue;
        s->first = s->first ? s->first : c;
        s->worst = s->worst && (c->bias <= s->worst->bias || isnan(s->worst->bias)) ? s->worst : c;
        s->least =
            s->least && (cosine_of(c) >= cosine_of(s->least) || isnan(s->least->cosine)) ? s->least : c;
        s->least_scale = fmin(s->least_scale, scale_of(c));
        s->most_scale = fmax(s->most_scale, scale_of(c));
    }
    return i;
}

/* The head stands once, before the first of its lines. */
static void add_head(lure_text *text, const char **head, const char *problem)
{
    lure_text_addf(text, "      %-6s %-7s ", *head, problem);
    *head = "";
}

static void add_sign(const lure_gradient_report *r, bool colour, lure_text *text)
{
    const char *head = "sign";
    for (size_t i = 0; i < r->n_cases;) {
        span s;
        i = read_span(r, i, &s);
        if (!s.first)
            continue;
        double cosine = cosine_of(s.least);
        add_head(text, &head, s.first->problem);
        lure_terminal_style(text, colour, cosine > 0 ? LURE_STYLE_GOOD : LURE_STYLE_BAD,
                            cosine > 0      ? "right"
                            : isnan(cosine) ? "none: the expected gradient is 0"
                                            : "wrong");
        if (!isnan(cosine))
            lure_text_addf(text, " (cosine %.5f to %s%s)", cosine, lure_truth_name(s.least->held_against),
                           s.least->is_acquitted ? ", in the larger batch" : "");
        lure_text_add(text, "\n");
    }
}

static void add_scale(const lure_gradient_report *r, lure_text *text)
{
    const char *head = "scale";
    for (size_t i = 0; i < r->n_cases;) {
        span s;
        char number[64], room[96];
        i = read_span(r, i, &s);
        if (!s.first)
            continue;
        add_head(text, &head, s.first->problem);
        span_text(s.least_scale, s.most_scale, number);
        const char *words =
            is_near(s.least_scale, s.most_scale) ? scale_words(s.first, s.most_scale, room) : NULL;
        lure_text_addf(text, "%s%s%s\n", number, words ? ": " : "", words ? words : "");
    }
}

static void add_bias(const lure_gradient_report *r, lure_text *text)
{
    const char *head = "bias";
    for (size_t i = 0; i < r->n_cases;) {
        span s;
        char number[32];
        i = read_span(r, i, &s);
        if (!s.first)
            continue;
        const lure_gradient_case *c = s.worst;
        const lure_gradient_part *worst = NULL;
        for (size_t j = 0; j < c->n_parts; j++)
            if (c->parts[j].counted && (!worst || c->parts[j].bias > worst->bias))
                worst = &c->parts[j];
        add_head(text, &head, c->problem);
        percent_text(c->bias, number);
        lure_text_add(text, number);
        if (c->bias >= ROUNDING)
            lure_text_addf(text, " of %s, mostly in %s (%s policy)", lure_truth_name(c->held_against),
                           worst ? worst->name : "?", c->policy);
        if (c->is_acquitted)
            lure_text_addf(text, "; it fades with the batch (%.2g %% in one %zu times as large)",
                           lure_number_plain(100 * c->larger_bias), c->larger_times);
        if (c->standard_error > 0)
            lure_text_addf(text, ", +- %.2g %% as not every sequence was tried", 200 * c->standard_error);
        if (c->held_against != LURE_TRUTH_RETURN) {
            percent_text(c->return_bias, number);
            lure_text_addf(text, "; of that of the return itself %s, as the discount is %.6g", number,
                           lure_number_plain(c->discount));
        }
        lure_text_add(text, "\n");
    }
}

static void add_tape(const lure_gradient_report *r, bool colour, lure_text *text)
{
    size_t n = 0, n_kinked = 0;
    double error = 0.0;
    bool is_wrong = false;
    for (size_t i = 0; i < r->n_cases; i++) {
        n += r->cases[i].n_taped;
        n_kinked += r->cases[i].n_kinked;
        is_wrong |= r->cases[i].tape_is_wrong;
        error = fmax(error, r->cases[i].tape_error);
    }
    const char *head = "tape";
    add_head(text, &head, "");
    if (n)
        lure_terminal_style(text, colour, is_wrong ? LURE_STYLE_BAD : LURE_STYLE_GOOD,
                            is_wrong ? "wrong" : "right");
    if (n)
        lure_text_addf(text, " (%zu gradients held against finite differences: at most %.1e apart)", n,
                       error);
    else
        lure_text_add(text, "no gradient could be held against finite differences");
    if (n_kinked)
        lure_text_addf(text, "; %zu numbers left out, at a kink of the loss", n_kinked);
    lure_text_add(text, "\n");
}

/* ---- the table ---- */

enum { COLUMNS = 10 };

static void add_row(lure_table *table, const lure_gradient_case *c)
{
    char cells[COLUMNS - 2][32] = {{0}};
    lure_table_cell(table, c->problem, false);
    lure_table_cell(table, c->policy, false);
    if (c->failed[0]) {
        snprintf(cells[0], 32, "not measured");
    } else {
        snprintf(cells[0], 32, "%zu%s", c->n_sequences, c->is_exact ? "" : " drawn");
        snprintf(cells[1], 32, isnan(c->cosine) ? "-" : "%.5f", c->cosine);
        snprintf(cells[2], 32, "%.4g", lure_number_plain(c->scale));
        percent_text(c->bias, cells[3]);
        snprintf(cells[4], 32, isfinite(c->noise) && c->noise < 1e6 ? "%.3g" : "-", c->noise);
        snprintf(cells[5], 32, c->n_taped ? "%.0e" : "-", c->tape_error);
        snprintf(cells[6], 32, "%zu of %zu", c->n_counted, c->n_parameters);
        if (c->larger_sequences)
            snprintf(cells[7], 32, "%.5f", lure_number_plain(c->larger_cosine));
    }
    for (int i = 0; i < COLUMNS - 2; i++)
        lure_table_cell(table, cells[i], true);
}

static void add_table(const lure_gradient_report *r, bool colour, lure_text *text)
{
    static const char *const header[COLUMNS] = {"problem",    "policy",      "sequences", "cosine",
                                                "scale",      "bias",        "noise",     "tape",
                                                "parameters", "larger batch"};
    lure_text lines;
    lure_table *table = lure_table_create(COLUMNS);
    if (!table)
        return;
    for (size_t i = 0; i < COLUMNS; i++)
        lure_table_cell(table, header[i], i > 1);
    for (size_t i = 0; i < r->n_cases; i++)
        add_row(table, &r->cases[i]);
    lure_text_init(&lines);
    lure_table_print(table, colour, &lines);
    for (const char *line = lines.data; *line;) {
        size_t n = strcspn(line, "\n");
        lure_text_addf(text, "      %.*s\n", (int)n, line);
        line += n + (line[n] == '\n');
    }
    lure_text_free(&lines);
    lure_table_destroy(table);
}

void lure_gradient_report_text(const lure_gradient_report *r, bool colour, lure_text *text)
{
    bool is_measured = false;
    for (size_t i = 0; i < r->n_cases; i++)
        is_measured |= !r->cases[i].failed[0];
    if (!is_measured)
        return;
    add_sign(r, colour, text);
    add_scale(r, text);
    add_bias(r, text);
    add_tape(r, colour, text);
    lure_text_add(text, "\n");
    add_table(r, colour, text);
}

/* ---- JSON ---- */

static void write_parts(lure_json *json, const char *key, const lure_gradient_part *parts, size_t n)
{
    lure_json_begin_array(json, key);
    for (size_t i = 0; i < n; i++) {
        lure_json_begin_object(json, NULL);
        lure_json_string(json, "name", parts[i].name);
        lure_json_bool(json, "counted", parts[i].counted);
        lure_json_number(json, "cosine", parts[i].cosine);
        lure_json_number(json, "scale", parts[i].scale);
        lure_json_number(json, "bias", parts[i].bias);
        lure_json_number(json, "share", parts[i].share);
        lure_json_end_object(json);
    }
    lure_json_end_array(json);
}

static void write_case(lure_json *json, const lure_gradient_case *c)
{
    lure_json_begin_object(json, NULL);
    lure_json_string(json, "problem", c->problem);
    lure_json_string(json, "about", c->about);
    lure_json_string(json, "policy", c->policy);
    lure_json_bool(json, "ok", !c->is_bad);
    if (c->failed[0]) {
        lure_json_string(json, "error", c->failed);
        lure_json_end_object(json);
        return;
    }
    lure_json_integer(json, "sequences", (int64_t)c->n_sequences);
    lure_json_bool(json, "exact", c->is_exact);
    lure_json_number(json, "standard_error", c->standard_error);
    lure_json_integer(json, "update", (int64_t)c->n_updates);
    lure_json_string(json, "held_against", lure_truth_name(c->held_against));
    lure_json_number(json, "discount", c->discount);
    lure_json_number(json, "cosine", c->cosine);
    lure_json_number(json, "scale", c->scale);
    lure_json_number(json, "bias", c->bias);
    lure_json_number(json, "cosine_to_return", c->return_cosine);
    lure_json_number(json, "bias_to_return", c->return_bias);
    lure_json_number(json, "noise", c->noise);
    if (c->larger_sequences) {
        lure_json_begin_object(json, "larger_batch");
        lure_json_integer(json, "times", (int64_t)c->larger_times);
        lure_json_integer(json, "sequences", (int64_t)c->larger_sequences);
        lure_json_number(json, "cosine", c->larger_cosine);
        lure_json_number(json, "scale", c->larger_scale);
        lure_json_number(json, "bias", c->larger_bias);
        lure_json_number(json, "standard_error", c->larger_error);
        lure_json_end_object(json);
    }
    lure_json_integer(json, "parameters", (int64_t)c->n_parameters);
    lure_json_integer(json, "counted", (int64_t)c->n_counted);
    lure_json_numbers(json, "expected_gradient", c->expected, c->n_parameters);
    lure_json_numbers(json, "true_gradient", c->truth, c->n_parameters);
    write_parts(json, "by_parameter", c->parts, c->n_parts);
    write_parts(json, "by_observation", c->states, c->n_states);
    lure_json_begin_object(json, "tape");
    lure_json_integer(json, "gradients", (int64_t)c->n_taped);
    lure_json_number(json, "error", c->tape_error);
    lure_json_integer(json, "kinks", (int64_t)c->n_kinked);
    lure_json_end_object(json);
    lure_json_end_object(json);
}

void lure_gradient_report_json(const lure_gradient_report *r, lure_json *json)
{
    lure_json_begin_array(json, "gradient");
    for (size_t i = 0; i < r->n_cases; i++)
        write_case(json, &r->cases[i]);
    lure_json_end_array(json);
}
