/* run_table.h: rows of the index as a table for a terminal: a line a run, and what all of them have in common told once, in the
   heading. Init, add each, print, free. Internal to cli/. Errors are LURE_ERROR_MEMORY alone. */
#ifndef LURE_CLI_RUN_TABLE_H
#define LURE_CLI_RUN_TABLE_H

#include "report/table.h"
#include "store/index.h"

typedef struct lure_run_table {
    const char *sort; /* the column or number that was named: shown in a column of its own; null: none */
    bool wide;
    struct lure_run_table_row *rows;
    size_t n_rows, capacity;
    lure_text words, common;
    lure_table *table;
    size_t width, room; /* of the line; columns that the last cell may take */
    char year[5];
} lure_run_table;

void lure_run_table_init(lure_run_table *table, const char *sort, size_t width);
lure_status lure_run_table_add(lure_run_table *table, const lure_index_row *row, lure_error *err);
/* Appends; nothing where there is no row. */
lure_status lure_run_table_print(lure_run_table *table, bool colour, lure_text *out, lure_error *err);
void lure_run_table_free(lure_run_table *table);

#endif
