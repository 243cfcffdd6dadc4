/* terminal.h: what a person sees in a terminal: colours, a live line, small plots in characters, tables.
   Everything is built as text first, so that tests can read it; only the live line writes by itself.
   Colour is off when NO_COLOR is set and not empty, when TERM is "dumb", or when the stream is no terminal. */
#ifndef LURE_REPORT_TERMINAL_H
#define LURE_REPORT_TERMINAL_H

#include "base/text.h"
#include <stdbool.h>
#include <stdio.h>

typedef enum { LURE_STYLE_PLAIN, LURE_STYLE_BOLD, LURE_STYLE_DIM, LURE_STYLE_GOOD, LURE_STYLE_BAD, LURE_STYLE_ACCENT } lure_style;

bool lure_terminal_is_live(FILE *stream);  /* a terminal that can move its cursor */
bool lure_terminal_colour(FILE *stream);
bool lure_terminal_utf8(void);             /* from LC_ALL, LC_CTYPE, LANG; else plots use ASCII */
int lure_terminal_width(FILE *stream);     /* columns; 80 when unknown; at least 40 */
void lure_terminal_style(lure_text *text, bool colour, lure_style style, const char *string);

/* A curve of n values (NaN leaves a gap), drawn in `width` x `height` characters inside a labelled frame: the left
   margin shows the top, middle and bottom value, the line below the first and last x. Braille dots with UTF-8, '*' without. */
typedef struct lure_plot_options {
    const char *title, *x_label;
    double x_first, x_last;
    double y_low, y_high;  /* NaN: fitted to the values */
    int width, height;     /* of the drawing itself */
    bool utf8, colour;
} lure_plot_options;
void lure_plot_curve(lure_text *text, const double *values, size_t n, const lure_plot_options *options);

/* A table: cells as text, columns padded, numbers (marked by `right`) flush right, header underlined. */
typedef struct lure_table lure_table;
lure_table *lure_table_create(size_t n_columns);      /* null without memory */
void lure_table_cell(lure_table *table, const char *text, bool right); /* row by row, the header first; display width counts UTF-8 */
void lure_table_print(const lure_table *table, bool colour, lure_text *text);
void lure_table_destroy(lure_table *table);

/* The live line: rewrites itself on a terminal; when the stream is none, a plain line at most every
   `plain_seconds`. Never wider than the terminal. */
typedef struct lure_live lure_live;
lure_live *lure_live_create(FILE *stream, double plain_seconds);
bool lure_live_due(lure_live *live);                        /* is it time for another line? cheap */
void lure_live_show(lure_live *live, const char *line);
void lure_live_clear(lure_live *live);                      /* wipes the live line before other output */
void lure_live_destroy(lure_live *live);

/* "1.2 s", "3 min 20 s", "2 h 05 min"; "-" for what is not finite. */
void lure_duration_text(double seconds, char out[32]);
/* 4 to 6 significant digits for a person: "-10.02", "0.924", "1.2e-05", "12,345" when whole. */
void lure_value_text(double value, char out[32]);

#endif
