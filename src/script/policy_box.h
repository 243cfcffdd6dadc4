/* policy_box.h: what a policy is inside its userdata, for the files that bind policies: bind_policy.c (making,
   gradient, copies), bind_policy_rows.c (evaluate, forward, act, ...), bind_policy_parameters.c. Internal to script/. */
#ifndef LURE_SCRIPT_POLICY_BOX_H
#define LURE_SCRIPT_POLICY_BOX_H

#include "script/differentiate.h"
#include "script/image.h"

/* User values: the last gradient given out; of a copy the policy that all copies of copies began with. */
enum { LURE_POLICY_GRADIENT = 1, LURE_POLICY_ORIGINAL, LURE_POLICY_USER_VALUES = LURE_POLICY_ORIGINAL };

typedef struct lure_policy_box {
    lure_box box;
    lure_policy *policy;         /* null until made */
    const lure_tensor *gradient; /* the last one given out, anchored as a user value */
    bool gradient_spent;         /* an optimizer has taken it: its numbers may be written over */
    uint64_t pass;               /* of `differentiate`, in which it is tracked: */
    lure_value leaf;             /* its flat block */
} lure_policy_box;

static inline lure_policy_box *lure__check_policy_box(lua_State *L, int arg)
{
    return lure_box_check(L, arg, LURE_BOX_POLICY, "policy");
}
/* Its block as a leaf of the running pass; null when it is not tracked in it. */
static inline const lure_value *lure__policy_leaf(lua_State *L, const lure_policy_box *box)
{
    return box->pass != 0 && box->pass == lure_pass_of(L) ? &box->leaf : NULL;
}

/* Raises if one of these numbers is not finite in a policy's type; `what` begins the message. */
void lure_check_parameters(lua_State *L, lure_dtype dtype, const lure_tensor *source, const char *what);
/* Field `mask` of the options at arg, a table of nothing else or none: a contiguous tensor (n, n_actions), which is
   left on the stack. Null: none, which a field of false is too. [-0, +1, e] */
const lure_tensor *lure__check_mask(lua_State *L, int arg, size_t n, const lure_policy *policy,
                                    const char *what);
extern const lure_image_kind lure__image_of_policies; /* image_policy.c */
/* Methods into the table on top. */
void lure__add_policy_rows(lua_State *L);
void lure__add_next_values(lua_State *L); /* bind_next_values.c */
void lure__add_policy_flat(lua_State *L); /* bind_policy_parameters.c */
/* The proxy behind policy.parameters, of the policy at the stack index. [-0, +1, m] */
void lure__push_policy_parameters(lua_State *L, int policy);

/* The tensor at arg, contiguous and of this type, its node with it; a copy takes its place where it is not. Recorded, if
   it is tracked. [-0, +0, e] */
lure_value lure__check_cast(lua_State *L, int arg, lure_dtype dtype, const char *what);

#endif
