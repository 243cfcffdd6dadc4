/* optimizer.h: turns a gradient into a change of parameters. Knows no schedule: the rate is an argument of the
   step and is stored nowhere. sgd with momentum as PyTorch writes it (velocity = momentum * velocity + gradient;
   Nesterov looks ahead), Adam after Kingma & Ba 2015 with bias correction, epsilon outside the corrected root.
   Works on the trainable stretches of a flat block only; the rest is neither read nor written. */
#ifndef LURE_LEARN_OPTIMIZER_H
#define LURE_LEARN_OPTIMIZER_H

#include "base/memory.h"
#include "math/tensor.h"

typedef enum { LURE_SGD, LURE_ADAM } lure_optimizer_kind;

typedef struct lure_optimizer_options {
    lure_optimizer_kind kind;
    double momentum;     /* sgd: [0, 1) */
    bool nesterov;       /* sgd: needs momentum > 0 */
    double beta1, beta2; /* adam: [0, 1) */
    double epsilon;      /* adam: > 0 */
    double clip_norm;    /* scale the whole gradient down to this Euclidean norm; 0 = never */
} lure_optimizer_options;

typedef struct lure_stretch {
    size_t offset, size;
} lure_stretch; /* elements of a flat block */

typedef struct lure_optimizer lure_optimizer;

lure_optimizer_options
lure_optimizer_defaults(lure_optimizer_kind kind); /* adam .9 .999 1e-8; sgd 0; no clipping */
lure_status lure_optimizer_create(
    const lure_optimizer_options *options, lure_dtype dtype, size_t n_parameters,
    const lure_stretch *trainable, size_t n_trainable, lure_memory *memory, lure_optimizer **out,
    lure_error *err); /* caller destroys; bad options: LURE_ERROR_SCRIPT naming the option */
void lure_optimizer_destroy(lure_optimizer *optimizer);

/* parameters -= step, step = rate * direction. `steps` (null, or n_parameters in double) receives what was
   subtracted. `gradient_norm` (null is fine) receives the norm before clipping. A rate that is negative or not
   finite, a gradient that is not finite, or a parameter that would become so is LURE_ERROR_SCRIPT; parameters
   and moments are then as they were before the call. */
lure_status lure_optimizer_step(lure_optimizer *optimizer, void *parameters, const void *gradient,
                                double rate, double *steps, double *gradient_norm, lure_error *err);

lure_optimizer_kind lure_optimizer_kind_of(const lure_optimizer *optimizer);
const lure_optimizer_options *lure_optimizer_options_of(const lure_optimizer *optimizer);
/* State for checkpoints: named blocks of n_parameters in the optimizer's dtype ("momentum"; "first_moment",
   "second_moment"), and the number of steps taken. Writable, so that a checkpoint can be put back. The address
   of a block is good until the next step. */
size_t lure_optimizer_n_blocks(const lure_optimizer *optimizer);
const char *lure_optimizer_block_name(const lure_optimizer *optimizer, size_t i);
void *lure_optimizer_block(lure_optimizer *optimizer, size_t i);
uint64_t lure_optimizer_steps(const lure_optimizer *optimizer);
void lure_optimizer_set_steps(lure_optimizer *optimizer, uint64_t steps);

#endif
