/* plot.h: a curve in characters, for a terminal or a log. Braille cells hold 2 x 4 dots each; without UTF-8 a
   '*' stands for a cell. Knows nothing of streams: it appends to a text. */
#ifndef LURE_REPORT_PLOT_H
#define LURE_REPORT_PLOT_H

#include "base/text.h"
#include <stdbool.h>
#include <stddef.h>

/* A curve of n values (NaN and infinity leave a gap), drawn in `width` x `height` characters inside a labelled frame:
   the left margin shows the top, middle and bottom value, the line below the first and last x. */
typedef struct lure_plot_options {
    const char *title, *x_label; /* null: none */
    double x_first, x_last;
    double y_low, y_high; /* NaN: fitted to the values; what lies outside is not drawn */
    int width, height;    /* of the drawing itself; 4 to 500 and 1 to 200, nearer bound otherwise */
    bool utf8, colour;
} lure_plot_options;

void lure_plot_curve(lure_text *text, const double *values, size_t n, const lure_plot_options *options);

#endif
