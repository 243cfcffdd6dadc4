/* index_write.c: rows put in and taken out. */
#include "store/index_inside.h"

#include "base/hash.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int bind_text(sqlite3_stmt *statement, int at, const char *text)
{
    return text && *text ? sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC)
                         : sqlite3_bind_null(statement, at);
}

static int bind_real(sqlite3_stmt *statement, int at, double value)
{
    return isfinite(value) ? sqlite3_bind_double(statement, at, value) : sqlite3_bind_null(statement, at);
}

/* Steps a statement that gives no row. */
static lure_status do_step(lure_index *index, sqlite3_stmt *statement, lure_error *err)
{
    const int code = sqlite3_step(statement);
    sqlite3_reset(statement);
    return code == SQLITE_DONE || code == SQLITE_ROW ? LURE_OK : lure__index_fail(index, code, err);
}

/* The one integer of a row; *found says whether there was one. */
static lure_status find(lure_index *index, sqlite3_stmt *statement, int64_t *out, bool *found,
                        lure_error *err)
{
    const int code = sqlite3_step(statement);
    *found = code == SQLITE_ROW;
    if (*found)
        *out = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return *found || code == SQLITE_DONE ? LURE_OK : lure__index_fail(index, code, err);
}

/* ---- settings ---- */

void lure__index_bind_value(sqlite3_stmt *statement, int at, const char *text)
{
    char again[LURE_NUMBER_SIZE], *end;
    errno = 0;
    const long long whole = strtoll(text, &end, 10);
    if (*text && !*end && !errno) {
        snprintf(again, sizeof again, "%lld", whole);
        if (strcmp(again, text) == 0) {
            sqlite3_bind_int64(statement, at, whole);
            return;
        }
    }
    const double value = strtod(text, &end);
    if (*text && !*end && isfinite(value)) {
        lure_number_format(value, again);
        if (strcmp(again, text) == 0 && value != floor(value)) {
            sqlite3_bind_double(statement, at, value);
            return;
        }
    }
    sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC);
}

static lure_status put_pair(lure_index *index, const lure_index_setting *setting, int64_t set,
                            lure_error *err)
{
    bool found;
    int64_t pair = 0;
    sqlite3_stmt *statement = lure__index_statement(index, LURE_SQL_PAIR_FIND, err);
    if (!statement)
        return LURE_ERROR_STORE;
    sqlite3_bind_text(statement, 1, setting->key, -1, SQLITE_STATIC);
    lure__index_bind_value(statement, 2, setting->value);
    lure_status status = find(index, statement, &pair, &found, err);
    if (status == LURE_OK && !found) {
        if (!(statement = lure__index_statement(index, LURE_SQL_PAIR_INSERT, err)))
            return LURE_ERROR_STORE;
        sqlite3_bind_text(statement, 1, setting->key, -1, SQLITE_STATIC);
        lure__index_bind_value(statement, 2, setting->value);
        status = do_step(index, statement, err);
        pair = sqlite3_last_insert_rowid(index->db);
    }
    if (status != LURE_OK || !(statement = lure__index_statement(index, LURE_SQL_SET_PAIR, err)))
        return LURE_ERROR_STORE;
    sqlite3_bind_int64(statement, 1, set);
    sqlite3_bind_int64(statement, 2, pair);
    return do_step(index, statement, err);
}

/* The set that a run's settings are; its sum is added to *sum. */
static lure_status put_settings(lure_index *index, const lure_index_run *run, int64_t *set, uint64_t *sum,
                                lure_error *err)
{
    char hash[LURE_HASH_SIZE];
    bool found;
    lure_text text;
    lure_text_init(&text);
    for (size_t i = 0; i < run->n_settings; i++) {
        const lure_index_setting *s = &run->settings[i];
        lure_text_add_bytes(&text, s->key, strlen(s->key) + 1);
        lure_text_add_bytes(&text, s->value, strlen(s->value) + 1);
        *sum += lure__index_hash_text(LURE_INDEX_HASH_SETTING, s->key, s->value);
    }
    lure_hash_bytes(text.data, text.length, hash);
    hash[32] = '\0'; /* 128 bits are enough */
    const bool failed = text.failed;
    lure_text_free(&text);
    sqlite3_stmt *statement = lure__index_statement(index, LURE_SQL_SET_FIND, err);
    if (failed)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory for %s", index->path);
    if (!statement)
        return LURE_ERROR_STORE;
    sqlite3_bind_text(statement, 1, hash, -1, SQLITE_STATIC);
    lure_status status = find(index, statement, set, &found, err);
    if (status != LURE_OK || found)
        return status;
    if (!(statement = lure__index_statement(index, LURE_SQL_SET_INSERT, err)))
        return LURE_ERROR_STORE;
    sqlite3_bind_text(statement, 1, hash, -1, SQLITE_STATIC);
    status = do_step(index, statement, err);
    *set = sqlite3_last_insert_rowid(index->db);
    for (size_t i = 0; i < run->n_settings && status == LURE_OK; i++)
        status = put_pair(index, &run->settings[i], *set, err);
    return status;
}

