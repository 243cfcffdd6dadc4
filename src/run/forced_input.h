/* forced_input.h: the table that reset gets in the place of a schedule's, as --input gives it. A field that reset does not
   read is refused: it would be accepted and change nothing. Internal to run/. */
#ifndef LURE_RUN_FORCED_INPUT_H
#define LURE_RUN_FORCED_INPUT_H

#include "run/run.h"

#include <lua.h>

/* The table of the settings, whose values are Lua literals: pushes it and returns its stack index; 0 of none, then nothing
   is pushed. [-0, +1 or 0, e] */
int lure_forced_input_push(lua_State *L, const lure_setting *input, size_t n);

/* Raises for a field of the input that the reset of the environment does not read (tables at these indices), as far as a reset
   on trial tells: one that fails, or walks through its input, may read anything. [-0, +0, e] */
void lure_forced_input_check(lua_State *L, int input, int environment);

#endif
