/* doctor.h: is everything there that lure needs, and does it work? Each symptom is one line: what was looked at, what
   is so, and what to do when it is not as it should be. Changes nothing. No Lua in this header. */
#ifndef LURE_CHECK_DOCTOR_H
#define LURE_CHECK_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>

typedef struct lure_symptom {
    char name[32], value[1024];
    char advice[256]; /* "": all is well */
} lure_symptom;

enum { LURE_MOST_SYMPTOMS = 32 };
/* Fills at most LURE_MOST_SYMPTOMS; returns how many. Takes about half a second. */
size_t lure_doctor_examine(lure_symptom *symptoms);

#endif
