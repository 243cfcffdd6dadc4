/* test_index.c: the index of runs: rows in and out, lists in every order, a person's SQL and what it must not do. Damage,
   kills and writers at once are in test_index_damage.c. */
#include "store/index.h"

#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static lure_error err;

static const lure_index_setting settings[] = {{"learning_rate.rate", "0.1"},
                                              {"environment", "fry_shacks"},
                                              {"updates", "50"},
                                              {"odd", "1e5"},
                                              {"empty", ""}};
static const lure_index_number numbers[] = {
    {"entropy", 0.1}, {"entropy.last", -2}, {"none", NAN}, {"steps", 1e15}};

static lure_index_run one_run(void)
{
    return (lure_index_run){.folder = "rates/a-seed1",
                            .batch = "rates",
                            .run_id = "0123456789abcdef",
                            .experiment = "a",
                            .configuration = "c0ffee",
                            .given = "updates=50",
                            .outcome = "ok",
                            .started = "2026-11-27T14:12:49Z",
                            .track = "entropy",
                            .digest = "d1",
                            .seed = INT64_MAX,
                            .updates = 50,
                            .steps = 51,
                            .episodes = 52,
                            .seconds = 0.1,
                            .episodic_return = 1.0 / 3,
                            .tail_mean = NAN,
                            .settings = settings,
                            .n_settings = sizeof settings / sizeof *settings,
                            .numbers = numbers,
                            .n_numbers = sizeof numbers / sizeof *numbers};
}

/* A line a run, of all that a row holds. */
static lure_status write_down(void *data, const lure_index_row *row, lure_error *unused)
{
    lure_text *out = data;
    const lure_index_run *r = &row->run;
    (void)unused;
    lure_text_addf(out, "%s|%s|%s|%s|%s|%s|%llu|%s|%s|%s|", r->folder, r->batch, r->run_id, r->experiment,
                   r->configuration, r->given, (unsigned long long)r->seed, r->outcome, r->error, r->started);
    lure_text_addf(out, "%llu %llu %llu|", (unsigned long long)r->updates, (unsigned long long)r->steps,
                   (unsigned long long)r->episodes);
    lure_text_add_number(out, r->seconds);
    lure_text_add(out, " ");
    lure_text_add_number(out, r->episodic_return);
    lure_text_add(out, " ");
    lure_text_add_number(out, r->tail_mean);
    lure_text_addf(out, "|%s|%s|", r->track, r->digest);
    for (size_t i = 0; i < r->n_settings; i++)
        lure_text_addf(out, "%s=%s ", r->settings[i].key, r->settings[i].value);
    lure_text_add(out, "|");
    for (size_t i = 0; i < r->n_numbers; i++) {
        lure_text_addf(out, "%s=", r->numbers[i].name);
        lure_text_add_number(out, r->numbers[i].value);
        lure_text_add(out, " ");
    }
    lure_text_add(out, row->is_damaged ? "DAMAGED\n" : "\n");
    return LURE_OK;
}

/* The folders alone, "a b c". */
static lure_status note_folder(void *data, const lure_index_row *row, lure_error *unused)
{
    lure_text *out = data;
    (void)unused;
    lure_text_addf(out, "%s%s", out->length ? " " : "", row->run.folder);
    return LURE_OK;
}

static lure_index *open_to_read(void)
{
    lure_index *index;
    CHECK_OK(lure_index_open_to_read(unit_folder(), &index, &err), &err);
    CHECK(index);
    return index;
}

static void put(const lure_index_run *runs, size_t n, lure_text *told)
{
    lure_index *index;
    CHECK_OK(lure_index_open(unit_folder(), &index, &err), &err);
    CHECK_OK(lure_index_put(index, runs, n, told, &err), &err);
    lure_index_close(index);
}

static void check_list(const lure_index_filter *filter, lure_index_take take, const char *expected)
{
    lure_text text;
    lure_index *index = open_to_read();
    lure_text_init(&text);
    CHECK_OK(lure_index_list(index, filter, take, &text, NULL, &err), &err);
    CHECK_TEXT(text.data, expected);
    lure_text_free(&text);
    lure_index_close(index);
}

static void check_rows(int64_t expected)
{
    size_t n;
    lure_index *index = open_to_read();
    CHECK_OK(lure_index_check(index, &n, &err), &err);
    CHECK_INT((int64_t)n, expected);
    lure_index_close(index);
}

