/* test_metrics_saved.c: metrics that go on in a file that is there: from where they were saved, or from the first row again, compared
   with what the file has. Either way bytes and statistics are those of metrics that never stopped. */
#include "store/metrics.h"

#include "base/file.h"
#include "store/run_directory.h"
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ROWS = 3000, COLUMNS = 3 };

static lure_error err;
static const char *const names[COLUMNS] = {"i", "a \"b\",\nc", "gaps"};

static const char *path_of(const char *name)
{
    static char paths[4][512];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", unit_folder(), name);
    return path;
}

static void add_rows(lure_metrics *metrics, int first, int last)
{
    for (int i = first; i < last; i++) {
        const double values[COLUMNS] = {i, sqrt(i) * (i % 2 ? 1 : -1), i % 3 ? i / 7.0 : (double)NAN};
        CHECK_OK(lure_metrics_row(metrics, values, &err), &err);
    }
}

static void open_named(const char *path, lure_metrics **metrics)
{
    CHECK_OK(lure_metrics_open(path, metrics, &err), &err);
    CHECK_OK(lure_metrics_columns(*metrics, names, COLUMNS, &err), &err);
}

/* Closes both and compares all that is known of them. */
static void check_same(lure_metrics *one, lure_metrics *two)
{
    static lure_metrics_column a, b;
    CHECK_INT((int64_t)lure_metrics_n_rows(one), (int64_t)lure_metrics_n_rows(two));
    for (size_t i = 0; i < COLUMNS; i++) {
        lure_metrics_column_get(one, i, &a);
        lure_metrics_column_get(two, i, &b);
        CHECK_TEXT(a.name, b.name);
        CHECK_REAL(a.last, b.last);
        CHECK_REAL(a.minimum, b.minimum);
        CHECK_REAL(a.maximum, b.maximum);
        CHECK_REAL(a.tail_mean, b.tail_mean);
        CHECK_REAL(a.tail_deviation, b.tail_deviation);
        CHECK_INT((int64_t)a.n, (int64_t)b.n);
        CHECK_INT((int64_t)a.n_points, (int64_t)b.n_points);
        for (size_t k = 0; k < a.n_points; k++)
            CHECK_REAL(a.curve[k], b.curve[k]);
    }
    CHECK_OK(lure_metrics_close(one, &err), &err);
    CHECK_OK(lure_metrics_close(two, &err), &err);
    lure_text texts[2];
    const char *const files[2] = {path_of("one.csv"), path_of("two.csv")};
    for (int i = 0; i < 2; i++) {
        lure_text_init(&texts[i]);
        CHECK_OK(lure_file_read(files[i], 1 << 28, &texts[i], &err), &err);
    }
    CHECK_INT((int64_t)texts[0].length, (int64_t)texts[1].length);
    CHECK(memcmp(texts[0].data, texts[1].data, texts[0].length) == 0);
    lure_text_free(&texts[0]);
    lure_text_free(&texts[1]);
}

TEST(metrics_go_on_from_where_they_were_saved)
{
    static const int stops[] = {0, 1, 511, 512, 513, 1025, 2999};
    for (size_t s = 0; s < sizeof stops / sizeof *stops; s++) {
        lure_metrics *whole, *killed, *again;
        lure_text saved;
        lure_text_init(&saved);
        unlink(path_of("one.csv"));
        unlink(path_of("two.csv"));
        open_named(path_of("one.csv"), &whole);
        add_rows(whole, 0, ROWS);
        open_named(path_of("two.csv"), &killed);
        add_rows(killed, 0, stops[s]);
        CHECK_OK(lure_metrics_save(killed, &saved, &err), &err);
        add_rows(killed, stops[s], stops[s] + (ROWS - stops[s]) / 2); /* after that, and lost */
        CHECK_OK(lure_metrics_close(killed, &err), &err);
        lure_bytes in = {.data = saved.data, .length = saved.length};
        CHECK_OK(lure_metrics_open_saved(path_of("two.csv"), &in, &again, &err), &err);
        CHECK_INT((int64_t)in.at, (int64_t)in.length);
        add_rows(again, stops[s], ROWS);
        check_same(whole, again);
        lure_text_free(&saved);
    }
}

TEST(saved_before_the_columns_had_names)
{
    lure_metrics *metrics;
    lure_text saved;
    lure_text_init(&saved);
    CHECK_OK(lure_metrics_open(path_of("two.csv"), &metrics, &err), &err);
    CHECK_OK(lure_metrics_save(metrics, &saved, &err), &err);
    CHECK_OK(lure_metrics_close(metrics, &err), &err);
    lure_bytes in = {.data = saved.data, .length = saved.length};
    CHECK_OK(lure_metrics_open_saved(path_of("two.csv"), &in, &metrics, &err), &err);
    CHECK_OK(lure_metrics_columns(metrics, names, COLUMNS, &err), &err);
    CHECK_OK(lure_metrics_close(metrics, &err), &err);
    lure_text_free(&saved);
}

