/* check.c: one script's check in a process of its own, and what it says through a pipe. See check.h. A script may crash
   that process, eat its memory or hang it: then this is what was found. */
#include "check/check_script.h"

#include "base/clock.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- in the script's process ---- */

void lure_examine(lure_examiner *x)
{
    if (x->options->gradient) {
        lure_examine_gradient(x);
        return;
    }
    if (!lure_examine_loading(x))
        return;
    switch (x->role) {
    case LURE_ROLE_ENVIRONMENT: lure_examine_environment(x); break;
    case LURE_ROLE_REWARD: lure_examine_reward(x); break;
    case LURE_ROLE_SCHEDULE: lure_examine_schedule(x); break;
    case LURE_ROLE_LEARNING_RATE: lure_examine_learning_rate(x); break;
    case LURE_ROLE_ALGORITHM: lure_examine_algorithm(x); break;
    case LURE_ROLE_EXPERIMENT: lure_examine_experiment(x); break;
    case LURE_ROLE_BATCH: lure_examine_batch(x); break;
    case LURE_N_ROLES: break;
    }
}

static void be_the_examiner(lure_examiner *x)
{
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    int nowhere = open("/dev/null", O_WRONLY); /* a script's print, thousands of times */
    if (nowhere >= 0)
        dup2(nowhere, STDERR_FILENO);
    lure_script_name(x->path, x->name, sizeof x->name);
    lure_text_init(&x->account);
    lure_examine(x);
    if (!x->failed && x->account.length && x->options->program)
        lure_examiner_compare_processes(x);
    lure_text_free(&x->account);
    lure_examiner_say(x, LURE_SAYS_DONE, "");
    exit(0); /* not _exit: leak checkers report at exit */
}

/* ---- in ours ---- */

static void keep_once(char **texts, size_t *n, const char *text)
{
    for (size_t i = 0; i < *n; i++)
        if (strcmp(texts[i], text) == 0)
            return;
    if (*n < LURE_MOST_FINDINGS && (texts[*n] = strdup(text)))
        ++*n;
}

static void keep_measure(lure_check_result *result, const char *text)
{
    char name[sizeof result->measures->name];
    double value;
    if (sscanf(text, "%23s %lf", name, &value) != 2)
        return;
    size_t i = 0;
    while (i < result->n_measures && strcmp(result->measures[i].name, name) != 0)
        i++;
    if (i == LURE_MOST_MEASURES)
        return;
    lure_measure *m = &result->measures[i];
    double last =
        i < result->n_measures ? m->value : NAN; /* ranges grow, of what was timed the last counts */
    size_t n = strlen(name);
    value = n > 4 && strcmp(name + n - 4, "_low") == 0    ? fmin(last, value)
            : n > 5 && strcmp(name + n - 5, "_high") == 0 ? fmax(last, value)
                                                          : value;
    result->n_measures += i == result->n_measures;
    memcpy(m->name, name, sizeof name);
    m->value = value;
}

/* Everything that the process says, until it closes the pipe or its time is over. False: time is over. */
static bool listen_to(int in, double until, lure_text *said)
{
    char bytes[4096];
    for (;;) {
        double left = until - lure_clock_seconds();
        struct pollfd ready = {.fd = in, .events = POLLIN};
        if (left <= 0)
            return false;
        int n_ready = poll(&ready, 1, (int)(left * 1000.0) + 1);
        if (n_ready < 0 && errno != EINTR)
            return false;
        if (n_ready <= 0)
            continue;
        ssize_t n = read(in, bytes, sizeof bytes);
        if (n == 0)
            return true;
        if (n > 0)
            lure_text_add_bytes(said, bytes, (size_t)n);
    }
}

/* Takes the records apart; true: the last one was there. A half one is left out. */
static bool read_records(const lure_text *said, lure_check_result *result)
{
    bool done = false;
    for (size_t at = 0; at + 5 <= said->length;) {
        uint32_t n;
        char kind = said->data[at];
        memcpy(&n, said->data + at + 1, sizeof n);
        at += 5;
        if (n > said->length - at)
            break;
        if (kind == LURE_SAYS_GRADIENT && n == sizeof *result->gradient && !result->gradient &&
            (result->gradient = malloc(n)))
            memcpy(result->gradient, said->data + at, n);
        char *text = kind == LURE_SAYS_GRADIENT ? NULL : strndup(said->data + at, n);
        at += n;
        if (kind == LURE_SAYS_GRADIENT)
            continue;
        if (!text)
            break;
        if (kind == LURE_SAYS_FINDING)
            keep_once(result->findings, &result->n_findings, text);
        else if (kind == LURE_SAYS_NOTE)
            keep_once(result->notes, &result->n_notes, text);
        else if (kind == LURE_SAYS_MEASURE)
            keep_measure(result, text);
        else
            done = true;
        free(text);
    }
    return done;
}

