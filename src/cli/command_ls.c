/* command_ls.c: lure ls. The runs below a folder, from its index: the latest, the best, those that a condition picks. */
#include "cli/command.h"

#include "cli/run_list.h"
#include "cli/run_words.h"
#include "report/table.h"
#include "report/terminal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int ls_main(const lure_command *command, int n, char **arguments);

enum { SHOWN = 20, ID_SHOWN = 8, MOST_LACKING = 3, MOST_ERRORS = 5 };

static const lure_option options[] = {
    {"best", "N", "the N finished runs with the greatest return, or what --sort names", false},
    {"worst", "N", "the N with the least", false},
    {"sort", "NAME", "order by a column or a number: seconds, steps, entropy, entropy.last, ...", false},
    {"outcome", "X", "only runs with that outcome: ok, script_error, cancelled, unfinished, ...", false},
    {"experiment", "NAME", "only runs of that experiment", false},
    {"set", "KEY=VALUE", "only runs with that setting: --set learning_rate.rate=0.1", true},
    {"where", "CONDITION", "only runs for which it holds, in SQL: \"steps > 1000 and seed <> 3\"", false},
    {"limit", "N", "show at most N (default 20, with --json all; 0: all)", false},
    {"rebuild", NULL, "make the index anew from the folders first", false},
    {"check", NULL, "look at every byte of the index, and list nothing", false},
    {"json", NULL, "print one JSON document instead of text", false},
    {0}};

const lure_command lure_command_ls = {
    .name = "ls",
    .arguments = "[FOLDER]",
    .summary = "List runs: the latest, the best, or those that a condition picks.",
    .options = options,
    .examples = "lure ls\n"
                "lure ls runs/rates --best 10\n"
                "lure ls --worst 3 --sort entropy --experiment cartpole_reinforce\n"
                "lure ls --set learning_rate.rate=0.1 --where \"seed <= 5\"\n"
                "lure ls --rebuild",
    .least = 0,
    .most = 1,
    .main = ls_main};

typedef struct shown_row {
    char id[ID_SHOWN + 1], when[16], outcome[32], seed[24], value[32], tracked[64], sorted[32];
    size_t words; /* where its experiment and settings begin in the listing's text */
} shown_row;

typedef struct listing {
    const lure_run_list *list;
    lure_index_filter filter;
    bool sorts; /* a number or column was named: shown in a column of its own */
    bool wide;
    size_t n_shown, n_all, n_damaged;
    shown_row *rows;
    size_t capacity;
    lure_text words, common;
    lure_table *table;
    lure_json *json;
    size_t width, room; /* of the line; columns that the last cell may take */
    char year[5];
    struct {
        char text[256], id[ID_SHOWN + 1];
        size_t n;
    } errors[MOST_ERRORS];
    size_t n_errors;
} listing;

/* ---- cells ---- */

