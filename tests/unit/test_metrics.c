/* test_metrics.c: the bytes of metrics.csv, read back by a CSV reader of the test's own (RFC 4180), and the statistics
   against plain two-pass sums over all rows. */
#include "store/metrics.h"

#include "base/file.h"
#include "base/rng.h"
#include "unit.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static lure_error err;

static const char *csv(void)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/metrics.csv", unit_folder());
    return path;
}

static lure_metrics *opened(const char *path, const char *const *names, size_t n)
{
    lure_metrics *metrics;
    CHECK_OK(lure_metrics_open(path, &metrics, &err), &err);
    CHECK_OK(lure_metrics_columns(metrics, names, n, &err), &err);
    CHECK_INT((int64_t)lure_metrics_n_columns(metrics), (int64_t)n);
    return metrics;
}

static void row(lure_metrics *metrics, const double *values)
{
    CHECK_OK(lure_metrics_row(metrics, values, &err), &err);
}

/* All that the file holds; the caller's. */
static lure_text written(void)
{
    lure_text text;
    lure_text_init(&text);
    CHECK_OK(lure_file_read(csv(), 1 << 28, &text, &err), &err);
    return text;
}

static void check_bytes(const char *expected)
{
    lure_text text = written();
    CHECK_TEXT(text.data, expected);
    lure_text_free(&text);
}

/* The next cell into `cell` (terminated, cut at 255); returns the character that ended it: ',' or '\n', 0 at the end. */
static char next_cell(const char **at, char cell[256])
{
    size_t n = 0;
    const char *c = *at;
    if (*c == '\0')
        return '\0';
    if (*c == '"') {
        for (c++; *c && (*c != '"' || c[1] == '"'); c++) {
            if (*c == '"')
                c++;
            if (n < 255)
                cell[n++] = *c;
        }
        c += *c == '"';
    } else
        for (; *c && *c != ',' && *c != '\n'; c++)
            if (n < 255)
                cell[n++] = *c;
    cell[n] = '\0';
    CHECK_SAY(*c == ',' || *c == '\n', "cell \"%s\" ends with character %d", cell, *c);
    *at = c + 1;
    return *c;
}

