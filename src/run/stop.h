/* stop.h: how what this process runs is stopped from outside: by a signal, or by the watch when a script is inside one library
   call that does not end. One sandbox at a time is open to it. Internal to run/, but for the command line's signals. */
#ifndef LURE_RUN_STOP_H
#define LURE_RUN_STOP_H

#include "base/status.h"

#include <stdbool.h>

struct lure_sandbox;
void lure_stop_open(struct lure_sandbox *sandbox); /* from now on this one; null: none */

/* Signal-safe: ends what runs in the open sandbox, and all that would run later. */
void lure_stop(void);
/* The same, but what runs gets a second to come to where it asks. */
void lure_stop_soon(void);
bool lure_stop_asked(void);                   /* between two calls into Lua no hook would come: then ask */
lure_status lure_stop_check(lure_error *err); /* LURE_ERROR_CANCELLED if it was asked for */

/* In signal context: says that a script is inside one library call that does not end, and leaves with the code. */
void lure_stop_stuck(int exit_code);

#endif
