/* test_distribution.c: every family against PyTorch (tests/reference/policy.py), known numbers, finite differences,
   sampling frequencies and masks. */
#include "learn/distribution.h"
#include "policy_subject.h"
#include "../reference/policy.h"
#include "unit.h"
#include <math.h>
#include <stdlib.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))
enum { N = 5, MOST = 8192 };

typedef struct reference {
    lure_distribution_options options;
    const double *x, *q;
    const void *actions;
    const double *coefficients, *log_prob, *log_prob_back, *entropy, *entropy_back, *kl;
    const int32_t *mask;
} reference;
#define NUMBERS(name)                                                                                        \
    name##_x, name##_q, name##_actions, name##_coefficients, name##_log_prob, name##_log_prob_back

static const size_t multi_sizes[] = {3, 2};
static const double low[] = {-2, 0}, high[] = {2, 1}, log_std[] = {-0.4, 0.3};
static const reference references[] = {
    {{.head = LURE_HEAD_BERNOULLI, .n_actions = 2},
     NUMBERS(bernoulli),
     bernoulli_entropy,
     bernoulli_entropy_back,
     bernoulli_kl,
     NULL},
    {{.head = LURE_HEAD_CATEGORICAL, .n_actions = 4},
     NUMBERS(categorical),
     categorical_entropy,
     categorical_entropy_back,
     categorical_kl,
     NULL},
    {{.head = LURE_HEAD_MULTI_CATEGORICAL, .n_actions = 5, .sizes = multi_sizes, .n_sizes = 2},
     NUMBERS(multi),
     multi_entropy,
     multi_entropy_back,
     multi_kl,
     NULL},
    {{.head = LURE_HEAD_CATEGORICAL, .n_actions = 4},
     NUMBERS(masked),
     masked_entropy,
     masked_entropy_back,
     masked_kl,
     masked_mask},
    {{.head = LURE_HEAD_GAUSSIAN, .n_actions = 2},
     NUMBERS(gaussian),
     gaussian_entropy,
     gaussian_entropy_back,
     gaussian_kl,
     NULL},
    {{.head = LURE_HEAD_GAUSSIAN, .n_actions = 2, .state_dependent = true},
     NUMBERS(wide),
     wide_entropy,
     wide_entropy_back,
     wide_kl,
     NULL},
    {{.head = LURE_HEAD_SQUASHED_GAUSSIAN, .n_actions = 2, .low = low, .high = high},
     NUMBERS(squashed),
     NULL,
     NULL,
     squashed_kl,
     NULL},
};

TEST(distributions_are_pytorchs)
{
    for (size_t k = 0; k < COUNT(references); k++) {
        const reference *r = &references[k];
        lure_distribution d;
        lure_error err;
        double log_prob[N], entropy[N], kl[N], dx[N * 8] = {0}, dh[N * 8] = {0}, ds[2] = {0}, dhs[2] = {0};
        static double memory[2][MOST];
        CHECK_OK(lure_distribution_init(&d, &r->options, NULL, &err), &err);
        CHECK(2 * lure_outcomes_bytes(&d, N) <= sizeof memory);
        lure_outcomes p = lure_outcomes_in(&d, N, memory[0]), q = lure_outcomes_in(&d, N, memory[1]);
        const size_t shape[2] = {N, d.n_actions};
        lure_tensor mask = lure_tensor_view((void *)(uintptr_t)r->mask, LURE_I32, 2, shape);
        CHECK_OK(d.rule->prepare(&p, LURE_F64, r->x, log_std, r->mask ? &mask : NULL, &err), &err);
        CHECK_OK(d.rule->prepare(&q, LURE_F64, r->q, log_std, r->mask ? &mask : NULL, &err), &err);
        CHECK_OK(d.rule->check(&p, LURE_F64, r->actions, &err), &err);
        d.rule->log_prob(&p, LURE_F64, r->actions, log_prob);
        d.rule->log_prob_back(&p, LURE_F64, r->actions, r->coefficients, dx, ds);
        d.rule->kl(&p, &q, kl);
        for (size_t i = 0; i < N; i++) {
            CHECK_NEAR(log_prob[i], r->log_prob[i], 1e-13);
            CHECK_NEAR(kl[i], r->kl[i], 1e-13);
        }
        for (size_t i = 0; i < N * d.n_outputs; i++)
            CHECK_NEAR(dx[i], r->log_prob_back[i], 1e-13);
        for (size_t i = 0; i < d.n_log_std; i++)
            CHECK_NEAR(ds[i], r->log_prob_back[N * d.n_outputs + i], 1e-13);
        if (r->entropy) {
            d.rule->entropy(&p, entropy);
            d.rule->entropy_back(&p, LURE_F64, r->coefficients, dh, dhs);
            for (size_t i = 0; i < N; i++)
                CHECK_NEAR(entropy[i], r->entropy[i], 1e-13);
            for (size_t i = 0; i < N * d.n_outputs; i++)
                CHECK_NEAR(dh[i], r->entropy_back[i], 1e-13);
            for (size_t i = 0; i < d.n_log_std; i++)
                CHECK_NEAR(dhs[i], r->entropy_back[N * d.n_outputs + i], 1e-13);
        } else
            CHECK(d.rule->samples_entropy);
        lure_distribution_free(&d, NULL);
    }
}

