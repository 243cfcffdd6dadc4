/* check_account.c: the same script with the same seed in other processes. A process image of its own has other addresses
   and another seed for Lua's hashes; there, garbage is also collected far more often. Whatever a script makes of any of
   these shows as a line of its account that differs. */
#define _GNU_SOURCE
#include "base/clock.h"
#include "check/check_script.h"
#include "check/check_state.h"
#include "script/call.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { N_PROCESSES = 2 };

void lure_examiner_account(lure_examiner *x, const char *literal, const char *label, ...)
{
    char text[200];
    va_list arguments;
    va_start(arguments, label);
    vsnprintf(text, sizeof text, label, arguments);
    va_end(arguments);
    lure_text_addf(&x->account, "%s = ", text);
    size_t from = x->account.length;
    lure_text_add(&x->account, literal);
    for (size_t i = from; i < x->account.length; i++)
        if (x->account.data[i] == '\n')
            x->account.data[i] = ' ';
    lure_text_add(&x->account, "\n");
}

/* ---- another process ---- */

static void become_another(const lure_examiner *x, int out)
{
    const char *arguments[16] = {"lure", "check", "account", x->path, "--role", lure_role_name(x->role)};
    size_t n = 6;
    if (x->options->environment) {
        arguments[n++] = "--environment";
        arguments[n++] = x->options->environment;
    }
    if (x->options->schedule) {
        arguments[n++] = "--schedule";
        arguments[n++] = x->options->schedule;
    }
    int nowhere = open("/dev/null", O_RDWR);
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_UNBLOCK, &all, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* our own examiner may be stopped while it waits */
    dup2(nowhere, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    close(x->out);
    execv(x->options->program, (char *const *)arguments);
    _exit(127);
}

/* Its account; false: there is none to compare with. */
static bool ask_another(const lure_examiner *x, lure_text *said)
{
    int ends[2], status = 0;
    char bytes[4096];
    if (pipe(ends) != 0)
        return false;
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        become_another(x, ends[1]);
    }
    close(ends[1]);
    for (ssize_t n = 1; child > 0 && n != 0;) {
        n = read(ends[0], bytes, sizeof bytes);
        if (n > 0)
            lure_text_add_bytes(said, bytes, (size_t)n);
        else if (n < 0 && errno != EINTR)
            break;
    }
    close(ends[0]);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) <= 1;
}

/* ---- comparing ---- */

typedef struct comparison {
    const char *ours, *theirs;
    const char *root;
    lure_text *out;
} comparison;

static int compare(lua_State *L)
{
    const comparison *c = lua_touserdata(L, 1);
    lure_state_difference(L, c->ours, c->theirs, c->root, c->out);
    return 0;
}

/* Two lines that differ, without their ends. */
static void report(lure_examiner *x, const char *ours, const char *theirs)
{
    lure_error err;
    lure_text difference;
    const char *our_value = strstr(ours, " = "), *their_value = strstr(theirs, " = ");
    int n = our_value ? (int)(our_value - ours) : 0;
    char label[200];
    snprintf(label, sizeof label, "%.*s", n, ours);
    lure_text_init(&difference);
    if (strncmp(theirs, "error: ", 7) == 0) {
        if (strstr(theirs, "time limit")) /* a busy machine's doing, or that of so much collecting */
            lure_examiner_note(x, "%s, in another process", theirs + 7);
        else
            lure_examiner_find(x, "%s, in another process; here it went well", theirs + 7);
        lure_text_free(&difference);
        return;
    }
    lure_sandbox *sandbox = lure_examiner_sandbox(x);
    bool is_table = our_value && our_value[3] == '{';
    comparison c = {our_value ? our_value + 3 : "", their_value ? their_value + 3 : "", is_table ? "" : label,
                    &difference};
    if (sandbox)
        (void)lure_call_c(sandbox->L, compare, &c, &err);
    lure_sandbox_destroy(sandbox);
    lure_examiner_find(
        x,
        "%s: %s in another process with the same seed (%s); expected the same bits: nothing may depend "
        "on addresses, the order of keys, or when garbage is collected",
        x->account_place, difference.length ? difference.data : "something differed", label);
    lure_text_free(&difference);
}

/* False: they differ, which was said. Where one had less time than the other, the rest is left out. */
static bool compare_accounts(lure_examiner *x, char *ours, char *theirs)
{
    char *our_line, *their_line;
    while ((our_line = strsep(&ours, "\n")) && (their_line = strsep(&theirs, "\n"))) {
        if (!*our_line || !*their_line)
            break;
        if (strcmp(our_line, their_line) != 0) {
            report(x, our_line, their_line);
            return false;
        }
    }
    return true;
}

void lure_examiner_compare_processes(lure_examiner *x)
{
    bool good = true;
    for (int i = 0; i < N_PROCESSES && good; i++) {
        lure_text ours, theirs;
        lure_text_init(&ours);
        lure_text_init(&theirs);
        lure_text_add_bytes(&ours, x->account.data, x->account.length);
        if (ask_another(x, &theirs))
            good = compare_accounts(x, ours.data, theirs.data);
        else
            lure_examiner_note(x, "it could not be compared with itself in another process");
        lure_text_free(&ours);
        lure_text_free(&theirs);
    }
}
