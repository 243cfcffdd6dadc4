/* rollout.c: see rollout.h. The columns share one block, widest numbers first, so that growing is one request that
   succeeds or changes nothing. */
#include "learn/rollout.h"
#include <string.h>

enum { FIRST_CAPACITY = 16 };

void lure_rollout_init(lure_rollout *rollout, size_t n_inputs, lure_dtype dtype, lure_memory *memory)
{
    *rollout = (lure_rollout){.n_inputs = n_inputs, .dtype = dtype, .borrow_memory = memory};
}

/* 0 where a row, or that many rows, are more than can be counted. */
static size_t bytes_of(const lure_rollout *r, size_t n_rows)
{
    size_t numbers, bytes;
    if (__builtin_add_overflow(r->n_inputs, 1, &numbers) ||
        __builtin_mul_overflow(numbers, lure_dtype_size(r->dtype), &bytes) ||
        __builtin_add_overflow(bytes, sizeof *r->draws + sizeof *r->actions + sizeof *r->ends, &bytes) ||
        __builtin_mul_overflow(bytes, n_rows, &bytes))
        return 0;
    return bytes;
}

static void lay_out(lure_rollout *r, void *block, size_t capacity)
{
    size_t element = lure_dtype_size(r->dtype);
    r->draws = block;
    char *next = (char *)(r->draws + capacity);
    r->observations = next;
    next += capacity * r->n_inputs * element;
    r->rewards = next;
    next += capacity * element;
    r->actions = (int32_t *)next;
    next += capacity * sizeof *r->actions;
    r->ends = (int32_t *)next;
    r->capacity = capacity;
}

static void copy_rows(lure_rollout *to, const lure_rollout *from)
{
    size_t n = from->n_rows, element = lure_dtype_size(from->dtype);
    memcpy(to->draws, from->draws, n * sizeof *from->draws);
    memcpy(to->observations, from->observations, n * from->n_inputs * element);
    memcpy(to->rewards, from->rewards, n * element);
    memcpy(to->actions, from->actions, n * sizeof *from->actions);
    memcpy(to->ends, from->ends, n * sizeof *from->ends);
}

void lure_rollout_free(lure_rollout *rollout)
{
    if (rollout->draws)
        lure_memory_give(rollout->borrow_memory, rollout->draws, bytes_of(rollout, rollout->capacity));
    lure_rollout_init(rollout, rollout->n_inputs, rollout->dtype, rollout->borrow_memory);
}

lure_status lure_rollout_reserve(lure_rollout *rollout, lure_error *err)
{
    if (rollout->n_rows < rollout->capacity)
        return LURE_OK;
    size_t capacity = rollout->capacity > 0 ? 2 * rollout->capacity : FIRST_CAPACITY;
    size_t bytes = bytes_of(rollout, capacity);
    void *block = bytes > 0 ? lure_memory_take(rollout->borrow_memory, bytes) : NULL;
    if (!block)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory for a rollout of %zu rows", capacity);
    lure_rollout old = *rollout;
    lay_out(rollout, block, capacity);
    if (old.draws) {
        copy_rows(rollout, &old);
        lure_memory_give(old.borrow_memory, old.draws, bytes_of(&old, old.capacity));
    }
    return LURE_OK;
}
