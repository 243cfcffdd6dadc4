/* test_row_sinks.c: the rows of the metrics in other formats: metrics.jsonl byte for byte, TensorBoard's events read back by a reader
   of the test's own (TFRecord, and the few fields of the protocol buffers), and what a full disk does to both. */
#include "base/crc32c.h"
#include "base/file.h"
#include "store/append_file.h"
#include "store/event_file.h"
#include "store/json_lines.h"
#include "store/metrics.h"
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static lure_error err;

static const char *in_folder(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", unit_folder(), name);
    return path;
}

static lure_text bytes_of(const char *path)
{
    lure_text text;
    lure_text_init(&text);
    CHECK_OK(lure_file_read(path, 1 << 28, &text, &err), &err);
    return text;
}

static void check_file(const char *name, const char *expected)
{
    lure_text text = bytes_of(in_folder(name));
    CHECK_TEXT(text.data, expected);
    lure_text_free(&text);
}

static lure_row_sink *lines(bool goes_on, uint64_t n_rows)
{
    lure_row_sink *sink;
    CHECK_OK(lure_json_lines_open(in_folder("metrics.jsonl"), goes_on, n_rows, &sink, &err), &err);
    return sink;
}

/* ---- JSON lines ---- */

static const char *const names[] = {"update", "step", "odd \"name\""};

TEST(json_lines_hold_the_rows)
{
    lure_metrics *metrics;
    CHECK_OK(lure_metrics_open(NULL, &metrics, &err), &err);
    CHECK_OK(lure_metrics_attach(metrics, lines(false, 0), &err), &err);
    CHECK_OK(lure_metrics_columns(metrics, names, 3, &err), &err);
    CHECK_OK(lure_metrics_row(metrics, (double[]){1, 10, 0.1}, &err), &err);
    CHECK_OK(lure_metrics_row(metrics, (double[]){2, 20, NAN}, &err), &err);
    CHECK_OK(lure_metrics_flush(metrics, &err), &err);
    check_file("metrics.jsonl", "{\"update\": 1, \"step\": 10, \"odd \\\"name\\\"\": 0.1}\n"
                                "{\"update\": 2, \"step\": 20, \"odd \\\"name\\\"\": null}\n");
    CHECK_OK(lure_metrics_close(metrics, &err), &err);
}

TEST(json_lines_go_on_after_the_rows_that_stay)
{
    const char *const one[] = {"x"};
    lure_row_sink *sink = lines(false, 0);
    CHECK_OK(sink->columns(sink, one, 1, &err), &err);
    for (double x = 1; x <= 3; x++)
        CHECK_OK(sink->row(sink, &x, &err), &err);
    CHECK_OK(sink->close(sink, &err), &err);
    sink = lines(true, 2);
    check_file("metrics.jsonl", "{\"x\": 1}\n{\"x\": 2}\n");
    CHECK_OK(sink->columns(sink, one, 1, &err), &err);
    CHECK_OK(sink->row(sink, (double[]){7}, &err), &err);
    CHECK_OK(sink->close(sink, &err), &err);
    check_file("metrics.jsonl", "{\"x\": 1}\n{\"x\": 2}\n{\"x\": 7}\n");
    CHECK_STATUS(lure_json_lines_open(in_folder("metrics.jsonl"), true, 4, &sink, &err), LURE_ERROR_STORE,
                 &err);
    CHECK_CONTAINS(err.text, "fewer than 4 lines");
    CHECK_STATUS(lure_json_lines_open(in_folder("metrics.jsonl"), false, 0, &sink, &err), LURE_ERROR_STORE,
                 &err);
}

TEST(a_sink_that_comes_late_learns_the_columns)
{
    lure_metrics *metrics;
    CHECK_OK(lure_metrics_open(NULL, &metrics, &err), &err);
    CHECK_OK(lure_metrics_columns(metrics, names, 3, &err), &err);
    CHECK_OK(lure_metrics_attach(metrics, lines(false, 0), &err), &err);
    CHECK_OK(lure_metrics_row(metrics, (double[]){1, 2, 3}, &err), &err);
    CHECK_OK(lure_metrics_close(metrics, &err), &err);
    check_file("metrics.jsonl", "{\"update\": 1, \"step\": 2, \"odd \\\"name\\\"\": 3}\n");
}

