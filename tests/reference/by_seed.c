/* by_seed.c: see by_seed.h. */
#include "by_seed.h"
#include "math/kernel.h"
#include <stdio.h>
#include <stdlib.h>

static lure_status tell(const by_seed *d, uint64_t seed, lure_tape *tape, lure_error *err)
{
    lure_rng rng;
    lure_rng_init(&rng, seed, LURE_PURPOSE_USER, 0);
    lure_status status = d->draw(&rng, err);
    if (status != LURE_OK)
        return status;
    printf("%s %llu\n", d->noun, (unsigned long long)seed);
    d->describe();
    status = d->evaluate(tape, LURE_F64, err);
    if (status == LURE_OK)
        status = d->evaluate(tape, LURE_F32, err);
    puts("end");
    return status;
}

int by_seed_main(const by_seed *d, int argc, char **argv)
{
    lure_tape *tape = NULL;
    lure_error err;
    if (argc != 3) {
        fprintf(stderr, "%ss_driver FIRST N\n", d->noun);
        return 2;
    }
    uint64_t first = strtoull(argv[1], NULL, 10), n = strtoull(argv[2], NULL, 10);
    lure_status status = lure_cpu_path_init(&err);
    if (status == LURE_OK)
        status = lure_tape_create(NULL, &tape, &err);
    for (uint64_t seed = first; status == LURE_OK && seed < first + n; seed++)
        status = tell(d, seed, tape, &err);
    lure_tape_destroy(tape);
    if (status != LURE_OK)
        fprintf(stderr, "%s\n", err.text);
    return status == LURE_OK ? 0 : 1;
}
