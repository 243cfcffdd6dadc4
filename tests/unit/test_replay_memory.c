/* test_replay_memory.c: a replay memory keeps the last rows as they came, forgets that a step was truncated, and draws evenly. */
#include "learn/replay_memory.h"
#include "unit.h"

enum { MOST = 64, CHOICES = 3 };

/* Rows numbered from `first` on, each number telling row and column. */
typedef struct rows {
    double observations[MOST * 2], next_observations[MOST * 2], rewards[MOST];
    int32_t actions[MOST], ends[MOST], legal[MOST * CHOICES], next_legal[MOST * CHOICES];
    const void *columns[LURE_REPLAY_COLUMNS];
} rows;

static void number(rows *r, size_t first, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t k = first + i;
        for (size_t j = 0; j < 2; j++) {
            r->observations[2 * i + j] = 10.0 * (double)k + (double)j;
            r->next_observations[2 * i + j] = 10.0 * (double)k + 5.0 + (double)j;
        }
        r->rewards[i] = -(double)k;
        r->actions[i] = (int32_t)k % CHOICES;
        r->ends[i] = (int32_t)k % 3; /* goes on, terminated, truncated */
        for (size_t a = 0; a < CHOICES; a++) {
            r->legal[CHOICES * i + a] = (k + a) % 2 == 0;
            r->next_legal[CHOICES * i + a] = (k + a) % 2 == 1;
        }
    }
    r->columns[LURE_REPLAY_OBSERVATIONS] = r->observations;
    r->columns[LURE_REPLAY_NEXT_OBSERVATIONS] = r->next_observations;
    r->columns[LURE_REPLAY_REWARDS] = r->rewards;
    r->columns[LURE_REPLAY_TERMINATED] = NULL;
    r->columns[LURE_REPLAY_ACTIONS] = r->actions;
    r->columns[LURE_REPLAY_LEGAL] = r->legal;
    r->columns[LURE_REPLAY_NEXT_LEGAL] = r->next_legal;
}

static const lure_replay_memory_shape doubles = {
    .n_inputs = 2, .n_columns = 1, .n_choices = CHOICES, .dtype = LURE_F64};

/* Draws n rows; each has to be one of the rows first .. last, whole. Counts them. */
static void draw(const lure_replay_memory *m, lure_rng *rng, size_t first, size_t last, size_t counts[MOST])
{
    enum { N = 50 };
    double observations[N * 2], next_observations[N * 2], rewards[N], terminated[N];
    int32_t actions[N], legal[N * CHOICES], next_legal[N * CHOICES];
    void *const out[LURE_REPLAY_COLUMNS] = {observations, next_observations, rewards, terminated, actions,
                                            legal,        next_legal};
    lure_replay_memory_sample(m, rng, N, out);
    for (size_t i = 0; i < N; i++) {
        size_t k = (size_t)-rewards[i];
        CHECK(k >= first && k <= last);
        if (k >= MOST)
            return;
        counts[k]++;
        CHECK_REAL(observations[2 * i + 1], 10.0 * (double)k + 1.0);
        CHECK_REAL(next_observations[2 * i], 10.0 * (double)k + 5.0);
        CHECK_REAL(terminated[i], k % 3 == 1 ? 1.0 : 0.0);
        CHECK_INT(actions[i], (int32_t)k % CHOICES);
        CHECK_INT(legal[CHOICES * i], k % 2 == 0);
        CHECK_INT(next_legal[CHOICES * i + 2], k % 2 == 1);
    }
}

/* However rows come, the last 8 are there, each as often as the others. */
TEST(replay_keeps_the_last_rows)
{
    static const size_t portions[] = {1, 3, 5, 8, 11, 30};
    for (size_t p = 0; p < sizeof portions / sizeof *portions; p++) {
        lure_memory memory = {0};
        lure_error err;
        lure_replay_memory m;
        lure_rng rng;
        rows r;
        size_t n_added = 0, counts[MOST] = {0};
        lure_rng_init(&rng, 1, LURE_PURPOSE_USER, 0);
        CHECK_OK(lure_replay_memory_init(&m, &doubles, 8, &memory, &err), &err);
        for (; n_added < 30; n_added += portions[p]) {
            number(&r, n_added, portions[p]);
            lure_replay_memory_add(&m, portions[p], r.columns, r.ends);
            size_t n = n_added + portions[p];
            CHECK_INT((int64_t)m.n_rows, n < 8 ? (int64_t)n : 8);
        }
        for (int i = 0; i < 40; i++)
            draw(&m, &rng, n_added - 8, n_added - 1, counts);
        for (size_t k = n_added - 8; k < n_added; k++) /* of 2000: 250, deviation 15 */
            CHECK(counts[k] > 190 && counts[k] < 310);
        CHECK_INT((int64_t)memory.n_requests, 1);
        lure_replay_memory_free(&m);
        CHECK_INT((int64_t)memory.used, 0);
        lure_replay_memory_free(&m);
    }
}

TEST(replay_of_floats_and_numbers)
{
    lure_memory memory = {0};
    lure_error err;
    lure_replay_memory m;
    lure_rng rng;
    const lure_replay_memory_shape shape = {
        .n_inputs = 0, .n_columns = 2, .is_real = true, .dtype = LURE_F32};
    const float actions[] = {1, 2, 3, 4}, rewards[] = {1, 3};
    const int32_t ends[] = {2, 1};
    const void *columns[LURE_REPLAY_COLUMNS] = {
        [LURE_REPLAY_REWARDS] = rewards, [LURE_REPLAY_ACTIONS] = actions};
    float drawn[2] = {0}, paid = 0, over = 0;
    void *const out[LURE_REPLAY_COLUMNS] = {
        [LURE_REPLAY_REWARDS] = &paid, [LURE_REPLAY_TERMINATED] = &over, [LURE_REPLAY_ACTIONS] = drawn};
    lure_rng_init(&rng, 1, LURE_PURPOSE_USER, 0);
    CHECK_OK(lure_replay_memory_init(&m, &shape, 4, &memory, &err), &err);
    lure_replay_memory_add(&m, 2, columns, ends);
    for (int i = 0; i < 20; i++) {
        lure_replay_memory_sample(&m, &rng, 1, out);
        CHECK_REAL(drawn[0], paid);
        CHECK_REAL(drawn[1], paid + 1.0F);
        CHECK_REAL(over, paid > 2.0F ? 1.0 : 0.0);
    }
    lure_replay_memory_free(&m);
}

TEST(replay_without_memory)
{
    lure_memory memory = {.limit = 1000};
    lure_error err;
    lure_replay_memory m;
    CHECK(lure_replay_memory_init(&m, &doubles, 1000, &memory, &err) == LURE_ERROR_MEMORY);
    CHECK(lure_replay_memory_init(&m, &doubles, (size_t)-1, &memory, &err) == LURE_ERROR_MEMORY);
    CHECK_INT((int64_t)memory.used, 0);
    lure_replay_memory_free(&m);
}
