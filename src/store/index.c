/* index.c: the schema, errors, kept statements, names of numbers. See index_inside.h for the tables. */
#include "store/index_inside.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMN(name, kind)                                                                                   \
    {                                                                                                        \
#name, LURE_INDEX_##kind, offsetof(lure_index_run, name)                                             \
    }
const lure_index_column lure__index_columns[LURE_INDEX_COLUMNS] = {
    COLUMN(folder, TEXT),          COLUMN(batch, TEXT),   COLUMN(run_id, TEXT),     COLUMN(experiment, TEXT),
    COLUMN(configuration, TEXT),   COLUMN(given, TEXT),   COLUMN(seed, INTEGER),    COLUMN(outcome, TEXT),
    COLUMN(started, TEXT),         COLUMN(seconds, REAL), COLUMN(updates, INTEGER), COLUMN(steps, INTEGER),
    COLUMN(episodes, INTEGER),     COLUMN(track, TEXT),   COLUMN(tail_mean, REAL),  COLUMN(digest, TEXT),
    COLUMN(episodic_return, REAL), COLUMN(error, TEXT)};
#undef COLUMN

const char *const lure__index_readable[] = {
    "runs",    "settings",  "numbers",    "configurations",  "run",   "folder",
    "batch",   "run_id",    "experiment", "configuration",   "given", "seed",
    "outcome", "started",   "seconds",    "updates",         "steps", "episodes",
    "track",   "tail_mean", "digest",     "episodic_return", "error", "key",
    "value",   "name",      NULL};

const char lure__index_schema[] =
    "create table state(key text primary key, value) without rowid;"
    "insert into state values('writing', 0);"
    "create table setting_pairs(pair integer primary key, key text not null, value not null,"
    " unique(key, value));"
    "create table setting_sets(id integer primary key, hash text not null unique);"
    "create table set_pairs(id integer not null, pair integer not null, primary key(id, pair)) without rowid;"
    "create index set_pairs_by_pair on set_pairs(pair);"
    "create table runs(run integer primary key, folder text not null unique, batch text, run_id text,"
    " experiment text, configuration text, given text, seed integer, outcome text, started text,"
    " seconds real, updates integer, steps integer, episodes integer, track text, tail_mean real,"
    " digest text, episodic_return real, error text, setting_set integer not null, row_sum integer not null);"
    "create index runs_by_id on runs(run_id);"
    "create index runs_by_return on runs(outcome, episodic_return);"
    "create index runs_by_start on runs(started);"
    "create index runs_by_settings on runs(setting_set);"
    "create table number_names(id integer primary key, name text not null unique);"
    "create table run_numbers(name integer not null, run integer not null, value real not null,"
    " primary key(name, run)) without rowid;"
    "create view settings(run, key, value) as select r.run, p.key, p.value from runs r"
    " join set_pairs s on s.id = r.setting_set join setting_pairs p on p.pair = s.pair;"
    "create view numbers(run, name, value) as select v.run, n.name, v.value from number_names n"
    " join run_numbers v on v.name = n.id;"
    "create view configurations(configuration, experiment, given, runs, ok, mean_return, least_return,"
    " greatest_return) as select configuration, experiment, given, count(*), sum(outcome = 'ok'),"
    " avg(iif(outcome = 'ok', episodic_return, null)), min(iif(outcome = 'ok', episodic_return, null)),"
    " max(iif(outcome = 'ok', episodic_return, null)) from runs group by configuration;"
    /* told once, so that one run's numbers are looked up name by name instead of reading all */
    "analyze sqlite_schema;"
    "insert into sqlite_stat1 values('run_numbers', 'run_numbers', '2000000 100000 1');"
    "pragma application_id = 1819636325;"
    "pragma user_version = 1;";
_Static_assert(LURE_INDEX_APPLICATION == 1819636325 && LURE_INDEX_SCHEMA == 1,
               "as in the schema's last lines");

/* ---- errors ---- */

static const char advice[] = "; a new one is made from the folders by: lure ls ";

static void add_advice(const lure_index *index, lure_error *err)
{
    lure_text text;
    lure_text_init(&text);
    lure_text_addf(&text, "%s%s", err->text, advice);
    lure_text_add_quoted(&text, index->root);
    lure_text_add(&text, " --rebuild");
    lure_fail(err, LURE_ERROR_STORE, "%s", text.data);
    lure_text_free(&text);
}

bool lure_index_is_broken(const lure_error *err)
{
    return err->status == LURE_ERROR_STORE && strstr(err->text, advice);
}

lure_status lure__index_broken(const lure_index *index, const char *why, lure_error *err)
{
    lure_error own = {0};
    err = err ? err : &own;
    lure_fail(err, LURE_ERROR_STORE, "%s %s", index->path, why);
    add_advice(index, err);
    return LURE_ERROR_STORE;
}

lure_status lure__index_fail(const lure_index *index, int code, lure_error *err)
{
    const int reason = index->db ? sqlite3_system_errno(index->db) : 0;
    switch (code & 0xff) {
    case SQLITE_NOMEM: return lure_fail(err, LURE_ERROR_MEMORY, "no memory for %s", index->path);
    case SQLITE_INTERRUPT: return lure_fail(err, LURE_ERROR_CANCELLED, "stopped by a signal");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return lure_fail(err, LURE_ERROR_STORE,
                         "%s is being written by another process and stayed so for %d seconds", index->path,
                         LURE_INDEX_PATIENCE / 1000);
    case SQLITE_NOTADB: return lure__index_broken(index, "is no index of runs", err);
    case SQLITE_CORRUPT: return lure__index_broken(index, "is damaged", err);
    case SQLITE_FULL:
        return lure_fail(err, LURE_ERROR_STORE, "cannot write %s: %s", index->path, strerror(ENOSPC));
    case SQLITE_READONLY:
        return lure_fail(err, LURE_ERROR_STORE, "cannot write %s: it is read-only", index->path);
    default: break;
    }
    return lure_fail(err, LURE_ERROR_STORE, "%s: %s%s%s", index->path,
                     index->db ? sqlite3_errmsg(index->db) : sqlite3_errstr(code), reason ? ": " : "",
                     reason ? strerror(reason) : "");
}

