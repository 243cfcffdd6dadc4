/* test_estimator.c: the policy gradient held against closed forms (reference/lesson.h). The estimator's expectation
   is taken exactly: over the actions by summing, over hunger by quadrature; nothing is sampled. */
#include "learn/optimizer.h"
#include "learn/policy.h"
#include "math/function.h"
#include "../reference/lesson.h"
#include "unit.h"
#include <math.h>

static lure_policy *create_lesson(double bias)
{
    const double weight = 20;
    const lure_layer_options linear = {.first = {LURE_GIVEN(&weight, 1), LURE_GIVEN(&bias, 1)},
                                       .train = {false, true}};
    const lure_policy_options options = {.layers = &linear,
                                         .n_layers = 1,
                                         .head = LURE_HEAD_BERNOULLI,
                                         .n_inputs = 1,
                                         .n_actions = 2,
                                         .dtype = LURE_F64};
    lure_policy *policy;
    lure_error err;
    CHECK_OK(lure_policy_create(&options, NULL, NULL, &policy, &err), &err);
    return policy;
}

TEST(the_two_worked_updates)
{
    const lure_optimizer_options sgd = lure_optimizer_defaults(LURE_SGD);
    lure_policy *policy = create_lesson(0.0);
    lure_optimizer *opt;
    lure_error err;
    const lure_parameter *bias = lure_policy_find(policy, "bias");
    const double *parameters = lure_policy_parameters(policy);
    const double hunger = 0.0;
    double p[2];
    CHECK(bias && bias->trainable && bias->offset == 1 && bias->size == 1);
    lure_stretch trainable = lure_optimizer_stretch(&sgd, "bias", bias->offset, bias->size);
    CHECK_OK(lure_optimizer_create(&sgd, LURE_F64, 2, &trainable, 1, NULL, &opt, &err), &err);
    for (size_t i = 0; i < 2; i++) {
        const lesson_update *u = &lesson_updates[i];
        double gradient[2], steps[2], loss, norm;
        lure_chain chain;
        lure_policy_probabilities(policy, &hunger, p);
        CHECK_NEAR(p[1], u->p_norm, 1e-12);
        CHECK_NEAR(p[0], 1 - u->p_norm, 1e-12);
        int32_t action = (int32_t)lure_policy_pick(2, p, u->draw);
        CHECK_INT(action, u->action);
        CHECK_OK(lure_policy_chain(policy, &hunger, action, bias->offset, &chain, &err), &err);
        CHECK_NEAR(chain.p, u->p_norm, 1e-12);
        CHECK_NEAR(chain.cross_entropy, u->cross_entropy, 1e-12);
        CHECK_NEAR(chain.dce_dp, action ? -1 / u->p_norm : 1 / (1 - u->p_norm), 1e-12);
        CHECK_NEAR(chain.dp_dz, u->p_norm * (1 - u->p_norm), 1e-12);
        CHECK_REAL(chain.dz_dparameter, 1.0);
        CHECK_NEAR(chain.derivative, u->derivative, 1e-12);
        CHECK_OK(
            lure_policy_gradient(policy, 1, &hunger, &action, &u->reward, NULL, gradient, &loss, NULL, &err),
            &err);
        CHECK_NEAR(loss, u->reward * u->cross_entropy, 1e-12);
        CHECK_NEAR(gradient[1], u->derivative * u->reward, 1e-12);
        CHECK_REAL(gradient[0], 0.0);
        CHECK_OK(lure_optimizer_step(opt, lure_policy_parameters(policy), gradient, 1.0, steps, &norm, &err),
                 &err);
        CHECK_NEAR(steps[1], u->step, 1e-12);
        CHECK_NEAR(parameters[1], u->bias, 1e-12);
        CHECK_REAL(parameters[0], 20.0);
    }
    lure_policy_probabilities(policy, &hunger, p);
    CHECK_NEAR(p[1], lesson_p_norm_after, 1e-12);
    lure_optimizer_destroy(opt);
    lure_policy_destroy(policy);
}

static double right_portion(double hunger, int32_t action)
{
    return (hunger > 0.5) == (action == 1) ? 1.0 : -1.0;
}

typedef struct expectation {
    double reward, gradient; /* of the bias */
} expectation;

/* Over both actions, at one hunger. */
static expectation at_hunger(lure_policy *policy, double hunger)
{
    expectation sum = {0, 0};
    double p[2], gradient[2];
    lure_error err;
    lure_policy_probabilities(policy, &hunger, p);
    for (int32_t action = 0; action < 2; action++) {
        double reward = right_portion(hunger, action);
        CHECK_OK(lure_policy_gradient(policy, 1, &hunger, &action, &reward, NULL, gradient, NULL, NULL, &err),
                 &err);
        sum.reward += p[action] * reward;
        sum.gradient += p[action] * gradient[1];
    }
    return sum;
}

