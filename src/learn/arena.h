/* arena.h: memory that is handed out piece by piece and taken back all at once, for a tape's passes. It grows by
   blocks; a round that needed several is followed by one with a single block as large as all of them, so a steady
   state asks its account for nothing. What was handed out never moves. Internal to learn/. */
#ifndef LURE_LEARN_ARENA_H
#define LURE_LEARN_ARENA_H

#include "base/memory.h"

enum {
    LURE_ARENA_BLOCKS = 56
}; /* each is as large as all before it: more would not fit in an address space */

typedef struct lure_arena {
    lure_memory *account; /* may be null */
    char *at, *end;       /* the free part of the current block */
    size_t before;        /* bytes of the blocks before the current one */
    size_t first;         /* how large a first block must be */
    int n_blocks, current;
    struct {
        char *memory;
        size_t size;
    } blocks[LURE_ARENA_BLOCKS];
} lure_arena;

/* Starts as all zero but for the account. */
void lure_arena_clear(lure_arena *arena); /* gives every block back */
void lure_arena_reset(lure_arena *arena); /* all that was handed out is free again */
void *lure_arena_grow(lure_arena *arena, size_t bytes);
size_t lure_arena_mark(const lure_arena *arena);
void lure_arena_release(lure_arena *arena, size_t mark); /* so is what was handed out since the mark */

/* 64-byte aligned, not zeroed; null when the account refuses. No bytes are a piece too. */
static inline void *lure_arena_take(lure_arena *arena, size_t bytes)
{
    size_t whole = (bytes + 63) & ~(size_t)63, room = (size_t)(arena->end - arena->at);
    if (whole < bytes || whole > room || !arena->at)
        return lure_arena_grow(arena, bytes);
    char *piece = arena->at;
    arena->at += whole;
    return piece;
}

#endif
