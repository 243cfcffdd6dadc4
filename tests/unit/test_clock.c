/* test_clock.c: the monotonic clock goes forward at the right pace, the other has its fixed form. */
#define _GNU_SOURCE
#include "base/clock.h"
#include "unit.h"
#include <ctype.h>
#include <string.h>
#include <time.h>

TEST(seconds_go_forward_at_the_pace_of_time)
{
    double before = lure_clock_seconds();
    const struct timespec nap = {.tv_nsec = 20000000};
    nanosleep(&nap, NULL);
    double elapsed = lure_clock_seconds() - before;
    CHECK_SAY(elapsed >= 0.02 && elapsed < 5, "a nap of 0.02 s took %g s", elapsed);
}

TEST(utc_is_now_in_the_form_of_iso_8601)
{
    char text[LURE_CLOCK_SIZE];
    time_t before = time(NULL);
    lure_clock_utc(text);
    time_t after = time(NULL);
    CHECK_INT((int64_t)strlen(text), 20);
    struct tm parts = {0};
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    CHECK(rest && *rest == '\0');
    time_t said = timegm(&parts);
    CHECK_SAY(said >= before && said <= after, "said %s", text);
}
