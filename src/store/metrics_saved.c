/* metrics_saved.c: metrics written down, and going on with a file that is there. See metrics.h. */
#include "store/metrics_inside.h"

#include "base/crc32c.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static void add_moments(lure_text *out, const lure__moments *m)
{
    lure_bytes_add_u64(out, m->n);
    lure_bytes_add_double(out, m->mean);
    lure_bytes_add_double(out, m->m2);
}

static lure__moments read_moments(lure_bytes *in)
{
    lure__moments m = {.n = lure_bytes_u64(in)};
    m.mean = lure_bytes_double(in);
    m.m2 = lure_bytes_double(in);
    return m;
}

lure_status lure_metrics_save(lure_metrics *metrics, lure_text *out, lure_error *err)
{
    const lure_status status = lure_metrics_flush(metrics, err);
    if (status != LURE_OK)
        return status;
    if (metrics->file >= 0 && !metrics->leaves_sync && fdatasync(metrics->file) != 0 && errno != EINVAL)
        return lure_fail(err, LURE_ERROR_STORE, "cannot sync %s to the disk: %s", metrics->path,
                         strerror(errno));
    const uint64_t numbers[] = {
        (uint64_t)metrics->in_file, metrics->n_columns, metrics->n_rows, metrics->width,
        metrics->n_in_open,         metrics->n_closed};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        lure_bytes_add_u64(out, numbers[i]);
    lure_bytes_add_u32(out, metrics->checksum);
    for (size_t i = 0; i < metrics->n_columns; i++) {
        const lure__column *c = &metrics->columns[i];
        lure_bytes_add_block(out, c->name, strlen(c->name) + 1);
        lure_bytes_add_double(out, c->last);
        lure_bytes_add_double(out, c->minimum);
        lure_bytes_add_double(out, c->maximum);
        lure_bytes_add_u64(out, c->n);
        add_moments(out, &c->open);
        for (size_t k = 0; k < metrics->n_closed; k++)
            add_moments(out, &c->closed[k]);
    }
    return LURE_OK;
}

static lure_status refuse_saved(lure_metrics *metrics, lure_error *err)
{
    lure_metrics_close(metrics, NULL);
    return lure_fail(err, LURE_ERROR_STORE, "what was saved of the metrics does not fit");
}

static void read_column(lure_metrics *metrics, lure_bytes *in, lure__column *c)
{
    c->last = lure_bytes_double(in);
    c->minimum = lure_bytes_double(in);
    c->maximum = lure_bytes_double(in);
    c->n = lure_bytes_u64(in);
    c->open = read_moments(in);
    for (size_t k = 0; k < metrics->n_closed; k++)
        c->closed[k] = read_moments(in);
}

/* Of the file's first n bytes; what cannot be read is as good as another one. */
static uint32_t checksum_of(int file, off_t n)
{
    char bytes[4096];
    uint32_t checksum = 0;
    for (off_t at = 0; at < n;) {
        const ssize_t got =
            pread(file, bytes, n - at < (off_t)sizeof bytes ? (size_t)(n - at) : sizeof bytes, at);
        if (got <= 0)
            break;
        checksum = lure_crc32c_more(checksum, bytes, (size_t)got);
        at += got;
    }
    return checksum;
}

lure_status lure_metrics_open_saved(const char *path, lure_bytes *in, lure_metrics **out, lure_error *err)
{
    const char *names[256];
    lure_metrics *metrics;
    lure_status status = lure__metrics_open_with(path, O_RDWR | O_CREAT, &metrics, err);
    *out = NULL;
    if (status != LURE_OK)
        return status;
    const off_t in_file = (off_t)lure_bytes_u64(in), size = lseek(metrics->file, 0, SEEK_END);
    const uint64_t n_columns = lure_bytes_u64(in);
    const uint64_t n_rows = lure_bytes_u64(in), width = lure_bytes_u64(in), n_in_open = lure_bytes_u64(in),
                   n_closed = lure_bytes_u64(in);
    const uint32_t checksum = lure_bytes_u32(in);
    if (in->failed || n_columns > sizeof names / sizeof *names || n_closed > LURE_CURVE_POINTS)
        return refuse_saved(metrics, err);
    if (size < in_file) {
        lure_metrics_close(metrics, NULL);
        return lure_fail(err, LURE_ERROR_STORE, "%s has lost rows: it has %lld bytes and had %lld", path,
                         (long long)size, (long long)in_file);
    }
    if (checksum_of(metrics->file, in_file) != checksum) {
        lure_metrics_close(metrics, NULL);
        return lure_fail(err, LURE_ERROR_STORE, "%s has other rows than it had: its checksum is wrong", path);
    }
    const lure_bytes columns = *in; /* the names are among their numbers: two looks */
    metrics->n_closed = (size_t)n_closed;
    for (size_t i = 0; i < n_columns; i++) {
        size_t n;
        lure__column skipped;
        names[i] = lure_bytes_block(in, &n);
        if (!names[i] || n == 0 || names[i][n - 1] != '\0')
            return refuse_saved(metrics, err);
        read_column(metrics, in, &skipped);
    }
    if (in->failed)
        return refuse_saved(metrics, err);
    if (n_columns > 0 && (status = lure_metrics_columns(metrics, names, (size_t)n_columns, err)) != LURE_OK) {
        lure_metrics_close(metrics, NULL);
        return status;
    }
    *in = columns;
    for (size_t i = 0; i < n_columns; i++) {
        size_t n;
        (void)lure_bytes_block(in, &n);
        read_column(metrics, in, &metrics->columns[i]);
    }
    metrics->n_rows = n_rows;
    metrics->width = width;
    metrics->n_in_open = n_in_open;
    metrics->length = metrics->header = 0; /* the file has it */
    metrics->in_file = in_file;
    metrics->checksum = checksum;
    if (size > in_file && ftruncate(metrics->file, in_file) != 0) {
        lure_fail(err, LURE_ERROR_STORE, "cannot cut %s: %s", path, strerror(errno));
        lure_metrics_close(metrics, NULL);
        return LURE_ERROR_STORE;
    }
    *out = metrics;
    return LURE_OK;
}

lure_status lure_metrics_open_again(const char *path, lure_metrics **out, lure_error *err)
{
    const lure_status status = lure__metrics_open_with(path, O_RDWR | O_CREAT, out, err);
    if (status == LURE_OK)
        (*out)->known = lseek((*out)->file, 0, SEEK_END);
    return status;
}

lure_status lure_metrics_check_end(const lure_metrics *metrics, lure_error *err)
{
    if (metrics->in_file >= metrics->known)
        return LURE_OK;
    return lure_fail(err, LURE_ERROR_STORE, "%s is not what this run gives: it goes on behind row %llu",
                     metrics->path, (unsigned long long)metrics->n_rows);
}
