/* check_trial.h: a world on trial: one environment with a reward and a schedule in a sandbox of its own, stepped one
   step at a time by the same run:collect that runs use, with a policy that draws all actions evenly. What a step did
   is kept as one line of text. A step can begin from the s of another trial. Internal to check/. */
#ifndef LURE_CHECK_CHECK_TRIAL_H
#define LURE_CHECK_CHECK_TRIAL_H

#include "check/check_script.h"
#include "run/collect.h"

typedef struct lure_trial_options {
    const char
        *experiment; /* environment, reward and schedule are those of this experiment; or, when null: */
    const char *environment, *reward, *schedule; /* reward null: its own, or 0; schedule null: none */
    bool makes_up_input;                         /* reset gets numbers for whatever it asks of its input */
    bool is_watched; /* keeps a copy of s before every step, and looks whether reward or observe change s */
} lure_trial_options;

enum { LURE_MOST_INPUTS = 8 };
typedef struct lure_trial {
    lure_sandbox *sandbox; /* null: closed */
    lure_examiner *borrow_examiner;
    const lure_trial_options *options;
    lure_copies *borrow_copies; /* one */
    lure_collector collector;
    char environment_name[64], reward_name[64];
    char environment_place[256], step_place[256], reward_place[256]; /* "file:line" of reset, step, reward */
    char inputs[LURE_MOST_INPUTS][32];                               /* what reset asked of a made-up input */
    size_t n_inputs;
    lure_text line; /* the last step: s after it, observation, action, reward, end, as a Lua table */
    /* watched */
    size_t n_copies;   /* of s, one a step */
    lure_text changed; /* "reward changes s: s.x was 1, then 2"; empty: nothing of the kind */
    lure_text scratch[2];
    int collect, environment, reward, copies, locals; /* references in the registry */
} lure_trial;

/* In zeroed memory that must not move while it is open. On an error it is closed. */
lure_status lure_trial_open(lure_trial *t, lure_examiner *x, const lure_trial_options *options,
                            lure_error *err);
void lure_trial_close(lure_trial *t); /* a closed one is fine */

/* Lives one step; step 1 begins the episode. The episode is over when it is in no episode. */
lure_status lure_trial_step(lure_trial *t, uint64_t episode, uint64_t step, lure_error *err);
static inline bool lure_trial_in_episode(const lure_trial *t)
{
    return t->borrow_copies->copies[0].in_episode;
}
/* The same from copy number i (from 0) of another trial's s, which was watched. `action` -1: as drawn, also
   where an action is more than one choice. */
lure_status lure_trial_step_from(lure_trial *t, lure_trial *other, size_t i, uint64_t episode, uint64_t step,
                                 int64_t action, lure_error *err);
/* render(s), if there is one: a text, and s as before? Says in `out` what is wrong; empty: nothing. */
lure_status lure_trial_render(lure_trial *t, lure_text *out, lure_error *err);
/* Seconds that a step takes, from what can be done in about `budget` seconds. */
lure_status lure_trial_measure(lure_trial *t, double budget, double *seconds, lure_error *err);
/* "the local 'count'" when locals of the environment's or the reward's file are not what they were at the start. */
void lure_trial_changed_locals(lure_trial *t, lure_text *out);

/* check_repeat.c. Does the environment get through a few episodes? When not without a schedule, and its reset asks its
   input for something by name, makes_up_input is set, `asked` says what it asked for, and it is tried again. */
lure_status lure_trial_choose_input(lure_examiner *x, lure_trial_options *options, lure_text *asked,
                                    lure_error *err);

/* What was lived through, a line a step. */
typedef struct lure_lived {
    struct {
        uint64_t episode, step;
        char *line;
    } * steps; /* heap */
    size_t n;
} lure_lived;

/* Lives some episodes from the first on: at most so many steps, and about a second. */
lure_status lure_trial_live(lure_trial *t, size_t most_steps, lure_lived *lived, lure_error *err);
void lure_lived_free(lure_lived *lived);
/* The same again: in a fresh state with the episodes in another order, then each step alone from a copy of s.
   Findings are about `subject`, an environment or a reward. False: there was one, or it could not be told. */
bool lure_trial_repeat(lure_examiner *x, lure_trial *first, const lure_lived *lived, lure_role subject);

#endif
