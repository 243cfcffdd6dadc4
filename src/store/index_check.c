/* index_check.c: is all of it as it was written? Pages and SQL indexes by SQLite itself, the schema against ours, the rows by
   their sums, which are made for all runs at once, table by table: a row's sum less all its parts must be nothing. */
#include "store/index_inside.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct ledger {
    lure_index *borrow_index;
    uint64_t *left; /* (run's key) what its sum lacks still */
    uint64_t *sets; /* (set's id) the sum of its settings */
    size_t n_left, n_sets, n_runs;
    lure_status status;
} ledger;

/* Calls take for every row of a statement. */
static lure_status each(ledger *l, const char *sql, void (*take)(ledger *, sqlite3_stmt *), lure_error *err)
{
    sqlite3_stmt *statement = NULL;
    sqlite3 *db = l->borrow_index->db;
    int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    while (code == SQLITE_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        code = SQLITE_OK;
        take(l, statement);
    }
    sqlite3_finalize(statement);
    return code == SQLITE_DONE ? LURE_OK : lure__index_fail(l->borrow_index, code, err);
}

static void take_size(ledger *l, sqlite3_stmt *s)
{
    const int64_t n_runs = sqlite3_column_int64(s, 0), n_sets = sqlite3_column_int64(s, 1);
    enum { MOST = 1 << 28 }; /* greater keys are damage: the memory is only taken where it is touched */
    if (l->left || l->sets || n_runs < 0 || n_runs >= MOST || n_sets < 0 || n_sets >= MOST)
        return;
    l->n_left = (size_t)n_runs + 1;
    l->n_sets = (size_t)n_sets + 1;
    l->left = calloc(l->n_left, sizeof *l->left);
    l->sets = calloc(l->n_sets, sizeof *l->sets);
}

static const char *text_of(sqlite3_stmt *s, int at)
{
    return lure__index_text((const char *)sqlite3_column_text(s, at));
}

static void take_setting(ledger *l, sqlite3_stmt *s)
{
    const int64_t set = sqlite3_column_int64(s, 0);
    char number[LURE_NUMBER_SIZE];
    const char *value = number;
    if (sqlite3_column_type(s, 2) == SQLITE_INTEGER)
        snprintf(number, sizeof number, "%lld", (long long)sqlite3_column_int64(s, 2));
    else if (sqlite3_column_type(s, 2) == SQLITE_FLOAT)
        lure_number_format(sqlite3_column_double(s, 2), number);
    else
        value = text_of(s, 2);
    if (set >= 0 && (size_t)set < l->n_sets)
        l->sets[set] += lure__index_hash_text(LURE_INDEX_HASH_SETTING, text_of(s, 1), value);
}

static void take_run(ledger *l, sqlite3_stmt *s)
{
    lure_index_run run = {0};
    for (int i = 0; i < LURE_INDEX_COLUMNS; i++) {
        const lure_index_column *c = &lure__index_columns[i];
        void *field = (char *)&run + c->offset;
        switch (c->kind) {
        case LURE_INDEX_TEXT: *(const char **)field = text_of(s, i); break;
        case LURE_INDEX_INTEGER: *(uint64_t *)field = (uint64_t)sqlite3_column_int64(s, i); break;
        case LURE_INDEX_REAL:
            *(double *)field =
                sqlite3_column_type(s, i) == SQLITE_NULL ? (double)NAN : sqlite3_column_double(s, i);
            break;
        }
    }
    const int64_t set = sqlite3_column_int64(s, LURE_INDEX_COLUMNS),
                  key = sqlite3_column_int64(s, LURE_INDEX_COLUMNS + 2);
    const uint64_t sum = (uint64_t)sqlite3_column_int64(s, LURE_INDEX_COLUMNS + 1);
    l->n_runs++;
    if (key >= 0 && (size_t)key < l->n_left)
        l->left[key] +=
            sum - lure__index_hash_run(&run) - (set >= 0 && (size_t)set < l->n_sets ? l->sets[set] : 1);
}

static void take_number(ledger *l, sqlite3_stmt *s)
{
    const int64_t key = sqlite3_column_int64(s, 0);
    if (key >= 0 && (size_t)key < l->n_left)
        l->left[key] -=
            lure__index_hash_real(LURE_INDEX_HASH_NUMBER, text_of(s, 1), sqlite3_column_double(s, 2));
    else
        l->left[0] = 1;
}

