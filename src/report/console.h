/* console.h: the terminal as a screen that is drawn anew and a keyboard that is read key by key. It is given back as it was by
   lure_console_close, at exit, and on every signal that a person or the system ends or stops us with; after a stop it is
   taken again. One a process: the terminal is one. */
#ifndef LURE_REPORT_CONSOLE_H
#define LURE_REPORT_CONSOLE_H

#include "base/status.h"
#include <stdbool.h>

/* Keys: ASCII as itself, and these. Keys that nobody asks for are not told. */
enum {
    LURE_KEY_ENTER = '\n',
    LURE_KEY_ESCAPE = 27,
    LURE_KEY_BACKSPACE = 127,
    LURE_KEY_UP,
    LURE_KEY_DOWN,
    LURE_KEY_LEFT,
    LURE_KEY_RIGHT,
    LURE_KEY_REDRAW, /* no key: the screen is another now, draw it again */
    LURE_KEY_END,    /* no key: the input has ended or a signal came */
    LURE_N_KEYS
};

bool lure_console_is_there(void); /* both stdin and stdout are a terminal that can move its cursor */
lure_status lure_console_open(lure_error *err);
/* Signal-safe; may be called any number of times. */
void lure_console_close(void);
void lure_console_draw(const char *text); /* in the place of what was on the screen */
int lure_console_key(void);               /* waits for one */

#endif
