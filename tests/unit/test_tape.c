/* test_tape.c: the tape itself, with rules of the test's own: nodes, gradients, memory, debugging. What the operations'
   derivatives are is test_derivative.c's. */
#include "learn/arena.h"
#include "learn/tape.h"
#include "unit.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- the arena ---- */

TEST(an_arena_gives_aligned_pieces_that_do_not_touch)
{
    lure_memory account = {0};
    lure_arena arena = {.account = &account};
    unsigned char *pieces[200];
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < 200; i++) {
            pieces[i] = lure_arena_take(&arena, i * 7);
            CHECK(pieces[i] != NULL);
            CHECK_WORD((uintptr_t)pieces[i] % 64, 0);
            memset(pieces[i], (int)i, i * 7);
        }
        for (size_t i = 0; i < 200; i++)
            for (size_t k = 0; k < i * 7; k++)
                CHECK_INT(pieces[i][k], (int64_t)i);
        lure_arena_reset(&arena);
    }
    CHECK_INT(arena.n_blocks, 1);
    lure_arena_clear(&arena);
    CHECK_INT((int64_t)account.used, 0);
}

TEST(an_arena_settles_in_one_block)
{
    lure_memory account = {0};
    lure_arena arena = {.account = &account};
    uint64_t n_requests = 0;
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 100; i++)
            CHECK(lure_arena_take(&arena, 1000) != NULL);
        if (round == 0)
            CHECK(arena.n_blocks > 1);
        if (round == 1) {
            CHECK_INT(arena.n_blocks, 1);
            n_requests = account.n_requests;
        }
        lure_arena_reset(&arena);
    }
    CHECK_INT((int64_t)account.n_requests, (int64_t)n_requests);
    lure_arena_clear(&arena);
    CHECK_INT((int64_t)account.used, 0);
}

TEST(an_arena_takes_back_what_was_taken_since_a_mark)
{
    lure_memory account = {0};
    lure_arena arena = {.account = &account};
    lure_arena_release(&arena, lure_arena_mark(&arena)); /* of nothing */
    unsigned char *first = lure_arena_take(&arena, 100);
    CHECK(first != NULL);
    memset(first, 1, 100);
    size_t mark = lure_arena_mark(&arena);
    void *second = lure_arena_take(&arena, 64);
    lure_arena_release(&arena, mark);
    CHECK(lure_arena_take(&arena, 64) == second);
    uint64_t n_requests = 0;
    for (int round = 0; round < 4; round++) { /* across blocks, which are kept */
        mark = lure_arena_mark(&arena);
        for (int i = 0; i < 100; i++) {
            unsigned char *piece = lure_arena_take(&arena, 500);
            CHECK(piece != NULL);
            memset(piece, 2, 500);
        }
        lure_arena_release(&arena, mark);
        CHECK_INT((int64_t)lure_arena_mark(&arena), (int64_t)mark);
        if (round == 0)
            n_requests = account.n_requests;
    }
    CHECK_INT((int64_t)account.n_requests, (int64_t)n_requests);
    for (int i = 0; i < 100; i++)
        CHECK_INT(first[i], 1);
    CHECK(lure_arena_take(&arena, SIZE_MAX) == NULL);
    CHECK(lure_arena_take(&arena, SIZE_MAX / 2) == NULL);
    lure_arena_clear(&arena);
    CHECK_INT((int64_t)account.used, 0);
}

/* ---- a rule: y = factor * (a + b) ---- */

static lure_status scaled_back(lure_tape *tape, const lure_record *record, lure_error *err)
{
    const double *factor = record->saved, *dy = record->gradient;
    for (size_t i = 0; i < record->n_inputs; i++) {
        if (record->inputs[i].node == 0)
            continue;
        double *dx = lure_tape_gradient(tape, record->inputs[i].node);
        if (!dx)
            return lure_tape_refused(err);
        for (size_t k = 0; k < lure_tensor_size(&record->value); k++)
            dx[k] += *factor * dy[k];
    }
    return LURE_OK;
}
static const lure_rule scaled_rule = {"scaled", scaled_back};