lure_status lure__index_run_sql(lure_index *index, const char *sql, lure_error *err)
{
    const int code = sqlite3_exec(index->db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? LURE_OK : lure__index_fail(index, code, err);
}

/* ---- statements ---- */

static const char *const texts[LURE_N_SQL] = {
    [LURE_SQL_FIND] = "select run from runs where folder = ?1",
    [LURE_SQL_INSERT] =
        "insert into runs(folder, batch, run_id, experiment, configuration, given, seed, outcome, started,"
        " seconds, updates, steps, episodes, track, tail_mean, digest, episodic_return, error, setting_set,"
        " row_sum) values(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,"
        " ?19, ?20)",
    [LURE_SQL_UPDATE] =
        "update runs set folder = ?1, batch = ?2, run_id = ?3, experiment = ?4, configuration = ?5, given = "
        "?6,"
        " seed = ?7, outcome = ?8, started = ?9, seconds = ?10, updates = ?11, steps = ?12, episodes = ?13,"
        " track = ?14, tail_mean = ?15, digest = ?16, episodic_return = ?17, error = ?18, setting_set = ?19,"
        " row_sum = ?20 where run = ?21",
    [LURE_SQL_RUN] = "select folder, batch, run_id, experiment, configuration, given, seed, outcome, started,"
                     " seconds, updates, steps, episodes, track, tail_mean, digest, episodic_return, error,"
                     " setting_set, row_sum from runs where run = ?1",
    [LURE_SQL_TWINS] =
        "select folder from runs indexed by runs_by_id where run_id = ?1 and folder <> ?2 and outcome = 'ok'"
        " and digest <> ?3 and setting_set = ?4",
    [LURE_SQL_SET_FIND] = "select id from setting_sets where hash = ?1",
    [LURE_SQL_SET_INSERT] = "insert into setting_sets(hash) values(?1)",
    [LURE_SQL_SET_PAIR] = "insert or ignore into set_pairs values(?1, ?2)",
    [LURE_SQL_SET_PAIRS] =
        "select p.key, p.value from set_pairs s cross join setting_pairs p on p.pair = s.pair"
        " where s.id = ?1 order by p.key",
    [LURE_SQL_PAIR_FIND] = "select pair from setting_pairs where key = ?1 and value is ?2",
    [LURE_SQL_PAIR_INSERT] = "insert into setting_pairs(key, value) values(?1, ?2)",
    [LURE_SQL_NAME_INSERT] = "insert into number_names(name) values(?1)",
    [LURE_SQL_NUMBER_PUT] = "insert or replace into run_numbers values(?1, ?2, ?3)",
    [LURE_SQL_NUMBER_DROP] = "delete from run_numbers where name = ?1 and run = ?2",
    [LURE_SQL_HAS] =
        "select 1 from runs where folder = ?1 or (folder >= ?1 || '/' and folder < ?1 || '0') limit 1",
    [LURE_SQL_NUMBERS] = "select n.name, v.value from number_names n cross join run_numbers v"
                         " on v.name = n.id and v.run = ?1 order by n.name",
};

sqlite3_stmt *lure__index_statement(lure_index *index, lure_index_sql which, lure_error *err)
{
    sqlite3_stmt **statement = &index->statements[which];
    if (*statement) {
        sqlite3_reset(*statement);
        return *statement;
    }
    const int code =
        sqlite3_prepare_v3(index->db, texts[which], -1, SQLITE_PREPARE_PERSISTENT, statement, NULL);
    if (code != SQLITE_OK)
        lure__index_fail(index, code, err);
    return *statement;
}

/* ---- names of numbers ---- */

lure_status lure__index_add_name(lure_index *index, const char *name, int64_t id, lure_error *err)
{
    if (index->n_names == index->names_capacity) {
        const size_t capacity = index->names_capacity ? 2 * index->names_capacity : 64;
        lure_index_name *grown = realloc(index->names, capacity * sizeof *grown);
        if (!grown)
            return lure_fail(err, LURE_ERROR_MEMORY, "no memory for %s", index->path);
        index->names = grown;
        index->names_capacity = capacity;
    }
    lure_index_name *added = &index->names[index->n_names];
    added->id = id;
    added->name = strdup(name);
    if (!added->name)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory for %s", index->path);
    index->n_names++;
    return LURE_OK;
}

void lure__index_forget_names(lure_index *index)
{
    for (size_t i = 0; i < index->n_names; i++)
        free(index->names[i].name);
    index->n_names = index->next_name = 0;
}

lure_status lure__index_read_names(lure_index *index, lure_error *err)
{
    sqlite3_stmt *statement = NULL;
    lure__index_forget_names(index);
    lure_status status = LURE_OK;
    int code =
        sqlite3_prepare_v2(index->db, "select name, id from number_names order by id", -1, &statement, NULL);
    while (code == SQLITE_OK && status == LURE_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        code = SQLITE_OK;
        status =
            lure__index_add_name(index, lure__index_text((const char *)sqlite3_column_text(statement, 0)),
                                 sqlite3_column_int64(statement, 1), err);
    }
    sqlite3_finalize(statement);
    return status != LURE_OK || code == SQLITE_DONE || code == SQLITE_OK ? status
                                                                         : lure__index_fail(index, code, err);
}
