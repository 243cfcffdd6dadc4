/* check.h: is a script what its role promises? Each script is loaded, called and compared with itself in a process of
   its own, so that whatever it does wrong is a finding: a line of text that begins with "file:line: " wherever a line
   is known. No Lua in this header. A check proves nothing for worlds and rules that never showed what is wrong. */
#ifndef LURE_CHECK_CHECK_H
#define LURE_CHECK_CHECK_H

#include "base/status.h"
#include "base/text.h"
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
        *schedule;       /* names or paths of what it is to be tried with; null: looked for, or none */
    double seconds;      /* that the check may take; 0: LURE_CHECK_MOST_SECONDS */
    const char *program; /* lure itself, to be started anew for the same in other processes; null: left out */
    /* the gradient of an algorithm instead of its contract */
    bool gradient;
    const char *problem;          /* only this one; null: all */
    const lure_setting *settings; /* the algorithm's options */
    size_t n_settings;
} lure_check_options;

/* A number that was measured: step_seconds, call_seconds or update_seconds, of one step, call or update; reward_low and
   reward_high, what came; shaping_discount, if the reward has a hint that is a difference of potentials; rate_low and
   rate_high. */
typedef struct lure_measure {
    char name[24];
    double value;
} lure_measure;

enum { LURE_MOST_FINDINGS = 20, LURE_MOST_MEASURES = 12 };
typedef struct lure_check_result {
    char *findings[LURE_MOST_FINDINGS], *notes[LURE_MOST_FINDINGS]; /* heap; no text twice */
    size_t n_findings, n_notes;                                     /* no findings: the script is fine */
    lure_measure measures[LURE_MOST_MEASURES];                      /* no name twice */
    size_t n_measures;
    lure_gradient_report *gradient; /* heap; null: not asked for, or not measured */
} lure_check_result;

/* Fails only when the check itself cannot be made (no process, no memory). The result is to be freed in any case. */
lure_status lure_check(const lure_check_options *options, lure_check_result *result, lure_error *err);
double lure_check_measured(const lure_check_result *result, const char *name); /* NaN: it was not measured */
void lure_check_result_free(lure_check_result *result);

/* What the script does with the same seed, a line a step, call or parameter, added to `out`: two processes, or two
   machines, agree when these do. In this process; a script may bring it down. LURE_ERROR_SCRIPT: something was found,
   which is what `err` says. */
lure_status lure_check_account(const lure_check_options *options, lure_text *out, lure_error *err);

#endif
