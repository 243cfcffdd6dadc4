/* pool.c: see pool.h. */
#include "base/pool.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK = 32 * 1024, KEPT_ANYWAY = 1 << 20 };

typedef struct lure_pool_block {
    struct lure_pool_block *next;
} lure_pool_block;

#if defined(__SANITIZE_ADDRESS__)
static const int pooled = 0;
#else
static const int pooled = 1;
#endif

static inline int is_small(size_t size)
{
    return pooled && size <= LURE_POOL_SMALL;
}
static inline int is_kept(size_t size)
{
    return pooled && size <= LURE_POOL_LARGEST;
}
static inline size_t class_of(size_t size)
{
    return (size - 1) / 16;
} /* size >= 1 */

/* A quarter of an octave: 257 to 320 bytes, to 384, 448, 512, 640, ... */
typedef struct {
    size_t index, size;
} large_class;
static inline large_class large_class_of(size_t size)
{
    size_t octave = 63 - (size_t)__builtin_clzll((unsigned long long)size - 1);
    size_t quarter = (size - 1) >> (octave - 2); /* 4 to 7 */
    return (large_class){(octave - 8) * 4 + quarter - 4, (quarter + 1) << (octave - 2)};
}

static size_t large_class_size(size_t index)
{
    return (index % 4 + 5) << (index / 4 + 6);
}

bool lure_pool_keeps(void)
{
    return pooled;
}

/* A new chunk: its first 16 bytes link the chunks. What was left of the one before goes to the free lists. */
static int refill(lure_pool *pool)
{
    pool->account.n_system++;
    char *chunk = malloc(CHUNK);
    if (!chunk)
        return 0;
    while (pool->n_fresh >= 16) {
        size_t size = pool->n_fresh < LURE_POOL_SMALL ? pool->n_fresh : LURE_POOL_SMALL;
        lure_pool_block *rest = (lure_pool_block *)pool->fresh;
        rest->next = pool->unused[class_of(size)];
        pool->unused[class_of(size)] = rest;
        pool->fresh += size;
        pool->n_fresh -= size;
    }
    lure_pool_block *link = (lure_pool_block *)chunk;
    link->next = pool->chunks;
    pool->chunks = link;
    pool->fresh = chunk + 16;
    pool->n_fresh = CHUNK - 16;
    return 1;
}

/* All unused large blocks go back to the system. */
static void give_back(lure_pool *pool)
{
    for (size_t i = 0; i < LURE_POOL_LARGE_CLASSES; i++) {
        while (pool->unused_large[i]) {
            lure_pool_block *block = pool->unused_large[i];
            pool->unused_large[i] = block->next;
            free(block);
        }
    }
    pool->n_unused_large = 0;
}

/* From the system. What lies unused must not keep the whole from fitting into the limit, or the system from having one. */
static void *take_system(lure_pool *pool, size_t size)
{
    lure_memory *account = &pool->account;
    if (account->limit && pool->n_unused_large &&
        account->used + pool->n_unused_large + size > account->limit)
        give_back(pool);
    account->n_system++;
    void *block = malloc(size);
    if (!block && pool->n_unused_large) {
        give_back(pool);
        block = malloc(size);
    }
    return block;
}

/* Off the fast way, whose few registers need no saving. */
__attribute__((noinline)) static void *take_large(lure_pool *pool, size_t size)
{
    if (!is_kept(size))
        return take_system(pool, size);
    large_class c = large_class_of(size);
    lure_pool_block *block = pool->unused_large[c.index];
    if (!block)
        return take_system(pool, c.size);
    pool->unused_large[c.index] = block->next;
    pool->n_unused_large -= c.size;
    return block;
}

__attribute__((noinline)) static void *take_fresh(lure_pool *pool, size_t size)
{
    size_t whole = (class_of(size) + 1) * 16;
    if (pool->n_fresh < whole && !refill(pool))
        return NULL;
    void *fresh = pool->fresh;
    pool->fresh += whole;
    pool->n_fresh -= whole;
    return fresh;
}

static inline void *take(lure_pool *pool, size_t size)
{
    if (!is_small(size))
        return take_large(pool, size);
    lure_pool_block *block = pool->unused[class_of(size)];
    if (!block)
        return take_fresh(pool, size);
    pool->unused[class_of(size)] = block->next;
    return block;
}

