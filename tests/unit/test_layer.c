/* test_layer.c: every kind of layer: first values, derivatives of random networks against finite differences, and
   PyTorch's numbers (tests/reference/policy.py). */
#include "math/random.h"
#include "policy_subject.h"
#include "../reference/policy.h"
#include "unit.h"
#include <math.h>
#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))

static lure_policy *create(const lure_policy_options *options, uint64_t seed)
{
    lure_policy *policy;
    lure_rng init;
    lure_error err;
    lure_rng_init(&init, seed, LURE_PURPOSE_INIT, 0);
    CHECK_OK(lure_policy_create(options, &init, NULL, &policy, &err), &err);
    return policy;
}

/* ---- finite differences ---- */

static const struct {
    const char *says;
    lure_layer_options layer;
} kinds[] = {
    {"linear", {.n_units = 4, .train = {true, true}}},
    {"frozen weight", {.n_units = 3, .train = {false, true}}},
    {"layer_norm", {.kind = LURE_LAYER_LAYER_NORM, .train = {true, true}}},
    {"frozen gain", {.kind = LURE_LAYER_LAYER_NORM, .epsilon = 0.1, .train = {false, true}}},
    {"gru", {.kind = LURE_LAYER_GRU, .n_units = 3, .train = {true, true, true, true}}},
    {"half a gru", {.kind = LURE_LAYER_GRU, .n_units = 2, .train = {true, false, false, true}}},
    {"tanh", {.kind = LURE_LAYER_TANH}},
    {"elu", {.kind = LURE_LAYER_ELU}},
    {"gelu", {.kind = LURE_LAYER_GELU}},
    {"sigmoid", {.kind = LURE_LAYER_SIGMOID}},
    {"softplus", {.kind = LURE_LAYER_SOFTPLUS}},
};

/* Each kind after each other kind, behind a linear layer and before one; some in trunk and value as well. */
TEST(every_layer_has_the_derivatives_of_finite_differences)
{
    static subject s;
    size_t n_compared = 0;
    for (size_t i = 0; i < COUNT(kinds); i++)
        for (size_t j = 0; j < COUNT(kinds); j++) {
            const lure_layer_options layers[] = {{.n_units = 3, .train = {true, true}},
                                                 kinds[i].layer,
                                                 kinds[j].layer,
                                                 {.train = {true, true}}};
            const lure_policy_options o = {.layers = layers + (j % 2 ? 2 : 0),
                                           .n_layers = j % 2 ? 2 : 4,
                                           .trunk = j % 2 ? layers : NULL,
                                           .n_trunk = j % 2 ? 2 : 0,
                                           .value = layers + 1,
                                           .n_value = 3,
                                           .head = LURE_HEAD_CATEGORICAL,
                                           .n_inputs = 3,
                                           .n_actions = 3,
                                           .dtype = LURE_F64};
            lure_rng rng;
            lure_rng_init(&rng, 20 * i + j, LURE_PURPOSE_USER, 0);
            lure_policy *policy = create(&o, 20 * i + j);
            subject_draw(&s, policy, 6, &rng);
            int32_t starts[6] = {0, 0, 1, 0, 0, 1};
            lure_tensor tensor = lure_tensor_view(starts, LURE_I32, 1, &s.n);
            double state[40];
            for (size_t k = 0; k < 40; k++)
                state[k] = lure_random_normal(&rng, 0.0, 1.0);
            s.context = (lure_policy_context){.n_envs = 2, .starts = &tensor, .first_state = state};
            CHECK(lure_policy_n_state(policy) <= 20);
            n_compared += subject_compare(&s, true);
            lure_policy_destroy(policy);
        }
    CHECK_SAY(n_compared > 5000, "only %zu derivatives compared", n_compared);
}

