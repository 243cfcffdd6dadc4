/* index_open.c: an index opened, for writing, for reading, as a new one in the place of the old, and closed. See index.h. */
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

static lure_status open_to_write(lure_index *index, lure_error *err)
{
    const int code = sqlite3_open_v2(index->path, &index->db,
                                     SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    return code == SQLITE_OK ? configure(index, err) : lure__index_fail(index, code, err);
}

lure_status lure_index_open(const char *root, lure_index **out, lure_error *err)
{
    lure_index *index;
    bool is_empty = false;
    lure_status status = create(root, "", &index, err);
    *out = NULL;
    if (!index)
        return status;
    bool is_there;
    status = look_at_file(index, &is_there, err);
    if (status == LURE_OK)
        status = take_lock(index, F_RDLCK, err);
    const bool has_wal = has_bytes(index, "-wal");
    if (status == LURE_OK)
        status = open_to_write(index, err);
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
    if (!index)
        return status;
    bool is_there;
    status = look_at_file(index, &is_there, err);
    if (status != LURE_OK || !is_there) {
        lure_index_close(index);
        return status;
    }
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
    if (!index)
        return status;
    status = take_lock(index, F_WRLCK, err);
    if (status == LURE_OK) {
        index->is_new = true;
        remove_beside(index, "");
        status = open_to_write(index, err);
    }
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
    if (status == LURE_OK)
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
    lure__index_forget_names(index);
    free(index->names);
    free(index);
}
