/* tape.h: reverse-mode differentiation (Linnainmaa 1970; Griewank & Walther 2008, ch. 3): operations on tensors are
   recorded as they are computed, and walked backwards once. A value is a tensor and the node that made it; node 0 is a
   constant, and what depends on constants alone is computed but not recorded. Gradients have the shape and type of
   their value and are contiguous.
   Memory is an arena: everything the tape gives out lives until the next lure_tape_begin, which frees all at once. It
   keeps one block as large as the largest pass so far, so the steady state takes nothing from the account.
   Only float32 and float64 have gradients; a result of int32 is a constant.
   One tape, one thread; it never outlives its account. What a layer or a distribution adds to the table of
   operations it records by a rule of its own (lure_rule). */
#ifndef LURE_LEARN_TAPE_H
#define LURE_LEARN_TAPE_H

#include "base/memory.h"
#include "math/operation.h"

typedef uint32_t lure_node;

typedef struct lure_value {
    lure_tensor tensor;
    lure_node node; /* 0: constant */
} lure_value;

typedef struct lure_tape lure_tape;

/* What was recorded. The inputs' tensors are as they were given: their numbers must still be there, unchanged, when
   lure_tape_backward runs. */
typedef struct lure_record {
    const struct lure_rule *rule;
    lure_value *inputs;
    size_t n_inputs;
    lure_tensor value;
    void *gradient;    /* d loss / d value; null until something has added to it */
    void *saved;       /* the rule's own, in the arena */
    const char *place; /* "file:line" while debugging, else null */
} lure_record;

/* How a node hands its gradient on: reads record->gradient and adds to lure_tape_gradient(tape, input's node) of every
   input whose node is not 0. Fails for want of memory only; lure_tape_refused says so. */
typedef struct lure_rule {
    const char *name; /* "linear", for messages */
    lure_status (*backward)(lure_tape *tape, const lure_record *record, lure_error *err);
} lure_rule;

lure_status lure_tape_create(lure_memory *memory, lure_tape **out, lure_error *err); /* caller destroys */
void lure_tape_destroy(lure_tape *tape);                                             /* null is fine */

/* Where the account refuses, `reclaim` is asked to have something given back to it, and the tape tries once more. */
void lure_tape_on_refusal(lure_tape *tape, void (*reclaim)(void *data), void *data);
/* Forgets all nodes and takes back all memory given out. */
void lure_tape_begin(lure_tape *tape);
/* A value to differentiate by, float32 or float64. `gradient`: the caller's block of that size, zeroed here; null: the
   arena's. */
lure_status lure_tape_leaf(lure_tape *tape, const lure_tensor *value, void *gradient, lure_value *out,
                           lure_error *err);
/* Arena memory, 64-byte aligned, not zeroed; null when the account refuses. */
void *lure_tape_take(lure_tape *tape, size_t bytes);
lure_status lure_tape_refused(lure_error *err); /* LURE_ERROR_MEMORY, in words */
/* Scratch of a rule: what lure_tape_take has given since the mark is free again. Gradients, and what the tape itself
   remembers, lie elsewhere: they stay. */
size_t lure_tape_mark(const lure_tape *tape);
void lure_tape_release(lure_tape *tape, size_t mark);

/* Computes an operation of the table and records it if an input's node is not 0 and it has a derivative. out->tensor:
   either planned by lure_op_plan with memory of the caller's (which must outlive the pass), or all zero: then it is
   planned here and its memory is the arena's. An operation without derivative gives a constant. */
lure_status lure_tape_apply(lure_tape *tape, lure_op op, size_t n, const lure_value *inputs,
                            const lure_op_options *options, lure_value *out, lure_error *err);
/* Records a value that the caller has computed; out->node is 0 if no input's node is other than 0. `saved` is kept as it is.
   The inputs are copied. */
lure_status lure_tape_record(lure_tape *tape, const lure_rule *rule, size_t n, const lure_value *inputs,
                             const lure_tensor *value, void *saved, lure_value *out, lure_error *err);

/* Gradients of `loss` (one number, else LURE_ERROR_SCRIPT) by every leaf. Once a pass. A loss of node 0 leaves them
   zero. */
lure_status lure_tape_backward(lure_tape *tape, const lure_value *loss, lure_error *err);
/* The gradient of a node, zeroed at the first call; (n) of the value's type. Null when the account refuses. For rules and, after
   lure_tape_backward, for whoever made the leaf. */
void *lure_tape_gradient(lure_tape *tape, lure_node node);
size_t lure_tape_n_nodes(const lure_tape *tape);

/* Debugging: when `place` is set, every result and every gradient is looked at, and the first that is not finite ends the pass
   with LURE_ERROR_SCRIPT naming operation, place and number (indices as scripts count, from 1). `place` says where the
   script is, and is asked at each record; it is kept over passes, null ends it. */
void lure_tape_debug(lure_tape *tape, void (*place)(void *data, char *text, size_t size), void *data);

#endif