static double some_double(lure_rng *rng)
{
    uint64_t bits = (uint64_t)lure_rng_word(rng) << 32;
    bits |= lure_rng_word(rng);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

TEST(rows_are_written_as_said)
{
    const char *names[] = {"update", "bias", "reward"};
    lure_metrics *metrics = opened(csv(), names, 3);
    row(metrics, (double[]){1, -0.5, 1});
    row(metrics, (double[]){2, -1.1224593312018547, -1});
    row(metrics, (double[]){3, NAN, 0});
    row(metrics, (double[]){4, INFINITY, -0.0});
    row(metrics, (double[]){5, INFINITY, -0.0});
    row(metrics, (double[]){6, 1e300, 0});
    row(metrics, (double[]){NAN, NAN, NAN});
    CHECK_INT((int64_t)lure_metrics_n_rows(metrics), 7);
    CHECK_OK(lure_metrics_close(metrics, &err), &err);
    check_bytes(
        "update,bias,reward\n1,-0.5,1\n2,-1.1224593312018547,-1\n3,,0\n4,inf,-0\n5,inf,-0\n6,1e+300,0\n,,\n");
}

TEST(every_number_reads_back_to_its_bits)
{
    const char *names[] = {"a", "b", "c"};
    static const double special[] = {0.0,
                                     -0.0,
                                     1,
                                     -1,
                                     0.1,
                                     1.0 / 3,
                                     DBL_MIN,
                                     DBL_MAX,
                                     -DBL_MAX,
                                     5e-324,
                                     1e15,
                                     1e15 - 1,
                                     -1e15,
                                     1e16,
                                     0x1p53,
                                     0x1p53 - 1,
                                     0x1p53 + 2,
                                     0x1p63,
                                     -0x1p63,
                                     0x1p64,
                                     123456.5,
                                     9.5367431640625e-07,
                                     INFINITY,
                                     -INFINITY,
                                     1e22,
                                     1e23,
                                     4503599627370497.5,
                                     2147483648,
                                     0,
                                     NAN};
    enum { N_SPECIAL = sizeof special / sizeof *special, N = 30000 };
    lure_rng rng;
    lure_rng_init(&rng, 7, LURE_PURPOSE_USER, 0);
    double(*rows)[3] = malloc(N * sizeof *rows);
    CHECK(rows != NULL);
    for (int i = 0; i < N; i++) {
        rows[i][0] = i < N_SPECIAL * N_SPECIAL ? special[i / N_SPECIAL] : some_double(&rng);
        rows[i][1] = i < N_SPECIAL * N_SPECIAL ? special[i % N_SPECIAL] : floor(lure_rng_uniform(&rng) * 1e6);
        rows[i][2] = i % 3 ? rows[i - 1][2] : lure_rng_uniform(&rng); /* unchanged two times of three */
    }
    lure_metrics *metrics = opened(csv(), names, 3);
    for (int i = 0; i < N; i++)
        row(metrics, rows[i]);
    CHECK_OK(lure_metrics_close(metrics, &err), &err);

    lure_text text = written();
    const char *at = text.data;
    char cell[256];
    for (int k = 0; k < 3; k++)
        next_cell(&at, cell);
    for (int i = 0; i < N; i++)
        for (int k = 0; k < 3; k++) {
            CHECK_INT(next_cell(&at, cell), k < 2 ? ',' : '\n');
            const double back = *cell ? strtod(cell, NULL) : NAN;
            const double want = rows[i][k];
            CHECK_SAY(isnan(want) ? *cell == '\0' : memcmp(&back, &want, sizeof want) == 0,
                      "row %d column %d: \"%s\" for %.17g", i, k, cell, want);
        }
    CHECK_INT(next_cell(&at, cell), 0);
    lure_text_free(&text);
    free(rows);
}

TEST(names_are_quoted_where_they_must_be)
{
    const char *names[] = {"plain", "a,b", "say \"x\"", "two\nlines", "", "größe", "cr\r"};
    enum { N = sizeof names / sizeof *names };
    lure_metrics *metrics = opened(csv(), names, N);
    row(metrics, (double[N]){1, 2, 3, 4, 5, 6, 7});
    CHECK_OK(lure_metrics_close(metrics, &err), &err);
    check_bytes("plain,\"a,b\",\"say \"\"x\"\"\",\"two\nlines\",\"\",größe,\"cr\r\"\n1,2,3,4,5,6,7\n");
    lure_text text = written();
    const char *at = text.data;
    char cell[256];
    for (size_t i = 0; i < N; i++) {
        next_cell(&at, cell);
        CHECK_TEXT(cell, names[i]);
    }
    lure_text_free(&text);
}

TEST(a_missing_value_in_a_single_column_is_no_empty_line)
{
    const char *names[] = {"x"};
    lure_metrics *metrics = opened(csv(), names, 1);
    row(metrics, (double[]){1});
    row(metrics, (double[]){NAN});
    row(metrics, (double[]){2});
    CHECK_OK(lure_metrics_close(metrics, &err), &err);
    check_bytes("x\n1\n\"\"\n2\n");
}

TEST(very_many_columns_and_a_header_longer_than_the_buffer)
{
    enum { N = 4000 };
    static char texts[N][24];
    static const char *names[N];
    static double values[N];
    for (int i = 0; i < N; i++) {
        snprintf(texts[i], sizeof texts[i], "column_number_%08d", i);
        names[i] = texts[i];
        values[i] = -1.0 / (i + 3) * 1e-300; /* the longest texts there are */
    }
    lure_metrics *metrics = opened(csv(), names, N);
    for (int r = 0; r < 3; r++)
        row(metrics, values);
    CHECK_OK(lure_metrics_close(metrics, &err), &err);
    lure_text text = written();
    const char *at = text.data;
    char cell[256];
    for (int r = 0; r < 4; r++)
        for (int i = 0; i < N; i++) {
            CHECK_INT(next_cell(&at, cell), i < N - 1 ? ',' : '\n');
            if (r == 0)
                CHECK_TEXT(cell, names[i]);
            else
                CHECK_REAL(strtod(cell, NULL), values[i]);
        }
    CHECK_INT(*at, 0);
    lure_text_free(&text);
}

TEST(a_flush_shows_all_rows_so_far)
{
    const char *names[] = {"x"};
    lure_metrics *metrics = opened(csv(), names, 1);
    check_bytes("");
    CHECK_OK(lure_metrics_flush(metrics, &err), &err);
    check_bytes("x\n");
    row(metrics, (double[]){1});
    row(metrics, (double[]){2});
    CHECK_OK(lure_metrics_flush(metrics, &err), &err);
    CHECK_OK(lure_metrics_flush(metrics, &err), &err);
    check_bytes("x\n1\n2\n");
    row(metrics, (double[]){3});
    CHECK_OK(lure_metrics_close(metrics, &err), &err);
    check_bytes("x\n1\n2\n3\n");
}

TEST(misuse_is_refused)
{
    const char *names[] = {"x", "y", "x"};
    lure_metrics *metrics, *other;
    CHECK_OK(lure_metrics_close(NULL, &err), &err);
    CHECK_OK(lure_metrics_open(csv(), &metrics, &err), &err);
    CHECK_STATUS(lure_metrics_open(csv(), &other, &err), LURE_ERROR_STORE, &err);
    CHECK_CONTAINS(err.text, csv());
    CHECK(other == NULL);
    CHECK_STATUS(lure_metrics_row(metrics, (double[]){1}, &err), LURE_ERROR_SCRIPT, &err);
    CHECK_STATUS(lure_metrics_columns(metrics, names, 0, &err), LURE_ERROR_SCRIPT, &err);
    CHECK_STATUS(lure_metrics_columns(metrics, names, 3, &err), LURE_ERROR_SCRIPT, &err);
    CHECK_CONTAINS(err.text, "\"x\"");
    CHECK_OK(lure_metrics_columns(metrics, names, 2, &err), &err);
    CHECK_STATUS(lure_metrics_columns(metrics, names, 2, &err), LURE_ERROR_SCRIPT, &err);
    row(metrics, (double[]){1, 2});
    CHECK_OK(lure_metrics_close(metrics, &err), &err);
    check_bytes("x,y\n1,2\n");
    CHECK_STATUS(lure_metrics_open("/proc/none/metrics.csv", &metrics, &err), LURE_ERROR_STORE, &err);
}

/* What the contract says about n rows of values, by plain sums. */
static void check_column(const lure_metrics_column *c, const double *values, size_t n)
{
    size_t width = 1;
    while (n > 512 * width)
        width *= 2;
    double last = NAN, minimum = NAN, maximum = NAN;
    uint64_t n_values = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(values[i]))
            continue;
        n_values++;
        last = values[i];
        minimum = fmin(minimum, values[i]);
        maximum = fmax(maximum, values[i]);
    }
    CHECK_INT((int64_t)c->n, (int64_t)n_values);
    CHECK_REAL(c->last, last);
    CHECK_REAL(c->minimum, minimum);
    CHECK_REAL(c->maximum, maximum);

    /* the tail begins at the bucket edge nearest to the middle */
    const size_t edge = (n / 2 + width / 2) / width * width;
    CHECK(edge + width > n / 2 && edge <= n / 2 + width);
    double sum = 0, squares = 0;
    size_t n_tail = 0;
    for (size_t i = edge; i < n; i++)
        if (!isnan(values[i])) {
            sum += values[i];
            n_tail++;
        }
    const double mean = n_tail > 0 ? sum / (double)n_tail : NAN;
    for (size_t i = edge; i < n; i++)
        if (!isnan(values[i]))
            squares += (values[i] - mean) * (values[i] - mean);
    if (n_tail == 0)
        CHECK_REAL(c->tail_mean, NAN);
    else
        CHECK_NEAR(c->tail_mean, mean, 1e-12 * (1 + fabs(mean)));
    if (n_tail < 2)
        CHECK_REAL(c->tail_deviation, NAN);
    else
        CHECK_NEAR(c->tail_deviation, sqrt(squares / (double)(n_tail - 1)), 1e-10);

    CHECK_INT((int64_t)c->n_points, (int64_t)(n / width));
    for (size_t k = 0; k < c->n_points; k++) {
        double bucket = 0;
        size_t n_bucket = 0;
        for (size_t i = k * width; i < (k + 1) * width; i++)
            if (!isnan(values[i])) {
                bucket += values[i];
                n_bucket++;
            }
        if (n_bucket == 0)
            CHECK_REAL(c->curve[k], NAN);
        else
            CHECK_NEAR(c->curve[k], bucket / (double)n_bucket, 1e-12 * (1 + fabs(bucket)));
    }
}

