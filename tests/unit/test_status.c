/* test_status.c: errors keep their text whole, cut or wrapped. */
#include "unit.h"
#include <string.h>

TEST(fail_returns_its_status_and_fills_the_text)
{
    lure_error err = {0};
    CHECK_INT(lure_fail(&err, LURE_ERROR_SCRIPT, "%s is %d", "n_envs", 0), LURE_ERROR_SCRIPT);
    CHECK_INT(err.status, LURE_ERROR_SCRIPT);
    CHECK_TEXT(err.text, "n_envs is 0");
    CHECK_INT(lure_fail(NULL, LURE_ERROR_STORE, "nobody listens"), LURE_ERROR_STORE);
}

TEST(fail_may_wrap_its_own_text)
{
    lure_error err = {0};
    lure_fail(&err, LURE_ERROR_STORE, "no such file");
    lure_fail(&err, LURE_ERROR_STORE, "run 7: %s", err.text);
    CHECK_TEXT(err.text, "run 7: no such file");
}

TEST(fail_cuts_at_the_end_of_the_buffer)
{
    lure_error err = {0};
    char long_word[5000];
    memset(long_word, 'x', sizeof long_word - 1);
    long_word[sizeof long_word - 1] = '\0';
    lure_fail(&err, LURE_ERROR_USAGE, "%s", long_word);
    CHECK_INT((int64_t)strlen(err.text), (int64_t)sizeof err.text - 1);
}

TEST(every_status_has_its_own_name)
{
    const char *const names[] = {"ok",      "usage",     "script_error", "limit_step_time", "limit_memory",
                                 "host_io", "cancelled", "crashed",      "limit_wall"};
    for (int i = LURE_OK; i <= LURE_ERROR_WALL; i++)
        CHECK_TEXT(lure_status_name((lure_status)i), names[i]);
}
