/* text.h: growing strings, numbers as text, and the did-you-mean of every name a person types.
   A text that ran out of memory stays usable: it drops what does not fit and remembers `failed`. */
#ifndef LURE_BASE_TEXT_H
#define LURE_BASE_TEXT_H

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct lure_text {
    char *data; /* terminated; "" while empty */
    size_t length, capacity;
    bool failed;
} lure_text;

void lure_text_init(lure_text *text);
void lure_text_free(lure_text *text);
void lure_text_clear(lure_text *text);
void lure_text_add(lure_text *text, const char *string);
void lure_text_add_bytes(lure_text *text, const char *bytes, size_t n);
void lure_text_addf(lure_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A word as a POSIX shell would have to read it, quoted only where it must be; control characters as in $'\033[1m', so that the
   line can be shown. */
void lure_text_add_quoted(lure_text *text, const char *word);
void lure_text_add_number(lure_text *text, double value);

enum { LURE_NUMBER_SIZE = 32 };
/* The shortest text that reads back to the same bits; integers below 2^53 without a dot ("3", "-0", "1e+300",
   "nan", "inf", "-inf"). Terminated; returns its length. */
size_t lure_number_format(double value, char out[LURE_NUMBER_SIZE]);

/* For printf, which writes "-nan" for some NaNs; which sign one has differs between CPUs and says nothing. */
static inline double lure_number_plain(double value)
{
    return value == value ? value : (double)NAN;
}

/* Copies n bytes for a terminal's eyes: control characters but newline and tab become \ and their number, as in \027[2J, of a
   UTF-8 pair that is one both bytes do. Cut where `out` (size > 0, terminated) is full. Returns its length. */
size_t lure_text_visible(const char *bytes, size_t n, char *out, size_t size);
void lure_text_add_visible(lure_text *text, const char *string); /* the same, whole */

/* The candidate nearest to `word` (Damerau-Levenshtein, at most a third of the word's length away, 1 at least),
   or null. `candidates` ends with null or after n, whichever comes first. */
const char *lure_text_nearest(const char *word, const char *const *candidates, size_t n);

#endif
