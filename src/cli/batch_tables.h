/* batch_tables.h: the tables at the end of a batch: configurations, the best first, and what the varied options matter.
   At most `width` columns where names and values can be shortened that far. Internal to cli/. */
#ifndef LURE_CLI_BATCH_TABLES_H
#define LURE_CLI_BATCH_TABLES_H

#include "cli/batch_statistics.h"

enum { LURE_BATCH_ROWS = 20 }; /* more rows are left out, and said so */

typedef struct lure_batch_view {
    int width;
    bool colour;
    bool all; /* every row */
} lure_batch_view;

/* Tables of every task, those over all tasks, and what their columns mean. Appends. */
void lure_batch_add_tables(const lure_batch_statistics *statistics, const lure_batch_view *view,
                           lure_text *text);

#endif
