/* policy_subject.c: see policy_subject.h. */
#include "policy_subject.h"
#include "math/random.h"
#include "random_policy.h"
#include "unit.h"
#include <math.h>

static bool is_discrete(const subject *s)
{
    return lure_policy_distribution(s->policy)->rule->discrete;
}

void subject_draw(subject *s, lure_policy *policy, size_t n, lure_rng *rng)
{
    lure_error err;
    *s = (subject){.policy = policy, .n = n};
    CHECK(n * (lure_policy_n_outputs(policy) + 3) <= SUBJECT_MOST);
    CHECK(n * lure_policy_n_inputs(policy) <= SUBJECT_MOST &&
          n * lure_policy_n_actions(policy) <= SUBJECT_MOST);
    for (size_t i = 0; i < n * lure_policy_n_inputs(policy); i++)
        s->observations[i] = lure_random_normal(rng, 0.0, 1.0);
    for (size_t i = 0; i < n * (lure_policy_n_outputs(policy) + 3); i++)
        s->coefficients[i] = lure_random_normal(rng, 0.0, 1.0);
    CHECK_OK(lure_policy_act(policy, n, s->observations, NULL, rng,
                             is_discrete(s) ? (void *)s->choices : (void *)s->actions, NULL, NULL, &err),
             &err);
}

static lure_tensor actions_of(const subject *s)
{
    const size_t shape[2] = {s->n, lure_policy_distribution(s->policy)->n_columns};
    return is_discrete(s) ? lure_tensor_view((void *)(uintptr_t)s->choices, LURE_I32, 2, shape)
                          : lure_tensor_view((void *)(uintptr_t)s->actions, LURE_F64, 2, shape);
}

/* In the order of the coefficients; how many there are. */
static size_t say(subject *s, lure_tape *tape, const lure_value *parameters, const lure_value *observations,
                  lure_value said[4])
{
    lure_error err;
    lure_tensor actions = actions_of(s);
    size_t n = 3;
    CHECK_OK(
        lure_policy_forward(s->policy, tape, parameters, observations, &s->context, &said[0], NULL, &err),
        &err);
    if (s->outputs_alone)
        return 1;
    if (!tape) { /* what lies in the policy is good until its next call */
        static double kept[SUBJECT_MOST];
        lure_tensor copy = said[0].tensor;
        copy.data = kept;
        lure_tensor_copy(&said[0].tensor, &copy);
        said[0].tensor.data = kept;
    }
    bool has_value = lure_policy_has_value(s->policy);
    CHECK_OK(lure_policy_evaluate(s->policy, tape, parameters, observations, &actions, &s->context, &said[1],
                                  &said[2], has_value ? &said[3] : NULL, &err),
             &err);
    return n + has_value;
}

static lure_value rows_of(subject *s)
{
    const size_t shape[2] = {s->n, lure_policy_n_inputs(s->policy)};
    return (lure_value){.tensor = lure_tensor_view(s->observations, LURE_F64, 2, shape)};
}

double subject_loss(subject *s)
{
    lure_value said[4] = {{.node = 0}}, rows = rows_of(s);
    const double *c = s->coefficients;
    double sum = 0;
    for (size_t i = 0, n = say(s, NULL, NULL, &rows, said); i < n; i++)
        for (size_t j = 0; j < lure_tensor_size(&said[i].tensor); j++)
            sum += *c++ * lure_tensor_get(&said[i].tensor, j);
    return sum;
}

double subject_gradient(subject *s, lure_tape *tape, double *gradient, double *input_gradient)
{
    lure_value said[4] = {{.node = 0}}, rows = rows_of(s), parameters, loss = {0};
    lure_error err;
    size_t n_parameters = lure_policy_n_parameters(s->policy);
    double *c = s->coefficients;
    lure_tape_begin(tape);
    lure_tensor block = lure_tensor_view(lure_policy_parameters(s->policy), LURE_F64, 1, &n_parameters);
    if (gradient)
        CHECK_OK(lure_tape_leaf(tape, &block, gradient, &parameters, &err), &err);
    if (input_gradient)
        CHECK_OK(lure_tape_leaf(tape, &rows.tensor, input_gradient, &rows, &err), &err);
    for (size_t i = 0, n = say(s, tape, gradient ? &parameters : NULL, &rows, said); i < n; i++) {
        lure_value pair[2] = {said[i], {.tensor = said[i].tensor}}, product = {0}, sum = {0};
        const lure_op_options all = {.axis = LURE_ALL_AXES};
        pair[1].tensor.data = c;
        c += lure_tensor_size(&said[i].tensor);
        CHECK_OK(lure_tape_apply(tape, LURE_OP_MULTIPLY, 2, pair, NULL, &product, &err), &err);
        CHECK_OK(lure_tape_apply(tape, LURE_OP_SUM, 1, &product, &all, &sum, &err), &err);
        pair[0] = loss, pair[1] = sum;
        loss = (lure_value){0};
        if (i == 0)
            loss = sum;
        else
            CHECK_OK(lure_tape_apply(tape, LURE_OP_ADD, 2, pair, NULL, &loss, &err), &err);
    }
    CHECK_OK(lure_tape_backward(tape, &loss, &err), &err);
    return lure_tensor_get(&loss.tensor, 0);
}

static double slope(subject *s, double *x)
{
    const double h = 1e-4, at = *x;
    const double offsets[] = {h, -h, 2 * h, -2 * h}, weights[] = {8, -8, -1, 1};
    double sum = 0;
    for (size_t i = 0; i < 4; i++) {
        *x = at + offsets[i];
        sum += weights[i] * subject_loss(s);
    }
    *x = at;
    return sum / (12 * h);
}

static void compare(subject *s, double *numbers, const double *gradient, size_t n, bool trained)
{
    double scale = 1e-3;
    for (size_t i = 0; i < n; i++)
        scale = fmax(scale, fabs(gradient[i]));
    for (size_t i = 0; i < n; i++) {
        if (trained && !random_is_trainable(s->policy, i)) {
            CHECK_REAL(gradient[i], 0.0);
            continue;
        }
        CHECK_NEAR(gradient[i] / scale, slope(s, &numbers[i]) / scale, 1e-7);
    }
}

size_t subject_compare(subject *s, bool inputs)
{
    static double gradient[SUBJECT_MOST], input_gradient[SUBJECT_MOST];
    size_t n_parameters = lure_policy_n_parameters(s->policy), n = s->n * lure_policy_n_inputs(s->policy);
    lure_tape *tape;
    lure_error err;
    CHECK(n_parameters <= SUBJECT_MOST);
    CHECK_OK(lure_tape_create(NULL, &tape, &err), &err);
    double loss = subject_gradient(s, tape, gradient, inputs ? input_gradient : NULL);
    lure_tape_destroy(tape);
    CHECK_NEAR(loss, subject_loss(s), 1e-12 * (1 + fabs(loss)));
    compare(s, lure_policy_parameters(s->policy), gradient, n_parameters, true);
    if (inputs)
        compare(s, s->observations, input_gradient, n, false);
    return n_parameters + (inputs ? n : 0);
}