TEST(a_row_comes_back_as_it_was_put)
{
    const lure_index_run run = one_run();
    put(&run, 1, NULL);
    check_list(
        &(lure_index_filter){0}, write_down,
        "rates/"
        "a-seed1|rates|0123456789abcdef|a|c0ffee|updates=50|9223372036854775807|ok||2026-11-27T14:12:49Z|"
        "50 51 52|0.1 0.3333333333333333 nan|entropy|d1|"
        "empty= environment=fry_shacks learning_rate.rate=0.1 odd=1e5 updates=50 |"
        "entropy=0.1 entropy.last=-2 steps=1000000000000000 \n");
    check_rows(1);
}

TEST(the_same_folder_again_replaces_its_row)
{
    lure_index_run run = one_run();
    put(&run, 1, NULL);
    run.outcome = "script_error";
    run.n_numbers = 1;
    run.n_settings = 1;
    run.error = "it broke";
    put(&run, 1, NULL);
    put(&run, 1, NULL);
    check_list(
        &(lure_index_filter){0}, write_down,
        "rates/a-seed1|rates|0123456789abcdef|a|c0ffee|updates=50|9223372036854775807|script_error|it broke|"
        "2026-11-27T14:12:49Z|50 51 52|0.1 0.3333333333333333 nan|entropy|d1|learning_rate.rate=0.1 "
        "|entropy=0.1 \n");
    check_rows(1);
}

TEST(the_same_run_with_other_results_is_told)
{
    lure_text told;
    lure_text_init(&told);
    lure_index_run runs[] = {one_run(), one_run(), one_run()};
    runs[1].folder = "again/a-seed1"; /* as it should be */
    runs[2].folder = "worse/a-seed1";
    put(runs, 2, &told);
    CHECK_TEXT(told.data, "");
    runs[2].digest = "d2";
    put(&runs[2], 1, &told);
    CHECK_CONTAINS(told.data, "worse/a-seed1 and ");
    CHECK_CONTAINS(told.data, "are the same run (0123456789abcdef) and have other results");
    lure_text_clear(&told);
    /* of a run that did not end, or whose rules were replaced, nothing else is to be expected */
    runs[2].outcome = "cancelled";
    put(&runs[2], 1, &told);
    runs[2].outcome = "ok";
    runs[2].n_settings = 2;
    put(&runs[2], 1, &told);
    CHECK_TEXT(told.data, "");
    check_rows(3);
    lure_text_free(&told);
}

TEST(a_group_is_put_whole_or_not_at_all)
{
    lure_index *index;
    lure_index_run runs[] = {one_run(), one_run()};
    runs[1].folder = NULL;
    CHECK_OK(lure_index_open(unit_folder(), &index, &err), &err);
    CHECK(lure_index_put(index, runs, 2, NULL, &err) != LURE_OK);
    runs[1].folder = "other";
    CHECK_OK(lure_index_put(index, &runs[1], 1, NULL, &err), &err);
    lure_index_close(index);
    check_list(&(lure_index_filter){0}, note_folder, "other");
}

TEST(what_is_forgotten_is_gone_with_all_below)
{
    lure_index *index;
    lure_index_run runs[] = {one_run(), one_run(), one_run(), one_run()};
    runs[1].folder = "rates";
    runs[2].folder = "rates2/x";
    runs[3].folder = "rates/b/c";
    put(runs, 4, NULL);
    CHECK_OK(lure_index_open(unit_folder(), &index, &err), &err);
    CHECK_OK(lure_index_forget(index, "rates", &err), &err);
    lure_index_close(index);
    check_list(&(lure_index_filter){0}, note_folder, "rates2/x");
    check_rows(1);
}

/* ---- lists ---- */

static const char *const names[] = {"a", "b", "c", "d", "e"};

static void put_five(void)
{
    static const double returns[] = {3, 1, NAN, 5, 1};
    static const lure_index_setting slow[] = {{"learning_rate.rate", "0.1"}},
                                    fast[] = {{"learning_rate.rate", "1"}};
    static const lure_index_number worths[] = {{"worth", 1}, {"worth", 5}, {"worth", 3}, {"worth", -4}};
    lure_index_run runs[5];
    for (size_t i = 0; i < 5; i++) {
        runs[i] = (lure_index_run){.folder = names[i],
                                   .run_id = names[i],
                                   .experiment = i < 3 ? "first" : "second",
                                   .outcome = i == 3 ? "script_error" : "ok",
                                   .seed = i,
                                   .seconds = NAN,
                                   .tail_mean = NAN,
                                   .episodic_return = returns[i],
                                   .settings = i % 2 ? fast : slow,
                                   .n_settings = 1,
                                   .numbers = &worths[i],
                                   .n_numbers = i < 4};
    }
    put(runs, 5, NULL);
}

