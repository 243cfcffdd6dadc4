/* test_returns.c: discounting, advantages and targets against numbers worked by hand and, on random trajectories with
   random ends, against their definitions term by term. */
#include "learn/returns.h"
#include "base/rng.h"
#include "unit.h"
#include <math.h>
#include <string.h>

static lure_tensor view(double *numbers, size_t n)
{
    return lure_tensor_view(numbers, LURE_F64, 1, &n);
}

TEST(discounting_starts_anew_after_each_end)
{
    double rewards[] = {1, 2, 4, 8, 16}, out[5];
    const int32_t ends[] = {0, 1, 0, 2, 0};
    const double expected[] = {2, 2, 8, 8, 16};
    lure_tensor r = view(rewards, 5), o = view(out, 5);
    lure_returns_discounted(&r, ends, 0.5, &o);
    for (size_t i = 0; i < 5; i++)
        CHECK_REAL(out[i], expected[i]);
}

TEST(discount_0_gives_the_rewards_and_1_their_sums)
{
    double rewards[] = {3, -1, 2}, out[3];
    const int32_t ends[] = {0, 0, 0};
    lure_tensor r = view(rewards, 3), o = view(out, 3);
    lure_returns_discounted(&r, ends, 0.0, &o);
    CHECK_REAL(out[0], 3.0);
    lure_returns_discounted(&r, ends, 1.0, &o);
    CHECK_REAL(out[0], 4.0);
    CHECK_REAL(out[2], 2.0);
    lure_returns_discounted(&r, ends, 1.0, &r); /* in place */
    CHECK_REAL(rewards[0], 4.0);
    CHECK_REAL(rewards[1], 1.0);
}

TEST(float32_rewards_are_summed_in_double)
{
    /* in float 16777216 + 1 + 1 would stay 16777216 */
    float rewards[] = {16777216, 1, 1}, out[3];
    const int32_t ends[] = {0, 0, 1};
    size_t n = 3;
    lure_tensor r = lure_tensor_view(rewards, LURE_F32, 1, &n), o = lure_tensor_view(out, LURE_F32, 1, &n);
    lure_returns_discounted(&r, ends, 1.0, &o);
    CHECK_REAL((double)out[0], 16777218.0);
}

TEST(centring_uses_the_sample_deviation)
{
    double numbers[] = {1, 2, 3, 4}, out[4];
    lure_tensor t = view(numbers, 4), o = view(out, 4);
    lure_returns_center(&t, true, &o);
    CHECK_NEAR(out[0], -1.161895, 1e-6); /* the population's deviation would give -1.341641 */
    CHECK_NEAR(out[1], -0.387298, 1e-6);
    lure_returns_center(&t, false, &t); /* in place */
    CHECK_REAL(numbers[0], -1.5);
    CHECK_REAL(numbers[3], 1.5);
}

TEST(centring_of_one_number_or_of_equal_ones_is_0)
{
    double one[] = {7}, equal[] = {2, 2, 2};
    lure_tensor a = view(one, 1), b = view(equal, 3), none = view(one, 0);
    lure_returns_center(&none, true, &none);
    CHECK_REAL(one[0], 7.0);
    lure_returns_center(&a, true, &a);
    CHECK_REAL(one[0], 0.0);
    lure_returns_center(&b, true, &b);
    CHECK_REAL(equal[1], 0.0);
}

/* ---- trajectories ---- */

static const double values_3[] = {0.5, 0.4, 0.3}, ones_3[] = {1, 1, 1}, last_value = 0.2;

static void check_advantages(const int32_t ends[3], const double *final_values, const double expected[3])
{
    lure_trajectory t = {.n_steps = 3,
                         .n_environments = 1,
                         .dtype = LURE_F64,
                         .rewards = ones_3,
                         .values = values_3,
                         .ends = ends,
                         .last_values = &last_value,
                         .final_values = final_values,
                         .discount = 0.99};
    double advantages[3], returns[3];
    lure_error err;
    CHECK_OK(lure_returns_advantages(&t, 0.95, advantages, returns, &err), &err);
    for (size_t i = 0; i < 3; i++) {
        CHECK_NEAR(advantages[i], expected[i], 1e-12);
        CHECK_NEAR(returns[i], expected[i] + values_3[i], 1e-12); /* TD(lambda), not the rewards to go */
    }
}

/* The flag of step t says whether step t + 1 belongs to its episode. */
TEST(advantages_of_three_steps)
{
    const int32_t open[] = {0, 0, 0}, terminated[] = {0, 1, 0}, truncated[] = {0, 2, 0};
    const double final_values[] = {NAN, 0.7, NAN}; /* read at the truncated step alone */
    check_advantages(open, NULL, (const double[]){2.5339456445, 1.741569, 0.898});
    check_advantages(terminated, NULL, (const double[]){1.4603, 0.6, 0.898});
    check_advantages(truncated, final_values, (const double[]){2.1120665, 1.293, 0.898});
}