/* One row of outputs. */
static lure_outcomes prepare(lure_distribution *d, const lure_distribution_options *o, const double *x,
                             const double *s, const lure_tensor *mask, double memory[MOST])
{
    lure_error err;
    CHECK_OK(lure_distribution_init(d, o, NULL, &err), &err);
    CHECK(lure_outcomes_bytes(d, 1) <= MOST * sizeof(double));
    lure_outcomes p = lure_outcomes_in(d, 1, memory);
    CHECK_OK(d->rule->prepare(&p, LURE_F64, x, s, mask, &err), &err);
    return p;
}

TEST(known_numbers)
{
    static double memory[MOST];
    const double zeros[5] = {0}, at_mean[2] = {0};
    double h, lp;
    lure_distribution d;
    for (size_t n = 2; n <= 5; n++) {
        lure_outcomes p =
            prepare(&d, &(lure_distribution_options){.head = LURE_HEAD_CATEGORICAL, .n_actions = n}, zeros,
                    NULL, NULL, memory);
        d.rule->entropy(&p, &h);
        CHECK_NEAR(h, log((double)n), 1e-15);
        lure_distribution_free(&d, NULL);
    }
    const size_t sizes[2] = {2, 3};
    lure_outcomes p =
        prepare(&d,
                &(lure_distribution_options){
                    .head = LURE_HEAD_MULTI_CATEGORICAL, .n_actions = 5, .sizes = sizes, .n_sizes = 2},
                zeros, NULL, NULL, memory);
    d.rule->entropy(&p, &h);
    CHECK_NEAR(h, 0.693147180559945 + 1.098612288668110, 1e-14);
    lure_distribution_free(&d, NULL);
    p = prepare(&d, &(lure_distribution_options){.head = LURE_HEAD_GAUSSIAN, .n_actions = 2}, zeros, zeros,
                NULL, memory);
    d.rule->entropy(&p, &h);
    d.rule->log_prob(&p, LURE_F64, at_mean, &lp);
    CHECK_NEAR(h, 2 * 1.418938533204673, 1e-14);
    CHECK_NEAR(lp, -2 * 0.918938533204673, 1e-14);
    lure_distribution_free(&d, NULL);
}

TEST(a_mask_makes_probabilities_exactly_0)
{
    static double memory[MOST], other[MOST];
    const double x[4] = {5, 1, -2, 900}, y[4] = {0};
    const int32_t one[4] = {0, 0, 1, 0}, two[4] = {1, 0, 1, 0}, none[4] = {0};
    const size_t shape[2] = {1, 4};
    lure_tensor mask = lure_tensor_view((void *)(uintptr_t)one, LURE_I32, 2, shape);
    lure_distribution d, e;
    lure_error err;
    lure_rng rng;
    double h, p[4], dx[4] = {0}, kl;
    const double factor = 1;
    int32_t action = 2;
    const lure_distribution_options o = {.head = LURE_HEAD_CATEGORICAL, .n_actions = 4};
    lure_outcomes only = prepare(&d, &o, x, NULL, &mask, memory);
    d.rule->entropy(&only, &h);
    lure_distribution_probabilities(&only, 0, p);
    CHECK_REAL(h, 0.0);
    for (size_t i = 0; i < 4; i++)
        CHECK_REAL(p[i], i == 2 ? 1.0 : 0.0);
    d.rule->log_prob_back(&only, LURE_F64, &action, &factor, dx, NULL);
    d.rule->entropy_back(&only, LURE_F64, &factor, dx, NULL);
    for (size_t i = 0; i < 4; i++)
        CHECK_REAL(fabs(dx[i]), 0.0);
    action = 3;
    CHECK_STATUS(d.rule->check(&only, LURE_F64, &action, &err), LURE_ERROR_SCRIPT, &err);
    CHECK_TEXT(err.text, "row 1 of 1: action 4 is masked");

    mask.data = (void *)(uintptr_t)two;
    lure_outcomes pair = prepare(&e, &o, y, NULL, &mask, other);
    lure_rng_init(&rng, 1, LURE_PURPOSE_USER, 0);
    for (int i = 0; i < 200; i++) {
        e.rule->sample(&pair, LURE_F64, &rng, 0, &action);
        CHECK(action == 0 || action == 2);
    }
    d.rule->kl(&only, &pair, &kl);
    CHECK_NEAR(kl, log(2.0), 1e-15);
    d.rule->kl(&pair, &only, &kl);
    CHECK_REAL(kl, (double)INFINITY); /* what was possible is no more */
    mask.data = (void *)(uintptr_t)none;
    CHECK_STATUS(d.rule->prepare(&only, LURE_F64, x, NULL, &mask, &err), LURE_ERROR_SCRIPT, &err);
    CHECK_TEXT(err.text, "row 1 of 1: the mask leaves no legal action");
    lure_distribution_free(&d, NULL);
    lure_distribution_free(&e, NULL);
}

