/* test_terminal.c: the questions to a stream and its environment, and the small texts for a person. */
#define _GNU_SOURCE
#include "report/terminal.h"

#include "streams.h"
#include "unit.h"

#include <math.h>

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
