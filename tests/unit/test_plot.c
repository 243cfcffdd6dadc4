/* test_plot.c: plots as pictures in the source, and numbers that would leave the frame if they could. */
#define _GNU_SOURCE
#include "report/plot.h"

#include "report/terminal.h"
#include "unit.h"

#include <math.h>
#include <string.h>

static lure_plot_options plain_plot(int width, int height)
{
    return (lure_plot_options){NULL, NULL, 1, 100, NAN, NAN, width, height, false, false};
}

static void check_plot(const double *values, size_t n, const lure_plot_options *options, const char *expected)
{
    lure_text text;
    lure_text_init(&text);
    lure_plot_curve(&text, values, n, options);
    CHECK(!text.failed);
    CHECK_SAY(strcmp(text.data, expected) == 0, "the plot is\n%sexpected\n%s", text.data, expected);
    lure_text_free(&text);
}

TEST(a_rising_line_in_ascii)
{
    lure_plot_options o = plain_plot(25, 5);
    o.title = "return";
    o.x_label = "updates";
    check_plot((double[]){0, 1, 2, 3, 4}, 5, &o,
               "   return\n"
               "  +-------------------------+\n"
               "4 |                     ****|\n"
               "  |               ******    |\n"
               "2 |         ******          |\n"
               "  |   ******                |\n"
               "0 |***                      |\n"
               "  +-------------------------+\n"
               "   1        updates      100\n");
}

TEST(a_rising_line_in_braille)
{
    lure_plot_options o = plain_plot(12, 3);
    o.utf8 = true;
    o.x_label = "too long a label";
    check_plot((double[]){0, 1}, 2, &o,
               "    ╭────────────╮\n"
               "  1 ┤        ⣀⠤⠒⠉│\n"
               "0.5 ┤    ⣀⠤⠒⠉    │\n"
               "  0 ┤⣀⠤⠒⠉        │\n"
               "    ╰────────────╯\n"
               "     1        100\n");
}

TEST(every_braille_dot_is_in_its_place)
{
    /* one character, one value: the dot runs down the left column; then the right column by a second value */
    lure_plot_options o = plain_plot(4, 1);
    o.utf8 = true;
    o.y_low = 0;
    o.y_high = 3;
    static const char *const left[] = {"⡀", "⠄", "⠂", "⠁"}, *const right[] = {"⢀", "⠠", "⠐", "⠈"};
    for (int y = 0; y < 4; y++) {
        lure_text text;
        lure_text_init(&text);
        lure_plot_curve(&text, (double[]){y}, 1, &o);
        CHECK_CONTAINS(text.data, left[y]);
        lure_text_clear(&text);
        double values[8] = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, y};
        lure_plot_curve(&text, values, 8, &o);
        CHECK_CONTAINS(text.data, right[y]);
        lure_text_free(&text);
    }
}

TEST(gaps_stay_open)
{
    lure_plot_options o = plain_plot(9, 3);
    check_plot((double[]){1, 1, NAN, 3, 3, INFINITY, 2, NAN, 1}, 9, &o,
               "  +---------+\n"
               "3 |   **    |\n"
               "2 |      *  |\n"
               "1 |**      *|\n"
               "  +---------+\n"
               "   1     100\n");
}

TEST(what_leaves_given_bounds_is_cut_where_it_leaves)
{
    lure_plot_options o = plain_plot(9, 3);
    o.y_low = 0;
    o.y_high = 2;
    check_plot((double[]){0, 4, -4}, 3, &o, /* up through the top half way, down again, out at the bottom */
               "  +---------+\n"
               "2 |  *  *   |\n"
               "1 | *    *  |\n"
               "0 |*     *  |\n"
               "  +---------+\n"
               "   1     100\n");
    check_plot((double[]){5, 6, 7}, 3, &o,
               "  +---------+\n"
               "2 |         |\n"
               "1 |         |\n"
               "0 |         |\n"
               "  +---------+\n"
               "   1     100\n");
}

TEST(flat_curves_and_no_values)
{
    lure_plot_options o = plain_plot(16, 3);
    check_plot((double[]){0, 0}, 2, &o,
               "   +----------------+\n"
               " 1 |                |\n"
               " 0 |****************|\n"
               "-1 |                |\n"
               "   +----------------+\n"
               "    1            100\n");
    check_plot((double[]){NAN, NAN}, 2, &o,
               "    +----------------+\n"
               "  1 |                |\n"
               "0.5 | no values yet  |\n"
               "  0 |                |\n"
               "    +----------------+\n"
               "     1            100\n");
}

TEST(labels_have_the_digits_that_tell_them_apart)
{
    lure_plot_options o = plain_plot(4, 3);
    check_plot((double[]){0.69314701, 0.69314709}, 2, &o,
               "           +----+\n"
               "0.69314709 |   *|\n"
               "0.69314705 | ** |\n"
               "0.69314701 |*   |\n"
               "           +----+\n"
               "            1\n");
}

/* Lines of a plot all end at the same column, whatever the numbers are. */
TEST(extreme_numbers_stay_in_the_frame)
{
    static const double sets[][4] = {
        {-1.7e308, 1.7e308, 0, 5e-324},
        {1e300, -1e300, 1e-300, 0},
        {1, 1 + 0x1p-52, 1, 1},
        {-INFINITY, INFINITY, NAN, 1e308},
        {4503599627370497.5, 4503599627370498.5, 0, 1},
    };
    for (size_t s = 0; s < sizeof sets / sizeof *sets; s++)
        for (int kind = 0; kind < 6; kind++) {
            lure_plot_options o = plain_plot(kind == 5 ? -3 : 20, kind == 5 ? 0 : 4);
            o.utf8 = kind % 2 == 0;
            if (kind / 2 == 1) {
                o.y_low = 0;
                o.y_high = 5e-324;
            }
            if (kind / 2 == 2)
                o.y_low = 1e308;
            lure_text text;
            lure_text_init(&text);
            lure_plot_curve(&text, sets[s], 4, &o);
            size_t width = 0;
            int n_lines = 0;
            char *rest = text.data;
            for (char *line; (line = strsep(&rest, "\n")) && *line; n_lines++) {
                const size_t now = lure_display_width(line);
                if (n_lines == 1)
                    width = now;
                CHECK_SAY(n_lines < 2 || rest == NULL || *rest == '\0' || now == width, "set %zu kind %d: %s",
                          s, kind, line);
            }
            CHECK_INT(n_lines, (kind == 5 ? 1 : 4) + 3);
            lure_text_free(&text);
        }
}

TEST(colours_in_a_plot_change_no_width)
{
    lure_plot_options o = plain_plot(12, 3);
    o.title = "t\033[2J";
    o.colour = true;
    lure_text text;
    lure_text_init(&text);
    lure_plot_curve(&text, (double[]){0, 1}, 2, &o);
    CHECK_CONTAINS(text.data, "\033[1mt [2J\033[0m\n");
    CHECK_CONTAINS(text.data, "\033[36m   ******   \033[0m\033[2m|\033[0m\n");
    char *rest = text.data;
    for (int i = 0; i < 6; i++) { /* the title, then the frame with its margin */
        const char *line = strsep(&rest, "\n");
        CHECK_INT((int64_t)lure_display_width(line), i == 0 ? 5 + 5 : 4 + 14);
    }
    lure_text_free(&text);
}
