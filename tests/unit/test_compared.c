/* test_compared.c: configurations over seeds: who is best, what may be said of the others, and what may not. */
#include "report/compared.h"
#include "unit.h"

#include <math.h>

enum { MOST = 12 };

/* Configurations in the making: values by seed, NaN for a run that failed. */
typedef struct made {
    double values[6][MOST];
    uint64_t seeds[6][MOST];
    lure_compared all[6];
    size_t n;
} made;

static void add(made *m, const double *values, size_t n)
{
    lure_compared *it = &m->all[m->n];
    *it = (lure_compared){.values = m->values[m->n], .seeds = m->seeds[m->n]};
    for (size_t i = 0; i < n; i++)
        if (!isnan(values[i])) {
            it->values[it->interval.n] = values[i];
            it->seeds[it->interval.n++] = i + 1;
        }
    m->n++;
}

static lure_comparing usual(void)
{
    return (lure_comparing){
        .target = NAN, .n_resamples = 20000, .most_values = SIZE_MAX, .reference = LURE_REFERENCE_BEST};
}

static void compute(made *m, lure_comparing *comparing)
{
    lure_error err;
    CHECK_OK(lure_compared_compute(m->all, m->n, comparing, &err), &err);
}

static const double eight[] = {0, 0.1, 0.2, 0.5, 0.6, 0.7, 0.9, 1}; /* rliable's own example */

TEST(equal_configurations_are_not_told_apart)
{
    made m = {0};
    lure_comparing comparing = usual();
    comparing.target = 0.6;
    add(&m, eight, 8);
    add(&m, eight, 8);
    compute(&m, &comparing);
    CHECK_INT((int64_t)comparing.reference, 0);
    CHECK_NEAR(m.all[0].iqm, 0.5, 1e-15);
    CHECK_NEAR(m.all[0].optimality_gap, 1.6 / 8, 1e-15); /* .6 .5 .4 .1 0 0 0 0 */
    CHECK_REAL(m.all[1].improvement, 0.5);
    CHECK_REAL(m.all[1].difference, 0);
    CHECK(m.all[1].paired && m.all[1].n_shared == 8);
    CHECK_REAL(m.all[1].difference_bounds.low, 0); /* the same by every resample of their seeds */
    CHECK_REAL(m.all[1].difference_bounds.high, 0);
    CHECK_INT(m.all[0].judgement, LURE_JUDGED_REFERENCE);
    CHECK_INT(m.all[1].judgement, LURE_JUDGED_OPEN);
    CHECK(m.all[0].rank == 1 && m.all[1].rank == 2);
}

TEST(pairs_tell_apart_what_seeds_hide)
{
    double higher[8];
    for (int i = 0; i < 8; i++)
        higher[i] = eight[i] + (i % 2 ? 0.05 : 0.07);
    made m = {0};
    lure_comparing comparing = usual();
    add(&m, eight, 8);
    add(&m, higher, 8);
    compute(&m, &comparing);
    CHECK_INT((int64_t)comparing.reference, 1);
    CHECK_INT(m.all[0].judgement, LURE_JUDGED_WORSE);
    CHECK_NEAR(m.all[0].difference, -0.06, 1e-12);
    CHECK(m.all[0].difference_bounds.low > -0.071 && m.all[0].difference_bounds.high < -0.049);
    /* of other seeds the same numbers say nothing */
    for (size_t i = 0; i < 8; i++)
        m.all[1].seeds[i] += 100;
    comparing = usual();
    compute(&m, &comparing);
    CHECK(!m.all[0].paired && m.all[0].n_shared == 0);
    CHECK_INT(m.all[0].judgement, LURE_JUDGED_OPEN);
    /* a reference that is asked for, and the other direction */
    comparing = usual();
    comparing.reference = LURE_REFERENCE_FIRST;
    comparing.lower_is_better = true;
    for (size_t i = 0; i < 8; i++)
        m.all[1].seeds[i] -= 100;
    compute(&m, &comparing);
    CHECK_INT(m.all[1].judgement, LURE_JUDGED_WORSE);
    CHECK_NEAR(m.all[1].difference, 0.06, 1e-12);
    CHECK(m.all[1].improvement < 0.5 && m.all[0].rank == 1);
}

TEST(a_failed_run_takes_its_partner_out)
{
    static const double first[] = {1, 2, 3, 4, 5, 6, 100}, second[] = {0, 1, 2, 3, 4, 5, NAN};
    made m = {0};
    lure_comparing comparing = usual();
    comparing.reference = LURE_REFERENCE_FIRST;
    add(&m, first, 7);
    add(&m, second, 7);
    compute(&m, &comparing);
    CHECK_INT((int64_t)m.all[1].n_shared, 6);
    CHECK_REAL(m.all[1].difference, -1); /* of the six; seed 7 has no partner */
    CHECK_REAL(m.all[1].difference_bounds.high, -1);
    CHECK_INT(m.all[1].judgement, LURE_JUDGED_WORSE);
}

TEST(few_seeds_claim_nothing)
{
    static const double low[] = {1, 1.1, 1.2, 1.3, 1.4}, high[] = {100, 101, 102, 103}, lone[] = {1000};
    made m = {0};
    lure_comparing comparing = usual();
    add(&m, low, 5);
    add(&m, high, 4);
    add(&m, lone, 1);
    add(&m, lone, 0);
    compute(&m, &comparing);
    CHECK_INT((int64_t)comparing.reference, 0); /* the only one of five seeds */
    CHECK(m.all[2].rank == 1 && m.all[1].rank == 2 && m.all[0].rank == 3 && m.all[3].rank == 0);
    CHECK_INT(m.all[1].judgement, LURE_JUDGED_FEW);
    CHECK_INT(m.all[2].judgement, LURE_JUDGED_FEW);
    CHECK_INT(m.all[3].judgement, LURE_JUDGED_NOTHING);
    CHECK(isnan(m.all[2].iqm_bounds.low) && isnan(m.all[2].improvement_bounds.low));
    CHECK_TEXT(lure_judgement_text(m.all[1].judgement), "too few seeds to tell");
}

TEST(nothing_at_all_has_no_reference)
{
    made m = {0};
    lure_comparing comparing = usual();
    add(&m, eight, 0);
    compute(&m, &comparing);
    CHECK(comparing.reference == LURE_REFERENCE_NONE);
    CHECK_INT(m.all[0].judgement, LURE_JUDGED_NOTHING);
    CHECK(isnan(m.all[0].iqm));
}

TEST(beyond_the_bound_of_work_nothing_is_judged)
{
    made m = {0};
    lure_comparing comparing = usual();
    comparing.most_values = 16;
    for (int i = 0; i < 4; i++) {
        double values[8];
        for (int k = 0; k < 8; k++)
            values[k] = eight[k] - i;
        add(&m, values, 8);
    }
    compute(&m, &comparing);
    CHECK_INT(m.all[1].judgement, LURE_JUDGED_WORSE);
    CHECK_INT(m.all[2].judgement, LURE_JUDGED_SKIPPED);
    CHECK(isnan(m.all[3].iqm_bounds.low) && m.all[3].rank == 4);
    CHECK_NEAR(m.all[3].iqm, -2.5, 1e-15);
}