static void note_how_it_ended(const char *path, double seconds, int status, bool in_time, bool done,
                              lure_check_result *result)
{
    char text[PATH_MAX + 128];
    if (done && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return;
    if (!in_time)
        snprintf(text, sizeof text, "%s:1: the check did not end within %g seconds and was stopped", path,
                 seconds);
    else if (WIFSIGNALED(status))
        snprintf(text, sizeof text,
                 "%s:1: the script brought down the process that checked it (signal %d, %s)", path,
                 WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        snprintf(text, sizeof text, "%s:1: the process that checked the script ended early (exit code %d)",
                 path, WEXITSTATUS(status));
    keep_once(result->findings, &result->n_findings, text);
}

double lure_check_measured(const lure_check_result *result, const char *name)
{
    for (size_t i = 0; i < result->n_measures; i++)
        if (strcmp(result->measures[i].name, name) == 0)
            return result->measures[i].value;
    return NAN;
}

static lure_role role_of(const char *name)
{
    int role = 0;
    while (role < LURE_N_ROLES && strcmp(lure_role_name((lure_role)role), name) != 0)
        role++;
    return (lure_role)role;
}

lure_status lure_check_account(const lure_check_options *options, lure_text *out, lure_error *err)
{
    lure_examiner x = {.options = options,
                       .path = options->path,
                       .role = role_of(options->role),
                       .out = -1,
                       .is_account = true};
    if (x.role == LURE_N_ROLES)
        return lure_fail(err, LURE_ERROR_USAGE, "there is no role '%s'", options->role);
    x.began = lure_clock_seconds();
    x.seconds = options->seconds > 0 ? options->seconds : LURE_CHECK_MOST_SECONDS;
    lure_script_name(x.path, x.name, sizeof x.name);
    lure_text_init(&x.account);
    lure_examine(&x);
    lure_text_add_bytes(out, x.account.data, x.account.length);
    lure_text_free(&x.account);
    if (x.failed)
        *err = x.first;
    return x.failed ? LURE_ERROR_SCRIPT : LURE_OK;
}

lure_status lure_check(const lure_check_options *options, lure_check_result *result, lure_error *err)
{
    int ends[2];
    *result = (lure_check_result){0};
    lure_examiner x = {.options = options, .path = options->path, .role = role_of(options->role)};
    double seconds = options->seconds > 0 ? options->seconds : LURE_CHECK_MOST_SECONDS;
    if (x.role == LURE_N_ROLES)
        return lure_fail(err, LURE_ERROR_USAGE, "there is no role '%s'", options->role);
    if (pipe(ends) != 0)
        return lure_fail(err, LURE_ERROR_STORE, "no pipe to a checking process: %s", strerror(errno));
    x.began = lure_clock_seconds();
    x.seconds = seconds;
    fflush(NULL); /* or both processes would write what is buffered */
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        x.out = ends[1];
        be_the_examiner(&x);
    }
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        return lure_fail(err, LURE_ERROR_STORE, "no process to check %s in: %s", options->path,
                         strerror(errno));
    }
    lure_text said;
    lure_text_init(&said);
    bool in_time = listen_to(ends[0], x.began + seconds, &said);
    close(ends[0]);
    if (!in_time)
        kill(child, SIGKILL);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    note_how_it_ended(options->path, seconds, status, in_time, read_records(&said, result), result);
    lure_text_free(&said);
    return LURE_OK;
}

void lure_check_result_free(lure_check_result *result)
{
    for (size_t i = 0; i < result->n_findings; i++)
        free(result->findings[i]);
    for (size_t i = 0; i < result->n_notes; i++)
        free(result->notes[i]);
    free(result->gradient);
    *result = (lure_check_result){0};
}
