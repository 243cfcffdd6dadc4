/* metrics.c: the row path costs about as much as a copy. A column keeps the text of its last value and reuses it
   while the bits stay the same. Rows are buffered whole, so a torn row can only come from a write that stopped
   half way, and then the file is cut back to the last row's end; the rows it lacks stay in the buffer for another
   try. Statistics are kept per bucket of rows (Welford 1962) and merged (Chan, Golub & LeVeque 1979). */
#include "store/metrics_inside.h"

#include "base/crc32c.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER_SIZE = 64 * 1024 };

static lure_status out_of_memory(lure_error *err)
{
    return lure_fail(err, LURE_ERROR_MEMORY, "no memory for the metrics");
}

lure_status lure__metrics_open_with(const char *path, int flags, lure_metrics **out, lure_error *err)
{
    *out = NULL;
    lure_metrics *metrics = calloc(1, sizeof *metrics);
    if (!metrics)
        return out_of_memory(err);
    metrics->file = -1;
    metrics->width = 1;
    if (path) {
        metrics->path = strdup(path);
        metrics->buffer = malloc(BUFFER_SIZE);
        metrics->capacity = BUFFER_SIZE;
        if (!metrics->path || !metrics->buffer) {
            lure_metrics_close(metrics, NULL);
            return out_of_memory(err);
        }
        metrics->file = open(path, flags | O_APPEND | O_CLOEXEC, 0666);
        if (metrics->file < 0) {
            lure_fail(err, LURE_ERROR_STORE, "cannot %s %s: %s", flags & O_EXCL ? "create" : "open", path,
                      strerror(errno));
            lure_metrics_close(metrics, NULL);
            return LURE_ERROR_STORE;
        }
    }
    *out = metrics;
    return LURE_OK;
}

lure_status lure_metrics_open(const char *path, lure_metrics **out, lure_error *err)
{
    return lure__metrics_open_with(path, O_WRONLY | O_CREAT | O_EXCL, out, err);
}

/* RFC 4180: quotes around, quotes inside doubled. An empty name is quoted too, so that no line is empty. */
static void add_name(lure_text *header, const char *name)
{
    if (*name && !strpbrk(name, ",\"\r\n")) {
        lure_text_add(header, name);
        return;
    }
    lure_text_add(header, "\"");
    for (const char *c = name; *c; c++) {
        if (*c == '"')
            lure_text_add(header, "\"");
        lure_text_add_bytes(header, c, 1);
    }
    lure_text_add(header, "\"");
}

lure_status lure_metrics_columns(lure_metrics *metrics, const char *const *names, size_t n, lure_error *err)
{
    if (metrics->n_columns > 0)
        return lure_fail(err, LURE_ERROR_SCRIPT, "the columns of the metrics are named already");
    if (n == 0)
        return lure_fail(err, LURE_ERROR_SCRIPT, "metrics need at least one column");
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(names[i], names[k]) == 0)
                return lure_fail(err, LURE_ERROR_SCRIPT, "two columns of the metrics have the name \"%s\"",
                                 names[i]);

    /* all that can fail first; then nothing is half done */
    lure_text header;
    lure_text_init(&header);
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            lure_text_add(&header, ",");
        add_name(&header, names[i]);
    }
    lure_text_add(&header, "\n");
    const size_t row = n * (LURE_NUMBER_SIZE + 1) + 1;
    const size_t need = header.length > row ? header.length : row;
    lure__column *columns = calloc(n, sizeof *columns);
    bool failed = header.failed || !columns;
    for (size_t i = 0; i < n && !failed; i++)
        failed = !(columns[i].name = strdup(names[i]));
    if (!failed && metrics->path && need > metrics->capacity) {
        char *grown = realloc(metrics->buffer, need);
        failed = !grown;
        metrics->buffer = grown ? grown : metrics->buffer;
        metrics->capacity = grown ? need : metrics->capacity;
    }
    if (failed) {
        for (size_t i = 0; i < n && columns; i++)
            free(columns[i].name);
        free(columns);
        lure_text_free(&header);
        return out_of_memory(err);
    }

    for (size_t i = 0; i < n; i++) {
        columns[i].last = columns[i].minimum = columns[i].maximum = NAN;
        columns[i].text[0] = '0'; /* the text of +0, which has no bits set */
        columns[i].length = 1;
    }
    metrics->columns = columns;
    metrics->n_columns = n;
    if (metrics->path) {
        memcpy(metrics->buffer, header.data, header.length);
        metrics->length = metrics->header = header.length;
    }
    lure_text_free(&header);
    lure_status status = LURE_OK;
    for (size_t i = 0; i < metrics->n_sinks && status == LURE_OK; i++)
        status = metrics->sinks[i]->columns(metrics->sinks[i], names, n, err);
    return status;
}

