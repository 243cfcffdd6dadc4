/* live.h: the line of progress that rewrites itself, or some lines of it, on a terminal at most ten times a second; on any
   other stream a plain line (the first of several) at most every `plain_seconds`, the first one after that time, so that a
   short run logs nothing. Never wider than the terminal, nor higher. The cursor is left alone, so a killed process
   hides nothing. */
#ifndef LURE_REPORT_LIVE_H
#define LURE_REPORT_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef struct lure_live lure_live;

/* Null without memory, which every function below takes as a line that is never due. The stream is borrowed. */
lure_live *lure_live_create(FILE *stream, double plain_seconds);
bool lure_live_due(lure_live *live); /* is it time for another line? cheap: spares building it */
void lure_live_show(lure_live *live, const char *line); /* dropped when it comes too early */
void lure_live_show_lines(lure_live *live, const char *const *lines, size_t n);
void lure_live_clear(lure_live *live);   /* wipes what is shown before other output */
void lure_live_destroy(lure_live *live); /* clears it too */

#endif
