/* test_run_directory.c: folders and atomic files as they are when nothing fails, and the refusals that need no fault
   to bring about. Full disks and kills are in tests/fault/test_store.sh. */
#define _GNU_SOURCE
#include "store/run_directory.h"

#include "base/file.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static lure_error err;

/* A path inside the test's folder; eight live at a time. */
static const char *inside(const char *name)
{
    static char paths[8][LURE_PATH_SIZE];
    static int next;
    char *path = paths[next++ % 8];
    snprintf(path, LURE_PATH_SIZE, "%s/%s", unit_folder(), name);
    return path;
}

static void check_file(const char *path, const char *expected)
{
    lure_text text;
    lure_text_init(&text);
    CHECK_OK(lure_file_read(path, 1 << 20, &text, &err), &err);
    CHECK_TEXT(text.data, expected);
    lure_text_free(&text);
}

static int64_t count_entries(const char *path)
{
    char **names;
    size_t n;
    CHECK_OK(lure_folder_list(path, "", &names, &n, &err), &err);
    lure_names_free(names, n);
    return (int64_t)n;
}

TEST(paths_are_joined_with_one_slash)
{
    char out[LURE_PATH_SIZE];
    CHECK_OK(lure_path_join("a", "b", out, &err), &err);
    CHECK_TEXT(out, "a/b");
    CHECK_OK(lure_path_join("a/", "b", out, &err), &err);
    CHECK_TEXT(out, "a/b");
    CHECK_OK(lure_path_join("", "b", out, &err), &err);
    CHECK_TEXT(out, "b");
    CHECK_OK(lure_path_join("/", "b", out, &err), &err);
    CHECK_TEXT(out, "/b");
    CHECK_OK(lure_path_join(out, "c", out, &err), &err); /* in place */
    CHECK_TEXT(out, "/b/c");
}

TEST(a_path_that_does_not_fit_is_refused)
{
    char out[LURE_PATH_SIZE], name[LURE_PATH_SIZE];
    memset(name, 'x', sizeof name);
    name[LURE_PATH_SIZE - 3] = '\0';
    CHECK_OK(lure_path_join("a", name, out, &err), &err); /* 1 + 1 + 4093 + the zero: just fits */
    CHECK_INT((int64_t)strlen(out), LURE_PATH_SIZE - 1);
    CHECK_STATUS(lure_path_join("ab", name, out, &err), LURE_ERROR_STORE, &err);
    name[LURE_PATH_SIZE - 3] = 'x';
    name[LURE_PATH_SIZE - 1] = '\0';
    CHECK_STATUS(lure_folder_make(name, &err), LURE_ERROR_STORE, &err);
    CHECK_STATUS(lure_file_write_atomic(name, "x", 1, &err), LURE_ERROR_STORE, &err);
    CHECK_STATUS(lure_run_directory_create_next(name, out, &err), LURE_ERROR_STORE, &err);
}

TEST(folders_are_made_with_their_parents)
{
    CHECK_OK(lure_folder_make(inside("a/b//c/"), &err), &err);
    CHECK(lure_folder_exists(inside("a/b/c")));
    CHECK_OK(lure_folder_make(inside("a/b/c"), &err), &err);
    CHECK_STATUS(lure_folder_make("", &err), LURE_ERROR_STORE, &err);
}

TEST(a_file_where_a_folder_should_be_is_named)
{
    CHECK_OK(lure_file_write_atomic(inside("taken"), "x", 1, &err), &err);
    CHECK_STATUS(lure_folder_make(inside("taken"), &err), LURE_ERROR_STORE, &err);
    CHECK_CONTAINS(err.text, inside("taken"));
    CHECK_CONTAINS(err.text, "a file of that name exists");
    CHECK_STATUS(lure_folder_make(inside("taken/below"), &err), LURE_ERROR_STORE, &err);
    CHECK_STATUS(lure_run_directory_create(inside("taken"), &err), LURE_ERROR_STORE, &err);
}

TEST(an_empty_folder_is_taken_and_a_full_one_refused)
{
    const char *run = inside("runs/one");
    CHECK_OK(lure_run_directory_create(run, &err), &err);
    CHECK_OK(lure_run_directory_create(run, &err), &err);
    CHECK_OK(lure_file_write_atomic(inside("runs/one/metrics.csv"), "", 0, &err), &err);
    CHECK_STATUS(lure_run_directory_create(run, &err), LURE_ERROR_STORE, &err);
    CHECK_CONTAINS(err.text, run);
    CHECK_CONTAINS(err.text, "holds metrics.csv");
    CHECK_CONTAINS(err.text, "--out");
    CHECK(!strstr(err.text, "(run"));
    for (int i = 0; i < 4; i++) {
        char name[32];
        snprintf(name, sizeof name, "runs/one/file%d", i);
        CHECK_OK(lure_file_write_atomic(inside(name), "", 0, &err), &err);
    }
    CHECK_STATUS(lure_run_directory_create(run, &err), LURE_ERROR_STORE, &err);
    CHECK_CONTAINS(err.text, "holds file0, file1, file2 and 2 more:");
}

TEST(a_hidden_file_counts)
{
    CHECK_OK(lure_folder_make(inside("run"), &err), &err);
    CHECK_OK(lure_file_write_atomic(inside("run/.note"), "", 0, &err), &err);
    CHECK_STATUS(lure_run_directory_create(inside("run"), &err), LURE_ERROR_STORE, &err);
}