TEST(embeddings_have_the_derivatives_of_finite_differences)
{
    static subject s;
    const lure_layer_options layers[] = {
        {.kind = LURE_LAYER_EMBEDDING, .n_units = 2, .n_indices = 4, .column = 1, .train = {true}},
        {.kind = LURE_LAYER_EMBEDDING, .n_units = 3, .n_indices = 3, .column = 3, .train = {true}},
        {.kind = LURE_LAYER_TANH},
        {.train = {true, true}}};
    const lure_policy_options o = {.layers = layers,
                                   .n_layers = 4,
                                   .head = LURE_HEAD_CATEGORICAL,
                                   .n_inputs = 3,
                                   .n_actions = 2,
                                   .dtype = LURE_F64};
    lure_policy *policy = create(&o, 1);
    lure_rng rng;
    lure_error err;
    lure_rng_init(&rng, 1, LURE_PURPOSE_USER, 0);
    CHECK_INT((int64_t)lure_policy_find(policy, "embedding2.weight")->shape[0], 3);
    s = (subject){.policy = policy, .n = 7};
    for (size_t i = 0; i < 7; i++) {
        s.observations[3 * i] = lure_random_normal(&rng, 0.0, 1.0);
        s.observations[3 * i + 1] = (double)lure_rng_below(&rng, 4);
        s.observations[3 * i + 2] = (double)lure_rng_below(&rng, 3);
        s.choices[i] = (int32_t)lure_rng_below(&rng, 2);
    }
    for (size_t i = 0; i < 28; i++)
        s.coefficients[i] = lure_random_normal(&rng, 0.0, 1.0);
    subject_compare(&s, false);
    /* what is no index is named, and gives NaN where nothing may fail */
    const double wrong[] = {4, -1, 0.5, NAN};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        double p[2];
        lure_value rows = {.node = 0}, outputs = {.node = 0};
        const size_t shape[2] = {7, 3};
        s.observations[3 * 4 + 1] = wrong[i];
        rows.tensor = lure_tensor_view(s.observations, LURE_F64, 2, shape);
        CHECK_STATUS(lure_policy_forward(policy, NULL, NULL, &rows, NULL, &outputs, NULL, &err),
                     LURE_ERROR_SCRIPT, &err);
        CHECK_CONTAINS(err.text, "row 5 of 7");
        CHECK_CONTAINS(err.text, i == 3 ? "observation 2 of 3 is nan" : "(embedding): input 2 is");
        lure_policy_probabilities(policy, s.observations + 3 * 4, p);
        CHECK(isnan(p[0]) && isnan(p[1]));
    }
    lure_policy_destroy(policy);
}

/* ---- PyTorch ---- */

typedef struct reference {
    const lure_layer_options *layers;
    size_t n_layers, n_inputs, n;
    const double *parameters, *observations, *coefficients, *outputs, *gradient, *input_gradient;
    size_t n_parameters;
} reference;

static lure_policy *check_reference(const reference *r, const lure_policy_context *context)
{
    static subject s;
    static double gradient[SUBJECT_MOST], input_gradient[SUBJECT_MOST];
    const lure_policy_options o = {.layers = r->layers,
                                   .n_layers = r->n_layers,
                                   .head = LURE_HEAD_CATEGORICAL,
                                   .n_inputs = r->n_inputs,
                                   .n_actions = 2,
                                   .dtype = LURE_F64};
    lure_policy *policy = create(&o, 1);
    lure_tape *tape;
    lure_error err;
    CHECK_INT((int64_t)lure_policy_n_parameters(policy), (int64_t)r->n_parameters);
    memcpy(lure_policy_parameters(policy), r->parameters, r->n_parameters * sizeof(double));
    s = (subject){.policy = policy, .n = r->n, .outputs_alone = true, .context = *context};
    memcpy(s.observations, r->observations, r->n * r->n_inputs * sizeof(double));
    memcpy(s.coefficients, r->coefficients, r->n * 2 * sizeof(double));
    const size_t shape[2] = {r->n, r->n_inputs};
    lure_value rows = {.tensor = lure_tensor_view(s.observations, LURE_F64, 2, shape)}, outputs = {.node = 0};
    CHECK_OK(lure_policy_forward(policy, NULL, NULL, &rows, &s.context, &outputs, NULL, &err), &err);
    for (size_t i = 0; i < 2 * r->n; i++)
        CHECK_NEAR(lure_tensor_get(&outputs.tensor, i), r->outputs[i], 1e-13);
    CHECK_OK(lure_tape_create(NULL, &tape, &err), &err);
    subject_gradient(&s, tape, gradient, input_gradient);
    for (size_t i = 0; i < r->n_parameters; i++)
        CHECK_NEAR(gradient[i], r->gradient[i], 1e-12);
    for (size_t i = 0; i < r->n * r->n_inputs; i++)
        CHECK_NEAR(input_gradient[i], r->input_gradient[i], 1e-12);
    lure_tape_destroy(tape);
    return policy;
}

