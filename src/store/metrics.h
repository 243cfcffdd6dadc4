/* metrics.h: metrics.csv, one row per logged update, a header, numbers as the shortest text that reads back to
   the same bits (RFC 4180 with "\n" at line ends; a missing value is empty). Append-only and buffered; nothing in it
   depends on time, so the same run gives the same bytes. A null path writes nowhere but keeps the statistics.
   A write that fails (a full disk) damages nothing: the file is cut back to whole rows, the rows it lacks stay buffered
   and the next row or flush tries again. The row whose call failed is not taken. */
#ifndef LURE_STORE_METRICS_H
#define LURE_STORE_METRICS_H

#include "base/bytes.h"
#include "base/status.h"
#include "base/text.h"
#include "store/row_sink.h"
#include <stddef.h>
#include <stdint.h>

typedef struct lure_metrics lure_metrics;

/* What each column did: enough for a table and for a curve on a terminal, whatever the number of rows. */
enum { LURE_CURVE_POINTS = 512 };
typedef struct lure_metrics_column {
    const char *name;              /* borrowed from the metrics */
    double last, minimum, maximum; /* over all rows; NaN values are left out */
    /* over the last half of all rows, to one curve bucket; sample deviation (n - 1), NaN for fewer than two values */
    double tail_mean, tail_deviation;
    uint64_t n; /* rows in which it had a value */
    /* The curve: bucket means (NaN: no value), equally many rows each, in order. The rows of a bucket double when more
       than 512 would be needed; rows after the last full bucket are not in it. */
    size_t n_points;
    double curve[LURE_CURVE_POINTS];
} lure_metrics_column;

/* Creates the file; refuses an existing one. */
lure_status lure_metrics_open(const char *path, lure_metrics **out, lure_error *err);
/* From now on each row goes to the sink, too, after it has been taken here, and so do flush and close, whatever comes of them
   here. The metrics own it, also after a failure. At most LURE_MOST_SINKS. */
enum { LURE_MOST_SINKS = 4 };
lure_status lure_metrics_attach(lure_metrics *metrics, lure_row_sink *sink, lure_error *err);
/* Names once, before the first row. They are copied. A name with a comma, quote or newline is quoted; two equal names,
   or none at all, are LURE_ERROR_SCRIPT. */
lure_status lure_metrics_columns(lure_metrics *metrics, const char *const *names, size_t n, lure_error *err);
size_t lure_metrics_n_columns(const lure_metrics *metrics);
size_t lure_metrics_n_sinks(const lure_metrics *metrics);
/* From now on nothing here waits for the disk: what the file holds is on its way there, and somebody else sees to it. */
void lure_metrics_leave_sync(lure_metrics *metrics);
/* One value a column; NaN: no value, an empty cell. */
lure_status lure_metrics_row(lure_metrics *metrics, const double *values, lure_error *err);
uint64_t lure_metrics_n_rows(const lure_metrics *metrics);
void lure_metrics_column_get(const lure_metrics *metrics, size_t i, lure_metrics_column *out);
lure_status lure_metrics_flush(lure_metrics *metrics, lure_error *err); /* to the system */

/* ---- going on with a file that is there ---- */

/* Flushes to the disk and writes down where the file ends, with all statistics. */
lure_status lure_metrics_save(lure_metrics *metrics, lure_text *out, lure_error *err);
/* The metrics as they were then; what the file has got since is cut off. A file that is shorter, or a text that is no
   such one, is LURE_ERROR_STORE. */
lure_status lure_metrics_open_saved(const char *path, lure_bytes *saved, lure_metrics **out, lure_error *err);
/* From the first row again: what the file holds is compared with what comes, byte by byte, and then
   added to. The first difference is LURE_ERROR_STORE, and the file is left as it is. */
lure_status lure_metrics_open_again(const char *path, lure_metrics **out, lure_error *err);
/* At the end of a run, flushed: does the file hold more than came? */
lure_status lure_metrics_check_end(const lure_metrics *metrics, lure_error *err);
/* To the disk; frees whatever happens; null is fine. */
lure_status lure_metrics_close(lure_metrics *metrics, lure_error *err);

#endif
