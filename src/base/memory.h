/* memory.h: the counted, failable allocator. An account counts every byte that was taken through it and
   refuses what would exceed its limit; one account is shared by a run's Lua state and its C blocks, so the
   memory limit sees both. Frees are sized, so blocks carry no header. A null account counts nothing. */
#ifndef LURE_BASE_MEMORY_H
#define LURE_BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct lure_memory {
    size_t used, peak;   /* bytes now, and the most there ever were */
    size_t limit;        /* bytes; 0 = none */
    uint64_t n_requests; /* allocations and growths asked for so far */
    uint64_t fail_at;    /* this request (1-based) and all later ones fail; 0 = never. For tests. */
    uint64_t fail_until; /* the first that does not fail any more; 0 = all fail */
    uint64_t n_refused;  /* requests refused so far */
    uint64_t n_system;   /* requests that went on to the system (the others a pool's free lists could meet) */
} lure_memory;

/* All three return null (and leave the old block alone) when the account or the system refuses.
   lure_memory_take gives zeroed bytes aligned to 64. */
void *lure_memory_take(lure_memory *account, size_t size);
/* contents kept, new part zeroed */
void *lure_memory_grow(lure_memory *account, void *block, size_t old_size, size_t new_size);
void lure_memory_give(lure_memory *account, void *block, size_t size); /* null is fine */

/* The two halves of every request, for allocators built on an account (pool.h). May it grow by `more` bytes? Counts
   the request, and the refusal. Then: what was had. */
static inline bool lure_memory_may_grow(lure_memory *account, size_t more)
{
    account->n_requests++;
    bool fails = account->fail_at != 0 && account->n_requests >= account->fail_at &&
                 (account->fail_until == 0 || account->n_requests < account->fail_until);
    bool fits = account->limit == 0 || (more <= account->limit && account->used <= account->limit - more);
    if (fits && !fails)
        return true;
    account->n_refused++;
    return false;
}

static inline void lure_memory_count(lure_memory *account, size_t old_size, size_t new_size)
{
    account->used = account->used - old_size + new_size;
    if (account->used > account->peak)
        account->peak = account->used;
}

#endif
