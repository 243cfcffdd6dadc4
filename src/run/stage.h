/* stage.h: one world stepped by hand, with a reward and perhaps a schedule: what `lure trace` and `lure play` share. Its
   streams are those of a run's first copy, so episode 1 is the world that a run of this seed meets first. What is seen is the
   world's own observation, before any option of an experiment. No Lua in this header. Nothing is written to the disk. */
#ifndef LURE_RUN_STAGE_H
#define LURE_RUN_STAGE_H

#include "base/json.h"
#include "learn/space.h"
#include "run/run.h"

typedef struct lure_stage lure_stage;

typedef struct lure_stage_options {
    const char *environment; /* name or path */
    const char *reward;      /* name, path or a Lua literal; null: the world's own, or 0 where it has none */
    const char *schedule;    /* null: none */
    const lure_setting *settings; /* options of the world; "reward.x" and "schedule.x" are theirs */
    size_t n_settings;
    const lure_setting
        *input; /* the table that reset gets, instead of the schedule's; values are Lua literals */
    size_t n_input;
    uint64_t seed;
    bool keeps_history;     /* for lure_stage_undo */
    int stuck_exit_code;    /* _exit with it when a script is inside one endless C call; 0: never */
    void (*on_stuck)(void); /* called before that, in signal context; null is fine */
} lure_stage_options;

typedef struct lure_stage_term {
    const char *name;
    double value;
} lure_stage_term;

/* What the last reset or step gave. Valid until the next call. */
typedef struct lure_stage_view {
    uint64_t episode, step;       /* from 1; step 0: reset */
    const double *observation;    /* (n_parts of the observation) */
    double reward;                /* 0 at reset */
    bool terminated, truncated;   /* never both */
    double episode_return;        /* sum of the rewards since reset */
    const lure_stage_term *terms; /* (n_terms) what the reward named, in the order of the names */
    size_t n_terms;               /* 0: nothing */
    const unsigned char
        *legal; /* (choices of all parts of the actions) 1: legal; null: the world tells nothing of it */
} lure_stage_view;

/* Loads everything and checks it. The stage is to be closed also by whoever cancels. */
lure_status lure_stage_open(const lure_stage_options *options, lure_stage **out, lure_error *err);
void lure_stage_close(lure_stage *stage); /* null is fine */

const char *lure_stage_name(const lure_stage *stage);        /* of the environment */
const char *lure_stage_reward_name(const lure_stage *stage); /* null: the world's own; "" : it has none */
const lure_space *lure_stage_actions(const lure_stage *stage);
const lure_space *
lure_stage_observation(const lure_stage *stage); /* a part without a name: only numbers are declared */

lure_status lure_stage_reset(lure_stage *stage, lure_error *err); /* the next episode */
/* One double a part of the actions. LURE_ERROR_USAGE when the episode is over, or has not begun. */
lure_status lure_stage_step(lure_stage *stage, const double *action, lure_error *err);
const lure_stage_view *lure_stage_look(const lure_stage *stage);

/* Takes the last step back; *undone false: there is none since reset. The next step lives through the same chance. */
lure_status lure_stage_undo(lure_stage *stage, bool *undone, lure_error *err);
/* An even random action, legal where the world tells: of the policy's stream at (episode, step), as a run's. */
void lure_stage_draw(lure_stage *stage, double *action);

/* What render(s) draws, or without one what s holds, a field a line. Appends; ends without a newline. */
lure_status lure_stage_render(lure_stage *stage, lure_text *out, lure_error *err);
/* The scripts with their hashes and options as resolved, as array `key`. */
lure_status lure_stage_scripts(lure_stage *stage, lure_json *json, const char *key, lure_error *err);

#endif
