/* capture.c: see capture.h. A file's payload: metrics, numbers of the host, best policy, image. */
#include "run/capture.h"

#include "base/clock.h"
#include "base/file.h"
#include "run/run_files.h"
#include "run/run_logs.h"
#include "run/watch.h"
#include "script/image.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char COLUMNS = 0; /* registry key of the list that keeps the columns' names */

/* Writing may take a fiftieth of the time: a run with a large memory does it less often than it was told to. */
static const double SHARE = 50.0;

static const size_t MOST_BEST = (size_t)1 << 40;

static void tell(const lure_capture *k, const char *format, const char *text)
{
    char line[2560];
    if (!k->tell)
        return;
    snprintf(line, sizeof line, format, text);
    k->tell(k->tell_data, line);
}

/* ---- numbers of the host ---- */

/* Plain numbers, wherever they lie. */
typedef struct part {
    void *at;
    size_t size;
} part;

#define PART(x)                                                                                              \
    {                                                                                                        \
        &(x), sizeof(x)                                                                                      \
    }

enum { MOST_PARTS = 48 };

static size_t list_parts(lure_conductor *c, part parts[MOST_PARTS])
{
    lure_collector *k = c->borrow_collector;
    lure_sandbox *s = c->borrow_sandbox;
    lure_seen *seen = &k->seen;
    lure_batch_view *b = &k->batch;
    const part all[] = {PART(c->update),
                        PART(c->kl),
                        PART(c->rate),
                        PART(c->gradient_norm),
                        PART(c->minibatches.n_orders),
                        PART(c->goal.n_evaluations),
                        PART(c->goal.n_worse),
                        PART(c->goal.eval_return),
                        PART(c->goal.eval_length),
                        PART(c->goal.best_return),
                        PART(c->goal.best_update),
                        PART(c->goal.stopped),
                        PART(c->tracked),
                        PART(c->row),
                        PART(c->late_term),
                        PART(s->random),
                        PART(s->last_rate),
                        PART(s->last_gradient_norm),
                        PART(s->pass.n_passes),
                        PART(s->pass.debug),
                        PART(s->is_evaluating),
                        PART(k->n_forced_used),
                        PART(k->is_collecting),
                        PART(k->total_steps),
                        PART(k->total_episodes),
                        PART(k->recent_returns),
                        PART(k->recent_lengths),
                        PART(k->threshold_steps),
                        PART(k->progress),
                        PART(k->last_batch_return),
                        PART(k->wants_kl),
                        {k->block, k->n_block},
                        PART(seen->numbers.count),
                        PART(seen->spread.count),
                        {seen->block, seen->n_block * sizeof *seen->block},
                        PART(b->steps),
                        PART(b->episodes),
                        PART(b->episodic_return),
                        PART(b->episodic_length),
                        PART(b->n_filled),
                        PART(b->has_sums),
                        PART(b->shows_terms)};
    _Static_assert(sizeof all / sizeof *all <= MOST_PARTS, "more parts than there is room for");
    memcpy(parts, all, sizeof all);
    return sizeof all / sizeof *all;
}

/* ---- the last batch ---- */

/* After a collect that ended with an error the views may show more rows, or fewer, than there are: both are kept. */
static void add_batch(lure_text *out, const lure_collector *k)
{
    const lure_rollout *r = &k->rollout;
    const lure_batch_view *b = &k->batch;
    const size_t n_shown = b->pointed ? b->n_pointed : 0, n = r->n_rows > n_shown ? r->n_rows : n_shown;
    void *columns[LURE_ROLLOUT_COLUMNS];
    size_t widths[LURE_ROLLOUT_COLUMNS];
    lure_bytes_add_u64(out, n);
    lure_bytes_add_u64(out, r->n_rows);
    lure_bytes_add_u64(out, n_shown);
    lure_bytes_add_u8(out, b->is_stepped);
    lure_rollout_columns(r, columns, widths);
    for (size_t i = 0; i < LURE_ROLLOUT_COLUMNS; i++)
        lure_bytes_add_block(out, columns[i], n * widths[i]);
}