/* ---- a disk that is full ---- */

TEST(what_a_full_disk_did_not_take_stays)
{
    lure_append_file *file;
    char big[70000];
    memset(big, 'x', sizeof big);
    if (access("/dev/full", W_OK) != 0 || symlink("/dev/full", in_folder("full")) != 0)
        return; /* not on this system */
    CHECK_OK(lure_append_file_reopen(in_folder("full"), 0, &file, &err), &err);
    CHECK_OK(lure_append_file_add(file, "one\n", 4, &err), &err);
    CHECK_STATUS(lure_append_file_flush(file, &err), LURE_ERROR_STORE, &err);
    CHECK_CONTAINS(err.text, "/full: No space left on device");
    CHECK_STATUS(lure_append_file_add(file, big, sizeof big, &err), LURE_ERROR_STORE, &err);
    CHECK_STATUS(lure_append_file_close(file, &err), LURE_ERROR_STORE, &err);
}

TEST(a_record_longer_than_the_buffer_is_written)
{
    lure_append_file *file;
    char big[200000];
    memset(big, 'y', sizeof big);
    CHECK_OK(lure_append_file_create(in_folder("big"), &file, &err), &err);
    CHECK_OK(lure_append_file_add(file, "a", 1, &err), &err);
    CHECK_OK(lure_append_file_add(file, big, sizeof big, &err), &err);
    CHECK_OK(lure_append_file_add(file, "b", 1, &err), &err);
    CHECK_OK(lure_append_file_close(file, &err), &err);
    lure_text text = bytes_of(in_folder("big"));
    CHECK_INT((int64_t)text.length, 200002);
    CHECK(text.data[0] == 'a' && text.data[1] == 'y' && text.data[200001] == 'b');
    lure_text_free(&text);
}

/* ---- events ---- */

static lure_text events(void)
{
    char **found;
    size_t n;
    CHECK_OK(lure_folder_list(unit_folder(), "", &found, &n, &err), &err);
    CHECK_INT((int64_t)n, 1);
    CHECK(strncmp(found[0], "events.out.tfevents.", 20) == 0);
    lure_text text = bytes_of(in_folder(found[0]));
    lure_names_free(found, n);
    return text;
}

static uint64_t little(const char *bytes, size_t n)
{
    uint64_t value = 0;
    for (size_t i = n; i > 0; i--)
        value = value << 8 | (unsigned char)bytes[i - 1];
    return value;
}

static uint32_t unmasked(uint32_t masked)
{
    uint32_t rotated = masked - 0xa282ead8u;
    return rotated >> 17 | rotated << 15;
}

/* The next record into `record`, which borrows; false at the end. */
static bool next_record(const lure_text *file, size_t *at, lure_text *record)
{
    if (*at == file->length)
        return false;
    const char *head = file->data + *at;
    CHECK(*at + 12 <= file->length);
    size_t n = (size_t)little(head, 8);
    CHECK_WORD(unmasked((uint32_t)little(head + 8, 4)), lure_crc32c(head, 8));
    CHECK(*at + 16 + n <= file->length);
    CHECK_WORD(unmasked((uint32_t)little(head + 12 + n, 4)), lure_crc32c(head + 12, n));
    *record = (lure_text){.data = (char *)head + 12, .length = n};
    *at += n + 16;
    return true;
}

static uint64_t varint(const char **at)
{
    uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        unsigned char byte = (unsigned char)*(*at)++;
        value |= (uint64_t)(byte & 127) << shift;
        if (byte < 128)
            return value;
    }
}