/* Makes room for another unused block by giving one of another class back, each class in its turn: what an earlier
   part of the script needed must not keep out what the present one uses. False: there is no other. */
static bool give_back_other(lure_pool *pool, size_t index)
{
    for (size_t i = 0; i < LURE_POOL_LARGE_CLASSES; i++) {
        pool->next_back = (pool->next_back + 1) % LURE_POOL_LARGE_CLASSES;
        lure_pool_block *block = pool->unused_large[pool->next_back];
        if (!block || pool->next_back == index)
            continue;
        pool->unused_large[pool->next_back] = block->next;
        pool->n_unused_large -= large_class_size(pool->next_back);
        free(block);
        return true;
    }
    return false;
}

__attribute__((noinline)) static void give_large(lure_pool *pool, void *block, size_t size)
{
    const lure_memory *account = &pool->account;
    size_t most = account->peak + account->peak / 4 + KEPT_ANYWAY;
    large_class c = {0, 0};
    if (is_kept(size))
        c = large_class_of(size);
    while (c.size && account->used + pool->n_unused_large + c.size > most)
        if (!give_back_other(pool, c.index))
            c.size = 0;
    if (c.size == 0) {
        free(block);
        return;
    }
    lure_pool_block *unused = block;
    unused->next = pool->unused_large[c.index];
    pool->unused_large[c.index] = unused;
    pool->n_unused_large += c.size;
}

static inline void give(lure_pool *pool, void *block, size_t size)
{
    if (!is_small(size)) {
        give_large(pool, block, size);
        return;
    }
    lure_pool_block *unused = block;
    unused->next = pool->unused[class_of(size)];
    pool->unused[class_of(size)] = unused;
}

__attribute__((noinline)) static void *refuse(lure_pool *pool)
{
    if (pool->on_refusal)
        pool->on_refusal(pool->on_refusal_data);
    return NULL;
}

static void *move(lure_pool *pool, void *block, size_t old_size, size_t new_size)
{
    if (!is_kept(old_size) && !is_kept(new_size)) {
        pool->account.n_system++;
        return realloc(block, new_size);
    }
    if (is_small(old_size) && is_small(new_size) && class_of(old_size) == class_of(new_size))
        return block;
    if (!is_small(old_size) && !is_small(new_size) && is_kept(old_size) && is_kept(new_size) &&
        large_class_of(old_size).index == large_class_of(new_size).index)
        return block;
    void *fresh = take(pool, new_size);
    if (fresh) {
        memcpy(fresh, block, old_size < new_size ? old_size : new_size);
        give(pool, block, old_size);
    }
    return fresh;
}

/* The rare ways: a block that changes its size, and one that cannot be had. */
__attribute__((noinline)) static void *resize(lure_pool *pool, void *block, size_t old_size, size_t new_size)
{
    lure_memory *account = &pool->account;
    if (new_size > old_size && !lure_memory_may_grow(account, new_size - old_size))
        return refuse(pool);
    void *result = old_size ? move(pool, block, old_size, new_size) : take(pool, new_size);
    if (!result) {
        account->n_refused++;
        return refuse(pool);
    }
    lure_memory_count(account, old_size, new_size);
    return result;
}

void *lure_pool_resize(void *data, void *block, size_t old_size, size_t new_size)
{
    lure_pool *pool = data;
    lure_memory *account = &pool->account;
    if (!block)
        old_size = 0; /* Lua passes the kind of object there */
    if (new_size == 0) {
        account->used -= old_size;
        if (old_size)
            give(pool, block, old_size);
        return NULL;
    }
    if (block)
        return resize(pool, block, old_size, new_size);
    if (!lure_memory_may_grow(account, new_size))
        return refuse(pool);
    void *result = take(pool, new_size);
    if (!result) {
        account->n_refused++;
        return refuse(pool);
    }
    lure_memory_count(account, 0, new_size);
    return result;
}

void lure_pool_free(lure_pool *pool)
{
    give_back(pool);
    while (pool->chunks) {
        lure_pool_block *chunk = pool->chunks;
        pool->chunks = chunk->next;
        free(chunk);
    }
    memset(pool->unused, 0, sizeof pool->unused);
    pool->fresh = NULL;
    pool->n_fresh = 0;
}
