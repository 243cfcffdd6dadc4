/* compared_words.c: see compared_words.h. */
#include "cli/compared_words.h"

#include "report/terminal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void lure_bounds_text(const lure_bounds *bounds, char out[72])
{
    char low[32], high[32];
    if (isnan(bounds->low)) {
        snprintf(out, 72, "-");
        return;
    }
    lure_value_text(bounds->low, low);
    lure_value_text(bounds->high, high);
    snprintf(out, 72, "%s to %s", low, high);
}

void lure_compared_sentence(const char *name, const char *reference, const lure_compared *it, lure_text *out)
{
    char number[32], range[72];
    switch (it->judgement) {
    case LURE_JUDGED_REFERENCE: return;
    case LURE_JUDGED_NOTHING: lure_text_addf(out, "%s cannot be compared with %s", name, reference); return;
    case LURE_JUDGED_FEW: lure_text_addf(out, "too few seeds to tell %s from %s", name, reference); break;
    case LURE_JUDGED_SKIPPED:
    case LURE_JUDGED_OPEN: lure_text_addf(out, "%s is not told apart from %s", name, reference); break;
    case LURE_JUDGED_BETTER: lure_text_addf(out, "%s is better than %s", name, reference); break;
    case LURE_JUDGED_WORSE: lure_text_addf(out, "%s is worse than %s", name, reference); break;
    }
    lure_value_text(fabs(it->difference), number);
    if (it->difference == 0)
        lure_text_add(out, ": the same IQM");
    else
        lure_text_addf(out, ": IQM %s %s", number, it->difference < 0 ? "lower" : "higher");
    if (it->judgement != LURE_JUDGED_FEW) {
        lure_bounds_text(&it->difference_bounds, range);
        lure_text_addf(out, " (%s", range);
        if (it->paired)
            lure_text_addf(out, "; %zu paired seeds)", it->n_shared);
        else
            lure_text_add(out, "; seeds not paired)");
    }
    lure_value_text(it->improvement, number);
    lure_text_addf(out, ", probability to be better %s", number);
}

void lure_words_wrap(const char *words, int width, size_t indent, lure_text *out)
{
    lure_text safe;
    size_t column = 0;
    lure_text_init(&safe);
    lure_display_add(&safe, words);
    for (const char *at = safe.data; *at;) {
        at += strspn(at, " ");
        const size_t n = strcspn(at, " ");
        char word[512];
        snprintf(word, sizeof word, "%.*s", (int)n, at);
        const size_t wide = lure_display_width(word);
        if (column > 0 && column + 1 + wide > (size_t)width) {
            lure_text_addf(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (column > 0) {
            lure_text_add(out, " ");
            column++;
        }
        lure_text_add_bytes(out, at, n);
        column += wide;
        at += n;
    }
    lure_text_add(out, "\n");
    lure_text_free(&safe);
}

static void write_bounds(lure_json *json, const char *low, const char *high, const lure_bounds *bounds)
{
    lure_json_number(json, low, bounds->low);
    lure_json_number(json, high, bounds->high);
}

void lure_compared_json(lure_json *json, const lure_compared *it, bool has_reference)
{
    lure_json_integer(json, "n", (int64_t)it->interval.n);
    lure_json_number(json, "mean", it->interval.mean);
    lure_json_number(json, "deviation", it->interval.deviation);
    lure_json_number(json, "low", it->interval.low);
    lure_json_number(json, "high", it->interval.high);
    lure_json_number(json, "iqm", it->iqm);
    write_bounds(json, "iqm_low", "iqm_high", &it->iqm_bounds);
    if (!has_reference)
        return;
    lure_json_string(json, "judgement", lure_judgement_text(it->judgement));
    if (it->judgement == LURE_JUDGED_REFERENCE)
        return;
    lure_json_number(json, "improvement", it->improvement);
    write_bounds(json, "improvement_low", "improvement_high", &it->improvement_bounds);
    lure_json_number(json, "difference", it->difference);
    write_bounds(json, "difference_low", "difference_high", &it->difference_bounds);
    lure_json_integer(json, "shared_seeds", (int64_t)it->n_shared);
    lure_json_bool(json, "paired", it->paired);
}
