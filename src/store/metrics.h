/* metrics.h: metrics.csv, one row per logged update, a header, numbers as the shortest text that reads back to
   the same bits (RFC 4180; a missing value is empty). Append-only and buffered; nothing in it depends on time,
   so the same run gives the same bytes. A null path writes nowhere but keeps the statistics. */
#ifndef LURE_STORE_METRICS_H
#define LURE_STORE_METRICS_H

#include "base/status.h"
#include "base/text.h"
#include <stddef.h>
#include <stdint.h>

typedef struct lure_metrics lure_metrics;

/* What each column did: enough for a table and for a curve on a terminal, whatever the number of rows. */
enum { LURE_CURVE_POINTS = 512 };
typedef struct lure_metrics_column {
    const char *name;                 /* borrowed from the metrics */
    double last, minimum, maximum;    /* over all rows; NaN values are left out */
    double tail_mean, tail_deviation; /* over the last half of all rows, to one curve bucket; sample deviation (n - 1) */
    uint64_t n;                       /* rows in which it had a value */
    size_t n_points;                  /* the curve: bucket means, equally many rows each, in order */
    double curve[LURE_CURVE_POINTS];
} lure_metrics_column;

lure_status lure_metrics_open(const char *path, lure_metrics **out, lure_error *err); /* creates; refuses an existing file */
/* Names once, before the first row. They are copied. A name with a comma, quote or newline is quoted. */
lure_status lure_metrics_columns(lure_metrics *metrics, const char *const *names, size_t n, lure_error *err);
size_t lure_metrics_n_columns(const lure_metrics *metrics);
lure_status lure_metrics_row(lure_metrics *metrics, const double *values, lure_error *err); /* NaN: empty cell */
uint64_t lure_metrics_n_rows(const lure_metrics *metrics);
void lure_metrics_column_get(const lure_metrics *metrics, size_t i, lure_metrics_column *out);
lure_status lure_metrics_flush(lure_metrics *metrics, lure_error *err); /* to the system; `close` also syncs */
lure_status lure_metrics_close(lure_metrics *metrics, lure_error *err); /* always frees; null is fine */

#endif