TEST(lists_are_ordered_filtered_and_cut)
{
    const lure_index_setting rate = {"learning_rate.rate", "0.1"};
    put_five();
    check_list(&(lure_index_filter){.sort = "seed", .ascending = true}, note_folder, "a b c d e");
    check_list(&(lure_index_filter){.sort = "episodic_return"}, note_folder, "d a e b c");
    check_list(&(lure_index_filter){.sort = "episodic_return", .ascending = true}, note_folder, "b e a d c");
    check_list(&(lure_index_filter){.sort = "episodic_return", .is_ranking = true}, note_folder, "d a e b");
    check_list(
        &(lure_index_filter){.sort = "episodic_return", .is_ranking = true, .outcome = "ok", .limit = 2},
        note_folder, "a e");
    check_list(&(lure_index_filter){.sort = "worth"}, note_folder, "b c a d e");
    check_list(&(lure_index_filter){.sort = "worth", .is_ranking = true, .ascending = true}, note_folder,
               "d a c b");
    check_list(&(lure_index_filter){.sort = "seed", .settings = &rate, .n_settings = 1}, note_folder,
               "e c a");
    check_list(&(lure_index_filter){.sort = "seed", .experiment = "second"}, note_folder, "e d");
    check_list(&(lure_index_filter){.sort = "seed", .where = "seed > 1 and outcome = 'ok' -- so"},
               note_folder, "e c");
    check_list(&(lure_index_filter){.below = "b"}, note_folder, "b");
    check_list(&(lure_index_filter){.below = "x"}, note_folder, "");
}

TEST(how_many_there_are_is_told_beside_a_cut_list)
{
    lure_text text;
    size_t n_all = 0;
    put_five();
    lure_index *index = open_to_read();
    lure_text_init(&text);
    CHECK_OK(lure_index_list(index, &(lure_index_filter){.limit = 1, .outcome = "ok"}, note_folder, &text,
                             &n_all, &err),
             &err);
    CHECK_INT((int64_t)n_all, 4);
    lure_text_free(&text);
    lure_index_close(index);
}

TEST(a_misspelt_name_is_refused_with_the_nearest)
{
    put_five();
    lure_index *index = open_to_read();
    CHECK_STATUS(lure_index_list(index, &(lure_index_filter){.sort = "wurth"}, note_folder, NULL, NULL, &err),
                 LURE_ERROR_USAGE, &err);
    CHECK_CONTAINS(err.text, "did you mean 'worth'?");
    CHECK_STATUS(
        lure_index_list(index, &(lure_index_filter){.where = "sed = 1"}, note_folder, NULL, NULL, &err),
        LURE_ERROR_USAGE, &err);
    CHECK_CONTAINS(err.text, "did you mean 'seed'?");
    lure_index_close(index);
}

TEST(a_run_is_found_by_the_beginning_of_its_id)
{
    lure_index_run runs[] = {one_run(), one_run()};
    lure_text folders;
    size_t n;
    runs[1].folder = "other";
    runs[1].run_id = "0123ffff89abcdef";
    put(runs, 2, NULL);
    lure_index *index = open_to_read();
    lure_text_init(&folders);
    CHECK_OK(lure_index_find(index, "01234", 5, &folders, &n, &err), &err);
    CHECK_INT((int64_t)n, 1);
    CHECK_TEXT(folders.data, "rates/a-seed1\n");
    lure_text_clear(&folders);
    CHECK_OK(lure_index_find(index, "0123", 1, &folders, &n, &err), &err);
    CHECK_INT((int64_t)n, 2);
    CHECK_TEXT(folders.data, "other\n");
    lure_text_free(&folders);
    lure_index_close(index);
}

/* ---- a person's SQL ---- */

static lure_status note_values(void *data, const char *const *columns, const lure_index_value *values,
                               size_t n, lure_error *unused)
{
    lure_text *out = data;
    (void)unused;
    for (size_t i = 0; i < n; i++) {
        lure_text_add(out, i ? "," : "");
        if (!values)
            lure_text_add(out, columns[i]);
        else if (values[i].type == LURE_INDEX_WHOLE)
            lure_text_addf(out, "%lld", (long long)values[i].whole);
        else if (values[i].type == LURE_INDEX_NUMBER)
            lure_text_add_number(out, values[i].number);
        else if (values[i].type != LURE_INDEX_NULL)
            lure_text_add(out, values[i].text);
    }
    lure_text_add(out, "\n");
    return LURE_OK;
}

static void check_query(const char *sql, const char *expected)
{
    lure_text text;
    lure_index *index = open_to_read();
    lure_text_init(&text);
    CHECK_OK(lure_index_query(index, sql, note_values, &text, &err), &err);
    CHECK_TEXT(text.data, expected);
    lure_text_free(&text);
    lure_index_close(index);
}

