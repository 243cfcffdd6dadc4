/* event_file.c: see event_file.h. Fields of the protocol buffers, by number:
       Event    1 wall_time (double), 2 step (int64), 3 file_version (string), 5 summary, 7 session_log
       Summary  1 value, repeated;    Value  1 tag (string), 2 simple_value (float);    SessionLog  1 status (enum, 1: start) */
#include "store/event_file.h"

#include "base/clock.h"
#include "base/crc32c.h"
#include "store/append_file.h"
#include "store/run_directory.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const double FLUSH_SECONDS = 5.0; /* who watches sees it so soon */

typedef struct event_file {
    lure_row_sink sink; /* first: they are cast into each other */
    lure_append_file *file;
    lure_text *tags;                    /* (column) */
    size_t n_columns, step;             /* step: which column; n_columns: there is none */
    double opened, flushed, first_step; /* NaN: no row yet */
    bool goes_on,
        has_announced; /* a run's that was interrupted; that what readers have from the next step on is void */
    lure_text event, summary, value;
} event_file;

/* ---- tags ---- */

void lure_event_tag(const char *column, lure_text *out)
{
    static const char *const losses[] = {
        "policy_loss",        "value_loss", "entropy",  "approx_kl", "old_approx_kl", "clipfrac",
        "explained_variance", "td_loss",    "q_values", "loss",      "actor_loss",    "critic_loss"};
    for (size_t i = 0; i < sizeof losses / sizeof *losses; i++) {
        if (strcmp(column, losses[i]) == 0) {
            lure_text_addf(out, "losses/%s", column);
            return;
        }
    }
    if (strncmp(column, "reward_", 7) == 0 && column[7])
        lure_text_addf(out, "rewards/%s", column + 7);
    else
        lure_text_addf(out, "charts/%s", column);
}

/* ---- protocol buffers ---- */

enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };

static void add_varint(lure_text *text, uint64_t value)
{
    for (; value >= 128; value >>= 7)
        lure_text_add_bytes(text, &(char){(char)(value | 128)}, 1);
    lure_text_add_bytes(text, &(char){(char)value}, 1);
}

static void add_key(lure_text *text, unsigned field, unsigned type)
{
    add_varint(text, field << 3 | type);
}

/* Little-endian, whatever the machine is. */
static void add_fixed(lure_text *text, uint64_t bits, size_t n)
{
    for (size_t i = 0; i < n; i++)
        lure_text_add_bytes(text, &(char){(char)(bits >> 8 * i)}, 1);
}

static void add_bytes(lure_text *text, unsigned field, const char *bytes, size_t n)
{
    add_key(text, field, BYTES);
    add_varint(text, n);
    lure_text_add_bytes(text, bytes, n);
}

static void begin_event(event_file *f, double wall_time, double step)
{
    uint64_t bits;
    memcpy(&bits, &wall_time, sizeof bits);
    lure_text_clear(&f->event);
    add_key(&f->event, 1, FIXED64);
    add_fixed(&f->event, bits, 8);
    if (step > 0) {
        add_key(&f->event, 2, VARINT);
        add_varint(&f->event, (uint64_t)step);
    }
}

static void add_scalar(event_file *f, const lure_text *tag, double value)
{
    const float narrow = (float)value;
    uint32_t bits;
    memcpy(&bits, &narrow, sizeof bits);
    lure_text_clear(&f->value);
    add_bytes(&f->value, 1, tag->data, tag->length);
    add_key(&f->value, 2, FIXED32);
    add_fixed(&f->value, bits, 4);
    add_bytes(&f->summary, 1, f->value.data, f->value.length);
}

/* ---- records ---- */

