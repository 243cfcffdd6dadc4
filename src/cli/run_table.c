/* run_table.c: see run_table.h. Rows are kept as texts until the last has come: only then is it known how wide each column is, and what
   all rows have in common. */
#include "cli/run_table.h"

#include "cli/run_words.h"
#include "report/terminal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ID_SHOWN = LURE_RUN_TABLE_ID_SIZE - 1, WIDE = 110 };

typedef struct lure_run_table_row {
    char id[ID_SHOWN + 1], when[16], outcome[32], seed[24], value[32], tracked[64], sorted[32];
    size_t words; /* where its experiment and settings begin in the table's text */
} lure_run_table_row;

static lure_status no_memory(lure_error *err)
{
    return lure_fail(err, LURE_ERROR_MEMORY, "no memory for the table");
}

/* ---- cells ---- */

/* "11-27 14:12", or with the year when it is not this one */
static void when_text(const lure_run_table *t, const char *started, char out[16])
{
    if (strlen(started) < 16)
        snprintf(out, 16, "%.15s", started);
    else if (strncmp(started, t->year, 4) == 0)
        snprintf(out, 16, "%.5s %.5s", started + 5, started + 11);
    else
        snprintf(out, 16, "%.10s", started);
}

static void value_text(double value, char out[32])
{
    if (isnan(value))
        *out = '\0';
    else
        lure_value_text(value, out);
}

/* What it was sorted by, of whichever kind. */
static void sorted_text(const lure_run_table *t, const lure_index_row *row, char out[32])
{
    const lure_index_run *r = &row->run;
    const char *name = t->sort;
    const struct {
        const char *name, *text;
    } texts[] = {{"folder", r->folder},     {"batch", r->batch},   {"run_id", r->run_id},
                 {"track", r->track},       {"digest", r->digest}, {"configuration", r->configuration},
                 {"experiment", NULL},      {"given", NULL},       {"seed", NULL},
                 {"episodic_return", NULL}, {"started", NULL},     {"outcome", NULL},
                 {"error", r->error},       {"run", NULL}};
    *out = '\0';
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (strcmp(name, texts[i].name) == 0) {
            snprintf(out, 32, "%.31s", texts[i].text ? texts[i].text : "");
            return;
        }
    const double value = strcmp(name, "seconds") == 0     ? r->seconds
                         : strcmp(name, "updates") == 0   ? (double)r->updates
                         : strcmp(name, "steps") == 0     ? (double)r->steps
                         : strcmp(name, "episodes") == 0  ? (double)r->episodes
                         : strcmp(name, "tail_mean") == 0 ? r->tail_mean
                                                          : row->sorted;
    value_text(value, out);
}

/* ---- what the rows differ in ---- */

/* The words of a row's last cell, "fry_shacks updates=50", one after the other in the table's text. */
static char *words_of(const lure_run_table *t, const lure_run_table_row *row)
{
    return t->words.data + row->words;
}

/* Those that every row has. With one row nothing is common: it is all told in the row. */
static void find_common(lure_run_table *t)
{
    lure_text_clear(&t->common);
    for (const char *word = words_of(t, &t->rows[0]); *word && t->n_rows > 1;) {
        const size_t n = lure_run_word_length(word);
        size_t i = 0;
        while (i < t->n_rows && lure_run_words_have(words_of(t, &t->rows[i]), word, n))
            i++;
        if (i == t->n_rows)
            lure_text_addf(&t->common, "%s%.*s", t->common.length ? " " : "", (int)n, word);
        word += n + (word[n] == ' ');
    }
}

/* Those words that are not in every row, cut where there is no more room. */
static void last_cell(lure_run_table *t, const lure_run_table_row *row)
{
    lure_text words, cell;
    lure_text_init(&words);
    lure_text_init(&cell);
    lure_run_words_rest(words_of(t, row), t->common.data, &words);
    lure_display_add(&cell, words.length ? words.data : "");
    if (lure_display_width(cell.data) > t->room) {
        cell.length = lure_display_cut(cell.data, t->room - 2);
        cell.data[cell.length] = '\0';
        lure_text_add(&cell, "..");
    }
    lure_table_cell(t->table, cell.length ? cell.data : "", false);
    lure_text_free(&words);
    lure_text_free(&cell);
}

/* ---- why some failed ---- */

static void keep_error(lure_run_table *t, const char *id, const char *error)
{
    const size_t n = strcspn(error, "\n");
    size_t i = 0;
    char text[sizeof t->errors[0].text];
    snprintf(text, sizeof text, "%.*s", (int)n, error);
    while (i < t->n_errors && strcmp(t->errors[i].text, text) != 0)
        i++;
    if (i == LURE_RUN_TABLE_ERRORS)
        return;
    if (i == t->n_errors) {
        memcpy(t->errors[i].text, text, sizeof text);
        snprintf(t->errors[i].id, sizeof t->errors[i].id, "%.*s", ID_SHOWN, id);
        t->n_errors++;
    }
    t->errors[i].n++;
}

static void add_errors(const lure_run_table *t, lure_text *out)
{
    for (size_t i = 0; i < t->n_errors; i++) {
        lure_text_addf(out, "%s", t->errors[i].id);
        if (t->errors[i].n > 1)
            lure_text_addf(out, " and %zu more", t->errors[i].n - 1);
        lure_text_add(out, ": ");
        lure_display_add(out, t->errors[i].text);
        lure_text_add(out, "\n");
    }
}

