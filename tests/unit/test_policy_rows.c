/* test_policy_rows.c: acting for many rows at once is acting for each alone: draws and streams a row, the state of a policy
   that has one, masks. */
#include "learn/policy.h"
#include "unit.h"

#include <math.h>
#include <string.h>

enum { ROWS = 5, INPUTS = 3 };

static const lure_layer_options linear[] = {{.train = {true, true}}};

static lure_policy *create(lure_policy_options o, const lure_layer_options *layers, size_t n_layers)
{
    lure_policy *policy;
    lure_rng init;
    lure_error err;
    lure_rng_init(&init, 7, LURE_PURPOSE_INIT, 0);
    o.layers = layers;
    o.n_layers = n_layers;
    o.n_inputs = INPUTS;
    o.dtype = LURE_F64;
    CHECK_OK(lure_policy_create(&o, &init, NULL, &policy, &err), &err);
    return policy;
}

static void fill(double *x, lure_rng *rng, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = 4 * lure_rng_uniform(rng) - 2;
}

TEST(choices_of_rows_are_those_of_each_row)
{
    for (size_t n_actions = 2; n_actions < 5; n_actions++) {
        lure_policy *policy =
            create((lure_policy_options){.head = LURE_HEAD_CATEGORICAL, .n_actions = n_actions}, linear, 1);
        lure_rng rng;
        lure_rng_init(&rng, n_actions, LURE_PURPOSE_USER, 0);
        for (int times = 0; times < 50; times++) {
            double x[ROWS * INPUTS], draws[ROWS], p[4], alone[4];
            int32_t actions[ROWS];
            lure_error err;
            fill(x, &rng, ROWS * INPUTS);
            for (size_t i = 0; i < ROWS; i++)
                draws[i] = lure_rng_uniform(&rng);
            CHECK_OK(lure_policy_pick_rows(policy, ROWS, x, NULL, draws, p, actions, NULL, &err), &err);
            for (size_t i = 0; i < ROWS; i++) {
                lure_policy_probabilities(policy, x + i * INPUTS, alone);
                CHECK_INT(actions[i], (int64_t)lure_policy_pick(n_actions, alone, draws[i]));
            }
            CHECK(memcmp(p, alone, n_actions * sizeof *p) == 0);
        }
        lure_policy_destroy(policy);
    }
}

TEST(a_mask_leaves_what_is_legal)
{
    lure_policy *policy =
        create((lure_policy_options){.head = LURE_HEAD_CATEGORICAL, .n_actions = 3}, linear, 1);
    const double x[2 * INPUTS] = {1, 2, 3, -1, 0, 1};
    const int32_t legal[] = {0, 1, 0, 1, 0, 0};
    const size_t shape[2] = {2, 3};
    const lure_tensor mask = lure_tensor_view((void *)legal, LURE_I32, 2, shape);
    const lure_policy_context context = {.mask = &mask};
    lure_error err;
    for (double u = 0; u < 1; u += 0.05) {
        double p[3];
        int32_t actions[2];
        CHECK_OK(lure_policy_pick_rows(policy, 2, x, &context, (double[]){u, u}, p, actions, NULL, &err),
                 &err);
        CHECK_INT(actions[0], 1);
        CHECK_INT(actions[1], 0);
    }
    const double bad[2 * INPUTS] = {1, 2, 3, -1, (double)INFINITY, 1};
    double p[3];
    int32_t actions[2];
    CHECK_STATUS(lure_policy_pick_rows(policy, 2, bad, NULL, (double[]){0, 0}, p, actions, NULL, &err),
                 LURE_ERROR_SCRIPT, &err);
    CHECK_CONTAINS(err.text, "row 2");
    lure_policy_destroy(policy);
}

