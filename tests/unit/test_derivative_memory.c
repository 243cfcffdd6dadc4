/* test_derivative_memory.c: the memory of a pass: wherever it ends, whichever request is refused, nothing is lost; and a
   warm tape asks for none. */
#include "learn/tape_keep.h"
#include "random_graph.h"
#include "unit.h"

/* Every operation that differentiates in scratch, in one pass. */
static lure_status large_pass(lure_tape *tape, const random_graph *graphs, int n, lure_error *err)
{
    static lure_value values[GRAPH_VALUES];
    for (int i = 0; i < n; i++) {
        lure_tape_begin(tape);
        lure_status status =
            random_graph_run(&graphs[i], tape, i % 2 ? LURE_F32 : LURE_F64, true, values, err);
        if (status == LURE_OK)
            status = lure_tape_backward(tape, &values[graphs[i].n - 1], err);
        if (status != LURE_OK)
            return status;
    }
    return LURE_OK;
}

/* The operations whose derivatives ask for memory in the way of their own. */
static const lure_op hungry[] = {LURE_OP_MULTIPLY, LURE_OP_POWER,  LURE_OP_WHERE,   LURE_OP_TANH,
                                 LURE_OP_CLAMP,    LURE_OP_SORT,   LURE_OP_MATMUL,  LURE_OP_CONCAT,
                                 LURE_OP_GATHER,   LURE_OP_TAKE,   LURE_OP_SOFTMAX, LURE_OP_VARIANCE,
                                 LURE_OP_MAX,      LURE_OP_SELECT, LURE_OP_STACK,   LURE_OP_CUMULATIVE_SUM};
enum { N_HUNGRY = sizeof hungry / sizeof *hungry };

static void draw_hungry(random_graph graphs[N_HUNGRY], int n_steps)
{
    for (int i = 0; i < N_HUNGRY; i++) {
        lure_rng rng;
        lure_rng_init(&rng, 7, LURE_PURPOSE_USER, (uint32_t)i);
        random_graph_draw(&graphs[i], &rng, n_steps, hungry[i]);
    }
}

/* A tape whose two arenas have so many bytes left, and an account that refuses all that is more. */
static lure_tape *tight_tape(lure_memory *account, size_t taken, size_t kept)
{
    enum { BLOCK = 4096 }; /* an arena's first */
    lure_tape *tape;
    lure_error err;
    const lure_tensor number = lure_tensor_view(&(double){1}, LURE_F64, 0, NULL);
    lure_value leaf;
    *account = (lure_memory){0};
    CHECK_OK(lure_tape_create(account, &tape, &err), &err);
    CHECK_OK(lure_tape_leaf(tape, &number, NULL, &leaf, &err), &err);
    CHECK(lure_tape_take(tape, BLOCK - taken) != NULL);
    CHECK(lure_tape_keep(tape, BLOCK - kept) != NULL);
    account->fail_at = account->n_requests + 1;
    return tape;
}

TEST(wherever_memory_ends_a_pass_fails_and_loses_nothing)
{
    static random_graph graphs[N_HUNGRY];
    static lure_value values[GRAPH_VALUES];
    size_t n_forward = 0, n_backward = 0, n_done = 0;
    draw_hungry(graphs, 1);
    for (int i = 0; i < N_HUNGRY; i++)
        for (size_t left = 0; left < 2 * 4096; left += 64) {
            lure_memory account;
            lure_error err;
            lure_tape *tape =
                left < 4096 ? tight_tape(&account, left, 4095) : tight_tape(&account, 4095, left - 4096);
            lure_status status = random_graph_run(&graphs[i], tape, LURE_F64, true, values, &err);
            n_forward += status != LURE_OK;
            if (status == LURE_OK) {
                status = lure_tape_backward(tape, &values[graphs[i].n - 1], &err);
                n_backward += status != LURE_OK;
                n_done += status == LURE_OK;
            }
            if (status != LURE_OK)
                CHECK_STATUS(status, LURE_ERROR_MEMORY, &err);
            lure_tape_destroy(tape);
            CHECK_INT((int64_t)account.used, 0);
        }
    CHECK_SAY(n_forward > 300 && n_backward > 100 && n_done > 10, "%zu forward, %zu backward, %zu done",
              n_forward, n_backward, n_done);
}

TEST(every_refused_request_of_a_pass_is_an_error_and_loses_nothing)
{
    static random_graph graphs[N_HUNGRY];
    size_t n_failures = 0;
    draw_hungry(graphs, 12);
    for (int i = 0; i < N_HUNGRY; i++)
        for (uint64_t fail_at = 1;; fail_at++) {
            lure_memory account = {.fail_at = fail_at};
            lure_tape *tape = NULL;
            lure_error err;
            lure_status status = lure_tape_create(&account, &tape, &err);
            if (status == LURE_OK)
                status = large_pass(tape, &graphs[i], 1, &err);
            if (status != LURE_OK)
                CHECK_STATUS(status, LURE_ERROR_MEMORY, &err);
            n_failures += status != LURE_OK;
            lure_tape_destroy(tape);
            CHECK_INT((int64_t)account.used, 0);
            if (status == LURE_OK)
                break;
        }
    CHECK_SAY(n_failures >= 4 * N_HUNGRY, "only %zu requests refused", n_failures);
}

/* Sorting is left out: the operation itself borrows from the account each time. */
TEST(after_warming_up_operations_ask_for_nothing)
{
    static random_graph graphs[N_HUNGRY];
    lure_memory account = {0};
    lure_tape *tape;
    lure_error err;
    uint64_t n_requests = 0;
    draw_hungry(graphs, 12);
    for (int i = 0; i < N_HUNGRY; i++)
        if (hungry[i] == LURE_OP_SORT)
            graphs[i] = graphs[0];
    CHECK_OK(lure_tape_create(&account, &tape, &err), &err);
    for (int round = 0; round < 5; round++) {
        CHECK_OK(large_pass(tape, graphs, N_HUNGRY, &err), &err);
        if (round == 1)
            n_requests = account.n_requests;
    }
    CHECK_INT((int64_t)account.n_requests, (int64_t)n_requests);
    lure_tape_destroy(tape);
    CHECK_INT((int64_t)account.used, 0);
}
