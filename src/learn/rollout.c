/* rollout.c: see rollout.h. The columns share one block, widest numbers first, so that growing is one request that
   succeeds or changes nothing. */
#include "learn/rollout.h"

#include <stdbool.h>
#include <string.h>

enum { FIRST_CAPACITY = 16 };

void lure_rollout_init(lure_rollout *rollout, const lure_rollout_shape *shape, lure_memory *memory)
{
    *rollout = (lure_rollout){.shape = *shape, .borrow_memory = memory};
}

/* Bytes that a row takes in each column, in the order of the struct. False: more than can be counted. */
static bool widths(const lure_rollout_shape *s, size_t width[LURE_ROLLOUT_COLUMNS])
{
    size_t element = lure_dtype_size(s->dtype);
    size_t counts[LURE_ROLLOUT_COLUMNS] = {1,
                                           s->n_inputs,
                                           s->n_inputs,
                                           1,
                                           s->has_log_prob,
                                           s->n_columns,
                                           s->n_choices,
                                           s->n_choices,
                                           s->has_starts,
                                           1,
                                           1};
    size_t sizes[LURE_ROLLOUT_COLUMNS] = {8, element, element, element, element, s->is_real ? element : 4,
                                          4, 4,       4,       4,       4};
    for (size_t i = 0; i < LURE_ROLLOUT_COLUMNS; i++)
        if (__builtin_mul_overflow(counts[i], sizes[i], &width[i]))
            return false;
    return true;
}

/* 0 where that many rows are more than can be counted. */
static size_t bytes_of(const lure_rollout *r, size_t n_rows)
{
    size_t width[LURE_ROLLOUT_COLUMNS], bytes = 0;
    if (!widths(&r->shape, width))
        return 0;
    for (size_t i = 0; i < LURE_ROLLOUT_COLUMNS; i++)
        if (__builtin_add_overflow(bytes, width[i], &bytes))
            return 0;
    return __builtin_mul_overflow(bytes, n_rows, &bytes) ? 0 : bytes;
}

static void columns_of(const lure_rollout *r, char *columns[LURE_ROLLOUT_COLUMNS])
{
    void *const all[LURE_ROLLOUT_COLUMNS] = {r->draws,   r->observations, r->next_observations,
                                             r->rewards, r->log_prob,     r->actions,
                                             r->legal,   r->next_legal,   r->starts,
                                             r->ends,    r->copies};
    for (size_t i = 0; i < LURE_ROLLOUT_COLUMNS; i++)
        columns[i] = all[i];
}

static void lay_out(lure_rollout *r, void *block, size_t capacity)
{
    size_t width[LURE_ROLLOUT_COLUMNS];
    void *columns[LURE_ROLLOUT_COLUMNS];
    char *next = block;
    widths(&r->shape, width);
    for (size_t i = 0; i < LURE_ROLLOUT_COLUMNS; i++) {
        columns[i] = next;
        next += capacity * width[i];
    }
    r->draws = columns[0];
    r->observations = columns[1];
    r->next_observations = columns[2];
    r->rewards = columns[3];
    r->log_prob = columns[4];
    r->actions = columns[5];
    r->legal = columns[6];
    r->next_legal = columns[7];
    r->starts = columns[8];
    r->ends = columns[9];
    r->copies = columns[10];
    r->capacity = capacity;
}

static void give_back(const lure_rollout *r)
{
    if (r->draws)
        lure_memory_give(r->borrow_memory, r->draws, bytes_of(r, r->capacity));
}

void lure_rollout_free(lure_rollout *rollout)
{
    const lure_rollout_shape shape = rollout->shape;
    give_back(rollout);
    lure_rollout_init(rollout, &shape, rollout->borrow_memory);
}

/* A block of that capacity in place of the old one, which is then the caller's to give back. */
static lure_status take_block(lure_rollout *rollout, size_t capacity, lure_error *err)
{
    size_t bytes = bytes_of(rollout, capacity);
    void *block = bytes > 0 ? lure_memory_take(rollout->borrow_memory, bytes) : NULL;
    if (!block)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory for a rollout of %zu rows", capacity);
    lay_out(rollout, block, capacity);
    return LURE_OK;
}

lure_status lure_rollout_reserve(lure_rollout *rollout, size_t n, lure_error *err)
{
    if (n <= rollout->capacity - rollout->n_rows)
        return LURE_OK;
    size_t capacity = rollout->capacity > 0 ? 2 * rollout->capacity : FIRST_CAPACITY;
    if (capacity - rollout->n_rows < n)
        capacity = rollout->n_rows + n;
    const lure_rollout old = *rollout;
    lure_status status = take_block(rollout, capacity, err);
    if (status != LURE_OK)
        return status;
    if (old.draws) {
        size_t width[LURE_ROLLOUT_COLUMNS] = {0};
        char *to[LURE_ROLLOUT_COLUMNS], *from[LURE_ROLLOUT_COLUMNS];
        widths(&rollout->shape, width);
        columns_of(rollout, to);
        columns_of(&old, from);
        for (size_t i = 0; i < LURE_ROLLOUT_COLUMNS; i++)
            memcpy(to[i], from[i], old.n_rows * width[i]);
        give_back(&old);
    }
    return LURE_OK;
}

lure_status lure_rollout_sort(lure_rollout *rollout, size_t n_copies, lure_error *err)
{
    bool sorted = true;
    for (size_t row = 1; row < rollout->n_rows; row++)
        sorted &= rollout->copies[row - 1] <= rollout->copies[row];
    if (sorted)
        return LURE_OK;
    size_t bytes = n_copies * sizeof(size_t);
    size_t *next = lure_memory_take(rollout->borrow_memory, bytes);
    const lure_rollout old = *rollout;
    if (!next)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory for a rollout of %zu copies", n_copies);
    lure_status status = take_block(rollout, rollout->capacity, err);
    if (status == LURE_OK) {
        size_t width[LURE_ROLLOUT_COLUMNS] = {0}, first = 0;
        char *to[LURE_ROLLOUT_COLUMNS], *from[LURE_ROLLOUT_COLUMNS];
        widths(&rollout->shape, width);
        columns_of(rollout, to);
        columns_of(&old, from);
        for (size_t row = 0; row < old.n_rows; row++)
            next[old.copies[row]]++;
        for (size_t i = 0; i < n_copies; i++) {
            size_t n = next[i];
            next[i] = first;
            first += n;
        }
        for (size_t row = 0; row < old.n_rows; row++) {
            size_t place = next[old.copies[row]]++;
            for (size_t i = 0; i < LURE_ROLLOUT_COLUMNS; i++)
                if (width[i] > 0)
                    memcpy(to[i] + place * width[i], from[i] + row * width[i], width[i]);
        }
        give_back(&old);
    }
    lure_memory_give(rollout->borrow_memory, next, bytes);
    return status;
}

void lure_rollout_columns(const lure_rollout *rollout, void *columns[LURE_ROLLOUT_COLUMNS],
                          size_t of[LURE_ROLLOUT_COLUMNS])
{
    char *bytes[LURE_ROLLOUT_COLUMNS];
    columns_of(rollout, bytes);
    for (size_t i = 0; i < LURE_ROLLOUT_COLUMNS; i++)
        columns[i] = bytes[i];
    widths(&rollout->shape, of);
}
