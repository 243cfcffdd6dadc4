/* pool.h: small blocks for one Lua state. A script's tables, closures and tensors are small and short-lived; taking
   them from free lists instead of malloc costs a fifth. Classes of 16 bytes up to LURE_POOL_LARGEST, larger
   blocks go to the account as they are. Every byte asked for is counted by the account and refused by its limit.
   Chunks go back to the system when the pool is freed. One pool, one thread. Under AddressSanitizer every block is
   malloc's own, so that it can watch them. */
#ifndef LURE_BASE_POOL_H
#define LURE_BASE_POOL_H

#include "base/memory.h"

enum { LURE_POOL_LARGEST = 256, LURE_POOL_CLASSES = LURE_POOL_LARGEST / 16 };

typedef struct lure_pool {
    lure_memory account;
    void (*on_refusal)(void *data); /* called when a block cannot be had; null is fine */
    void *on_refusal_data;
    struct lure_pool_block *unused[LURE_POOL_CLASSES]; /* free lists */
    struct lure_pool_block *chunks;                    /* what came from the system */
    char *fresh;                                       /* the rest of the newest chunk */
    size_t n_fresh;
} lure_pool;

/* A lua_Alloc whose data is the pool: new_size 0 frees; a block that cannot be had is null and leaves the old one
   alone. Lua is given this function itself: a wrapper would cost half as much again. */
void *lure_pool_resize(void *pool, void *block, size_t old_size, size_t new_size);
void lure_pool_free(lure_pool *pool); /* all blocks at once; the account keeps its numbers */

#endif
