/* check_script.h: what the checks of all roles share: where findings go, and sandboxes with a short time limit. One
   function a role; they run in the process that check.c makes for a script and leave no trace but findings.
   Internal to check/. */
#ifndef LURE_CHECK_CHECK_SCRIPT_H
#define LURE_CHECK_CHECK_SCRIPT_H

#include "check/check.h"
#include "script/loader.h"
#include "script/sandbox.h"

typedef struct lure_examiner {
    const lure_check_options *options;
    const char *path;
    lure_role role;
    char name[64];         /* for messages: the file's name without .lua */
    int out;               /* the pipe to check.c; -1: none */
    bool failed;           /* there was a finding */
    double began, seconds; /* of the check; what it may take */
    /* the account: what the script does, "label = literal" a line, and where it does it; check_account.c */
    lure_text account;
    char account_place[256];
    bool is_account;  /* nothing else is wanted */
    lure_error first; /* the first finding, when it is */
} lure_examiner;

/* What goes through the pipe: a letter, the length of the text, the text. */
enum {
    LURE_SAYS_FINDING = 'f',
    LURE_SAYS_NOTE = 'n',
    LURE_SAYS_MEASURE = 'm',  /* "step_seconds 1e-07" */
    LURE_SAYS_GRADIENT = 'g', /* the bytes of a lure_gradient_report: both processes are the same program */
    LURE_SAYS_DONE = 'd'
};
void lure_examiner_say(lure_examiner *x, char kind, const char *text);
void lure_examiner_send(lure_examiner *x, char kind, const void *bytes, size_t n);

void lure_examiner_find(lure_examiner *x, const char *format, ...) __attribute__((format(printf, 2, 3)));
void lure_examiner_note(lure_examiner *x, const char *format, ...) __attribute__((format(printf, 2, 3)));

void lure_examiner_measure(lure_examiner *x, const char *name, double value); /* NaN: says nothing */

/* One line of the account. `literal` reads back as a Lua value; its line ends become blanks. */
void lure_examiner_account(lure_examiner *x, const char *literal, const char *label, ...)
    __attribute__((format(printf, 3, 4)));
/* The same script in other processes of the same program: the same account? check_account.c */
void lure_examiner_compare_processes(lure_examiner *x);
void lure_examine(lure_examiner *x); /* by its role */

/* A sandbox that gives a script two seconds, watched from now on; only the last one opened is watched. Says so when
   there can be none: null. */
enum { LURE_CHECK_SECONDS = 2 };
lure_sandbox *lure_examiner_sandbox(lure_examiner *x);
void lure_examiner_watch(lure_examiner *x, lure_sandbox *sandbox); /* this one again */
/* Runs a C function that may raise; what is raised is a finding. False: it raised. */
bool lure_examiner_try(lure_examiner *x, lure_sandbox *sandbox, lua_CFunction function, void *data);

/* The file of a role that returns a function, loaded with its own defaults and pushed. [-0, +1, e] */
void lure_examiner_push_function(lua_State *L, const lure_examiner *x);
/* Does it load without options, refuse one that it does not have, and read them by options()? False: it does not
   load, so that nothing else can be asked. */
bool lure_examine_loading(lure_examiner *x);

int lure_guess_role(const char *path); /* check_guess.c: from what it returns; -1: it cannot be told */

void lure_examine_environment(lure_examiner *x);   /* check_environment.c */
void lure_examine_reward(lure_examiner *x);        /* check_reward.c */
void lure_examine_schedule(lure_examiner *x);      /* check_schedule.c */
void lure_examine_feeding(lure_examiner *x);       /* check_feeding.c: of an experiment, by its schedule */
void lure_examine_learning_rate(lure_examiner *x); /* check_rate.c */
void lure_examine_algorithm(lure_examiner *x);     /* check_algorithm.c */
void lure_examine_experiment(lure_examiner *x);    /* check_experiment.c */
void lure_examine_batch(lure_examiner *x);         /* check_experiment.c */
void lure_examine_gradient(lure_examiner *x);      /* check_gradient.c: of an algorithm */

#endif
