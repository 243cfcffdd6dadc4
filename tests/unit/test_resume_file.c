/* test_resume_file.c: the two files from which a run goes on, every byte of one wrong in turn, and the lock of a folder. Full disks
   and kills are in tests/fault/test_resume.sh. */
#include "store/resume_file.h"

#include "base/file.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static lure_error err;

static void write_one(uint64_t sequence, const char *payload)
{
    lure_resume_file file = {.sequence = sequence, .update = 10 * sequence, .is_captured = true};
    lure_text_init(&file.payload);
    lure_text_add(&file.payload, payload);
    CHECK_OK(lure_resume_file_write(unit_folder(), "0123456789abcdef", &file, true, &err), &err);
    lure_text_free(&file.payload);
}

static const char *path_of(const char *name)
{
    static char path[LURE_PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", unit_folder(), name);
    return path;
}

TEST(the_older_one_is_written_over)
{
    write_one(1, "one");
    write_one(2, "two");
    write_one(3, "three");
    const char *const expected[] = {"two", "three"};
    for (size_t i = 0; i < LURE_RESUME_FILES; i++) {
        lure_resume_file file;
        CHECK(lure_resume_file_read(unit_folder(), "0123456789abcdef", i, &file, &err));
        CHECK_TEXT(file.payload.data, expected[i]);
        CHECK_INT((int64_t)file.sequence, (int64_t)i + 2);
        CHECK_INT((int64_t)file.update, 10 * ((int64_t)i + 2));
        CHECK(file.is_captured);
        lure_text_free(&file.payload);
    }
}

TEST(one_that_is_not_there_is_no_error)
{
    lure_resume_file file;
    CHECK(!lure_resume_file_read(unit_folder(), "0123456789abcdef", 0, &file, &err));
    CHECK_INT(err.status, LURE_OK);
    lure_text_free(&file.payload);
}

TEST(one_of_another_run_is_refused)
{
    lure_resume_file file;
    write_one(2, "two");
    CHECK(!lure_resume_file_read(unit_folder(), "0123456789abcdee", 0, &file, &err));
    CHECK_CONTAINS(err.text, "resume.0: the file is of another run");
    lure_text_free(&file.payload);
}

TEST(every_wrong_byte_and_every_length_is_noticed)
{
    lure_text text, harmed;
    lure_resume_file file;
    write_one(2, "what the run was");
    lure_text_init(&text);
    lure_text_init(&harmed);
    CHECK_OK(lure_file_read(path_of("resume.0"), 1 << 20, &text, &err), &err);
    for (size_t i = 0; i < 2 * text.length; i++) { /* a byte wrong, then cut off */
        lure_text_clear(&harmed);
        lure_text_add_bytes(&harmed, text.data, i < text.length ? text.length : i - text.length);
        if (i < text.length)
            harmed.data[i] ^= 1;
        CHECK_OK(lure_file_write_whole(path_of("resume.0"), harmed.data, harmed.length, &err), &err);
        CHECK_SAY(!lure_resume_file_read(unit_folder(), "0123456789abcdef", 0, &file, &err),
                  "not noticed: %zu", i);
        CHECK_INT(err.status, LURE_ERROR_STORE);
        lure_text_free(&file.payload);
    }
    lure_text_free(&text);
    lure_text_free(&harmed);
}

TEST(removing_takes_both_and_what_was_left_half_written)
{
    char **names;
    size_t n;
    write_one(1, "one");
    write_one(2, "two");
    CHECK_OK(lure_file_write_whole(path_of("resume.1.77.tmp"), "x", 1, &err), &err);
    CHECK_OK(lure_file_write_whole(path_of("metrics.csv"), "x", 1, &err), &err);
    lure_resume_file_remove(unit_folder());
    CHECK_OK(lure_folder_list(unit_folder(), "", &names, &n, &err), &err);
    CHECK_INT((int64_t)n, 1);
    CHECK_TEXT(names[0], "metrics.csv");
    lure_names_free(names, n);
}

TEST(a_folder_has_one_lock)
{
    int lock, other;
    char pid[64];
    CHECK_OK(lure_run_lock(unit_folder(), &lock, &err), &err);
    CHECK_INT(lure_run_lock(unit_folder(), &other, &err), LURE_ERROR_STORE);
    CHECK_INT(other, -1);
    snprintf(pid, sizeof pid, ": process %ld is running it", (long)getpid());
    CHECK_CONTAINS(err.text, pid);
    lure_run_unlock(unit_folder(), lock);
    CHECK(!lure_file_exists(path_of("lock")));
    CHECK_OK(lure_run_lock(unit_folder(), &lock, &err), &err);
    lure_run_unlock(unit_folder(), lock);
    lure_run_unlock(unit_folder(), -1);
}
