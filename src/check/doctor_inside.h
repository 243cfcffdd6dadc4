/* doctor_inside.h: between the files of the doctor. Internal to check/. */
#ifndef LURE_CHECK_DOCTOR_INSIDE_H
#define LURE_CHECK_DOCTOR_INSIDE_H

#include "check/doctor.h"

typedef struct lure_doctor {
    lure_symptom *symptoms;
    size_t n;
} lure_doctor;

lure_symptom *lure__doctor_add(lure_doctor *d, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void lure__doctor_advise(lure_symptom *s, const char *advice);

/* What could bring a process down, in one of its own that ends after ten seconds: the code that it came back with; -1: it died. */
int lure__doctor_try(int (*attempt)(void));

void lure__doctor_examine_lua(
    lure_doctor *d); /* doctor_lua.c: known defects of Lua, and whether lure dodges them */
void lure__doctor_examine_walls(lure_doctor *d); /* doctor_walls.c: limits of scripts, walls around workers */

#endif
