/* bind.h: the engine's nouns as Lua values. One file a noun: bind_rng.c, bind_tensor.c, bind_policy.c,
   bind_optimizer.c, bind_normaliser.c, bind_replay_memory.c, bind_space.c; bind_returns.c and bind_surrogate.c have
   functions of `lure`. Every userdata begins with a lure_box that tells its kind; scripts see no other userdata, full
   or light, so one comparison is a full type check. A bound function has three acts: read arguments (may raise, holds
   nothing), work in the core, push results. */
#ifndef LURE_SCRIPT_BIND_H
#define LURE_SCRIPT_BIND_H

#include "base/rng.h"
#include "learn/optimizer.h"
#include "learn/policy.h"
#include "math/tensor.h"

#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>

typedef enum {
    LURE_BOX_RNG = 0x6c757265, /* not a number that a pointer or a length would be */
    LURE_BOX_TENSOR,
    LURE_BOX_POLICY,
    LURE_BOX_OPTIMIZER,
    LURE_BOX_NORMALISER,
    LURE_BOX_REWARD_SCALER,
    LURE_BOX_SPACE,
    LURE_BOX_COPIES,
    LURE_BOX_WORLD,
    LURE_BOX_ENGINE, /* what worlds step with; scripts never see it */
    LURE_BOX_REPLAY,
} lure_box_kind;

typedef struct lure_box {
    uint64_t kind;
    uint64_t recorded; /* the last pass of `differentiate` that recorded something about its numbers */
} lure_box;

/* Null if it is anything else. Inline: an update of the lesson makes a dozen of these checks. */
static inline void *lure_box_test(lua_State *L, int arg, lure_box_kind kind)
{
    lure_box *box = lua_touserdata(L, arg);
    return box && box->kind == kind ? box : NULL;
}
int lure_box_refuse(lua_State *L, int arg, const char *name); /* raises: expected a `name` */
/* " (is it called with ':'?)" where the first argument may be missing for want of one, else "" */
const char *lure_colon_hint(lua_State *L, int arg);
/* Raises "bad argument #arg to 'function' (expected `expected`, got what came)". */
int lure_refuse_argument(lua_State *L, int arg, const char *expected);
static inline void *lure_box_check(lua_State *L, int arg, lure_box_kind kind, const char *name)
{
    void *box = lure_box_test(L, arg, kind);
    if (__builtin_expect(!box, 0))
        lure_box_refuse(L, arg, name);
    return box;
}
/* A locked metatable under `key` in the registry: __index = methods, which refuses other names; __name = name. Room for n_more
   methods that the caller adds. [-0, +1, m] left on the stack. */
void lure_box_metatable(lua_State *L, const void *key, const char *name, const luaL_Reg *methods, int n_more);
const char *lure_type_name(lua_State *L, int arg); /* "nil", "number", "tensor", ... for messages */
const char *lure_article(const char *word);        /* "a" or "an" */
/* Pushes the value's text, and returns it: what tostring gives. Unlike luaL_tolstring never an address, which would
   differ from run to run: a table is "table" unless it has __tostring or __name. [-0, +1, e] */
const char *lure_push_text(lua_State *L, int index);
/* "advantages: ", as the script calls the C function that runs; nothing when that cannot be told. [-0, +1, m] */
const char *lure_push_function_name(lua_State *L);
/* The length of the list at `index`, at most `most`. Lua may call any n a length for which t[n] is there and t[n + 1]
   is not, so a table of few elements can have a length of 2^61. Raises; `what` begins the message. [-0, +0, e] */
size_t lure_check_list(lua_State *L, int index, size_t most, const char *what);

void lure_bind_all(lua_State *L); /* makes the global `lure` and `options` */
void lure_bind_rng(lua_State *L); /* each: metatable into the registry, functions into the table on top */
void lure_bind_tensor(lua_State *L);
void lure_bind_policy(lua_State *L);
void lure_bind_optimizer(lua_State *L);
void lure_bind_returns(lua_State *L);
void lure_bind_anneal(lua_State *L);
void lure_bind_surrogate(lua_State *L);
void lure_bind_normaliser(lua_State *L);
void lure_bind_space(lua_State *L);
void lure_bind_replay_memory(lua_State *L);

/* rng: the stream lives in the userdata; the pointer is good while the userdata is anchored. */
lure_rng *lure_push_rng(lua_State *L);
lure_rng *lure_check_rng(lua_State *L, int arg);

/* tensor: numbers inside the userdata, or a view that pins its owner (the value at stack index `owner`). The tensor
   of a view whose owner is a table may be pointed elsewhere by its maker while that lives: run/ does so at each collect.
   Scripts cannot write to it. */
lure_tensor *lure_push_tensor(lua_State *L, lure_dtype dtype, int n_dims, const size_t *shape); /* zeroed */
lure_tensor *lure_push_tensor_view(lua_State *L, const lure_tensor *view, int owner);
/* Contiguous: a strided view is copied, and the copy takes its place on the stack. A tensor that `differentiate` tracks is
   refused, as nothing would come back through it: what has a derivative reads by lure_check_value (differentiate.h). */
lure_tensor *lure_check_tensor(lua_State *L, int arg);
lure_tensor *lure_check_strided(lua_State *L, int arg); /* as it is, tracked or not */
const lure_tensor *lure_check_vector(lua_State *L, int arg, lure_dtype dtype, size_t n, const char *what);

/* Indices and actions are int32 tensors that count from 0 in C and from 1 in scripts. A tensor marked as such shows each
   number plus one (t[i], arithmetic, text, to_table). lure_check_indices gives what C counts: the numbers of a marked
   tensor as they lie there; those of any other tensor less one, in a copy that takes its place on the stack. Contiguous,
   of any shape; not checked against a range. `what` begins the message when there is a number that is not whole. */
void lure_mark_indices(lua_State *L, int index);
/* Pushes a new tensor of what the contiguous one at `arg` has at `indices` (n), counted from 0, along `axis`; its first n_merged
   sides count as one, the first. Marked as the one it comes from. Raises where an index is out of range. [-0, +1, e] */
void lure_push_taken(lua_State *L, int arg, int n_merged, int axis, const int32_t *indices, size_t n);
const lure_tensor *lure_check_indices(lua_State *L, int arg, const char *what);

/* policy, optimizer: the box owns what it holds and destroys it when collected. */
lure_policy *lure_push_policy(lua_State *L, const lure_policy_options *options, lure_rng *init);
lure_policy *lure_check_policy(lua_State *L, int arg);
/* The number at `index`, 0 to 1, for that policy, which has to have action values. [-0, +0, e] */
double lure_check_epsilon(lua_State *L, int index, const lure_policy *policy, const char *what);
void lure_policy_spend_gradient(lua_State *L, int arg,
                                const lure_tensor *gradient); /* the policy at arg may reuse it */
lure_optimizer *lure_push_optimizer(lua_State *L, const lure_optimizer_options *options,
                                    const lure_policy *policy);

#endif