TEST(an_end_without_a_value_after_it_is_refused)
{
    int32_t ends[] = {0, 1, 0, 0, 2, 1};
    double numbers[6] = {0}, last[2] = {0}, out[6] = {5, 5, 5, 5, 5, 5};
    lure_trajectory t = {.n_steps = 3,
                         .n_environments = 2,
                         .dtype = LURE_F64,
                         .rewards = numbers,
                         .values = numbers,
                         .ends = ends,
                         .last_values = last,
                         .final_values = numbers,
                         .discount = 0.9};
    lure_error err;
    CHECK_OK(lure_trajectory_check(&t, &err), &err);
    t.final_values = NULL;
    CHECK_STATUS(lure_returns_advantages(&t, 0.9, out, NULL, &err), LURE_ERROR_SCRIPT, &err);
    CHECK_CONTAINS(err.text, "step 3 of environment 1 was truncated; final_values must give");
    CHECK_REAL(out[0], 5.0);
    ends[4] = 0;
    CHECK_OK(lure_trajectory_check(&t, &err), &err);
    t.last_values = NULL;
    CHECK_STATUS(lure_returns_n_step(&t, 1, out, &err), LURE_ERROR_SCRIPT, &err);
    CHECK_CONTAINS(err.text, "step 3 of environment 1 is the last and its episode goes on; last_value must");
    ends[4] = 1;
    CHECK_OK(lure_returns_bootstrapped(&t, out, &err), &err);
    for (int32_t none = -1; none <= 3; none += 4) {
        ends[1] = none;
        CHECK_STATUS(lure_returns_v_trace(&t, &(lure_v_trace_options){1, 1, 1}, numbers, out, NULL, &err),
                     LURE_ERROR_SCRIPT, &err);
        CHECK_CONTAINS(err.text, "step 1 of environment 2 has an end that is none");
    }
    t.n_environments = 1;
    t.n_steps = 2;
    CHECK_STATUS(lure_trajectory_check(&t, &err), LURE_ERROR_SCRIPT, &err);
    CHECK_CONTAINS(err.text, "step 2 has an end that is none");
}

/* ---- random trajectories, against the definitions term by term ---- */

enum { MOST = 12 * 4 };

typedef struct trial {
    lure_trajectory t;
    double rewards[MOST], values[MOST], last[4], finals[MOST], log_ratios[MOST];
    int32_t ends[MOST];
} trial;

static void draw_trial(trial *r, lure_rng *rng)
{
    memset(r, 0, sizeof *r);
    size_t n_steps = 1 + (size_t)(lure_rng_uniform(rng) * 12),
           n_envs = 1 + (size_t)(lure_rng_uniform(rng) * 4);
    for (size_t i = 0; i < n_steps * n_envs; i++) {
        double u = lure_rng_uniform(rng);
        r->rewards[i] = 4 * lure_rng_uniform(rng) - 2;
        r->values[i] = 4 * lure_rng_uniform(rng) - 2;
        r->log_ratios[i] = 2 * lure_rng_uniform(rng) - 1;
        r->ends[i] = u < 0.15 ? 1 : u < 0.3 ? 2 : 0;
        r->finals[i] = r->ends[i] == 2 ? 4 * lure_rng_uniform(rng) - 2 : (double)NAN;
    }
    for (size_t e = 0; e < n_envs; e++)
        r->last[e] = r->ends[(n_steps - 1) * n_envs + e] == 0 ? 4 * lure_rng_uniform(rng) - 2 : (double)NAN;
    r->t = (lure_trajectory){.n_steps = n_steps,
                             .n_environments = n_envs,
                             .dtype = LURE_F64,
                             .rewards = r->rewards,
                             .values = r->values,
                             .ends = r->ends,
                             .last_values = r->last,
                             .final_values = r->finals,
                             .discount = 0.5 + 0.5 * lure_rng_uniform(rng)};
}

static size_t size_of(const trial *r)
{
    return r->t.n_steps * r->t.n_environments;
}

/* V of what comes after step k of environment e: 0 after a goal. */
static double after(const trial *r, size_t k, size_t e)
{
    size_t at = k * r->t.n_environments + e;
    if (r->ends[at] == 1)
        return 0.0;
    if (r->ends[at] == 2)
        return r->finals[at];
    return k + 1 == r->t.n_steps ? r->last[e] : r->values[at + r->t.n_environments];
}

