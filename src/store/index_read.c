/* index_read.c: rows read, one by one with all that belongs to them, each held against its sum. */
#include "store/index_inside.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- one row ---- */

/* Strings go into one text that moves as it grows, so they are places in it until all is there. */
typedef struct reading {
    lure_text strings;
    size_t columns[LURE_INDEX_COLUMNS];
    size_t (*settings)[2]; /* key, value */
    lure_index_setting *borrow_settings;
    size_t n_settings, settings_capacity;
    size_t *names;
    lure_index_number *borrow_numbers;
    size_t n_numbers, numbers_capacity;
} reading;

static void free_reading(reading *r)
{
    lure_text_free(&r->strings);
    free(r->settings);
    free(r->borrow_settings);
    free(r->names);
    free(r->borrow_numbers);
}

static size_t keep(reading *r, const char *text)
{
    const size_t at = r->strings.length;
    text = lure__index_text(text);
    lure_text_add_bytes(&r->strings, text, strlen(text) + 1);
    return at;
}

/* As it was put: numbers are kept as such. */
static size_t keep_value(reading *r, sqlite3_stmt *statement, int at)
{
    char number[LURE_NUMBER_SIZE];
    switch (sqlite3_column_type(statement, at)) {
    case SQLITE_INTEGER:
        snprintf(number, sizeof number, "%lld", (long long)sqlite3_column_int64(statement, at));
        return keep(r, number);
    case SQLITE_FLOAT:
        lure_number_format(sqlite3_column_double(statement, at), number);
        return keep(r, number);
    default: return keep(r, (const char *)sqlite3_column_text(statement, at));
    }
}

static void *grow(void *block, size_t *capacity, size_t n, size_t size)
{
    if (n < *capacity)
        return block;
    const size_t more = *capacity ? 2 * *capacity : 32;
    void *grown = realloc(block, more * size);
    if (grown)
        *capacity = more;
    return grown;
}

static bool keep_setting(reading *r, sqlite3_stmt *statement)
{
    void *grown = grow(r->settings, &r->settings_capacity, r->n_settings, sizeof *r->settings);
    if (!grown)
        return false;
    r->settings = grown;
    r->settings[r->n_settings][0] = keep(r, (const char *)sqlite3_column_text(statement, 0));
    r->settings[r->n_settings++][1] = keep_value(r, statement, 1);
    return true;
}

static bool keep_number(reading *r, sqlite3_stmt *statement)
{
    if (r->n_numbers == r->numbers_capacity) {
        size_t capacity = r->numbers_capacity;
        void *grown = grow(r->borrow_numbers, &capacity, r->n_numbers, sizeof *r->borrow_numbers);
        if (!grown)
            return false;
        r->borrow_numbers = grown;
        grown = realloc(r->names, capacity * sizeof *r->names);
        if (!grown)
            return false;
        r->names = grown;
        r->numbers_capacity = capacity;
    }
    r->names[r->n_numbers] = keep(r, (const char *)sqlite3_column_text(statement, 0));
    r->borrow_numbers[r->n_numbers++].value = sqlite3_column_double(statement, 1);
    return true;
}

/* All rows of a statement with one parameter. */
static lure_status take_all(lure_index *index, lure_index_sql which, int64_t parameter, reading *r,
                            bool (*take)(reading *, sqlite3_stmt *), lure_error *err)
{
    sqlite3_stmt *statement = lure__index_statement(index, which, err);
    bool good = true;
    int code;
    if (!statement)
        return LURE_ERROR_STORE;
    sqlite3_bind_int64(statement, 1, parameter);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW && good)
        good = take(r, statement);
    sqlite3_reset(statement);
    if (!good)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory for %s", index->path);
    return code == SQLITE_DONE ? LURE_OK : lure__index_fail(index, code, err);
}

static void take_columns(sqlite3_stmt *statement, reading *r, lure_index_run *run)
{
    for (int i = 0; i < LURE_INDEX_COLUMNS; i++) {
        const lure_index_column *c = &lure__index_columns[i];
        void *field = (char *)run + c->offset;
        switch (c->kind) {
        case LURE_INDEX_TEXT: r->columns[i] = keep(r, (const char *)sqlite3_column_text(statement, i)); break;
        case LURE_INDEX_INTEGER: *(uint64_t *)field = (uint64_t)sqlite3_column_int64(statement, i); break;
        case LURE_INDEX_REAL:
            *(double *)field = sqlite3_column_type(statement, i) == SQLITE_NULL
                                   ? (double)NAN
                                   : sqlite3_column_double(statement, i);
            break;
        }
    }
}

