/* space_text.h: values of a space as a person types and reads them. A choice is one of its words, or its number counted
   from 0; a number is a number. Several parts follow each other in the order of their declaration with ':' between:
   "left:2", "0.5:-1". A word that holds a ':' is found where the space is that one choice; among several parts it is
   written by its number. Errors are LURE_ERROR_USAGE and name what there is. */
#ifndef LURE_LEARN_SPACE_TEXT_H
#define LURE_LEARN_SPACE_TEXT_H

#include "base/status.h"
#include "base/text.h"
#include "learn/space.h"

/* Reads a value; `value` has room for one double a part, `by_word` (null is fine) for one flag a part: written as a word?
   Bounds are not looked at, since what lies beyond them is the world's to answer. `what` begins the error: "action". */
lure_status lure_space_read(const lure_space *space, const char *text, const char *what, double *value,
                            bool *by_word, lure_error *err);

/* Appends the value as lure_space_read takes it: words where there are any, else the shortest exact numbers. */
void lure_space_write(const lure_space *space, const double *value, lure_text *text);

/* Appends what the space can be, for a person: "left, right", "gear: up, down; throttle: -1 to 1". */
void lure_space_tell(const lure_space *space, lure_text *text);

#endif
