/* tape.c: see tape.h. Nodes are records in one growing array, walked from its end. Two arenas: one for what the tape
   itself remembers and gives (inputs, gradients, results), which must survive a rule's release; one for what rules
   take. */
#include "learn/tape.h"
#include "learn/arena.h"
#include "learn/numbers.h"
#include "learn/tape_keep.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { FIRST_NODES = 64, PLACE_TEXT = 256 };

struct lure_tape {
    lure_memory *memory;
    lure_record *records; /* records[0] is nobody's: node 0 is a constant */
    size_t n_records, n_places;
    lure_arena kept, taken;
    void (*place)(void *data, char *text, size_t size);
    void *place_data;
    void (*reclaim)(void *data);
    void *reclaim_data;
    bool walked;
};

lure_status lure_tape_create(lure_memory *memory, lure_tape **out, lure_error *err)
{
    lure_tape *tape = lure_memory_take(memory, sizeof *tape);
    if (!tape)
        return lure_tape_refused(err);
    tape->memory = tape->kept.account = tape->taken.account = memory;
    tape->n_records = 1;
    *out = tape;
    return LURE_OK;
}

void lure_tape_destroy(lure_tape *tape)
{
    if (!tape)
        return;
    lure_arena_clear(&tape->kept);
    lure_arena_clear(&tape->taken);
    lure_memory_give(tape->memory, tape->records, tape->n_places * sizeof *tape->records);
    lure_memory_give(tape->memory, tape, sizeof *tape);
}

void lure_tape_begin(lure_tape *tape)
{
    tape->n_records = 1;
    tape->walked = false;
    lure_arena_reset(&tape->kept);
    lure_arena_reset(&tape->taken);
}

void lure_tape_on_refusal(lure_tape *tape, void (*reclaim)(void *data), void *data)
{
    tape->reclaim = reclaim;
    tape->reclaim_data = data;
}

static void *take(lure_tape *tape, lure_arena *arena, size_t bytes)
{
    void *piece = lure_arena_take(arena, bytes);
    if (__builtin_expect(!piece && tape->reclaim, 0)) {
        tape->reclaim(tape->reclaim_data);
        piece = lure_arena_take(arena, bytes);
    }
    return piece;
}

void *lure_tape_take(lure_tape *tape, size_t bytes)
{
    return take(tape, &tape->taken, bytes);
}

size_t lure_tape_mark(const lure_tape *tape)
{
    return lure_arena_mark(&tape->taken);
}

void lure_tape_release(lure_tape *tape, size_t mark)
{
    lure_arena_release(&tape->taken, mark);
}

void *lure_tape_keep(lure_tape *tape, size_t bytes)
{
    return take(tape, &tape->kept, bytes);
}

size_t lure_tape_n_nodes(const lure_tape *tape)
{
    return tape->n_records - 1;
}

lure_status lure_tape_refused(lure_error *err)
{
    return lure_fail(err, LURE_ERROR_MEMORY, "not enough memory to differentiate");
}

/* ---- debugging ---- */

void lure_tape_debug(lure_tape *tape, void (*place)(void *data, char *text, size_t size), void *data)
{
    tape->place = place;
    tape->place_data = data;
}

/* The first number that is not finite, by its index in row-major order; the size if there is none. */
static size_t first_wrong(const lure_tensor *t)
{
    size_t n = lure_tensor_size(t), i = 0;
    if (t->dtype != LURE_I32)
        while (i < n && isfinite(lure_tensor_get(t, i)))
            i++;
    return t->dtype == LURE_I32 ? n : i;
}

/* " at (2, 1) of (3, 4)", counted from 1; nothing for a single number */
static void where_text(const lure_tensor *t, size_t i, char *out, size_t size)
{
    lure_tensor index = {.n_dims = t->n_dims};
    char at[LURE_SHAPE_TEXT], shape[LURE_SHAPE_TEXT];
    out[0] = '\0';
    if (t->n_dims == 0)
        return;
    for (int axis = t->n_dims; axis-- > 0; i /= t->shape[axis])
        index.shape[axis] = i % t->shape[axis] + 1;
    lure_tensor_shape_text(&index, at);
    lure_tensor_shape_text(t, shape);
    snprintf(out, size, " at %s of %s", at, shape);
}

static lure_status complain(const char *what, const char *name, const lure_tensor *t, size_t i,
                            const char *place, lure_error *err)
{
    char where[3 * LURE_SHAPE_TEXT];
    where_text(t, i, where, sizeof where);
    return lure_fail(err, LURE_ERROR_SCRIPT, "%s%s%s: %s is %s%s", place, *place ? ": " : "", name, what,
                     lure__text(lure_tensor_get(t, i)).is, where);
}

lure_status lure_tape_look(lure_tape *tape, const char *name, const lure_tensor *value, lure_error *err)
{
    size_t i = tape->place ? first_wrong(value) : 0;
    if (!tape->place || i == lure_tensor_size(value))
        return LURE_OK;
    char place[PLACE_TEXT] = "";
    tape->place(tape->place_data, place, sizeof place);
    return complain("the result", name, value, i, place, err);
}

