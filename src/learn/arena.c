/* arena.c: see arena.h. Blocks after the current one are kept: a rule that marks, takes and releases across the end
   of a block would otherwise ask for one each time. */
#include "learn/arena.h"
#include <assert.h>

enum { SMALLEST = 4096 };

static void drop_after(lure_arena *arena, int n)
{
    while (arena->n_blocks > n) {
        arena->n_blocks--;
        lure_memory_give(arena->account, arena->blocks[arena->n_blocks].memory,
                         arena->blocks[arena->n_blocks].size);
    }
}

static void enter(lure_arena *arena, int block, size_t offset)
{
    arena->current = block;
    arena->at = arena->blocks[block].memory + offset;
    arena->end = arena->blocks[block].memory + arena->blocks[block].size;
}

void lure_arena_clear(lure_arena *arena)
{
    drop_after(arena, 0);
    *arena = (lure_arena){.account = arena->account};
}

void lure_arena_reset(lure_arena *arena)
{
    if (arena->n_blocks > 1) {
        size_t total = 0;
        for (int i = 0; i < arena->n_blocks; i++)
            total += arena->blocks[i].size;
        lure_arena_clear(arena);
        arena->first = total;
    } else if (arena->n_blocks == 1)
        enter(arena, 0, 0);
    arena->before = 0;
}

void *lure_arena_grow(lure_arena *arena, size_t bytes)
{
    if (bytes > SIZE_MAX / 4)
        return NULL;
    size_t whole = (bytes + 63) & ~(size_t)63, before = 0, size;
    int next = 0;
    if (arena->n_blocks > 0) {
        next = arena->current + 1;
        before = arena->before + arena->blocks[arena->current].size;
    }
    if (next >= arena->n_blocks || arena->blocks[next].size < whole) {
        drop_after(arena, next);
        size = arena->first > SMALLEST ? arena->first : SMALLEST;
        size = size > before ? size : before;
        size = size > whole ? size : whole;
        assert(next < LURE_ARENA_BLOCKS);
        char *memory = lure_memory_take(arena->account, size);
        if (!memory)
            return NULL;
        arena->blocks[next].memory = memory;
        arena->blocks[next].size = size;
        arena->n_blocks = next + 1;
    }
    arena->before = before;
    enter(arena, next, whole);
    return arena->at - whole;
}

size_t lure_arena_mark(const lure_arena *arena)
{
    return arena->n_blocks == 0 ? 0
                                : arena->before + (size_t)(arena->at - arena->blocks[arena->current].memory);
}

void lure_arena_release(lure_arena *arena, size_t mark)
{
    if (arena->n_blocks == 0)
        return;
    int block = arena->current;
    while (mark < arena->before)
        arena->before -= arena->blocks[--block].size;
    enter(arena, block, mark - arena->before);
}