/* Places become pointers; returns the sum of all parts. */
static uint64_t fix(reading *r, lure_index_run *run)
{
    const char *base = r->strings.data;
    for (int i = 0; i < LURE_INDEX_COLUMNS; i++)
        if (lure__index_columns[i].kind == LURE_INDEX_TEXT)
            *(const char **)((char *)run + lure__index_columns[i].offset) = base + r->columns[i];
    uint64_t sum = lure__index_hash_run(run);
    for (size_t i = 0; i < r->n_settings; i++) {
        r->borrow_settings[i] = (lure_index_setting){base + r->settings[i][0], base + r->settings[i][1]};
        sum += lure__index_hash_text(LURE_INDEX_HASH_SETTING, r->borrow_settings[i].key,
                                     r->borrow_settings[i].value);
    }
    for (size_t i = 0; i < r->n_numbers; i++) {
        lure_index_number *number = &r->borrow_numbers[i];
        number->name = base + r->names[i];
        sum += lure__index_hash_real(LURE_INDEX_HASH_NUMBER, number->name, number->value);
    }
    run->settings = r->borrow_settings;
    run->n_settings = r->n_settings;
    run->numbers = r->borrow_numbers;
    run->n_numbers = r->n_numbers;
    return sum;
}

static lure_status read_row(lure_index *index, int64_t id, reading *r, lure_index_row *row, lure_error *err)
{
    sqlite3_stmt *statement = lure__index_statement(index, LURE_SQL_RUN, err);
    if (!statement)
        return LURE_ERROR_STORE;
    lure_text_clear(&r->strings);
    r->n_settings = r->n_numbers = 0;
    sqlite3_bind_int64(statement, 1, id);
    const int code = sqlite3_step(statement);
    if (code != SQLITE_ROW) {
        sqlite3_reset(statement);
        return lure__index_fail(index, code == SQLITE_DONE ? SQLITE_CORRUPT : code, err);
    }
    take_columns(statement, r, &row->run);
    const int64_t set = sqlite3_column_int64(statement, LURE_INDEX_COLUMNS);
    const uint64_t sum = (uint64_t)sqlite3_column_int64(statement, LURE_INDEX_COLUMNS + 1);
    sqlite3_reset(statement);
    lure_status status = take_all(index, LURE_SQL_SET_PAIRS, set, r, keep_setting, err);
    if (status == LURE_OK)
        status = take_all(index, LURE_SQL_NUMBERS, id, r, keep_number, err);
    if (status != LURE_OK)
        return status;
    void *grown = realloc(r->borrow_settings, (r->n_settings + 1) * sizeof *r->borrow_settings);
    if (grown)
        r->borrow_settings = grown;
    if (!grown || r->strings.failed)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory for %s", index->path);
    row->is_damaged = fix(r, &row->run) != sum;
    return LURE_OK;
}

/* ---- the filter ---- */

typedef struct list_query {
    lure_text from, order; /* from " from" on, and from " order by" on */
    int64_t number;        /* the id of the number that is sorted by; 0: a column */
} list_query;

static const char *column_named(const char *name)
{
    for (size_t i = 0; i < LURE_INDEX_COLUMNS; i++)
        if (strcmp(lure__index_columns[i].name, name) == 0)
            return lure__index_columns[i].name;
    return strcmp(name, "run") == 0 ? "run" : NULL;
}

static lure_status refuse_sort(const lure_index *index, const char *name, lure_error *err)
{
    enum { MOST_NAMES = 4096, MOST_TOLD = 1500 };
    const char **names = calloc(MOST_NAMES, sizeof *names);
    size_t n = 0;
    lure_text text;
    if (!names)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory for %s", index->path);
    lure_text_init(&text);
    for (size_t i = 0; i < LURE_INDEX_COLUMNS; i++)
        names[n++] = lure__index_columns[i].name;
    for (size_t i = 0; i < index->n_names && n < MOST_NAMES; i++)
        names[n++] = index->names[i].name;
    const char *nearest = lure_text_nearest(name, names, n);
    for (size_t i = 0; i < n && text.length < MOST_TOLD; i++)
        lure_text_addf(&text, "%s%s", i ? ", " : "", names[i]);
    lure_fail(err, LURE_ERROR_USAGE, "no run has a '%.100s'%s%s%s; there are %s", name,
              nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "", text.data);
    lure_text_free(&text);
    free(names);
    return LURE_ERROR_USAGE;
}

