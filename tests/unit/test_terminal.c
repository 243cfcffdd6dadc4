/* test_terminal.c: what a person sees, as text: plots and tables as pictures in the source, widths, values, durations,
   and the live line on a pseudo-terminal and on a plain file. */
#define _GNU_SOURCE
#include "report/terminal.h"

#include "base/clock.h"
#include "report/live.h"
#include "report/plot.h"
#include "report/table.h"
#include "unit.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static void environment(const char *name, const char *value)
{
    if (value)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

/* The variable's value, to be set again; caller frees. */
static char *remembered(const char *name)
{
    const char *value = getenv(name);
    return value ? strdup(value) : NULL;
}

TEST(values_have_few_digits)
{
    static const struct pair {
        double value;
        const char *text;
    } pairs[] = {
        {-10.0234, "-10.02"},
        {0.924, "0.924"},
        {0.92405, "0.9241"},
        {1.2e-5, "1.2e-05"},
        {12345, "12,345"},
        {-12345, "-12,345"},
        {999, "999"},
        {1000, "1,000"},
        {123456789, "123,456,789"},
        {12345.67, "12,345.7"},
        {-1234.5, "-1,234.5"},
        {999.97, "1,000"},
        {99999.97, "100,000"},
        {123456.7, "123,457"},
        {1234567.8, "1.235e+06"},
        {0, "0"},
        {-0.0, "0"},
        {0.5, "0.5"},
        {1.0 / 3, "0.3333"},
        {1e15, "1e+15"},
        {999999999999999, "999,999,999,999,999"},
        {-1e300, "-1e+300"},
        {5e-324, "4.941e-324"},
        {NAN, "nan"},
        {INFINITY, "inf"},
        {-INFINITY, "-inf"},
    };
    char text[32];
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        lure_value_text(pairs[i].value, text);
        CHECK_TEXT(text, pairs[i].text);
    }
}

TEST(durations_never_reach_the_next_unit)
{
    static const struct pair {
        double seconds;
        const char *text;
    } pairs[] = {
        {0, "0 ms"},
        {0.0123, "12 ms"},
        {0.0994, "99 ms"},
        {0.0996, "0.1 s"},
        {1.2, "1.2 s"},
        {59.94, "59.9 s"},
        {59.96, "1 min 00 s"},
        {200, "3 min 20 s"},
        {3599.4, "59 min 59 s"},
        {3599.6, "1 h 00 min"},
        {7500, "2 h 05 min"},
        {360000, "100 h 00 min"},
        {-1, "-"},
        {NAN, "-"},
        {INFINITY, "-"},
        {1e300, "2.78e+296 h"},
    };
    char text[32];
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        lure_duration_text(pairs[i].seconds, text);
        CHECK_TEXT(text, pairs[i].text);
    }
}

TEST(widths_count_what_is_seen)
{
    CHECK_INT((int64_t)lure_display_width(""), 0);
    CHECK_INT((int64_t)lure_display_width("abc"), 3);
    CHECK_INT((int64_t)lure_display_width("größe"), 5);
    CHECK_INT((int64_t)lure_display_width("e\xcc\x81"), 1); /* e and a combining acute */
    CHECK_INT((int64_t)lure_display_width("漢字"), 4);
    CHECK_INT((int64_t)lure_display_width("⠿│"), 2);
    CHECK_INT((int64_t)lure_display_width("\033[1;32mok\033[0m"), 2);
    CHECK_INT((int64_t)lure_display_width("\xff\xc3"), 2);     /* no UTF-8; cut short */
    CHECK_INT((int64_t)lure_display_width("\xe0\x80\x80"), 3); /* overlong */
    CHECK_INT((int64_t)lure_display_cut("größe", 3), 4);
    CHECK_INT((int64_t)lure_display_cut("漢字", 3), 3);
    CHECK_INT((int64_t)lure_display_cut("\033[1mab", 1), 5);
    CHECK_INT((int64_t)lure_display_cut("ab", 9), 2);
}

TEST(texts_for_a_line_cannot_steer_the_terminal)
{
    lure_text text;
    lure_text_init(&text);
    lure_display_add(&text, "a\nb\tc\033[2Jd\033[31mred\033[0m\x7f\xc2\x9b"
                            "e\xff");
    CHECK_TEXT(text.data, "a b c [2Jd\033[31mred\033[0m  e?");
    lure_text_free(&text);
}

