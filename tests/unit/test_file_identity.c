/* test_file_identity.c: what tells a file from itself as it was. */
#include "base/file_identity.h"
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    CHECK(file != NULL);
    fputs(text, file);
    fclose(file);
}

TEST(a_file_is_the_same_until_it_is_touched)
{
    char path[512], other[512];
    lure_file_identity first, second;
    snprintf(path, sizeof path, "%s/one", unit_folder());
    snprintf(other, sizeof other, "%s/other", unit_folder());
    write_text(path, "12345");
    CHECK(lure_file_identify(path, &first));
    CHECK(lure_file_identify(path, &second));
    CHECK(lure_file_is_same(&first, &second));
    CHECK_INT(first.size, 5);

    write_text(other, "12345"); /* alike, and another */
    CHECK(rename(other, path) == 0);
    CHECK(lure_file_identify(path, &second));
    CHECK(!lure_file_is_same(&first, &second));

    CHECK(lure_file_identify(path, &first));
    const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = 1000000000}};
    CHECK(utimensat(AT_FDCWD, path, times, 0) == 0);
    CHECK(lure_file_identify(path, &second));
    CHECK(!lure_file_is_same(&first, &second));
}

TEST(what_was_written_a_moment_ago_has_not_settled)
{
    char path[512];
    lure_file_identity file;
    const struct timespec long_ago[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
    snprintf(path, sizeof path, "%s/new", unit_folder());
    write_text(path, "1");
    CHECK(lure_file_identify(path, &file));
    CHECK(!lure_file_is_settled(&file));
    CHECK(utimensat(AT_FDCWD, path, long_ago, 0) ==
          0); /* whoever sets the time back has changed it just now */
    CHECK(lure_file_identify(path, &file));
    CHECK(!lure_file_is_settled(&file));
    file.changed.tv_sec -= 10;
    CHECK(lure_file_is_settled(&file));
}

TEST(folders_and_what_is_not_there_are_no_files)
{
    lure_file_identity file;
    CHECK(!lure_file_identify(unit_folder(), &file));
    CHECK(!lure_file_identify("/nowhere/at/all", &file));
}
