/* test_rollout.c: rows survive growing, refusal changes nothing, and memory is reused and given back. */
#include "learn/rollout.h"
#include "unit.h"

static void fill(lure_rollout *r)
{
    size_t i = r->n_rows++;
    for (size_t j = 0; j < r->shape.n_inputs; j++) {
        if (r->shape.dtype == LURE_F64)
            ((double *)r->observations)[i * r->shape.n_inputs + j] = (double)(10 * i + j);
        else
            ((float *)r->observations)[i * r->shape.n_inputs + j] = (float)(10 * i + j);
    }
    if (r->shape.dtype == LURE_F64)
        ((double *)r->rewards)[i] = -(double)i;
    else
        ((float *)r->rewards)[i] = -(float)i;
    r->draws[i] = (double)i / 1000;
    ((int32_t *)r->actions)[i] = (int32_t)i % 3;
    r->ends[i] = (int32_t)i % 2;
}

static void check_rows(const lure_rollout *r)
{
    for (size_t i = 0; i < r->n_rows; i++) {
        for (size_t j = 0; j < r->shape.n_inputs; j++) {
            size_t at = i * r->shape.n_inputs + j;
            double seen = r->shape.dtype == LURE_F64 ? ((double *)r->observations)[at]
                                                     : (double)((float *)r->observations)[at];
            CHECK_REAL(seen, (double)(10 * i + j));
        }
        CHECK_REAL(r->shape.dtype == LURE_F64 ? ((double *)r->rewards)[i] : (double)((float *)r->rewards)[i],
                   -(double)i);
        CHECK_REAL(r->draws[i], (double)i / 1000);
        CHECK_INT(((int32_t *)r->actions)[i], (int32_t)i % 3);
        CHECK_INT(r->ends[i], (int32_t)i % 2);
    }
}

static void fill_many(lure_dtype dtype, size_t n_inputs)
{
    lure_memory memory = {0};
    lure_error err;
    lure_rollout r;
    const lure_rollout_shape shape = {.n_inputs = n_inputs, .n_columns = 1, .dtype = dtype};
    lure_rollout_init(&r, &shape, &memory);
    for (int i = 0; i < 1000; i++) {
        CHECK_OK(lure_rollout_reserve(&r, 1, &err), &err);
        CHECK(r.capacity > r.n_rows);
        fill(&r);
    }
    check_rows(&r);
    CHECK(memory.n_requests < 10); /* growing doubles */
    lure_rollout_free(&r);
    CHECK_INT((int64_t)memory.used, 0);
}

TEST(rows_survive_growing)
{
    for (size_t n_inputs = 0; n_inputs < 6; n_inputs++) {
        fill_many(LURE_F64, n_inputs);
        fill_many(LURE_F32, n_inputs);
    }
}

TEST(the_steady_state_allocates_nothing)
{
    lure_memory memory = {0};
    lure_error err;
    lure_rollout r;
    uint64_t n_requests = 0;
    lure_rollout_init(&r, &(lure_rollout_shape){.n_inputs = 3, .n_columns = 1}, &memory);
    for (int collection = 0; collection < 5; collection++) {
        r.n_rows = 0;
        for (int i = 0; i < 100; i++) {
            CHECK_OK(lure_rollout_reserve(&r, 1, &err), &err);
            fill(&r);
        }
        if (collection == 0)
            n_requests = memory.n_requests;
    }
    CHECK(n_requests > 0);
    CHECK_INT((int64_t)memory.n_requests, (int64_t)n_requests);
    lure_rollout_free(&r);
    lure_rollout_free(&r); /* a second time is harmless */
    CHECK_INT((int64_t)memory.used, 0);
}

TEST(a_refused_growth_keeps_every_row)
{
    lure_memory memory = {0};
    lure_error err;
    lure_rollout r;
    const lure_rollout_shape shape = {.n_inputs = 2, .n_columns = 1, .dtype = LURE_F64};
    lure_rollout_init(&r, &shape, &memory);
    memory.fail_at = 3;
    while (lure_rollout_reserve(&r, 1, &err) == LURE_OK)
        fill(&r);
    CHECK_STATUS(lure_rollout_reserve(&r, 1, &err), LURE_ERROR_MEMORY, &err);
    CHECK(r.n_rows > 0 && r.n_rows == r.capacity);
    check_rows(&r);
    memory.fail_at = 0;
    CHECK_OK(lure_rollout_reserve(&r, 1, &err), &err);
    fill(&r);
    check_rows(&r);
    lure_rollout_free(&r);
    CHECK_INT((int64_t)memory.used, 0);
}

