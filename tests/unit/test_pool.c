/* test_pool.c: the small-block pool: contents survive every move, the account counts every byte, limits hold. */
#include "base/pool.h"
#include "base/rng.h"
#include "unit.h"
#include <stdint.h>
#include <string.h>

TEST(a_pool_is_like_lua_alloc)
{
    lure_pool pool = {0};
    char *block = lure_pool_resize(&pool, NULL, 5, 10); /* 5: the kind of object, not a size */
    CHECK(block != NULL);
    memcpy(block, "123456789", 10);
    block = lure_pool_resize(&pool, block, 10, 16); /* stays in its class */
    block = lure_pool_resize(&pool, block, 16, 300);
    block = lure_pool_resize(&pool, block, 300, 3000);
    block = lure_pool_resize(&pool, block, 3000, 10);
    CHECK(block && strcmp(block, "123456789") == 0);
    CHECK_INT((int64_t)pool.account.used, 10);
    CHECK_INT((int64_t)pool.account.peak, 3000);
    CHECK(lure_pool_resize(&pool, block, 10, 0) == NULL);
    CHECK(lure_pool_resize(&pool, NULL, 0, 0) == NULL);
    CHECK_INT((int64_t)pool.account.used, 0);
    lure_pool_free(&pool);
}

TEST(a_pool_keeps_its_limit_to_the_byte)
{
    lure_pool pool = {.account.limit = 1000};
    char *a = lure_pool_resize(&pool, NULL, 0, 600), *b = lure_pool_resize(&pool, NULL, 0, 400);
    CHECK(a && b);
    CHECK(lure_pool_resize(&pool, NULL, 0, 1) == NULL);
    b[0] = 'x';
    CHECK(lure_pool_resize(&pool, b, 400, 401) == NULL);
    CHECK(b[0] == 'x');
    CHECK_INT((int64_t)pool.account.n_refused, 2);
    b = lure_pool_resize(&pool, b, 400, 100);
    CHECK(b && b[0] == 'x');
    CHECK_INT((int64_t)pool.account.used, 700);
    lure_pool_resize(&pool, a, 600, 0);
    lure_pool_resize(&pool, b, 100, 0);
    lure_pool_free(&pool);
}

/* Many blocks of random sizes, each full of its own byte, grown, shrunk and freed at random. */
TEST(a_pool_mixes_no_blocks_up)
{
    enum { N = 300, STEPS = 50000 };
    static struct {
        unsigned char *block;
        size_t size;
    } live[N];
    lure_pool pool = {0};
    lure_rng rng;
    size_t expected = 0, wrong = 0;
    memset(live, 0, sizeof live);
    lure_rng_init(&rng, 7, LURE_PURPOSE_USER, 0);
    for (int step = 0; step < STEPS; step++) {
        size_t i = (size_t)lure_rng_below(&rng, N);
        size_t most = lure_rng_below(&rng, 5) ? 300 : lure_rng_below(&rng, 5) ? 5000 : 300000;
        size_t size = lure_rng_below(&rng, 4) ? (size_t)lure_rng_below(&rng, most) : 0;
        size_t kept = size < live[i].size ? size : live[i].size;
        unsigned char *block = lure_pool_resize(&pool, live[i].block, live[i].size, size);
        expected += size - live[i].size;
        for (size_t k = 0; k < kept; k++)
            wrong += block[k] != (unsigned char)i;
        wrong += block != NULL && (uintptr_t)block % 16 != 0;
        if (block)
            memset(block, (int)i, size);
        live[i].block = block;
        live[i].size = size;
    }
    CHECK_INT((int64_t)wrong, 0);
    CHECK_INT((int64_t)pool.account.used, (int64_t)expected);
    for (size_t i = 0; i < N; i++)
        lure_pool_resize(&pool, live[i].block, live[i].size, 0);
    CHECK_INT((int64_t)pool.account.used, 0);
    lure_pool_free(&pool);
}

TEST(a_pool_asks_for_nothing_in_a_loop_of_the_same_blocks)
{
    lure_pool pool = {0};
    uint64_t asked = 0;
    for (int turn = 0; turn < 100; turn++) {
        void *a = lure_pool_resize(&pool, NULL, 0, 700), *b = lure_pool_resize(&pool, NULL, 0, 70000);
        a = lure_pool_resize(&pool, a, 700, 3000);
        lure_pool_resize(&pool, b, 70000, 0);
        lure_pool_resize(&pool, a, 3000, 0);
        if (turn == 0)
            asked = pool.account.n_system;
    }
    CHECK_INT((int64_t)asked, 3);
    CHECK_INT((int64_t)pool.account.n_system, lure_pool_keeps() ? 3 : 300);
    lure_pool_free(&pool);
}

/* What lies unused goes back before it would keep something else from fitting into the limit, and the bound holds. */
TEST(a_pool_gives_back_what_lies_unused)
{
    enum { N = 400, SIZE = 9000, LIMIT = 4 << 20 };
    lure_pool pool = {.account.limit = LIMIT};
    static void *blocks[N];
    for (size_t i = 0; i < N; i++)
        CHECK((blocks[i] = lure_pool_resize(&pool, NULL, 0, SIZE)) != NULL);
    for (size_t i = 0; i < N; i++)
        lure_pool_resize(&pool, blocks[i], SIZE, 0);
    CHECK_INT((int64_t)pool.account.used, 0);
    CHECK(pool.n_unused_large <= N * SIZE * 5 / 4 + (1 << 20));
    CHECK(pool.n_unused_large > 0 || !lure_pool_keeps());
    void *large = lure_pool_resize(&pool, NULL, 0, LIMIT - 10);
    CHECK(large != NULL);
    CHECK_INT((int64_t)pool.n_unused_large, 0);
    CHECK(lure_pool_resize(&pool, NULL, 0, 11) == NULL);
    lure_pool_resize(&pool, large, LIMIT - 10, 0);
    lure_pool_free(&pool);
}

/* What one part of a script leaves unused makes room for what the next one uses again and again. */
TEST(a_pool_forgets_what_is_no_longer_used)
{
    enum { N = 300 };
    lure_pool pool = {0};
    static void *blocks[N];
    uint64_t asked = 0;
    for (int phase = 0; phase < 2; phase++) {
        size_t size = phase == 0 ? 20000 : 21000; /* of different classes */
        for (int turn = 0; turn < 20; turn++) {
            for (size_t i = 0; i < N; i++)
                CHECK((blocks[i] = lure_pool_resize(&pool, NULL, 0, size)) != NULL);
            for (size_t i = 0; i < N; i++)
                lure_pool_resize(&pool, blocks[i], size, 0);
            if (turn == 1)
                asked = pool.account.n_system;
        }
        CHECK_INT((int64_t)pool.account.n_system,
                  lure_pool_keeps() ? (int64_t)asked : (int64_t)asked + 18 * N);
        CHECK(pool.n_unused_large <= pool.account.peak * 5 / 4 + (1 << 20));
    }
    lure_pool_free(&pool);
}