TEST(statistics_are_those_of_plain_sums_after_every_row)
{
    enum { N = 5000 };
    const char *names[] = {"noise", "far", "gaps", "never", "rare"};
    static double values[5][N];
    static lure_metrics_column column;
    lure_rng rng;
    lure_rng_init(&rng, 11, LURE_PURPOSE_USER, 0);
    lure_metrics *metrics = opened(NULL, names, 5);
    for (size_t i = 0; i < N; i++) {
        values[0][i] = lure_rng_uniform(&rng) - 0.5;
        values[1][i] = 1e6 + lure_rng_uniform(&rng); /* plain sums of squares would lose this one */
        values[2][i] = lure_rng_uniform(&rng) < 0.4 ? NAN : (double)i;
        values[3][i] = NAN;
        values[4][i] = i % 1000 == 700 ? -3.5 : NAN;
        row(metrics, (double[]){values[0][i], values[1][i], values[2][i], values[3][i], values[4][i]});
        /* every count of rows near the changes of width, and a spread of others */
        if (i > 1100 && i % 37 != 0 && (i < 2040 || i > 2060) && (i < 4090 || i > 4110))
            continue;
        for (size_t k = 0; k < 5; k++) {
            lure_metrics_column_get(metrics, k, &column);
            CHECK_TEXT(column.name, names[k]);
            check_column(&column, values[k], i + 1);
        }
    }
    CHECK_INT((int64_t)lure_metrics_n_rows(metrics), N);
    CHECK_OK(lure_metrics_close(metrics, &err), &err);
}

