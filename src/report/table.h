/* table.h: a table in characters: cells as text, columns padded, numbers flush right, the header underlined.
   Appends to a text, writes nowhere. */
#ifndef LURE_REPORT_TABLE_H
#define LURE_REPORT_TABLE_H

#include "base/text.h"
#include <stdbool.h>
#include <stddef.h>

typedef struct lure_table lure_table;

lure_table *lure_table_create(size_t n_columns); /* 1 or more; null without memory */
/* Row by row, the header first; the text is copied. `right` puts this cell flush right. Width counts UTF-8. A cell
   that memory refused makes lure_table_print mark its text as failed. */
void lure_table_cell(lure_table *table, const char *text, bool right);
void lure_table_print(const lure_table *table, bool colour, lure_text *text); /* no spaces at line ends */
void lure_table_destroy(lure_table *table);                                   /* null is fine */

#endif