static lure_status read_batch(lure_bytes *in, lure_collector *k, lure_error *err)
{
    lure_rollout *r = &k->rollout;
    void *columns[LURE_ROLLOUT_COLUMNS];
    size_t widths[LURE_ROLLOUT_COLUMNS];
    const uint64_t n = lure_bytes_u64(in), n_rows = lure_bytes_u64(in), n_shown = lure_bytes_u64(in);
    bool is_stepped = lure_bytes_u8(in) != 0;
    r->n_rows = 0;
    if (in->failed || n > in->length || n_rows > n || n_shown > n)
        return lure_fail(err, LURE_ERROR_STORE, "the last batch does not fit");
    lure_status status = n > 0 ? lure_rollout_reserve(r, (size_t)n, err) : LURE_OK;
    if (status != LURE_OK)
        return status;
    lure_rollout_columns(r, columns, widths);
    for (size_t i = 0; i < LURE_ROLLOUT_COLUMNS; i++)
        lure_bytes_copy_block(in, columns[i], (size_t)n * widths[i]);
    if (n > 0) {
        r->n_rows = (size_t)n_shown;
        lure_batch_view_point(&k->batch, r, is_stepped);
    }
    r->n_rows = (size_t)n_rows;
    if (k->batch.n_filled > 0)
        lure_batch_view_point_copies(&k->batch, k->current, k->first_states);
    return LURE_OK;
}

/* ---- all of the host's ---- */

static void add_host(lure_text *out, lure_conductor *c)
{
    part parts[MOST_PARTS];
    const double now = lure_clock_seconds();
    size_t n = list_parts(c, parts);
    for (size_t i = 0; i < n; i++)
        lure_bytes_add_block(out, parts[i].at, parts[i].size);
    lure_bytes_add_double(out, now - c->started); /* clocks begin anywhere */
    lure_bytes_add_double(out, now - c->borrow_collector->threshold_clock);
    lure_bytes_add_u64(out, c->n_columns);
    for (size_t i = 0; i < c->n_columns; i++)
        lure_bytes_add_block(out, c->columns[i], strlen(c->columns[i]));
    add_batch(out, c->borrow_collector);
}