TEST(maps_and_layer_norm_are_pytorchs)
{
    const lure_layer_options layers[] = {{.n_units = 5, .train = {true, true}},
                                         {.kind = LURE_LAYER_LAYER_NORM, .train = {true, true}},
                                         {.kind = LURE_LAYER_GELU},
                                         {.n_units = 4, .train = {true, true}},
                                         {.kind = LURE_LAYER_ELU},
                                         {.n_units = 4, .train = {true, true}},
                                         {.kind = LURE_LAYER_SOFTPLUS},
                                         {.n_units = 3, .train = {true, true}},
                                         {.kind = LURE_LAYER_RELU},
                                         {.train = {true, true}}};
    const reference r = {layers,
                         COUNT(layers),
                         3,
                         6,
                         maps_parameters,
                         maps_observations,
                         maps_coefficients,
                         maps_outputs,
                         maps_gradient,
                         maps_input_gradient,
                         COUNT(maps_parameters)};
    lure_policy_destroy(check_reference(&r, &(lure_policy_context){0}));
}

TEST(embedding_is_pytorchs)
{
    const lure_layer_options layers[] = {
        {.kind = LURE_LAYER_EMBEDDING, .n_units = 3, .n_indices = 6, .column = 1, .train = {true}},
        {.kind = LURE_LAYER_TANH},
        {.train = {true, true}}};
    const reference r = {layers,
                         COUNT(layers),
                         3,
                         7,
                         embedding_parameters,
                         embedding_observations,
                         embedding_coefficients,
                         embedding_outputs,
                         embedding_gradient,
                         embedding_input_gradient,
                         COUNT(embedding_parameters)};
    lure_policy_destroy(check_reference(&r, &(lure_policy_context){0}));
}

TEST(gru_is_pytorchs_over_a_sequence)
{
    const lure_layer_options layers[] = {
        {.kind = LURE_LAYER_GRU, .n_units = 3, .train = {true, true, true, true}}, {.train = {true, true}}};
    const reference r = {layers,
                         COUNT(layers),
                         2,
                         10,
                         gru_parameters,
                         gru_observations,
                         gru_coefficients,
                         gru_outputs,
                         gru_gradient,
                         gru_input_gradient,
                         COUNT(gru_parameters)};
    const size_t n = 10;
    lure_tensor starts = lure_tensor_view((void *)(uintptr_t)gru_starts, LURE_I32, 1, &n);
    double last[6];
    const lure_policy_context context = {
        .n_envs = 2, .starts = &starts, .first_state = gru_first_state, .last_state = last};
    lure_policy *policy = check_reference(&r, &context);
    for (size_t i = 0; i < 6; i++)
        CHECK_NEAR(last[i], gru_last_state[i], 1e-14);

    /* step by step, the state handed on, the same bits as all at once */
    double state[6], outputs[20];
    lure_error err;
    memcpy(state, gru_first_state, sizeof state);
    for (size_t step = 0; step < 5; step++) {
        const size_t two = 2, shape[2] = {2, 2};
        lure_tensor now = lure_tensor_view((void *)(uintptr_t)(gru_starts + 2 * step), LURE_I32, 1, &two);
        lure_value rows = {
            .tensor = lure_tensor_view((void *)(uintptr_t)(gru_observations + 4 * step), LURE_F64, 2, shape)};
        lure_value out = {.tensor.data = outputs + 4 * step};
        const lure_policy_context one = {.starts = &now, .first_state = state, .last_state = state};
        CHECK_OK(lure_policy_forward(policy, NULL, NULL, &rows, &one, &out, NULL, &err), &err);
    }
    for (size_t i = 0; i < 6; i++)
        CHECK_REAL(state[i], last[i]);
    for (size_t i = 0; i < 20; i++)
        CHECK_NEAR(outputs[i], gru_outputs[i], 1e-13);
    lure_policy_destroy(policy);
}

/* ---- first values ---- */

static void initialise(lure_init how, double scale, size_t n_in, size_t n_out, void *numbers,
                       lure_dtype dtype)
{
    lure_rng rng;
    lure_error err;
    lure_memory memory = {0};
    const lure_first first = {how, .scale = scale};
    lure_rng_init(&rng, 5, LURE_PURPOSE_INIT, 0);
    CHECK_OK(lure_initialise(&first, dtype, n_in, n_out, numbers, &rng, &memory, "weight", &err), &err);
    CHECK_INT((int64_t)memory.used, 0);
}

