/* json_lines.h: metrics.jsonl: a JSON object a row, on a line of its own (jsonlines.org), with the names and numbers of metrics.csv
   in their order; null where there is no value. */
#ifndef LURE_STORE_JSON_LINES_H
#define LURE_STORE_JSON_LINES_H

#include "store/row_sink.h"

#include <stdbool.h>
#include <stdint.h>

/* Creates the file; or, with `goes_on`, opens it and keeps its first n_rows. */
lure_status lure_json_lines_open(const char *path, bool goes_on, uint64_t n_rows, lure_row_sink **out,
                                 lure_error *err);

#endif
