/* check.h: is a script what its role promises? Each script is loaded, called and compared with itself in a process of
   its own, so that whatever it does wrong is a finding: a line of text that begins with "file:line: " wherever a line
   is known. No Lua in this header. A check proves nothing for worlds and rules that never showed what is wrong. */
#ifndef LURE_CHECK_CHECK_H
#define LURE_CHECK_CHECK_H

#include "base/status.h"
#include "check/check_gradient.h"
#include "run/run.h"

#include <stdbool.h>
#include <stddef.h>

/* What is to be checked. */
typedef struct lure_check_target {
    char *path;       /* has a slash or ends in .lua */
    const char *role; /* "environment", "reward", ... */
} lure_check_target;

typedef struct lure_check_targets {
    lure_check_target *items; /* heap; zeroed when empty */
    size_t n;
} lure_check_targets;

/* Adds what `word` stands for: a file, every script of a folder and the folders in it, or the scripts of that name,
   looked up as experiments do. `role` null: the folder tells (environments/, rewards/, ..., or templates/ROLE.lua),
   else what the script returns, if it is a table. LURE_ERROR_STORE: nothing there. LURE_ERROR_USAGE: no such role, or
   nothing tells. */
lure_status lure_check_targets_add(lure_check_targets *targets, const char *word, const char *role,
                                   lure_error *err);
void lure_check_targets_free(lure_check_targets *targets);

/* Longer than any check needs whose parts keep to their two seconds: only what hangs or is very slow gets there. */
enum { LURE_CHECK_MOST_SECONDS = 120 };

typedef struct lure_check_options {
    const char *path, *role;
    const char *environment,
        *schedule;  /* names or paths of what it is to be tried with; null: looked for, or none */
    double seconds; /* that the check may take; 0: LURE_CHECK_MOST_SECONDS */
    /* the gradient of an algorithm instead of its contract */
    bool gradient;
    const char *problem;          /* only this one; null: all */
    const lure_setting *settings; /* the algorithm's options */
    size_t n_settings;
} lure_check_options;

enum { LURE_MOST_FINDINGS = 20 };
typedef struct lure_check_result {
    char *findings[LURE_MOST_FINDINGS], *notes[LURE_MOST_FINDINGS]; /* heap; no text twice */
    size_t n_findings, n_notes;                                     /* no findings: the script is fine */
    double step_seconds; /* environments: of a step with a policy that draws evenly; NaN: not measured */
    lure_gradient_report *gradient; /* heap; null: not asked for, or not measured */
} lure_check_result;

/* Fails only when the check itself cannot be made (no process, no memory). The result is to be freed in any case. */
lure_status lure_check(const lure_check_options *options, lure_check_result *result, lure_error *err);
void lure_check_result_free(lure_check_result *result);

#endif
