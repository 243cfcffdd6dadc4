/* networks_driver.c: random policies with batches and losses (tests/unit/random_network.c) as text, with the losses and
   gradients that we give them: networks_driver FIRST N (by_seed.h tells more).
     network SEED
     plan key=value...
     sizes size...                          of multi_categorical
     layer trunk|body|value KIND key=value...      train=1,0: its parameters, one by one
     term NAME COEFFICIENT                  random_network.h says what each is
     numbers KIND number...
     result float64|float32 LOSS
     parameters number...                   the loss's gradients, and
     observations number...
     last_state number...                   after the last step
     end
   Columns and indices count from 0. */
#include "../unit/random_network.h"
#include "by_seed.h"
#include <stdio.h>

static random_network net;

static void numbers(size_t n, const double *x)
{
    for (size_t i = 0; i < n; i++)
        printf(" %a", x[i]);
    putchar('\n');
}

static void describe_layer(const char *part, const lure_layer_options *layer)
{
    printf("layer %s %s units=%zu indices=%zu column=%zu train=", part, lure_layer_rule_of(layer->kind)->name,
           layer->n_units, layer->n_indices, layer->column);
    for (size_t i = 0; i < LURE_LAYER_PARAMETERS; i++)
        printf("%s%d", i > 0 ? "," : "", layer->train[i]);
    putchar('\n');
}

static void describe(void)
{
    const network_plan *p = &net.plan;
    printf("plan head=%s n=%zu n_envs=%zu n_inputs=%zu n_actions=%zu state_dependent=%d train_log_std=%d "
           "clip=%a\n",
           lure_distribution_rule_of(p->head)->name, p->n, p->n_envs, p->n_inputs, p->n_actions,
           p->state_dependent, p->train_log_std, p->clip);
    printf("sizes");
    for (size_t i = 0; i < p->n_sizes; i++)
        printf(" %zu", p->sizes[i]);
    putchar('\n');
    const lure_layer_options *layer = p->layers;
    for (int part = 0; part < NETWORK_N_PARTS; part++)
        for (size_t i = 0; i < p->n_layers[part]; i++)
            describe_layer(network_part_names[part], layer++);
    for (int i = 0; i < NETWORK_N_TERMS; i++)
        if (p->terms[i] != 0)
            printf("term %s %a\n", network_term_names[i], p->terms[i]);
    for (int i = 0; i < NETWORK_N_NUMBERS; i++) {
        printf("numbers %s", network_kind_names[i]);
        numbers(net.n[i], net.numbers[i]);
    }
}

static lure_status evaluate(lure_tape *tape, lure_dtype dtype, lure_error *err)
{
    static network_result result;
    lure_status status = random_network_run(&net, dtype, tape, &result, err);
    if (status != LURE_OK)
        return status;
    printf("result %s %a\nparameters", lure_dtype_name(dtype), result.loss);
    numbers(net.n[NETWORK_PARAMETERS], result.by_parameters);
    printf("observations");
    numbers(net.n[NETWORK_OBSERVATIONS], result.by_observations);
    printf("last_state");
    numbers(net.n[NETWORK_FIRST_STATE], result.last_state);
    return LURE_OK;
}

static lure_status draw(lure_rng *rng, lure_error *err)
{
    return random_network_draw(&net, rng, err);
}

int main(int argc, char **argv)
{
    static const by_seed driver = {"network", draw, describe, evaluate};
    return by_seed_main(&driver, argc, argv);
}
