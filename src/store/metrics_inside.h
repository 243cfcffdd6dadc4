/* metrics_inside.h: what metrics are made of, for metrics.c (rows and statistics) and metrics_saved.c (going on with a file that is
   there). Internal to store/. */
#ifndef LURE_STORE_METRICS_INSIDE_H
#define LURE_STORE_METRICS_INSIDE_H

#include "store/metrics.h"

#include <sys/types.h>

/* Moments of the values in some rows. */
typedef struct lure__moments {
    uint64_t n;
    double mean, m2; /* m2: sum of squared distances from the mean */
} lure__moments;

typedef struct lure__column {
    char *name;
    uint64_t bits; /* of the value whose text is kept */
    size_t length; /* of the text */
    char text[LURE_NUMBER_SIZE];
    double last, minimum, maximum;
    uint64_t n;
    lure__moments open;                      /* the bucket being filled */
    lure__moments closed[LURE_CURVE_POINTS]; /* (bucket) */
} lure__column;

struct lure_metrics {
    int file;   /* -1: writes nowhere */
    char *path; /* null then */
    char *buffer;
    size_t length, capacity;
    size_t header;     /* bytes of the header that the file does not hold yet; it is at the buffer's start */
    off_t in_file;     /* bytes of whole rows in the file */
    uint32_t checksum; /* of these */
    off_t known;       /* bytes it had when it was opened again: they are compared, not written */
    lure__column *columns;
    size_t n_columns;
    uint64_t n_rows;
    uint64_t width;     /* rows in a bucket: a power of two, the same for all columns */
    uint64_t n_in_open; /* rows in the open bucket, below width */
    size_t n_closed;
    lure_row_sink *sinks[LURE_MOST_SINKS];
    size_t n_sinks;
    bool leaves_sync;
};

/* With the flags of open(2) besides those that all have. */
lure_status lure__metrics_open_with(const char *path, int flags, lure_metrics **out, lure_error *err);

#endif
