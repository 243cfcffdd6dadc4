/* terminal.h: what is known about the stream a person reads: is it live, does it take colour, how wide is it; and
   the small texts that go there: styles, display widths, durations, values. Curves are plot.h's, tables table.h's,
   the line that rewrites itself live.h's. Everything is built as text first, so that tests can read it.
   Colour is off when NO_COLOR is set and not empty, when TERM is "dumb" or missing, or when the stream is no terminal. */
#ifndef LURE_REPORT_TERMINAL_H
#define LURE_REPORT_TERMINAL_H

#include "base/text.h"
#include <stdbool.h>
#include <stdio.h>

typedef enum {
    LURE_STYLE_PLAIN,
    LURE_STYLE_BOLD,
    LURE_STYLE_DIM,
    LURE_STYLE_GOOD,
    LURE_STYLE_BAD,
    LURE_STYLE_ACCENT
} lure_style;

bool lure_terminal_is_live(FILE *stream); /* a terminal that can move its cursor */
bool lure_terminal_colour(FILE *stream);
bool lure_terminal_utf8(void);          /* from LC_ALL, LC_CTYPE, LANG; else plots use ASCII */
int lure_terminal_width(FILE *stream);  /* columns; 80 when unknown; at least 40 */
int lure_terminal_height(FILE *stream); /* rows; 24 when unknown; at least 2 */
void lure_terminal_style(lure_text *text, bool colour, lure_style style, const char *string);

/* Columns that a UTF-8 string takes: colour sequences and combining marks none, East Asian wide characters two, a
   byte that is no UTF-8 one. */
size_t lure_display_width(const char *string);
/* Bytes of the longest start of `string` that takes at most `columns`; never splits a character or a sequence. */
size_t lure_display_cut(const char *string, size_t columns);
/* Appends `string` fit for one line of a terminal: colour sequences stay, every other control character becomes
   a space, so that a name from a script cannot move the cursor. */
void lure_display_add(lure_text *text, const char *string);

/* "85 ms", "1.2 s", "3 min 20 s", "2 h 05 min"; "-" for what is negative or not finite. */
void lure_duration_text(double seconds, char out[32]);
/* 4 to 6 significant digits for a person: "-10.02", "0.924", "1.2e-05", "12,345" when whole (all its digits up to
   15, so that counts are exact); "nan", "inf", "-inf". */
void lure_value_text(double value, char out[32]);

#endif
