/* run_table.h: rows of the index as a table for a terminal: what all have in common told once above it, a line a run, and below why
   some failed. Init, add each, print, free. Internal to cli/. Errors are LURE_ERROR_MEMORY alone. */
#ifndef LURE_CLI_RUN_TABLE_H
#define LURE_CLI_RUN_TABLE_H

#include "report/table.h"
#include "store/index.h"

enum { LURE_RUN_TABLE_ID_SIZE = 9, LURE_RUN_TABLE_ERRORS = 5 };

typedef struct lure_run_table {
    const char *sort; /* the column or number that was named: shown in a column of its own; null: none */
    bool wide;
    struct lure_run_table_row *rows;
    size_t n_rows, capacity;
    lure_text words, common;
    lure_table *table;
    size_t width, room; /* of the line; columns that the last cell may take */
    char year[5];
    struct {
        char text[256], id[LURE_RUN_TABLE_ID_SIZE]; /* of the first run that ended so */
        size_t n;
    } errors[LURE_RUN_TABLE_ERRORS];
    size_t n_errors;
} lure_run_table;

void lure_run_table_init(lure_run_table *table, const char *sort, size_t width);
lure_status lure_run_table_add(lure_run_table *table, const lure_index_row *row, lure_error *err);
/* Appends; nothing where there is no row. */
lure_status lure_run_table_print(lure_run_table *table, bool colour, lure_text *out, lure_error *err);
void lure_run_table_free(lure_run_table *table);

#endif
