/* unit.h: the harness of the C tests. A file tests/unit/test_foo.c needs no list anywhere: TEST(name) registers
   itself before main. A test runs until its first failed check, which prints file, line and both values.
   The executable takes words; a test runs when any of them occurs in "file/name". It ends with the line
   "N passed, N failed" and exits 1 when a test failed or none ran. Not thread-safe; tests run one by one. */
#ifndef LURE_UNIT_H
#define LURE_UNIT_H

#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void unit_register(const char *file, const char *name, void (*run)(void));

#define TEST(name)                                                                                           \
    static void name(void);                                                                                  \
    __attribute__((constructor)) static void register_##name(void)                                           \
    {                                                                                                        \
        unit_register(__FILE__, #name, name);                                                                \
    }                                                                                                        \
    static void name(void)

/* A fresh empty folder for the running test, removed with all it holds when the test ends. */
const char *unit_folder(void);

/* Prints where and what, and leaves the running test. For checks that need words of their own. */
__attribute__((noreturn, format(printf, 3, 4))) void unit_fail(const char *file, int line, const char *format,
                                                               ...);

void unit_check_int(const char *file, int line, const char *what, int64_t actual, int64_t expected);
void unit_check_word(const char *file, int line, const char *what, uint64_t actual, uint64_t expected);
void unit_check_real(const char *file, int line, const char *what, double actual, double expected);
void unit_check_near(const char *file, int line, const char *what, double actual, double expected,
                     double tolerance);
void unit_check_text(const char *file, int line, const char *what, const char *actual, const char *expected);
void unit_check_contains(const char *file, int line, const char *what, const char *text, const char *part);
void unit_check_status(const char *file, int line, const char *what, lure_status actual, lure_status expected,
                       const lure_error *err);

#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            unit_fail(__FILE__, __LINE__, "%s does not hold", #condition);                                   \
    } while (0)
/* A condition with the numbers that explain it, printf-like. */
#define CHECK_SAY(condition, ...)                                                                            \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            unit_fail(__FILE__, __LINE__, __VA_ARGS__);                                                      \
    } while (0)
#define CHECK_INT(actual, expected) unit_check_int(__FILE__, __LINE__, #actual, (actual), (expected))
/* unsigned, printed in hexadecimal */
#define CHECK_WORD(actual, expected) unit_check_word(__FILE__, __LINE__, #actual, (actual), (expected))
/* the same bits, but that any NaN equals any NaN; so -0 is not 0 */
#define CHECK_REAL(actual, expected) unit_check_real(__FILE__, __LINE__, #actual, (actual), (expected))
/* |actual - expected| <= tolerance; NaN never passes */
#define CHECK_NEAR(actual, expected, tolerance)                                                              \
    unit_check_near(__FILE__, __LINE__, #actual, (actual), (expected), (tolerance))
/* strings; null equals null alone */
#define CHECK_TEXT(actual, expected) unit_check_text(__FILE__, __LINE__, #actual, (actual), (expected))
#define CHECK_CONTAINS(text, part)   unit_check_contains(__FILE__, __LINE__, #text, (text), (part))
/* a call that takes the named lure_error last: CHECK_OK(lure_x(&err), &err), CHECK_STATUS(..., LURE_ERROR_STORE, &err) */
#define CHECK_OK(call, err) unit_check_status(__FILE__, __LINE__, #call, (call), LURE_OK, (err))
#define CHECK_STATUS(call, expected, err)                                                                    \
    unit_check_status(__FILE__, __LINE__, #call, (call), (expected), (err))

#endif
