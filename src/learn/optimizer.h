/* optimizer.h: turns a gradient into a change of parameters. Knows no schedule: the rate is an argument of the step and
   is stored nowhere. The rules are those of torch.optim, so that published settings mean the same here:
     sgd       velocity = momentum * velocity + gradient (Nesterov looks ahead; dampening 0)
     rmsprop   gradient / (root of its mean square + epsilon), Hinton 2012; centered: of its variance; then momentum
     adagrad   gradient / (root of its sum of squares + epsilon), Duchi, Hazan & Singer 2011
     adam      Kingma & Ba 2015 with bias correction, epsilon outside the corrected root; amsgrad: Reddi et al. 2018
     adamw     adam with the decay taken from the parameter itself, Loshchilov & Hutter 2019
   What happens to a gradient, in this order: clip_norm (one norm over all that is trained), clip_value, weight_decay
   (added as weight_decay * parameter; adamw: subtracts rate * weight_decay * parameter instead), the rule.
   Works on the trainable stretches of a flat block only; the rest is neither read nor written. */
#ifndef LURE_LEARN_OPTIMIZER_H
#define LURE_LEARN_OPTIMIZER_H

#include "base/memory.h"
#include "math/tensor.h"

typedef enum { LURE_SGD, LURE_ADAM, LURE_ADAMW, LURE_RMSPROP, LURE_ADAGRAD } lure_optimizer_kind;
enum { LURE_N_OPTIMIZERS = LURE_ADAGRAD + 1 };

/* Other settings for what is called `name`, or for all whose names begin with `name` and a dot. A setting that is NaN
   stays what it is; where several groups cover one parameter, the longer name has the last word. */
typedef struct lure_optimizer_group {
    const char *name;
    double rate_scale; /* multiplies the step's rate */
    double weight_decay, clip_value;
} lure_optimizer_group;

typedef struct lure_optimizer_options {
    lure_optimizer_kind kind;
    double momentum;                    /* sgd, rmsprop: [0, 1) */
    bool nesterov;                      /* sgd: needs momentum > 0 */
    double beta1, beta2;                /* adam, adamw: [0, 1) */
    bool amsgrad;                       /* adam, adamw: divide by the largest second moment so far */
    double alpha;                       /* rmsprop: [0, 1) */
    bool centered;                      /* rmsprop */
    double initial_accumulator;         /* adagrad: >= 0, where the sum of squares starts */
    double epsilon;                     /* all but sgd: > 0 */
    double weight_decay;                /* >= 0 */
    double clip_norm;                   /* scale the whole gradient down to this Euclidean norm; 0 = never */
    double clip_value;                  /* each number of the gradient to +- this; 0 = never */
    const lure_optimizer_group *groups; /* read by lure_optimizer_stretch alone */
    size_t n_groups;
} lure_optimizer_options;

/* The options by name, for whoever reads or prints them. */
typedef struct lure_optimizer_field {
    const char *name;
    size_t offset;  /* of a double, or of a bool, in lure_optimizer_options */
    bool is_flag;   /* it is a bool */
    unsigned kinds; /* bit 1 << kind is set where it has a meaning */
    enum { LURE_ANY, LURE_FRACTION, LURE_POSITIVE, LURE_NOT_NEGATIVE } range;
} lure_optimizer_field;
const lure_optimizer_field *lure_optimizer_fields(size_t *n);

/* A part of the flat block that is trained, and how: elements. */
typedef struct lure_stretch {
    size_t offset, size;
    const char *name; /* of the parameter, for errors; copied, cut at 63 bytes */
    double rate_scale, weight_decay, clip_value;
} lure_stretch;

typedef struct lure_optimizer lure_optimizer;

const char *lure_optimizer_kind_name(lure_optimizer_kind kind); /* "sgd", "adam", ... */
/* torch.optim's: momentum 0; adam and adamw .9 .999 1e-8; rmsprop .99 1e-8; adagrad 1e-10; adamw's decay .01 */
lure_optimizer_options lure_optimizer_defaults(lure_optimizer_kind kind);
bool lure_optimizer_group_covers(const char *group, const char *parameter);
/* A stretch with the options' settings and those of the groups that cover its name. */
lure_stretch lure_optimizer_stretch(const lure_optimizer_options *options, const char *name, size_t offset,
                                    size_t size);

/* Caller destroys. Bad options, or bad settings of a group or stretch, are LURE_ERROR_SCRIPT naming them. */
lure_status lure_optimizer_create(const lure_optimizer_options *options, lure_dtype dtype,
                                  size_t n_parameters, const lure_stretch *trainable, size_t n_trainable,
                                  lure_memory *memory, lure_optimizer **out, lure_error *err);
void lure_optimizer_destroy(lure_optimizer *optimizer); /* null is fine */

/* parameters -= step. `steps` (null, or n_parameters in double) receives what was subtracted. `gradient_norm` (null is
   fine) receives the norm before clipping. A rate that is negative or not finite, a gradient that is not finite, or a
   parameter that would become so is LURE_ERROR_SCRIPT naming it; parameters and moments are then as they were before
   the call. Allocates nothing. */
lure_status lure_optimizer_step(lure_optimizer *optimizer, void *parameters, const void *gradient,
                                double rate, double *steps, double *gradient_norm, lure_error *err);

lure_optimizer_kind lure_optimizer_kind_of(const lure_optimizer *optimizer);
const lure_optimizer_options *lure_optimizer_options_of(const lure_optimizer *optimizer); /* no groups */
const lure_stretch *lure_optimizer_stretches(const lure_optimizer *optimizer, size_t *n); /* as created */
bool lure_optimizer_is_plain(const lure_optimizer *optimizer); /* every step is rate * gradient */
/* State for checkpoints: named blocks of n_parameters in the optimizer's dtype, and the number of steps taken. sgd:
   "momentum" if there is one; rmsprop: "square_average", then "gradient_average" if centered, "momentum" if there is
   one; adagrad: "square_sum"; adam, adamw: "first_moment", "second_moment", with amsgrad "max_second_moment".
   Writable, so that a checkpoint can be put back. The address of a block is good until the next step. */
size_t lure_optimizer_n_blocks(const lure_optimizer *optimizer);
const char *lure_optimizer_block_name(const lure_optimizer *optimizer, size_t i);
void *lure_optimizer_block(lure_optimizer *optimizer, size_t i);
uint64_t lure_optimizer_steps(const lure_optimizer *optimizer);
void lure_optimizer_set_steps(lure_optimizer *optimizer, uint64_t steps);

#endif
