/* test_live.c: the live line on a pseudo-terminal and on a plain file. */
#define _GNU_SOURCE
#include "report/live.h"

#include "base/clock.h"
#include "streams.h"
#include "unit.h"

#include <math.h>
#include <time.h>

static const char *written(int master)
{
    static char text[4096];
    size_t n = 0;
    for (ssize_t got = 1; got > 0; n += got > 0 ? (size_t)got : 0) /* a terminal may give line by line */
        got = read(master, text + n, sizeof text - 1 - n);
    text[n] = '\0';
    return text;
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
               "\r0123456789012345678901234567890123456ä\033[K"); /* 38, the next takes two */
    sleep_for(0.11);
    lure_live_show(live, "\033[31m0123456789012345678901234567890123456789\033[0m");
    CHECK_TEXT(written(master), "\r\033[31m012345678901234567890123456789012345678\033[0m\033[K");
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

TEST(several_live_lines_rewrite_themselves)
{
    FILE *terminal;
    const int master = pseudo_terminal(40, &terminal);
    char *term = remembered("TERM");
    environment("TERM", "xterm");
    lure_live *live = lure_live_create(terminal, 60);
    environment("TERM", term);
    free(term);
    CHECK(live != NULL);
    const char *lines[30] = {"one\ntwo", "0123456789012345678901234567890123456789", "three"};
    lure_live_show_lines(live, lines, 3);
    CHECK_TEXT(written(master),
               "\rone two\033[K\r\n012345678901234567890123456789012345678\033[K\r\nthree\033[K");
    sleep_for(0.11);
    lure_live_show_lines(live, lines, 3);
    CHECK_TEXT(written(master),
               "\r\033[2Aone two\033[K\r\n012345678901234567890123456789012345678\033[K\r\nthree\033[K");
    sleep_for(0.11);
    lure_live_show_lines(live, lines, 2); /* the third goes */
    CHECK_TEXT(written(master),
               "\r\033[2Aone two\033[K\r\n012345678901234567890123456789012345678\033[K\033[J");
    sleep_for(0.11);
    lure_live_show(live, "alone");
    CHECK_TEXT(written(master), "\r\033[1Aalone\033[K\033[J");
    sleep_for(0.11);
    for (int i = 0; i < 30; i++)
        lines[i] = "x";
    lure_live_show_lines(live, lines, 30); /* of 24 rows one stays free */
    const char *text = written(master);
    int n = 1;
    for (const char *s = text; *s; s++)
        n += *s == '\n';
    CHECK_INT(n, 23);
    lure_live_destroy(live);
    CHECK_TEXT(written(master), "\r\033[22A\033[J");
    fclose(terminal);
    close(master);

    FILE *file = tmpfile();
    CHECK(file != NULL);
    live = lure_live_create(file, 0.01);
    CHECK(live != NULL);
    sleep_for(0.02);
    lure_live_show_lines(live, lines, 3);
    lure_live_show_lines(live, lines, 0);
    lure_live_destroy(live);
    CHECK_INT(ftell(file), 2); /* "x" and a new line */
    fclose(file);
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