/* Names are the same objects as the scripts' own where they are short. */
static bool read_columns(lua_State *L, lure_bytes *in, lure_conductor *c)
{
    const uint64_t n = lure_bytes_u64(in);
    if (in->failed || n > LURE_MOST_COLUMNS)
        return false;
    lua_createtable(L, (int)n, 0);
    for (size_t i = 0; i < n; i++) {
        size_t length;
        const char *name = lure_bytes_block(in, &length);
        c->columns[i] = lua_pushlstring(L, name ? name : "", length);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_rawsetp(L, LUA_REGISTRYINDEX, &COLUMNS);
    lure_image_leave_out(&COLUMNS); /* the host's numbers have them */
    c->n_columns = (size_t)n;
    c->goal.stopped[sizeof c->goal.stopped - 1] = c->late_term[sizeof c->late_term - 1] = '\0';
    return c->tracked < n || c->tracked == 0;
}

static lure_status read_host(lua_State *L, lure_bytes *in, lure_conductor *c, lure_error *err)
{
    part parts[MOST_PARTS];
    lure_collector *k = c->borrow_collector;
    const double now = lure_clock_seconds();
    size_t n = list_parts(c, parts);
    for (size_t i = 0; i < n; i++)
        lure_bytes_copy_block(in, parts[i].at, parts[i].size);
    c->started = now - lure_bytes_double(in);
    k->threshold_clock = now - lure_bytes_double(in);
    if (!read_columns(L, in, c))
        return lure_fail(err, LURE_ERROR_STORE, "the names of the columns do not fit");
    lure_status status = read_batch(in, k, err);
    if (status == LURE_OK && in->failed)
        status = lure_fail(err, LURE_ERROR_STORE, "the run's numbers do not fit");
    return status;
}

/* ---- the best policy so far ---- */

/* The file may be lost with a disk's last seconds, and would come again only with a better one. */
static lure_status add_best(lure_text *out, const lure_capture *k, lure_error *err)
{
    char path[LURE_PATH_SIZE];
    lure_text bytes;
    lure_status status = LURE_OK;
    lure_text_init(&bytes);
    if (k->borrow_conductor->goal.best_update > 0)
        status = lure_path_join(k->directory, lure__run_best, path, err);
    if (status == LURE_OK && k->borrow_conductor->goal.best_update > 0)
        status = lure_file_read(path, MOST_BEST, &bytes, err);
    if (status == LURE_OK)
        lure_bytes_add_block(out, bytes.length ? bytes.data : "", bytes.length);
    lure_text_free(&bytes);
    return status;
}

static lure_status put_back_best(const lure_capture *k, const void *best, size_t n, lure_error *err)
{
    char path[LURE_PATH_SIZE];
    lure_text bytes;
    if (n == 0)
        return LURE_OK;
    lure_status status = lure_path_join(k->directory, lure__run_best, path, err);
    if (status != LURE_OK)
        return status;
    lure_text_init(&bytes);
    const bool is_there = lure_file_read(path, MOST_BEST, &bytes, NULL) == LURE_OK && bytes.length == n &&
                          memcmp(bytes.data, best, n) == 0;
    lure_text_free(&bytes);
    if (is_there)
        return LURE_OK;
    return k->leaves_sync ? lure_file_write_whole(path, best, n, err)
                          : lure_file_write_atomic(path, best, n, err);
}

/* ---- going on ---- */

static lure_status load(lua_State *L, lure_capture *k)
{
    lure_conductor *c = k->borrow_conductor;
    lure_bytes in = {.data = k->from->payload.data, .length = k->from->payload.length};
    char path[LURE_PATH_SIZE];
    size_t n_metrics, n_host, n_best;
    const void *metrics = lure_bytes_block(&in, &n_metrics), *host = lure_bytes_block(&in, &n_host),
               *best = lure_bytes_block(&in, &n_best);
    lure_bytes of_metrics = {.data = metrics, .length = n_metrics},
               of_host = {.data = host, .length = n_host};
    lure_metrics *opened;
    if (!metrics || !host || !best)
        return lure_fail(&k->err, LURE_ERROR_STORE, "the file does not hold what it should");
    lure_status status = lure_image_load(L, &in, &k->err);
    if (status == LURE_OK && in.at != in.length)
        status = lure_fail(&k->err, LURE_ERROR_STORE, "the file holds more than it should");
    if (status == LURE_OK)
        status = read_host(L, &of_host, c, &k->err);
    if (status == LURE_OK)
        status = lure_path_join(k->directory, "metrics.csv", path, &k->err);
    if (status == LURE_OK) /* last: until then no file is touched */
        status = lure_metrics_open_saved(path, &of_metrics, &opened, &k->err);
    if (status != LURE_OK)
        return status;
    if (k->leaves_sync)
        lure_metrics_leave_sync(opened);
    status = lure_run_logs_reopen(k->directory, lure_metrics_n_rows(opened), opened, &k->err);
    if (status == LURE_OK)
        status = put_back_best(k, best, n_best, &k->err);
    if (status != LURE_OK) {
        (void)lure_metrics_close(opened, NULL);
        return status;
    }
    (void)lure_metrics_close(c->borrow_metrics, NULL); /* it wrote nowhere */
    c->borrow_metrics = opened;
    return LURE_OK;
}

static void tear_down(lua_State *L, lure_capture *k)
{
    k->borrow_conductor->borrow_sandbox->limit_hit = LURE_ERROR_CANCELLED;
    lure_sandbox_raise_limit(L);
}

static void begin(lua_State *L, lure_capture *k)
{
    lure_status status = lure_image_begin(L, k->from != NULL, &k->err);
    k->can = status == LURE_OK;
    k->due = lure_clock_seconds() + k->every;
    if (!k->from)
        return;
    if (status == LURE_OK)
        status = lure_watch_catch_up(L, k->borrow_watch, k->from->update, &k->err);
    if (status == LURE_OK)
        status = load(L, k);
    if (status == LURE_OK)
        return;
    k->failed_to_load = true;
    tear_down(L, k);
}

static void look_for_end(lua_State *L, lure_capture *k)
{
    const lure_conductor *c = k->borrow_conductor;
    if (c->update == 0) {
        k->due = lure_clock_seconds() + k->gives_up_after;
    } else if (c->borrow_sandbox->tick && lure_clock_seconds() >= k->due &&
               !(c->cancelled && c->cancelled())) {
        k->has_given_up = true;
        tear_down(L, k);
    }
}

void lure_capture_note_rule(lua_State *L, lure_capture *k, const char *sha256)
{
    if (k->can)
        k->can = lure_image_extend(L, sha256, &k->err) == LURE_OK;
}

/* ---- writing ---- */

static lure_status write_down(lua_State *L, lure_capture *k, lure_resume_file *file, lure_error *err)
{
    lure_text *out = &file->payload, part_of;
    lure_text_init(&part_of);
    lure_status status = lure_metrics_save(k->borrow_conductor->borrow_metrics, &part_of, err);
    if (status == LURE_OK) {
        lure_bytes_add_block(out, part_of.data, part_of.length);
        lure_text_clear(&part_of);
        add_host(&part_of, k->borrow_conductor);
        lure_bytes_add_block(out, part_of.data, part_of.length);
        status = add_best(out, k, err);
        if (part_of.failed || out->failed)
            status = lure_fail(err, LURE_ERROR_MEMORY, "no memory to write the run down");
    }
    lure_text_free(&part_of);
    if (status != LURE_OK)
        return status;
    if (k->can) {
        status = lure_image_save(L, out, err);
    } else {
        *err = k->err;
        status = err->status;
    }
    file->is_captured = status == LURE_OK;
    if (status == LURE_OK)
        return LURE_OK;
    lure_text_clear(out); /* the file says why */
    lure_text_add(out, err->text);
    return LURE_OK;
}

static void take(lua_State *L, lure_capture *k)
{
    const double began = lure_clock_seconds();
    lure_resume_file file = {.sequence = k->sequence + 1, .update = k->borrow_conductor->update};
    lure_error err;
    lure_sandbox *sandbox = k->borrow_conductor->borrow_sandbox;
    const int depth = sandbox->depth;
    sandbox->depth = 0; /* no script runs: however long it takes, it is not one's fault */
    lure_text_init(&file.payload);
    lure_status status = write_down(L, k, &file, &err);
    /* a file that says why there is none must not take the place of one that holds the run */
    bool wanted = file.is_captured || !k->has_file;
    if (status == LURE_OK && wanted)
        status = lure_resume_file_write(k->directory, k->run_id, &file, !k->leaves_sync, &err);
    if (status == LURE_OK && wanted) {
        k->sequence = file.sequence;
        k->has_file = k->has_file || file.is_captured;
    } else if (status != LURE_OK && !k->has_told) {
        tell(k, "what the run could go on from later cannot be written, and it runs on: %s", err.text);
        k->has_told = true;
    }
    lure_text_free(&file.payload);
    sandbox->depth = depth;
    sandbox->heartbeat++;
    const double now = lure_clock_seconds(), pause = SHARE * (now - began);
    k->due = now + (k->every > 0 && pause > k->every ? pause : k->every);
}

void lure_capture_look(lua_State *L, lure_capture *k)
{
    lure_conductor *c = k->borrow_conductor;
    if (k->gives_up_after > 0) {
        look_for_end(L, k);
        return;
    }
    if (c->update == 0) {
        begin(L, k);
        return;
    }
    bool is_due = k->every <= 0 || (c->borrow_sandbox->tick && lure_clock_seconds() >= k->due);
    if (is_due || (c->cancelled && c->cancelled()))
        take(L, k);
}