static lure_status scaled(lure_tape *tape, double factor, const lure_value *a, const lure_value *b,
                          lure_value *out, lure_error *err)
{
    const lure_value inputs[] = {*a, *b};
    size_t n = lure_tensor_size(&a->tensor);
    double *saved = lure_tape_take(tape, sizeof *saved), *y = lure_tape_take(tape, n * sizeof *y);
    if (!saved || !y)
        return lure_tape_refused(err);
    *saved = factor;
    for (size_t i = 0; i < n; i++)
        y[i] = factor * (lure_tensor_get(&a->tensor, i) + lure_tensor_get(&b->tensor, i));
    lure_tensor value = lure_tensor_view(y, LURE_F64, a->tensor.n_dims, a->tensor.shape);
    return lure_tape_record(tape, &scaled_rule, 2, inputs, &value, saved, out, err);
}

static lure_value constant(double *x)
{
    return (lure_value){.tensor = lure_tensor_view(x, LURE_F64, 0, NULL)};
}

TEST(gradients_add_up_over_every_use)
{
    lure_tape *tape;
    lure_error err;
    double x = 3, one = 1, dx = 77;
    CHECK_OK(lure_tape_create(NULL, &tape, &err), &err);
    for (int pass = 0; pass < 3; pass++) {
        lure_value leaf, y, c = constant(&one);
        lure_tape_begin(tape);
        CHECK_OK(lure_tape_leaf(tape, &(lure_tensor){.data = &x, .dtype = LURE_F64}, &dx, &leaf, &err), &err);
        CHECK_REAL(dx, 0);
        CHECK_OK(scaled(tape, 2, &leaf, &leaf, &y, &err), &err); /* 4 x */
        CHECK_OK(scaled(tape, 3, &y, &leaf, &y, &err),
                 &err); /* 15 x; the result may be an input's variable */
        CHECK_OK(scaled(tape, 1, &y, &c, &y, &err), &err);
        CHECK_REAL(*(double *)y.tensor.data, 46);
        CHECK_INT((int64_t)lure_tape_n_nodes(tape), 4);
        CHECK_OK(lure_tape_backward(tape, &y, &err), &err);
        CHECK_REAL(dx, 15);
        CHECK(lure_tape_gradient(tape, leaf.node) == &dx);
    }
    lure_tape_destroy(tape);
}

TEST(constants_are_not_recorded)
{
    lure_tape *tape;
    lure_error err;
    double x = 3, dx;
    lure_value leaf, c = constant(&x), y;
    CHECK_OK(lure_tape_create(NULL, &tape, &err), &err);
    lure_tape_begin(tape);
    CHECK_OK(lure_tape_leaf(tape, &c.tensor, &dx, &leaf, &err), &err);
    CHECK_OK(scaled(tape, 2, &c, &c, &y, &err), &err);
    CHECK_INT(y.node, 0);
    CHECK_INT((int64_t)lure_tape_n_nodes(tape), 1);
    CHECK_OK(lure_tape_backward(tape, &y, &err), &err); /* depends on nothing: every gradient is 0 */
    CHECK_REAL(dx, 0);
    lure_tape_destroy(tape);
}

TEST(a_leaf_that_the_loss_does_not_need_has_a_gradient_of_0)
{
    lure_tape *tape;
    lure_error err;
    double x[2] = {1, 2}, y = 1, dy;
    lure_value unneeded, needed;
    CHECK_OK(lure_tape_create(NULL, &tape, &err), &err);
    lure_tape_begin(tape);
    CHECK_OK(lure_tape_leaf(
                 tape, &(lure_tensor){.data = x, .dtype = LURE_F64, .n_dims = 1, .shape = {2}, .stride = {1}},
                 NULL, &unneeded, &err),
             &err);
    CHECK_OK(lure_tape_leaf(tape, &(lure_tensor){.data = &y, .dtype = LURE_F64}, &dy, &needed, &err), &err);
    CHECK_OK(lure_tape_backward(tape, &needed, &err), &err);
    CHECK_REAL(dy, 1); /* the loss itself */
    const double *dx = lure_tape_gradient(tape, unneeded.node);
    CHECK(dx != NULL);
    CHECK_REAL(dx[0], 0);
    CHECK_REAL(dx[1], 0);
    lure_tape_destroy(tape);
}

