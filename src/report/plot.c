/* plot.c: one grid of dots for both kinds of drawing. A braille character is 2 dots wide and 4 high, U+2800 plus
   one bit a dot (Unicode chapter 21.1); in ASCII a character is one dot. Neighbouring values are joined by
   Bresenham's line, clipped to the frame first, so that any numbers take at most width + height steps. */
#include "report/plot.h"

#include "report/terminal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct grid {
    int columns, rows;   /* of dots */
    unsigned char *dots; /* (row, column), row 0 on top */
} grid;

typedef struct glyphs {
    const char *horizontal, *vertical, *tick, *top_left, *top_right, *bottom_left, *bottom_right;
} glyphs;

static const glyphs LINES = {"─", "│", "┤", "╭", "╮", "╰", "╯"};
static const glyphs ASCII = {"-", "|", "|", "+", "+", "+", "+"};

static void add_times(lure_text *text, const char *string, size_t n)
{
    for (size_t i = 0; i < n; i++)
        lure_text_add(text, string);
}

static int clamp(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

/* Bresenham 1965 in whole dots. */
static void draw_line(grid *g, int x0, int y0, int x1, int y1)
{
    const int dx = abs(x1 - x0), dy = -abs(y1 - y0);
    const int step_x = x0 < x1 ? 1 : -1, step_y = y0 < y1 ? 1 : -1;
    for (int error = dx + dy;;) {
        g->dots[y0 * g->columns + x0] = 1;
        if (x0 == x1 && y0 == y1)
            return;
        const int twice = 2 * error;
        if (twice >= dy) {
            error += dy;
            x0 += step_x;
        }
        if (twice <= dx) {
            error += dx;
            y0 += step_y;
        }
    }
}

/* Cuts the piece from (x0, y0) to (x1, y1) to 0 <= y <= top and draws what is left; y counts upwards here. */
static void draw_piece(grid *g, double x0, double y0, double x1, double y1)
{
    const double top = g->rows - 1;
    if ((y0 < 0 && y1 < 0) || (y0 > top && y1 > top))
        return;
    double from_x = x0, from_y = y0, to_x = x1, to_y = y1;
    if (y0 < 0 || y0 > top) {
        from_y = y0 < 0 ? 0 : top;
        from_x = x0 + (from_y - y0) / (y1 - y0) * (x1 - x0);
    }
    if (y1 < 0 || y1 > top) {
        to_y = y1 < 0 ? 0 : top;
        to_x = x0 + (to_y - y0) / (y1 - y0) * (x1 - x0);
    }
    const int last = g->columns - 1;
    draw_line(g, clamp((int)(from_x + 0.5), 0, last), (int)(top - from_y + 0.5),
              clamp((int)(to_x + 0.5), 0, last), (int)(top - to_y + 0.5));
}

static void draw_values(grid *g, const double *values, size_t n, double low, double high)
{
    const double scale = isinf(high - low) ? 0.5 : 1; /* a range that overflows is measured in halves */
    const double range = high * scale - low * scale;
    double before_x = 0, before_y = NAN;
    for (size_t i = 0; i < n; i++) {
        const double x = n > 1 ? (double)i * (g->columns - 1) / (double)(n - 1) : 0;
        double y = isfinite(values[i]) ? (values[i] * scale - low * scale) / range * (g->rows - 1) : NAN;
        if (isinf(y)) /* a value absurdly far outside fixed bounds: anywhere outside will do */
            y = y > 0 ? 1e9 : -1e9;
        if (!isnan(y))
            draw_piece(g, isnan(before_y) ? x : before_x, isnan(before_y) ? y : before_y, x, y);
        before_x = x;
        before_y = y;
    }
}

/* Bounds that were not given come from the finite values; a flat curve gets room above and below. */
static bool fit(const double *values, size_t n, double *low, double *high)
{
    double least = INFINITY, most = -INFINITY;
    for (size_t i = 0; i < n; i++)
        if (isfinite(values[i])) {
            least = values[i] < least ? values[i] : least;
            most = values[i] > most ? values[i] : most;
        }
    const bool any = least <= most;
    *low = isfinite(*low) ? *low : any ? least : 0;
    *high = isfinite(*high) ? *high : any ? most : 1;
    if (!(*low < *high)) {
        const double room = *low == 0 ? 1 : fabs(*low) / 10;
        *high = *low + room;
        *low -= room;
    }
    return any;
}

/* Top, middle and bottom value with as many digits as it takes to tell them apart. */
static void label_values(double low, double high, char labels[3][32])
{
    const double at[3] = {high, low / 2 + high / 2, low};
    for (int digits = 0; digits <= 16; digits += 4) {
        for (int i = 0; i < 3; i++)
            if (digits == 0)
                lure_value_text(at[i], labels[i]);
            else
                snprintf(labels[i], 32, "%.*g", digits + 1, at[i]);
        if (strcmp(labels[0], labels[1]) != 0 && strcmp(labels[1], labels[2]) != 0)
            return;
    }
}

/* One row of characters from the grid. */
static void row_text(const grid *g, int row, bool utf8, lure_text *out)
{
    static const unsigned char bits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    if (!utf8) {
        for (int x = 0; x < g->columns; x++)
            lure_text_add(out, g->dots[row * g->columns + x] ? "*" : " ");
        return;
    }
    for (int x = 0; x < g->columns; x += 2) {
        unsigned pattern = 0;
        for (int y = 0; y < 4; y++)
            for (int k = 0; k < 2; k++)
                if (g->dots[(row * 4 + y) * g->columns + x + k])
                    pattern |= bits[y][k];
        if (pattern == 0) { /* a plain space: empty braille shows as rings in some fonts */
            lure_text_add(out, " ");
            continue;
        }
        const char cell[4] = {(char)0xe2, (char)(0xa0 | pattern >> 6), (char)(0x80 | (pattern & 0x3f)), 0};
        lure_text_add(out, cell);
    }
}

/* A corner, the horizontal, a corner. */
static void add_edge(lure_text *text, const glyphs *set, bool top, size_t margin, int width, bool colour)
{
    lure_text edge;
    lure_text_init(&edge);
    lure_text_add(&edge, top ? set->top_left : set->bottom_left);
    add_times(&edge, set->horizontal, (size_t)width);
    lure_text_add(&edge, top ? set->top_right : set->bottom_right);
    add_times(text, " ", margin + 1);
    lure_terminal_style(text, colour, LURE_STYLE_DIM, edge.data);
    lure_text_add(text, "\n");
    lure_text_free(&edge);
}

/* First and last x under their ends, the label centred between them; what does not fit is left out. */
static void add_x_line(lure_text *text, const lure_plot_options *o, size_t margin, size_t width)
{
    char first[32], last[32];
    lure_value_text(o->x_first, first);
    lure_value_text(o->x_last, last);
    const size_t n_first = strlen(first), n_last = strlen(last);
    const size_t n_label = o->x_label ? lure_display_width(o->x_label) : 0;
    add_times(text, " ", margin + 2);
    lure_text_add(text, first);
    if (n_first + n_last + 2 <= width) {
        size_t gap = width - n_first - n_last;
        if (n_label > 0 && n_label + 4 <= gap) {
            size_t before =
                width > n_label ? (width - n_label) / 2 : 0; /* centred in the frame where possible */
            before = before > n_first + 2 ? before - n_first : 2;
            if (before + n_label + 2 > gap)
                before = gap - n_label - 2;
            add_times(text, " ", before);
            lure_display_add(text, o->x_label);
            gap -= before + n_label;
        }
        add_times(text, " ", gap);
        lure_text_add(text, last);
    }
    lure_text_add(text, "\n");
}

void lure_plot_curve(lure_text *text, const double *values, size_t n, const lure_plot_options *options)
{
    const lure_plot_options *o = options;
    const int width = clamp(o->width, 4, 500), height = clamp(o->height, 1, 200);
    const glyphs *set = o->utf8 ? &LINES : &ASCII;
    grid g = {o->utf8 ? 2 * width : width, o->utf8 ? 4 * height : height, NULL};
    g.dots = calloc((size_t)g.columns * (size_t)g.rows, 1);
    if (!g.dots) {
        text->failed = true;
        return;
    }
    double low = o->y_low, high = o->y_high;
    char labels[3][32];
    const bool any = fit(values, n, &low, &high);
    draw_values(&g, values, n, low, high);
    label_values(low, high, labels);
    size_t margin = 0;
    for (int i = 0; i < 3; i++)
        margin = strlen(labels[i]) > margin ? strlen(labels[i]) : margin;

    if (o->title) {
        lure_text title;
        lure_text_init(&title);
        lure_display_add(&title, o->title);
        add_times(text, " ", margin + 2);
        lure_terminal_style(text, o->colour, LURE_STYLE_BOLD, title.data);
        lure_text_add(text, "\n");
        lure_text_free(&title);
    }
    add_edge(text, set, true, margin, width, o->colour);
    for (int row = 0; row < height; row++) {
        const char *label = row == 0                  ? labels[0]
                            : row == height - 1       ? labels[2]
                            : row == (height - 1) / 2 ? labels[1]
                                                      : "";
        lure_text line;
        lure_text_init(&line);
        if (any)
            row_text(&g, row, o->utf8, &line);
        else
            lure_text_addf(&line, "%-*.*s", width, width, row == (height - 1) / 2 ? " no values yet" : "");
        add_times(text, " ", margin - strlen(label));
        lure_text_add(text, label);
        lure_text_add(text, " ");
        lure_terminal_style(text, o->colour, LURE_STYLE_DIM, *label ? set->tick : set->vertical);
        lure_terminal_style(text, o->colour, LURE_STYLE_ACCENT, line.data);
        lure_terminal_style(text, o->colour, LURE_STYLE_DIM, set->vertical);
        lure_text_add(text, "\n");
        lure_text_free(&line);
    }
    add_edge(text, set, false, margin, width, o->colour);
    add_x_line(text, o, margin, (size_t)width);
    free(g.dots);
}