enum { FIRST_SETTING = 4 };

static void build(const lure_index_filter *f, const char *column, list_query *q)
{
    lure_text *from = &q->from;
    const char *way = f->ascending ? "asc" : "desc";
    if (q->number && f->is_ranking) /* all values of the number lie together */
        lure_text_addf(from, " from run_numbers as sorted_by cross join runs on runs.run = sorted_by.run");
    else if (q->number)
        lure_text_addf(from,
                       " from runs left join run_numbers as sorted_by on sorted_by.name = %lld and"
                       " sorted_by.run = runs.run",
                       (long long)q->number);
    else
        lure_text_add(from, " from runs");
    lure_text_add(from, " where true");
    if (q->number && f->is_ranking)
        lure_text_addf(from, " and sorted_by.name = %lld", (long long)q->number);
    if (f->below && *f->below)
        lure_text_add(from, " and (folder = ?1 or (folder >= ?1 || '/' and folder < ?1 || '0'))");
    if (f->experiment)
        lure_text_add(from, " and experiment = ?2");
    if (f->outcome)
        lure_text_add(from, " and outcome = ?3");
    for (size_t i = 0; i < f->n_settings; i++)
        lure_text_addf(from,
                       " and setting_set in (select s.id from set_pairs s join setting_pairs p using (pair)"
                       " where p.key = ?%zu and p.value is ?%zu)",
                       FIRST_SETTING + 2 * i, FIRST_SETTING + 1 + 2 * i);
    if (f->is_ranking && !q->number)
        lure_text_addf(from, " and runs.%s is not null", column);
    if (f->where)
        lure_text_addf(from, " and runs.run in (select run from runs where (%s\n))", f->where);
    lure_text_addf(&q->order, " order by %s%s %s%s, runs.run %s", q->number ? "sorted_by.value" : "runs.",
                   q->number ? "" : column, way, f->is_ranking ? "" : " nulls last", way);
}

static void bind_filter(sqlite3_stmt *statement, const lure_index_filter *f)
{
    if (f->below && *f->below)
        sqlite3_bind_text(statement, 1, f->below, -1, SQLITE_STATIC);
    if (f->experiment)
        sqlite3_bind_text(statement, 2, f->experiment, -1, SQLITE_STATIC);
    if (f->outcome)
        sqlite3_bind_text(statement, 3, f->outcome, -1, SQLITE_STATIC);
    for (size_t i = 0; i < f->n_settings; i++) {
        sqlite3_bind_text(statement, (int)(FIRST_SETTING + 2 * i), f->settings[i].key, -1, SQLITE_STATIC);
        lure__index_bind_value(statement, (int)(FIRST_SETTING + 1 + 2 * i), f->settings[i].value);
    }
}

static lure_status prepare(lure_index *index, const lure_index_filter *f, const list_query *q, bool counts,
                           sqlite3_stmt **out, lure_error *err)
{
    lure_text sql;
    lure_text_init(&sql);
    if (counts)
        lure_text_addf(&sql, "select count(*)%s", q->from.data);
    else
        lure_text_addf(&sql, "select runs.run%s%s%s", q->number ? ", sorted_by.value" : "", q->from.data,
                       q->order.data);
    if (!counts && f->limit)
        lure_text_addf(&sql, " limit %zu", f->limit);
    if (sql.failed || q->from.failed || q->order.failed) {
        lure_text_free(&sql);
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory for %s", index->path);
    }
    const char *rest = NULL;
    lure__index_only_reading(index, true);
    const int code = sqlite3_prepare_v2(index->db, sql.data, -1, out, &rest);
    lure__index_only_reading(index, false);
    lure_status status = LURE_OK;
    if (code != SQLITE_OK)
        status = f->where ? lure__index_refuse_sql(index, code, f->where, err)
                          : lure__index_fail(index, code, err);
    else if (*rest)
        status = lure_fail(err, LURE_ERROR_USAGE,
                           "--where %.200s: a condition was expected, and it goes on with '%.80s'",
                           f->where ? f->where : "", rest);
    lure_text_free(&sql);
    if (status == LURE_OK)
        bind_filter(*out, f);
    return status;
}

/* ---- listing ---- */