TEST(what_cannot_be_differentiated_is_refused)
{
    lure_tape *tape;
    lure_error err;
    double x[2] = {1, 2};
    int32_t i = 1;
    lure_value leaf;
    const lure_tensor two = {.data = x, .dtype = LURE_F64, .n_dims = 1, .shape = {2}, .stride = {1}};
    CHECK_OK(lure_tape_create(NULL, &tape, &err), &err);
    lure_tape_begin(tape);
    CHECK_STATUS(lure_tape_leaf(tape, &(lure_tensor){.data = &i, .dtype = LURE_I32}, NULL, &leaf, &err),
                 LURE_ERROR_SCRIPT, &err);
    CHECK_CONTAINS(err.text, "int32");
    CHECK_OK(lure_tape_leaf(tape, &two, NULL, &leaf, &err), &err);
    CHECK_STATUS(lure_tape_backward(tape, &leaf, &err), LURE_ERROR_SCRIPT, &err);
    CHECK_TEXT(err.text, "a loss must be one number, and this one is (2): sum or mean it");
    lure_tape_begin(tape);
    leaf = (lure_value){.tensor = two}; /* nor when nothing is to be done */
    CHECK_STATUS(lure_tape_backward(tape, &leaf, &err), LURE_ERROR_SCRIPT, &err);
    lure_tape_destroy(tape);
    lure_tape_destroy(NULL);
}

/* ---- memory ---- */

/* 300 nodes on a leaf of 50 numbers */
static lure_status long_pass(lure_tape *tape, double *x, double *dx, lure_error *err)
{
    const lure_tensor t = {.data = x, .dtype = LURE_F64, .n_dims = 1, .shape = {1}, .stride = {1}};
    lure_value leaf, y;
    lure_tape_begin(tape);
    lure_status status = lure_tape_leaf(tape, &t, dx, &leaf, err);
    y = leaf;
    for (int i = 0; i < 300 && status == LURE_OK; i++)
        status = scaled(tape, 0.5, &y, &leaf, &y, err);
    return status == LURE_OK ? lure_tape_backward(tape, &y, err) : status;
}

TEST(a_steady_state_asks_for_nothing)
{
    lure_memory account = {0};
    lure_tape *tape;
    lure_error err;
    double x = 1, dx;
    uint64_t n_requests = 0;
    CHECK_OK(lure_tape_create(&account, &tape, &err), &err);
    for (int pass = 0; pass < 6; pass++) {
        CHECK_OK(long_pass(tape, &x, &dx, &err), &err);
        CHECK_NEAR(dx, 1, 1e-15);
        if (pass == 1)
            n_requests = account.n_requests;
    }
    CHECK_INT((int64_t)account.n_requests, (int64_t)n_requests);
    lure_tape_destroy(tape);
    CHECK_INT((int64_t)account.used, 0);
}

TEST(every_refused_request_is_an_error_and_loses_nothing)
{
    uint64_t n_failures = 0;
    for (uint64_t fail_at = 1;; fail_at++) {
        lure_memory account = {.fail_at = fail_at};
        lure_tape *tape = NULL;
        lure_error err;
        double x = 1, dx;
        lure_status status = lure_tape_create(&account, &tape, &err);
        if (status == LURE_OK)
            status = long_pass(tape, &x, &dx, &err);
        if (status != LURE_OK) {
            n_failures++;
            CHECK_INT(status, LURE_ERROR_MEMORY);
            CHECK_CONTAINS(err.text, "memory");
        }
        if (status != LURE_OK && tape) { /* and the tape is as good as new */
            account.fail_at = 0;
            CHECK_OK(long_pass(tape, &x, &dx, &err), &err);
            CHECK_NEAR(dx, 1, 1e-15);
        }
        lure_tape_destroy(tape);
        CHECK_INT((int64_t)account.used, 0);
        if (status == LURE_OK)
            break;
    }
    CHECK_SAY(n_failures > 8, "only %d requests in a pass", (int)n_failures);
}

