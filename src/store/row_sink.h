/* row_sink.h: what takes the rows of metrics.csv, too, in another format: metrics.h owns those that are attached and hands on
   each row. A sink that has failed once may be called again: it tries again, or fails again, and damages nothing. */
#ifndef LURE_STORE_ROW_SINK_H
#define LURE_STORE_ROW_SINK_H

#include "base/status.h"

#include <stddef.h>

typedef struct lure_row_sink {
    /* Once, before the first row; the names are copied. */
    lure_status (*columns)(struct lure_row_sink *sink, const char *const *names, size_t n, lure_error *err);
    lure_status (*row)(struct lure_row_sink *sink, const double *values, lure_error *err); /* NaN: no value */
    lure_status (*flush)(struct lure_row_sink *sink, lure_error *err); /* to the system; signal-safe */
    lure_status (*close)(struct lure_row_sink *sink, lure_error *err); /* to the disk; frees in any case */
} lure_row_sink;

#endif
