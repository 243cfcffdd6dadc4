/* status.h: how every function of the core says that it failed. It returns a lure_status and fills the
   caller's lure_error; it never prints, exits or jumps. The status decides the exit code (cli/main.c), the
   text is one line for a person: what came, what was expected, what to do; without control characters, whatever a script or a file name
   put into it (text.h). */
#ifndef LURE_BASE_STATUS_H
#define LURE_BASE_STATUS_H

#include <stdarg.h>
#include <stdbool.h>

typedef enum {
    LURE_OK = 0,
    LURE_ERROR_USAGE,     /* the command line is wrong                                      exit 2 */
    LURE_ERROR_SCRIPT,    /* a script or a value it gave is wrong                           exit 3 */
    LURE_ERROR_TIME,      /* a script exceeded its time limit                               exit 3 */
    LURE_ERROR_MEMORY,    /* a script exceeded its memory limit, or an allocation failed    exit 3 */
    LURE_ERROR_STORE,     /* a file or folder could not be read, written or made            exit 4 */
    LURE_ERROR_CANCELLED, /* a signal asked us to stop                                      exit 128 + signal */
    LURE_ERROR_CRASHED,   /* a worker process died of a signal                              exit 1 */
    LURE_ERROR_WALL,      /* a run took longer than it may                                  exit 3 */
} lure_status;

typedef struct lure_error {
    lure_status status;
    char text[2048]; /* cut at the end, never overrun; always terminated */
} lure_error;

/* Fills *err (which may be null) and returns `status`, so that `return lure_fail(err, ...)` reads as one act. */
lure_status lure_fail(lure_error *err, lure_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* "ok", "script_error", "limit_memory", "limit_step_time", "limit_wall", "host_io", "cancelled", "crashed", "usage":
   the outcome names of manifests and tables. */
const char *lure_status_name(lure_status status);
/* The one of that name; false: none is called so. */
bool lure_status_named(const char *name, lure_status *out);

#endif