TEST(styles_need_colour)
{
    lure_text text;
    lure_text_init(&text);
    lure_terminal_style(&text, false, LURE_STYLE_BAD, "x");
    lure_terminal_style(&text, true, LURE_STYLE_PLAIN, "y");
    lure_terminal_style(&text, true, LURE_STYLE_GOOD, "z");
    lure_terminal_style(&text, true, LURE_STYLE_BOLD, "");
    CHECK_TEXT(text.data, "xy\033[32mz\033[0m");
    lure_text_free(&text);
}

TEST(utf8_is_what_the_first_locale_variable_says)
{
    static const struct row {
        const char *all, *ctype, *lang;
        bool utf8;
    } rows[] = {
        {NULL, NULL, NULL, false},         {NULL, NULL, "en_US.UTF-8", true},
        {"C", NULL, "en_US.UTF-8", false}, {"", "", "de_DE.utf8", true},
        {NULL, "C.UTF-8", "C", true},      {"POSIX", "C.UTF-8", NULL, false},
        {NULL, NULL, "de_DE@euro", false},
    };
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    char *saved[3];
    bool seen[sizeof rows / sizeof *rows];
    for (int i = 0; i < 3; i++)
        saved[i] = remembered(names[i]);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        environment("LC_ALL", rows[i].all);
        environment("LC_CTYPE", rows[i].ctype);
        environment("LANG", rows[i].lang);
        seen[i] = lure_terminal_utf8();
    }
    for (int i = 0; i < 3; i++) {
        environment(names[i], saved[i]);
        free(saved[i]);
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK_SAY(seen[i] == rows[i].utf8, "row %zu: %d", i, seen[i]);
}

/* ---- tables ---- */

static void check_table(const char *const *cells, size_t n_columns, size_t n, const char *expected)
{
    lure_text text;
    lure_text_init(&text);
    lure_table *table = lure_table_create(n_columns);
    for (size_t i = 0; i < n; i++)
        lure_table_cell(table, cells[i], i % n_columns == 1);
    lure_table_print(table, false, &text);
    lure_table_destroy(table);
    CHECK(!text.failed);
    CHECK_TEXT(text.data, expected);
    lure_text_free(&text);
}

TEST(a_table_is_padded_to_its_columns)
{
    const char *cells[] = {"run", "return", "note",   "fry_shacks", "0.924",
                           "",    "größe",  "-10.02", "two\nlines"};
    check_table(cells, 3, 9,
                "run         return  note\n"
                "----------  ------  ---------\n"
                "fry_shacks   0.924\n"
                "größe       -10.02  two lines\n");
}

TEST(a_table_may_lack_cells)
{
    const char *cells[] = {"a", "", "c", "1", "22", "", "", "", "3", "4"};
    check_table(cells, 3, 10,
                "a      c\n"
                "-  --  -\n"
                "1  22\n"
                "       3\n"
                "4\n");
    check_table(NULL, 2, 0, "");
    lure_table_destroy(NULL);
}

TEST(a_coloured_table_has_the_same_columns)
{
    const char *cells[] = {"name", "n", "\033[32mok\033[0m", "17"};
    lure_text text;
    lure_text_init(&text);
    lure_table *table = lure_table_create(2);
    for (size_t i = 0; i < 4; i++)
        lure_table_cell(table, cells[i], i % 2 == 1);
    lure_table_print(table, true, &text);
    lure_table_destroy(table);
    CHECK_TEXT(text.data,
               "\033[1mname\033[0m   \033[1mn\033[0m\n\033[2m----  --\033[0m\n\033[32mok\033[0m    17\n");
    lure_text_free(&text);
}

TEST(a_long_table_keeps_every_row)
{
    lure_text text;
    lure_text_init(&text);
    lure_table *table = lure_table_create(1);
    for (int i = 0; i < 1000; i++)
        lure_table_cell(table, "x", false);
    lure_table_print(table, false, &text);
    lure_table_destroy(table);
    CHECK_INT((int64_t)text.length, 2 * 1001);
    lure_text_free(&text);
}

/* ---- plots ---- */

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

/* ---- streams ---- */