TEST(orthogonal_matrices_are_orthogonal)
{
    static float w[70 * 70];
    const size_t shapes[][2] = {{64, 64}, {4, 64}, {64, 2}, {1, 5}, {5, 1}, {1, 1}, {33, 70}};
    const double gain = sqrt(2.0);
    for (size_t k = 0; k < COUNT(shapes); k++) {
        size_t n_in = shapes[k][0], n_out = shapes[k][1], n = n_in < n_out ? n_in : n_out;
        size_t across = n_in < n_out ? n_out : 1, along = n_in < n_out ? 1 : n_out;
        initialise(LURE_INIT_ORTHOGONAL, gain, n_in, n_out, w, LURE_F32);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++) {
                double dot = 0;
                for (size_t l = 0; l < (n_in < n_out ? n_out : n_in); l++)
                    dot += (double)w[i * across + l * along] * (double)w[j * across + l * along];
                CHECK_NEAR(dot, i == j ? gain * gain : 0.0, 1e-5);
            }
    }
}

TEST(first_values_have_their_spread)
{
    enum { N_IN = 200, N_OUT = 100 };
    static double w[N_IN * N_OUT];
    const struct {
        lure_init how;
        double scale, deviation, bound;
    } cases[] = {{LURE_INIT_UNIFORM, 0.5, 0.5 / sqrt(3.0), 0.5},
                 {LURE_INIT_NORMAL, 0.1, 0.1, INFINITY},
                 {LURE_INIT_XAVIER, 1.0, sqrt(2.0 / (N_IN + N_OUT)), sqrt(6.0 / (N_IN + N_OUT))},
                 {LURE_INIT_HE, 2.0, 2.0 * sqrt(2.0 / N_IN), INFINITY}};
    for (size_t k = 0; k < COUNT(cases); k++) {
        double sum = 0, squares = 0;
        initialise(cases[k].how, cases[k].scale, N_IN, N_OUT, w, LURE_F64);
        for (size_t i = 0; i < N_IN * N_OUT; i++) {
            CHECK(fabs(w[i]) <= cases[k].bound);
            sum += w[i], squares += w[i] * w[i];
        }
        CHECK_NEAR(sum / (N_IN * N_OUT) / cases[k].deviation, 0.0, 0.03);
        CHECK_NEAR(sqrt(squares / (N_IN * N_OUT)) / cases[k].deviation, 1.0, 0.03);
    }
    initialise(LURE_INIT_CONSTANT, -2.5, N_IN, N_OUT, w, LURE_F64);
    CHECK_REAL(w[0], -2.5);
    CHECK_REAL(w[N_IN * N_OUT - 1], -2.5);
}

TEST(layers_say_what_they_need)
{
    const lure_layer_options norm = {.kind = LURE_LAYER_LAYER_NORM}, linear = {0};
    const struct {
        lure_layer_options layer;
        size_t n_inputs;
        const char *says;
    } cases[] = {
        {{.kind = LURE_LAYER_GRU}, 3, "policy: layer 1 (gru) needs its number of units"},
        {{.kind = LURE_LAYER_EMBEDDING, .n_units = 2}, 3, "policy: layer 1 (embedding) needs size ="},
        {{.kind = LURE_LAYER_EMBEDDING, .n_indices = 2},
         3,
         "policy: layer 1 (embedding) needs its number of units"},
        {{.kind = LURE_LAYER_EMBEDDING, .n_units = 2, .n_indices = 4, .column = 3},
         3,
         "column 4 is none of its 3"},
        {norm, 0, "policy: layer 1 (layer_norm) there is no input"},
    };
    lure_policy *policy;
    lure_rng init;
    lure_error err;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const lure_layer_options layers[] = {cases[i].layer, linear};
        const lure_policy_options o = {.layers = layers,
                                       .n_layers = 2,
                                       .head = LURE_HEAD_CATEGORICAL,
                                       .n_inputs = cases[i].n_inputs,
                                       .n_actions = 2,
                                       .dtype = LURE_F64};
        lure_rng_init(&init, 1, LURE_PURPOSE_INIT, 0);
        CHECK_STATUS(lure_policy_create(&o, &init, NULL, &policy, &err), LURE_ERROR_SCRIPT, &err);
        CHECK_CONTAINS(err.text, cases[i].says);
    }
    const lure_layer_options gru_last[] = {linear, {.kind = LURE_LAYER_GRU, .n_units = 5}};
    const lure_policy_options o = {.layers = gru_last,
                                   .n_layers = 2,
                                   .head = LURE_HEAD_CATEGORICAL,
                                   .n_inputs = 1,
                                   .n_actions = 2,
                                   .dtype = LURE_F64};
    CHECK_STATUS(lure_policy_create(&o, &init, NULL, &policy, &err), LURE_ERROR_SCRIPT, &err);
    CHECK_CONTAINS(err.text, "layer 2 (gru) gives 5 numbers; the head needs 2");
}
