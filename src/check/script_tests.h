/* script_tests.h: a user's own tests of scripts: which files hold them, and one file of them run in a Lua state of its own
   (testbed.h) by scripts/testing/run.lua on LuaUnit. A file that does not load, or holds no test, is a failed test of an
   empty name. No Lua in this header. */
#ifndef LURE_CHECK_SCRIPT_TESTS_H
#define LURE_CHECK_SCRIPT_TESTS_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum {
    LURE_TEST_PASSED,
    LURE_TEST_FAILED,
    LURE_TEST_ERROR, /* ended by an error that is no assertion's */
    LURE_TEST_SKIPPED,
    LURE_N_TEST_ENDS
} lure_test_end;

typedef struct lure_test_outcome {
    char *name; /* "test_x", "TestX.test_y"; "": of the whole file */
    lure_test_end end;
    char *place;           /* "tests/test_x.lua:12" where in the file it went wrong, or "" */
    char *message, *trace; /* "" for one that passed */
    double seconds;
} lure_test_outcome;

typedef struct lure_test_result {
    lure_test_outcome *outcomes; /* in the order of their names */
    size_t n, n_of[LURE_N_TEST_ENDS];
} lure_test_result;

typedef struct lure_test_files {
    char **paths;
    size_t n;
} lure_test_files;

const char *lure_test_end_name(lure_test_end end); /* "passed", "failed", "error", "skipped" */

/* Adds what a word of the command line names: of a folder every test_*.lua in it and below (a folder that has a run.lua of
   its own is left out, as that says how its tests are run), a file, or of a bare name x tests/test_x.lua. Null: tests/, or
   where there is none the current folder. A folder may hold none; a file already there is not added again.
   LURE_ERROR_STORE: there is no such file or folder. */
lure_status lure_test_files_add(lure_test_files *files, const char *word, lure_error *err);
void lure_test_files_free(lure_test_files *files);

/* Runs the tests of a file whose "file.test" holds `only` (null: all). A test may compute for `seconds`. What the tests
   themselves do wrong is in `out`, which is to be freed in every case; the status is for what keeps all of them from
   running: no LuaUnit, no share folder, a signal. */
lure_status lure_test_run(const char *path, const char *only, double seconds, lure_test_result *out,
                          lure_error *err);
void lure_test_result_free(lure_test_result *result);
void lure_test_cancel(void); /* signal-safe: ends the tests of this process */

/* Where LuaUnit is, or "". */
const char *lure_test_luaunit(void);

#endif
