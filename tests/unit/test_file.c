/* test_file.c: reading whole files and listing folders, and what each says when it cannot. */
#define _GNU_SOURCE
#include "base/file.h"
#include "unit.h"
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char *path_of(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", unit_folder(), name);
    return path;
}

static void write_file(const char *name, const void *bytes, size_t n)
{
    FILE *file = fopen(path_of(name), "wb");
    CHECK(file != NULL);
    CHECK_INT((int64_t)fwrite(bytes, 1, n, file), (int64_t)n);
    CHECK_INT(fclose(file), 0);
}

TEST(read_is_binary_safe_and_replaces_the_text)
{
    static char bytes[40000];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 7);
    write_file("data", bytes, sizeof bytes);
    lure_error err;
    lure_text text;
    lure_text_init(&text);
    lure_text_add(&text, "what was there before");
    CHECK_OK(lure_file_read(path_of("data"), sizeof bytes, &text, &err), &err);
    CHECK_INT((int64_t)text.length, (int64_t)sizeof bytes);
    CHECK(memcmp(text.data, bytes, sizeof bytes) == 0);
    CHECK_INT(text.data[text.length], 0);

    CHECK_STATUS(lure_file_read(path_of("data"), sizeof bytes - 1, &text, &err), LURE_ERROR_STORE, &err);
    CHECK_CONTAINS(err.text, "39999 bytes");
    CHECK_INT((int64_t)text.length, 0);

    write_file("empty", "", 0);
    CHECK_OK(lure_file_read(path_of("empty"), 0, &text, &err), &err);
    CHECK_TEXT(text.data, "");
    lure_text_free(&text);
}

TEST(read_says_path_and_reason)
{
    lure_error err;
    lure_text text;
    lure_text_init(&text);
    CHECK_STATUS(lure_file_read(path_of("missing.lua"), 100, &text, &err), LURE_ERROR_STORE, &err);
    CHECK_CONTAINS(err.text, "missing.lua");
    CHECK_CONTAINS(err.text, "No such file");
    CHECK_STATUS(lure_file_read(unit_folder(), 100, &text, &err), LURE_ERROR_STORE, &err);
    CHECK_CONTAINS(err.text, "folder");
    lure_text_free(&text);
}

TEST(pipes_and_devices_are_refused_without_waiting)
{
    lure_error err;
    lure_text text;
    lure_text_init(&text);
    CHECK_INT(mkfifo(path_of("pipe"), 0600), 0);
    CHECK_STATUS(lure_file_read(path_of("pipe"), 100, &text, &err), LURE_ERROR_STORE, &err);
    CHECK_CONTAINS(err.text, "it is a pipe or a device, expected a file");
    CHECK_STATUS(lure_file_read("/dev/zero", 100, &text, &err), LURE_ERROR_STORE, &err);
    CHECK_CONTAINS(err.text, "it is a pipe or a device");
    CHECK_OK(lure_stream_read("/dev/null", 100, &text, &err), &err);
    CHECK_INT((int64_t)text.length, 0);
    lure_text_free(&text);
}

TEST(exists_tells_files_from_folders)
{
    write_file("file", "x", 1);
    CHECK(lure_file_exists(path_of("file")));
    CHECK(!lure_folder_exists(path_of("file")));
    CHECK(lure_folder_exists(unit_folder()));
    CHECK(!lure_file_exists(unit_folder()));
    CHECK(!lure_file_exists(path_of("nothing")));
    CHECK(!lure_folder_exists(path_of("nothing")));
}

TEST(list_is_sorted_and_filtered)
{
    static const char *const names[] = {"b.lua", "a.lua", "Z.lua", "c.txt", ".lua", "lua"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        write_file(names[i], "", 0);
    CHECK_INT(mkdir(path_of("d.lua"), 0755), 0);
    lure_error err;
    char **found;
    size_t n;
    CHECK_OK(lure_folder_list(unit_folder(), ".lua", &found, &n, &err), &err);
    static const char *const expected[] = {".lua", "Z.lua", "a.lua", "b.lua", "d.lua"};
    CHECK_INT((int64_t)n, 5);
    for (size_t i = 0; i < n; i++)
        CHECK_TEXT(found[i], expected[i]);
    lure_names_free(found, n);
    CHECK_OK(lure_folder_list(unit_folder(), "", &found, &n, &err), &err);
    CHECK_INT((int64_t)n, 7);
    lure_names_free(found, n);
}

TEST(list_of_a_missing_folder_is_empty_and_of_a_file_fails)
{
    lure_error err;
    char **found;
    size_t n = 99;
    CHECK_OK(lure_folder_list(path_of("nowhere"), "", &found, &n, &err), &err);
    CHECK_INT((int64_t)n, 0);
    lure_names_free(found, n);
    write_file("file", "x", 1);
    CHECK_STATUS(lure_folder_list(path_of("file"), "", &found, &n, &err), LURE_ERROR_STORE, &err);
    CHECK_INT((int64_t)n, 0);
    CHECK_CONTAINS(err.text, "file");
}

TEST(list_holds_many_names)
{
    for (int i = 0; i < 100; i++) {
        char name[16];
        snprintf(name, sizeof name, "%03d", 99 - i);
        write_file(name, "", 0);
    }
    lure_error err;
    char **found;
    size_t n;
    CHECK_OK(lure_folder_list(unit_folder(), "", &found, &n, &err), &err);
    CHECK_INT((int64_t)n, 100);
    CHECK_TEXT(found[0], "000");
    CHECK_TEXT(found[99], "099");
    lure_names_free(found, n);
}
