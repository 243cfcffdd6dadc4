/* differentiate.h: how a bound function takes part in `differentiate`. While it runs there is a pass: the sandbox's one
   tape records, and a tensor, or a policy, whose box remembers a node of this pass is tracked. When the pass ends
   it is an ordinary constant again, so what a script keeps stays right for ever. A bound function
   1. reads its arguments by lure_check_value (a tensor of any strides, or a number, with its node),
   2. pushes its result by lure_push_result, so that the numbers live in a userdata,
   3. computes with lure_tape_of(L): null when no pass runs, else lure_tape_apply or lure_tape_record,
   4. when the node is not 0: lure_anchor for each argument that the recorded node reads, lure_set_node for the result.
   A recorded node reads numbers of userdata until the pass ends: they are anchored, and whoever writes to a tensor or a
   policy asks lure_check_writable first. Views share their owner's mark. */
#ifndef LURE_SCRIPT_DIFFERENTIATE_H
#define LURE_SCRIPT_DIFFERENTIATE_H

#include "learn/tape.h"
#include "script/bind.h"
#include "script/sandbox.h"

/* The running pass, 1, 2, 3, ...; 0: none runs. */
static inline uint64_t lure_pass_of(lua_State *L)
{
    return lure_sandbox_of(L)->pass.running;
}
static inline lure_tape *lure_tape_of(lua_State *L)
{
    const lure_pass *pass = &lure_sandbox_of(L)->pass;
    return pass->running ? pass->tape : NULL;
}

/* The tensor at `arg`, strides as they are, with its node; or a Lua number as a tensor of no dimensions and of type
   `number` (int32 only if it is whole, else float64), which lies in *room (8 bytes, the caller's), or in the tape while a pass runs; null: numbers are
   refused. Raises for anything else.
   A tensor of indices (see bind.h) has its argument replaced by one that counts from 1. [-0, +0, e] */
lure_value lure_check_value(lua_State *L, int arg, lure_dtype number, void *room);

/* Pushes a contiguous tensor of planned's shape and type; its numbers are yet to be written. Hand it to lure_tape_apply as
   out->tensor, or compute into it. [-0, +1, e] */
lure_tensor *lure_push_result(lua_State *L, const lure_tensor *planned);
/* Pushes a view of numbers that the value at `owner` (a tensor or a policy) keeps; with a node it is tracked. [-0, +1, e] */
lure_tensor *lure_push_value_view(lua_State *L, const lure_value *view, int owner);
/* The tensor at `index` is that node of the running pass: marks and anchors it. Node 0: nothing. [-0, +0, e] */
void lure_set_node(lua_State *L, int index, lure_node node);
/* The value at `index` (a tensor or a policy; anything else: nothing) is read by a recorded node: it stays until the
   pass ends, and is not to be written. Once a pass; cheap after that. [-0, +0, e] */
void lure_anchor(lua_State *L, int index);
/* Raises when the pass that runs has recorded something that reads the numbers of the value at `index` (a tensor or a
   policy). `what` begins the message: "optimizer:step". [-0, +0, e] */
void lure_refuse_recorded(lua_State *L, int index, const char *what);
static inline void lure_check_writable(lua_State *L, int index, const char *what)
{
    if (__builtin_expect(lure_pass_of(L) != 0, 0))
        lure_refuse_recorded(L, index, what);
}
/* Raises when a pass runs: for what cannot take part, like run:collect. [-0, +0, e] */
void lure_refuse_in_pass(lua_State *L, const char *what);

/* Scalars without history are Lua numbers: a constant of no dimensions on top of the stack becomes one. [-1, +1, e] */
void lure_settle_result(lua_State *L);

/* bind_policy.c's part. Makes the policy at `arg` a leaf of the pass that has just begun: pushes the tensor that its
   gradient goes into (n_parameters, as policy:gradient gives it; used again once an optimizer has stepped with it),
   hands its numbers to lure_tape_leaf, and remembers pass and leaf in its box, from where policy:evaluate and
   policy.parameters take them while lure_pass_of(L) is that pass. [-0, +1, e] */
void lure_policy_track(lua_State *L, int arg);

/* Ends the pass that a coroutine has begun and not ended (it died of an error and was not closed), or any pass (null). */
void lure_pass_abandon(lua_State *L, const lua_State *coroutine);

void lure_bind_differentiate(lua_State *L); /* into the table on top; also a global */

#endif