/* "11-27 14:12", or with the year when it is not this one */
static void when_text(const listing *l, const char *started, char out[16])
{
    if (strlen(started) < 16)
        snprintf(out, 16, "%.15s", started);
    else if (strncmp(started, l->year, 4) == 0)
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
static void sorted_text(const listing *l, const lure_index_row *row, char out[32])
{
    const lure_index_run *r = &row->run;
    const char *name = l->filter.sort;
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

/* The words of a row's last cell, "fry_shacks updates=50", one after the other in the listing's text. */
static char *words_of(const listing *l, const shown_row *row)
{
    return l->words.data + row->words;
}

/* Those that every row has. With one row nothing is common: it is all told in the row. */
static void find_common(listing *l)
{
    lure_text_clear(&l->common);
    for (const char *word = words_of(l, &l->rows[0]); *word && l->n_shown > 1;) {
        const size_t n = lure_run_word_length(word);
        size_t i = 0;
        while (i < l->n_shown && lure_run_words_have(words_of(l, &l->rows[i]), word, n))
            i++;
        if (i == l->n_shown)
            lure_text_addf(&l->common, "%s%.*s", l->common.length ? " " : "", (int)n, word);
        word += n + (word[n] == ' ');
    }
}

/* Those words that are not in every row, cut where there is no more room. */
static void last_cell(listing *l, const shown_row *row)
{
    lure_text words, cell;
    lure_text_init(&words);
    lure_text_init(&cell);
    lure_run_words_rest(words_of(l, row), l->common.data, &words);
    lure_display_add(&cell, words.length ? words.data : "");
    if (lure_display_width(cell.data) > l->room) {
        cell.length = lure_display_cut(cell.data, l->room - 2);
        cell.data[cell.length] = '\0';
        lure_text_add(&cell, "..");
    }
    lure_table_cell(l->table, cell.length ? cell.data : "", false);
    lure_text_free(&words);
    lure_text_free(&cell);
}

/* ---- why some failed ---- */

static void keep_error(listing *l, const char *id, const char *error)
{
    const size_t n = strcspn(error, "\n");
    size_t i = 0;
    char text[sizeof l->errors[0].text];
    snprintf(text, sizeof text, "%.*s", (int)n, error);
    while (i < l->n_errors && strcmp(l->errors[i].text, text) != 0)
        i++;
    if (i == MOST_ERRORS)
        return;
    if (i == l->n_errors) {
        memcpy(l->errors[i].text, text, sizeof text);
        snprintf(l->errors[i].id, sizeof l->errors[i].id, "%.*s", ID_SHOWN, id);
        l->n_errors++;
    }
    l->errors[i].n++;
}

static void add_errors(const listing *l, lure_text *out)
{
    for (size_t i = 0; i < l->n_errors; i++) {
        lure_text_addf(out, "%s", l->errors[i].id);
        if (l->errors[i].n > 1)
            lure_text_addf(out, " and %zu more", l->errors[i].n - 1);
        lure_text_add(out, ": ");
        lure_display_add(out, l->errors[i].text);
        lure_text_add(out, "\n");
    }
}

/* ---- the table ---- */

static void add_heading(listing *l)
{
    lure_table_cell(l->table, "run", false);
    lure_table_cell(l->table, "started", false);
    lure_table_cell(l->table, "outcome", false);
    lure_table_cell(l->table, "seed", true);
    lure_table_cell(l->table, "return", true);
    if (l->wide)
        lure_table_cell(l->table, "tracked", false);
    if (l->sorts)
        lure_table_cell(l->table, l->filter.sort, true);
    lure_table_cell(l->table, l->common.length ? "options" : "experiment", false);
}

static size_t wider(size_t width, const char *cell)
{
    const size_t its = lure_display_width(cell);
    return its > width ? its : width;
}

/* What the other cells leave of the line. */
static size_t room_left(const listing *l)
{
    enum { LEAST = 12, GAP = 2 };
    size_t outcome = strlen("outcome"), seed = strlen("seed"), value = strlen("return"),
           tracked = l->wide ? strlen("tracked") + GAP : 0,
           sorted = l->sorts ? strlen(l->filter.sort) + GAP : 0, when = strlen("started");
    for (size_t i = 0; i < l->n_shown; i++) {
        const shown_row *row = &l->rows[i];
        outcome = wider(outcome, row->outcome);
        seed = wider(seed, row->seed);
        value = wider(value, row->value);
        when = wider(when, row->when);
        if (l->wide)
            tracked = wider(tracked - GAP, row->tracked) + GAP;
        if (l->sorts)
            sorted = wider(sorted - GAP, row->sorted) + GAP;
    }
    const size_t taken = ID_SHOWN + when + outcome + seed + value + 5 * GAP + tracked + sorted;
    if (!isatty(fileno(stdout)))
        return SIZE_MAX; /* for a pipe or a file nothing is cut */
    return taken + LEAST < l->width ? l->width - taken : LEAST;
}

static void fill_table(listing *l)
{
    l->room = room_left(l);
    find_common(l);
    add_heading(l);
    for (size_t i = 0; i < l->n_shown; i++) {
        const shown_row *row = &l->rows[i];
        lure_table_cell(l->table, row->id, false);
        lure_table_cell(l->table, row->when, false);
        lure_table_cell(l->table, row->outcome, false);
        lure_table_cell(l->table, row->seed, true);
        lure_table_cell(l->table, row->value, true);
        if (l->wide)
            lure_table_cell(l->table, row->tracked, false);
        if (l->sorts)
            lure_table_cell(l->table, row->sorted, true);
        last_cell(l, row);
    }
}

static lure_status keep_row(listing *l, const lure_index_row *row, lure_error *err)
{
    const lure_index_run *r = &row->run;
    char value[32];
    if (l->n_shown == l->capacity) {
        const size_t capacity = l->capacity ? 2 * l->capacity : 64;
        shown_row *grown = realloc(l->rows, capacity * sizeof *grown);
        if (!grown)
            return lure_fail(err, LURE_ERROR_MEMORY, "no memory for the table");
        l->rows = grown;
        l->capacity = capacity;
    }
    shown_row *s = &l->rows[l->n_shown];
    snprintf(s->id, sizeof s->id, "%.*s", ID_SHOWN, r->run_id);
    when_text(l, r->started, s->when);
    snprintf(s->outcome, sizeof s->outcome, "%.31s", row->is_damaged ? "(damaged)" : r->outcome);
    snprintf(s->seed, sizeof s->seed, "%llu", (unsigned long long)r->seed);
    value_text(r->episodic_return, s->value);
    value_text(r->tail_mean, value);
    *s->tracked = '\0';
    if (*r->track)
        snprintf(s->tracked, sizeof s->tracked, "%.24s %s", r->track, value);
    *s->sorted = '\0';
    if (l->sorts)
        sorted_text(l, row, s->sorted);
    if (*r->error)
        keep_error(l, r->run_id, r->error);
    s->words = l->words.length;
    lure_text_addf(&l->words, "%s%s%s", r->experiment, *r->given ? " " : "", r->given);
    lure_text_add_bytes(&l->words, "", 1);
    return l->words.failed ? lure_fail(err, LURE_ERROR_MEMORY, "no memory for the table") : LURE_OK;
}

static lure_status take_row(void *data, const lure_index_row *row, lure_error *err)
{
    listing *l = data;
    lure_status status = LURE_OK;
    if (l->json) {
        lure_json_begin_object(l->json, NULL);
        if (row->is_damaged)
            lure_json_bool(l->json, "damaged", true);
        lure_run_list_json(l->list, &row->run, l->json);
        lure_json_end_object(l->json);
    } else {
        status = keep_row(l, row, err);
    }
    l->n_shown += status == LURE_OK;
    l->n_damaged += row->is_damaged;
    return status;
}

/* ---- the whole ---- */

static lure_status read_filter(const lure_arguments *a, listing *l, lure_error *err)
{
    static lure_setting settings[LURE_MOST_ARGUMENTS];
    static lure_index_setting wanted[LURE_MOST_ARGUMENTS];
    uint64_t best = 0, worst = 0, limit = lure_arguments_has(a, "json") ? 0 : SHOWN;
    bool has_best = false, has_worst = false, has_limit = false;
    lure_index_filter *f = &l->filter;
    lure_status status = lure_arguments_whole(a, "best", 1, UINT32_MAX, &best, &has_best, err);
    if (status == LURE_OK)
        status = lure_arguments_whole(a, "worst", 1, UINT32_MAX, &worst, &has_worst, err);
    if (status == LURE_OK)
        status = lure_arguments_whole(a, "limit", 0, UINT32_MAX, &limit, &has_limit, err);
    if (status == LURE_OK && has_best + has_worst + has_limit > 1)
        status = lure_fail(err, LURE_ERROR_USAGE, "--best, --worst and --limit: only one of them");
    if (status == LURE_OK)
        status = lure_command_settings(a, settings, &f->n_settings, err);
    if (status != LURE_OK)
        return status;
    for (size_t i = 0; i < f->n_settings; i++)
        wanted[i] = (lure_index_setting){settings[i].key, settings[i].value};
    f->settings = wanted;
    f->below = l->list->below;
    f->experiment = lure_arguments_value(a, "experiment");
    f->outcome = lure_arguments_value(a, "outcome");
    f->where = lure_arguments_value(a, "where");
    f->sort = lure_arguments_value(a, "sort");
    l->sorts = f->sort != NULL;
    f->limit = has_best ? best : has_worst ? worst : limit;
    f->is_ranking = has_best || has_worst;
    f->ascending = has_worst;
    if (f->is_ranking && !f->sort)
        f->sort = "episodic_return";
    if (f->is_ranking && !f->outcome)
        f->outcome = "ok";
    return LURE_OK;
}

static void explain_nothing(const listing *l)
{
    const lure_index_filter *f = &l->filter;
    lure_index *index = l->list->index;
    fputs("lure: no runs\n", stderr);
    lure_run_list_tell_known(index, f->experiment, "experiment",
                             "select distinct experiment from runs order by 1");
    lure_run_list_tell_known(index, f->outcome, "outcome", "select distinct outcome from runs order by 1");
    for (size_t i = 0; i < f->n_settings; i++)
        lure_run_list_tell_known(index, f->settings[i].key, "setting",
                                 "select distinct key from settings order by 1");
}

static void tell_lacking(const lure_run_list *list)
{
    lure_text names;
    lure_error err;
    size_t n;
    lure_text_init(&names);
    if (lure_run_index_lacks(list->index, list->root, list->below, MOST_LACKING, &names, &n, &err) ==
            LURE_OK &&
        n) {
        for (char *c = names.data; *c; c++)
            if (*c == '\n')
                *c = c[1] ? ',' : '\0';
        lure_text line;
        lure_text_init(&line);
        lure_text_add(&line, "lure ls ");
        lure_text_add_quoted(&line, list->root);
        fprintf(stderr,
                "lure: not listed: %s%s; in progress, interrupted, or put there by hand: %s --rebuild takes "
                "%s in\n",
                names.data, n > MOST_LACKING ? ", ..." : "", line.data, n == 1 ? "it" : "them");
        lure_text_free(&line);
    }
    lure_text_free(&names);
}

static lure_status list_text(listing *l, lure_text *out, lure_error *err)
{
    const bool colour = lure_terminal_colour(stdout);
    const int width = lure_terminal_width(stdout);
    const time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(l->year, sizeof l->year, "%Y", &utc);
    l->width = (size_t)width;
    l->wide = width >= 110;
    lure_text_init(&l->words);
    lure_text_init(&l->common);
    const bool counts = l->filter.limit > 0;
    lure_status status =
        lure_index_list(l->list->index, &l->filter, take_row, l, counts ? &l->n_all : NULL, err);
    l->table = lure_table_create(6 + l->wide + l->sorts);
    if (status == LURE_OK && !l->table)
        status = lure_fail(err, LURE_ERROR_MEMORY, "no memory for the table");
    if (status == LURE_OK && l->n_shown > 0) {
        fill_table(l);
        if (l->common.length) {
            lure_display_add(out, l->common.data);
            lure_text_add(out, "\n");
        }
        lure_table_print(l->table, colour, out);
        add_errors(l, out);
    }
    if (status == LURE_OK && counts && l->n_all > l->n_shown)
        lure_text_addf(out, "%zu of %zu runs%s\n", l->n_shown, l->n_all,
                       l->filter.is_ranking ? "" : "; --limit 0 shows all");
    lure_table_destroy(l->table);
    lure_text_free(&l->words);
    lure_text_free(&l->common);
    free(l->rows);
    if (status == LURE_OK && out->failed)
        status = lure_fail(err, LURE_ERROR_MEMORY, "no memory for the table");
    if (status == LURE_OK && l->n_shown == 0)
        explain_nothing(l);
    return status;
}

static lure_status list_json(listing *l, lure_text *out, lure_error *err)
{
    lure_json json;
    lure_status status = LURE_OK;
    lure_json_init(&json, out);
    l->json = &json;
    lure_json_begin_object(&json, NULL);
    lure_json_string(&json, "schema", "lure.runs/1");
    lure_json_string(&json, "root", l->list->root);
    lure_json_begin_array(&json, "runs");
    if (l->list->index)
        status = lure_index_list(l->list->index, &l->filter, take_row, l, &l->n_all, err);
    l->json = NULL;
    lure_json_end_array(&json);
    lure_json_integer(&json, "matching", (int64_t)l->n_all);
    lure_json_end_object(&json);
    lure_text_add(out, "\n");
    if (status == LURE_OK && out->failed)
        status = lure_fail(err, LURE_ERROR_MEMORY, "no memory for the document");
    return status;
}

static lure_status check_index(const lure_run_list *list, lure_error *err)
{
    size_t n;
    const lure_status status = lure_index_check(list->index, &n, err);
    if (status == LURE_OK)
        printf("%s/" LURE_INDEX_NAME ": %zu rows, each as it was written\n", list->root, n);
    return status;
}

static lure_status list_runs(const lure_arguments *a, lure_run_list *list, lure_error *err)
{
    listing l = {.list = list};
    lure_text out;
    lure_text_init(&out);
    lure_status status = read_filter(a, &l, err);
    if (status == LURE_OK)
        status = lure_arguments_has(a, "json") ? list_json(&l, &out, err) : list_text(&l, &out, err);
    if (status == LURE_OK)
        fputs(out.data, stdout);
    lure_text_free(&out);
    if (status == LURE_OK && list->index)
        tell_lacking(list);
    if (status == LURE_OK && l.n_damaged)
        status = lure_index_damaged_rows(list->index, l.n_damaged, err);
    return status;
}

static int ls_main(const lure_command *command, int n, char **arguments)
{
    static lure_arguments a;
    static lure_run_list list;
    lure_error err;
    size_t n_unreadable = 0;
    if (lure_arguments_read(command, n, arguments, &a, &err) != LURE_OK)
        return lure_report_error(&err);
    if (a.help)
        return lure_command_print_help(command);
    const char *folder = a.n_positional ? a.positional[0] : NULL;
    lure_signals_catch(lure_index_interrupt);
    lure_status status = lure_run_list_place(folder, &list, &err);
    if (status == LURE_OK && lure_arguments_has(&a, "rebuild") && !list.is_missing)
        status = lure_run_list_rebuild(&list, &n_unreadable, &err);
    if (status == LURE_OK)
        status = lure_run_list_open(folder, &list, &err);
    if (status == LURE_OK && list.is_missing)
        fputs("lure: no runs yet: there is no folder runs here\n", stderr);
    if (status == LURE_OK && (list.index || lure_arguments_has(&a, "json")))
        status = list.index && lure_arguments_has(&a, "check") ? check_index(&list, &err)
                                                               : list_runs(&a, &list, &err);
    lure_index_close(list.index);
    if (status != LURE_OK)
        return lure_report_error(&err);
    return n_unreadable > 0;
}