/* ---- sinks ---- */

static lure_status name_columns(lure_metrics *metrics, lure_row_sink *sink, lure_error *err)
{
    const char **names = calloc(metrics->n_columns, sizeof *names);
    if (!names)
        return out_of_memory(err);
    for (size_t i = 0; i < metrics->n_columns; i++)
        names[i] = metrics->columns[i].name;
    lure_status status = sink->columns(sink, names, metrics->n_columns, err);
    free(names);
    return status;
}

lure_status lure_metrics_attach(lure_metrics *metrics, lure_row_sink *sink, lure_error *err)
{
    if (metrics->n_sinks == LURE_MOST_SINKS) {
        (void)sink->close(sink, NULL);
        return lure_fail(err, LURE_ERROR_USAGE, "more than %d logs of one run", LURE_MOST_SINKS);
    }
    metrics->sinks[metrics->n_sinks++] = sink;
    return metrics->n_columns > 0 ? name_columns(metrics, sink, err) : LURE_OK;
}

size_t lure_metrics_n_sinks(const lure_metrics *metrics)
{
    return metrics ? metrics->n_sinks : 0;
}

void lure_metrics_leave_sync(lure_metrics *metrics)
{
    metrics->leaves_sync = true;
}

size_t lure_metrics_n_columns(const lure_metrics *metrics)
{
    return metrics->n_columns;
}

uint64_t lure_metrics_n_rows(const lure_metrics *metrics)
{
    return metrics->n_rows;
}

/* Of the first n bytes of the buffer, how many are whole rows. The header counts as one row: a name may hold line
   ends, numbers never do. */
static size_t whole_rows(const lure_metrics *metrics, size_t n)
{
    if (n < metrics->header)
        return 0;
    while (n > metrics->header && metrics->buffer[n - 1] != '\n')
        n--;
    return n;
}

/* Compares what the file has already with the buffer's beginning; *same: so many bytes need not be written. */
static lure_status compare_known(const lure_metrics *metrics, size_t *same, lure_error *err)
{
    char there[4096];
    *same = 0;
    while (*same < metrics->length && metrics->in_file + (off_t)*same < metrics->known) {
        size_t n = metrics->length - *same;
        const off_t left = metrics->known - metrics->in_file - (off_t)*same;
        n = n > sizeof there ? sizeof there : n;
        n = (off_t)n > left ? (size_t)left : n;
        const ssize_t got = pread(metrics->file, there, n, metrics->in_file + (off_t)*same);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return lure_fail(err, LURE_ERROR_STORE, "cannot read %s: %s", metrics->path,
                             got == 0 ? "it became shorter" : strerror(errno));
        if (memcmp(there, metrics->buffer + *same, (size_t)got) != 0)
            return lure_fail(err, LURE_ERROR_STORE,
                             "%s is not what this run gives: they differ behind byte %lld, about row %llu",
                             metrics->path, (long long)metrics->in_file, (unsigned long long)metrics->n_rows);
        *same += (size_t)got;
    }
    return LURE_OK;
}

