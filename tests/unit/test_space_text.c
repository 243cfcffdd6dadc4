/* test_space_text.c: what a person types as an action, and what is said when it is none. */
#include "learn/space_text.h"
#include "unit.h"

#include <math.h>

static const char *const ways[] = {"left", "right", "0", "a:b"};
static const char *const gears[] = {"first", "second"};
static const lure_part one[] = {{.n = 4, .words = ways}};
static const lure_part two[] = {{.n = 4, .words = ways}, {.name = "gear", .n = 2, .words = gears}};
static const lure_part cell[] = {{.name = "cell", .n = 16}};
static const lure_part numbers[] = {{.name = "steer", .low = -1, .high = 1},
                                    {.low = -INFINITY, .high = INFINITY}};
static const lure_space choice = {1, one}, choices = {2, two}, counted = {1, cell}, box = {2, numbers},
                        nothing = {0, NULL};

static double read_one(const lure_space *space, const char *text, bool *by_word)
{
    lure_error err;
    double value = NAN;
    CHECK_OK(lure_space_read(space, text, "action", &value, by_word, &err), &err);
    return value;
}

TEST(a_choice_is_a_word_or_its_number_from_0)
{
    bool by_word;
    CHECK_REAL(read_one(&choice, "right", &by_word), 1);
    CHECK(by_word);
    CHECK_REAL(read_one(&choice, "1", &by_word), 1);
    CHECK(!by_word);
    CHECK_REAL(read_one(&choice, "3", NULL), 3);
    CHECK_REAL(read_one(&counted, "15", NULL), 15);
}

TEST(a_word_goes_before_a_number)
{
    bool by_word;
    CHECK_REAL(read_one(&choice, "0", &by_word), 2);
    CHECK(by_word);
    CHECK_REAL(read_one(&choice, "a:b", NULL), 3);
}

TEST(parts_are_joined_by_colons)
{
    double value[2];
    bool by_word[2];
    lure_error err;
    CHECK_OK(lure_space_read(&choices, "left:1", "action", value, by_word, &err), &err);
    CHECK_REAL(value[0], 0);
    CHECK_REAL(value[1], 1);
    CHECK(by_word[0] && !by_word[1]);
    CHECK_OK(lure_space_read(&box, "-0.25:1e3", "action", value, NULL, &err), &err);
    CHECK_REAL(value[0], -0.25);
    CHECK_REAL(value[1], 1000);
    CHECK_OK(lure_space_read(&box, "7:-7", "action", value, NULL, &err), &err); /* beyond a bound */
    CHECK_OK(lure_space_read(&nothing, "", "action", value, NULL, &err), &err);
}

static void check_refused(const lure_space *space, const char *text, const char *why)
{
    double value[2];
    lure_error err;
    CHECK_STATUS(lure_space_read(space, text, "action", value, NULL, &err), LURE_ERROR_USAGE, &err);
    CHECK_TEXT(err.text, why);
}

TEST(what_is_none_is_refused_with_what_there_is)
{
    check_refused(&choice, "rihgt", "action 'rihgt' is none of left, right, 0, a:b; did you mean 'right'?");
    check_refused(&choice, "sideways", "action 'sideways' is none of left, right, 0, a:b");
    check_refused(&choice, "4", "action '4' is no index from 0 to 3, which are left, right, 0, a:b");
    check_refused(&choice, "-1", "action '-1' is no index from 0 to 3, which are left, right, 0, a:b");
    check_refused(&choice, "0.5", "action '0.5' is no index from 0 to 3, which are left, right, 0, a:b");
    check_refused(&choice, "", "action '' is none of left, right, 0, a:b");
    check_refused(&counted, "16", "action '16'; expected 0 to 15");
    check_refused(&counted, "x", "action 'x' is no number; expected 0 to 15");
    check_refused(&choices, "left", "action 'left' has 1 of 2 parts; join them with ':'");
    check_refused(&choices, "left:first:0", "action 'left:first:0' has more than 2 parts");
    check_refused(&choices, "left:frist",
                  "action 'frist' (part 2, gear) is none of first, second; did you mean 'first'?");
    check_refused(&box, "a:0", "action 'a' (part 1, steer) is no number; expected -1 to 1");
    check_refused(&box, "0:inf", "action 'inf' (part 2) is no number; expected any number");
    check_refused(&box, "0:nan", "action 'nan' (part 2) is no number; expected any number");
    check_refused(&box, "0:1e999", "action '1e999' (part 2) is no number; expected any number");
    check_refused(&box, "0:0x10", "action '0x10' (part 2) is no number; expected any number");
}

TEST(a_long_word_is_cut_in_the_message)
{
    char text[1000];
    for (size_t i = 0; i < sizeof text - 1; i++)
        text[i] = 'a';
    text[sizeof text - 1] = '\0';
    check_refused(&choice, text, "action 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...' is too long");
}

TEST(what_is_written_reads_back)
{
    lure_text text;
    lure_error err;
    double value[2];
    lure_text_init(&text);
    for (int i = 0; i < 8; i++) {
        const int gear = i / 4;
        const double wanted[] = {i % 4, gear};
        lure_text_clear(&text);
        lure_space_write(&choices, wanted, &text);
        CHECK_OK(lure_space_read(&choices, text.data, "action", value, NULL, &err), &err);
        CHECK_REAL(value[0], wanted[0]);
        CHECK_REAL(value[1], wanted[1]);
    }
    const double exact[] = {0.1, -1.0 / 3.0};
    lure_text_clear(&text);
    lure_space_write(&box, exact, &text);
    CHECK_TEXT(text.data, "0.1:-0.3333333333333333");
    CHECK_OK(lure_space_read(&box, text.data, "action", value, NULL, &err), &err);
    CHECK_REAL(value[1], exact[1]);
    lure_text_free(&text);
}

TEST(a_space_is_told_to_a_person)
{
    lure_text text;
    lure_text_init(&text);
    lure_space_tell(&choices, &text);
    CHECK_TEXT(text.data, "left, right, 0, a:b; gear: first, second");
    lure_text_clear(&text);
    lure_space_tell(&box, &text);
    CHECK_TEXT(text.data, "steer: -1 to 1; any number");
    lure_text_free(&text);
}
