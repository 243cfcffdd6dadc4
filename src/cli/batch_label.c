/* batch_label.c: see batch_label.h. */
#include "cli/batch_label.h"

#include "report/terminal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void lure_label_shorten(const char *string, size_t width, lure_text *out)
{
    const size_t wide = lure_display_width(string);
    if (wide <= width) {
        lure_text_add(out, string);
        return;
    }
    const bool is_path = strchr(string, '/') != NULL; /* its end tells more than its folders */
    const size_t tail = is_path ? width - 2 : (width - 2) / 3, head = width - 2 - tail;
    const size_t n_head = lure_display_cut(string, head), n_skipped = lure_display_cut(string, wide - tail);
    lure_text_add_bytes(out, string, n_head);
    lure_text_add(out, "..");
    lure_text_add(out, string + n_skipped);
}

void lure_label_value(const char *string, size_t width, lure_text *out)
{
    enum { MANY_DIGITS = 8 };
    char *end, number[32];
    const double value = strtod(string, &end);
    if (strlen(string) > MANY_DIGITS && end != string && *end == '\0' && isfinite(value)) {
        lure_value_text(value, number);
        lure_text_add(out, number);
    } else
        lure_label_shorten(string, width, out);
}

static const char *last_part(const char *key)
{
    const char *dot = strrchr(key, '.');
    return dot && dot[1] ? dot + 1 : key;
}

const char *lure_label_key(const lure_plan *plan, size_t option)
{
    const char *key = plan->options[option].key, *part = last_part(key);
    for (size_t i = 0; i < plan->n_options; i++)
        if (i != option && lure_plan_is_varied(plan, i) && strcmp(last_part(plan->options[i].key), part) == 0)
            return key;
    return part;
}

void lure_label_configuration(const lure_batch_statistics *s, size_t task, size_t i, lure_text *out)
{
    enum { WIDTH = 30 };
    const lure_plan *plan = s->borrow_batch->plan;
    const lure_batch_task *t = &s->tasks[task];
    for (size_t k = 0; k < t->n_factors; k++) {
        const size_t option = t->factors[k].option;
        lure_text_addf(out, "%s%s=", k ? " " : "", lure_label_key(plan, option));
        lure_label_value(lure_plan_value_of(plan, t->first + i, option)->text, WIDTH, out);
    }
    if (t->n_factors == 0)
        lure_text_add(out, t->name);
}

void lure_label_level(const lure_batch_statistics *s, size_t task, const lure_batch_factor *factor,
                      size_t level, lure_text *out)
{
    const lure_batch_task *t = &s->tasks[task];
    double low = INFINITY, high = -INFINITY;
    char number[32];
    if (!factor->as_thirds) {
        lure_text_add(
            out, lure_plan_value_of(s->borrow_batch->plan, t->first + factor->example[level], factor->option)
                     ->text);
        return;
    }
    for (size_t i = 0; i < t->n; i++)
        if (factor->level[i] == level) {
            low = fmin(low, factor->numbers[i]);
            high = fmax(high, factor->numbers[i]);
        }
    lure_value_text(low, number);
    lure_text_addf(out, "%s to ", number);
    lure_value_text(high, number);
    lure_text_add(out, number);
}