static lure_status flush_rows(lure_metrics *metrics, lure_error *err)
{
    if (metrics->length == 0)
        return LURE_OK;
    size_t written = 0;
    if (metrics->in_file < metrics->known) {
        lure_status status = compare_known(metrics, &written, err);
        if (status != LURE_OK)
            return status;
    }
    int reason = 0;
    while (written < metrics->length && !reason) {
        const ssize_t n = write(metrics->file, metrics->buffer + written, metrics->length - written);
        if (n > 0)
            written += (size_t)n;
        else if (n == 0 || errno != EINTR)
            reason = n == 0 ? EIO : errno;
    }
    /* the rows that arrived leave the buffer, the others stay for another try */
    const size_t whole = whole_rows(metrics, written);
    const bool torn = whole < written;
    metrics->in_file += (off_t)whole;
    metrics->checksum = lure_crc32c_more(metrics->checksum, metrics->buffer, whole);
    metrics->length -= whole;
    memmove(metrics->buffer, metrics->buffer + whole, metrics->length);
    if (whole > 0)
        metrics->header = 0;
    if (!reason)
        return LURE_OK;
    const bool cut = !torn || ftruncate(metrics->file, metrics->in_file) == 0;
    return lure_fail(err, LURE_ERROR_STORE, "cannot write %s: %s%s", metrics->path, strerror(reason),
                     cut ? "" : " (and its last row is torn and could not be cut off)");
}

lure_status lure_metrics_flush(lure_metrics *metrics, lure_error *err)
{
    lure_status status = flush_rows(metrics, err);
    for (size_t i = 0; i < metrics->n_sinks; i++) {
        lure_status more = metrics->sinks[i]->flush(metrics->sinks[i], status == LURE_OK ? err : NULL);
        status = status == LURE_OK ? more : status;
    }
    return status;
}

static lure__moments merge(lure__moments a, lure__moments b)
{
    if (a.n == 0 || b.n == 0)
        return a.n == 0 ? b : a;
    const double n = (double)(a.n + b.n), delta = b.mean - a.mean;
    return (lure__moments){a.n + b.n, a.mean + delta * ((double)b.n / n),
                           a.m2 + b.m2 + delta * delta * ((double)a.n * (double)b.n / n)};
}

/* All buckets are full and another row comes: neighbours are merged, the width doubles. */
static void halve(lure_metrics *metrics)
{
    for (size_t i = 0; i < metrics->n_columns; i++) {
        lure__moments *closed = metrics->columns[i].closed;
        for (size_t k = 0; k < LURE_CURVE_POINTS / 2; k++)
            closed[k] = merge(closed[2 * k], closed[2 * k + 1]);
    }
    metrics->n_closed = LURE_CURVE_POINTS / 2;
    metrics->width *= 2;
}

static void count(lure__column *c, double value)
{
    lure__moments *m = &c->open;
    c->n++;
    c->last = value;
    /* written so that the NaN they start with gives way */
    c->minimum = value >= c->minimum ? c->minimum : value;
    c->maximum = value <= c->maximum ? c->maximum : value;
    m->n++;
    const double delta = value - m->mean;
    m->mean += delta / (double)m->n;
    m->m2 += delta * (value - m->mean);
}