/* ---- numbers ---- */

/* Runs of one kind have the same names in the same order: mostly it is the one after the last. */
static lure_status name_id(lure_index *index, const char *name, int64_t *id, lure_error *err)
{
    for (size_t i = 0; i < index->n_names; i++) {
        const size_t k = (index->next_name + i) % index->n_names;
        if (strcmp(index->names[k].name, name) == 0) {
            index->next_name = k + 1;
            *id = index->names[k].id;
            return LURE_OK;
        }
    }
    sqlite3_stmt *statement = lure__index_statement(index, LURE_SQL_NAME_INSERT, err);
    if (!statement)
        return LURE_ERROR_STORE;
    sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    const lure_status status = do_step(index, statement, err);
    *id = sqlite3_last_insert_rowid(index->db);
    return status == LURE_OK ? lure__index_add_name(index, name, *id, err) : status;
}

static lure_status put_numbers(lure_index *index, const lure_index_run *run, int64_t row, lure_error *err)
{
    lure_status status = LURE_OK;
    for (size_t i = 0; i < run->n_numbers && status == LURE_OK; i++) {
        int64_t id;
        if (!isfinite(run->numbers[i].value))
            continue;
        status = name_id(index, run->numbers[i].name, &id, err);
        sqlite3_stmt *statement = NULL;
        if (status == LURE_OK && !(statement = lure__index_statement(index, LURE_SQL_NUMBER_PUT, err)))
            status = LURE_ERROR_STORE;
        if (status != LURE_OK)
            break;
        sqlite3_bind_int64(statement, 1, id);
        sqlite3_bind_int64(statement, 2, row);
        sqlite3_bind_double(statement, 3, run->numbers[i].value);
        status = do_step(index, statement, err);
    }
    return status;
}

static lure_status drop_numbers(lure_index *index, int64_t row, lure_error *err)
{
    lure_status status = LURE_OK;
    for (size_t i = 0; i < index->n_names && status == LURE_OK; i++) {
        sqlite3_stmt *statement = lure__index_statement(index, LURE_SQL_NUMBER_DROP, err);
        if (!statement)
            return LURE_ERROR_STORE;
        sqlite3_bind_int64(statement, 1, index->names[i].id);
        sqlite3_bind_int64(statement, 2, row);
        status = do_step(index, statement, err);
    }
    return status;
}

/* ---- rows ---- */

static void bind_columns(sqlite3_stmt *statement, const lure_index_run *run)
{
    for (int i = 0; i < LURE_INDEX_COLUMNS; i++) {
        const lure_index_column *c = &lure__index_columns[i];
        const void *field = (const char *)run + c->offset;
        switch (c->kind) {
        case LURE_INDEX_TEXT: bind_text(statement, i + 1, *(const char *const *)field); break;
        case LURE_INDEX_INTEGER:
            sqlite3_bind_int64(statement, i + 1, (int64_t) * (const uint64_t *)field);
            break;
        case LURE_INDEX_REAL: bind_real(statement, i + 1, *(const double *)field); break;
        }
    }
}

/* The same run with other results is a broken determinism, or somebody changed a file. */
static lure_status tell_twins(lure_index *index, const lure_index_run *run, int64_t set, lure_text *told,
                              lure_error *err)
{
    if (!told || !*lure__index_text(run->digest) || !*lure__index_text(run->run_id) ||
        strcmp(lure__index_text(run->outcome), "ok") != 0)
        return LURE_OK;
    sqlite3_stmt *statement = lure__index_statement(index, LURE_SQL_TWINS, err);
    if (!statement)
        return LURE_ERROR_STORE;
    sqlite3_bind_text(statement, 1, run->run_id, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, run->folder, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 3, run->digest, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 4, set);
    const int code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        lure_text_addf(
            told,
            "%s and %s in %s are the same run (%s) and have other results; one of them is not to be "
            "trusted\n",
            run->folder, (const char *)sqlite3_column_text(statement, 0), index->root, run->run_id);
    sqlite3_reset(statement);
    return code == SQLITE_ROW || code == SQLITE_DONE ? LURE_OK : lure__index_fail(index, code, err);
}