TEST(samples_follow_the_probabilities)
{
    enum { DRAWS = 20000 };
    static double memory[MOST];
    const double x[5] = {0.5, -0.3, 1, 0.2, -0.9};
    const size_t sizes[2] = {3, 2};
    lure_distribution d;
    lure_rng rng;
    int32_t actions[2];
    double counts[5] = {0};
    lure_rng_init(&rng, 11, LURE_PURPOSE_USER, 0);
    lure_outcomes p =
        prepare(&d,
                &(lure_distribution_options){
                    .head = LURE_HEAD_MULTI_CATEGORICAL, .n_actions = 5, .sizes = sizes, .n_sizes = 2},
                x, NULL, NULL, memory);
    for (int i = 0; i < DRAWS; i++) {
        d.rule->sample(&p, LURE_F64, &rng, 0, actions);
        counts[actions[0]]++;
        counts[3 + actions[1]]++;
    }
    for (int32_t i = 0; i < 5; i++) {
        double total = i < 3 ? exp(x[0]) + exp(x[1]) + exp(x[2]) : exp(x[3]) + exp(x[4]);
        double chance = exp(x[i]) / total, error = sqrt(chance * (1 - chance) / DRAWS);
        CHECK_NEAR(counts[i] / DRAWS, chance, 4 * error);
    }
    d.rule->mode(&p, LURE_F64, actions);
    CHECK(actions[0] == 2 && actions[1] == 0);
    lure_distribution_free(&d, NULL);
}

TEST(samples_of_gaussians_have_their_moments)
{
    enum { DRAWS = 20000 };
    static double memory[MOST];
    const double x[4] = {1, -2, log(0.5), log(2.0)}, bounds[2][2] = {{-3, 0}, {3, 10}};
    lure_distribution d;
    lure_rng rng;
    lure_error err;
    double a[2], sum[2] = {0}, squares[2] = {0}, lp, in_box = 0;
    lure_rng_init(&rng, 12, LURE_PURPOSE_USER, 0);
    lure_outcomes p = prepare(
        &d, &(lure_distribution_options){.head = LURE_HEAD_GAUSSIAN, .n_actions = 2, .state_dependent = true},
        x, NULL, NULL, memory);
    for (int i = 0; i < DRAWS; i++) {
        d.rule->sample(&p, LURE_F64, &rng, 0, a);
        for (size_t j = 0; j < 2; j++)
            sum[j] += a[j], squares[j] += (a[j] - x[j]) * (a[j] - x[j]);
    }
    for (size_t j = 0; j < 2; j++) {
        CHECK_NEAR(sum[j] / DRAWS, x[j], 4 * exp(x[2 + j]) / sqrt(DRAWS));
        CHECK_NEAR(sqrt(squares[j] / DRAWS), exp(x[2 + j]), 0.03 * exp(x[2 + j]));
    }
    lure_distribution_free(&d, NULL);
    /* squashed: the density of what is drawn, averaged as 1 / p, is the box's size */
    const double narrow[4] = {0.1, -0.2, 0, 0};
    p = prepare(&d,
                &(lure_distribution_options){.head = LURE_HEAD_SQUASHED_GAUSSIAN,
                                             .n_actions = 2,
                                             .state_dependent = true,
                                             .low = bounds[0],
                                             .high = bounds[1]},
                narrow, NULL, NULL, memory);
    for (int i = 0; i < DRAWS; i++) {
        d.rule->sample(&p, LURE_F64, &rng, 0, a);
        CHECK_OK(d.rule->check(&p, LURE_F64, a, &err), &err);
        CHECK(a[0] >= -3 && a[0] <= 3 && a[1] >= 0 && a[1] <= 10);
        d.rule->log_prob(&p, LURE_F64, a, &lp);
        in_box += fabs(a[0]) < 2 && fabs(a[1] - 5) < 4 ? exp(-lp) / DRAWS : 0;
    }
    CHECK_NEAR(in_box, 4 * 8.0, 1.5);
    d.rule->mode(&p, LURE_F64, a);
    CHECK_NEAR(a[0], 3 * tanh(0.1), 1e-14);
    CHECK_NEAR(a[1], 5 + 5 * tanh(-0.2), 1e-14);
    a[0] = 3, a[1] = 10; /* on the bounds: finite */
    d.rule->log_prob(&p, LURE_F64, a, &lp);
    CHECK(isfinite(lp));
    a[0] = 3.1;
    CHECK_STATUS(d.rule->check(&p, LURE_F64, a, &err), LURE_ERROR_SCRIPT, &err);
    CHECK_CONTAINS(err.text, "action 1 of 2 is 3.1, out of its bounds -3 to 3");
    lure_distribution_free(&d, NULL);
}

