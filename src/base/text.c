/* text.c: growing strings and did-you-mean; see text.h. Numbers are in number.c. A text that failed once takes
   nothing more until it is cleared: a hole in the middle would be worse than a missing end. */
#include "base/text.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* what `data` points at before the first byte; never written, since its capacity is 0 */
static char nothing[1];

void lure_text_init(lure_text *text)
{
    *text = (lure_text){.data = nothing};
}

void lure_text_free(lure_text *text)
{
    if (text->capacity > 0)
        free(text->data);
    lure_text_init(text);
}

void lure_text_clear(lure_text *text)
{
    text->length = 0;
    text->failed = false;
    if (text->capacity > 0)
        text->data[0] = '\0';
}

/* Room for `more` bytes and the terminator; doubles, so that adding byte by byte costs linear time. */
static bool reserve(lure_text *text, size_t more)
{
    if (text->failed)
        return false;
    if (more < text->capacity && text->length < text->capacity - more)
        return true;
    if (more < SIZE_MAX / 4 && text->length < SIZE_MAX / 4) {
        size_t needed = text->length + more + 1;
        size_t capacity = text->capacity < 32 ? 64 : 2 * text->capacity;
        capacity = capacity < needed ? needed : capacity;
        char *data = realloc(text->capacity > 0 ? text->data : NULL, capacity);
        if (data) {
            data[text->length] = '\0';
            text->data = data;
            text->capacity = capacity;
            return true;
        }
    }
    text->failed = true;
    return false;
}

void lure_text_add_bytes(lure_text *text, const char *bytes, size_t n)
{
    if (n == 0 || !reserve(text, n))
        return;
    memcpy(text->data + text->length, bytes, n);
    text->length += n;
    text->data[text->length] = '\0';
}

void lure_text_add(lure_text *text, const char *string)
{
    lure_text_add_bytes(text, string, strlen(string));
}

void lure_text_addf(lure_text *text, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0) {
        text->failed = true;
    } else if (reserve(text, (size_t)length)) {
        vsnprintf(text->data + text->length, (size_t)length + 1, format, again);
        text->length += (size_t)length;
    }
    va_end(again);
}

/* How many bytes at `at` are one control character; 0: none. Beyond ASCII these are U+0080 to U+009F. */
static size_t control_length(const unsigned char *at, size_t n)
{
    if (at[0] == '\n' || at[0] == '\t')
        return 0;
    if (at[0] < 0x20 || at[0] == 0x7f)
        return 1;
    return at[0] == 0xc2 && n > 1 && at[1] >= 0x80 && at[1] <= 0x9f ? 2 : 0;
}

void lure_text_add_quoted(lure_text *text, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=,:+@%";
    if (*word && word[strspn(word, plain)] == '\0') {
        lure_text_add(text, word);
        return;
    }
    const size_t n = strlen(word);
    size_t n_control = 0;
    for (size_t i = 0; i < n && n_control == 0; i++)
        n_control = control_length((const unsigned char *)word + i, n - i);
    const bool escapes = n_control > 0 || strpbrk(word, "\n\t");
    lure_text_add(text, escapes ? "$'" : "'");
    n_control = 0;
    for (size_t i = 0; i < n; i++) {
        const unsigned char c = (unsigned char)word[i];
        n_control = n_control > 1 ? n_control - 1 : control_length((const unsigned char *)word + i, n - i);
        if (c == '\'')
            lure_text_add(text, escapes ? "\\'" : "'\\''");
        else if (escapes && c == '\\')
            lure_text_add(text, "\\\\");
        else if (n_control > 0 || c == '\n' || c == '\t')
            lure_text_addf(text, "\\%03o", (unsigned)c);
        else
            lure_text_add_bytes(text, word + i, 1);
    }
    lure_text_add(text, "'");
}

void lure_text_add_number(lure_text *text, double value)
{
    char number[LURE_NUMBER_SIZE];
    size_t length = lure_number_format(value, number);
    lure_text_add_bytes(text, number, length);
}

enum { LONGEST_WORD = 128 }; /* nobody mistypes a longer name by a letter or two */

/* Damerau-Levenshtein distance in its usual form: inserting, dropping or changing a letter, or swapping two
   neighbours that are not changed again, each costs 1. Three rows of the table at a time. */
static size_t distance(const char *a, size_t n_a, const char *b, size_t n_b)
{
    size_t rows[3][LONGEST_WORD + 1];
    size_t *before = rows[0], *previous = rows[1], *row = rows[2];
    for (size_t j = 0; j <= n_b; j++)
        previous[j] = j;
    for (size_t i = 1; i <= n_a; i++) {
        row[0] = i;
        for (size_t j = 1; j <= n_b; j++) {
            size_t best = previous[j - 1] + (a[i - 1] != b[j - 1]);
            if (previous[j] + 1 < best)
                best = previous[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped && before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            row[j] = best;
        }
        size_t *oldest = before;
        before = previous;
        previous = row;
        row = oldest;
    }
    return previous[n_b];
}

const char *lure_text_nearest(const char *word, const char *const *candidates, size_t n)
{
    size_t length = strlen(word);
    if (length > LONGEST_WORD)
        return NULL;
    const char *nearest = NULL;
    size_t best = (length >= 6 ? length / 3 : 1) + 1; /* only what is nearer counts */
    for (size_t i = 0; i < n && candidates[i]; i++) {
        size_t candidate_length = strlen(candidates[i]);
        if (candidate_length > LONGEST_WORD)
            continue;
        size_t d = distance(word, length, candidates[i], candidate_length);
        if (d < best) {
            best = d;
            nearest = candidates[i];
        }
    }
    return nearest;
}

size_t lure_text_visible(const char *bytes, size_t n, char *out, size_t size)
{
    const unsigned char *at = (const unsigned char *)bytes, *end = at + n;
    size_t length = 0;
    while (at < end) {
        char piece[16];
        size_t n_control = control_length(at, (size_t)(end - at)), n_piece = 0;
        if (n_control == 0)
            piece[n_piece++] = (char)*at++;
        for (; n_control > 0; n_control--) /* three digits: one may follow */
            n_piece += (size_t)snprintf(piece + n_piece, sizeof piece - n_piece, "\\%03u", (unsigned)*at++);
        if (length + n_piece >= size)
            break;
        memcpy(out + length, piece, n_piece);
        length += n_piece;
    }
    out[length] = '\0';
    return length;
}

void lure_text_add_visible(lure_text *text, const char *string)
{
    char piece[512];
    for (size_t n = strlen(string), step; n > 0; string += step, n -= step) {
        step = n < 64 ? n : 64;
        if (step < n && ((unsigned char)string[step] & 0xc0) == 0x80) /* a pair of bytes stays one */
            step--;
        lure_text_add_bytes(text, piece, lure_text_visible(string, step, piece, sizeof piece));
    }
}
