/* index_query.c: a person's own SELECT. Three walls keep it from anything but reading: the file is open read-only, query_only
   is on, and while it is prepared an authorizer lets nothing pass but SELECT, READ, FUNCTION and recursion. A query without
   an end ends with lure_index_interrupt, one that wants too much memory by SQLite's own limit. */
#include "store/index_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TEXT = 64 << 20 };
static const int64_t most_memory = INT64_C(1) << 30;

const char *lure_index_engine(void)
{
    static char text[48];
    snprintf(text, sizeof text, "SQLite %s", sqlite3_libversion());
    return text;
}

static int authorize(void *refused, int action, const char *a, const char *b, const char *database,
                     const char *view)
{
    (void)a;
    (void)database;
    (void)view;
    const bool is_reading = action == SQLITE_SELECT || action == SQLITE_READ || action == SQLITE_RECURSIVE ||
                            (action == SQLITE_FUNCTION && b && sqlite3_stricmp(b, "load_extension") != 0);
    if (is_reading)
        return SQLITE_OK;
    *(bool *)refused = true;
    return SQLITE_DENY;
}

void lure__index_only_reading(lure_index *index, bool only)
{
    if (only)
        index->was_refused = false;
    sqlite3_set_authorizer(index->db, only ? authorize : NULL, &index->was_refused);
}

/* The word after ": " at the end of SQLite's message, "no such column: r.retrun", without what is before a dot. */
static const char *unknown_name(const char *message)
{
    const char *name = strstr(message, "no such column: ");
    name = name ? name : strstr(message, "no such table: ");
    if (!name)
        return NULL;
    name = strchr(name, ':') + 2;
    const char *dot = strrchr(name, '.');
    return dot ? dot + 1 : name;
}

lure_status lure__index_refuse_sql(const lure_index *index, int code, const char *what, lure_error *err)
{
    static const char help[] =
        "there are runs(run, folder, batch, run_id, experiment, configuration, given, seed, "
        "outcome, started, seconds, updates, steps, episodes, episodic_return, track, tail_mean, "
        "digest, error), settings(run, key, value), numbers(run, name, value) and "
        "configurations(configuration, experiment, given, runs, ok, mean_return, least_return, "
        "greatest_return)";
    code &= 0xff;
    if (code == SQLITE_AUTH || index->was_refused)
        return lure_fail(err, LURE_ERROR_USAGE, "%.200s: only reading is possible here, one SELECT", what);
    if (code != SQLITE_ERROR)
        return lure__index_fail(index, code, err);
    const char *message = sqlite3_errmsg(index->db), *name = unknown_name(message);
    size_t n = 0;
    while (lure__index_readable[n])
        n++;
    const char *nearest = name ? lure_text_nearest(name, lure__index_readable, n) : NULL;
    if (nearest &&
        strcmp(nearest, name) == 0) /* a column where a table is asked for, or the other way round */
        nearest = NULL;
    return lure_fail(err, LURE_ERROR_USAGE, "%.200s: %s%s%s%s; %s", what, message,
                     nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "", help);
}

static void take_value(sqlite3_stmt *statement, int at, lure_index_value *v)
{
    *v = (lure_index_value){0};
    switch (sqlite3_column_type(statement, at)) {
    case SQLITE_INTEGER:
        v->type = LURE_INDEX_WHOLE;
        v->whole = sqlite3_column_int64(statement, at);
        break;
    case SQLITE_FLOAT:
        v->type = LURE_INDEX_NUMBER;
        v->number = sqlite3_column_double(statement, at);
        break;
    case SQLITE_TEXT:
        v->type = LURE_INDEX_STRING;
        v->text = lure__index_text((const char *)sqlite3_column_text(statement, at));
        v->n = (size_t)sqlite3_column_bytes(statement, at);
        break;
    case SQLITE_BLOB:
        v->type = LURE_INDEX_BYTES;
        v->text = lure__index_text(sqlite3_column_blob(statement, at));
        v->n = (size_t)sqlite3_column_bytes(statement, at);
        break;
    default: v->type = LURE_INDEX_NULL; break;
    }
}