/* Gauss & Legendre's rule of five points on each of many equal panels; the threshold at 1/2 lies between two. */
static expectation over_hunger(lure_policy *policy)
{
    enum { N_PANELS = 200, N_POINTS = 5 };
    const double inner = sqrt(5 - 2 * sqrt(10.0 / 7)) / 3, outer = sqrt(5 + 2 * sqrt(10.0 / 7)) / 3;
    const double near = (322 + 13 * sqrt(70.0)) / 900, far = (322 - 13 * sqrt(70.0)) / 900;
    const double points[N_POINTS] = {-outer, -inner, 0, inner, outer};
    const double weights[N_POINTS] = {far, near, 128.0 / 225, near, far};
    const double half = 0.5 / N_PANELS;
    expectation sum = {0, 0};
    for (int panel = 0; panel < N_PANELS; panel++)
        for (int i = 0; i < N_POINTS; i++) {
            expectation here = at_hunger(policy, (2 * panel + 1 + points[i]) * half);
            sum.reward += half * weights[i] * here.reward;
            sum.gradient += half * weights[i] * here.gradient;
        }
    return sum;
}

/* J(b): see reference/lesson.py. */
static double expected_reward(double b)
{
    const double w = 20, at_0 = lure_softplus(b), at_half = lure_softplus(w / 2 + b),
                 at_1 = lure_softplus(w + b);
    return (0.5 - 2 / w * (at_half - at_0)) + (2 / w * (at_1 - at_half) - 0.5);
}

enum { N_POINTS = sizeof lesson_points / sizeof *lesson_points };

TEST(the_closed_form_gives_the_known_values)
{
    for (size_t i = 0; i < N_POINTS; i++)
        CHECK_NEAR(expected_reward(lesson_points[i].bias), lesson_points[i].reward, 1e-14);
    CHECK_NEAR(lesson_points[0].reward, 0.0693056, 1e-7);
    CHECK_NEAR(lesson_points[1].reward, 0.3046764, 1e-7);
    CHECK_NEAR(lesson_points[2].reward, 0.8613796, 1e-7);
    CHECK_NEAR(lesson_points[3].reward, 0.7746486, 1e-7);
}

TEST(the_policy_earns_the_expected_reward)
{
    for (size_t i = 0; i < N_POINTS; i++) {
        lure_policy *policy = create_lesson(lesson_points[i].bias);
        CHECK_NEAR(over_hunger(policy).reward, lesson_points[i].reward, 1e-9);
        lure_policy_destroy(policy);
    }
}

/* The loss is weighted cross-entropy, so going down its gradient goes up the expected reward: minus the slope. */
TEST(the_expected_gradient_is_the_slope_of_the_expected_reward)
{
    for (size_t i = 0; i < N_POINTS; i++) {
        lure_policy *policy = create_lesson(lesson_points[i].bias);
        CHECK_NEAR(over_hunger(policy).gradient, -lesson_points[i].slope, 1e-9);
        lure_policy_destroy(policy);
    }
}

TEST(the_expected_gradient_is_the_finite_difference)
{
    const double h = 1e-3;
    for (double b = -20; b <= 2; b += 1.375) {
        lure_policy *policy = create_lesson(b);
        double slope = (8 * (expected_reward(b + h) - expected_reward(b - h)) -
                        (expected_reward(b + 2 * h) - expected_reward(b - 2 * h))) /
                       (12 * h);
        CHECK_NEAR(over_hunger(policy).gradient, -slope, 1e-9);
        lure_policy_destroy(policy);
    }
}

/* At one hunger the bias is expected to move by rate * 2 p (1 - p), towards what is right. */
TEST(the_expected_update_at_one_hunger)
{
    lure_policy *policy = create_lesson(-7.0);
    for (double hunger = 0.0; hunger <= 1.0; hunger += 0.0625) {
        double p = 1 / (1 + lure_exp(7 - 20 * hunger)), towards = hunger > 0.5 ? 1 : -1;
        CHECK_NEAR(-at_hunger(policy, hunger).gradient, towards * 2 * p * (1 - p), 1e-15);
    }
    lure_policy_destroy(policy);
}

/* No observation, biases alone: the softmax bandit. Both arms in one batch, weighted so that its mean is the
   expectation. */
TEST(the_softmax_bandit)
{
    const lure_layer_options linear = {.first = {[1] = LURE_GIVEN(bandit_preferences, 2)},
                                       .train = {false, true}};
    const lure_policy_options options = {
        .layers = &linear, .n_layers = 1, .head = LURE_HEAD_CATEGORICAL, .n_actions = 2, .dtype = LURE_F64};
    const int32_t arms[2] = {0, 1};
    lure_policy *policy;
    lure_error err;
    double p[2], weights[2], gradient[2];
    CHECK_OK(lure_policy_create(&options, NULL, NULL, &policy, &err), &err);
    lure_policy_probabilities(policy, NULL, p);
    for (size_t a = 0; a < 2; a++) {
        CHECK_NEAR(p[a], bandit_probabilities[a], 1e-15);
        weights[a] = 2 * p[a] * bandit_values[a];
    }
    CHECK_OK(lure_policy_gradient(policy, 2, NULL, arms, weights, NULL, gradient, NULL, NULL, &err), &err);
    for (size_t a = 0; a < 2; a++)
        CHECK_NEAR(gradient[a], -bandit_gradient[a], 1e-15);
    CHECK_NEAR(bandit_gradient[0], 0.244458, 1e-6);
    lure_policy_destroy(policy);
}
