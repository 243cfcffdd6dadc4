/* rules.h: the rules of a run that may be replaced between two updates: its reward, its schedule, its learning-rate rule, where
   each is a script. What a rule remembered goes with it; the new one starts as at a run's first update. Everything else about
   the run stays: parameters, states, streams. Internal to run/. */
#ifndef LURE_RUN_RULES_H
#define LURE_RUN_RULES_H

#include "run/conductor.h"
#include "run/experiment.h"

typedef struct lure_rules {
    lure_experiment *borrow_experiment;
    lure_conductor *borrow_conductor;
} lure_rules;

bool lure_rules_may_change(lure_role role);

/* Remembers the rules in use. `run` is the index of the object that the algorithm gets, the learning rate that of the function
   that gives it. Pushes the function for the algorithm to ask: it asks the rule in use. [-0, +1, e] */
void lure_rules_push(lua_State *L, lure_rules *rules, const lure_experiment_parts *parts, int run);

/* Loads the rule's script anew, with the options that the experiment gives it; it is the last of the loader's records then.
   Pushes its function. If it fails nothing is pushed or remembered, and the run may go on, but for LURE_ERROR_CANCELLED.
   Whatever it does, the run's streams do not move. [-0, +1, m] */
lure_status lure_rules_load(lua_State *L, lure_rules *rules, lure_role role, lure_error *err);
/* From now on the function on top of the stack is that rule. [-1, +0, m] */
void lure_rules_use(lua_State *L, lure_rules *rules, lure_role role);

#endif
