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
