/* check_shaping.h: is a reward, or one of its named terms, a difference of potentials, discount * potential(after) -
   potential(before)? Then it changes how fast one learns and not what is best (Ng, Harada & Russell 1999), if the potential of
   a terminated end is 0 and the algorithm has the same discount. Told from what the reward says of pairs of states that
   were lived, each combined with each. Internal to check/. */
#ifndef LURE_CHECK_CHECK_SHAPING_H
#define LURE_CHECK_CHECK_SHAPING_H

#include "check/check_trial.h"

typedef enum {
    LURE_SHAPING_NONE,
    LURE_SHAPING_PURE,     /* and nothing else */
    LURE_SHAPING_CONSTANT, /* and the same number at every step */
    LURE_SHAPING_BAD_END,  /* but for a potential at terminated ends that is not 0 */
} lure_shaping_kind;

typedef struct lure_shaping {
    lure_shaping_kind kind;
    char term[64];  /* the named term; "": the reward itself */
    bool is_beside; /* the reward less the world's own */
    double discount;
    double constant; /* of a CONSTANT */
    double end;      /* the potential farthest from 0 among terminated ends */
    bool saw_end;    /* an episode did terminate */
} lure_shaping;

/* Of what a trial that keeps calls has lived. `call_seconds` (null is fine): of one call of the reward. */
lure_status lure_shaping_examine(lure_trial *t, lure_shaping *out, double *call_seconds, lure_error *err);

/* In a new trial; then says what there is to say: notes, and findings where the script is at fault: a reward for the
   potential at an end, an experiment for its algorithm's discount. */
void lure_shaping_report(lure_examiner *x, const lure_trial_options *options);

#endif