static uint32_t masked(const char *bytes, size_t n)
{
    uint32_t crc = lure_crc32c(bytes, n);
    return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

static lure_status write_event(event_file *f, lure_error *err)
{
    lure_text *record = &f->value; /* free by now */
    lure_text_clear(record);
    add_fixed(record, f->event.length, 8);
    add_fixed(record, masked(record->data, 8), 4);
    lure_text_add_bytes(record, f->event.data, f->event.length);
    add_fixed(record, masked(f->event.data, f->event.length), 4);
    if (f->event.failed || f->summary.failed || record->failed)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory for an event");
    return lure_append_file_add(f->file, record->data, record->length, err);
}

/* ---- rows ---- */

static lure_status columns(lure_row_sink *sink, const char *const *names, size_t n, lure_error *err)
{
    event_file *f = (event_file *)sink;
    bool failed = !(f->tags = calloc(n, sizeof *f->tags));
    f->step = n;
    for (size_t i = 0; i < n && !failed; i++) {
        lure_text_init(&f->tags[i]);
        f->n_columns = i + 1;
        lure_event_tag(names[i], &f->tags[i]);
        failed = f->tags[i].failed;
        if (strcmp(names[i], "step") == 0)
            f->step = i;
    }
    return failed ? lure_fail(err, LURE_ERROR_MEMORY, "no memory for TensorBoard's events") : LURE_OK;
}

static lure_status announce(event_file *f, double wall_time, double step, lure_error *err)
{
    static const char start[] = {1 << 3 | VARINT, 1};
    if (!f->goes_on || f->has_announced)
        return LURE_OK;
    begin_event(f, wall_time, step);
    add_bytes(&f->event, 7, start, sizeof start);
    lure_status status = write_event(f, err);
    f->has_announced = status == LURE_OK;
    return status;
}

static lure_status row(lure_row_sink *sink, const double *values, lure_error *err)
{
    static const char sps[] = "charts/SPS";
    event_file *f = (event_file *)sink;
    const double now = lure_clock_seconds(), wall_time = lure_clock_wall();
    const double step = f->step < f->n_columns ? values[f->step] : 0.0;
    lure_status status = announce(f, wall_time, step, err);
    if (status != LURE_OK)
        return status;
    lure_text_clear(&f->summary);
    for (size_t i = 0; i < f->n_columns; i++)
        if (i != f->step && !isnan(values[i]))
            add_scalar(f, &f->tags[i], values[i]);
    const double first = !isnan(f->first_step) ? f->first_step : f->goes_on ? step : 0.0;
    if (now > f->opened && step > first)
        add_scalar(f, &(lure_text){.data = (char *)sps, .length = sizeof sps - 1},
                   (step - first) / (now - f->opened));
    begin_event(f, wall_time, step);
    add_bytes(&f->event, 5, f->summary.data, f->summary.length);
    status = write_event(f, err);
    if (status != LURE_OK)
        return status;
    f->first_step = first;
    if (now - f->flushed < FLUSH_SECONDS)
        return LURE_OK;
    f->flushed = now;
    return lure_append_file_flush(f->file, err);
}

static lure_status flush(lure_row_sink *sink, lure_error *err)
{
    return lure_append_file_flush(((event_file *)sink)->file, err);
}

static lure_status close_events(lure_row_sink *sink, lure_error *err)
{
    event_file *f = (event_file *)sink;
    lure_status status = lure_append_file_close(f->file, err);
    for (size_t i = 0; i < f->n_columns; i++)
        lure_text_free(&f->tags[i]);
    free(f->tags);
    lure_text_free(&f->event);
    lure_text_free(&f->summary);
    lure_text_free(&f->value);
    free(f);
    return status;
}

/* ---- opening ---- */

static lure_status create(event_file *f, const char *directory, lure_error *err)
{
    static const char version[] = "brain.Event:2";
    char host[65] = "", name[160], path[LURE_PATH_SIZE];
    const double wall_time = lure_clock_wall();
    if (gethostname(host, sizeof host - 1) != 0 || strchr(host, '/'))
        snprintf(host, sizeof host, "localhost");
    snprintf(name, sizeof name, "events.out.tfevents.%.0f.%s.%ld", floor(wall_time), host, (long)getpid());
    lure_status status = lure_path_join(directory, name, path, err);
    if (status == LURE_OK)
        status = lure_append_file_create(path, &f->file, err);
    if (status != LURE_OK)
        return status;
    begin_event(f, wall_time, 0.0);
    add_bytes(&f->event, 3, version, sizeof version - 1);
    status = write_event(f, err);
    return status == LURE_OK ? lure_append_file_flush(f->file, err) : status;
}

lure_status lure_event_file_open(const char *directory, bool goes_on, lure_row_sink **out, lure_error *err)
{
    *out = NULL;
    event_file *f = calloc(1, sizeof *f);
    if (!f)
        return lure_fail(err, LURE_ERROR_MEMORY, "no memory for TensorBoard's events");
    f->sink = (lure_row_sink){columns, row, flush, close_events};
    f->opened = f->flushed = lure_clock_seconds();
    f->first_step = NAN;
    f->goes_on = goes_on;
    lure_text_init(&f->event);
    lure_text_init(&f->summary);
    lure_text_init(&f->value);
    lure_status status = create(f, directory, err);
    if (status != LURE_OK) {
        close_events(&f->sink, NULL);
        return status;
    }
    *out = &f->sink;
    return LURE_OK;
}