TEST(what_was_saved_may_be_damaged_and_the_file_shorter_or_another)
{
    lure_metrics *metrics;
    lure_text saved;
    lure_text_init(&saved);
    open_named(path_of("two.csv"), &metrics);
    add_rows(metrics, 0, 20);
    CHECK_OK(lure_metrics_save(metrics, &saved, &err), &err);
    CHECK_OK(lure_metrics_close(metrics, &err), &err);
    for (size_t length = 0; length < saved.length; length++) {
        lure_bytes in = {.data = saved.data, .length = length};
        CHECK_INT(lure_metrics_open_saved(path_of("two.csv"), &in, &metrics, &err), LURE_ERROR_STORE);
        CHECK(metrics == NULL);
    }
    FILE *rows = fopen(path_of("two.csv"), "r+");
    CHECK(rows && fseek(rows, 40, SEEK_SET) == 0 && fputc('x', rows) == 'x' && fclose(rows) == 0);
    lure_bytes whole = {.data = saved.data, .length = saved.length};
    CHECK_INT(lure_metrics_open_saved(path_of("two.csv"), &whole, &metrics, &err), LURE_ERROR_STORE);
    CHECK_CONTAINS(err.text, "has other rows than it had");
    CHECK_INT(truncate(path_of("two.csv"), 30), 0);
    lure_bytes in = {.data = saved.data, .length = saved.length};
    CHECK_INT(lure_metrics_open_saved(path_of("two.csv"), &in, &metrics, &err), LURE_ERROR_STORE);
    CHECK_CONTAINS(err.text, "has lost rows: it has 30 bytes");
    lure_text_free(&saved);
}

TEST(again_from_the_first_row_whatever_the_file_holds)
{
    lure_text whole;
    lure_metrics *one, *two;
    lure_text_init(&whole);
    open_named(path_of("one.csv"), &one);
    add_rows(one, 0, ROWS);
    CHECK_OK(lure_metrics_close(one, &err), &err);
    CHECK_OK(lure_file_read(path_of("one.csv"), 1 << 28, &whole, &err), &err);
    const size_t lengths[] = {0, 1, 17, whole.length / 2, whole.length - 1, whole.length};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        CHECK_OK(lure_file_write_whole(path_of("two.csv"), whole.data, lengths[i], &err), &err);
        unlink(path_of("one.csv"));
        open_named(path_of("one.csv"), &one);
        add_rows(one, 0, ROWS);
        CHECK_OK(lure_metrics_open_again(path_of("two.csv"), &two, &err), &err);
        CHECK_OK(lure_metrics_columns(two, names, COLUMNS, &err), &err);
        add_rows(two, 0, ROWS);
        CHECK_OK(lure_metrics_flush(two, &err), &err);
        CHECK_OK(lure_metrics_check_end(two, &err), &err);
        check_same(one, two);
    }
    lure_text_free(&whole);
}

TEST(again_and_the_file_holds_something_else)
{
    lure_text text;
    lure_metrics *metrics;
    lure_text_init(&text);
    open_named(path_of("two.csv"), &metrics);
    add_rows(metrics, 0, 100);
    CHECK_OK(lure_metrics_close(metrics, &err), &err);
    CHECK_OK(lure_file_read(path_of("two.csv"), 1 << 28, &text, &err), &err);
    text.data[text.length - 2] ^= 1;
    CHECK_OK(lure_file_write_whole(path_of("two.csv"), text.data, text.length, &err), &err);
    CHECK_OK(lure_metrics_open_again(path_of("two.csv"), &metrics, &err), &err);
    CHECK_OK(lure_metrics_columns(metrics, names, COLUMNS, &err), &err);
    add_rows(metrics, 0, 100);
    CHECK_INT(lure_metrics_flush(metrics, &err), LURE_ERROR_STORE);
    CHECK_CONTAINS(err.text, "is not what this run gives");
    (void)lure_metrics_close(metrics, NULL);

    text.data[text.length - 2] ^= 1; /* as it was: then it goes on where the run does not */
    CHECK_OK(lure_file_write_whole(path_of("two.csv"), text.data, text.length, &err), &err);
    CHECK_OK(lure_metrics_open_again(path_of("two.csv"), &metrics, &err), &err);
    CHECK_OK(lure_metrics_columns(metrics, names, COLUMNS, &err), &err);
    add_rows(metrics, 0, 99);
    CHECK_OK(lure_metrics_flush(metrics, &err), &err);
    CHECK_INT(lure_metrics_check_end(metrics, &err), LURE_ERROR_STORE);
    CHECK_CONTAINS(err.text, "it goes on behind row 99");
    CHECK_OK(lure_metrics_close(metrics, &err), &err);
    lure_text_free(&text);
}
