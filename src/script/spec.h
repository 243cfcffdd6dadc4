/* spec.h: reads the parts of an experiment that describe engine nouns: policy, optimizer, precision. All raise with
   the name of the option, what came and what was expected. */
#ifndef LURE_SCRIPT_SPEC_H
#define LURE_SCRIPT_SPEC_H

#include "learn/optimizer.h"
#include "learn/policy.h"

#include <lua.h>

/* { layers..., head, trunk =, value = } at `index`. Fills all of *out but n_inputs, dtype and low and high; sizes and
   n_actions are read where it has some, and filled in where it has none. The arrays lie in userdata that are left on the
   stack. Other named keys are refused unless in `others` (null-terminated, or null). [-0, +n, e] */
void lure_read_policy(lua_State *L, int index, const char *const *others, lure_policy_options *out);
/* "sgd", or { "adam", beta1 = 0.9, groups = { ["linear1.weight"] = { rate = 0.1, weight_decay = 0 } }, ... }; nil: plain
   sgd. The groups lie in a userdata that is left on the stack; their names belong to the table. [-0, +n, e] */
void lure_read_optimizer(lua_State *L, int index, lure_optimizer_options *out);
/* Refuses a group that covers no parameter of the policy. [-0, +0, e] */
void lure_check_groups(lua_State *L, const lure_optimizer_options *options, const lure_policy *policy);
lure_dtype lure_read_precision(lua_State *L, int index); /* "single" or "double" */

#endif
