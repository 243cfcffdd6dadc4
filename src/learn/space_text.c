/* space_text.c: see space_text.h. */
#include "learn/space_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_PART = 256, MOST_TOLD = 24 };

static void tell_part(const lure_part *part, lure_text *text)
{
    if (part->n && part->words) {
        size_t n = part->n > MOST_TOLD ? MOST_TOLD : part->n;
        for (size_t i = 0; i < n; i++)
            lure_text_addf(text, "%s%s", i ? ", " : "", part->words[i]);
        if (n < part->n)
            lure_text_addf(text, ", ... (%zu)", part->n);
    } else if (part->n) {
        lure_text_addf(text, "0 to %zu", part->n - 1);
    } else if (isinf(part->low) && isinf(part->high)) {
        lure_text_add(text, "any number");
    } else {
        lure_text_add_number(text, part->low);
        lure_text_add(text, " to ");
        lure_text_add_number(text, part->high);
    }
}

void lure_space_tell(const lure_space *space, lure_text *text)
{
    for (size_t i = 0; i < space->n_parts; i++) {
        const lure_part *part = &space->parts[i];
        lure_text_add(text, i ? "; " : "");
        if (part->name)
            lure_text_addf(text, "%s: ", part->name);
        tell_part(part, text);
    }
}

/* ---- reading ---- */

/* "action 'lefft' (part 2, gear)": what an error begins with. */
static lure_status refuse(const lure_space *space, size_t i, const char *what, const char *word,
                          const char *problem, const char *near, lure_error *err)
{
    lure_text told, place;
    const lure_part *part = &space->parts[i];
    lure_text_init(&told);
    lure_text_init(&place);
    tell_part(part, &told);
    if (space->n_parts > 1)
        lure_text_addf(&place, " (part %zu%s%s)", i + 1, part->name ? ", " : "",
                       part->name ? part->name : "");
    lure_fail(err, LURE_ERROR_USAGE, "%s '%s'%s%s %s%s%s%s", what, word, place.data, problem, told.data,
              near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    lure_text_free(&told);
    lure_text_free(&place);
    return LURE_ERROR_USAGE;
}

static bool read_number(const char *word, double *value)
{
    char *end;
    if (!*word || strspn(word, "0123456789+-.eE") != strlen(word)) /* strtod takes "inf" and hexadecimals */
        return false;
    *value = strtod(word, &end);
    return !*end && isfinite(*value);
}

static lure_status read_part(const lure_space *space, size_t i, const char *word, const char *what,
                             double *value, bool *by_word, lure_error *err)
{
    const lure_part *part = &space->parts[i];
    *by_word = false;
    if (!part->n) {
        if (!read_number(word, value))
            return refuse(space, i, what, word, " is no number; expected", NULL, err);
        return LURE_OK;
    }
    for (size_t j = 0; part->words && j < part->n; j++) {
        if (strcmp(part->words[j], word) == 0) {
            *value = (double)j;
            *by_word = true;
            return LURE_OK;
        }
    }
    double index;
    if (!read_number(word, &index)) {
        const char *near = part->words && *word ? lure_text_nearest(word, part->words, part->n) : NULL;
        return refuse(space, i, what, word, part->words ? " is none of" : " is no number; expected", near,
                      err);
    }
    if (!(index >= 0 && index < (double)part->n) || index != floor(index)) {
        char problem[96];
        snprintf(problem, sizeof problem,
                 part->words ? " is no index from 0 to %zu, which are" : "; expected", part->n - 1);
        return refuse(space, i, what, word, problem, NULL, err);
    }
    *value = index;
    return LURE_OK;
}

lure_status lure_space_read(const lure_space *space, const char *text, const char *what, double *value,
                            bool *by_word, lure_error *err)
{
    char word[LONGEST_PART];
    bool ignored;
    const char *at = text;
    for (size_t i = 0; i < space->n_parts; i++) {
        bool last = i + 1 == space->n_parts;
        size_t n = last ? strlen(at) : strcspn(at, ":");
        if (n >= sizeof word)
            return lure_fail(err, LURE_ERROR_USAGE, "%s '%.40s...' is too long", what, text);
        if (!last && at[n] != ':')
            return lure_fail(err, LURE_ERROR_USAGE, "%s '%s' has %zu of %zu parts; join them with ':'", what,
                             text, i + 1, space->n_parts);
        memcpy(word, at, n);
        word[n] = '\0';
        if (last && i > 0 && strchr(word, ':'))
            return lure_fail(err, LURE_ERROR_USAGE, "%s '%s' has more than %zu parts", what, text,
                             space->n_parts);
        lure_status status =
            read_part(space, i, word, what, &value[i], by_word ? &by_word[i] : &ignored, err);
        if (status != LURE_OK)
            return status;
        at += n + !last;
    }
    return LURE_OK;
}

/* ---- writing ---- */

void lure_space_write(const lure_space *space, const double *value, lure_text *text)
{
    for (size_t i = 0; i < space->n_parts; i++) {
        const lure_part *part = &space->parts[i];
        lure_text_add(text, i ? ":" : "");
        bool hidden = space->n_parts > 1 && part->words && strchr(part->words[(size_t)value[i]], ':');
        if (part->words && !hidden)
            lure_text_add(text, part->words[(size_t)value[i]]);
        else
            lure_text_add_number(text, value[i]);
    }
}