/* The message as text: "1:8 bytes 2:30 5:{1:{1:'tag' 2:0.5}}", submessages of the given depth. */
static void tell(const char *at, size_t n, int depth, lure_text *out)
{
    for (const char *end = at + n; at < end;) {
        uint64_t key = varint(&at);
        lure_text_addf(out, "%llu:", (unsigned long long)(key >> 3));
        if ((key & 7) == 0) {
            lure_text_addf(out, "%llu", (unsigned long long)varint(&at));
        } else if ((key & 7) == 1) {
            lure_text_add(out, "double");
            at += 8;
        } else if ((key & 7) == 5) {
            uint32_t bits = (uint32_t)little(at, 4);
            float number;
            memcpy(&number, &bits, sizeof number);
            lure_text_add_number(out, (double)number);
            at += 4;
        } else {
            CHECK_INT((int64_t)(key & 7), 2);
            size_t length = (size_t)varint(&at);
            CHECK(at + length <= end);
            lure_text_add(out, depth > 0 ? "{" : "'");
            if (depth > 0)
                tell(at, length, depth - 1, out);
            else
                lure_text_add_bytes(out, at, length);
            lure_text_add(out, depth > 0 ? "}" : "'");
            at += length;
        }
        lure_text_add(out, at < end ? " " : "");
    }
}

static void check_record(const lure_text *file, size_t *at, int depth, const char *expected)
{
    lure_text record, told;
    CHECK(next_record(file, at, &record));
    lure_text_init(&told);
    tell(record.data, record.length, depth, &told);
    char *rate = strstr(told.data, " 1:{1:'charts/SPS'"); /* which depends on the clock */
    if (rate) {
        char *end = strchr(rate + 1, '}') + 1;
        memmove(rate, end, strlen(end) + 1);
    }
    CHECK_TEXT(told.data, expected);
    lure_text_free(&told);
}

static void write_events(bool goes_on)
{
    static const char *const columns[] = {"update", "step", "episodic_return", "policy_loss", "reward_alive"};
    lure_row_sink *sink;
    CHECK_OK(lure_event_file_open(unit_folder(), goes_on, &sink, &err), &err);
    CHECK_OK(sink->columns(sink, columns, 5, &err), &err);
    CHECK_OK(sink->row(sink, (double[]){1, 300, 12.5, -0.25, NAN}, &err), &err);
    CHECK_OK(sink->row(sink, (double[]){2, 600, NAN, 0.1, 3}, &err), &err);
    CHECK_OK(sink->close(sink, &err), &err);
}

static const char *const first_row =
                             "1:double 2:300 5:{1:{1:'charts/update' 2:1} 1:{1:'charts/episodic_return' "
                             "2:12.5} 1:{1:'losses/policy_loss' 2:-0.25}}",
                         *const second_row =
                             "1:double 2:600 5:{1:{1:'charts/update' 2:2} 1:{1:'losses/policy_loss' "
                             "2:0.10000000149011612} 1:{1:'rewards/alive' 2:3}}";

TEST(events_are_read_back)
{
    size_t at = 0;
    write_events(false);
    lure_text file = events();
    CHECK_WORD(little(file.data + 8, 4), 0x224b7fa3); /* of length 24, as every such file begins */
    check_record(&file, &at, 0, "1:double 3:'brain.Event:2'");
    check_record(&file, &at, 2, first_row);
    check_record(&file, &at, 2, second_row);
    CHECK_INT((int64_t)at, (int64_t)file.length);
    lure_text_free(&file);
}

TEST(events_of_a_run_that_goes_on_say_so)
{
    size_t at = 0;
    write_events(true);
    lure_text file = events();
    check_record(&file, &at, 0, "1:double 3:'brain.Event:2'");
    check_record(&file, &at, 1, "1:double 2:300 7:{1:1}"); /* a session starts */
    check_record(&file, &at, 2, first_row);
    check_record(&file, &at, 2, second_row);
    lure_text_free(&file);
}

TEST(tags_are_those_that_dashboards_know)
{
    static const char *const tags[][2] = {{"episodic_length", "charts/episodic_length"},
                                          {"learning_rate", "charts/learning_rate"},
                                          {"old_approx_kl", "losses/old_approx_kl"},
                                          {"explained_variance", "losses/explained_variance"},
                                          {"reward_fries", "rewards/fries"},
                                          {"reward", "charts/reward"},
                                          {"reward_", "charts/reward_"},
                                          {"bias", "charts/bias"}};
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
        lure_text tag;
        lure_text_init(&tag);
        lure_event_tag(tags[i][0], &tag);
        CHECK_TEXT(tag.data, tags[i][1]);
        lure_text_free(&tag);
    }
}