/* A pseudo-terminal of the given width: *out is its terminal side. */
static int pseudo_terminal(unsigned short columns, FILE **out)
{
    const int master = posix_openpt(O_RDWR | O_NOCTTY);
    CHECK(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    const int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    CHECK(slave >= 0);
    const struct winsize size = {24, columns, 0, 0};
    CHECK_INT(ioctl(slave, TIOCSWINSZ, &size), 0);
    CHECK_INT(fcntl(master, F_SETFL, O_NONBLOCK), 0);
    *out = fdopen(slave, "w");
    CHECK(*out != NULL);
    return master;
}

static const char *written(int master)
{
    static char text[4096];
    const ssize_t n = read(master, text, sizeof text - 1);
    text[n > 0 ? n : 0] = '\0';
    return text;
}

TEST(a_terminal_is_known_by_its_stream_and_environment)
{
    FILE *terminal, *file = tmpfile();
    const int master = pseudo_terminal(132, &terminal);
    char *term = remembered("TERM");
    char *no_color = remembered("NO_COLOR");
    bool live[4], colour[4];
    static const char *const settings[4][2] = {
        {"xterm", NULL}, {"xterm", "1"}, {"dumb", NULL}, {"xterm", ""}};
    for (int i = 0; i < 4; i++) {
        environment("TERM", settings[i][0]);
        environment("NO_COLOR", settings[i][1]);
        live[i] = lure_terminal_is_live(terminal);
        colour[i] = lure_terminal_colour(terminal);
    }
    const bool file_live = lure_terminal_is_live(file), file_colour = lure_terminal_colour(file);
    environment("TERM", term);
    environment("NO_COLOR", no_color);
    free(term);
    free(no_color);
    CHECK(live[0] && live[1] && !live[2] && live[3] && !file_live);
    CHECK(colour[0] && !colour[1] && !colour[2] && colour[3] && !file_colour);
    CHECK_INT(lure_terminal_width(terminal), 132);
    CHECK_INT(lure_terminal_width(file), 80);
    const struct winsize narrow = {24, 10, 0, 0};
    CHECK_INT(ioctl(master, TIOCSWINSZ, &narrow), 0);
    CHECK_INT(lure_terminal_width(terminal), 40);
    fclose(terminal);
    fclose(file);
    close(master);
}

static void sleep_for(double seconds)
{
    const struct timespec time = {(time_t)seconds, (long)((seconds - floor(seconds)) * 1e9)};
    nanosleep(&time, NULL);
}

TEST(a_live_line_rewrites_itself_ten_times_a_second)
{
    FILE *terminal;
    const int master = pseudo_terminal(40, &terminal);
    char *term = remembered("TERM");
    environment("TERM", "xterm");
    lure_live *live = lure_live_create(terminal, 60);
    environment("TERM", term);
    free(term);
    CHECK(live != NULL);
    CHECK(lure_live_due(live));
    lure_live_show(live, "one\ntwo");
    CHECK_TEXT(written(master), "\rone two\033[K");
    lure_live_show(live, "too early");
    CHECK_TEXT(written(master), "");
    sleep_for(0.11);
    lure_live_show(live, "0123456789012345678901234567890123456ä漢0");
    CHECK_TEXT(written(master),
               "\r0123456789012345678901234567890123456ä\033[0m\033[K"); /* 38, the next takes two */
    lure_live_clear(live);
    CHECK_TEXT(written(master), "\r\033[K");
    lure_live_clear(live); /* nothing left to wipe */
    CHECK_TEXT(written(master), "");

    /* asked as fast as it goes, it never writes more often than said */
    const double begin = lure_clock_seconds();
    int n_due = 0, n_lines = 0;
    while (lure_clock_seconds() < begin + 0.55)
        if (lure_live_due(live)) {
            n_due++;
            lure_live_show(live, "x");
            n_lines += strcmp(written(master), "\rx\033[K") == 0;
        }
    const double took = lure_clock_seconds() - begin;
    CHECK_SAY(n_lines >= 2 && n_lines <= took / 0.1 + 1, "%d lines in %.3f s", n_lines, took);
    CHECK_INT(n_due, n_lines);
    lure_live_destroy(live);
    CHECK_TEXT(written(master), "\r\033[K");
    fclose(terminal);
    close(master);
}

TEST(on_a_file_plain_lines_come_seldom)
{
    FILE *file = tmpfile();
    CHECK(file != NULL);
    lure_live *live = lure_live_create(file, 0.05);
    CHECK(live != NULL);
    CHECK(!lure_live_due(live));
    lure_live_show(live, "too early");
    sleep_for(0.06);
    lure_live_show(live, "\033[31mone\033[0m");
    lure_live_show(live, "too early");
    lure_live_clear(live);
    sleep_for(0.06);
    lure_live_show(live, "two");
    lure_live_destroy(live);
    char text[256] = "";
    rewind(file);
    CHECK(fread(text, 1, sizeof text - 1, file) > 0);
    CHECK_TEXT(text, "\033[31mone\033[0m\ntwo\n");
    fclose(file);
}

TEST(no_live_line_is_never_due)
{
    CHECK(!lure_live_due(NULL));
    lure_live_show(NULL, "x");
    lure_live_clear(NULL);
    lure_live_destroy(NULL);
}
