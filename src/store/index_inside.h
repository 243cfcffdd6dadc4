/* index_inside.h: what the files index*.c share. Internal to store/.

   In the file: runs, a row a run. What few runs differ in is kept once: setting_pairs (key, value) and which of them a run has,
   setting_sets and set_pairs; the names of numbers, number_names, and run_numbers (name, run, value), name first, so that all
   runs' values of one number lie together and new runs are appended in few places. People read the views settings (run,
   key, value), numbers (run, name, value) and configurations. state holds `writing`: a longer series of puts is going on,
   so that what is in the -wal file matters. */
#ifndef LURE_STORE_INDEX_INSIDE_H
#define LURE_STORE_INDEX_INSIDE_H

#include "store/index.h"

#include <sqlite3.h>
#include <stdbool.h>

enum {
    LURE_INDEX_APPLICATION = 0x6c757265, /* "lure", in SQLite's application_id */
    LURE_INDEX_SCHEMA = 1,               /* in SQLite's user_version */
    LURE_INDEX_PATIENCE = 10000,         /* milliseconds that writers wait for each other */
};

/* The columns of runs that come from a lure_index_run, in the table's order. */
typedef enum { LURE_INDEX_TEXT, LURE_INDEX_INTEGER, LURE_INDEX_REAL } lure_index_kind;
typedef struct lure_index_column {
    const char *name;
    lure_index_kind kind;
    size_t offset; /* in lure_index_run */
} lure_index_column;
enum { LURE_INDEX_COLUMNS = 18 };
extern const lure_index_column lure__index_columns[LURE_INDEX_COLUMNS];

/* What there is to be read in a statement, for did-you-mean and help; ends with null. */
extern const char *const lure__index_readable[];

typedef enum {
    LURE_SQL_FIND, /* the kept statements */
    LURE_SQL_INSERT,
    LURE_SQL_UPDATE,
    LURE_SQL_RUN,
    LURE_SQL_TWINS,
    LURE_SQL_SET_FIND,
    LURE_SQL_SET_INSERT,
    LURE_SQL_SET_PAIR,
    LURE_SQL_SET_PAIRS,
    LURE_SQL_PAIR_FIND,
    LURE_SQL_PAIR_INSERT,
    LURE_SQL_NAME_INSERT,
    LURE_SQL_NUMBER_PUT,
    LURE_SQL_NUMBER_DROP,
    LURE_SQL_NUMBERS,
    LURE_SQL_HAS,
    LURE_N_SQL
} lure_index_sql;

typedef struct lure_index_name {
    char *name;
    int64_t id;
} lure_index_name;

struct lure_index {
    sqlite3 *db;
    sqlite3_stmt *statements[LURE_N_SQL];
    char root[LURE_PATH_SIZE],
        path[LURE_PATH_SIZE]; /* the file that is open, which may be a new one's temporary */
    int lock;                 /* of ROOT/.index.lock; -1: none */
    bool is_new;              /* of lure_index_renew */
    bool was_refused;         /* a person's SQL wants to do more than read */
    size_t n_puts;
    bool marked;            /* state says that it is being written */
    lure_index_name *names; /* of numbers, as far as they were needed */
    size_t n_names, next_name, names_capacity;
};

extern const char lure__index_schema[];
/* "PATH: what SQLite says", and what to do about it. */
lure_status lure__index_fail(const lure_index *index, int code, lure_error *err);
lure_status lure__index_broken(const lure_index *index, const char *why, lure_error *err);
lure_status lure__index_run_sql(lure_index *index, const char *sql, lure_error *err);
/* A kept statement, reset, ready to be bound; null: err says why. */
sqlite3_stmt *lure__index_statement(lure_index *index, lure_index_sql which, lure_error *err);
/* A setting's value: numbers as numbers, so that they compare as such, if their text comes back from them. The text must stay. */
void lure__index_bind_value(sqlite3_stmt *statement, int at, const char *text);
/* A person's SQL did not compile: says why, and what there is to be read. */
lure_status lure__index_refuse_sql(const lure_index *index, int code, const char *what, lure_error *err);
/* While a person's SQL is prepared: it may read, and nothing else. */
void lure__index_only_reading(lure_index *index, bool only);
void lure__index_forget_names(lure_index *index);
/* All names there are; forgets what was known. */
lure_status lure__index_read_names(lure_index *index, lure_error *err);
lure_status lure__index_add_name(lure_index *index, const char *name, int64_t id, lure_error *err);

/* ---- the sum of a row: of 64-bit hashes of its parts, whatever their order ---- */

uint64_t lure__index_hash_text(char kind, const char *name, const char *text);
uint64_t lure__index_hash_integer(char kind, const char *name, int64_t value);
uint64_t lure__index_hash_real(char kind, const char *name, double value);
/* Of the columns alone. */
uint64_t lure__index_hash_run(const lure_index_run *run);
/* Settings and numbers are hashed with these kinds. */
#define LURE_INDEX_HASH_COLUMN  'c'
#define LURE_INDEX_HASH_SETTING 's'
#define LURE_INDEX_HASH_NUMBER  'n'

static inline const char *lure__index_text(const char *text)
{
    return text ? text : "";
}

#endif