/* sum_{k=0}^{m-1} discount^k r[s+k] + discount^m V(after the m-th), m = n or what is left of the episode */
static double n_steps_from(const trial *r, size_t s, size_t e, size_t n)
{
    double sum = 0.0, weight = 1.0;
    for (size_t k = s;; k++) {
        size_t at = k * r->t.n_environments + e;
        sum += weight * r->rewards[at];
        weight *= r->t.discount;
        if (k + 1 - s == n || r->ends[at] != 0 || k + 1 == r->t.n_steps)
            return sum + weight * after(r, k, e);
    }
}

static double delta_of(const trial *r, size_t k, size_t e)
{
    size_t at = k * r->t.n_environments + e;
    return r->rewards[at] + r->t.discount * after(r, k, e) - r->values[at];
}

/* The sum over the rest of the episode of (discount lambda)^k delta, each delta weighed by rho and each step by c. */
static double weighed_deltas(const trial *r, size_t s, size_t e, double lambda, const lure_v_trace_options *o)
{
    double sum = 0.0, weight = 1.0;
    for (size_t k = s; k < r->t.n_steps; k++) {
        size_t at = k * r->t.n_environments + e;
        double ratio = o ? exp(r->log_ratios[at]) : 1.0;
        sum += weight * (o ? fmin(o->rho_clip, ratio) : 1.0) * delta_of(r, k, e);
        if (r->ends[at] != 0)
            break;
        weight *= r->t.discount * lambda * (o ? fmin(o->c_clip, ratio) : 1.0);
    }
    return sum;
}

TEST(random_trajectories_agree_with_the_definitions)
{
    lure_rng rng;
    lure_rng_init(&rng, 5, LURE_PURPOSE_USER, 0);
    for (int round = 0; round < 300; round++) {
        trial r;
        double a[MOST], g[MOST], lambda = lure_rng_uniform(&rng);
        lure_error err;
        draw_trial(&r, &rng);
        CHECK_OK(lure_returns_advantages(&r.t, lambda, a, g, &err), &err);
        for (size_t at = 0; at < size_of(&r); at++) {
            size_t s = at / r.t.n_environments, e = at % r.t.n_environments;
            CHECK_NEAR(a[at], weighed_deltas(&r, s, e, lambda, NULL), 1e-12);
            CHECK_NEAR(g[at], a[at] + r.values[at], 1e-12);
        }
        for (size_t n = 1; n < 14; n++) {
            CHECK_OK(lure_returns_n_step(&r.t, n, g, &err), &err);
            for (size_t at = 0; at < size_of(&r); at++)
                CHECK_NEAR(g[at], n_steps_from(&r, at / r.t.n_environments, at % r.t.n_environments, n),
                           1e-12);
        }
        const lure_v_trace_options o = {0.5 + lure_rng_uniform(&rng), 0.5 + lure_rng_uniform(&rng), lambda};
        double targets[MOST];
        CHECK_OK(lure_returns_v_trace(&r.t, &o, r.log_ratios, targets, a, &err), &err);
        for (size_t at = 0; at < size_of(&r); at++) {
            size_t s = at / r.t.n_environments, e = at % r.t.n_environments, below = at + r.t.n_environments;
            CHECK_NEAR(targets[at], r.values[at] + weighed_deltas(&r, s, e, lambda, &o), 1e-12);
            double follows = r.ends[at] == 0 && s + 1 < r.t.n_steps ? targets[below] : after(&r, s, e);
            CHECK_NEAR(a[at],
                       fmin(o.rho_clip, exp(r.log_ratios[at])) *
                           (r.rewards[at] + r.t.discount * follows - r.values[at]),
                       1e-12);
        }
    }
}

TEST(the_estimates_meet_at_their_ends)
{
    lure_rng rng;
    lure_rng_init(&rng, 6, LURE_PURPOSE_USER, 0);
    for (int round = 0; round < 100; round++) {
        trial r;
        double a[MOST], all[MOST], n_step[MOST], targets[MOST];
        const double on_policy[MOST] = {0};
        const lure_v_trace_options plain = lure_v_trace_defaults();
        lure_error err;
        draw_trial(&r, &rng);
        CHECK_OK(lure_returns_bootstrapped(&r.t, all, &err), &err);
        CHECK_OK(lure_returns_n_step(&r.t, 1000, n_step, &err), &err);
        CHECK_OK(lure_returns_v_trace(&r.t, &plain, on_policy, targets, NULL, &err), &err);
        CHECK_OK(lure_returns_advantages(&r.t, 1.0, a, NULL, &err), &err);
        for (size_t at = 0; at < size_of(&r); at++) {
            CHECK_REAL(n_step[at], all[at]);
            CHECK_NEAR(a[at], all[at] - r.values[at], 1e-12); /* lambda 1: the return, less the value */
            CHECK_NEAR(targets[at], all[at], 1e-12);          /* on the policy: nothing to correct */
        }
        CHECK_OK(lure_returns_advantages(&r.t, 0.0, a, NULL, &err), &err);
        CHECK_OK(lure_returns_n_step(&r.t, 1, n_step, &err), &err);
        for (size_t at = 0; at < size_of(&r); at++) {
            size_t s = at / r.t.n_environments, e = at % r.t.n_environments;
            CHECK_NEAR(a[at], delta_of(&r, s, e), 1e-12); /* lambda 0: the error of one step */
            CHECK_NEAR(n_step[at], a[at] + r.values[at], 1e-12);
        }
    }
}