TEST(statistics_of_no_row)
{
    const char *names[] = {"x"};
    static lure_metrics_column column;
    lure_metrics *metrics = opened(NULL, names, 1);
    lure_metrics_column_get(metrics, 0, &column);
    CHECK_INT((int64_t)column.n, 0);
    CHECK_INT((int64_t)column.n_points, 0);
    CHECK_REAL(column.last, NAN);
    CHECK_REAL(column.tail_mean, NAN);
    CHECK_REAL(column.tail_deviation, NAN);
    CHECK_OK(lure_metrics_flush(metrics, &err), &err);
    CHECK_OK(lure_metrics_close(metrics, &err), &err);
}

TEST(a_million_rows_keep_a_curve)
{
    enum { N = 1000003 };
    const char *names[] = {"x"};
    static lure_metrics_column column;
    lure_metrics *metrics = opened(NULL, names, 1);
    for (int i = 0; i < N; i++)
        row(metrics, (double[]){i});
    lure_metrics_column_get(metrics, 0, &column);
    CHECK_INT((int64_t)column.n_points, N / 2048); /* 512 * 2048 is the first that holds them */
    for (size_t k = 0; k < column.n_points; k++)
        CHECK_NEAR(column.curve[k], 2048.0 * (double)k + 1023.5, 1e-6);
    const int first = (N / 2 + 1024) / 2048 * 2048;
    const double edge = first, n = N - edge; /* n whole numbers in a row: edge .. N - 1 */
    CHECK_NEAR(column.tail_mean, (edge + N - 1) / 2, 1e-6);
    CHECK_NEAR(column.tail_deviation, sqrt(n * (n + 1) / 12), 1e-6);
    CHECK_OK(lure_metrics_close(metrics, &err), &err);
}
