/* pool.h: the blocks of one Lua state. A script's tables, closures and tensors are short-lived; taking them from free
   lists instead of malloc costs a fifth, and a loop that has warmed up asks the system for nothing. Up to
   LURE_POOL_SMALL classes of 16 bytes, cut from chunks; up to LURE_POOL_LARGEST four classes an octave, each block
   malloc's own; larger ones go to the system as they are. Every byte asked for is counted by the account and refused by
   its limit. Unused blocks above LURE_POOL_SMALL are kept while they and what is in use are at most a quarter (and 1 MiB)
   more than what the account has held at its peak; they go back to the system when they would not fit beside what is in use
   into the limit. One pool, one thread. Under
   AddressSanitizer every block is malloc's own, so that it can watch them. */
#ifndef LURE_BASE_POOL_H
#define LURE_BASE_POOL_H

#include "base/memory.h"

enum {
    LURE_POOL_SMALL = 256,
    LURE_POOL_LARGEST = 4 << 20,
    LURE_POOL_CLASSES = LURE_POOL_SMALL / 16,
    LURE_POOL_LARGE_CLASSES = 4 * 14 /* from 2^8 to 2^22 bytes */
};

typedef struct lure_pool {
    lure_memory account;
    void (*on_refusal)(void *data); /* called when a block cannot be had; null is fine */
    void *on_refusal_data;
    struct lure_pool_block *unused[LURE_POOL_CLASSES]; /* free lists */
    struct lure_pool_block *unused_large[LURE_POOL_LARGE_CLASSES];
    size_t n_unused_large;          /* bytes in these */
    size_t next_back;               /* the class that gives one back next */
    struct lure_pool_block *chunks; /* what came from the system */
    char *fresh;                    /* the rest of the newest chunk */
    size_t n_fresh;
} lure_pool;

/* A lua_Alloc whose data is the pool: new_size 0 frees; a block that cannot be had is null and leaves the old one
   alone. Lua is given this function itself: a wrapper would cost half as much again. */
void *lure_pool_resize(void *pool, void *block, size_t old_size, size_t new_size);
bool lure_pool_keeps(void);           /* false: under AddressSanitizer no block is kept for later */
void lure_pool_free(lure_pool *pool); /* all blocks at once; the account keeps its numbers */

#endif