lure_status lure_metrics_row(lure_metrics *metrics, const double *values, lure_error *err)
{
    const size_t n = metrics->n_columns;
    if (n == 0)
        return lure_fail(err, LURE_ERROR_SCRIPT, "the columns of the metrics are not named yet");
    if (metrics->path) {
        if (metrics->capacity - metrics->length < n * (LURE_NUMBER_SIZE + 1) + 1) {
            const lure_status status = flush_rows(metrics, err);
            if (status != LURE_OK)
                return status; /* the row is not taken: what counts below is what the file can get */
        }
        char *out = metrics->buffer + metrics->length;
        for (size_t i = 0; i < n; i++) {
            lure__column *c = &metrics->columns[i];
            uint64_t bits;
            memcpy(&bits, &values[i], sizeof bits);
            if (bits != c->bits) {
                c->bits = bits;
                c->length = isnan(values[i]) ? 0 : lure_number_format(values[i], c->text);
            }
            memcpy(out, c->text, LURE_NUMBER_SIZE); /* a fixed size is cheaper than the true one */
            out += c->length;
            *out++ = ',';
        }
        if (n == 1 && out[-1] == ',' &&
            metrics->columns[0].length == 0) { /* an empty line would be skipped by readers */
            out[-1] = '"';
            *out++ = '"';
            *out++ = ',';
        }
        out[-1] = '\n';
        metrics->length = (size_t)(out - metrics->buffer);
    }

    if (metrics->n_closed == LURE_CURVE_POINTS)
        halve(metrics);
    const bool fills = ++metrics->n_in_open == metrics->width;
    for (size_t i = 0; i < n; i++) {
        lure__column *c = &metrics->columns[i];
        if (!isnan(values[i]))
            count(c, values[i]);
        if (fills) {
            c->closed[metrics->n_closed] = c->open;
            c->open = (lure__moments){0, 0, 0};
        }
    }
    if (fills) {
        metrics->n_closed++;
        metrics->n_in_open = 0;
    }
    metrics->n_rows++;
    lure_status status = LURE_OK;
    for (size_t i = 0; i < metrics->n_sinks && status == LURE_OK; i++)
        status = metrics->sinks[i]->row(metrics->sinks[i], values, err);
    return status;
}

void lure_metrics_column_get(const lure_metrics *metrics, size_t i, lure_metrics_column *out)
{
    const lure__column *c = &metrics->columns[i];
    out->name = c->name;
    out->last = c->last;
    out->minimum = c->minimum;
    out->maximum = c->maximum;
    out->n = c->n;
    out->n_points = metrics->n_closed;
    for (size_t k = 0; k < metrics->n_closed; k++)
        out->curve[k] = c->closed[k].n > 0 ? c->closed[k].mean : NAN;

    /* the last half begins at the bucket edge nearest to its first row */
    lure__moments tail = {0, 0, 0};
    for (size_t k = (metrics->n_rows / 2 + metrics->width / 2) / metrics->width; k < metrics->n_closed; k++)
        tail = merge(tail, c->closed[k]);
    tail = merge(tail, c->open);
    out->tail_mean = tail.n > 0 ? tail.mean : NAN;
    out->tail_deviation = tail.n > 1 ? sqrt(tail.m2 / (double)(tail.n - 1)) : NAN;
}

lure_status lure_metrics_close(lure_metrics *metrics, lure_error *err)
{
    if (!metrics)
        return LURE_OK;
    lure_status status = LURE_OK;
    if (metrics->file >= 0) {
        status = flush_rows(metrics, err);
        if (status == LURE_OK && !metrics->leaves_sync && fsync(metrics->file) != 0 &&
            errno != EINVAL) /* EINVAL: a pipe or device */
            status = lure_fail(err, LURE_ERROR_STORE, "cannot sync %s to the disk: %s", metrics->path,
                               strerror(errno));
        if (close(metrics->file) != 0 && status == LURE_OK)
            status = lure_fail(err, LURE_ERROR_STORE, "cannot close %s: %s", metrics->path, strerror(errno));
    }
    for (size_t i = 0; i < metrics->n_sinks; i++) {
        lure_status more = metrics->sinks[i]->close(metrics->sinks[i], status == LURE_OK ? err : NULL);
        status = status == LURE_OK ? more : status;
    }
    for (size_t i = 0; i < metrics->n_columns; i++)
        free(metrics->columns[i].name);
    free(metrics->columns);
    free(metrics->buffer);
    free(metrics->path);
    free(metrics);
    return status;
}
