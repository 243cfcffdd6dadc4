/* status.c: fills errors and names outcomes; see status.h. */
#include "base/status.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

lure_status lure_fail(lure_error *err, lure_status status, const char *format, ...)
{
    if (!err)
        return status;
    /* by way of a buffer of our own: callers wrap an error by passing err->text as an argument */
    char text[sizeof err->text];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length < 0)
        text[0] = '\0';
    err->status = status;
    lure_text_visible(text, strlen(text), err->text, sizeof err->text);
    return status;
}

const char *lure_status_name(lure_status status)
{
    switch (status) {
    case LURE_OK: return "ok";
    case LURE_ERROR_USAGE: return "usage";
    case LURE_ERROR_SCRIPT: return "script_error";
    case LURE_ERROR_TIME: return "limit_step_time";
    case LURE_ERROR_MEMORY: return "limit_memory";
    case LURE_ERROR_STORE: return "host_io";
    case LURE_ERROR_CANCELLED: return "cancelled";
    case LURE_ERROR_CRASHED: return "crashed";
    case LURE_ERROR_WALL: return "limit_wall";
    }
    return "unknown";
}

bool lure_status_named(const char *name, lure_status *out)
{
    for (int i = 0; strcmp(lure_status_name((lure_status)i), "unknown") != 0; i++)
        if (name && strcmp(lure_status_name((lure_status)i), name) == 0) {
            *out = (lure_status)i;
            return true;
        }
    return false;
}
