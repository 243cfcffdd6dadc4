/* unit.c: registers, picks and runs the tests; see unit.h. A failed check leaves its test by longjmp, so what
   the test held is lost to the process: only a failing run leaks. */
#define _GNU_SOURCE
#include "unit.h"
#include <dirent.h>
#include <ftw.h>
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_TESTS = 2048 };

typedef struct unit_test {
    char id[128]; /* "test_rng/streams_are_independent" */
    void (*run)(void);
    int order;
} unit_test;

static unit_test tests[MAX_TESTS];
static int n_tests;
static jmp_buf leave;
static char folder[256];

void unit_register(const char *file, const char *name, void (*run)(void))
{
    if (n_tests == MAX_TESTS) {
        fprintf(stderr, "unit.c: more than %d tests\n", MAX_TESTS);
        exit(1);
    }
    const char *slash = strrchr(file, '/');
    const char *base = slash ? slash + 1 : file;
    unit_test *test = &tests[n_tests];
    snprintf(test->id, sizeof test->id, "%.*s/%s", (int)strcspn(base, "."), base, name);
    test->run = run;
    test->order = n_tests++;
}

/* by file, and within a file as written: constructors of different files run in the order of the linker */
static int compare(const void *a, const void *b)
{
    const unit_test *x = a, *y = b;
    size_t nx = strcspn(x->id, "/"), ny = strcspn(y->id, "/");
    int files = strncmp(x->id, y->id, nx < ny ? nx : ny);
    if (files == 0 && nx != ny)
        files = nx < ny ? -1 : 1;
    return files ? files : x->order - y->order;
}

static int remove_entry(const char *path, const struct stat *s, int kind, struct FTW *where)
{
    (void)s, (void)kind, (void)where;
    return remove(path);
}

static void remove_folder(void)
{
    if (folder[0])
        nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    folder[0] = '\0';
}

const char *unit_folder(void)
{
    if (folder[0])
        return folder;
    const char *parent = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/lure-unit-XXXXXX", parent && *parent ? parent : "/tmp");
    if (!mkdtemp(folder)) {
        folder[0] = '\0';
        unit_fail(__FILE__, __LINE__, "no temporary folder under %s", parent ? parent : "/tmp");
    }
    return folder;
}

void unit_fail(const char *file, int line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    printf("%s:%d: ", file, line);
    vprintf(format, arguments);
    putchar('\n');
    va_end(arguments);
    longjmp(leave, 1);
}

void unit_check_int(const char *file, int line, const char *what, int64_t actual, int64_t expected)
{
    if (actual != expected)
        unit_fail(file, line, "%s is %" PRId64 ", expected %" PRId64, what, actual, expected);
}

void unit_check_word(const char *file, int line, const char *what, uint64_t actual, uint64_t expected)
{
    if (actual != expected)
        unit_fail(file, line, "%s is 0x%" PRIx64 ", expected 0x%" PRIx64, what, actual, expected);
}

void unit_check_real(const char *file, int line, const char *what, double actual, double expected)
{
    bool same = isnan(expected) ? isnan(actual) : memcmp(&actual, &expected, sizeof actual) == 0;
    if (!same)
        unit_fail(file, line, "%s is %.17g (%a), expected %.17g (%a)", what, actual, actual, expected,
                  expected);
}

void unit_check_near(const char *file, int line, const char *what, double actual, double expected,
                     double tolerance)
{
    if (!(fabs(actual - expected) <= tolerance))
        unit_fail(file, line, "%s is %.17g, expected %.17g within %.3g (off by %.3g)", what, actual, expected,
                  tolerance, actual - expected);
}

void unit_check_text(const char *file, int line, const char *what, const char *actual, const char *expected)
{
    bool same = actual && expected ? strcmp(actual, expected) == 0 : actual == expected;
    if (!same)
        unit_fail(file, line, "%s is %s%s%s, expected %s%s%s", what, actual ? "\"" : "",
                  actual ? actual : "null", actual ? "\"" : "", expected ? "\"" : "",
                  expected ? expected : "null", expected ? "\"" : "");
}

void unit_check_contains(const char *file, int line, const char *what, const char *text, const char *part)
{
    if (!text || !strstr(text, part))
        unit_fail(file, line, "%s is \"%s\", which lacks \"%s\"", what, text ? text : "(null)", part);
}

void unit_check_status(const char *file, int line, const char *what, lure_status actual, lure_status expected,
                       const lure_error *err)
{
    if (actual != expected)
        unit_fail(file, line, "%s is %s (%s), expected %s", what, lure_status_name(actual),
                  actual != LURE_OK && err ? err->text : "no text", lure_status_name(expected));
    if (actual != LURE_OK && err && (err->status != actual || err->text[0] == '\0'))
        unit_fail(file, line, "%s is %s, but its lure_error says %s: \"%s\"", what, lure_status_name(actual),
                  lure_status_name(err->status), err->text);
}

static bool wanted(const char *id, int n_words, char **words)
{
    for (int i = 0; i < n_words; i++)
        if (strstr(id, words[i]))
            return true;
    return n_words == 0;
}

int main(int argc, char **argv)
{
    static int i, passed, failed;     /* static: longjmp may lose locals */
    setvbuf(stdout, NULL, _IOLBF, 0); /* what a crash interrupts is still seen */
    qsort(tests, (size_t)n_tests, sizeof tests[0], compare);
    for (i = 0; i < n_tests; i++) {
        if (!wanted(tests[i].id, argc - 1, argv + 1))
            continue;
        if (setjmp(leave) == 0) {
            tests[i].run();
            passed++;
        } else {
            printf("FAILED %s\n", tests[i].id);
            failed++;
        }
        remove_folder();
    }
    printf("%d passed, %d failed\n", passed, failed);
    return failed > 0 || passed == 0;
}