TEST(the_refusal_names_the_run_inside)
{
    const char *manifest = "{\"run_id\": \"5f3a9c\", \"seed\": 1}";
    CHECK_OK(lure_folder_make(inside("run"), &err), &err);
    CHECK_OK(lure_file_write_atomic(inside("run/manifest.json"), manifest, strlen(manifest), &err), &err);
    CHECK_STATUS(lure_run_directory_create(inside("run"), &err), LURE_ERROR_STORE, &err);
    CHECK_CONTAINS(err.text, "manifest.json (run 5f3a9c)");
    CHECK_OK(lure_file_write_atomic(inside("run/manifest.json"), "{\"run_id\": ", 11, &err), &err);
    CHECK_STATUS(lure_run_directory_create(inside("run"), &err), LURE_ERROR_STORE,
                 &err); /* torn: no name, no crash */
    CHECK(!strstr(err.text, "(run"));
}

TEST(the_next_free_number_is_taken)
{
    char out[LURE_PATH_SIZE];
    CHECK_OK(lure_run_directory_create_next(inside("runs/cartpole"), out, &err), &err);
    CHECK_TEXT(out, inside("runs/cartpole"));
    CHECK_OK(lure_run_directory_create_next(inside("runs/cartpole"), out, &err), &err);
    CHECK_TEXT(out, inside("runs/cartpole-2"));
    CHECK_OK(lure_run_directory_create_next(inside("runs/cartpole/"), out, &err), &err);
    CHECK_TEXT(out, inside("runs/cartpole-3"));
    CHECK_INT(rmdir(inside("runs/cartpole-2")), 0);
    CHECK_OK(lure_run_directory_create_next(inside("runs/cartpole"), out, &err), &err);
    CHECK_TEXT(out, inside("runs/cartpole-2"));
    CHECK_STATUS(lure_run_directory_create_next("", out, &err), LURE_ERROR_STORE, &err);
}

TEST(an_atomic_write_replaces_and_leaves_nothing_else)
{
    CHECK_OK(lure_file_write_atomic(inside("file"), "old", 3, &err), &err);
    check_file(inside("file"), "old");
    CHECK_OK(lure_file_write_atomic(inside("file"), "newer", 5, &err), &err);
    check_file(inside("file"), "newer");
    CHECK_OK(lure_file_write_atomic(inside("file"), "", 0, &err), &err);
    check_file(inside("file"), "");
    CHECK_INT(count_entries(unit_folder()), 1);
}

TEST(litter_of_a_dead_process_with_our_number_is_no_obstacle)
{
    char name[64];
    snprintf(name, sizeof name, "file.%ld.tmp", (long)getpid());
    FILE *litter = fopen(inside(name), "w");
    CHECK(litter && fputs("something longer than what follows", litter) >= 0 && fclose(litter) == 0);
    CHECK_OK(lure_file_write_atomic(inside("file"), "new", 3, &err), &err);
    check_file(inside("file"), "new");
    CHECK_INT(count_entries(unit_folder()), 1);
}

TEST(a_write_that_cannot_be_leaves_nothing)
{
    CHECK_STATUS(lure_file_write_atomic(inside("missing/file"), "x", 1, &err), LURE_ERROR_STORE, &err);
    CHECK_CONTAINS(err.text, inside("missing/file"));
    CHECK_CONTAINS(err.text, "No such file");
    CHECK_OK(lure_folder_make(inside("folder/full"), &err), &err);
    CHECK_STATUS(lure_file_write_atomic(inside("folder"), "x", 1, &err), LURE_ERROR_STORE, &err);
    CHECK_CONTAINS(err.text, "cannot replace");
    CHECK_INT(count_entries(unit_folder()), 1);
}

TEST(a_finished_folder_has_its_last_file)
{
    static const char *const others[] = {"first", "missing"};
    const char *folder = inside("finished");
    CHECK_OK(lure_folder_make(folder, &err), &err);
    CHECK_OK(lure_file_write_whole(inside("finished/first"), "one", 3, &err), &err);
    CHECK_OK(lure_file_write_whole(inside("finished/first"), "two", 3, &err), &err);
    CHECK_OK(lure_run_directory_finish(folder, others, 2, "last", "three", 5, &err), &err);
    check_file(inside("finished/first"), "two");
    check_file(inside("finished/last"), "three");
    CHECK_INT(count_entries(folder), 2);

    /* nothing appears where it cannot be whole */
    CHECK_STATUS(lure_run_directory_finish(inside("nowhere"), others, 2, "last", "x", 1, &err),
                 LURE_ERROR_STORE, &err);
    CHECK_CONTAINS(err.text, "nowhere/last");
}

TEST(a_relative_path_works)
{
    char *before = getcwd(NULL, 0);
    CHECK_INT(chdir(unit_folder()), 0);
    lure_status written = lure_file_write_atomic("plain", "x", 1, &err);
    lure_status made = lure_folder_make("one/two", &err);
    CHECK_INT(chdir(before), 0);
    free(before);
    CHECK_OK(written, &err);
    CHECK_OK(made, &err);
    check_file(inside("plain"), "x");
    CHECK(lure_folder_exists(inside("one/two")));
}