/* Each row from its own stream is what the row alone draws from it, whatever the others draw. */
TEST(rows_draw_from_streams_of_their_own)
{
    static const size_t sizes[] = {2, 3};
    const lure_policy_options heads[] = {
        {.head = LURE_HEAD_GAUSSIAN, .n_actions = 2},
        {.head = LURE_HEAD_SQUASHED_GAUSSIAN, .n_actions = 2},
        {.head = LURE_HEAD_MULTI_CATEGORICAL, .n_actions = 5, .sizes = sizes, .n_sizes = 2},
        {.head = LURE_HEAD_CATEGORICAL, .n_actions = 4}};
    for (size_t h = 0; h < sizeof heads / sizeof *heads; h++) {
        lure_policy *policy = create(heads[h], linear, 1);
        const lure_distribution *d = lure_policy_distribution(policy);
        size_t bytes = d->n_columns * (d->rule->discrete ? sizeof(int32_t) : sizeof(double));
        const lure_policy_context context = {.has_streams = true};
        lure_rng rng, streams[ROWS];
        double x[ROWS * INPUTS];
        char actions[ROWS * 16], alone[16];
        lure_error err;
        lure_rng_init(&rng, 3, LURE_PURPOSE_USER, 0);
        fill(x, &rng, ROWS * INPUTS);
        for (size_t i = 0; i < ROWS; i++)
            lure_rng_init(&streams[i], 5, LURE_PURPOSE_POLICY, (uint32_t)i);
        CHECK_OK(lure_policy_act(policy, ROWS, x, &context, streams, actions, NULL, NULL, &err), &err);
        for (size_t i = 0; i < ROWS; i++) {
            lure_rng_init(&rng, 5, LURE_PURPOSE_POLICY, (uint32_t)i);
            CHECK_OK(lure_policy_act(policy, 1, x + i * INPUTS, NULL, &rng, alone, NULL, NULL, &err), &err);
            CHECK(memcmp(alone, actions + i * bytes, bytes) == 0);
        }
        lure_policy_destroy(policy);
    }
}

TEST(a_state_goes_on_from_step_to_step)
{
    const lure_layer_options recurrent[] = {{.kind = LURE_LAYER_GRU, .n_units = 4, .train = {true, true}},
                                            {.train = {true, true}}};
    lure_policy *policy =
        create((lure_policy_options){.head = LURE_HEAD_CATEGORICAL, .n_actions = 3}, recurrent, 2);
    lure_rng rng;
    lure_error err;
    enum { STEPS = 4, STATE = 4 };
    double x[STEPS * INPUTS], state[STATE] = {0}, next[STATE] = {0}, whole[STATE] = {0}, p[3],
                              draws[STEPS] = {0.1, 0.9, 0.4, 0.7};
    int32_t starts[STEPS] = {1, 0, 1, 0}, apart[STEPS], together[STEPS];
    CHECK_INT((int64_t)lure_policy_n_state(policy), STATE);
    lure_rng_init(&rng, 9, LURE_PURPOSE_USER, 0);
    fill(x, &rng, STEPS * INPUTS);
    for (size_t t = 0; t < STEPS; t++) {
        const size_t one = 1;
        const lure_tensor start = lure_tensor_view(&starts[t], LURE_I32, 1, &one);
        const lure_policy_context context = {.starts = &start, .first_state = state, .last_state = next};
        CHECK_OK(
            lure_policy_pick_rows(policy, 1, x + t * INPUTS, &context, &draws[t], p, &apart[t], NULL, &err),
            &err);
        memcpy(state, next, sizeof state);
    }
    const size_t all = STEPS;
    const lure_tensor starts_of_all = lure_tensor_view(starts, LURE_I32, 1, &all);
    const lure_policy_context sequence = {.n_envs = 1, .starts = &starts_of_all, .last_state = whole};
    CHECK_OK(lure_policy_pick_rows(policy, STEPS, x, &sequence, draws, p, together, NULL, &err), &err);
    CHECK(memcmp(apart, together, sizeof apart) == 0);
    CHECK(memcmp(state, whole, sizeof state) == 0);
    lure_policy_destroy(policy);
}