TEST(scratch_of_a_rule_does_not_take_gradients_with_it)
{
    lure_tape *tape;
    lure_error err;
    double x = 1;
    lure_value leaf;
    CHECK_OK(lure_tape_create(NULL, &tape, &err), &err);
    lure_tape_begin(tape);
    CHECK_OK(lure_tape_leaf(tape, &(lure_tensor){.data = &x, .dtype = LURE_F64}, NULL, &leaf, &err), &err);
    size_t mark = lure_tape_mark(tape);
    CHECK(lure_tape_take(tape, 8) != NULL);
    double *gradient = lure_tape_gradient(tape, leaf.node);
    lure_tape_release(tape, mark);
    unsigned char *scratch = lure_tape_take(tape, 64);
    CHECK(gradient && scratch);
    memset(scratch, 0xff, 64);
    CHECK_REAL(*gradient, 0);
    lure_tape_destroy(tape);
}

/* ---- debugging ---- */

static void place_of(void *data, char *text, size_t size)
{
    snprintf(text, size, "loss.lua:%d", ++*(int *)data);
}

TEST(debugging_names_the_first_result_that_is_not_finite)
{
    lure_tape *tape;
    lure_error err;
    double x[6] = {1, 2, 3, 2e307, 5, 6};
    int line = 0;
    lure_value leaf, y;
    CHECK_OK(lure_tape_create(NULL, &tape, &err), &err);
    lure_tape_debug(tape, place_of, &line);
    lure_tape_begin(tape);
    CHECK_OK(lure_tape_leaf(
                 tape,
                 &(lure_tensor){.data = x, .dtype = LURE_F64, .n_dims = 2, .shape = {3, 2}, .stride = {2, 1}},
                 NULL, &leaf, &err),
             &err);
    CHECK_OK(scaled(tape, 0.25, &leaf, &leaf, &y, &err), &err);
    CHECK_STATUS(scaled(tape, 10, &y, &leaf, &y, &err), LURE_ERROR_SCRIPT, &err);
    CHECK_TEXT(err.text, "loss.lua:2: scaled: the result is inf at (2, 2) of (3, 2)");
    lure_tape_debug(tape, NULL, NULL);
    lure_tape_begin(tape);
    CHECK_OK(scaled(tape, 10, &leaf, &leaf, &y, &err), &err);
    lure_tape_destroy(tape);
}

TEST(debugging_names_the_first_derivative_that_is_not_finite)
{
    lure_tape *tape;
    lure_error err;
    double x = 0, one = 0;
    int line = 0;
    lure_value leaf, y = {0}, c = constant(&one);
    CHECK_OK(lure_tape_create(NULL, &tape, &err), &err);
    lure_tape_debug(tape, place_of, &line);
    lure_tape_begin(tape);
    CHECK_OK(lure_tape_leaf(tape, &(lure_tensor){.data = &x, .dtype = LURE_F64}, NULL, &leaf, &err), &err);
    CHECK_OK(scaled(tape, 1e308, &leaf, &c, &y, &err), &err); /* line 1; 0, but its derivative overflows */
    CHECK_OK(scaled(tape, 1e10, &c, &y, &y, &err), &err);     /* line 2 */
    CHECK_OK(scaled(tape, 1, &y, &c, &y, &err), &err);        /* line 3 */
    CHECK_STATUS(lure_tape_backward(tape, &y, &err), LURE_ERROR_SCRIPT, &err);
    CHECK_TEXT(err.text, "loss.lua:1: scaled: the derivative by input 1 is inf");
    lure_tape_destroy(tape);
}