static lure_status put_run(lure_index *index, const lure_index_run *run, lure_text *told, lure_error *err)
{
    bool found;
    int64_t row = 0, set = 0;
    uint64_t sum = lure__index_hash_run(run);
    for (size_t i = 0; i < run->n_numbers; i++)
        sum += lure__index_hash_real(LURE_INDEX_HASH_NUMBER, run->numbers[i].name, run->numbers[i].value);
    sqlite3_stmt *statement = lure__index_statement(index, LURE_SQL_FIND, err);
    if (!statement)
        return LURE_ERROR_STORE;
    sqlite3_bind_text(statement, 1, run->folder, -1, SQLITE_STATIC);
    lure_status status = find(index, statement, &row, &found, err);
    if (status == LURE_OK)
        status = put_settings(index, run, &set, &sum, err);
    if (status == LURE_OK && found)
        status = drop_numbers(index, row, err);
    if (status != LURE_OK)
        return status;
    if (!(statement = lure__index_statement(index, found ? LURE_SQL_UPDATE : LURE_SQL_INSERT, err)))
        return LURE_ERROR_STORE;
    bind_columns(statement, run);
    sqlite3_bind_int64(statement, LURE_INDEX_COLUMNS + 1, set);
    sqlite3_bind_int64(statement, LURE_INDEX_COLUMNS + 2, (int64_t)sum);
    if (found)
        sqlite3_bind_int64(statement, LURE_INDEX_COLUMNS + 3, row);
    status = do_step(index, statement, err);
    if (!found)
        row = sqlite3_last_insert_rowid(index->db);
    if (status == LURE_OK)
        status = put_numbers(index, run, row, err);
    return status == LURE_OK ? tell_twins(index, run, set, told, err) : status;
}

/* ---- transactions ---- */

/* From the second put on it is a series, whose rows may be in the -wal file alone for long: said in the file itself, so that
   a lost -wal is noticed. A single put is over in a moment and needs none of that. */
static lure_status mark(lure_index *index, lure_error *err)
{
    if (index->is_new || index->n_puts++ == 0 || index->marked)
        return LURE_OK;
    lure_status status = lure__index_run_sql(index, "update state set value = 1 where key = 'writing'", err);
    if (status != LURE_OK)
        return status;
    index->marked = true;
    sqlite3_wal_checkpoint_v2(index->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    return LURE_OK;
}

static lure_status begin(lure_index *index, lure_error *err)
{
    const lure_status status = mark(index, err);
    return status == LURE_OK ? lure__index_run_sql(index, "begin immediate", err) : status;
}

static lure_status end(lure_index *index, lure_status status, lure_error *err)
{
    if (status == LURE_OK)
        status = lure__index_run_sql(index, "commit", err);
    for (size_t i = 0; i < LURE_N_SQL; i++) /* they may point at what is the caller's */
        if (index->statements[i]) {
            sqlite3_reset(index->statements[i]);
            sqlite3_clear_bindings(index->statements[i]);
        }
    if (status != LURE_OK && !sqlite3_get_autocommit(index->db))
        sqlite3_exec(index->db, "rollback", NULL, NULL, NULL);
    return status;
}

lure_status lure_index_put(lure_index *index, const lure_index_run *runs, size_t n, lure_text *told,
                           lure_error *err)
{
    lure_error own = {0};
    err = err ? err : &own;
    err->status = LURE_OK;
    if (n == 0)
        return LURE_OK;
    lure_status status = begin(index, err);
    /* what another process has added since, or this one and then took back */
    if (status == LURE_OK && !(index->is_new && index->n_names > 0))
        status = lure__index_read_names(index, err);
    for (size_t i = 0; i < n && status == LURE_OK; i++)
        status = put_run(index, &runs[i], told, err);
    status = end(index, status, err);
    return status == LURE_OK || err->status == LURE_OK ? status : err->status;
}

/* Numbers of rows that are no more. A set of settings that no row has stays: another run may have it again. */
static lure_status forget(lure_index *index, const char *folder, lure_error *err)
{
    static const char *const steps[] = {
        "delete from run_numbers where run in (select run from runs where folder = ?1 or"
        " (folder >= ?1 || '/' and folder < ?1 || '0'))",
        "delete from runs where folder = ?1 or (folder >= ?1 || '/' and folder < ?1 || '0')"};
    for (size_t i = 0; i < 2; i++) {
        sqlite3_stmt *statement = NULL;
        int code = sqlite3_prepare_v2(index->db, steps[i], -1, &statement, NULL);
        if (code == SQLITE_OK) {
            sqlite3_bind_text(statement, 1, folder, -1, SQLITE_STATIC);
            code = sqlite3_step(statement);
        }
        sqlite3_finalize(statement);
        if (code != SQLITE_DONE)
            return lure__index_fail(index, code, err);
    }
    return LURE_OK;
}

lure_status lure_index_forget(lure_index *index, const char *folder, lure_error *err)
{
    lure_status status = begin(index, err);
    if (status == LURE_OK)
        status = forget(index, folder, err);
    return end(index, status, err);
}
