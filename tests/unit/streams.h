/* streams.h: what the tests of streams share: a pseudo-terminal, and environment variables that are put back. */
#ifndef LURE_UNIT_STREAMS_H
#define LURE_UNIT_STREAMS_H

#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static inline void environment(const char *name, const char *value)
{
    if (value)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

/* The variable's value, to be set again; caller frees. */
static inline char *remembered(const char *name)
{
    const char *value = getenv(name);
    return value ? strdup(value) : NULL;
}

/* A pseudo-terminal of the given width: *out is its terminal side. */
static inline int pseudo_terminal(unsigned short columns, FILE **out)
{
    const int master = posix_openpt(O_RDWR | O_NOCTTY);
    CHECK(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    const int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    CHECK(slave >= 0);
    const struct winsize size = {24, columns, 0, 0};
    CHECK_INT(ioctl(slave, TIOCSWINSZ, &size), 0);
    CHECK_INT(fcntl(master, F_SETFL, O_NONBLOCK), 0);
    *out = fdopen(slave, "w");
    CHECK(*out != NULL);
    return master;
}

#endif
