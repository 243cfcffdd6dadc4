/* test_index_damage.c: the index of runs when it is damaged, cut, foreign, newer, without its -wal; when memory fails; when writers
   are killed, and when two write at once. What is found is told with what to do; what is not found changes no row. */
#define _GNU_SOURCE
#include "store/index.h"

#include "base/file.h"
#include "unit.h"

#include <math.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static lure_error err;

enum { RUNS = 12, NUMBERS = 4 };

/* Run i of a writer: all its parts depend on i alone. */
static void put_some(lure_index *index, size_t first, size_t n)
{
    static const char *const names[] = {"entropy", "entropy.last", "kl", "steps"};
    lure_index_run runs[RUNS];
    lure_index_number numbers[RUNS][NUMBERS];
    lure_index_setting settings[RUNS][2];
    char folders[RUNS][32], rates[RUNS][32];
    for (size_t i = 0; i < n; i++) {
        const size_t k = first + i;
        snprintf(folders[i], sizeof folders[i], "batch/run-%06zu", k);
        snprintf(rates[i], sizeof rates[i], "0.%zu1", k % 3);
        for (size_t j = 0; j < NUMBERS; j++)
            numbers[i][j] = (lure_index_number){names[j], (double)(k * 7 + j) / 3};
        settings[i][0] = (lure_index_setting){"rate", rates[i]};
        settings[i][1] = (lure_index_setting){"environment", "corridor"};
        runs[i] = (lure_index_run){.folder = folders[i],
                                   .batch = "batch",
                                   .run_id = folders[i] + 6,
                                   .experiment = "corridor",
                                   .outcome = "ok",
                                   .started = "2026-11-27T14:12:49Z",
                                   .seed = k,
                                   .seconds = 0.25,
                                   .episodic_return = (double)k / 7,
                                   .tail_mean = NAN,
                                   .settings = settings[i],
                                   .n_settings = 2,
                                   .numbers = numbers[i],
                                   .n_numbers = NUMBERS};
    }
    CHECK_OK(lure_index_put(index, runs, n, NULL, &err), &err);
}

