/* tape_keep.h: what an operation of the table asks of its tape beyond tape.h. Internal to learn/. */
#ifndef LURE_LEARN_TAPE_KEEP_H
#define LURE_LEARN_TAPE_KEEP_H

#include "learn/tape.h"

/* Like lure_tape_take, but no release ever takes it back before the next lure_tape_begin: results. */
void *lure_tape_keep(lure_tape *tape, size_t bytes);
/* While debugging: is the result of an operation that is not recorded finite? */
lure_status lure_tape_look(lure_tape *tape, const char *name, const lure_tensor *value, lure_error *err);

#endif