/* ---- as a policy's head, on a tape ---- */

static const lure_policy_options heads[] = {
    {.head = LURE_HEAD_BERNOULLI, .n_actions = 2},
    {.head = LURE_HEAD_CATEGORICAL, .n_actions = 2},
    {.head = LURE_HEAD_CATEGORICAL, .n_actions = 5},
    {.head = LURE_HEAD_MULTI_CATEGORICAL, .n_actions = 5, .sizes = multi_sizes, .n_sizes = 2},
    {.head = LURE_HEAD_GAUSSIAN, .n_actions = 3, .train_log_std = true},
    {.head = LURE_HEAD_GAUSSIAN, .n_actions = 2},
    {.head = LURE_HEAD_GAUSSIAN, .n_actions = 2, .state_dependent = true},
    {.head = LURE_HEAD_SQUASHED_GAUSSIAN, .n_actions = 2, .train_log_std = true, .low = low, .high = high},
    {.head = LURE_HEAD_SQUASHED_GAUSSIAN, .n_actions = 1, .state_dependent = true},
};

TEST(every_head_has_the_derivatives_of_finite_differences)
{
    static subject s;
    for (size_t k = 0; k < COUNT(heads); k++)
        for (uint64_t seed = 0; seed < 4; seed++) {
            const lure_layer_options layers[] = {
                {.n_units = 4, .train = {true, true}}, {.kind = LURE_LAYER_TANH}, {.train = {true, true}}};
            lure_policy_options o = heads[k];
            lure_policy *policy;
            lure_rng rng;
            lure_error err;
            o.trunk = layers, o.n_trunk = seed % 2 ? 2 : 0;
            o.layers = layers, o.n_layers = 3;
            o.value = layers + 2, o.n_value = 1;
            o.n_inputs = 3, o.dtype = LURE_F64;
            lure_rng_init(&rng, 100 * k + seed, LURE_PURPOSE_USER, 0);
            CHECK_OK(lure_policy_create(&o, &rng, NULL, &policy, &err), &err);
            subject_draw(&s, policy, 6, &rng);
            double log_prob[6];
            lure_value rows = {.node = 0}, out = {.node = 0};
            const size_t shape[2] = {6, 3};
            rows.tensor = lure_tensor_view(s.observations, LURE_F64, 2, shape);
            const size_t columns[2] = {6, lure_policy_distribution(policy)->n_columns};
            bool discrete = lure_policy_distribution(policy)->rule->discrete;
            lure_tensor actions = lure_tensor_view(discrete ? (void *)s.choices : (void *)s.actions,
                                                   discrete ? LURE_I32 : LURE_F64, 2, columns);
            /* what acting says of an action is what evaluating says of it, bit by bit */
            lure_rng again = rng;
            CHECK_OK(
                lure_policy_act(policy, 6, s.observations, NULL, &again, actions.data, log_prob, NULL, &err),
                &err);
            CHECK_OK(lure_policy_evaluate(policy, NULL, NULL, &rows, &actions, NULL, &out, NULL, NULL, &err),
                     &err);
            for (size_t i = 0; i < 6; i++)
                CHECK_REAL(lure_tensor_get(&out.tensor, i), log_prob[i]);
            subject_compare(&s, true);
            lure_policy_destroy(policy);
        }
}