TEST(a_select_reads_all_tables)
{
    put_five();
    check_query("select count(*) as n, max(episodic_return) from runs", "n,max(episodic_return)\n5,5\n");
    check_query("select folder from runs join settings using (run) where key = 'learning_rate.rate' and "
                "value < 0.5 order "
                "by 1",
                "folder\na\nc\ne\n");
    check_query("select name, value from numbers where run = 4", "name,value\nworth,-4\n");
    check_query("select experiment, runs, ok, mean_return from configurations",
                "experiment,runs,ok,mean_return\nfirst,5,4,"
                "1.6666666666666667\n");
    check_query(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 3) select sum(i) from n;",
        "sum(i)\n6\n");
}

TEST(hostile_sql_is_refused_and_changes_nothing)
{
    static const char *const hostile[] = {"delete from runs",
                                          "drop table runs",
                                          "update runs set seed = 1",
                                          "insert into state values('x', 1)",
                                          "create table t(x)",
                                          "create temp table t(x)",
                                          "attach '/tmp/x.db' as x",
                                          "detach main",
                                          "pragma writable_schema = 1",
                                          "pragma journal_mode = delete",
                                          "pragma integrity_check",
                                          "select * from pragma_journal_mode('delete')",
                                          "vacuum",
                                          "vacuum into '/tmp/x.db'",
                                          "reindex",
                                          "analyze",
                                          "begin immediate",
                                          "commit",
                                          "savepoint x",
                                          "select load_extension('/tmp/x.so')",
                                          "select 1; delete from runs",
                                          "explain select 1",
                                          "with x as (select 1) delete from runs",
                                          "select writefile('/tmp/x', 'x')",
                                          "select readfile('/etc/passwd')",
                                          "select * from nothing",
                                          "select zeroblob(1000000000)",
                                          "replace into runs(folder) values('x')",
                                          "selekt 1",
                                          "select",
                                          "'",
                                          "",
                                          "-- nothing"};
    put_five();
    lure_index *index = open_to_read();
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        lure_text text;
        lure_text_init(&text);
        err = (lure_error){0};
        CHECK_SAY(lure_index_query(index, hostile[i], note_values, &text, &err) != LURE_OK, "it passed: %s",
                  hostile[i]);
        CHECK_SAY(*err.text, "no reason: %s", hostile[i]);
        lure_text_free(&text);
        /* as conditions they do not get out of their parentheses either */
        CHECK_SAY(lure_index_list(index, &(lure_index_filter){.where = hostile[i]}, note_folder, NULL, NULL,
                                  &err) != LURE_OK,
                  "it passed as a condition: %s", hostile[i]);
    }
    lure_index_close(index);
    check_rows(5);
}

TEST(mistakes_in_sql_are_told_with_what_there_is)
{
    put_five();
    lure_index *index = open_to_read();
    CHECK_STATUS(lure_index_query(index, "select retrun from runs", note_values, NULL, &err),
                 LURE_ERROR_USAGE, &err);
    CHECK_CONTAINS(err.text, "no such column: retrun");
    CHECK_CONTAINS(err.text, "there are runs(run, folder,");
    CHECK_STATUS(lure_index_query(index, "select * from runz", note_values, NULL, &err), LURE_ERROR_USAGE,
                 &err);
    CHECK_CONTAINS(err.text, "did you mean 'runs'?");
    CHECK_STATUS(lure_index_query(index, "delete from runs", note_values, NULL, &err), LURE_ERROR_USAGE,
                 &err);
    CHECK_CONTAINS(err.text, "only reading is possible here");
    lure_index_close(index);
}

/* ---- a new one ---- */

TEST(a_new_index_takes_the_old_ones_place_or_none)
{
    lure_index *index;
    lure_index_run run = one_run();
    char path[LURE_PATH_SIZE];
    struct stat info;
    put_five();
    CHECK_OK(lure_index_renew(unit_folder(), &index, &err), &err);
    CHECK_OK(lure_index_put(index, &run, 1, NULL, &err), &err);
    lure_index_close(index); /* thrown away */
    check_rows(5);
    CHECK_OK(lure_index_renew(unit_folder(), &index, &err), &err);
    CHECK_OK(lure_index_put(index, &run, 1, NULL, &err), &err);
    CHECK_OK(lure_index_finish(index, &err), &err);
    check_rows(1);
    snprintf(path, sizeof path, "%s/index.db-wal", unit_folder());
    CHECK(stat(path, &info) != 0 || info.st_size == 0);
    put(&(lure_index_run){.folder = "next", .seconds = NAN, .episodic_return = NAN, .tail_mean = NAN}, 1,
        NULL);
    check_rows(2);
}

TEST(no_index_is_no_error_to_who_reads)
{
    lure_index *index;
    CHECK_OK(lure_index_open_to_read(unit_folder(), &index, &err), &err);
    CHECK(!index);
}
