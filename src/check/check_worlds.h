/* check_worlds.h: the worlds that a reward or a schedule may be tried in: the one asked for; else those of the
   experiments that name it; else every environment that can be found, of which those count in which it works, for which
   world it is written for stands nowhere but in its comments. Internal to check/. */
#ifndef LURE_CHECK_CHECK_WORLDS_H
#define LURE_CHECK_CHECK_WORLDS_H

#include "check/check_trial.h"

typedef struct lure_worlds {
    char **paths; /* heap; of experiments or of environments */
    size_t n;
    bool are_experiments;
    bool are_sure; /* what goes wrong in one of them is a finding */
} lure_worlds;

/* For the examined script, a reward or a schedule. */
void lure_worlds_find(lure_examiner *x, lure_worlds *out);
void lure_worlds_free(lure_worlds *worlds);

/* How to try the examined script in world i; an environment that fails without input gets a made-up one. */
lure_trial_options lure_worlds_options(lure_examiner *x, const lure_worlds *worlds, size_t i);
/* "the experiment experiments/windy.lua", "environments/windy.lua". */
void lure_worlds_name(const lure_worlds *worlds, size_t i, char out[160]);

/* check_feeding.c: of a schedule, by what these worlds take of it. */
void lure_examine_fed_worlds(lure_examiner *x, const lure_worlds *worlds);

#endif
