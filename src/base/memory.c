/* memory.c: the counted, failable allocator; see memory.h. Counts what callers asked for, not what malloc
   rounds it up to. A request is anything that needs more bytes than before; giving back and shrinking are not
   requests and never fail, which Lua relies on. */
#define _GNU_SOURCE
#include "base/memory.h"
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64 };

static bool allowed(lure_memory *account, size_t more)
{
    return !account || lure_memory_may_grow(account, more);
}

static void refuse(lure_memory *account) /* the system did */
{
    if (account)
        account->n_refused++;
}

static void count(lure_memory *account, size_t old_size, size_t new_size)
{
    if (account)
        lure_memory_count(account, old_size, new_size);
}

/* Nothing is still a block: null means refusal alone. */
static void *aligned_block(lure_memory *account, size_t size)
{
    if (account)
        account->n_system++;
    if (size > SIZE_MAX / 2)
        return NULL;
    size_t whole = size == 0 ? ALIGNMENT : (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return aligned_alloc(ALIGNMENT, whole);
}

void *lure_memory_take(lure_memory *account, size_t size)
{
    if (!allowed(account, size))
        return NULL;
    void *block = aligned_block(account, size);
    if (!block) {
        refuse(account);
        return NULL;
    }
    memset(block, 0, size);
    count(account, 0, size);
    return block;
}

void *lure_memory_grow(lure_memory *account, void *block, size_t old_size, size_t new_size)
{
    if (!block)
        return lure_memory_take(account, new_size);
    if (new_size > old_size && !allowed(account, new_size - old_size))
        return NULL;
    /* realloc does not keep the alignment, so a new block and a copy */
    void *fresh = new_size == old_size ? NULL : aligned_block(account, new_size);
    if (fresh) {
        memcpy(fresh, block, old_size < new_size ? old_size : new_size);
        free(block);
        block = fresh;
    } else if (new_size > old_size) {
        refuse(account);
        return NULL;
    }
    if (new_size > old_size)
        memset((char *)block + old_size, 0, new_size - old_size);
    count(account, old_size, new_size);
    return block;
}

void lure_memory_give(lure_memory *account, void *block, size_t size)
{
    if (!block)
        return;
    free(block);
    count(account, size, 0);
}