static lure_status check_sums(ledger *l, lure_error *err)
{
    lure_index *index = l->borrow_index;
    lure_status status =
        each(l,
             "select (select ifnull(max(run), 0) from runs), (select ifnull(max(id), 0) from "
             "setting_sets)",
             take_size, err);
    if (status == LURE_OK && !l->n_left)
        return lure__index_broken(index, "is damaged: its keys make no sense", err);
    if (status == LURE_OK && (!l->left || !l->sets))
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory to check %s", index->path);
    if (status == LURE_OK)
        status =
            each(l, "select s.id, p.key, p.value from set_pairs s cross join setting_pairs p using (pair)",
                 take_setting, err);
    if (status == LURE_OK)
        status =
            each(l,
                 "select folder, batch, run_id, experiment, configuration, given, seed, outcome, started,"
                 " seconds, updates, steps, episodes, track, tail_mean, digest, episodic_return, error,"
                 " setting_set, row_sum, run from runs",
                 take_run, err);
    if (status == LURE_OK)
        status = each(
            l, "select v.run, n.name, v.value from run_numbers v left join number_names n on n.id = v.name",
            take_number, err);
    size_t n_bad = 0;
    for (size_t i = 0; i < l->n_left && status == LURE_OK; i++)
        n_bad += l->left[i] != 0;
    char why[96];
    snprintf(why, sizeof why, "is damaged: %zu of its %zu rows are not as they were written", n_bad,
             l->n_runs);
    return n_bad ? lure__index_broken(index, why, err) : status;
}

/* ---- pages and schema ---- */

static void take_verdict(ledger *l, sqlite3_stmt *s)
{
    if (strcmp(text_of(s, 0), "ok") != 0)
        l->status = LURE_ERROR_STORE;
}

/* All that the schema says, as one text. */
static bool read_schema(sqlite3 *db, lure_text *out)
{
    sqlite3_stmt *s = NULL;
    int code = sqlite3_prepare_v2(
        db, "select type || name || tbl_name || ifnull(sql, '') from sqlite_schema order by type, name", -1,
        &s, NULL);
    while (code == SQLITE_OK && (code = sqlite3_step(s)) == SQLITE_ROW) {
        code = SQLITE_OK;
        lure_text_addf(out, "%s\n", text_of(s, 0));
    }
    sqlite3_finalize(s);
    return code == SQLITE_DONE && !out->failed;
}

/* A view whose text was damaged answers another question. */
static lure_status check_schema(lure_index *index, lure_error *err)
{
    sqlite3 *fresh = NULL;
    lure_text is, should;
    lure_text_init(&is);
    lure_text_init(&should);
    bool good = sqlite3_open(":memory:", &fresh) == SQLITE_OK &&
                sqlite3_exec(fresh, lure__index_schema, NULL, NULL, NULL) == SQLITE_OK &&
                read_schema(fresh, &should) && read_schema(index->db, &is);
    lure_status status = LURE_OK;
    if (good && strcmp(is.data, should.data) != 0)
        status = lure__index_broken(index, "is damaged: its tables are not those of an index of runs", err);
    else if (!good)
        status = lure__index_fail(
            index, sqlite3_errcode(index->db) == SQLITE_OK ? SQLITE_NOMEM : sqlite3_errcode(index->db), err);
    sqlite3_close(fresh);
    lure_text_free(&is);
    lure_text_free(&should);
    return status;
}

lure_status lure_index_check(lure_index *index, size_t *n_runs, lure_error *err)
{
    ledger l = {.borrow_index = index};
    lure_status status = lure__index_run_sql(index, "savepoint reading", err);
    if (status == LURE_OK)
        status = each(&l, "pragma integrity_check(1)", take_verdict, err);
    if (status == LURE_OK && l.status != LURE_OK)
        status = lure__index_broken(index, "is damaged", err);
    if (status == LURE_OK)
        status = check_schema(index, err);
    if (status == LURE_OK)
        status = check_sums(&l, err);
    if (n_runs)
        *n_runs = l.n_runs;
    free(l.left);
    free(l.sets);
    sqlite3_exec(index->db, "release reading", NULL, NULL, NULL);
    return status;
}
