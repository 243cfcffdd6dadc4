/* test_networks.c: policies of every layer, head and mask, with losses, whose values and gradients PyTorch has computed
   (tests/reference/networks.h). */
#include "../reference/networks.h"
#include "unit.h"
#include <math.h>
#include <string.h>

static void build(const reference_network *reference, random_network *net)
{
    const double *numbers = reference_network_numbers + reference->first;
    net->plan = reference->plan;
    memcpy(net->n, reference->n, sizeof net->n);
    for (int i = 0; i < NETWORK_N_NUMBERS; i++) {
        memcpy(net->numbers[i], numbers, net->n[i] * sizeof *numbers);
        numbers += net->n[i];
    }
}

static double largest(size_t n, const double *x)
{
    double most = 1;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(x[i]));
    return most;
}

static void compare(const reference_network *reference, lure_dtype dtype, const char *what, size_t n,
                    const double *actual, const double *expected, double tolerance)
{
    for (size_t i = 0; i < n; i++)
        CHECK_SAY(fabs(actual[i] - expected[i]) <= tolerance,
                  "network %d in %s: %s %zu is %.17g, expected %.17g", reference->seed,
                  lure_dtype_name(dtype), what, i, actual[i], expected[i]);
}

static void compare_with_reference(const reference_network *reference, lure_tape *tape, lure_dtype dtype)
{
    static random_network net;
    static network_result result;
    lure_error err;
    bool exact = dtype == LURE_F64;
    const double *expected =
        (exact ? reference_network_results : reference_network_results_f32) + reference->first_result;
    double loss = exact ? reference->loss : reference->loss_f32, tolerance = exact ? 1e-10 : 1e-5;
    size_t n_parameters = reference->n[NETWORK_PARAMETERS], n_inputs = reference->n[NETWORK_OBSERVATIONS];
    double scale = largest(n_parameters + n_inputs, expected);
    build(reference, &net);
    CHECK_OK(random_network_run(&net, dtype, tape, &result, &err), &err);
    compare(reference, dtype, "loss", 1, &result.loss, &loss, tolerance * fmax(1, fabs(loss)));
    compare(reference, dtype, "derivative by parameter", n_parameters, result.by_parameters, expected,
            tolerance * scale);
    compare(reference, dtype, "derivative by observation", n_inputs, result.by_observations,
            expected + n_parameters, tolerance * scale);
    compare(reference, dtype, "last state", reference->n[NETWORK_FIRST_STATE], result.last_state,
            expected + n_parameters + n_inputs, tolerance);
}

TEST(losses_of_policies_and_their_gradients_are_pytorchs)
{
    lure_tape *tape;
    lure_error err;
    size_t n = sizeof reference_networks / sizeof *reference_networks;
    CHECK_OK(lure_tape_create(NULL, &tape, &err), &err);
    for (size_t i = 0; i < n; i++) {
        compare_with_reference(&reference_networks[i], tape, LURE_F64);
        compare_with_reference(&reference_networks[i], tape, LURE_F32);
    }
    CHECK_INT((int64_t)n, 24);
    lure_tape_destroy(tape);
}
