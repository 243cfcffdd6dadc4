/* value_writer.h: rows of values as CSV (RFC 4180 with "\n" at line ends, numbers as the shortest text that reads back to the same
   bits, what is missing empty), as JSON (an array of objects), or as a table. Internal to cli/. */
#ifndef LURE_CLI_VALUE_WRITER_H
#define LURE_CLI_VALUE_WRITER_H

#include "base/json.h"
#include "report/table.h"
#include "store/index.h"

typedef enum { LURE_FORM_TABLE, LURE_FORM_CSV, LURE_FORM_JSON } lure_form;

typedef struct lure_value_writer {
    lure_form form;
    lure_text *borrow_text; /* what is written so far; the caller may take it out between rows (CSV, JSON) */
    lure_json json;
    lure_table *table;
    char **names;
    size_t n_names, n_rows;
    bool failed;
} lure_value_writer;

void lure_value_writer_begin(lure_value_writer *w, lure_form form, lure_text *text);
void lure_value_writer_names(lure_value_writer *w, const char *const *names, size_t n);
void lure_value_writer_row(lure_value_writer *w, const lure_index_value *values);
/* False: no memory. Frees it. `colour` is the table's. */
bool lure_value_writer_end(lure_value_writer *w, bool colour);

#endif
