/* stop.c: see stop.h. */
#include "run/stop.h"

#include "script/sandbox.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static lure_sandbox *volatile open_sandbox;
static volatile sig_atomic_t asked;

void lure_stop_open(lure_sandbox *sandbox)
{
    open_sandbox = sandbox;
}

void lure_stop(void)
{
    asked = 1;
    if (open_sandbox)
        lure_sandbox_cancel(open_sandbox);
}

void lure_stop_soon(void)
{
    asked = 1;
    if (open_sandbox)
        lure_sandbox_cancel_soon(open_sandbox);
}

bool lure_stop_asked(void)
{
    return asked;
}

lure_status lure_stop_check(lure_error *err)
{
    return asked ? lure_fail(err, LURE_ERROR_CANCELLED, "stopped by a signal") : LURE_OK;
}

void lure_stop_stuck(int exit_code)
{
    char place[256] = "", message[512];
    if (open_sandbox)
        lure_sandbox_place(open_sandbox, place, sizeof place);
    int n = snprintf(message, sizeof message,
                     "\nlure: %s%stime limit: a script is inside one library call that does not end "
                     "(limits.step_seconds); the process stops here\n",
                     place, *place ? ": " : "");
    ssize_t ignored = write(STDERR_FILENO, message, (size_t)n);
    (void)ignored;
    _exit(exit_code);
}
