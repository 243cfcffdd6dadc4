/* test_text.c: growing strings, numbers as text, did-you-mean. */
#include "base/text.h"
#include "base/rng.h"
#include "unit.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TEST(a_text_grows_and_stays_terminated)
{
    lure_text text;
    lure_text_init(&text);
    CHECK_TEXT(text.data, "");
    lure_text_clear(&text);
    lure_text_add(&text, "");
    CHECK_TEXT(text.data, "");
    for (int i = 0; i < 1000; i++) {
        lure_text_add(&text, "ab");
        lure_text_addf(&text, "%d", i % 10);
        CHECK_INT((int64_t)strlen(text.data), 3 * (i + 1));
        CHECK_INT((int64_t)text.length, 3 * (i + 1));
    }
    CHECK(strncmp(text.data, "ab0ab1ab2", 9) == 0);
    CHECK(!text.failed);
    lure_text_clear(&text);
    CHECK_TEXT(text.data, "");
    lure_text_add_bytes(&text, "x\0y", 3);
    CHECK_INT((int64_t)text.length, 3);
    CHECK(memcmp(text.data, "x\0y", 4) == 0);
    lure_text_free(&text);
    CHECK_TEXT(text.data, "");
    lure_text_add(&text, "again");
    CHECK_TEXT(text.data, "again");
    lure_text_free(&text);
}

TEST(addf_takes_what_is_longer_than_the_room)
{
    lure_text text;
    lure_text_init(&text);
    lure_text_addf(&text, "%05000d|", 7);
    CHECK_INT((int64_t)text.length, 5001);
    CHECK(text.data[0] == '0' && text.data[4999] == '7' && text.data[5000] == '|');
    lure_text_free(&text);
}

TEST(a_text_without_memory_drops_and_remembers)
{
    lure_text text;
    lure_text_init(&text);
    lure_text_add(&text, "kept");
    volatile size_t absurd = SIZE_MAX / 2; /* refused before a byte is read */
    lure_text_add_bytes(&text, "", absurd);
    CHECK(text.failed);
    lure_text_add(&text, " dropped");
    lure_text_addf(&text, "%d", 1);
    CHECK_TEXT(text.data, "kept");
    lure_text_clear(&text);
    CHECK(!text.failed);
    lure_text_free(&text);
}

