/* walls_inside.h: between walls.c and the two walls that have a file of their own. Internal to base/. */
#ifndef LURE_BASE_WALLS_INSIDE_H
#define LURE_BASE_WALLS_INSIDE_H

#include "base/walls.h"

#include <stdarg.h>

void lure__wall_say(lure_walls *walls, lure_wall wall, bool up, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Both need no_new_privs. */
void lure__walls_raise_files(const char *folder, lure_walls *walls); /* walls_files.c: Landlock */
void lure__walls_raise_calls(lure_walls *walls);                     /* walls_calls.c: seccomp */

#endif