TEST(an_uncountable_row_is_refused)
{
    lure_error err;
    lure_rollout r;
    const lure_rollout_shape shape = {.n_inputs = SIZE_MAX / 8, .n_columns = 1, .dtype = LURE_F64};
    lure_rollout_init(&r, &shape, NULL);
    CHECK_STATUS(lure_rollout_reserve(&r, 1, &err), LURE_ERROR_MEMORY, &err);
    lure_rollout_free(&r);
}

TEST(many_rows_at_a_time)
{
    lure_memory memory = {0};
    lure_error err;
    lure_rollout r;
    lure_rollout_init(&r, &(lure_rollout_shape){.n_inputs = 1, .n_columns = 1}, &memory);
    CHECK_OK(lure_rollout_reserve(&r, 1000, &err), &err);
    CHECK(r.capacity >= 1000);
    r.n_rows = r.capacity - 1;
    size_t capacity = r.capacity;
    CHECK_OK(lure_rollout_reserve(&r, 1, &err), &err);
    CHECK_INT((int64_t)r.capacity, (int64_t)capacity);
    CHECK_OK(lure_rollout_reserve(&r, 2, &err), &err);
    CHECK_INT((int64_t)r.capacity, 2 * (int64_t)capacity);
    lure_rollout_free(&r);
    CHECK_INT((int64_t)memory.used, 0);
}

/* Rows of three copies side by side, as they are lived: each holds its copy and the step in all columns. */
TEST(rows_sorted_by_copy_keep_their_order)
{
    enum { COPIES = 3, STEPS = 7 };
    lure_memory memory = {0};
    lure_error err;
    lure_rollout r;
    const lure_rollout_shape shape = {.n_inputs = 2,
                                      .n_columns = 3,
                                      .is_real = true,
                                      .n_choices = 2,
                                      .has_starts = true,
                                      .dtype = LURE_F64};
    lure_rollout_init(&r, &shape, &memory);
    for (size_t step = 0; step < STEPS; step++)
        for (size_t copy = 0; copy < COPIES; copy++) {
            if (copy == 1 && step % 2)
                continue; /* one rests at times */
            CHECK_OK(lure_rollout_reserve(&r, 1, &err), &err);
            size_t i = r.n_rows++;
            double x = (double)(10 * copy + step);
            for (size_t j = 0; j < 2; j++) {
                ((double *)r.observations)[2 * i + j] = x;
                ((double *)r.next_observations)[2 * i + j] = x + 1;
                r.legal[2 * i + j] = (int32_t)x;
            }
            for (size_t j = 0; j < 3; j++)
                ((double *)r.actions)[3 * i + j] = x;
            ((double *)r.rewards)[i] = r.draws[i] = x;
            r.starts[i] = r.ends[i] = (int32_t)x;
            r.copies[i] = (uint32_t)copy;
        }
    memory.fail_at = memory.n_requests + 2;
    memory.fail_until = memory.fail_at + 1;
    CHECK_STATUS(lure_rollout_sort(&r, COPIES, &err), LURE_ERROR_MEMORY, &err);
    CHECK_INT(r.copies[1], 1); /* as they were */
    CHECK_OK(lure_rollout_sort(&r, COPIES, &err), &err);
    for (size_t copy = 0, i = 0; copy < COPIES; copy++)
        for (size_t step = 0; step < STEPS; step += copy == 1 ? 2 : 1, i++) {
            double x = (double)(10 * copy + step);
            CHECK_INT(r.copies[i], (int64_t)copy);
            CHECK_REAL(((double *)r.observations)[2 * i + 1], x);
            CHECK_REAL(((double *)r.next_observations)[2 * i], x + 1);
            CHECK_REAL(((double *)r.actions)[3 * i + 2], x);
            CHECK_REAL(((double *)r.rewards)[i], x);
            CHECK_REAL(r.draws[i], x);
            CHECK_INT(r.legal[2 * i], (int64_t)x);
            CHECK_INT(r.starts[i], (int64_t)x);
            CHECK_INT(r.ends[i], (int64_t)x);
        }
    lure_rollout_free(&r);
    CHECK_INT((int64_t)memory.used, 0);
}