/* Expected texts: Python 3's repr, whose rule for shortness and layout is the same, without its ".0". */
TEST(numbers_read_as_expected)
{
    static const struct {
        double value;
        const char *text;
    } rows[] = {
        {0.0, "0"},
        {-0.0, "-0"},
        {3, "3"},
        {-17, "-17"},
        {1000000, "1000000"},
        {1e15, "1000000000000000"},
        {9007199254740991.0, "9007199254740991"},
        {1e300, "1e+300"},
        {NAN, "nan"},
        {-NAN, "nan"},
        {INFINITY, "inf"},
        {-INFINITY, "-inf"},
        {0x1.999999999999ap-4, "0.1"},
        {0x1.5555555555555p-2, "0.3333333333333333"},
        {0x1.5555555555555p-1, "0.6666666666666666"},
        {0x1.4f8b588e368f1p-17, "1e-05"},
        {0x1.a36e2eb1c432dp-14, "0.0001"},
        {0x1.02e4b6ce5dc68p-13, "0.00012345"},
        {0x1.e240c9fbe76c9p+16, "123456.789"},
        {0x1.c6bf526340004p+49, "1000000000000000.5"},
        {0x1.0000000000000p-44, "5.684341886080802e-14"},
        {0x1.0000000000000p+60, "1.152921504606847e+18"},
        {0x1.0000000000000p-1022, "2.2250738585072014e-308"},
        {0x0.0000000000001p-1022, "5e-324"},
        {0x1.fffffffffffffp+1023, "1.7976931348623157e+308"},
        {0x1.1666666666666p+2, "4.35"},
        {0x1.3333333333333p-2, "0.3"},
        {0x0.fffffffffffffp-1022, "2.225073858507201e-308"},
        {0x1.0000000000000p+53, "9007199254740992"},
        {0x1.1c37937e08000p+53, "1e+16"},
        {0x1.0f0cf064dd592p+73, "1e+22"},
        {0x1.52d02c7e14af6p+76, "1e+23"},
        {0x1.ac53a7e04bcdap+66, "1.2345678901234568e+20"},
        {0x0.0000000000013p-1022, "9.4e-323"},
        {-0x1.0000000000000p-1, "-0.5"},
        {0x1.fe185ca57c517p+78, "6.02214076e+23"},
        {0x1.0000000000001p+0, "1.0000000000000002"},
        {0x1.3333333333334p-2, "0.30000000000000004"},
        {0x1.0000000000000p+53, "9007199254740992"},
        {-0x1.0000000000001p+53, "-9007199254740994"},
        {0x1.fffffffffffffp+52, "9007199254740991"},
        {0x1.b1ae4d6e2ef50p+69, "1e+21"},
        {0x1.c7e83209e90b2p+72, "8.41e+21"},
        {0x0.0000000000003p-1022, "1.5e-323"},
        {0x1.0000000000000p-44, "5.684341886080802e-14"},
        {0x1.56e1fc2f8f359p-997, "1e-300"},
        {0x0.0000000000064p-1022, "4.94e-322"},
        {0x1.4000000000000p+1, "2.5"},
        {0x1.1de784a19999ap+28, "299792458.1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char out[LURE_NUMBER_SIZE];
        size_t length = lure_number_format(rows[i].value, out);
        CHECK_TEXT(out, rows[i].text);
        CHECK_INT((int64_t)length, (int64_t)strlen(rows[i].text));
    }
}

static bool reads_back(const char *text, double value)
{
    double again = strtod(text, NULL);
    return memcmp(&again, &value, sizeof value) == 0;
}

/* text as d.ddde+XX, as %.<n-1>e writes it; returns n, the number of digits that count */
static int scientific(const char *text, char out[48])
{
    char digits[32] = "";
    int n = 0, point = -1, exponent = 0;
    const char *at = text;
    if (*at == '-')
        at++;
    for (; *at && *at != 'e'; at++)
        if (*at == '.')
            point = n;
        else
            digits[n++] = *at;
    if (*at == 'e')
        exponent = atoi(at + 1);
    exponent += (point < 0 ? n : point) - 1;
    int first = 0;
    while (digits[first] == '0')
        first++;
    exponent -= first;
    while (digits[n - 1] == '0')
        n--;
    n -= first;
    snprintf(out, 48, "%s%c%s%.*se%+03d", text[0] == '-' ? "-" : "", digits[first], n > 1 ? "." : "", n - 1,
             digits + first + 1, exponent);
    return n;
}

/* Round trip, shortest and nearest, with libc's printf and strtod as the oracle. */
static void check_number(double value)
{
    char out[LURE_NUMBER_SIZE], mine[48], libc[48];
    size_t length = lure_number_format(value, out);
    CHECK_SAY(length == strlen(out) && length < LURE_NUMBER_SIZE, "%a gives a length of %zu", value, length);
    CHECK_SAY(reads_back(out, value), "%a gives %s, which reads back as %a", value, out, strtod(out, NULL));
    int n = scientific(out, mine);
    snprintf(libc, sizeof libc, "%.*e", n - 1, value); /* the nearest of this length */
    if (strcmp(mine, libc) != 0)
        CHECK_SAY(!reads_back(libc, value), "%a gives %s, but %s is nearer", value, out, libc);
    if (n > 1) {
        snprintf(libc, sizeof libc, "%.*e", n - 2, value);
        CHECK_SAY(!reads_back(libc, value), "%a gives %s, but %s is shorter", value, out, libc);
    }
}

TEST(a_million_random_bit_patterns_read_back_shortest)
{
    lure_rng rng;
    lure_rng_init(&rng, 1, LURE_PURPOSE_USER, 0);
    for (int i = 0; i < 1000000; i++) {
        uint64_t bits = lure_rng_word(&rng);
        bits = bits << 32 | lure_rng_word(&rng);
        double value;
        memcpy(&value, &bits, sizeof value);
        if (isfinite(value) && value != 0)
            check_number(value);
    }
}

TEST(powers_and_their_neighbours_read_back_shortest)
{
    for (int e = -1074; e <= 1023; e++) { /* where the interval is lopsided */
        double power = ldexp(1, e);
        check_number(power);
        check_number(nextafter(power, INFINITY));
        if (e > -1074)
            check_number(-nextafter(power, 0));
    }
    for (int e = -323; e <= 308; e++) {
        char text[16];
        snprintf(text, sizeof text, "1e%d", e);
        double power = strtod(text, NULL);
        check_number(power);
        check_number(nextafter(power, INFINITY));
        check_number(nextafter(power, 0) != 0 ? nextafter(power, 0) : power);
    }
}

TEST(short_decimals_stay_short)
{
    for (int i = 1; i < 100000; i++) {
        char text[32], out[LURE_NUMBER_SIZE];
        snprintf(text, sizeof text, "0.%05d", i);
        size_t end = strlen(text);
        while (text[end - 1] == '0')
            text[--end] = '\0';
        double value = strtod(text, NULL);
        lure_number_format(value, out);
        if (value >= 1e-4)
            CHECK_TEXT(out, text);
        CHECK_SAY(reads_back(out, value), "%s became %s", text, out);
    }
}

TEST(nearest_finds_what_was_meant)
{
    static const char *const names[] = {"learning_rate", "learning_rates", "seed", "seeds", "updates", NULL,
                                        "never"};
    static const struct {
        const char *word, *expected;
    } rows[] = {
        {"learning_rate", "learning_rate"},
        {"learning_raet", "learning_rate"}, /* neighbours swapped: 1, not 2 */
        {"learing_rates", "learning_rates"},
        {"lerning_ratee", "learning_rate"},
        {"sed", "seed"},
        {"esed", "seed"},
        {"seds", "seeds"}, /* as near to "seed"? no: one letter is missing here, one wrong there */
        {"update", "updates"},
        {"updaets", "updates"},
        {"never", NULL}, /* behind the null */
        {"xyz", NULL},
        {"", NULL},
        {"optimizer", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        CHECK_TEXT(lure_text_nearest(rows[i].word, names, 7), rows[i].expected);
    CHECK(lure_text_nearest("seed", names, 0) == NULL);
    CHECK_TEXT(lure_text_nearest("updates", names, 4), NULL);
}

TEST(nearest_keeps_to_a_third_of_the_word)
{
    static const char *const names[] = {"abcdefghi", NULL};
    CHECK_TEXT(lure_text_nearest("abcdefxyz", names, 1), "abcdefghi"); /* 3 of 9 */
    CHECK_TEXT(lure_text_nearest("abcdewxyz", names, 1), NULL);        /* 4 of 9 */
    char long_word[400];
    memset(long_word, 'a', sizeof long_word - 1);
    long_word[sizeof long_word - 1] = '\0';
    CHECK_TEXT(lure_text_nearest(long_word, names, 1), NULL);
    const char *const long_names[] = {long_word, "abcd", NULL};
    CHECK_TEXT(lure_text_nearest("abc", long_names, 2), "abcd");
}

TEST(words_are_quoted_for_a_shell)
{
    const struct {
        const char *word, *quoted;
    } cases[] = {{"fry_shacks", "fry_shacks"},
                 {"a=0.1,b", "a=0.1,b"},
                 {"", "''"},
                 {"two words", "'two words'"},
                 {"it's", "'it'\\''s'"},
                 {"$HOME;rm", "'$HOME;rm'"},
                 {"a\033[1m\n", "$'a\\033[1m\\012'"},
                 {"\xc2\x9b'\\", "$'\\302\\233\\'\\\\'"},
                 {"caf\xc3\xa9", "'caf\xc3\xa9'"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lure_text text;
        lure_text_init(&text);
        lure_text_add_quoted(&text, cases[i].word);
        CHECK_TEXT(text.data, cases[i].quoted);
        lure_text_free(&text);
    }
}

TEST(control_characters_become_visible)
{
    const struct {
        const char *bytes;
        size_t n, size;
        const char *visible;
    } cases[] = {
        {"a\tb\nc", 5, 64, "a\tb\nc"},
        {"\033[2J\a\0\177", 7, 64, "\\027[2J\\007\\000\\127"},
        {"\302\233\302\240\303\251", 6, 64, "\\194\\155\302\240\303\251"}, /* a CSI of one character */
        {"\302", 1, 64, "\302"},
        {"abc", 3, 3, "ab"},
        {"a\033", 2, 5, "a"}, /* whole or not at all */
        {"", 0, 1, ""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[64];
        CHECK_INT((int64_t)lure_text_visible(cases[i].bytes, cases[i].n, out, cases[i].size),
                  (int64_t)strlen(cases[i].visible));
        CHECK_TEXT(out, cases[i].visible);
    }
}