static const char *path_of(const char *name)
{
    static char path[LURE_PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", unit_folder(), name);
    return path;
}

static void write_bytes(const char *name, const void *bytes, size_t n)
{
    FILE *file = fopen(path_of(name), "wb");
    CHECK(file && fwrite(bytes, 1, n, file) == n && fclose(file) == 0);
}

static void make_index(lure_text *bytes)
{
    lure_index *index;
    CHECK_OK(lure_index_open(unit_folder(), &index, &err), &err);
    put_some(index, 0, RUNS);
    lure_index_close(index);
    lure_text_init(bytes);
    CHECK_OK(lure_file_read(path_of(LURE_INDEX_NAME), 1 << 24, bytes, &err), &err);
}

static lure_status write_down(void *data, const lure_index_row *row, lure_error *unused)
{
    lure_text *out = data;
    (void)unused;
    lure_text_addf(out, "%s %s %llu ", row->run.folder, row->run.outcome, (unsigned long long)row->run.seed);
    lure_text_add_number(out, row->run.episodic_return);
    for (size_t i = 0; i < row->run.n_settings; i++)
        lure_text_addf(out, " %s=%s", row->run.settings[i].key, row->run.settings[i].value);
    for (size_t i = 0; i < row->run.n_numbers; i++) {
        lure_text_addf(out, " %s=", row->run.numbers[i].name);
        lure_text_add_number(out, row->run.numbers[i].value);
    }
    lure_text_add(out, row->is_damaged ? " DAMAGED\n" : "\n");
    return LURE_OK;
}

/* What a person would see of it, or "" when something was found. */
static void look(lure_text *out)
{
    lure_index *index = NULL;
    size_t n;
    lure_text_clear(out);
    lure_status status = lure_index_open_to_read(unit_folder(), &index, &err);
    if (status == LURE_OK && index)
        status = lure_index_check(index, &n, &err);
    if (status == LURE_OK && index)
        status = lure_index_list(
            index, &(lure_index_filter){.sort = "episodic_return", .is_ranking = true, .outcome = "ok"},
            write_down, out, NULL, &err);
    lure_index_close(index);
    if (status != LURE_OK)
        lure_text_clear(out);
}

TEST(a_flipped_bit_is_found_or_harmless)
{
    enum { STEP = 41 };
    lure_text bytes, good, seen;
    size_t n_found = 0, n_tried = 0;
    make_index(&bytes);
    lure_text_init(&good);
    lure_text_init(&seen);
    look(&good);
    CHECK(good.length > 0);
    for (size_t at = 0; at < bytes.length; at += STEP) {
        const char was = bytes.data[at];
        bytes.data[at] = (char)(was ^ (1 << (at / STEP % 8)));
        write_bytes(LURE_INDEX_NAME, bytes.data, bytes.length);
        bytes.data[at] = was;
        unlink(path_of("index.db-wal"));
        unlink(path_of("index.db-shm"));
        look(&seen);
        n_tried++;
        n_found += seen.length == 0;
        CHECK_SAY(seen.length == 0 || strcmp(seen.data, good.data) == 0,
                  "byte %zu changed what is seen, unnoticed", at);
    }
    CHECK_SAY(n_found > n_tried / 20, "only %zu of %zu were found", n_found, n_tried);
    lure_text_free(&bytes);
    lure_text_free(&good);
    lure_text_free(&seen);
}

TEST(a_flipped_bit_in_a_number_is_found_as_it_is_listed)
{
    lure_text bytes, seen;
    lure_index *index;
    make_index(&bytes);
    const double value = 7.0 / 3; /* entropy of run 1, as SQLite keeps it: most significant byte first */
    unsigned char number[8];
    uint64_t word;
    memcpy(&word, &value, sizeof word);
    for (size_t i = 0; i < 8; i++)
        number[i] = (unsigned char)(word >> (56 - 8 * i));
    char *at = memmem(bytes.data, bytes.length, number, sizeof number);
    CHECK(at);
    at[7] ^= 1;
    write_bytes(LURE_INDEX_NAME, bytes.data, bytes.length);
    lure_text_init(&seen);
    CHECK_OK(lure_index_open_to_read(unit_folder(), &index, &err), &err);
    CHECK_OK(lure_index_list(index, &(lure_index_filter){0}, write_down, &seen, NULL, &err), &err);
    CHECK_CONTAINS(seen.data, "DAMAGED");
    CHECK_STATUS(lure_index_damaged_rows(index, 1, &err), LURE_ERROR_STORE, &err);
    CHECK(lure_index_is_broken(&err));
    lure_index_close(index);
    lure_text_free(&bytes);
    lure_text_free(&seen);
}

static void check_broken(const char *what)
{
    lure_text seen;
    lure_index *index;
    lure_text_init(&seen);
    look(&seen);
    CHECK_SAY(seen.length == 0, "%s was not found", what);
    CHECK_SAY(lure_index_is_broken(&err), "%s: %s", what, err.text);
    CHECK_CONTAINS(err.text, "lure ls ");
    CHECK_CONTAINS(err.text, " --rebuild");
    /* and a new one mends it */
    CHECK_OK(lure_index_renew(unit_folder(), &index, &err), &err);
    put_some(index, 0, RUNS);
    CHECK_OK(lure_index_finish(index, &err), &err);
    look(&seen);
    CHECK_SAY(seen.length > 0, "%s was not mended: %s", what, err.text);
    lure_text_free(&seen);
}

TEST(files_that_are_no_index_are_told)
{
    lure_text bytes;
    sqlite3 *other;
    make_index(&bytes);
    for (size_t parts = 1; parts < 8; parts++) {
        write_bytes(LURE_INDEX_NAME, bytes.data, bytes.length * parts / 8 + parts % 2);
        check_broken("a cut file");
    }
    write_bytes(LURE_INDEX_NAME, "this is no database, it is some text", 36);
    check_broken("a text");
    write_bytes(LURE_INDEX_NAME, "", 0);
    check_broken("an empty file");
    unlink(path_of(LURE_INDEX_NAME));
    CHECK(sqlite3_open(path_of(LURE_INDEX_NAME), &other) == SQLITE_OK);
    CHECK(sqlite3_exec(other, "create table x(y)", NULL, NULL, NULL) == SQLITE_OK);
    sqlite3_close(other);
    check_broken("another program's database");
    CHECK(sqlite3_open(path_of(LURE_INDEX_NAME), &other) == SQLITE_OK);
    CHECK(sqlite3_exec(other, "pragma user_version = 99", NULL, NULL, NULL) == SQLITE_OK);
    sqlite3_close(other);
    check_broken("a newer schema");
    lure_text_free(&bytes);
}

/* A child puts groups until it is killed; the groups it had put are whole, the one at work is there whole or not at all. */
static pid_t start_writer(size_t first, size_t n_groups)
{
    (void)unit_folder(); /* made before there are two of us */
    const pid_t child = fork();
    if (child != 0)
        return child;
    lure_index *index;
    lure_error own;
    if (lure_index_open(unit_folder(), &index, &own) != LURE_OK)
        _exit(9);
    for (size_t i = 0; i < n_groups; i++)
        put_some(index, first + i * RUNS, RUNS);
    lure_index_close(index);
    _exit(0);
}

static size_t count_rows(void)
{
    size_t n = 0;
    lure_index *index = NULL;
    CHECK_OK(lure_index_open_to_read(unit_folder(), &index, &err), &err);
    if (index)
        CHECK_OK(lure_index_check(index, &n, &err), &err);
    lure_index_close(index);
    return n;
}

TEST(killed_writers_leave_whole_groups)
{
    enum { KILLS = 25 };
    for (size_t i = 0; i < KILLS; i++) {
        int status;
        const pid_t child = start_writer(i * 100000, 1000);
        CHECK(child > 0);
        usleep((useconds_t)(2000 + 1500 * i));
        kill(child, SIGKILL);
        CHECK(waitpid(child, &status, 0) == child);
        struct stat info;
        if (stat(path_of(LURE_INDEX_NAME), &info) != 0 || info.st_size == 0)
            continue; /* it had not come so far */
        lure_index *index;
        CHECK_OK(lure_index_open(unit_folder(), &index, &err), &err);
        lure_index_close(index);
        CHECK_INT((int64_t)(count_rows() % RUNS), 0);
    }
    CHECK(count_rows() > 0);
}

TEST(a_killed_series_whose_wal_is_gone_is_told)
{
    lure_text seen;
    int status;
    const pid_t child = start_writer(0, 100000);
    CHECK(child > 0);
    struct stat info;
    for (int i = 0; i < 2000 && (stat(path_of("index.db-wal"), &info) != 0 || info.st_size < 400000); i++)
        usleep(5000);
    kill(child, SIGKILL);
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(unlink(path_of("index.db-wal")) == 0);
    unlink(path_of("index.db-shm"));
    lure_text_init(&seen);
    look(&seen);
    CHECK_TEXT(seen.data, "");
    CHECK_CONTAINS(err.text, "its index.db-wal is gone");
    check_broken("a -wal that is gone");
    lure_text_free(&seen);
}

TEST(two_writers_at_once_lose_nothing)
{
    enum { GROUPS = 40 };
    int status;
    const pid_t children[] = {start_writer(0, GROUPS), start_writer(500000, GROUPS)};
    for (size_t i = 0; i < 2; i++) {
        CHECK(waitpid(children[i], &status, 0) == children[i]);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    CHECK_INT((int64_t)count_rows(), 2 * GROUPS * RUNS);
}

/* ---- memory that fails ---- */

static sqlite3_mem_methods system_memory;
static long until_failure; /* allocations that still succeed; -1: all */

static void *take(int n)
{
    if (until_failure == 0)
        return NULL;
    until_failure -= until_failure > 0;
    return system_memory.xMalloc(n);
}

static void *take_more(void *block, int n)
{
    if (until_failure == 0)
        return NULL;
    until_failure -= until_failure > 0;
    return system_memory.xRealloc(block, n);
}

/* Everything an index can do, on one that has rows already. */
static lure_status do_all(lure_text *seen)
{
    lure_index *index = NULL;
    size_t n;
    lure_index_run run = {
        .folder = "batch/run-000001", .outcome = "ok", .seconds = 1, .episodic_return = 1, .tail_mean = 1};
    lure_text_clear(seen);
    lure_status status = lure_index_open(unit_folder(), &index, &err);
    if (status == LURE_OK)
        status = lure_index_put(index, &run, 1, NULL, &err);
    if (status == LURE_OK)
        status = lure_index_check(index, &n, &err);
    if (status == LURE_OK)
        status = lure_index_list(index, &(lure_index_filter){.sort = "kl", .where = "seed < 100"}, write_down,
                                 seen, &n, &err);
    lure_index_close(index);
    return status;
}

TEST(whichever_allocation_fails_is_told_and_harms_nothing)
{
    enum { SKIP = 7, LONGEST = 200000 };
    lure_text bytes, seen;
    make_index(&bytes);
    lure_text_init(&seen);
    sqlite3_shutdown();
    CHECK(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &system_memory) == SQLITE_OK);
    sqlite3_mem_methods failing = system_memory;
    failing.xMalloc = take;
    failing.xRealloc = take_more;
    until_failure = -1;
    CHECK(sqlite3_config(SQLITE_CONFIG_MALLOC, &failing) == SQLITE_OK);
    lure_status status = LURE_ERROR_MEMORY;
    long n = 0;
    for (; n < LONGEST && status != LURE_OK; n += 1 + n / 40 * SKIP / 7) {
        until_failure = n;
        status = do_all(&seen);
        until_failure = -1;
        CHECK_SAY(status == LURE_OK || status == LURE_ERROR_MEMORY || *err.text, "allocation %ld: no reason",
                  n);
        CHECK_SAY(status == LURE_OK || !lure_index_is_broken(&err), "allocation %ld: %s", n, err.text);
    }
    sqlite3_shutdown();
    CHECK(sqlite3_config(SQLITE_CONFIG_MALLOC, &system_memory) == SQLITE_OK);
    CHECK_SAY(status == LURE_OK, "it never ended");
    CHECK_SAY(n > 100, "only %ld allocations", n);
    CHECK_INT((int64_t)count_rows(), RUNS);
    lure_text_free(&bytes);
    lure_text_free(&seen);
}
