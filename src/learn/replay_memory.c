/* replay_memory.c: see replay_memory.h. */
#include "learn/replay_memory.h"

#include "learn/numbers.h"

#include <assert.h>
#include <string.h>

/* Bytes that a row takes in each column. False: more than can be counted. */
static bool find_widths(const lure_replay_memory_shape *s, size_t widths[LURE_REPLAY_COLUMNS])
{
    const size_t element = lure_dtype_size(s->dtype);
    const struct {
        size_t count, size;
    } numbers[LURE_REPLAY_COLUMNS] = {
        [LURE_REPLAY_OBSERVATIONS] = {s->n_inputs, element},
        [LURE_REPLAY_NEXT_OBSERVATIONS] = {s->n_inputs, element},
        [LURE_REPLAY_REWARDS] = {1, element},
        [LURE_REPLAY_TERMINATED] = {1, element},
        [LURE_REPLAY_ACTIONS] = {s->n_columns, s->is_real ? element : sizeof(int32_t)},
        [LURE_REPLAY_LEGAL] = {s->n_choices, sizeof(int32_t)},
        [LURE_REPLAY_NEXT_LEGAL] = {s->n_choices, sizeof(int32_t)},
    };
    for (size_t i = 0; i < LURE_REPLAY_COLUMNS; i++)
        if (__builtin_mul_overflow(numbers[i].count, numbers[i].size, &widths[i]))
            return false;
    return true;
}

lure_status lure_replay_memory_init(lure_replay_memory *m, const lure_replay_memory_shape *shape,
                                    size_t capacity, lure_memory *memory, lure_error *err)
{
    assert(capacity >= 1);
    *m = (lure_replay_memory){.shape = *shape, .capacity = capacity, .borrow_memory = memory};
    size_t row = 0;
    bool fits = find_widths(shape, m->widths);
    for (size_t i = 0; i < LURE_REPLAY_COLUMNS; i++)
        fits &= !__builtin_add_overflow(row, m->widths[i], &row);
    fits &= !__builtin_mul_overflow(row, capacity, &m->n_bytes);
    char *next = fits ? lure_memory_take(memory, m->n_bytes) : NULL;
    if (!next)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory for %zu rows of %zu bytes", capacity, row);
    /* widest numbers first, so that each column begins at a multiple of its own */
    for (size_t i = 0; i < LURE_REPLAY_COLUMNS; i++) {
        m->columns[i] = next;
        next += capacity * m->widths[i];
    }
    return LURE_OK;
}

void lure_replay_memory_free(lure_replay_memory *m)
{
    if (m->columns[0])
        lure_memory_give(m->borrow_memory, m->columns[0], m->n_bytes);
    *m = (lure_replay_memory){0};
}

/* Rows from `first` on of what comes into a stretch of the ring that does not wrap. */
static void write_stretch(lure_replay_memory *m, size_t n, const void *const rows[LURE_REPLAY_COLUMNS],
                          const int32_t *ends, size_t first)
{
    for (size_t i = 0; i < LURE_REPLAY_COLUMNS; i++)
        if (i != LURE_REPLAY_TERMINATED && m->widths[i] > 0)
            memcpy(m->columns[i] + m->next * m->widths[i], (const char *)rows[i] + first * m->widths[i],
                   n * m->widths[i]);
    for (size_t k = 0; k < n; k++)
        lure__set(m->shape.dtype, m->columns[LURE_REPLAY_TERMINATED], m->next + k, ends[first + k] == 1);
    m->next = (m->next + n) % m->capacity;
    m->n_rows = m->n_rows + n < m->capacity ? m->n_rows + n : m->capacity;
}

void lure_replay_memory_add(lure_replay_memory *m, size_t n, const void *const rows[LURE_REPLAY_COLUMNS],
                            const int32_t *ends)
{
    for (size_t first = n > m->capacity ? n - m->capacity : 0; first < n;) {
        size_t room = m->capacity - m->next, some = n - first < room ? n - first : room;
        write_stretch(m, some, rows, ends, first);
        first += some;
    }
}

void lure_replay_memory_sample(const lure_replay_memory *m, lure_rng *rng, size_t n,
                               void *const rows[LURE_REPLAY_COLUMNS])
{
    assert(m->n_rows > 0);
    for (size_t k = 0; k < n; k++) {
        size_t row = (size_t)lure_rng_below(rng, m->n_rows);
        for (size_t i = 0; i < LURE_REPLAY_COLUMNS; i++)
            if (rows[i] && m->widths[i] > 0)
                memcpy((char *)rows[i] + k * m->widths[i], m->columns[i] + row * m->widths[i], m->widths[i]);
    }
}