/* ---- the table ---- */

static void add_heading(lure_run_table *t)
{
    lure_table_cell(t->table, "run", false);
    lure_table_cell(t->table, "started", false);
    lure_table_cell(t->table, "outcome", false);
    lure_table_cell(t->table, "seed", true);
    lure_table_cell(t->table, "return", true);
    if (t->wide)
        lure_table_cell(t->table, "tracked", false);
    if (t->sort)
        lure_table_cell(t->table, t->sort, true);
    lure_table_cell(t->table, t->common.length ? "options" : "experiment", false);
}

static size_t wider(size_t width, const char *cell)
{
    const size_t its = lure_display_width(cell);
    return its > width ? its : width;
}

/* What the other cells leave of the line. */
static size_t room_left(const lure_run_table *t)
{
    enum { LEAST = 12, GAP = 2 };
    size_t outcome = strlen("outcome"), seed = strlen("seed"), value = strlen("return"),
           tracked = t->wide ? strlen("tracked") + GAP : 0, sorted = t->sort ? strlen(t->sort) + GAP : 0,
           when = strlen("started");
    for (size_t i = 0; i < t->n_rows; i++) {
        const lure_run_table_row *row = &t->rows[i];
        outcome = wider(outcome, row->outcome);
        seed = wider(seed, row->seed);
        value = wider(value, row->value);
        when = wider(when, row->when);
        if (t->wide)
            tracked = wider(tracked - GAP, row->tracked) + GAP;
        if (t->sort)
            sorted = wider(sorted - GAP, row->sorted) + GAP;
    }
    const size_t taken = ID_SHOWN + when + outcome + seed + value + 5 * GAP + tracked + sorted;
    if (!isatty(fileno(stdout)))
        return SIZE_MAX; /* for a pipe or a file nothing is cut */
    return taken + LEAST < t->width ? t->width - taken : LEAST;
}

static void fill_table(lure_run_table *t)
{
    t->room = room_left(t);
    find_common(t);
    add_heading(t);
    for (size_t i = 0; i < t->n_rows; i++) {
        const lure_run_table_row *row = &t->rows[i];
        lure_table_cell(t->table, row->id, false);
        lure_table_cell(t->table, row->when, false);
        lure_table_cell(t->table, row->outcome, false);
        lure_table_cell(t->table, row->seed, true);
        lure_table_cell(t->table, row->value, true);
        if (t->wide)
            lure_table_cell(t->table, row->tracked, false);
        if (t->sort)
            lure_table_cell(t->table, row->sorted, true);
        last_cell(t, row);
    }
}

lure_status lure_run_table_add(lure_run_table *t, const lure_index_row *row, lure_error *err)
{
    const lure_index_run *r = &row->run;
    char value[32];
    if (t->n_rows == t->capacity) {
        const size_t capacity = t->capacity ? 2 * t->capacity : 64;
        lure_run_table_row *grown = realloc(t->rows, capacity * sizeof *grown);
        if (!grown)
            return no_memory(err);
        t->rows = grown;
        t->capacity = capacity;
    }
    lure_run_table_row *s = &t->rows[t->n_rows];
    snprintf(s->id, sizeof s->id, "%.*s", ID_SHOWN, r->run_id);
    when_text(t, r->started, s->when);
    snprintf(s->outcome, sizeof s->outcome, "%.31s", row->is_damaged ? "(damaged)" : r->outcome);
    snprintf(s->seed, sizeof s->seed, "%llu", (unsigned long long)r->seed);
    value_text(r->episodic_return, s->value);
    value_text(r->tail_mean, value);
    *s->tracked = '\0';
    if (*r->track)
        snprintf(s->tracked, sizeof s->tracked, "%.24s %s", r->track, value);
    *s->sorted = '\0';
    if (t->sort)
        sorted_text(t, row, s->sorted);
    if (*r->error)
        keep_error(t, r->run_id, r->error);
    s->words = t->words.length;
    lure_text_addf(&t->words, "%s%s%s", r->experiment, *r->given ? " " : "", r->given);
    lure_text_add_bytes(&t->words, "", 1);
    if (t->words.failed)
        return no_memory(err);
    t->n_rows++;
    return LURE_OK;
}

/* ---- all ---- */

void lure_run_table_init(lure_run_table *t, const char *sort, size_t width)
{
    const time_t now = time(NULL);
    struct tm utc;
    *t = (lure_run_table){.sort = sort, .width = width, .wide = width >= WIDE};
    gmtime_r(&now, &utc);
    strftime(t->year, sizeof t->year, "%Y", &utc);
    lure_text_init(&t->words);
    lure_text_init(&t->common);
}

lure_status lure_run_table_print(lure_run_table *t, bool colour, lure_text *out, lure_error *err)
{
    if (t->n_rows == 0)
        return LURE_OK;
    t->table = lure_table_create(6 + t->wide + (t->sort != NULL));
    if (!t->table)
        return no_memory(err);
    fill_table(t);
    if (t->common.length) {
        lure_display_add(out, t->common.data);
        lure_text_add(out, "\n");
    }
    lure_table_print(t->table, colour, out);
    add_errors(t, out);
    return out->failed ? no_memory(err) : LURE_OK;
}

void lure_run_table_free(lure_run_table *t)
{
    lure_table_destroy(t->table);
    lure_text_free(&t->words);
    lure_text_free(&t->common);
    free(t->rows);
    *t = (lure_run_table){0};
}
