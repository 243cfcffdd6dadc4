/* test_action_values.c: a policy of action values takes the largest, the first of equals, among the legal; with epsilon an
   even one of the legal as often; and refuses what needs probabilities. */
#include "learn/policy.h"
#include "unit.h"
#include <math.h>
#include <string.h>

enum { ACTIONS = 4, DRAWS = 20000 };

/* Its outputs are its biases. */
static lure_policy *policy_of(const double *values, lure_dtype dtype)
{
    lure_error err;
    lure_policy *policy = NULL;
    lure_rng init;
    static lure_memory memory;
    const lure_layer_options layer = {.first = {{0}, LURE_GIVEN(values, ACTIONS)}, .train = {true, true}};
    const lure_policy_options options = {.layers = &layer,
                                         .n_layers = 1,
                                         .head = LURE_HEAD_ACTION_VALUES,
                                         .n_inputs = 0,
                                         .n_actions = ACTIONS,
                                         .dtype = dtype};
    lure_rng_init(&init, 1, LURE_PURPOSE_INIT, 0);
    CHECK_OK(lure_policy_create(&options, &init, &memory, &policy, &err), &err);
    return policy;
}

/* How often each action is drawn, in thousandths; by both ways of choosing. */
static void draw(lure_policy *policy, double epsilon, const int32_t *legal, double shares[ACTIONS],
                 bool picks)
{
    static int32_t actions[DRAWS], mask_numbers[DRAWS * ACTIONS];
    static double draws[DRAWS];
    double probabilities[ACTIONS];
    const size_t sides[2] = {DRAWS, ACTIONS};
    lure_error err;
    lure_rng rng;
    for (size_t i = 0; i < DRAWS * ACTIONS; i++)
        mask_numbers[i] = legal ? legal[i % ACTIONS] : 1;
    const lure_tensor mask = lure_tensor_view(mask_numbers, LURE_I32, 2, sides);
    const lure_policy_context context = {.mask = legal ? &mask : NULL, .epsilon = epsilon};
    lure_rng_init(&rng, 7, LURE_PURPOSE_POLICY, 0);
    for (size_t i = 0; i < DRAWS; i++)
        draws[i] = ((double)i + 0.5) / DRAWS;
    if (picks)
        CHECK_OK(
            lure_policy_pick_rows(policy, DRAWS, draws, &context, draws, probabilities, actions, NULL, &err),
            &err);
    else
        CHECK_OK(lure_policy_act(policy, DRAWS, draws, &context, &rng, actions, NULL, NULL, &err), &err);
    memset(shares, 0, ACTIONS * sizeof *shares);
    for (size_t i = 0; i < DRAWS; i++)
        shares[actions[i]] += 1.0;
    for (size_t a = 0; a < ACTIONS; a++)
        shares[a] = shares[a] * 1000.0 / DRAWS;
}

static void check_shares(const double *values, double epsilon, const int32_t *legal, const double *expected)
{
    for (int dtype = 0; dtype < 2; dtype++) {
        lure_policy *policy = policy_of(values, dtype ? LURE_F64 : LURE_F32);
        double shares[ACTIONS];
        draw(policy, epsilon, legal, shares, true);
        for (size_t a = 0; a < ACTIONS; a++)
            CHECK(fabs(shares[a] - expected[a]) < 0.11); /* evenly laid out draws: a draw at either end */
        draw(policy, epsilon, legal, shares, false);
        for (size_t a = 0; a < ACTIONS; a++) /* four deviations; none where there is no chance */
            CHECK(fabs(shares[a] - expected[a]) <=
                  4000.0 * sqrt(expected[a] / 1000.0 * (1.0 - expected[a] / 1000.0) / DRAWS));
        lure_policy_destroy(policy);
    }
}

TEST(action_values_are_taken_greedily)
{
    static const double values[] = {-3, 2, -1e30, 2}, all_less[] = {-3, -4, -5, -1};
    static const int32_t not_second[] = {1, 0, 1, 1}, third[] = {0, 0, 1, 0};
    check_shares(values, 0.0, NULL, (double[]){0, 1000, 0, 0});
    check_shares(values, 0.0, not_second, (double[]){0, 0, 0, 1000});
    check_shares(values, 0.0, third, (double[]){0, 0, 1000, 0});
    check_shares(all_less, 0.0, NULL, (double[]){0, 0, 0, 1000});
}

TEST(epsilon_is_how_often_an_even_action_is_drawn)
{
    static const double values[] = {-3, 2, 1, 2};
    static const int32_t two[] = {1, 0, 1, 0}, third[] = {0, 0, 1, 0};
    check_shares(values, 0.2, NULL, (double[]){50, 850, 50, 50});
    check_shares(values, 0.2, two, (double[]){100, 0, 900, 0});
    check_shares(values, 0.2, third, (double[]){0, 0, 1000, 0});
    check_shares(values, 1.0, NULL, (double[]){250, 250, 250, 250});
    check_shares(values, 1.0, two, (double[]){500, 0, 500, 0});
}

TEST(action_values_without_a_stream_are_the_largest)
{
    static const double values[] = {1, 5, 5, 4};
    lure_policy *policy = policy_of(values, LURE_F64);
    const lure_policy_context context = {.epsilon = 1.0};
    int32_t action = -1;
    double probabilities[ACTIONS], none = 0;
    lure_error err;
    CHECK_OK(lure_policy_act(policy, 1, &none, &context, NULL, &action, NULL, NULL, &err), &err);
    CHECK_INT(action, 1);
    lure_policy_probabilities(policy, &none, probabilities);
    for (size_t a = 0; a < ACTIONS; a++)
        CHECK_REAL(probabilities[a], a == 1 ? 1.0 : 0.0);
    lure_policy_destroy(policy);
}

TEST(action_values_have_no_probabilities)
{
    static const double values[] = {1, 5, 5, 4};
    lure_policy *policy = policy_of(values, LURE_F64);
    lure_error err;
    double none = 0, gradient[ACTIONS], kl, loss;
    const int32_t action = 1;
    const size_t one = 1, no_inputs[2] = {1, 0};
    lure_value rows = {.tensor = lure_tensor_view(&none, LURE_F64, 2, no_inputs)}, log_prob = {0},
               outputs = {0};
    const lure_tensor actions = lure_tensor_view((void *)&action, LURE_I32, 1, &one);
    lure_chain chain;
    CHECK(lure_policy_evaluate(policy, NULL, NULL, &rows, &actions, NULL, &log_prob, NULL, NULL, &err) ==
          LURE_ERROR_SCRIPT);
    CHECK(strstr(err.text, "action_values") != NULL);
    CHECK(lure_policy_gradient(policy, 1, &none, &action, NULL, NULL, gradient, &loss, NULL, &err) ==
          LURE_ERROR_SCRIPT);
    CHECK(lure_policy_divergence(policy, 1, &none, NULL, values, NULL, &kl, &err) == LURE_ERROR_SCRIPT);
    CHECK(lure_policy_remember(policy, 1, &none, NULL, &err) == LURE_ERROR_SCRIPT);
    CHECK(isnan(lure_policy_kl(policy)));
    CHECK(lure_policy_chain(policy, &none, 1, 0, &chain, &err) == LURE_ERROR_SCRIPT);
    CHECK_OK(lure_policy_forward(policy, NULL, NULL, &rows, NULL, &outputs, NULL, &err), &err);
    CHECK_REAL(lure_tensor_get(&outputs.tensor, 3), 4.0);
    lure_policy_destroy(policy);
}