TEST(bootstrapping_needs_no_values)
{
    const int32_t ends[] = {0, 0, 1};
    lure_trajectory t = {.n_steps = 3,
                         .n_environments = 1,
                         .dtype = LURE_F64,
                         .rewards = ones_3,
                         .ends = ends,
                         .discount = 0.5};
    double returns[3];
    lure_error err;
    CHECK_OK(lure_returns_bootstrapped(&t, returns, &err), &err);
    CHECK_REAL(returns[0], 1.75);
    t.n_steps = 0;
    CHECK_OK(lure_returns_bootstrapped(&t, returns, &err), &err);
    CHECK_OK(lure_returns_advantages(&t, 1.0, returns, NULL, &err), &err);
}

TEST(float32_trajectories)
{
    const float rewards[] = {1, 1, 1}, values[] = {0.5f, 0.4f, 0.3f}, last = 0.2f;
    const int32_t ends[] = {0, 0, 0};
    lure_trajectory t = {.n_steps = 3,
                         .n_environments = 1,
                         .dtype = LURE_F32,
                         .rewards = rewards,
                         .values = values,
                         .ends = ends,
                         .last_values = &last,
                         .discount = 0.99};
    float advantages[3], returns[3];
    lure_error err;
    CHECK_OK(lure_returns_advantages(&t, 0.95, advantages, returns, &err), &err);
    CHECK_NEAR((double)advantages[0], 2.5339456445, 1e-6);
    CHECK_NEAR((double)returns[2], 1.198, 1e-6);
}

TEST(v_trace_off_the_policy)
{
    /* one step, twice as likely under the policy that learns; the clip halves it again */
    const double reward = 1, value = 0.5, log_ratio = 0.69314718055994531;
    const int32_t end = 1;
    const lure_v_trace_options wide = {INFINITY, INFINITY, 1}, plain = lure_v_trace_defaults();
    lure_trajectory t = {.n_steps = 1,
                         .n_environments = 1,
                         .dtype = LURE_F64,
                         .rewards = &reward,
                         .values = &value,
                         .ends = &end,
                         .discount = 0.9};
    double target, advantage;
    lure_error err;
    CHECK_OK(lure_returns_v_trace(&t, &wide, &log_ratio, &target, &advantage, &err), &err);
    CHECK_NEAR(target, 1.5, 1e-15);
    CHECK_NEAR(advantage, 1.0, 1e-15);
    CHECK_OK(lure_returns_v_trace(&t, &plain, &log_ratio, &target, &advantage, &err), &err);
    CHECK_NEAR(target, 1.0, 1e-15);
    CHECK_NEAR(advantage, 0.5, 1e-15);
}

TEST(explained_variance)
{
    double returns[] = {1, 2, 3, 4}, exact[] = {1, 2, 3, 4}, shifted[] = {11, 12, 13, 14},
           worse[] = {4, 3, 2, 1};
    double half[] = {0.5, 1, 1.5, 2}, same[] = {0.1, 0.1, 0.1, 0.1};
    lure_tensor r = view(returns, 4), e = view(exact, 4), s = view(shifted, 4), w = view(worse, 4);
    lure_tensor h = view(half, 4), c = view(same, 4), none = view(same, 0);
    CHECK_REAL(lure_returns_explained_variance(&e, &r), 1.0);
    CHECK_REAL(lure_returns_explained_variance(&s, &r), 1.0); /* a constant off explains as much */
    CHECK_NEAR(lure_returns_explained_variance(&h, &r), 0.75, 1e-15);
    CHECK_REAL(lure_returns_explained_variance(&c, &r), 0.0);
    CHECK_REAL(lure_returns_explained_variance(&w, &r), -3.0);
    CHECK_REAL(lure_returns_explained_variance(&r, &c), (double)NAN); /* though 0.1 three times is not 0.3 */
    CHECK_REAL(lure_returns_explained_variance(&none, &none), (double)NAN);
}
