/* index.c: opening, the schema, errors, kept statements. See index_inside.h for the tables. */
#include "store/index_inside.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
    lure_error own;
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

/* ---- interrupts ---- */

static volatile sig_atomic_t interrupted;

void lure_index_interrupt(void)
{
    interrupted = 1;
}

bool lure_index_is_interrupted(void)
{
    return interrupted != 0;
}

static int on_progress(void *unused)
{
    (void)unused;
    return interrupted;
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
    [LURE_SQL_TWINS] = "select folder from runs where run_id = ?1 and folder <> ?2 and outcome = 'ok'"
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
    char *copy = strdup(name);
    if (!copy)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory for %s", index->path);
    index->names[index->n_names++] = (lure_index_name){copy, id};
    return LURE_OK;
}

static void forget_names(lure_index *index)
{
    for (size_t i = 0; i < index->n_names; i++)
        free(index->names[i].name);
    index->n_names = index->next_name = 0;
}

lure_status lure__index_read_names(lure_index *index, lure_error *err)
{
    sqlite3_stmt *statement = NULL;
    forget_names(index);
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

/* ---- opening ---- */

static lure_status create(const char *root, const char *suffix, lure_index **out, lure_error *err)
{
    lure_index *index = calloc(1, sizeof *index);
    *out = NULL;
    if (!index)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory for the index of %s", root);
    index->lock = -1;
    lure_status status = lure_path_join(root, LURE_INDEX_NAME, index->path, err);
    const size_t length = strlen(index->path);
    if (status == LURE_OK && length + strlen(suffix) >= LURE_PATH_SIZE)
        status = lure_fail(err, LURE_ERROR_STORE, "%.200s...: the path is too long", root);
    if (status != LURE_OK) {
        free(index);
        return status;
    }
    memcpy(index->path + length, suffix, strlen(suffix) + 1);
    snprintf(index->root, sizeof index->root, "%s", root);
    *out = index;
    return LURE_OK;
}

/* Writers share the lock, who puts a new file in the old one's place has it alone: a writer's -wal would else come to lie
   beside a file that it does not belong to. */
static lure_status take_lock(lure_index *index, short type, lure_error *err)
{
    char path[LURE_PATH_SIZE];
    lure_status status = lure_path_join(index->root, ".index.lock", path, err);
    if (status != LURE_OK)
        return status;
    index->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (index->lock < 0)
        return lure_fail(err, LURE_ERROR_STORE, "cannot write %s: %s", index->path, strerror(errno));
    for (int waited = 0;; waited += 10) {
        struct flock lock = {.l_type = type, .l_whence = SEEK_SET};
        if (fcntl(index->lock, F_SETLK, &lock) == 0)
            return LURE_OK;
        if (errno != EAGAIN && errno != EACCES && errno != EINTR)
            return lure_fail(err, LURE_ERROR_STORE, "cannot lock %s: %s", path, strerror(errno));
        if (waited >= LURE_INDEX_PATIENCE)
            return lure__index_fail(index, SQLITE_BUSY, err);
        usleep(10000);
    }
}

static int64_t read_one(const lure_index *index, const char *sql, int *code)
{
    sqlite3_stmt *statement = NULL;
    int64_t value = 0;
    *code = sqlite3_prepare_v2(index->db, sql, -1, &statement, NULL);
    if (*code == SQLITE_OK && (*code = sqlite3_step(statement)) == SQLITE_ROW) {
        value = sqlite3_column_int64(statement, 0);
        *code = SQLITE_OK;
    } else if (*code == SQLITE_DONE) {
        *code = SQLITE_OK;
    }
    sqlite3_finalize(statement);
    return value;
}

/* Is it ours, and of this schema? *is_empty: there is nothing in it yet. */
static lure_status recognise(const lure_index *index, bool *is_empty, lure_error *err)
{
    int code;
    const int64_t application = read_one(index, "pragma application_id", &code);
    const int64_t version = code == SQLITE_OK ? read_one(index, "pragma user_version", &code) : 0;
    const int64_t n_tables =
        code == SQLITE_OK ? read_one(index, "select count(*) from sqlite_schema", &code) : 0;
    *is_empty = n_tables == 0 && application == 0;
    if (code != SQLITE_OK)
        return lure__index_fail(index, code, err);
    if (*is_empty)
        return LURE_OK;
    if (application != LURE_INDEX_APPLICATION)
        return lure__index_broken(index, "is no index of runs", err);
    if (version > LURE_INDEX_SCHEMA)
        return lure__index_broken(index, "was made by a newer lure", err);
    if (version < LURE_INDEX_SCHEMA)
        return lure__index_broken(index, "was made by an older lure", err);
    return LURE_OK;
}

/* "", "-wal", ... */
static bool has_bytes(const lure_index *index, const char *suffix)
{
    char path[LURE_PATH_SIZE + 8];
    struct stat info;
    snprintf(path, sizeof path, "%s%s", index->path, suffix);
    return stat(path, &info) == 0 && info.st_size > 0;
}

/* SQLite opens whatever is there, and waits for ever at a pipe that nobody writes to. *is_there false: there is nothing. */
static lure_status look_at_file(const lure_index *index, bool *is_there, lure_error *err)
{
    struct stat info;
    *is_there = stat(index->path, &info) == 0 || errno != ENOENT;
    if (*is_there && stat(index->path, &info) == 0 && !S_ISREG(info.st_mode))
        return lure_fail(err, LURE_ERROR_STORE, "%s is %s, expected a file: move it away, or remove it",
                         index->path, S_ISDIR(info.st_mode) ? "a folder" : "a pipe or a device");
    return LURE_OK;
}

static lure_status configure(lure_index *index, lure_error *err)
{
    sqlite3_busy_timeout(index->db, LURE_INDEX_PATIENCE);
    sqlite3_extended_result_codes(index->db, 1);
    sqlite3_db_config(index->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(index->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_progress_handler(index->db, 10000, on_progress, NULL);
    return lure__index_run_sql(
        index, "pragma temp_store = memory; pragma cell_size_check = on; pragma cache_size = -32768;", err);
}

lure_status lure_index_open(const char *root, lure_index **out, lure_error *err)
{
    lure_index *index;
    bool is_empty = false;
    lure_status status = create(root, "", &index, err);
    *out = NULL;
    if (status != LURE_OK)
        return status;
    bool is_there;
    status = look_at_file(index, &is_there, err);
    if (status == LURE_OK)
        status = take_lock(index, F_RDLCK, err);
    const bool has_wal = has_bytes(index, "-wal");
    if (status == LURE_OK) {
        const int code = sqlite3_open_v2(
            index->path, &index->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
        if (code != SQLITE_OK)
            status = lure__index_fail(index, code, err);
    }
    if (status == LURE_OK)
        status = configure(index, err);
    if (status == LURE_OK)
        status = recognise(index, &is_empty, err);
    if (status == LURE_OK)
        status = lure__index_run_sql(
            index,
            "pragma journal_mode = wal; pragma synchronous = normal; pragma wal_autocheckpoint = 4000;", err);
    if (status == LURE_OK && is_empty) {
        /* another may have been quicker while this one waited for its turn */
        status = lure__index_run_sql(index, "begin immediate", err);
        if (status == LURE_OK)
            status = recognise(index, &is_empty, err);
        if (status == LURE_OK && is_empty)
            status = lure__index_run_sql(index, lure__index_schema, err);
        if (status == LURE_OK)
            status = lure__index_run_sql(index, "commit", err);
    }
    if (status == LURE_OK) {
        int code;
        const bool was_writing = read_one(index, "select value from state where key = 'writing'", &code) != 0;
        if (code != SQLITE_OK)
            status = lure__index_fail(index, code, err);
        else if (was_writing && !has_wal && !has_bytes(index, "-wal"))
            status = lure__index_broken(index, "lacks rows: its index.db-wal is gone", err);
        else
            index->marked =
                was_writing; /* by one that was killed: its rows are taken in when this one closes */
    }
    if (status == LURE_OK)
        *out = index;
    else
        lure_index_close(index);
    return status;
}

lure_status lure_index_open_to_read(const char *root, lure_index **out, lure_error *err)
{
    lure_index *index;
    bool is_empty = false;
    lure_status status = create(root, "", &index, err);
    *out = NULL;
    if (status != LURE_OK)
        return status;
    bool is_there;
    status = look_at_file(index, &is_there, err);
    if (status != LURE_OK || !is_there) {
        lure_index_close(index);
        return status;
    }
    index->is_read_only = true;
    const bool has_wal = has_bytes(index, "-wal");
    int code = sqlite3_open_v2(index->path, &index->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
    if (code == SQLITE_OK) {
        read_one(index, "select count(*) from sqlite_schema", &code);
        /* WAL wants files beside it even to read. Where they cannot be made and none is there, nobody writes either. */
        const int plain = code & 0xff;
        if (!has_wal && (plain == SQLITE_CANTOPEN || plain == SQLITE_READONLY || plain == SQLITE_IOERR)) {
            lure_text uri;
            lure_text_init(&uri);
            lure_text_add(&uri, "file:");
            for (const char *c = index->path; *c; c++) /* what a URI would read otherwise, as %XX */
                lure_text_addf(&uri, strchr("?#%", *c) ? "%%%02X" : "%c", (unsigned char)*c);
            lure_text_add(&uri, "?immutable=1");
            sqlite3_close(index->db);
            index->db = NULL;
            code = sqlite3_open_v2(uri.data, &index->db,
                                   SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL);
            lure_text_free(&uri);
        }
    }
    if (code != SQLITE_OK)
        status = lure__index_fail(index, code, err);
    if (status == LURE_OK)
        status = configure(index, err);
    if (status == LURE_OK)
        status = recognise(index, &is_empty, err);
    if (status == LURE_OK && is_empty)
        status = lure__index_broken(index, "is empty", err);
    if (status == LURE_OK) {
        const bool is_writing = read_one(index, "select value from state where key = 'writing'", &code) != 0;
        if (code != SQLITE_OK)
            status = lure__index_fail(index, code, err);
        /* a writer that ends meanwhile takes the mark and the -wal away, in this order */
        else if (is_writing && !has_wal && !has_bytes(index, "-wal"))
            status = lure__index_broken(index, "lacks rows: its index.db-wal is gone", err);
    }
    if (status == LURE_OK)
        status = lure__index_run_sql(index, "pragma query_only = on", err);
    if (status == LURE_OK)
        *out = index;
    else
        lure_index_close(index);
    return status;
}

/* ---- a new one in the place of the old ---- */

static void remove_beside(const lure_index *index, const char *suffix)
{
    char path[LURE_PATH_SIZE + 8];
    snprintf(path, sizeof path, "%s%s", index->path, suffix);
    unlink(path);
}

lure_status lure_index_renew(const char *root, lure_index **out, lure_error *err)
{
    lure_index *index;
    char suffix[32];
    snprintf(suffix, sizeof suffix, ".%ld.tmp", (long)getpid());
    lure_status status = create(root, suffix, &index, err);
    *out = NULL;
    if (status != LURE_OK)
        return status;
    status = take_lock(index, F_WRLCK, err);
    if (status == LURE_OK) {
        index->is_new = true;
        remove_beside(index, "");
        const int code = sqlite3_open_v2(
            index->path, &index->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
        if (code != SQLITE_OK)
            status = lure__index_fail(index, code, err);
    }
    if (status == LURE_OK)
        status = configure(index, err);
    /* nobody sees it before it is whole, and nothing of it is of use then */
    if (status == LURE_OK)
        status = lure__index_run_sql(index,
                                     "pragma journal_mode = off; pragma synchronous = off;"
                                     "pragma locking_mode = exclusive; pragma cache_size = -131072;",
                                     err);
    if (status == LURE_OK)
        status = lure__index_run_sql(index, lure__index_schema, err);
    if (status == LURE_OK)
        *out = index;
    else
        lure_index_close(index);
    return status;
}

/* The old one gives its -wal up, so that who reads it still does not look for it beside the new one. A broken one cannot. */
static lure_status retire_old(const lure_index *index, const char *path, lure_error *err)
{
    lure_index old = {.lock = -1};
    struct stat info;
    snprintf(old.root, sizeof old.root, "%s", index->root);
    snprintf(old.path, sizeof old.path, "%s", path);
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode))
        return LURE_OK;
    int code = sqlite3_open_v2(path, &old.db, SQLITE_OPEN_READWRITE, NULL);
    if (code == SQLITE_OK) {
        sqlite3_busy_timeout(old.db, LURE_INDEX_PATIENCE);
        code = sqlite3_exec(old.db, "pragma journal_mode = delete", NULL, NULL, NULL);
    }
    const bool is_busy = (code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED;
    const lure_status status = is_busy ? lure__index_fail(&old, code, err) : LURE_OK;
    sqlite3_close(old.db);
    if (!is_busy) {
        remove_beside(&old, "-wal");
        remove_beside(&old, "-shm");
    }
    return status;
}

lure_status lure_index_finish(lure_index *index, lure_error *err)
{
    char path[LURE_PATH_SIZE];
    lure_status status = lure_path_join(index->root, LURE_INDEX_NAME, path, err);
    for (size_t i = 0; i < LURE_N_SQL; i++) {
        sqlite3_finalize(index->statements[i]);
        index->statements[i] = NULL;
    }
    if (status == LURE_OK && sqlite3_close(index->db) != SQLITE_OK)
        status = lure__index_fail(index, sqlite3_errcode(index->db), err);
    else
        index->db = NULL;
    if (status == LURE_OK) {
        const int file = open(index->path, O_RDWR | O_CLOEXEC);
        if (file < 0 || fsync(file) != 0)
            status = lure_fail(err, LURE_ERROR_STORE, "cannot write %s: %s", path, strerror(errno));
        if (file >= 0)
            close(file);
    }
    if (status == LURE_OK)
        status = retire_old(index, path, err);
    if (status == LURE_OK && rename(index->path, path) != 0)
        status = lure_fail(err, LURE_ERROR_STORE, "cannot replace %s: %s", path, strerror(errno));
    if (status == LURE_OK)
        index->is_new = false;
    lure_index_close(index);
    return status;
}

/* ---- closing ---- */

void lure_index_close(lure_index *index)
{
    if (!index)
        return;
    if (index->marked)
        (void)lure__index_run_sql(index, "update state set value = 0 where key = 'writing'", NULL);
    for (size_t i = 0; i < LURE_N_SQL; i++)
        sqlite3_finalize(index->statements[i]);
    sqlite3_close(index->db);
    if (index->is_new)
        remove_beside(index, "");
    if (index->lock >= 0)
        close(index->lock);
    forget_names(index);
    free(index->names);
    free(index);
}
