/* test_memory.c: the allocator counts to the byte, refuses at its limit and on demand, and loses nothing. */
#include "base/memory.h"
#include "unit.h"
#include <stdint.h>
#include <string.h>

static bool all_zero(const unsigned char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bytes[i])
            return false;
    return true;
}

TEST(take_gives_aligned_zeroed_counted_bytes)
{
    lure_memory account = {0};
    for (size_t size = 0; size < 300; size += 7) {
        unsigned char *block = lure_memory_take(&account, size);
        CHECK(block != NULL);
        CHECK_WORD((uintptr_t)block % 64, 0);
        CHECK(all_zero(block, size));
        memset(block, 0xAA, size); /* the next block may be this memory again */
        CHECK_INT((int64_t)account.used, (int64_t)size);
        lure_memory_give(&account, block, size);
        CHECK_INT((int64_t)account.used, 0);
    }
    CHECK_INT((int64_t)account.peak, 294);
    CHECK_INT((int64_t)account.n_requests, 43);
    CHECK_INT((int64_t)account.n_refused, 0);
}

TEST(grow_keeps_contents_and_zeroes_the_rest)
{
    lure_memory account = {0};
    unsigned char *block = lure_memory_grow(&account, NULL, 0, 10);
    CHECK(block != NULL);
    memset(block, 7, 10);
    block = lure_memory_grow(&account, block, 10, 5000);
    CHECK(block != NULL);
    CHECK_WORD((uintptr_t)block % 64, 0);
    CHECK(block[0] == 7 && block[9] == 7);
    CHECK(all_zero(block + 10, 4990));
    CHECK_INT((int64_t)account.used, 5000);
    block = lure_memory_grow(&account, block, 5000, 4);
    CHECK(block && block[3] == 7);
    CHECK_INT((int64_t)account.used, 4);
    CHECK_INT((int64_t)account.peak, 5000);
    CHECK_INT((int64_t)account.n_requests, 2); /* shrinking asks for nothing */
    lure_memory_give(&account, block, 4);
    lure_memory_give(&account, NULL, 100);
    CHECK_INT((int64_t)account.used, 0);
}

TEST(the_limit_holds_to_the_byte_and_is_shared)
{
    lure_memory account = {.limit = 1000};
    void *a = lure_memory_take(&account, 600);
    void *b = lure_memory_take(&account, 400);
    CHECK(a != NULL && b != NULL);
    CHECK_INT((int64_t)account.used, 1000);
    CHECK(lure_memory_take(&account, 1) == NULL);
    CHECK(lure_memory_grow(&account, NULL, 0, 1) == NULL);
    CHECK(lure_memory_grow(&account, a, 600, 601) == NULL);
    CHECK(lure_memory_grow(&account, b, 400, SIZE_MAX) == NULL);
    CHECK_INT((int64_t)account.n_refused, 4);
    CHECK_INT((int64_t)account.used, 1000);
    b = lure_memory_grow(&account, b, 400, 300);
    CHECK(b != NULL);
    a = lure_memory_grow(&account, a, 600, 700);
    CHECK(a != NULL);
    CHECK_INT((int64_t)account.used, 1000);
    lure_memory_give(&account, a, 700);
    lure_memory_give(&account, b, 300);
    CHECK_INT((int64_t)account.used, 0);
    CHECK_INT((int64_t)account.n_refused, 4);
}

TEST(fail_at_refuses_that_request_and_all_later_ones)
{
    lure_memory account = {.fail_at = 3};
    void *a = lure_memory_take(&account, 8);
    void *b = lure_memory_take(&account, 8);
    CHECK(a && b);
    CHECK(lure_memory_take(&account, 8) == NULL);
    CHECK(lure_memory_grow(&account, b, 8, 16) == NULL);
    b = lure_memory_grow(&account, b, 8, 4); /* shrinking is no request */
    CHECK(b != NULL);
    CHECK_INT((int64_t)account.n_requests, 4);
    CHECK_INT((int64_t)account.n_refused, 2);
    lure_memory_give(&account, a, 8);
    lure_memory_give(&account, b, 4);
    CHECK_INT((int64_t)account.used, 0);
}

TEST(what_no_machine_has_is_refused)
{
    lure_memory account = {0};
    volatile size_t absurd = SIZE_MAX - 10; /* volatile: the compiler would warn of it */
    CHECK(lure_memory_take(&account, absurd) == NULL);
    CHECK(lure_memory_take(NULL, absurd) == NULL);
    char *block = lure_memory_take(&account, 8);
    CHECK(block != NULL);
    block[0] = 'x';
    CHECK(lure_memory_grow(&account, block, 8, absurd) == NULL);
    CHECK(block[0] == 'x');
    CHECK_INT((int64_t)account.used, 8);
    CHECK_INT((int64_t)account.n_refused, 2);
    lure_memory_give(&account, block, 8);
}

TEST(a_null_account_counts_nothing_and_works)
{
    char *block = lure_memory_take(NULL, 10);
    CHECK(block != NULL);
    block = lure_memory_grow(NULL, block, 10, 1000);
    CHECK(block && block[999] == 0);
    lure_memory_give(NULL, block, 1000);
}