/* Only comments and semicolons. */
static bool is_nothing(lure_index *index, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    bool nothing = true;
    while (nothing && *sql) {
        const char *rest = sql;
        nothing = sqlite3_prepare_v2(index->db, sql, -1, &statement, &rest) == SQLITE_OK && !statement &&
                  rest > sql;
        sqlite3_finalize(statement);
        sql = rest;
    }
    return nothing;
}

static lure_status hand_out(lure_index *index, sqlite3_stmt *statement, const char *sql,
                            lure_index_take_values take, void *data, lure_error *err)
{
    const int n = sqlite3_column_count(statement);
    const char **names = calloc((size_t)n + 1, sizeof *names);
    lure_index_value *values = calloc((size_t)n + 1, sizeof *values);
    lure_status status = LURE_OK;
    if (!names || !values) {
        free(names);
        free(values);
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory for the query");
    }
    for (int i = 0; i < n && status == LURE_OK; i++)
        if (!(names[i] = sqlite3_column_name(statement, i)))
            status = lure_fail(err, LURE_ERROR_MEMORY, "no memory for the query");
    if (status == LURE_OK)
        status = take(data, names, NULL, (size_t)n, err);
    int code = SQLITE_DONE;
    while (status == LURE_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        for (int i = 0; i < n; i++)
            take_value(statement, i, &values[i]);
        status = take(data, names, values, (size_t)n, err);
    }
    if (status == LURE_OK && (code & 0xff) == SQLITE_NOMEM)
        status = lure_fail(err, LURE_ERROR_MEMORY, "the query needs more than %lld MB of memory",
                           (long long)(most_memory >> 20));
    else if (status == LURE_OK && ((code & 0xff) == SQLITE_ERROR || (code & 0xff) == SQLITE_TOOBIG))
        status = lure_fail(err, LURE_ERROR_USAGE, "%.200s: %s", sql, sqlite3_errmsg(index->db));
    else if (status == LURE_OK && code != SQLITE_DONE)
        status = lure__index_fail(index, code, err);
    free(names);
    free(values);
    return status;
}

lure_status lure_index_query(lure_index *index, const char *sql, lure_index_take_values take, void *data,
                             lure_error *err)
{
    sqlite3_stmt *statement = NULL;
    const char *rest = NULL;
    sqlite3_hard_heap_limit64(most_memory);
    sqlite3_limit(index->db, SQLITE_LIMIT_LENGTH, MOST_TEXT);
    sqlite3_limit(index->db, SQLITE_LIMIT_ATTACHED, 0);
    lure__index_only_reading(index, true);
    const int code = sqlite3_prepare_v2(index->db, sql, -1, &statement, &rest);
    lure_status status = LURE_OK;
    if (code != SQLITE_OK)
        status = lure__index_refuse_sql(index, code, sql, err);
    else if (!statement)
        status = lure_fail(err, LURE_ERROR_USAGE, "the query is empty");
    else if (!sqlite3_stmt_readonly(statement) || sqlite3_stmt_isexplain(statement) == 1)
        status = lure_fail(err, LURE_ERROR_USAGE, "%.200s: only reading is possible here, one SELECT", sql);
    else if (!is_nothing(index, rest))
        status = lure_fail(err, LURE_ERROR_USAGE, "one SELECT at a time; after it comes '%.80s'", rest);
    /* what a view or a schema that changed meanwhile is prepared again for is authorized, too */
    if (status == LURE_OK)
        status = hand_out(index, statement, sql, take, data, err);
    sqlite3_finalize(statement);
    lure__index_only_reading(index, false);
    sqlite3_hard_heap_limit64(0);
    return status;
}