static lure_status hand_out(lure_index *index, const list_query *q, sqlite3_stmt *statement,
                            lure_index_take take, void *data, lure_error *err)
{
    reading r = {0};
    lure_text_init(&r.strings);
    lure_status status = LURE_OK;
    int code = SQLITE_DONE;
    while (status == LURE_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        lure_index_row row = {.sorted = NAN};
        if (q->number && sqlite3_column_type(statement, 1) != SQLITE_NULL)
            row.sorted = sqlite3_column_double(statement, 1);
        status = read_row(index, sqlite3_column_int64(statement, 0), &r, &row, err);
        if (status == LURE_OK)
            status = take(data, &row, err);
    }
    free_reading(&r);
    return status != LURE_OK || code == SQLITE_DONE ? status : lure__index_fail(index, code, err);
}

static lure_status choose_sort(lure_index *index, const lure_index_filter *f, const char **column,
                               list_query *q, lure_error *err)
{
    const char *name = f->sort ? f->sort : "started";
    *column = column_named(name);
    if (*column)
        return LURE_OK;
    for (size_t i = 0; i < index->n_names && !q->number; i++)
        if (strcmp(index->names[i].name, name) == 0)
            q->number = index->names[i].id;
    return q->number ? LURE_OK : refuse_sort(index, name, err);
}

lure_status lure_index_list(lure_index *index, const lure_index_filter *f, lure_index_take take, void *data,
                            size_t *n_all, lure_error *err)
{
    list_query q = {0};
    sqlite3_stmt *statement = NULL, *count = NULL;
    const char *column;
    lure_text_init(&q.from);
    lure_text_init(&q.order);
    lure_status status = lure__index_run_sql(index, "savepoint reading", err);
    if (status == LURE_OK)
        status = lure__index_read_names(index, err);
    if (status == LURE_OK)
        status = choose_sort(index, f, &column, &q, err);
    if (status == LURE_OK) {
        build(f, column, &q);
        status = prepare(index, f, &q, false, &statement, err);
    }
    if (status == LURE_OK && n_all) {
        status = prepare(index, f, &q, true, &count, err);
        const int code = status == LURE_OK ? sqlite3_step(count) : SQLITE_ROW;
        if (status == LURE_OK && code == SQLITE_ROW)
            *n_all = (size_t)sqlite3_column_int64(count, 0);
        else if (status == LURE_OK)
            status = lure__index_fail(index, code, err);
    }
    if (status == LURE_OK)
        status = hand_out(index, &q, statement, take, data, err);
    sqlite3_finalize(statement);
    sqlite3_finalize(count);
    lure_text_free(&q.from);
    lure_text_free(&q.order);
    sqlite3_exec(index->db, "release reading", NULL, NULL, NULL);
    return status;
}

/* ---- small questions ---- */

lure_status lure_index_hold(lure_index *index, lure_error *err)
{
    return lure__index_run_sql(index, "begin; select run from runs limit 1", err);
}

lure_status lure_index_damaged_rows(const lure_index *index, size_t n, lure_error *err)
{
    char why[64];
    snprintf(why, sizeof why, "is damaged: %zu of these rows", n);
    return lure__index_broken(index, why, err);
}

lure_status lure_index_find(lure_index *index, const char *id_prefix, size_t most, lure_text *folders,
                            size_t *n, lure_error *err)
{
    sqlite3_stmt *statement = NULL;
    *n = 0;
    int code = sqlite3_prepare_v2(
        index->db, "select folder from runs where run_id >= ?1 and run_id < ?1 || 'g' order by folder", -1,
        &statement, NULL);
    if (code == SQLITE_OK)
        sqlite3_bind_text(statement, 1, id_prefix, -1, SQLITE_STATIC);
    while (code == SQLITE_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        code = SQLITE_OK;
        if ((*n)++ < most)
            lure_text_addf(folders, "%s\n",
                           lure__index_text((const char *)sqlite3_column_text(statement, 0)));
    }
    sqlite3_finalize(statement);
    return code == SQLITE_DONE ? LURE_OK : lure__index_fail(index, code, err);
}

lure_status lure_index_has(lure_index *index, const char *folder, bool *has, lure_error *err)
{
    sqlite3_stmt *statement = lure__index_statement(index, LURE_SQL_HAS, err);
    if (!statement)
        return LURE_ERROR_STORE;
    sqlite3_bind_text(statement, 1, folder, -1, SQLITE_STATIC);
    const int code = sqlite3_step(statement);
    *has = code == SQLITE_ROW;
    sqlite3_reset(statement);
    return code == SQLITE_ROW || code == SQLITE_DONE ? LURE_OK : lure__index_fail(index, code, err);
}
