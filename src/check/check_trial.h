/* check_trial.h: a world on trial: one environment with a reward and a schedule in a sandbox of its own, one copy, stepped one
   step at a time by the same stepping that runs use (run/copies.h), with actions drawn evenly from what is legal. What a
   step did is kept as one line of text. A step can begin from the s of another trial. Internal to check/. */
#ifndef LURE_CHECK_CHECK_TRIAL_H
#define LURE_CHECK_CHECK_TRIAL_H

#include "check/check_script.h"
#include "run/copies.h"

typedef struct lure_trial_options {
    const char
        *experiment; /* environment, reward and schedule are those of this experiment; or, when null: */
    const char *environment, *reward, *schedule; /* reward null: its own, or 0; schedule null: none */
    bool makes_up_input;                         /* reset gets numbers for whatever it asks of its input */
    bool is_watched;    /* keeps a copy of s before every step, and looks who changes what is not theirs */
    bool keeps_calls;   /* of the reward: `calls` */
    bool watches_input; /* what the schedule gives and reset reads: `fed` */
} lure_trial_options;

enum { LURE_MOST_INPUTS = 8, LURE_MOST_CALLS = 400 };
typedef struct lure_trial {
    lure_sandbox *sandbox; /* null: closed */
    lure_examiner *borrow_examiner;
    const lure_trial_options *options;
    lure_copies *copies; /* anchored in the registry */
    char environment_name[64], reward_name[64], schedule_name[64];
    /* "file:line" of reset, step, observe, legal, reward */
    char environment_place[256], step_place[256], observe_place[256], legal_place[256], reward_place[256];
    lure_rng policy_rng;
    double *action, *first;            /* the last one; what was seen first in the episode */
    unsigned char *mask;               /* what was legal then */
    char inputs[LURE_MOST_INPUTS][32]; /* what reset asked of a made-up input */
    size_t n_inputs;
    /* the last step as a Lua table: observation, legal, action, reward, end, next (observation), s after it */
    lure_text line;
    bool last_terminated;
    double last_reward, reward_low, reward_high; /* of the last step; of all so far */
    /* watched */
    size_t n_copies;   /* of s, one a step */
    lure_text changed; /* "place: reward changes s: s.x was 1, then 2"; empty: nothing of the kind */
    bool changed_by_reward;
    lure_text scratch[2];
    int anchor, environment, reward, kept, locals; /* references in the registry; kept: the copies of s */
    int calls; /* the reward's: a list of { s, action, terminated, before, episode, step }, at most LURE_MOST_CALLS */
    int shared; /* what watched functions handed over: check_watch.c */
    int fed;    /* { given = { key = true }, read = { }, missing = { }, last = the last input } */
} lure_trial;

/* In zeroed memory that must not move while it is open. On an error it is closed. */
lure_status lure_trial_open(lure_trial *t, lure_examiner *x, const lure_trial_options *options,
                            lure_error *err);
void lure_trial_close(lure_trial *t); /* a closed one is fine */

/* Lives one step; step 1 begins the episode. */
lure_status lure_trial_step(lure_trial *t, uint64_t episode, uint64_t step, lure_error *err);
bool lure_trial_goes_on(const lure_trial *t); /* or is the episode over? */
/* The same from copy number i (from 0) of another trial's s, which was watched. `action` (a number a part) null: as drawn. */
lure_status lure_trial_step_from(lure_trial *t, lure_trial *other, size_t i, uint64_t episode, uint64_t step,
                                 const double *action, lure_error *err);
double lure_trial_seen(const lure_trial *t,
                       size_t i); /* number i of what the episode's first observation was */
/* render(s), if there is one: a text, and s as before? Says in `out` what is wrong; empty: nothing. */
lure_status lure_trial_render(lure_trial *t, lure_text *out, lure_error *err);
/* Lives until an episode ends, at most so many steps and seconds; `n_steps` says how many that were. It ended when
   copies[0].episode is 2 afterwards, or nothing goes on. */
lure_status lure_trial_run_to_an_end(lure_trial *t, uint64_t most_steps, double budget, uint64_t *n_steps,
                                     lure_error *err);
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
        double reward;
    } * steps; /* heap */
    size_t n;
} lure_lived;

/* Lives some episodes from the first on: at most so many steps, and about a second. */
lure_status lure_trial_live(lure_trial *t, size_t most_steps, lure_lived *lived, lure_error *err);
void lure_lived_free(lure_lived *lived);
void lure_lived_account(lure_examiner *x, const lure_lived *lived,
                        const char *place); /* as the script's account */
/* check_reward.c: how large they were, and whether they are too large. */
void lure_trial_report_rewards(lure_examiner *x, const lure_trial *t, const lure_lived *lived);
/* The same again: in a fresh state with the episodes in another order, then each step alone from a copy of s.
   Findings are about `subject`, an environment or a reward. False: there was one, or it could not be told. */
bool lure_trial_repeat(lure_examiner *x, lure_trial *first, const lure_lived *lived, lure_role subject);

/* check_actions.c: every choice of every part of an action, and the ends of every number's range, each from a copy of another
   s of `watched` (copy_of[i] belongs to step i): a rare one may never have been drawn. Takes the steps in `t`. */
bool lure_trial_act_all(lure_examiner *x, lure_trial *watched, lure_trial *t, const lure_lived *lived,
                        const size_t *copy_of);
/* check_transitions.c: if the world has transitions(state, action), does it say what step does? */
void lure_trial_examine_transitions(lure_examiner *x, const lure_trial_options *options);
/* check_snapshot.c: does a world that was put back go on as it did? */
void lure_trial_examine_snapshot(lure_examiner *x, const lure_trial_options *options);

#endif
