/* optimizer_loops.c: the optimizers' rules on one CPU path, for float and for double. The Makefile compiles it once a
   path (math/vector.inc tells how); optimizer.c picks the table. */
#include "learn/optimizer_loops.h"
#include <float.h>
#include <math.h>

#define VECTOR_BITS 32
#include "math/vector.inc"
#include "learn/optimizer.inc"
#undef VECTOR_BITS

#define VECTOR_BITS 64
#include "math/vector.inc"
#include "learn/optimizer.inc"

const lure__optimizer_loops ON_PATH(lure__optimizer_loops)[2] = {
    [LURE_F32] = {ON_PATH(sgd_f32), ON_PATH(rmsprop_f32), ON_PATH(adagrad_f32), ON_PATH(adam_f32),
                  ON_PATH(subtract_f32)},
    [LURE_F64] = {NAME(sgd), NAME(rmsprop), NAME(adagrad), NAME(adam), NAME(subtract)}};