/* What a rule has just added to its inputs' gradients. */
static lure_status look_back(lure_tape *tape, const lure_record *record, lure_error *err)
{
    for (size_t i = 0; i < record->n_inputs; i++) {
        const lure_tensor *input = &record->inputs[i].tensor;
        lure_node node = record->inputs[i].node;
        if (node == 0 || !tape->records[node].gradient)
            continue;
        lure_tensor gradient =
            lure_tensor_view(tape->records[node].gradient, input->dtype, input->n_dims, input->shape);
        size_t wrong = first_wrong(&gradient);
        if (wrong == lure_tensor_size(&gradient))
            continue;
        char what[64];
        snprintf(what, sizeof what, "the derivative by input %zu", i + 1);
        return complain(what, record->rule->name, &gradient, wrong, record->place ? record->place : "", err);
    }
    return LURE_OK;
}

/* ---- recording ---- */

/* A new record of which only value and gradient are set; null when the account refuses. */
static lure_record *add_record(lure_tape *tape, const lure_tensor *value)
{
    if (tape->n_records >= tape->n_places) {
        size_t n = tape->n_places == 0 ? FIRST_NODES : 2 * tape->n_places;
        if (n > UINT32_MAX)
            return NULL;
        size_t size = tape->n_places * sizeof *tape->records, larger = n * sizeof *tape->records;
        lure_record *more = lure_memory_grow(tape->memory, tape->records, size, larger);
        if (!more && tape->reclaim) {
            tape->reclaim(tape->reclaim_data);
            more = lure_memory_grow(tape->memory, tape->records, size, larger);
        }
        if (!more)
            return NULL;
        tape->records = more;
        tape->n_places = n;
    }
    lure_record *record = &tape->records[tape->n_records++];
    record->value = *value;
    record->gradient = NULL;
    return record;
}

lure_status lure_tape_leaf(lure_tape *tape, const lure_tensor *value, void *gradient, lure_value *out,
                           lure_error *err)
{
    if (value->dtype == LURE_I32)
        return lure_fail(err, LURE_ERROR_SCRIPT,
                         "int32 numbers have no gradient; float32 and float64 numbers do");
    lure_record *record = add_record(tape, value);
    if (!record)
        return lure_tape_refused(err);
    record->rule = NULL;
    record->inputs = NULL;
    record->n_inputs = 0;
    record->saved = NULL;
    record->place = NULL;
    record->gradient = gradient;
    if (gradient)
        memset(gradient, 0, lure_tensor_size(value) * lure_dtype_size(value->dtype));
    out->node = (lure_node)(tape->n_records - 1);
    out->tensor = *value;
    return LURE_OK;
}

/* Text of the arena; null when the account refuses. */
static const char *place_now(lure_tape *tape)
{
    char text[PLACE_TEXT] = "";
    tape->place(tape->place_data, text, sizeof text);
    char *kept = take(tape, &tape->kept, strlen(text) + 1);
    if (kept)
        memcpy(kept, text, strlen(text) + 1);
    return kept;
}

lure_status lure_tape_record(lure_tape *tape, const lure_rule *rule, size_t n, const lure_value *inputs,
                             const lure_tensor *value, void *saved, lure_value *out, lure_error *err)
{
    lure_status status = tape->place ? lure_tape_look(tape, rule->name, value, err) : LURE_OK;
    if (status != LURE_OK)
        return status;
    bool tracked = false;
    for (size_t i = 0; i < n; i++)
        tracked |= inputs[i].node != 0;
    if (!tracked || value->dtype == LURE_I32) {
        out->tensor = *value;
        out->node = 0;
        return LURE_OK;
    }
    /* before the record is added, so that one half made is never walked */
    lure_value *copies = take(tape, &tape->kept, n * sizeof *copies);
    const char *place = tape->place ? place_now(tape) : NULL;
    lure_record *record = copies && (place || !tape->place) ? add_record(tape, value) : NULL;
    if (!record)
        return lure_tape_refused(err);
    for (size_t i = 0; i < n; i++)
        copies[i] = inputs[i];
    record->rule = rule;
    record->inputs = copies;
    record->n_inputs = n;
    record->saved = saved;
    record->place = place;
    out->tensor = *value;
    out->node = (lure_node)(tape->n_records - 1);
    return LURE_OK;
}

/* ---- walking back ---- */

void *lure_tape_gradient(lure_tape *tape, lure_node node)
{
    assert(node > 0 && node < tape->n_records);
    lure_record *record = &tape->records[node];
    if (record->gradient)
        return record->gradient;
    size_t bytes = lure_tensor_size(&record->value) * lure_dtype_size(record->value.dtype);
    record->gradient = take(tape, &tape->kept, bytes);
    if (record->gradient)
        memset(record->gradient, 0, bytes);
    return record->gradient;
}

lure_status lure_tape_backward(lure_tape *tape, const lure_value *loss, lure_error *err)
{
    assert(!tape->walked);
    tape->walked = true;
    if (lure_tensor_size(&loss->tensor) != 1) {
        char shape[LURE_SHAPE_TEXT];
        lure_tensor_shape_text(&loss->tensor, shape);
        return lure_fail(err, LURE_ERROR_SCRIPT,
                         "a loss must be one number, and this one is %s: sum or mean it", shape);
    }
    if (loss->node == 0)
        return LURE_OK;
    void *one = lure_tape_gradient(tape, loss->node);
    if (!one)
        return lure_tape_refused(err);
    lure__set(loss->tensor.dtype, one, 0, 1);
    for (lure_node node = loss->node; node > 0; node--) {
        const lure_record *record = &tape->records[node];
        if (!record->rule || !record->gradient) /* a leaf, or nothing of the loss came this way */
            continue;
        lure_status status = record->rule->backward(tape, record, err);
        if (status == LURE_OK && tape->place)
            status = look_back(tape, record, err);
        if (status != LURE_OK)
            return status;
    }
    return LURE_OK;
}
