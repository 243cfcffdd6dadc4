/* compared.h: configurations over their seeds, and each beside one of them, the reference: what can honestly be said. Best
   is who has the highest interquartile mean (IQM). Better or worse than the reference is only who differs from it by an
   IQM whose 95 % bootstrap interval leaves out 0, of at least LURE_FEW_SEEDS seeds each. Where two share seeds the difference
   is paired: both are resampled by the same seeds, and only those count that both have (a failed run takes its
   partner out). No correction is made for how many are compared; the texts say so. */
#ifndef LURE_REPORT_COMPARED_H
#define LURE_REPORT_COMPARED_H

#include "report/bootstrap.h"
#include "report/statistics.h"

#include <stdint.h>

enum { LURE_FEW_SEEDS = 5 };

typedef enum lure_judgement {
    LURE_JUDGED_NOTHING,   /* it or the reference has no values */
    LURE_JUDGED_REFERENCE, /* it is the reference */
    LURE_JUDGED_FEW,       /* fewer than LURE_FEW_SEEDS in one of the two */
    LURE_JUDGED_SKIPPED,   /* not among the best, so its interval was not computed */
    LURE_JUDGED_OPEN,      /* not told apart */
    LURE_JUDGED_BETTER,
    LURE_JUDGED_WORSE
} lure_judgement;
/* "reference", "too few seeds to tell", "not examined", "not told apart", "better", "worse"; "nothing to compare" */
const char *lure_judgement_text(lure_judgement judgement);

typedef struct lure_compared {
    double *values;         /* (interval.n) finite; the caller's, as are the next two */
    uint64_t *seeds;        /* (interval.n) rising */
    lure_interval interval; /* its n is the caller's; of the mean, Student's t */
    double iqm;
    lure_bounds iqm_bounds;
    double optimality_gap; /* NaN without a target */
    size_t rank;           /* by IQM, from 1; 0: no values */
    double
        improvement; /* probability that a run of it is better than one of the reference; NaN for that itself */
    lure_bounds improvement_bounds; /* unpaired */
    double difference;              /* of IQMs, this - reference; of the shared seeds where paired */
    lure_bounds difference_bounds;
    size_t n_shared; /* seeds that both have */
    bool paired;     /* at least LURE_FEW_SEEDS and half of the fewer seeds are shared */
    lure_judgement judgement;
} lure_compared;

enum { LURE_REFERENCE_FIRST = 0 };
#define LURE_REFERENCE_BEST SIZE_MAX /* of those with LURE_FEW_SEEDS values, if there are any */
#define LURE_REFERENCE_NONE (SIZE_MAX - 1)

typedef struct lure_comparing {
    bool lower_is_better;
    double target;      /* NaN: none */
    size_t n_resamples; /* of each interval */
    size_t
        most_values; /* intervals are only for the best, up to so many values together; the others' are NaN */
    size_t
        reference; /* in: which, or one of the above; out: which, LURE_REFERENCE_NONE if none has a value */
} lure_comparing;

/* Bounds are NaN where a single run has no spread. LURE_ERROR_MEMORY alone. */
lure_status lure_compared_compute(lure_compared *all, size_t n, lure_comparing *comparing, lure_error *err);

#endif
